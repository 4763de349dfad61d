"""A sweep: a scenario with some fields varied, every combination solved, one row per cell."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

from coopetition.games.errors import CoopetitionError, InvalidInputError
from coopetition.oracles.parallel.executor import Cluster, Processes, Run, in_this_process
from coopetition.output.clean_values import clean
from coopetition.output.progress import Progress, silent
from coopetition.output.table import Column, Kind, Table
from coopetition.output.words import Words
from coopetition.studies.measured.backends import open_backend
from coopetition.studies.measured.measured import Announce, tell_nobody
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.study_stages import Asked, plan_of, seeds_of, study_stages
from coopetition.studies.measured.training_plan import Trained, TrainingPlan, merged
from coopetition.studies.measured.words import words_of
from coopetition.studies.pictured import Pictured
from coopetition.studies.scenario.parameters import parameter_words
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.sweep.cell import FEW, LISTS, NUMBERS, CellRow, lost_cell, solve_unit
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.store import Store

SHARES = ("efficiency", "attainable_share")  # of the planner's welfare, or gain
HEADS = {  # what people call a number, and which a narrow terminal leaves out first
    "welfare": ("welfare", 0),
    "planner_welfare": ("planner", 2),
    "efficiency": ("of planner", 0),
    "attainable_share": ("of attainable", 0),
    "deficit": ("deficit", 1),
    "slack": ("slack", 1),
    "epsilon": ("regret", 2),
}
RULE = "mechanism.rule"  # the column `rule` of a long data frame
PLANNER = {"planner_welfare": "planner.welfare"}  # the key that all outputs have for it


@dataclass(frozen=True, eq=False)
class Sweep(Pictured):
    """A finished sweep: its grid, and a row for each cell, in order."""

    grid: Grid
    rows: tuple[CellRow, ...]
    trained: Trained | None = None

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

    def tables(self) -> tuple[Table]:
        """Return one row per cell: what is varied, numbers, and those of every organization."""
        return (
            Table(self._title, (*self._varied(), *self._totals(), *self._each(), *self._known())),
        )

    def short_table(self) -> Table:
        """Return what a person looks at first."""
        return Table(self._title, (*self._varied(), *self._totals(), *self._known()))

    def long_table(self) -> Table:
        """Return one row per cell, and one per cell and organization."""
        names = (None, *self.grid.organizations)
        pairs = [(row, n) for row in self.rows for n in range(len(names))]

        def together(column: Column) -> Column:
            values = [column.values[row.cell] if n == 0 else None for row, n in pairs]
            return replace(column, values=values)

        def of_each(key: str) -> Column:
            lists = [(getattr(row, key), n) for row, n in pairs]
            values = [known[n - 1] if known and n else None for known, n in lists]
            return Column(key, key, values, self._unit(key))

        varied = [column for column in self._varied() if column.key != RULE]
        rules = [column for column in self._varied() if column.key == RULE]
        return Table(
            self._title,
            (
                Column("cell", "cell", [row.cell for row, _ in pairs], kind="name"),
                Column("organization", "organization", [names[n] for _, n in pairs], kind="name"),
                *(
                    replace(c, key="rule", values=[c.values[row.cell] for row, _ in pairs])
                    for c in rules
                ),
                *map(together, (*varied, *self._totals())),
                *map(of_each, LISTS),
            ),
        )

    @cached_property
    def words(self) -> Words:
        """The scenario's name, and the units, in its oracle's words if it has one."""
        if self.grid.measured:
            return words_of(first_scenario(self.grid))
        return Words(str(self.grid.content.get("name", "")), self.currency)

    @property
    def currency(self) -> str:
        """What money is called."""
        return str(self.grid.content.get("currency", "money"))

    @property
    def _title(self) -> str:
        count = "1 cell" if self.grid.size == 1 else f"{self.grid.size:,} cells"
        return f"{self.grid.content.get('name', 'scenario')}: {count}"

    def _unit(self, key: str) -> str:
        if key == "contribution":
            return self.words.samples
        return "" if key in SHARES else self.currency

    def _varied(self) -> list[Column]:
        found = []
        for k, axis in enumerate(self.grid.axes):
            label, unit = parameter_words(axis.path, self.currency, factor=axis.factor)
            found.append(
                Column(axis.name, label, [row.values[k] for row in self.rows], unit, "name")
            )
        return found

    def _totals(self) -> list[Column]:
        generated = [
            None if row.contribution is None else sum(row.contribution) for row in self.rows
        ]
        unit = self._unit("contribution")
        found = [Column("total_contribution", "contribution", generated, unit)]
        for key in NUMBERS:
            head, rank = HEADS.get(key, (key.replace("_", " "), 1))
            values = [getattr(row, key) for row in self.rows]
            kind: Kind = "share" if key in SHARES else "number"
            found.append(Column(PLANNER.get(key, key), head, values, self._unit(key), kind, rank))
        return found

    def _each(self) -> list[Column]:
        return [
            Column(
                f"{key}.{name}",
                f"{key} {name}",
                [None if (known := getattr(row, key)) is None else known[n] for row in self.rows],
                self._unit(key),
            )
            for key in LISTS
            for n, name in enumerate(self.grid.organizations)
        ] + [
            Column(f"slack.{name}", f"slack {name}", [row.slack_of(n) for row in self.rows],
                   self.currency)
            for n, name in enumerate(self.grid.organizations)
        ]  # fmt: skip

    def _known(self) -> list[Column]:
        seeds = [row.seed for row in self.rows]
        varied = any(axis.name == "seed" for axis in self.grid.axes)  # then it is there already
        return [
            *([] if varied else [Column("seed", "seed", seeds, rank=3)]),
            Column("status", "status", [row.status for row in self.rows], kind="text"),
            Column("note", "note", [row.note for row in self.rows], kind="note"),
        ]


def first_scenario(grid: Grid) -> Scenario:
    """Return the first cell's scenario that is valid."""
    first: InvalidInputError | None = None
    for cell in range(grid.size):
        try:
            scenario = grid.scenario(cell)
        except InvalidInputError as error:
            first = first or error
            continue
        if scenario.oracle and scenario.ledger is None:
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
    progress: Progress = silent,
    before: Announce = tell_nobody,
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
    progress
        Told how many cells are solved, of how many; those that were stored are told first.
    before
        Told what all cells will train, before the first training.

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
    plan = None
    if grid.measured:
        plan = sweep_plan(grid)
        before(plan)
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
        progress("solving cells", len(rows), grid.size)
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
                progress("solving cells", len(rows), grid.size)
    trained = None if plan is None else Trained(plan, grid.trained)
    return Sweep(grid, tuple(rows[cell] for cell in range(grid.size)), trained)


