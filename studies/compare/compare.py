"""All rules and baselines on one round, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.competition import UniformCompetition
from coopetition.games.errors import CoopetitionError, InvalidInputError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import (
    RULES,
    AggregativeRule,
    TransferRule,
    k_implementation,
    redistribute,
    redistribution,
)
from coopetition.output.numbers import efficiency
from coopetition.output.progress import Progress, silent
from coopetition.output.words import GENERAL, Words
from coopetition.solvers import Optimum, solve, solve_planner
from coopetition.studies.compare.result import VERDICTS, Comparison, Row
from coopetition.studies.outside.outside import Autarky, RuleMaker
from coopetition.studies.outside.subcoalitions import LIMIT, known_subcoalitions
from coopetition.studies.scenario.mechanism_table import MechanismSettings, switched
from coopetition.studies.scenario.rules import make_rule, rule_maker, settings_of
from coopetition.studies.solve.remarks import remarks
from coopetition.studies.solve.study import Study, run_study

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill

# Baselines to compare a mechanism with (our reading of the names in the literature).
#
# VCFL: nobody generates. WCO: organizations ignore competition when they choose, payoffs are scored
# with it. RaDG: contributions drawn uniformly from [0, X]. WPR: the equilibrium without
# redistribution, which is the rule `none`.


CELLS = 1_000_000  # numbers drawn at once


@dataclass(frozen=True, slots=True, eq=False)
class RandomGeneration:
    """RaDG: means over draws, and the standard error of the mean welfare."""

    contribution: Array
    payoff: Array
    welfare: float
    standard_error: float
    draws: int


def without_generation(game: TrainingRound) -> Array:
    """Return VCFL's profile: zeros."""
    return np.zeros_like(game.max_contribution)


def without_competition(game: TrainingRound) -> Array:
    """Return WCO's profile: the equilibrium of the round with ρ = σ = 0."""
    nothing = UniformCompetition(0.0, len(game.players))
    return solve(game.replace(damage=nothing, rivalry=nothing)).profile


def random_generation(game: TrainingRound, draws: int, seed: int) -> RandomGeneration:
    """Return RaDG's averages over `draws` random profiles."""
    sequence = np.random.SeedSequence([seed, 1])
    rng, size = np.random.default_rng(sequence), len(game.players)
    welfare = np.empty(draws)
    contribution, payoff = np.zeros(size), np.zeros(size)
    step = max(1, CELLS // size)
    for start in range(0, draws, step):
        profiles = game.spaces.sample(rng, min(step, draws - start))
        payoffs = game.payoffs(profiles)
        welfare[start : start + step] = payoffs.sum(axis=1)
        contribution += profiles.sum(axis=0) / draws
        payoff += payoffs.sum(axis=0) / draws
    error = float(welfare.std(ddof=1) / np.sqrt(draws))
    return RandomGeneration(contribution, payoff, float(welfare.mean()), error, draws)


PEAKS = 3  # of welfare on the grid, at most, that are looked at closely
DENSE = 10  # points of the grid a decade


def best_rate(
    game: TrainingRound, settings: MechanismSettings, progress: Progress = silent
) -> tuple[float, bool]:
    """Search the κ, of either sign, whose equilibrium has the most welfare.

    A grid that is geometric on both sides of 0, then golden section around each of its three best
    peaks. Welfare has many peaks where organizations are different, and jumps where costs are
    linear: the answer is the best one found, and nothing bounds what another could add.

    Returns
    -------
    (rate, found)
        `found` is False where the intensity has no entry, so that no rate does anything.
    """
    unit = redistribution(game, rate=1.0, intensity=settings.intensity).slope
    size = np.abs(unit)
    if not size.max() > 0:
        return 0.0, False
    top = 2.0 * float(np.max(np.abs(_external(game)))) / float(size[size > 0].min())

    def loss(rate: float) -> float:
        rule = redistribution(
            game, rate=rate, balanced=settings.balanced, intensity=settings.intensity
        )
        found = solve(redistribute(game, rule))
        return -float(game.welfare(found.profile)) if found.success else np.inf

    from scipy.optimize import minimize_scalar

    if not top > 0:
        return 0.0, True
    reach = float(size.max() / size[size > 0].min())  # a small slope must not hide the others
    points = DENSE * (4 + min(int(np.ceil(np.log10(reach))), 12))
    side = np.geomspace(1e-4 * top / reach, top, points)
    grid = np.concatenate((-side[::-1], [0.0], side))
    values = np.empty(grid.size)
    for k, each in enumerate(grid.tolist()):
        progress("searching the best κ", k, grid.size)
        values[k] = loss(each)
    k = int(np.argmin(values))
    rate, least = float(grid[k]), float(values[k])
    for low, high in _peaks(grid, values):
        fine = minimize_scalar(
            loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9 * (high - low)}
        )
        if fine.fun < least:
            rate, least = float(fine.x), float(fine.fun)
    return rate, True


