"""Comparative statics: what a parameter does to contributions, payoffs, transfers and welfare."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound, one_curve
from coopetition.mechanisms import Mechanism, SeparableRule, TransferRule
from coopetition.output.progress import Progress, silent
from coopetition.solvers import Optimum, solve_planner
from coopetition.solvers.sensitivity.change import Change, form_change, payoff_change
from coopetition.solvers.sensitivity.derivatives import Sensitivity, sensitivity
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.statics.difference_effects import by_differences
from coopetition.studies.statics.events import next_event
from coopetition.studies.statics.parameters import Parameter
from coopetition.studies.statics.result import (
    EXACT,
    PER_ORGANIZATION,
    Effect,
    ParameterStatics,
    Statics,
    effect_of,
)
from coopetition.studies.statics.with_rule import (
    RATE,
    is_setting,
    made_anew,
    named_parameter,
    renewed,
    rule_in_force,
)

Prices = Literal["fixed", "anew"]


def comparative_statics(
    game: TrainingRound,
    wrt: str | Sequence[str],
    rule: MechanismSettings | TransferRule | Mechanism | None = None,
    *,
    prices: Prices = "fixed",
    span: float = 0.5,
    progress: Progress = silent,
) -> Statics:
    """Say what each of some parameters does to the equilibrium and all that follows from it.

    Effects are exact derivatives under a separable rule; under any other they are differences of
    equilibria solved again, checked by two steps: `method` says which. The active set, who
    contributes nothing, something or all it can, is followed in both directions under a separable
    rule; each change found is between two solves.

    Parameters
    ----------
    wrt : names
        Dotted paths of the scenario, such as "competition.damage", "organization.North.value",
        "gain.exponent", "mechanism.rate"; see `coopetition.studies.statics.parameters`.
    rule : settings or a rule, optional
        In force; fees move nothing.
    prices : "fixed" or "anew"
        Whether the rule's numbers stay as they are, or are made again for the changed round, such
        as prices for its new optimum: needs settings, and is by differences.
    span : float
        How far the active set is followed, as a share of the parameter; where that is 0, of what
        moves somebody's marginal payoff by its own terms. Not used by differences.

    Raises
    ------
    InvalidInputError
        If there is no such parameter, or prices cannot be made again.
    UnsupportedGameError
        If everybody has its own gain, or the equilibrium is not unique; under a rule that is not
        separable, if it is not isolated, or there are more than 50 organizations.
    NotConvergedError
        Under such a rule, if no equilibrium is certified at the parameter or near it.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> found = comparative_statics(game, "competition.damage", span=1.0)
    >>> damage = found["competition.damage"]
    >>> damage["welfare"].direction, damage.above.changes[0][1]
    ('falls', 'stops contributing')
    """
    game = one_curve(game, "comparative statics")
    own, chosen = _asked(game, wrt, rule, prices, span)
    settings = rule if isinstance(rule, MechanismSettings) else None
    differed = not all(one.exact for one in chosen)
    if differed or (own is not None and not isinstance(own, SeparableRule)):
        anew = settings if prices == "anew" else None
        blocks = by_differences(game, own, chosen, anew, progress)
        return Statics(parameters=blocks, margin=None, closest=None, kink="")
    found = sensitivity(game, own)
    planner = solve_planner(game, start=found.piece.profile)
    answers = []
    for k, one in enumerate(chosen):
        progress("differentiating", k, len(chosen))
        said, its = "no rule" if own is None else "held fixed", one
        if is_setting(one.name):
            its = renewed(one, lambda state: state, abs(one.value) or 1.0)
            said = "made anew, by differences"
        elif prices == "anew" and settings is not None and own is not None and one.name != RATE:
            said, its = "made anew, by differences", made_anew(one, settings, _scale(found, one))
        answers.append(_block(found, its, said, planner, span))
    return Statics(
        parameters=tuple(answers), margin=found.margin, closest=found.closest, kink=found.kink
    )


def check_statics(
    game: CoopetitionRound,
    wrt: str | Sequence[str],
    rule: MechanismSettings | TransferRule | Mechanism | None = None,
    *,
    prices: Prices = "fixed",
    span: float = 0.5,
) -> None:
    """Refuse what `comparative_statics` could not answer, before anything is solved.

    The round's gain may be a stand-in for one that is still to be measured.

    Raises
    ------
    InvalidInputError
        As `comparative_statics`.
    """
    _asked(game, wrt, rule, prices, span, 0.5 * game.max_contribution)


def _asked(
    game: CoopetitionRound,
    wrt: str | Sequence[str],
    rule: MechanismSettings | TransferRule | Mechanism | None,
    prices: Prices,
    span: float,
    target: Array | None = None,
) -> tuple[TransferRule | None, list[Parameter]]:
    """Return the rule in force, by default made for the optimum, and the parameters asked for."""
    if not (np.isfinite(span) and span > 0):
        raise InvalidInputError(f"`span` must be positive, got {span!r}")
    if prices not in ("fixed", "anew"):
        raise InvalidInputError(f"`prices` must be fixed or anew, got {prices!r}")
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    if not names:
        raise InvalidInputError("`wrt` must name at least one parameter")
    own = rule_in_force(game, rule, target)
    settings = rule if isinstance(rule, MechanismSettings) else None
    if prices == "anew" and settings is None and own is not None:
        raise InvalidInputError("`prices` can be 'anew' only for a rule given as settings")
    return own, [named_parameter(name, game, own, settings) for name in names]


def _scale(found: Sensitivity, one: Parameter) -> float:
    """Return the parameter's size; at 0, what changes a marginal payoff by as much as its terms."""
    if one.value:
        return abs(one.value)
    piece = found.piece
    push = np.abs(piece.push(form_change(found.game, one.change(piece.profile), piece.omega)))
    felt = push > 0
    terms = piece.form.terms(piece.profile)[felt] / push[felt]
    return float(terms.min(initial=np.inf, where=terms > 0)) if (terms > 0).any() else 1.0


