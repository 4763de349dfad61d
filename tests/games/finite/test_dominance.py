"""Elimination of dominated strategies against independent searches and known games."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from coopetition.games.finite.dominance import eliminate_dominated
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.mixed_dominance import improve


def random_game(seed: int) -> FiniteGame:
    """Draw a game of 1 to 3 players with small whole payoffs, so that ties are common."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 5, rng.integers(1, 4)).tolist()
    return FiniteGame(rng.integers(0, int(rng.integers(2, 8)), (len(shape), *shape)))


def lines(game: FiniteGame, n: int) -> np.ndarray:
    own = np.moveaxis(game.tensor[n].astype(float), n, 0)
    return own.reshape(own.shape[0], -1)


def is_best_somewhere(rows: np.ndarray, a: int) -> bool:
    """Say whether a row is a best reply to some belief: what strict dominance excludes (Pearce)."""
    gains = rows - rows[a]
    columns = gains.shape[1]
    found = linprog(
        np.zeros(columns),
        A_ub=gains,
        b_ub=np.full(len(rows), 1e-9),
        A_eq=np.ones((1, columns)),
        b_eq=[1.0],
    )
    return bool(found.success)


def is_best_with_full_support(rows: np.ndarray, a: int) -> bool:
    """Say whether a row is a best reply to a belief that excludes nothing: never weakly beaten."""
    gains = rows - rows[a]
    columns = gains.shape[1]
    # Beliefs up to scale, each at least 1: the scale is free.
    found = linprog(
        np.ones(columns), A_ub=gains, b_ub=np.full(len(rows), 1e-9), bounds=[(1, None)] * columns
    )
    return bool(found.success)


@given(st.integers(0, 100_000), st.booleans(), st.booleans())
def test_what_is_left_is_a_best_reply_to_some_belief(seed: int, exact: bool, weak: bool) -> None:
    game = random_game(seed)
    reduced = eliminate_dominated(game.to_fractions() if exact else game, weak=weak)
    left = reduced.game
    assert reduced.complete == ("proved" if exact or max(left.shape) < 3 else "checked")
    for n in range(len(left.shape)):
        rows = lines(left, n)
        test = is_best_with_full_support if weak else is_best_somewhere
        assert all(test(rows, a) for a in range(len(rows)))


@given(st.integers(0, 100_000), st.booleans(), st.booleans(), st.booleans())
def test_every_reason_is_true_in_the_game_of_its_round(
    seed: int, exact: bool, weak: bool, mixed: bool
) -> None:
    game = random_game(seed).to_fractions()
    reduced = eliminate_dominated(game if exact else game.to_floats(), weak=weak, mixed=mixed)
    left = [list(own) for own in game.strategies]
    for turn in range(1, 1 + max((step.round for step in reduced.removed), default=0)):
        now = [step for step in reduced.removed if step.round == turn]
        chosen = [
            [own.index(name) for name in names]
            for own, names in zip(game.strategies, left, strict=True)
        ]
        part = game.tensor[np.ix_(range(len(left)), *chosen)]
        for step in now:
            n = game.players.index(step.player)
            rows = np.moveaxis(part[n], n, 0).reshape(len(left[n]), -1)
            assert sum(share for _, share in step.by) == 1
            assert mixed or len(step.by) == 1
            by = sum(share * rows[left[n].index(name)] for name, share in step.by)
            row = rows[left[n].index(step.strategy)]
            if weak:
                assert (by >= row).all()
                assert (by > row).any()
            else:
                assert (by > row).all()
        for step in now:
            left[game.players.index(step.player)].remove(step.strategy)
    assert reduced.game.strategies == tuple(map(tuple, left))


@given(st.integers(0, 100_000))
def test_strict_elimination_does_not_depend_on_the_order(seed: int) -> None:
    game = random_game(seed)
    rng = np.random.default_rng(seed)
    kept = [list(range(k)) for k in game.shape]
    while True:  # one pure-dominated strategy at a time, drawn at random
        part = game.tensor[np.ix_(range(len(kept)), *kept)]
        found = []
        for n in range(len(kept)):
            rows = np.moveaxis(part[n], n, 0).reshape(len(kept[n]), -1)
            found += [
                (n, a)
                for a in range(len(rows))
                if any((rows[b] > rows[a]).all() for b in range(len(rows)))
            ]
        if not found:
            break
        n, a = found[rng.integers(len(found))]
        del kept[n][a]
    assert eliminate_dominated(game, mixed=False).kept == tuple(map(tuple, kept))


