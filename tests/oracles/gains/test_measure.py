"""Designs, measurements and counts of shape."""

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.measure import Measurements, design_alone, design_profiles, measure
from coopetition.oracles.gains.shape_report import Counts, shape_report
from coopetition.oracles.protocol.oracle import FunctionOracle


def additive(x: np.ndarray, seed: int, coalition: tuple[int, ...] | None) -> float:
    return float(x @ [1.0, 10.0]) + 0.001 * seed + (100.0 if coalition is None else 0.0)


ORACLE = FunctionOracle(function=additive, upper=(9.0, 9.0))


def test_every_profile_meets_every_seed() -> None:
    seen: list[tuple[int, int | None]] = []
    found = measure(
        ORACLE,
        [[1.0, 2.0], [3.0, 4.0]],
        seeds=[5, 2, 9],
        coalitions=[None, (1,)],
        progress=lambda _, done, total: seen.append((done, total)),
    )
    assert found.values == pytest.approx(
        np.array([[121.005, 121.002, 121.009], [40.005, 40.002, 40.009]])
    )
    assert found.profiles.tolist() == [[1.0, 2.0], [0.0, 4.0]]
    assert found.means == pytest.approx([121 + 0.016 / 3, 40 + 0.016 / 3])
    assert found.standard_errors == pytest.approx(np.std([5, 2, 9], ddof=1) * 1e-3 / 3**0.5)
    assert seen == [(k, 6) for k in range(6)]  # before each


def test_effective_data_count_members_only() -> None:
    data = Measurements([[1.0, 2.0], [3.0, 4.0]], [[0.0], [1.0]], coalitions=[None, (1,)])
    assert data.effective_data([100.0, 200.0], [0.5, 1.0]).tolist() == [302.5, 204.0]
    assert data.standard_errors is None


def test_a_failing_evaluation_stops_the_measurement() -> None:
    broken = FunctionOracle(
        function=lambda x: float("nan") if x.sum() > 2 else 1.0, upper=(9.0, 9.0)
    )
    with pytest.raises(OracleError, match=r"\(3.0, 0.0\) with seed 0 is failed"):
        measure(broken, [[0.0, 1.0], [3.0, 0.0]], seeds=[0])


@pytest.mark.parametrize("seeds", [[], [0, 0]])
def test_measure_needs_distinct_seeds(seeds: list[int]) -> None:
    with pytest.raises(InvalidInputError, match="seeds"):
        measure(ORACLE, [[0.0, 0.0]], seeds)


@pytest.mark.parametrize(
    ("profiles", "values"),
    [
        ([[0.0], [1.0]], [[0.0]]),
        ([0.0, 1.0], [[0.0], [1.0]]),
        ([[0.0], [1.0]], [[0.0], [float("nan")]]),
        ([[0.0], [float("inf")]], [[0.0], [1.0]]),
        ([[0.0], [-1.0]], [[0.0], [1.0]]),
    ],
)
def test_malformed_measurements_are_refused(profiles: object, values: object) -> None:
    with pytest.raises(InvalidInputError):
        Measurements(profiles, values)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [5, 8, 11, 20])
def test_the_design_stays_in_the_box_and_repeats_itself(count: int) -> None:
    upper = np.array([10.0, 200.0, 3000.0])
    design = design_profiles(upper.tolist(), count)
    assert design.shape == (count, 3)
    assert (design >= 0).all()
    assert (design <= upper).all()
    assert len(np.unique(design, axis=0)) == count
    assert (design == design_profiles(upper.tolist(), count)).all()
    assert design[:2].tolist() == [[0.0, 0.0, 0.0], upper.tolist()]


def test_the_filling_is_a_latin_hypercube() -> None:
    filling = design_profiles([1.0, 1.0], 5 + 4 + 10)[9:]
    for column in filling.T:
        assert sorted((column * 10).astype(int)) == list(range(10))


def test_alone_means_that_nobody_else_takes_part() -> None:
    profiles, coalitions = design_alone([8.0, 80.0, 4.0])
    assert profiles.shape == (9, 3)
    for row, coalition in zip(profiles, coalitions, strict=True):
        assert coalition is not None
        assert row[list(coalition)].sum() == row.sum()
    assert sorted(profiles.sum(axis=1)) == [0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 20.0, 80.0]


def test_a_design_too_small_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="count"):
        design_profiles([1.0], 4)


def test_a_concave_rising_gain_has_no_defects() -> None:
    oracle = FunctionOracle(function=lambda x: float(np.sqrt(x.sum())), upper=(9.0, 4.0))
    report = shape_report(measure(oracle, design_profiles([9.0, 4.0], 12), [0]))
    assert report.ray == report.ray_by_seed == Counts(4, 0, 3, 0)
    assert report.alone == Counts(4, 0, 2, 0)
    assert report.noise is None
    assert report.span == pytest.approx(13**0.5)


def test_humps_and_kinks_are_counted_where_they_are() -> None:
    # Rises along the ray, convex there; falls when the first goes on alone.
    def gain(x: np.ndarray) -> float:
        return float(x[0] * x[1] - 0.1 * x[0])

    oracle = FunctionOracle(function=gain, upper=(2.0, 2.0))
    report = shape_report(measure(oracle, design_profiles([2.0, 2.0], 9), [0]))
    assert report.ray == Counts(4, 0, 3, 3)
    assert report.alone == Counts(4, 2, 2, 0)


def test_noise_is_the_spread_of_one_evaluation() -> None:
    rng = np.random.default_rng(0)
    x = np.arange(40.0)[:, None]
    values = x + rng.normal(scale=0.5, size=(40, 30))
    report = shape_report(Measurements(x, values))
    assert report.noise == pytest.approx(0.5, rel=0.05)
    assert report.ray.down_steps == 0
    # P(N(0, 2·0.25) > 1) = 0.0786 of the steps fall within one seed.
    assert report.ray_by_seed.steps == 39 * 30
    assert report.ray_by_seed.down_steps / (39 * 30) == pytest.approx(0.0786, abs=0.025)
    assert "0 of 39 steps down" in str(report)


def test_subcoalitions_do_not_enter_the_shape() -> None:
    data = Measurements([[0.0], [1.0], [2.0]], [[0.0], [1.0], [0.5]], coalitions=[None, None, ()])
    assert shape_report(data).ray == Counts(1, 0, 0, 0)
