"""Shapley values estimated from random orders, where 2^N coalitions are too many.

In a random order everybody's marginal contribution to those before it has the mean φ_i (Castro,
Gómez and Tejada, Computers & Operations Research 36, 2009). The contributions of one order sum to
v(N) − v(∅), so that the estimates do too, exactly. With a control g whose values ψ are known,

    φ_i is estimated by the mean of m_i − β (m_i^g − ψ_i)

where β is one number for all players (so that sums are kept), fitted on pilot orders that are
used for nothing else (so that no bias arises). Standard errors are those of a mean of independent
orders; stopping as soon as they are small enough makes them slightly too small.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import positive
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import Division, vector
from coopetition.mechanisms.division.table import CHUNK, ValueFunction, evaluated

PILOT = 64  # orders
FEWEST = 64  # orders before a standard error is believed


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """A game that resembles the one of interest, and its known Shapley value."""

    value: ValueFunction
    shapley: ArrayLike


def shapley_sampled(
    value: ValueFunction,
    players: int,
    *,
    evaluations: int = 100_000,
    target: float | None = None,
    control: Control | None = None,
    seed: int = 0,
) -> Division:
    """Estimate the Shapley value, until `target` or the budget is reached.

    Parameters
    ----------
    value : callable
        Takes a boolean matrix, shape (B, N), returns B numbers.
    evaluations : int
        Budget of values of the game; an order takes N − 1, two more are needed once.
    target : float, optional
        Stop when no standard error exceeds it. The budget stops without it, and the result says
        what was reached.
    control : Control, optional
        A similar game with known Shapley value; its evaluations are not counted.

    Raises
    ------
    InvalidInputError
        If the budget does not suffice for 64 orders (128 with a control), or a value is not
        finite.

    Examples
    --------
    >>> glove = lambda inside: np.minimum(inside[:, 0], inside[:, 1:].sum(axis=1))
    >>> found = shapley_sampled(glove, 3, evaluations=20_000)
    >>> print(found)
    shapley: 0.6... ± 0.0047, 0.1... ± 0.0037, 0.1... ± 0.0037 (estimated, s.e. at most ...)
    """
    if players < 1:
        raise InvalidInputError(f"`players` must be at least 1, got {players}")
    if target is not None:
        positive("target", target)
    budget = (evaluations - 2) // max(players - 1, 1)
    least = FEWEST + (PILOT if control is not None else 0)
    if budget < least:
        needed = least * max(players - 1, 1) + 2
        raise InvalidInputError(f"`evaluations` must be at least {needed}, got {evaluations}")
    rng = np.random.default_rng(seed)
    ends = evaluated(value, np.repeat([[False], [True]], players, axis=1))
    slope, known = 0.0, np.zeros(players)
    if control is not None:
        known = vector("shapley", control.shapley, players)
        slope = _slope(value, control, known, _orders(rng, PILOT, players), ends)
        budget -= PILOT
    count, mean, squares = 0, np.zeros(players), np.zeros(players)
    batch = max(min(CHUNK // players, 1024), 1)
    while count < budget:
        orders = _orders(rng, min(batch, budget - count), players)
        sample = _contributions(value, orders, ends)
        if control is not None:
            sample -= slope * (_contributions(control.value, orders, None) - known)
        count, mean, squares = _merged(count, mean, squares, sample)
        if target is not None and count >= FEWEST and _errors(count, squares).max() <= target:
            break
    errors = _errors(count, squares)
    note = f"{count} random orders" + (f", control variate with β = {slope:.3g}" if slope else "")
    if target is not None and errors.max() > target:
        note += f", budget spent before the target of {target:g}"
    return Division(
        rule="shapley", values=mean, how="estimated", error=float(errors.max()), note=note,
        standard_errors=errors,
    )  # fmt: skip


def _orders(rng: np.random.Generator, count: int, players: int) -> Array:
    return rng.permuted(np.tile(np.arange(players), (count, 1)), axis=1)


def _contributions(value: ValueFunction, orders: Array, ends: Array | None) -> Array:
    """Return every player's marginal contribution in each order, shape of `orders`."""
    count, players = orders.shape
    if ends is None:
        ends = evaluated(value, np.repeat([[False], [True]], players, axis=1))
    place = np.argsort(orders, axis=1)
    path = np.empty((count, players + 1))
    path[:, 0], path[:, -1] = ends
    rows = max(CHUNK // max(players - 1, 1), 1)
    for start in range(0, count if players > 1 else 0, rows):
        part = slice(start, start + rows)
        inside = place[part, None, :] < np.arange(1, players)[:, None]
        found = evaluated(value, inside.reshape(-1, players))
        path[part, 1:-1] = found.reshape(-1, players - 1)
    return np.asarray(np.take_along_axis(np.diff(path, axis=1), place, axis=1))


def _slope(
    value: ValueFunction, control: Control, known: Array, orders: Array, ends: Array
) -> float:
    """Return the β that makes the pilot's variances smallest in sum."""
    ours = _contributions(value, orders, ends)
    theirs = _contributions(control.value, orders, None) - known
    spread = float(((theirs - theirs.mean(axis=0)) ** 2).sum())
    common = float(((ours - ours.mean(axis=0)) * theirs).sum())
    return common / spread if spread > 0 else 0.0


def _merged(count: int, mean: Array, squares: Array, sample: Array) -> tuple[int, Array, Array]:
    """Merge a batch into count, mean and sum of squared deviations (Chan and others 1983)."""
    own = sample.mean(axis=0)
    inside = ((sample - own) ** 2).sum(axis=0)
    total = count + len(sample)
    gap = own - mean
    share = len(sample) / total
    return total, mean + gap * share, squares + inside + gap**2 * (count * share)


def _errors(count: int, squares: Array) -> Array:
    return np.asarray(np.sqrt(squares / (max(count - 1, 1) * count)))
