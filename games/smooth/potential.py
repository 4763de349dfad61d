"""Is a continuous game a weighted potential game? A numeric test, with a witness if it is not.

On random four-cycles every pair of players gives the ratio of its two weights, or a conflict; the
ratios are chained along a tree of the strongest pairs, the other pairs must agree. The potential
is the sum of what the players gain on the way from a reference profile, each moving once, divided
by their weights: payoffs alone, no integral. It is then tried on random unilateral changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.smooth.cycles import (
    Cycles,
    UnclosedCycles,
    blocks_of,
    draw_cycles,
    exchanged,
)
from coopetition.games.smooth.weights import ALIKE, Weights, chain_weights

How = Literal["proved", "checked"]
LARGEST = 64  # players: every pair is looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmoothPotential:
    """Whether a continuous game has a weighted potential, how that is known, and the potential.

    Attributes
    ----------
    kind : "exact" or "weighted"
        Exact where all weights may be equal.
    holds : bool or None
        None where neither answer stands clear of rounding.
    claim : "proved" or "checked"
        Proved by exact algebra; or checked on `points` random four-cycles a pair.
    weights : shape (N,), or expressions, or None
        1 for the first player of each of `components`, and unique up to one factor there.
    components : tuples of player numbers
        Players whose weights hang together.
    potential : function or expression, or None
        Φ; as a function it takes profiles of shape (..., d) to (...).
    witness : UnclosedCycles or None
        Where `holds` is False.
    residual : float or None
        The largest |ΔU_n − w_n ΔΦ| met on unilateral changes, in shares of n's largest payoff.
    uncertainty : float or None
        The relative error of numeric weights that rounding allows: large where players hardly
        touch each other.
    """

    players: tuple[str, ...]
    kind: Literal["exact", "weighted"]
    holds: bool | None
    claim: How
    weights: Any = None
    potential: Any = None
    witness: UnclosedCycles | None = None
    components: tuple[tuple[int, ...], ...] = ()
    points: int = 0
    residual: float | None = None
    uncertainty: float | None = None
    reason: str = ""

    def how(self) -> str:
        """Say how the answer is known."""
        if self.claim == "proved":
            return "proved by exact algebra"
        tail = "" if self.residual is None else f", residual {self.residual:.2g}"
        return f"checked on {self.points} points{tail}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; expressions as text, no function."""
        weights = None if self.weights is None else [_plain(w) for w in self.weights]
        symbolic = self.potential is not None and not callable(self.potential)
        return {
            "players": list(self.players),
            "kind": self.kind,
            "holds": self.holds,
            "claim": self.claim,
            "weights": weights,
            "potential": str(self.potential) if symbolic else None,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "components": [[self.players[n] for n in group] for group in self.components],
            "points": self.points,
            "residual": self.residual,
            "uncertainty": self.uncertainty,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        """Say the verdict, how it is known, the weights or the witness."""
        if self.holds is None:
            return f"undecided ({self.how()}): {self.reason}"
        if not self.holds:
            cycles = () if self.witness is None else self.witness.cycles
            head = f"no weighted potential ({self.how()}): {self.reason}"
            return "\n".join([head, *(f"  {cycle}" for cycle in cycles)])
        kind = "an exact" if self.kind == "exact" else "a weighted"
        lines = [f"{kind} potential game ({self.how()})"]
        lines += [
            f"  weight of {name}: {_shown(w)}"
            for name, w in zip(
                self.players[:20], self.weights if self.weights is not None else (), strict=False
            )
        ]
        if len(self.components) > 1:
            lines.append(f"  {len(self.components)} groups of players whose weights are not tied")
        return "\n".join(lines + ([f"  {self.reason}"] if self.reason else []))


def _plain(weight: Any) -> float | str:
    return float(weight) if isinstance(weight, float | np.floating) else str(weight)


def _shown(weight: Any) -> str:
    return f"{weight:.6g}" if isinstance(weight, float | np.floating) else str(weight)


def potential_of_smooth(
    game: Game, *, points: int = 64, seed: int = 0, rounding: float | None = None
) -> SmoothPotential:
    """Test numerically whether a game on boxes has a potential with positive weights.

    Parameters
    ----------
    points : int
        Random four-cycles a pair of players.
    rounding : payoff units, optional
        The error of one payoff difference; default 16 units in the last place of the payoffs of
        its own four-cycle.
        Disagreement counts as none below a hundred times it, as refutation above ten thousand.

    Raises
    ------
    InvalidInputError
        If `points` is below 4, or a payoff is not finite.
    UnsupportedGameError
        If it is not a game on boxes, or has more than 64 players.

    Examples
    --------
    >>> from coopetition.games.smooth.game import SmoothGame
    >>> duopoly = SmoothGame(bounds=[(0, 10), (0, 10)],
    ...     payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: 3 * x[1] * (10 - x.sum())])
    >>> found = potential_of_smooth(duopoly)
    >>> found.kind, found.holds, found.weights.round(9).tolist()
    ('weighted', True, [1.0, 3.0])
    >>> chase = SmoothGame(bounds=[(0, 1), (0, 1)],
    ...     payoffs=[lambda x: x[0] * x[1], lambda x: -x[0] * x[1]])
    >>> print(potential_of_smooth(chase))
    no weighted potential (checked on 64 points): what one ... the other loses: ...
      player 1 ... ↔ ..., player 2 ... ↔ ...: mixed differences ... and ...
    """
    if not isinstance(game, Game):
        raise UnsupportedGameError(
            f"potential_of_smooth() needs a Game on boxes, got {type(game).__name__}"
        )
    if len(game.players) > LARGEST:
        raise UnsupportedGameError(
            f"potential_of_smooth() looks at every pair of at most {LARGEST} players, got "
            f"{len(game.players)}"
        )
    if isinstance(points, bool) or not isinstance(points, int) or points < 4:
        raise InvalidInputError(f"`points` must be a whole number of at least 4, got {points!r}")
    cycles = draw_cycles(game, points, seed, rounding)
    found = chain_weights(cycles)
    common: dict[str, Any] = {"players": game.players, "claim": "checked", "points": points}
    if found.witness is not None:
        return SmoothPotential(
            kind="weighted",
            holds=False,
            witness=found.witness,
            reason=found.witness.reason,
            **common,
        )
    potential = telescoped(game, found.weights)
    residual, allowed = _residual(cycles, potential, found)
    holds = found.clear and residual <= allowed and allowed < 1e-3
    return SmoothPotential(
        kind="exact" if (found.weights == 1.0).all() else "weighted",
        holds=True if holds else None,
        weights=found.weights if holds else None,
        potential=potential if holds else None,
        components=found.components,
        residual=residual,
        uncertainty=float(found.loose.max()),
        reason="" if holds else "payoffs disagree by more than rounding, but by too little to say",
        **common,
    )


def telescoped(game: Game, weights: Array) -> Callable[[ArrayLike], Array]:
    """Return Φ(x) = Σ_n [U_n(x_1, …, x_n, z_n+1, …) − U_n(x_1, …, x_n−1, z_n, …)] / w_n.

    z is the middle of the box. Each term is the integral of ∂U_n/∂x_n / w_n along one piece of a
    path from z to x, so that Φ is a potential wherever there is one with these weights.
    """
    box, blocks = game.spaces, blocks_of(game)
    middle = 0.5 * (box.lower + box.upper)

    def potential(profile: ArrayLike) -> Array:
        x = np.asarray(profile, dtype=float)
        here = np.broadcast_to(middle, x.shape).copy()
        total, before = np.zeros(x.shape[:-1]), game.payoffs(here)
        for n, block in enumerate(blocks):
            here = exchanged(here, block, x)
            after = game.payoffs(here)
            total = total + (after[..., n] - before[..., n]) / weights[n]
            before = after
        return total

    return potential


def _residual(
    cycles: Cycles, potential: Callable[[ArrayLike], Array], found: Weights
) -> tuple[float, float]:
    """Return the largest |ΔU_n − w_n ΔΦ| in shares of n's payoffs, and what rounding allows."""
    here, worst, allowed = potential(cycles.first), 0.0, 0.0
    weights, sizes = found.weights, np.maximum(cycles.largest, 1e-300)
    moves = np.abs(cycles.moved - cycles.still).max(axis=(0, 1))
    for n, block in enumerate(cycles.blocks):
        there = potential(exchanged(cycles.first, block, cycles.second))
        gained = cycles.moved[n][:, n] - cycles.still[:, n]
        error = np.abs(gained - weights[n] * (there - here)).max()
        worst = max(worst, float(error / sizes[n]))
        unsure = ALIKE * cycles.noise(sizes) + (found.loose + found.loose[n]) * moves
        allowed = max(allowed, float(weights[n] * (unsure / weights).sum() / sizes[n]))
    return worst, allowed
