"""Dynamics: where they must end, what they must report, and the long run of log-linear learning."""

from itertools import product

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import (
    fictitious_play,
    improvement_path,
    log_linear,
    pure_equilibria,
    replicator,
)
from tests.solvers.finite.textbook import PAPER, PENNIES, PRISONERS, STAG, random_game


def potential_game(shape: tuple[int, ...], seed: int, weights: Array) -> tuple[FiniteGame, Array]:
    """Return u_n = w_n Φ + what does not depend on n's own strategy, and Φ."""
    rng = np.random.default_rng(seed)
    phi = rng.random(shape)
    tensor = [
        weight * phi + rng.random((*shape[:n], 1, *shape[n + 1 :]))
        for n, weight in enumerate(weights)
    ]
    return FiniteGame(np.array(tensor)), phi


def stationary(game: FiniteGame, heats: Array) -> Array:
    """Return the stationary distribution of log-linear learning from its transition matrix."""
    profiles = list(product(*map(range, game.shape)))
    place = {profile: k for k, profile in enumerate(profiles)}
    moves = np.zeros((len(profiles), len(profiles)))
    for profile in profiles:
        for n, count in enumerate(game.shape):
            others = [(*profile[:n], a, *profile[n + 1 :]) for a in range(count)]
            chances = np.exp([game.tensor[n][p] / heats[n] for p in others])
            for other, chance in zip(others, chances / chances.sum(), strict=True):
                moves[place[profile], place[other]] += chance / len(game.shape)
    system = np.vstack([moves.T - np.eye(len(profiles)), np.ones(len(profiles))])
    chances = np.linalg.lstsq(system, np.append(np.zeros(len(profiles)), 1.0))[0]
    return np.asarray(chances.reshape(game.shape))


@pytest.mark.parametrize("best", [True, False])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_in_potential_games_paths_climb_to_an_equilibrium(best: bool, seed: int | None) -> None:
    game, phi = potential_game((3, 4, 3), 5, np.array([1.0, 2.0, 0.5]))
    for start in [(0, 0, 0), (2, 3, 1), (1, 0, 2)]:
        path = improvement_path(game, start, best=best, seed=seed, potential=phi)
        assert path.profiles[0] == start
        assert path.equilibrium in list(pure_equilibria(game))
        assert not path.regret.any()
        assert path.potentials is not None
        assert (np.diff(path.potentials) > 0).all()
        for here, there, n in zip(path.profiles, path.profiles[1:], path.movers, strict=False):
            assert [k for k in range(3) if here[k] != there[k]] == [n]


@pytest.mark.parametrize("seed", [None, 3])
def test_without_a_potential_the_cycle_is_reported(seed: int | None) -> None:
    path = improvement_path(PENNIES.to_fractions(), seed=seed)
    assert path.equilibrium is None
    assert len(path.cycle) == 4
    assert path.profiles[-1] == path.cycle[0]
    assert path.regret.max() == 2
    assert "cycle of 4 moves" in str(path)


def test_cycles_of_random_games_are_profitable_all_the_way() -> None:
    cycles = 0
    for seed in range(40):
        game = random_game((3, 3), seed)
        path = improvement_path(game, seed=seed, best=False)
        rows = zip(path.profiles, path.profiles[1:], path.movers, path.gains, strict=False)
        for here, there, n, gain in rows:
            assert game.payoffs(there)[n] - game.payoffs(here)[n] == gain > 0
        assert (path.equilibrium is None) == bool(path.cycle)
        cycles += bool(path.cycle)
    assert 0 < cycles < 40


def test_a_start_in_equilibrium_stays_and_a_tolerance_stops_early() -> None:
    assert improvement_path(STAG, (0, 0)).profiles == ((0, 0),)
    lazy = improvement_path(PRISONERS, (0, 0), tolerance=2)
    assert lazy.profiles == ((0, 0),)
    assert lazy.regret.max() == 2
    with pytest.raises(InvalidInputError, match="`tolerance`"):
        improvement_path(STAG, tolerance=-1)
    with pytest.raises(InvalidInputError, match="`potential` must have the shape"):
        improvement_path(STAG, potential=np.zeros(4))


