"""What a division says: who gets what, and how well that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.certificate import How
from coopetition.games.errors import InvalidInputError
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division(Result):
    """One amount for each player.

    `error` is the largest error of one value as far as it is known: the bound of rounding where
    the claim is "proved", the residual of a check where it is "checked", the largest standard
    error where it is "estimated" (then `standard_errors` holds them all).
    """

    rule: str
    values: Array
    how: How
    error: float
    note: str
    standard_errors: Array | None = None

    @property
    def total(self) -> float:
        """What is divided, in the unit of the values."""
        return float(self.values.sum())

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        spread = self.standard_errors
        return {
            "rule": self.rule,
            "values": self.values.tolist(),
            "how": self.how,
            "error": self.error,
            "note": self.note,
            "standard_errors": None if spread is None else spread.tolist(),
        }

    def tables(self) -> tuple[Table]:
        """Return one row per player; players are numbered from 0."""
        spread = self.standard_errors
        values = {"organization": map(str, range(self.values.size)), "value": self.values}
        values |= {} if spread is None else {"standard_error": spread}
        table = keyed(
            self.rule, values, notes=(f"{self.how[0].upper()}{self.how[1:]}: {self.note}.",)
        )
        return (replace(table, labels={"rule": self.rule}),)

    def __str__(self) -> str:
        """Say the values, and how they are known."""
        spread = self.standard_errors
        shown = [f"{value:.6g}" for value in self.values[:12]]
        if spread is not None:
            shown = [f"{text} ± {s:.2g}" for text, s in zip(shown, spread, strict=False)]
        more = f", … ({self.values.size} players)" if self.values.size > len(shown) else ""
        unit = "s.e. at most" if self.how == "estimated" else "error about"
        known = f"{self.how}, {unit} {self.error:.2g}: {self.note}"
        return f"{self.rule}: {', '.join(shown)}{more} ({known})"


def closed_form(rule: str, values: Array, total: float) -> Division:
    """Return a division by a formula, checked by what its values must sum to."""
    error = abs(float(values.sum()) - total)
    return Division(rule=rule, values=values, how="checked", error=error, note="closed form")


def vector(name: str, values: ArrayLike, size: int | None = None) -> Array:
    """Return finite numbers, one per player, or refuse them in one sentence."""
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`{name}` must hold numbers, got {values!r}") from None
    if array.ndim != 1 or array.size == 0 or (size is not None and array.size != size):
        wanted = "one number per player" if size is None else f"{size} numbers, one per player"
        raise InvalidInputError(f"`{name}` must hold {wanted}, got shape {array.shape}")
    if not np.isfinite(array).all():
        n = int(np.argmin(np.isfinite(array)))
        raise InvalidInputError(f"`{name}` must be finite, got {array[n]} for player {n}")
    return array


def non_negative(name: str, values: ArrayLike, size: int | None = None) -> Array:
    """Return finite numbers of at least 0, one per player."""
    array = vector(name, values, size)
    if (array < 0).any():
        n = int(np.argmin(array))
        raise InvalidInputError(f"`{name}` must be at least 0, got {array[n]:g} for player {n}")
    return array


def shares(name: str, values: ArrayLike, size: int | None = None) -> Array:
    """Return non-negative numbers of positive sum, scaled to sum to one."""
    array = non_negative(name, values, size)
    if array.sum() <= 0:
        raise InvalidInputError(f"`{name}` must not all be 0")
    return array / array.sum()