def sweep_plan(grid: Grid) -> TrainingPlan:
    """Return what the cells train: those that ask the same share it, cells that are refused none.

    An adaptive search goes where its cell's answer is, so that cells share but its first trainings.
    """
    plans: dict[str, TrainingPlan] = {}
    for cell in range(grid.size):
        with suppress(CoopetitionError):
            scenario = grid.scenario(cell)
            wanted, settings = Plan(), scenario.oracle
            assert settings is not None
            asked = [settings, scenario.organizations, scenario.seed, wanted.trains_alone(scenario)]
            own = {} if settings.design == "fixed" else {"cell": cell}
            key = repr([*asked, scenario.columns["max_contribution"], own])
            if key in plans:
                continue
            with closing(open_backend(scenario).oracle) as oracle:
                stages = study_stages(Asked(scenario, oracle, range(seeds_of(scenario)), wanted))
                plans[key] = plan_of(scenario, oracle, stages)
    every = [stage for plan in plans.values() for stage in plan.stages]
    shared = [
        # All questions of one cell may be those of another.
        stage
        if stage.asked
        else replace(stage, least=max(one.least for one in every if one.name == stage.name))
        for stage in merged(every)
    ]
    return replace(next(iter(plans.values()), TrainingPlan()), stages=tuple(shared))


def drawable(grid: Grid) -> None:
    """Refuse a grid that no picture shows."""
    numeric: Sequence[bool] = [axis.numeric for axis in grid.axes]
    if len(numeric) > 2 or not any(numeric):
        raise InvalidInputError(
            "a picture shows one or two varied fields, at least one of them with numbers; "
            "write a table instead"
        )


# Cells are handed out in units: to this process, several, or a cluster. Workers may die: what does
# not come back is tried again, then alone, so that a cell that kills its worker takes no other with
# it.

MANY = 256  # cells that are handed out, and stored, together: well under a second of work
PLAYERS = 4096  # in their rounds together


def compute(grid: Grid, cells: Sequence[int], run: Run, width: int) -> Iterator[list[CellRow]]:
    """Yield the rows of some cells as they finish.

    Large units come first, of the cells that are solved together, then small ones of those that
    are left. Cells whose worker dies are run again: each by itself, and at last with nothing
    beside it.

    Parameters
    ----------
    run
        Computes units somewhere; units that do not come back had a worker that died.
    width
        How many units are computed at once.
    """
    many = min(MANY, PLAYERS // max(1, len(grid.organizations)), ceil(len(cells) / (8 * width)))
    stages = [(many, False), (FEW, False), (1, False), (1, True)]
    left = list(cells)
    for most, alone in stages[many <= FEW :]:  # small units are solved to the end
        size = min(most, max(1, ceil(len(left) / (8 * width))))
        units = ((grid, left[k : k + size]) for k in range(0, len(left), size))
        back: set[int] = set()
        for rows in run(solve_unit, units, alone):
            back.update(row.cell for row in rows)
            yield rows
        left = [cell for cell in left if cell not in back]
        if not left:
            return
    yield [lost_cell(grid, cell) for cell in left]
