"""Smooth games: every player chooses one or more real numbers, payoffs are functions of the user.

A profile is one vector: the players' blocks one after the other, player n holding d_n numbers, for
example (data, compute). With d_n = 1 for all it is a profile as everywhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coopetition.games.arrays import Array
from coopetition.games.base import OWN, Box, Game, spread
from coopetition.games.errors import InvalidInputError

# Slopes of a function known by its values: five points, twice, the difference as error estimate.
#
# The points stay in the box: centered where there is room, shifted inwards at a bound. Both
# estimates are of fourth order in the step; the second has half of it.


STEP = 5e-4  # of the interval's width
_EPS = float(np.finfo(float).eps)


def _weights(shift: int) -> Array:
    """Return the weights of f at shift − 2, …, shift + 2 steps that give f′(0) times the step."""
    nodes = np.arange(-2, 3) + shift
    powers = nodes[None, :].astype(float) ** np.arange(5)[:, None]
    return np.linalg.solve(powers, np.array([0.0, 1.0, 0.0, 0.0, 0.0]))


def slopes_along(
    value: Callable[[Array], Array], x: Array, box: Box, block: slice
) -> tuple[Array, Array]:
    """Return the slopes of a function in some coordinates, and error estimates; shape (k,).

    `value` takes profiles of shape (K, d) to shape (K,). A coordinate that cannot move has slope
    0. The error is the difference between two steps plus what rounding can do: an estimate, not a
    bound.
    """
    index = np.arange(x.size)[block]
    slope, error = np.zeros(index.size), np.zeros(index.size)
    for k, i in enumerate(index):
        low, high = float(box.lower[i]), float(box.upper[i])
        if not high > low:
            continue
        step = STEP * (high - low)
        left = int(np.floor((x[i] - low) / step + 1e-9))
        right = int(np.floor((high - x[i]) / step + 1e-9))
        shift = max(0, 2 - left) - max(0, 2 - right)
        offsets = (np.arange(-2, 3) + shift)[None, :] * np.array([[step], [0.5 * step]])
        batch = np.repeat(x[None], 10, axis=0)
        batch[:, i] = np.clip(x[i] + offsets.ravel(), low, high)
        values = np.asarray(value(batch)).reshape(2, 5)
        weights = _weights(shift)
        rough, fine = values @ weights / np.array([step, 0.5 * step])
        rounding = _EPS * np.abs(values).max() * np.abs(weights).sum() / (0.5 * step)
        slope[k], error[k] = fine, abs(fine - rough) / 8.0 + rounding
    return slope, error


Function = Callable[[Array], Any]


def as_bounds(bound: ArrayLike, n: int) -> Array:
    """Return the bounds of player n's numbers, shape (d_n, 2)."""
    try:
        pairs = np.atleast_2d(np.array(bound, dtype=float))
    except (TypeError, ValueError):
        pairs = np.zeros(0)
    legal = pairs.ndim == 2 and pairs.shape[1] == 2 and len(pairs) > 0 and np.isfinite(pairs).all()
    if not legal or (pairs[:, 0] > pairs[:, 1]).any():
        raise InvalidInputError(
            f"`bounds` of player {n + 1} must be (low, high) or a list of such pairs, finite, "
            f"got {bound!r:.60}"
        )
    return pairs


def as_functions(
    name: str, given: Function | Sequence[Function], count: int
) -> tuple[Function, ...]:
    """Return one function for all, or one per player."""
    several = (given,) if callable(given) else tuple(given)
    if len(several) not in (1, count) or not all(map(callable, several)):
        raise InvalidInputError(f"`{name}` must be one function for all or {count}, one per player")
    return several


def as_numbers(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return what a function of the user returned as an array of the shape expected."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`{name}` must return numbers, got {value!r:.60}") from None
    if array.shape != shape:
        raise InvalidInputError(f"`{name}` must return shape {shape}, got {array.shape}")
    return array


DRAWS = 32  # random pairs per player on which declared own-concavity is tried


