"""One large entry hides nothing elsewhere: every comparison is judged by its own payoffs."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from coopetition.games.finite import (
    FiniteGame,
    eliminate_dominated,
    from_csv,
    potential_of,
    to_csv,
)
from coopetition.games.finite.game import Tensor
from coopetition.games.finite.potentials.squares import Square, blocks
from coopetition.games.finite.potentials.squares_in_floats import (
    contradicting_square,
    count_squares,
)
from coopetition.games.finite.tolerance import ROUNDING, TOLERANCE, _zero, slack_of
from coopetition.games.repeated import grim_trigger
from tests.games.finite.kinds import potentials_of
from tests.games.finite.potentials import check_squares, hidden, line

Row = tuple[int, int, Any, Any, Any, Any]  # players, their mixed differences, what those may be off


def squares(tensor: Tensor) -> Iterator[Row]:
    """Yield all squares, one by one."""
    for n, m in combinations(range(len(tensor)), 2):
        for a in product(*map(range, tensor.shape[1:])):
            for x, y in product(range(a[n]), range(a[m])):
                b, d = list(a), list(a)
                b[n], d[m] = x, y
                c = list(b)
                c[m] = y
                corners = [tuple(p) for p in (a, b, c, d)]
                found = []
                for p, moves in ((n, ((0, 1), (3, 2))), (m, ((0, 3), (1, 2)))):
                    u = [tensor[p][corner] for corner in corners]
                    change = max(abs(u[i] - u[j]) for i, j in moves)
                    off = 2 * max(TOLERANCE * float(change), ROUNDING * float(max(map(abs, u))))
                    found.append((u[0] - u[1] + u[2] - u[3], off))
                yield n, m, found[0][0], found[1][0], found[0][1], found[1][1]


def brute(tensor: Tensor) -> tuple[bool, bool]:
    """Return whether fractions have an exact, and a weighted potential: every square is asked."""
    rows = list(squares(tensor))
    ratios: dict[tuple[int, int], Any] = {}
    for n, m, x, y, *_ in rows:
        if x or y:
            if x * y <= 0 or ratios.setdefault((n, m), x / y) != x / y:
                return False, False
    weights: dict[int, Any] = {}
    for start in range(len(tensor)):
        todo = [] if start in weights else [start]
        weights.setdefault(start, Fraction(1))
        while todo:
            here = todo.pop()
            for (n, m), ratio in ratios.items():
                for one, other, factor in ((n, m, 1 / ratio), (m, n, ratio)):
                    if one == here and other not in weights:
                        weights[other] = weights[here] * factor
                        todo.append(other)
    closed = all(weights[n] == weights[m] * ratio for (n, m), ratio in ratios.items())
    return all(row[2] == row[3] for row in rows), closed


def draw(seed: int) -> Tensor:
    """Draw whole payoffs of a potential game or nearly one, and let one part of it be large."""
    rng = np.random.default_rng((71, seed))
    size = int(rng.integers(2, 4))
    shape = tuple(int(k) for k in rng.integers(2, 5, size))
    weights = rng.integers(1, 5, size) if seed % 2 else np.ones(size, int)
    phi = rng.integers(-4, 5, shape)
    tensor = np.stack([
        weights[n] * phi
        + rng.integers(-9, 9, line(shape, {n}))
        + rng.integers(-9, 9, line(shape, set(range(size)) - {n}))
        for n in range(size)
    ]).astype(object)  # fmt: skip
    for _ in range(int(rng.integers(0, 3))):
        tensor[tuple(int(rng.integers(k)) for k in tensor.shape)] += int(rng.integers(-2, 3))
    large, n = 10 ** int(rng.integers(0, 13)), int(rng.integers(size))
    where: list[Any] = [int(rng.integers(k)) for k in shape]
    kind = seed % 5
    if kind == 0:
        tensor[(n, *where)] *= large
    elif kind == 1:  # a row: what the player gets for a strategy, whatever the others do
        tensor[n][tuple(where[p] if p == n else slice(None) for p in range(size))] += large
    elif kind == 2:  # a column: what it gets whatever it does
        where[n] = slice(None)
        tensor[n][tuple(where)] += large
    elif kind == 3:
        tensor[n] *= large
    else:
        tensor[(slice(None), *where)] += large * weights
    return tensor


def test_fractions_are_decided_as_by_asking_every_square_and_floats_never_say_otherwise() -> None:
    decided = 0
    for seed in range(160):
        digits = seed % 4
        game = FiniteGame(draw(seed) * Fraction(1, 10**digits))
        truth = brute(game.tensor)
        read = from_csv(to_csv(game.to_floats()))
        assert (potential_of(read).holds, potential_of(read, "weighted").holds) == truth, seed
        floats = game.to_floats()
        found = potential_of(floats), potential_of(floats, "weighted")
        beyond = any(abs(x - y) > off + other for *_, x, y, off, other in squares(floats.tensor))
        assert found[0].holds is not True or not beyond, seed
        for answer, holds in zip(found, truth, strict=True):
            decided += answer.holds is holds
            assert not holds or answer.holds is not False, seed
            if answer.holds is False:
                check_squares(floats, answer.to_dict()["witness"])  # type: ignore[arg-type]
    assert decided > 290


@pytest.mark.parametrize("large", [10**3, 10**6, 10**9, 10**12])
@pytest.mark.parametrize("shape", [(3, 3), (4, 5), (3, 3, 3)])
def test_a_violation_beside_an_outlier_row_is_found(large: int, shape: tuple[int, ...]) -> None:
    """The row is large for all, and fits: the square that does not is elsewhere."""
    rng = np.random.default_rng(large)
    phi = rng.integers(-9, 10, shape).astype(object)
    tensor = np.stack([phi] * len(shape))
    tensor[:, 0] *= large
    for game in (FiniteGame(tensor * Fraction(1, 10)), FiniteGame(tensor / 10)):
        assert potential_of(game).holds
    tensor[(0, *(-1 for _ in shape))] += 1
    for game in (
        FiniteGame(tensor * Fraction(1, 10)),
        FiniteGame((tensor / 10).astype(float)),
        from_csv(to_csv(FiniteGame((tensor / 10).astype(float)))),
    ):
        found = potential_of(game)
        assert found.holds is False
        witness: Any = found.to_dict()["witness"]
        check_squares(game, witness)
        assert abs(float(Fraction(witness["squares"][0]["gap"]))) == pytest.approx(0.1, rel=1e-3)


def test_a_square_among_outliers_in_every_row_and_column() -> None:
    """No reference strategy is free of them: only the square itself shows the violation."""
    rng = np.random.default_rng(3)
    phi = rng.normal(size=(4, 4)) + np.diag([1e11, 1e12, 1e11, 1e12])
    tensor = np.stack([phi, phi])
    assert potential_of(FiniteGame(tensor)).holds
    tensor[0, 0, 2] += 0.1
    for kind in ("exact", "weighted"):
        found = potential_of(FiniteGame(tensor), kind)
        assert found.holds is False
        check_squares(found.game, found.to_dict()["witness"])  # type: ignore[arg-type]


def test_what_may_be_rounding_of_the_largest_payoff_is_undecided() -> None:
    phi = np.array([[1e15, 1e15, 1e15], [1.0, 2.0, 4.0], [0.5, 3.0, 8.0]])
    tensor = np.stack([phi, phi])
    tensor[0, 2, 2] += 1e-3
    found = potential_of(FiniteGame(tensor))
    assert found.holds is None
    assert "undecided" in str(found)
    assert potential_of(FiniteGame(tensor).to_fractions()).holds is False


def test_neighbors_by_size_stand_for_all_squares_of_larger_games(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    phi = rng.normal(size=(40, 40))
    phi[17] *= 1e12  # between two rows that are compared
    tensor = np.stack([phi, phi])
    tensor[0, :18] += rng.normal(size=(18, 1))
    right = FiniteGame(tensor)
    tensor[0, :17] += 0.5 * np.arange(40) * (np.arange(40) < 9)
    wrong = FiniteGame(tensor)
    assert count_squares(right) == (40 * 39 // 2) ** 2
    for most, seen in ((count_squares(right), True), (1600, True), (1599, False)):
        monkeypatch.setattr(
            "coopetition.games.finite.potentials.squares_in_floats.MOST_SQUARES", most
        )
        assert contradicting_square(right, np.ones(2), slack_of(right, 1e-9)) is None
        found = contradicting_square(wrong, np.ones(2), slack_of(wrong, 1e-9))
        assert (found is not None) is seen
        if found is not None:
            assert 0.1 < abs(found.gap(wrong)) < 5  # not of the row that is large


def test_units_and_columns_change_no_verdict_of_fractions() -> None:
    for seed in range(25):
        tensor = draw(seed)
        rng = np.random.default_rng(seed)
        n, shape = int(rng.integers(len(tensor))), tensor.shape[1:]
        other = tensor.copy()
        other[n] *= Fraction(7, 10 ** int(rng.integers(0, 13)))
        column: list[Any] = [int(rng.integers(k)) for k in shape]
        column[n] = slice(None)
        other[n][tuple(column)] += 10 ** int(rng.integers(0, 13))
        one, two = FiniteGame(tensor), FiniteGame(other)
        kinds = [
            (a.holds, b.holds) for a, b in zip(potentials_of(one), potentials_of(two), strict=True)
        ]
        assert all(a is b for a, b in kinds[1:]), seed  # exact ones have a unit of money
        for weak in (False, True):
            assert (
                eliminate_dominated(one, weak=weak).kept == eliminate_dominated(two, weak=weak).kept
            )


def test_dominance_of_floats_beside_large_entries_is_that_of_fractions() -> None:
    for seed in range(30):
        rng = np.random.default_rng((72, seed))
        shape = tuple(int(k) for k in rng.integers(2, 6, int(rng.integers(1, 4))))
        tensor = rng.integers(-9, 10, (len(shape), *shape)).astype(object)
        tensor[tuple(int(rng.integers(k)) for k in tensor.shape)] *= 10 ** int(rng.integers(0, 13))
        tensor[0, int(rng.integers(shape[0]))] *= 10 ** int(rng.integers(0, 13))
        game = FiniteGame(tensor)
        for weak in (False, True):
            found = [eliminate_dominated(g, weak=weak).kept for g in (game, game.to_floats())]
            assert found[0] == found[1], seed


def test_a_mix_is_found_that_gains_little_beside_a_large_entry() -> None:
    rows = np.array([[4e12, 3.0, 0.0], [4e12, 0.0, 3.0], [-1e12, 1.0, 1.0]])
    for wide in (rows, np.hstack([rows, *[rows[:, 1:]] * 150])):  # by fractions; by floats alone
        [step] = eliminate_dominated(FiniteGame(np.stack([wide, 0 * wide]))).removed
        assert step.strategy == "3"
    rows[2, 1] = 2.0  # no longer: 3s > 2 and 3(1 − s) > 1 exclude each other
    assert eliminate_dominated(FiniteGame(np.stack([rows, 0 * rows]))).removed == ()


def test_the_deviation_of_a_weighted_potential_bounds_every_component() -> None:
    """Of noise in one group of players, the first or the last of those that are verified."""
    seen = set()
    for seed in range(40):
        game, _, components = hidden(seed, blocks=3)
        groups = sorted(sorted(c) for c in components if len(c) > 1)
        if len(components) < 2 or not groups:
            continue
        players = groups[0] if seed % 2 else groups[-1]
        tensor = game.tensor.copy()
        rng = np.random.default_rng(seed)
        ranges = game.ranges[players].reshape(-1, *[1] * len(game.shape))
        tensor[players] += 1e-12 * ranges * rng.uniform(-1, 1, tensor[players].shape)
        found = potential_of(FiniteGame(tensor), "weighted", tol=1e-6)
        if not found.holds or found.potential is None or found.weights is None:
            continue
        seen.add((seed % 2, players == max(groups, key=max)))
        worst = 0.0
        for n, own in enumerate(tensor):
            left = own - own.take([0], n)
            left -= found.weights[n] * (found.potential - found.potential.take([0], n))
            spread = (left.max(axis=n) - left.min(axis=n)).max() / (1e-6 * found.game.ranges[n])
            worst = max(worst, float(spread))
        assert found.deviation is not None
        assert 1e-7 < worst <= found.deviation * 1.001
    assert len(seen) > 2


def test_a_gain_beside_a_large_payoff_elsewhere_needs_patience() -> None:
    """A regret of 2 is no rounding because somewhere else a payoff is 1e15."""
    rows = np.array([[3.0, 0.0, 0.0], [5.0, 1.0, 0.0], [0.0, 0.0, -1e15]])
    game = FiniteGame(np.stack([rows, rows.T]))
    assert grim_trigger(game, (0, 0), (1, 1)).critical == pytest.approx(0.5)


def test_the_range_of_a_large_table_is_that_of_all_its_pieces() -> None:
    tensor = np.zeros((4, 300, 300))  # more than one piece
    tensor[0, 0, 0], tensor[1, -1, -1] = 8.0, 4.0
    tensor[2, 0, 0], tensor[3, -1, -1] = -2.0, -16.0
    size = np.array([8.0, 4.0, 2.0, 16.0])
    game = FiniteGame(tensor.reshape(4, 300, 300, 1, 1))
    assert len(list(blocks(game.shape, ()))) > 1
    found = slack_of(game, 1e-3)
    assert found.least.tolist() == (ROUNDING * size).tolist()
    assert found.most.tolist() == (1e-3 * size).tolist()


def test_what_rounding_leaves_of_a_square_is_zero_and_no_more() -> None:
    assert _zero(1.0, 2.0) == 4 * ROUNDING
    assert _zero(0.0, 1.0) == 0  # nothing changes: there is nothing to tell
    assert _zero(1e-9, 1e3) == -1  # a change that its payoffs' rounding could have left
    payoffs: Any = [[[Fraction(1, 3), 0], [0, 1]], [[0, 0], [0, 0]]]
    game = FiniteGame(payoffs)
    square = Square((0, 1), (0, 0), (1, 1))
    assert slack_of(game, 1e-9).zero(square) == (0, 0)
