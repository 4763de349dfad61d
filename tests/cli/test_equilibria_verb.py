"""The command `coopetition equilibria`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from coopetition.cli.equilibria import equilibria_dict
from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.load import save_game
from coopetition.output.export import to_json
from coopetition.solvers.finite.anarchy import anarchy
from coopetition.solvers.finite.profiles import MixedEquilibria
from coopetition.solvers.finite.pure import pure_equilibria
from tests.studies.command import TWO, coopetition, written

BATTLE = FiniteGame(
    [[[2, 0], [0, 1]], [[1, 0], [0, 2]]], ["Ann", "Bob"], [("ball", "opera")] * 2, title="battle"
).to_fractions()
PENNIES = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])


def saved(folder: Path, game: FiniteGame, name: str = "game.nfg") -> Path:
    """Write a game's file."""
    save_game(game, folder / name)
    return folder / name


@pytest.mark.parametrize("name", ["game.nfg", "game.json", "game.csv"])
def test_equilibria_by_name(tmp_path: Path, name: str) -> None:
    answer = coopetition("equilibria", saved(tmp_path, BATTLE, name))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert any(line.split() == "pure opera opera 1 2 proved no".split() for line in lines)
    assert "price of anarchy (pure equilibria): 1 " in answer.out


def test_mixed_ones_are_fractions_where_the_game_is(tmp_path: Path) -> None:
    answer = coopetition("equilibria", saved(tmp_path, BATTLE), "--mixed")
    assert answer.code == 0
    assert "2/3 ball + 1/3 opera" in answer.out
    document = coopetition("equilibria", saved(tmp_path, BATTLE), "--mixed", "--json").document
    assert document["pure"]["known"] == "proved"
    assert [row["profile"] for row in document["pure"]["equilibria"]] == [
        ["ball", "ball"],
        ["opera", "opera"],
    ]
    mixed = document["mixed"]["equilibria"][-1]
    np.testing.assert_allclose(mixed["profile"], [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])
    assert mixed["payoffs_exact"] == ["2/3", "2/3"]
    assert document["mixed"]["complete"] is True
    assert document["anarchy"]["anarchy"] == 1.0


def test_no_equilibrium_of_the_kind_that_was_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, PENNIES)
    none = coopetition("equilibria", path, "--json")
    assert none.code == 1
    assert none.document["pure"]["equilibria"] == []
    assert none.document["anarchy"]["anarchy"] is None
    assert coopetition("equilibria", path, "--epsilon", "2").code == 0
    assert coopetition("equilibria", path, "--mixed").code == 0


def test_costs_and_dominance(tmp_path: Path) -> None:
    game = FiniteGame(
        [[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]], strategies=[("quiet", "talk")] * 2
    )
    document = coopetition("equilibria", saved(tmp_path, game), "--kind", "cost", "--json").document
    assert document["anarchy"]["anarchy"] == 2.0
    assert document["anarchy"]["worst_profile"] == ["talk", "talk"]
    assert document["pure"]["equilibria"][0]["dominated"] is True


def test_files(tmp_path: Path) -> None:
    outs = [tmp_path / f"out.{kind}" for kind in ("json", "csv", "md", "tex")]
    options = [word for out in outs for word in ("--out", str(out))]
    assert coopetition("equilibria", saved(tmp_path, BATTLE), "--mixed", *options).code == 0
    rows = list(csv.DictReader(outs[1].read_text().splitlines()))
    assert [row["equilibrium"] for row in rows] == ["pure", "pure", "mixed"]
    assert [row["dominated"] for row in rows] == ["no", "no", ""]
    assert float(rows[2]["payoff.Bob"]) == pytest.approx(2 / 3)
    assert len(json.loads(outs[0].read_text())["mixed"]["equilibria"]) == 3
    assert "| pure | opera | opera | 1.000 | 2.000 |" in outs[2].read_text()
    refused = coopetition("equilibria", saved(tmp_path, BATTLE), "--out", tmp_path / "a.png")
    assert refused.code == 2
    assert "no pictures" in refused.err


