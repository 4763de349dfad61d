"""Ties on a straight piece of the gain, which decimals meet up to rounding only."""

import numpy as np

from coopetition.games.coopetition.gain import TabulatedGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.batch.equilibria import solve_many
from coopetition.solvers.choose import solve


def test_a_batch_calls_the_same_equilibria_unique_as_one_round() -> None:
    rng, unique = np.random.default_rng(0), []
    for _ in range(20):
        slope = round(float(rng.uniform(0.001, 0.01)), 4)
        value = np.round(rng.uniform(10.0, 100.0, 2), 1)
        game = CoopetitionRound(
            gain=TabulatedGain([0.0, 1000.0, 4000.0], [0.0, 1000.0 * slope, 4000.0 * slope]),
            local_data=[100.0, 100.0],
            max_contribution=[500.0, 500.0],
            value=value,
            unit_cost=value * slope * [1.0, rng.choice([1.0, 1.5])],
        )
        found = solve_many(game, {"value": [value, 2.0 * value]})
        assert found.success.all()
        assert found.unique[1]  # both costs are below what a sample brings
        assert bool(found.unique[0]) == bool(solve(game).unique)
        unique.append(bool(found.unique[0]))
    assert not any(unique)
