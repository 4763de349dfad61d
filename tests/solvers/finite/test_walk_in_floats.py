"""What floats say about a basis is proved, or left to whole numbers."""

from random import Random

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.solvers.finite.bimatrix import walk_in_floats
from coopetition.solvers.finite.bimatrix.polytope import members
from coopetition.solvers.finite.bimatrix.walk import walk
from coopetition.solvers.finite.bimatrix.walk_in_floats import _Exact, _Floats


def whole_numbers(size: int, most: int, seed: int) -> list[list[int]]:
    random = Random(seed)
    return [[random.randint(1, most) for _ in range(size)] for _ in range(size)]


@pytest.mark.parametrize(("most", "least"), [(100, 0.5), (10**6, 0.99), (10**15, 0.99)])
def test_most_bases_are_proved_and_what_is_proved_is_so(most: int, least: float) -> None:
    for seed in range(4):
        rows = whole_numbers(5, most, seed)
        bases = list(walk(rows).vertices.values())
        labels = [members(basis) for basis in bases]
        proved, out = _Floats.of(rows).decided(np.array(labels))
        assert proved.mean() >= least
        exact = _Exact(rows)
        for k, basis in enumerate(bases):
            tight, met = exact.decided(basis, labels[k])
            assert not proved[k] or (tight, met) == (basis, out[k].tolist())


@pytest.mark.parametrize(("bits", "told"), [(20, True), (45, True), (52, False), (60, False)])
def test_which_row_an_edge_meets_is_told_only_where_rounding_is_less(bits: int, told: bool) -> None:
    """The second row is met before the first by one part in 2^bits."""
    rows = [[1 << bits, 1], [(1 << bits) + 1, 1], [1, 1 << bits]]
    proved, out = _Floats.of(rows).decided(np.array([[0, 1]]))
    assert proved.tolist() == [told]
    assert out[0].tolist() == [3, 4] or not told
    assert _Exact(rows).decided(0b11, [0, 1]) == (0b11, [3, 4])


def test_dependent_rows_are_no_basis_to_floats() -> None:
    """Beside a matrix that has no inverse the others are inverted alone."""
    rows = [[1, 1], [1, 1], [1, 2]]
    proved, out = _Floats.of(rows).decided(np.array([[2, 3], [2, 4]]))
    assert not proved[0]
    assert not proved[1]  # rows 2 and 3 are tight together
    strict = [[1, 1], [2, 2], [1, 3]]
    proved, out = _Floats.of(strict).decided(np.array([[2, 3], [0, 1]]))
    assert proved.tolist() == [False, True]
    assert out[1].tolist() == [3, 4]


@pytest.mark.parametrize("size", [1e-8, 1e-5, 1e-3, 8e-3])
def test_an_inverse_that_is_wrong_proves_nothing_that_is_wrong(
    size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row of each inverse is off: what is proved in spite of that is so."""
    rng, count, told = np.random.default_rng(0), 0, 0

    def wrong(matrices: Array) -> Array:
        found = np.linalg.inv(matrices)
        row = rng.integers(found.shape[1], size=len(found))
        found[np.arange(len(found)), row] *= 1.0 + size * rng.uniform(-1.0, 1.0, found.shape[::2])
        return np.asarray(found)

    monkeypatch.setattr(walk_in_floats, "_inverses", wrong)
    for seed in range(12):
        rows = whole_numbers(5, 10**12, seed)
        rows += [[v + round(v * size * rng.normal(0.0, 9.0)) for v in row] for row in rows]  # near
        bases = list(walk(rows).vertices.values())
        labels = [members(basis) for basis in bases]
        proved, out = _Floats.of(rows).decided(np.array(labels))
        exact = _Exact(rows)
        for k in np.flatnonzero(proved).tolist():
            assert exact.decided(bases[k], labels[k]) == (bases[k], out[k].tolist())
        count, told = count + len(bases), told + int(proved.sum())
    assert told < count
    assert told
