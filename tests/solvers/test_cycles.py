"""Best responses that run in circles: the path is that of searching again, the work is not."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from coopetition.games import Box, Game
from coopetition.games.arrays import Array
from coopetition.solvers import best_response_dynamics
from coopetition.solvers.best_response import Order, _search_sweep


class Chase(Game):
    """The first wants to be where the second is, who wants to be far away; no equilibrium."""

    asked = 0

    @property
    def players(self) -> tuple[str, ...]:
        """Two."""
        return ("hunter", "hare")

    @property
    def spaces(self) -> Box:
        """Places from 0 to 1."""
        return Box(np.zeros(2), np.ones(2))

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return minus the squared distance, and the squared distance."""
        self.asked += 1
        x = np.asarray(profile, dtype=float)
        apart = (x[..., 0] - x[..., 1]) ** 2
        return np.stack([-apart, apart], axis=-1)


@pytest.mark.parametrize("order", ["sequential", "simultaneous"])
def test_a_cycle_goes_on_as_if_it_were_searched_anew(order: Order) -> None:
    game, start = Chase(), np.array([0.3, 0.6])
    found = best_response_dynamics(game, start, order=order, damping=1.0, max_iter=30)
    assert not found.success
    assert found.iterations == 30
    assert found.path is not None
    x = start
    for here in found.path:
        assert here.tolist() == x.tolist()
        x = _search_sweep(game, x, order, 1.0)
    assert len(np.unique(found.path, axis=0)) < 10


def test_a_longer_run_on_a_cycle_asks_for_no_more_payoffs() -> None:
    short, long = Chase(), Chase()
    for game, sweeps in ((short, 30), (long, 300)):
        best_response_dynamics(game, [0.3, 0.6], max_iter=sweeps)
    assert short.asked == long.asked