def test_fictitious_play_approaches_the_value_of_a_zero_sum_game() -> None:
    short, long = (fictitious_play(PAPER, rounds, seed=1) for rounds in (50, 5000))
    assert long.regret.max() < 0.05
    assert long.regret.max() < short.regret.max()
    np.testing.assert_array_equal(long.regret, np.maximum(PAPER.mixed_regret(long.mixed), 0))
    assert "largest regret" in str(long)


def test_fictitious_play_does_not_reach_the_equilibrium_of_shapleys_game() -> None:
    # Shapley, Some topics in two-person games (1964): play goes round in ever longer cycles.
    a = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    b = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert fictitious_play(FiniteGame([a, b]), 5000, start=(0, 1)).regret.max() > 0.05


def test_replicator_dynamics() -> None:
    found = replicator(PRISONERS, 3000, seed=2)
    assert [own.round(6).tolist() for own in found.mixed] == [[0, 1], [0, 1]]
    mixed = replicator(PENNIES, 10, start=[[0.5, 0.5], [0.5, 0.5]])
    assert mixed.regret.max() == pytest.approx(0, abs=1e-12)
    # In matching pennies the dynamics go round; they do not come to rest, and say so.
    away = replicator(PENNIES, 2000, start=[[0.9, 0.1], [0.5, 0.5]])
    assert away.regret.max() > 0.1
    gone = replicator(PRISONERS, 100, start=[[1, 0], [1, 0]])  # what nobody plays does not grow
    assert gone.regret.tolist() == [2, 2]


@pytest.mark.parametrize("play", [fictitious_play, replicator])
def test_dynamics_repeat_with_their_seed_and_refuse_nonsense(play) -> None:  # type: ignore[no-untyped-def]
    game = random_game((2, 3, 2), 1)
    one, other = play(game, 50, seed=4), play(game, 50, seed=4)
    assert all((a == b).all() for a, b in zip(one.mixed, other.mixed, strict=True))
    with pytest.raises(InvalidInputError, match="`rounds`"):
        play(game, 0)


def test_starts_and_steps_are_checked() -> None:
    with pytest.raises(InvalidInputError, match="a distribution for each"):
        replicator(PENNIES, start=[[0.5, 0.6], [0.5, 0.5]])
    with pytest.raises(InvalidInputError, match="a distribution for each"):
        replicator(PENNIES, start=[[1.0], [0.5, 0.5]])
    with pytest.raises(InvalidInputError, match="`step`"):
        replicator(PENNIES, step=0.0)


def gibbs(potential: Array, temperature: float) -> Array:
    """Return the distribution in proportion to exp(potential ÷ temperature)."""
    weights = np.exp((potential - potential.max()) / temperature)
    return weights / weights.sum()


def test_gibbs_is_the_stationary_distribution_of_exact_potential_games() -> None:
    game, phi = potential_game((2, 3, 2), 7, np.ones(3))
    np.testing.assert_allclose(gibbs(phi, 0.3), stationary(game, np.full(3, 0.3)), atol=1e-12)


def test_weighted_games_need_temperatures_in_proportion_to_the_weights() -> None:
    weights = np.array([1.0, 4.0, 0.25])
    game, phi = potential_game((2, 3, 2), 8, weights)
    np.testing.assert_allclose(gibbs(phi, 0.3), stationary(game, 0.3 * weights), atol=1e-12)
    assert np.abs(gibbs(phi, 0.3) - stationary(game, np.full(3, 0.3))).max() > 0.01


@pytest.mark.parametrize("weights", [[1.0, 1.0], [1.0, 3.0]])
def test_play_visits_profiles_as_the_chain_says(weights: list[float]) -> None:
    game, phi = potential_game((3, 2), 9, np.array(weights))
    found = log_linear(game, 0.25 * np.array(weights), 100_000, seed=1)
    assert found.frequencies.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.frequencies, gibbs(phi, 0.25), atol=0.01)  # ≈ 4 s.e.
    cold = log_linear(game, 0.1 * np.array(weights), 20_000, seed=1)
    assert cold.most_played == np.unravel_index(phi.argmax(), phi.shape)
    assert cold.regret.max() == 0
    assert "largest regret there 0" in str(cold)


@pytest.mark.parametrize("temperature", [0.0, -1.0, [1.0, 2.0, 3.0], float("nan")])
def test_bad_temperatures_are_refused(temperature: float) -> None:
    with pytest.raises(InvalidInputError, match="`temperature` must be"):
        log_linear(PENNIES, temperature)
