"""All rules and baselines on one round, side by side."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.certificate import certify
from coopetition.games.errors import CoopetitionError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import RULES, AggregativeRule, redistribute, redistribution
from coopetition.solvers import solve, solve_planner
from coopetition.studies.baselines import (
    random_generation,
    without_competition,
    without_generation,
)
from coopetition.studies.outside import Autarky
from coopetition.studies.settings import MechanismSettings, switched
from coopetition.studies.study import Study, run_study

SEARCHED = 50  # organizations at most, where equilibria under a rule must be searched


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; slacks are the least gain over an outside option."""

    name: str
    kind: str
    welfare: float
    standard_error: float | None
    efficiency: float | None
    contribution: float
    deficit: float
    payments: float
    slack_autarky: float | None
    slack_exit: float | None
    epsilon: float | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return the row as a dictionary."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Baselines, rules and the planner on one round."""

    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        """Return a row by name."""
        return next(row for row in self.rows if row.name == name)


def best_rate(game: CoopetitionRound, settings: MechanismSettings) -> tuple[float, bool]:
    """Search the κ, of either sign, whose equilibrium has the most welfare.

    A grid that is geometric on both sides of 0, then golden section between the neighbors of its
    best point: the best of all where welfare has no second peak between two points of the grid.

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
    side = np.geomspace(1e-4 * top, top, 40)
    grid = np.concatenate((-side[::-1], [0.0], side))
    values = [loss(float(rate)) for rate in grid]
    k = int(np.argmin(values))
    low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, grid.size - 1)])
    fine = minimize_scalar(
        loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9 * top}
    )
    return (float(fine.x) if fine.fun < values[k] else float(grid[k])), True


def _external(game: CoopetitionRound) -> Array:
    """Return each organization's effect on all others at the optimum: the ideal price."""
    x = solve_planner(game).profile
    return game.welfare_gradient(x) - game.marginal_payoffs(x)


def compare(
    game: CoopetitionRound,
    settings: MechanismSettings | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    alone: Autarky | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Score every baseline and rule, with the scenario's fees on the rules.

    Every rule of the catalogue is scored that needs no parameter, or whose parameters the scenario
    gives; redistribution takes the scenario's κ, or the κ that is best for welfare where it has
    none. Rules whose equilibria must be searched are not computed above 50 organizations.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> table = compare(game, draws=100)
    >>> [row.name for row in table.rows][:6]
    ['VCFL', 'WCO', 'RaDG', 'WPR', 'redistribution', 'symmetric-redistribution']
    >>> round(table["redistribution"].efficiency, 6), round(table["WPR"].efficiency, 6)
    (1.0, 0.988817)
    """
    base = settings or MechanismSettings()
    tell = progress or (lambda _: None)
    tell("baselines")
    free = run_study(game, replace(switched(base, "none"), fees="none"), alone=alone)
    rows = _baselines(game, free, draws, seed)
    rows.append(_rule_row(free, "WPR", "equilibrium without a rule"))
    rate = base.rate if base.rule in ("none", "redistribution") else None
    note = f"κ = {rate:.6g}" if rate is not None else ""
    if rate is None:
        tell("searching the best κ")
        rate, found = best_rate(game, base)
        note = f"κ = {rate:.6g}, best for welfare" if found else "no damage: any κ does nothing"
    for name, entry in RULES.items():
        mine = switched(base, name)
        if name == "redistribution":  # also of another rule's intensity and form
            mine = replace(base, rule=name, rate=rate)
        if name == "none" or any(getattr(mine, key) is None for key in entry.needs):
            continue
        tell(name)
        rows.append(_scored(game, mine, alone, note if name == "redistribution" else ""))
    best = free.planner
    rows.append(
        Row(
            name="planner",
            kind="bound",
            welfare=best.welfare,
            standard_error=None,
            efficiency=1.0 if best.welfare > 0 else None,
            contribution=float(best.profile.sum()),
            deficit=0.0,
            payments=0.0,
            slack_autarky=_slack(best.payoffs, free.outside["autarky"]),
            slack_exit=None,
            epsilon=None,
            note=best.known,
        )
    )
    return Comparison(tuple(rows))


def _scored(
    game: CoopetitionRound, settings: MechanismSettings, alone: Autarky | str | None, note: str
) -> Row:
    """Score one rule; a row that says why where it cannot be."""
    name = settings.rule
    if len(game.players) > SEARCHED and not issubclass(RULES[name].kind, AggregativeRule):
        return _failed(name, f"searched on payoffs: not computed above {SEARCHED} organizations")
    try:
        study = run_study(game, settings, alone=alone)
    except CoopetitionError as error:
        return _failed(name, str(error))
    if not note and certify(study.induced, study.planner.profile).holds:
        note = "the planner's optimum is an equilibrium"
    return _rule_row(study, name, note)


def _slack(payoffs: Array, outside: Array | str) -> float | None:
    return None if isinstance(outside, str) else float((payoffs - outside).min())


def _baselines(game: CoopetitionRound, free: Study, draws: int, seed: int) -> list[Row]:
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
            efficiency=float(payoffs.sum()) / best if best > 0 else None,
            contribution=float(profile.sum()),
            deficit=0.0,
            payments=0.0,
            slack_autarky=_slack(payoffs, free.outside["autarky"]),
            slack_exit=_slack(payoffs, free.outside["exit"]),
            epsilon=None,
            note=note,
        )
        for name, profile, payoffs, error, note in entries
    ]


def _rule_row(study: Study, name: str, note: str) -> Row:
    failed = "" if study.equilibrium.success else f"{study.equilibrium.status.value}; "
    return Row(
        name=name,
        kind="rule",
        welfare=study.welfare,
        standard_error=None,
        efficiency=study.efficiency,
        contribution=float(study.contribution.sum()),
        deficit=study.deficit,
        payments=0.5 * float(np.abs(study.transfer + study.fee).sum()),
        slack_autarky=_slack(study.payoff, study.outside["autarky"]),
        slack_exit=_slack(study.payoff, study.outside["exit"]),
        epsilon=study.equilibrium.certificate.epsilon,
        note=failed + note,
    )


def _failed(name: str, why: str) -> Row:
    nothing = float("nan")
    return Row(name, "rule", nothing, None, None, nothing, nothing, nothing, None, None, None, why)
