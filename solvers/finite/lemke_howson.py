"""One equilibrium of a two-player game, in whole numbers: Lemke and Howson's paths."""

from fractions import Fraction
from itertools import count
from math import lcm
from time import monotonic

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Tensor

Pair = tuple[Tensor, Tensor]
NOISE = 1e-12  # in floating point: what counts as zero, and ratios that tie
MOST = 100  # pivots a strategy, in floating point, where a path might go round


def lemke_howson(
    game: FiniteGame, label: int = 0, *, deadline: float | None = None, rounded: bool = False
) -> Pair | None:
    """Return the equilibrium at the end of the path that drops a label, or None at the deadline.

    Pivoting is in whole numbers, without any rounding, and ties are broken lexicographically, so
    that every path ends, at an equilibrium of the payoffs as they are stored, also in degenerate
    games (von Stengel in Nisan et al., Algorithmic Game Theory, 2007, §3.4 to 3.6). The mixed
    strategies are arrays of fractions.

    The numbers grow with every strategy that is mixed. `rounded` pivots in floating point: fast in
    large games, but the answer is to be verified, and None where a path does not end.

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
    m, n = game.shape
    # Tableau 0 holds x (labels 0 … m − 1) and the slacks of the second player's best replies;
    # tableau 1 holds y (labels m … m + n − 1) and the slacks of the first player's.
    plain = _rounded if rounded else _whole
    tableaus = [_tableau(plain(game.tensor[1]).T), _tableau(plain(game.tensor[0]))]
    basic, last = [list(range(m, m + n)), list(range(m))], [1, 1]
    entering, side = label, 0 if label < m else 1
    for _ in range(MOST * (m + n)) if rounded else count():
        if deadline is not None and monotonic() > deadline:
            return None
        column = (entering - m * side) % (m + n)  # in each, its own variables come first
        row = _leaving(tableaus[side], column, game.shape[side])
        if row is None:
            return None
        if rounded:
            _pivot_rounded(tableaus[side], row, column)
        else:
            last[side] = _pivot(tableaus[side], row, column, last[side])
        entering, basic[side][row] = basic[side][row], entering
        if entering == label:
            x = _strategy(tableaus[0], basic[0], range(m))
            return x, _strategy(tableaus[1], basic[1], range(m, m + n))
        side = 1 - side
    return None


def _whole(payoffs: Tensor) -> Tensor:
    """Return payoffs as whole numbers of at least 1, scaled: best replies stay what they are."""
    exact = [Fraction(v) for v in payoffs.flat]
    unit, least = lcm(*(v.denominator for v in exact)), min(exact)
    whole = np.empty(len(exact), dtype=object)
    whole[:] = [int((v - least) * unit) + 1 for v in exact]
    return whole.reshape(payoffs.shape)


def _rounded(payoffs: Tensor) -> Tensor:
    """Return payoffs between 1 and 2."""
    values = payoffs.astype(float)
    return 1 + (values - values.min()) / (float(np.ptp(values)) or 1.0)


def _tableau(payoffs: Tensor) -> Tensor:
    """Return the columns of the own variables, of the slacks, and the right-hand side of ones."""
    rows = len(payoffs)
    slacks, ones = np.eye(rows, dtype=int), np.ones((rows, 1), dtype=int)
    return np.hstack([payoffs, slacks.astype(payoffs.dtype), ones.astype(payoffs.dtype)])


def _leaving(tableau: Tensor, column: int, own: int) -> int | None:
    """Return the row of the smallest ratio; of several, the lexicographically smallest."""
    whole = tableau.dtype == object
    rows = np.flatnonzero(tableau[:, column] > (0 if whole else NOISE))
    for k in (-1, *range(own, tableau.shape[1] - 1)):
        if len(rows) <= 1:
            break
        if whole:
            pairs = zip(tableau[rows, k], tableau[rows, column], strict=True)
            ratios = np.array([Fraction(a, b) for a, b in pairs], dtype=object)
            rows = rows[ratios == ratios.min()]
        else:
            ratios = tableau[rows, k] / tableau[rows, column]
            rows = rows[ratios <= ratios.min() + NOISE * (1 + abs(ratios.min()))]
    return int(rows[0]) if len(rows) else None


def _pivot(tableau: Tensor, row: int, column: int, last: int) -> int:
    """Pivot in whole numbers: every entry is a determinant, so that division leaves no rest."""
    pivot, kept = int(tableau[row, column]), tableau[row].copy()
    tableau[:] = (tableau * pivot - np.outer(tableau[:, column], kept)) // last
    tableau[row] = kept
    return pivot


def _pivot_rounded(tableau: Tensor, row: int, column: int) -> None:
    """Pivot in floating point."""
    tableau[row] /= tableau[row, column]
    kept = tableau[:, column].copy()
    kept[row] = 0.0
    tableau -= np.outer(kept, tableau[row])


def _strategy(tableau: Tensor, basic: list[int], labels: range) -> Tensor:
    """Return the distribution that the basic variables among the labels are, up to scale."""
    size = dict(zip(basic, tableau[:, -1], strict=True))
    # Every basic column holds the same pivot, so that the right-hand side is in one unit.
    amounts = [size.get(k, 0) for k in labels]
    if tableau.dtype != object:
        return np.array(amounts) / sum(amounts)
    whole, total = np.empty(len(amounts), dtype=object), sum(amounts)
    whole[:] = [Fraction(amount, total) for amount in amounts]
    return whole
