"""The index of outside options: what each is, and how it is computed.

A new one is a function in a file of its own and an entry here. Scenarios, studies, comparisons,
designs, audits, sweeps, plays and the command line know no other list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.games.text.words import first_few
from coopetition.games.unknown import Unknown
from coopetition.studies.outside.outside import Autarky, RuleMaker, autarky, exit_payoffs
from coopetition.studies.outside.subcoalitions import best_payoffs


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideOption:
    """What an organization gets if it does not take part.

    Parameters
    ----------
    payoffs
        `payoffs(game, make_rule, alone)`, shape (N,), money: `make_rule` makes the rule for a part
        of the round, `alone` is autarky, which may be measured. Raises `InvalidInputError`, saying
        why, where it is not known.
    what
        What somebody who takes no part does, for the command's help.
    gains
        Whose gains it needs to know: those of each alone, with rivalry also those of smaller
        coalitions, or those of all sub-coalitions, which an oracle is not asked for.
    always
        Whether every study shows it; others only where they are asked for.
    head
        What people call its column in tables.
    """

    payoffs: Callable[[TrainingRound, RuleMaker, Autarky], Array]
    what: str
    gains: Literal["alone", "smaller coalitions", "sub-coalitions"]
    always: bool = False
    head: str


OUTSIDE_OPTIONS: Mapping[str, OutsideOption] = {
    "autarky": OutsideOption(
        payoffs=lambda game, make_rule, alone: alone.payoff,
        what="trains alone, as all others then do, without competition",
        gains="alone",
        always=True,
        head="autarky",
    ),
    "exit": OutsideOption(
        payoffs=exit_payoffs,
        what="leaves, and the others go on under the same rule",
        gains="smaller coalitions",
        always=True,
        head="exit",
    ),
    "sub-coalition": OutsideOption(
        payoffs=best_payoffs,
        what="goes with those others that are best for it",
        gains="sub-coalitions",
        head="best part",
    ),
}
ALWAYS = tuple(name for name, option in OUTSIDE_OPTIONS.items() if option.always)


def outside_column(name: str) -> str:
    """Return what programs call the payoffs of an outside option in tables.

    Examples
    --------
    >>> outside_column("sub-coalition")
    'outside_sub_coalition'
    """
    return f"outside_{name.replace('-', '_')}"


def outside_options(
    game: TrainingRound,
    make_rule: RuleMaker,
    alone: Autarky | Unknown | None = None,
    names: Sequence[str] = ALWAYS,
) -> Mapping[str, Array | Unknown]:
    """Return outside options, each if it is known.

    Parameters
    ----------
    alone : Autarky or Unknown, optional
        Measured autarky, where the round's curve should not say it, or why it is not known.
    names
        Of `OUTSIDE_OPTIONS`.

    Raises
    ------
    InvalidInputError
        If measured autarky is that of other organizations.
    """
    if isinstance(alone, Autarky) and alone.players != game.players:
        raise InvalidInputError(
            f"`alone` must be of {first_few(game.players)}, in this order, got "
            f"{first_few(alone.players)}"
        )
    try:
        if isinstance(alone, Unknown):
            raise InvalidInputError(alone.reason)
        known = alone or autarky(game)
    except InvalidInputError as error:
        return dict.fromkeys(names, Unknown(str(error)))
    found: dict[str, Array | Unknown] = {}
    for name in names:
        try:
            found[name] = OUTSIDE_OPTIONS[name].payoffs(game, make_rule, known)
        except InvalidInputError as error:
            found[name] = Unknown(str(error))
    return found