def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    out = tmp_path / "out.parquet"
    assert coopetition("equilibria", saved(tmp_path, BATTLE), "--mixed", "--out", out).code == 0
    assert parquet.read_table(out).column("payoff.Ann").to_pylist() == [2.0, 1.0, 2 / 3]


def test_the_time_limit_without_any_answer(tmp_path: Path) -> None:
    game = FiniteGame(np.random.default_rng(2).random((2, 8, 8)))
    path = saved(tmp_path, game)
    answer = coopetition("equilibria", path, "--mixed", "--time-limit", "1e-6")
    assert answer.code == 3
    assert "the time limit of 1e-06 s ended the search" in answer.err


def test_a_continuum_is_described_and_large_entries_make_no_mixture_pure(tmp_path: Path) -> None:
    tied = saved(tmp_path, FiniteGame([[[1, 1], [0, 2]], [[1, 0], [0, 0]]]).to_fractions())
    answer = coopetition("equilibria", tied, "--mixed")
    assert "in the hull of one of 2 maximal Nash subsets" in answer.out
    assert "  component 2: any mixtures of (2; 2 | 1/2 1 + 1/2 2)\n" in answer.out
    document = coopetition("equilibria", tied, "--mixed", "--json").document["mixed"]
    assert document["degenerate"] is True
    assert document["subsets"] == document["components"] == [[0], [1, 2]]
    assert document["equilibria"][2]["profile_exact"] == [["0", "1"], ["1/2", "1/2"]]
    # 1 - 1e-18 is 1 in floating point.
    far = FiniteGame([[[10**18, 0], [0, 1]]] * 2).to_fractions()
    out = tmp_path / "far.csv"
    assert coopetition("equilibria", saved(tmp_path, far), "--mixed", "--out", out).code == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["equilibrium"] for row in rows] == ["pure", "pure", "mixed"]
    assert rows[2]["strategy.player 1"] == "1e-18 1 + (1 - 1e-18) 2"


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert coopetition("equilibria", tmp_path / "none.nfg").code == 2
    assert coopetition("equilibria", "game.txt").code == 2
    path = saved(tmp_path, BATTLE)
    for options in (["--epsilon", "-1"], ["--epsilon", "nan"], ["--mixed", "--time-limit", "0"]):
        answer = coopetition("equilibria", path, *options)
        assert answer.code == 2
        assert len(answer.err.strip().splitlines()[-1]) > 20
    (tmp_path / "rounds_for_equilibria.py").write_text(
        "from coopetition.studies.scenario.scenario import load_scenario\n"
        "def game():\n"
        "    return load_scenario('two.toml').round()\n"
    )
    written(tmp_path, TWO, "two.toml")
    monkeypatch.chdir(tmp_path)
    smooth = coopetition("equilibria", "rounds_for_equilibria:game")
    assert smooth.code == 2
    assert "has a continuum of strategies" in smooth.err


def test_a_module_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "games_for_equilibria.py").write_text(
        "from coopetition.games.finite import FiniteGame\n"
        "def stag():\n"
        "    return FiniteGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])\n"
    )
    monkeypatch.chdir(tmp_path)
    document = coopetition("equilibria", "games_for_equilibria:stag", "--json").document
    assert [row["payoffs"] for row in document["pure"]["equilibria"]] == [[4.0, 4.0], [3.0, 3.0]]


def test_a_search_that_found_none_is_an_answer_too() -> None:
    pure = pure_equilibria(PENNIES)
    nothing = MixedEquilibria(
        game=PENNIES, profiles=(), regrets=(), known=(), complete=False, timed_out=False,
        method="none", note="the search failed",
    )  # fmt: skip
    document = equilibria_dict(pure, anarchy(PENNIES, "payoff", pure), nothing)
    assert json.loads(to_json(document))["mixed"]["equilibria"] == []
