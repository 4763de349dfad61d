"""Best responses where the curvature of gains in each contribution has a known sign.

What n can influence of its payoff is then a concave function c of its own contribution plus a
convex one v, and branch and bound finds its maximum. On a cell [l, r] with middle m, v lies below
its chords; c lies on [l, m] below the line through m and r, and on [m, r] below that through l and
m. A sum of two lines is largest at an end, so that c + v is at most

    max(v(l) + 2c(m) − c(r),  v(m) + c(m),  v(r) + 2c(m) − c(l)).

No slopes are needed. The gap falls with the square of the cell's width.
"""

from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box

if TYPE_CHECKING:
    from coopetition.games.measured.form import GainForm

CELLS = 16  # of every interval, at first
PIECES = 4  # of a cell that may hold more than the best found
ROUNDS = 26  # until a cell's width is lost in rounding
MOST = 100_000  # cells at a time; what is left open then stays in the bound


def bounded_responses(
    form: "GainForm", profile: Array, box: Box, slack: Array
) -> tuple[Array, Array, Array]:
    """Maximize everybody's payoff over its own contribution, the others' fixed.

    Parameters
    ----------
    slack : shape (N,)
        How much the bounds may exceed the best found, in money.

    Returns
    -------
    (responses, gained, bound)
        The best contributions found, what they bring, and upper bounds of what any would, both
        less the payoff at the profile; shape (N,).
    """
    size = profile.size
    here = form.gains(profile)
    bends = form.gains.bends
    assert bends is not None
    convex = form.stakes * bends.T > 0

    def parts(who: Index, y: Array) -> tuple[Array, Array]:
        """Return the concave and the convex part, less those at the profile."""
        rows = profile[None].repeat(who.size, axis=0)
        rows[np.arange(who.size), who] = y
        worth = (form.gains(rows) - here) * form.stakes[who]
        bent = np.where(convex[who], worth, 0.0).sum(axis=-1)
        x = profile[who]
        cost = (y - x) * (form.linear[who] - 0.5 * form.curvature[who] * (x + y))
        return worth.sum(axis=-1) - bent + cost, bent

    response, gained, bound = profile.copy(), np.zeros(size), np.zeros(size)
    movable = np.flatnonzero(box.upper > box.lower)
    who = np.repeat(movable, CELLS)
    edges = np.linspace(box.lower[movable], box.upper[movable], CELLS + 1)
    left, right = edges[:-1].T.ravel(), edges[1:].T.ravel()
    for left_over in reversed(range(ROUNDS)):
        points = np.stack((left, 0.5 * (left + right), right))
        concave, bent = (part.reshape(3, -1) for part in parts(np.tile(who, 3), points.ravel()))
        total = concave + bent
        order = np.argsort(total.max(axis=0), kind="stable")  # the last write is the best
        best = np.full(size, -np.inf)
        best[who[order]] = total.max(axis=0)[order]
        answer = profile.copy()
        answer[who[order]] = points[total.argmax(axis=0), np.arange(who.size)][order]
        better = best > gained
        gained = np.where(better, best, gained)
        response = np.where(better, answer, response)
        over = 2.0 * concave[1]
        most = np.maximum(bent[0] + over - concave[2], bent[2] + over - concave[0])
        most = np.maximum(most, total[1])
        terms = np.abs(concave).max(axis=0) + np.abs(bent).max(axis=0)
        open_ = most > gained[who] + np.maximum(slack[who], 1e-13 * terms)
        last = not open_.any() or who.size > MOST or not left_over
        closed = np.ones_like(open_) if last else ~open_
        np.maximum.at(bound, who[closed], most[closed])
        if last:
            break
        who, left, right = who[open_], left[open_], right[open_]
        shares = np.arange(PIECES + 1)[:, None] / PIECES
        edges = left + shares * (right - left)
        who = np.tile(who, PIECES)
        left, right = edges[:-1].ravel(), edges[1:].ravel()
    return response, gained, np.maximum(bound, gained)
