"""Where somebody next starts or stops contributing, or meets its bound, as a parameter moves."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import CoopetitionError
from coopetition.solvers.sensitivity.change import Change, form_change
from coopetition.solvers.sensitivity.derivatives import Sensitivity

STEPS = 16  # at least so many solves on the way to the end of the range
LIMIT = 200  # solves
WORDS = {
    (0, 1): "starts to contribute",
    (1, 0): "stops contributing",
    (1, 2): "reaches its bound",
    (2, 1): "leaves its bound",
    (0, 2): "goes from 0 to its bound",
    (2, 0): "goes from its bound to 0",
}
Solve = Callable[[float], tuple[Sensitivity, Change]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The next change of the active set in one direction, or how far there is none.

    Parameters
    ----------
    value
        Of the parameter; None if nothing was found.
    changes
        Who does what there.
    searched
        To which value of the parameter; solves in between are close, but not everywhere.
    note
        Why the search ended early, or why the value is known no better.
    """

    value: float | None
    changes: tuple[tuple[str, str], ...] = ()
    searched: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        """Say it in words."""
        if self.value is not None:
            who = [f"{name} {what}" for name, what in self.changes[:3]]
            more = [f"{len(self.changes) - 3} more"] if len(self.changes) > 3 else []
            about = "near" if self.note else "at"
            return f"{about} {self.value:.8g} {', '.join(who + more)}"
        ended = f"; beyond: {self.note}" if self.note else ""
        return f"nobody starts, stops or meets its bound as far as {self.searched:.6g}{ended}"


def status(found: Sensitivity) -> Array:
    """Return 0 for who contributes nothing, 2 for who is at its bound, 1 for who is inside."""
    x, upper = found.piece.profile, found.game.max_contribution
    return np.where(x <= 0, 0, np.where(x >= upper, 2, 1)) * (upper > 0)


def _distance(found: Sensitivity, change: Change, sign: float) -> float:
    """Return how far the parameter goes until the first is at a kink, on the tangent."""
    piece, form = found.piece, found.piece.form
    move = form_change(found.game, change if sign > 0 else change.reversed(), piece.omega)
    dx, rise = piece.along(move)
    second = piece.second[int(rise > 0)]
    force = form.pull * piece.slope + form.own_slope(piece.profile)
    drift = piece.push(move) + form.pull * second * rise
    able = form.upper > 0  # who can bring nothing has no kink to reach
    away = [
        (piece.free & (dx < 0), piece.profile, -dx),
        (piece.free & (dx > move.upper), form.upper - piece.profile, dx - move.upper),
        (able & ~piece.free & (piece.profile <= 0) & (drift > 0), -force, drift),
        (able & piece.top & (drift < 0), force, -drift),
    ]
    ways = [room[who] / speed[who] for who, room, speed in away]
    return float(np.concatenate(ways).clip(min=0.0).min(initial=np.inf))


def next_event(solve: Solve, start: float, end: float, scale: float) -> Event:
    """Follow the piece from `start` towards `end` until the active set changes.

    Each step goes where the tangent says that the first changes, or a sixteenth of the way if
    that is less; what it says is believed only after a solve there. Then the change is bracketed.
    Where nothing can be solved, steps are halved until the end of what can is known.
    """
    if start == end:
        return Event(value=None, searched=start, note="the parameter can be no less")
    sign = 1.0 if end > start else -1.0
    here = start + sign * 1e-7 * scale
    try:
        found, change = solve(here)
    except CoopetitionError as error:
        return Event(value=None, searched=start, note=str(error))
    before, most, note = status(found), abs(end - start) / STEPS, ""
    for _ in range(LIMIT):
        if sign * (end - here) <= 0 or (note and most <= 1e-9 * scale):
            return Event(value=None, searched=here, note=note)
        step = min(_distance(found, change, sign) * (1 + 1e-9) + 1e-12 * scale, most)
        there = here + sign * step
        there = min(there, end) if sign > 0 else max(there, end)
        try:
            found, change = solve(there)
        except CoopetitionError as error:
            most, note = 0.5 * abs(there - here), note or str(error)
            continue
        if (status(found) != before).any():
            return _bracketed(solve, here, there, before, scale)
        if not found.smooth and (past := _past(solve, there, end, before, scale)) is not None:
            return _bracketed(solve, there, past, before, scale)
        here = there
    return Event(value=None, searched=here, note=note or f"{LIMIT} solves")


def _past(solve: Solve, kink: float, end: float, before: Array, scale: float) -> float | None:
    """Return a value shortly behind a kink where the active set is another one, if there is one.

    The tangent at a kink leaves out who is at it: the next step might go over what it does there,
    and over its coming back.
    """
    for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):
        value = kink + float(np.sign(end - kink)) * min(step * scale, abs(end - kink))
        try:
            if (status(solve(value)[0]) != before).any():
                return value
        except CoopetitionError:
            return None
    return None


def _bracketed(solve: Solve, low: float, high: float, before: Array, scale: float) -> Event:
    """Return the change of the active set between two values; solved at either side of it."""
    note = ""
    while abs(high - low) > 1e-12 * max(abs(low), abs(high)):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        try:
            same = not (status(solve(middle)[0]) != before).any()
        except CoopetitionError as error:  # known no nearer than that
            note = str(error)
            break
        low, high = (middle, high) if same else (low, middle)
    try:
        found = solve(high + np.sign(high - low) * 1e-9 * scale)[0]
    except CoopetitionError:  # the range of the parameter ends here
        found = solve(high)[0]
    after = status(found)
    who = np.flatnonzero(after != before)
    changes = tuple((found.game.players[n], WORDS[int(before[n]), int(after[n])]) for n in who)
    return Event(value=0.5 * (low + high), changes=changes, searched=high, note=note)
