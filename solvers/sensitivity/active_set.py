"""Who is where at an aggregative equilibrium, how clearly, and where there are no derivatives."""

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import NotConvergedError, UnsupportedGameError
from coopetition.solvers.aggregate.aggregate import Filled, eliminate, fill, undominated
from coopetition.solvers.sensitivity.active_piece import Piece

TOL = 1e-10  # of a marginal payoff, relative to its terms: below it somebody is at a kink


def piece_of(form: AggregateForm, players: tuple[str, ...], tol: float = TOL) -> Piece:
    """Solve a form and say who is where.

    Raises
    ------
    UnsupportedGameError
        If a negative weight is left, or the equilibrium is not unique.
    NotConvergedError
        If rounding hides whether somebody is inside its bounds.
    """
    form, _ = eliminate(form)
    if not form.concave:
        raise UnsupportedGameError(
            f"no derivatives: the weight of {named(players, undominated(form))} is negative and 0 "
            "is not dominant there, so that there may be several equilibria, or none"
        )
    filled = fill(form)
    if not np.isfinite(form.gain.slope(form.aggregate(filled.profile))):
        raise UnsupportedGameError("no derivatives: without data the gain's slope is infinite")
    return _placed(form, players, filled, tol)


def _placed(form: AggregateForm, players: tuple[str, ...], filled: Filled, tol: float) -> Piece:
    """Say who is where."""
    x, omega = filled.profile, float(form.aggregate(filled.profile))
    slope, second = float(form.gain.slope(omega)), _second(form.gain, omega)
    force, bend = form.pull * slope + form.own_slope(x), np.asarray(form.own_bend(x))
    unit = np.maximum(form.terms(x), 1e-300)
    margin = _margins(form, x, force / unit, bend / unit)
    movable, inside = form.upper > 0, (x > 0) & (x < form.upper)
    lost = (margin < -1e-7) | (inside & (np.abs(force) > 1e-7 * unit))
    if lost.any():
        where = named(players, np.flatnonzero(lost))
        raise NotConvergedError(f"no derivatives: rounding hides where {where} stops")
    close = (margin <= tol) & movable
    near_top, free = close & (form.upper - x <= x), inside & ~close
    flat = np.flatnonzero((bend == 0) & (inside | close))
    return Piece(
        form=form,
        profile=x,
        omega=omega,
        slope=slope,
        free=free,
        top=((x >= form.upper) & movable & ~close) | (~movable & (force > tol * unit)),
        low_kink=close & ~near_top,
        high_kink=near_top,
        bend=bend,
        yields=_inverse(np.where(free, bend, 0.0)),
        reach=_inverse(form.data + x),
        pinned=_pinned(form, players, flat, close, filled.unique and max(second) < 0),
        second=second,
        margin=margin,
    )


def named(players: tuple[str, ...], chosen: Index) -> str:
    """Return the names of some players, at most five."""
    more = f" and {chosen.size - 5} more" if chosen.size > 5 else ""
    return ", ".join(players[n] for n in chosen[:5]) + more


def _inverse(values: Array) -> Array:
    """Return 1/values, 0 where they are 0."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _margins(form: AggregateForm, x: Array, force: Array, bend: Array) -> Array:
    """Return how far each is from a kink; `force` and `bend` relative to the payoff's terms."""
    movable = form.upper > 0
    room = np.minimum(x, form.upper - x)
    share = np.divide(room, form.upper, out=np.zeros_like(x), where=movable)
    inside = np.where(bend > 0, bend * room, share)
    bound = np.where(x > 0, force, -force)
    return np.where(movable, np.where(room > 0, inside, bound), np.inf)


def _pinned(
    form: AggregateForm, players: tuple[str, ...], flat: Index, close: Mask, unique: bool
) -> int | None:
    """Return the one player inside whose own term is linear; refuse ties and kinks of such."""
    if not flat.size:
        return None
    if not unique or flat.size > 1 or form.pull[flat[0]] == 0:
        raise UnsupportedGameError(
            f"no derivatives: the equilibrium is not unique or about to be so, as costs of "
            f"{named(players, flat)} are linear and its marginal payoff is 0 (ties); give it a "
            "quadratic cost"
        )
    if close[flat[0]]:
        raise UnsupportedGameError(
            f"no derivatives: {players[flat[0]]} is at a bound with linear costs and a marginal "
            "payoff of 0; give it a quadratic cost"
        )
    return int(flat[0])


def _second(gain: GainCurve, omega: float) -> tuple[float, float]:
    """Return P″ to the left and to the right of Ω; equal but where it jumps."""
    low, high = gain.domain
    ends = max(omega * (1 - 1e-9), low), min(omega * (1 + 1e-9), high)
    left, here, right = (float(gain.curvature(at)) for at in (ends[0], omega, ends[1]))
    if abs(left - right) <= 1e-6 * abs(here):
        return here, here
    return left, right
