"""All rules and baselines on one round, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from coopetition.games.aggregate import AggregativeGame
from coopetition.games.errors import CoopetitionError, InvalidInputError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import AggregativeRule, TransferRule, k_implementation
from coopetition.solvers import Optimum
from coopetition.studies.baselines import (
    random_generation,
    without_competition,
    without_generation,
)
from coopetition.studies.comparison import VERDICTS, Comparison, Row
from coopetition.studies.entrants import entrants
from coopetition.studies.outside import Autarky, RuleMaker
from coopetition.studies.rules import make_rule, rule_maker, settings_of
from coopetition.studies.settings import MechanismSettings, switched
from coopetition.studies.shown import efficiency
from coopetition.studies.study import Study, run_study
from coopetition.studies.subcoalitions import LIMIT, known_subcoalitions

SEARCHED = 50  # organizations at most, where equilibria under a rule must be searched
FEW = 4  # organizations at most, where sub-coalitions are solved unasked, or by search
DEAR = 8  # at most, where each sub-coalition needs its own optimum; all measured: seconds a rule


Chosen = MechanismSettings | TransferRule | RuleMaker | str | None


def compare(
    game: CoopetitionRound,
    settings: Chosen | Sequence[Chosen] = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    alone: Autarky | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Score every baseline and rule, with the scenario's fees on the rules.

    Every rule of the catalogue is scored, with the parameters that the scenario gives.
    Redistribution, in both its forms, takes the scenario's κ, or where it has none the best for
    welfare that a search finds; partial Pigou has α = 1/2 unless it is given. A rule of your own is
    scored after them: `settings` may be the function itself, as in `run_study`, or a list of
    several, of which the first says the fees. k-implementation is no rule but what an outsider
    would pay for the optimum.

    Rules whose equilibria must be searched are not computed above 50 organizations. The best
    sub-coalitions are solved for each rule up to 4 organizations, and if the settings ask for them
    up to 12 (8 for rules made for the optimum, 4 where equilibria must be searched).

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> table = compare(game, draws=100)
    >>> [row.name for row in table.rows][:6]
    ['VCFL', 'WCO', 'RaDG', 'WPR', 'redistribution', 'redistribution-published']
    >>> round(table["redistribution"].efficiency, 6), round(table["WPR"].efficiency, 6)
    (1.0, 0.988817)
    """
    if draws < 2:  # one says nothing about the standard error
        raise InvalidInputError(f"`draws` must be at least 2, got {draws!r}")
    several = settings if isinstance(settings, list | tuple) else [settings]
    chosen = [settings_of(game, each) for each in several or [None]]
    names = [each.rule for each in chosen]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(
                f"the rules to compare must have distinct names, got {name} twice"
            )
    tell = progress or (lambda _: None)
    tell("baselines")
    free = run_study(game, replace(switched(chosen[0], "none"), fees="none"), alone=alone)
    parts = _parts(free, alone)
    rows = _baselines(game, free, parts, draws, seed)
    rows.append(_rule_row(free, parts, "WPR", "equilibrium without a rule"))
    best = free.planner
    for name, mine, note in entrants(game, chosen, tell):
        tell(name)
        row, planner = _scored(game, name, mine, alone, note)
        rows.append(row)
        best = max(best, planner or best, key=lambda known: known.welfare)
    if best.welfare > free.planner.welfare:  # whose search fell short of what a rule brings
        rows = [replace(row, efficiency=efficiency(row.welfare, best.welfare)) for row in rows]
    rows.append(_subsidized(free, best, parts))
    rows.append(
        Row(
            name="planner",
            kind="bound",
            welfare=best.welfare,
            efficiency=1.0 if best.welfare > 0 else None,
            contribution=float(best.profile.sum()),
            deficit=0.0,
            payments=0.0,
            slack_autarky=_slack(best.payoffs, free.outside["autarky"]),
            note=best.known,
        )
    )
    return Comparison(tuple(rows))


def _scored(
    game: CoopetitionRound,
    name: str,
    settings: MechanismSettings,
    alone: Autarky | str | None,
    note: str,
) -> tuple[Row, Optimum | None]:
    """Score one rule, a row that says why where it cannot be; and the best profile known to it."""
    size = len(game.players)
    try:
        kind = type(make_rule(game, settings, None)) if settings.own else settings.entry.kind
        aggregative = issubclass(kind, AggregativeRule)
        if size > SEARCHED and not aggregative:
            why = f"searched on payoffs: not computed above {SEARCHED} organizations"
            return _failed(name, why), None
        dear = settings.entry.targeted or settings.own
        most = FEW if not aggregative else DEAR if dear else LIMIT
        why = f"a comparison solves the sub-coalitions of {name} up to {most} organizations"
        study = run_study(game, settings, alone=alone, parts=why if size > most else None)
        parts = _parts(study, alone)
    except CoopetitionError as error:
        return _failed(name, str(error)), None
    if study.audit["optimum-is-equilibrium"].holds and not note.startswith(("κ", "no damage")):
        note = "; ".join(filter(None, (note, "the planner's optimum is an equilibrium")))
    return _rule_row(study, parts, name, note), study.planner


