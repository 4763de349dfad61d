"""The command `coopetition potential`."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.load import save_game
from tests.studies.command import THREE, coopetition, written

NAMES = (["Ann", "Bob"], [("ball", "opera")] * 2)
PRISONERS = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], *NAMES).to_fractions()
SCALED = FiniteGame([[[3, 0], [5, 1]], [[6, 10], [0, 2]]], *NAMES, title="scaled").to_fractions()
PENNIES = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], *NAMES)


def saved(folder: Path, game: FiniteGame, name: str = "game.nfg") -> Path:
    """Write a game's file."""
    save_game(game, folder / name)
    return folder / name


@pytest.mark.parametrize("name", ["game.nfg", "game.json", "game.csv"])
def test_every_kind_from_the_strongest(tmp_path: Path, name: str) -> None:
    answer = coopetition("potential", saved(tmp_path, SCALED, name))
    assert answer.code == 0
    lines = [line for line in answer.out.splitlines() if ": yes" in line or ": no" in line]
    assert [line.split(" potential")[0] for line in lines] == [
        "exact", "weighted", "ordinal", "generalized-ordinal", "best-response"
    ]  # fmt: skip
    assert lines[0].endswith("no (proved)")
    assert all(line.endswith("yes (proved)") for line in lines[1:])
    assert "weights: Ann 1, Bob 2" in answer.out
    assert "square Ann ball → opera, Bob ball → opera" in answer.out
    assert "nearest exact potential game: 0.353553 away" in answer.out
    own = "nearest weighted potential game: 0 away in the L2 norm of payoffs (the game itself)"
    assert own in answer.out
    far = coopetition("potential", saved(tmp_path, PENNIES, name))
    assert "nearest weighted potential game: at most 2.82843 away" in far.out


FLOATS = """import numpy as np
from coopetition.games.finite import FiniteGame

game = FiniteGame(np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]]) * np.array([[[1]], [[7 / 9]]]))
"""


def test_a_proved_potential_has_no_rounding_in_its_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensor = PRISONERS.tensor.copy()
    tensor[1] *= Fraction(7, 9)
    ninths = FiniteGame(tensor, *NAMES)
    near = coopetition("potential", saved(tmp_path, ninths), "--json").document["nearest"]
    assert near["weighted"]["distance"] == 0.0
    assert near["weighted"]["upper_bound"] is False
    assert near["weighted"]["weights"] == [1.0, pytest.approx(7 / 9)]
    assert near["exact"]["distance"] == pytest.approx(2 / 9 / 8**0.5)
    (tmp_path / "ninths_in_floats.py").write_text(FLOATS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    document = coopetition("potential", "ninths_in_floats:game", "--json").document
    assert document["exact_arithmetic"] is False
    loose = document["nearest"]["weighted"]
    assert loose["upper_bound"] is True
    assert loose["distance"] < 1e-12


def test_one_kind_decides_the_exit_code(tmp_path: Path) -> None:
    path = saved(tmp_path, SCALED)
    assert coopetition("potential", path, "--kind", "exact").code == 1
    found = coopetition("potential", path, "--kind", "weighted", "--json")
    assert found.code == 0
    document = found.document
    assert document["game"] == "scaled"
    assert list(document["potentials"]) == ["weighted"]
    assert document["potentials"]["weighted"]["weights"] == ["1", "2"]
    assert document["potentials"]["weighted"]["potential"] == [["0", "2"], ["2", "3"]]
    assert document["nearest"]["weighted"]["distance"] < 1e-12
    assert document["nearest"]["exact"]["distance"] == pytest.approx(0.125**0.5)


@pytest.mark.parametrize("name", ["game.nfg", "game.json", "game.csv"])
def test_a_decimal_table_with_an_outlier_row_is_read_as_it_is_written(
    tmp_path: Path, name: str
) -> None:
    """0.1 is a tenth: the table has a potential, and one cent elsewhere takes it away."""
    row = [10**12 + 0.1, 0.2, 0.3]
    both = np.array([row, [0.1, 0.3, 0.7], [0.4, 0.5, 0.6]])
    table = np.stack([both, both + np.array([[0.1], [0.2], [1e9]])])
    table[1, 0, 1] += 0.01
    table[0, 0, 1] += 0.01
    game = FiniteGame(table.round(2))
    held = coopetition("potential", saved(tmp_path, game, name), "--kind", "exact")
    assert (held.code, "exact potential: yes (proved)" in held.out) == (0, True)
    table[0, 2, 2] += 0.01
    game = FiniteGame(table.round(2))
    refused = coopetition("potential", saved(tmp_path, game, name), "--kind", "exact")
    assert (refused.code, "exact potential: no (proved)" in refused.out) == (1, True)


def test_none_of_any_kind(tmp_path: Path) -> None:
    answer = coopetition("potential", saved(tmp_path, PENNIES), "--json")
    assert answer.code == 1
    for found in answer.document["potentials"].values():
        assert found["holds"] is False
        assert found["witness"]["reason"] in ("gap", "sign", "cycle")
    cycle = answer.document["potentials"]["ordinal"]["witness"]
    assert sorted(cycle["profiles"]) == sorted([a, b] for a in NAMES[1][0] for b in NAMES[1][1])


def test_files(tmp_path: Path) -> None:
    path = saved(tmp_path, SCALED)
    endings = ("json", "csv", "md", "tex")
    outs = [word for e in endings for word in ("--out", tmp_path / f"out.{e}")]
    assert coopetition("potential", path, *outs).code == 0
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["potentials"]["exact"]["holds"] is False
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["verdict"] for row in rows] == ["no", "yes", "yes", "yes", "yes"]
    assert rows[1]["weights"] == "1; 2"
    assert float(rows[0]["distance"]) == pytest.approx(0.125**0.5)
    assert "weighted" in (tmp_path / "out.md").read_text(encoding="utf-8")
    assert r"\begin{tabular}" in (tmp_path / "out.tex").read_text(encoding="utf-8")


def test_many_players_have_no_weighted_distance(tmp_path: Path) -> None:
    game = FiniteGame(np.zeros((15, 2, 2, *[1] * 13)))
    answer = coopetition("potential", saved(tmp_path, game), "--kind", "exact", "--json")
    assert answer.code == 0
    assert answer.document["nearest"]["weighted"] is None


def test_bad_input(tmp_path: Path) -> None:
    path = saved(tmp_path, PRISONERS)
    for words in (
        (tmp_path / "none.nfg",),
        (path, "--kind", "perfect"),
        (path, "--tol", "-1"),
        (path, "--out", tmp_path / "out.png"),
        (path, "--out", tmp_path / "out.xlsx"),
    ):
        answer = coopetition("potential", *words)
        assert answer.code == 2
        assert answer.out == ""


def test_scenarios_and_continuous_games_are_answered_too(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    answer = coopetition("potential", scenario, "--json", "--out", tmp_path / "p.csv")
    assert answer.code == 0
    assert answer.document["kind"] == "weighted"
    assert answer.document["weights"][0] == 1.0
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["verdict"] == "yes"
    assert coopetition("potential", scenario, "--kind", "exact").code == 1
    assert coopetition("potential", scenario, "--kind", "ordinal").code == 2
    cournot = coopetition("potential", "coopetition.games.catalog:cournot", "--kind", "exact")
    assert cournot.code == 0
    contest = coopetition("potential", "coopetition.games.catalog:tullock")
    assert contest.code == 1
    assert "mixed differences" in contest.out
