"""Everybody trained alone by the oracle: measured autarky."""

import numpy as np

from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.unknown import Unknown
from coopetition.oracles import Measurements, measure
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, within
from coopetition.studies.outside.outside import Autarky

CANNOT = "the oracle cannot train an organization alone"
ALONE_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def measure_alone(
    game: CoopetitionRound, oracle: UtilityOracle, seeds: range, progress: Progress
) -> Measurements | Unknown:
    """Measure the coalition {n} at a few contributions, or say why that cannot be."""
    if "coalition" not in oracle.spec().provides:
        return Unknown(CANNOT)
    size = len(game.players)
    rows = [
        share * np.eye(size)[n] * game.max_contribution
        for n in range(size)
        for share in ALONE_SHARES
    ]
    groups = [(n,) for n in range(size) for _ in ALONE_SHARES]
    told = within(progress, "everybody alone")
    return measure(oracle, np.array(rows), seeds, coalitions=groups, progress=told)


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
