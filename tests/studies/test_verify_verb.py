"""The command `coopetition verify` with proofs, certificate files and finite games."""

import json
from pathlib import Path

import pytest

from coopetition.games.finite import FiniteGame
from coopetition.games.finite.load import save_game
from tests.studies.command import THREE, coopetition, written


@pytest.fixture
def solved(tmp_path: Path) -> tuple[Path, Path]:
    """Write a scenario and its equilibrium."""
    scenario = written(tmp_path, THREE)
    profile = tmp_path / "profile.json"
    profile.write_text(coopetition("solve", scenario, "--json").out, encoding="utf-8")
    return scenario, profile


def test_a_proof_is_saved_and_checked_again(solved: tuple[Path, Path], tmp_path: Path) -> None:
    scenario, profile = solved
    saved = tmp_path / "certificate.json"
    made = coopetition(
        "verify", scenario, "--profile", profile, "--rigor", "interval", "--save", saved, "--json"
    )
    assert made.code == 0
    assert made.document["certificate"]["claim"] == "proved"
    again = coopetition("verify", "--certificate", saved, "--json")
    assert again.code == 0
    assert again.document["epsilon"] == made.document["certificate"]["epsilon"]
    assert coopetition("verify", "--certificate", saved, "--tolerance", "0").code == 1
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace("1500.0", "1501.0", 1), encoding="utf-8")
    refused = coopetition("verify", "--certificate", saved)
    assert refused.code == 2
    assert "was changed" in refused.err
    assert refused.out == ""


def test_a_profile_that_is_none_is_proved_to_be_none(
    solved: tuple[Path, Path], tmp_path: Path
) -> None:
    scenario, _ = solved
    other = written(tmp_path, json.dumps({"contribution": [0, 0, 0]}), "other.json")
    answer = coopetition(
        "verify", scenario, "--profile", other, "--rigor", "interval", "--json",
        "--out", tmp_path / "answer.json",
    )  # fmt: skip
    assert answer.code == 1
    assert answer.document["deviation"]["gain"] > 1
    least = answer.document["deviation"]["gain"]
    assert answer.document["certificate"]["epsilon"] >= least
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["holds"] is False


def test_finite_games_are_verified_by_strategy_names(tmp_path: Path) -> None:
    game = FiniteGame(
        [[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["Ann", "Bob"], [["share", "keep"]] * 2
    ).to_fractions()
    save_game(game, tmp_path / "game.nfg")
    both = written(tmp_path, json.dumps({"strategies": ["keep", "keep"]}), "both.json")
    none = written(tmp_path, json.dumps({"strategies": ["share", "keep"]}), "none.json")
    saved = tmp_path / "certificate.json"
    fine = coopetition(
        "verify", tmp_path / "game.nfg", "--profile", both, "--rigor", "rational", "--save", saved
    )
    assert fine.code == 0
    assert "proved: exact fractions" in fine.out
    assert coopetition("verify", "--certificate", saved).code == 0
    bad = coopetition("verify", tmp_path / "game.nfg", "--profile", none, "--json")
    assert bad.code == 1
    assert bad.document["deviation"] == {"player": "Ann", "strategy": "keep", "gain": 1.0}
    words = coopetition("verify", tmp_path / "game.nfg", "--profile", none)
    assert "Ann gains 1 by playing keep" in words.out


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"strategies": ["keep"]}, "must be 2 names"),
        ({"strategies": ["keep", "steal"]}, "must be one of share, keep"),
        ({"contribution": [1, 1]}, "must be 2 names"),
    ],
)
def test_bad_profiles_of_finite_games(
    tmp_path: Path, profile: dict[str, list[str]], words: str
) -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"], [["share", "keep"]] * 2)
    save_game(game, tmp_path / "game.csv")
    file = written(tmp_path, json.dumps(profile), "profile.json")
    answer = coopetition("verify", tmp_path / "game.csv", "--profile", file)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["a.toml", "--certificate", "b.json"], "stands alone"),
        (["a.toml"], "needs a GAME"),
        ([], "needs a GAME"),
        (["a.toml", "--profile", "p", "--save", "c"], "needs a proof"),
        (["a.nfg", "--profile", "p"], "cannot read a.nfg"),
        (["--certificate", "none.json"], "cannot read none.json"),
    ],
)
def test_wrong_usage_is_one_sentence(options: list[str], words: str) -> None:
    answer = coopetition("verify", *options)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""
