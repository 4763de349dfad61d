"""The same walk for larger polytopes: floats where a bound proves what they say, else exact."""

from collections.abc import Iterator
from math import inf
from time import monotonic
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Array, Index
from coopetition.solvers.finite.bimatrix.walk import Rows, Tableau, Walked

UNIT = 2.0**-53  # the largest relative error of one rounding
UNDERFLOW = 1e-280  # more than what all underflows of one bound can lose
SMALLEST, LARGEST = 1e-150, 1e150  # scaled entries beyond them are left to whole numbers
TOGETHER = 1 << 17  # numbers in one array of a batch: several stay in the cache
KEPT = 1 << 20  # whole numbers of one level that are remembered for the next


def walk_filtered(rows: Rows, deadline: float = inf) -> Walked:
    """Return what `walk` returns, one batch of NumPy a breadth-first level.

    At each basis approximate inverses and a bound of their error tell, where they can, that no
    inequality is tight beside the basis and which one each edge meets first. That is a proof; a
    basis without one is looked at in whole numbers, by the lexicographic rule.
    """
    k, n = len(rows), len(rows[0])
    floats = _Floats.of(rows)
    kind = np.int64 if n + k < 63 else object  # masks beyond one word are Python's
    bits = np.array([1 << label for label in range(n + k)], dtype=kind)
    masks: NDArray[Any] = np.array([(1 << n) - 1], dtype=kind)
    sets = np.arange(n)[None, :]
    seen, exact = set(masks.tolist()), _Exact(rows)
    vertices: dict[int, int] = {}
    while len(masks):
        following = []
        for part in _parts(len(masks), (n + k) * n):
            if monotonic() > deadline:
                return Walked(vertices, len(seen), ended=False)
            here, labels = masks[part], sets[part]
            proved, out = floats.decided(labels)
            sure = here[proved].tolist()
            vertices.update(zip(sure, sure, strict=True))
            for at in np.flatnonzero(~proved).tolist():
                if monotonic() > deadline:
                    return Walked(vertices, len(seen), ended=False)
                tight, out[at] = exact.decided(here.item(at), labels[at].tolist())
                vertices.setdefault(tight, here.item(at))
            near = (here[:, None] ^ bits[labels] ^ bits[out]).reshape(-1)
            near, first = np.unique(near, return_index=True)
            new = np.array([mask not in seen for mask in near.tolist()], dtype=bool)
            seen.update(near[new].tolist())
            basis, edge = np.divmod(first[new], n)
            changed = labels[basis]
            changed[np.arange(len(edge)), edge] = out[basis, edge]
            following.append((near[new], changed))
        masks = np.concatenate([some for some, _ in following])
        sets = np.concatenate([some for _, some in following])
        exact.next_level()
    return Walked(vertices, len(seen), ended=True)


