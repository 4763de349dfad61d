"""Tune one or two numbers of the scenario's own rule: the best that everybody accepts.

`design` makes a rule of its own; this keeps the scenario's rule and fees, and searches its rate,
or settings of a custom rule, on a grid and then around its best points. Welfare may have
many peaks and jumps: the answer is the best one found, and nothing bounds what another could add.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import CoopetitionError, InvalidInputError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.tolerance import rounding, share_of
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.output.progress import Progress, silent
from coopetition.output.table import Table
from coopetition.output.words import GENERAL, Words
from coopetition.solvers import Optimum, solve, solve_planner
from coopetition.studies.design.constraints import Constraints
from coopetition.studies.design.grid_search import (
    GridPoint,
    SearchRange,
    check_ranges,
    search,
    with_numbers,
)
from coopetition.studies.design.tables import tuned_table
from coopetition.studies.design.target import NO_GAIN, OBJECTIVES, Objective
from coopetition.studies.outside.outside import Autarky, autarky
from coopetition.studies.pictured import Pictured
from coopetition.studies.scenario.fees import grounds, lump_sums
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import make_rule, refuse_unsupported, rule_maker
from coopetition.studies.solve.study import Study, run_study

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill


@dataclass(frozen=True, eq=False)
class Tuned(Pictured):
    """The scenario's mechanism with the best numbers found.

    Parameters
    ----------
    values
        By their names, such as `mechanism.rate`.
    objective, value
        What was maximized, and how much of it there is.
    study
        The round under the mechanism.
    outside : shape (N,)
        What each gets outside, the option that was asked.
    missed : money
        By how much the constraint that is missed most is missed; 0 where all are met.
    solved
        How many values were tried.
    outside_option
        Which outside option that is.
    """

    values: dict[str, float]
    objective: Objective
    value: float
    study: Study
    outside: Array
    missed: float
    solved: int
    outside_option: str = "autarky"

    @property
    def feasible(self) -> bool:
        """Whether the equilibrium is certified and every constraint met."""
        return self.study.equilibrium.success and self.missed <= 0

    @property
    def known(self) -> str:
        """How the answer is known."""
        return f"the best of {self.solved} values solved; nothing bounds what others could add"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        study = self.study
        return {
            "organizations": list(study.game.players),
            "mechanism": study.settings.to_dict(),
            "tuned": self.values,
            "objective": self.objective,
            "outside_option": self.outside_option,
            "value": self.value,
            "known": self.known,
            "feasible": self.feasible,
            "missed": self.missed,
            "contribution": study.contribution,
            "payoff": study.payoff,
            "transfer": study.transfer,
            "fee": study.fee,
            "welfare": study.welfare,
            "attainable_share": study.attainable_share,
            "deficit": study.deficit,
            "outside": self.outside,
            "planner": {
                "contribution": study.planner.profile,
                "welfare": study.planner.welfare,
            },
            "remarks": study.remarks,
            "certificate": study.equilibrium.certificate.to_dict(),
        }

    @property
    def words(self) -> Words:
        """Its scenario's name, and the units."""
        return self.study.words

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization."""
        return (tuned_table(self),)


def tune(
    game: TrainingRound,
    settings: MechanismSettings,
    ranges: Sequence[SearchRange],
    objective: Objective = "welfare",
    constraints: Constraints | None = None,
    *,
    alone: Autarky | Unknown | None = None,
    progress: Progress = silent,
    words: Words = GENERAL,
    skill: "Skill | None" = None,
    planner: Optimum | None = None,
) -> Tuned:
    """Search the numbers with which a mechanism's equilibrium has the most of an objective.

    Everybody must get its outside option and the guarantee at the equilibrium, fees included, and
    no more than the subsidy may come from outside.

    Parameters
    ----------
    ranges
        One or two.
    constraints
        `outside`, `guarantee` and `subsidy`; the others are for `design`.
    words
        The name and the units that its tables show, such as `scenario.words`.
    skill, planner
        As in `run_study`.

    Raises
    ------
    InvalidInputError
        If a number is none of the rule's, or no value in its range can be solved.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0], damage=0.08,
    ...     max_contribution=4000.0, value=[1000.0, 800.0, 1200.0], unit_cost=0.001,
    ...     quadratic_cost=2e-6)
    >>> found = tune(game, MechanismSettings("redistribution", rate=0.0),
    ...     [SearchRange("mechanism.rate", 0.0, 0.1)])
    >>> round(found.values["mechanism.rate"], 4), found.feasible
    (0.0307, True)
    """
    if objective not in OBJECTIVES:
        raise InvalidInputError(f"`objective` must be one of {', '.join(OBJECTIVES)}")
    if objective == "gain" and isinstance(game, MeasuredGame):
        raise InvalidInputError(NO_GAIN)
    if settings.entry.targeted:
        refuse_unsupported(game, f"the rule {settings.rule}", skill)
    check_ranges(settings, ranges)
    wanted = constraints or Constraints()
    stated = replace(settings, outside_option=wanted.outside)
    try:
        alone = alone or autarky(game)  # the same at every value
    except InvalidInputError as error:
        alone = Unknown(str(error))
    found = _Search(game, stated, tuple(ranges), objective, wanted, alone, planner)
    best = found.best(progress)
    chosen = with_numbers(found.settings, ranges, best)
    study = run_study(game, chosen, alone=alone, words=words, skill=skill, planner=planner)
    outside = found.option(study.outside)
    value, missed = found.judged(study.contribution, study.payoff, outside)
    values = dict(zip([one.name for one in ranges], best, strict=True))
    tried = len(found.losses)
    return Tuned(values, objective, value, study, outside, missed, tried, wanted.outside)


@dataclass(frozen=True, eq=False)
class _Search:
    """What is searched, and what every point tried has lost."""

    game: TrainingRound
    settings: MechanismSettings
    ranges: tuple[SearchRange, ...]
    objective: Objective
    wanted: Constraints
    alone: Autarky | Unknown | None
    known: Optimum | None = None
    losses: dict[GridPoint, float] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    @cached_property
    def planner(self) -> Optimum:
        """The welfare optimum, for rules that are made for it."""
        return self.known or solve_planner(self.game, start=solve(self.game).profile)

    def option(self, known: Mapping[str, Array | Unknown]) -> Array:
        """Return the outside option that is asked."""
        option = known[self.wanted.outside]
        if isinstance(option, Unknown):
            raise InvalidInputError(
                f"the outside option {self.wanted.outside} is not known: {option}"
            )
        return option

    def judged(self, x: Array, payoff: Array, outside: Array) -> tuple[float, float]:
        """Return the objective, and by how much the worst constraint is missed, money."""
        game, wanted = self.game, self.wanted
        value = float(game.welfare(x) if self.objective == "welfare" else x.sum())
        if self.objective == "gain" and not isinstance(game, MeasuredGame):
            value = float(game.form.aggregate(x))
        earned = game.payoffs(x)
        moved = payoff - earned
        short = np.append(wanted.guarantee - (payoff - outside), moved.sum() - wanted.subsidy)
        # Each is judged by its own money, the deficit by what moves: a giant hides nobody's loss.
        small = share_of(np.append(np.abs(payoff) + np.abs(earned), np.abs(moved).sum()))
        small[-1] += rounding(payoff, earned).sum()
        return value, float(np.where(short > small, short, 0.0).max())

    def loss(self, key: GridPoint) -> float:
        """Return minus the objective; where a constraint is missed, more than that of any other."""
        if key not in self.losses:
            try:
                value, missed = self._tried(with_numbers(self.settings, self.ranges, key))
                self.losses[key] = -value if missed <= 0 else 1e300 * missed / (1.0 + missed)
            except CoopetitionError as error:
                self.reasons.append(str(error))
                self.losses[key] = np.inf
        return self.losses[key]

    def _tried(self, settings: MechanismSettings) -> tuple[float, float]:
        game = self.game
        induced = redistribute(game, make_rule(game, settings, self.planner.profile))
        found = solve(induced).raise_if_failed()
        known, parts = grounds(game, rule_maker(game, settings), settings, self.alone)
        fees = lump_sums(game, settings, found.payoffs, known, parts)
        return self.judged(found.profile, found.payoffs + fees, self.option(known))

    def best(self, progress: Progress) -> GridPoint:
        """Return the best point of all that were tried."""
        search(self.loss, self.ranges, progress)
        point = min(self.losses, key=lambda key: self.losses[key])
        if not np.isfinite(self.losses[point]):
            raise InvalidInputError(f"no value in the range can be solved: {self.reasons[0]}")
        return point
