"""All equilibria of two players: a slow exact search, both walks, faces, subsets, deadlines."""

from fractions import Fraction
from itertools import combinations
from random import Random
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.solvers.finite.bimatrix.check import is_equilibrium, margins
from coopetition.solvers.finite.bimatrix.extreme_equilibria import (
    Pair,
    by_faces,
    by_vertices,
    complementary,
    extreme_equilibria,
)
from coopetition.solvers.finite.bimatrix.polytope import Polytope, polytope
from coopetition.solvers.finite.bimatrix.subsets import nash_subsets
from coopetition.solvers.finite.bimatrix.walk import walk
from coopetition.solvers.finite.bimatrix.walk_in_floats import walk_filtered
from tests.solvers.finite.brute import (
    SHAPES,
    Point,
    brute_extreme,
    hard_game,
    nearly_dependent,
)

SEEDS = st.integers(0, 10**9)
SMALL = SHAPES[:-2]  # the slow search takes a tenth of a second at 5 × 5
LARGER = tuple((m, n) for m in range(3, 8) for n in range(3, 8))


def points(pairs: Any) -> set[tuple[Point, Point]]:
    """Return whole weights as probabilities."""
    return {(point(x), point(y)) for x, y in pairs}


def point(weights: tuple[int, ...]) -> Point:
    return tuple(Fraction(w, sum(weights)) for w in weights)


def sides(first: Any, second: Any) -> tuple[Polytope, Polytope]:
    return polytope(second), polytope([list(column) for column in zip(*first, strict=True)])


@settings(max_examples=150)
@given(SEEDS)
def test_they_are_those_of_all_sets_of_inequalities(seed: int) -> None:
    kind, first, second = hard_game(seed, SMALL)
    wanted, degenerate = brute_extreme(first, second)
    found = extreme_equilibria(first, second)
    assert points(found.pairs) == wanted, kind
    assert len(found.pairs) == len(wanted)
    assert found.complete
    assert found.degenerate == degenerate
    assert degenerate or len(wanted) % 2 == 1  # Wilson, 1971


@settings(max_examples=60)
@given(SEEDS)
def test_other_algorithms_find_the_same(seed: int) -> None:
    _, first, second = hard_game(seed)
    both = sides(first, second)
    exact = by_vertices(*both, exact=True)
    filtered = by_vertices(*both, exact=False)
    faces = by_faces(*both)
    assert points(filtered[0]) == points(exact[0]) == points(faces[0])
    assert filtered[1:] == exact[1:]
    assert faces[1]
    assert faces[2] <= exact[2]  # not all vertices were seen


@settings(max_examples=20)
@given(SEEDS)
def test_a_game_with_one_short_side_has_the_same_equilibria_by_faces(seed: int) -> None:
    _, first, second = hard_game(seed, ((2, 9), (9, 2), (3, 9), (10, 3), (4, 9)))
    found = extreme_equilibria(first, second)  # by faces
    pairs, complete, degenerate = by_vertices(*sides(first, second))
    assert set(found.pairs) == set(pairs)
    assert found.complete
    assert complete
    assert found.degenerate in (degenerate, None)


@settings(max_examples=50)
@given(SEEDS)
def test_both_walks_see_the_same_bases_and_vertices(seed: int) -> None:
    # With entries that are subnormal, huge, or nearly tied: what floats prove must be true.
    _, first, _ = hard_game(seed, LARGER)
    rows = polytope(first).rows
    exact, filtered = walk(rows), walk_filtered(rows)
    assert set(filtered.vertices) == set(exact.vertices)
    assert filtered.bases == exact.bases
    assert exact.ended
    assert filtered.ended


@pytest.mark.parametrize(("size", "digits"), [(5, 16), (6, 14)])
def test_floats_that_cannot_tell_do_not_decide(size: int, digits: int) -> None:
    # Without the bound of rounding one walk of these 40 goes astray; without any bound, half.
    for seed in range(40):
        rows = polytope(nearly_dependent(seed, size, digits)).rows
        exact, filtered = walk(rows), walk_filtered(rows, monotonic() + 20)
        assert set(filtered.vertices) == set(exact.vertices), seed
        assert filtered.bases == exact.bases


@pytest.mark.parametrize("shape", [(3, 70), (70, 3)])
def test_more_strategies_than_a_word_has_bits(shape: tuple[int, int]) -> None:
    random = Random(3)
    first, second = (
        [[random.randint(-9, 9) for _ in range(shape[1])] for _ in range(shape[0])]
        for _ in range(2)
    )
    found = extreme_equilibria(first, second)
    assert found.complete
    assert len(found.pairs) > 1
    turned = extreme_equilibria(list(zip(*second, strict=True)), list(zip(*first, strict=True)))
    assert {(y, x) for x, y in turned.pairs} == set(found.pairs)
    assert walk_filtered([[1] * 70]).bases == walk([[1] * 70]).bases == 71


