"""What CONTRIBUTING.md says of adding a number of an organization is all that it takes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("games", "solvers", "mechanisms", "oracles", "studies", "src")
SCENARIO = """
organizations = "some.csv"
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
[competition]
damage = 0.08
"""
TABLE = """name,local_data,max_contribution,value,unit_cost,quadratic_cost,levy
North,1500,4000,1000,{cost},2e-6,{levy}
South,900,4000,800,0.001,2e-6,0
"""
RUN = """
import contextlib, io, json, sys
from coopetition.__main__ import main
answers = []
for line in json.loads(sys.argv[1]):
    out, sys.argv = io.StringIO(), ["coopetition", *line.split()]
    with contextlib.redirect_stdout(out):
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, line
    answers.append(json.loads(out.getvalue()))
print(json.dumps(answers))
"""
VERBS = (
    "solve levied/s.toml --json",
    "solve dear/s.toml --json",
    "sweep levied/s.toml --vary organization.North.levy=0,0.01 --jobs 1 --json",
    "statics levied/s.toml --wrt organization.North.levy --json",
    "statics dear/s.toml --wrt organization.North.unit_cost --json",
)


def test_adding_a_number_of_an_organization_touches_two_files(tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("### Number of an organization\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```diff\n--- (\S+)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert 1 <= len({name for name, _ in blocks}) == len(blocks) <= 3
    for name, block in blocks:
        source = (tmp_path / name).read_text(encoding="utf-8")
        for hunk in block.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            assert source.count(before) == 1, f"{name}: {before}"
            source = source.replace(before, "".join(x[1:] for x in lines if x[0] in " +"))
        (tmp_path / name).write_text(source, encoding="utf-8")
    for folder, cost, levy in (("levied", 0.001, 0.01), ("dear", 0.011, 0.0)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.toml").write_text(SCENARIO, encoding="utf-8")
        table = TABLE.format(cost=cost, levy=levy)
        (tmp_path / folder / "some.csv").write_text(table, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(VERBS)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    levied, dear, sweep, by_levy, by_cost = json.loads(ran.stdout)
    for key in ("contribution", "payoff"):
        assert levied[key] == pytest.approx(dear[key], rel=1e-9)
        assert sweep["rows"][1][key] == pytest.approx(dear[key], rel=1e-9)
    assert sweep["rows"][0]["payoff"][0] > dear["payoff"][0]
    for one, other in zip(
        by_levy["statics"][0]["effects"], by_cost["statics"][0]["effects"], strict=False
    ):
        assert (one["outcome"], one["organization"]) == (other["outcome"], other["organization"])
        assert one["right"] == pytest.approx(other["right"], rel=1e-4, abs=1e-6)
