"""Exact values: printed ones, axioms on random games, slow formulas."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError
from coopetition.games.arrays import Array, Mask
from coopetition.mechanisms.division import (
    VALUES,
    Division,
    airport,
    banzhaf,
    leave_one_out,
    semivalue,
    shapley,
    shapley_of_types,
    tabulate,
    weighted_shapley,
)
from coopetition.mechanisms.division import semivalues as fold_module
from tests.mechanisms.division.games import (
    GLOVES,
    by_orders,
    by_subsets,
    players_of,
    tables,
    vote,
)

LINEAR: list[Callable[[Array], Division]] = [
    shapley,
    banzhaf,
    leave_one_out,
    lambda table: weighted_shapley(table, np.arange(1.0, players_of(table) + 1)),
]


def test_printed_values() -> None:
    """Shapley and Shubik (1954), Banzhaf (1965), Littlechild and Owen (1973), textbooks."""
    assert shapley(GLOVES).values == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)
    parties = vote(51, [50, 49, 1])
    assert shapley(parties).values == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)
    shares = banzhaf(parties, normalized=True).values
    assert shares == pytest.approx([3 / 5, 1 / 5, 1 / 5], abs=1e-15)
    assert banzhaf(parties).values == pytest.approx([3 / 4, 1 / 4, 1 / 4], abs=1e-15)
    assert airport([1, 2, 3]).values == pytest.approx([1 / 3, 5 / 6, 11 / 6], abs=1e-15)


def test_the_security_council() -> None:
    """Five vetoes and ten others, nine votes needed: 0.1963 and 0.001865 (Shapley 1954 rules)."""
    votes = [[float(v == 5 and v + o >= 9) for o in range(11)] for v in range(6)]
    permanent, other = shapley_of_types(votes).values
    assert permanent == pytest.approx(421 / 2145, abs=1e-15)
    assert other == pytest.approx(4 / 2145, abs=1e-15)


@settings(max_examples=30, deadline=None)
@given(tables(1, 6))
def test_folds_are_the_direct_sums(table: Array) -> None:
    scale = np.abs(table).max() + 1
    assert shapley(table).values == pytest.approx(by_orders(table), abs=1e-13 * scale)
    assert shapley(table).values == pytest.approx(by_subsets(table), abs=1e-13 * scale)
    assert banzhaf(table).values == pytest.approx(by_subsets(table, True), abs=1e-13 * scale)
    equal_weights = weighted_shapley(table, np.full(players_of(table), 7.0)).values
    assert equal_weights == pytest.approx(by_orders(table), abs=1e-12 * scale)


def test_seven_players_by_all_orders() -> None:
    table = np.random.default_rng(7).normal(size=128)
    assert shapley(table).values == pytest.approx(by_orders(table), abs=1e-12)


@pytest.mark.parametrize("block", [1, 2, 5, 14])
def test_blocks_do_not_matter(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.random.default_rng(block).normal(size=1 << 9)
    expected = by_subsets(table)
    monkeypatch.setattr(fold_module, "block_bits", lambda players: min(players, block))
    assert shapley(table).values == pytest.approx(expected, abs=1e-14)


def test_many_players_against_the_plain_sums() -> None:
    """Seventeen players: several blocks; the plain sum is taken over views of the table."""
    n = 17
    table = np.random.default_rng(0).normal(size=1 << n)
    size = np.array([mask.bit_count() for mask in range(1 << n)])
    weights = np.array(
        [0.0, *(1 / (n * w) for w in np.cumprod([1, *[(n - s) / s for s in range(1, n)]]))]
    )
    for player in (0, 9, 16):
        cube = table.reshape(-1, 2, 1 << player)
        sizes = size.reshape(-1, 2, 1 << player)[:, 1]
        plain = float((weights[sizes] * (cube[:, 1] - cube[:, 0])).sum())
        assert shapley(table).values[player] == pytest.approx(plain, abs=1e-13)


@pytest.mark.parametrize("rule", LINEAR)
@settings(max_examples=15, deadline=None)
@given(table=tables(2, 6), data=st.data())
def test_linear_values_are_additive_and_ignore_null_players(
    rule: Callable[[Array], Division], table: Array, data: st.DataObject
) -> None:
    n, scale = players_of(table), float(np.abs(table).max()) + 1
    other = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=table.size)
    both = rule(3.0 * table - 2.0 * other).values
    apart = 3.0 * rule(table).values - 2.0 * rule(other).values
    assert both == pytest.approx(apart, abs=1e-11 * scale)
    null = data.draw(st.integers(0, n - 1))
    masks = np.arange(table.size) & ~(1 << null)
    assert rule(table[masks]).values[null] == pytest.approx(0.0, abs=1e-12 * scale)


@settings(max_examples=25, deadline=None)
@given(tables(2, 6), st.integers(0, 720))
def test_efficiency_and_symmetry(table: Array, seed: int) -> None:
    n, scale = players_of(table), float(np.abs(table).max()) + 1
    order = np.random.default_rng(seed).permutation(n)
    moved = np.array(
        [
            table[sum(1 << int(order[k]) for k in range(n) if mask >> k & 1)]
            for mask in range(1 << n)
        ]
    )
    for rule in VALUES.values():
        if rule is VALUES["nucleolus"]:
            continue
        assert rule(moved).values == pytest.approx(rule(table).values[order], abs=1e-12 * scale)
    found = shapley(table)
    assert found.total == pytest.approx(float(table[-1] - table[0]), abs=1e-12 * scale)
    assert found.error <= 1e-12 * scale
    weighted = weighted_shapley(table, np.linspace(0.1, 9, n))
    assert weighted.total == pytest.approx(float(table[-1] - table[0]), abs=1e-12 * scale)


def test_weighted_shapley_is_the_sum_of_weighted_dividends() -> None:
    """In fractions, so that the dividends' alternating signs cost nothing."""
    rng = np.random.default_rng(1)
    n = 6
    table = rng.integers(-50, 50, 1 << n)
    omega = rng.integers(1, 9, n)
    dividend = [Fraction(int(v)) for v in table]
    dividend[0] = Fraction(0)
    for mask in range(1, 1 << n):
        inside = [s for s in range(1, mask) if s & mask == s]
        dividend[mask] = Fraction(int(table[mask] - table[0])) - sum(dividend[s] for s in inside)
    expected = np.zeros(n)
    for player in range(n):
        for mask in range(1 << n):
            if mask >> player & 1:
                weight = sum(int(omega[k]) for k in range(n) if mask >> k & 1)
                expected[player] += float(dividend[mask] * int(omega[player]) / weight)
    assert weighted_shapley(table, omega).values == pytest.approx(expected, abs=1e-11)


