"""The picture of a sweep: lines over one varied number, a map over two."""

from typing import Any

from coopetition.output.pictures.style import axes_for, axes_height, finish
from coopetition.studies.pictures.sweep_lines import lines_of_one, lines_of_words
from coopetition.studies.pictures.sweep_map import draw_maps
from coopetition.studies.pictures.words import parameter_words
from coopetition.studies.sweep.sweep import Sweep, drawable


def draw_sweep(sweep: Sweep, ax: Any = None, *, name: str = "", currency: str = "money") -> Any:
    """Draw welfare and contributions over what is varied.

    Over one number: welfare beside the planner's, and each organization's contribution. Over a
    number and words: welfare and total contribution, a line for each word. Over two numbers: maps
    of both. Cells without an equilibrium stay empty.

    Parameters
    ----------
    ax
        Two matplotlib axes; None for a new figure.
    name
        The scenario's, for the caption.
    currency
        What welfare is in.

    Returns
    -------
    array of axes

    Raises
    ------
    InvalidInputError
        If more than two fields are varied, or none of them with numbers, or `ax` is another number
        of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    drawable(sweep.grid)
    varied = sweep.grid.axes
    units = currency, sweep.words.contribution
    one, maps = len(varied) == 1, all(axis.numeric for axis in varied)
    named = max((len(axis.values) for axis in varied if not axis.numeric), default=0)
    axes = axes_for(ax, 2, (13.0, axes_height(named)))
    if one:
        said = lines_of_one(sweep, axes, units, currency)
    elif maps:
        said = draw_maps(sweep, axes, units, currency)
    else:
        said = lines_of_words(sweep, axes, units, currency)
    over = " and ".join(
        parameter_words(axis.path, currency, factor=axis.factor)[0] for axis in varied
    )
    caption = f"{f'Scenario {name}.' * bool(name)} {said}".strip()
    return finish(axes, ax is None, f"Welfare and contributions over {over}", caption)
