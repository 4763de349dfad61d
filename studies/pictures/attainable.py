"""The picture of shares: how much of what cooperation can add each rule brings about.

0 is where nobody generates, 1 the planner's optimum; welfare itself, which hides the difference,
stands beside.
"""

from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.output.numbers import share
from coopetition.output.pictures.labels import beside, legend, minus, plain, short
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import (
    BLUE,
    DARK,
    GRAY,
    GREEN,
    LIGHT,
    ORANGE,
    SKY,
    Look,
    axes_for,
    dress,
    finish,
)
from coopetition.output.pictures.units import Scale
from coopetition.studies.compare.result import Comparison
from coopetition.studies.pictures.comparison import kind_of

LOOKS = {  # of the kinds of a comparison
    "rule": Look(BLUE),
    "rule that is not budget balanced here": Look(SKY, "////"),
    "no rule": Look(ORANGE, "xxxx"),
    "baseline": Look(LIGHT),
    "planner": Look(GREEN, "...."),
    "paid by an outsider": Look(GREEN, "----"),
}
LEAST, NUMBER, MOST = -0.5, 1.02, 1.2  # of the axis: where it is cut, where numbers stand, its end


def draw_attainable(
    table: Comparison, ax: Any = None, *, name: str = "", currency: str = "money"
) -> Any:
    """Draw the share of the attainable gain that each rule and baseline has, best on top.

    Parameters
    ----------
    ax
        One matplotlib axes; None for a new figure.
    name
        The scenario's, for the caption.
    currency
        What welfare is in.

    Returns
    -------
    axes

    Raises
    ------
    InvalidInputError
        If no share is known, as where the planner has nobody generate; or `ax` is another number
        of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    rows = table.sorted_by("welfare").rows
    shares = np.array([np.nan if r.attainable_share is None else r.attainable_share for r in rows])
    known = np.isfinite(shares)
    if not known.any():
        raise InvalidInputError(
            "there is no attainable gain to draw shares of: welfare is not known to be larger than "
            "where nobody generates"
        )
    (axis,) = axes_for(ax, 1, (8.4, 2.2 + 0.3 * len(rows)))
    kinds = [kind_of(row) for row in rows]
    for kind in LOOKS:
        places = [k for k in np.flatnonzero(known) if kinds[k] == kind]
        if places:
            axis.barh(places, shares[places], 0.7, label=kind, **LOOKS[kind].bar())
    low = max(min(0.0, 1.15 * float(shares[known].min())), LEAST)
    for k, row in enumerate(rows):
        said = "not known" if row.attainable_share is None else share(row.attainable_share) or ""
        if shares[k] < low:
            said = f"◂ {said}"
        color = DARK if known[k] else GRAY
        axis.text(NUMBER, k, minus(said), va="center", fontsize=8, color=color)
    keep(axis, "share of the attainable gain", [row.rule for row in rows], shares, "1")
    welfare = np.array([row.welfare for row in rows])
    keep(axis, "welfare", [row.rule for row in rows], welfare, currency)
    scale = Scale(Scale.of([0.0, *welfare]).exponent)
    beside(axis, f"welfare,\n{scale.unit(currency)}", scale.texts(welfare))
    axis.set_yticks(range(len(rows)), [plain(short(row.rule, 32)) for row in rows], fontsize=9)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_xlim(low, MOST)
    ticks = [tick for tick in np.linspace(-0.5, 1, 7) if tick >= low]
    axis.set_xticks(ticks, [minus(f"{tick:g}") for tick in ticks])
    for mark in (0.0, 1.0):
        axis.axvline(mark, color=DARK, lw=1, zorder=1)
    axis.set_xlabel("share of the attainable gain: 0 = nobody generates, 1 = planner")
    dress(axis, "Share of the attainable gain", grid="x")
    axis.tick_params(axis="y", length=0)
    legend(axis, width=4.4)
    caption = f"Scenario {name}." * bool(name)
    if (shares[known] < low).any():
        caption += f" Bars with ◂ go on beyond {minus(f'{low:g}')}."
    return finish(
        [axis], ax is None, "What each rule attains of the possible gain", caption.strip()
    )
