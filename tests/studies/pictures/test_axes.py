"""Pictures are drawn on the axes they are given, as many as they have panels, and return them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies.pictures.study import draw_contributions, draw_study
from coopetition.studies.pictures.sweep import draw_sweep
from coopetition.studies.pictures.sweep_lines import kinks
from tests.studies.pictures.prepared import SHORT, solved, sweep_of

pytest.importorskip("matplotlib")


def axes(count: int) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(9, 4)).subplots(1, count, squeeze=False)[0]


def test_given_axes_are_drawn_on_and_their_figure_keeps_its_title() -> None:
    study, given = solved(3, SHORT, 1.0), axes(2)
    given[0].figure.suptitle("mine")
    found = draw_study(study, given)
    assert list(found) == list(given)
    assert found[0].figure.get_suptitle() == "mine"
    assert len(found[0].containers) == len(found[1].containers) == 3
    (one,) = axes(1)
    assert draw_contributions(study, one) is one
    assert len(one.containers) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_axes_is_refused(count: int) -> None:
    with pytest.raises(InvalidInputError, match=f"2 matplotlib axes .* got {count}"):
        draw_study(solved(3, SHORT, 1.0), axes(count))


def test_a_sweep_marks_where_somebody_stops_or_meets_a_bound() -> None:
    swept = sweep_of(25, SHORT, 1.0, "competition.damage=0:0.3:31")
    panels = draw_sweep(swept, axes(2))
    made = np.array([row.contribution or [np.nan] * 25 for row in swept.rows], dtype=float)
    bounds = np.array([one["max_contribution"] for one in swept.grid.content["organization"]])
    states = np.where(np.isnan(made), np.nan, (made > 0).astype(float) + (made >= bounds))
    changes = np.abs(np.diff(states, axis=0)).max(axis=1)  # NaN beside a cell without equilibrium
    expected = 0.01 * (np.flatnonzero(changes > 0) + 0.5)
    assert expected.size > 0
    for panel in panels:
        marks = [line.get_xdata()[0] for line in panel.lines if line.get_linestyle() == ":"
                 and line.get_marker() == "None"]  # fmt: skip
        np.testing.assert_allclose(marks, expected)


def test_a_jump_is_told_from_a_slope() -> None:
    smooth = np.linspace(1.0, 2.0, 20) ** 3
    jumped = np.where(np.arange(20) > 7, smooth + 5.0, smooth)
    table = np.column_stack([smooth, jumped])
    _, switches = kinks(table, np.full((20, 2), 100.0))
    assert np.flatnonzero(switches).tolist() == [7]
    assert not kinks(table[:, :1], np.full((20, 1), 100.0))[1].any()


def test_what_is_no_plain_axes_is_refused() -> None:
    from matplotlib.figure import Figure

    study, figure = solved(3, SHORT, 1.0), Figure()
    for ax in (figure, figure.add_subplot(projection="polar"), "ax", 3):
        with pytest.raises(InvalidInputError, match="`ax` must be plain matplotlib axes, got "):
            study.plot("payoffs", ax=ax)
    with pytest.raises(InvalidInputError, match="there is no picture 3"):
        study.plot(3)  # type: ignore[arg-type]


def test_a_table_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"it\.png: this is a table; `plot` draws"):
        solved(3, SHORT, 1.0).write(tmp_path / "it.png")