@given(st.integers(0, 100_000))
def test_pure_equilibria_survive_strict_elimination_and_come_from_the_reduced_game(
    seed: int,
) -> None:
    game = random_game(seed)
    reduced = eliminate_dominated(game)
    before = {p for p in np.ndindex(*game.shape) if not game.regret(p).any()}
    after = {
        reduced.original(p)
        for p in np.ndindex(*reduced.game.shape)
        if not reduced.game.regret(p).any()
    }
    assert before == after
    if reduced.solved:
        assert len(before) == 1


def test_a_strategy_dominated_only_by_a_mix() -> None:
    game = FiniteGame([[[3, 0], [0, 3], [1, 1]], [[0, 0], [0, 0], [0, 0]]], ["A", "B"])
    for version in (game, game.to_fractions()):
        [step] = eliminate_dominated(version).removed
        assert (step.player, step.strategy, step.round) == ("A", "3", 1)
        shares = dict(step.by)
        assert all(3 * share > 1 for share in shares.values())
        assert "× 1 + " in str(step)
        assert eliminate_dominated(version, mixed=False).removed == ()


def test_one_over_three_is_no_dominance_by_rounding() -> None:
    # The mix that gives row 3 exactly its payoffs dominates it neither strictly nor weakly.
    third = Fraction(1, 3)
    rows = np.array([[1, 0], [0, 1], [third, 1 - third]], dtype=object)
    game = FiniteGame(np.stack([rows, 0 * rows]))
    assert eliminate_dominated(game).removed == ()
    assert eliminate_dominated(game, weak=True).removed == ()
    floats = game.to_floats()
    assert eliminate_dominated(floats).removed == ()
    rows[2, 1] -= Fraction(1, 10**12)
    shifted = FiniteGame(np.stack([rows, 0 * rows]))
    [step] = eliminate_dominated(shifted, weak=True).removed
    assert step.strategy == "3"


def test_what_weak_elimination_leaves_loses_equilibria() -> None:
    # (1, 1) and (2, 2) are equilibria; 2 is weakly dominated for both.
    game = FiniteGame([[[1, 0], [0, 0]], [[1, 0], [0, 0]]])
    assert eliminate_dominated(game).removed == ()
    assert not eliminate_dominated(game).solved
    assert eliminate_dominated(game, weak=True).solved
    reduced = eliminate_dominated(game, weak=True)
    assert reduced.original((0, 0)) == (0, 0)
    assert "1 × 1 left, no strategy weakly dominated (proved)" in str(reduced)


def test_the_guessing_game_ends_at_zero() -> None:
    # Three players guess 0 to 8; nearest to half of the mean wins one, ties share it.
    guesses = np.stack(np.meshgrid(*[np.arange(9)] * 3, indexing="ij"))
    away = np.abs(6 * guesses - guesses.sum(axis=0))
    wins = away == away.min(axis=0)
    game = FiniteGame(wins / wins.sum(axis=0))
    reduced = eliminate_dominated(game, weak=True)
    assert reduced.kept == ((0,), (0,), (0,))
    assert max(step.round for step in reduced.removed) > 1


@given(st.integers(0, 100_000))
def test_the_exact_program_agrees_with_floating_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, m = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    goal, rows = rng.integers(-3, 4, k), rng.integers(-3, 4, (m, k))
    rows = np.vstack([rows, np.ones((1, k), dtype=int)])  # bounded
    limits = np.append(rng.integers(0, 3, m), 5)
    exact = [
        np.array([Fraction(int(v)) for v in a.flat]).reshape(a.shape) for a in (goal, rows, limits)
    ]
    z = improve(*exact)
    best = linprog(-goal, A_ub=rows, b_ub=limits)
    if z is None:
        assert best.fun == pytest.approx(0.0, abs=1e-9)
    else:
        assert min(z) >= 0
        assert (exact[1] @ z <= exact[2]).all()
        assert 0 < exact[0] @ z <= np.dot(goal, np.asarray(best.x)) + 1e-9
