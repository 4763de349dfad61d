"""`solve_many` against `solve`, closed forms, an optimality check of every row, and itself."""

from collections import defaultdict
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import AggregateForm, CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.solvers import Status, solve, solve_many
from coopetition.solvers.aggregate.aggregate import fill as fill_one
from coopetition.solvers.batch import RowStatus
from coopetition.solvers.batch.forms import CurveOfRows, Curves, parameters
from coopetition.solvers.batch.newton import fill
from coopetition.studies import prices_many
from tests.instances import SYMMETRIC, heavy_tailed_form, payoff_scale
from tests.solvers.aggregate.test_aggregate import violation
from tests.solvers.batch.variations import game_of, round_of, varied
from tests.solvers.test_choose import mixed_game


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_each_row_is_what_solve_finds(seed: int) -> None:
    """All families, ties, linear costs, X = 0, personal gains, rivalry, damage, own parts."""
    game, changes = varied(seed, 5)
    found = solve_many(game, changes)
    assert not found.failed
    for row in range(5):
        one = game_of(game, changes, row)
        alone = solve(one)
        assert found.success[row] == alone.success
        if alone.status is Status.NO_PURE_EQUILIBRIUM:
            assert found.status[row] is RowStatus.NO_PURE_EQUILIBRIUM
            continue
        own = round_of(game, changes, row)
        scale = payoff_scale(own, alone.profile)
        omega = float(own.form.aggregate(alone.profile))
        assert found.effective_data[row] == pytest.approx(omega, rel=1e-9)
        assert found.tolerance[row] == pytest.approx(alone.certificate.tolerance, rel=1e-6)
        assert (found.regret[row] <= found.tolerance[row]).all()
        assert found.payoffs[row] == pytest.approx(
            own.payoffs(found.profiles[row]), abs=1e-11 * scale
        )
        assert found.welfare[row] == pytest.approx(found.payoffs[row].sum())
        assert found.gain[row] == pytest.approx(float(own.gain.value(omega)), rel=1e-9, abs=1e-12)
        if own.gain.strictly_concave:
            assert bool(found.unique[row]) == bool(alone.unique)
        if alone.unique:
            near = 1e-7 * own.max_contribution.max()
            assert found.profiles[row] == pytest.approx(alone.profile, abs=near)


def grouped(count: int) -> list[list[AggregateForm]]:
    """Sort heavy-tailed forms by family and size, so that each group is one batch."""
    groups: dict[Any, list[AggregateForm]] = defaultdict(list)
    for seed in range(count):
        form = heavy_tailed_form(seed)
        groups[type(form.gain), form.upper.size].append(form)
    return [group if len(group) > 1 else 2 * group for group in groups.values()]


def stacked(group: list[AggregateForm]) -> AggregateForm:
    """Make one batch of forms of one family and size."""
    gain: Any = group[0].gain
    numbers = {name: np.array([getattr(f.gain, name) for f in group]) for name in parameters(gain)}
    names = [part.name for part in fields(AggregateForm) if part.name not in ("gain", "base")]
    columns = {k: np.stack([getattr(form, k) for form in group], axis=1).T for k in names}
    base = np.array([form.base for form in group])
    return AggregateForm(gain=CurveOfRows(Curves.of(gain, numbers)), base=base, **columns)


def test_heavy_tailed_forms() -> None:
    """Parameters over ten decades, where Newton alone goes in circles: every row is optimal."""
    for group in grouped(1500):
        with np.errstate(all="ignore"):
            filled = fill(stacked(group))
        assert not filled.open.any()
        for column, form in enumerate(group):
            x, single = filled.profile[column], fill_one(form)
            assert violation(form, x) <= 1e-12
            assert form.aggregate(x) == pytest.approx(form.aggregate(single.profile), rel=1e-9)
            assert filled.unique[column] == single.unique