def _block(
    found: Sensitivity, one: Parameter, prices: str, planner: Optimum, span: float
) -> ParameterStatics:
    """Return one parameter's effects and the next changes of the active set."""
    change = one.change(found.piece.profile)
    scale = _scale(found, one)

    def solved(value: float) -> tuple[Sensitivity, Change]:
        there = sensitivity(*one.at(value))
        return there, one.change(there.piece.profile)

    noise = 1e-7 if "differences" in prices else 1e-12
    ends = (max(one.value - span * scale, one.least), one.value + span * scale)
    below, above = (next_event(solved, one.value, end, scale) for end in ends)
    return ParameterStatics(
        name=one.name,
        unit=one.unit,
        value=one.value,
        prices=prices,
        method=EXACT,
        effects=tuple(_effects(found, change, one.value, noise / scale, planner)),
        below=below,
        above=above,
    )


def _effects(
    found: Sensitivity, change: Change, value: float, noise: float, planner: Optimum
) -> list[Effect]:
    """Return the effects on all outcomes; of transfers only where there is a rule.

    `noise` is the share of an outcome below which an effect is rounding.
    """
    game, today, (left, right) = found.game, found.outcomes, found.sides(change)
    shown = PER_ORGANIZATION if found.rule is not None else PER_ORGANIZATION[:3]
    x = today.contribution
    money = np.max([*np.abs(game.payoff_terms(x)), np.abs(today.transfer)], axis=0)  # of each
    effects = []

    def add(name: str, who: str | None, numbers: Sequence[float], size: float) -> None:
        now, before, after = (float(number) for number in numbers)
        tiny = (1e-12 * size, noise * size)
        effects.append(effect_of(name, who, now, (before, after), value, tiny))

    for name in ("total_contribution", "effective_data", "welfare"):
        numbers = [getattr(one, name) for one in (today, left, right)]
        add(name, None, numbers, money.sum() if name == "welfare" else numbers[0])
    if planner.success and planner.welfare > 0:
        rate, ratio = _planner_rate(game, change, planner), today.welfare / planner.welfare
        both = [(side.welfare - ratio * rate) / planner.welfare for side in (left, right)]
        add("efficiency", None, [ratio, *both], 100.0)
    share = planner.attainable_share(today.welfare) if planner.success else None
    if share is not None:
        bare = float(payoff_change(game, change, 0.0 * x, 0.0 * x)[1].sum())  # of nobody's welfare
        rate, gain = _planner_rate(game, change, planner) - bare, planner.welfare - planner.nobody
        both = [(side.welfare - bare - share * rate) / gain for side in (left, right)]
        add("attainable_share", None, [share, *both], 100.0 * float(money.sum()) / gain)
    for name in shown:
        now, before, after = (getattr(one, name) for one in (today, left, right))
        own = name not in ("contribution", "gain")
        size = money if own else np.full(money.shape, np.abs(now).max())
        for n, player in enumerate(game.players):
            add(name, player, (now[n], before[n], after[n]), float(size[n]))
    return effects


def _planner_rate(game: CoopetitionRound, change: Change, planner: Optimum) -> float:
    """Return the derivative of the planner's welfare: of it only what does not go through x°."""
    x = planner.profile
    moved = np.where(x >= game.max_contribution, change.max_contribution, 0.0)
    return float(payoff_change(game, change, x, moved)[1].sum())
