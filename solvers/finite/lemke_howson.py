"""One equilibrium of a two-player game, proved: at the end of a path of Lemke and Howson."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from math import inf
from time import monotonic

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.bimatrix.check import is_equilibrium
from coopetition.solvers.finite.bimatrix.polytope import MixedWeights, Polytope, polytope
from coopetition.solvers.finite.bimatrix.walk import Tableau

NOISE = 1e-12  # in floating point: what counts as zero, and ratios that tie
MOST = 100  # pivots a strategy, in floating point, where a path might go round


def lemke_howson(
    game: FiniteGame, label: int = 0, *, deadline: float | None = None, rounded: bool = False
) -> tuple[Tensor, Tensor] | None:
    """Return the equilibrium at the end of the path that drops a label, or None at the deadline.

    Pivoting is in whole numbers, without any rounding, and ties are broken lexicographically, so
    that every path ends, at an equilibrium of the payoffs as they are stored, also in degenerate
    games (von Stengel in Nisan et al., Algorithmic Game Theory, 2007, §3.4 to 3.6). The mixed
    strategies are arrays of fractions.

    The numbers grow with every strategy that is mixed. `rounded` pivots in floating point: fast in
    large games. The answer is solved and proved in whole numbers all the same, and None where a
    path was lost to rounding.

    Parameters
    ----------
    label : int
        A strategy of the first player, from 0, or of the second, from k_1.
    deadline : seconds of `time.monotonic`, optional

    Raises
    ------
    InvalidInputError
        If there are not two players, or the label is none of their strategies.

    Examples
    --------
    >>> row, column = lemke_howson(FiniteGame([[[2, 0], [0, 1]], [[1, 0], [0, 2]]]))
    >>> row.tolist(), column.tolist()
    ([Fraction(1, 1), Fraction(0, 1)], [Fraction(1, 1), Fraction(0, 1)])
    """
    if len(game.shape) != 2 or not 0 <= label < sum(game.shape):
        raise InvalidInputError(
            f"a path needs two players and the number of a strategy, got {game.shape} and {label}"
        )
    first, second = game.tensor.tolist()
    sides = polytope(second), polytope(list(zip(*first, strict=True)))
    ends = path(*sides, label, inf if deadline is None else deadline, rounded=rounded)
    if not ends or not is_equilibrium(first, second, ends):
        return None
    return _probabilities(ends[0]), _probabilities(ends[1])


def path(
    x_side: Polytope, y_side: Polytope, label: int, deadline: float = inf, *, rounded: bool = False
) -> tuple[MixedWeights, MixedWeights] | None:
    """Return the mixtures at the end of a path; None at the deadline, or where rounding lost it."""
    sides, shifts = (x_side, y_side), (0, x_side.size)
    labels = x_side.size + y_side.size
    # Variable v of a side is label v, or v + m modulo m + n: both put their own strategies first.
    tables = [(_Rounded if rounded else Tableau).of(side.rows) for side in sides]
    entering, k = label, 0 if label < x_side.size else 1
    for _ in range(MOST * labels) if rounded else count():
        if monotonic() > deadline:
            return None
        table = tables[k]
        c = table.free.index((entering - shifts[k]) % labels)
        r = table.leaving(c)
        if r < 0:
            return None
        entering = (table.basic[r] + shifts[k]) % labels
        tables[k] = table.pivot(r, c)
        if entering == label:
            bases = [sum(1 << variable for variable in table.free) for table in tables]
            x, y = (side.mixture(basis) for side, basis in zip(sides, bases, strict=True))
            return (x, y) if x and y else None
        k = 1 - k
    return None


def paths(
    x_side: Polytope, y_side: Polytope, deadline: float
) -> Iterator[tuple[MixedWeights, MixedWeights]]:
    """Yield the ends of the paths of all labels until the deadline; exact ones if others fail."""
    for rounded in (True, False):
        found = 0
        for label in range(x_side.size + y_side.size):
            if pair := path(x_side, y_side, label, deadline, rounded=rounded):
                found += 1
                yield pair
            if monotonic() > deadline:
                return
        if found:
            return


class _Rounded:
    """A tableau in floating point, with the same steps."""

    def __init__(self, values: Array, slacks: int, basic: list[int], free: list[int]) -> None:
        self.values, self.slacks, self.basic, self.free = values, slacks, basic, free

    @classmethod
    def of(cls, rows: list[list[int]]) -> "_Rounded":
        """Return the equations at z = 0, each column of payoffs between 0 and 1."""
        k, n = len(rows), len(rows[0])
        tops = [max(column) for column in zip(*rows, strict=True)]
        values = [[v / top for v, top in zip(row, tops, strict=True)] for row in rows]
        whole = np.hstack([np.array(values), np.eye(k), np.ones((k, 1))])
        return cls(whole, n, list(range(n, n + k)), list(range(n)))

    def leaving(self, c: int) -> int:
        """Return the row of the smallest ratio, lexicographically; −1 where there is none."""
        column = self.values[:, self.free[c]]
        rows = np.flatnonzero(column > NOISE)
        for k in (-1, *range(self.slacks, self.values.shape[1] - 1)):
            if len(rows) <= 1:
                break
            ratios = self.values[rows, k] / column[rows]
            rows = rows[ratios <= ratios.min() + NOISE * (1 + abs(ratios.min()))]
        return int(rows[0]) if len(rows) else -1

    def pivot(self, r: int, c: int) -> "_Rounded":
        """Return the equations where basic[r] and free[c] have changed places."""
        values, entering = self.values, self.free[c]
        values[r] /= values[r, entering]
        kept = values[:, entering].copy()
        kept[r] = 0.0
        values -= np.outer(kept, values[r])
        self.basic[r], self.free[c] = entering, self.basic[r]
        return self


def _probabilities(weights: MixedWeights) -> Tensor:
    found, total = np.empty(len(weights), dtype=object), sum(weights)
    found[:] = [Fraction(weight, total) for weight in weights]
    return found
