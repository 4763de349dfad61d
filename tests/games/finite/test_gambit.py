"""Agreement with Gambit's own reader and writer, where pygambit is installed."""

import io
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.exchange import from_gambit, to_gambit
from coopetition.games.finite.files.nfg import from_nfg, to_nfg
from coopetition.games.finite.game import FiniteGame
from tests.games.finite.files import games, nfg_file, same

pygambit = pytest.importorskip("pygambit", reason="needs the optional package pygambit")
PLAIN = st.text("abcXYZ0189'(){},.é", min_size=1)


def payoffs(game: Any) -> dict[tuple[int, ...], list[Fraction]]:
    """Return what Gambit read, through its arrays."""
    arrays = game.to_arrays()
    return {
        p: [Fraction(str(own[p])) for own in arrays] for p in product(*map(range, arrays[0].shape))
    }


@given(st.integers(0, 100_000))
def test_both_readers_read_every_variant_alike(seed: int) -> None:
    text, expected = nfg_file(seed)
    theirs = pygambit.read_nfg(io.StringIO(text))
    assert payoffs(theirs) == expected
    ours, back = from_nfg(text), from_gambit(theirs)  # back: what Gambit writes of it
    assert same(back, ours)
    assert payoffs(pygambit.read_nfg(io.StringIO(to_nfg(ours, "outcome")))) == expected


@given(games(PLAIN))
def test_a_game_comes_back_from_gambit(game: FiniteGame) -> None:
    there = to_gambit(game)
    assert payoffs(there) == {
        p: [Fraction(v if game.exact else repr(float(v))) for v in game.payoffs(p)]
        for p in product(*map(range, game.shape))
    }
    back = from_gambit(there)
    assert same(back if game.exact else back.to_floats(), game)


def test_names_that_gambit_refuses_are_one_sentence() -> None:
    with pytest.raises(InvalidInputError, match=r"Gambit refuses the game: .*whitespace"):
        to_gambit(FiniteGame([[1]], ["two  blanks"]))
