"""Maps over two varied numbers: cells of one size, whatever their values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import minus, wrapped
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import dress
from coopetition.output.pictures.units import Scale, powers
from coopetition.studies.pictures.sweep_lines import Reading, read_cells, total
from coopetition.studies.pictures.words import parameter_words
from coopetition.studies.sweep.sweep import Sweep

MOST_TICKS = 8  # on an axis
CROWDED = 34  # letters that stand side by side


def draw_maps(sweep: Sweep, panels: Sequence[Any], units: tuple[str, str], currency: str) -> str:
    """Draw welfare and total contribution as colors, lighter where there is more."""
    from matplotlib.ticker import FuncFormatter

    first, second = sweep.grid.axes
    x, y = (np.array(axis.values, dtype=float) for axis in (first, second))
    across, up = np.argsort(x), np.argsort(y)
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, total)
    titles, empty = ("Welfare", "Total contribution"), False
    for panel, title, unit, reading in zip(panels, titles, units, readings, strict=True):
        found = read_cells(sweep, reading)[np.ix_(across, up)]
        scale, empty = Scale.of(found.ravel()), bool(np.isnan(found).any())
        shown = panel.pcolormesh(np.ma.masked_invalid(found.T), cmap="cividis")
        panel.figure.colorbar(
            shown,
            ax=panel,
            label=wrapped(scale.unit(unit)),
            format=FuncFormatter(lambda value, _, scale=scale: scale.text(value)),
        )
        where = [f"{a!r}, {b!r}" for a in x[across].tolist() for b in y[up].tolist()]
        keep(panel, f"{title} at {first.name}, {second.name}", where, found.ravel(), unit)
        dress(panel, title)
        panel.grid(False)
        for varied, values, one in ((first, x[across], panel.xaxis), (second, y[up], panel.yaxis)):
            said, its = parameter_words(varied.path, currency, factor=varied.factor)
            most = MOST_TICKS
            places, texts, scale = cell_ticks(values, most)
            while one is panel.xaxis and sum(map(len, texts)) > CROWDED and most > 2:
                most -= 1
                places, texts, scale = cell_ticks(values, most)
            its = scale.unit(its) if its or scale.exponent or scale.offset else ""
            one.set_ticks(places, texts)
            one.set_label_text(wrapped(f"{said} ({its})" if its else said))
    return "White cells have no equilibrium." if empty else ""


def cell_ticks(values: Array, most: int = MOST_TICKS) -> tuple[Array, list[str], Scale]:
    """Return the middles of some cells, the values computed there, and their scale.

    Examples
    --------
    >>> places, said, _ = cell_ticks(np.geomspace(0.001, 1.0, 13))
    >>> places.tolist(), said[:3]
    ([0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5], ['0.001', '0.003162', '0.01'])
    """
    picked: Any = np.arange(0, values.size, -(-values.size // most))
    chosen = values[picked]
    wide = chosen.min() > 0 and chosen.max() / chosen.min() > 1e3
    scale = Scale() if wide else Scale.of(chosen)
    said = [_cell(value, scale, 4) for value in chosen]
    if len(set(said)) < len(said):
        said = [_cell(value, scale, 15) for value in chosen]
    return picked + 0.5, said, scale


def _cell(value: float, scale: Scale, digits: int) -> str:
    shown = float(f"{(value - scale.offset) / 10.0**scale.exponent:.{digits}g}")
    return powers(shown) if digits <= 6 else minus(f"{shown:,.{digits}g}")