def test_a_constant_changes_no_value() -> None:
    """Also a large one, which would cost digits if it were not subtracted first."""
    table = np.random.default_rng(2).normal(size=1 << 10)
    table = np.round(table * 2.0**30) / 2.0**30  # so that adding 2^20 is exact
    for rule in (shapley, banzhaf, leave_one_out):
        assert rule(table + 2.0**20).values == pytest.approx(rule(table).values, abs=1e-13)


def test_leave_one_out_divides_what_there_is_beyond_nothing() -> None:
    # v(∅) = 2, v({1}) = 5, v({2}) = 6, v({1, 2}) = 8: 6 to divide, in the proportions 2 : 3
    both = banzhaf([2.0, 5.0, 6.0, 8.0], normalized=True).values
    assert both.tolist() == [2.5, 3.5]
    shares = leave_one_out([2.0, 5.0, 6.0, 8.0], normalized=True).values
    assert shares.tolist() == pytest.approx([2.4, 3.6], abs=1e-14)
    assert leave_one_out([2.0, 5.0, 6.0, 8.0]).values.tolist() == [2.0, 3.0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(0, 999))
def test_types_are_their_players(counts: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=[c + 1 for c in counts])
    kinds = np.repeat(np.arange(len(counts)), counts)

    def value(inside: Mask) -> Array:
        many = [inside[:, kinds == k].sum(axis=1) for k in range(len(counts))]
        return values[tuple(many)]

    table = tabulate(value, kinds.size)
    assert shapley_of_types(values).values[kinds] == pytest.approx(shapley(table).values, abs=1e-13)
    join = np.full(kinds.size, 0.5 ** (kinds.size - 1))
    found = shapley_of_types(values, join).values[kinds]
    assert found == pytest.approx(banzhaf(table).values, abs=1e-13)