def ten_by(rows: int) -> tuple[CoopetitionRound, dict[str, Array]]:
    """Draw many rounds of ten with square-root gain, some at each bound and some between."""
    rng = np.random.default_rng(0)
    game = CoopetitionRound(
        gain=PowerGain(1.0, 100.0, 0.5), local_data=np.full(10, 1000.0), max_contribution=1000.0,
        value=1000.0, unit_cost=0.03, quadratic_cost=3e-5, damage=0.03,
    )  # fmt: skip
    shape = (rows, 10)
    return game, {
        "value": rng.uniform(500.0, 1500.0, shape),
        "unit_cost": rng.uniform(0.0, 0.05, shape),
        "quadratic_cost": rng.uniform(1e-5, 6e-5, shape),
        "quality": rng.uniform(0.5, 1.0, shape),
        "damage": rng.uniform(0.0, 0.05, rows),
    }


def test_every_row_of_ten_thousand_is_optimal() -> None:
    """The KKT conditions of each row, from the formula: no marginal payoff that no bound stops."""
    game, c = ten_by(10_000)
    found = solve_many(game, c)
    x, value = found.profiles, c["value"]
    weight = value - c["damage"][:, None] * (value.sum(axis=1, keepdims=True) - value)
    omega = 10_000.0 + (c["quality"] * x).sum(axis=1, keepdims=True)
    pull = weight * c["quality"] * 50.0 * omega**-1.5
    slope = pull - c["unit_cost"] - c["quadratic_cost"] * x
    size = np.abs(pull) + c["unit_cost"] + c["quadratic_cost"] * x
    stopped = np.where(slope > 0, x >= 1000.0, x <= 0.0)
    assert np.where(stopped, 0.0, np.abs(slope) / size).max() <= 1e-13
    assert 0.2 < ((x > 0) & (x < 1000.0)).mean() < 0.9
    assert set(found.status) == {RowStatus.TOGETHER}
    assert found.success.all()
    assert found.unique.all()


def test_linear_cost_of_one_organization_has_a_closed_form() -> None:
    """P′(D + x) = a/p, with exponents and costs that differ from row to row."""
    exponent, cost = np.linspace(0.2, 1.5, 40), np.geomspace(1e-3, 1.0, 40)
    game = CoopetitionRound(
        gain=PowerGain(1.0, 30.0, 0.5), local_data=[100.0], max_contribution=5000.0, value=1000.0
    )
    found = solve_many(game, {"gain.exponent": exponent, "unit_cost": cost})
    omega = (1000.0 * 30.0 * exponent / cost) ** (1.0 / (1.0 + exponent))
    assert found.profiles[:, 0] == pytest.approx(np.clip(omega - 100.0, 0.0, 5000.0), rel=1e-11)
    assert found.unique.all()


def test_ties_are_filled_proportionally_and_said_not_to_be_unique() -> None:
    game = SYMMETRIC.replace(quadratic_cost=0.0, damage=0.0, max_contribution=np.arange(1, 7) * 1e3)
    found = solve_many(game, {"unit_cost": [0.002, 0.0021, 1.0]})
    share = found.profiles / game.max_contribution
    assert share == pytest.approx(np.repeat(share[:, :1], 6, axis=1))
    assert 0 < share[0, 0] < 1
    assert found.unique.tolist() == [False, False, True]
    assert 1000.0 * game.gain.slope(found.effective_data[:2]) == pytest.approx([0.002, 0.0021])


def test_competition_and_skew_move_contributions_as_theory_says() -> None:
    """The symmetric game of the model's documentation: damage, redistribution, rivalry, skew."""
    level = np.array([0.0, 0.02, 0.05, 0.1, 0.15])
    game = SYMMETRIC.replace(personal_weight=0.05, skew=1.0, damage=0.0)
    first = {
        "damage": {"damage": level},
        "redistributed": {"damage": level, "transfer_slope": 0.02 * 5 * level},
        "rivalry": {"rivalry": 1000.0 * level},
    }
    found = {name: solve_many(game, c).profiles[:, 0] for name, c in first.items()}
    assert found["damage"].round().tolist() == [2403, 2385, 2357, 2311, 2264]
    assert found["redistributed"].round().tolist() == [2403, 2838, 3645, 5392, 7499]
    assert found["rivalry"].round().tolist() == [2403, 2502, 2641, 2852, 3042]
    skewed = solve_many(game.replace(rivalry=50.0), {"skew": [0.0, 0.5, 1.0, 1.6]})
    assert skewed.profiles[:, 0].round().tolist() == [552, 1968, 2641, 3215]


