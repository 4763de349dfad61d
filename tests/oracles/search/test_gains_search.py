"""A search over everybody's own gains: what is trained, with which seeds, and what a race says."""

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.measured import MeasuredGame
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.search.gains_found import GainsSearch
from coopetition.oracles.search.gains_search import least_trainings, search_gains
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.solvers import solve, solve_planner

TOP = np.array([90.0, 60.0, 0.0])
COST = 0.004


def gains(x: Array) -> Array:
    """Return gains where the first's rows hurt the third, who has none to give."""
    return np.stack(
        [
            0.3 * np.log1p(0.1 * x[..., 0] + 0.05 * x[..., 1]),
            0.3 * np.log1p(0.02 * x[..., 0] + 0.1 * x[..., 1]),
            0.2 * np.log1p(0.1 * x[..., 1]) - 0.001 * x[..., 0],
        ],
        axis=-1,
    )


ASKED: list[tuple[tuple[float, ...], int]] = []


def game(of: SmoothGains) -> MeasuredGame:
    """Values of one, the same cost for all."""
    return MeasuredGame(gains=of, max_contribution=TOP, value=1.0, unit_cost=COST)


def targets(of: SmoothGains) -> tuple[Array, Array]:
    """Return the planner's profile and the equilibrium."""
    return solve_planner(game(of)).profile, solve(game(of)).profile


def searched(budget: int | None = None, first_seed: int = 0) -> GainsSearch:
    """Search with a noisy oracle."""
    ASKED.clear()

    def train(x: Array, seed: int) -> list[float]:
        ASKED.append((tuple(x.tolist()), seed))
        noise = np.random.default_rng(seed).normal(size=3)
        return list(gains(x) + 0.002 * noise)

    oracle = FunctionOracle(function=train, upper=tuple(TOP.tolist()), own_gains=True)
    return search_gains(
        oracle, targets, lambda x, own, mean: float(own.sum() - COST * x.sum()),
        local_data=[5.0, 5.0, 5.0], budget=budget, first_seed=first_seed,
    )  # fmt: skip


def test_every_training_has_its_seed_and_who_has_nothing_gives_nothing() -> None:
    found = searched(budget=17, first_seed=40)  # cuts a family's turn off
    count = found.trainings
    assert count == 17 == len(found.trained.profiles)
    assert [seed for _, seed in ASKED[:count]] == [*range(40, 57)]
    first = [(0.0, 0.0, 0.0), (45.0, 30.0, 0.0), (90.0, 60.0, 0.0)]
    assert [x for x, _ in ASKED[:3]] == first
    x = found.trained.profiles
    assert not x[:, 2].any()
    assert ((x >= 0) & (x <= TOP)).all()
    assert found.trained.means[5] == pytest.approx(gains(x[5]), abs=0.01)
    deviated = [k for k, why in enumerate(found.chosen) if "deviation" in why]
    for k in deviated:  # one organization's change from what was trained two before
        assert (x[k] != x[k - 2]).sum() <= 1
    assert len({np.argmax(x[k] != x[k - 2]) for k in deviated}) == 2  # the movers in turn


def test_the_winner_is_near_the_best_there_is() -> None:
    found = searched()
    assert found.trainings == 3 * 3 + 5
    truth = game(gains)  # type: ignore[arg-type]
    best = solve_planner(truth)
    worth = [float(truth.welfare(one.profile)) for one in found.race]
    assert worth[0] > 0.98 * best.welfare
    assert [one.welfare for one in found.race] == sorted(
        (one.welfare for one in found.race), reverse=True
    )
    assert searched().trained.profiles.tolist() == found.trained.profiles.tolist()


def test_bad_budgets_and_oracles_are_refused() -> None:
    assert least_trainings(3) == 6
    with pytest.raises(InvalidInputError, match="`budget`"):
        searched(budget=5)
    lacking = FunctionOracle(function=lambda x: [1.0, None, 2.0], upper=(9.0,) * 3, own_gains=True)
    with pytest.raises(OracleError, match="lacks the own gain of organization 2"):
        search_gains(lacking, targets, lambda x, own, mean: 0.0, local_data=[5.0] * 3)
    still = FunctionOracle(function=lambda x: [1.0, 1.0], upper=(9.0,) * 2, own_gains=True)
    with pytest.raises(InvalidInputError, match="nothing can be learned"):
        search_gains(still, targets, lambda x, own, mean: 0.0, local_data=[5.0] * 2)
