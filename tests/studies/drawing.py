"""Figures as they were drawn: every test looks at what was really saved."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.studies.command import coopetition

Figures = list[Any]


def spy(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> Figures:
    """Keep the figures that drawing modules save, and save them."""
    kept: Figures = []
    for module in modules:

        def save(figure: Any, *rest: Any, real: Any = module.save) -> None:
            real(figure, *rest)
            kept.append(figure)

        monkeypatch.setattr(module, "save", save)
    return kept


def draw(verb: str, path: Path, *options: str, out: str = "a.png") -> None:
    """Run a verb that draws."""
    answer = coopetition(verb, path, *options, "--out", path.parent / out)
    assert answer.code == 0, answer.err


def words(axis: Any) -> list[str]:
    """Return the legend's words."""
    return [text.get_text().strip() for text in axis.get_legend().get_texts()]


def flat(text: str) -> str:
    """Return a label in one line."""
    return " ".join(text.split())


def boxes(figure: Any) -> dict[str, Any]:
    """Return where every upright or lying text stands, in pixels of what was saved."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    hidden = {id(label) for axes in figure.axes for label in _unseen(axes)}
    return {
        f"{k}: {text.get_text()}": text.get_window_extent()
        for k, text in enumerate(figure.findobj(Text))
        if text.get_text().strip()
        and text.get_visible()
        and id(text) not in hidden
        and text.get_rotation() in (0.0, 90.0)
    }


def _unseen(axes: Any) -> Iterator[Any]:
    """Yield the labels of ticks beyond the limits, which are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield tick.label1


def overlapping(figure: Any) -> list[tuple[str, str]]:
    """Return the pairs of texts that stand on each other."""
    places = boxes(figure).items()
    return [(a, b) for (a, one), (b, two) in combinations(places, 2) if one.overlaps(two)]


def outside(figure: Any) -> list[str]:
    """Return the texts that do not stand wholly in the picture."""
    whole = figure.bbox
    return [
        name
        for name, box in boxes(figure).items()
        if box.x0 < whole.x0 or box.x1 > whole.x1 or box.y0 < whole.y0 or box.y1 > whole.y1
    ]


def beyond(axis: Any) -> list[Any]:
    """Return the points of lines that are not wholly seen, markers included.

    At the lower edge, where there is nothing, a marker may be cut.
    """
    frame, found = axis.get_window_extent(), []
    for line in axis.get_lines():
        if line.get_transform() != axis.transData:
            continue  # spans the axis
        points = line.get_xydata()[np.isfinite(line.get_xydata()).all(axis=1)]
        marked = line.get_marker() not in ("", "None", None)
        size = marked * line.get_markersize() / 2 * axis.figure.dpi / 72
        for point, (x, y) in zip(points, axis.transData.transform(points), strict=True):
            across = frame.x0 + size <= x <= frame.x1 - size
            if not (across and frame.y0 - 1e-6 <= y <= frame.y1 - size):
                found.append(tuple(point))
    return found