def _parts(count: int, each: int) -> Iterator[slice]:
    size = max(1, TOGETHER // each)
    return (slice(start, start + size) for start in range(0, count, size))


class _Exact:
    """Answers in whole numbers; neighbors of a basis are one pivot away, which is remembered."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.size = rows, len(rows) * len(rows[0])
        self.near: dict[int, tuple[Tableau, int, int]] = {}
        self.next: dict[int, tuple[Tableau, int, int]] = {}
        self.kept = 0

    def next_level(self) -> None:
        self.near, self.next, self.kept = self.next, {}, 0

    def decided(self, basis: int, labels: list[int]) -> tuple[int, list[int]]:
        """Return all tight inequalities, and what the edge off each label meets first."""
        if basis in self.near:
            before, r, c = self.near[basis]
            tableau = before.pivot(r, c)
        else:
            found = Tableau.at(self.rows, basis)
            assert found is not None  # a basis that was walked to is one
            tableau = found
        tight = basis
        for variable, row in zip(tableau.basic, tableau.rows, strict=True):
            if not row[-1]:
                tight |= 1 << variable
        edges = [tableau.free.index(label) for label in labels]
        rows = [tableau.leaving(c) for c in edges]
        out = [tableau.basic[r] for r in rows]
        if self.kept < KEPT:
            self.kept += self.size
            for label, met, r, c in zip(labels, out, rows, edges, strict=True):
                self.next.setdefault(basis ^ 1 << label ^ 1 << met, (tableau, r, c))
        return tight, out


def _scaled(rows: Rows) -> tuple[Array, Array]:
    """Return G and h, of G z ≤ h, in floats: scaled by powers of two, rounded once.

    Rows and columns are brought near 1; an entry that stays far from it becomes NaN, of which
    nothing is ever proved. Scaling a row changes its slack by a positive factor, which ratios of
    different rows share; scaling a column changes how far an edge goes, for all rows alike.
    """
    sizes = np.array([[value.bit_length() for value in row] for row in rows], dtype=float)
    there = sizes > 0
    up, across = np.zeros(len(rows)), np.zeros(len(rows[0]))
    for _ in range(4):
        counts = np.maximum(there.sum(1), 1)
        up = -np.round(np.where(there, sizes + across, 0).sum(1) / counts)
        across = -np.round(np.where(there, sizes + up[:, None], 0).sum(0) / there.sum(0))
    up = np.clip(up, -300, 300)
    scaled = [
        [_power(value, int(u + a)) for value, a in zip(row, across, strict=True)]
        for row, u in zip(rows, up, strict=True)
    ]
    n = len(across)
    right = np.concatenate([np.zeros(n), np.ldexp(1.0, up.astype(int))])
    return np.vstack([-np.eye(n), np.array(scaled)]), right


def _power(value: int, exponent: int) -> float:
    """Return value · 2^exponent, rounded once; NaN where that is far from 1."""
    try:
        found = value / (1 << -exponent) if exponent < 0 else float(value << exponent)
    except OverflowError:
        return float("nan")
    return found if value == 0 or SMALLEST < found < LARGEST else float("nan")


class _Floats:
    """Answers in floating point, of whole batches, with a proof that they are true."""

    def __init__(self, left: Array, right: Array) -> None:
        self.left, self.right, self.turned = left, right, np.ascontiguousarray(left.T)
        n = left.shape[1]
        # The relative error of entries rounded once, products of length n, and sums of them.
        self.share = 4 * (n + 4) * UNIT
        self.sizes = np.abs(left).sum(1) * (1 + self.share)
        self.unit, self.edges = np.eye(n), np.arange(n)

    @classmethod
    def of(cls, rows: Rows) -> Self:
        return cls(*_scaled(rows))

    def decided(self, sets: Index) -> tuple[NDArray[np.bool_], Index]:
        """Return for K bases whether all is proved, and what each edge meets first; (K,), (K, n).

        With R near the inverse of G_T, W = G R holds minus the speeds at which slacks fall, a
        column per edge. The true speeds are W (I - F)^-1 with F = I - G_T R: where the columns of
        |F| sum to at most f < 1, row j is within f / (1 - f) max |W_j·| of W's. Here all is
        transposed, so that one product of matrices serves all bases; `share` bounds what roundings
        add.
        """
        share, right, edges = self.share, self.right, self.edges
        count, n = sets.shape
        each, top = np.arange(count)[:, None], right[sets]
        with np.errstate(all="ignore"):  # what is not finite is not proved
            inverse = _inverses(self.left[sets].transpose(0, 2, 1))
            speed = (inverse.reshape(-1, n) @ self.turned).reshape(count, n, -1)
            rest = speed[each[:, None], edges[:, None], sets[:, None, :]] - self.unit
            norm = np.abs(rest).sum(2).max(1)
            added = share * np.abs(inverse).max((1, 2))
            norm += share + added * self.sizes[sets].sum(1) + UNDERFLOW
            norm = np.where(norm < 0.01, norm / (1 - norm) * (1 + share), inf)
            # |true speed - speed| <= wrong_j, for all edges alike.
            wrong = added[:, None] * self.sizes
            reach = np.abs(speed).max(1) + wrong
            wrong += norm[:, None] * (1 + share) * reach + UNDERFLOW
            slack = right - (top[:, None, :] @ speed)[:, 0, :]
            blur = share * right + (wrong + share * reach) * top.sum(1)[:, None] + UNDERFLOW
            # Nothing of the basis itself is met: its slacks count as infinite.
            slack[each, sets] = inf
            low, high = slack - blur, slack + blur
            # An edge meets first what falls fastest, relative to its slack: at least, and at most.
            surely = (speed + wrong[:, None, :]) * ((4 * UNIT - 1) / high)[:, None, :]
            at_most = (wrong[:, None, :] - speed) * ((1 + 4 * UNIT) / low)[:, None, :]
            out = surely.argmax(2)
            first = surely[each, edges, out]
            at_most[each, edges, out] = -inf
            proved = np.isfinite(norm) & (low > 0).all(1)
            proved &= ((at_most.max(2) < first) & (first > UNDERFLOW) & (first < inf)).all(1)
        return proved, out


def _inverses(matrices: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrices), dtype=float)
    except np.linalg.LinAlgError:  # one of them: the others are inverted alone
        return np.stack([_inverse(one) for one in matrices])


def _inverse(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=float)
    except np.linalg.LinAlgError:
        return np.full(matrix.shape, np.nan)
