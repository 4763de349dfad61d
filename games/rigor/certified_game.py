"""What a certificate file is about: which game, and how much is at stake in it."""

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from coopetition.games.base import Game
from coopetition.games.checker.curves import read_curve
from coopetition.games.checker.numbers import exact
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.certificate_file import finite_numbers, round_numbers
from coopetition.games.rigor.enclosure import own_part
from coopetition.games.tolerance import tolerances

COMPUTED = ("transfer_slope", "transfer_bend")  # a rule's own part: solved for, so rounded
MEASURED = ("gain", "local_data", "skew", "quality", *COMPUTED)  # of a round with an oracle


def about(
    document: Mapping[str, Any], game: Game | FiniteGame, *, unknown: Collection[str] = ()
) -> None:
    """Refuse a certificate that is about other numbers than a game's.

    What a rule was computed to pay may differ, by what changes nobody's payoff by more than its
    tolerance. Fields that are `unknown` of the game as yet are not compared.

    Raises
    ------
    InvalidInputError
        Naming the first field that differs, and both values.
    UnsupportedGameError
        If the game is of a kind of which there are no certificates.
    """
    if isinstance(game, FiniteGame):
        expected = finite_numbers(game.to_fractions())
    else:
        expected = round_numbers(own_part(game))
    for key, ours in expected.items():
        if key in unknown:
            continue
        theirs = document.get(key)
        slack = _slack(key, document, game) if key in COMPUTED else []
        for where, there, here in _pairs(theirs, ours):
            if not _same(there, here, slack[where[0]] if slack and where else Fraction(0)):
                at = _shown(where, ours, expected["players"])
                raise InvalidInputError(
                    f"the certificate is about another game: `{key}`{at} is {there!r:.60} in it, "
                    f"not {here!r:.60}"
                )


def _slack(key: str, document: Mapping[str, Any], game: Any) -> list[Fraction]:
    """Return by how much each number of a rule's own part may differ, all else being the same."""
    profile = np.array([float(exact(value)) for value in document["profile"]])
    top = np.asarray(game.spaces.upper)
    change = top if key == "transfer_slope" else 0.5 * top**2  # of a payoff, at most, per unit
    allowed = tolerances(game, profile)
    slack = np.divide(allowed, change, out=np.zeros_like(top), where=change > 0)
    return [Fraction(v) for v in slack.tolist()]


def stake(document: Mapping[str, Any]) -> tuple[Fraction, str]:
    """Return what a checked certificate's bound may be compared with, and what that is.

    Of a finite game the largest payoff in size; of a round what all contributions together are
    worth to the organization that values them most, because payoffs have no natural zero.
    """
    if document["kind"] == "finite":
        sizes = (abs(exact(payoff)) for own in document["payoffs"] for payoff in own)
        return max(sizes), "the largest payoff"
    what = "what all contributions together can be worth to one organization"
    start = sum(map(exact, document["local_data"]), Fraction(0))
    added = zip(document["quality"], document["max_contribution"], strict=True)
    end = start + sum(exact(quality) * exact(most) for quality, most in added)
    best = max(map(exact, document["value"]))
    try:
        rise = read_curve(document["gain"]).change(start, end)[0]
    except (ValueError, ArithmeticError):  # a curve that falls to −∞ where there is no data
        rise = Fraction(0)
    return max(best * rise, Fraction(0)), what


def _pairs(theirs: Any, ours: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (place, theirs, ours) for all parts that stand at the same place."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        for key in ours:
            yield from _pairs(theirs[key], ours[key], (*where, key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for k, pair in enumerate(zip(theirs, ours, strict=True)):
            yield from _pairs(*pair, (*where, k))
    else:
        yield where, theirs, ours


def _same(theirs: Any, ours: Any, slack: Fraction) -> bool:
    if not slack:
        return bool(theirs == ours)
    try:
        return abs(exact(theirs) - exact(ours)) <= slack
    except ValueError:
        return False


def _shown(where: tuple[Any, ...], field: Any, players: list[str]) -> str:
    """Say which part of a field: of whom, where it has one entry a player."""
    if where and isinstance(field, list) and len(field) == len(players) and field != players:
        return f" of {players[where[0]]}" + "".join(f"[{part}]" for part in where[1:])
    return "".join(f"[{part!r}]" for part in where)
