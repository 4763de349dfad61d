"""The table of what a study costs is what the verbs plan."""

import re
from pathlib import Path

from coopetition.studies.measured.training_plan import said
from tests.studies.command import coopetition, written

PAGE = Path(__file__).parents[3] / "docs" / "oracles.md"
EXAMPLE = PAGE.parents[1] / "examples" / "hospitals.toml"


def test_the_table_of_the_page_is_what_is_planned(tmp_path: Path) -> None:
    own = EXAMPLE.read_text(encoding="utf-8")
    adaptive = own.replace("own_test = true\n", "")
    fixed = adaptive.replace('design = "adaptive"\ntrainings = 60\n', "")
    assert len(fixed) < len(adaptive) < len(own)
    files = [written(tmp_path, text, f"{k}.toml") for k, text in enumerate((own, adaptive, fixed))]
    page = PAGE.read_text(encoding="utf-8").partition("## What a study costs")[2]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    assert len(rows) == 6
    for line, *counts in rows:
        verb, *options = line.replace("oracle check", "oracle.check").split()
        for file, count in zip(files, counts, strict=True):
            answer = coopetition(*verb.split("."), file, *options, "--plan", "--json")
            assert said(tuple(answer.document["plan"]["to_train"])) == count, (line, file.name)
