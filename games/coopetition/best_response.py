"""One player's best response in an aggregative game, exactly.

Given what the others bring, player n maximizes g(y) = w_n P(rest_n + q_n y) + own_n(y) on
[0, X_n]. For w_n ≥ 0 that is concave: the root of a decreasing slope. For w_n < 0 it is a convex
term plus a concave one: branch and bound with the chord of the one and a tangent of the other.
"""

import math

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.games.coopetition.aggregate import AggregateForm


def slope_at(form: AggregateForm, rest: Array, y: Array) -> tuple[Array, Array]:
    """Return g′(y) and g″(y) for all players, each facing its own rest; shape (N,)."""
    omega = rest + form.quality * y
    slope = form.attraction(form.gain.slope(omega)) + form.own_slope(y)
    bend = form.pull * form.quality * form.gain.curvature(omega) - form.own_bend(y)
    return slope, bend


def first_order(slope: Array, x: Array, box: Box) -> Array:
    """Return max over the box of slope·(y − x): what a concave payoff can gain at most."""
    with np.errstate(invalid="ignore"):  # ∞·0 at one end: the other end decides
        rise = np.fmax(slope * (box.upper - x), slope * (box.lower - x))
    return np.where(box.upper > box.lower, np.maximum(rise, 0.0), 0.0)


def concave_responses(form: AggregateForm, rest: Array, start: Array) -> Array:
    """Return all players' best responses where every payoff is concave, shape (N,).

    Safeguarded Newton on each slope: a step that leaves the bracket, and every eighth, is a
    bisection (the first tries an end), so that no piece of a curve can hold it up.
    """
    low, high = np.zeros_like(form.upper), form.upper.copy()
    y = np.clip(start, low, high)
    done = np.zeros(y.size, dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for step in range(400):
            slope, bend = slope_at(form, rest, y)
            low = np.where((slope >= 0) & ~done, y, low)
            high = np.where((slope <= 0) & ~done, y, high)
            guess = y - slope / bend
            done |= (high - low <= 2e-16 * high) | (np.abs(guess - y) <= 1e-16 * y)
            if done.all():
                break
            end = np.where(slope > 0, high, low)
            other = end if step == 0 else 0.5 * (low + high)
            inside = (guess > low) & (guess < high) & (step % 8 < 7)
            y = np.where(done, y, np.where(inside, guess, other))
    return y


def best_response(form: AggregateForm, n: int, rest: float, start: float) -> float:
    """Return one player's best response, in plain floats; requires w_n ≥ 0.

    Among several best responses (a flat payoff) it returns one near `start`.
    """
    pull, q, top = float(form.pull[n]), float(form.quality[n]), float(form.upper[n])
    a, b = float(form.linear[n]), float(form.curvature[n])
    skew, data = float(form.skew[n]), float(form.data[n])
    low, high, y = 0.0, top, min(max(start, 0.0), top)
    for step in range(400):
        slope, bend = form.gain.slope_pair(rest + q * y) if pull else (0.0, 0.0)
        value, second = pull * slope + a - b * y, pull * q * bend - b
        if skew:
            value += skew / (data + y) ** 2
            second -= 2.0 * skew / (data + y) ** 3
        if value == 0:
            return y
        low, high = (y, high) if value > 0 else (low, y)
        if high - low <= 2e-16 * high:
            return y
        guess = y - value / second if second and math.isfinite(value) else math.nan
        if abs(guess - y) <= 1e-16 * y:
            return y
        if not low < guess < high or step % 8 == 7:
            guess = (high if value > 0 else low) if step == 0 else 0.5 * (low + high)
        y = guess
    return y


def parts(one: AggregateForm, rest: float, y: Array) -> tuple[Array, Array]:
    """Return w P and the own terms of one player's form at some contributions, less those at 0.

    So no digit is lost to what the player cannot influence.
    """
    shared = one.weight[0] * one.gain.rise(rest, one.quality[0] * y)
    return np.asarray(shared), one.own_rise(y[:, None])[:, 0]


# On a cell [l, r] with middle m the convex part w P lies below its chord, and the concave own term
# below its tangent at m. A sum of two lines is largest at an end, so that g is at most
#
#     own(m) + max(w P(l) − tilt, w P(r) + tilt),    tilt = own′(m) (r − l)/2.


def global_response(form: AggregateForm, n: int, rest: float) -> tuple[float, float, float]:
    """Maximize g where w_n < 0, so that it need not be concave, by branch and bound.

    Returns
    -------
    (response, value, bound)
        A best contribution found, g there, and an upper bound of g over [0, X_n], both less g(0);
        they agree to 1e-13 of these terms.
    """
    one = form.among(np.array([n]), rest)
    top = float(one.upper[0])
    edges = np.linspace(0.0, top, 65)
    left, right = edges[:-1], edges[1:]
    best_y, best, bound = 0.0, -math.inf, math.inf
    for _ in range(60):
        middle = 0.5 * (left + right)
        points = np.concatenate((left, middle, right))
        shared, own = parts(one, rest, points)
        own_slope = one.own_slope(points[:, None])[:, 0]
        total = shared + own
        k = int(np.argmax(total))
        if total[k] > best:
            best, best_y = float(total[k]), float(points[k])
        size = left.size
        chord_left, chord_right = shared[:size], shared[2 * size :]
        tilt = own_slope[size : 2 * size] * 0.5 * (right - left)
        tangent = own[size : 2 * size]
        bounds = tangent + np.maximum(chord_left - tilt, chord_right + tilt)
        bound = max(best, float(bounds.max()))
        terms = (np.abs(shared) + np.abs(own)).reshape(3, size).max(axis=0)
        keep = bounds > best + 1e-13 * terms  # of the cell: costs far out may be huge
        if not keep.any():
            break
        left, right = left[keep], right[keep]
        middle = 0.5 * (left + right)
        left, right = np.concatenate((left, middle)), np.concatenate((middle, right))
    return best_y, best, bound
