"""Games with several aggregates: the payoffs as defined, the potential, regrets bounded."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError, PowerGain, SeveralAggregatesGame
from coopetition.games import UnsupportedGameError as Unsupported
from coopetition.games.certificate import certify
from coopetition.games.search import search_deviations
from tests.instances import payoff_scale
from tests.several_instances import as_round, random_several

SEEDS = st.integers(0, 10_000)
TWO: dict[str, Any] = {
    "gains": [PowerGain(1.0, 2.0, 0.35), PowerGain(0.5, 1.0, 0.5)],
    "local_data": [[900.0, 100.0], [400.0, 400.0]],
    "max_contribution": 5000.0,
    "value": 1000.0,
    "unit_cost": 0.01,
    "organizations": ["North", "South"],
}


def drawn(game: SeveralAggregatesGame, seed: int, *shape: int) -> np.ndarray:
    size = (*shape, len(game.players))
    return np.random.default_rng(seed).uniform(0.0, game.max_contribution, size)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_payoffs_are_the_definition(seed: int) -> None:
    game = random_several(seed)
    x = drawn(game, seed)
    size, rho = len(x), game.damage.weigh(np.eye(len(x))).T

    def gain(y: np.ndarray) -> float:
        return sum(
            float(
                curve.value(
                    sum(game.local_data[m, k] + game.quality[m, k] * y[m] for m in range(size))
                )
            )
            for k, curve in enumerate(game.gains)
        )

    for n in range(size):
        cost = (
            game.fixed_cost[n] + game.unit_cost[n] * x[n] + game.quadratic_cost[n] * x[n] ** 2 / 2
        )
        without = x * (np.arange(size) != n)
        harm = sum(rho[n, m] * game.value[m] * (gain(x) - gain(without)) for m in range(size))
        expected = game.value[n] * gain(x) - cost - harm
        assert game.payoffs(x)[n] == pytest.approx(
            expected, rel=1e-9, abs=1e-9 * payoff_scale(game, x)
        )
    batch = drawn(game, seed, 2, 3)
    assert game.payoffs(batch)[1, 2] == pytest.approx(game.payoffs(batch[1, 2]), rel=1e-12)


@given(SEEDS)
def test_one_kind_is_the_round(seed: int) -> None:
    game = random_several(seed, 1, linear=0.3)
    plain, x = as_round(game), drawn(game, seed, 3)
    assert game.weights == pytest.approx(plain.weights)
    assert game.payoffs(x) == pytest.approx(plain.payoffs(x), rel=1e-12)
    assert game.marginal_payoffs(x) == pytest.approx(plain.marginal_payoffs(x), rel=1e-9, abs=1e-12)
    assert game.potential(x) == pytest.approx(plain.potential(x), rel=1e-12)


@given(SEEDS)
def test_the_potential_is_one(seed: int) -> None:
    game = random_several(seed)
    x, y = drawn(game, seed, 2)
    n = seed % len(x)
    y = np.where(np.arange(len(x)) == n, y, x)
    rise = float(game.payoffs(y)[n] - game.payoffs(x)[n])
    climbed = float(game.weights[n] * (game.potential(y) - game.potential(x)))
    assert rise == pytest.approx(climbed, abs=1e-9 * payoff_scale(game, x))
    step = 1e-6 * game.max_contribution
    slope = [(game.potential(x + d) - game.potential(x - d)) for d in np.diag(step)]
    assert game.potential_gradient(x) == pytest.approx(
        np.array(slope) / (2 * step), rel=1e-3, abs=1e-7
    )


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.booleans())
def test_regrets_are_bounded_from_above(seed: int, negative: bool) -> None:
    game = random_several(seed, linear=0.5)
    if negative:
        size = len(game.players)
        game = SeveralAggregatesGame(
            **{
                name: getattr(game, name)
                for name in ("gains", "local_data", "max_contribution", "quality")
            },
            value=game.value,
            unit_cost=game.unit_cost,
            damage=3.0 / size * np.triu(np.ones((size, size)), 1),
        )
    x = drawn(game, seed) * (np.random.default_rng(seed).random(len(game.players)) < 0.5)
    certificate = certify(game, x)
    found, _, _, _ = search_deviations(game, x, game.spaces)
    slack = 1e-9 * payoff_scale(game, x)
    assert (certificate.regret >= found - slack).all()
    if certificate.bounded and not (game.weights < 0).any():  # … and tight
        assert (certificate.regret <= found + 1e-6 * payoff_scale(game, x)).all()


def test_a_negative_weight_is_bounded_where_nothing_is_dominant_and_searched_elsewhere() -> None:
    game = SeveralAggregatesGame(**TWO, damage=[[0.0, 1.5], [0.0, 0.0]])
    assert game.weights.tolist() == [-500.0, 1000.0]
    tempted = certify(game, [0.0, 0.0]).deviation
    assert tempted is not None
    assert tempted.player == "South"
    best = [0.0, float(tempted.contribution)]  # type: ignore[arg-type]
    settled = certify(game, best)
    assert settled.bounded
    assert settled.holds
    assert "dominance" in settled.method
    away = certify(game, [5000.0, best[1]])
    assert not away.bounded
    assert not away.holds
    with pytest.raises(Unsupported, match="not positive"):
        game.potential(best)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gains": []}, "`gains` must be one GainCurve or more"),
        ({"gains": PowerGain(1.0, 2.0, 0.35)}, "`gains` must be one GainCurve or more"),
        (
            {"local_data": [900.0, 100.0]},
            "`local_data` must be a table of organizations and 2 kinds",
        ),
        ({"local_data": [[1.0], [2.0], [3.0]]}, "`local_data` must be a number or 2 × 2 numbers"),
        ({"quality": [0.5, 0.5, 0.5]}, "`quality` must be a number or 2 × 2 numbers"),
        (
            {"quality": [[0.5, 0.5], [0.5, 1.5]]},
            "`quality` of South must be between 0 and 1, got 1.5",
        ),
        (
            {"quality": [[0.5, -0.1], [0.5, 1.0]]},
            "`quality` of North must be between 0 and 1, got -0.1",
        ),
        ({"value": [1.0, float("nan")]}, "`value` of South must be between 0 and 1e.30, got nan"),
        ({"unit_cost": float("inf")}, "`unit_cost` of North must be .*got inf"),
        ({"quadratic_cost": -1.0}, "`quadratic_cost` of North must be between"),
        ({"max_contribution": "many"}, "`max_contribution` must be a number or 2 numbers"),
        ({"local_data": [[900.0, 0.0], [400.0, 0.0]]}, r"`gains\[1\]` is infinite without data"),
        ({"damage": [[0.0, -1.0], [0.0, 0.0]]}, "`damage` must hold finite non-negative"),
        ({"organizations": ["North", "North"]}, "distinct names"),
        ({"organizations": ["North"]}, "`local_data` must be a number or 1 × 2 numbers"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        SeveralAggregatesGame(**{**TWO, **changes})
