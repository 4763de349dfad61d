"""Design a mechanism: the target, the prices that implement it, the money that all accept.

Two steps. The target x° maximizes welfare, contribution or model gain among the profiles whose
welfare reaches the outside options' sum; where it cannot satisfy all constraints, it moves towards
the planner's optimum. There, prices follow from what marginal payoffs lack, and fees settle who
receives what on net: a linear program, as fees move nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.columns import MONEY
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import SeparableRule, bilateral_prices
from coopetition.mechanisms.rules.bilateral import contracts
from coopetition.mechanisms.settlement.linear_program import Aim
from coopetition.mechanisms.settlement.settlement import Settlement, settle
from coopetition.output.progress import Progress, silent
from coopetition.output.words import GENERAL, Words
from coopetition.solvers import Optimum, solve_planner
from coopetition.studies.design.constraints import Constraints, TargetNeeds, priced
from coopetition.studies.design.result import Design
from coopetition.studies.design.target import Objective, find_target, polished, unit_of
from coopetition.studies.outside.options import outside_options
from coopetition.studies.outside.outside import Autarky
from coopetition.studies.scenario.rules import optimal_prices, refuse_unsupported

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill

__all__ = ["Constraints", "Design", "design", "perturbed"]


def design(
    game: TrainingRound,
    objective: Objective = "welfare",
    constraints: Constraints | None = None,
    *,
    aim: Aim = "least",
    samples: Sequence[TrainingRound] = (),
    alone: Autarky | Unknown | None = None,
    progress: Progress = silent,
    words: Words = GENERAL,
    skill: "Skill | None" = None,
    planner: Optimum | None = None,
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
    words
        The name and the units that its tables show, such as `scenario.words`.
    skill, planner
        As in `run_study`.

    Raises
    ------
    InvalidInputError
        If a constraint is malformed, or the outside option is not known, or with `box` is exit
        from a round with rivalry: its worst need not be at a vertex.
    NotConvergedError
        If the target's optimum, or the program, was not solved; or fitted gains of everybody's own
        explain nothing of what was measured.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
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
    refuse_unsupported(game, "a design", skill)
    planner = (planner or solve_planner(game)).raise_if_failed()
    outside = _outside(game, wanted.outside, alone)
    others = (*samples, *_corners(game, wanted))
    options = [(game, outside)]
    for k, other in enumerate(others):
        progress("solving rounds with other parameters", k, len(others))
        if other.players != game.players:
            raise InvalidInputError("`samples` must have the organizations of the round")
        options.append((other, _outside(other, wanted.outside, _repriced(alone, other))))
    asked = TargetNeeds(wanted, tuple(options), aim)
    progress("designing", 0, None)
    floor = float(outside.sum()) + wanted.guarantee * len(game.players) - wanted.subsidy
    target = find_target(game, objective, planner, floor, asked.can)
    if target.held_back:
        unit = unit_of(game, objective)
        target = polished(target, unit, game.max_contribution, asked.slacks, asked.can)
    prices = bilateral_prices(game, target=target.profile)
    settlement = settle(asked.at(prices), aim)
    rule: SeparableRule | None = None
    if isinstance(settlement, Settlement):
        rule = prices
        if settlement.partners is not None:
            needed = priced(game, prices)
            rule = contracts(
                np.where(needed, prices.price, 0.0),
                settlement.partners,
                target=target.profile,
                sharpening=np.where(needed, prices.sharpening, 0.0),
            )
    return Design(
        game=game,
        target=target,
        planner=planner,
        outside=outside,
        settlement=settlement,
        rule=rule,
        samples=others,
        box=wanted.box,
        drawn=len(samples),
        outside_option=wanted.outside,
        words=words,
    )


def _corners(game: TrainingRound, wanted: Constraints) -> Sequence[TrainingRound]:
    """Return the rounds at the vertices of the box, if there is one."""
    check_box(game, wanted)
    return () if wanted.box is None else corners(game, wanted.box)


def check_box(game: TrainingRound, wanted: Constraints) -> None:
    """Refuse a box whose worst round need not be at a vertex."""
    if wanted.box is not None and not exact_box(game, wanted.outside):
        raise InvalidInputError(
            "`box` is for autarky as outside option, or exit without rivalry: the worst of any "
            "other need not be at a vertex; draw `samples` instead (--draws)"
        )


def _outside(game: TrainingRound, option: str, alone: Autarky | Unknown | None) -> Array:
    """Return the outside option; others go on, or part, under their own optimal prices."""
    found = outside_options(game, optimal_prices, alone, [option])[option]
    if isinstance(found, Unknown):
        raise InvalidInputError(f"the outside option {option} is not known: {found}")
    return found


def _repriced(alone: Autarky | Unknown | None, game: TrainingRound) -> Autarky | Unknown | None:
    """Return measured autarky at other values and costs: the gains as measured."""
    if alone is None or isinstance(alone, Unknown):
        return alone
    cost = game.cost(alone.contribution) - game.fixed_cost
    return replace(alone, payoff=game.value * alone.gain - cost)


# A box of parameters: every value, cost and damage may be off by up to a share, each independently.
#
# At fixed contributions and payments an organization's payoff is linear in its value p_n and costs
# a_n, b_n, c0_n, and in its harm R_n = Σ_m ρ_nm p_m, through which alone the others' values reach
# it. Autarky is a maximum of functions linear in p_n, a_n, b_n. So payoff − autarky is concave: its
# least over the box is at a vertex. The gain from leaving the target is a maximum of linear
# functions: its largest is at a vertex. The ρ_nm and p_m are free of p_n, so that R_n has an
# interval of its own, from (1 − s)² to (1 + s)² times what it is, and everybody's vertices are
# looked at side by side: 16 rounds for any N. [derived]


def checked_spread(spread: float) -> float:
    """Return a share by which parameters may be off."""
    if not 0 <= spread < 1:
        raise InvalidInputError(f"`spread` must be in [0, 1), got {spread!r}")
    return float(spread)


def exact_box(game: TrainingRound, outside: str) -> bool:
    """Whether vertices are enough: the outside option is autarky, or exit that is worth the same.

    Without rivalry, who leaves cares about nobody's gain, so that exit is worth autarky; where
    rivals' whole gains hurt, autarky depends on others' numbers.
    """
    if game.counts == "gains" and game.harm.any():
        return False
    return outside == "autarky" or (outside == "exit" and not game.rivalry.row_sums.any())


def corners(game: TrainingRound, spread: float) -> tuple[TrainingRound, ...]:
    """Return 16 rounds among which everybody has each vertex of its own part of the box.

    Everybody's own value and costs, and its harm, are at the same ends in one round; as no payoff
    at fixed contributions, and no autarky, depends on any other parameter, each organization may
    be read by itself. Fixed costs are at their high end: it is the worst of the two for whoever
    takes part, and none for who would deviate.

    Raises
    ------
    InvalidInputError
        If the spread is not in [0, 1).
    """
    ends = (1.0 - checked_spread(spread), 1.0 + spread)
    harms = (ends[0] ** 2, ends[1] ** 2)
    return tuple(
        game.replace(
            value=value * game.value,
            unit_cost=unit * game.unit_cost,
            quadratic_cost=bend * game.quadratic_cost,
            fixed_cost=ends[1] * game.fixed_cost,
            damage=game.damage.scaled(harm / value),  # its product with the values is the harm
        )
        for value, unit, bend, harm in product(ends, ends, ends, harms)
    )


def perturbed(
    game: TrainingRound, spread: float, draws: int, seed: int = 0
) -> tuple[TrainingRound, ...]:
    """Draw rounds whose values, costs and damage differ by up to a share: uniform, independent.

    Raises
    ------
    InvalidInputError
        If the spread is not in [0, 1), or there is no draw.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=10, value=1.0)
    >>> [bool((np.abs(other.value - 1) <= 0.1).all()) for other in perturbed(game, 0.1, 2)]
    [True, True]
    """
    checked_spread(spread)
    if draws < 1:
        raise InvalidInputError(f"`draws` must be at least 1, got {draws!r}")
    rng = np.random.default_rng(np.random.SeedSequence((seed, 2)))
    size, pairs = len(game.players), None
    if game.damage.row_sums.any():
        pairs = game.damage.dense()

    def off(numbers: Array) -> Array:
        return numbers * rng.uniform(1 - spread, 1 + spread, numbers.shape)

    found = []
    for _ in range(draws):
        changed = {name: off(np.broadcast_to(getattr(game, name), size)) for name in MONEY}
        changed |= {} if pairs is None else {"damage": off(pairs)}
        found.append(game.replace(**changed))
    return tuple(found)
