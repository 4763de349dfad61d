"""What selfishness costs: prices of anarchy and of stability over the pure equilibria."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.tables import as_float
from coopetition.games.finite.game import FiniteGame, Profile, Tensor, shown
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.finite.pure import PureEquilibria, pure_equilibria

Kind = Literal["payoff", "cost"]
NUMBERS = ("optimum", "worst", "best", "anarchy", "stability", "gap_worst", "gap_best")


@dataclass(frozen=True, kw_only=True)
class Anarchy(Result):
    """The best sum of payoffs next to that of the worst and of the best pure equilibrium.

    Attributes
    ----------
    optimum, worst, best : number
        Sums of payoffs, or of costs; None for equilibria where there is no pure one.
    anarchy, stability : number or None
        At least 1: optimum ÷ worst and optimum ÷ best; of costs worst ÷ optimum and best ÷
        optimum. None where there is no equilibrium, or one of the two sums is not positive: a
        ratio says nothing then, and the gaps stand.
    gap_worst, gap_best : number or None
        The absolute differences.
    """

    game: FiniteGame
    kind: Kind
    optimal_profile: Profile
    worst_profile: Profile | None
    best_profile: Profile | None
    optimum: Any
    worst: Any
    best: Any
    anarchy: Any
    stability: Any
    gap_worst: Any
    gap_best: Any
    equilibria: int
    equilibrium_class: str = "pure"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: strategies by name, numbers as floats.

        A ratio that no float holds is None.
        """
        profiles = ("optimal_profile", "worst_profile", "best_profile")
        here = {key: getattr(self, key) for key in profiles}
        sums = {key: getattr(self, key) for key in NUMBERS}
        return {
            "kind": self.kind,
            "equilibrium_class": self.equilibrium_class,
            "equilibria": self.equilibria,
            **{key: None if p is None else self.game.names(p) for key, p in here.items()},
            **{key: None if value is None else as_float(value) for key, value in sums.items()},
        }

    def tables(self) -> tuple[Table]:
        """Return the best sum, and those of the worst and of the best equilibrium."""
        said, here = self.to_dict(), ("optimal_profile", "worst_profile", "best_profile")
        what = "welfare" if self.kind == "payoff" else "cost"
        values = {
            "cell": ["optimum", "worst equilibrium", "best equilibrium"],
            "profile": [said[key] and ", ".join(said[key]) for key in here],
            what: [said[key] for key in ("optimum", "worst", "best")],
            "price": [None, said["anarchy"], said["stability"]],
            "gap": [None, said["gap_worst"], said["gap_best"]],
        }
        return (keyed("Prices of anarchy and of stability", values),)

    def __str__(self) -> str:
        """Say it in two lines."""
        what = "welfare" if self.kind == "payoff" else "cost"
        if not self.equilibria:
            return f"optimal {what} {shown(self.optimum)}; no {self.equilibrium_class} equilibrium"
        rows = (
            ("price of anarchy", self.anarchy, self.worst, self.gap_worst),
            ("price of stability", self.stability, self.best, self.gap_best),
        )
        return "\n".join(
            f"{name} ({self.equilibrium_class} equilibria): "
            f"{'none, a sum is not positive' if ratio is None else shown(ratio)} "
            f"({what} {shown(value)}, optimum {shown(self.optimum)}, gap {shown(gap)})"
            for name, ratio, value, gap in rows
        )


def anarchy(
    game: FiniteGame, kind: Kind = "payoff", equilibria: PureEquilibria | None = None
) -> Anarchy:
    """Return the prices of anarchy and of stability over pure equilibria.

    Parameters
    ----------
    kind : "payoff" or "cost"
        "cost" where payoffs are costs with a minus: sums and ratios are of costs.
    equilibria : PureEquilibria, optional
        Where they are known already; ε-equilibria are taken as they are.

    Raises
    ------
    InvalidInputError
        If there is no such kind.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> print(anarchy(prisoners))
    price of anarchy (pure equilibria): 3 (welfare 2, optimum 6, gap 4)
    price of stability (pure equilibria): 3 (welfare 2, optimum 6, gap 4)
    """
    if kind not in ("payoff", "cost"):
        raise InvalidInputError(f"`kind` must be payoff or cost, got {kind!r:.40}")
    found = pure_equilibria(game) if equilibria is None else equilibria
    sums = game.tensor.sum(axis=0)
    top = tuple(map(int, np.unravel_index(int(sums.argmax()), game.shape)))
    ends: list[tuple[Profile | None, Any, Any, Any]] = []
    for pick in (np.argmin, np.argmax):
        if len(found):
            here = tuple(found.profiles[int(pick(found.payoffs.sum(axis=1)))].tolist())
            ends.append((here, *_compared(sums[top], sums[here], kind)))
        else:
            ends.append((None, None, None, None))
    (worst_profile, worst, price, gap_worst), (best_profile, best, stable, gap_best) = ends
    return Anarchy(
        game=game,
        kind=kind,
        optimal_profile=top,
        worst_profile=worst_profile,
        best_profile=best_profile,
        optimum=_number(sums[top], kind),
        worst=worst,
        best=best,
        anarchy=price,
        stability=stable,
        gap_worst=gap_worst,
        gap_best=gap_best,
        equilibria=len(found),
    )


def _compared(optimum: Any, value: Any, kind: Kind) -> tuple[Any, Any, Any]:
    """Return an equilibrium's sum, its ratio to the optimum, at least 1, and the difference."""
    large, small = _number(optimum, kind), _number(value, kind)
    gap = abs(large - small)
    positive = large > 0 and small > 0
    ratio = None if not positive else large / small if kind == "payoff" else small / large
    return small, ratio, gap


def _number(value: Any, kind: Kind) -> Any:
    """Return a sum of payoffs or of costs, as a plain number."""
    plain = float(value) if isinstance(value, np.floating) else value
    return plain if kind == "payoff" else 0 - plain


def dominated(game: FiniteGame, profiles: Sequence[Profile] | Tensor) -> NDArray[np.bool_]:
    """Return for each profile whether another gives everybody at least as much, and one more.

    One pass over all payoffs for each profile.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> dominated(prisoners, [(0, 0), (1, 1)]).tolist()
    [False, True]
    """
    found = []
    for profile in profiles:
        here = game.payoffs(profile)
        least = np.ones(game.shape, dtype=bool)
        more = np.zeros(game.shape, dtype=bool)
        for own, value in zip(game.tensor, here, strict=True):
            least &= (own >= value).astype(bool)
            more |= (own > value).astype(bool)
        found.append(bool((least & more).any()))
    return np.array(found, dtype=bool)
