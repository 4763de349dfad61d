"""All pure equilibria of a finite game: one pass for a player, then only survivors."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isfinite, prod
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Index
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Profile, Tensor, shown
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.finite.profile_tables import of_equilibria, of_players

CHUNK = 1 << 15  # profiles looked at together: what is gathered of them stays in the cache
SHOWN = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class PureEquilibria(Result):
    """All pure ε-equilibria of a game; a sequence of profiles.

    Attributes
    ----------
    profiles : shape (K, N)
        Strategy numbers from 0, in lexicographic order.
    epsilon : number
        What a player may at most gain by changing alone, in units of payoff.
    known : str
        "proved" where the payoffs as they are stored were compared without rounding: exact games,
        and floating point with ε = 0. "checked" otherwise: differences were rounded.
    """

    game: FiniteGame
    profiles: Index
    epsilon: Any
    known: str

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.profiles)

    def __iter__(self) -> Iterator[Profile]:
        """Go through the profiles."""
        return map(tuple, self.profiles.tolist())

    @cached_property
    def payoffs(self) -> Tensor:
        """What everybody gets at each, shape (K, N)."""
        return np.asarray(self.game.tensor[:, *self.profiles.T].T)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: strategies by name, payoffs as floats and as fractions."""
        rows = zip(self, self.payoffs, strict=True)
        return {
            "known": self.known,
            "epsilon": float(self.epsilon),
            "equilibria": [
                {"profile": self.game.names(profile), **numbers("payoffs", payoffs)}
                for profile, payoffs in rows
            ],
        }

    def tables(self) -> tuple[Table]:
        """Return one row per equilibrium: strategies by name, and payoffs."""
        names, known = list(map(self.game.names, self)), [self.known] * len(self)
        floats = self.payoffs.astype(float).tolist()
        return (of_equilibria("Pure equilibria", self.game.players, names, floats, known),)

    def long_table(self) -> Table:
        """Return one row per equilibrium and player."""
        names, floats = list(map(self.game.names, self)), self.payoffs.astype(float).tolist()
        return of_players("Pure equilibria", self.game.players, strategy=names, payoff=floats)

    def __str__(self) -> str:
        """Return one line per equilibrium: strategies by name, and payoffs."""
        what = "pure equilibri" + ("um" if len(self) == 1 else "a")
        slack = f", ε = {self.epsilon}" if self.epsilon else ""
        lines = [f"{len(self) or 'no'} {what} ({self.known}{slack})"]
        for profile, payoffs in zip(self.profiles[:SHOWN], self.payoffs[:SHOWN], strict=True):
            values = ", ".join(shown(value) for value in payoffs)
            lines.append(f"({self.game.named(profile)}): {values}")
        if len(self) > SHOWN:
            lines.append(f"… and {len(self) - SHOWN} more")
        return "\n".join(lines)


def numbers(key: str, values: Tensor) -> dict[str, Any]:
    """Return floats under a key, and fractions as texts under the key with `_exact`."""
    floats = {key: values.astype(float).tolist()}
    return floats | ({f"{key}_exact": list(map(str, values))} if values.dtype == object else {})


def pure_equilibria(game: FiniteGame, epsilon: Any = 0) -> PureEquilibria:
    """Return all pure equilibria, or ε-equilibria: no one gains more than ε by changing alone.

    Payoffs are compared as they are stored: with ε = 0 two floats tie only where they are the
    same number, so that 0.1 + 0.2 beats 0.3. Where payoffs come out of a computation, an ε of
    their rounding error, such as `1e-12 * game.ranges.max()`, keeps ties; games of fractions need
    none, and take an ε of 0.3 for 3/10.

    The first player's best replies are found in one pass over its payoffs. For the next
    player only the lines through profiles that survive are read, and so on.

    Raises
    ------
    InvalidInputError
        If ε is not a number of at least 0.

    Examples
    --------
    >>> stag = FiniteGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]], strategies=[("stag", "hare")] * 2)
    >>> print(pure_equilibria(stag))
    2 pure equilibria (proved)
    (stag, stag): 4, 4
    (hare, hare): 3, 3
    """
    if not isinstance(epsilon, Real) or not (isfinite(epsilon) and float(epsilon) >= 0):
        raise InvalidInputError(f"`epsilon` must be a number of at least 0, got {epsilon!r:.40}")
    if game.exact and isinstance(epsilon, float):
        epsilon = Fraction(repr(float(epsilon)))  # the decimal that was written
    first = game.tensor[0]
    alive = np.flatnonzero(_within(first, first.max(axis=0), epsilon))
    for player in range(1, len(game.players)):
        alive = _survivors(game, player, alive, epsilon)
    profiles = np.stack(np.unravel_index(alive, game.shape), axis=1)
    known = "proved" if game.exact or epsilon == 0 else "checked"
    return PureEquilibria(game=game, profiles=profiles, epsilon=epsilon, known=known)


def _survivors(game: FiniteGame, player: int, alive: Index, epsilon: Any) -> Index:
    """Return those of the profiles, by flat number, where a player cannot gain."""
    own, count = game.tensor[player], game.shape[player]
    if 2 * len(alive) > own.size:  # nearly all: whole lines are cheaper than one at a time
        good = _within(own, own.max(axis=player, keepdims=True), epsilon)
        return alive[good.reshape(-1)[alive]]
    values, stride = own.reshape(-1), prod(game.shape[player + 1 :])
    kept = [alive[:0]]
    for start in range(0, len(alive), CHUNK):
        part = alive[start : start + CHUNK]
        line = part - part // stride % count * stride
        best = values[line]
        for _ in range(1, count):
            line += stride
            np.maximum(best, values[line], out=best)
        kept.append(part[_within(values[part], best, epsilon)])
    return np.concatenate(kept)


def _within(values: Tensor, best: Tensor, epsilon: Any) -> NDArray[np.bool_]:
    """Return where values are at most ε below the best ones."""
    with np.errstate(over="ignore"):  # a difference beyond all floats is beyond ε
        near = values >= best if epsilon == 0 else best - values <= epsilon
    return np.asarray(near, dtype=bool)
