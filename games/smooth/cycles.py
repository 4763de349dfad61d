"""Four-cycles: two players, two strategies each, everybody else stays; what a potential rests on.

Player n moves, then m, then n moves back, then m: the mixed second difference

    Δ_n = U_n(y_n, y_m) − U_n(x_n, y_m) − U_n(y_n, x_m) + U_n(x_n, x_m)

and Δ_m, the same of U_m, is what each gains less by moving back than it gained by moving. A game
on boxes has a potential with weights w exactly where Δ_n/w_n = Δ_m/w_m on every cycle (Monderer
and Shapley 1996, Theorem 2.8, for U_n/w_n). The identity holds for steps of any size, so that
nothing has to be differentiated: only rounding stands between the numbers and the truth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.smooth.game import SmoothGame

ROUNDING = 16 * float(np.finfo(float).eps)  # of the payoffs' size, in one mixed difference


@dataclass(frozen=True, slots=True, eq=False)
class Cycle:
    """One four-cycle: who moves, between what, and the mixed differences of the two payoffs."""

    players: tuple[str, str]
    first: Array
    second: Array
    blocks: tuple[slice, slice]
    differences: tuple[float, float]

    def corners(self) -> Array:
        """Return the four profiles in the order in which they are visited, shape (4, d)."""
        path = np.repeat(self.first[None], 4, axis=0)
        n, m = self.blocks
        path[1:3, n] = self.second[n]
        path[2:4, m] = self.second[m]
        return path

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "players": list(self.players),
            "corners": self.corners().tolist(),
            "differences": list(self.differences),
        }

    def __str__(self) -> str:
        """Say it in one sentence."""
        (n, m), (a, b) = self.players, self.blocks
        moves = [
            f"{name} {_shown(self.first[block])} ↔ {_shown(self.second[block])}"
            for name, block in ((n, a), (m, b))
        ]
        gaps = f"{self.differences[0]:.6g} and {self.differences[1]:.6g}"
        return f"{', '.join(moves)}: mixed differences {gaps}"


@dataclass(frozen=True, slots=True, eq=False)
class UnclosedCycles:
    """Cycles that no positive weights close together, why, and by how much."""

    cycles: tuple[Cycle, ...]
    reason: str
    gap: float  # what stays open of the last cycle, in shares of the larger of its two sides

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        cycles = [cycle.to_dict() for cycle in self.cycles]
        return {"reason": self.reason, "gap": self.gap, "cycles": cycles}

    def __str__(self) -> str:
        """Say the reason, and the cycles below it."""
        return "\n".join([self.reason, *(f"  {cycle}" for cycle in self.cycles)])


def _shown(block: Array) -> str:
    inside = ", ".join(f"{number:.4g}" for number in block)
    return inside if block.size == 1 else f"({inside})"


def blocks_of(game: Game) -> tuple[slice, ...]:
    """Return where each player's numbers are in a profile."""
    if isinstance(game, SmoothGame):
        return game.blocks
    return tuple(slice(n, n + 1) for n in range(len(game.players)))


@dataclass(frozen=True, eq=False)
class Cycles:
    """Random four-cycles of a game: ends of the moves, and payoffs after no or one move."""

    game: Game
    blocks: tuple[slice, ...]
    first: Array
    second: Array
    still: Array  # (K, N)
    moved: Array  # (N, K, N): payoffs after player n moved
    sizes: Array  # (K, N): of the largest terms in each payoff of a cycle, those two moves away too
    rounding: float | None  # payoff units; None: by the sizes

    @property
    def largest(self) -> Array:
        """The largest size of each payoff on any cycle, shape (N,)."""
        return np.asarray(self.sizes.max(axis=0))

    def noise(self, sizes: Array) -> Array:
        """Return the rounding of mixed differences of payoffs of some sizes."""
        return np.maximum(ROUNDING * sizes if self.rounding is None else self.rounding, 1e-300)

    def differences(self, n: int, m: int) -> tuple[Array, Array, Array, Array]:
        """Return the mixed differences of U_n and U_m on all cycles, and their rounding; (K,)."""
        both = self._with(self.first, n, self.second)
        both, sizes = sized(self.game, self._with(both, m, self.second))
        a, b = [
            both[:, k] - self.moved[n][:, k] - self.moved[m][:, k] + self.still[:, k]
            for k in (n, m)
        ]
        one, other = [self.noise(np.maximum(sizes[:, k], self.sizes[:, k])) for k in (n, m)]
        return _finite(a), _finite(b), one, other

    def cycle(self, n: int, m: int, k: int, differences: tuple[float, float]) -> Cycle:
        """Return one of them by number."""
        names = (self.game.players[n], self.game.players[m])
        here = (self.blocks[n], self.blocks[m])
        return Cycle(names, self.first[k], self.second[k], here, differences)

    def _with(self, profile: Array, player: int, other: Array) -> Array:
        return exchanged(profile, self.blocks[player], other)


def exchanged(profile: Array, block: slice, other: Array) -> Array:
    """Return profiles with one block taken from others."""
    changed = profile.copy()
    changed[..., block] = other[..., block]
    return changed


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise InvalidInputError("payoffs must be finite at every profile of the box")
    return values


def draw_cycles(game: Game, points: int, seed: int, rounding: float | None) -> Cycles:
    """Draw four-cycles: every second one uniform, the others crowded towards the lower bounds."""
    rng, box, blocks = np.random.default_rng(seed), game.spaces, blocks_of(game)
    shares = rng.random((2, points, box.upper.size))
    shares[:, 1::2] **= 4.0  # gains saturate: most happens at small contributions
    first, second = box.project(box.lower + shares * (box.upper - box.lower))
    still, largest = sized(game, first)
    moved = []
    for block in blocks:
        payoffs, sizes = sized(game, exchanged(first, block, second))
        largest = np.maximum(largest, sizes)
        moved.append(payoffs)
    return Cycles(game, blocks, first, second, still, np.stack(moved), largest, rounding)


def sized(game: Game, profiles: Array) -> tuple[Array, Array]:
    """Return payoffs at profiles, and the size of the largest term in each; (K, N) both.

    A game that knows its terms tells how much cancels in a payoff, player by player.
    """
    payoffs = _finite(game.payoffs(profiles))
    return payoffs, np.maximum(np.abs(payoffs), game.payoff_sizes(profiles))
