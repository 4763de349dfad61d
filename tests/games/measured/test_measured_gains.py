import re
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError, PowerGain, certify, potential_of
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame, SeparableGains, TransferGains
from coopetition.games.measured.gains import differences

NAMES = ("North", "South", "West")
RATES = np.array([[0, 0.1, 0.3], [0.2, 0, 0.05], [0, 0.1, 0]])


def transfer(seed: int, size: int = 3, sign: float = 1.0) -> TransferGains:
    """Draw gains in which some rows hurt, and where `sign` is −1 some gains are convex."""
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.1, 0.4, size) * np.where(np.arange(size) % 2, sign, 1.0)
    weight = rng.uniform(-0.25, 1.5, (size, size))
    unit = rng.uniform(200, 600, size)
    return TransferGains(rng.normal(size=size), scale, rng.uniform(0.3, 2, size), weight, unit)


def separable(seed: int, size: int = 3) -> SeparableGains:
    rng = np.random.default_rng(seed)
    effect = rng.uniform(-0.1, 0.2, (size, size)) + 0.2 * np.eye(size)
    return SeparableGains(np.zeros(size), effect, 15.0, np.full(size, 300.0))


def measured(gains: Any, **fields: Any) -> MeasuredGame:
    size = len(np.atleast_1d(gains.unit)) if hasattr(gains, "unit") else 3
    given: dict[str, Any] = {
        "max_contribution": getattr(gains, "unit", np.full(size, 300.0)),
        "value": 9000.0 * np.arange(1, size + 1),
        "unit_cost": 1.0,
        "quadratic_cost": 0.004,
        "damage": RATES if size == 3 else 0.1,
        "rivalry": 50.0,
    }
    return MeasuredGame(gains=gains, **(given | fields))


@pytest.mark.parametrize("counts", ["contributions", "gains"])
def test_payoffs_are_the_formula_term_by_term(counts: Any) -> None:
    gains = transfer(3)
    game = measured(gains, counts=counts, fixed_cost=7.0, baseline=[0.1, 0.2, 0.3])
    x = game.spaces.sample(np.random.default_rng(1), 4)
    expected = np.empty_like(x)
    for row, profile in enumerate(x):
        gain = gains(profile) - [0.1, 0.2, 0.3]
        for n in range(3):
            alone = profile.copy()
            alone[n] = 0
            without = gains(alone) - [0.1, 0.2, 0.3] if counts == "contributions" else 0 * gain
            expected[row, n] = (
                game.value[n] * gain[n]
                - (profile[n] + 0.002 * profile[n] ** 2 + 7)
                - sum(RATES[n, m] * game.value[m] * (gain[m] - without[m]) for m in range(3))
                - sum(50 * (gain[m] - gain[n]) for m in range(3))
            )
    np.testing.assert_allclose(game.payoffs(x), expected, rtol=1e-12)
    for n in range(3):
        np.testing.assert_allclose(game.payoff(n, x), expected[:, n], rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_with_one_curve_for_all_it_is_the_coopetition_round(seed: int) -> None:
    rng = np.random.default_rng(seed)
    round_ = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=rng.uniform(100, 2000, 3),
        max_contribution=rng.uniform(100, 4000, 3),
        value=rng.uniform(100, 2000, 3),
        unit_cost=0.01,
        quadratic_cost=rng.uniform(0, 1e-4, 3),
        fixed_cost=3.0,
        quality=[0.5, 1.0, 0.8],
        skew=[0.1, 0.0, 1.2],
        personal_weight=0.05,
        damage=RATES,
        rivalry=100 * RATES,
    )

    def gains(x: Array) -> Array:
        shared = round_.gain.value(round_.form.aggregate(x))
        return np.asarray(shared[..., None] + round_.personal_gain(x))

    names = ("max_contribution", "value", "unit_cost", "quadratic_cost", "fixed_cost")
    same = {name: getattr(round_, name) for name in (*names, "damage", "rivalry")}
    game = MeasuredGame(gains=gains, **same)
    x = game.spaces.sample(rng, 20)
    np.testing.assert_allclose(game.payoffs(x), round_.payoffs(x), rtol=1e-12)
    np.testing.assert_allclose(game.welfare(x), round_.welfare(x), rtol=1e-12)
    inner = 0.1 * game.spaces.upper + 0.8 * x[0]
    np.testing.assert_allclose(
        game.welfare_gradient(inner), round_.welfare_gradient(inner), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        game.marginal_payoffs(inner), round_.marginal_payoffs(inner), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("gains", [transfer(4), transfer(5, sign=-1.0), separable(6)])
@pytest.mark.parametrize("counts", ["contributions", "gains"])
def test_gradients_are_the_slopes_of_payoffs(gains: Any, counts: Any) -> None:
    game = measured(gains, counts=counts)
    plain = measured(lambda x: gains(x), max_contribution=gains.unit, counts=counts)
    for x in (*game.spaces.sample(np.random.default_rng(0), 2), game.spaces.upper, 0 * gains.unit):
        slopes = differences(game.payoffs, x, game.spaces.upper)
        scale = np.abs(slopes).max()
        np.testing.assert_allclose(game.payoff_gradient(x), slopes, atol=1e-5 * scale)
        np.testing.assert_allclose(plain.payoff_gradient(x), slopes, atol=1e-5 * scale)
        np.testing.assert_allclose(game.marginal_payoffs(x), slopes.diagonal(), atol=1e-5 * scale)


def test_differences_are_exact_for_squares_and_stay_in_the_box() -> None:
    upper = np.array([2.0, 0.0, 5.0])

    def squares(x: Array) -> Array:
        assert ((x >= 0) & (x <= upper)).all()
        return x[..., :1] * x[..., 2:] * [1.0, 2.0] + x[..., :1] ** 2

    at = np.array([[[0.0, 0.0, 5.0]], [[2.0, 0.0, 0.0]]])
    expected = [[[[5, 0, 0], [10, 0, 0]]], [[[4, 0, 2], [4, 0, 4]]]]
    np.testing.assert_allclose(differences(squares, at, upper), expected, atol=1e-8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", ["transfer", "convex", "separable"])
def test_regrets_are_those_of_a_fine_grid(family: str, seed: int) -> None:
    sign = -1.0 if family == "convex" else 1.0
    gains = separable(seed) if family == "separable" else transfer(seed, sign=sign)
    game = measured(gains, damage=(1 + seed % 3) * RATES)
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    found = certify(game, x)
    assert (found.method, found.bounded) == ("branch and bound", True)
    for n in range(3):
        rows = np.repeat(x[None], 2001, axis=0)
        rows[:, n] = np.linspace(0, game.max_contribution[n], 2001)
        grid = game.payoff(n, rows).max() - game.payoffs(x)[n]
        assert grid - 1e-9 * abs(grid) <= found.regret[n] <= grid + 1e-5 * abs(grid) + 1e-3


def test_a_narrow_peak_is_not_missed_where_curvatures_are_known() -> None:
    """The concave part turns within a millionth of the interval, between the points of a grid."""
    kink = np.pi / 10

    def gains(x: Array) -> Array:
        own = np.minimum(x, kink) * 1e3 - 1e3 * np.maximum(x - kink, 0) * 50
        return np.asarray(own)

    game = MeasuredGame(gains=gains, max_contribution=[1.0], value=1.0, bends=-1)
    found = certify(game, [0.0])
    assert 1e3 * kink <= found.regret[0] <= 1e3 * kink + found.tolerance[0]
    assert "declared" in found.method
    assert found.deviation is not None
    assert found.deviation.contribution == pytest.approx(kink, rel=1e-7)


def test_without_known_curvatures_deviations_are_searched_and_nothing_is_bounded() -> None:
    gains = transfer(2)
    game = measured(lambda x: gains(x), max_contribution=gains.unit)
    found = certify(game, 0.5 * gains.unit)
    assert not found.bounded
    np.testing.assert_allclose(found.regret, certify(measured(gains), 0.5 * gains.unit).regret)


def test_it_has_no_potential_and_none_is_claimed_where_cycles_close() -> None:
    found = potential_of(measured(transfer(1)))
    assert found.holds is False
    assert found.witness is not None
    alike = MeasuredGame(
        gains=lambda x: np.log1p(x.sum(axis=-1, keepdims=True)) + 0 * x,
        max_contribution=[9.0, 9.0],
        value=1.0,
    )
    found = potential_of(alike)
    assert found.holds is None
    assert found.potential is None
    assert "promise no potential" in str(found)


def test_functions_of_tables_alone_are_taken() -> None:
    """As fitted models are: one row per profile, two axes."""

    def predict(rows: Array) -> Array:
        count, _ = rows.shape
        return np.log1p(rows) + np.zeros((count, 1))

    game = MeasuredGame(gains=predict, max_contribution=[3.0, 2.0], value=5.0, damage=0.1)
    clean = game.replace(gains=np.log1p)
    for shape in ((2,), (4, 2), (3, 4, 2)):
        x = np.random.default_rng(0).uniform(0, 2, shape)
        np.testing.assert_array_equal(game.payoffs(x), clean.payoffs(x))


def broken(value: float) -> Any:
    def gains(x: Array) -> Array:
        found = np.log1p(x)
        found[..., 1] = np.where(x[..., 1] > 0.5, value, found[..., 1])
        return found

    return gains


def words(x: Array) -> Any:
    return "many"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"gains": broken(np.nan)}, "`gains` of South must be finite, got nan at the contrib"),
        ({"gains": broken(-np.inf)}, "`gains` of South must be finite, got -inf"),
        ({"gains": lambda x: x.sum(axis=-1)}, "`gains` must return one number per organization"),
        ({"gains": lambda x: x[..., :2]}, "shape (4, 3), got (4, 2)"),
        ({"gains": words}, "`gains` must return numbers, got 'many'"),
        ({"gains": lambda x: x + 1j}, "`gains` must return numbers, got array([[0.6"),
        ({"gains": 3.0}, "`gains` must be a function, got 3.0"),
        ({"gradient": 3.0}, "`gradient` must be a function, got 3.0"),
        (
            {"gradient": lambda x: np.full((*x.shape, 3), 0.5)},
            "`gradient` of North by the contribution of North is not the slope of `gains`",
        ),
        ({"gradient": lambda x: x}, "`gradient` must return one number"),
        (
            {"gradient": lambda x: np.full((*x.shape, 3), np.nan)},
            "`gradient` of North must be finite, got nan by the contribution of North",
        ),
        ({"bends": 1}, "`bends` of North by the contribution of North has another sign"),
        ({"bends": 0}, "`bends` of North by the contribution of North has another sign"),
        ({"bends": [1, 0]}, "`bends` must be a sign, or 3 × 3 of them"),
        ({"counts": "all"}, "`counts` must be contributions or gains, got 'all'"),
        ({"baseline": np.inf}, "`baseline` must be finite, got inf"),
        ({"baseline": [1.0, 2.0]}, "`baseline` must be a number or 3 numbers"),
        ({"value": [1.0, -1.0, 1.0]}, "`value` of South must be finite and at least 0, got -1"),
        ({"max_contribution": [1.0, np.nan, 1.0]}, "`max_contribution` of South must be"),
        ({"damage": np.eye(3)}, "`damage` must have a zero diagonal, got 1 for North"),
        ({"organizations": None, "max_contribution": 3.0}, "`max_contribution` must hold one num"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_sentence(fields: Any, said: str) -> None:
    fine = {
        "gains": np.log1p,
        "max_contribution": [1.0, 2.0, 3.0],
        "value": 1.0,
        "organizations": NAMES,
    }
    with pytest.raises(InvalidInputError, match=re.escape(said)) as error:
        MeasuredGame(**(fine | fields))
    assert "\n" not in str(error.value)


def test_gains_that_break_later_are_refused_at_the_call() -> None:
    def gains(x: Array) -> Array:
        return np.where(x > 299.999, np.nan, x)

    game = MeasuredGame(gains=gains, max_contribution=[300.0, 300.0], value=1.0)
    with pytest.raises(InvalidInputError, match="`gains` of organization 1 must be finite"):
        certify(game, [0.0, 0.0])


def test_gains_that_write_into_what_they_are_given_change_nothing() -> None:
    def gains(x: Array) -> Array:
        x += 1
        return np.asarray(np.log(x, out=x))

    game = MeasuredGame(gains=gains, max_contribution=[3.0, 2.0], value=5.0, unit_cost=1.0)
    clean = game.replace(gains=np.log1p)
    x = np.array([1.0, 0.5])
    assert certify(game, x).regret.tolist() == certify(clean, x).regret.tolist()
    assert game.payoffs(x).tolist() == clean.payoffs(x).tolist()
    assert x.tolist() == [1.0, 0.5]


def test_slopes_of_gains_that_are_steep_at_one_end_and_flat_elsewhere_are_believed() -> None:
    weight = np.tile([5.57387225, 0.18156971, 0.59606384, -0.225], (4, 1))
    top = np.full(4, 400.0)  # nearly flat where shapes are tried, steep where slopes are
    gains = TransferGains(np.full(4, 0.386), np.full(4, 0.817), np.full(4, 3.0), weight, top)
    MeasuredGame(gains=gains, max_contribution=top, value=1.0)
    with pytest.raises(InvalidInputError, match="is not the slope"):
        MeasuredGame(
            gains=gains,
            max_contribution=top,
            value=1.0,
            gradient=lambda x: 1.001 * gains.gradient(x),
        )
