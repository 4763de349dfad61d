"""Rows that are no games: found by a quick look at all, judged one by one by the round itself."""

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array, Mask, PowerGain
from coopetition.games.round import LARGEST
from coopetition.solvers.batch.table import MATRICES, TRANSFERS, Table


def refused(table: Table) -> dict[int, str]:
    """Return the rows that are no games, each with its sentence."""
    found = {}
    for row in np.flatnonzero(suspects(table)).tolist():
        try:
            table.round(row)
        except InvalidInputError as error:
            found[row] = f"row {row}: {error}"
            continue
        for name in TRANSFERS:
            wrong = ~_allowed(name, table.column(name, np.array([row]))[:, 0])
            if wrong.any():
                least = "" if name == "transfer_slope" else ", at least 0"
                found[row] = (
                    f"row {row}: `{name}` of {table.game.players[int(np.argmax(wrong))]} must "
                    f"be finite{least} and at most {LARGEST:g} in size"
                )
    return found


def suspects(table: Table) -> Mask:
    """Return the rows to look at one by one: numbers out of bounds, Ω out of the curve."""
    bad = np.zeros(table.size, dtype=bool)
    for name, array in table.changes.items():
        signed = isinstance(table.game.gain, PowerGain)
        ends = np.array([array.min(), array.max()])  # NaN if there is one
        if not _allowed(name, ends, signed).all():
            bad |= ~_allowed(name, array, signed).reshape(table.size, -1).all(axis=1)
        if name in MATRICES and array.ndim == 3:
            bad |= np.diagonal(array, axis1=1, axis2=2).any(axis=1)
    with np.errstate(all="ignore"):
        return bad | _out_of_reach(table)


def _out_of_reach(table: Table) -> Mask:
    """Return the rows whose effective data the curve may not know, or not give a slope."""
    shape = (table.size, len(table.game.players))
    data, top, quality = (
        np.broadcast_to(_by_row(table, name), shape)
        for name in ("local_data", "max_contribution", "quality")
    )
    low = data.sum(axis=1)
    high = low + np.einsum("bn,bn->b", quality, top)
    start, end = table.game.gain.domain
    curves = table.curves(slice(0, table.size))
    out = ~(np.isfinite(high) & (low >= start) & (high <= end))
    out |= ~np.isfinite(curves.slope(np.maximum(low, 1e-9 * high)))
    if not curves.numbers:  # the round was checked for concavity between its own two ends
        form = table.game.form
        own = form.base, form.base + float(form.quality @ form.upper)
        slack = 1e-12 * own[1]
        out |= (low < own[0] - slack) | (high > own[1] + slack)
    return out | (low == 0)


def _by_row(table: Table, name: str) -> Array:
    """Return a column as it was given, one that broadcasts to (B, N)."""
    given = table.changes.get(name)
    if given is None:
        return np.asarray(getattr(table.game, name))
    return given if given.ndim == 2 else given[:, None]


def _allowed(name: str, array: Array, signed_ceiling: bool = False) -> Mask:
    """Say which numbers are within the field's bounds; the round itself says what is wrong."""
    if name == "transfer_slope" or (name == "gain.ceiling" and signed_ceiling):
        return np.abs(array) <= LARGEST
    positive = name == "quality" or (name.startswith("gain.") and name != "gain.offset")
    cap = {"quality": 1.0, "skew": 2.0}.get(name, LARGEST)
    return (array > 0 if positive else array >= 0) & (array <= cap)
