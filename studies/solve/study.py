"""One scenario solved: equilibrium under its mechanism, beside no rule and the planner."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game, PotentialGame
from coopetition.games.certificate import How
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import (
    Audit,
    Mechanism,
    Property,
    TransferRule,
    audit_mechanism,
    redistribute,
)
from coopetition.output.numbers import efficiency
from coopetition.output.table import Table
from coopetition.output.words import GENERAL, Words
from coopetition.solvers import Equilibrium, Optimum, solve, solve_planner
from coopetition.solvers.listed import equilibria_list
from coopetition.studies.outside.outside import Autarky, RuleMaker
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.pictured import Pictured
from coopetition.studies.scenario.fees import grounds, lump_sums
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import (
    make_rule,
    refuse_unsupported,
    rule_maker,
    settings_of,
)
from coopetition.studies.solve.assumptions import with_assumptions
from coopetition.studies.solve.remarks import remarks
from coopetition.studies.solve.study_table import study_tables

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill
    from coopetition.studies.verification.verification import Verification


@dataclass(frozen=True, eq=False)
class Study(Pictured):
    """A solved scenario. Payoffs are before transfers and fees unless stated otherwise.

    `fitted` says that gains were measured, and the round's curve, or everybody's own gains, fitted
    to them; `skill` what that explains of them, if it is known, and `verification` what was trained
    of it. `outside` has the value of each outside option, if it is known; `parts` the
    sub-coalitions, solved only where the settings ask for them; `words` name the units.
    """

    game: TrainingRound
    settings: MechanismSettings
    mechanism: Mechanism
    equilibrium: Equilibrium
    free: Equilibrium
    planner: Optimum
    outside: Mapping[str, Array | Unknown]
    participation: How = "checked"
    fitted: bool = False
    parts: SubCoalitions | Unknown | None = None
    words: Words = GENERAL
    skill: "Skill | None" = None
    verification: "Verification | None" = None

    @property
    def contribution(self) -> Array:
        """The equilibrium under the mechanism, shape (N,)."""
        return self.equilibrium.profile

    @cached_property
    def payoff_before(self) -> Array:
        """Payoffs at the equilibrium before transfers and fees."""
        return self.game.payoffs(self.contribution)

    @cached_property
    def transfer(self) -> Array:
        """What the marginal rule pays each organization."""
        return self.mechanism.rule(self.game, self.contribution)

    @property
    def fee(self) -> Array:
        """The lump sums; zero-sum."""
        return self.mechanism.fees

    @cached_property
    def payoff(self) -> Array:
        """Payoffs after transfers and fees."""
        return self.payoff_before + self.transfer + self.fee

    @property
    def gain(self) -> Array:
        """What each organization gains from the model, performance units."""
        return self.game.gains_at(self.contribution)

    @property
    def welfare(self) -> float:
        """Σ payoffs before transfers and fees."""
        return float(self.payoff_before.sum())

    @property
    def deficit(self) -> float:
        """How much more the mechanism pays out than it takes in."""
        return float((self.transfer + self.fee).sum())

    @property
    def efficiency(self) -> float | None:
        """Welfare relative to the planner's; None where the planner's is not positive."""
        return efficiency(self.welfare, self.planner.welfare)

    @property
    def attainable_share(self) -> float | None:
        """What welfare has of the planner's gain over nobody generating anything.

        Of the most welfare known; None where there is no such gain.
        """
        return self.planner.attainable_share(self.welfare)

    @cached_property
    def remarks(self) -> list[str]:
        """What bounds decide, and whether a rule is needed: sentences without a period."""
        weak = _weak(self.settings, self.game, self.skill)
        return [*([weak] if weak else []), *remarks(self.game, self.planner)]

    @cached_property
    def induced(self) -> Game:
        """The game that the mechanism induces."""
        return redistribute(self.game, self.mechanism)

    @cached_property
    def audit(self) -> Audit:
        """The mechanism's properties at the equilibrium."""
        if not self.equilibrium.success:
            options = dict.fromkeys(("autarky", "exit", self.settings.measured_against))
            names = ["budget-balance", *(f"individual-rationality-{one}" for one in options)]
            names += ["potential-kept", "optimum-is-equilibrium"]
            return Audit(tuple(Property(n, None, None, "no equilibrium was found") for n in names))
        audit = audit_mechanism(
            self.game,
            self.mechanism,
            profile=self.contribution,
            target=self.planner.profile,
            outside=self.outside,
            participation=self.participation,
        )
        return with_assumptions(self, audit)

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization; also one per equilibrium where there are several."""
        return study_tables(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form of a solved round."""
        game, found = self.game, self.equilibrium
        weights, potential = _potential(self)
        return {
            "organizations": list(game.players),
            "contribution": self.contribution.tolist(),
            "gain": self.gain.tolist(),
            "payoff": self.payoff.tolist(),
            "transfer": self.transfer.tolist(),
            "fee": self.fee.tolist(),
            "payoff_before_transfers": self.payoff_before.tolist(),
            "welfare": self.welfare,
            "deficit": self.deficit,
            "status": found.status.word,
            "unique": found.unique,
            "equilibria": equilibria_list(found.listed, self.fee),
            "mechanism": self.settings.to_dict(),
            "without_rule": {
                "contribution": self.free.profile.tolist(),
                "payoff": self.free.payoffs.tolist(),
                "welfare": float(self.free.payoffs.sum()),
                "status": self.free.status.word,
            },
            "outside": {
                name: None if isinstance(value, Unknown) else value.tolist()
                for name, value in self.outside.items()
            },
            "weights": weights,
            "potential": potential,
            "planner": self.planner.to_dict(),
            "efficiency": self.efficiency,
            "attainable_share": self.attainable_share,
            "welfare_gap": max(self.planner.welfare - self.welfare, 0.0),
            "certificate": dict(found.certificate.to_dict()),
            "properties": self.audit.to_dict(),
            "remarks": self.remarks,
            "solver": found.solver,
            "reason": found.reason,
        }


