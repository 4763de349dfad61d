"""Core, least core and nucleolus: printed values, exact slow methods, witnesses recomputed."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from coopetition.games import InvalidInputError
from coopetition.games.arrays import Array
from coopetition.mechanisms.division import (
    LeastCore,
    claims_game,
    core_check,
    kohlberg,
    least_core,
    nucleolus,
    shapley,
    tabulate,
    talmud,
)
from coopetition.mechanisms.division.excesses import TOL
from coopetition.mechanisms.division.table import members
from tests.campaign import draws
from tests.mechanisms.division.exact import exact_nucleolus
from tests.mechanisms.division.games import GLOVES, players_of, tables, vote


def integers(seed: int, players: int, high: int = 20) -> Array:
    """Draw a game of integers, with ties, in which all together have most."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, high, 1 << players).astype(float)
    table[0] = 0.0
    table[-1] = high * players / 3
    return table


def test_printed_values() -> None:
    """Schmeidler (1969); Littlechild (1974) for the airport, as costs of (1, 2, 3)."""
    assert nucleolus(GLOVES).values == pytest.approx([1, 0, 0], abs=1e-12)
    costs = tabulate(lambda inside: -(inside * np.array([1.0, 2.0, 3.0])).max(axis=1), 3)
    assert -nucleolus(costs).values == pytest.approx([1 / 2, 3 / 4, 7 / 4], abs=1e-12)
    assert nucleolus(vote(51, [50, 49, 1])).values == pytest.approx([1, 0, 0], abs=1e-12)


@pytest.mark.parametrize("estate", [0.0, 100.0, 200.0, 250.0, 300.0, 500.0, 600.0])
def test_the_nucleolus_of_claims_is_the_talmud(estate: float) -> None:
    """Aumann and Maschler (1985)."""
    claims = [100.0, 200.0, 300.0]
    found = nucleolus(claims_game(claims, estate)).values
    assert found == pytest.approx(talmud(claims, estate).values, abs=1e-9)


@pytest.mark.campaign
@pytest.mark.parametrize("individual", [True, False])
@pytest.mark.parametrize(
    ("seed", "players"),
    [(s, n) for n, seeds in ((2, 3), (3, 8), (4, draws(2, 3))) for s in range(seeds)],
)
def test_the_nucleolus_in_fractions(seed: int, players: int, individual: bool) -> None:
    table = integers(seed, players, high=6 if seed % 2 else 20)
    if individual:  # a floor that binds for some
        table[1 << np.arange(players)] = np.minimum(
            table[1 << np.arange(players)], table[-1] / players
        )
        table[1] = table[-1] - table[2 << np.arange(players - 1)].sum() - 0.25
    expected = [float(x) for x in exact_nucleolus(table, individual)]
    found = nucleolus(table, individual=individual).values
    assert found == pytest.approx(expected, abs=1e-10)


def test_floors_bind_somewhere() -> None:
    """The nucleolus differs from the prenucleolus in some game: both were tested above."""
    table = np.array([0.0, 5, 0, 5, 0, 5, 10, 6])
    inside, free = nucleolus(table).values, nucleolus(table, individual=False).values
    assert inside[0] >= 5 - 1e-12 > free[0]
    assert inside == pytest.approx([float(x) for x in exact_nucleolus(table, True)], abs=1e-12)
    assert free == pytest.approx([float(x) for x in exact_nucleolus(table, False)], abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(tables(2, 7))
def test_the_nucleolus_is_in_the_least_core_and_moves_with_the_game(table: Array) -> None:
    n, scale = players_of(table), float(np.abs(table).max()) + 1
    found = nucleolus(table, individual=False).values
    inside = members(np.arange(1, table.size - 1), n)
    worst = float((table[1:-1] - table[0] - inside @ found).max(initial=-np.inf))
    assert worst == pytest.approx(least_core(table).epsilon, abs=1e-8 * scale)
    shift = np.arange(n) - 1.5
    moved = 3.0 * table + members(np.arange(table.size), n) @ shift
    again = nucleolus(moved, individual=False).values
    assert again == pytest.approx(3.0 * found + shift, abs=1e-7 * scale)


@pytest.mark.parametrize("seed", range(6))
def test_kohlberg_tells_the_nucleolus_from_all_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = integers(seed, 6)
    found = nucleolus(table, individual=False).values
    assert kohlberg(table, found, individual=False) is None
    for size in (1.0, 1e-3, 1e-6):
        step = rng.normal(size=6)
        witness = kohlberg(table, found + size * (step - step.mean()), individual=False)
        assert witness is not None
        assert "are not balanced" in str(witness)


def test_the_witness_of_kohlberg_is_not_balanced() -> None:
    """Some direction raises what all its coalitions get, and for one strictly: none is lost."""
    table = integers(3, 5)
    x = shapley(table).values
    witness = kohlberg(table, x, individual=False)
    assert witness is not None
    rows = np.array([[float(n in s) for n in range(5)] for s in witness.coalitions])
    ones = np.ones((1, 5))
    found = linprog(
        -rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), A_eq=ones, b_eq=[0], bounds=(-1, 1)
    )
    assert float(found.fun or 0.0) < -1e-6
    excess = [table[sum(1 << n for n in s)] - x[list(s)].sum() for s in witness.coalitions]
    assert min(excess) == pytest.approx(witness.level, abs=1e-9)
    assert witness.to_dict()["level"] == witness.level


