"""A problem with private types: organizations report, an outcome rule chooses.

Organization n of type θ_n has the payoff v_n(outcome, θ_n) + t_n: values are private, as v_n sees
no other type. Reports are types; whatever chooses (a planner, an auction) is an argument.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from coopetition.games.certificate import How
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.types import Finite, Reports, TypeInterval, TypeSpace


def nothing(n: int, own: float) -> float:
    """Return 0: who stays out gets and pays nothing."""
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TypeProblem:
    """Types, an outcome rule, valuations; and what is known about them.

    Parameters
    ----------
    organizations : names, at least two
    types : one `Finite` or `TypeInterval` an organization
    choose : reports -> outcome
    value : (n, outcome, own type) -> money, without transfers
    without : (n, the others' reports) -> money
        What the others reach together without n, at their best: the Clarke pivot's yardstick.
    outside : (n, own type) -> money, or None where it is not known
        What n gets if it does not take part.
    efficiency : "proved", "checked" or None
        How it is known that `choose` maximizes the sum of values; None where it does not.
    outcomes : all outcomes, where they can be listed
    linear : bool
        Whether v_n is affine in θ_n at every outcome: with intervals, valuations are then convex.
    others_lose_nothing : bool
        Whether `without` is at least what the others get beside n: Clarke then has no deficit.
    joining_is_free : bool
        Whether n, at what the others choose without it, gets at least its outside option and takes
        nothing from them: Clarke is then rational ex post.
    units : how many equal items are allotted, at most one per organization; None otherwise

    Raises
    ------
    InvalidInputError
        If names and types do not fit.
    """

    organizations: tuple[str, ...]
    types: tuple[TypeSpace, ...]
    choose: Callable[[Reports], Any]
    value: Callable[[int, Any, float], float]
    without: Callable[[int, Reports], float]
    outside: Callable[[int, float], float] | None = nothing
    efficiency: How | None = None
    outcomes: tuple[Any, ...] | None = None
    linear: bool = False
    others_lose_nothing: bool = False
    joining_is_free: bool = False
    units: int | None = None

    def __post_init__(self) -> None:
        """Check names and types."""
        names, spaces = self.organizations, self.types
        if len(names) < 2 or len(set(names)) < len(names):
            raise InvalidInputError(f"`organizations` must be two or more distinct names: {names}")
        if len(spaces) != len(names):
            raise InvalidInputError(
                f"`types` must hold one space for each of {len(names)} organizations, "
                f"got {len(spaces)}"
            )
        for name, space in zip(names, spaces, strict=True):
            if not isinstance(space, (Finite, TypeInterval)):
                raise InvalidInputError(
                    f"`types` of {name} must be a Finite or a TypeInterval, got {space!r}"
                )

    @property
    def discrete(self) -> bool:
        """Whether outcomes are finitely many, so that payoffs jump between them."""
        return self.outcomes is not None or self.units is not None

    @property
    def size(self) -> int:
        """The number of organizations."""
        return len(self.organizations)

    def values(self, outcome: Any, types: Reports) -> list[float]:
        """Return v_n(outcome, θ_n) for all n."""
        return [self.worth(n, outcome, own) for n, own in enumerate(types)]

    def worth(self, n: int, outcome: Any, own: float) -> float:
        """Return v_n(outcome, θ_n).

        Raises
        ------
        InvalidInputError
            If it is not a finite number.
        """
        worth = float(self.value(n, outcome, own))
        if not isfinite(worth):
            raise InvalidInputError(
                f"`value` of {self.organizations[n]} must be finite, got {worth} for type {own:g}"
            )
        return worth

    def welfare(self, reports: Reports) -> float:
        """Return the sum of values at the outcome chosen, as if all reports were true."""
        return float(sum(self.values(self.choose(reports), reports)))

    def checked(self, reports: Sequence[float]) -> Reports:
        """Return reports as a tuple of floats.

        Raises
        ------
        InvalidInputError
            If their number is wrong, or one is no possible type.
        """
        try:
            given = tuple(float(r) for r in reports)
        except (TypeError, ValueError):
            raise InvalidInputError(f"`reports` must be numbers, got {reports!r}") from None
        if len(given) != self.size:
            raise InvalidInputError(f"`reports` must be {self.size} numbers, got {len(given)}")
        for name, space, report in zip(self.organizations, self.types, given, strict=True):
            if not space.contains(report):
                raise InvalidInputError(
                    f"the report of {name} must be one of its types, between {space.low:g} and "
                    f"{space.high:g}, got {report:g}"
                )
        return given

    def sample(self, rng: np.random.Generator, count: int) -> list[Reports]:
        """Draw profiles of types."""
        columns = [space.sample(rng, count) for space in self.types]
        return list(zip(*columns, strict=True))


def without(n: int, reports: Reports) -> Reports:
    """Return the others' reports: all but n's.

    Examples
    --------
    >>> without(1, (1.0, 2.0, 3.0))
    (1.0, 3.0)
    """
    return reports[:n] + reports[n + 1 :]


def beside(n: int, own: float, others: Reports) -> Reports:
    """Return the profile in which n reports `own` next to the others."""
    return (*others[:n], own, *others[n:])
