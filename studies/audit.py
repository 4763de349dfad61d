"""The one-line audit: solve, plan, find the outside options, then audit the mechanism."""

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import (
    FEES,
    Audit,
    Mechanism,
    TransferRule,
    audit_mechanism,
    redistribute,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies.outside import outside_options
from coopetition.studies.rules import maker_of
from coopetition.studies.settings import OUTSIDE_OPTIONS
from coopetition.studies.study import lump_sums


def audit(
    game: Game, rule: TransferRule, *, fees: str = "none", outside_option: str = "autarky"
) -> Audit:
    """Audit a rule on a round: budget, participation, potential, planner's optimum.

    Parameters
    ----------
    fees : name of a fee rule
    outside_option : "autarky" or "exit"
        What the fees are measured against; both are audited.

    Raises
    ------
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.
    InvalidInputError
        If fees are asked whose outside option is not known.
    NotConvergedError
        If the rule induces no certified equilibrium.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.mechanisms import redistribution
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=[4000, 1000], value=1000, damage=[[0, 0.1], [0.05, 0]])
    >>> published = redistribution(game, rate=0.2, balanced=False)
    >>> audit(game, published)["budget-balance"].witness[:49]
    'transfers sum to 30 at the equilibrium, and to be'
    """
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"audit() needs a CoopetitionRound, got {type(game).__name__}: use audit_mechanism()"
        )
    for name, value, known in (
        ("fees", fees, FEES),
        ("outside_option", outside_option, OUTSIDE_OPTIONS),
    ):
        if value not in known:
            raise InvalidInputError(f"`{name}` must be one of {', '.join(known)}, got {value!r}")
    found = solve(redistribute(game, rule)).raise_if_failed()
    outside: dict[str, Array | str] = dict(outside_options(game, maker_of(game, rule)))
    fee = lump_sums(fees, outside_option, found.payoffs, outside)
    return audit_mechanism(
        game,
        Mechanism(rule, fee),
        profile=found.profile,
        target=solve_planner(game, start=found.profile).profile,
        outside=outside,
    )
