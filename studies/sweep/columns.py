"""Scenarios that differ only in numbers, as the arrays that batches take: a row a scenario.

Rows that need a sum over organizations are kept at least two wide with organizations first, as the
batches keep theirs: a row's bits then do not depend on how many rows there are.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.batch.forms import Rivals, parameters
from coopetition.solvers.batch.table import KNOWN
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario

Changes = dict[str, Array]


@dataclass(frozen=True)
class Columns:
    """At least two scenarios with the same organizations and the same kinds of fields."""

    scenarios: Sequence[Scenario]

    @property
    def size(self) -> int:
        """The number of organizations."""
        return len(self.scenarios[0].organizations)

    @property
    def first(self) -> MechanismSettings:
        """The mechanism of the first scenario: its words are everyone's, its numbers are not."""
        return self.scenarios[0].mechanism

    @property
    def curve(self) -> GainCurve:
        """A curve of their family, whose parameters `gains` replaces, or their table."""
        curve = self.scenarios[0].gain
        assert curve is not None  # scenarios with an oracle are no rows of a batch
        names = parameters(curve)
        return type(curve)(**dict.fromkeys(names, 1.0)) if names else curve

    def blank(self, size: int) -> CoopetitionRound:
        """Return a round of some size, whose numbers are all to be replaced."""
        low, high = self.curve.domain
        start, reach = (low, high - low) if high < np.inf else (1.0, 1.0)
        first = np.where(np.arange(size) == 0, 1.0, 0.0)
        small = CoopetitionRound(
            gain=self.curve, local_data=(start + reach) * first, max_contribution=0.0, value=1.0
        )
        try:  # of a table all, so that its rows need no look at where they are on it
            return small.replace(local_data=start * first, max_contribution=reach * first)
        except InvalidInputError:
            return small

    @cached_property
    def columns(self) -> Changes:
        """The organizations' numbers, each of shape (B, N)."""
        return {key: np.array([s.columns[key] for s in self.scenarios], float) for key in KNOWN}

    @cached_property
    def gains(self) -> Changes:
        """The personal weight and the gain's parameters, each of shape (B,)."""
        found = {"personal_weight": self.numbers("personal_weight")}
        for name in parameters(self.curve):
            found[f"gain.{name}"] = np.array([getattr(s.gain, name) for s in self.scenarios], float)
        return found

    @cached_property
    def rivals(self) -> Changes:
        """Damage and rivalry, each of shape (B,) or (B, N, N)."""
        return {name: self.numbers(name) for name in ("damage", "rivalry")}

    @property
    def changes(self) -> Changes:
        """Everything, as `solve_many` takes it."""
        return self.columns | self.gains | self.rivals

    def numbers(self, name: str) -> Array:
        """Return a field of all scenarios."""
        return np.array([getattr(s, name) for s in self.scenarios], float)


def kind(scenario: Scenario) -> Hashable:
    """Return what scenarios must share to go together: all that is no number."""
    curve = scenario.gain
    assert curve is not None  # scenarios with an oracle are no rows of a batch
    whole = None if parameters(curve) else curve
    shapes = (np.ndim(scenario.damage), np.ndim(scenario.rivalry))
    return scenario.organizations, type(curve), whole, shapes


def picked(array: Array, row: Index, among: Index) -> Array:
    """Return (B,) or (B, N, N) numbers of some rows, among members of shape (rows, members)."""
    if array.ndim == 1:
        return array[row]
    return array[row[:, None, None], among[:, :, None], among[:, None, :]]


def operator(numbers: Array) -> Rivals:
    """Return numbers of shape (B,) or (B, N, N) as products of rows with shape (N, B)."""
    if numbers.ndim == 1:
        return Rivals(numbers, None)
    return Rivals(None, np.ascontiguousarray(np.moveaxis(numbers, 0, -1)))


def sideways(array: Array) -> Array:
    """Return (B, N) as (N, B), or the other way round, contiguous."""
    return np.ascontiguousarray(array.T)
