"""The picture of best responses: what each of two answers to the other, and where they meet."""

from collections.abc import Sequence
from typing import Any

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import legend, plain, short
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import (
    BLACK,
    BLUE,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    VERMILLION,
    Look,
    axes_for,
    dress,
    finish,
)
from coopetition.output.pictures.units import show_unit
from coopetition.output.words import GENERAL
from coopetition.studies.pictures.two_players import (
    ReplyCurve,
    Solved,
    TwoPlayers,
    reply_curve,
    reply_path,
    two_players,
    window,
)
from coopetition.studies.pictures.words import under

SIZE = 6.6, 6.2
KEY = 4.4  # inches for the legend
LOOKS = Look(BLUE), Look(VERMILLION, "", "--")
MARKS = {"planner": ("^", GREEN), "without a rule": ("D", ORANGE)}
EDGE = 0.03  # of the window: room beyond a bound, so that what lies on it is seen


def draw_best_responses(
    result: Solved,
    ax: Any = None,
    *,
    pair: Sequence[str] | None = None,
    name: str = "",
    unit: str = GENERAL.contribution,
) -> Any:
    """Draw what each of two players answers to the other, with the equilibrium.

    Of more than two players the others keep to the equilibrium. Where a best response jumps, its
    line is broken.

    Parameters
    ----------
    result
        A solved round, a design, or a game with one number per player, which is solved.
    ax
        One matplotlib axes; None for a new figure.
    pair
        Two names; by default the two who contribute most.
    name
        The scenario's, for the caption.
    unit
        What contributions are counted in.

    Returns
    -------
    axes

    Raises
    ------
    UnsupportedGameError
        If there is one player only, or players choose more than one number.
    InvalidInputError
        If the pair is not two names of players, or `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    two = two_players(result, pair)
    curves = reply_curve(two, 0), reply_curve(two, 1)
    (axis,) = axes_for(ax, 1, SIZE)
    _draw_curve(axis, two, curves[0], 0, unit)
    _draw_curve(axis, two, curves[1], 1, unit)
    frame(axis, two, *window(two, curves, reply_path(two)), unit)
    mark_points(axis, two, unit)
    dress(axis, both(two), grid="both")
    legend(axis, width=KEY)
    return finish([axis], ax is None, f"Best responses{under(result)}", others(two, name))


def _draw_curve(axis: Any, two: TwoPlayers, curve: ReplyCurve, player: int, unit: str) -> None:
    label = f"{short(two.game.players[player], 20)} answers"
    x, y = (curve.own, curve.other) if player == 0 else (curve.other, curve.own)
    style = LOOKS[player].line() | {"marker": "", "lw": 2.0, "clip_on": True}
    axis.plot(x, y, label=plain(label), **style)
    if y.size == 1:  # the other cannot move
        axis.plot(x, y, marker="o", ls="", color=LOOKS[player].color)
    keep(
        axis, f"best response of {two.game.players[player]}", curve.other.tolist(), curve.own, unit
    )


def frame(axis: Any, two: TwoPlayers, low: Array, high: Array, unit: str) -> None:
    """Set the window, draw the bounds that are in it, and say on the axes who contributes."""
    box = two.game.spaces
    for along, player in (("x", 0), ("y", 1)):
        a, b = float(low[player]), float(high[player])
        room = EDGE * (b - a) or max(abs(a), 1.0)
        (axis.set_xlim if along == "x" else axis.set_ylim)(a - room, b + room)
        line = axis.axvline if along == "x" else axis.axhline
        for bound in {float(box.lower[player]), float(box.upper[player])}:
            if a <= bound <= b:
                line(bound, color=GRAY, lw=0.8, ls=":", zorder=1)
        scale = show_unit(axis, unit, along, before=short(two.game.players[player]))
        if b < box.upper[player]:
            one = axis.xaxis if along == "x" else axis.yaxis
            most = scale.text(float(f"{float(box.upper[player]):.4g}"))
            one.set_label_text(f"{one.get_label_text()}\nmay be up to {most}")


def mark_points(axis: Any, two: TwoPlayers, unit: str) -> None:
    """Mark the equilibria, and the planner's and the free profile of a game of two."""
    names = two.game.players
    for said, at in two.marks.items():
        marker, color = MARKS[said]
        axis.plot(*at, marker, ms=11, mew=2, mfc="none", color=color, label=said, zorder=5)
        keep(axis, said, names, at, unit)
    first, *rest = two.equilibria
    said, mark = ("equilibrium", "o") if two.certified else ("no equilibrium", "X")
    axis.plot(*first, mark, ms=8, color=BLACK, mec="white", label=said, zorder=6)
    keep(axis, said, names, first, unit)
    for k, at in enumerate(rest):
        said = "other equilibria" if k == 0 else "_"
        axis.plot(*at, "o", ms=7, mfc="white", mew=1.5, color=DARK, label=said, zorder=6)
        keep(axis, f"equilibrium {k + 2}", names, at, unit)


def both(two: TwoPlayers) -> str:
    """Return the names of the two."""
    return " and ".join(map(short, two.game.players))


def others(two: TwoPlayers, name: str) -> str:
    """Return what a caption says of those who are not drawn."""
    said = [f"Scenario {name}."] * bool(name)
    if two.others:
        who = "other keeps" if two.others == 1 else f"{two.others} others keep"
        said.append(f"The {who} to {'the equilibrium' if two.certified else 'this profile'}.")
    if not two.certified:
        said.append("Where × is the search ended: no equilibrium was found.")
    return " ".join([*said, "Dotted: the bounds."])
