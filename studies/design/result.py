"""A designed mechanism, with what is known of it; see `coopetition.studies.design.design`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import Certificate, certify
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms import BilateralPrices, Mechanism, SeparableRule, redistribute
from coopetition.mechanisms.rules.bilateral import Contracts
from coopetition.mechanisms.settlement.conflict import Conflict
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.output.table import Table
from coopetition.output.words import GENERAL, Words
from coopetition.solvers import Optimum
from coopetition.studies.design.tables import design_tables
from coopetition.studies.design.target import Target
from coopetition.studies.pictured import Pictured
from coopetition.studies.solve.remarks import remarks


@dataclass(frozen=True, eq=False)
class Design(Pictured):
    """A designed mechanism, or why there is none.

    Parameters
    ----------
    game
        The round.
    target, planner
        The profile to implement, and the welfare optimum.
    outside : shape (N,)
        What each gets outside, with the round's own parameters.
    settlement
        Net payments at the target; a `Conflict` where the constraints cannot be met.
    rule
        The marginal rule; None with a conflict.
    samples
        Other parameters under which everybody must take part too: first those that were drawn,
        then the vertices of a box.
    box
        By how much values, costs and damage may be off, if that was asked.
    drawn
        The number of samples that are no vertices.
    outside_option
        Which outside option that is.
    words
        The scenario's name and its units.
    """

    game: TrainingRound
    target: Target
    planner: Optimum
    outside: Array
    settlement: Settlement | Conflict
    rule: SeparableRule | None
    samples: Sequence[TrainingRound] = field(default=(), repr=False)
    box: float | None = None
    drawn: int = 0
    outside_option: str = "autarky"
    words: Words = GENERAL

    @property
    def feasible(self) -> bool:
        """Whether a mechanism was found that satisfies all constraints, its target checked."""
        settled = isinstance(self.settlement, Settlement) and self.settlement.met
        return settled and self.certificate.holds

    @property
    def undecided(self) -> bool:
        """Whether time ran out: there is a mechanism, with more contracts than allowed."""
        return isinstance(self.settlement, Settlement) and not self.settlement.met

    @property
    def elsewhere_open(self) -> bool:
        """Whether a conflict is about this target only, so that another might do.

        Participation and the budget alone conflict everywhere if they do where welfare is largest.
        """
        if not isinstance(self.settlement, Conflict):
            return False
        plain = all(
            label.startswith("participation of ") or label.endswith(("balance", "from outside"))
            for label in self.settlement.constraints
        )
        return bool(self.samples) or not plain

    @cached_property
    def mechanism(self) -> Mechanism:
        """The rule and its fees.

        Raises
        ------
        InvalidInputError
            If there is none, with the conflict.
        """
        if self.rule is None or isinstance(self.settlement, Conflict):
            raise InvalidInputError(f"no mechanism satisfies the constraints: {self.settlement}")
        paid = self.rule(self.game, self.target.profile)
        return Mechanism(self.rule, self.settlement.net - paid)

    @property
    def prices(self) -> Array:
        """Who pays whom per unit: row n is what n receives, by payer; shape (N, N).

        Raises
        ------
        InvalidInputError
            If there is no mechanism.
        """
        rule = self.mechanism.rule
        if isinstance(rule, BilateralPrices):
            return rule.prices()
        assert isinstance(rule, Contracts)
        return rule.matrix

    @property
    def price(self) -> Array:
        """What a unit more brings each at the target, shape (N,).

        Raises
        ------
        InvalidInputError
            If there is no mechanism.
        """
        rule = self.mechanism.rule
        assert isinstance(rule, SeparableRule)
        return np.asarray(rule.slope - rule.bend * self.target.profile)

    @cached_property
    def induced(self) -> Game:
        """The game that the mechanism induces."""
        return redistribute(self.game, self.mechanism)

    @cached_property
    def certificate(self) -> Certificate:
        """The target as an equilibrium of the induced game."""
        return certify(self.induced, self.target.profile)

    @cached_property
    def payoff(self) -> Array:
        """Payoffs at the target, transfers and fees included, shape (N,)."""
        return np.asarray(self.induced.payoffs(self.target.profile))

    @cached_property
    def sample_regret(self) -> float | None:
        """The largest regret of the target under other parameters; None without any.

        Over a box it is the largest there is: regret is a maximum of functions that are linear in
        the parameters, so that its own is at a vertex.
        """
        if not self.samples:
            return None
        induced = (redistribute(sample, self.mechanism) for sample in self.samples)
        return max(certify(game, self.target.profile).epsilon for game in induced)

    @property
    def welfare(self) -> float:
        """Σ payoffs at the target, before transfers."""
        return float(self.game.welfare(self.target.profile))

    @property
    def attainable_share(self) -> float | None:
        """What the target has of the planner's gain over nobody generating anything, or None."""
        return self.planner.attainable_share(self.welfare)

    @cached_property
    def remarks(self) -> list[str]:
        """What bounds decide, and whether a rule is needed: sentences without a period."""
        return remarks(self.game, self.planner)

    @property
    def elsewhere(self) -> str | None:
        """Where else everybody takes part, and how that is known; None if it was not asked."""
        said = [f"{self.drawn} draws of other parameters"] if self.drawn else []
        if self.box is not None:
            said.append(
                f"all rounds with values, costs and damage within {100 * self.box:g} % (checked at "
                "all vertices; the worst is at a vertex: proved)"
            )
        return " and ".join(said) or None

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization; and one per payment, where it is known who pays whom."""
        return design_tables(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the design's JSON form."""
        target, found = self.target, self.settlement
        document: dict[str, Any] = {
            "organizations": list(self.game.players),
            "objective": target.objective,
            "outside_option": self.outside_option,
            "value": target.value,
            "gap": target.gap if np.isfinite(target.gap) else None,
            "known": target.known,
            "floor_price": target.floor_price,
            "held_back": target.held_back,
            "contribution": target.profile,
            "welfare": self.welfare,
            "attainable_share": self.attainable_share,
            "planner": {"contribution": self.planner.profile, "welfare": self.planner.welfare},
            "outside": self.outside,
            "feasible": self.feasible,
            "box": self.box,
            "draws": self.drawn,
            "robust": self.elsewhere,
            "remarks": self.remarks,
        }
        if isinstance(found, Conflict) or self.rule is None:
            assert isinstance(found, Conflict)
            return document | {
                "conflict": list(found.constraints),
                "smallest": found.smallest,
                "minimal": found.minimal,
                "shortfall": found.shortfall,
                "elsewhere_open": self.elsewhere_open,
            }
        return document | {
            "price": self.price,
            "prices": self.prices.T,
            "sharpening": self.rule.bend,
            "transfer": self.rule(self.game, target.profile),
            "fee": self.mechanism.fees,
            "payment": found.net,
            "flows": found.flows,
            "moved": found.moved,
            "contracts": None if found.contracts is None else asdict(found.contracts),
            "payoff": self.payoff,
            "costs": {k: v if np.isfinite(v) else None for k, v in found.costs.items()},
            "shadow": found.shadow,
            "certificate": self.certificate.to_dict(),
            "sample_regret": self.sample_regret,
        }