def test_units_and_constants_of_one_column_change_no_vertex() -> None:
    assert polytope([[0.5, 2.5], [1e300, 0]]).rows == [[0, 1], [1, 0]]
    assert polytope([[7, 7], [1, 2]]).rows == [[1, 0], [1, 1]]


def test_what_is_no_vertex_is_no_mixture() -> None:
    side = polytope([[0, 1], [0, 1]])  # the same column twice
    assert side.mixture(0b0110) == ()  # a row that is never tight
    assert side.mixture(0b0011) == ()  # the origin
    assert side.mixture(0b1001) == (0, 1)
    assert side.mixture(0b1100) == ()  # dependent


@pytest.mark.parametrize("exact", [True, False])
def test_at_the_deadline_what_was_found_is_returned_and_not_called_all(exact: bool) -> None:
    random = Random(5)
    first, second = ([[random.random() for _ in range(16)] for _ in range(16)] for _ in range(2))
    start = monotonic()
    pairs, complete, _ = by_vertices(*sides(first, second), start + 0.3, exact=exact)
    assert monotonic() - start < 5
    assert not complete
    assert all(is_equilibrium(first, second, pair) for pair in pairs)
    late = extreme_equilibria(first, second, monotonic() - 1)
    assert not late.complete
    assert late.degenerate is None
    assert not by_faces(*sides(first[:4], second[:4]), monotonic() - 1)[1]
    assert complementary([0b0011], [0b1100], 2, 2, monotonic() - 1) == ([], False)


@settings(max_examples=60)
@given(SEEDS)
def test_every_mixture_within_a_subset_is_an_equilibrium_and_no_subset_can_grow(seed: int) -> None:
    _, first, second = hard_game(seed, SMALL)
    pairs = extreme_equilibria(first, second).pairs
    found = nash_subsets(pairs)
    assert found is not None
    random = Random(seed)
    for subset in found.subsets:
        own = {pairs[k][0] for k in subset}, {pairs[k][1] for k in subset}
        assert len(subset) == len(own[0]) * len(own[1])
        mixed = mixture(list(own[0]), random), mixture(list(own[1]), random)
        assert is_equilibrium(first, second, mixed)
    known = {frozenset(subset) for subset in found.subsets}
    if len(pairs) <= 12:
        assert known == maximal_products(pairs)
    assert sorted(k for part in found.components for k in part) == list(range(len(pairs)))
    for one, two in combinations(found.components, 2):
        shared = [{pairs[k][side] for k in one} & {pairs[k][side] for k in two} for side in (0, 1)]
        assert shared == [set(), set()]


def mixture(points: list[tuple[int, ...]], random: Random) -> tuple[int, ...]:
    shares = [random.randint(1, 9) for _ in points]
    total = [Fraction(s, sum(p)) for s, p in zip(shares, points, strict=True)]
    values = [
        sum(t * p[j] for t, p in zip(total, points, strict=True)) for j in range(len(points[0]))
    ]
    unit = 1
    for value in values:
        unit *= Fraction(value).denominator
    return tuple(int(v * unit) for v in values)


def maximal_products(pairs: tuple[Pair, ...]) -> set[frozenset[int]]:
    """Return the largest sets X × Y of equilibria, by trying every X."""
    number = {pair: k for k, pair in enumerate(pairs)}
    xs, ys = {x for x, _ in pairs}, {y for _, y in pairs}
    products = set()
    for size in range(1, len(xs) + 1):
        for some in combinations(xs, size):
            common = [y for y in ys if all((x, y) in number for x in some)]
            products.add(frozenset(number[x, y] for x in some for y in common))
    return {one for one in products if one and not any(one < other for other in products)}


def test_one_component_may_hold_several_subsets() -> None:
    # Every mixture of the rows answers the first column, every one of the columns the first row.
    found = extreme_equilibria([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    subsets = nash_subsets(found.pairs)
    assert subsets is not None
    assert found.degenerate
    assert len(found.pairs) == 3
    assert sorted(map(len, subsets.subsets)) == [2, 2]
    assert len(subsets.components) == 1
    assert subsets.continuum


def test_subsets_beyond_counting_are_none() -> None:
    # A crown: every x goes with every y but one, so that subsets are all the 2^20 sets of xs.
    assert nash_subsets([(x, y) for x in range(20) for y in range(20) if x != y]) is None


def test_margins_are_local() -> None:
    # The million is in a column that is never used; of 4, the second row loses 1.
    assert margins([[4, 0], [3, 10**6]], (1, 0), (1, 0)) == (1.0, 0.25)
    assert margins([[1, -1], [-1, 1]], (1, 3), (1, 1)) == (0.25, float("inf"))
