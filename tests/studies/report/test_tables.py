"""What a person reads: whole numbers, literal names, nothing wider than the terminal."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coopetition.output.numbers import number, percent, share
from coopetition.studies import load_scenario, run_study
from tests.studies.command import GAIN, NO_PURE, THREE, coopetition, organization, written
from tests.studies.compared import free_comparison

LONG = "The hospital with the longest name of all, " * 3
STRANGE = ["[red]North[/red]", "[/]", "a|b", "$x$", "北京医院", "Ünal & Söhne", "{name}", "%s"]


def shown(folder: Path, text: str, *arguments: str, verb: str = "solve") -> list[str]:
    answer = coopetition(verb, written(folder, text), *arguments)
    assert answer.code in (0, 1), answer
    return answer.out.splitlines()


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))


def without_color(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


def table_of(lines: list[str]) -> list[str]:
    return lines[1 : next(k for k, line in enumerate(lines) if line.startswith("Welfare"))]


@given(st.floats(1e-10, 1e-2), st.sampled_from([-1, 1]))
def test_a_share_that_is_not_one_never_reads_as_one(gap: float, sign: int) -> None:
    value = 1 + sign * gap
    for text, whole in ((str(share(value)), 1), (percent(value), 100), (percent(value, 4), 100)):
        assert (float(text) == whole) is (abs(value - 1) <= 1e-9)
        assert float(text) / whole == pytest.approx(value, abs=6e-4)


def test_numbers() -> None:
    cells = [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0"),
        (-0.0, "0"),
        (-1e-14, "0"),
        (1234567.891, "1,234,567.89"),
        (-35.471, "-35.47"),
        (0.123456, "0.1235"),
        (1e12, "1e+12"),
        ("κ = 1", "κ = 1"),
    ]
    for value, text in cells:
        assert number(value) == text


def test_piped_the_table_is_one_and_plain(tmp_path: Path) -> None:
    lines = shown(tmp_path, THREE)
    title = "payoffs and contributions under redistribution with equal-gain fees"
    assert lines[0] == f"three-hospitals: {title}"
    assert lines[1].split()[:2] == ["organization", "contribution"]
    assert lines[1].split()[-2:] == ["autarky", "exit"]
    assert set(lines[2].split()) == {"samples", "EUR"}
    assert [line.split()[0] for line in lines[3:6]] == ["North", "South", "West"]
    assert not any("\x1b" in line or line.endswith(" ") for line in lines)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("verb", ["solve", "compare"])
def test_a_terminal_gets_whole_numbers_within_its_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, verb: str
) -> None:
    """One comparison, printed for each width; what is left out is said."""
    monkeypatch.setattr("coopetition.cli.compare.compare", lambda *_, **__: free_comparison())
    piped = shown(tmp_path, THREE, verb=verb)
    on_terminal(monkeypatch, width)
    lines = without_color(shown(tmp_path, THREE, verb=verb))
    table = table_of(lines) if verb == "solve" else lines
    wide = table_of(piped) if verb == "solve" else piped
    assert max(len(line) for line in table) <= width
    numbers = re.compile(r"-?[\d,]+\.\d+(?!\S)")
    printed = Counter(numbers.findall("\n".join(table)))
    assert printed
    assert printed < Counter(numbers.findall("\n".join(wide)))
    assert "Left out for want of width:" in "\n".join(table)
    assert "…" not in "".join(table)


def test_names_are_printed_as_they_stand(tmp_path: Path) -> None:
    text = "name = '[bold]x[/bold]'\n" + GAIN + "".join(map(organization, STRANGE))
    lines = shown(tmp_path, text)
    assert lines[0].startswith("[bold]x[/bold]: payoffs and contributions without a rule")
    assert [line[: len(name)] for name, line in zip(STRANGE, lines[3:], strict=False)] == STRANGE
    ends = {cell_len(line) for line in lines[1 : 3 + len(STRANGE)]}
    assert len(ends) == 1  # columns stay straight below each other


def test_a_very_long_name_leaves_room_for_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GAIN + organization(LONG.strip()) + organization("South", local_data=900)
    assert LONG.strip() in shown(tmp_path, text)[3]  # a pipe gets it all
    on_terminal(monkeypatch, 80)
    table = table_of(without_color(shown(tmp_path, text)))
    assert max(len(line) for line in table) <= 80
    (line,) = (line for line in table if line.startswith("The hospital with the l"))
    assert re.search(r"…( +[\d,.]+){2,}$", line)


def test_many_organizations_are_counted_not_listed(tmp_path: Path) -> None:
    text = GAIN + "".join(organization(f"Number {k}") for k in range(60))
    lines = shown(tmp_path, text)
    assert "Number 49" in "\n".join(lines)
    assert "Number 50" not in "\n".join(lines)
    assert "… and 10 more rows: --out FILE.csv has them all" in lines
    out = tmp_path / "all.csv"
    coopetition("solve", tmp_path / "scenario.toml", "--out", out)
    assert len(out.read_text(encoding="utf-8").splitlines()) == 61


def test_what_is_not_proved_is_said(tmp_path: Path) -> None:
    out = tmp_path / "it.tex"
    text = "\n".join(shown(tmp_path, NO_PURE))
    assert "Not an equilibrium: no pure equilibrium found." in text
    coopetition("solve", tmp_path / "scenario.toml", "--out", out)
    assert "Not an equilibrium: no pure" in out.read_text(encoding="utf-8")  # for a paper too
    coopetition("design", tmp_path / "scenario.toml", "--out", out)
    assert "No mechanism: impossible" in out.read_text(encoding="utf-8")
    assert "not an equilibrium: North gains" in text
    assert "checked: branch and bound" in text
    assert "branch and bound" not in "\n".join(shown(tmp_path, THREE))


def test_a_table_says_that_its_columns_without_a_rule_are_no_equilibrium(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, NO_PURE))
    lost = run_study(scenario.round(), scenario.mechanism)
    solved = run_study(lost.game)
    assert not solved.tables()[0].notes
    assert lost.tables()[0].notes == ("Not an equilibrium: no pure equilibrium found.",)
    (said,) = replace(solved, free=lost.equilibrium).tables()[0].notes
    assert said == "Without a rule it is not an equilibrium: no pure equilibrium found."
