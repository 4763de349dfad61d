"""Design a mechanism: the target, the prices that implement it, the money that all accept.

Two steps. The target x° maximizes welfare, contribution or model gain among the profiles whose
welfare reaches the outside options' sum. There, prices follow from what marginal payoffs lack, and
fees settle who receives what on net: a linear program, as fees move nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import SeparableRule, bilateral_prices
from coopetition.mechanisms.contracts import contracts
from coopetition.mechanisms.program import Aim
from coopetition.mechanisms.requirements import Requirements
from coopetition.mechanisms.settlement import Settlement, settle
from coopetition.solvers import solve_planner
from coopetition.studies.box import corners, exact_box, perturbed
from coopetition.studies.designed import Design
from coopetition.studies.outside import OUTSIDE_OPTIONS, Autarky, autarky, exit_payoffs
from coopetition.studies.rules import optimal_prices
from coopetition.studies.subcoalitions import outside_option
from coopetition.studies.target import Objective, find_target

__all__ = ["Constraints", "Design", "design", "perturbed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What a designed mechanism must satisfy, besides balancing its budget.

    Parameters
    ----------
    outside : "autarky", "exit" or "sub-coalition"
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
    box : share, optional
        Everybody must take part, at the same target and payments, in every round whose values and
        costs differ by up to this share, each by its own.
    """

    outside: str = "autarky"
    guarantee: float = 0.0
    most: float | None = None
    pair: float | None = None
    contracts: int | None = None
    subsidy: float = 0.0
    box: float | None = None

    def __post_init__(self) -> None:
        """Validate."""
        if self.outside not in OUTSIDE_OPTIONS:
            names = ", ".join(OUTSIDE_OPTIONS)
            raise InvalidInputError(f"`outside` must be one of {names}, got {self.outside!r}")
        if not np.isfinite(self.guarantee):
            raise InvalidInputError(f"`guarantee` must be finite, got {self.guarantee!r}")
        if self.box is not None and not 0 <= self.box < 1:
            raise InvalidInputError(f"`box` must be in [0, 1), got {self.box!r}")


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
        Measured autarky, as in `run_study`. With other values and costs its contributions stay.

    Raises
    ------
    InvalidInputError
        If a constraint is malformed, or the outside option is not known, or with `box` is exit
        from a round with rivalry: its worst need not be at a vertex.
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
    others = [*samples, *_corners(game, wanted)]
    for other in others:
        if other.players != game.players:
            raise InvalidInputError("`samples` must have the organizations of the round")
        option = _outside(other, wanted.outside, _repriced(alone, other))
        needs = np.maximum(needs, option + wanted.guarantee - other.payoffs(x))
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
    return Design(
        game, target, planner, outside, settlement, rule, tuple(others), wanted.box, len(samples)
    )


def _corners(game: CoopetitionRound, wanted: Constraints) -> Sequence[CoopetitionRound]:
    """Return the rounds at the vertices of the box, if there is one."""
    if wanted.box is None:
        return ()
    if not exact_box(game, wanted.outside):
        raise InvalidInputError(
            "`box` is for autarky as outside option, or exit without rivalry: the worst of any "
            "other need not be at a vertex; draw `samples` instead (--draws)"
        )
    return corners(game, wanted.box)


def _outside(game: CoopetitionRound, option: str, alone: Autarky | str | None) -> Array:
    """Return the outside option; others go on, or part, under their own optimal prices."""
    try:
        if isinstance(alone, str):
            raise InvalidInputError(alone)
        if option == "sub-coalition":
            found = outside_option(game, option, optimal_prices, alone)
            if isinstance(found, str):
                raise InvalidInputError(found)
            return found
        known = alone or autarky(game)
        return known.payoff if option == "autarky" else exit_payoffs(game, optimal_prices, known)
    except InvalidInputError as error:
        raise InvalidInputError(f"the outside option {option} is not known: {error}") from None


def _repriced(alone: Autarky | str | None, game: CoopetitionRound) -> Autarky | str | None:
    """Return measured autarky at other values and costs: the gains as measured."""
    if alone is None or isinstance(alone, str):
        return alone
    cost = game.cost(alone.contribution) - game.fixed_cost
    return replace(alone, payoff=game.value * alone.gain - cost)
