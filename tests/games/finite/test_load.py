"""Loading by the ending of a name or by module:attribute, and saving."""

import sys
from pathlib import Path

import nashpy
import pytest

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError, MissingDependencyError, UnsupportedGameError
from coopetition.games.finite.files.exchange import from_gambit, from_nashpy, to_gambit, to_nashpy
from coopetition.games.finite.files.load import load_game, save_game
from coopetition.games.finite.game import FiniteGame
from tests.games.finite.files import same

PRISONERS = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"]).to_fractions()
MODULE = """
from coopetition.games.finite import FiniteGame
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound

game = FiniteGame([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])

def market():
    return CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
                            max_contribution=4000, value=1000, unit_cost=0.001)

class Box:
    game = game

def broken():
    return 1 / 0

def several():
    raise ValueError("two\\nlines")

number = 3
"""


@pytest.mark.parametrize("ending", [".nfg", ".json", ".csv", ".NFG"])
def test_what_is_saved_is_loaded(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"prisoners{ending}"
    save_game(PRISONERS, file)
    for source in (file, str(file)):
        game = load_game(source)
        assert isinstance(game, FiniteGame)
        assert same(game, PRISONERS)


def test_an_attribute_of_a_module_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "games_of_a_user.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    assert isinstance(load_game("games_of_a_user:game"), FiniteGame)
    assert isinstance(load_game("games_of_a_user:Box.game"), FiniteGame)
    market = load_game("games_of_a_user:market")
    assert isinstance(market, Game)
    assert len(market.players) == 2
    for name, said in {
        "number": "games_of_a_user:number must be a FiniteGame, .* got int",
        "broken": "cannot load games_of_a_user:broken: ZeroDivisionError: division by zero",
        "several": "ValueError: two lines",
        "nothing": "AttributeError",
    }.items():
        with pytest.raises(InvalidInputError, match=said) as caught:
            load_game(f"games_of_a_user:{name}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", ["raise SystemExit(3)", "1 / 0", "def broken(:"])
def test_a_module_that_fails_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    name = f"module_that_fails_{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(body)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInputError, match=f"cannot load {name}:game: ") as caught:
        load_game(f"{name}:game")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["", "game", "game.txt", "a b:game", ":game", "game:", "../x:y"])
def test_a_name_of_no_known_form_says_which_there_are(source: str) -> None:
    with pytest.raises(InvalidInputError, match=r"ends in .nfg, .json, .csv, or module:attribute"):
        load_game(source)


def test_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "game.nfg"
    with pytest.raises(InvalidInputError, match=r"cannot read .*game.nfg: No such file"):
        load_game(file)
    file.write_bytes(b"NFG \xff")
    with pytest.raises(InvalidInputError, match="is not a text file in UTF-8"):
        load_game(file)
    file.write_text("NFG\n2")
    with pytest.raises(InvalidInputError, match=r"game.nfg: line 2: expected"):
        load_game(file)
    with pytest.raises(InvalidInputError, match="cannot load no_such_module:game"):
        load_game("no_such_module:game")
    with pytest.raises(InvalidInputError, match=r"must end in .nfg, .json, .csv, got"):
        save_game(PRISONERS, tmp_path / "game.txt")
    with pytest.raises(InvalidInputError, match="cannot write"):
        save_game(PRISONERS, tmp_path / "no" / "game.nfg")


def test_nashpy_there_and_back() -> None:
    there = to_nashpy(PRISONERS)
    back = from_nashpy(there)
    assert back.tensor.tolist() == PRISONERS.to_floats().tensor.tolist()
    [(rows, columns)] = there.support_enumeration()
    assert back.mixed_regret([rows, columns]).tolist() == [0, 0]
    assert from_nashpy(nashpy.Game([[1, -1]])).tensor.tolist() == [[[1, -1]], [[-1, 1]]]
    with pytest.raises(UnsupportedGameError, match="nashpy's games have 2 players, this has 1"):
        to_nashpy(FiniteGame([[1, 2]]))
    with pytest.raises(InvalidInputError, match=r"a nashpy.Game is needed, got int"):
        from_nashpy(3)
    with pytest.raises(InvalidInputError, match="a pygambit game is needed, got int"):
        from_gambit(3)


def test_without_pygambit_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygambit", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'coopetition\[gambit\]'"):
        to_gambit(PRISONERS)
