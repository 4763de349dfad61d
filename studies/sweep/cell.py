"""One cell of a sweep solved: a row of numbers, or the sentence that says why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from coopetition.games.errors import (
    CoopetitionError,
    InvalidInputError,
    NotConvergedError,
    UnsupportedGameError,
)
from coopetition.games.threads import one_thread
from coopetition.oracles.ledger.counting import Tally
from coopetition.output.clean_values import clean
from coopetition.solvers.equilibrium import Status
from coopetition.solvers.planner.planner import Optimum
from coopetition.studies.measured.measured import measure_scenario
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study, run_study
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import Value
from coopetition.studies.sweep.vectorized import SolvedCell, numbers_of, solve_together

LISTS = ("contribution", "payoff", "transfer", "fee", "outside")
NUMBERS = (
    "welfare", "planner_welfare", "efficiency", "attainable_share", "deficit", "slack", "epsilon"
)  # fmt: skip
STATUSES = ("refused", "failed", *(status.word for status in Status))
FEW = 16  # cells that are solved one by one in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """A cell: its values of the varied fields, and what was found; lists are by organization.

    `payoff` is after `transfer` and `fee`; `outside` the outside option that the scenario names,
    if it is known, and `slack` the least that anybody has more; `epsilon` the certified regret.
    Numbers are None where `status` is not "converged". Of "failed" cells, unlike "refused" ones,
    another attempt may know more.
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
    outside: tuple[float, ...] | None = None
    welfare: float | None = None
    planner_welfare: float | None = None
    efficiency: float | None = None
    attainable_share: float | None = None
    deficit: float | None = None
    slack: float | None = None
    epsilon: float | None = None

    def slack_of(self, n: int) -> float | None:
        """Return what organization n has more than its outside option, where that is known."""
        if self.payoff is None or self.outside is None:
            return None
        return self.payoff[n] - self.outside[n]

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
    """Solve some cells: no cell's numbers depend on which others are asked.

    Plain rounds are solved together. If there are more than `FEW` cells, those that must be solved
    one by one are left out: ask again for them, a few at a time.
    """
    read = {cell: _scenario(grid, cell) for cell in cells}
    scenarios = {cell: found for cell, found in read.items() if isinstance(found, Scenario)}
    try:
        together = solve_together(scenarios)
    except Exception as error:  # a bug: nobody knows whose
        return [_row(grid, cell, _broken(error)) for cell in cells]
    rows = []
    for cell, found in read.items():
        if isinstance(found, Exception):
            rows.append(_row(grid, cell, _raised(found)))
        elif isinstance(known := together.get(cell), SolvedCell):
            rows.append(_row(grid, cell, _tried(known.numbers)))
        elif len(cells) <= FEW:
            rows.append(_row(grid, cell, _tried(partial(_alone, grid, found, known))))
    return rows


def _scenario(grid: Grid, cell: int) -> Scenario | Exception:
    try:
        return grid.scenario(cell)
    except Exception as error:
        return error


def _tried(solve: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a cell's numbers, or what went wrong: the other cells must not be lost with it."""
    try:
        return solve()
    except Exception as error:
        return _raised(error)


def _raised(error: Exception) -> dict[str, Any]:
    """Say what went wrong with a cell."""
    if isinstance(error, (InvalidInputError, UnsupportedGameError, NotConvergedError)):
        return {"status": "refused", "note": _sentence(str(error))}
    if isinstance(error, CoopetitionError):
        return {"status": "failed", "note": _sentence(str(error))}
    return _broken(error)


def _broken(error: Exception) -> dict[str, Any]:
    told = f"internal error, please report it: {type(error).__name__}: {error}"
    return {"status": "failed", "note": _sentence(told)}


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


def _alone(grid: Grid, scenario: Scenario, planner: Optimum | None = None) -> dict[str, Any]:
    """Solve a cell by itself, as the command `solve` does, except for an optimum that is known."""
    if scenario.oracle is None:
        return _numbers(run_study(scenario.round(), scenario.mechanism, planner=planner))
    measured = measure_scenario(scenario)
    try:
        study = run_study(
            measured.game,
            scenario.mechanism,
            alone=measured.alone,
            skill=measured.skill,
            planner=measured.planner,
        )
        return _numbers(study)
    finally:
        for name, tally in measured.trained.tallies.items():
            grid.trained[name] = grid.trained.get(name, Tally()) + tally
        measured.oracle.close()


def _numbers(study: Study) -> dict[str, Any]:
    found, planner = study.equilibrium, study.planner
    epsilon = found.certificate.epsilon
    if not found.success:
        status = found.status.word
        return {"status": status, "note": found.status.value, "epsilon": epsilon}
    skill = study.skill
    unskilled = "" if skill is None or skill.verdict == "explains most" else str(skill)
    return numbers_of(
        contribution=study.contribution,
        before=study.payoff_before,
        transfer=study.transfer,
        fee=study.fee,
        planner=planner,
        outside=study.outside.get(study.settings.measured_against),
        epsilon=epsilon,
        notes=[unskilled, found.reason, "" if planner.success else f"planner: {planner.known}"],
    )


def solve_unit(grid: Grid, cells: Sequence[int]) -> list[CellRow]:
    """Solve some cells with one thread: the order of BLAS's sums, so its bits, depends on it."""
    with one_thread():
        return solve_cells(grid, cells)