def _subsidized(free: Study, best: Optimum, parts: Array | None) -> Row:
    """Score what an outsider would pay to make the planner's optimum everybody's choice."""
    offer = k_implementation(free.game, target=best.profile)
    return Row(
        name="k-implementation",
        kind="bound",
        welfare=best.welfare,
        efficiency=1.0 if best.welfare > 0 else None,
        contribution=float(best.profile.sum()),
        deficit=offer.total,
        payments=offer.total,
        **_slacks(best.payoffs + offer.each, free, parts),
        note="no rule: what an outsider promises so that the planner's optimum is dominant",
    )


def _parts(study: Study, alone: Autarky | str | None) -> Array | None:
    """Return the best sub-coalitions where they are asked for, or cost next to nothing."""
    parts = study.parts
    few = len(study.game.players) <= FEW and isinstance(study.induced, AggregativeGame)
    if parts is None and few:
        parts = known_subcoalitions(study.game, rule_maker(study.game, study.settings), alone)
    return None if parts is None or isinstance(parts, str) else parts.option


def _slack(payoffs: Array, outside: Array | str | None) -> float | None:
    return float((payoffs - outside).min()) if isinstance(outside, np.ndarray) else None


def _slacks(payoffs: Array, study: Study, parts: Array | None) -> dict[str, Any]:
    """Return the least gain over each outside option under a study's rule."""
    return {
        "slack_autarky": _slack(payoffs, study.outside["autarky"]),
        "slack_exit": _slack(payoffs, study.outside["exit"]),
        "slack_sub_coalition": _slack(payoffs, parts),
    }


def _baselines(
    game: CoopetitionRound, free: Study, parts: Array | None, draws: int, seed: int
) -> list[Row]:
    drawn = random_generation(game, draws, seed)
    entries: list[tuple[str, Array, Array, float | None, str]] = []
    for name, profile, note in (
        ("VCFL", without_generation(game), "nobody generates"),
        ("WCO", without_competition(game), "competition ignored when choosing"),
    ):
        entries.append((name, profile, game.payoffs(profile), None, note))
    note = f"uniform contributions, mean of {draws} draws"
    entries.append(("RaDG", drawn.contribution, drawn.payoff, drawn.standard_error, note))
    best = free.planner.welfare
    return [
        Row(
            name=name,
            kind="baseline",
            welfare=float(payoffs.sum()),
            standard_error=error,
            efficiency=efficiency(float(payoffs.sum()), best),
            contribution=float(profile.sum()),
            deficit=0.0,
            payments=0.0,
            **_slacks(payoffs, free, parts),
            note=note,
        )
        for name, profile, payoffs, error, note in entries
    ]


def _rule_row(study: Study, parts: Array | None, name: str, note: str) -> Row:
    failed = [] if study.equilibrium.success else [study.equilibrium.status.value]
    count = len(study.equilibrium.listed or ())
    several = [f"{count} equilibria, this has the highest welfare"] if count > 1 else []
    moved = study.transfer + study.fee
    return Row(
        name=name,
        kind="rule",
        welfare=study.welfare,
        efficiency=study.efficiency,
        contribution=float(study.contribution.sum()),
        deficit=study.deficit,
        payments=float(max(moved[moved > 0].sum(), -moved[moved < 0].sum())),
        **_slacks(study.payoff, study, parts),
        epsilon=study.equilibrium.certificate.epsilon,
        **_verdicts(study),
        note="; ".join([*failed, *([note] if note else []), *several]),
    )


def _verdicts(study: Study) -> dict[str, Any]:
    """Return the audit's verdicts, one word each."""
    option = study.settings.measured_against
    names = ("budget-balance", "optimum-is-equilibrium", "potential-kept")
    found = [study.audit[name] for name in (*names, f"individual-rationality-{option}")]
    words = ["fails" if p.holds is False else str(p.claim or "unknown") for p in found]
    return dict(zip(VERDICTS, words, strict=True))


def _failed(name: str, why: str) -> Row:
    nothing = float("nan")
    return Row(
        name=name,
        kind="rule",
        welfare=nothing,
        contribution=nothing,
        deficit=nothing,
        payments=nothing,
        note=why,
    )
