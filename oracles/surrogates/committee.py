"""The mean of several functions of gains."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coopetition.games.arrays import Array


class SmoothGains(Protocol):
    """Everybody's gain as a function of all contributions."""

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""


@dataclass(frozen=True, slots=True, eq=False)
class MeanGains:
    """What the members say on average.

    Its curvature has no sign that is known: members may bend in different ways.

    Parameters
    ----------
    members
        Functions of gains with slopes, at least one.
    """

    members: tuple[SmoothGains, ...]

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""
        return np.asarray(np.mean([one(profiles) for one in self.members], axis=0))

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""
        return np.asarray(np.mean([one.gradient(profiles) for one in self.members], axis=0))
