"""A round with the own part of a separable rule: all that such a rule does to incentives."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.aggregate import AggregateForm, AggregativeGame
from coopetition.games.base import Box
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound


@dataclass(frozen=True, eq=False)
class PaidRound(AggregativeGame):
    """A round in which each receives slope·x − bend·x²/2 for its own contribution."""

    round: CoopetitionRound
    slope: Array
    bend: Array

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.round.players

    @property
    def spaces(self) -> Box:
        """Contributions: [0, max_contribution]."""
        return self.round.spaces

    def _paid(self, profile: ArrayLike) -> Array:
        x = np.asarray(profile, dtype=float)
        return x * (self.slope - 0.5 * self.bend * x)

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return U_n with what is received."""
        return self.round.payoffs(profile) + self._paid(profile)

    @cached_property
    def form(self) -> AggregateForm:
        """The round's form with the own part."""
        form = self.round.form
        linear, curvature = form.linear + self.slope, form.curvature + self.bend
        return replace(form, linear=linear, curvature=curvature)
