"""Sampled values: exact sums, honest standard errors, what a control variate saves."""

import numpy as np
import pytest

from coopetition.games import InvalidInputError, PowerGain
from coopetition.games.arrays import Array, Mask
from coopetition.mechanisms.division import (
    Control,
    SumGame,
    shapley,
    shapley_of_sum,
    shapley_sampled,
    tabulate,
)

TABLE = np.random.default_rng(0).normal(size=64)


def from_table(inside: Mask) -> Array:
    return TABLE[inside @ (1 << np.arange(6))]


def test_estimates_sum_to_the_pie_and_are_close() -> None:
    found = shapley_sampled(from_table, 6, evaluations=100_000)
    assert found.how == "estimated"
    assert found.total == pytest.approx(TABLE[-1] - TABLE[0], abs=1e-12)
    errors = found.standard_errors
    assert errors is not None
    assert found.error == errors.max()
    assert (np.abs(found.values - shapley(TABLE).values) <= 5 * errors).all()
    assert " ± " in str(found)


def test_intervals_cover_as_often_as_they_say() -> None:
    """2400 intervals of 1.96 s.e., dependent in sixes: between 92 and 98 % hold the value."""
    exact, inside = shapley(TABLE).values, []
    for seed in range(400):
        found = shapley_sampled(from_table, 6, evaluations=2000, seed=seed)
        assert found.standard_errors is not None
        inside.append(np.abs(found.values - exact) <= 1.96 * found.standard_errors)
    assert 0.92 <= np.mean(inside) <= 0.98


def noisy_sum(seed: int, players: int) -> tuple[SumGame, Array]:
    rng = np.random.default_rng(seed)
    return SumGame(PowerGain(1, 2, 0.35), rng.uniform(1, 100, players), base=50.0), rng.normal(
        0, 0.0002, (players, players)
    )


def test_a_control_variate_saves_orders_and_keeps_the_value() -> None:
    game, pairs = noisy_sum(1, 10)

    def value(inside: Mask) -> Array:
        return game(inside) + np.einsum("bi,ij,bj->b", inside, pairs, inside)

    control = Control(game, shapley_of_sum(game).values)
    plain = shapley_sampled(value, 10, evaluations=20_000)
    helped = shapley_sampled(value, 10, evaluations=20_000, control=control)
    exact = shapley(tabulate(value, 10)).values
    assert plain.standard_errors is not None
    assert helped.standard_errors is not None
    assert (helped.standard_errors**2).sum() < (plain.standard_errors**2).sum() / 20
    assert (np.abs(helped.values - exact) <= 5 * helped.standard_errors).all()
    assert helped.total == pytest.approx(exact.sum(), abs=1e-12)
    assert "control variate" in helped.note


def test_intervals_with_a_control_cover_too() -> None:
    game, pairs = noisy_sum(2, 5)

    def value(inside: Mask) -> Array:
        return game(inside) + np.einsum("bi,ij,bj->b", inside, 20 * pairs, inside)

    control = Control(game, shapley_of_sum(game).values)
    exact, inside = shapley(tabulate(value, 5)).values, []
    for seed in range(200):
        found = shapley_sampled(value, 5, evaluations=1200, control=control, seed=seed)
        assert found.standard_errors is not None
        inside.append(np.abs(found.values - exact) <= 1.96 * found.standard_errors)
    assert 0.91 <= np.mean(inside) <= 0.985


def test_it_stops_at_the_target_or_says_that_it_did_not() -> None:
    reached = shapley_sampled(from_table, 6, evaluations=10**6, target=0.02)
    assert reached.error <= 0.02
    assert "budget" not in reached.note
    orders = int(reached.note.split()[0])
    assert orders * 5 < 10**6
    spent = shapley_sampled(from_table, 6, evaluations=1000, target=1e-6)
    assert "budget spent before the target of 1e-06" in spent.note


def test_the_budget_is_kept() -> None:
    seen = 0

    def counted(inside: Mask) -> Array:
        nonlocal seen
        seen += len(inside)
        return from_table(inside)

    shapley_sampled(counted, 6, evaluations=5000)
    assert 4990 <= seen <= 5000


def test_one_player_needs_no_order() -> None:
    found = shapley_sampled(lambda inside: np.where(inside[:, 0], 3.0, 0.0), 1)
    assert found.values.tolist() == [3.0]
    assert found.error == 0.0


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidInputError, match="`evaluations` must be at least 322, got 100"):
        shapley_sampled(from_table, 6, evaluations=100)
    with pytest.raises(InvalidInputError, match="the value of coalition"):
        shapley_sampled(lambda inside: np.full(len(inside), np.nan), 3)
    with pytest.raises(InvalidInputError, match="`target`"):
        shapley_sampled(from_table, 6, target=-1.0)
    with pytest.raises(InvalidInputError, match="`players`"):
        shapley_sampled(from_table, 0)
