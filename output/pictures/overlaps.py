"""Whether a picture can be read: no text stands on another, none leaves the canvas."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

NEAR = 0.5  # pixels that two boxes may share: rounding


def overlaps(figure: Any) -> list[str]:
    """Draw a figure as a file would be, and return a sentence for each text in a wrong place.

    A box is what the renderer needs for the text; texts that are turned have a wide one.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in _texts(figure)]
    whole = figure.bbox
    found = [
        f"{said!r} leaves the canvas"
        for said, box in boxes
        if min(box.x0, box.y0) < -NEAR or box.x1 > whole.x1 + NEAR or box.y1 > whole.y1 + NEAR
    ]
    for (said, one), (other, two) in combinations(boxes, 2):
        across = min(one.x1, two.x1) - max(one.x0, two.x0)
        up = min(one.y1, two.y1) - max(one.y0, two.y0)
        if across > NEAR and up > NEAR:
            found.append(f"{said!r} and {other!r} overlap")
    return found


def _texts(figure: Any) -> list[Any]:
    """Return the texts that are seen."""
    from matplotlib.text import Text

    hidden = {id(text) for axes in figure.axes for text in _unseen(axes)}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and id(text) not in hidden
    ]


def _unseen(axes: Any) -> Iterator[Any]:
    """Yield the labels of ticks beyond the limits, which are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        room = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - room <= tick.get_loc() <= high + room or not axis.get_visible():
                yield tick.label1
                yield tick.label2
