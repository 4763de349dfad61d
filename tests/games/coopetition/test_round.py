"""The round: payoffs against the formula written out, potential identity, slopes, refusals."""

import math
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain, TabulatedGain, UnsupportedGameError
from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.solvers import solve_aggregate
from tests.instances import payoff_scale, random_round

SYMMETRIC: dict[str, Any] = {
    "gain": PowerGain(1.0, 2.0, 0.35),
    "local_data": [1500.0] * 6,
    "max_contribution": 20_000.0,
    "value": 1000.0,
    "unit_cost": 0.001,
    "quadratic_cost": 2e-6,
}


def payoffs_written_out(game: CoopetitionRound, x: Array) -> Array:
    """U_n by the formula, term by term, in plain loops: slow and independent."""
    size = x.size
    rho = game.damage.weigh(np.eye(size)).T
    sigma = game.rivalry.weigh(np.eye(size)).T

    def shared(y: Array) -> float:
        return float(game.gain.value(sum(game.local_data) + sum(game.quality * y)))

    def personal(n: int) -> float:
        d = float(game.local_data[n])
        return -game.personal_weight * float(game.skew[n]) * d / (d + x[n]) if d else 0.0

    result = np.empty(size)
    for n in range(size):
        without = x.copy()
        without[n] = 0.0
        own = game.value[n] * (shared(x) + personal(n))
        cost = game.unit_cost[n] * x[n] + game.quadratic_cost[n] * x[n] ** 2 / 2
        damage = sum(rho[n, m] * game.value[m] * (shared(x) - shared(without)) for m in range(size))
        rivalry = sum(sigma[n, m] * (personal(m) - personal(n)) for m in range(size))
        result[n] = own - cost - game.fixed_cost[n] - damage - rivalry
    return result


@pytest.mark.parametrize("seed", range(40))
def test_payoffs_follow_the_formula(seed: int) -> None:
    game = random_round(seed)
    profiles = game.spaces.sample(np.random.default_rng(seed), 3)
    batch = game.payoffs(profiles)
    scale = payoff_scale(game, profiles[0])
    for x, row in zip(profiles, batch, strict=True):
        assert row == pytest.approx(payoffs_written_out(game, x), abs=1e-12 * scale)
        assert game.payoffs(x) == pytest.approx(row, rel=1e-14, abs=1e-14 * scale)


def test_potential_identity_on_a_thousand_games() -> None:
    """U_n(y) − U_n(x) = w_n (Φ(y) − Φ(x)) to 1e-12 of the terms; symmetric or not, both forms."""
    worst, tried, seed = 0.0, 0, 0
    while tried < 1000:
        game = random_round(seed, positive=True)
        rng = np.random.default_rng(seed)
        seed += 1
        if not (game.weights > 0).all():
            continue
        tried += 1
        x = game.spaces.sample(rng, 1)[0]
        n = int(rng.integers(x.size))
        y = x.copy()
        y[n] = rng.uniform(0, game.max_contribution[n])
        pair = np.stack((x, y))
        change = np.diff(game.payoffs(pair)[:, n])[0]
        promised = game.weights[n] * np.diff(game.potential(pair))[0]
        terms = sum(np.abs(term[:, n]).sum() for term in game.payoff_terms(pair))
        own = np.abs(game.form.own(pair) / game.weights).sum()
        terms += game.weights[n] * (np.abs(game.gain.value(game.form.aggregate(pair))).sum() + own)
        worst = max(worst, abs(change - promised) / terms)
    assert worst <= 1e-12


@pytest.mark.parametrize("seed", range(30))
def test_slopes_are_derivatives_of_payoffs_potential_and_welfare(seed: int) -> None:
    game = random_round(seed, positive=True)
    x = np.random.default_rng(seed).uniform(0.2, 0.8, len(game.players)) * game.max_contribution
    if not (game.weights > 0).all() or isinstance(game.gain, TabulatedGain):
        x *= 0.999  # still tested, away from knots with high probability
    marginal, welfare = game.marginal_payoffs(x), game.welfare_gradient(x)
    for n in np.flatnonzero(game.max_contribution > 0):
        step = 1e-4 * game.max_contribution[n]
        ends = np.stack((x, x))
        ends[:, n] += [-step, step]
        payoffs = game.payoffs(ends)
        unit = 1e-9 * game.welfare_scale(x) / step + 1e-3 * abs(marginal[n])
        assert (payoffs[1, n] - payoffs[0, n]) / (2 * step) == pytest.approx(marginal[n], abs=unit)
        total = (payoffs[1].sum() - payoffs[0].sum()) / (2 * step)
        assert total == pytest.approx(welfare[n], abs=unit + 1e-3 * abs(welfare[n]))


def test_one_whom_nobody_harms_leaves_the_others_their_damage() -> None:
    damage = [[0, 0.08, 0.02], [0, 0, 0], [0.1, 0.03, 0]]
    game = CoopetitionRound(**{**SYMMETRIC, "local_data": [1500.0] * 3}, damage=damage)
    assert (game.harm == 0).tolist() == [False, True, False]
    for x in np.array([[0.0, 900.0, 4000.0], [800.0, 0.0, 100.0]]):
        assert game.payoffs(x) == pytest.approx(payoffs_written_out(game, x), rel=1e-13)


