"""The picture of a comparison says who is what, who loses, and tells equal ones apart."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from coopetition.studies.compare.result import Comparison, Row
from coopetition.studies.pictures.comparison import draw_comparison
from tests.studies.compared import paid_comparison
from tests.studies.drawing import beyond, figure_of, flat, readable

pytest.importorskip("matplotlib")


def test_a_comparison_says_who_is_what_and_who_loses() -> None:
    table = paid_comparison()
    welfare, least = draw_comparison(table, name="three", currency="EUR")
    picture = figure_of(welfare)
    readable(welfare)
    for axis in (welfare, least):
        assert not beyond(axis)
    legend = [text.get_text() for text in picture.legends[0].get_texts()]
    assert legend == [
        "rule",
        "rule that is not budget balanced here",
        "no rule",
        "baseline",
        "planner",
        "paid by an outsider",
        "planner's welfare",
    ]
    names = [label.get_text() for label in welfare.get_yticklabels()]
    assert sorted(names) == sorted(row.rule for row in table.rows)
    values = [table[name].welfare for name in names]
    assert all(a > b - 1e-6 for a, b in pairwise(values))
    for axis, key in ((welfare, "welfare"), (least, "slack_autarky")):
        dots = {int(line.get_ydata()[0]): line for line in axis.get_lines() if dot(line)}
        assert len(dots) == sum(getattr(row, key) is not None for row in table.rows)
        for place, line in dots.items():
            row = table[names[place]]
            assert line.get_xdata()[0] == getattr(row, key)
            hollow = line.get_fillstyle() == "none"
            assert hollow == (row.rule == "k-implementation" or abs(row.deficit) > 1e-3)
        *numbers, unit = (text for text in axis.texts if text.get_text() != "not computed")
        assert unit.get_text().endswith("EUR")
        assert len(numbers) == len(dots)
        assert not any("-" in text.get_text() for text in numbers)
        lost = {text.get_position()[1] for text in numbers if text.get_text().startswith("−")}
        assert lost == {place for place, line in dots.items() if line.get_xdata()[0] < 0}
    kinds = {
        names[int(line.get_ydata()[0])]: line.get_marker() for line in welfare.lines if dot(line)
    }
    assert kinds["WPR"] not in (kinds["WCO"], kinds["bilateral-prices"], kinds["planner"])
    assert kinds["WCO"] == kinds["VCFL"] == kinds["RaDG"]


def dot(line: Any) -> bool:
    return line.get_marker() in "osD^" and len(line.get_xdata()) == 1


def row(name: str, welfare: float, slack: float | None, kind: str = "rule") -> Row:
    return Row(rule=name, kind=kind, welfare=welfare, total_contribution=0.0, deficit=0.0,
               payments=0.0, slack_autarky=slack, note="")  # fmt: skip


def test_usual_gains_stay_apart_beside_a_huge_one() -> None:
    slacks = [20.0, 22.0, 24.0, 26.0, 1e6]
    drawn = []
    for huge in (1e6, 28.0):
        rows = [row(f"r{k}", 9.0 - k, s) for k, s in enumerate([*slacks[:4], huge])]
        lost = row("lost", float("nan"), None)
        table = Comparison((*rows, row("planner", 10.0, 21.0, "bound"), lost))
        drawn.append(draw_comparison(table, currency="EUR")[1])
    bent, straight = drawn
    for axis in drawn:
        texts = [text.get_text() for text in axis.texts]
        assert "–" in texts  # nothing is known of the last
        assert "nan" not in texts
    assert bent.get_xscale() == "symlog"
    assert flat(bent.get_xlabel()) == "EUR, logarithmic beyond ±23"
    readable(bent)
    assert straight.get_xscale() == "linear"
    assert straight.get_xlabel() == "EUR"
    shown = bent.transData.transform([[value, 0.0] for value in slacks])[:, 0]
    assert (np.diff(shown) > 2).all()  # pixels; on a linear axis 0.001
    assert not beyond(bent)


def test_what_was_not_computed_is_said() -> None:
    rows = row("planner", 10.0, None, "bound"), row("lost", float("nan"), None), row("a", 9.0, None)
    axis = draw_comparison(Comparison(rows), currency="EUR")  # nobody's payoff alone is known
    assert [label.get_text() for label in axis.get_yticklabels()] == ["planner", "a", "lost"]
    (said,) = (text for text in axis.texts if text.get_text() == "not computed")
    assert said.get_position()[1] == 2


@pytest.mark.parametrize("size", [1e-308, 5e-324])
def test_numbers_without_powers_of_ten_are_drawn_too(size: float) -> None:
    rows = [row(f"r{k}", size * k, size * k) for k in range(5)]
    table = Comparison((*rows, row("most", 1e6 * size, 1e6 * size), row("planner", size, 0.0)))
    for axis in draw_comparison(table, currency="EUR"):
        figure_of(axis).draw_without_rendering()
        assert np.isfinite(axis.get_xlim()).all()
        assert not any("nan" in text.get_text() for text in axis.texts)
