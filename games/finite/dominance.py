"""Iterated elimination of dominated strategies: what rational players never do.

A strategy is strictly dominated where another, pure or mixed, pays more against everything that
the others may do, and weakly dominated where it never pays less and once pays more. Each round
removes every strategy that is dominated in what is left of the game, for all players at once.
What is left after strict elimination does not depend on the order; after weak elimination it does
(another order may keep other equilibria, and this one may lose some), and removing all at once is
one convention among several (Osborne and Rubinstein, A Course in Game Theory, 1994, section 4).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.finite.mixed_dominance import Mix, dominating_mix


@dataclass(frozen=True, slots=True, kw_only=True)
class Elimination:
    """A strategy that was removed, and the mix of others that dominates it."""

    player: str
    strategy: str
    by: tuple[tuple[str, Fraction], ...]  # a strategy's name and its probability
    round: int  # from 1

    def __str__(self) -> str:
        """Say it in one line."""
        pure = len(self.by) == 1
        mix = " + ".join(name if pure else f"{share} × {name}" for name, share in self.by)
        return f"{self.player}: {self.strategy} by {mix} (round {self.round})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """What elimination leaves of a game, and why the rest went.

    `kept` holds, for each player, the original numbers of the strategies left. Every removal is
    proved: the comparison, or the mix that dominates, is verified in exact arithmetic on the
    payoffs as they are stored. That nothing more can go is proved too where the game is exact or
    no mix had to be ruled out; else it is checked, by a linear program in floating point.
    """

    game: FiniteGame
    kept: tuple[tuple[int, ...], ...]
    removed: tuple[Elimination, ...]
    weak: bool
    complete: Literal["proved", "checked"]

    @property
    def solved(self) -> bool:
        """Whether one profile is left."""
        return all(len(own) == 1 for own in self.kept)

    def original(self, profile: Sequence[int]) -> Profile:
        """Return the original strategy numbers of a profile of the reduced game."""
        here = self.game.checked(profile)
        return tuple(own[a] for own, a in zip(self.kept, here, strict=True))

    def __str__(self) -> str:
        """List what was removed and say what is left."""
        sizes = " × ".join(str(len(own)) for own in self.kept)
        kind = "weakly" if self.weak else "strictly"
        left = f"{sizes} left, no strategy {kind} dominated ({self.complete})"
        return "\n".join([*map(str, self.removed), left])


def eliminate_dominated(game: FiniteGame, *, weak: bool = False, mixed: bool = True) -> Reduction:
    """Remove dominated strategies, round by round, until none is left.

    Parameters
    ----------
    weak
        Remove what is weakly dominated; the rest depends on the order, here all at once.
    mixed
        Look for mixed strategies that dominate, not only pure ones: a linear program per strategy,
        in fractions where the game is exact, which takes seconds at 40 × 40. In floating point a
        mix that dominates by no more than rounding may be overlooked.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"])
    >>> print(eliminate_dominated(prisoners))
    A: 1 by 2 (round 1)
    B: 1 by 2 (round 1)
    1 × 1 left, no strategy strictly dominated (proved)
    """
    kept = tuple(tuple(range(k)) for k in game.shape)
    left, removed = game, list[Elimination]()
    for turn in itertools.count(1):
        found = [_dominated(_lines(left.tensor, n), weak, mixed) for n in range(len(kept))]
        if not any(found):
            break
        for n, reasons in enumerate(found):
            names = left.strategies[n]
            for a, mix in reasons.items():
                by = tuple((names[b], share) for b, share in mix.items())
                removed.append(
                    Elimination(player=game.players[n], strategy=names[a], by=by, round=turn)
                )
        stay = [
            [i for i in range(k) if i not in out] for k, out in zip(left.shape, found, strict=True)
        ]
        kept = tuple(tuple(own[i] for i in now) for own, now in zip(kept, stay, strict=True))
        left = _restricted(left, stay)
    sure = game.exact or not mixed or max(left.shape) < 3
    return Reduction(
        game=left,
        kept=kept,
        removed=tuple(removed),
        weak=weak,
        complete="proved" if sure else "checked",
    )


def _restricted(game: FiniteGame, stay: Sequence[Sequence[int]]) -> FiniteGame:
    """Return the game in which each player has some of its strategies."""
    names = [[own[i] for i in now] for own, now in zip(game.strategies, stay, strict=True)]
    tensor = game.tensor[np.ix_(range(len(stay)), *stay)]
    return FiniteGame(tensor, game.players, names, title=game.title)


def _lines(tensor: Tensor, player: int) -> Tensor:
    """Return a player's payoffs: rows are own strategies, columns choices of the others."""
    own = np.moveaxis(tensor[player], player, 0)
    return own.reshape(own.shape[0], -1)


def _dominated(lines: Tensor, weak: bool, mixed: bool) -> dict[int, Mix]:
    """Return the dominated rows, and a mix of undominated rows that dominates each."""
    beats = np.array([_beaten(lines, lines[b], weak) for b in range(len(lines))])  # [by, row]
    good = ~beats.any(axis=0)
    reasons: dict[int, Mix] = {}
    for a in np.flatnonzero(~good):
        # Dominance is transitive: a row that is dominated is dominated by one that is not.
        reasons[int(a)] = {int(np.flatnonzero(beats[:, a] & good)[0]): Fraction(1)}
    candidates = np.flatnonzero(good)
    if mixed and candidates.size >= 3:
        for a in candidates:
            others = candidates[candidates != a]
            mix = dominating_mix(lines[others], lines[a], weak)
            if mix is not None:
                reasons[int(a)] = {int(others[b]): share for b, share in mix.items()}
    return dict(sorted(reasons.items()))


def _beaten(lines: Tensor, by: Tensor, weak: bool) -> Tensor:
    if weak:
        return np.asarray((by >= lines).all(axis=1) & (by > lines).any(axis=1))
    return np.asarray((by > lines).all(axis=1))
