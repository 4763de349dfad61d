"""Everybody trained alone by the oracle: measured autarky."""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.unknown import Unknown
from coopetition.oracles import Measurements, measure
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, within
from coopetition.studies.outside.outside import CANNOT, Autarky

ALONE_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def measure_alone(
    game: CoopetitionRound, oracle: UtilityOracle, seeds: range, progress: Progress
) -> Measurements | Unknown:
    """Measure the coalition {n} at a few contributions, or say why that cannot be."""
    if "coalition" not in oracle.spec().provides:
        return Unknown(CANNOT)
    rows, groups = alone_profiles(game.max_contribution)
    told = within(progress, "everybody alone")
    with stage(oracle, "alone"):
        return measure(oracle, rows, seeds, coalitions=groups, progress=told)


def alone_profiles(upper: ArrayLike) -> tuple[Array, list[tuple[int, ...]]]:
    """Return everybody's contributions alone, shape (5N, N), and the coalition {n} of each.

    Examples
    --------
    >>> rows, groups = alone_profiles([8.0, 80.0])
    >>> rows[3:6].tolist(), groups[3:6]
    ([[6.0, 0.0], [8.0, 0.0], [0.0, 0.0]], [(0,), (0,), (1,)])
    """
    top = np.array(upper, dtype=float)
    rows = [share * np.eye(top.size)[n] * top for n in range(top.size) for share in ALONE_SHARES]
    return np.array(rows), [(n,) for n in range(top.size) for _ in ALONE_SHARES]


def best_alone(game: CoopetitionRound, measured: Measurements) -> Autarky:
    """Take the best contribution that was measured for each one alone: estimated."""
    size = len(game.players)
    gains = (
        measured.means.reshape(size, -1)
        + np.array([game.personal_gain(share * game.max_contribution) for share in ALONE_SHARES]).T
    )
    costs = np.array([game.cost(share * game.max_contribution) for share in ALONE_SHARES]).T
    payoffs = game.value[:, None] * gains - costs + game.fixed_cost[:, None]
    best = np.argmax(payoffs, axis=1)
    pick = np.arange(size)
    chosen = np.array(ALONE_SHARES)[best] * game.max_contribution
    return Autarky(game.players, chosen, gains[pick, best], payoffs[pick, best], measured=True)