def test_rows_with_negative_weights_are_solved_alone_and_say_so() -> None:
    """Two-player games in which the rival's profit may matter more, one without equilibrium."""
    statuses = set()
    for seed in (0, 5, 9, 192):
        one = mixed_game(seed)
        own: Any = one if isinstance(one, CoopetitionRound) else one.base  # type: ignore[attr-defined]
        slope, bend = one.form.linear - own.form.linear, one.form.curvature - own.form.curvature
        changes = {
            "value": own.value[None],
            "transfer_slope": slope[None],
            "transfer_bend": bend[None],
        }
        found, alone = solve_many(own, changes), solve(one)
        statuses.add(found.status[0])
        assert found.success[0] == alone.success
        assert (0 in found.notes) == (found.status[0] is not RowStatus.TOGETHER)
        if alone.success:
            assert found.profiles[0] == pytest.approx(alone.profile, rel=1e-6, abs=1e-6)
    assert RowStatus.ALONE in statuses
    assert RowStatus.NO_PURE_EQUILIBRIUM in statuses


def test_what_must_be_solved_alone_is_left_if_asked() -> None:
    """The others keep their bits, and the rows that are left say so."""
    game = SYMMETRIC.replace(value=[1000.0] * 5 + [300.0], quadratic_cost=1e-7)
    changes = {"damage": np.array([0.0, 0.09, 0.05]), "transfer_slope": np.array([0.0, 0.01, 0.0])}
    full, some = solve_many(game, changes), solve_many(game, changes, alone=False)
    assert [status is RowStatus.TOGETHER for status in full.status] == [True, False, True]
    assert some.failed == {1: "row 1: needs `solve`, one by one"}
    assert np.isnan(some.profiles[1]).all()
    assert np.array_equal(some.profiles[::2], full.profiles[::2])
    crowded = {"damage": np.array([0.0, 0.5])}
    priced = prices_many(game, crowded, alone=False)
    assert (list(priced.priced.failed), list(priced.plans.failed)) == ([1], [])
    assert np.isnan(priced.transfer[1]).all()
    assert priced.priced.success[0]


def test_dominated_organizations_stay_with_the_others() -> None:
    """A negative weight where 0 is dominant needs no search: the row is solved with all others."""
    game = SYMMETRIC.replace(value=[1000.0] * 5 + [1.0])
    found = solve_many(game, {"damage": [0.0, 0.08, 0.1]})
    assert (game.replace(damage=0.1).weights < 0).any()
    assert set(found.status) == {RowStatus.TOGETHER}
    assert found.profiles[1:, 5].tolist() == [0.0, 0.0]
    for row, damage in enumerate((0.0, 0.08, 0.1)):
        alone = solve(game.replace(damage=damage))
        assert found.profiles[row] == pytest.approx(alone.profile, rel=1e-9)


def test_a_loose_or_impossible_tolerance_is_taken_at_its_word() -> None:
    game, changes = ten_by(3)
    assert (solve_many(game, changes, tol=1.0).tolerance == 1.0).all()
    strict = solve_many(game, changes, tol=0.0)
    assert (strict.success == (strict.regret <= 0.0).all(axis=1)).all()
    certified = [status in (RowStatus.TOGETHER, RowStatus.ALONE) for status in strict.status]
    assert certified == strict.success.tolist()
    assert not all(certified)


def test_a_rule_counts_in_the_regret_but_not_in_the_payoffs() -> None:
    game, changes = ten_by(4)
    changes["transfer_slope"] = np.full(4, 0.01)
    found = solve_many(game, changes)
    bare = solve_many(game, {k: v for k, v in changes.items() if k != "transfer_slope"})
    assert (found.effective_data > bare.effective_data).all()
    for row in range(4):
        own = round_of(game, changes, row)
        assert found.payoffs[row] == pytest.approx(own.payoffs(found.profiles[row]))
