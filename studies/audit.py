"""The one-line audit: solve, plan, find the outside options, then audit the mechanism."""

from collections.abc import Sequence
from dataclasses import replace

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import FEES, Audit, TransferRule
from coopetition.studies.outside import OUTSIDE_OPTIONS, RuleMaker
from coopetition.studies.rules import settings_of
from coopetition.studies.study import run_study


def audit(
    game: Game,
    rule: TransferRule | RuleMaker | str,
    *,
    fees: str = "none",
    outside_option: str = "autarky",
    power: str | Sequence[float] = "equal",
) -> Audit:
    """Audit a rule on a round: budget, participation, potential, planner's optimum.

    Parameters
    ----------
    rule
        Made for the round, the name of one of the catalogue, or one of your own: a function
        `rule(game, profile)`, or `make(game)` that returns one.
    fees : name of a fee rule
    outside_option : "autarky", "exit" or "sub-coalition"
        What the fees are measured against; the first two are audited, the third if it is named
        or the fees need its values.
    power : "equal", "value", "data" or one number each
        How nash and almost-ideal fees share a surplus.

    Raises
    ------
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.
    InvalidInputError
        If fees are asked whose outside option is not known, or that cannot be agreed on.
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
    shared = power if isinstance(power, str) else tuple(power)
    settings = replace(
        settings_of(game, rule), fees=fees, outside_option=outside_option, power=shared
    )
    study = run_study(game, settings)
    study.equilibrium.raise_if_failed()
    return study.audit
