"""One equilibrium of any finite game: along the branch of logit equilibria."""

from collections.abc import Sequence
from itertools import pairwise
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Array
from coopetition.games.finite.game import FiniteGame
from coopetition.solvers.finite.verify import stable

STEPS, CORRECTIONS = 5000, 8
PRECISION = 1e-11  # the residual of points of the branch
MOST = 1e8  # the largest inverse temperature, a player's range of payoffs being 1
LEAST_STEP = 1e-9
VERIFIED = 1e-12  # of what a gain is made of
# A step is repeated at half its length if it may have led to another branch: where the correction
# is larger than a share of it, or the cosine between the tangents before and after is smaller.
FAR, STRAIGHT = 0.5, 0.9

Mixed = tuple[Array, ...]


def logit_equilibrium(game: FiniteGame, deadline: float | None = None) -> Mixed | None:
    """Return an equilibrium that the branch of logit equilibria leads to, or None.

    The branch starts where all play at random, and in generic games ends in an equilibrium
    (McKelvey and Palfrey, Games and Economic Behavior 10, 1995). It is followed by prediction and
    correction, which can fail (Turocy, Games and Economic Behavior 51, 2005); from time to time
    the support it tends to is solved for directly, and returned once nobody can gain more than
    1e-12 of the differences in payoff that the gain is the sum of.

    Parameters
    ----------
    deadline : seconds of `time.monotonic`, optional

    Examples
    --------
    >>> pennies = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> [own.round(6).tolist() for own in logit_equilibrium(pennies)]
    [[0.5, 0.5], [0.5, 0.5]]
    """
    branch = _Branch(game.to_floats())
    point = branch.start()
    ahead = branch.tangent(point, 1.0)
    side = float(np.sign(ahead[-1]))  # the inverse temperature rises at first
    ahead = side * ahead
    step, next_try = 0.05, 0.0
    for _ in range(STEPS):
        if point[-1] >= next_try:
            next_try = max(1.0, 1.3 * point[-1])
            if (found := branch.polished(point)) is not None:
                return found
        if step < LEAST_STEP or not 0 <= point[-1] < MOST or (deadline and monotonic() > deadline):
            return None
        after = branch.corrected(point + step * ahead, ahead, FAR * step)
        turned = None if after is None else branch.tangent(after, side)
        if after is None or turned is None or turned @ ahead < STRAIGHT:
            step /= 2
        else:
            point, ahead, step = after, turned, 1.5 * step
    return None


