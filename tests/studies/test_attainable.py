"""The share of the attainable gain, where all three welfares are known by hand.

With a straight gain curve, s money a sample to each of N, and costs b x²/2, contributions are s/b
without a rule and N s/b at the planner's optimum. Per s²/b, what is gained over nobody generating
is then N² − N/2 and N³/2, and the share (2N − 1)/N².
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from coopetition.output.numbers import attainable_share, share
from coopetition.solvers import solve_planner
from coopetition.studies import run_study
from coopetition.studies.batch.prices import prices_many
from coopetition.studies.batch.study import study_many
from coopetition.studies.compare.compare import compare
from coopetition.studies.design.design import design
from coopetition.studies.design.grid_search import SearchRange
from coopetition.studies.design.tune_rule import tune
from coopetition.studies.report.headline import welfare_words
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.sweep.cell import solve_cells
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis
from tests.studies.quadratic import DATA, GAINS, paying, quadratic


def grid(*axes: str, size: int = 2, **columns: float) -> Grid:
    """Return a sweep of the same round."""
    own = {"local_data": 100, "value": 1000, "max_contribution": 1000, "quadratic_cost": 0.01}
    content = {
        "gain": {"family": "tabulated", "data": DATA, "gains": GAINS},
        "organization": [{"name": f"organization {n + 1}", **own, **columns} for n in range(size)],
    }
    return Grid(content, [read_axis(axis) for axis in axes])


def test_two_that_are_known_by_hand() -> None:
    study = run_study(quadratic())
    assert study.planner.nobody == pytest.approx(400.0)
    assert (study.welfare, study.planner.welfare) == pytest.approx((700.0, 800.0))
    assert study.efficiency == pytest.approx(0.875)
    assert study.attainable_share == pytest.approx(0.75, rel=1e-9)
    said = study.to_dict()
    assert said["attainable_share"] == study.attainable_share
    assert said["planner"]["nobody"] == study.planner.nobody


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_the_formula_in_the_number_of_organizations(size: int) -> None:
    study = run_study(quadratic(size))
    assert study.attainable_share == pytest.approx((2 * size - 1) / size**2, rel=1e-8)
    assert (share(study.attainable_share) == "1") is (size == 1)


@pytest.mark.parametrize(("fixed", "part"), [(0.0, 0.875), (190.0, 0.32 / 0.42), (1e4, None)])
def test_what_nobody_can_change_moves_efficiency_only(fixed: float, part: float | None) -> None:
    """Also where all three welfares are negative, so that nothing is a share of the planner's."""
    study = run_study(quadratic(fixed_cost=fixed))
    assert study.efficiency == (None if part is None else pytest.approx(part, rel=1e-9))
    assert study.attainable_share == pytest.approx(0.75, rel=1e-7)


def test_the_planner_at_nothing_leaves_no_share() -> None:
    """A sample costs 3 and brings the two of them 2."""
    study = run_study(quadratic(unit_cost=3.0))
    assert not study.planner.profile.any()
    assert study.planner.welfare == study.planner.nobody
    assert study.attainable_share is None
    assert welfare_words(study.welfare, study.planner, "EUR") == (
        "Welfare 400.00 EUR (the planner's 400.00): over nobody generating there is no gain to "
        "attain"
    )


def test_less_than_nobody_is_a_negative_share() -> None:
    """Paid 3 a sample on top, each contributes 400: Ω = 1000, and the costs are 1600."""
    study = run_study(quadratic(), paying(3.0))
    assert study.contribution == pytest.approx([400.0, 400.0])
    assert study.welfare == pytest.approx(2000.0 - 1600.0)
    assert study.attainable_share == pytest.approx(0.0, abs=1e-9)
    study = run_study(quadratic(), paying(4.0))
    assert study.attainable_share == pytest.approx((2400.0 - 2500.0 - 400.0) / 400.0, rel=1e-9)


def test_what_is_not_the_optimum_never_reads_as_it() -> None:
    for missing in (1e-3, 1e-5, 2e-7):
        found = attainable_share(100.0 - missing, 100.0, 0.0, 1e-9)
        assert found is not None
        assert found < 1
        assert share(found) != "1"
    # Rounding alone: of welfares that are a million times what is gained.
    assert attainable_share(1e6 + 1 - 1e-10, 1e6 + 1, 1e6, 1e-9) == 1.0
    assert attainable_share(1.5, 1.0, 0.0, 1e-9) == 1.0


