import numpy as np
import pytest

from coopetition.games import InvalidInputError, SmoothGame, UnsupportedGameError, certify
from coopetition.games.base import Box
from coopetition.games.smooth.game import slopes_along
from coopetition.mechanisms import redistribute
from coopetition.solvers import best_response_dynamics, solve

Array = np.ndarray


def cournot(**kwargs: object) -> SmoothGame:
    return SmoothGame(
        payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())],
        bounds=[(0, 10), (0, 10)],
        **kwargs,  # type: ignore[arg-type]
    )


def training(values: list[float], **kwargs: object) -> SmoothGame:
    """Return the game data × compute: U_n = v_n log(1 + Σ √(d_m c_m)) − d_n²/4 − c_n²/2."""

    def payoff(n: int) -> object:
        def of(x: Array) -> Array:
            data, compute = x[..., 0::2], x[..., 1::2]
            gain = values[n] * np.log1p(np.sqrt(data * compute).sum(axis=-1))
            return gain - data[..., n] ** 2 / 4 - compute[..., n] ** 2 / 2

        return of

    size = len(values)
    return SmoothGame(
        payoffs=[payoff(n) for n in range(size)],  # type: ignore[misc]
        bounds=[[(0, 6), (0.0, 4)]] * size,
        vectorized=True,
        **kwargs,  # type: ignore[arg-type]
    )


def test_batches_agree_with_single_profiles_in_both_conventions() -> None:
    batch = np.random.default_rng(0).uniform(0, 10, (3, 5, 2))
    game = cournot()
    one = SmoothGame(
        payoffs=lambda x: x * (np.array([11, 10]) - x.sum(axis=-1, keepdims=True)),
        bounds=[(0, 10), (0, 10)],
        vectorized=True,
    )
    assert game.payoffs(batch).shape == (3, 5, 2)
    np.testing.assert_allclose(game.payoffs(batch), one.payoffs(batch), rtol=1e-14)
    np.testing.assert_allclose(one.payoff(1, batch), one.payoffs(batch)[..., 1])
    np.testing.assert_allclose(game.payoff(1, batch[0]), one.payoffs(batch)[0, ..., 1])


@pytest.mark.parametrize("at", [0.0, 1e-6, 0.3, 2.0 - 1e-4, 2.0])
def test_slopes_stay_in_the_box_and_know_their_error(at: float) -> None:
    box = Box(np.zeros(1), np.full(1, 2.0))
    seen: list[float] = []

    def value(x: Array) -> Array:
        seen.extend(x[:, 0])
        return np.asarray(np.exp(x[:, 0]) * np.sin(3 * x[:, 0]))

    slope, error = slopes_along(value, np.array([at]), box, slice(0, 1))
    true = np.exp(at) * (np.sin(3 * at) + 3 * np.cos(3 * at))
    assert 0 <= min(seen) <= max(seen) <= 2.0
    assert abs(slope[0] - true) <= max(10 * error[0], 1e-12)
    assert error[0] < 1e-6


def test_everything_that_takes_a_game_takes_one_number_a_player() -> None:
    game = cournot()
    assert certify(game, [4, 3]).holds
    assert not certify(game, [4, 3]).bounded
    found = solve(game)
    assert found.success
    np.testing.assert_allclose(found.profile, [4, 3], atol=1e-8)
    np.testing.assert_allclose(best_response_dynamics(game).profile, [4, 3], atol=1e-5)
    taxed = redistribute(game, lambda _, x: np.stack([x[..., 1], -x[..., 0]], axis=-1))
    np.testing.assert_allclose(solve(taxed).profile, [4, 3], atol=1e-5)


