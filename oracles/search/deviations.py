"""Does a proposed profile survive on the true oracle? Ask it, with seeds never used before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.measure import measure
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True)
class EstimatedDeviation(Result):
    """The best of the deviations that one organization was offered.

    Parameters
    ----------
    organization
        Index of the organization.
    contribution
        The contribution that it would choose instead.
    payoff_gain
        What it would earn more, estimated; negative if every deviation loses.
    standard_error
        Of that estimate, from paired differences; None with one seed.
    """

    organization: int
    contribution: float
    payoff_gain: float
    standard_error: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return asdict(self)

    def tables(self) -> tuple[Table]:
        """Return one row: the organization by its number."""
        said = {key: [value] for key, value in self.to_dict().items()}
        return (
            keyed("The best deviation found", said | {"organization": [str(self.organization)]}),
        )


def oracle_regret(
    oracle: UtilityOracle,
    profile: ArrayLike,
    levels: Sequence[Sequence[float]],
    *,
    weights: ArrayLike,
    own_gain: Callable[[int, float], float],
    seeds: Iterable[int],
    used_seeds: Iterable[int],
    progress: Progress = silent,
) -> tuple[EstimatedDeviation, ...]:
    """Estimate what every organization could still earn by deviating, on the true oracle.

    For a payoff U_n = w_n P(x) + s_n(x_n) + r_n(x_−n) the last term does not move, so a deviation
    to y earns w_n [P(y, x_−n) − P(x)] + s_n(y) − s_n(x_n). Both gains are measured with the same
    seeds. No shape is assumed, and nothing is said about levels that were not offered.

    The largest of several noisy estimates is biased upwards: the payoff gain reported tends to
    exceed the true one of the level chosen, and the standard error is that of this level's
    paired differences alone.

    Parameters
    ----------
    profile : shape (N,)
        The proposed contributions.
    levels : N sequences
        Deviations to offer to every organization, at least one each.
    weights : shape (N,)
        Money per unit of gain, w_n.
    own_gain
        ``own_gain(n, y)`` = s_n(y) − s_n(x_n), which is known without the oracle.
    seeds
        Held-out seeds.
    used_seeds
        Seeds with which the profile was found, by fitting or solving.
    progress
        Told how many evaluations are done, of how many.

    Returns
    -------
    One `EstimatedDeviation` per organization, in order.

    Raises
    ------
    InvalidInputError
        If a held-out seed was used before, or shapes do not fit together.
    OracleError
        If any evaluation is not ``ok``.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(function=lambda x, seed: x.sum() ** 0.5 + seed, upper=(9.0, 9.0))
    >>> oracle_regret(oracle, [1.0, 3.0], [[0.0, 6.0], [3.5]], weights=[2.0, 2.0],
    ...     own_gain=lambda n, y: -0.25 * (y - [1.0, 3.0][n]), seeds=[7, 8], used_seeds=range(4))[0]
    EstimatedDeviation(organization=0, contribution=6.0, payoff_gain=0.75, standard_error=0.0)
    """
    x = np.array(profile, dtype=float)
    w = np.array(weights, dtype=float)
    held_out = tuple(seeds)
    if again := sorted(set(held_out) & set(used_seeds)):
        raise InvalidInputError(f"`seeds` must be held out, but {again} were used before")
    if not x.ndim == w.ndim == 1 or not x.size == w.size == len(levels):
        raise InvalidInputError(
            f"`profile`, `weights` and `levels` must have one entry per organization, "
            f"got {x.shape}, {w.shape} and {len(levels)}"
        )
    offers = [(n, float(y)) for n, offered in enumerate(levels) for y in offered]
    rows = np.array([x] + [_changed(x, n, y) for n, y in offers])
    gains = measure(oracle, rows, held_out, progress=progress).values
    if len(gains) < len(rows) or np.isnan(gains).any():
        raise OracleError("some evaluations failed, and a deviation is compared seed by seed")
    differences = gains[1:] - gains[0]
    return tuple(
        _best(
            n,
            {
                y: w[n] * differences[k] + own_gain(n, y)
                for k, (m, y) in enumerate(offers)
                if m == n
            },
        )
        for n in range(x.size)
    )


def _changed(profile: Array, organization: int, contribution: float) -> Array:
    changed = profile.copy()
    changed[organization] = contribution
    return changed


def _best(organization: int, payoff_gains: dict[float, Array]) -> EstimatedDeviation:
    """Return the level with the largest mean payoff gain over seeds."""
    if not payoff_gains:
        raise InvalidInputError(f"`levels` must offer organization {organization} a deviation")
    level, gains = max(payoff_gains.items(), key=lambda item: float(item[1].mean()))
    error = float(gains.std(ddof=1) / np.sqrt(gains.size)) if gains.size > 1 else None
    return EstimatedDeviation(organization, level, float(gains.mean()), error)
