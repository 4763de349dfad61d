"""Grids: which fields of a scenario are varied, over which values, and the cells that result."""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.oracles.ledger.counting import Tally
from coopetition.studies.scenario.csv_tables import read_csv
from coopetition.studies.scenario.imported_rules import code_of
from coopetition.studies.scenario.matrices import SIGNED, is_file, read_matrix, with_matrices
from coopetition.studies.scenario.oracle_table import check_place
from coopetition.studies.scenario.organizations import blank_notes
from coopetition.studies.scenario.parameters import check_path
from coopetition.studies.scenario.scenario import Scenario, parse_scenario
from coopetition.studies.sweep.fields import RULE, check_loss, put, scale
from coopetition.studies.sweep.values import Axis, Value

FORMAT = 5  # of what is stored of a cell: raise it when the numbers of a row change their meaning
MOST_CELLS = 1_000_000


@dataclass(frozen=True)
class Grid:
    """A scenario's content, the fields varied, and every combination of their values, the cells.

    The last field varies fastest. Cells are numbered from 0, and everything about a cell follows
    from its number alone, so that the order of work does not matter.

    Parameters
    ----------
    content
        Of a scenario file. It need not be valid as it stands: the cells must be.
    axes
        The fields varied.
    folder
        Of file names in the content.
    file
        That the content was read from: trainings are kept beside it.

    Raises
    ------
    InvalidInputError
        If a field is none of a scenario's, or is varied twice, or there are too many cells.

    Examples
    --------
    >>> from coopetition.studies.sweep.values import read_axis
    >>> content = {
    ...     "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.001} for n in ("North", "South")]}
    >>> grid = Grid(content, [read_axis("competition.damage=0:0.3:4"),
    ...                       read_axis("organization.North.value=500,1000")])
    >>> grid.size, grid.values(3), grid.scenario(3).columns["value"]
    (8, (0.1, 1000), [1000.0, 1000.0])
    """

    content: Mapping[str, Any] = field(repr=False)
    axes: Sequence[Axis]
    folder: Path = Path(".")
    notes: tuple[str, ...] = field(default=(), init=False, compare=False)  # of the CSV file
    file: Path | None = field(default=None, compare=False)  # that the content was read from
    trained: dict[str, Tally] = field(default_factory=dict, init=False, repr=False, compare=False)
    matrices: dict[tuple[str, Value], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # of the CSV files that are values of axes

    def __post_init__(self) -> None:
        """Put what CSV files say into the content, and check the fields."""
        content = dict(self.content)
        source = content.get("organizations")
        if isinstance(source, str) and "organization" not in content:
            del content["organizations"]
            read = read_csv(self.folder / source, COLUMNS)
            content["organization"] = [row for _, row in read.rows]
            object.__setattr__(self, "notes", tuple(blank_notes(source, read).values()))
        object.__setattr__(self, "content", content)
        if "market" in content:
            from coopetition.studies.market.market_table import read_market
            from coopetition.studies.market.with_market import resolved

            market = read_market(content["market"], self.folder, self.organizations)
            content = resolved(content, market)
        if names := self.organizations:  # nobody is refused with the scenario
            content = with_matrices(content, names, self.folder)
            object.__setattr__(self, "content", content)
        object.__setattr__(self, "axes", tuple(self.axes))
        paths = [axis.path for axis in self.axes]
        if not paths:
            raise InvalidInputError("a sweep needs at least one field to vary")
        for path in paths:
            if paths.count(path) > 1:
                raise InvalidInputError(f"the field {path} is varied twice")
            check_path(path, self.organizations, "cannot vary")
        for axis in self.axes:
            check_loss(self.content, axis)
            for value in filter(is_file, axis.values if axis.path in SIGNED else ()):
                matrix = read_matrix(axis.path, value, self.organizations, self.folder)
                self.matrices[axis.path, value] = matrix
        if self.size > MOST_CELLS:
            raise InvalidInputError(
                f"a sweep has at most {MOST_CELLS:,} cells, these fields make {self.size:,}"
            )

    @property
    def organizations(self) -> tuple[str, ...]:
        """The organizations' names as they stand."""
        rows = self.content.get("organization")
        rows = rows if isinstance(rows, list) else []
        return tuple(tidy(str(row.get("name"))) for row in rows if isinstance(row, Mapping))

    @property
    def size(self) -> int:
        """The number of cells."""
        return prod(len(axis.values) for axis in self.axes)

    @property
    def measured(self) -> bool:
        """Whether gains are an oracle's."""
        return "oracle" in self.content or any(a.path.startswith("oracle.") for a in self.axes)

    @cached_property
    def digest(self) -> str:
        """Name the scenario's content, and the code of custom rules: 16 hexadecimal digits."""
        content = dict(self.content)
        if isinstance(content.get("oracle"), Mapping):
            content["oracle"] = _placeless(content["oracle"])
        if own := self.own_rules():
            content["code"] = [code_of(rule, self.folder) for rule in own]
        return _digest(content)

    def training_on(self, jobs: int, cluster: str | None) -> "Grid":
        """Return the grid with its oracle's trainings in other processes, or on a cluster.

        Raises
        ------
        InvalidInputError
            If one of its oracles does not train there.
        """
        oracle, place = self.content["oracle"], {"cluster": cluster} if cluster else {"jobs": jobs}
        varied = [v for axis in self.axes if axis.path == "oracle.kind" for v in axis.values]
        for kind in varied or [oracle.get("kind")]:
            check_place(str(kind), place)
        return replace(self, content={**self.content, "oracle": _placeless(oracle) | place})

    def values(self, cell: int) -> tuple[Value, ...]:
        """Return a cell's values of the fields varied."""
        picked: list[Value] = []
        for axis in reversed(self.axes):
            cell, k = divmod(cell, len(axis.values))
            picked.append(axis.values[k])
        return tuple(reversed(picked))

    def seed(self, cell: int) -> Any:
        """Return a cell's seed: its own, of its number, unless seeds are varied.

        With an oracle all cells keep the scenario's: what is measured is then the same in all.
        """
        for axis, value in zip(self.axes, self.values(cell), strict=True):
            if axis.path == "seed":
                return value
        seed = self.content.get("seed", 0)
        if self.measured or not isinstance(seed, int) or seed < 0:
            return seed  # a wrong one is refused with the scenario
        return int(np.random.SeedSequence(seed, spawn_key=(cell,)).generate_state(1)[0])

    def cell_content(self, cell: int) -> dict[str, Any]:
        """Return the content of a cell's scenario."""
        content = copy.deepcopy(dict(self.content))
        content["seed"] = self.seed(cell)
        pairs = list(zip(self.axes, self.values(cell), strict=True))
        for axis, value in sorted(pairs, key=lambda pair: _turn(pair[0])):
            if axis.factor:
                assert isinstance(value, int | float)
                scale(content, axis.path, value)
            else:
                matrix = self.matrices.get((axis.path, value))
                put(content, axis.path, [[*row] for row in matrix] if matrix else value)
        return content

    def scenario(self, cell: int) -> Scenario:
        """Return a cell's scenario, as strictly validated as a file.

        Raises
        ------
        InvalidInputError
            As `parse_scenario`.
        """
        return replace(parse_scenario(self.cell_content(cell), self.folder), file=self.file)

    def key(self, cell: int) -> str:
        """Return the digest under which a cell's row is stored: of all that it follows from."""
        from coopetition._version import __version__

        content = self.cell_content(cell)
        return _digest([FORMAT, __version__, content, self._code(content)], 32)

    def own_rules(self) -> tuple[str, ...]:
        """Return the rules `module:attribute` of any cell."""
        table = self.content.get("mechanism")
        first = table.get("rule") if isinstance(table, Mapping) else None
        named = [first, *(v for a in self.axes if a.path == RULE for v in a.values)]
        return tuple(rule for rule in named if isinstance(rule, str) and ":" in rule)

    def _code(self, content: Mapping[str, Any]) -> str:
        """Name the code of a cell's own rule: with other code it is another cell."""
        table = content.get("mechanism")
        rule = table.get("rule") if isinstance(table, Mapping) else None
        return code_of(rule, self.folder) if isinstance(rule, str) and ":" in rule else ""


def _turn(axis: Axis) -> int:
    """Return when a field is set: the rule first, as it drops others' parameters, factors last."""
    return 0 if axis.path == RULE else 2 if axis.factor else 1


def _placeless(oracle: Mapping[str, Any]) -> dict[str, Any]:
    """Return an [oracle] table without where it trains: answers do not depend on it."""
    return {key: value for key, value in oracle.items() if key not in ("jobs", "cluster")}


def _digest(content: Any, length: int = 16) -> str:
    text = json.dumps(content, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:length]