@pytest.mark.parametrize(
    ("best", "nobody"),
    [(1.0, 1.0), (1.0, 2.0), (1e6 + 1e-7, 1e6), (1.0 + 1e-9, 1.0), (1.0, -np.inf), (np.nan, 0.0)],
)
def test_a_gain_that_is_none_or_rounding_has_no_share(best: float, nobody: float) -> None:
    assert attainable_share(1.0, best, nobody, 1e-8) is None


def test_a_gap_of_the_planner_is_said_as_a_range() -> None:
    best = replace(solve_planner(quadratic()), gap=100.0)
    assert best.attainable_share(700.0) == pytest.approx(0.75)
    assert best.attainable_range(700.0) == pytest.approx((0.6, 0.75))
    assert best.attainable_range(300.0) == pytest.approx((-0.25, -0.2))
    said = welfare_words(700.0, best, "EUR")
    assert ": 60.00 to 75.00 % of the attainable gain over nobody generating (0.875 of " in said
    assert said.endswith("800.00, or less)")
    endless = replace(best, gap=math.inf).attainable_range(700.0)
    assert endless == pytest.approx((0.0, 0.75))


def test_every_row_of_a_comparison() -> None:
    table = compare(quadratic(), draws=200)
    assert table["VCFL"].attainable_share == 0.0
    assert table["WPR"].attainable_share == pytest.approx(0.75)
    assert table["WCO"].attainable_share == pytest.approx(0.75)
    assert table["bilateral-prices"].attainable_share == pytest.approx(1.0)
    for name in ("planner", "k-implementation"):
        assert table[name].attainable_share == 1.0
    drawn = table["RaDG"]
    assert drawn.attainable_share == pytest.approx((drawn.welfare - 400.0) / 400.0)
    assert drawn.welfare < 400.0  # half of 1000 is far too much
    by_header, by_key = (
        [row.rule for row in table.sorted_by(column).rows]
        for column in ("of attainable", "attainable-share")
    )
    assert by_header == by_key
    found = [table[name].attainable_share for name in by_key]
    known = [one for one in found if one is not None]
    assert known == pytest.approx(sorted(known, reverse=True), abs=1e-8)
    assert found[len(known) :] == [None] * (len(found) - len(known))  # Walker's rule needs three
    assert " of attainable " in str(table).splitlines()[1]


def test_sweeps_have_the_same_column_together_and_alone() -> None:
    cells = grid("organization.*.quadratic_cost=0.01,0.013,0.017", size=9, unit_cost=0.3)
    many = solve_cells(cells, range(3))
    assert all(solve_cells(cells, [row.cell])[0] == row for row in many)  # to the last bit
    for row in many:
        game = quadratic(9, unit_cost=0.3, quadratic_cost=row.values[0])
        assert row.attainable_share == pytest.approx(run_study(game).attainable_share, rel=1e-7)


def test_a_sweep_to_where_nobody_should_generate() -> None:
    rows = solve_cells(grid("organization.*.unit_cost=0,3"), range(2))
    assert rows[0].attainable_share == pytest.approx(0.75)
    assert (rows[1].attainable_share, rows[1].efficiency) == (None, 1.0)
    assert [row.status for row in rows] == ["converged"] * 2


def test_batches_have_the_numbers_of_sweeps() -> None:
    """Bit for bit: one function of the same four numbers."""
    costs = np.array([0.0, 0.4, 3.0])
    found = study_many(quadratic(), {"unit_cost": costs})
    rows = solve_cells(grid("organization.*.unit_cost=0,0.4,3"), range(3))
    wanted = [np.nan if r.attainable_share is None else r.attainable_share for r in rows]
    assert np.array_equal(found.attainable_share, wanted, equal_nan=True)
    assert np.array_equal(found.columns()["attainable_share"], wanted, equal_nan=True)
    without, priced = prices_many(quadratic(), {"unit_cost": costs}).attainable_share
    assert np.array_equal(without, wanted, equal_nan=True)
    assert priced[:2] == pytest.approx([1.0, 1.0])
    assert np.isnan(priced[2])


def test_designs_and_tuned_rules() -> None:
    found = design(quadratic())
    assert found.attainable_share == pytest.approx(1.0)
    assert found.to_dict()["attainable_share"] == found.attainable_share
    more = design(quadratic(), "contribution")
    game = more.game
    assert more.welfare == pytest.approx(float(game.welfare(more.target.profile)))
    assert more.attainable_share == pytest.approx((more.welfare - 400.0) / 400.0)
    damaged = quadratic(damage=0.2)
    tuned = tune(
        damaged,
        MechanismSettings("redistribution", rate=0.0),
        [SearchRange("mechanism.rate", 0.0, 10.0)],
    )
    said = tuned.to_dict()
    assert said["attainable_share"] == tuned.study.attainable_share == pytest.approx(1.0, abs=1e-6)