def _peaks(grid: Array, values: Array) -> list[tuple[float, float]]:
    """Return the intervals around the lowest of the local minima, the lowest first."""
    wide = np.concatenate(([np.inf], values, [np.inf]))
    low = np.flatnonzero((values <= wide[:-2]) & (values <= wide[2:]) & np.isfinite(values))
    first = low[np.argsort(values[low], kind="stable")][:PEAKS]
    last = grid.size - 1
    return [(float(grid[max(k - 1, 0)]), float(grid[min(k + 1, last)])) for k in first]


def _external(game: TrainingRound) -> Array:
    """Return each organization's effect on all others at the optimum: the ideal price."""
    x = solve_planner(game).profile
    return game.welfare_gradient(x) - game.marginal_payoffs(x)


ALPHA = 0.5  # of partial Pigou, where none is given


def entrants(
    game: TrainingRound,
    chosen: Sequence[MechanismSettings],
    progress: Progress = silent,
) -> Iterator[tuple[str, MechanismSettings, str]]:
    """Yield the rules to score: name, settings, and a note on parameters that nobody gave.

    All of the catalogue, with the parameters of those that are among the chosen, and then the
    chosen custom ones. Fees and all else are the first one's.
    """
    known = {each.rule: each for each in chosen if not each.own}
    for name in RULES:
        mine = known.get(name) or switched(chosen[0], name)
        if name == "redistribution":
            yield from _both_forms(game, known.get(name, chosen[0]), progress)
        elif name == "partial-pigou":
            note = "" if mine.alpha is not None else f"α = {ALPHA:g}, as none is given"
            yield name, replace(mine, alpha=ALPHA) if note else mine, note
        elif name != "none":
            yield name, mine, ""
    for each in chosen:
        if each.own:
            yield each.rule, each, said_settings(each)


def said_settings(settings: MechanismSettings) -> str:
    """Return the settings of a custom rule in words; empty where it has none."""
    return ", ".join(f"{key} = {value}" for key, value in settings.settings.items())


def _both_forms(
    game: TrainingRound, base: MechanismSettings, progress: Progress
) -> Iterator[tuple[str, MechanismSettings, str]]:
    """Yield redistribution in the scenario's form and in the other one: incentives are the same."""
    name = "redistribution"
    rate = base.rate if base.rule in ("none", name) else None
    note = f"κ = {rate:.6g}" if rate is not None else ""
    if rate is None:
        rate, found = best_rate(game, base, progress)
        note = f"κ = {rate:.6g}, best found for welfare"
        note = note if found else "no damage: any κ does nothing"
    mine = replace(
        base, rule=name, rate=rate, own=None, settings={}
    )  # also of another's intensity and form
    yield name, mine, note
    forms = ("published", "balanced")
    yield f"{name}-{forms[not base.balanced]}", replace(mine, balanced=not base.balanced), note


_OF_FIT = "; shares of the planner's are those on what was fitted"
SEARCHED = 50  # organizations at most, where equilibria under a rule must be searched
FEW = 4  # organizations at most, where sub-coalitions are solved unasked, or by search
DEAR = 8  # at most, where each sub-coalition needs its own optimum; all measured: seconds per rule


Chosen = MechanismSettings | TransferRule | RuleMaker | str | None


