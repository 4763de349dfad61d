"""Draws of a scenario's uncertain numbers, as arrays that batches take.

Inputs are independent: numbers of one group, or of one file, are one input, and so is a market.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.batch.row_table import RowTable
from coopetition.studies.market.market import damage_of
from coopetition.studies.scenario.scenario import Scenario

MARKET = "market"


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """B draws: a uniform number for each input, NaN at its middle; the market's stakes or None."""

    uniform: Array
    stakes: Array | None

    def __len__(self) -> int:
        """B."""
        return len(self.uniform)


@dataclass(frozen=True)
class Inputs:
    """What of a scenario with a curve is uncertain.

    Raises
    ------
    InvalidInputError
        If nothing is, or its gain is measured.
    """

    scenario: Scenario

    def __post_init__(self) -> None:
        """Check that there is something to draw."""
        if self.scenario.gain is None:
            raise InvalidInputError(
                "draws need a [gain]: of a gain that is measured, solve says what its seeds leave "
                "uncertain"
            )
        if not self.names:
            raise InvalidInputError(
                "nothing in the scenario is uncertain: write a number as { low = …, high = … }, "
                "{ mean = …, sd = … } or { draws = FILE.csv, column = … }, or a [market] from a "
                "survey that was counted"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The independent inputs: paths, groups, files, and `market`."""
        market = self.scenario.market
        drawn = () if market is None or market.sampler is None else (MARKET,)
        groups = [known.group or path for path, known in self.scenario.spread.items()]
        return (*dict.fromkeys(groups), *drawn)

    def sample(self, count: int, seed: int) -> Sample:
        """Draw at random.

        Raises
        ------
        InvalidInputError
            If the count is no integer of at least 1.
        """
        seeds = np.random.SeedSequence(seed).spawn(2)
        uniform = np.random.default_rng(seeds[0]).random((count, len(self.names)))
        return Sample(uniform, self._stakes(count, seeds[1]))

    def pairs(self, count: int, seed: int) -> tuple[Sample, Sample]:
        """Return two samples that fill the unit cube of both evenly (Sobol'), for Sobol' indices.

        `count` is a power of 2. Markets are drawn at random.
        """
        from scipy.stats import qmc

        seeds = np.random.SeedSequence(seed).spawn(3)
        size = len(self.names)
        cube = qmc.Sobol(2 * size, seed=np.random.default_rng(seeds[0])).random(count)
        first, second = (self._stakes(count, one) for one in seeds[1:])
        return Sample(cube[:, :size], first), Sample(cube[:, size:], second)

    def _stakes(self, count: int, seed: np.random.SeedSequence) -> Array | None:
        market = self.scenario.market
        if market is None or market.sampler is None:
            return None
        return market.sampler(np.random.default_rng(seed), count)

    def only(self, sample: Sample, name: str) -> Sample:
        """Return a sample in which one input is as drawn, all others at their middles."""
        one = self.names.index(name)
        uniform = np.full_like(sample.uniform, np.nan)
        uniform[:, one] = sample.uniform[:, one]
        return Sample(uniform, sample.stakes if name == MARKET else None)

    def mixed(self, first: Sample, second: Sample, name: str) -> Sample:
        """Return the first sample with one input of the second."""
        one = self.names.index(name)
        uniform = first.uniform.copy()
        uniform[:, one] = second.uniform[:, one]
        return Sample(uniform, second.stakes if name == MARKET else first.stakes)

    def changes(self, sample: Sample) -> dict[str, Array]:
        """Return the sample as `study_many` takes it: shapes (B,), (B, N) and (B, N, N).

        Fields of which nothing is uncertain are left out.

        Examples
        --------
        >>> from coopetition.studies import parse_scenario
        >>> rows = [{"name": n, "local_data": 900, "max_contribution": 4000, "unit_cost": 0.02,
        ...          "value": {"low": 900, "high": 1100}} for n in ("North", "South")]
        >>> inputs = Inputs(parse_scenario({"organization": rows, "gain": {"family": "power",
        ...     "ceiling": 1, "scale": 2, "exponent": 0.35}}))
        >>> one = inputs.only(inputs.sample(2, 0), "organization.North.value")
        >>> inputs.changes(one)["value"].round(2).tolist()
        [[1088.59, 1000.0], [1044.47, 1000.0]]
        """
        found: dict[str, Array] = {}
        if self.scenario.market is not None:
            stakes = self.scenario.market.stakes[None] if sample.stakes is None else sample.stakes
            shape = (len(sample), *stakes.shape[1:])
            stakes = np.broadcast_to(stakes, shape)
            found["value"] = np.diagonal(stakes, axis1=1, axis2=2).copy()
            found["damage"] = damage_of(stakes)
        for path, known in self.scenario.spread.items():
            u = sample.uniform[:, self.names.index(known.group or path)]
            values = np.where(np.isnan(u), known.middle, known.at(np.where(np.isnan(u), 0.5, u)))
            self._put(found, path, values)
        return found

    def rounds(self, count: int, seed: int) -> tuple[CoopetitionRound, ...]:
        """Return rounds whose numbers are drawn.

        Raises
        ------
        InvalidInputError
            If a draw is no round, or the count is no integer of at least 1.
        """
        changes = self.changes(self.sample(whole("draws", count, 1), seed))
        table = RowTable.of(self._game, changes)
        return tuple(table.round(row) for row in range(count))

    def _put(self, found: dict[str, Array], path: str, values: Array) -> None:
        """Put the draws of one number into the arrays of its field."""
        table, _, rest = path.partition(".")
        names = self.scenario.organizations
        if table == "organization":
            name, _, key = rest.rpartition(".")
            if key not in found:
                found[key] = np.tile(getattr(self._game, key), (values.size, 1))
            found[key][:, names.index(name)] = values
        elif table == "competition":
            key, _, pair = rest.partition(".")
            if not pair:
                found[key] = values
                return
            if key not in found:
                found[key] = np.tile(getattr(self._game, key).dense(), (values.size, 1, 1))
            n, m = _pair(pair, names)
            found[key][:, n, m] = values
        else:
            field = {"personal_gain": "personal_weight"}.get(table, path)
            found[field] = values

    @cached_property
    def _game(self) -> CoopetitionRound:
        return self.scenario.round()


def _pair(pair: str, names: tuple[str, ...]) -> tuple[int, int]:
    """Return the two of LOSES.GAINS, whose names may have dots in them."""
    return next(
        (n, m)
        for n, first in enumerate(names)
        for m, second in enumerate(names)
        if pair == f"{first}.{second}"
    )
