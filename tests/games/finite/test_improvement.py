"""Improvement graphs against a double loop and against reachability by matrix powers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.potentials.improvement import improvement_graph

Moves = dict[tuple[int, ...], set[tuple[int, tuple[int, ...]]]]


def random_game(seed: int) -> FiniteGame:
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 4, rng.integers(1, 4)).tolist()
    game = FiniteGame(rng.integers(0, 4, (len(shape), *shape)))
    return game.to_fractions() if seed % 3 == 0 else game


def slow_moves(game: FiniteGame, best: bool) -> Moves:
    """Return who improves where to, from every profile."""
    moves: Moves = {}
    for p in np.ndindex(*game.shape):
        moves[p] = set()
        for n, k in enumerate(game.shape):
            others = [(*p[:n], b, *p[n + 1 :]) for b in range(k)]
            pays = [game.payoffs(q)[n] for q in others]
            good = [b for b in range(k) if pays[b] > pays[p[n]]]
            moves[p] |= {(n, others[b]) for b in good if not best or pays[b] == max(pays)}
    return moves


@given(st.integers(0, 100_000), st.booleans())
def test_every_move_sink_component_and_trap(seed: int, best: bool) -> None:
    game = random_game(seed)
    graph, moves = improvement_graph(game, best=best), slow_moves(game, best)
    assert {p: set(graph.moves(p)) for p in moves} == moves
    assert set(graph.sinks) == {p for p in moves if not game.regret(p).any()}
    order = list(moves)
    reach = np.eye(len(order), dtype=bool)
    for p, found in moves.items():
        for _, q in found:
            reach[order.index(p), order.index(q)] = True
    for _ in order:
        reach = reach @ reach
    together = reach & reach.T
    several = {tuple(np.flatnonzero(row)) for row in together if row.sum() > 1}
    parts = {tuple(sorted(order.index(p) for p in part)) for part in graph.components}
    assert parts == several
    traps = {part for part in several if not (reach[part[0]] & ~together[part[0]]).any()}
    assert {tuple(sorted(order.index(p) for p in part)) for part in graph.traps} == traps
    assert graph.acyclic == (not several)
    to_a_sink = [any(reach[i, order.index(s)] for s in graph.sinks) for i in range(len(order))]
    assert graph.weakly_acyclic == all(to_a_sink)
    cycle = graph.cycle()
    assert (cycle is None) == graph.acyclic
    if cycle:
        assert len(set(cycle)) == len(cycle) > 1
        for here, there in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert there in {q for _, q in moves[here]}


@pytest.mark.parametrize("seed", range(10))
def test_a_potential_game_has_no_cycle_and_its_sinks_are_local_maxima(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (3, 4, 2)
    potential = rng.normal(size=shape)
    dummies = [
        rng.integers(0, 9, [1 if n == m else k for m, k in enumerate(shape)]) for n in range(3)
    ]
    # Whole numbers beside multiples of 2⁻²⁰ add without rounding.
    potential = np.round(potential * 2**20) / 2**20
    graph = improvement_graph(FiniteGame([potential + own for own in dummies]))
    assert graph.acyclic
    assert graph.cycle() is None
    assert np.unravel_index(potential.argmax(), shape) in graph.sinks


def test_a_loop_beside_an_equilibrium_is_a_trap_only_where_no_move_leaves_it() -> None:
    # Pennies in the corner; a third strategy that pays 5 to both together, and −9 alone.
    out = -9.0
    rows = [[1, -1, out], [-1, 1, out], [out, out, 5]]
    columns = [[-1, 1, out], [1, -1, out], [out, out, 5]]
    graph = improvement_graph(FiniteGame([rows, columns]))
    assert graph.sinks == [(2, 2)]
    assert not graph.weakly_acyclic
    assert graph.traps == [[(0, 0), (0, 1), (1, 0), (1, 1)]]
    rows[2][1] = 2  # a way out: the row player's third strategy against the second column
    columns[2][1] = 0
    graph = improvement_graph(FiniteGame([rows, columns]))
    assert graph.weakly_acyclic
    assert not graph.acyclic
    # A best reply from the corner leaves it where the other plays 2: the loop is broken.
    assert improvement_graph(FiniteGame([rows, columns]), best=True).acyclic


def test_a_tolerance_forgets_gains_of_rounding() -> None:
    game = FiniteGame([[0.3, 0.1 + 0.2]])
    assert improvement_graph(game).sinks == [(1,)]
    assert improvement_graph(game, tolerance=1e-12).sinks == [(0,), (1,)]
    with pytest.raises(InvalidInputError, match="`tolerance` must be 0 or more"):
        improvement_graph(game, tolerance=float("nan"))


def test_a_game_too_large_says_so() -> None:
    game = FiniteGame(np.broadcast_to(np.arange(2.0)[:, None, None], (2, 400, 400)))
    with pytest.raises(InvalidInputError, match="may have 63,840,000 improvements, the limit is"):
        improvement_graph(game)
