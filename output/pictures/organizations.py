"""Numbers by organization: bars for few; for many dots, the rest of them as a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.output.pictures.labels import label_end, legend, named, plain, short
from coopetition.output.pictures.series import BAND, keep
from coopetition.output.pictures.style import DARK, GRAY, PALE, Look, dress, look
from coopetition.output.pictures.units import Scale, show_unit

FEW = 12  # organizations that have bars, or lines of their own
NAMED = 10  # of more
PERCENT = (10, 90)  # of the band
OTHERS = "Small dots are the others, a large one their median, a bar 10–90 % of them."


@dataclass(frozen=True, eq=False, slots=True)
class Numbers:
    """One number for each organization."""

    name: str
    values: Array
    look: Look


def height(count: int) -> float:
    """Return how high a panel of so many organizations is, inches."""
    return max(3.6, 1.5 + 0.44 * (count if count <= FEW else NAMED + 2))


def draw_by_organization(
    axis: Any,
    names: Sequence[str],
    groups: Sequence[Numbers],
    unit: str,
    *,
    title: str,
    by: int = -1,
    ends: bool = False,
) -> tuple[str, Scale]:
    """Draw numbers by organization, and return what a caption says of it, and the scale.

    Up to 12 organizations have bars, in their order. Of more, the 10 that have most of
    `groups[by]` are named, or with `ends` the 5 that have most and the 5 that have least; the
    others are dots in one row, with their median and the band that holds 80 % of them.
    """
    for one in groups:
        keep(axis, one.name, names, one.values, unit)
    few = len(names) <= FEW
    (_bars if few else _dots)(axis, names, groups, by, ends)
    if not few or min(float(np.min(one.values)) for one in groups) < 0:
        axis.axvline(0.0, color=DARK, lw=1)
    dress(axis, title, grid="x")
    axis.tick_params(axis="y", length=0)
    scale = show_unit(axis, unit, "x")
    if not any(np.any(one.values) for one in groups):
        axis.set_xticks([0.0])  # no other number means anything
    legend(axis)
    if few:
        return "", scale
    which = f"{NAMED // 2} most and {NAMED // 2} least" if ends else f"{NAMED} largest"
    return f"{title}: the {which} of {len(names)} by “{groups[by].name}” are named.", scale


def _bars(axis: Any, names: Sequence[str], groups: Sequence[Numbers], by: int, ends: bool) -> None:
    place, thick = np.arange(len(names)), 0.8 / len(groups)
    for k, one in enumerate(groups):
        shift = thick * (k - (len(groups) - 1) / 2)
        axis.barh(place + shift, one.values, thick * 0.94, label=plain(one.name), **one.look.bar())
    axis.set_yticks(place, [named(name) for name in names], fontsize=9)
    axis.set_ylim(len(names) - 0.45, -0.55)


def _dots(axis: Any, names: Sequence[str], groups: Sequence[Numbers], by: int, ends: bool) -> None:
    order = _order([groups[by], *groups])
    split = NAMED // 2 if ends else NAMED
    rest = order[split : len(order) - (NAMED - split)]
    top, bottom = order[:split], order[len(order) - (NAMED - split) :]
    places = np.concatenate([np.arange(split), split + 1.4 + np.arange(NAMED - split)])
    shown: Index = np.concatenate([top, bottom])
    for k, one in enumerate(groups):
        shift = min(0.26, 0.76 / len(groups)) * (k - (len(groups) - 1) / 2)
        mark: dict[str, Any] = {"color": one.look.color, "marker": one.look.marker, "ls": ""}
        axis.plot(one.values[shown], places + shift, ms=6, label=plain(one.name), **mark)
        row, values = split + 0.2 + 1.3 * shift, one.values[rest]
        low, middle, high = np.percentile(values, [PERCENT[0], 50, PERCENT[1]])
        axis.plot([low, high], [row, row], color=one.look.color, lw=5, alpha=0.35)
        axis.plot(values, np.full(len(values), row), ms=1.8, **mark)
        axis.plot([middle], [row], ms=7, mec="white", **mark)
    for edge in places[:-1] + 0.5:
        axis.axhline(edge, color=PALE, lw=0.8, zorder=0)
    said = [named(names[n]) for n in shown]
    axis.set_yticks([*places, split + 0.2], [*said, _others(len(rest))], fontsize=9)
    axis.axhspan(split - 0.45, split + 0.85, color="#f3f4f5", lw=0, zorder=0)
    axis.set_ylim(places.max() + 0.6 if ends else split + 0.95, -0.6)


def _order(keys: Sequence[Numbers]) -> Index:
    """Return organizations from most to least; what is equal but for rounding, by the next key."""
    sizes = [float(np.abs(key.values).max()) or 1.0 for key in keys]
    rounded = [-np.round(key.values / size, 9) for key, size in zip(keys, sizes, strict=True)]
    return np.lexsort(rounded[::-1])


def _others(count: int) -> str:
    return f"{count} others: median\nand {PERCENT[0]}–{PERCENT[1]} %"


LINES = 7  # of more organizations that have lines of their own


def lines_by_organization(axis: Any, names: Sequence[str], x: Any, table: Array, unit: str) -> str:
    """Draw a line for each organization over x, named at its end; say what a caption must.

    Up to 12 have lines. Of more, the 7 that have most at the end are named, and the others are
    their median and the band that holds 80 % of them.

    Parameters
    ----------
    table : shape (len(x), N)
    """
    few = len(names) <= FEW
    last = np.array([_last(table[:, n]) for n in range(len(names))])
    order = np.argsort(-np.nan_to_num(last, nan=-np.inf), kind="stable")
    shown = range(len(names)) if few else order[:LINES]
    for k, n in reversed(list(enumerate(map(int, shown)))):  # the first ones on top
        axis.plot(x, table[:, n], **look(k).line(len(x)))
        if np.isfinite(last[n]):
            label_end(axis, float(last[n]), short(names[n]), look(k).color)
    for n, name in enumerate(names):
        keep(axis, name, x, table[:, n], unit)
    if few:
        return ""
    rest = table[:, order[LINES:]]
    known = np.isfinite(rest).any(axis=1)
    low, middle, high = (np.full(len(x), np.nan) for _ in range(3))
    low[known], middle[known], high[known] = np.nanpercentile(
        rest[known], [PERCENT[0], 50, PERCENT[1]], axis=1
    )
    axis.fill_between(x, low, high, color=GRAY, alpha=BAND, lw=0)
    axis.plot(x, middle, color=GRAY, lw=2.5)
    if np.isfinite(end := _last(middle)):
        label_end(axis, end, _others(len(names) - LINES), GRAY)
    return f"The {LINES} largest of {len(names)} at the end are named."


def _last(values: Array) -> float:
    """Return the last number that is one."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if known.size else float("nan")
