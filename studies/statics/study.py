"""Comparative statics: what a parameter does to contributions, payoffs, transfers and welfare."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import Mechanism, SeparableRule
from coopetition.mechanisms.transfers import NoTransfer
from coopetition.solvers import Optimum, solve, solve_planner
from coopetition.solvers.sensitivity.change import Change, form_change, payoff_change
from coopetition.solvers.sensitivity.point import Sensitivity, sensitivity
from coopetition.studies.own import OwnRule
from coopetition.studies.rules import make_rule
from coopetition.studies.settings import MechanismSettings
from coopetition.studies.statics.events import next_event
from coopetition.studies.statics.parameters import Parameter, State, parameter
from coopetition.studies.statics.result import Effect, ParameterStatics, Statics, effect_of

Prices = Literal["fixed", "anew"]
STEP = 1e-4  # of a parameter, for prices made anew
PER_ORGANIZATION = ("contribution", "gain", "payoff", "transfer", "net_payoff")


def comparative_statics(
    game: CoopetitionRound,
    wrt: str | Sequence[str],
    rule: MechanismSettings | SeparableRule | Mechanism | None = None,
    *,
    prices: Prices = "fixed",
    span: float = 0.5,
) -> Statics:
    """Say what each of some parameters does to the equilibrium and all that follows from it.

    Effects are exact derivatives. The active set, who contributes nothing, something or all it
    can, is followed in both directions; each change found is between two solves.

    Parameters
    ----------
    wrt : names
        Such as "damage", "value", "value:North", "gain.exponent", "rate"; see
        `coopetition.studies.statics.parameters`.
    rule : settings or a separable rule, optional
        In force; fees move nothing.
    prices : "fixed" or "anew"
        Whether the rule's numbers stay as they are, or are made anew for the changed round, such
        as prices for its new optimum: needs settings, and is by differences.
    span : float
        How far the active set is followed, as a share of the parameter; where that is 0, of what
        moves somebody's marginal payoff by its own terms.

    Raises
    ------
    InvalidInputError
        If there is no such parameter, or prices cannot be made anew.
    UnsupportedGameError
        If the equilibrium is not unique, or the rule not separable.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> found = comparative_statics(game, "damage", span=1.0)
    >>> found["damage"]["welfare"].direction, found["damage"].above.changes[0][1]
    ('falls', 'stops contributing')
    """
    if not (np.isfinite(span) and span > 0):
        raise InvalidInputError(f"`span` must be positive, got {span!r}")
    own = _rule(game, rule)
    found = sensitivity(game, own)
    planner = solve_planner(game, start=found.piece.profile)
    anew = rule if isinstance(rule, MechanismSettings) else None
    if prices not in ("fixed", "anew"):
        raise InvalidInputError(f"`prices` must be fixed or anew, got {prices!r}")
    if prices == "anew" and anew is None and own is not None:
        raise InvalidInputError("`prices` can be made anew only for a rule given as settings")
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    if not names:
        raise InvalidInputError("`wrt` must name at least one parameter")
    blocks = []
    for name in names:
        one = parameter(name, game, own)
        renewed = prices == "anew" and anew is not None and own is not None and name != "rate"
        if renewed and anew is not None:
            one = _renewed(one, anew, _scale(found, one))
        said = "no rule" if own is None else "held fixed"
        blocks.append(_block(found, one, "made anew, by differences" if renewed else said, planner,
                             span))  # fmt: skip
    return Statics(
        parameters=tuple(blocks), margin=found.margin, closest=found.closest, kink=found.kink
    )


def _rule(
    game: CoopetitionRound, rule: MechanismSettings | SeparableRule | Mechanism | None
) -> SeparableRule | None:
    """Return the separable rule in force, None for no transfers."""
    made: Any = rule
    if isinstance(rule, MechanismSettings):
        made = make_rule(game, rule, _target(game, rule))
    if isinstance(made, Mechanism):
        made = made.rule
    if made is None or isinstance(made, NoTransfer):
        return None
    if not isinstance(made, SeparableRule):
        why = f"{type(made).__name__} is not one: its payments depend on several contributions"
        if isinstance(made, OwnRule):
            why = f"{made.name} does not promise to be one: let it return a SeparableRule"
        raise UnsupportedGameError(f"comparative statics need a separable rule, {why}")
    return made


def _target(game: CoopetitionRound, settings: MechanismSettings) -> Array | None:
    """Return the planner's optimum where the rule is made for it."""
    if not settings.entry.targeted:
        return None
    return solve_planner(game, start=solve(game).profile).raise_if_failed().profile


def _scale(found: Sensitivity, one: Parameter) -> float:
    """Return the parameter's size; at 0, what changes a marginal payoff by as much as its terms."""
    if one.value:
        return abs(one.value)
    piece = found.piece
    push = np.abs(piece.push(form_change(found.game, one.change(piece.profile), piece.omega)))
    felt = push > 0
    terms = piece.form.terms(piece.profile)[felt] / push[felt]
    return float(terms.min(initial=np.inf, where=terms > 0)) if (terms > 0).any() else 1.0


def _renewed(one: Parameter, settings: MechanismSettings, scale: float) -> Parameter:
    """Return a parameter that takes the rule along: made anew for each changed round."""

    def at(value: float) -> State:
        game = one.at(value)[0]
        return game, _rule(game, settings)

    def change(x: Array, value: float = one.value) -> Change:
        step = STEP * scale
        try:
            (above, rule), (below, other), width = at(value + step), at(value - step), 2 * step
        except InvalidInputError:  # at the end of what the parameter may be
            (above, rule), (below, other), width = at(value + step), at(value), step
        assert rule is not None
        assert other is not None
        return replace(
            one.change(x),
            slope=(rule.slope - other.slope) / width,
            bend=(rule.bend - other.bend) / width,
            transfer=(rule(above, x) - other(below, x)) / width,
        )

    return replace(one, at=at, change=change)


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
