"""Cells that are solved together: stated curves, no rule or one that moves own terms alone.

Whether a cell is one of them follows from its own scenario, and its numbers have the same bits
alone and among others: tables do not depend on how a sweep is cut. Cells that batches do not solve,
for example rounds with a negative weight where 0 is not dominant, are left here too, except for
the planner's optimum where that is known.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import FEES
from coopetition.output.numbers import efficiency
from coopetition.solvers import Plans
from coopetition.solvers.aggregate.aggregate import said
from coopetition.solvers.batch.forms import Rivals, parameters
from coopetition.solvers.batch.row_table import KNOWN, RowTable
from coopetition.solvers.planner.planner import Optimum
from coopetition.studies.batch.rules import TOGETHER, Changes, RuleOfRows, blank
from coopetition.studies.batch.study import solve_rows
from coopetition.studies.outside.outside import EXIT_LIMIT
from coopetition.studies.scenario.fees import lump_sums
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario


@dataclass(frozen=True)
class Columns:
    """At least two scenarios with the same organizations and the same kinds of fields."""

    scenarios: Sequence[Scenario]

    @property
    def size(self) -> int:
        """The number of organizations."""
        return len(self.scenarios[0].organizations)

    @property
    def first(self) -> MechanismSettings:
        """The mechanism of the first scenario: its words are everyone's, its numbers are not."""
        return self.scenarios[0].mechanism

    @property
    def curve(self) -> GainCurve:
        """A curve of their family, whose parameters `gains` replaces, or their table."""
        curve = self.scenarios[0].gain
        assert curve is not None  # scenarios with an oracle are no rows of a batch
        names = parameters(curve)
        return type(curve)(**dict.fromkeys(names, 1.0)) if names else curve

    @property
    def blank(self) -> CoopetitionRound:
        """A round with this curve, whose numbers are all to be replaced."""
        return blank(self.curve, self.size, counts=self.scenarios[0].counts)

    def of_mechanism(self, name: str) -> Array:
        """Return a number, or a matrix, of all mechanisms."""
        return np.array([getattr(s.mechanism, name) for s in self.scenarios], float)

    @cached_property
    def columns(self) -> Changes:
        """The organizations' numbers, each of shape (B, N)."""
        return {key: np.array([s.columns[key] for s in self.scenarios], float) for key in KNOWN}

    @cached_property
    def gains(self) -> Changes:
        """The personal weight and the gain's parameters, each of shape (B,)."""
        found = {"personal_weight": self.numbers("personal_weight")}
        for name in parameters(self.curve):
            found[f"gain.{name}"] = np.array([getattr(s.gain, name) for s in self.scenarios], float)
        return found

    @cached_property
    def rivals(self) -> Changes:
        """Damage and rivalry, each of shape (B,) or (B, N, N)."""
        return {name: self.numbers(name) for name in ("damage", "rivalry")}

    @cached_property
    def changes(self) -> Changes:
        """Everything, as `solve_many` takes it."""
        return self.columns | self.gains | self.rivals

    def numbers(self, name: str) -> Array:
        """Return a field of all scenarios."""
        return np.array([getattr(s, name) for s in self.scenarios], float)


def kind(scenario: Scenario) -> Hashable:
    """Return what scenarios must share to go together: all that is not a number."""
    curve = scenario.gain
    assert curve is not None  # scenarios with an oracle are no rows of a batch
    whole = None if parameters(curve) else curve
    shapes = (np.ndim(scenario.damage), np.ndim(scenario.rivalry))
    return scenario.organizations, type(curve), whole, shapes, scenario.counts


def numbers_of(
    *,
    contribution: Array,
    before: Array,
    transfer: Array,
    fee: Array,
    planner: Optimum,
    outside: Array | Unknown | None,
    epsilon: float,
    notes: Iterable[str],
) -> dict[str, Any]:
    """Return the fields of a converged row.

    `before` are payoffs before transfers and fees, `outside` the outside option that the scenario
    names, or why it is not known.
    """
    payoff, welfare = before + transfer + fee, float(before.sum())
    slack = float((payoff - outside).min()) if isinstance(outside, np.ndarray) else None
    said = [*notes, outside.reason if isinstance(outside, Unknown) else ""]
    return {
        "status": "converged",
        "note": " ".join("; ".join(note for note in said if note).split()),
        "contribution": contribution,
        "payoff": payoff,
        "transfer": transfer,
        "fee": fee,
        "outside": outside if isinstance(outside, np.ndarray) else None,
        "welfare": welfare,
        "planner_welfare": planner.welfare,
        "efficiency": efficiency(welfare, planner.welfare),
        "attainable_share": planner.attainable_share(welfare),
        "deficit": float((transfer + fee).sum()),
        "slack": slack,
        "epsilon": epsilon,
    }


