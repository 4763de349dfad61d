"""Certificates: bounds against grids, deviations named, nothing certified by mistake."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import ArrayLike

from coopetition.games import Box, CoopetitionRound, ExponentialGain, Game, PowerGain, certify
from coopetition.games.arrays import Array
from coopetition.games.coopetition.best_response import (
    best_response,
    concave_responses,
    global_response,
    parts,
)
from coopetition.games.errors import InvalidInputError
from coopetition.solvers import solve_aggregate
from tests.instances import payoff_scale, random_round


def regret_on_grid(game: Game, x: Array, points: int = 801) -> Array:
    """Search every player's interval on payoffs alone: slow, independent, a lower bound."""
    found = np.zeros(x.size)
    for n in range(x.size):
        batch = np.repeat(x[None], points, axis=0)
        batch[:, n] = np.linspace(0, game.spaces.upper[n], points)
        found[n] = game.payoffs(batch)[:, n].max() - game.payoffs(x)[n]
    return np.maximum(found, 0.0)


@pytest.mark.parametrize("seed", range(60))
def test_bounds_are_never_below_a_grid_search_and_tight(seed: int) -> None:
    game = random_round(seed, players=4)
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    certificate = certify(game, x)
    grid = regret_on_grid(game, x)
    scale = payoff_scale(game, x)
    assert (certificate.regret >= grid - 1e-12 * scale).all()
    assert (certificate.regret <= grid + 1e-4 * scale).all()
    if certificate.deviation is not None:
        n = game.players.index(certificate.deviation.player)
        y = x.copy()
        y[n] = certificate.deviation.contribution
        gained = float((game.payoffs(y) - game.payoffs(x))[n])
        assert certificate.deviation.gain == pytest.approx(gained, abs=1e-12 * scale)


@pytest.mark.parametrize("seed", range(40))
def test_negative_weights_are_bounded_by_branch_and_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = CoopetitionRound(
        gain=PowerGain(1.0, 30.0, float(rng.uniform(0.3, 1.2))),
        local_data=rng.uniform(50, 500, 3),
        max_contribution=rng.uniform(500, 5000, 3),
        value=[900.0, 800.0, 30.0],
        unit_cost=rng.uniform(0, 0.1, 3),
        quadratic_cost=rng.uniform(0, 1e-4, 3),
        skew=rng.uniform(0, 2, 3),
        personal_weight=0.5,
        damage=0.1,
    )
    assert game.weights[2] < 0
    x = game.spaces.sample(rng, 1)[0]
    certificate, grid = certify(game, x), regret_on_grid(game, x)
    scale = payoff_scale(game, x)
    assert "branch" in certificate.method
    assert (certificate.regret >= grid - 1e-12 * scale).all()
    assert (certificate.regret <= grid + 1e-4 * scale).all()


def test_a_wrong_profile_is_refused_with_the_profitable_deviation() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
        value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08,
        organizations=list("ABCDEF"),
    )  # fmt: skip
    x = solve_aggregate(game).profile
    x[3] = 5000.0
    certificate = certify(game, x)
    assert not certificate.holds
    assert certificate.deviation is not None
    assert certificate.deviation.player == "D"
    assert isinstance(certificate.deviation.contribution, float)
    assert certificate.deviation.contribution < 400
    assert "D gains" in str(certificate)
    assert certify(game, x, tol=1e3).holds


@pytest.mark.parametrize("seed", range(30))
def test_responses_agree_with_each_other(seed: int) -> None:
    """Scalar, vector and branching best responses: three ways to one maximum."""
    game = random_round(seed, players=5, positive=True)
    form = game.form
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    rest = np.maximum(form.aggregate(x) - form.quality * x, form.base)
    together = concave_responses(form, rest, x)
    for n in np.flatnonzero(form.weight >= 0):
        alone = best_response(form, int(n), float(rest[n]), float(x[n]))
        _, best, _ = global_response(form, int(n), float(rest[n]))
        one = form.among(np.array([n]), float(rest[n]))
        for y in (alone, float(together[n])):
            value = float(np.sum(parts(one, float(rest[n]), np.array([y]))))
            assert value >= best - 1e-12 * (1 + abs(best))


@dataclass(frozen=True)
class Broken(Game):
    """A game that a backend got wrong: its payoffs are not numbers."""

    value: float

    @property
    def players(self) -> tuple[str, ...]:
        """Two players."""
        return ("North", "South")

    @property
    def spaces(self) -> Box:
        """The unit square."""
        return Box(np.zeros(2), np.ones(2))

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return the broken value, or a peak at 0.3 where it is a number."""
        x = np.asarray(profile, dtype=float)
        return -((x - 0.3) ** 2) + self.value


def test_nan_never_certifies() -> None:
    assert not certify(Broken(math.nan), [0.3, 0.3]).holds
    assert not certify(Broken(math.nan), [0.3, 0.3], tol=1e300).holds
    assert certify(Broken(1.0), [0.3, 0.3]).holds
    refused = certify(Broken(1.0), [0.3, 0.9])
    assert refused.deviation is not None
    assert refused.deviation.contribution == pytest.approx(0.3, abs=1e-3)
    assert refused.deviation.gain == pytest.approx(0.36, abs=1e-6)
    assert "searched" in refused.method


@pytest.mark.parametrize("tol", [math.nan, math.inf, -1e-9, True, "1"])
def test_the_tolerance_must_be_a_finite_number(tol: object) -> None:
    with pytest.raises(InvalidInputError, match=r"`tol` must be (at least 0|finite), got"):
        certify(Broken(1.0), [0.3, 0.3], tol=tol)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Patchy(Broken):
    """Payoffs that are numbers except in one corner; 0.5 would be a profitable deviation."""

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return 1, 10 above 0.4, NaN above 0.99."""
        x = np.asarray(profile, dtype=float)
        return np.where(x > 0.99, np.nan, np.where(x > 0.4, 10.0, 1.0))


def test_a_nan_anywhere_on_the_grid_refuses() -> None:
    assert not certify(Patchy(0.0), [0.1, 0.1]).holds


def test_a_search_is_not_worded_as_a_bound() -> None:
    found = certify(Broken(1.0), [0.3, 0.3])
    assert not found.bounded
    assert "no change found gains over" in str(found)


@pytest.mark.parametrize("room", [1e6, 1e9, 1e12, 1e15])
def test_idle_room_does_not_loosen_the_bound(room: float) -> None:
    """The bound is slope × room at first sight: the sign change near the answer cuts it."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0], max_contribution=room,
        value=[1000.0, 800.0, 1200.0], unit_cost=0.001, quadratic_cost=2e-6, damage=0.08,
    )  # fmt: skip
    found = solve_aggregate(game)
    assert found.success
    assert found.certificate.epsilon <= 1e-9 * payoff_scale(game, found.profile)


def test_a_dominant_zero_is_an_equilibrium_where_all_payoffs_are_zero() -> None:
    game = CoopetitionRound(
        gain=ExponentialGain(1.0, 5957.0), local_data=[0.0, 0.0], max_contribution=[45319.0, 0.0],
        value=[73.0, 3858.0], quadratic_cost=5.8e-8, damage=0.2943,
    )  # fmt: skip
    assert game.weights[0] < 0
    found = certify(game, [0.0, 0.0])
    assert found.holds
    assert found.epsilon == 0.0
    assert not certify(game, [100.0, 0.0]).holds
