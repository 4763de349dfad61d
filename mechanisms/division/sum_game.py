"""Games of one sum: v(S) depends on what the members of S bring together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Mask
from coopetition.games.checks import positive
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import vector


@dataclass(frozen=True, slots=True, eq=False)
class SumGame:
    """v(S) = G(base + Σ_{n∈S} a_n), times Σ_{n∈S} p_n with prices; v(∅) may be set apart.

    Parameters
    ----------
    gain : GainCurve
        Power, exponential or logarithmic where a quadrature is wanted.
    amounts : shape (N,)
        a_n ≥ 0: effective samples that n brings.
    base : float
        Effective samples that are there without anybody.
    empty : float, optional
        v(∅), where it is not G(base); needed if that is infinite.
    price : shape (N,), optional
        p_n; then v(∅) = 0 and `empty` is not used.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = SumGame(PowerGain(1, 2, 0.35), [1500.0, 900.0], empty=0.0)
    >>> game(np.array([[False, False], [True, True]])).round(6).tolist()
    [0.0, 0.868793]
    """

    gain: GainCurve
    amounts: ArrayLike
    base: float = 0.0
    empty: float | None = None
    price: ArrayLike | None = None

    def checked(self) -> tuple[Array, Array | None]:
        """Return amounts and prices, or refuse what makes a value infinite."""
        amounts = vector("amounts", self.amounts)
        if (amounts < 0).any():
            n = int(np.argmin(amounts))
            raise InvalidInputError(f"`amounts` must be at least 0, got {amounts[n]:g}, player {n}")
        positive("base", self.base, zero=True)
        start = float(self.gain.value(self.base))
        if self.price is not None:
            if self.empty is not None:
                raise InvalidInputError("`empty` must be left out with `price`: v(∅) is 0 then")
        elif self.empty is None and not np.isfinite(start):
            raise InvalidInputError(
                f"`empty` must say what v(∅) is: the gain of {self.base:g} samples is {start:g}"
            )
        if not np.isfinite(start) and (amounts == 0).any():
            n = int(np.argmin(amounts))
            raise InvalidInputError(f"`amounts` must be positive: player {n} alone has {start:g}")
        price = None if self.price is None else vector("price", self.price, amounts.size)
        return amounts, price

    def __call__(self, inside: Mask) -> Array:
        """Return v of coalitions given as rows of a boolean matrix."""
        amounts, price = self.checked()
        value = self.gain.value(self.base + inside @ amounts)
        somebody = inside.any(axis=1)
        if price is not None:
            return np.where(somebody, value, 0.0) * (inside @ price)
        return value if self.empty is None else np.where(somebody, value, self.empty)
