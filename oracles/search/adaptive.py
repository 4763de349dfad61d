"""Find an equilibrium with few trainings: train where it is most uncertain, stop when sure enough.

A training of everybody at four levels gives a first gain surface. Then, again and again: propose an
equilibrium of the surface; bound what each organization could still gain by deviating from it, with
the surface's standard deviations; train at the proposal, or at the deviation with the largest
bound. The search ends when all bounds are below the target, the proposal has been trained, and so
has a deviation of everybody whose bound is not far below the target; or when the budget is spent.
It says which.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import positive, whole
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.measurement import measured_gains
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.search.gain_surface import GainSurface, fit_surface
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table

OwnPayoff = Callable[[Array], Array]
FIRST_LEVELS = (0.0, 1.0, 0.5, 0.2)  # everybody's first levels
_SPARE_LEVELS = (0.75, 0.35, 0.1, 0.9, 0.6, 0.05)  # for those of them that are skipped
_LEVELS = 17  # deviations offered, both ends included,
_NEARBY = (-0.03, -0.01, 0.0, 0.01, 0.03)  # and some steps from the proposal, of the range
_GRID = 41  # levels of the proposal of `respond`
_NEAR = 0.1  # of the range: a training this near shows the gain at the proposal
_SWEEPS = 100
_DECIMALS = 3  # of a trained contribution, in units of the largest
_PLAIN = 0.25  # of the target: who is bounded below this needs no deviation tried
_DOUBT = 0.05  # of all bounds together


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A profile to defend, and what a deviation from it is worth besides the gain.

    The payoff of organization n is weights_n × gain(x) + own_n(x_n), up to what n cannot change.

    Parameters
    ----------
    profile : shape (N,)
        The proposed equilibrium.
    weights : shape (N,)
        Money per unit of gain.
    own
        Maps contributions (M, N) to the own terms (M, N), money.
    scale : shape (N,)
        What a regret is compared with, money: usually the absolute payoff.
    """

    profile: Array
    weights: Array
    own: OwnPayoff
    scale: Array


