"""The three parts of a game, and the nearest potential games."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite import FiniteGame, decompose, nearest_potential, potential_of
from coopetition.games.finite.potentials.hodge import NORMS, Norm
from coopetition.games.finite.potentials.potential import PotentialAnswer
from tests.campaign import draws
from tests.games.finite.potentials import PENNIES, PRISONERS, ROCK_PAPER_SCISSORS, hidden

SHAPES = [(3,), (2, 2), (3, 2), (2, 3, 4), (1, 3, 2), (2, 2, 2, 3)]


def drawn(seed: int, shape: tuple[int, ...]) -> FiniteGame:
    return FiniteGame(np.random.default_rng((2, seed)).normal(size=(len(shape), *shape)))


def inner(one: Any, other: Any, norm: str) -> Any:
    counts = one.shape[1:] if norm == "flows" else [1] * len(one)
    return sum(k * (a * b).sum() for k, a, b in zip(counts, one, other, strict=True))


def least_squares(game: FiniteGame, norm: str) -> float:
    """Return the distance to the exact potential games by one dense least-squares problem."""
    size = int(np.prod(game.shape))
    profiles = list(product(*map(range, game.shape)))
    columns: list[np.ndarray[Any, Any]] = []
    counts = game.shape if norm == "flows" else (1,) * len(game.shape)
    for a in profiles:  # φ at a profile
        one = np.zeros((len(game.shape), *game.shape))
        for n in range(len(game.shape)):
            one[(n, *a)] = 1
        columns.append(one)
    for n in range(len(game.shape)):  # what only the others change
        for a in profiles:
            if a[n] == 0:
                one = np.zeros((len(game.shape), *game.shape))
                for x in range(game.shape[n]):
                    one[(n, *a[:n], x, *a[n + 1 :])] = 1
                columns.append(one)
    root = np.sqrt(np.array(counts, dtype=float)).reshape(-1, *[1] * len(game.shape))
    matrix = np.array([(root * one).reshape(-1) for one in columns]).T
    right = (root * game.tensor).reshape(-1)
    assert matrix.shape[0] == size * len(game.shape)
    return float(np.linalg.norm(right - matrix @ np.linalg.lstsq(matrix, right, rcond=None)[0]))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_parts_sum_to_the_game_and_are_orthogonal(shape: tuple[int, ...], norm: Any) -> None:
    for game in (drawn(1, shape), drawn(2, shape).to_fractions()):
        found = decompose(game, norm=norm)
        parts = found.potential_part, found.harmonic, found.nonstrategic
        limit = 0 if game.exact else 1e-12
        assert (abs(sum(parts) - game.tensor) <= limit).all()
        for i, j in ((0, 1), (0, 2), (1, 2)):
            assert abs(inner(parts[i], parts[j], norm)) <= limit
        assert abs(found.phi.sum()) <= limit
        dense = least_squares(game.to_floats(), norm)
        assert found.distance == pytest.approx(dense, abs=1e-10)
        near = nearest_potential(game, norm=norm)
        assert near.distance == pytest.approx(found.distance, abs=1e-12)
        assert not near.upper_bound
        assert potential_of(near.nearest()).holds
        potential_game = FiniteGame(found.potential_part + found.nonstrategic)
        assert potential_of(potential_game).holds


@pytest.mark.parametrize("game", [PENNIES, ROCK_PAPER_SCISSORS])
def test_harmonic_games(game: FiniteGame) -> None:
    norms: tuple[Norm, ...] = ("payoffs", "flows")
    for norm in norms:
        found = decompose(game.to_fractions(), norm=norm)
        assert (found.harmonic == game.to_fractions().tensor).all()
        assert not found.phi.any()
        assert not found.nonstrategic.any()


def test_a_potential_game_is_its_own_nearest() -> None:
    near = nearest_potential(PRISONERS.to_fractions())
    assert near.squared_distance == 0
    assert (near.nearest().tensor == PRISONERS.to_fractions().tensor).all()
    found: PotentialAnswer = potential_of(PRISONERS.to_fractions())
    assert found.potential is not None
    shift = near.potential - found.potential
    assert (shift == shift[0, 0]).all()
    assert near.potential.sum() == 0


def test_noise_moves_an_exact_potential_game_by_its_own_share() -> None:
    for seed in range(50):
        game, weights, _ = hidden(seed)
        exact = game.tensor / weights.reshape(-1, *[1] * len(game.shape))
        noise = np.random.default_rng(seed).normal(size=exact.shape)
        near = nearest_potential(FiniteGame(exact + noise))
        assert near.distance <= np.linalg.norm(noise)
        alone = decompose(FiniteGame(noise), norm="payoffs").distance
        assert near.distance == pytest.approx(alone, rel=1e-9, abs=1e-9)


@pytest.mark.campaign
@pytest.mark.parametrize("blocks", [1, 3])
def test_near_weighted_potential_games_are_as_near_as_the_noise(blocks: int) -> None:
    for seed in range(draws(30, 300)):
        game, _, _ = hidden(seed, blocks=blocks)
        rng = np.random.default_rng((3, seed))
        noise = rng.normal(size=game.tensor.shape)
        if seed % 2:
            noise *= game.ranges.reshape(-1, *[1] * len(game.shape))
        size = 10 ** rng.uniform(-6, 0) * float(np.median(game.ranges))
        noise *= size / np.linalg.norm(noise)
        noisy = FiniteGame(game.tensor + noise)
        near = nearest_potential(noisy, "weighted")
        assert near.upper_bound
        assert near.distance <= 1.5 * size
        assert near.distance <= nearest_potential(noisy).distance * (1 + 1e-9)
        moved = float(np.linalg.norm(near.nearest().tensor - noisy.tensor))
        assert moved == pytest.approx(near.distance, rel=1e-6, abs=1e-12 * game.ranges.max())
        for n, own in enumerate(near.nearest().tensor):  # its own part may be far larger than φ's
            left = own - near.weights[n] * near.interaction
            change = left - left.take([0], axis=n)
            others = tuple(m for m in range(left.ndim) if m != n)
            spread = (change.max(axis=others) - change.min(axis=others)).max()
            assert spread <= 1e-11 * np.abs(own).max()


def test_a_weighted_potential_game_is_found_at_rounding() -> None:
    game, weights, _ = hidden(5)
    near = nearest_potential(game, "weighted")
    assert near.distance <= 1e-12 * np.linalg.norm(game.tensor)
    np.testing.assert_allclose(near.weights, weights / weights.max(), rtol=1e-9)


def test_bad_input() -> None:
    wrong: Any = "ordinal"
    with pytest.raises(InvalidInputError, match="`kind`"):
        nearest_potential(PENNIES, wrong)
    with pytest.raises(InvalidInputError, match="`norm`"):
        decompose(PENNIES, norm=wrong)
    many = FiniteGame(np.zeros((15, *[2] * 3, *[1] * 12)))
    with pytest.raises(UnsupportedGameError, match="14"):
        nearest_potential(many, "weighted")


@pytest.mark.parametrize("size", [Fraction(10) ** 300, Fraction(1, 10**300), Fraction(3)])
def test_fractions_beyond_all_floats_have_distances(size: Fraction) -> None:
    """The square of the distance is 10^600 or 10^-600, which no float is."""
    game = FiniteGame(np.array([[[0, 0], [0, 1]], [[0, 0], [0, 0]]]) * size)
    near = nearest_potential(game)
    assert near.distance == pytest.approx(float(size) / 8**0.5, rel=1e-15)
    assert decompose(game).distance == pytest.approx(float(size) / 2, rel=1e-15)
    if size > 1e140:
        with pytest.raises(UnsupportedGameError, match="payoffs must not exceed 1e\\+140"):
            nearest_potential(game, "weighted")


def test_a_weight_that_no_float_holds_is_none() -> None:
    tensor = np.array([[[0, 0], [0, 1]], [[0, 0], [0, 1]]]) * Fraction(1, 10**100)
    tensor[0] /= 10**300
    near = nearest_potential(FiniteGame(tensor), "weighted")
    assert replace(near, weights=np.array([Fraction(1, 10**400), 1])).to_dict()["weights"] == [
        None, 1.0
    ]  # fmt: skip
