"""Series of numbers on a panel: drawn, and their data kept so that they can be written too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import plain
from coopetition.output.pictures.style import Look
from coopetition.output.table import Table

HEADER = ["panel", "series", "at", "value", "unit"]
BAND = 0.18  # opacity
_drawn: "WeakKeyDictionary[Any, list[_Series]]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False, slots=True)
class _Series:
    name: str
    at: Sequence[Any]
    values: Array
    unit: str


def keep(axis: Any, name: str, at: Iterable[Any], values: Any, unit: str) -> None:
    """Keep the data of a series that was drawn on a panel."""
    _drawn.setdefault(axis, []).append(_Series(name, list(at), np.asarray(values), unit))


def line(
    axis: Any, name: str, x: Any, y: Any, look: Look, unit: str, *, label: str | None = None,
    **style: Any,
) -> None:  # fmt: skip
    """Draw a line; without a `label` it stands in no legend."""
    words = {**look.line(len(x)), **style}
    axis.plot(x, y, label=plain(label or f"_{name}"), **words)
    keep(axis, name, x, y, unit)


def band(
    axis: Any, name: str, x: Any, low: Any, high: Any, color: str, unit: str, *,
    label: str | None = None,
) -> None:  # fmt: skip
    """Draw the area between two lines."""
    said = plain(label or f"_{name}")
    axis.fill_between(x, low, high, color=color, alpha=BAND, lw=0, label=said)
    keep(axis, f"{name}, low", x, low, unit)
    keep(axis, f"{name}, high", x, high, unit)


def picture_data(shown: Any) -> Table:
    """Return all that was drawn, a row for each number.

    Parameters
    ----------
    shown
        One axes, or several.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axis = Figure().add_subplot()
    >>> keep(axis, "payoff", ["North", "South"], [1.0, 2.0], "EUR")
    >>> picture_data(axis).rows
    [['', 'payoff', 'North', 1.0, 'EUR'], ['', 'payoff', 'South', 2.0, 'EUR']]
    """
    axes = np.ravel(np.array(shown, dtype=object))
    rows = [
        (_title(axis), one.name, at, float(value), one.unit)
        for axis in axes
        for one in _drawn.get(axis, ())
        for at, value in zip(one.at, one.values, strict=True)
    ]
    return Table.of("Data of a picture", HEADER, rows)


def _title(axis: Any) -> str:
    said = axis.get_title(loc="left") or axis.get_title() or axis.get_ylabel()
    return " ".join(said.replace(r"\$", "$").split())