@dataclass(frozen=True, slots=True, eq=False)
class AdaptiveSearch(Result):
    """What an adaptive search found.

    Parameters
    ----------
    profile : shape (N,)
        The proposed equilibrium.
    regret, bound : shape (N,)
        By the surface: the largest expected payoff gain of a deviation, at least 0, and its upper
        bound (95 % for all together, by Bonferroni over organizations and directions, as far as
        the surface's standard deviations are right; that the search looks again and again until
        a bound is low enough is not corrected for), both relative to the proposal's scale.
        Estimates, not proofs.
    reached
        Whether every bound is within the target, and the proposal, or a profile near it, was
        trained.
    target
        The largest relative regret asked for.
    surface
        The last gain surface; it holds all trainings.
    trainings
        Number of trainings asked of the oracle.
    """

    profile: Array
    regret: Array
    bound: Array
    reached: bool
    target: float
    surface: GainSurface
    trainings: int

    def to_dict(self) -> dict[str, Any]:
        """Return the search's JSON form, its trainings excepted."""
        return {
            "claim": "estimated",
            "trainings": self.trainings,
            "target": self.target,
            "reached": self.reached,
            "contribution": self.profile,
            "regret": self.regret,
            "bound": self.bound,
            "noise": self.surface.noise,
            "heterogeneity": self.surface.heterogeneity,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per organization, numbered from 0; regrets are shares of the payoff."""
        values = {"organization": map(str, range(self.profile.size)), "contribution": self.profile}
        values |= {"regret": self.regret, "bound": self.bound}
        return (keyed("Equilibrium on a gain surface", values, notes=(f"{self}.",)),)

    def __str__(self) -> str:
        """Say what was found and how sure it is."""
        verdict = "reached" if self.reached else "NOT reached"
        return (
            f"{self.trainings} trainings; estimated regret at most {100 * self.bound.max():.2g} % "
            f"of the payoff (95 %), target {100 * self.target:g} % {verdict}"
        )


def find_equilibrium(
    oracle: UtilityOracle,
    propose: Callable[[GainSurface], Proposal],
    *,
    local_data: ArrayLike,
    upper: ArrayLike | None = None,
    target: float = 0.01,
    budget: int | None = None,
    first_seed: int = 0,
    progress: Progress = silent,
) -> AdaptiveSearch:
    """Search an equilibrium of measured gains with few trainings.

    Every training has a seed of its own. The search is deterministic: repeated with a ledger it
    pays for nothing twice and ends the same.

    Parameters
    ----------
    oracle
        Where gains come from.
    propose
        Maps a surface to an equilibrium of it: `respond` for plain payoffs.
    local_data : shape (N,)
        Real samples.
    upper : shape (N,)
        Largest contributions; by default the oracle's.
    target
        Largest relative regret, compared with the upper bound.
    budget
        Largest number of trainings; by default 3N + 5.
    first_seed
        Seeds are counted from here.
    progress
        Told how many trainings are done, of at most how many.

    Raises
    ------
    InvalidInputError
        If a parameter is malformed.
    OracleError
        If a training fails.

    Examples
    --------
    Two organizations whose gain is 1 − 2/(1 + x₁ + x₂)^½, at a cost of 0.001 per sample.

    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(
    ...     function=lambda x: 1 - 2 / (9 + x.sum()) ** 0.5, upper=(100.0, 100.0))
    >>> found = find_equilibrium(
    ...     oracle, lambda surface: respond(surface, [1.0, 1.5], lambda x: -0.001 * x, [100.0] * 2),
    ...     local_data=[4.0, 5.0], target=0.02)
    >>> found.reached, found.trainings <= 11
    (True, True)
    """
    spec = oracle.spec()
    size = len(spec.organizations)
    top = np.array(np.broadcast_to(spec.upper if upper is None else upper, size), dtype=float)
    data = np.array(np.broadcast_to(local_data, size), dtype=float)
    if not data.sum() > 0 or not top.sum() > 0:
        raise InvalidInputError(
            "somebody must have real samples, and somebody be able to contribute: `local_data` "
            f"sums to {data.sum():g}, the largest contributions to {top.sum():g}"
        )
    positive("target", target)
    most = whole(
        "budget", 3 * size + len(FIRST_LEVELS) + 1 if budget is None else budget, len(FIRST_LEVELS)
    )
    span = np.where(top > 0, top, 1.0)
    trained: list[Array] = []
    gains: list[float] = []
    tried: set[int] = set()
    asked = 0  # some of it may be skipped

    def train(*wanted: Array) -> None:
        nonlocal asked
        # Rounded, so that last bits of the fit do not make another question of the same one.
        profiles = [np.round(profile / span, _DECIMALS) * span for profile in wanted]
        queries = [
            Query(tuple(profile.tolist()), None, first_seed + asked + k)
            for k, profile in enumerate(profiles)
        ]
        progress("training, at most", asked, most)
        asked += len(queries)
        for profile, gain in zip(profiles, measured_gains(oracle, queries, gaps=True), strict=True):
            if not np.isnan(gain):
                gains.append(float(gain))
                trained.append(profile)

    train(*(level * top for level in FIRST_LEVELS))
    for level in _SPARE_LEVELS:
        if len(trained) < len(FIRST_LEVELS) and asked < most:
            train(level * top)
    if len(trained) < len(FIRST_LEVELS):
        raise OracleError(
            f"of {asked} trainings {asked - len(trained)} failed, and a search begins with "
            f"{len(FIRST_LEVELS)} that did not"
        )
    while True:
        surface = fit_surface(np.array(trained), gains, local_data=data, upper=top)
        proposal = propose(surface)
        x = proposal.profile
        regret, bound, worst = _bounds(surface, proposal, top)
        low = bool((bound <= target).all())
        away = np.max(np.abs(np.array(trained) - x) / span, axis=1).min()
        reached = low and bool(away <= _NEAR)
        untried = [n for n in range(size) if n not in tried and bound[n] > _PLAIN * target]
        if asked >= most or (reached and not untried):
            return AdaptiveSearch(x, regret, bound, reached, target, surface, asked)
        if away > _NEAR and (low or asked % 2 == 0):
            train(x)
        else:
            among = untried if low else list(range(size))
            n = max(among, key=lambda m: float(bound[m]))
            tried.add(n)
            train(worst[n])


def _bounds(surface: GainSurface, proposal: Proposal, top: Array) -> tuple[Array, Array, Array]:
    """Return every organization's estimated regret, its bound, and the deviation bounded."""
    from scipy.special import ndtri

    x, size = proposal.profile, top.size
    sure = float(ndtri(1.0 - _DOUBT / (2 * size)))  # Bonferroni: everybody, up and down
    regret, bound = np.zeros(size), np.zeros(size)
    worst = np.tile(x, (size, 1))
    for n in np.flatnonzero(top > 0):
        steps = np.clip(x[n] + np.array(_NEARBY) * top[n], 0.0, top[n])
        levels = np.concatenate([np.linspace(0.0, top[n], _LEVELS), steps])
        rows = np.tile(x, (levels.size, 1))
        rows[:, n] = levels
        mean, deviation = surface.differences(rows, x)
        own = proposal.own(rows)[:, n] - proposal.own(x[None])[0, n]
        w, unit = proposal.weights[n], max(float(proposal.scale[n]), 1e-300)
        gained = (w * mean + own) / unit
        most = gained + sure * np.abs(w) * deviation / unit
        regret[n] = max(gained.max(), 0.0)
        bound[n] = max(most.max(), regret[n])
        worst[n] = rows[np.argmax(most)]
    return regret, bound, worst


def respond(surface: GainSurface, weights: ArrayLike, own: OwnPayoff, upper: ArrayLike) -> Proposal:
    """Propose the end of best responses on the surface, on a grid of levels.

    With positive weights it exists whatever the surface's shape: the round is a weighted potential
    game on the grid, and every response raises the potential.

    Parameters
    ----------
    surface
        The gain surface.
    weights : shape (N,)
        Money per unit of gain, positive.
    own
        Maps contributions (M, N) to own terms (M, N), money.
    upper : shape (N,)
        Largest contributions.

    Raises
    ------
    InvalidInputError
        If a weight is not positive.

    Examples
    --------
    >>> from coopetition.oracles.search.gain_surface import fit_surface
    >>> x = np.array([[0.0, 0], [50, 0], [0, 50], [50, 50], [100, 100], [25, 75]])
    >>> gains = 1 - 2 / (9 + x.sum(axis=1)) ** 0.5
    >>> surface = fit_surface(x, gains, local_data=[4.0, 5.0], upper=[100.0, 100.0])
    >>> found = respond(surface, [1.0, 1.5], lambda x: -0.004 * x, [100.0, 100.0]).profile
    >>> found.round(1).tolist()
    [0.0, 45.0]
    """
    w, top = np.array(weights, dtype=float), np.array(upper, dtype=float)
    if not (w > 0).all():
        raise InvalidInputError(f"`weights` must be positive, got {w.min():g}")
    x = 0.25 * top
    grid = np.linspace(0.0, 1.0, _GRID)
    for _ in range(_SWEEPS):
        before = x.copy()
        for n in range(top.size):
            rows = np.tile(x, (_GRID, 1))
            rows[:, n] = grid * top[n]
            x[n] = rows[np.argmax(w[n] * surface.mean(rows) + own(rows)[:, n]), n]
        if (x == before).all():
            break
    payoff = w * surface.mean(x[None])[0] + own(x[None])[0]
    return Proposal(x, w, own, np.abs(payoff))
