"""Enumeration with negative weights: the same equilibria as grids and dynamics, none missed."""

import numpy as np
import pytest

from coopetition.games import AggregativeGame, CoopetitionRound, PowerGain, certify
from coopetition.mechanisms import redistribute, redistribution
from coopetition.solvers import Status, best_response_dynamics, solve
from coopetition.solvers.aggregate.aggregate import eliminate
from coopetition.solvers.aggregate.negative_weights import enumerate_profiles
from tests.campaign import draws
from tests.solvers.test_choose import crossings, mixed_game


def many_players(seed: int, size: int, negative: int, linear: bool) -> AggregativeGame:
    """Return a game of `size` organizations of which the last few have negative weights."""
    rng = np.random.default_rng(seed)
    value = rng.uniform(500, 1500, size)
    value[size - negative :] = rng.uniform(5, 60, negative)
    damage = np.zeros((size, size))
    damage[size - negative :] = rng.uniform(0.1, 0.4, (negative, size))
    np.fill_diagonal(damage, 0.0)
    flat = rng.random(size) < 0.5 if linear else np.zeros(size, dtype=bool)
    base = CoopetitionRound(
        gain=PowerGain(1.0, float(rng.uniform(5, 40)), float(rng.uniform(0.3, 1.2))),
        local_data=rng.uniform(20, 300, size),
        max_contribution=rng.uniform(300, 3000, size),
        value=value,
        quality=rng.uniform(0.3, 1.0, size),
        unit_cost=rng.uniform(0, 0.05, size),
        quadratic_cost=np.where(flat, 0.0, 10 ** rng.uniform(-6, -4, size)),
        damage=damage,
    )
    rule = redistribution(base, rate=float(rng.uniform(0.02, 0.2)), intensity=0.3)
    induced = redistribute(base, rule)
    assert isinstance(induced, AggregativeGame)
    return induced


@pytest.mark.campaign
@pytest.mark.parametrize("first", range(0, draws(20, 400), 20))
def test_two_players_have_exactly_the_equilibria_of_a_fine_grid(first: int) -> None:
    for seed in range(first, first + 20):
        game = mixed_game(seed)
        form = eliminate(game.form)[0]
        if form.concave:
            continue
        listed = [float(x[0]) for x in enumerate_profiles(form)]
        on_grid = crossings(game, draws(151, 301))
        assert len(listed) == len(on_grid), seed
        near = 1e-4 * game.spaces.upper[0]
        assert sorted(listed) == pytest.approx(sorted(on_grid), abs=near), seed


@pytest.mark.campaign
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("size", [3, 4, 8])
def test_every_listed_profile_is_certified_and_dynamics_end_in_the_list(
    size: int, linear: bool
) -> None:
    counts: dict[int, int] = {}
    for seed in range(draws(24, 40)):
        game = many_players(seed, size, 2, linear)
        form = eliminate(game.form)[0]
        if form.concave:
            continue
        listed = enumerate_profiles(form)
        counts[len(listed)] = counts.get(len(listed), 0) + 1
        for x in listed:
            assert certify(game, x).holds, seed
        for start in (game.spaces.lower, game.spaces.upper):
            end = best_response_dynamics(game, start, max_iter=300)
            if end.success:
                totals = [float(form.aggregate(x)) for x in listed]
                total = float(form.aggregate(end.profile))
                assert min(abs(t - total) for t in totals) <= 1e-6 * total, seed
    assert sum(counts.values()) >= 8


def test_none_is_said_only_where_none_exists_and_the_reason_says_how() -> None:
    found = solve(mixed_game(192))
    assert found.status is Status.NO_PURE_EQUILIBRIUM
    assert "no pure equilibrium exists" in found.reason
    assert found.certificate.epsilon > 1.0
    assert found.listed == ()


def test_several_equilibria_are_counted_and_the_best_returned() -> None:
    for seed in range(300):
        game = many_players(seed, 4, 2, linear=False)
        form = eliminate(game.form)[0]
        if form.concave:
            continue
        listed = enumerate_profiles(form)
        if len(listed) > 1:
            found = solve(game)
            best = max(float(game.payoffs(x).sum()) for x in listed)
            assert found.unique is False
            assert f"{len(listed)} pure equilibria exist" in found.reason
            assert found.payoffs.sum() == pytest.approx(best)
            return
    pytest.fail("no instance with several equilibria was drawn")
