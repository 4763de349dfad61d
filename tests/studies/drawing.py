"""Pictures as they were drawn: every test looks at what was really saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.output.pictures import files
from coopetition.output.pictures.overlaps import overlaps
from tests.studies.command import coopetition

Figures = list[Any]


def spy(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Keep the figures that verbs save, and save them."""
    kept: Figures = []
    real: Callable[..., None] = files.save

    def save(axes: Any, *rest: Any) -> None:
        real(axes, *rest)
        kept.append(figure_of(axes))

    monkeypatch.setattr(files, "save", save)
    return kept


def figure_of(axes: Any) -> Any:
    """Return the figure that some axes are of."""
    return np.ravel(np.array(axes, dtype=object))[0].figure


def draw(verb: str, path: Path, *options: str, out: str = "a.png") -> None:
    """Run a verb that draws."""
    answer = coopetition(verb, path, *options, "--out", path.parent / out)
    assert answer.code == 0, answer.err


def words(axis: Any) -> list[str]:
    """Return the legend's words."""
    return [text.get_text().strip() for text in axis.get_legend().get_texts()]


def named(axis: Any) -> list[str]:
    """Return the names at the ends of lines."""
    return [text.get_text() for text in axis.texts]


def flat(text: str) -> str:
    """Return a label in one line."""
    return " ".join(text.split())


def readable(axes: Any) -> None:
    """Check that no text stands on another or leaves the picture."""
    assert overlaps(figure_of(axes)) == []


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
