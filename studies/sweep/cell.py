"""One cell of a sweep solved: a row of numbers, or the sentence that says why there is none."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from coopetition.games.errors import (
    CoopetitionError,
    InvalidInputError,
    NotConvergedError,
    UnsupportedGameError,
)
from coopetition.studies.export import clean
from coopetition.studies.measured import measure_scenario
from coopetition.studies.study import Study, run_study
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import Value

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """A cell: its values of the varied fields, and what was found; lists are by organization.

    `payoff` is after `transfer` and `fee`; `slack` the least gain over the outside option that the
    scenario names; `epsilon` the certified regret. Numbers are None where `status` is not
    "converged". Of "failed" cells, unlike "refused" ones, another attempt may know more.
    """

    cell: int
    values: tuple[Value, ...]
    seed: int | None
    status: str
    note: str = ""
    contribution: tuple[float, ...] | None = None
    payoff: tuple[float, ...] | None = None
    transfer: tuple[float, ...] | None = None
    fee: tuple[float, ...] | None = None
    welfare: float | None = None
    planner_welfare: float | None = None
    efficiency: float | None = None
    deficit: float | None = None
    slack: float | None = None
    epsilon: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: no NaN."""
        return clean(asdict(self))

    @classmethod
    def of(cls, body: dict[str, Any]) -> "CellRow":
        """Return a row from its JSON form; lists are tuples again."""
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in body.items()
        }
        return cls(**fields)


def solve_cells(grid: Grid, cells: Sequence[int]) -> list[CellRow]:
    """Solve some cells, each by itself: no cell's numbers depend on which others are asked.

    Whatever solves plain rounds by the batch belongs here.
    """
    return [solve_cell(grid, cell) for cell in cells]


def solve_cell(grid: Grid, cell: int) -> CellRow:
    """Solve one cell; what goes wrong becomes a row that says so.

    Examples
    --------
    >>> from coopetition.studies.sweep.values import read_axis
    >>> content = {
    ...     "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.03} for n in ("North", "South")]}
    >>> grid = Grid(content, [read_axis("competition.damage=0.1,-1")])
    >>> row = solve_cell(grid, 0)
    >>> row.status, round(row.efficiency, 4), row.deficit
    ('converged', 0.9943, 0.0)
    >>> print(solve_cell(grid, 1).note)
    `damage` must be finite and at least 0, got -1.0
    """
    try:
        found = _solved(grid, cell)
    except (InvalidInputError, UnsupportedGameError, NotConvergedError) as error:
        found = {"status": "refused", "note": _sentence(str(error))}
    except CoopetitionError as error:
        found = {"status": "failed", "note": _sentence(str(error))}
    except Exception as error:  # of one cell: the others must not be lost with it
        told = f"internal error, please report it: {type(error).__name__}: {error}"
        found = {"status": "failed", "note": _sentence(told)}
    return _row(grid, cell, found)


def lost_cell(grid: Grid, cell: int) -> CellRow:
    """Return the row of a cell that no worker survives."""
    note = "its worker died, also when it had nothing else to do"
    return _row(grid, cell, {"status": "failed", "note": note})


def _row(grid: Grid, cell: int, found: dict[str, Any]) -> CellRow:
    seed = grid.seed(cell)
    head = {"cell": cell, "values": grid.values(cell), "seed": seed if type(seed) is int else None}
    return CellRow.of(clean(head | found))


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _solved(grid: Grid, cell: int) -> dict[str, Any]:
    scenario = grid.scenario(cell)
    if scenario.oracle is None:
        return _numbers(run_study(scenario.round(), scenario.mechanism))
    measured = measure_scenario(scenario, lambda _: None)
    try:
        return _numbers(run_study(measured.game, scenario.mechanism, alone=measured.alone))
    finally:
        measured.oracle.close()


def _numbers(study: Study) -> dict[str, Any]:
    found, planner = study.equilibrium, study.planner
    status = found.status.name.lower().replace("_", "-")
    epsilon = found.certificate.epsilon
    if not found.success:
        return {"status": status, "note": found.status.value, "epsilon": epsilon}
    outside = study.outside.get(study.settings.measured_against)
    slack = None
    if isinstance(outside, np.ndarray):
        slack = float((study.payoff - outside).min())
    notes = [found.reason]
    if not (planner.success and planner.concave):
        notes.append(f"planner: {planner.known}")
    if isinstance(outside, str):
        notes.append(outside)
    return {
        "status": status,
        "note": _sentence("; ".join(note for note in notes if note)),
        "contribution": study.contribution,
        "payoff": study.payoff,
        "transfer": study.transfer,
        "fee": study.fee,
        "welfare": study.welfare,
        "planner_welfare": planner.welfare,
        "efficiency": study.efficiency,
        "deficit": study.deficit,
        "slack": slack,
        "epsilon": epsilon,
    }


def solve_here(grid: Grid, cells: Sequence[int]) -> list[CellRow]:
    """Solve some cells in this process, with one thread while it lasts."""
    with _one_thread():
        return solve_cells(grid, cells)


def solve_on_worker(version: str, grid: Grid, cells: Sequence[int]) -> list[CellRow]:
    """Solve some cells on a worker, which must be of the same version; one thread for good."""
    from coopetition import __version__

    if version != __version__:
        raise InvalidInputError(f"a worker has coopetition {__version__}, the client {version}")
    _one_thread_for_good()
    with _ONE_AT_A_TIME:  # a worker of a cluster may have several threads
        return solve_cells(grid, cells)


def _one_thread() -> Any:
    """Keep linear algebra to one thread: the order of its sums, so its bits, depends on it."""
    import scipy.linalg  # noqa: F401 - what is loaded later would keep its threads
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


@cache
def _one_thread_for_good() -> None:
    _one_thread()