def compare(
    game: TrainingRound,
    settings: Chosen | Sequence[Chosen] = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    alone: Autarky | Unknown | None = None,
    progress: Progress = silent,
    words: Words = GENERAL,
    skill: "Skill | None" = None,
    planner: Optimum | None = None,
) -> Comparison:
    """Score every baseline and rule, with the scenario's fees on the rules.

    Every rule of the catalogue is scored, with the parameters that the scenario gives.
    Redistribution, in both its forms, takes the scenario's κ, or where it has none the best for
    welfare that a search finds; partial Pigou has α = 1/2 unless it is given. A custom rule is
    scored after them: `settings` may be the function itself, as in `run_study`, or a list of
    several, of which the first says the fees. k-implementation is no rule but what an outsider
    would pay for the optimum. `alone`, `skill` and `planner` are as in `run_study`.

    Rules whose equilibria must be searched are not computed above 50 organizations. The best
    sub-coalitions are solved for each rule up to 4 organizations, and if the settings ask for them
    up to 12 (8 for rules made for the optimum, 4 where equilibria must be searched).

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> table = compare(game, draws=100)
    >>> [row.rule for row in table.rows][:6]
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
    progress("solving baselines", 0, None)
    free = run_study(
        game,
        replace(switched(chosen[0], "none"), fees="none"),
        alone=alone,
        skill=skill,
        planner=planner,
    )
    parts = _parts(free, alone)
    rows = _baselines(game, free, parts, draws, seed)
    rows.append(_rule_row(free, parts, "WPR", "equilibrium without a rule"))
    best = free.planner
    count = len(RULES) + sum(bool(each.own) for each in chosen)  # less none, and a form more
    for k, (name, mine, note) in enumerate(entrants(game, chosen, progress)):
        progress(f"scoring {name}", k, count)
        row, planner = _scored(game, name, mine, free.planner, alone, note, skill)
        rows.append(row)
        best = max(best, planner or best, key=lambda known: known.welfare)
    if best.welfare > free.planner.welfare:  # whose search fell short of what a rule brings
        rows = [
            replace(row, **_shares(row.welfare, best)) if np.isfinite(row.welfare) else row
            for row in rows
        ]
    rows.append(_subsidized(free, best, parts))
    rows.append(
        Row(
            rule="planner",
            kind="bound",
            welfare=best.welfare,
            **_shares(best.welfare, best),
            total_contribution=float(best.profile.sum()),
            deficit=0.0,
            payments=0.0,
            slack_autarky=_slack(best.payoffs, free.outside["autarky"]),
            note=best.known,
        )
    )
    told = [] if skill is None else [f"{skill}{_OF_FIT}"]
    return Comparison(tuple(rows), (*told, *remarks(game, best, _ties(rows, best))), words)


def _ties(rows: Sequence[Row], best: Optimum) -> str:
    """Say which rules tie where the planner has everybody at a bound."""
    rules = [row.welfare for row in rows if row.kind == "rule" and row.rule != "WPR"]
    known = [welfare for welfare in rules if np.isfinite(welfare)]
    there = sum(best.welfare - welfare <= best.tolerance for welfare in known)
    if there == len(known):
        return "every rule ties in welfare"
    return f"of {len(known)} rules, {there or 'none'} reach its welfare"


def _scored(
    game: TrainingRound,
    name: str,
    settings: MechanismSettings,
    planner: Optimum,
    alone: Autarky | Unknown | None,
    note: str,
    skill: "Skill | None" = None,
) -> tuple[Row, Optimum | None]:
    """Score one rule, a row that says why where it cannot be; and the best profile known to it."""
    size = len(game.players)
    try:
        kind = type(make_rule(game, settings, None)) if settings.own else settings.entry.kind
        aggregative = issubclass(kind, AggregativeRule)
        if size > SEARCHED and not aggregative:
            why = f"searched on payoffs: not computed above {SEARCHED} organizations"
            return _failed(name, why, settings), None
        dear = settings.entry.targeted or settings.own
        most = FEW if not aggregative else DEAR if dear else LIMIT
        why = f"a comparison solves the sub-coalitions of {name} up to {most} organizations"
        not_solved = Unknown(why) if size > most and not isinstance(game, MeasuredGame) else None
        study = run_study(
            game,
            settings,
            alone=alone,
            parts=not_solved,
            planner=planner,
            skill=skill,
        )
        parts = _parts(study, alone)
    except CoopetitionError as error:
        return _failed(name, str(error), settings), None
    if study.audit["optimum-is-equilibrium"].holds and not note.startswith(("κ", "no damage")):
        note = "; ".join(filter(None, (note, f"{study.planner.named} is an equilibrium")))
    return _rule_row(study, parts, name, note), study.planner


def _subsidized(free: Study, best: Optimum, parts: Array | None) -> Row:
    """Score what an outsider would pay to make the planner's optimum everybody's choice."""
    offer = k_implementation(free.game, target=best.profile)
    return Row(
        rule="k-implementation",
        kind="bound",
        welfare=best.welfare,
        **_shares(best.welfare, best),
        total_contribution=float(best.profile.sum()),
        deficit=offer.total,
        payments=offer.total,
        **_slacks(best.payoffs + offer.each, free, parts),
        note=f"no rule: what an outsider promises so that {best.named} is dominant",
    )


def _parts(study: Study, alone: Autarky | Unknown | None) -> Array | None:
    """Return the best sub-coalitions where they are asked for, or cost next to nothing."""
    parts = study.parts
    few = len(study.game.players) <= FEW and isinstance(study.induced, AggregativeGame)
    if parts is None and few:
        parts = known_subcoalitions(study.game, rule_maker(study.game, study.settings), alone)
    return None if parts is None or isinstance(parts, Unknown) else parts.option


def _shares(welfare: float, best: Optimum) -> dict[str, Any]:
    """Return what a welfare is of the planner's, and of the planner's gain over nobody."""
    return {
        "efficiency": efficiency(welfare, best.welfare),
        "attainable_share": best.attainable_share(welfare),
    }


def _slack(payoffs: Array, outside: Array | Unknown | None) -> float | None:
    return float((payoffs - outside).min()) if isinstance(outside, np.ndarray) else None


def _slacks(payoffs: Array, study: Study, parts: Array | None) -> dict[str, Any]:
    """Return the least gain over each outside option under a study's rule."""
    return {
        "slack_autarky": _slack(payoffs, study.outside["autarky"]),
        "slack_exit": _slack(payoffs, study.outside["exit"]),
        "slack_sub_coalition": _slack(payoffs, parts),
    }


