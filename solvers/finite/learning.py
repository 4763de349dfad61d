"""Learning dynamics in mixed strategies; what they return carries its regret, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, shown
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned(Result):
    """Where a dynamic stood after its last round: an equilibrium only as far as its regret says.

    Attributes
    ----------
    mixed : tuple of N distributions
    regret : shape (N,)
        What each could still gain by changing alone from these strategies.
    """

    game: FiniteGame
    mixed: tuple[Array, ...]
    regret: Array
    rounds: int
    dynamic: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "dynamic": self.dynamic,
            "rounds": self.rounds,
            "players": list(self.game.players),
            "strategies": [list(names) for names in self.game.strategies],
            "probability": [own.tolist() for own in self.mixed],
            "regret": self.regret.astype(float).tolist(),
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per player and strategy, and one per player."""
        pairs = zip(self.game.players, self.mixed, strict=True)
        main = {
            "organization": [name for name, own in pairs for _ in own],
            "cell": [name for names in self.game.strategies for name in names],
            "probability": np.concatenate(self.mixed),
        }
        each = {"organization": self.game.players, "regret": self.regret.astype(float)}
        title = f"{self.dynamic[0].upper()}{self.dynamic[1:]}, {self.rounds} rounds"
        return keyed(title, main, names=2), keyed("Regrets", each)

    def long_table(self) -> Table:
        """Return one row per player and strategy, which is the cell, and one per player."""
        return stacked(*self.tables())

    def __str__(self) -> str:
        """Return one line per player, and the regret."""
        lines = [f"{self.dynamic}, {self.rounds} rounds"]
        for who, names, own in zip(
            self.game.players, self.game.strategies, self.mixed, strict=True
        ):
            used = (f"{shown(float(p))} {s}" for p, s in zip(own, names, strict=True) if p > 0)
            lines.append(f"{who}: {' + '.join(used)}")
        lines.append(f"largest regret {shown(float(self.regret.max()))}")
        return "\n".join(lines)


def fictitious_play(
    game: FiniteGame, rounds: int = 1000, *, start: Sequence[int] | None = None, seed: int = 0
) -> Learned:
    """Let all answer, each round, the frequencies of what the others have played so far.

    All move at once; of several best replies one is drawn. The frequencies are returned: in
    zero-sum games (Robinson 1951) and in potential games (Monderer and Shapley 1996) they approach
    equilibria, in other games they need not.

    Parameters
    ----------
    start : profile, optional
        What is played in the first round; drawn if it is not given.

    Examples
    --------
    >>> pennies = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> bool(fictitious_play(pennies, 3000).regret.max() < 0.1)
    True
    """
    _check_rounds(rounds)
    rng, floats = np.random.default_rng(seed), game.to_floats()
    first = start if start is not None else [int(rng.integers(k)) for k in game.shape]
    counts = [np.eye(k)[a] for k, a in zip(game.shape, game.checked(first), strict=True)]
    for played in range(1, rounds):
        beliefs = [own / played for own in counts]
        replies = []
        for n in range(len(counts)):
            payoffs = floats.against(n, beliefs)
            replies.append(rng.choice(np.flatnonzero(payoffs == payoffs.max())))
        for own, reply in zip(counts, replies, strict=True):
            own[reply] += 1
    return _learned(floats, game, [own / rounds for own in counts], rounds, "fictitious play")


def replicator(
    game: FiniteGame,
    rounds: int = 1000,
    *,
    start: Sequence[ArrayLike] | None = None,
    step: float = 0.1,
    seed: int = 0,
) -> Learned:
    """Let strategies grow by how well they do: replicator dynamics, in steps.

    Each round multiplies every probability by exp(step · payoff ÷ the player's range of payoffs):
    Euler steps of d(log p)/dt = payoff − mean payoff, which never leave the simplex. A
    probability of 0 stays 0. The last mixed strategies are returned, not means over time.

    Parameters
    ----------
    start : N distributions, optional
        Drawn uniformly from the simplices if it is not given.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> bool(replicator(prisoners, 2000).regret.max() < 1e-9)
    True
    """
    _check_rounds(rounds)
    if not 0 < step < np.inf:
        raise InvalidInputError(f"`step` must be positive, got {step!r:.40}")
    floats = game.to_floats()
    units = np.where(floats.ranges > 0, floats.ranges, 1.0)
    rng = np.random.default_rng(seed)
    mixed = (
        [rng.dirichlet(np.ones(k)) for k in game.shape] if start is None else checked(game, start)
    )
    for _ in range(rounds):
        payoffs = [floats.against(n, mixed) / unit for n, unit in enumerate(units)]
        grown = [p * np.exp(step * (u - u.max())) for p, u in zip(mixed, payoffs, strict=True)]
        # Where all that is played did so badly that it underflows, nothing is known: keep it.
        mixed = [g / g.sum() if g.sum() > 0 else p for g, p in zip(grown, mixed, strict=True)]
    return _learned(floats, game, mixed, rounds, "replicator dynamics")


def checked(game: FiniteGame, mixed: Sequence[ArrayLike]) -> list[Array]:
    """Return mixed strategies as arrays."""
    found = [np.asarray(own, dtype=float) for own in mixed]
    legal = [own.shape for own in found] == [(k,) for k in game.shape]
    if not legal or not all(own.min() >= 0 and abs(own.sum() - 1) < 1e-9 for own in found):
        raise InvalidInputError(f"mixed strategies must be a distribution for each of {game.shape}")
    return found


def _check_rounds(rounds: int) -> None:
    if rounds < 1:
        raise InvalidInputError(f"`rounds` must be at least 1, got {rounds!r:.40}")


def _learned(
    floats: FiniteGame, game: FiniteGame, mixed: Sequence[Array], rounds: int, dynamic: str
) -> Learned:
    regret = np.maximum(floats.mixed_regret(mixed), 0.0)  # rounding goes below 0
    return Learned(game=game, mixed=tuple(mixed), regret=regret, rounds=rounds, dynamic=dynamic)
