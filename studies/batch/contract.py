"""`contract_many`: many rounds without a rule, under a contract made today, and under one remade.

The contract of today, its prices and its lump sums, stays what it is whatever the round turns out
to be. A contract that is remade knows the round.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import Mechanism
from coopetition.mechanisms.rules.transfers import SeparableRule
from coopetition.output.columns import ManyCells
from coopetition.solvers.batch.row_table import RowTable, refused
from coopetition.solvers.planner.plan import Plans, make_plans
from coopetition.studies.batch.outside import solve_autarky, solve_exit
from coopetition.studies.batch.rules import Ruled, RuleOfRows, all_numbers, solve_under
from coopetition.studies.batch.study import (
    StudyBatch,
    fees_of,
    read_rows,
    refuse_one_by_one,
    rule_of_rows,
    study_of,
)
from coopetition.studies.scenario.mechanism_table import MechanismSettings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContractBatch(ManyCells):
    """The same rounds without a rule, under a fixed contract, and under one remade in each."""

    title = "Rounds under contracts"

    without: StudyBatch
    fixed: StudyBatch
    remade: StudyBatch

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.remade.players

    def columns(self) -> dict[str, Array]:
        """Return the columns by name, such as `payoff_fixed`: of shape (B,) or (B, N)."""
        arms = {"without": self.without, "fixed": self.fixed, "remade": self.remade}
        keys = ("contribution", "payoff", "transfer", "fee", "outside", "slack", "welfare")
        found = {arm: one.columns() for arm, one in arms.items()}
        return {f"{key}_{arm}": found[arm][key] for key in keys for arm in arms}

    def reasons(self) -> dict[str, Any]:
        """Return the mechanism, and why rows lack a column."""
        failed = {**self.remade.failed, **self.fixed.failed, **self.without.failed}
        return {"mechanism": self.remade.settings.to_dict(), "failed": failed}


def contract_many(
    game: object,
    changes: Mapping[str, ArrayLike],
    settings: MechanismSettings,
    contract: Mechanism,
) -> ContractBatch:
    """Study B rounds without a rule, under a contract that is made, and under one remade in each.

    What an organization has outside is the same under both contracts: of exit, what it has where
    the others remake theirs.

    Parameters
    ----------
    game, changes, settings
        As for `study_many`.
    contract
        A separable rule and fees of shape (N,), such as `run_study(game, settings).mechanism`.

    Raises
    ------
    InvalidInputError
        As `study_many`; if the contract's rule is not separable.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.studies import run_study
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.1)
    >>> settings = MechanismSettings("bilateral-prices", fees="equal-gain")
    >>> found = contract_many(game, {"damage": [0.1, 0.3]}, settings,
    ...     run_study(game, settings).mechanism)
    >>> found.fixed.efficiency.round(6).tolist(), found.without.efficiency.round(6).tolist()
    ([1.0, 0.999892], [0.996789, 0.995152])
    """
    table, rate = read_rows(game, changes)
    refuse_one_by_one(table, settings)
    if not isinstance(contract.rule, SeparableRule):
        raise InvalidInputError("contract_many() needs a rule whose own part is separable")
    numbers, bad = all_numbers(table), refused(table)
    rule = rule_of_rows(settings, rate, table, numbers)
    none = replace(settings, rule="none", rate=None, fees="none",
                   outside_option=settings.measured_against)  # fmt: skip
    plans = make_plans(table, bad, None, True)
    own = solve_autarky(table, numbers, list(bad))

    def ruled(one: RuleOfRows) -> Ruled:
        failed = plans.failed if one.targeted else bad
        return solve_under(table, one, failed, plans.profiles, alone=True)

    def outside(one: RuleOfRows) -> Array:
        if settings.measured_against == "autarky":
            return own.payoff
        return solve_exit(table, numbers, own, one)

    free, remade = ruled(RuleOfRows()), ruled(rule)
    fixed = ruled(RuleOfRows("fixed", fixed=contract.rule)) if rule.name != "none" else free
    left = outside(rule)
    first = left if rule.name == "none" else outside(RuleOfRows())
    fee = fees_of(settings, table, remade.found.payoffs + remade.transfer, left)
    paid = np.broadcast_to(contract.fees, fee.shape)
    return ContractBatch(
        without=study_of(none, plans, free, np.zeros_like(fee), first),
        fixed=study_of(settings, plans, fixed, paid, left),
        remade=study_of(settings, plans, remade, fee, left),
    )


def knowing(table: RowTable, plans: Plans, rule: RuleOfRows, known: RowTable) -> Array:
    """Return welfare, shape (B,), where prices are made of what is known of each row.

    Parameters
    ----------
    table
        The rows as they are.
    plans
        The optima of the rows as they are known.
    rule
        Made of the known rows too.
    known
        The rows as they are known.
    """
    failed = refused(table) | dict(plans.failed)
    made = replace(rule, known=known)
    return solve_under(table, made, failed, plans.profiles, alone=True).found.welfare