@dataclass(frozen=True, eq=False, init=False)
class SmoothGame(Game):
    """A game of the user's own payoff functions on boxes.

    Parameters
    ----------
    payoffs : one function per player, or one for all
        `payoffs[n](x)` is what n gets at the profile x of shape (d,); one function for all
        returns N numbers.
    bounds : one per player
        (low, high) for a player who chooses one number, a list of d_n such pairs for more.
    players : N names, optional
    gradients : one function per player, or one for all, optional
        ∂U_n/∂x_n, d_n numbers; one function for all returns d numbers, each player's own
        derivatives. Default: finite differences, with an estimate of their error.
    own_concave : bool
        The user's word that each U_n is concave in n's own block: certificates are then upper
        bounds that rest on it. Refused where a random midpoint contradicts it.
    vectorized : bool
        Whether payoff functions take profiles of shape (..., d) and return (...), or (..., N).

    Raises
    ------
    InvalidInputError
        For bounds that are not finite intervals, functions that return the wrong shape or what is
        no number, gradients that are not the payoffs' slope, or concavity that fails.

    Examples
    --------
    >>> from coopetition.games import SmoothGame, certify
    >>> duopoly = SmoothGame(bounds=[(0, 10), (0, 10)], own_concave=True,  # Cournot
    ...     payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())])
    >>> print(certify(duopoly, [4, 3]))
    equilibrium (checked: first-order bound, own-concavity declared, slopes by finite differences):
    nobody can gain more than ... (tolerance 3.6e-08 to 6.67e-08)
    >>> print(certify(duopoly, [4, 2]).deviation)
    player 2 gains 1 by contributing 3
    """

    functions: tuple[Function, ...]
    sizes: tuple[int, ...]
    gradients: tuple[Function, ...]
    own_concave: bool
    vectorized: bool
    box: Box = field(repr=False)
    names: tuple[str, ...]

    def __init__(
        self,
        *,
        payoffs: Function | Sequence[Function],
        bounds: Sequence[ArrayLike],
        players: Sequence[str] = (),
        gradients: Function | Sequence[Function] | None = None,
        own_concave: bool = False,
        vectorized: bool = False,
    ) -> None:
        blocks = [as_bounds(bound, n) for n, bound in enumerate(bounds)]
        sizes = tuple(len(block) for block in blocks)
        names = tuple(map(str, players)) or tuple(f"player {n + 1}" for n in range(len(sizes)))
        if not sizes or len(names) != len(sizes) or len(set(names)) != len(sizes):
            raise InvalidInputError(
                f"`players` must be {len(sizes)} different names, as many as `bounds`, at least "
                f"one; got {names!r:.80}"
            )
        both = np.concatenate(blocks)
        fields = {
            "functions": as_functions("payoffs", payoffs, len(sizes)),
            "sizes": sizes,
            "gradients": ()
            if gradients is None
            else as_functions("gradients", gradients, len(sizes)),
            "own_concave": bool(own_concave),
            "vectorized": bool(vectorized),
            "box": Box(both[:, 0].copy(), both[:, 1].copy()),
            "names": names,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        _check(self)

    @property
    def players(self) -> tuple[str, ...]:
        """The players' names."""
        return self.names

    @property
    def spaces(self) -> Box:
        """The bounds of all blocks, one after the other; shape (d,)."""
        return self.box

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Where each player's numbers are in a profile."""
        ends = np.cumsum((0, *self.sizes))
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """Who owns each number of a profile, shape (d,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def single(self) -> bool:
        """Whether every player chooses one number."""
        return max(self.sizes) == 1

    def checked(self, profile: ArrayLike) -> Array:
        """Return one profile as an array of shape (d,)."""
        if not self.single:
            try:
                x = np.array(profile, dtype=float)
            except (TypeError, ValueError):
                raise InvalidInputError(f"a profile must hold numbers, got {profile!r}") from None
            low, high = self.box.lower, self.box.upper
            slack = 1e-12 * np.maximum(np.abs(low), np.abs(high))
            if x.shape != low.shape:
                raise InvalidInputError(
                    f"a profile must hold {low.size} numbers, {self.sizes} of the players in "
                    f"turn, got shape {x.shape}"
                )
            bad = ~((x >= low - slack) & (x <= high + slack))
            if bad.any():
                i = int(np.argmax(bad))
                n = int(self.owner[i])
                raise InvalidInputError(
                    f"number {i - self.blocks[n].start + 1} of {self.names[n]} must be in "
                    f"[{low[i]:g}, {high[i]:g}], got {x[i]:g}"
                )
            return self.box.project(x)
        return super().checked(profile)

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return every player's payoff; profiles of shape (..., d) to (..., N)."""
        x = np.asarray(profile, dtype=float)
        count = len(self.sizes)
        if len(self.functions) == 1 and count > 1:
            return self._values(self.functions[0], x, (count,))
        return np.stack([self._values(own, x, ()) for own in self.functions], axis=-1)

    def payoff(self, player: int, profile: ArrayLike) -> Array:
        """Return one player's payoff; profiles of shape (..., d) to (...)."""
        x = np.asarray(profile, dtype=float)
        if len(self.functions) < len(self.sizes):
            return self.payoffs(x)[..., player]
        return self._values(self.functions[player], x, ())

    def own_range(self, profile: Array) -> Array:
        """Return how far each payoff ranges over the player's own blocks, shape (N,).

        Over nine blocks from the lower bounds to the upper ones, and as many drawn ones where a
        block has several numbers.
        """
        x, found = np.asarray(profile, dtype=float), np.zeros(len(self.sizes))
        here, shares = self.payoffs(x), np.linspace(0.0, 1.0, OWN)[:, None]
        for n, block in enumerate(self.blocks):
            low, high = self.box.lower[block], self.box.upper[block]
            own = low + shares * (high - low)
            if low.size > 1:
                drawn = np.random.default_rng(0).uniform(low, high, (OWN, low.size))
                own = np.vstack((own, drawn))
            rows = np.repeat(x[None], len(own), axis=0)
            rows[:, block] = own
            found[n] = spread(float(here[n]), self.payoff(n, rows))
        return found

    def typical_range(self) -> Array:
        """Return the median of that on three random profiles, shape (N,); drawn once."""
        return self._typical_range

    @cached_property
    def _typical_range(self) -> Array:
        return super().typical_range()

    def _values(self, function: Function, x: Array, shape: tuple[int, ...]) -> Array:
        if self.vectorized:
            found = np.asarray(function(x))
            if len(self.sizes) == 1 and found.shape == (*x.shape[:-1], 1):
                found = found[..., 0]  # one function for all, who are one
            return as_numbers("payoffs", found, (*x.shape[:-1], *shape))
        flat = x.reshape(-1, x.shape[-1])
        values = [as_numbers("payoffs", function(row.copy()), shape) for row in flat]
        return np.array(values, dtype=float).reshape((*x.shape[:-1], *shape))

    def own_slope(self, player: int, profile: ArrayLike) -> tuple[Array, Array]:
        """Return ∂U_n/∂x_n and an estimate of its error, 0 where the user gave it; shape (d_n,)."""
        x, block = np.asarray(profile, dtype=float), self.blocks[player]
        if self.gradients:
            whole = len(self.gradients) == 1 and len(self.sizes) > 1
            shape = (x.size,) if whole else (self.sizes[player],)
            given = self.gradients[0 if whole else player](x.copy())
            values = as_numbers("gradients", np.atleast_1d(np.asarray(given, dtype=float)), shape)
            values = values[block] if whole else values
            return values, np.zeros_like(values)
        return self.measured_slope(player, x)

    def own_slopes(self, profile: ArrayLike) -> tuple[Array, Array]:
        """Return everybody's `own_slope` and its error, one after the other; shape (d,)."""
        x = np.asarray(profile, dtype=float)
        if len(self.gradients) == 1:
            given = np.atleast_1d(np.asarray(self.gradients[0](x.copy()), dtype=float))
            values = as_numbers("gradients", given, x.shape)
            return values, np.zeros_like(values)
        each = [self.own_slope(n, x) for n in range(len(self.sizes))]
        return np.concatenate([one[0] for one in each]), np.concatenate([one[1] for one in each])

    def measured_slope(self, player: int, profile: Array) -> tuple[Array, Array]:
        """Return ∂U_n/∂x_n by finite differences, and an estimate of its error; shape (d_n,)."""
        block = self.blocks[player]
        return slopes_along(lambda batch: self.payoff(player, batch), profile, self.box, block)


def _check(game: SmoothGame) -> None:
    """Try what the user says on random profiles: shapes, gradients, own-concavity."""
    rng, box = np.random.default_rng(0), game.spaces
    values = game.payoffs(box.sample(rng, 3))
    for n, name in enumerate(game.players if game.gradients else ()):
        for x in box.sample(rng, 3):
            given, _ = game.own_slope(n, x)
            block = game.blocks[n]
            slope, error = game.measured_slope(n, x)
            width = (box.upper - box.lower)[block]
            unit = np.abs(values[:, n]).max() / np.where(width > 0, width, np.inf)
            room = 1e-5 * (np.abs(slope) + unit) + 10 * error
            if (np.abs(given - slope) > np.where(width > 0, room, np.inf)).any():
                raise InvalidInputError(
                    f"`gradients` of {name} is not the slope of its payoff: {given.tolist()} "
                    f"instead of {slope.tolist()} at {x.tolist()}"
                )
    if not game.own_concave:
        return
    for n, block in enumerate(game.blocks):
        left, right = box.sample(rng, DRAWS), box.sample(rng, DRAWS)
        other = left.copy()
        other[:, block] = right[:, block]
        ends = game.payoff(n, left), game.payoff(n, other)
        sag = 0.5 * (ends[0] + ends[1]) - game.payoff(n, 0.5 * (left + other))
        if (sag > 1e-9 * (np.abs(ends[0]) + np.abs(ends[1]))).any():
            raise InvalidInputError(
                f"`own_concave` is not true of {game.players[n]}: a midpoint lies below its chord"
            )
