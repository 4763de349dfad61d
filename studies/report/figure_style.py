"""What all pictures share: a figure that needs no display, titles, legends, numbers, files."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from coopetition.games.errors import CoopetitionError, require
from coopetition.games.text.writing import write_whole
from coopetition.oracles import Ledger
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.output.export import provenance
from coopetition.studies.measured.backends import open_backend
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.oracle_kinds import FEDERATIONS, OracleSettings
from coopetition.studies.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Words:
    """What contributions are counted in, and what gains are measured in."""

    contribution: str = "synthetic samples"
    gain: str = "performance units"

    @classmethod
    def of(cls, spec: OracleSpec) -> "Words":
        """Return the words of an oracle."""
        return cls(spec.unit, spec.metric)


def words_of(scenario: Scenario) -> Words:
    """Return the words of a scenario's oracle, where it has one; nothing is trained for them.

    They stand in its ledger, if it has one. A finished play may be drawn when its oracle is gone:
    then the words are the general ones.
    """
    if scenario.oracle is None:
        return Words()
    try:
        return Words.of(_spec(scenario, scenario.oracle))
    except CoopetitionError:
        return Words()


def _spec(scenario: Scenario, settings: OracleSettings) -> OracleSpec:
    settings = replace(settings, jobs=1, cluster=None)
    if settings.kind in FEDERATIONS:  # all train the reference federation: no stack is started
        settings = replace(settings, kind="reference", ledger=None)
    elif settings.ledger is not None:
        with suppress(CoopetitionError), Ledger(scenario.folder / settings.ledger) as ledger:
            return ledger.spec()
    backend = open_backend(replace(scenario, oracle=settings))
    try:
        return backend.oracle.spec()
    finally:
        backend.oracle.close()


GRAY, BLUE, ORANGE, GREEN, DARK = "#9aa3ab", "#3b6ea8", "#e08a2e", "#4c9a6a", "#2c3136"
RED = "#b5495b"
LETTERS = 36  # as long as an axis is high
THOUSANDS = "{x:,.10g}"  # of an axis; the sign is a true minus
LINES = (BLUE, ORANGE, GREEN, RED, "#7d5ba6", "#2a9fb0", "#8a6d3b", "#d17ba6")
BESIDE = 10  # up to how many organizations panels stand side by side


def new_axes(count: int, bars: int) -> tuple[Any, list[Any]]:
    """Return a figure and its axes: side by side, or stacked if wide."""
    rows, columns = (1, count) if bars <= BESIDE else (count, 1)
    width = min(max(4.8, 1.0 + 0.62 * bars), 14.0)
    return new_grid(rows, columns, (width * columns, 4.4 * rows))


def new_grid(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, list[Any]]:
    """Return a figure that needs no display, of a size in inches, and its axes."""
    require("matplotlib", "plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.08)
    count = rows * columns
    return figure, [figure.add_subplot(rows, columns, k + 1) for k in range(count)]


def head(figure: Any, title: str) -> None:
    """Put the title above all panels, at the left: apart from the panels' own titles."""
    figure.suptitle(plain(title), x=0.01, ha="left", fontsize=13, fontweight="bold")


def ruled(settings: MechanismSettings) -> str:
    """Return what a title says of a mechanism: its rule and its fees."""
    return settings.rule + feed(settings)


def feed(settings: MechanismSettings) -> str:
    """Return what a title adds to a rule's name: its fees, if there are any."""
    return "" if settings.fees == "none" else f" with {settings.fees} fees"


def plain(text: str) -> str:
    """Return a text that matplotlib shows as it stands: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def label(text: str) -> str:
    """Return the label of an axis: plain, in at most three lines of like length."""
    lines = -(-len(text) // LETTERS)
    width = LETTERS if lines <= 1 else min(LETTERS, len(text) // lines + 6)
    return plain("\n".join(wrap(text, width, max_lines=3, placeholder=" …")))


def short(name: str, most: int = 24) -> str:
    """Return a name that is not too long."""
    return name if len(name) <= most else name[: most - 1] + "…"


def minus(text: str) -> str:
    """Return a number's text with the sign that axes use.

    Examples
    --------
    >>> minus("-1,236")
    '−1,236'
    """
    return text.replace("-", "\N{MINUS SIGN}")


def quiet(axis: Any) -> None:
    """Leave of the frame and the grid what reading needs."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e6e8ea")
    axis.set_axisbelow(True)


def legend(axis: Any, *, columns: int = 0, most: int | None = None, turned: bool = False) -> None:
    """Put the legend above the axis: in one line, or in columns; the first names only if many."""
    handles, labels = axis.get_legend_handles_labels()
    pairs = list(zip(handles, labels, strict=True))[:: -1 if turned else 1][:most]
    axis.legend(
        [handle for handle, _ in pairs],
        [f" {name}" for _, name in pairs],  # matplotlib would leave out one that begins with _
        frameon=False,
        fontsize=8,
        ncols=columns or max(1, len(pairs)),
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        columnspacing=1.2,
        handlelength=1.4,
        handletextpad=0.5,
    )


def save(figure: Any, path: str | Path, document: Mapping[str, Any] | None = None) -> None:
    """Write the picture, without dates or random names in it: same input, same file.

    Its metadata say where the result comes from, as `export.provenance` does.
    """
    from matplotlib import rc_context

    kind = Path(path).suffix.lower().removeprefix(".")
    metadata: dict[str, str | None] = {"Date": None} if kind == "svg" else {"Software": None}
    metadata |= {"Description": provenance(document) or None}
    with rc_context({"svg.hashsalt": "coopetition"}):
        write_whole(
            path, lambda part: figure.savefig(part, dpi=144, format=kind, metadata=metadata)
        )
