"""The two-type menu: closed form, brute force, and what it promises each type."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError, PowerGain
from coopetition.mechanisms.reported import CostType, Menu, screening_menu


def linear_benefit(s: float, low: float, high: float, share: float, top: float = 1e6) -> Menu:
    return screening_menu(
        benefit=lambda x: s * x, marginal=lambda x: s, low=CostType(0.0, low),
        high=CostType(0.0, high), share=share, top=top,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0.5, 50.0), st.floats(0.1, 5.0), st.floats(0.1, 5.0), st.floats(0.05, 0.95)
)  # fmt: skip
def test_quadratic_costs_have_a_closed_form(s: float, low: float, gap: float, share: float) -> None:
    """x_L = s/b_L, x_H = s/(b_H + ν/(1−ν) Δb), rent Δb x_H²/2, payments cost plus rent."""
    high = low + gap
    menu = linear_benefit(s, low, high, share)
    x_low, x_high = s / low, s / (high + share / (1 - share) * gap)
    rent = gap * x_high**2 / 2
    assert menu.contributions == pytest.approx((x_low, x_high), rel=1e-9)
    assert menu.rents == pytest.approx((rent, 0.0), rel=1e-8)
    assert menu.payments == pytest.approx(
        (low * x_low**2 / 2 + rent, high * x_high**2 / 2), rel=1e-8
    )
    assert menu.efficient == pytest.approx((s / low, s / high), rel=1e-9)
    assert menu.distortion > 0
    expected = share * s**2 / (2 * low) + (1 - share) * s * x_high / 2
    assert menu.expected == pytest.approx(expected, rel=1e-8)
    assert menu.expected < menu.informed
    assert min(menu.slack) >= -1e-9 * s * x_low
    assert menu.slack[0] == pytest.approx(0.0, abs=1e-9 * s * x_low)  # low is just indifferent
    assert menu.slack[3] == pytest.approx(0.0, abs=1e-9 * s * x_low)  # high just takes part


@pytest.mark.parametrize("seed", range(6))
def test_no_other_menu_on_a_grid_is_better(seed: int) -> None:
    """All contributions on a grid, with the cheapest payments found by a linear program's corner.

    For x_L, x_H the payments must satisfy four inequalities; the cheapest are found by trying
    every pair of them as equalities.
    """
    rng = np.random.default_rng(seed)
    gain, base, worth = PowerGain(1.0, 2.0, 0.35), 1500.0, 3000.0
    low = CostType(float(rng.uniform(0.0, 0.02)), float(rng.uniform(0.0, 1e-5)))
    high = CostType(
        low.unit + float(rng.uniform(0.005, 0.05)), low.quadratic + float(rng.uniform(0, 1e-5))
    )
    share, top = float(rng.uniform(0.1, 0.9)), 4000.0

    def benefit(x: float) -> float:
        return worth * float(gain.value(base + x) - gain.value(base))

    menu = screening_menu(
        benefit=benefit, marginal=lambda x: worth * float(gain.slope(base + x)),
        low=low, high=high, share=share, top=top,
    )  # fmt: skip
    grid = np.linspace(0.0, top, 41)
    best = -np.inf
    for x, y in ((float(a), float(b)) for a in grid for b in grid):
        rows = [  # each: a_L t_L + a_H t_H ≥ bound
            (1.0, 0.0, low.cost(x)),
            (0.0, 1.0, high.cost(y)),
            (1.0, -1.0, low.cost(x) - low.cost(y)),
            (-1.0, 1.0, high.cost(y) - high.cost(x)),
        ]
        for i in range(4):
            for j in range(i):
                a = np.array([rows[i][:2], rows[j][:2]])
                if abs(np.linalg.det(a)) < 1e-12:
                    continue
                t = np.linalg.solve(a, [rows[i][2], rows[j][2]])
                if all(r[0] * t[0] + r[1] * t[1] >= r[2] - 1e-9 for r in rows):
                    worth_it = share * (benefit(x) - t[0]) + (1 - share) * (benefit(y) - t[1])
                    best = max(best, worth_it)
    assert best <= menu.expected + 1e-9
    assert best >= menu.expected - 0.05 * abs(menu.expected)  # the grid comes near
    assert min(menu.slack) >= -1e-9


def test_a_likely_low_type_shuts_the_high_type_out() -> None:
    menu = screening_menu(
        benefit=lambda x: 10 * x - x * x, marginal=lambda x: 10 - 2 * x,
        low=CostType(1.0), high=CostType(5.0), share=0.8, top=10.0,
    )  # fmt: skip
    assert menu.excludes
    assert menu.rents == (0.0, 0.0)
    assert menu.contributions[0] == pytest.approx(4.5)
    capped = linear_benefit(10.0, 0.1, 0.2, 0.5, top=7.0)
    assert capped.contributions == (7.0, 7.0)
    assert capped.distortion == 0.0


def test_a_benefit_that_is_infinitely_steep_at_zero() -> None:
    menu = screening_menu(
        benefit=lambda x: 2 * np.sqrt(x), marginal=lambda x: np.inf if x == 0 else x**-0.5,
        low=CostType(1.0), high=CostType(2.0), share=0.5, top=10.0,
    )  # fmt: skip
    assert menu.contributions == pytest.approx((1.0, 1.0 / 9.0))


def test_bad_input() -> None:
    with pytest.raises(InvalidInputError, match="`share` must be strictly between 0 and 1"):
        linear_benefit(1.0, 1.0, 2.0, 1.0)
    with pytest.raises(InvalidInputError, match="`high` must cost more than `low`"):
        linear_benefit(1.0, 2.0, 1.0, 0.5)
    with pytest.raises(InvalidInputError, match="`marginal` must not rise"):
        screening_menu(
            benefit=lambda x: x * x, marginal=lambda x: 2 * x, low=CostType(0.1),
            high=CostType(0.2), share=0.5, top=1.0,
        )  # fmt: skip
    with pytest.raises(InvalidInputError, match="`top` must be finite and positive"):
        linear_benefit(1.0, 1.0, 2.0, 0.5, top=0.0)
    with pytest.raises(InvalidInputError, match="`unit` must be"):
        CostType(-1.0)
