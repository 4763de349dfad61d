"""Problems with private types: a public project, equal items, a coopetition round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.checks import finite
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.types import Reports, TypeSpace

PRIVATE = ("unit_cost", "quadratic_cost", "value")


def _names(given: Sequence[str] | None, size: int) -> tuple[str, ...]:
    return (
        tuple(given) if given is not None else tuple(f"organization {n + 1}" for n in range(size))
    )


def public_project(
    types: Sequence[TypeSpace], *, cost: float, organizations: Sequence[str] | None = None
) -> TypeProblem:
    """Build or not: each is worth θ_n where built and bears an equal share of the cost.

    v_n = built · (θ_n − cost/N); built where the reports sum to the cost or more.

    Raises
    ------
    InvalidInputError
        If the cost is not a finite number, or names and types do not fit.

    Examples
    --------
    >>> from coopetition.mechanisms.reported.types import TypeInterval
    >>> problem = public_project([TypeInterval(0.0, 1.0)] * 2, cost=1.0)
    >>> problem.choose((0.4, 0.5)), problem.choose((0.4, 0.7))
    (False, True)
    """
    finite("cost", cost)
    size = len(types)
    share = cost / max(size, 1)

    def value(n: int, built: Any, own: float) -> float:
        return own - share if built else 0.0

    return TypeProblem(
        organizations=_names(organizations, size),
        types=tuple(types),
        choose=lambda reports: sum(reports) >= cost,
        value=value,
        without=lambda n, others: max(0.0, sum(others) - share * len(others)),
        efficiency="proved",
        outcomes=(False, True),
        linear=True,
        others_lose_nothing=True,
        joining_is_free=all(space.low >= share for space in types),
    )


def equal_items(
    types: Sequence[TypeSpace], *, units: int = 1, organizations: Sequence[str] | None = None
) -> TypeProblem:
    """Allot equal items, at most one per organization, to those that value one most.

    The outcome is the tuple of winners' indices; among equal reports the first wins.

    Raises
    ------
    InvalidInputError
        If `units` is not between 1 and N − 1, or a type may be negative.

    Examples
    --------
    >>> from coopetition.mechanisms.reported.types import TypeInterval
    >>> equal_items([TypeInterval(0.0, 1.0)] * 3).choose((0.4, 0.7, 0.5))
    (1,)
    """
    size = len(types)
    if isinstance(units, bool) or not isinstance(units, int) or not 1 <= units < max(size, 2):
        raise InvalidInputError(f"`units` must be an integer from 1 to {size - 1}, got {units!r}")
    low = min((space.low for space in types), default=0.0)
    if low < 0:
        raise InvalidInputError(f"`types` must be at least 0, as items are free, got {low:g}")

    def choose(reports: Reports) -> tuple[int, ...]:
        order = sorted(range(size), key=lambda n: (-reports[n], n))
        return tuple(sorted(order[:units]))

    return TypeProblem(
        organizations=_names(organizations, size),
        types=tuple(types),
        choose=choose,
        value=lambda n, winners, own: own if n in winners else 0.0,
        without=lambda n, others: float(sum(sorted(others, reverse=True)[:units])),
        efficiency="proved",
        linear=True,
        others_lose_nothing=True,
        joining_is_free=True,
        units=units,
    )


def private_round(
    game: CoopetitionRound,
    types: Sequence[TypeSpace],
    *,
    plan: Callable[[CoopetitionRound], Array],
    private: str = "unit_cost",
    outside: Callable[[int, float], float] | None = None,
) -> TypeProblem:
    """Choose the contributions of a coopetition round in which one field is private.

    The outcome is the profile that `plan` finds for the round with the reported numbers; without
    n, the others have the round among themselves, without n's data. Answers of `plan` are kept.

    Parameters
    ----------
    plan : round -> profile, shape (N,)
        Usually the planner's optimum. As far as it misses it, a lie may gain, but never more.
    private : "unit_cost", "quadratic_cost" or "value"
    outside : (n, own type) -> money, optional
        Without it, nothing is said about participation.

    Raises
    ------
    InvalidInputError
        If a type is negative, the field is none of the three, or `plan` returns no profile.
    UnsupportedGameError
        For private values with damage: then n's payoff depends on the others' types.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> from coopetition.mechanisms.reported.types import Finite
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000)
    >>> def plan(told):  # all that is cheap
    ...     return 4000.0 * (told.unit_cost < 0.01)
    >>> private_round(game, [Finite([0.001, 0.1])] * 2, plan=plan).choose((0.001, 0.1)).tolist()
    [4000.0, 0.0]
    """
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"private_round() needs a CoopetitionRound, got {type(game).__name__}"
        )
    if private not in PRIVATE:
        raise InvalidInputError(f"`private` must be one of {', '.join(PRIVATE)}, got {private!r}")
    if private == "value" and game.harm.any():
        raise UnsupportedGameError(
            "private_round() needs `damage` 0 where `value` is private: with damage a payoff "
            "depends on the others' values, and no Groves rule is truthful"
        )
    low = min((space.low for space in types), default=0.0)
    if low < 0:
        raise InvalidInputError(f"`types` must be at least 0, as any {private}, got {low:g}")
    numbers = _PrivateRound(game, plan, private)
    return TypeProblem(
        organizations=game.players,
        types=tuple(types),
        choose=lru_cache(maxsize=100_000)(numbers.choose),
        value=numbers.value,
        without=lru_cache(maxsize=100_000)(numbers.without),
        outside=outside,
        efficiency="checked",
        linear=True,
    )


@dataclass(frozen=True)
class _PrivateRound:
    """Outcomes and values of a round in which one field is private."""

    game: CoopetitionRound
    plan: Callable[[CoopetitionRound], Array]
    private: str

    def choose(self, reports: Reports) -> Array:
        """Return the contributions planned for the reports."""
        game = self.game.replace(**{self.private: reports})
        return game.checked(self.plan(game))

    def value(self, n: int, profile: Any, own: float) -> float:
        """Return n's payoff, affine in its own number."""
        at_zero, at_one = (float(game.payoffs(profile)[n]) for game in self.ends)
        return at_zero + own * (at_one - at_zero)

    @cached_property
    def ends(self) -> tuple[CoopetitionRound, CoopetitionRound]:
        """The rounds in which all private numbers are 0 and 1."""
        return self.game.replace(**{self.private: 0.0}), self.game.replace(**{self.private: 1.0})

    def without(self, n: int, others: Reports) -> float:
        """Return the welfare that the others plan for themselves, without n's data."""
        members = [m for m in range(len(self.game.players)) if m != n]
        rest = self.game.among(members).replace(**{self.private: others})
        return float(rest.welfare(rest.checked(self.plan(rest))))
