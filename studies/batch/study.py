"""`study_many`: thousands of rounds under one mechanism, with all columns of a study."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.competition import as_competition
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import checked_tolerance
from coopetition.mechanisms import FEES
from coopetition.output.columns import ManyCells
from coopetition.solvers.batch.equilibria import Batch
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import RowTable, refused
from coopetition.solvers.planner.plan import Plans, make_plans
from coopetition.studies.batch.outside import solve_autarky, solve_exit
from coopetition.studies.batch.rules import (
    TOGETHER,
    Changes,
    Ruled,
    RuleOfRows,
    all_numbers,
    refuse_transfers,
    solve_under,
)
from coopetition.studies.scenario.fees import powers
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import settings_of

RATE = "mechanism.rate"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyBatch(ManyCells):
    """B rounds of N organizations under a mechanism, beside the planner.

    Attributes
    ----------
    settings : MechanismSettings
        The rule, the fees, and the outside option that payoffs are measured against.
    equilibrium : Batch
        Under the rule; its payoffs are those before transfers and fees.
    planner : Plans
        The welfare optima.
    transfer, fee, outside : shape (B, N)
        What the rule and the fees pay, and the outside option; money.
    failed : row to sentence
        Rows that lack some column, which is NaN there: the first reason.
    """

    title = "Rounds under a mechanism"

    settings: MechanismSettings
    equilibrium: Batch
    planner: Plans
    transfer: Array
    fee: Array
    outside: Array
    failed: Mapping[int, str]

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.equilibrium.players

    @property
    def contribution(self) -> Array:
        """The equilibria under the mechanism, shape (B, N)."""
        return self.equilibrium.profiles

    @property
    def payoff(self) -> Array:
        """Payoffs after transfers and fees, shape (B, N)."""
        return self.equilibrium.payoffs + self.transfer + self.fee

    @property
    def welfare(self) -> Array:
        """Σ payoffs before transfers and fees, shape (B,)."""
        return self.equilibrium.welfare

    @property
    def efficiency(self) -> Array:
        """Welfare relative to the planner's, at most 1, shape (B,); NaN where that is ≤ 0."""
        best = np.where(self.planner.welfare > 0, self.planner.welfare, np.nan)
        return np.asarray(np.minimum(self.welfare / best, 1.0))

    @property
    def attainable_share(self) -> Array:
        """What welfare has of the planner's gain over nobody generating anything, shape (B,).

        At most 1; NaN where there is no such gain.
        """
        return self.planner.attainable_share(self.welfare)

    @property
    def deficit(self) -> Array:
        """How much more the mechanism pays out than it takes in, shape (B,)."""
        return np.asarray((self.transfer + self.fee).sum(axis=1))

    @property
    def slack(self) -> Array:
        """The least that anybody has more than its outside option, shape (B,)."""
        return np.asarray((self.payoff - self.outside).min(axis=1))

    @property
    def success(self) -> Mask:
        """Whether a row has all columns, each with its certificate, shape (B,)."""
        done = self.equilibrium.success & self.planner.success
        return done & np.isfinite(self.payoff - self.outside).all(axis=1)

    def columns(self) -> dict[str, Array]:
        """Return the columns by name: of shape (B,) or (B, N)."""
        return {
            "contribution": self.contribution,
            "payoff": self.payoff,
            "transfer": self.transfer,
            "fee": self.fee,
            "outside": self.outside,
            "slack": self.slack,
            "welfare": self.welfare,
            "welfare_planner": self.planner.welfare,
            "efficiency": self.efficiency,
            "attainable_share": self.attainable_share,
            "deficit": self.deficit,
        }

    def reasons(self) -> dict[str, Any]:
        """Return the mechanism, and why rows lack a column."""
        return {"mechanism": self.settings.to_dict(), "failed": dict(self.failed)}


def study_many(
    game: object,
    changes: Mapping[str, ArrayLike],
    settings: MechanismSettings | str | None = None,
    *,
    alone: bool = True,
    tol: float | None = None,
) -> StudyBatch:
    """Study B rounds under a mechanism: each the given one with some numbers changed.

    Parameters
    ----------
    game, changes
        As for `solve_many`, but no rule's own part; and `mechanism.rate`, shape (B,), a
        redistribution's rate.
    settings : MechanismSettings or name, optional
        The rules `none`, `redistribution` and `bilateral-prices`, fees that need no
        sub-coalitions, the outside options autarky and exit.
    alone : bool
        False: rows that need more than all others are not solved, and reported in `failed`.
    tol : money
        For gaps and certificates.

    Raises
    ------
    InvalidInputError
        If a field is unknown, has a wrong shape, or holds no numbers, or the mechanism is one that
        rounds must be solved under one by one.
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> found = study_many(game, {"damage": [0.0, 0.3]},
    ...     MechanismSettings(rule="bilateral-prices", fees="equal-gain"))
    >>> found.efficiency.round(9).tolist(), found.slack.round(2).tolist()
    ([1.0, 1.0], [22.86, 18.62])
    """
    table, rate = read_rows(game, changes)
    chosen = settings_of(table.game, settings)
    checked_tolerance(tol)
    refuse_one_by_one(table, chosen)
    numbers, option = all_numbers(table), chosen.measured_against
    rule = rule_of_rows(chosen, rate, table, numbers)
    plans, ruled, outside = solve_rows(table, numbers, rule, option, alone=alone, tol=tol)
    fee = fees_of(chosen, table, ruled.found.payoffs + ruled.transfer, outside)
    return study_of(chosen, plans, ruled, fee, outside)