def test_declared_concavity_bounds_the_regret_and_is_said() -> None:
    game = cournot(own_concave=True)
    away = certify(game, [4, 2])
    assert away.bounded
    assert not away.holds
    assert (away.regret >= [0.25, 1.0]).all()  # the true regrets
    np.testing.assert_allclose(away.regret, [0.25, 1.0], rtol=1e-6)
    near = certify(game, [4, 3])
    assert near.holds
    assert "own-concavity declared" in near.method
    exact = cournot(own_concave=True, gradients=lambda x: np.array([11, 10]) - x.sum() - x)
    assert "finite differences" not in certify(exact, [4, 3]).method
    assert certify(exact, [4, 3]).epsilon == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_regret_of_blocks_against_a_fine_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = training(rng.uniform(2, 9, 2).tolist())
    x = game.spaces.sample(rng, 1)[0]
    found = certify(game, x)
    for n, block in enumerate(game.blocks):
        grid = np.stack(np.meshgrid(np.linspace(0, 6, 241), np.linspace(0, 4, 161)), -1)
        profiles = np.tile(x, (grid.size // 2, 1))
        profiles[:, block] = grid.reshape(-1, 2)
        slow = game.payoff(n, profiles).max() - game.payoffs(x)[n]
        assert found.regret[n] >= slow - 1e-12
        assert found.regret[n] <= slow + 1e-2
    assert found.deviation is not None
    moved = x.copy()
    worst = game.players.index(found.deviation.player)
    moved[game.blocks[worst]] = found.deviation.contribution
    gained = (game.payoffs(moved) - game.payoffs(x))[worst]
    np.testing.assert_allclose(gained, found.deviation.gain)
    assert f"{found.deviation.gain:.6g} by contributing (" in str(found.deviation)


def test_a_bound_is_never_below_what_the_search_finds() -> None:
    words = training([5.0, 3.0], own_concave=True)
    plain = training([5.0, 3.0])
    for x in words.spaces.sample(np.random.default_rng(1), 3):
        bounded, found = certify(words, x), certify(plain, x)
        assert (bounded.regret >= found.regret - 1e-9).all()
        np.testing.assert_allclose(bounded.regret, found.regret, atol=1e-5)


def test_payoffs_that_are_no_numbers_never_certify() -> None:
    game = SmoothGame(
        payoffs=[lambda x: float("nan") if x[0] > 0.5 else -(x[1] ** 2)], bounds=[[(0, 1), (0, 1)]]
    )
    found = certify(game, [0.2, 0.0])
    assert np.isnan(found.regret).all()
    assert not found.holds


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"bounds": [(0, 1)]}, "`payoffs` must be one function"),
        ({"bounds": [(0, np.inf), (0, 1)]}, "`bounds` of player 1"),
        ({"bounds": [(1, 0), (0, 1)]}, "`bounds` of player 1"),
        ({"bounds": [(0, 1), ("a", 1)]}, "`bounds` of player 2"),
        ({"players": ["A", "A"]}, "different names"),
        ({"payoffs": [lambda x: x, lambda x: 0.0]}, "shape"),
        ({"payoffs": [lambda x: "much", lambda x: 0.0]}, "must return numbers"),
        ({"gradients": [lambda x: 1.0, lambda x: 10 - x[0] - 2 * x[1]]}, "is not the slope"),
        ({"payoffs": [lambda x: x[0] ** 2, lambda x: 0.0], "own_concave": True}, "midpoint"),
    ],
)
def test_malformed_games_are_refused(kwargs: dict[str, object], said: str) -> None:
    good: dict[str, object] = {
        "payoffs": [lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())],
        "bounds": [(0, 10), (0, 10)],
    }
    with pytest.raises(InvalidInputError, match=said):
        SmoothGame(**(good | kwargs))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ([1, 1, 1], r"4 numbers, \(2, 2\)"),
        ([1, 1, 7, 1], "number 1 of player 2"),
        ([1, 1, 1, float("nan")], "number 2 of player 2"),
        (["a"], "must hold numbers"),
    ],
)
def test_malformed_profiles_are_refused(profile: list[object], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        certify(training([5.0, 3.0]), profile)  # type: ignore[arg-type]


def test_dynamics_of_single_numbers_refuse_blocks() -> None:
    with pytest.raises(UnsupportedGameError, match="solve_smooth"):
        best_response_dynamics(training([5.0, 3.0]))
