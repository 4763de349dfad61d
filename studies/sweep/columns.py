"""Scenarios that differ only in numbers, as the arrays that batches take: one row per scenario."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.batch.forms import parameters
from coopetition.solvers.batch.row_table import KNOWN
from coopetition.studies.batch.rules import Changes, blank
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario


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

    @property
    def blank(self) -> CoopetitionRound:
        """A round with this curve, whose numbers are all to be replaced."""
        return blank(self.curve, self.size)

    def of_mechanism(self, name: str) -> Array:
        """Return a number, or a matrix, of all mechanisms."""
        return np.array([getattr(s.mechanism, name) for s in self.scenarios], float)

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

    @cached_property
    def changes(self) -> Changes:
        """Everything, as `solve_many` takes it."""
        return self.columns | self.gains | self.rivals

    def numbers(self, name: str) -> Array:
        """Return a field of all scenarios."""
        return np.array([getattr(s, name) for s in self.scenarios], float)


def kind(scenario: Scenario) -> Hashable:
    """Return what scenarios must share to go together: all that is not a number."""
    curve = scenario.gain
    assert curve is not None  # scenarios with an oracle are no rows of a batch
    whole = None if parameters(curve) else curve
    shapes = (np.ndim(scenario.damage), np.ndim(scenario.rivalry))
    return scenario.organizations, type(curve), whole, shapes
