"""The pictures of uncertainty: bands of payoffs by organization, and the tornado of inputs."""

from typing import Any

import numpy as np

from coopetition.output.pictures.labels import beside, legend, named
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import (
    BLUE,
    DARK,
    GREEN,
    ORANGE,
    Look,
    axes_for,
    dress,
    finish,
)
from coopetition.output.pictures.units import show_unit
from coopetition.studies.draws.uncertain_study import ARMS, InputEffect, UncertainStudy

MOST = 20  # organizations, and inputs
WIDE = 28  # letters of a name in one line
LOOKS = {"without": (ORANGE, "D"), "fixed": (BLUE, "o"), "remade": (GREEN, "^")}
APART = 0.24  # contracts of one organization


def draw_uncertainty(
    found: UncertainStudy, ax: Any = None, *, name: str = "", currency: str = "money"
) -> Any:
    """Draw from 5 to 95 % of everybody's payoff under each contract, and the tornado.

    At the right stands how often participation fails: without a rule, under the contract made
    today, and under the remade one.

    Parameters
    ----------
    ax
        Two matplotlib axes; None for a new figure.
    name
        The scenario's, for the caption.
    currency
        What payoffs are in.

    Returns
    -------
    array of axes

    Raises
    ------
    InvalidInputError
        If `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    shown = min(len(found.players), MOST)
    rows = max(1.4 * shown, 0.8 * min(len(found.inputs), MOST))
    axes = axes_for(ax, 2, (14.0, 2.6 + 0.42 * rows))
    _bands(axes[0], found, shown, currency)
    said = _bars(axes[1], found, currency)
    more = len(found.players) - shown
    fails = ["fails: how often an organization has less than outside, contract by contract."]
    hidden = fails + [f"{more} more organizations are not drawn."] * bool(more)
    caption = " ".join([f"Scenario {name}."] * bool(name) + hidden + said)
    return finish(axes, ax is None, f"What is uncertain {found.settings.phrase}", caption)


def draw_tornado(
    found: UncertainStudy, ax: Any = None, *, name: str = "", currency: str = "money"
) -> Any:
    """Draw welfare from 5 to 95 % with one input drawn at a time, the widest on top.

    At the right stand total Sobol' indices.

    Parameters
    ----------
    ax
        A matplotlib axes; None for a new figure.
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
        If `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    axes = axes_for(ax, 1, (8.0, 2.6 + 0.34 * min(len(found.inputs), MOST)))
    said = _bars(axes[0], found, currency)
    caption = " ".join([f"Scenario {name}."] * bool(name) + said)
    return finish(axes, ax is None, "Which input welfare hangs on", caption)


def _bands(axis: Any, found: UncertainStudy, shown: int, currency: str) -> None:
    place = np.arange(shown)
    for k, (arm, said) in enumerate(ARMS.items()):
        color, marker = LOOKS[arm]
        low, middle, high = found.payoff[arm][:, :shown]
        at = place + APART * (k - 1)
        label = "no contract" if arm == "without" else said
        axis.hlines(at, low, high, color=color, lw=3, alpha=0.55)
        axis.plot(middle, at, ls="", marker=marker, color=color, ms=6, label=label)
        for words, values in zip(("5 %", "50 %", "95 %"), found.payoff[arm], strict=True):
            keep(axis, f"{label}, {words}", found.players, values, currency)
    axis.set_yticks(place, [named(who, WIDE) for who in found.players[:shown]], fontsize=9)
    axis.set_ylim(shown - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    dress(axis, "Payoff: 5, 50 and 95 %", grid="x")
    show_unit(axis, currency, "x")
    legend(axis)
    texts = [" / ".join(f"{100 * found.fails[arm][n]:.3g}" for arm in ARMS) for n in range(shown)]
    beside(axis, "fails, %", texts)


def _bars(axis: Any, found: UncertainStudy, currency: str) -> list[str]:
    """Draw the tornado; return what of it is not drawn."""
    known = [one for one in found.inputs if np.isfinite(one.low) and np.isfinite(one.high)]
    known.sort(key=lambda one: one.low - one.high)
    shown, hidden = known[:MOST], known[MOST:]
    place = np.arange(len(shown))
    low = np.array([one.low for one in shown])
    wide = np.array([one.high for one in shown]) - low
    axis.barh(place, wide, 0.62, left=low, **Look(BLUE).bar())
    axis.axvline(found.welfare["remade"][1], color=DARK, lw=1)
    axis.set_yticks(place, [named(_called(one), WIDE) for one in shown], fontsize=9)
    axis.set_ylim(len(shown) - 0.4, -0.6)
    room = 0.04 * float((low + wide).max() - low.min()) if len(shown) else 0.0
    if room:
        axis.set_xlim(low.min() - room, (low + wide).max() + room)
    axis.tick_params(axis="y", length=0)
    dress(axis, "Welfare with one input drawn, 5 to 95 %", grid="x")
    show_unit(axis, currency, "x")
    beside(axis, "Sobol' total", [f"{one.sobol_total:.2g}" for one in shown])
    names = [one.name for one in known]
    keep(axis, "welfare 5 %", names, [one.low for one in known], currency)
    keep(axis, "welfare 95 %", names, [one.high for one in known], currency)
    said = ["Line: the median where all are drawn."]
    return said + [f"{len(hidden)} narrower inputs are not drawn."] * bool(hidden)


def _called(one: InputEffect) -> str:
    return one.name.removeprefix("organization.").removeprefix("competition.")
