"""Closed quadrature against tables, fractions of fifty digits, symmetry, and its refusals."""

from importlib import import_module
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest

from coopetition.games import InvalidInputError, NotConvergedError
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.errors import UnsupportedGameError
from coopetition.mechanisms.division import (
    SumGame,
    banzhaf,
    banzhaf_of_sum,
    shapley,
    shapley_of_sum,
    tabulate,
)
from coopetition.mechanisms.division import values_of_sums as module

CURVES = [
    PowerGain(1.0, 2.0, 0.35),
    PowerGain(1.0, 2.0, 0.2, 3.0),
    PowerGain(1.0, 2.0, 1.5),
    PowerGain(1.0, 1e10, 8.0, 20.0),
    LogarithmicGain(0.1, 100.0),
    LogarithmicGain(0.1, 100.0, 2.0),
    ExponentialGain(2.0, 100.0),
]


def draw(tail: str, seed: int, size: int) -> Array:
    rng = np.random.default_rng(seed)
    return rng.uniform(1, 100, size) if tail == "uniform" else np.exp(rng.normal(0, 3, size))


def game_of(gain: GainCurve, amounts: Array, base: float) -> SumGame:
    finite = np.isfinite(gain.value(base))
    return SumGame(gain, amounts, base=base, empty=None if finite else 0.0)


@pytest.mark.parametrize("base", [0.0, 0.01, 1.0, 50.0])
@pytest.mark.parametrize("tail", ["uniform", "heavy"])
@pytest.mark.parametrize("gain", CURVES)
def test_it_is_the_table_of_ten_players(gain: GainCurve, tail: str, base: float) -> None:
    game = game_of(gain, draw(tail, 1, 10), base)
    table = tabulate(game, 10)
    for exact, closed in (
        (shapley(table), shapley_of_sum(game)),
        (banzhaf(table), banzhaf_of_sum(game)),
    ):
        size = np.abs(exact.values).sum()
        assert closed.values == pytest.approx(exact.values, abs=1e-11 * size)
        assert closed.how == "checked"


@pytest.mark.parametrize("base", [0.0, 0.1, 50.0])
@pytest.mark.parametrize("tail", ["uniform", "heavy"])
@pytest.mark.parametrize("gain", CURVES)
def test_prices_make_another_game(gain: GainCurve, tail: str, base: float) -> None:
    price = np.random.default_rng(5).uniform(0.5, 2, 9)
    game = SumGame(gain, draw(tail, 5, 9), base=base, price=price)
    table = tabulate(game, 9)
    for exact, closed in (
        (shapley(table), shapley_of_sum(game)),
        (banzhaf(table), banzhaf_of_sum(game)),
    ):
        size = np.abs(exact.values).sum()
        assert closed.values == pytest.approx(exact.values, abs=1e-11 * size)


@pytest.mark.parametrize("gain", [CURVES[0], CURVES[4]])
@pytest.mark.parametrize("tail", ["uniform", "heavy"])
def test_sixteen_players_against_the_fold(gain: GainCurve, tail: str) -> None:
    game = game_of(gain, draw(tail, 2, 16), 1.0)
    exact = shapley(tabulate(game, 16)).values
    assert shapley_of_sum(game).values == pytest.approx(exact, abs=1e-12 * exact.sum())


@pytest.mark.parametrize("base", [0.0, 1.0, 50.0])
@pytest.mark.parametrize("kind", ["power", "logarithmic"])
@pytest.mark.parametrize("tail", ["uniform", "heavy"])
def test_against_fifty_digits(kind: str, tail: str, base: float) -> None:
    """All coalitions of seven players, in mpmath."""
    amounts = draw(tail, 3, 7)
    gain = PowerGain(1.0, 2.0, 0.5) if kind == "power" else LogarithmicGain(1.0, 10.0)
    n = amounts.size
    mpmath: Any = import_module("mpmath")
    with mpmath.workdps(50):

        def value(inside: tuple[int, ...]) -> Any:
            if not inside and base == 0.0:
                return mpmath.mpf(0)
            total = mpmath.mpf(base) + sum(mpmath.mpf(amounts[k]) for k in inside)
            if kind == "power":
                return 1 - 2 / mpmath.sqrt(total)
            return mpmath.log(total / 10)

        expected = []
        for player in range(n):
            rest = [k for k in range(n) if k != player]
            found = mpmath.mpf(0)
            for s in range(n):
                weight = mpmath.mpf(factorial(s) * factorial(n - s - 1)) / factorial(n)
                for inside in combinations(rest, s):
                    found += weight * (value((*inside, player)) - value(inside))
            expected.append(float(found))
    found = shapley_of_sum(game_of(gain, amounts, base)).values
    assert found == pytest.approx(np.array(expected), abs=1e-13 * float(np.abs(expected).sum()))


@pytest.mark.parametrize("size", [100, 1000])
def test_many_players_sum_up_and_twins_get_the_same(size: int) -> None:
    amounts = draw("heavy", 4, size)
    amounts[1] = amounts[0]
    amounts[2] = 0.0
    game = SumGame(PowerGain(1.0, 2.0, 0.35), amounts, base=50.0)
    found = shapley_of_sum(game)
    pie = float(game.gain.value(50.0 + amounts.sum()) - game.gain.value(50.0))
    assert found.total == pytest.approx(pie, rel=1e-10)
    assert found.error <= 1e-10 * pie
    assert found.values[0] == found.values[1] > 0.0 == found.values[2]


def test_one_player_gets_all() -> None:
    found = shapley_of_sum(SumGame(ExponentialGain(2.0, 10.0), [30.0]))
    assert found.values == pytest.approx([2 * (1 - np.exp(-3))], abs=1e-15)


def test_what_does_not_converge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    game = SumGame(PowerGain(1.0, 2.0, 0.35), draw("heavy", 4, 50), base=1.0)
    with pytest.raises(NotConvergedError, match="two resolutions differ by"):
        shapley_of_sum(game, tol=1e-30)
    monkeypatch.setattr(module, "RESOLUTIONS", ((4.0, 2), (4.0, 2)))  # agree, and are wrong
    with pytest.raises(NotConvergedError, match="the sum misses by"):
        shapley_of_sum(game)


def test_a_tabulated_curve_is_refused() -> None:
    gain = TabulatedGain([0.0, 100.0, 200.0], [0.0, 0.6, 0.8])
    with pytest.raises(UnsupportedGameError, match="completely monotone, got TabulatedGain"):
        shapley_of_sum(SumGame(gain, [50.0, 50.0]))


@pytest.mark.parametrize(
    ("game", "message"),
    [
        (SumGame(CURVES[0], [1.0, 2.0]), r"`empty` must say what v\(∅\) is"),
        (SumGame(CURVES[0], [1.0, 0.0], empty=0.0), "player 1 alone has -inf"),
        (SumGame(CURVES[0], [1.0, -2.0], base=1.0), "at least 0, got -2, player 1"),
        (SumGame(CURVES[0], [1.0, np.nan], base=1.0), "finite"),
        (SumGame(CURVES[0], [1.0, 2.0], base=-1.0), "`base`"),
        (SumGame(CURVES[0], [1.0, 0.0], price=[1.0, 1.0]), "player 1 alone has -inf"),
        (SumGame(CURVES[0], [1.0, 2.0], base=1.0, price=[1.0]), "2 numbers"),
        (SumGame(CURVES[0], [1.0], base=1.0, price=[1.0], empty=0.0), "`empty` must be left out"),
    ],
)
def test_bad_input_is_named(game: SumGame, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        shapley_of_sum(game)