class _Branch:
    """Points (logarithms of all probabilities, inverse temperature), and what they satisfy."""

    def __init__(self, game: FiniteGame) -> None:
        units = np.where(game.ranges > 0, game.ranges, 1.0).astype(float)
        self.tensor = game.tensor / units.reshape(-1, *[1] * len(game.shape))
        self.game, self.shape = game, game.shape
        ends = np.cumsum((0, *game.shape))
        self.blocks = [slice(a, b) for a, b in pairwise(ends.tolist())]

    def start(self) -> Array:
        return np.concatenate([*(np.full(k, -np.log(k)) for k in self.shape), [0.0]])

    def split(self, flat: Array) -> list[Array]:
        return [flat[block] for block in self.blocks]

    def derivatives(self, mixed: Sequence[Array]) -> tuple[Array, Array]:
        """Return payoffs of all strategies, and their derivatives in all probabilities."""
        size = self.blocks[-1].stop
        payoffs, slopes = np.zeros(size), np.zeros((size, size))
        for n, here in enumerate(self.blocks):
            for m, there in enumerate(self.blocks):
                if m != n:
                    slopes[here, there] = self._pair(n, m, mixed)
            other = 0 if n else len(mixed) - 1
            if other == n:  # a single player
                payoffs[here] = self.tensor[0]
            else:
                payoffs[here] = slopes[here, self.blocks[other]] @ mixed[other]
        return payoffs, slopes

    def _pair(self, n: int, m: int, mixed: Sequence[Array]) -> Array:
        """Return n's payoff for each own strategy and each of m, the others mixing."""
        values = np.moveaxis(self.tensor[n], (n, m), (0, 1))
        for other in reversed([k for k in range(len(mixed)) if k not in (n, m)]):
            values = values @ mixed[other]
        return values

    def equations(self, point: Array) -> tuple[Array, Array]:
        """Return residuals and Jacobian: sums are 1, and log ratios are λ times differences."""
        logs, heat = point[:-1], point[-1]
        payoffs, slopes = self.derivatives(self.split(np.exp(logs)))
        slopes = slopes * np.exp(logs)
        residual, jacobian = np.empty(len(logs)), np.zeros((len(logs), len(point)))
        for block in self.blocks:
            first, rest = block.start, slice(block.start + 1, block.stop)
            residual[first] = np.exp(logs[block]).sum() - 1
            jacobian[first, block] = np.exp(logs[block])
            residual[rest] = logs[rest] - logs[first] - heat * (payoffs[rest] - payoffs[first])
            jacobian[rest, :-1] = -heat * (slopes[rest] - slopes[first])
            jacobian[rest, rest] += np.eye(rest.stop - rest.start)
            jacobian[rest, first] -= 1
            jacobian[rest, -1] = -(payoffs[rest] - payoffs[first])
        return residual, jacobian

    def tangent(self, point: Array, side: float) -> Array:
        """Return the unit vector along the branch; the determinant says which way is on."""
        jacobian = self.equations(point)[1]
        found = np.linalg.svd(jacobian)[2][-1]
        return side * np.linalg.slogdet(np.vstack([jacobian, found]))[0] * found

    def corrected(self, guess: Array, direction: Array, far: float) -> Array | None:
        """Return the point of the branch in the plane through the guess; None if it is far."""
        point = guess
        for _ in range(CORRECTIONS):
            if point[:-1].max() > 1:  # a probability above e
                return None
            residual, jacobian = self.equations(point)
            if np.abs(residual).max() <= PRECISION * (1 + abs(point[-1])):
                return point
            plane = np.append(-residual, direction @ (guess - point))
            point = point + np.linalg.lstsq(np.vstack([jacobian, direction]), plane)[0]
            if not np.abs(point - guess).max() <= far:
                return None
        return None

    def polished(self, point: Array) -> Mixed | None:
        """Solve for the equilibrium with the support that a point shows, and verify it."""
        logs = point[:-1]
        for least in (0.05, 1e-2, 1e-4):
            inside = np.exp(logs) > least
            found = self._indifferent(np.where(inside, np.exp(logs), 0.0), inside)
            if found is not None and stable(self.game, found, VERIFIED):
                return tuple(found)
        return None

    def _indifferent(self, flat: Array, inside: NDArray[np.bool_]) -> list[Array] | None:
        """Make all indifferent among the strategies inside, by Newton's method."""
        for _ in range(30):
            payoffs, slopes = self.derivatives(self.split(flat))
            rows, values = [], []
            for block in self.blocks:
                own = np.flatnonzero(inside[block]) + block.start
                if not len(own):
                    return None
                rows.append(np.isin(np.arange(len(flat)), own).astype(float))
                values.append(1 - flat[own].sum())
                rows.extend(slopes[own[1:]] - slopes[own[0]])
                values.extend(payoffs[own[0]] - payoffs[own[1:]])
            move = np.linalg.lstsq(np.array(rows)[:, inside], np.array(values))[0]
            flat = flat.copy()
            flat[inside] += move
            if not (np.abs(flat) < 10).all():
                return None
            if np.abs(move).max() < 1e-15:
                break
        cut = [np.maximum(own, 0.0) for own in self.split(flat)]
        return [own / own.sum() for own in cut] if all(own.sum() > 0 for own in cut) else None
