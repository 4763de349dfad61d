"""The picture of a design: what is to be contributed, what everybody gets, and who pays."""

from typing import Any

from coopetition.output.pictures.organizations import (
    FEW,
    OTHERS,
    Numbers,
    draw_by_organization,
    height,
)
from coopetition.output.pictures.style import PURPLE, Look, axes_for, finish
from coopetition.output.words import GENERAL
from coopetition.studies.design.result import Design
from coopetition.studies.pictures.words import AFTER, PLANNER, RULE

PAID = Look(PURPLE)


def draw_design(
    design: Design, ax: Any = None, *, currency: str = "money", unit: str = GENERAL.contribution
) -> Any:
    """Draw a designed mechanism: target, payoffs over the outside option, and net payments.

    Parameters
    ----------
    ax
        Three matplotlib axes; None for a new figure.
    currency, unit
        What payoffs and contributions are in.

    Returns
    -------
    array of axes

    Raises
    ------
    InvalidInputError
        If there is no mechanism, with the conflict; or `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    names, target = design.game.players, design.target.profile
    earned = design.game.payoffs(target)
    net, before = design.payoff - earned, earned - design.outside
    axes = axes_for(ax, 3, (15.5, height(len(names))))
    panels = (
        ("Contribution", unit, False, [Numbers("designed", target, RULE),
                                       Numbers("planner", design.planner.profile, PLANNER)]),
        ("Payoff over the outside option", f"{currency} more than outside", True,
         [Numbers("before payments", before, RULE),
          Numbers("after payments", design.payoff - design.outside, AFTER)]),
        ("Net payment", f"{currency} received", True, [Numbers("received less paid", net, PAID)]),
    )  # fmt: skip
    said = []
    for axis, (title, its, ends, groups) in zip(axes, panels, strict=True):
        by = 0 if title == "Contribution" else -1
        said.append(
            draw_by_organization(axis, names, groups, its, title=title, by=by, ends=ends)[0]
        )
        if len(names) <= FEW and axis is not axes[0]:
            axis.tick_params(labelleft=False)  # the same rows
    title = "Designed contributions, payoffs and payments"
    caption = " ".join([*said, OTHERS]) if len(names) > FEW else ""
    return finish(axes, ax is None, title, caption)
