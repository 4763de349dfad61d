"""The picture of a play: gains, contributions, cumulative payoffs, prediction errors by round."""

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
    """Draw gains, contributions and cumulative payoffs by round; of own gains, errors too.

    Parameters
    ----------
    ax
        Three matplotlib axes, four where everybody has its own gain; None for a new figure.

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
    scenario, own = play.scenario, play.own_gains
    axes = axes_for(ax, 4 if own else 3, (21.0 if own else 16.5, 4.6))
    gain, made, payoff = axes[:3]
    words, number, names = play.words, play.table("number"), scenario.organizations
    if own:
        lines_by_organization(gain, names, number, play.table("gain"), words.gain)
    else:
        _draw_shared(play, gain)
    contribution = play.table("contribution")
    said = lines_by_organization(made, names, number, contribution, words.contribution)
    total = play.table("payoff").cumsum(axis=0)
    lines_by_organization(payoff, names, number, total, scenario.currency)
    made.set_ylim(0.0, 1.06 * float(contribution.max()) or 1.0)
    titles = [
        (gain, "Everybody's own gain" if own else "Gain of the shared model", words.gain),
        (made, "Contribution", words.contribution),
        (payoff, "Cumulative payoff", scenario.currency),
    ]
    if own:
        error = play.table("payoff_error")
        lines_by_organization(axes[3], names, number, error, scenario.currency)
        axes[3].axhline(0.0, color=GRAY, lw=1)
        titles.append((axes[3], "Payoff, realized less predicted", scenario.currency))
    for axis, title, unit in titles:
        dress(axis, title)
        show_unit(axis, unit)
        axis.set_xlabel("round")
        axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    what = "Gains, contributions, payoffs and their errors" if own else "Gains, contributions and"
    what += "" if own else " cumulative payoffs"
    title = f"{what} under {ruled(scenario.mechanism)}"
    return finish(axes, ax is None, title, f"Scenario {scenario.name}. {said}".strip())


def _draw_shared(play: Play, axis: Any) -> None:
    """Draw the gain of the shared model, with what was predicted where it was measured."""
    gains = [("realized", "gain_realized", REALIZED)]
    if play.scenario.oracle:
        gains.append(("predicted", "gain_predicted", PREDICTED))
    for name, field, look in gains:
        line(axis, name, play.table("number"), play.table(field), look, play.words.gain)
        label_end(axis, float(play.table(field)[-1]), name, look.color)
