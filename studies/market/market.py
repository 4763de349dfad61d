"""What a gain is worth to each firm, and what a rival's gain costs it.

J[n, m] is the money that n gains when m alone improves by one unit of gain. All is read off J:

    value_m = J_mm,    damage_nm = −J_nm/J_mm,    weight_n = Σ_m J_nm,    kept_n = weight_n/value_n.

`kept` is what of its own gain a firm keeps when all improve alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text

Drawer = Callable[[np.random.Generator, int], Array]  # B matrices J, shape (B, N, N)
# B matrices J, and what of each would be estimated after more answers of these firms' customers
Asker = Callable[[np.random.Generator, int, Sequence[int], int], tuple[Array, Array]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Market(Result):
    """Firms of a market: what a unit of gain is worth, and what it costs their rivals.

    Parameters
    ----------
    firms : N names
    stakes : shape (N, N)
        J: money that n (row) gains for a unit of m's gain (column).
    consumers : float, optional
        Money that customers gain when all firms improve by a unit of gain, if it is known.
    method
        How it was found, in the field's words.
    warnings
        What is doubtful about the data: sentences without a period.
    test : (deviance, degrees of freedom, p), optional
        Whether units, margins and diversions contradict each other beyond chance.
    sampler
        Draws matrices J as uncertain as the data; None if they state no uncertainty.
    asker
        Draws them with what more answers of some firms' customers would make of each; None where no
        answers were counted.

    Examples
    --------
    >>> found = Market(firms=("North", "South"), stakes=np.array([[9.0, -2.0], [-3.0, 6.0]]),
    ...     consumers=15.0, method="second choices")
    >>> found.value.tolist(), found.damage.round(3).tolist(), found.kept.round(3).tolist()
    ([9.0, 6.0], [[0.0, 0.333], [0.333, 0.0]], [0.778, 0.5])
    """

    firms: tuple[str, ...]
    stakes: Array
    consumers: float | None
    method: str
    warnings: tuple[str, ...] = ()
    test: tuple[float, int, float] | None = None
    sampler: Drawer | None = field(default=None, repr=False)
    asker: Asker | None = field(default=None, repr=False)

    @property
    def value(self) -> Array:
        """Money per unit of the firm's own gain, shape (N,)."""
        return np.diagonal(self.stakes).copy()

    @property
    def damage(self) -> Array:
        """What row n loses of each unit of money that column m gains by improving, (N, N)."""
        return damage_of(self.stakes)

    @property
    def weights(self) -> Array:
        """Money that each firm gains when all improve by a unit, shape (N,)."""
        return np.asarray(self.stakes.sum(axis=1))

    @property
    def kept(self) -> Array:
        """What each keeps of its own gain's value when all improve alike, shape (N,)."""
        return np.asarray(self.weights / self.value)

    def draws(self, count: int, seed: int = 0) -> tuple[Array, Array]:
        """Draw values and damage as uncertain as the data.

        Returns
        -------
        value : shape (B, N)
        damage : shape (B, N, N)

        Raises
        ------
        InvalidInputError
            If the data state no uncertainty.
        """
        whole("count", count, 1)
        if self.sampler is None:
            raise InvalidInputError(
                f"nothing about the market is uncertain: {self.method} needs counts of a survey, "
                "or standard deviations, to draw from"
            )
        stakes = self.sampler(np.random.default_rng(np.random.SeedSequence(seed)), count)
        return np.diagonal(stakes, axis1=1, axis2=2).copy(), damage_of(stakes)

    def tables(self) -> tuple[Table, Table]:
        """Return one row per firm, and who loses what to whom."""
        columns = (
            Column("organization", "organization", self.firms, kind="name"),
            Column("value", "value", self.value, "money/unit of gain"),
            Column("kept", "kept", self.kept),
            Column("weight", "weight", self.weights, "money/unit of gain"),
        )
        matrix = (
            Column("organization", "loses", self.firms, kind="name"),
            *(Column(f"to_{name}", name, self.damage[:, m]) for m, name in enumerate(self.firms)),
        )
        return (
            Table(f"Market by {self.method}", columns, tuple(f"{w}." for w in self._notes)),
            Table("Damage: of each unit of money that the column gains", matrix),
        )

    @property
    def _notes(self) -> list[str]:
        told = [] if self.consumers is None else [_consumers(self)]
        if self.test:
            deviance, freedom, p = self.test
            told += [
                f"Units, margins and diversions {'contradict' if p < 0.05 else 'fit'} each other "
                f"(deviance {deviance:.4g}, {freedom} degrees of freedom, p = {p:.2g})"
            ]
        return [*told, *self.warnings]

    def __str__(self) -> str:
        """Return a table that a person can read, with what is said under it."""
        return terminal_text(self.tables()[0])

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        names = ("deviance", "degrees_of_freedom", "p")
        return {
            "organizations": list(self.firms),
            "method": self.method,
            "value": self.value.tolist(),
            "damage": self.damage.tolist(),
            "weights": self.weights.tolist(),
            "kept": self.kept.tolist(),
            "consumers": self.consumers,
            "test": self.test and dict(zip(names, self.test, strict=True)),
            "warnings": list(self.warnings),
        }