def _baselines(
    game: TrainingRound, free: Study, parts: Array | None, draws: int, seed: int
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
    return [
        Row(
            rule=name,
            kind="baseline",
            welfare=float(payoffs.sum()),
            welfare_standard_error=error,
            **_shares(float(payoffs.sum()), free.planner),
            total_contribution=float(profile.sum()),
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
        rule=name,
        kind="rule",
        welfare=study.welfare,
        **_shares(study.welfare, study.planner),
        total_contribution=float(study.contribution.sum()),
        deficit=study.deficit,
        payments=float(max(moved[moved > 0].sum(), -moved[moved < 0].sum())),
        **_slacks(study.payoff, study, parts),
        epsilon=study.equilibrium.certificate.epsilon,
        **_verdicts(study),
        note="; ".join([*failed, *([note] if note else []), *several]),
        mechanism=study.settings.to_dict(),
    )


def _verdicts(study: Study) -> dict[str, Any]:
    """Return the audit's verdicts, one word each."""
    option = study.settings.measured_against
    names = ("budget-balance", "optimum-is-equilibrium", "potential-kept")
    found = [study.audit[name] for name in (*names, f"individual-rationality-{option}")]
    words = ["fails" if p.holds is False else str(p.claim or "unknown") for p in found]
    assumed = {key: p.assumptions for key, p in zip(VERDICTS, found, strict=True)}
    return dict(zip(VERDICTS, words, strict=True)) | {"assumptions": assumed}


def _failed(name: str, why: str, settings: MechanismSettings) -> Row:
    nothing = float("nan")
    return Row(
        rule=name,
        kind="rule",
        welfare=nothing,
        total_contribution=nothing,
        deficit=nothing,
        payments=nothing,
        note=why,
        mechanism=settings.to_dict(),
    )
