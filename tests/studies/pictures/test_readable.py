"""Every picture can be read, in gray too: any number of organizations, long names, any money."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from coopetition.output.pictures.overlaps import overlaps
from tests.campaign import CAMPAIGN
from tests.studies.drawing import figure_of
from tests.studies.pictures.prepared import LONG, PICTURES, SHORT

matplotlib = pytest.importorskip("matplotlib")
COUNTS, MONEY = (2, 3, 7, 25, 60), (1e-3, 1.0, 1e7, 1e10)
ALL = list(product(PICTURES, COUNTS, (SHORT, LONG), MONEY))
FEW = [  # every picture, and the cases that were worst
    ("study", 7, LONG, 1e7), ("study", 60, LONG, 1e10), ("losses", 2, SHORT, 1e-3),
    ("comparison", 3, LONG, 1e10), ("play", 25, LONG, 1e7), ("sweep", 7, LONG, 1e10),
    ("words", 2, SHORT, 1.0), ("map", 3, LONG, 1e10), ("tornado", 25, LONG, 1.0),
    ("uncertainty", 25, LONG, 1e7),
]  # fmt: skip
APART = 40 / 255  # luminance that a print in gray shows as another


@pytest.mark.campaign
@pytest.mark.parametrize(("picture", "count", "letters", "money"), ALL if CAMPAIGN else FEW)
def test_no_text_is_in_the_way_and_gray_tells_series_apart(
    picture: str, count: int, letters: int, money: float
) -> None:
    figure = figure_of(PICTURES[picture](count, letters, money))
    assert overlaps(figure) == []
    for axis in figure.axes:
        for (one, ways), (other, others) in combinations(series_of(axis).items(), 2):
            apart = abs(luminance(one) - luminance(other))
            assert apart >= APART or not ways & others, (axis.get_title(loc="left"), one, other)


def luminance(color: str) -> float:
    """Return how light a color is in gray: ITU-R BT.601, as printers convert."""
    return float(np.dot(matplotlib.colors.to_rgb(color), (0.299, 0.587, 0.114)))


def series_of(axis: Any) -> dict[str, set[Any]]:
    """Return what else than color tells the series of a panel apart: hatch, or dash and marker."""
    found: dict[str, set[Any]] = {}
    hexed = matplotlib.colors.to_hex
    for group in axis.containers:
        if hasattr(group, "patches"):
            bar = group.patches[0]
            found.setdefault(hexed(bar.get_facecolor()), set()).add(bar.get_hatch() or "")
    for line in axis.get_lines():
        if line.get_transform() == axis.transData and line.get_alpha() is None:
            way = (line.get_linestyle(), tuple(line._dash_pattern[1] or ()), line.get_marker())
            found.setdefault(hexed(line.get_color()), set()).add(way)
    return found


def test_the_checks_see_what_is_wrong() -> None:
    """Two texts at one place, one beyond the canvas, two lines of one gray."""
    from coopetition.output.pictures.style import axes_for

    (axis,) = axes_for(None, 1, (4.0, 3.0))
    axis.text(0.5, 0.5, "one")
    axis.text(0.5, 0.52, "another")
    axis.figure.text(0.9, 0.5, "a text that is far too long")
    said = overlaps(axis.figure)
    assert [text.endswith("overlap") for text in said] == [False, True]
    assert "'a text that is far too long' leaves" in said[0]
    axis.plot([0, 1], [0, 1], color="#0072B2")
    axis.plot([0, 1], [1, 0], color="#007200")
    (one, ways), (other, others) = series_of(axis).items()
    assert ways & others
    assert abs(luminance(one) - luminance(other)) < APART