def market_of(
    firms: tuple[str, ...],
    stakes: Array,
    *,
    method: str,
    consumers: float | None = None,
    warnings: Sequence[str] = (),
    test: tuple[float, int, float] | None = None,
    sampler: Drawer | None = None,
    asker: Asker | None = None,
) -> Market:
    """Return the market of stakes J, with the warnings that J alone gives.

    Raises
    ------
    InvalidInputError
        If somebody's own gain is worth nothing to it, or less: nothing can be relative to it.
    """
    value = np.diagonal(stakes)
    for name, worth in zip(firms, value, strict=True):
        if not (np.isfinite(worth) and worth > 0):
            raise InvalidInputError(
                f"the value of a gain to {name} must be positive, the data give {worth:.6g}"
            )
    found = Market(
        firms=firms,
        stakes=stakes,
        consumers=consumers,
        method=method,
        test=test,
        sampler=sampler,
        asker=asker,
    )
    return replace(found, warnings=(*warnings, *_doubts(found)))


def damage_of(stakes: Array) -> Array:
    """Return damage_nm = −J_nm/J_mm with zeros on the diagonal, shape (..., N, N)."""
    value = np.diagonal(stakes, axis1=-2, axis2=-1)
    damage = -stakes / value[..., None, :]
    own = np.arange(stakes.shape[-1])
    damage[..., own, own] = 0.0
    return np.asarray(damage + 0.0)


def _doubts(market: Market) -> list[str]:
    told = []
    for name, kept in zip(market.firms, market.kept, strict=True):
        if kept < -1e-9:
            told.append(
                f"{name} keeps {kept:.3g} of its gain's value when all improve alike: it would be "
                "better off if nobody did, which no market of substitutes gives"
            )
        elif kept > 1 + 1e-9:
            told.append(f"{name} keeps more than all of its gain's value: rivals' gains help it")
    for name, lost in zip(market.firms, market.damage.sum(axis=0), strict=True):
        if lost > 1 + 1e-9:
            told.append(f"rivals lose more in total, {lost:.3g} of each unit, than {name} gains")
    return told


def _consumers(market: Market) -> str:
    members = float(market.weights.sum())
    consumers = market.consumers or 0.0
    share = 100 * consumers / (consumers + members) if consumers + members > 0 else float("nan")
    return (
        f"When all improve by a unit, customers gain {consumers:.6g} and the firms {members:.6g}: "
        f"{share:.3g} % goes to customers"
    )


def firm_names(firms: Sequence[str] | None, size: int) -> tuple[str, ...]:
    """Return N distinct names, made up where none are given.

    Raises
    ------
    InvalidInputError
        If they are not N, or not distinct.
    """
    if firms is None:
        return tuple(f"firm {n + 1}" for n in range(size))
    if isinstance(firms, str) or len(firms) != size or len(set(firms)) != size:
        raise InvalidInputError(f"`firms` must be {size} distinct names, got {firms!r:.80}")
    return tuple(firms)


def firm_numbers(name: str, given: ArrayLike, firms: Sequence[str], *, zero: bool = False) -> Array:
    """Return N positive numbers, or one for all.

    Raises
    ------
    InvalidInputError
        Naming the field, the firm and the number that is none.
    """
    try:
        if np.asarray(given).dtype == bool:
            raise TypeError
        found = np.array(np.broadcast_to(np.asarray(given, dtype=float), (len(firms),)))
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(
            f"`{name}` must be a number or {len(firms)} numbers, got {given!r:.80}"
        ) from None
    wrong = ~np.isfinite(found) | (found < 0) | ((found == 0) & (not zero))
    if wrong.any():
        n = int(np.flatnonzero(wrong)[0])
        rule = "at least 0" if zero else "positive"
        raise InvalidInputError(f"`{name}` of {firms[n]} must be {rule}, got {found[n]:g}")
    return found
