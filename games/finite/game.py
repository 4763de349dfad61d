"""Finite games: every player picks one of finitely many strategies; payoffs are one tensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import look_alike, say_alike

Tensor = NDArray[Any]  # of float64, or of Fraction objects
Profile = tuple[int, ...]  # one strategy number per player, from 0
WHOLE = 2**53  # up to it every whole number is a float
MOST_PLAYERS = 30  # a tensor of N axes holds at least 2^N numbers, and NumPy has at most 64 axes


@dataclass(frozen=True, eq=False)
class FiniteGame:
    """N players with k_1, …, k_N strategies.

    Parameters
    ----------
    tensor : shape (N, k_1, …, k_N)
        `tensor[n][a]` is what n gets at the profile a. Where it holds whole numbers (written as
        lists), `fractions.Fraction` or SymPy rationals, and no float, it is kept in exact
        arithmetic; `to_fractions` makes any game exact. NumPy arrays of numbers become floats,
        except for whole numbers that no float holds.
    players : N names, optional
        Default: player 1, player 2, …
    strategies : N lists of names, optional
        Default: 1, 2, … for each.

    Raises
    ------
    InvalidInputError
        If the shape does not fit, a payoff is not a finite number, or names repeat.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> prisoners.shape, prisoners.payoffs((1, 1)).tolist(), prisoners.regret((0, 0)).tolist()
    ((2, 2), [Fraction(1, 1), Fraction(1, 1)], [Fraction(2, 1), Fraction(2, 1)])
    >>> prisoners.to_floats().regret((0, 0)).tolist()
    [2.0, 2.0]
    """

    tensor: Tensor
    players: tuple[str, ...] = ()
    strategies: tuple[tuple[str, ...], ...] = ()
    title: str = field(default="", kw_only=True)

    def __init__(
        self,
        tensor: ArrayLike,
        players: Sequence[str] = (),
        strategies: Sequence[Sequence[str]] = (),
        *,
        title: str = "",
    ) -> None:
        values = as_tensor(tensor)
        size, shape = values.shape[0], values.shape[1:]
        names = tuple(map(str, players)) or tuple(f"player {n + 1}" for n in range(size))
        if len(names) != size or len(set(names)) != size:
            raise InvalidInputError(
                f"`players` must be {size} different names, got {', '.join(names)}"
            )
        if alike := look_alike(names):
            raise InvalidInputError(f"`players` must be different names, got {say_alike(*alike)}")
        lists = tuple(tuple(map(str, own)) for own in strategies)
        lists = lists or tuple(tuple(str(a + 1) for a in range(k)) for k in shape)
        if tuple(map(len, lists)) != shape:
            raise InvalidInputError(
                f"`strategies` must name {shape} strategies, got {tuple(map(len, lists))}"
            )
        for name, own in zip(names, lists, strict=True):
            if len(set(own)) != len(own):
                twice = next(label for label in own if own.count(label) > 1)
                raise InvalidInputError(f"`strategies`: {name} has two named {twice!r:.40}")
        if "" in names or any("" in own for own in lists):
            raise InvalidInputError("`players` and `strategies` must be names that are not empty")
        values.flags.writeable = False
        for name, value in (("tensor", values), ("players", names), ("strategies", lists)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "title", title)

    @property
    def shape(self) -> Profile:
        """The numbers of strategies (k_1, …, k_N)."""
        return self.tensor.shape[1:]

    @property
    def exact(self) -> bool:
        """Whether payoffs are fractions, so that answers are exact."""
        return self.tensor.dtype == object

    @cached_property
    def ranges(self) -> Tensor:
        """Each player's largest payoff less its smallest, shape (N,): the unit of tolerances."""
        axes = tuple(range(1, self.tensor.ndim))
        return np.asarray(self.tensor.max(axis=axes) - self.tensor.min(axis=axes))

    def payoffs(self, profile: Sequence[int]) -> Tensor:
        """Return what everybody gets at a pure profile, shape (N,)."""
        here = self.checked(profile)
        return np.array([own[here] for own in self.tensor], dtype=self.tensor.dtype)

    def expected(self, mixed: Sequence[ArrayLike]) -> Tensor:
        """Return expected payoffs of mixed strategies, one distribution per player; shape (N,)."""
        values = self.tensor
        for own in reversed(mixed):
            values = values @ np.asarray(own)
        return np.asarray(values)

    def against(self, player: int, mixed: Sequence[ArrayLike]) -> Tensor:
        """Return a player's payoff for each own strategy, the others mixing; shape (k_n,)."""
        values = np.moveaxis(self.tensor[player], player, 0)
        for n in reversed(range(len(mixed))):
            if n != player:
                values = values @ np.asarray(mixed[n])
        return np.asarray(values)

    def regret(self, profile: Sequence[int]) -> Tensor:
        """Return what each could still gain by changing alone from a pure profile, shape (N,)."""
        here = self.checked(profile)
        gains = []
        for n in range(len(here)):
            line = np.moveaxis(self.tensor[n], n, -1)[here[:n] + here[n + 1 :]]
            gains.append(line.max() - line[here[n]])
        return np.array(gains, dtype=self.tensor.dtype)

    def mixed_regret(self, mixed: Sequence[ArrayLike]) -> Tensor:
        """Return what each could still gain by changing alone from mixed strategies, shape (N,)."""
        now = self.expected(mixed)
        best = [self.against(n, mixed).max() for n in range(len(self.players))]
        return np.array(best, dtype=now.dtype) - now

    def checked(self, profile: Sequence[int]) -> Profile:
        """Return a pure profile as plain numbers.

        Raises
        ------
        InvalidInputError
            If it does not name one strategy of each player.
        """
        try:
            given = tuple(profile)
            found = tuple(map(int, given))
        except (TypeError, ValueError):
            raise InvalidInputError(f"a profile is whole numbers, got {profile!r:.60}") from None
        legal = found == given and len(found) == len(self.shape)
        if not legal or any(not 0 <= a < k for a, k in zip(found, self.shape, strict=True)):
            raise InvalidInputError(
                f"a profile must hold a strategy number, from 0, for each of {self.shape} "
                f"strategies, got {given!r:.60}"
            )
        return found

    def names(self, profile: Sequence[int]) -> list[str]:
        """Return the strategies' names at a pure profile."""
        return [own[a] for own, a in zip(self.strategies, profile, strict=True)]

    def named(self, profile: Sequence[int]) -> str:
        """Return the names with commas between."""
        return ", ".join(self.names(profile))

    def to_floats(self) -> Self:
        """Return the game in floating point."""
        return type(self)(
            self.tensor.astype(float), self.players, self.strategies, title=self.title
        )

    def to_fractions(self) -> Self:
        """Return the game in exact arithmetic: every float is the fraction that it is."""
        values = np.array([Fraction(v) for v in self.tensor.flat], dtype=object)
        return type(self)(
            values.reshape(self.tensor.shape), self.players, self.strategies, title=self.title
        )

    def __str__(self) -> str:
        """Say what game it is, in one line."""
        sizes = " × ".join(map(str, self.shape))
        kind = "exact" if self.exact else "floating point"
        title = " ".join(self.title.split()) or "finite game"
        return f"{title}: {len(self.players)} players, {sizes}, {kind}"


