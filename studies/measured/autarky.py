"""Everybody trained alone by the oracle: measured autarky."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import OracleError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.oracles import Measurements, measure, measure_gains
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, within
from coopetition.studies.outside.outside import CANNOT, Autarky, lost_to

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


def measure_own_alone(
    game: MeasuredGame, oracle: UtilityOracle, seeds: range, progress: Progress
) -> Measurements | Unknown:
    """Measure the own gain of n in the coalition {n}, as `measure_alone` does the common one."""
    if "coalition" not in oracle.spec().provides:
        return Unknown(CANNOT)
    rows, groups = alone_profiles(game.max_contribution)
    told = within(progress, "everybody alone")
    with stage(oracle, "alone"):
        found = measure_gains(oracle, rows, seeds, coalitions=groups, progress=told)
    # Who is alone tells its row apart from others' also where some were skipped.
    first = alone_rows(found.profiles, found.values)
    return Measurements(
        found.profiles,
        found.values[np.arange(len(first)), :, first],
        seeds,
        [(n,) for n in first],
    )


def alone_rows(profiles: Array, values: Array) -> list[int]:
    """Return who is alone in each row: the others have no own gain with any seed."""
    return [int(np.argmax(~np.isnan(row).all(axis=0))) for row in values]


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


def best_alone(game: TrainingRound, measured: Measurements) -> Autarky:
    """Take the best contribution that was measured for each one alone: estimated.

    Own gains are all that anybody gains; a common gain has the personal gain beside it.
    """
    size = len(game.players)
    levels = [share * game.max_contribution for share in ALONE_SHARES]
    gains = _alone_table(game.players, np.array(levels), measured)
    if isinstance(game, CoopetitionRound):
        gains = gains + np.array([game.personal_gain(level) for level in levels]).T
    costs = np.array([game.cost(level) for level in levels]).T
    payoffs = game.value[:, None] * gains - costs + game.fixed_cost[:, None]
    best = np.nanargmax(payoffs, axis=1)
    pick = np.arange(size)
    chosen = np.array(ALONE_SHARES)[best] * game.max_contribution
    gain = gains[pick, best]
    payoff = payoffs[pick, best] - lost_to(game, gain)
    return Autarky(game.players, chosen, gain, payoff, measured=True)


def _alone_table(players: Sequence[str], levels: Array, measured: Measurements) -> Array:
    """Return the mean gains of everybody at every level, (N, L); NaN where all seeds failed."""
    gains = np.full(levels.T.shape, np.nan)
    for row, group, mean in zip(
        measured.profiles, measured.coalitions, measured.means, strict=True
    ):
        n = group[0] if group else 0  # of one organization the coalition is everybody
        same = np.flatnonzero((levels[:, n] == row[n]) & np.isnan(gains[n]))
        gains[n, same[:1]] = mean
    for name, told in zip(players, gains, strict=True):
        if np.isnan(told).all():
            raise OracleError(f"all trainings of {name} alone failed")
    return gains
