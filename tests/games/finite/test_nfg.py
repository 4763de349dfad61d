"""Gambit's .nfg files: every variant, exact round trips, one sentence for every broken file."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.nfg import from_nfg, to_nfg
from coopetition.games.finite.game import FiniteGame
from tests.games.finite.files import games, nfg_file, same

HEAD = 'NFG 1 R "" { "A" "B" }'
SELTEN = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form"
{ "Player 1" "Player 2" } { 3 2 }

1 1 0 2 0 2 1 1 0 3 2 0
"""
SELTEN_OUTCOMES = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form" { "Player 1" "Player 2" }

{
{ "1" "2" "3" }
{ "1" "2" }
}

{
{ "" 1, 1 }
{ "" 0, 2 }
{ "" 0, 2 }
{ "" 1, 1 }
{ "" 0, 3 }
{ "" 2, 0 }
}
1 2 3 4 5 6
"""


@given(games())
def test_what_is_written_is_read_as_the_same_game(game: FiniteGame) -> None:
    read = from_nfg(to_nfg(game))
    assert read.exact
    assert same(read if game.exact else read.to_floats(), game)


@given(games())
def test_outcomes_are_read_as_the_same_game(game: FiniteGame) -> None:
    read = from_nfg(to_nfg(game, "outcome"))
    assert same(read if game.exact else read.to_floats(), game)


def test_outcomes_are_written_once() -> None:
    text = to_nfg(from_nfg(SELTEN), "outcome")
    assert text.endswith('{ "" 1, 1 }\n{ "" 0, 2 }\n{ "" 0, 3 }\n{ "" 2, 0 }\n}\n1 2 2 1 3 4\n')
    with pytest.raises(InvalidInputError, match="`version` must be payoff or outcome, got 'short'"):
        to_nfg(from_nfg(SELTEN), "short")  # type: ignore[arg-type]


@given(st.integers(0, 100_000))
def test_every_variant_is_read_as_its_payoffs(seed: int) -> None:
    text, payoffs = nfg_file(seed)
    game = from_nfg(text)
    assert game.title == 'a "title"'
    assert game.players == tuple(f'P"{n}' for n in range(len(game.shape)))
    assert {p: game.payoffs(p).tolist() for p in payoffs} == payoffs


def test_both_forms_of_the_manuals_example_are_one_game() -> None:
    game = from_nfg(SELTEN)
    assert same(game, from_nfg(SELTEN_OUTCOMES))
    # The manual: player 1's second strategy against player 2's first pays 0 and 2.
    assert game.payoffs((1, 0)).tolist() == [0, 2]
    assert game.payoffs((2, 1)).tolist() == [2, 0]


def test_outcome_zero_pays_nothing() -> None:
    game = from_nfg(f'{HEAD} {{ 2 2 }} {{ {{ "o" 1, 2/3 }} {{ "" 0.1 4 }} }} 1 2 0 1')
    assert game.payoffs((0, 1)).tolist() == [0, 0]
    assert game.payoffs((1, 0)).tolist() == [Fraction(1, 10), 4]


def test_names_that_are_empty_or_repeat_become_different() -> None:
    game = from_nfg('NFG 1 R "" { "" "x" "x" } { { "" "" } { "a" "a" "a_1" } { "" } } ' + "0 " * 18)
    assert game.players == ("player 1", "x_1", "x_2")
    assert game.strategies == (("1", "2"), ("a_2", "a_3", "a_1"), ("1",))


def test_backslashes_that_escape_nothing_stand_for_themselves() -> None:
    game = from_nfg(r'NFG 1 R "C:\games \"x\" \\" { "A" } { 1 } 7')
    assert game.title == 'C:\\games "x" \\'


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert from_nfg("\ufeff" + SELTEN).shape == (3, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected a header that begins `NFG 1 R`, got the end of the file"),
        ("EFG 2 R", "line 1: expected a header that begins `NFG 1 R`, got 'EFG'"),
        ('NFG 2 R ""', "line 1: .* got '2'"),
        ("NFG 1 R title", "line 1: expected the title in quotes, got 'title'"),
        ('NFG 1 R "a', "line 1: expected the title in quotes"),
        ('NFG 1 R ""\n{ }', "line 2: expected a player's name in quotes, got '}'"),
        ('NFG 1 R "" { "A" B }', "line 1: expected a player's name in quotes, or `}`, got 'B'"),
        (HEAD + "\n{ 2 }", "line 2: expected the numbers of strategies of 2 players"),
        (HEAD + "\n{ 0 2 }", "line 2: expected the numbers of strategies .* got '0'"),
        (HEAD + "\n{ 2 2 2 }", "line 2: expected `}` after the strategies of 2 players, got '2'"),
        (HEAD + '{ { "a" }\n{ } }', "line 2: expected a strategy's name in quotes, got '}'"),
        (HEAD + '{ { "a" }\n2 }', "line 2: expected `{`, got '2'"),
        (HEAD + "{ 1 1 }\n1\n\n", "line 2: expected 2 times a payoff, got 1"),
        (HEAD + "{ 1 1 }\n1\n2\n3", "line 4: expected the end of the file after 2 times a payoff"),
        (HEAD + "{ 1 1 }\n1\n2,", "line 3: a payoff must be like .* got '2,'"),
        (HEAD + "{ 1 1 }\n1\n1/0", "line 3: a payoff must not divide by zero, got '1/0'"),
        (HEAD + "{ 1 1 }\n1\n1e301", "line 3: a payoff must be at most 1e300"),
        (HEAD + "{ 1 1 }\n1\n1e9999999", "line 3: a payoff must be like"),
        (HEAD + "{ 1 1 }\n1\n" + "9" * 5000, "line 3: a payoff must have fewer digits"),
        (HEAD + "{ 1 1 }\n1 nan", "line 2: a payoff must be like .* got 'nan'"),
        (HEAD + "{ 999999999 999999999 } 1", "line 1: expected 1999999996000000002 times a payoff"),
        (HEAD + '{ 1 1 }\n{ { "" 1 } } 1', "line 2: expected 2 payoffs in the outcome, got '}'"),
        (HEAD + '{ 1 1 }\n{ { "" 1,\nx } } 1', "line 3: a payoff must be like .* got 'x'"),
        (HEAD + '{ 1 1 }\n{ { "" 1 2 3 } } 1', "line 2: expected `}` after the outcome's 2"),
        (HEAD + '{ 1 1 }\n{ { "" 1 2 }\n1', "line 3: expected an outcome in braces, or `}`"),
        (HEAD + "{ 1 1 }\n{ { 1 2 } } 1", "line 2: expected the outcome's name in quotes, got '1'"),
        (HEAD + '{ 1 1 }\n{ { "" 1 2 } }\n2', "line 3: an outcome's number must be from 0 to 1"),
        (HEAD + '{ 1 1 }\n{ { "" 1 2 } }', "line 2: expected 1 times an outcome's number, got 0"),
        (f'NFG 1 R "" {{ {"".join(f"{chr(34)}{n}{chr(34)}" for n in range(31))} }}', "at most 30"),
    ],
)
def test_a_broken_file_is_one_sentence_with_the_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        from_nfg(text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("line ")


@given(st.integers(0, 10_000), st.data())
def test_nothing_but_that_sentence_comes_of_a_damaged_file(seed: int, data: st.DataObject) -> None:
    text, _ = nfg_file(seed)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    damaged = text[:start] + data.draw(st.text('{}",\\0159/.eR\n x', max_size=3)) + text[end:]
    try:
        said = str(from_nfg(damaged))
    except InvalidInputError as error:
        said = str(error)
    assert "\n" not in said.replace(damaged, "")