@pytest.mark.parametrize(
    ("damage", "rivalry", "skew", "expected"),
    [
        *[(level, 0.0, 1.0, x) for level, x in zip(
            (0.0, 0.02, 0.05, 0.10, 0.15), (2403, 2385, 2357, 2311, 2264), strict=True)],
        *[(0.0, level * 1000, 1.0, x) for level, x in zip(
            (0.0, 0.02, 0.05, 0.10, 0.15), (2403, 2502, 2641, 2852, 3042), strict=True)],
        *[(0.0, 50.0, skew, x) for skew, x in zip(
            (0.0, 0.5, 1.0, 1.6), (552, 1968, 2641, 3215), strict=True)],
    ],
)  # fmt: skip
def test_directions_of_the_symmetric_game(
    damage: float, rivalry: float, skew: float, expected: int
) -> None:
    """Damage lowers generation, rivalry and skew raise it: x* of the six-player game."""
    game = CoopetitionRound(
        **SYMMETRIC, damage=damage, rivalry=rivalry, skew=skew, personal_weight=0.05
    )
    assert [round(float(x)) for x in solve_aggregate(game).profile] == [expected] * 6


def test_among_keeps_the_others_as_they_are() -> None:
    game = random_round(7, players=6)
    members = np.array([1, 2, 5])
    part = game.among(members)
    assert part.players == tuple(game.players[n] for n in members)
    matrix = game.damage.weigh(np.eye(6)).T[np.ix_(members, members)]
    assert part.harm == pytest.approx(matrix @ game.value[members])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"local_data": [1500.0] * 5 + [-1.0]}, "`local_data` of F must be finite and at least 0"),
        ({"value": [1000.0, math.nan] + [1.0] * 4}, "`value` of B must be finite"),
        ({"max_contribution": -5.0}, "`max_contribution` of A"),
        ({"max_contribution": math.inf}, "`max_contribution` of A"),
        ({"quality": 0.0}, r"`quality` of A must be in \(0, 1\], got 0"),
        ({"quality": 1.5}, "`quality` of A"),
        ({"skew": 3.0}, r"`skew` of A must be in \[0, 2\], got 3"),
        ({"unit_cost": [1.0, 2.0]}, "`unit_cost` must be a number or 6 numbers"),
        ({"unit_cost": "cheap"}, "`unit_cost`"),
        ({"value": True}, "`value`"),
        ({"damage": np.ones((6, 5))}, "`damage` must be a 6 × 6 matrix"),
        ({"rivalry": -1.0}, "`rivalry`"),
        ({"personal_weight": -1.0}, "`personal_weight`"),
        ({"gain": 3.0}, "`gain` must be a GainCurve"),
        ({"local_data": 0.0, "damage": 0.1}, "`offset`"),
        ({"local_data": 0.0, "max_contribution": 0.0}, "`offset`"),
        ({"gain": TabulatedGain([0, 1, 2], [0, 1, 1.5])}, "known for 0 to 2"),
        ({"organizations": list("ABCDEE")}, "'E' twice"),
        ({"organizations": [*"ABCDE", ""]}, "non-empty"),
        ({"organizations": []}, "at least one"),
        ({"organizations": "ABCDEF"}, "at least one"),
        ({"value": 1e200}, "at most 1e"),
        ({"value": 1j}, "`value`"),
        ({"unit_cost": ["1"] * 6}, "`unit_cost`"),
        ({"damage": True}, "`damage`"),
        ({"local_data": 0.0, "value": 0.0}, "`offset`"),
    ],
)
def test_nonsense_is_refused_naming_organization_and_field(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        CoopetitionRound(**{**SYMMETRIC, "organizations": list("ABCDEF"), **change})


def test_a_curve_that_is_not_concave_is_refused() -> None:
    class Convex(PowerGain):
        def slope(self, data: Any) -> Array:
            return np.asarray(data, dtype=float) * 1e-6

    with pytest.raises(InvalidInputError, match="concave: its slope rises"):
        CoopetitionRound(**{**SYMMETRIC, "gain": Convex(1.0, 2.0, 0.35)})


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ([1.0] * 5, "6 numbers"),
        ([math.nan] * 6, "organization 1"),
        ([-1.0] + [0.0] * 5, r"in \[0, 20000\], got -1"),
        (["a"] * 6, "must hold numbers"),
    ],
)
def test_profiles_are_checked(profile: list[Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        CoopetitionRound(**SYMMETRIC).checked(profile)


def test_a_round_with_mixed_weights_has_no_potential() -> None:
    game = CoopetitionRound(**{**SYMMETRIC, "value": [1000.0] * 5 + [10.0]}, damage=0.1)
    assert not game.has_potential
    with pytest.raises(UnsupportedGameError, match="mixed sign"):
        game.potential([0.0] * 6)


def test_all_negative_weights_give_the_mirrored_potential() -> None:
    """w_n < 0 for all: −P + Σ s_m/|w_m| is a potential with weights |w_n|."""
    game = CoopetitionRound(**SYMMETRIC, damage=0.5)
    assert (game.weights < 0).all()
    rng = np.random.default_rng(1)
    x = game.spaces.sample(rng, 1)[0]
    y = x.copy()
    y[2] = 77.0
    change = (game.payoffs(y) - game.payoffs(x))[2]
    promised = abs(game.weights[2]) * (game.potential(y) - game.potential(x))
    assert change == pytest.approx(float(promised), rel=1e-10)