def run_study(
    game: TrainingRound,
    settings: MechanismSettings | TransferRule | RuleMaker | str | None = None,
    *,
    alone: Autarky | Unknown | None = None,
    parts: SubCoalitions | Unknown | None = None,
    planner: Optimum | None = None,
    words: Words = GENERAL,
    skill: "Skill | None" = None,
) -> Study:
    """Solve a round under a mechanism, beside no rule and the planner.

    Parameters
    ----------
    game : CoopetitionRound or MeasuredGame
        With one curve of gains, or everybody's own: then the planner's profile is the best that is
        found, and outside options are known where they were measured.
    settings : MechanismSettings, rule or name, optional
        A rule of the catalogue by its name or made for the round, or a custom one, a function
        `rule(game, profile)` or `make(game)`; with fees: `MechanismSettings.of(rule, fees=...)`.
    alone : Autarky or Unknown, optional
        Measured autarky, where the round's curve should not say it, or why it is not known.
    parts : SubCoalitions or Unknown, optional
        Sub-coalitions that are solved already, or why they are not to be solved.
    planner : Optimum, optional
        The round's welfare optimum, where it is known already.
    words : Words, optional
        The name and the units that its tables show, such as `scenario.words`.
    skill : Skill, optional
        What the curve explains of measured gains: verdicts that rest on a weak one are estimated,
        those that rest on one that explains nothing are unknown. Of everybody's own gains, what
        was fitted to them: verdicts are estimated at best.

    Raises
    ------
    InvalidInputError
        If fees are asked whose outside option, or table of sub-coalitions, is not known, or nash
        fees where the outside options sum to more than there is.
    NotConvergedError
        If a rule is made for a target, and the optimum is not known, or fitted gains of everybody's
        own explain nothing of what was measured.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> study = run_study(game, MechanismSettings(rule="bilateral-prices", fees="equal-gain"))
    >>> round(study.efficiency, 9), study.contribution.round(2).tolist()[0]
    (1.0, 2251.81)
    >>> abs(study.deficit) < 1e-9
    True
    """
    chosen = settings_of(game, settings)
    for_part = rule_maker(game, chosen)
    free = solve(game)
    planner = planner or solve_planner(game, start=free.profile)
    if chosen.entry.targeted:
        planner.raise_if_failed()  # prices for a profile that is not the optimum would mislead
        refuse_unsupported(game, f"the rule {chosen.rule}", skill)
    rule = make_rule(game, chosen, planner.profile)
    induced = redistribute(game, rule)
    found = free if chosen.rule == "none" else solve(induced)
    who = "the equilibrium under the rule" if found.success else "the profile under the rule"
    planner = planner.beside(game, found.profile, who)
    outside, parts = grounds(game, for_part, chosen, alone, parts)
    fees = np.zeros_like(found.profile)
    if found.success:
        received = induced.payoffs(found.profile)
        fees = lump_sums(game, chosen, received, outside, parts)
    how: How = "estimated" if isinstance(alone, Autarky) and alone.measured else "checked"
    fitted = skill is not None or how == "estimated" or isinstance(alone, Unknown)
    paid = Mechanism(rule, fees)
    return Study(
        game, chosen, paid, found, free, planner, outside, how, fitted, parts, words, skill
    )


def _weak(settings: MechanismSettings, game: TrainingRound, skill: "Skill | None") -> str:
    """Warn of prices that rest on little; empty where they do not, or there are none."""
    weak = skill is not None and skill.verdict in ("weak", "unknown")
    if skill is None or not (weak and settings.entry.targeted and isinstance(game, MeasuredGame)):
        return ""
    known = "unknown" if skill.value is None else f"{skill.value:.2g} of at most 1"
    return (
        f"Warning: prices rest on fitted gains of which the skill is {known}: train more profiles"
    )


def _potential(study: Study) -> tuple[list[float] | None, float | None]:
    """Return weights and potential of the game in force, None where it has none."""
    induced = study.induced
    if not isinstance(induced, PotentialGame):
        return None, None
    if isinstance(induced, AggregativeGame) and not induced.has_potential:
        return None, None
    return induced.weights.tolist(), float(induced.potential(study.contribution))
