"""The picture of a play: gains, contributions and cumulative payoffs by round."""

from typing import Any

from coopetition.output.pictures.labels import label_end
from coopetition.output.pictures.organizations import lines_by_organization
from coopetition.output.pictures.series import line
from coopetition.output.pictures.style import DARK, GRAY, Look, axes_for, dress, finish
from coopetition.output.pictures.units import show_unit
from coopetition.studies.pictures.words import ruled
from coopetition.studies.play.play import Play

REALIZED, PREDICTED = Look(DARK), Look(GRAY, "", "--", "s")


def draw_play(play: Play, ax: Any = None) -> Any:
    """Draw gains, contributions and cumulative payoffs by round.

    Parameters
    ----------
    ax
        Three matplotlib axes; None for a new figure.

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
    scenario = play.scenario
    axes = axes_for(ax, 3, (16.5, 4.6))
    gain, made, payoff = axes
    words, number = play.words, play.table("number")
    gains = [("realized", "gain_realized", REALIZED)]
    if scenario.oracle:
        gains.append(("predicted", "gain_predicted", PREDICTED))
    for name, field, look in gains:
        line(gain, name, number, play.table(field), look, words.gain)
        label_end(gain, float(play.table(field)[-1]), name, look.color)
    contribution = play.table("contribution")
    said = lines_by_organization(
        made, scenario.organizations, number, contribution, words.contribution
    )
    total = play.table("payoff").cumsum(axis=0)
    lines_by_organization(payoff, scenario.organizations, number, total, scenario.currency)
    made.set_ylim(0.0, 1.06 * float(contribution.max()) or 1.0)
    for axis, title, unit in (
        (gain, "Gain of the shared model", words.gain),
        (made, "Contribution", words.contribution),
        (payoff, "Cumulative payoff", scenario.currency),
    ):
        dress(axis, title)
        show_unit(axis, unit)
        axis.set_xlabel("round")
        axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    title = f"Gains, contributions and cumulative payoffs under {ruled(scenario.mechanism)}"
    return finish(axes, ax is None, title, f"Scenario {scenario.name}. {said}".strip())
