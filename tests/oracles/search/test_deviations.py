"""Deviations are priced on the true oracle, with seeds that nobody has seen."""

import math

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.search.deviations import oracle_regret

PROFILE = [4.0, 1.0]
COST = [0.5, 0.1]


def own(n: int, y: float) -> float:
    return -COST[n] * (y - PROFILE[n])


def gain(x: np.ndarray, seed: int) -> float:
    rng = np.random.default_rng([seed, *x.astype(int).tolist()])
    return 2 * math.sqrt(x.sum()) + 5.0 * seed + 0.1 * float(rng.normal())


ORACLE = FunctionOracle(function=gain, upper=(20.0, 20.0))


def test_it_finds_the_best_level_and_its_paired_error() -> None:
    levels = [[0.0, 2.0, 8.0], [0.0, 20.0]]
    seeds = range(100, 140)
    found = oracle_regret(
        ORACLE,
        PROFILE,
        levels,
        weights=[1.0, 3.0],
        own_gain=own,
        seeds=seeds,
        used_seeds=range(4),
    )
    # By hand, level by level, without the paired shock 5·seed: first 2√(y+1), second 3·2√(4+y).
    exact = 6 * (math.sqrt(24) - math.sqrt(5)) - 0.1 * 19
    assert (found[1].organization, found[1].contribution) == (1, 20.0)
    assert found[1].standard_error is not None
    assert abs(found[1].payoff_gain - exact) < 4 * found[1].standard_error
    assert found[1].standard_error == pytest.approx(3 * 0.1 * math.sqrt(2 / 40), rel=0.4)
    values = [
        np.mean([gain(np.array([y, 1.0]), s) - gain(np.array(PROFILE), s) for s in seeds])
        + own(0, y)
        for y in levels[0]
    ]
    assert found[0].payoff_gain == pytest.approx(max(values))
    assert found[0].contribution == levels[0][int(np.argmax(values))]


def test_an_equilibrium_has_no_better_level() -> None:
    smooth = FunctionOracle(function=lambda x: float(np.log1p(x[0])), upper=(20.0,))
    found = oracle_regret(
        smooth,
        [4.0],
        [[3.0, 5.0]],
        weights=[1.0],
        own_gain=lambda n, y: -0.2 * (y - 4.0),
        seeds=[9],
        used_seeds=[0],
    )
    assert found[0].payoff_gain < 0
    assert found[0].standard_error is None


def test_used_seeds_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"held out, but \[3\] were used"):
        oracle_regret(
            ORACLE,
            PROFILE,
            [[0.0], [0.0]],
            weights=[1.0, 1.0],
            own_gain=own,
            seeds=[3, 7],
            used_seeds=range(4),
        )


@pytest.mark.parametrize(
    ("levels", "weights"),
    [([[0.0]], [1.0, 1.0]), ([[0.0], [0.0]], [1.0]), ([[0.0], []], [1.0, 1.0])],
)
def test_shapes_must_fit(levels: list[list[float]], weights: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="levels"):
        oracle_regret(
            ORACLE, PROFILE, levels, weights=weights, own_gain=own, seeds=[7], used_seeds=[]
        )


def test_a_failure_is_not_a_verdict() -> None:
    broken = FunctionOracle(
        function=lambda x: float("nan") if x[0] > 5 else 1.0, upper=(20.0, 20.0)
    )
    with pytest.raises(OracleError, match="failed"):
        oracle_regret(
            broken, PROFILE, [[6.0], [0.0]], weights=[1, 1], own_gain=own, seeds=[7], used_seeds=[]
        )