@pytest.mark.parametrize("kind", ["random", "vote", "twins", "additive"])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_scales_and_degenerate_games(kind: str, size: float) -> None:
    rng = np.random.default_rng(1)
    n = 7
    many = members(np.arange(1 << n), n).sum(axis=1)
    table = {
        "random": rng.normal(size=1 << n),
        "vote": np.array(vote(9, [5, 4, 3, 2, 1, 1, 1])),
        "twins": many**1.5,
        "additive": members(np.arange(1 << n), n) @ rng.normal(size=n),
    }[kind]
    unit = nucleolus(table, individual=False).values
    found = nucleolus(size * table + 3.0 * size, individual=False).values
    assert found == pytest.approx(size * unit, abs=1e-8 * size)
    if kind == "twins":
        assert unit == pytest.approx(np.full(n, n**0.5), abs=1e-10)
    if kind == "additive":
        assert unit == pytest.approx(table[1 << np.arange(n)], abs=1e-10)


def full_program(table: Array) -> float:
    """Find the least ε by one program with all rows."""
    n = players_of(table)
    rows = members(np.arange(1, table.size - 1), n).astype(float)
    found = linprog(
        [0.0] * n + [1.0],
        A_ub=-np.hstack((rows, np.ones((len(rows), 1)))),
        b_ub=-(table[1:-1] - table[0]),
        A_eq=[[1.0] * n + [0.0]],
        b_eq=[table[-1] - table[0]],
        bounds=(None, None),
    )
    assert found.fun is not None
    return float(found.fun)


def recomputed(table: Array, found: LeastCore) -> Fraction:
    """Check the balance of the witness in fractions, and return the bound that it proves."""
    n = players_of(table)
    for player in range(n):
        assert sum(w for s, w in found.weights.items() if player in s) == 1
    assert all(w >= 0 for w in found.weights.values())
    worth = sum(
        w * (Fraction(float(table[sum(1 << k for k in s)])) - Fraction(float(table[0])))
        for s, w in found.weights.items()
    )
    whole = Fraction(float(table[-1])) - Fraction(float(table[0]))
    return Fraction(worth - whole) / sum(Fraction(w) for w in found.weights.values())


@settings(max_examples=40, deadline=None)
@given(tables(2, 7))
def test_the_least_core_and_its_witness(table: Array) -> None:
    scale = float(np.abs(table).max()) + 1
    found = least_core(table)
    assert found.epsilon == pytest.approx(full_program(table), abs=1e-7 * scale)
    assert found.allocation.sum() == pytest.approx(table[-1] - table[0], abs=1e-10 * scale)
    assert found.how == "proved"
    assert float(recomputed(table, found)) == pytest.approx(found.lower, abs=1e-12 * scale)
    assert abs(found.gap) <= 1e-8 * scale


@pytest.mark.parametrize("seed", range(4))
def test_twelve_players_close_the_gap(seed: int) -> None:
    table = np.random.default_rng(seed).random(1 << 12) * np.sqrt(np.arange(1 << 12))
    found = least_core(table)
    assert found.how == "proved"
    assert float(recomputed(table, found)) == pytest.approx(found.lower, abs=1e-12)
    assert abs(found.gap) <= 1e-10 * np.abs(table).max()


