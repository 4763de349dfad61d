"""Calibration against closed forms, other routes to the same market, and published tables."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market import (
    asymmetry,
    displaced,
    from_slopes,
    logit,
    margins,
    outside_share,
    race,
    reconcile,
    second_choice,
    tariff,
)

SHARES = np.array([0.35, 0.25, 0.18])


def shares_diversion(shares: Array) -> Array:
    """Return the logit's second choices."""
    ratios = shares / (1 - shares[:, None])
    np.fill_diagonal(ratios, 0.0)
    return ratios


def close(found: Array, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


def test_logit_is_its_closed_form() -> None:
    found = logit(SHARES, outside=0.22)
    close(found.damage[:, 1] * (np.arange(3) != 1), [7 / 13, 0.0, 0.18 / 0.82])
    close(found.kept, 0.22 / (1 - SHARES))
    assert found.consumers == pytest.approx(0.78, rel=1e-14)


def test_logit_prices_that_adjust_have_the_closed_form_weights() -> None:
    s, s0 = SHARES, 0.22
    total = s0 + s @ ((1 - s) ** 2 / (1 - s + s**2))
    found = logit(s, outside=s0, prices="logit")
    close(found.weights, s * s0 / ((1 - s + s**2) * total))
    close(found.kept, [0.41116376969496626, 0.39753267770959316, 0.37638951591607966])
    assert found.consumers == pytest.approx(0.6971743118262903, rel=1e-13)


def test_adjusting_prices_are_the_equilibria_of_linear_demand() -> None:
    """Against the Bertrand equilibrium itself, solved before and after each firm improves."""
    base, cost = np.array([10.0, 8.0, 6.0]), np.ones(3)
    slopes = np.array([[-2.0, 0.5, 0.3], [0.5, -1.5, 0.4], [0.3, 0.4, -1.2]])

    def profit(better: Array) -> Array:
        # Net prices p − better move demand; each sets q_n + (p_n − c_n) ∂q_n/∂p_n = 0.
        own = np.diag(np.diag(slopes))
        p = np.linalg.solve(slopes + own, own @ cost - base + slopes @ better)
        return (p - cost) * (base + slopes @ (p - better))

    step = 1e-5
    stakes = np.transpose([(profit(step * e) - profit(-step * e)) / (2 * step) for e in np.eye(3)])
    p = np.linalg.solve(slopes + np.diag(np.diag(slopes)), np.diag(slopes) * cost - base)
    units = base + slopes @ p
    diversion = -slopes.T / np.diag(slopes)[:, None]
    np.fill_diagonal(diversion, 0.0)
    found = second_choice(units, diversion, prices="linear")
    np.testing.assert_allclose(found.stakes, stakes, rtol=1e-8)
    fixed = from_slopes(slopes, p - cost, units=units)
    close(fixed.stakes, second_choice(units, diversion).stakes)
    close(fixed.kept, [0.6, 0.4, 5 / 12])


def test_without_anybody_who_buys_nothing_no_gain_is_kept() -> None:
    found = logit([0.5, 0.3, 0.2], outside=0)
    close(found.weights, [0, 0, 0])
    assert "keeps anything" in found.warnings[0]


def test_margins_agree_with_second_choices_where_the_data_do() -> None:
    units, k = SHARES * 1000, 1 / (1 - SHARES)  # logit margins
    ratios = shares_diversion(SHARES)
    close(asymmetry(units, ratios, k), np.zeros((3, 3)))
    close(margins(units, ratios, k).stakes, second_choice(units, ratios).stakes)


def test_margins_of_a_printed_antitrust_example() -> None:
    units = np.array([650.0, 998.0, 1801.0])
    k = np.array([2.9, 3.4, 2.2]) * [0.435, 0.417, 0.370]
    found = margins(units, shares_diversion(units / units.sum()), k)
    close(found.damage[0], [0, 0.2359621410798498, 0.6112501789079458])
    close(found.weights, [-686.3517890109005, -1162.1441936506776, 1110.0984140627556])
    assert any("disagree by a factor of up to 2.63" in told for told in found.warnings)


def test_werden_compensating_cost_reductions() -> None:
    """Werden (1996), table 1: m d/((1 − m)(1 − d)) is what a diversion d and a margin m ask for."""
    printed = [  # percent; diversion .05 .1 .15 .2 .25 down, margin .4 .5 .6 .7 across
        [3.5, 5.3, 7.9, 12.3],
        [7.4, 11.1, 16.7, 25.9],
        [11.8, 17.6, 26.5, 41.2],
        [16.7, 25.0, 37.5, 58.3],
        [22.2, 33.3, 50.0, 77.8],
    ]
    for d, row in zip((0.05, 0.1, 0.15, 0.2, 0.25), printed, strict=True):
        lost = -margins([1, 1], [[0, d], [d, 0]], [1.0, 1.0]).stakes[0, 1]
        for m, said in zip((0.4, 0.5, 0.6, 0.7), row, strict=True):
            assert 100 * m / (1 - m) * lost / (1 - lost) == pytest.approx(said, abs=0.051)


def test_two_margins_tell_the_share_of_those_who_buy_nothing() -> None:
    assert outside_share(SHARES, 3.0 / (1 - SHARES)) == pytest.approx(0.22, rel=1e-12)
    with pytest.raises(InvalidInputError, match="explains `margins` 1 and 2"):
        outside_share([3.0, 2.0], [1.0, 2.0])


def test_hospitals_under_tariffs() -> None:
    won_from = [[0, 0.45, 0.25], [0.5, 0, 0.2], [0.4, 0.3, 0]]
    found = tariff([12_000, 8000, 5000], [700, 500, 600], won_from, response=0.01)
    close(found.weights, [42_000, 5500, 2400])
    cared = tariff([12_000, 8000, 5000], [700, 500, 600], won_from, response=0.01, mission=20)
    close(cared.value - found.value, [240_000, 160_000, 100_000])
    close(cared.damage[0], [0, 0.14, 14 / 130])


def test_a_race_is_the_derivative_of_who_wins_it() -> None:
    h, prize, r, theta = np.array([0.10, 0.06, 0.04]), np.array([800.0, 800.0, 600.0]), 0.08, 0.2

    def worth(gain: Array) -> Array:
        rate = h * np.exp(theta * gain)
        return prize * rate / (r + rate.sum())

    step = 1e-5
    stakes = np.transpose([(worth(step * e) - worth(-step * e)) / (2 * step) for e in np.eye(3)])
    found = race(h, prize, discount=r, speed=theta)
    np.testing.assert_allclose(found.stakes, stakes, rtol=1e-8)
    close(found.kept, (r / (r + h.sum())) / (1 - h / (r + h.sum())))
    close(race(h, 800.0, discount=0).weights, [0, 0, 0])


def test_displaced_fraud_goes_where_others_are_exposed() -> None:
    found = displaced([10.0, 20.0, 5.0], [0.5, 0.3, 0.2], 1.0)
    close(found.damage.sum(axis=0), [1, 1, 1])  # all of it, to somebody


def test_reconciled_data_that_agree_stay_as_they_are() -> None:
    ratios = shares_diversion(SHARES)
    counts = np.hstack([ratios, 1 - ratios.sum(axis=1, keepdims=True)])
    scale = 82 * 75 * 65 * 4
    counts = np.round(counts * scale)
    units, k = SHARES * 1000, 1 / (1 - SHARES)
    found = reconcile(units, counts, k, 0.1 * k)
    np.testing.assert_allclose(found.damage, second_choice(units, ratios).damage, rtol=1e-5)
    assert found.test is not None
    assert found.test[0] < 0.01
    assert found.test[1] == 3
    assert found.test[2] == pytest.approx(1.0, abs=1e-3)


def test_reconciled_draws_spread_less_than_either_source() -> None:
    ratios = shares_diversion(SHARES)
    counts = np.round(100 * np.hstack([ratios, 1 - ratios.sum(axis=1, keepdims=True)]))
    units, k = SHARES * 1000, 1 / (1 - SHARES)
    _, survey = second_choice(units, counts).draws(4000)
    _, both = reconcile(units, counts, k, 0.02 * k).draws(4000)
    assert (both.std(axis=0)[0, 1:] < survey.std(axis=0)[0, 1:]).all()


def test_survey_draws_have_the_spread_of_a_dirichlet() -> None:
    counts = [[0, 30, 70], [50, 0, 50]]
    value, damage = second_choice([350, 250], counts, wtp=(2.0, 0.2)).draws(40_000)
    a, b = 30.5, 70.5
    kept = 1 - damage[:, 0, 1] * 250 / 350
    spread = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    assert kept.mean() == pytest.approx(b / (a + b), abs=5 * spread / 200)
    assert kept.std() == pytest.approx(spread, rel=0.02)
    assert value[:, 0].std() == pytest.approx(70.0, rel=0.02)
    assert (value[:, 0] / value[:, 1]).std() < 1e-12  # one wtp for all


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: second_choice([1, 2], [[0.0, 1.2], [0.5, 0.0]]), "firm 1 must sum to at most 1"),
        (lambda: second_choice([1, 2], [[0.1, 0.5], [0.5, 0.0]]), "to itself must be 0"),
        (lambda: second_choice([1, 2], [[0, 0, 0], [1, 0, 2]]), "nobody answered"),
        (lambda: second_choice([1, 2], [[0.0, 1.5, 2.0], [1.0, 0.0, 2.0]]), "whole numbers"),
        (lambda: second_choice([1, -2], [[0, 0.5], [0.5, 0]]), "`units` of firm 2 must be"),
        (lambda: second_choice([1, 2], [[0, 0.5], [0.5, 0]], prices=1.5), "pass-through must"),
        (lambda: second_choice([1, 2], [[0, 0.5], [0.5, 0]], prices="logit"), "needs `shares`"),
        (lambda: margins([1, 2], [[0, 0.5], [0.5, 0]], [0.5, -1]), "`margin` of firm 2 must be"),
        (lambda: logit([1, 2], outside=1.0), r"`outside` must be in \[0, 1\)"),
        (lambda: logit([1, 2], outside=(0.5, 0.2)), r"must be \[low, high\]"),
        (lambda: reconcile([1, 2], [[0, 0.5], [0.5, 0]], 1, 1), "numbers of answers"),
        (lambda: from_slopes([[1.0, 0.0], [0.0, -1.0]], [1, 1]), "must be negative"),
        (lambda: race([1, 2], 5, discount=-1), "`discount`"),
        (lambda: displaced([1, 2], [0.6, 0.6], 1), "`exposure` must sum to at most 1"),
        (lambda: second_choice([1, 2], [[0, 0.5], [0.5, 0]], firms=["A", "A"]), "distinct names"),
    ],
)  # fmt: skip
def test_wrong_data_are_one_sentence(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make()
