"""Paths on which one player after another improves: to an equilibrium, or into a cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Profile, Tensor, shown
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table

GainLine = tuple[Any, int, int]  # a gain, who makes it, with which strategy


@dataclass(frozen=True, kw_only=True)
class Path(Result):
    """Profiles that follow on each other by one player's profitable move.

    Attributes
    ----------
    profiles : tuple of profiles
        From the start on. The last one is an equilibrium, or closes a cycle.
    movers, gains : tuples, one shorter
        Who moved, and what it gained by that.
    potentials : tuple or None
        The potential along the path, where one was given.
    regret : shape (N,)
        What each could still gain at the end.
    cycle : tuple of profiles
        The profiles that repeat, if the path came back: the game has no ordinal potential then.
        Empty if it did not.
    """

    game: FiniteGame
    profiles: tuple[Profile, ...]
    movers: tuple[int, ...]
    gains: tuple[Any, ...]
    potentials: tuple[Any, ...] | None
    regret: Tensor
    cycle: tuple[Profile, ...]

    @property
    def equilibrium(self) -> Profile | None:
        """The last profile, if nobody gains by leaving it; None if the path ran into a cycle."""
        return None if self.cycle else self.profiles[-1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: profiles and who moved by name."""
        return {
            "profiles": list(map(self.game.names, self.profiles)),
            "movers": [self.game.players[n] for n in self.movers],
            "gain": list(map(float, self.gains)),
            "potential": None if self.potentials is None else list(map(float, self.potentials)),
            "regret": self.regret.astype(float).tolist(),
            "cycle": list(map(self.game.names, self.cycle)),
        }

    def tables(self) -> tuple[Table]:
        """Return one row per profile; the first is the start."""
        said = self.to_dict()
        values = {
            "cell": range(len(self.profiles)),
            "profile": list(map(self.game.named, self.profiles)),
            "organization": [None, *said["movers"]],
            "gain": [None, *said["gain"]],
        }
        return (keyed("Improvement path", values | {"potential": said["potential"]}
                      if self.potentials is not None else values),)  # fmt: skip

    def __str__(self) -> str:
        """Return one line a move, and how it ended."""
        lines = [f"({self.game.named(self.profiles[0])})"]
        for mover, gain, profile in zip(self.movers, self.gains, self.profiles[1:], strict=True):
            who = self.game.players[mover]
            lines.append(f"({self.game.named(profile)}): {who} moved, gaining {shown(gain)}")
        end = f"a cycle of {len(self.cycle)} moves" if self.cycle else "an equilibrium"
        lines.append(f"ended in {end}; largest regret {shown(self.regret.max())}")
        return "\n".join(lines)


def improvement_path(
    game: FiniteGame,
    start: Sequence[int] | None = None,
    *,
    best: bool = True,
    seed: int | None = None,
    potential: Tensor | None = None,
    tolerance: Any = 0,
) -> Path:
    """Let one player at a time improve, until nobody can or a profile comes back.

    Ends after finitely many moves in any game. In games with an ordinal potential it ends in an
    equilibrium (Monderer and Shapley, Games and Economic Behavior 14, 1996).

    Parameters
    ----------
    start : profile, optional
        Default: the first strategy of each.
    best : bool
        Whether a player moves to a best reply, or to any better strategy.
    seed : int, optional
        Draws who moves, and where to; without it the first who can, after the last mover, moves
        to the first of its best replies, or of its better strategies.
    potential : shape (k_1, …, k_N), optional
        Recorded along the path.
    tolerance : number
        A gain up to it is none.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"], [("c", "d")] * 2)
    >>> print(improvement_path(prisoners))
    (c, c)
    (d, c): A moved, gaining 2
    (d, d): B moved, gaining 1
    ended in an equilibrium; largest regret 0
    """
    if not tolerance >= 0:
        raise InvalidInputError(f"`tolerance` must be at least 0, got {tolerance!r:.40}")
    if potential is not None and np.shape(potential) != game.shape:
        raise InvalidInputError(
            f"`potential` must have the shape {game.shape}, got {np.shape(potential)}"
        )
    rng = None if seed is None else np.random.default_rng(seed)
    profile = game.checked(start if start is not None else [0] * len(game.players))
    visited, cycle = {profile: 0}, tuple[Profile, ...]()
    movers: list[int] = []
    gains: list[Any] = []
    while not cycle and (moves := _moves(game, profile, best, tolerance)):
        gain, mover, strategy = _chosen(moves, movers[-1] if movers else -1, rng)
        profile = (*profile[:mover], strategy, *profile[mover + 1 :])
        movers.append(mover)
        gains.append(gain)
        if profile in visited:
            cycle = tuple(visited)[visited[profile] :]
        else:
            visited[profile] = len(visited)
    profiles = (*visited, profile) if cycle else tuple(visited)
    return Path(
        game=game,
        profiles=profiles,
        movers=tuple(movers),
        gains=tuple(gains),
        potentials=None if potential is None else tuple(potential[p] for p in profiles),
        regret=game.regret(profile),
        cycle=cycle,
    )


def _moves(game: FiniteGame, profile: Profile, best: bool, tolerance: Any) -> list[GainLine]:
    """Return all profitable moves, player by player; only those to best replies if asked."""
    moves: list[GainLine] = []
    for n, here in enumerate(profile):
        line = game.tensor[n][(*profile[:n], slice(None), *profile[n + 1 :])]
        gains = (line - line[here]).tolist()
        least = max(gains) if best else None
        moves += [
            (gain, n, strategy)
            for strategy, gain in enumerate(gains)
            if gain > tolerance and (least is None or gain == least)
        ]
    return moves


def _chosen(moves: Sequence[GainLine], last: int, rng: np.random.Generator | None) -> GainLine:
    """Draw a mover and its move, or take the first move of the first mover after the last."""
    movers = sorted({mover for _, mover, _ in moves})
    if rng is None:
        mover = next((n for n in movers if n > last), movers[0])
        return next(move for move in moves if move[1] == mover)
    mover = int(rng.choice(movers))
    own = [move for move in moves if move[1] == mover]
    return own[int(rng.integers(len(own)))]
