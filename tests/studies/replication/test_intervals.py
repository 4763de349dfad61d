"""Intervals are those of Student's t."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coopetition.studies.replication.intervals import interval


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).filter(lambda x: np.ptp(x) > 1e-3))
def test_the_interval_is_that_of_scipy(values: list[float]) -> None:
    found = interval(values)
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert found.half_width is not None
    assert found.mean - found.half_width == pytest.approx(low, rel=1e-9, abs=1e-6)
    assert found.mean + found.half_width == pytest.approx(high, rel=1e-9, abs=1e-6)
    assert found.sign == (1 if low > 0 else -1 if high < 0 else 0)


def test_what_failed_is_not_counted() -> None:
    found = interval([1.0, float("nan"), 3.0])
    assert (found.mean, found.count) == (2.0, 2)
    nothing = interval([float("nan")])
    assert (nothing.half_width, nothing.count, nothing.sign) == (None, 0, 0)


def test_equal_values_have_no_width() -> None:
    assert interval([0.1 + 0.2, 0.3, 0.3]).half_width == 0.0
    assert interval([0.0, 0.0]).sign == 0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.0, 2.0, 3.0], "2.0 ± 2.5"),
        ([1000.0, 2000.0, 3000.0], "2,000 ± 2,484"),
        ([0.101, 0.102, 0.103], "0.1020 ± 0.0025"),
        ([-1.2, 0.8, 0.3], "0.0 ± 2.6"),
        ([5.0, 5.0], "5 ± 0"),
        ([5.0], "5"),
        ([], "–"),
    ],
)
def test_an_interval_shows_the_digits_it_deserves(values: list[float], text: str) -> None:
    assert str(interval(values)) == text
