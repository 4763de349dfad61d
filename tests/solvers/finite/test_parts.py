"""What decides about a candidate for an equilibrium, and what mixes, each part by hand."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite.bimatrix import extreme_equilibria
from coopetition.solvers.finite.bimatrix.check import (
    best_reply,
    is_equilibrium,
    margins,
    whole,
    worth,
)
from coopetition.solvers.finite.bimatrix.extreme_equilibria import by_faces
from coopetition.solvers.finite.bimatrix.polytope import Polytope
from coopetition.solvers.finite.bimatrix.subsets import NashSubsets, nash_subsets
from coopetition.solvers.finite.bimatrix.walk import Walked, walk
from coopetition.solvers.finite.two_players import _note, _pure, deciding, two_players
from coopetition.solvers.finite.verify import (
    Verified,
    _distributions,
    gains,
    regular,
    same,
    simple,
    stable,
    verified_pure,
    verify,
)

HALF = Fraction(1, 2)
PENNIES = FiniteGame([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])


def test_payoffs_are_made_whole_by_the_least_number() -> None:
    assert whole([[0.5, 1.25], [Fraction(-1, 3), 0]]) == [[6, 15], [-4, 0]]


def test_an_equilibrium_needs_best_replies_of_both() -> None:
    first, second = [[3, 0], [2, 1]], [[2, 1], [0, 5]]
    assert worth(first, (2, 1)) == [6, 5]
    assert is_equilibrium(first, second, ((1, 0), (1, 0)))
    assert is_equilibrium(first, second, ((0, 1), (0, 1)))
    assert not is_equilibrium(first, second, ((1, 0), (0, 1)))
    assert is_equilibrium(first, second, ((5, 1), (1, 1)))  # 2 · 5 = 5 + 5; 3 = 2 + 1
    assert not is_equilibrium(first, second, ((4, 1), (1, 1)))  # the second prefers one
    assert not is_equilibrium(first, second, ((5, 1), (2, 1)))  # the first prefers one
    assert best_reply([[1], [1], [0]], (1, 2, 0), (1,))
    assert not best_reply([[1], [1], [0]], (1, 2, 1), (1,))


@pytest.mark.parametrize(
    ("payoffs", "own", "other", "least", "loss"),
    [
        ([[4, 99], [4, 0], [2, 9], [-1, 0]], (2, 1, 0, 0), (1, 0), 1 / 3, 0.5),
        ([[4, 99], [4, 0], [2, 9], [-1, 0]], (2, 1, 0, 0), (3, 0), 1 / 3, 0.5),
        ([[-4], [-6]], (1, 0), (1,), 1.0, 1 / 3),
        ([[0], [0]], (1, 0), (1,), 1.0, 0.0),
        ([[4, 0], [0, 4]], (1, 3), (1, 1), 0.25, float("inf")),
    ],
)
def test_how_narrowly(payoffs: Any, own: Any, other: Any, least: float, loss: float) -> None:
    assert margins(payoffs, own, other) == (least, loss)


def without_matching(size: int) -> list[tuple[int, str]]:
    """Return all pairs but (k, k): every set of some, not all, is one side of a subset."""
    return [(x, f"y{y}") for x, y in product(range(size), repeat=2) if x != y]


def test_subsets_are_counted_and_given_up_where_they_are_too_many() -> None:
    found = nash_subsets(without_matching(9))
    assert found is not None
    assert len(set(found.subsets)) == len(found.subsets) == 2**9 - 2
    assert len(found.components) == 1
    assert nash_subsets(without_matching(18)) is None
    assert found.continuum
    assert not NashSubsets(((0,), (1,)), ((0,), (1,))).continuum


def test_words_about_subsets() -> None:
    one = _note(NashSubsets(((0, 1),), ((0, 1),)), True)
    assert "one of 1 maximal Nash subset, in 1 component" in one + "."
    assert not one.endswith("components")
    two = _note(NashSubsets(((0, 1), (2,)), ((0, 1), (2,))), True)
    assert two.endswith("one of 2 maximal Nash subsets, in 2 components")
    alone = NashSubsets(((0,),), ((0,),))
    assert _note(alone, True).endswith("without a continuum of them")
    assert _note(alone, False) == "proved: these are all"
    assert "too many to list" in _note(None, True)


def game_of(shape: tuple[int, ...]) -> FiniteGame:
    """Return a game in which everybody wants the last strategy, whatever others do."""
    grids = np.indices(shape).astype(float)
    return FiniteGame([grid.tolist() for grid in grids])


@pytest.mark.parametrize(
    ("shape", "players"),
    [((2, 2), (0, 1)), ((2, 1, 3), (0, 2)), ((1, 2, 1), (0, 1)), ((1, 1, 2), (0, 2)), ((3,), (0,)),
     ((1, 1, 1), (0, 1)), ((2, 1), (0, 1))],
)  # fmt: skip
def test_who_decides_and_the_pure_equilibria(
    shape: tuple[int, ...], players: tuple[int, ...]
) -> None:
    game = game_of(shape)
    assert deciding(game) == players
    sizes = [*(shape[n] for n in players), 1][:2]
    assert _pure(game, players) == [tuple(tuple([0] * (k - 1) + [1]) for k in sizes)]


def test_a_gain_as_large_as_its_share_of_its_terms_is_stable() -> None:
    game = FiniteGame([[[0.0, 8.0], [1.0, 8.0]], [[0.0, 0.0], [0.0, 0.0]]])
    mixed: list[Array] = [np.array([0.5, 0.5]), np.array([0.5, 0.5])]
    gain, terms = gains(game, 0, mixed)
    assert gain.tolist() == [-0.25, 0.25]
    assert terms.tolist() == [0.25, 0.25]
    assert stable(game, mixed, 1.0)
    assert not stable(game, mixed, 0.99)


def verified(*rows: list[Any]) -> Verified:
    """Return mixtures of fractions, or of floats, as an equilibrium."""
    exact = [any(isinstance(v, Fraction) for v in row) for row in rows]
    mixed = [
        np.array(row, dtype=object if e else float) for row, e in zip(rows, exact, strict=True)
    ]
    return Verified(tuple(mixed), np.zeros(len(rows)), "checked")


def test_the_same_equilibrium_twice() -> None:
    near = verified([0.5, 0.5], [0.5 + 1e-7, 0.5 - 1e-7])
    assert same(verified([0.5, 0.5], [0.5, 0.5]), near)
    assert not same(verified([0.5, 0.5], [0.5, 0.5]), verified([0.5, 0.5], [0.6, 0.4]))
    assert not same(verified([0.6, 0.4], [0.5, 0.5]), verified([0.5, 0.5], [0.5, 0.5]))
    exact = verified([HALF, HALF], [HALF, HALF])
    assert same(exact, verified([HALF, HALF], [HALF, HALF]))
    tiny = Fraction(1, 10**9)
    assert not same(exact, verified([HALF, HALF], [HALF - tiny, HALF + tiny]))
    assert same(exact, near)  # fractions beside floats
    assert same(verified([HALF, HALF], [0.5, 0.5]), verified([HALF, HALF], [0.5 + 1e-7, 0.5]))


def test_what_seems_regular() -> None:
    middle = (np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    assert regular(PENNIES, middle)
    weak = FiniteGame([[[1.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    corner = (np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    assert not regular(weak, corner)  # the second row is as good
    strict = FiniteGame([[[1.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    assert regular(strict, corner)
    flat = FiniteGame(np.zeros((2, 3, 2)).tolist())
    assert not regular(flat, (np.full(3, 1 / 3), np.array([0.5, 0.5])))  # one mixes too much
    assert regular(FiniteGame(np.zeros((2, 2, 2)).tolist()), middle)


def test_a_pure_equilibrium_as_distributions() -> None:
    found = verified_pure(game_of((2, 3)), (1, 2))
    assert [own.tolist() for own in found.mixed] == [[0.0, 1.0], [0.0, 0.0, 1.0]]
    assert (found.regret.tolist(), found.known) == ([0.0, 0.0], "proved")
    exact = verified_pure(game_of((2, 3)).to_fractions(), (0, 1))
    assert [own.tolist() for own in exact.mixed] == [[1, 0], [0, 1, 0]]
    assert all(isinstance(p, Fraction) for own in exact.mixed for p in own)


def test_what_rounding_left_is_taken_off_and_the_rest_sums_to_one() -> None:
    found = _distributions([np.array([0.5, 0.5 + 2e-7, 1e-8])], 1e-7)
    assert found is not None
    assert found[0][2] == 0.0
    assert found[0].sum() == pytest.approx(1.0, abs=1e-15)
    assert found[0][1] > found[0][0]
    for bad in ([0.5, 0.6], [0.5, 0.4], [np.nan, np.nan], [0.5, 0.5 + 2e-6]):
        assert _distributions([np.array(bad)], 1e-7) is None
    assert _distributions([np.array([0.0, 1.0]), np.array([0.2, 0.2])], 1e-7) is None


def test_fractions_that_are_no_probabilities_are_none() -> None:
    flat = FiniteGame(np.zeros((2, 2, 2), dtype=int).tolist())
    half = np.array([0.5, 0.5])
    assert simple(flat, [half, half]) is not None
    assert simple(flat, [half, np.array([1.5, -0.5])]) is None
    assert simple(flat, [half, np.array([0.5, 0.25])]) is None
    assert simple(PENNIES.to_fractions(), [half, np.array([0.4, 0.6])]) is None  # one gains


def test_how_an_answer_is_known() -> None:
    half = np.array([0.5, 0.5])
    checked = verify(PENNIES, [half, half])
    assert checked is not None
    assert checked.known == "checked"
    assert checked.regret.tolist() == [0.0, 0.0]
    assert verify(PENNIES, [half, np.array([0.4, 0.6])]) is None
    assert verify(PENNIES, [half, np.array([0.5, 0.6])]) is None  # no distribution
    near = verify(PENNIES, [half, half + np.array([1e-10, -1e-10])])
    assert near is not None
    assert near.regret[0] == pytest.approx(2e-10, rel=1e-5)
    pure = verify(game_of((2, 2)), [np.array([0.0, 1.0])] * 2)
    assert pure is not None
    assert pure.known == "proved"
    tiny = np.array([1e-9, -1e-9])
    exact = verify(PENNIES.to_fractions(), [half + tiny, half - tiny])
    assert exact is not None
    assert exact.known == "proved"
    assert exact.mixed[0].tolist() == [HALF, HALF]


def test_a_surplus_of_either_side_is_told() -> None:
    """At x = (1/3, 1/3) two rows are tight, or three; of the other side no more than variables."""
    many = Polytope([[1, 2, 3], [3, 1, 2]], [1, 1, 1])
    for third, surplus in (([1, 0], False), ([3, 0], True)):
        pairs, ended, told = by_faces(Polytope([[2, 1], [1, 2], third], [1, 1]), many)
        assert pairs
        assert (ended, told) == (True, surplus)


def test_a_face_that_is_not_walked_to_its_end_may_hide_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = Polytope([[2, 1], [1, 2]], [1, 1]), Polytope([[1, 2], [3, 1]], [1, 1])

    def cut(rows: list[list[int]], deadline: float) -> Walked:
        found = walk(rows, deadline)
        return found if rows is few.rows else replace(found, ended=False)

    assert by_faces(few, many)[1]
    monkeypatch.setattr(extreme_equilibria, "walk", cut)
    assert not by_faces(few, many)[1]


def test_whole_lists_take_no_paths() -> None:
    found = two_players(PENNIES, float("inf"))
    assert (found.complete, found.method) == (True, "exact enumeration of vertices")
    assert [[p.tolist() for p in profile] for profile in found.profiles] == [[[HALF, HALF]] * 2]
    cut = two_players(PENNIES, 0.0)
    assert (cut.complete, cut.subsets) == (False, None)
    assert cut.method.endswith(" and paths of Lemke and Howson")
