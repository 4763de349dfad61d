"""What CONTRIBUTING.md says of adding a thing is all that adding it takes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.studies.schemas import faults

ROOT = Path(__file__).parent.parent
FOLDERS = ("games", "solvers", "mechanisms", "oracles", "output", "studies", "src")
KINDS = (
    *("Gain family", "Transfer rule", "Fee", "Outside option", "Number of an organization"),
    *("Oracle kind", "Verb"),
)

ORGANIZATIONS = """
[competition]
damage = 0.08
[[organization]]
name = "North"
local_data = 1500
max_contribution = 4000
value = 1000.0
unit_cost = 0.001
quadratic_cost = 2e-6
[[organization]]
name = "South"
local_data = 900
max_contribution = 4000
value = 800.0
unit_cost = 0.001
quadratic_cost = 2e-6
"""
STATED = f"""
name = "stated"
[gain]
family = "hyperbolic"
ceiling = 1.0
scale = 700.0
[mechanism]
rule = "bounty"
rate = 0.02
fees = "levelling"
outside_option = "late"
{ORGANIZATIONS}
"""
MEASURED = f"""
name = "measured"
[oracle]
kind = "formula"
[oracle.settings]
exponent = 0.4
[mechanism]
outside_option = "late"
{ORGANIZATIONS}
"""
VERBS = (
    "reach stated.toml --json",
    "solve stated.toml --json --out solved.json",
    "sweep stated.toml --vary gain.scale=500,700 --json",
    "statics stated.toml --wrt gain.scale --json",
    "compare stated.toml --json",
    "audit stated.toml --json",
    "design stated.toml --outside late --json",
    "verify stated.toml --profile solved.json --rigor interval --save proof.json --json",
    "verify --certificate proof.json",
    "oracle list --json",
    "solve measured.toml --json",
    "--help",
    "sweep stated.toml --vary organization.North.levy=0,0.01 --store levied --json",
    "sweep stated.toml --vary organization.North.unit_cost=0.001,0.011 --store dear --json",
    "statics stated.toml --wrt organization.North.levy --json",
    "statics stated.toml --wrt organization.North.unit_cost --json",
)
RUN = """
import contextlib, io, json, sys
from coopetition.__main__ import main
from tests.studies.forms import schema_of
answers, schemas = [], []
for line in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["coopetition", *line.split()]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    answers.append([code, out.getvalue(), err.getvalue()])
    verb = line.split()[0].replace("oracle", "oracle list")
    schemas.append(out.getvalue()[:1] == "{" and verb != "reach" and schema_of(verb))
print(json.dumps([answers, schemas]))
"""


def blocks(kind: str) -> list[tuple[str, str]]:
    """Return the language and text of the blocks below a heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(rf"^### {kind}$(.*?)^##", text, re.DOTALL | re.MULTILINE)
    assert section is not None, kind
    return re.findall(r"^```(python|diff)\n(.*?)^```$", section.group(1), re.DOTALL | re.MULTILINE)


def apply(tree: Path, language: str, block: str) -> str:
    """Do to a tree what a block says; return which file it touches."""
    head, _, rest = block.partition("\n")
    name = head.removeprefix("# ").removeprefix("--- ")
    path = tree / name
    if language == "python":
        assert not path.exists(), name
        path.write_text(rest, encoding="utf-8")
        return name
    text = path.read_text(encoding="utf-8")
    for hunk in rest.split("@@\n")[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        assert text.count(before) == 1, f"{name}: {before!r}"
        after = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "-")
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return name


@pytest.mark.parametrize("kind", KINDS)
def test_adding_touches_two_files_besides_its_test(kind: str) -> None:
    files = [block.partition("\n")[0] for _, block in blocks(kind)]
    assert 1 <= len(files) == len(set(files)) <= 2


def test_what_is_added_works_everywhere(tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True)
    for kind in KINDS:
        for language, block in blocks(kind):
            apply(tmp_path, language, block)
    (tmp_path / "stated.toml").write_text(STATED, encoding="utf-8")
    (tmp_path / "measured.toml").write_text(MEASURED, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(VERBS)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "src"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
    )
    answers, schemas = json.loads(ran.stdout)
    refusals = [(code, err) for code, _, err in answers if code]
    assert len(refusals) == 1, refusals
    refused = refusals[0][1]
    assert refused.endswith("the checker has no formulas for the gain family 'hyperbolic'\n")
    documents = [json.loads(out) if out.startswith("{") else out for _, out, _ in answers]
    for line, document, schema in zip(VERBS, documents, schemas, strict=True):
        assert not (schema and faults(document, schema)), line
    (
        reach,
        solved,
        sweep,
        statics,
        compare,
        audit,
        design,
        proof,
        _,
        kinds,
        measured,
        help_,
    ) = documents[:12]
    assert reach["reach"] == 1500 + 900 + 2 * 4000
    omega = 2400 + sum(solved["contribution"])
    assert solved["status"] == "converged"
    assert solved["gain"] == pytest.approx([omega / (omega + 700)] * 2, rel=1e-12)
    assert solved["transfer"] == pytest.approx([0.02 * x for x in solved["contribution"]])
    assert solved["payoff"][0] == pytest.approx(solved["payoff"][1], rel=1e-12)
    alone = solved["outside"]["autarky"]
    assert solved["outside"]["late"] == [0.9 * payoff for payoff in alone]
    assert sweep["rows"][1]["payoff"] == solved["payoff"]
    assert sweep["rows"][0]["payoff"][0] > solved["payoff"][0]
    effects = statics["statics"][0]["effects"]
    (by_scale,) = (
        e["left"] for e in effects if (e["outcome"], e["organization"]) == ("gain", "North")
    )
    assert by_scale == pytest.approx(-omega / (omega + 700) ** 2, rel=1e-9)
    assert "bounty" in [row["rule"] for row in compare["rows"]]
    assert audit["properties"]["individual-rationality-late"]["holds"]
    assert design["outside_option"] == "late"
    assert proof["certificate"]["claim"] == "proved"
    assert {"kind": "formula", "what": "a curve that is known"} in kinds["kinds"]
    assert measured["measured"]["parameters"]["exponent"] == pytest.approx(0.4, rel=1e-6)
    assert "hyperbolic" in measured["measured"]["held_out_error"]
    levied, dear, by_levy, by_cost = documents[12:]
    for one, other in zip(levied["rows"], dear["rows"], strict=True):
        assert one["contribution"] == pytest.approx(other["contribution"], rel=1e-9)
        assert one["payoff"] == pytest.approx(other["payoff"], rel=1e-9)
    assert levied["rows"][1]["payoff"][0] < solved["payoff"][0] == levied["rows"][0]["payoff"][0]
    for one, other in zip(by_levy["statics"][0]["effects"], by_cost["statics"][0]["effects"],
                          strict=True):  # fmt: skip
        assert one["right"] == pytest.approx(other["right"], rel=1e-4, abs=1e-6)
    assert "How many effective samples the model can have." in " ".join(help_.split())