def rule_of(rows: Columns) -> RuleOfRows:
    """Return the rule that the scenarios share; its numbers are each one's own."""
    first = rows.first
    if first.rule != "redistribution":
        return RuleOfRows(first.rule)
    rate, given = rows.of_mechanism("rate"), first.intensity
    intensity = given if isinstance(given, str) else rows.of_mechanism("intensity")
    return RuleOfRows.redistribution(rows.changes, rate, first.balanced, intensity)


@dataclass(frozen=True, slots=True, eq=False)
class SolvedCell:
    """A cell's equilibrium, before fees; `weak` if a weight may not be positive."""

    scenario: Scenario
    blank: CoopetitionRound
    contribution: Array
    before: Array
    transfer: Array
    outside: Array
    planner: Optimum
    epsilon: float
    weak: bool

    def numbers(self) -> dict[str, Any]:
        """Return the fields of the cell's row.

        Raises
        ------
        InvalidInputError
            If there is no agreement that the fees could share.
        """
        settings = self.scenario.mechanism
        # Only fees with a power, and notes on weights, look at the round.
        asked = self.weak or FEES[settings.fees].weighted
        game = self.scenario.round() if asked else self.blank
        outside = {settings.measured_against: self.outside}
        return numbers_of(
            contribution=self.contribution,
            before=self.before,
            transfer=self.transfer,
            fee=lump_sums(game, settings, self.before + self.transfer, outside, None),
            planner=self.planner,
            outside=self.outside,
            epsilon=self.epsilon,
            notes=[_said(game)] if self.weak else [],
        )


def _said(game: CoopetitionRound) -> str:
    """Name who is fixed at 0: all with a negative weight, or the cell would not be here."""
    return said(game, (game.form.weight < 0) & (game.form.upper > 0))


def solve_together(scenarios: Mapping[int, Scenario]) -> dict[int, SolvedCell | Optimum]:
    """Solve those of some cells that are solved together; of some others only the optimum."""
    groups = defaultdict[Hashable, list[int]](list)
    for cell, scenario in scenarios.items():
        if (key := group(scenario)) is not None:
            groups[key].append(cell)
    found: dict[int, SolvedCell | Optimum] = {}
    for cells in groups.values():
        some = [scenarios[cell] for cell in cells]
        rows = Columns(some if len(some) > 1 else 2 * some)
        found |= {cells[k]: one for k, one in _solved(rows).items() if k < len(cells)}
    return found


def group(scenario: Scenario) -> Hashable | None:
    """Name the cells that go with this one; None if it goes alone."""
    settings, size = scenario.mechanism, len(scenario.organizations)
    felt = np.any(scenario.rivalry) or (scenario.counts == "gains" and np.any(scenario.damage))
    left = settings.measured_against == "exit" and size > 1 and bool(felt)
    known = settings.rule in TOGETHER and settings.own is None
    known &= settings.measured_against in ("autarky", "exit")
    others = {key: scenario.columns.get(key, ()) for key in COLUMNS.keys() - set(KNOWN)}
    beyond = any(set(column) - {COLUMNS[key].default} for key, column in others.items())
    if scenario.gain is None or not known or beyond or settings.asks_sub_coalitions:
        return None
    if left and size > EXIT_LIMIT:
        return None
    given = settings.intensity
    intensity = given if isinstance(given, str) else np.ndim(given)
    return (kind(scenario), settings.rule, settings.balanced, intensity, left)


def _solved(rows: Columns) -> dict[int, SolvedCell | Optimum]:
    """Return the rows that the batches do not leave, and the optima of others."""
    table, option = RowTable.of(rows.blank, rows.changes), rows.first.measured_against
    plans, under, outside = solve_rows(table, rows.changes, rule_of(rows), option, alone=False)
    found = under.found
    known = found.success & plans.success & np.isfinite(under.transfer + outside).all(axis=1)
    weak, blank = _weak(rows), rows.blank
    optima = {k: _optimum(plans, k) for k in np.flatnonzero(plans.success & ~known).tolist()}
    return optima | {
        k: SolvedCell(
            scenario=rows.scenarios[k],
            blank=blank,
            contribution=found.profiles[k],
            before=found.payoffs[k],
            transfer=under.transfer[k],
            outside=outside[k],
            planner=_optimum(plans, k),
            epsilon=float(found.regret[k].max()) + 0.0,
            weak=bool(weak[k]),
        )
        for k in np.flatnonzero(known).tolist()
    }


def _optimum(plans: Plans, row: int) -> Optimum:
    return Optimum(
        players=plans.players,
        profile=plans.profiles[row],
        welfare=float(plans.welfare[row]),
        nobody=float(plans.nobody[row]),
        payoffs=plans.payoffs[row],
        gap=float(plans.gap[row]),
        tolerance=float(plans.tolerance[row]),
        concave=bool(plans.concave[row]),
        iterations=0,
    )


def _weak(rows: Columns) -> Mask:
    """Say which rows may have a weight that is not positive: the round itself knows exactly."""
    value = rows.columns["value"]
    weight = value - Rivals.of(rows.rivals["damage"], rows.size).weigh(value)
    return np.asarray((weight <= 1e-9 * value).any(axis=1))
