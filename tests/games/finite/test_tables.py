"""JSON, CSV and dictionaries: exact round trips and strict reading."""

import json
from fractions import Fraction

import pytest
from hypothesis import given

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.json_text import from_json, to_json
from coopetition.games.finite.files.tables import from_csv, to_csv
from coopetition.games.finite.game import FiniteGame
from tests.games.finite.files import comes_back, games


@given(games())
def test_json_comes_back_exactly(game: FiniteGame) -> None:
    assert comes_back(from_json(to_json(game)), game)


@given(games())
def test_csv_comes_back_exactly_but_for_the_title(game: FiniteGame) -> None:
    untitled = FiniteGame(game.tensor, game.players, game.strategies)
    assert comes_back(from_csv(to_csv(game)), untitled)


def test_rows_in_any_order_are_the_same_game_up_to_the_order_of_strategies() -> None:
    lines = ["A,B,payoff A,payoff B", "x,l,1,5", "x,r,2,6", "y,l,3,7", "y,r,4,8"]
    game = from_csv("\n".join(lines))
    turned = from_csv("\r\n".join([lines[0], *reversed(lines[1:])]))
    assert turned.strategies == (("y", "x"), ("r", "l"))
    assert turned.tensor.tolist() == game.tensor[:, ::-1, ::-1].tolist()


def test_decimals_are_the_fractions_that_they_say() -> None:
    """Stored floats would not tie: 0.1 + 0.2 is above 0.3, 1e23 below 10^23."""
    table = from_csv("A,payoff A\nx,0.1\ny,1/3\nz,-2.50e-1\nw,1e23\n")
    listed = from_json('{"payoffs": [[0.1, "1/3", -2.50e-1, 1e23]]}')
    texts = from_json('{"payoffs": [["0.1", "1/3", "-2.50e-1", "1e23"]]}')
    wanted = [Fraction(1, 10), Fraction(1, 3), Fraction(-1, 4), Fraction(10**23)]
    for game in (table, listed, texts):
        assert game.exact
        assert game.tensor[0].tolist() == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line must name the players"),
        ("A,B,payoff A", "the first line must name the players"),
        ("A,B,payoff B,payoff A\n", "in the same order"),
        ("A,payoff A\n", "at least one profile"),
        ("A,payoff A\nx,1,2\n", "line 2 must have 2 cells, got 3"),
        ("A,payoff A\nx,1\n\nx,2\n", "line 4 repeats the profile x"),
        ("A,payoff A\nx,one\n", "line 2: a payoff must be like .* got 'one'"),
        ("A,payoff A\nx,1_0\n", "line 2: a payoff must be like .* got '1_0'"),
        ("A,payoff A\nx,1e301\n", "line 2: a payoff must be at most 1e300"),
        ("A,payoff A\nx,\n", "line 2: a payoff must be like .* got ''"),
        ('A,payoff A\n"x,1\n', "not a CSV table"),
        ("A,A,payoff A,payoff A\nx,y,1,2\n", "2 different names"),
        (
            "A,B,payoff A,payoff B\nx,l,1,5\nx,r,2,6\ny,l,3,7\n",
            "the profile y, r is missing",
        ),
    ],
)
def test_a_broken_csv_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        from_csv(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must be an object"),
        ({}, "`payoffs` is missing"),
        ({"payoff": [[1]]}, "unknown key `payoff`: did you mean `payoffs`"),
        ({"payoffs": [[1]], "weights": 1}, "unknown key `weights`: known: title, players"),
        ({"payoffs": 1}, "nested as deep"),
        ({"payoffs": [1, 2]}, "nested as deep"),
        ({"payoffs": [[[]], [[]]]}, "nested as deep"),
        ({"payoffs": [[[1, 2]], [[1]]]}, r"`payoffs\[1\]\[0\]` must be a list of 2, got \[1\]"),
        ({"payoffs": [[[1]], [1]]}, r"`payoffs\[1\]\[0\]` must be a list of 1, got 1"),
        ({"payoffs": [[1, True]]}, r"`payoffs\[0\]\[1\]` must be a number or a fraction, got True"),
        ({"payoffs": [[1, None]]}, r"`payoffs\[0\]\[1\]` must be a number"),
        ({"payoffs": [["1/0"]]}, r"`payoffs\[0\]\[0\]`: a payoff must not divide by zero"),
        ({"payoffs": [["x"]]}, r"`payoffs\[0\]\[0\]`: a payoff must be like"),
        ({"payoffs": [[float("nan")]]}, r"`payoffs\[0\]\[0\]`: a payoff must be like .* got 'NaN'"),
        ({"payoffs": [[float("-inf")]]}, "got '-Infinity'"),
        ({"payoffs": [[1]], "title": 1}, "`title` must be a text"),
        ({"payoffs": [[1]], "title": 1.50}, "`title` must be a text, got 1.5"),
        ({"payoffs": [[1]], "players": "A"}, "`players` must be a list of names"),
        ({"payoffs": [[1]], "players": [1]}, "`players` must be a list of names"),
        ({"payoffs": [[1]], "players": ["A", "B"]}, "1 different names"),
        ({"payoffs": [[1]], "strategies": ["A"]}, r"`strategies\[0\]` must be a list of names"),
        ({"payoffs": [[1]], "strategies": {}}, "`strategies` must be one list per player"),
        ({"payoffs": [[1]], "strategies": [["A", "B"]]}, "must name"),
        ({"payoffs": [[1, 2]], "strategies": [["A", "A"]]}, "two named 'A'"),
        ({"payoffs": [[1]], "strategies": [[""]]}, "not empty"),
    ],
)
def test_a_broken_json_object_is_one_sentence(content: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        from_json(json.dumps(content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"payoffs": [[1]], "payoffs": [[2]]}', "the key 'payoffs' occurs twice"),
        ('{"payoffs": [[' + "9" * 5000 + "]]}", "not JSON"),
        ('{"payoffs": [[1e999]]}', "at most 1e300"),
        ('{"payoffs": [[1e-99999]]}', "a payoff must be like"),
    ],
)
def test_a_text_that_is_no_such_json_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["1e308", "-1e301"])
def test_json_numbers_that_are_too_large_are_refused(number: str) -> None:
    with pytest.raises(InvalidInputError, match=r"payoffs\[0\]\[1\]"):
        from_json(f'{{"payoffs": [[1.0, {number}]]}}')
