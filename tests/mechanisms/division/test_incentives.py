"""Which divisions of v(S) = f(what S contributes) leave a potential game behind: four-cycles."""

from collections.abc import Callable

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.mechanisms.division import (
    banzhaf,
    equal,
    equal_surplus,
    fixed_shares,
    leave_one_out,
    nucleolus,
    proportional,
    shapley,
    weighted_shapley,
)
from coopetition.mechanisms.division.table import members

OMEGA = np.array([1.0, 3.0, 2.0, 0.5])
INSIDE = members(np.arange(16), 4)
PRICE = np.array([1.0, 1.4, 0.8, 2.0])
Rule = Callable[[Array, Array], Array]


def table_of(x: Array) -> Array:
    """Return v(S) = p(S) √(x(S)): depends on what members contribute, and only on that."""
    return (INSIDE @ PRICE) * np.sqrt(INSIDE @ x)


KEEP: dict[str, tuple[Rule, Array]] = {
    "equal": (lambda v, x: equal(float(v[-1]), 4).values, np.ones(4)),
    "fixed shares": (lambda v, x: fixed_shares(float(v[-1]), OMEGA / 6.5).values, OMEGA),
    "equal surplus": (lambda v, x: equal_surplus(float(v[-1]), v[[1, 2, 4, 8]]).values, np.ones(4)),
    "shapley": (lambda v, x: shapley(v).values, np.ones(4)),
    "weighted shapley": (lambda v, x: weighted_shapley(v, OMEGA).values, OMEGA),
    "banzhaf": (lambda v, x: banzhaf(v).values, np.ones(4)),
    "leave-one-out": (lambda v, x: leave_one_out(v).values, np.ones(4)),
}
BREAK: dict[str, Rule] = {
    "normalized banzhaf": lambda v, x: banzhaf(v, normalized=True).values,
    "normalized leave-one-out": lambda v, x: leave_one_out(v, normalized=True).values,
    "proportional to contributions": lambda v, x: proportional(float(v[-1]), x).values,
    "proportional to stand-alone values": lambda v, x: (
        proportional(float(v[-1]), v[[1, 2, 4, 8]]).values
    ),
    "nucleolus": lambda v, x: nucleolus(v, individual=False).values,
}


def cycle(rule: Rule, weights: Array, seed: int) -> float:
    """Return what does not cancel around a four-cycle of players 0 and 1."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.5, 5.0, (2, 4))
    corner = [x.copy() for _ in range(4)]
    corner[1][0] = corner[2][0] = y[0]
    corner[2][1] = corner[3][1] = y[1]
    a, b, c, d = (rule(table_of(z), z) / weights for z in corner)
    return float((b - a)[0] + (c - b)[1] + (d - c)[0] + (a - d)[1])


@pytest.mark.parametrize("name", KEEP)
def test_these_leave_a_potential_game(name: str) -> None:
    rule, weights = KEEP[name]
    assert max(abs(cycle(rule, weights, seed)) for seed in range(30)) < 1e-12


@pytest.mark.parametrize("name", BREAK)
def test_these_do_not(name: str) -> None:
    assert max(abs(cycle(BREAK[name], np.ones(4), seed)) for seed in range(30)) > 1e-3
