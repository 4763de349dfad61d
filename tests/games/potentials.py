"""Independent checks of an answer about a potential: from payoffs, not from how it was found."""

import numpy as np

from coopetition.games import CoopetitionRound, Game, SmoothPotential
from coopetition.games.smooth.cycles import blocks_of


def assert_refuted(game: Game, found: SmoothPotential) -> None:
    """Recompute the witness from payoffs: no positive weights close all its cycles."""
    assert found.holds is False
    assert found.weights is None
    assert found.witness is not None
    rows, logs = [], []
    for cycle in found.witness.cycles:
        n, m = (game.players.index(name) for name in cycle.players)
        path = cycle.corners()
        for here, there, mover in zip(path, np.roll(path, -1, axis=0), (n, m, n, m), strict=True):
            moved = np.flatnonzero(here != there)
            block = blocks_of(game)[mover]
            assert set(moved) <= set(range(block.start, block.stop))
        u = game.payoffs(path)
        around = [float(u[0, k] - u[1, k] + u[2, k] - u[3, k]) for k in (n, m)]
        np.testing.assert_allclose(around, cycle.differences, rtol=1e-6)
        if around[0] * around[1] <= 0:  # what one loses round the cycle the other cannot mend
            assert max(np.abs(around)) > 1e-9 * np.abs(u).max()
            return
        row = np.zeros(len(game.players))
        row[n], row[m] = 1.0, -1.0
        rows.append(row)
        logs.append(np.log(around[0] / around[1]))
    best, *_ = np.linalg.lstsq(np.array(rows), np.array(logs), rcond=None)
    assert np.abs(np.array(rows) @ best - logs).max() > 1e-9


def assert_is_potential(game: Game, found: SmoothPotential) -> None:
    """Try Φ on unilateral changes that the test has not seen."""
    assert found.holds, str(found)
    rng = np.random.default_rng(99)
    for n, block in enumerate(blocks_of(game)):
        x, y = game.spaces.sample(rng, 20), game.spaces.sample(rng, 20)
        z = x.copy()
        z[:, block] = y[:, block]
        rise = found.weights[n] * (found.potential(z) - found.potential(x))
        gain = (game.payoffs(z) - game.payoffs(x))[:, n]
        np.testing.assert_allclose(rise, gain, atol=1e-9 * np.abs(game.payoffs(x)).max())


def assert_same_weights(found: SmoothPotential, game: CoopetitionRound, name: str) -> None:
    """Compare up to one factor in each component, as far as rounding lets weights be known."""
    assert found.uncertainty is not None
    for component in found.components:
        group = list(component)
        ratio = found.weights[group] / game.weights[group]
        room = max(found.uncertainty, 1e-9)
        np.testing.assert_allclose(ratio, ratio[0], rtol=room, err_msg=name)
