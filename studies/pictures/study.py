"""Pictures of a solved round: what everybody contributes, and what everybody gets."""

from typing import Any

import numpy as np

from coopetition.output.pictures.labels import beside, short
from coopetition.output.pictures.organizations import (
    FEW,
    OTHERS,
    Numbers,
    draw_by_organization,
    height,
)
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import axes_for, finish
from coopetition.output.pictures.units import Scale
from coopetition.output.words import GENERAL
from coopetition.studies.measured.measured import Measured, MeasuredRound
from coopetition.studies.pictures.gain import draw_gain
from coopetition.studies.pictures.words import AFTER, NO_RULE, PLANNER, RULE, ruled
from coopetition.studies.solve.study import Study
from coopetition.studies.solve.study_table import unsolved

WIDE = 5.4  # inches of a panel


def draw_study(
    study: Study,
    ax: Any = None,
    *,
    name: str = "",
    currency: str = "money",
    measured: MeasuredRound | None = None,
) -> Any:
    """Draw contributions and payoffs by organization and, of a measured round, its gains.

    Parameters
    ----------
    ax
        Two matplotlib axes, three with a `measured` curve; None for a new figure.
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
    curve = measured if isinstance(measured, Measured) else None  # own gains have none to draw
    count, people = 3 if curve else 2, len(study.game.players)
    high = max(height(people), 4.4 if curve else 0.0)
    axes = axes_for(ax, count, (WIDE * count, high))
    words = measured.words if measured else study.words
    said = [
        _contributions(axes[0], study, words.contribution),
        _payoffs(axes[1], study, currency),
    ]
    if people <= FEW:
        axes[1].tick_params(labelleft=False)  # the same rows
    if curve:
        draw_gain(curve, axes[2], study=study)
    shown = "Contributions, payoffs and measured gains" if curve else "Contributions and payoffs"
    said = [f"Scenario {name}." * bool(name), *unsolved(study), *said]
    caption = " ".join([*said, OTHERS * (people > FEW)])
    return finish(axes, ax is None, f"{shown} under {ruled(study.settings)}", caption.strip())


def draw_contributions(study: Study, ax: Any = None, *, unit: str = GENERAL.contribution) -> Any:
    """Draw what each contributes without a rule, under the rule, and as a planner would.

    Parameters and errors are those of `draw_study`; `ax` is one axes.
    """
    axes = axes_for(ax, 1, (WIDE + 1, height(len(study.game.players))))
    said = _explained(study, _contributions(axes[0], study, unit))
    return finish(axes, ax is None, f"Contributions under {ruled(study.settings)}", said)


def draw_payoffs(study: Study, ax: Any = None, *, currency: str = "money") -> Any:
    """Draw by how much each is better off than in autarky.

    Where that is not known, than without a rule. Parameters and errors are those of `draw_study`;
    `ax` is one axes.
    """
    axes = axes_for(ax, 1, (WIDE + 1, height(len(study.game.players))))
    said = _explained(study, _payoffs(axes[0], study, currency))
    return finish(axes, ax is None, f"Payoffs under {ruled(study.settings)}", said)


def _explained(study: Study, said: str) -> str:
    return " ".join([*unsolved(study), *([said, OTHERS] if said else [])])


def _contributions(axis: Any, study: Study, unit: str) -> str:
    ruled_too = study.settings.rule != "none"
    groups = [Numbers("without a rule", study.free.profile, NO_RULE)]
    if ruled_too:
        groups.append(Numbers(f"under {short(study.settings.rule)}", study.contribution, RULE))
    groups.append(Numbers("planner", study.planner.profile, PLANNER))
    names = study.game.players
    return draw_by_organization(
        axis, names, groups, unit, title="Contribution", by=1 if ruled_too else 0
    )[0]


def _payoffs(axis: Any, study: Study, currency: str) -> str:
    alone, settings = study.outside["autarky"], study.settings
    transfers, fees = settings.rule != "none", settings.fees != "none"
    found = [("without a rule", study.free.payoffs, NO_RULE)]
    if transfers:
        found.append(("before transfers", study.payoff_before, RULE))
    if transfers or fees:
        found.append(("after transfers" + " and fees" * fees, study.payoff, AFTER))
    base, title, unit = np.zeros(len(study.free.payoffs)), "Payoff", currency
    known = isinstance(alone, np.ndarray)
    if isinstance(alone, np.ndarray):
        base, title, unit = alone, "Payoff over autarky", f"{currency} more than in autarky"
    elif transfers or fees:
        base, title = study.free.payoffs, "Payoff over no rule"
        found, unit = found[1:], f"{currency} more than without a rule"
    groups = [Numbers(name, values - base, look) for name, values, look in found]
    names = study.game.players
    said, _ = draw_by_organization(axis, names, groups, unit, title=title, ends=True)
    if known:
        keep(axis, "in autarky", names, base, currency)
        if len(names) <= FEW:
            scale = Scale.of([0.0, *base])
            beside(axis, f"in autarky,\n{scale.unit(currency)}", scale.texts(base))
    return said
