"""Which payoffs are kept as fractions: those that are written, and those that no float holds."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import pure_equilibria

BEYOND = 2**53 + 1  # the first whole number that is no float


@pytest.mark.parametrize(
    "payoffs",
    [
        [[1, 2]],
        ((1, 2),),
        [[BEYOND, BEYOND - 1]],
        [[2**63, -1]],  # NumPy would make floats of them
        [[10**40, -1]],
        np.array([[BEYOND, 1]]),
        [np.array([BEYOND, 1])],
        [[Fraction(1, 3), 2]],
        [[sympy.Rational(1, 3), 2]],
    ],
)
def test_written_payoffs_are_exact(payoffs: Any) -> None:
    game = FiniteGame(payoffs)
    assert game.exact
    assert [int(v) for v in game.tensor[0] * 3] == [int(v * 3) for v in payoffs[0]]
    assert all(type(v) is Fraction for v in game.tensor.flat)


@pytest.mark.parametrize(
    "payoffs",
    [
        [[1, 0.5]],
        [[0.5, 1]],
        [[Fraction(1, 2), 1.0]],
        [[1.0, 2.0]],
        np.array([[1, 2]]),
        [np.array([1, 2])],
        np.array([[2**53, -(2**53)]]),
    ],
)
def test_numbers_beside_floats_and_arrays_are_floats(payoffs: Any) -> None:
    game = FiniteGame(payoffs)
    assert game.tensor.dtype == float
    assert game.tensor[0].tolist() == [float(v) for v in payoffs[0]]


def test_large_whole_numbers_that_differ_by_one_do_not_tie() -> None:
    rows = [[[BEYOND - 1], [BEYOND]], [[0], [0]]]
    assert float(BEYOND) == BEYOND - 1
    for payoffs in (rows, np.array(rows)):
        assert list(pure_equilibria(FiniteGame(payoffs))) == [(1, 0)]
