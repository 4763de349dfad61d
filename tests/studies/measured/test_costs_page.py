"""The table of what a study costs is what the verbs plan."""

import re
from pathlib import Path

from coopetition.studies.measured.training_plan import said
from tests.studies.command import coopetition, written

PAGE = Path(__file__).parents[3] / "docs" / "oracles.md"
EXAMPLE = PAGE.parents[1] / "examples" / "hospitals.toml"


def test_the_table_of_the_page_is_what_is_planned(tmp_path: Path) -> None:
    fixed = EXAMPLE.read_text(encoding="utf-8")
    adaptive = fixed.replace("seeds = 5\n", 'design = "adaptive"\n', 1)
    own = adaptive.replace("[oracle]\n", "[oracle]\nown_test = true\n", 1)
    files = [written(tmp_path, text, f"{k}.toml") for k, text in enumerate((fixed, adaptive, own))]
    page = PAGE.read_text(encoding="utf-8").partition("## What a study costs")[2]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    assert len(rows) == 6
    for line, *counts in rows:
        verb, *options = line.replace("oracle check", "oracle.check").split()
        for file, count in zip(files, counts, strict=True):
            answer = coopetition(*verb.split("."), file, *options, "--plan", "--json")
            assert said(tuple(answer.document["plan"]["to_train"])) == count, (line, file.name)
