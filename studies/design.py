"""Design a mechanism: the target, the prices that implement it, the money that all accept.

Two steps. The target x° maximizes welfare, contribution or model gain among the profiles whose
welfare reaches the outside options' sum. There, prices follow from what marginal payoffs lack, and
fees settle who receives what on net: a linear program, as fees move nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.base import Game
from coopetition.games.certificate import Certificate, certify
from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import Mechanism, SeparableRule, bilateral_prices, redistribute
from coopetition.mechanisms.contracts import contracts
from coopetition.mechanisms.program import Aim
from coopetition.mechanisms.requirements import Requirements
from coopetition.mechanisms.settlement import Conflict, Settlement, settle
from coopetition.solvers import Optimum, solve_planner
from coopetition.studies.outside import Autarky, outside_options
from coopetition.studies.rules import optimal_prices
from coopetition.studies.target import Objective, Target, find_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What a designed mechanism must satisfy, besides balancing its budget.

    Parameters
    ----------
    outside : "autarky" or "exit"
        The option that everybody must be given at least.
    guarantee : money
        How much more than the outside option everybody must get.
    most : money, optional
        The largest net payment that one organization makes or receives at the target.
    pair : money, optional
        The largest net payment between two at the target.
    contracts : number, optional
        The most pairs that may pay each other.
    subsidy : money
        What may come from outside.
    """

    outside: str = "autarky"
    guarantee: float = 0.0
    most: float | None = None
    pair: float | None = None
    contracts: int | None = None
    subsidy: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        if self.outside not in ("autarky", "exit"):
            raise InvalidInputError(f"`outside` must be autarky or exit, got {self.outside!r}")
        if not np.isfinite(self.guarantee):
            raise InvalidInputError(f"`guarantee` must be finite, got {self.guarantee!r}")


@dataclass(frozen=True, eq=False)
class Design:
    """A designed mechanism, or why there is none.

    Parameters
    ----------
    game
        The round.
    target, planner
        The profile to implement, and the welfare optimum.
    outside : shape (N,)
        What each gets outside; the most of all samples where the design is robust.
    settlement
        Net payments at the target; a `Conflict` where the constraints cannot be met.
    rule
        The marginal rule; None with a conflict.
    samples
        Other parameters under which everybody must take part too.
    """

    game: CoopetitionRound
    target: Target
    planner: Optimum
    outside: Array
    settlement: Settlement | Conflict
    rule: SeparableRule | None
    samples: Sequence[CoopetitionRound] = field(default=(), repr=False)

    @property
    def feasible(self) -> bool:
        """Whether a mechanism satisfies all constraints."""
        return isinstance(self.settlement, Settlement)

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
        """The largest regret of the target under any sample's parameters; None without samples."""
        if not self.samples:
            return None
        induced = (redistribute(sample, self.mechanism) for sample in self.samples)
        return max(certify(game, self.target.profile).epsilon for game in induced)

    def to_dict(self) -> dict[str, Any]:
        """Return the design's JSON form."""
        target, found = self.target, self.settlement
        document: dict[str, Any] = {
            "organizations": list(self.game.players),
            "objective": target.objective,
            "value": target.value,
            "gap": target.gap,
            "known": target.known,
            "floor_price": target.floor_price,
            "contribution": target.profile,
            "welfare": float(self.game.welfare(target.profile)),
            "planner": {"contribution": self.planner.profile, "welfare": self.planner.welfare},
            "outside": self.outside,
            "feasible": self.feasible,
        }
        if isinstance(found, Conflict) or self.rule is None:
            assert isinstance(found, Conflict)
            return document | {
                "conflict": list(found.constraints),
                "smallest": found.smallest,
                "shortfall": found.shortfall,
            }
        return document | {
            "price": self.rule.slope - self.rule.bend * target.profile,
            "sharpening": self.rule.bend,
            "transfer": self.rule(self.game, target.profile),
            "fee": self.mechanism.fees,
            "net": found.net,
            "flows": found.flows,
            "moved": found.moved,
            "payoff": self.payoff,
            "costs": {k: v if np.isfinite(v) else None for k, v in found.costs.items()},
            "certificate": self.certificate.to_dict(),
            "sample_regret": self.sample_regret,
        }


