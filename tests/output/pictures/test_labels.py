"""Names stay what they are, and stand apart."""

import numpy as np
import pytest

from coopetition.output.pictures.labels import apart, named, short


@pytest.mark.parametrize("seed", range(20))
def test_names_at_line_ends_do_not_touch_and_stay_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted, sizes = rng.uniform(-20, 120, 9), rng.uniform(5, 10, 9)
    wanted[3] = wanted[4]
    found = apart(wanted, sizes, 0.0, 100.0)
    order = np.argsort(wanted, kind="stable")
    edges = found[order] - sizes[order] / 2
    assert (np.diff(edges) >= sizes[order][:-1] - 1e-9).all()
    assert edges[0] >= -1e-9
    assert edges[-1] + sizes[order][-1] <= 100.0 + 1e-9


def test_names_with_room_stay_where_they_belong() -> None:
    wanted = np.array([50.0, 10.0, 90.0])
    np.testing.assert_array_equal(apart(wanted, np.full(3, 8.0), 0.0, 100.0), wanted)


def test_names_of_one_kind_stay_different() -> None:
    names = [f"Hospital of the Northern Region, number {k}" for k in range(100)]
    assert len({short(name) for name in names}) == len({named(name) for name in names}) == 100
    assert max(len(line) for name in names for line in named(name).split("\n")) <= 20
    assert named("x" * 30) == "x" * 18 + "\n" + "x" * 12
    assert named("$a$") == r"\$a\$"
