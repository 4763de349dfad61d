"""The tornado of comparative statics: which parameters move an outcome most."""

from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.output.pictures.labels import beside, legend, minus, named
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import BLUE, DARK, VERMILLION, Look, axes_for, dress, finish
from coopetition.output.pictures.units import show_unit
from coopetition.studies.pictures.words import parameter_words
from coopetition.studies.statics.result import Effect, ParameterStatics, Statics

MOST = 20  # bars
WIDE = 28  # letters of a name in one line
RISES, FALLS = Look(BLUE), Look(VERMILLION, "////")


def draw_statics(
    statics: Statics, ax: Any = None, *, outcome: str = "welfare", organization: str | None = None
) -> Any:
    """Draw by how many percent an outcome changes when a parameter rises by one percent.

    The strongest effect is on top. A caption names the parameters that have no elasticity: those
    at a kink, those that are 0, and those whose effect is not known.

    Parameters
    ----------
    ax
        A matplotlib axes; None for a new figure.
    outcome, organization
        Which outcome, and whose, if it is one organization's.

    Returns
    -------
    axes

    Raises
    ------
    InvalidInputError
        If there is no such outcome, or no parameter has an elasticity.
    MissingDependencyError
        If matplotlib is not installed.
    """
    found = [(one, _effect(one, outcome, organization)) for one in statics.parameters]
    bars = [(one, e.elasticity) for one, e in found if e.elasticity is not None]
    if not bars:
        raise InvalidInputError(f"no parameter has an elasticity of {outcome}: nothing to draw")
    bars.sort(key=lambda bar: -abs(bar[1]))
    shown, hidden = bars[:MOST], bars[MOST:]
    axes = axes_for(ax, 1, (8.0, max(2.6, 1.9 + 0.34 * len(shown))))
    (axis,) = axes
    values = np.array([value for _, value in shown])
    place = np.arange(len(shown))
    for look, name, picked in ((RISES, "rises", values >= 0), (FALLS, "falls", values < 0)):
        if picked.any():
            axis.barh(place[picked], values[picked], 0.62, label=name, **look.bar())
    axis.axvline(0.0, color=DARK, lw=1)
    axis.set_yticks(place, [named(_called(one), WIDE) for one, _ in shown], fontsize=9)
    axis.set_ylim(len(shown) - 0.4, -0.6)
    words = outcome.replace("_", " ") + (f" of {organization}" if organization else "")
    dress(axis, f"Elasticity of {words}", grid="x")
    axis.tick_params(axis="y", length=0)
    unit = f"percent of {words} per percent of the parameter"
    show_unit(axis, unit, "x")
    legend(axis)
    beside(axis, "", [minus(f"{value:.3g}") for value in values])
    keep(axis, "elasticity", [one.name for one, _ in bars], [value for _, value in bars], unit)
    without = [_called(one) for one, e in found if e.elasticity is None]
    said = [f"No elasticity (kink, zero or unknown): {', '.join(without)}."] * bool(without)
    if hidden:
        said.append(f"{len(hidden)} smaller effects, at most {abs(hidden[0][1]):.2g}, not drawn.")
    return finish(axes, ax is None, f"What moves {words} most", " ".join(said))


def _called(one: ParameterStatics) -> str:
    return parameter_words(one.name, "", factor=one.unit == "factor")[0]


def _effect(one: ParameterStatics, outcome: str, organization: str | None) -> Effect:
    try:
        return one[outcome] if organization is None else one[outcome, organization]
    except KeyError:
        known = sorted({e.outcome for e in one.effects if e.organization == organization})
        raise InvalidInputError(
            f"`outcome` must be one of {', '.join(known)}, got {outcome!r:.60}"
        ) from None
