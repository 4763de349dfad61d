"""What is left of a game for some players while the others keep to what they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box, Game, PotentialGame
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.smooth.game import SmoothGame


@dataclass(frozen=True, eq=False)
class ReducedGame(Game):
    """A game among `members` (indices); `fixed` is a profile of all, of which the rest stays."""

    base: Game
    members: Index
    fixed: Array

    @property
    def players(self) -> tuple[str, ...]:
        """The members' names."""
        return tuple(self.base.players[n] for n in self.members)

    @property
    def spaces(self) -> Box:
        """The members' intervals."""
        box = self.base.spaces
        return Box(box.lower[self.members], box.upper[self.members])

    def whole(self, profile: ArrayLike) -> Array:
        """Return the profiles of all players, shape (..., members) to (..., N)."""
        x = np.asarray(profile, dtype=float)
        full = np.broadcast_to(self.fixed, (*x.shape[:-1], self.fixed.size)).copy()
        full[..., self.members] = x
        return full

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return the members' payoffs, shape (..., members)."""
        return np.asarray(self.base.payoffs(self.whole(profile))[..., self.members])

    def welfare(self, profile: ArrayLike, payoffs: Array | None = None) -> Array:
        """Return the welfare of all, also of those who stay."""
        return self.base.welfare(self.whole(profile))


class ReducedPotentialGame(ReducedGame, PotentialGame):
    """What is left of a potential game: one with the same weights and potential."""

    base: PotentialGame

    @property
    def weights(self) -> Array:
        """The members' weights."""
        return self.base.weights[self.members]

    def potential(self, profile: ArrayLike) -> Array:
        """Return the potential of the whole profile."""
        return self.base.potential(self.whole(profile))


class ReducedAggregativeGame(ReducedGame, AggregativeGame):
    """What is left of an aggregative game: what the others bring is part of the base.

    It may have a potential where the whole game has none: members' weights count only.
    """

    base: AggregativeGame

    @cached_property
    def form(self) -> AggregateForm:
        """The members' form."""
        still = self.whole(np.zeros(self.members.size))
        return self.base.form.among(self.members, float(self.base.form.aggregate(still)))


def reduced(game: Game, profile: ArrayLike, members: Sequence[int]) -> ReducedGame:
    """Return the game among some players, the others' contributions as in a profile.

    Parameters
    ----------
    profile : shape (N,)
    members : indices of players, different ones

    Raises
    ------
    UnsupportedGameError
        If players choose more than one number.
    InvalidInputError
        If the profile is none of the game, or the members are no players.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> from coopetition.games.coopetition.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900, 400],
    ...     max_contribution=4000, value=1000, unit_cost=0.01)
    >>> two = reduced(game, [10.0, 20.0, 30.0], [0, 2])
    >>> two.players, two.form.base
    (('organization 1', 'organization 3'), 2820.0)
    """
    if isinstance(game, SmoothGame) and not game.single:
        raise UnsupportedGameError("reduced() needs one number per player")
    x, index = game.checked(profile), np.array(members, dtype=int)
    if len(set(index.tolist())) < index.size or not ((index >= 0) & (index < x.size)).all():
        raise InvalidInputError(
            f"`members` must be different players, 0 to {x.size - 1}, got {list(members)}"
        )
    if isinstance(game, AggregativeGame):
        return ReducedAggregativeGame(game, index, x)
    if isinstance(game, PotentialGame):
        return ReducedPotentialGame(game, index, x)
    return ReducedGame(game, index, x)
