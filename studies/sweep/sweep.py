"""A sweep: a scenario with some fields varied, every combination solved, one row per cell."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.oracles.parallel.executor import Cluster, Processes, in_this_process
from coopetition.output.clean_values import clean
from coopetition.output.numbers import share
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.sweep.cell import LISTS, NUMBERS, CellRow
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.store import Store
from coopetition.studies.sweep.workers import compute

PLANNER = {"planner_welfare": "planner.welfare"}  # the key that all outputs have for it


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep: its grid, and a row for each cell, in order."""

    grid: Grid
    rows: tuple[CellRow, ...]

    @property
    def failed(self) -> tuple[CellRow, ...]:
        """The cells of which another attempt may know more."""
        return tuple(row for row in self.rows if row.status == "failed")

    def to_dict(self) -> dict[str, Any]:
        """Return the sweep's JSON form."""
        stated = self.grid.content.get("mechanism", {})
        mechanism = clean(first_scenario(self.grid).mechanism.to_dict() | stated)
        for axis in self.grid.axes:  # what is varied stands in the rows
            table, _, key = axis.path.rpartition(".")
            within = mechanism.get("settings", {}) if table == "mechanism.settings" else mechanism
            if table.startswith("mechanism"):
                within.pop(key, None)
        return {
            "mechanism": mechanism,
            "vary": [{"parameter": axis.name, "values": axis.values} for axis in self.grid.axes],
            "organizations": list(self.grid.organizations),
            "rows": [
                {PLANNER.get(key, key): value for key, value in row.to_dict().items()}
                for row in self.rows
            ],
        }

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Return header and rows: a column for each field varied, number and organization."""
        names = self.grid.organizations
        header = [axis.name for axis in self.grid.axes]
        header += [
            *(PLANNER.get(key, key) for key in NUMBERS),
            *(f"{key} {name}" for key in LISTS for name in names),
        ]
        header += ["seed", "status", "note"]
        rows = []
        for row in self.rows:
            values: list[Any] = [*row.values, *(getattr(row, key) for key in NUMBERS)]
            for key in LISTS:
                values += getattr(row, key) or [None] * len(names)
            rows.append([*values, row.seed, row.status, row.note])
        return header, rows

    def short_table(self) -> tuple[list[str], list[list[Any]]]:
        """Return header and rows of what a person looks at first."""
        header = [axis.name for axis in self.grid.axes]
        header += ["contribution", "welfare", "of planner", "deficit", "slack", "status", "note"]
        return header, [
            [
                *row.values,
                None if row.contribution is None else sum(row.contribution),
                row.welfare,
                share(row.efficiency),
                row.deficit,
                row.slack,
                row.status,
                row.note,
            ]
            for row in self.rows
        ]


def first_scenario(grid: Grid) -> Scenario:
    """Return the first cell's scenario that is valid.

    Raises
    ------
    InvalidInputError
        If there is none, with the first cell's reason; or if it has an oracle without a ledger.
    """
    first: InvalidInputError | None = None
    for cell in range(grid.size):
        try:
            scenario = grid.scenario(cell)
        except InvalidInputError as error:
            first = first or error
            continue
        if scenario.oracle and not scenario.oracle.ledger:
            raise InvalidInputError(
                "a sweep of a scenario with [oracle] needs its `ledger`, which all cells share"
            )
        return scenario
    raise InvalidInputError(f"no cell is a valid scenario, the first one: {first}")


def run_sweep(
    grid: Grid,
    *,
    store: Path | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Sweep:
    """Solve every cell that the store does not hold yet, and return them all.

    Rows are the same, bit for bit, wherever and in whatever order they are computed. Cells of a
    scenario with an oracle are computed in this process, one after the other, and not stored: the
    ledger that they share keeps what was measured. The reference federation's trainings go to the
    processes, or to the cluster, instead.

    Parameters
    ----------
    store
        Keeps rows as they finish; None keeps none.
    jobs
        Processes; 1 is this one.
    cluster
        The address of a Dask scheduler, instead of processes.

    Raises
    ------
    InvalidInputError
        If no cell is a valid scenario, the store is damaged or foreign, or no scheduler answers.
    MissingDependencyError
        If a cluster is asked, and `distributed` is not installed.
    OracleError
        If the cluster goes away; what was stored stays.

    Examples
    --------
    >>> from coopetition.studies.sweep.values import read_axis
    >>> content = {
    ...     "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.03} for n in ("North", "South")]}
    >>> sweep = run_sweep(Grid(content, [read_axis("competition.damage=0:0.4:3")]))
    >>> [round(row.efficiency, 3) for row in sweep.rows]
    [0.993, 0.995, 0.997]
    """
    first_scenario(grid)
    if cluster and grid.own_rules():
        raise InvalidInputError(
            f"the rule {grid.own_rules()[0]} is a file of this machine: leave the cluster out"
        )
    if grid.measured and (cluster or jobs > 1):
        grid, jobs, cluster = grid.training_on(jobs, cluster), 1, None
    with ExitStack() as stack:
        kept = None
        if store is not None and not grid.measured:
            kept = stack.enter_context(Store(store))
        keys = [grid.key(cell) for cell in range(grid.size)] if kept else []
        known = kept.rows(keys, len(grid.organizations)) if kept else {}
        rows = {
            cell: replace(known[key], cell=cell, values=grid.values(cell))
            for cell, key in enumerate(keys)
            if key in known
        }
        left = [cell for cell in range(grid.size) if cell not in rows]
        if rows:
            progress(f"{len(rows):,} of {grid.size:,} cells are stored already")
        if left:
            run, width = in_this_process, 1
            if cluster or jobs > 1:
                place = Cluster(cluster) if cluster else Processes(jobs)
                stack.callback(place.close)
                run, width = place.run, max(1, place.width)
            for found in compute(grid, left, run, width):
                if kept:
                    kept.append([(keys[r.cell], r) for r in found if r.status != "failed"])
                rows |= {row.cell: row for row in found}
                progress(f"solving cells {100 * len(rows) // grid.size}%")
    return Sweep(grid, tuple(rows[cell] for cell in range(grid.size)))


def drawable(grid: Grid) -> None:
    """Refuse a grid that no picture shows.

    Raises
    ------
    InvalidInputError
        Saying what can be drawn.
    """
    numeric: Sequence[bool] = [axis.numeric for axis in grid.axes]
    if len(numeric) > 2 or not any(numeric):
        raise InvalidInputError(
            "a picture shows one or two varied fields, at least one of them with numbers; "
            "write a table instead"
        )