def as_tensor(values: ArrayLike) -> Tensor:
    """Return payoffs as a tensor of floats or of fractions."""
    try:
        given = np.array(values)
    except (TypeError, ValueError):
        raise InvalidInputError(
            "`tensor` is ragged: it needs a payoff per player and profile"
        ) from None
    size = given.shape[0] if given.ndim else 0
    if size < 1 or given.ndim != size + 1 or 0 in given.shape or size > MOST_PLAYERS:
        raise InvalidInputError(
            "`tensor` must have the shape (N, k_1, …, k_N) with at least one strategy each and "
            f"at most {MOST_PLAYERS} players, got {given.shape}"
        )
    if given.dtype.kind in "iuf" and _whole(values, given):
        given = np.array(values, dtype=object)
    if given.dtype.kind in "iuf":
        numbers: Tensor = given.astype(float)
        if not np.isfinite(numbers).all():
            raise InvalidInputError("`tensor` must hold finite numbers, got one that is not")
        return numbers
    if given.dtype != object:
        raise InvalidInputError(f"`tensor` must hold numbers, got {given.dtype}")
    flat = [_number(v) for v in given.flat]
    if any(isinstance(v, float) for v in flat):  # a fraction beside a float is a float too
        return np.array([float(v) for v in flat]).reshape(given.shape)
    exact = np.empty(given.size, dtype=object)
    exact[:] = flat
    return exact.reshape(given.shape)


def _whole(values: ArrayLike, given: Tensor) -> bool:
    """Whether numbers are to be kept as whole ones: written as such, or too large for floats."""
    written: object = values
    while isinstance(written, list | tuple):
        written = written[0]
    if type(written) is int:  # the first number of nested lists; are they all?
        return all(type(v) is int for v in np.array(values, dtype=object).flat)
    if given.dtype.kind == "f":
        return False
    return bool(given.size and max(int(given.max()), -int(given.min())) > WHOLE)


def _number(value: object) -> Fraction | float:
    if type(value) is Fraction:
        return value
    if isinstance(value, bool | np.bool_):
        raise InvalidInputError(f"`tensor` must hold finite numbers, got {value!r}")
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if getattr(value, "is_Rational", False):  # SymPy's, without importing it
        return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]
    if isinstance(value, float | np.floating) and np.isfinite(value):
        return float(value)
    raise InvalidInputError(f"`tensor` must hold finite numbers, got {value!r:.40}")


def shown(value: Any) -> str:
    """Return a payoff for people: a fraction as it is, a float with six digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