def test_empty_and_non_empty_cores() -> None:
    pairs = np.array([0.0, 0, 0, 1, 0, 1, 1, 1])
    empty = least_core(pairs)
    assert empty.empty_core is True
    assert empty.lower == pytest.approx(1 / 3)
    assert set(empty.weights.values()) == {Fraction(1, 2)}
    assert "the core is empty (proved: balanced 1/2 v[0, 1]" in str(empty)
    gloves = least_core(GLOVES)  # one point only
    assert gloves.empty_core is False
    assert core_check(GLOVES, gloves.allocation).inside
    convex = tabulate(lambda inside: inside.sum(axis=1) ** 2.0, 6)
    found = least_core(convex)
    assert found.empty_core is False
    assert core_check(convex, found.allocation).inside
    assert found.to_dict()["empty_core"] is False
    assert least_core([0.0, 3.0]).allocation.tolist() == [3.0]


def test_a_bound_counts_beyond_the_own_amounts_of_those_who_bring_it() -> None:
    """A pair at weight 1/2 has 1, its members 2/3; all have 1 and 1; and what is for rounding."""
    found = least_core([0.0, 0, 0, 1, 0, 1, 1, 1])
    pair, together = 5 / 3 * (1 + 1e-5) + 1e-6, 2 * (1 + 1e-5) + 1e-6
    assert found.tolerance == pytest.approx(TOL * (1.5 * pair + together) / 1.5, rel=1e-9)


def test_gains_of_pooled_data_alone_have_no_core() -> None:
    """v(S) = gain(S) is subadditive where v(∅) = 0: everybody could have more alone."""
    table = tabulate(lambda inside: np.sqrt(inside.sum(axis=1)), 5)
    assert least_core(table).empty_core is True
    with pytest.raises(InvalidInputError, match=r"2\.76393 more alone than together"):
        nucleolus(table)
    priced = tabulate(lambda inside: inside.sum(axis=1) ** 1.5, 5)  # Σ p_n · gain(S)
    assert least_core(priced).empty_core is False


@settings(max_examples=40, deadline=None)
@given(tables(2, 6), st.integers(0, 999))
def test_the_blocking_coalition_blocks(table: Array, seed: int) -> None:
    n, scale = players_of(table), float(np.abs(table).max())
    x = np.random.default_rng(seed).normal(size=n) * scale
    x += (table[-1] - table[0] - x.sum()) / n
    found = core_check(table, x)
    all_excess = [
        table[mask] - table[0] - sum(x[k] for k in range(n) if mask >> k & 1)
        for mask in range(1, 1 << n)
    ]
    assert found.excess == pytest.approx(max(all_excess), abs=1e-12 * (scale + 1))
    mask = sum(1 << k for k in found.coalition)
    own = table[mask] - table[0] - x[list(found.coalition)].sum()
    assert own == pytest.approx(found.excess, abs=1e-12 * (scale + 1))
    assert found.inside == (max(all_excess) <= 1e-9 * np.abs(table - table[0]).max())


def test_amounts_that_do_not_fit_the_pie() -> None:
    short = core_check(GLOVES, [0.5, 0.0, 0.0])
    assert not short.inside
    assert short.excess == 0.5
    over = core_check(GLOVES, [1.0, 0.0, 0.5])
    assert not over.inside
    assert "sum to 0.5 more than there is" in str(over)
    assert over.to_dict()["inside"] is False


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nucleolus(np.zeros(1 << 21)), "at most 20 players, got 21"),
        (lambda: nucleolus([0.0, np.nan, 1.0, 2.0]), "got nan for coalition"),
        (lambda: least_core([0.0, 1.0, 2.0]), r"2\^N numbers"),
        (lambda: core_check(GLOVES, [1.0, 0.0]), "3 numbers, one per player"),
        (lambda: core_check(GLOVES, [1.0, 0.0, 0.0], tol=-1), "`tol`"),
        (lambda: kohlberg(GLOVES, [1.5, -0.5, 0.0]), "gives player 1 0.5 less than alone"),
        (lambda: kohlberg(GLOVES, [1.0, 1.0, 0.0]), "`allocation` must sum to 1, got 2"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        call()
