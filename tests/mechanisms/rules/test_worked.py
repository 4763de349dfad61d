"""Four firms, U_n = b_n log(1 + X) − c_n x_n²/2: what each rule reaches of the optimum."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from coopetition.games import Game
from coopetition.games.arrays import Array
from coopetition.mechanisms import (
    Mechanism,
    bilateral_prices,
    deviation_from_average,
    equal_gain,
    linear_pigou,
    none,
    proportional,
    redistribute,
    symmetric_redistribution,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies import autarky
from tests.mechanisms.catalogue import FIRMS

BEST = solve_planner(FIRMS)


def shapley(game: Game, x: Array) -> Array:
    """Pay everybody its Shapley value of v(S) = Σ_{n∈S} b_n log(1 + X_S) instead of its revenue."""
    size, shares = x.shape[-1], np.zeros(x.shape)

    def worth(members: tuple[int, ...]) -> Array:
        inside = list(members)
        return np.asarray(FIRMS.value[inside].sum() * np.log1p(x[..., inside].sum(axis=-1)))

    for n in range(size):
        others = [m for m in range(size) if m != n]
        for k in range(size):
            part = factorial(k) * factorial(size - 1 - k) / factorial(size)
            for before in combinations(others, k):
                shares[..., n] += part * (worth((*before, n)) - worth(before))
    return shares - FIRMS.payoff_terms(x)[0]


def efficiency(rule: object) -> float:
    found = solve(redistribute(FIRMS, rule)).raise_if_failed()  # type: ignore[arg-type]
    return float(FIRMS.welfare(found.profile)) / BEST.welfare


def test_the_printed_digits() -> None:
    assert round(BEST.welfare, 4) == 18.2743
    figures = {
        0.802: none(FIRMS),
        0.876: proportional(FIRMS),
        0.993: shapley,
        0.997: deviation_from_average(FIRMS, target=BEST.profile),
        1.0: bilateral_prices(FIRMS, target=BEST.profile),
    }
    assert [round(efficiency(rule), 3) for rule in figures.values()] == list(figures)


@pytest.mark.parametrize("make", [bilateral_prices, symmetric_redistribution, linear_pigou])
def test_prices_for_everybody_reach_the_optimum_without_a_deficit(make: object) -> None:
    rule = make(FIRMS, target=BEST.profile)  # type: ignore[operator]
    found = solve(redistribute(FIRMS, rule))
    assert found.profile == pytest.approx(BEST.profile, rel=1e-9)
    assert float(rule(FIRMS, found.profile).sum()) == pytest.approx(0.0, abs=1e-9)


def test_fees_then_equalize_gains_over_autarky_without_moving_anybody() -> None:
    rule = bilateral_prices(FIRMS, target=BEST.profile)
    before = solve(redistribute(FIRMS, rule))
    alone = autarky(FIRMS).payoff
    fees = equal_gain(before.payoffs, alone)
    after = solve(redistribute(FIRMS, Mechanism(rule, fees)))
    assert after.profile.tolist() == before.profile.tolist()
    assert after.payoffs - alone == pytest.approx(np.full(4, (BEST.welfare - alone.sum()) / 4))
    assert (after.payoffs > alone).all()
