"""Exact and weighted potentials: known ones found, witnesses that hold where there is none."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame, potential_of
from coopetition.games.finite.potentials.squares import blocks
from tests.campaign import draws
from tests.games.finite.kinds import potentials_of
from tests.games.finite.potentials import (
    PENNIES,
    PRISONERS,
    ROCK_PAPER_SCISSORS,
    check_squares,
    congestion,
    hidden,
    largest_gap,
    least_changes,
    line,
    misfit,
)


def test_monderer_and_shapleys_prisoners() -> None:
    found = potential_of(PRISONERS.to_fractions())
    assert found.holds
    assert found.claim == "proved"
    assert found.potential is not None
    assert (found.potential + 4).tolist() == [[4, 3], [3, 0]]  # theirs, up to a constant
    assert potential_of(PRISONERS.to_floats()).claim == "checked"


def test_coordination_and_cournot_with_linear_demand() -> None:
    both = np.diag([2.0, 1.0, 5.0])
    found = potential_of(FiniteGame([both, both]))
    assert found.potential is not None
    np.testing.assert_allclose(found.potential, both - 2.0)
    q = np.array([Fraction(k, 3) for k in range(6)], dtype=object)
    x, y, z = np.meshgrid(q, q, q, indexing="ij")
    profit = [own * (10 - x - y - z) - k * own * own for k, own in enumerate((x, y, z))]
    theirs = 10 * (x + y + z) - x * x - 2 * y * y - 3 * z * z - x * y - x * z - y * z
    answer = potential_of(FiniteGame(np.stack(profit)))
    assert answer.holds
    assert answer.potential is not None
    assert (answer.potential == theirs).all()


@pytest.mark.parametrize("seed", range(60))
def test_congestion_games_have_rosenthals_potential(seed: int) -> None:
    game, theirs = congestion(np.random.default_rng(seed))
    for own in (game, game.to_fractions()):
        found = potential_of(own)
        assert found.holds
        assert found.potential is not None
        first = theirs[(0,) * theirs.ndim]
        np.testing.assert_allclose(found.potential.astype(float), theirs - first, atol=1e-9)


@pytest.mark.parametrize("game", [PENNIES, ROCK_PAPER_SCISSORS])
def test_harmonic_games_have_none(game: FiniteGame) -> None:
    for own in (game, game.to_fractions()):
        for answer in potentials_of(own):
            assert answer.holds is False
            assert answer.witness is not None
            assert answer.potential is None
            if answer.kind in ("exact", "weighted"):
                check_squares(own, answer.to_dict()["witness"])  # type: ignore[arg-type]


@pytest.mark.campaign
def test_hidden_weighted_potentials_are_all_found() -> None:
    for seed in range(draws(300, 2000)):
        game, weights, components = hidden(seed)
        found = potential_of(game, "weighted")
        assert found.holds, seed
        assert {frozenset(c) for c in found.components} == components
        assert found.weights is not None
        np.testing.assert_allclose(found.weights, weights / weights[0], rtol=1e-9)
        assert found.potential is not None
        assert misfit(game, found.potential, found.weights) <= 1e-9


@pytest.mark.campaign
@pytest.mark.parametrize("decades", [0, 6])
def test_blocks_separable_and_idle_players(decades: int) -> None:
    for seed in range(draws(60, 600)):
        game, weights, components = hidden(seed, blocks=3, smallest=1, decades=decades)
        found = potential_of(game, "weighted")
        assert found.holds, seed
        assert {frozenset(c) for c in found.components} == components
        assert found.weights is not None
        for members in map(sorted, components):
            ratio = found.weights[members] / weights[members]
            np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
            unit = found.weights[members[0]]
            assert np.frexp(unit)[0] == 0.5  # a power of two
            assert unit == 1 or decades
        assert found.potential is not None
        assert misfit(game, found.potential, found.weights) <= 1e-9
        alone = {game.players[n] for c in components if len(c) == 1 for n in c}
        assert set(found.separable) == alone
        assert all(name in str(found) for name in alone)


def test_own_payoffs_a_million_million_times_larger() -> None:
    rng = np.random.default_rng(4)
    phi = rng.normal(size=(3, 4, 2))
    own = [rng.normal(size=line(phi.shape, {n})) for n in range(3)]
    game = FiniteGame(np.stack([1e12 * (phi + own[0]), phi + own[1] + 0, 0 * phi + 1e12 * own[2]]))
    found = potential_of(game, "weighted")
    assert found.holds is False  # players 1 and 2 see the third, who sees nobody
    check_squares(game, found.to_dict()["witness"])  # type: ignore[arg-type]
    pair = rng.normal(size=(3, 4, 1))
    full = [1e12 * pair + 0 * phi, pair + own[1] + 0 * phi, 1e12 * own[2] + 0 * phi]
    game = FiniteGame(np.stack(full))
    found = potential_of(game, "weighted")
    assert found.holds
    assert found.weights is not None
    np.testing.assert_allclose(found.weights, [1, 1e-12, 1], rtol=1e-9)
    assert found.separable == ("player 3",)


@pytest.mark.campaign
def test_interaction_far_from_the_profiles_that_are_looked_at_first() -> None:
    for seed in range(draws(60, 600)):
        rng = np.random.default_rng((5, seed))
        shape = tuple(int(k) for k in rng.integers(2, 5, int(rng.integers(2, 6))))
        phi = np.zeros(shape)
        phi[tuple(int(rng.integers(k)) for k in shape)] = 1.0
        weights = rng.uniform(0.1, 10, len(shape))
        game = FiniteGame(np.stack([w * phi for w in weights]))
        found = potential_of(game, "weighted")
        assert found.holds
        assert found.weights is not None
        np.testing.assert_allclose(found.weights, weights / weights[0], rtol=1e-12)
        assert found.components == (tuple(range(len(shape))),)


def test_exact_arithmetic_finds_the_weights_themselves() -> None:
    rng = np.random.default_rng(6)
    phi = np.array([Fraction(int(v), 7) for v in rng.integers(-9, 9, 24)]).reshape(2, 3, 4)
    weights = [Fraction(2), Fraction(1, 3), Fraction(10**40, 7)]
    found = potential_of(FiniteGame(np.stack([w * phi for w in weights])), "weighted")
    assert found.holds
    assert found.claim == "proved"
    assert found.weights is not None
    assert found.weights.tolist() == [w / 2 for w in weights]
    near = phi.copy()
    near[1, 2, 3] += Fraction(1, 10**30)
    broken = FiniteGame(np.stack([2 * phi, near / 3, phi]))
    answer = potential_of(broken, "weighted")
    assert answer.holds is False
    check_squares(broken, answer.to_dict()["witness"])  # type: ignore[arg-type]


@pytest.mark.parametrize("exact", [False, True])
def test_generic_games_are_refused_with_squares_that_hold(exact: bool) -> None:
    for seed in range(40):
        rng = np.random.default_rng((7, seed))
        shape = tuple(int(k) for k in rng.integers(2, 4, int(rng.integers(2, 5))))
        game = FiniteGame(rng.normal(size=(len(shape), *shape)))
        game = game.to_fractions() if exact else game
        answer = potential_of(game)
        assert answer.holds is False
        witness: Any = answer.to_dict()["witness"]
        check_squares(game, witness)
        gap = abs(float(Fraction(witness["squares"][0]["gap"])))
        assert largest_gap(game) / 4 <= gap <= largest_gap(game) * (1 + 1e-12)
        weighted = potential_of(game, "weighted")
        if weighted.holds:  # two players with two strategies each can have one by chance
            assert shape == (2, 2)
        else:
            check_squares(game, weighted.to_dict()["witness"])  # type: ignore[arg-type]


def test_one_payoff_of_a_potential_game_changed() -> None:
    for seed in range(100):
        game, weights, _ = hidden(seed)
        tensor = game.tensor.copy()
        rng = np.random.default_rng((8, seed))
        place = tuple(int(rng.integers(k)) for k in tensor.shape)
        tensor[place] += 1e-4 * game.ranges[place[0]]
        broken = FiniteGame(tensor)
        exact = tensor / weights.reshape(-1, *[1] * len(game.shape))
        assert potential_of(FiniteGame(exact)).holds is False
        answer = potential_of(broken, "weighted")
        if game.shape == (2, 2):
            continue  # any two mixed differences of one sign have a ratio
        assert answer.holds is False, seed
        check_squares(broken, answer.to_dict()["witness"])  # type: ignore[arg-type]


def test_ratios_that_do_not_close_around_three_players() -> None:
    a, b, c = np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")
    game = FiniteGame(np.stack([a * b + a * c, a * b + b * c, 2 * a * c + b * c]) * Fraction(1))
    answer = potential_of(game, "weighted")
    witness: Any = answer.to_dict()["witness"]
    assert witness["reason"] == "ratios"
    assert len(witness["squares"]) == 3
    check_squares(game, witness)


def test_payoffs_off_by_less_than_the_tolerance_are_never_refused() -> None:
    answers = []
    for seed in range(100):
        game, weights, _ = hidden(seed, blocks=1 + 2 * (seed % 2))
        scale = [-1, *[1] * len(game.shape)]
        noise = np.random.default_rng(seed).uniform(-1, 1, game.tensor.shape)
        noise *= least_changes(game).reshape(scale)
        for tol in (1e-8, 1e-3):  # two payoffs off by 0.49 tol: their change by less than tol
            noisy = game.tensor + 0.49 * tol * noise
            answers.append(potential_of(FiniteGame(noisy), "weighted", tol=tol).holds)
            exact = FiniteGame(noisy / weights.reshape(scale))
            answers.append(potential_of(exact, tol=tol).holds)
        assert potential_of(FiniteGame(game.tensor + 1e-8 * noise), "weighted", tol=1e-6).holds
    assert answers.count(True) > 300  # undecided where only a better potential would fit
    assert False not in answers


def test_an_exact_potential_is_a_weighted_one_where_weights_drown() -> None:
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(3, 4, 2))
    rest = [10.0**p * rng.normal(size=line(phi.shape, {0, 1, 2} - {n}))
            for n, p in enumerate((15, 0, 6))]  # fmt: skip
    game = FiniteGame(np.stack([phi + own for own in rest]))
    assert potential_of(game).holds
    found = potential_of(game, "weighted")
    assert found.holds
    assert found.components == ()


def test_few_players() -> None:
    alone = potential_of(FiniteGame([[3.0, 1.0, 2.0]]), "weighted")
    assert alone.holds
    assert alone.potential is not None
    assert alone.potential.tolist() == [0, -2, -1]
    constant = FiniteGame(np.full((2, 3, 1), 7.0))
    assert all(answer.holds for answer in potentials_of(constant))


def test_bad_input() -> None:
    wrong: Any = "perfect"
    with pytest.raises(InvalidInputError, match="perfect"):
        potential_of(PENNIES, wrong)
    with pytest.raises(InvalidInputError, match="`tol`"):
        potential_of(PENNIES, tol=float("nan"))
    with pytest.raises(InvalidInputError, match="1e\\+140"):
        potential_of(FiniteGame([[1e308, -1e308]]))


def test_pieces_cover_a_tensor_once() -> None:
    for shape, keep in (((3, 50000, 2), (0,)), ((70000, 3), (1,)), ((5,) * 7, (2, 4)), ((2,), ())):
        count = np.zeros(shape, dtype=int)
        for index in blocks(shape, keep):
            count[index] += 1
            assert all(count[index].shape[axis] == shape[axis] for axis in keep)
        assert (count == 1).all()


def test_a_game_of_many_pieces() -> None:
    rng = np.random.default_rng(9)
    phi = rng.normal(size=(7, 6, 5, 4, 3, 3, 3, 2))
    payoffs = [w * (phi + rng.normal(size=line(phi.shape, set(range(8)) - {n})))
               for n, w in enumerate(range(1, 9))]  # fmt: skip
    found = potential_of(FiniteGame(np.stack(payoffs)), "weighted")
    assert found.holds
    assert found.weights is not None
    np.testing.assert_allclose(found.weights, range(1, 9), rtol=1e-9)
    payoffs[4][6, 5, 4, 3, 2, 2, 2, 1] += 0.01
    broken = FiniteGame(np.stack(payoffs))
    for kind in ("exact", "weighted"):
        answer = potential_of(broken, kind)
        assert answer.holds is False
        check_squares(broken, answer.to_dict()["witness"])  # type: ignore[arg-type]