def read_rows(game: object, changes: object) -> tuple[RowTable, Any]:
    """Return the rows, and what is said of a redistribution's rate."""
    given = dict(changes) if isinstance(changes, Mapping) else changes
    rate = given.pop(RATE, None) if isinstance(given, dict) else None
    return RowTable.of(game, given), rate


def study_of(
    chosen: MechanismSettings, plans: Plans, ruled: Ruled, fee: Array, outside: Array
) -> StudyBatch:
    """Put the parts of a study together, with the reasons why rows lack one."""
    option = chosen.measured_against
    reasons: dict[int, str] = {}
    for column, why in (
        (fee, f"there is no agreement that {chosen.fees} fees could share"),
        (outside, f"the outside option {option} is not known"),
    ):
        lacking = np.flatnonzero(np.isnan(column).any(axis=1)).tolist()
        reasons |= {row: f"row {row}: {why}" for row in lacking}
    reasons |= {**plans.failed, **ruled.found.failed}
    return StudyBatch(
        settings=chosen,
        equilibrium=ruled.found,
        planner=plans,
        transfer=ruled.transfer,
        fee=fee,
        outside=outside,
        failed=MappingProxyType(dict(sorted(reasons.items()))),
    )


def solve_rows(
    table: RowTable,
    numbers: Changes,
    rule: RuleOfRows,
    option: str,
    *,
    alone: bool,
    tol: float | None = None,
) -> tuple[Plans, Ruled, Array]:
    """Return the welfare optima, the equilibria under the rule, and the outside option."""
    bad = refused(table)
    plans = make_plans(table, bad, tol, alone)
    failed = plans.failed if rule.targeted else bad
    ruled = solve_under(table, rule, failed, plans.profiles, alone=alone, tol=tol)
    own = solve_autarky(table, numbers, list(bad))
    outside = own.payoff if option == "autarky" else solve_exit(table, numbers, own, rule)
    return plans, ruled, outside


def refuse_one_by_one(table: RowTable, settings: MechanismSettings) -> None:
    """Refuse mechanisms that rounds must be solved under one by one."""
    refuse_transfers(table, "study_many")
    if settings.own is not None or settings.rule not in TOGETHER:
        raise InvalidInputError(
            f"study_many() knows the rules {', '.join(TOGETHER)}, got {settings.rule}: use "
            "run_study() round by round"
        )
    if settings.asks_sub_coalitions or settings.measured_against not in ("autarky", "exit"):
        raise InvalidInputError(
            "study_many() knows the outside options autarky and exit, and no sub-coalitions, got "
            f"{settings.fees} fees against {settings.measured_against}: use run_study() round by "
            "round"
        )


def rule_of_rows(
    settings: MechanismSettings, rate: Any, table: RowTable, numbers: Changes
) -> RuleOfRows:
    """Return the rule of all rows."""
    if settings.rule != "redistribution":
        if rate is not None:
            raise InvalidInputError(f"the rule {settings.rule} takes no `{RATE}`")
        return RuleOfRows(settings.rule)
    rates = np.asarray(settings.rate if rate is None else rate)
    if rates.dtype.kind not in "iuf" or rates.shape not in ((), (table.size,)):
        raise InvalidInputError(
            f"`{RATE}` must be a number, or one for each of {table.size} rows, "
            f"got {settings.rate if rate is None else rate!r:.60}"
        )
    rates = np.broadcast_to(rates.astype(float), table.size)
    intensity = settings.intensity
    if not isinstance(intensity, str):
        as_competition(intensity, table.game.players, "intensity", signed=True)
        known = np.asarray(intensity, dtype=float)
        intensity = np.broadcast_to(known, (table.size, *known.shape))
    return RuleOfRows.redistribution(numbers, rates, settings.balanced, intensity)


def fees_of(settings: MechanismSettings, table: RowTable, payoffs: Array, outside: Array) -> Array:
    """Return the fees of many rounds, shape (B, N); NaN where there is no agreement to share."""
    entry = FEES[settings.fees]
    if not entry.weighted:
        return entry.rule(payoffs, outside)
    with np.errstate(invalid="ignore"):  # of rows that are no games
        power = powers(Rounds.of(table, slice(0, table.size)), settings.power)
        return entry.rule(payoffs, outside, power)
