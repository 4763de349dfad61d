"""Nobody is cut silently: few have bars, of many the largest have names and the rest a band."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from coopetition.output.pictures.organizations import (
    FEW,
    LINES,
    NAMED,
    Numbers,
    draw_by_organization,
    lines_by_organization,
)
from coopetition.output.pictures.series import picture_data
from coopetition.output.pictures.style import axes_for, look


def drawn(count: int, *, ends: bool = False) -> tuple[Any, np.ndarray, str]:
    values = np.random.default_rng(count).normal(size=count)
    (axis,) = axes_for(None, 1, (6.0, 5.0))
    names = [f"N{k}" for k in range(count)]
    groups = [Numbers("gain", values, look(0))]
    said, _ = draw_by_organization(axis, names, groups, "EUR", title="Gain", ends=ends)
    return axis, values, said


def test_few_have_bars_in_their_order() -> None:
    axis, values, said = drawn(FEW)
    np.testing.assert_array_equal([bar.get_width() for bar in axis.containers[0]], values)
    assert [text.get_text() for text in axis.get_yticklabels()] == [f"N{k}" for k in range(FEW)]
    assert said == ""


@pytest.mark.parametrize("ends", [False, True])
def test_of_many_the_largest_are_named_and_all_are_dots(ends: bool) -> None:
    count = 40
    axis, values, said = drawn(count, ends=ends)
    order = np.argsort(-values)
    picked = [*order[:5], *order[-5:]] if ends else list(order[:NAMED])
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert names == [*(f"N{n}" for n in picked), "30 others: median\nand 10–90 %"]
    assert said.startswith(f"Gain: the {'5 most and 5 least' if ends else '10 largest'} of 40")
    points = np.concatenate([line.get_xdata() for line in axis.lines if line.get_marker() == "o"])
    rest = np.delete(values, picked)
    assert set(points) == {*values, float(np.median(rest))}
    (band,) = (line.get_xdata() for line in axis.lines if line.get_linewidth() == 5)
    np.testing.assert_allclose(band, np.percentile(rest, [10, 90]))


def test_what_is_equal_but_for_rounding_is_ordered_by_the_next_number() -> None:
    rng = np.random.default_rng(0)
    same, before = 5.0 + 1e-13 * rng.normal(size=20), rng.normal(size=20)
    (axis,) = axes_for(None, 1, (6.0, 5.0))
    groups = [Numbers("before", before, look(0)), Numbers("after", same, look(1))]
    draw_by_organization(axis, [f"N{k}" for k in range(20)], groups, "EUR", title="Gain")
    names = [text.get_text() for text in axis.get_yticklabels()][:NAMED]
    assert names == [f"N{n}" for n in np.argsort(-before)[:NAMED]]


def test_lines_of_many_end_in_a_band() -> None:
    table = np.random.default_rng(1).uniform(size=(6, 30)).cumsum(axis=0)
    table[2] = np.nan  # a cell without an equilibrium
    (axis,) = axes_for(None, 1, (6.0, 5.0))
    names = [f"N{k}" for k in range(30)]
    said = lines_by_organization(axis, names, range(6), table, "EUR")
    assert said == "The 7 largest of 30 at the end are named."
    order = np.argsort(-table[-1])
    ends = [text.get_text() for text in axis.texts]
    assert ends == [*(f"N{n}" for n in order[:LINES][::-1]), "23 others: median\nand 10–90 %"]
    median = axis.lines[-1].get_ydata()
    known = [0, 1, 3, 4, 5]
    np.testing.assert_allclose(median[known], np.median(table[known][:, order[LINES:]], axis=1))
    assert np.isnan(median[2])
    data = picture_data(axis)
    assert len(data.rows) == 180  # all of them, named or not
    assert data.header == ["panel", "series", "at", "value", "unit"]