def design(
    game: CoopetitionRound,
    objective: Objective = "welfare",
    constraints: Constraints | None = None,
    *,
    aim: Aim = "least",
    samples: Sequence[CoopetitionRound] = (),
    alone: Autarky | str | None = None,
) -> Design:
    """Design a mechanism for a round.

    Parameters
    ----------
    objective
        What the target maximizes: welfare, contribution, or (model) gain.
    constraints
        By default autarky, and nothing else.
    aim
        How to settle: move the ``least`` money, or be ``fair``: make the smallest gain over the
        outside options as large as possible.
    samples
        Rounds with other parameters in which, at the same target and payments, everybody must
        take part too.
    alone
        Measured autarky, as in `run_study`.

    Raises
    ------
    InvalidInputError
        If a constraint is malformed, or the outside option is not known.
    NotConvergedError
        If the target's optimum, or the program, was not solved.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0], damage=0.08,
    ...     max_contribution=4000.0, value=[1000.0, 800.0, 1200.0], unit_cost=0.001,
    ...     quadratic_cost=2e-6)
    >>> found = design(game, constraints=Constraints(most=30.0), aim="fair")
    >>> found.feasible, found.certificate.holds, bool(np.abs(found.settlement.net).max() <= 30.0)
    (True, True, True)
    >>> print(design(game, constraints=Constraints(guarantee=100.0)).settlement)
    impossible by 200.5...: participation of organization 1, ... budget balance (a smallest ...
    """
    wanted = constraints or Constraints()
    planner = solve_planner(game).raise_if_failed()
    outside = _outside(game, wanted.outside, alone)
    floor = float(outside.sum()) + wanted.guarantee * len(game.players) - wanted.subsidy
    target = find_target(game, objective, planner, floor)
    x = target.profile
    prices = bilateral_prices(game, target=x)
    needs = outside + wanted.guarantee - game.payoffs(x)
    for sample in samples:
        _check_alike(game, sample)
        other = _outside(sample, wanted.outside, None) + wanted.guarantee - sample.payoffs(x)
        needs = np.maximum(needs, other)
    settlement = settle(
        Requirements(
            names=game.players,
            needs=needs,
            most=wanted.most,
            pair=wanted.pair,
            contracts=wanted.contracts,
            partnered=(prices.price != 0) | (prices.sharpening > 0),
            subsidy=wanted.subsidy,
        ),
        aim,
    )
    rule: SeparableRule | None = None
    if isinstance(settlement, Settlement):
        rule = prices
        if settlement.partners is not None:
            rule = contracts(
                prices.price, settlement.partners, target=x, sharpening=prices.sharpening
            )
    return Design(game, target, planner, outside, settlement, rule, tuple(samples))


def _outside(game: CoopetitionRound, option: str, alone: Autarky | str | None) -> Array:
    """Return the outside option; exit is measured under the others' own optimal prices."""
    known = outside_options(game, optimal_prices, alone)[option]
    if isinstance(known, str):
        raise InvalidInputError(f"the outside option {option} is not known: {known}")
    return known


def _check_alike(game: CoopetitionRound, sample: CoopetitionRound) -> None:
    if sample.players != game.players:
        raise InvalidInputError("`samples` must have the organizations of the round")


def perturbed(
    game: CoopetitionRound, spread: float, draws: int, seed: int = 0
) -> tuple[CoopetitionRound, ...]:
    """Draw rounds whose values and costs differ by up to a share, uniformly and independently.

    Raises
    ------
    InvalidInputError
        If the spread is not in [0, 1), or there is no draw.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=10, value=1.0)
    >>> [bool((np.abs(other.value - 1) <= 0.1).all()) for other in perturbed(game, 0.1, 2)]
    [True, True]
    """
    if not 0 <= spread < 1 or draws < 1:
        raise InvalidInputError(
            f"`spread` must be in [0, 1) and `draws` at least 1, got {spread!r} and {draws!r}"
        )
    rng = np.random.default_rng(np.random.SeedSequence((seed, 2)))
    fields = ("value", "unit_cost", "quadratic_cost")
    return tuple(
        game.replace(
            **{
                name: getattr(game, name) * rng.uniform(1 - spread, 1 + spread, len(game.players))
                for name in fields
            }
        )
        for _ in range(draws)
    )
