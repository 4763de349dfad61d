"""Bad rows are reported by index and field, the others are solved; bad shapes are one sentence."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from coopetition.games import InvalidInputError, TabulatedGain, UnsupportedGameError
from coopetition.games.coopetition.competition import LowRankCompetition
from coopetition.solvers import plan_many, solve, solve_many
from coopetition.solvers.batch import RowStatus
from tests.instances import SYMMETRIC

FIELDS = {
    "local_data": 1500.0, "max_contribution": 2e4, "value": 1e3, "unit_cost": 1e-3,
    "quadratic_cost": 2e-6, "fixed_cost": 1.0, "quality": 1.0, "skew": 0.5, "damage": 0.08,
    "rivalry": 10.0, "personal_weight": 0.01, "gain.ceiling": 1.0, "gain.scale": 2.0,
    "gain.exponent": 0.35, "gain.offset": 0.0, "transfer_slope": 0.0, "transfer_bend": 0.0,
}  # fmt: skip


CASES = [(field, bad) for field in FIELDS for bad in (np.nan, np.inf, -1.0)]
SIGNED = [("gain.ceiling", -1.0), ("transfer_slope", -1.0)]


@pytest.mark.parametrize(("field", "bad"), [case for case in CASES if case not in SIGNED])
def test_one_bad_row_among_ten_thousand(field: str, bad: float) -> None:
    rows = 10_000 if np.isnan(bad) else 50
    column = np.full(rows, FIELDS[field])
    column[37] = bad
    found = solve_many(SYMMETRIC, {field: column})
    assert list(found.failed) == [37]
    assert found.failed[37].startswith(f"row 37: `{field}`")
    assert found.status[37] is RowStatus.FAILED
    assert not found.success[37]
    assert np.isnan(found.profiles[37]).all()
    assert found.success.sum() == rows - 1
    assert np.isfinite(np.delete(found.payoffs, 37, axis=0)).all()


def test_the_organization_is_named() -> None:
    cost = np.full((3, 6), 0.001)
    cost[1, 4] = -2.0
    found = solve_many(SYMMETRIC, {"unit_cost": cost})
    assert found.failed[1] == (
        "row 1: `unit_cost` of organization 5 must be finite and at least 0, got -2"
    )


def test_matrices_are_checked_row_by_row() -> None:
    damage = np.full((3, 6, 6), 0.05) * (1.0 - np.eye(6))
    damage[1, 2, 3], damage[2, 4, 4] = np.nan, 0.1
    found = plan_many(SYMMETRIC, {"damage": damage})
    assert list(found.failed) == [1, 2]
    assert "finite non-negative" in found.failed[1]
    assert "zero diagonal" in found.failed[2]
    assert found.success.tolist() == [True, False, False]


def test_rows_that_the_curve_does_not_reach() -> None:
    curve = TabulatedGain([8000, 12_000, 20_000, 60_000], [0.5, 0.7, 0.8, 0.9])
    game = SYMMETRIC.replace(gain=curve, max_contribution=8000.0)
    found = solve_many(game, {"max_contribution": [8000.0, 9000.0, 0.0]})
    assert list(found.failed) == [1]
    assert "is known for 8000 to 60000" in found.failed[1]
    assert found.profiles[2].tolist() == [0.0] * 6
    bare = solve_many(SYMMETRIC, {"local_data": [0.0, 1500.0]})
    assert "infinite without data" in bare.failed[0]


def test_all_rows_may_be_bad() -> None:
    found = solve_many(SYMMETRIC, {"value": [np.nan, -1.0]})
    assert len(found.failed) == 2
    assert not found.success.any()
    assert str(found).startswith("2: not solved")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "at least one field"),
        ({"price": [1.0]}, "got 'price'"),
        ({"gain.rate": [1.0]}, "got 'gain.rate'"),
        ({"value": 5.0}, r"shape \(B,\) or \(B, 6\)"),
        ({"value": np.ones((2, 5))}, r"float64 of shape \(2, 5\)"),
        ({"damage": np.ones((2, 6))}, r"\(B,\) or \(B, 6, 6\)"),
        ({"personal_weight": np.ones((2, 6))}, r"shape \(B,\), B ≥ 1"),
        ({"value": []}, "B ≥ 1"),
        ({"value": ["many"]}, "must hold numbers"),
        ({"value": [True]}, "must hold numbers"),
        ({"value": [[1.0, 2.0], [3.0]]}, "must hold numbers"),
        ({"value": [1.0, 2.0], "skew": [0.5]}, "value 2, skew 1"),
    ],
)
def test_wrong_shapes_are_one_sentence(changes: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        solve_many(SYMMETRIC, changes)
    assert "\n" not in str(caught.value)


def test_wrong_games_and_tolerances() -> None:
    with pytest.raises(UnsupportedGameError, match="needs a CoopetitionRound"):
        solve_many(SYMMETRIC.form, {"value": [1.0]})
    with pytest.raises(InvalidInputError, match="`tol` must be at least 0"):
        solve_many(SYMMETRIC, {"value": [1.0]}, tol=float("nan"))


def test_every_form_of_competition_is_kept() -> None:
    """Rows inherit a sparse or low-rank damage from the round."""
    sectors = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    low = LowRankCompetition(0.3 * sectors, sectors)
    matrix = 0.3 * sectors @ sectors.T * (1.0 - np.eye(6))
    for damage in (matrix, sparse.csr_array(matrix), low):
        game = SYMMETRIC.replace(damage=damage, rivalry=damage, personal_weight=0.05, skew=1.0)
        value = np.random.default_rng(0).uniform(500.0, 1500.0, (4, 6))
        found = solve_many(game, {"value": value})
        for row in range(4):
            alone = solve(game.replace(value=value[row]))
            assert found.profiles[row] == pytest.approx(alone.profile, rel=1e-9)
            assert found.payoffs[row] == pytest.approx(alone.payoffs, rel=1e-12)