def test_a_thousand_players_of_two_types() -> None:
    """One seller and 999 buyers of one good: the seller gets 999/1000."""
    found = shapley_of_types(np.minimum.outer(np.arange(2), np.minimum(np.arange(1000), 1)))
    assert found.values == pytest.approx([0.999, 0.001 / 999], rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=7))
def test_airports_are_their_tables(costs: list[float]) -> None:
    table = tabulate(lambda inside: (inside * np.array(costs)).max(axis=1), len(costs))
    assert airport(costs).values == pytest.approx(shapley(table).values, abs=1e-11)


def test_semivalues_by_their_definition() -> None:
    table = np.random.default_rng(3).normal(size=16)
    weights = np.random.default_rng(4).random(4)
    expected = [
        sum(
            weights[mask.bit_count()] * (table[mask | 1 << n] - table[mask])
            for mask in range(16)
            if not mask >> n & 1
        )
        for n in range(4)
    ]
    assert semivalue(table, weights) == pytest.approx(np.array(expected), abs=1e-14)


def test_results_print_and_turn_into_dictionaries() -> None:
    found = shapley(GLOVES)
    assert str(found).startswith("shapley: 0.666667, 0.166667, 0.166667 (checked")
    assert found.to_dict()["values"] == found.values.tolist()
    assert found.to_dict()["standard_errors"] is None
    assert "… (14 players)" in str(shapley(np.ones(1 << 14)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapley([1.0, 2.0, 3.0]), r"2\^N numbers, one a coalition, got shape \(3,\)"),
        (lambda: shapley([1.0]), r"2\^N numbers"),
        (lambda: shapley([[0.0, 1.0]]), "shape"),
        (lambda: shapley(["a", "b"]), "must hold numbers"),
        (lambda: shapley([0, 1, np.nan, 2]), r"got nan for coalition \(1,\)"),
        (lambda: banzhaf([0, 1, np.inf, 2]), r"got inf for coalition \(1,\)"),
        (lambda: shapley([0, 1.7e308, -1.7e308, 1.7e308] * 8), "too large"),
        (lambda: banzhaf(np.ones(8), normalized=True), "nothing to normalize"),
        (lambda: leave_one_out(np.ones(8), normalized=True), "sum to 0"),
        (lambda: weighted_shapley(GLOVES, [1, 0, 1]), "positive, got 0 for player 1"),
        (lambda: weighted_shapley(GLOVES, [1, 1]), "3 numbers, one a player"),
        (lambda: airport([1, -2]), "at least 0, got -2 for player 1"),
        (lambda: airport([]), "one number a player"),
        (lambda: tabulate(lambda m: m.sum(axis=1), 31), "between 1 and 30"),
        (lambda: tabulate(lambda m: np.ones(2), 3), "must return 8 numbers for 8 coalitions"),
        (lambda: tabulate(lambda m: np.log(m.any(axis=1) - 0.0 + 1) / m[:, 0], 2), "coalition"),
        (lambda: shapley_of_types([[1.0, 2.0]]), "every type needs a player"),
        (lambda: shapley_of_types([0.0, np.nan]), r"got nan for counts \(1,\)"),
        (lambda: shapley_of_types(np.zeros(1002)), "at most 1000 players"),
        (lambda: semivalue(GLOVES, [1, 2]), "3 numbers"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(InvalidInputError, match=message):
        call()


def test_every_vote_of_four_is_the_direct_sum() -> None:
    for seats in product([1.0, 2.0, 3.0], repeat=4):
        table = vote(sum(seats) / 2 + 0.5, list(seats))
        assert shapley(table).values == pytest.approx(by_orders(table), abs=1e-14)
