"""Every result says itself by one protocol: tables, frames, files, at any width."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from coopetition import solve, solve_planner
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import RULES
from coopetition.output.frame import LONG
from coopetition.output.latex import latex
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text
from coopetition.studies import (
    Comparison,
    MechanismSettings,
    parse_scenario,
    play_scenario,
    run_study,
)
from coopetition.studies.compare.result import Row
from coopetition.studies.design.design import Constraints, design
from coopetition.studies.design.grid_search import SearchRange
from coopetition.studies.design.tune_rule import tune
from tests.studies.command import THREE

NAMES = [
    "a_b % & # ~ ^ \\ { } [] <>",
    "Фарма Северо-Западная компания",
    "A name of thirty letters at all",
]
WIDE = [
    "北京医院第一集团公司",
    "Ünal & Söhne",
    "国立病院機構東京医療センター二号館研究所",
]


def scenario_of(names: list[str]):  # type: ignore[no-untyped-def]
    content = tomllib.loads(THREE)
    content["name"] = "a & b_c"
    for row, name in zip(content["organization"], names, strict=True):
        row["name"] = name
    return parse_scenario(content)


def results_of(names: list[str], folder: Path) -> dict[str, Result]:
    """Return a result of every kind, of a scenario whose organizations have these names."""
    scenario = scenario_of(names)
    game, words = scenario.round(), scenario.words
    study = run_study(game, MechanismSettings("bilateral-prices", fees="equal-gain"), words=words)
    rows = [
        Row(rule=name, kind="rule", welfare=study.welfare, efficiency=1.0 - 1e-6, deficit=1e-12,
            total_contribution=float(study.contribution.sum()), payments=10.0, slack_autarky=-1.5,
            budget_balance="proved", individual_rationality="fails", note="κ = 0.03 & more")
        for name in (*RULES, "own_rule:fund")
    ]  # fmt: skip
    return {
        "solve": study,
        "compare": Comparison(tuple(rows), words=words),
        "play": play_scenario(scenario, 2, folder / "two.sqlite"),
        "design": design(game, constraints=Constraints(pair=4.0), aim="fair", words=words),
        "tune": tune(
            game, MechanismSettings("redistribution", rate=0.0),
            [SearchRange("mechanism.rate", 0.0, 0.1)], words=words,
        ),
        "equilibrium": solve(game),
        "planner": solve_planner(game),
    }  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    return results_of(NAMES, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    scenario = scenario_of(WIDE)
    played = play_scenario(scenario, 1, tmp_path_factory.mktemp("wide") / "one.sqlite")
    return {"solve": run_study(scenario.round(), words=scenario.words), "play": played}


def tables_of(results: Mapping[str, Result]) -> list[Table]:
    return [table for result in results.values() for table in result.tables()]


def test_one_key_means_one_thing(results: Mapping[str, Result]) -> None:
    """A key has one unit in all results that know their units, and is a name for programs."""
    units: dict[str, str] = {}
    for table in tables_of(results):
        assert len(set(table.header)) == len(table.header)
        for column in table.columns:
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", column.key), column.key
            if column.unit:
                assert units.setdefault(column.key, column.unit) == column.unit, column.key
    assert units["contribution"] == units["total_contribution"] == "samples"
    assert units["payoff"] == units["welfare"] == units["payment"] == "EUR"


def test_frames_of_all_results_are_stacked(results: Mapping[str, Result]) -> None:
    pandas = pytest.importorskip("pandas")
    scenario = scenario_of(NAMES)
    frames = {verb: result.to_frame(scenario=scenario) for verb, result in results.items()}
    assert all(list(frame.columns) == list(LONG) for frame in frames.values())
    stacked = pandas.concat(frames.values())
    assert len(stacked) == sum(map(len, frames.values()))
    assert set(stacked["digest"]) == {scenario.digest}
    solved = frames["solve"]
    assert set(solved["rule"]) == {"bilateral-prices"}
    payoff = solved[solved["variable"] == "payoff"]
    assert payoff["value"].tolist() == results["solve"].to_dict()["payoff"]
    assert payoff["unit"].tolist() == ["EUR"] * 3
    assert payoff["organization"].tolist() == list(scenario.organizations)
    compared = frames["compare"]
    assert {*RULES} < set(compared["rule"])
    wide = results["play"].to_frame(wide=True)
    assert wide["organization"].tolist() == [*scenario.organizations, "total"]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_nothing_wraps_and_what_is_left_out_is_said(
    results: Mapping[str, Result], wide: Mapping[str, Result], width: int
) -> None:
    for table in (*tables_of(results), *tables_of(wide)):
        cells = table.cells()
        lines = terminal_text(table, width).splitlines()
        assert max(map(cell_len, lines)) <= width
        head = next(line for line in lines if line.startswith(f"{cells.heads[0]}  "))
        text = " ".join(" ".join(lines).split())
        left = re.search(r"Left out for want of width: ([^.]*)\.", text)
        missing = left[1].split(", ") if left else []
        for place, name in enumerate(cells.heads):
            assert (name in missing) or re.search(rf"(^|  ){re.escape(name)}($|  )", head)
            assert not (place == 0 and name in missing)
        kept = [name for name in cells.heads if name not in missing]
        ranks = {name: rank for name, rank in zip(cells.heads, cells.ranks, strict=True)}
        assert not missing or max(ranks[k] for k in kept) <= min(ranks[m] for m in missing)


def test_contributions_payoffs_and_transfers_stay_on_a_narrow_terminal(
    results: Mapping[str, Result],
) -> None:
    for verb, kept in (
        ("solve", ("contribution", "payoff", "transfer")),
        ("compare", ("welfare", "of planner", "worst vs autarky")),
    ):
        lines = terminal_text(results[verb].tables()[0], 80).splitlines()
        head = next(line for line in lines if "  " in line)
        assert all(re.search(rf"  {name}(  |$)", head) for name in kept)


def test_notebooks_and_papers_say_rule_fees_and_units(results: Mapping[str, Result]) -> None:
    said = results["solve"].to_latex()
    assert r"\caption{a \& b\_c: payoffs and contributions under bilateral prices with" in said
    assert "Rule bilateral-prices, equal-gain fees, outside option autarky." in said
    assert "coopetition 0." in said
    for result in results.values():
        html = result._repr_html_()
        assert html.count("<table>") == len(result.tables())
        assert "<caption>" in html


def test_what_is_written_is_what_is_said(results: Mapping[str, Result], tmp_path: Path) -> None:
    for verb, result in results.items():
        result.write(tmp_path / f"{verb}.json")
        read = json.loads((tmp_path / f"{verb}.json").read_text(encoding="utf-8"))
        assert read.pop("version")
        assert read.keys() == result.to_dict().keys()


def test_results_are_drawn_by_the_names_of_their_pictures(results: Mapping[str, Result]) -> None:
    text = pytest.importorskip("matplotlib.text")
    for verb, names in (
        ("solve", ["results", "contributions", "payoffs", "payments"]),
        ("compare", ["comparison"]),
        ("play", ["rounds", "payments"]),
        ("tune", ["payments", "best-responses"]),
    ):
        assert list(results[verb].pictures())[: len(names)] == names
    axis = results["solve"].plot("contributions")
    said = " ".join(t.get_text() for t in np.atleast_1d(axis)[0].figure.findobj(text.Text))
    assert "synthetic samples" in said
    with pytest.raises(InvalidInputError, match="there is no picture 'tornado'"):
        results["solve"].plot("tornado")


HEAD = r"""\documentclass{article}
\usepackage[T1,T2A]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,graphicx}
\begin{document}
"""


def has_cyrillic() -> bool:
    """Whether there is a LaTeX with the encoding T2A."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    return bool(subprocess.run(["kpsewhich", "t2aenc.def"], capture_output=True).stdout)


@pytest.mark.skipif(not has_cyrillic(), reason="there is no pdflatex with Cyrillic")
def test_every_table_compiles(results: Mapping[str, Result], tmp_path: Path) -> None:
    parts = [result.to_latex() for result in results.values()]
    parts += [latex(table) for table in tables_of(results)]
    text = HEAD + "\n\\clearpage\n".join(parts) + "\n\\end{document}\n"
    (tmp_path / "all.tex").write_text(text, encoding="utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout
