"""Everybody's own gain, fitted: against truths of each family, slow refits and differences."""

from typing import Any

import numpy as np
import pytest

from coopetition import InvalidInputError
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame, SeparableGains, TransferGains
from coopetition.games.measured.gains import differences
from coopetition.oracles import FittedGains, fit_gains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.separable import fit_separable
from coopetition.oracles.surrogates.shares import ShareGains, fit_shares
from coopetition.oracles.surrogates.transfer import fit_transfer

FAMILIES: tuple[Any, ...] = ("separable", "transfer", "shares")


def design(size: int, count: int | None = None, seed: int = 0) -> tuple[Any, Array, Array, Array]:
    """Return a random generator, profiles with the corners 0 and all, upper bounds, local data."""
    rng = np.random.default_rng([seed, size])
    upper, local = rng.uniform(200, 800, size), rng.uniform(20, 100, size)
    profiles = upper * rng.random((count or 3 * size + 5, size))
    profiles[0], profiles[1] = 0.0, upper
    return rng, profiles, upper, local


def truth(size: int) -> tuple[Any, Array, Array, Array, TransferGains]:
    """Return a design, and gains in which the second organization's rows hurt the first."""
    rng, profiles, upper, local = design(size)
    weight = rng.uniform(0.5, 4.0, (size, size)) + 4.0 * np.eye(size)
    weight[0, 1] = -0.6 / size
    gains = TransferGains(
        np.full(size, 0.2), rng.uniform(0.1, 0.3, size), np.full(size, 0.7), weight, upper
    )
    return rng, profiles, upper, local, gains


def elsewhere(rng: Any, upper: Array) -> Array:
    return np.asarray(upper * rng.random((50, upper.size)))


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_separable_truths_are_recovered(size: int) -> None:
    rng, profiles, upper, local = design(size, size + 4)
    gains = SeparableGains(rng.normal(size=size), rng.normal(size=(size, size)), 15.0, upper)
    fit = fit_gains(profiles, gains(profiles), local_data=local, upper=upper, family="separable")
    found: Any = fit.predict
    assert found.steepness == 15.0
    assert found.effect == pytest.approx(gains.effect, abs=1e-5)
    assert found.level == pytest.approx(gains.level, abs=1e-5)
    assert fit.misses == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_transfer_truths_are_recovered_and_who_hurts_whom(size: int) -> None:
    rng, profiles, upper, local, gains = truth(size)
    table = GainTable(profiles, gains(profiles), local, upper)
    there = elsewhere(rng, upper)
    spread = np.ptp(gains(there), axis=0)
    exact, _ = fit_transfer(table, ridge=1e-14, steps=400)
    assert np.abs(exact(there) - gains(there)) / spread == pytest.approx(0.0, abs=1e-5)
    drawn, _ = fit_transfer(table)
    assert np.abs(drawn(there) - gains(there)) / spread == pytest.approx(0.0, abs=0.1)
    for found in (exact, drawn):
        effect = found.scale[:, None] * found.weight
        assert effect[0, 1] < 0
        assert (effect.diagonal() > 0).all()


def test_where_nothing_was_trained_a_steep_curve_does_not_say_anything() -> None:
    _, _, upper, local, gains = truth(3)
    for seed in range(6):  # without its pull one of them is off by 28 times the range
        rng = np.random.default_rng(seed)
        profiles = upper * rng.uniform(0.1, 1.0, (14, 3))
        noisy = gains(profiles) + 0.02 * rng.normal(size=(14, 3))
        found, _ = fit_transfer(GainTable(profiles, noisy, local, upper))
        off = np.abs(found(np.zeros(3)) - gains(np.zeros(3)))
        assert (off < 6 * np.ptp(noisy, axis=0)).all()


@pytest.mark.parametrize("root", [True, False])
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_share_truths_are_recovered(size: int, root: bool) -> None:
    rng, profiles, upper, local = design(size)
    plain = ShareGains(
        np.zeros(size), np.zeros(size), np.full(size, -0.3), rng.normal(size=(size, size)), local,
        root,
    )  # fmt: skip
    logs = np.log(-plain(profiles))
    # A ceiling that is tried is the truth where the gains' range is 1/0.3 of what is left below it.
    factor = np.log(1 + 1 / 0.3) / np.ptp(logs, axis=0)
    gains = ShareGains(
        np.full(size, 0.9), -factor * logs.mean(axis=0) - 1.0, factor * plain.power,
        factor[:, None] * plain.effect, local, root,
    )  # fmt: skip
    found, _ = fit_shares(GainTable(profiles, gains(profiles), local, upper), ridges=(1e-13,))
    assert found.root is root
    assert found.ceiling == pytest.approx(gains.ceiling, abs=1e-6)
    there = elsewhere(rng, upper)
    assert found(there) == pytest.approx(gains(there), abs=1e-4)
    assert (found(there) < found.ceiling).all()


def with_copies() -> tuple[GainTable, list[list[int]]]:
    rng, profiles, upper, local = design(3, 13)
    profiles[[5, 9]] = profiles[2]
    gains = rng.normal(size=(13, 3)) + profiles[:, :1] / upper[0]
    table = GainTable(profiles, gains, local, upper)
    assert [2, 5, 9] in table.groups
    return table, table.groups


def test_what_separable_gains_miss_is_that_of_refits() -> None:
    table, groups = with_copies()
    for ridge in (1e-3, 0.3):
        _, misses = fit_separable(table, (4.0,), (ridge,))
        grown = np.log1p(4.0 * table.parts) / np.log(5.0)
        features = np.column_stack([np.ones(13), grown])
        pull = np.sqrt(ridge * 13) * np.eye(4)[1:]
        for rows in groups:
            kept = np.delete(features, rows, axis=0)
            gains = np.vstack([np.delete(table.gains, rows, axis=0), np.zeros((3, 3))])
            refit = np.linalg.lstsq(np.vstack([kept, pull]), gains, rcond=None)[0]
            expected = table.gains[rows] - features[rows] @ refit
            assert misses[rows] == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_linearized_misses_are_near_those_of_refits() -> None:
    rng, profiles, upper, local, gains = truth(2)
    profiles = upper * rng.random((40, 2))
    noisy = gains(profiles) + 0.01 * rng.normal(size=(40, 2))
    table = GainTable(profiles, noisy, local, upper)
    inner = [r for r in range(40) if r not in {*noisy.argmax(axis=0), *noisy.argmin(axis=0)}][:4]
    for fit in (fit_transfer, lambda one: fit_shares(one, (0.3,), (3e-4,))):
        _, misses = fit(table)
        for row in inner:
            refit, _ = fit(table.only([r for r in range(40) if r != row]))
            alone = table.gains[row] - refit(profiles[row])
            assert misses[row] == pytest.approx(alone, rel=0.2, abs=0.002)


def fitted(family: Any = "committee", size: int = 3, noise: float = 0.01) -> FittedGains:
    rng, profiles, upper, local, gains = truth(size)
    noisy = gains(profiles) + noise * rng.normal(size=profiles.shape)
    return fit_gains(profiles, noisy, local_data=local, upper=upper, family=family)


@pytest.mark.parametrize("family", [*FAMILIES, "committee"])
def test_slopes_are_those_of_differences_and_games_take_them(family: Any) -> None:
    fit = fitted(family)
    upper = fit.table.unit
    rows = elsewhere(np.random.default_rng(1), upper)[:5]
    expected = differences(fit.predict, rows, upper)
    scale = np.abs(expected).max()
    assert fit.predict.gradient(rows) == pytest.approx(expected, abs=1e-5 * scale)
    game = MeasuredGame(gains=fit.predict, max_contribution=upper, value=1.0)
    assert (game.gain.bends is not None) == (family in ("separable", "transfer"))
    assert np.isfinite(game.payoff_gradient(np.zeros(3))).all()


def test_roots_of_shares_of_nothing_have_finite_slopes() -> None:
    gains = ShareGains(
        np.ones(2), np.zeros(2), np.full(2, -0.4), np.ones((2, 2)), np.array([0.0, 9.0]), True
    )
    assert np.isfinite(gains.gradient(np.zeros((1, 2)))).all()


def test_a_committee_is_the_mean_of_its_members() -> None:
    fit = fitted()
    there = elsewhere(np.random.default_rng(2), fit.table.unit)
    assert tuple(one.family for one in fit.members) == FAMILIES
    for name in ("misses", "held_out_misses"):
        mean = sum(getattr(one, name) for one in fit.members) / 3
        assert getattr(fit, name) == pytest.approx(mean, abs=1e-14)
    mean = sum(one.predict(there) for one in fit.members) / 3
    assert fit.predict(there) == pytest.approx(mean, abs=1e-14)
    alone = fitted("shares")
    assert alone.predict(there) == pytest.approx(fit.members[2].predict(there), abs=1e-14)


def test_the_worst_organization_decides() -> None:
    rng, profiles, upper, local, gains = truth(3)
    mixed = gains(profiles)
    mixed[:, 1] = rng.normal(size=len(mixed))
    fit = fit_gains(
        profiles, mixed, local_data=local, upper=upper, family="separable",
        organizations=["North", "South", "West"],
    )  # fmt: skip
    known = [one.value for one in fit.skills]
    assert fit.worst == "South"
    assert fit.skill.value == known[1]
    assert fit.skill.nothing
    assert "no better than a constant (skill" in str(fit)
    assert "South" in str(fit)
    assert known[0] is not None
    assert known[0] > 0.5


def test_skill_is_near_one_of_signal_and_not_above_zero_of_noise() -> None:
    for family in FAMILIES:
        value = fitted(family, size=2, noise=0.001).skill.value
        assert value is not None
        assert value > 0.8, family
    rng, profiles, upper, local = design(2, 40)
    for family in FAMILIES:
        fit = fit_gains(
            profiles, rng.normal(size=(40, 2)), local_data=local, upper=upper, family=family
        )
        value = fit.skill.value
        assert value is not None
        assert value < 0.1, family
        assert family == "transfer" or value > -0.5, family


@pytest.mark.parametrize("family", ["separable", "shares"])
def test_no_prediction_out_of_fold_knows_the_profile(family: Any) -> None:
    table, _ = with_copies()
    predicted = []
    for more in (0.0, 7.0):
        gains = table.gains.copy()
        gains[[2, 5, 9]] += more
        fit = fit_gains(
            table.profiles, gains, local_data=table.local_data, upper=table.unit, family=family
        )
        predicted.append((gains - fit.held_out_misses)[[2, 5, 9]])
    assert predicted[1] == pytest.approx(predicted[0], abs=1e-12)
    assert np.isfinite(predicted[0]).all()


def test_noise_is_taken_out_of_the_skill_by_errors_or_by_copies() -> None:
    rng, profiles, upper, local = design(2, 20)
    gains = SeparableGains(np.zeros(2), np.array([[1.0, 0.2], [0.1, 1.0]]), 4.0, upper)
    twice = np.concatenate([profiles, profiles])
    noisy = gains(twice) + 0.15 * rng.normal(size=twice.shape)
    once: dict[str, Any] = {"local_data": local, "upper": upper, "family": "separable"}
    plain = fit_gains(twice[:20], noisy[:20], **once).skill
    errors = np.full((20, 2), 0.15)
    clean = fit_gains(twice[:20], noisy[:20], standard_errors=errors, **once).skill
    copied = fit_gains(twice, noisy, **once).skill
    assert plain.value is not None
    assert clean.value is not None
    assert copied.value is not None
    assert plain.value + 0.05 < clean.value <= 1.0
    assert plain.value + 0.05 < copied.value <= 1.0
    assert "noise of standard errors taken out" in clean.how
    assert "20 left-out profiles, the noise of repeated profiles taken out" in copied.how


@pytest.mark.parametrize("family", FAMILIES)
def test_units_of_gains_do_not_matter(family: Any) -> None:
    _, profiles, upper, local, gains = truth(2)
    once: dict[str, Any] = {"local_data": local, "upper": upper, "family": family}
    small = fit_gains(profiles, gains(profiles), **once)
    large = fit_gains(profiles, 1e4 * gains(profiles) - 3e3, **once)
    there = elsewhere(np.random.default_rng(3), upper)
    expected = 1e4 * small.predict(there) - 3e3
    assert large.predict(there) == pytest.approx(expected, rel=1e-3, abs=1.0)


def test_who_cannot_contribute_is_no_obstacle() -> None:
    _, profiles, upper, local, gains = truth(3)
    measured = gains(profiles * [1.0, 1.0, 0.0])
    fit = fit_gains(
        profiles * [1.0, 1.0, 0.0], measured, local_data=local, upper=upper * [1.0, 1.0, 0.0]
    )
    assert np.isfinite(fit.predict(profiles * [1.0, 1.0, 0.0])).all()
    assert np.isfinite(fit.misses).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rows": 5}, "at least 6 distinct ones: .* in the family committee; got 5"),
        ({"rows": 3, "family": "separable"}, "at least 4 distinct ones"),
        ({"copies": 8}, "at least 6 distinct ones"),
        ({"nan": 1}, "`gains` of South must be finite, got nan in row 4"),
        ({"flat": 2}, "`gains` of West are all 0.3: nothing can be learned"),
        ({"family": "spline"}, "`family` must be one of committee, .* got 'spline'"),
        ({"local_data": 0.0}, "`local_data` must not be 0 everywhere"),
        ({"local_data": [1.0, -1.0, 1.0]}, "`local_data` of South must be finite and at least 0"),
        ({"upper": [900.0, 1.0, 900.0]}, "`profiles` of South must be between 0 and `upper`, 1"),
        ({"upper": "many"}, "`upper` must be a number or 3 numbers"),
        ({"organizations": ["North"]}, "must name the 3 columns of `profiles`, got 1"),
        ({"standard_errors": np.ones((2, 3))}, r"`standard_errors` must be a table of 14 × 3"),
        ({"standard_errors": -np.ones((14, 3))}, "`standard_errors` must be at least 0, got -1"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(changed: dict[str, Any], words: str) -> None:
    _, profiles, upper, local, gains = truth(3)
    measured, given = gains(profiles), dict(changed)
    if "nan" in given:
        measured[4, given.pop("nan")] = np.nan
    if "flat" in given:
        measured[:, given.pop("flat")] = 0.3
    if copies := given.pop("copies", 0):
        profiles[-copies - 1 :] = profiles[0]
    rows = given.pop("rows", 14)
    asked: dict[str, Any] = {
        "local_data": local,
        "upper": upper,
        "organizations": ["North", "South", "West"],
    }
    with pytest.raises(InvalidInputError, match=words) as refused:
        fit_gains(profiles[:rows], measured[:rows], **(asked | given))
    assert "\n" not in str(refused.value)


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="one column per organization, got shape"):
        fit_gains([1.0, 2.0], [1.0, 2.0], local_data=1.0, upper=2.0)
    with pytest.raises(InvalidInputError, match=r"`gains` must be a table of 2 × 1 .* shape \(3,"):
        fit_gains([[1.0], [2.0]], [[1.0]] * 3, local_data=1.0, upper=2.0)
    with pytest.raises(InvalidInputError, match=r"one column per organization, got shape \(\)"):
        fit_gains([[1.0], [2.0, 3.0]], [[1.0]] * 2, local_data=1.0, upper=2.0)
    with pytest.raises(InvalidInputError, match="differ by 1e\\+200: count them in another unit"):
        fit_gains([[1.0], [2.0]], [[0.0], [1e200]], local_data=1.0, upper=2.0)


def test_of_five_profiles_the_worth_is_unknown() -> None:
    _, profiles, upper, local, gains = truth(2)
    fit = fit_gains(profiles[:5], gains(profiles[:5]), local_data=local, upper=upper)
    assert fit.skill.verdict == "unknown"
    assert "unknown for organization 1, the worst: to leave one out, 6 profiles" in str(fit)
