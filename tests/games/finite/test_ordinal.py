"""Ordinal, generalized ordinal and best-response potentials against a slow graph search."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from coopetition.games.finite import FiniteGame, potential_of
from coopetition.games.finite.potentials.ordinal import levels_of
from coopetition.games.finite.potentials.witness import CycleWitness
from tests.games.finite.kinds import potentials_of
from tests.games.finite.potentials import hidden

ORDERS: Any = ("ordinal", "generalized-ordinal", "best-response")


def changes(game: FiniteGame, kind: str) -> list[tuple[int, int, bool]]:
    """Return (profile, profile, strict) of all changes that count, one by one."""
    profiles = list(product(*map(range, game.shape)))
    number = {a: i for i, a in enumerate(profiles)}
    found = []
    for a in profiles:
        for n, k in enumerate(game.shape):
            line = [(*a[:n], x, *a[n + 1 :]) for x in range(k)]
            best = max(game.tensor[n][b] for b in line)
            for b in line:
                here, there = game.tensor[n][a], game.tensor[n][b]
                counts = {
                    "ordinal": there >= here,
                    "generalized-ordinal": there > here,
                    "best-response": there == best,
                }[kind]
                if b != a and counts:
                    found.append((number[a], number[b], bool(there > here)))
    return found


def acyclic(game: FiniteGame, kind: str) -> bool:
    """Whether no cycle of changes holds a strict one, by the closure of the relation."""
    edges = changes(game, kind)
    reach = np.eye(int(np.prod(game.shape)), dtype=bool)
    for a, b, _ in edges:
        reach[a, b] = True
    for middle in range(len(reach)):
        reach |= np.outer(reach[:, middle], reach[middle])
    return not any(strict and reach[b, a] for a, b, strict in edges)


@pytest.mark.parametrize("kind", ORDERS)
def test_small_games_against_all_paths(kind: Any) -> None:
    answers = []
    for seed in range(150):
        rng = np.random.default_rng((1, seed))
        shape = [(2, 2), (2, 3), (3, 3), (2, 2, 2), (1, 3, 2)][seed % 5]
        game = FiniteGame(rng.integers(0, int(rng.integers(2, 6)), (len(shape), *shape)))
        game = game if seed % 2 else game.to_fractions()
        found = potential_of(game, kind)
        answers.append(found.holds)
        assert found.holds == acyclic(game, kind)
        if found.holds:
            assert found.potential is not None
            level = found.potential.reshape(-1)
            assert level.min() == 0
            for a, b, strict in changes(game, kind):
                assert level[b] > level[a] if strict else level[b] == level[a] or kind == "ordinal"
            if kind == "ordinal":  # ties are ties of the potential
                ties = {(a, b) for a, b, strict in changes(game, kind) if not strict}
                assert all(level[a] == level[b] for a, b in ties)
        else:
            assert isinstance(found.witness, CycleWitness)
            steps = found.witness.steps()
            allowed = set(changes(game, kind))
            number = {a: i for i, a in enumerate(product(*map(range, shape)))}
            taken = [(number[a], number[b], bool(gain > 0)) for _, a, b, gain in steps]
            assert set(taken) <= allowed
            assert any(strict for *_, strict in taken)
            assert steps[-1][2] == steps[0][1]
    assert {True, False} <= set(answers)


def test_ordinal_but_not_weighted() -> None:
    # Cournot with costs in proportion: the potential q₁q₂q₃ (1/Q − c), Monderer and Shapley's
    # for any inverse demand.
    q = np.array([1.0, 2, 3, 5])
    x, y, z = np.meshgrid(q, q, q, indexing="ij")
    margin = 10 / (x + y + z) ** 2 - 0.1
    game = FiniteGame(np.stack([x * margin, y * margin, z * margin])).to_fractions()
    answers = {answer.kind: answer for answer in potentials_of(game)}
    assert [answers[k].holds for k in answers] == [False, False, True, True, True]
    ours = answers["ordinal"].potential
    assert ours is not None
    theirs = x * y * z * margin
    for axis in range(3):
        assert (np.sign(np.diff(ours, axis=axis)) == np.sign(np.diff(theirs, axis=axis))).all()


def test_generalized_ordinal_but_not_ordinal() -> None:
    game = FiniteGame([[[1, 2], [2, 0]], [[0, 0], [0, 1]]])  # Monderer and Shapley's third
    holds = {answer.kind: answer.holds for answer in potentials_of(game)}
    assert holds["generalized-ordinal"] is True
    assert holds["ordinal"] is False


def test_best_response_but_not_generalized_ordinal() -> None:
    one = np.array([[1, -1, 0], [-1, 1, 0], [2, 2, 2]])  # pennies, and a way out that dominates
    two = np.array([[-1, 1, 2], [1, -1, 2], [0, 0, 2]])
    holds = {answer.kind: answer.holds for answer in potentials_of(FiniteGame([one, two]))}
    assert holds == {
        "exact": False,
        "weighted": False,
        "ordinal": False,
        "generalized-ordinal": False,
        "best-response": True,
    }


def test_stronger_kinds_imply_weaker_ones() -> None:
    for seed in range(100):
        game, _, _ = hidden(seed)
        if game.tensor.size < 2000:
            assert [a.holds for a in potentials_of(game)[1:]] == [True] * 4


def test_ties_within_rounding_are_undecided_where_they_decide() -> None:
    # Literally a cycle; a potential if the two payoffs that differ by 1e-14 are a tie.
    tensor = np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]])
    tensor[0, 1, 0] = 1e-14  # player 1 from (1, 1) to (2, 1)
    tensor[1, 0, 0] = 1e-14  # player 2 from (1, 2) to (1, 1)
    game = FiniteGame(tensor)
    answer = potential_of(game, "generalized-ordinal")
    assert answer.holds is None
    assert answer.claim is None
    assert "undecided" in str(answer)
    assert potential_of(game.to_fractions(), "generalized-ordinal").holds is False
    tensor = 10 * tensor.clip(0, 1e-14) + (tensor == 1)  # beyond rounding: a cycle
    assert potential_of(FiniteGame(tensor), "generalized-ordinal").holds is False


def test_levels_are_longest_paths() -> None:
    tail, head = np.array([0, 1, 0, 3, 2]), np.array([1, 2, 2, 2, 4])
    assert levels_of(tail, head, 6).tolist() == [0, 1, 2, 0, 3, 0]
