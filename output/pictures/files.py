"""Picture files: texts stay texts, the same input gives the same file."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coopetition.games.text.writing import write_whole
from coopetition.output.export import provenance
from coopetition.output.pictures.labels import spread

_TEXTS: dict[Any, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "coopetition"}
_SILENT = {  # what would differ between two runs, or between two machines
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(axes: Any, path: str | Path, document: Mapping[str, Any] | None = None) -> None:
    """Write the picture that some axes, or a figure, are of: `.png`, `.svg` or `.pdf`.

    Its metadata say where the result comes from, as `export.provenance` does: key `Subject` of
    `.pdf`, `Description` of the others.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from matplotlib.figure import Figure
    >>> with TemporaryDirectory() as folder:
    ...     save(Figure().add_subplot(), f"{folder}/empty.svg")
    ...     "<svg" in Path(f"{folder}/empty.svg").read_text(encoding="utf-8")
    True
    """
    from matplotlib import rc_context

    figure = _figure(axes)
    kind = Path(path).suffix.lower().removeprefix(".")
    key = "Subject" if kind == "pdf" else "Description"
    metadata = {**_SILENT[kind], key: provenance(document) or None}
    with rc_context(_TEXTS):
        spread(figure)
        write_whole(
            path, lambda part: figure.savefig(part, dpi=144, format=kind, metadata=metadata)
        )


def close(axes: Any) -> None:
    """Let a figure go that pyplot would keep, and show at the end, where it is at work."""
    if "matplotlib.pyplot" in sys.modules:
        from matplotlib import pyplot

        pyplot.close(_figure(axes))


def _figure(axes: Any) -> Any:
    first = next(iter(axes.flat)) if hasattr(axes, "flat") else axes
    return first.figure.canvas.figure
