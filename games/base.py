"""What a game is: players, a box of strategies, payoffs; and what a potential adds.

A profile is one number per player, shape (N,); every method takes batches of profiles too, shape
(..., N). In a w-weighted potential game, for every player n and every unilateral change x_n → y,

    U_n(y, x_−n) − U_n(x) = w_n · [Φ(y, x_−n) − Φ(x)],      w_n > 0

(Monderer and Shapley, Potential games, Games and Economic Behavior 14, 1996).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The strategies: player n chooses a number in [lower_n, upper_n]."""

    lower: Array
    upper: Array

    def project(self, profile: Array) -> Array:
        """Return the nearest profile in the box."""
        return np.clip(profile, self.lower, self.upper)

    def sample(self, rng: np.random.Generator, count: int) -> Array:
        """Return `count` uniformly drawn profiles, shape (count, N)."""
        return rng.uniform(self.lower, self.upper, (count, self.upper.size))


OWN = 9  # own contributions at which a payoff is looked at


def spread(here: float, others: Array) -> float:
    """Return how far a payoff ranges, and a thousandth of its size: far more than its rounding."""
    known = np.append(others, here)
    known = known[np.isfinite(known)]
    return float(np.ptp(known) + 1e-3 * abs(here)) if known.size else np.nan


class Game(ABC):
    """Players who each choose a number from an interval; abstract."""

    @property
    @abstractmethod
    def players(self) -> tuple[str, ...]:
        """The players' names."""

    @property
    @abstractmethod
    def spaces(self) -> Box:
        """The players' intervals."""

    @abstractmethod
    def payoffs(self, profile: ArrayLike) -> Array:
        """Return every player's payoff; profile of shape (..., N), result of the same shape."""

    def payoff(self, player: int, profile: ArrayLike) -> Array:
        """Return one player's payoff; profiles of shape (..., N) to (...)."""
        return np.asarray(self.payoffs(profile))[..., player]

    def welfare(self, profile: ArrayLike, payoffs: Array | None = None) -> Array:
        """Return Σ payoffs, shape (..., N) to (...); of a game under a rule, before transfers.

        `payoffs` are those of the profile, where they are known already.
        """
        known = self.payoffs(profile) if payoffs is None else payoffs
        return np.asarray(known.sum(axis=-1))

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,).

        The unit of its tolerance: 1e-9 of it. Where payoffs are known as numbers only, it is
        their range over nine contributions of the player's own, and a thousandth of their size;
        or what that is typically, as at many equilibria all choices are worth the same.
        """
        return np.fmax(self.own_range(np.asarray(profile, dtype=float)), self.typical_range())

    def own_range(self, profile: Array) -> Array:
        """Return how far each payoff ranges over the player's own contributions, shape (N,)."""
        here, box = np.asarray(self.payoffs(profile), dtype=float), self.spaces
        found = np.zeros(len(self.players))
        for n in range(found.size):
            rows = np.repeat(profile[None], OWN, axis=0)
            rows[:, n] = np.linspace(box.lower[n], box.upper[n], OWN)
            found[n] = spread(here[n], np.asarray(self.payoffs(rows))[:, n])
        return found

    def typical_range(self) -> Array:
        """Return the median of that on three random profiles, shape (N,)."""
        drawn = self.spaces.sample(np.random.default_rng(0), 3)
        return np.asarray(np.median([self.own_range(x) for x in drawn], axis=0))

    def payoff_sizes(self, profile: Array) -> Array:
        """Return the largest single term of each payoff that the game knows of, shape (N,)."""
        return np.abs(self.payoffs(profile))

    def checked(self, profile: ArrayLike) -> Array:
        """Return one profile as an array of shape (N,).

        Raises
        ------
        InvalidInputError
            If it has another shape, a NaN, or leaves the box by more than rounding.
        """
        try:
            x = np.array(profile, dtype=float)
        except (TypeError, ValueError):
            raise InvalidInputError(f"a profile must hold numbers, got {profile!r}") from None
        box = self.spaces
        if x.shape != box.upper.shape:
            raise InvalidInputError(
                f"a profile must hold {box.upper.size} numbers, one per player, got shape {x.shape}"
            )
        if ((x >= box.lower) & (x <= box.upper)).all():
            return x
        slack = 1e-12 * np.maximum(np.abs(box.upper), np.abs(box.lower))
        bad = ~((x >= box.lower - slack) & (x <= box.upper + slack))
        if bad.any():
            n = int(np.argmax(bad))
            raise InvalidInputError(
                f"the contribution of {self.players[n]} must be in "
                f"[{box.lower[n]:g}, {box.upper[n]:g}], got {x[n]:g}"
            )
        return box.project(x)


class PotentialGame(Game):
    """A game with a weighted potential; abstract."""

    @property
    @abstractmethod
    def weights(self) -> Array:
        """The weights w, shape (N,); all positive where `potential` is defined."""

    @abstractmethod
    def potential(self, profile: ArrayLike) -> Array:
        """Return Φ, for profiles of shape (..., N) an array of shape (...)."""

    def potential_gradient(self, profile: ArrayLike) -> Array:
        """Return ∇Φ at one profile, shape (N,), by central differences inside the box."""
        x, box = np.asarray(profile, dtype=float), self.spaces
        width = box.upper - box.lower
        ends = [box.project(x + sign * 1e-6 * np.diag(width)) for sign in (1.0, -1.0)]
        apart = np.diagonal(ends[0] - ends[1])
        change = self.potential(ends[0]) - self.potential(ends[1])
        return np.divide(change, apart, out=np.zeros_like(apart, subok=False), where=apart > 0)
