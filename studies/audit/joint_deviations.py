"""Joint deviations: what coalitions gain by changing their contributions together.

The members of S choose the contributions that maximize the sum of their payoffs after transfers,
while the others stay at the equilibrium; they may share the gain by payments among themselves.
Nobody leaves: compare the core. The search is a grid, then steps along gradients from its best
point and from the equilibrium: what it finds is a gain, what it does not find may still be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.threads import one_thread
from coopetition.games.unknown import Unknown
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table

ALL, SOME, PAIRS = 6, 12, 30  # organizations: where all coalitions, those up to 3, and 2 are tried
LEVELS = {2: 9, 3: 5, 4: 4}  # of the grid by members; 3 for more
STEP = 1e-6  # of an interval, for gradients


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointDeviation:
    """The best joint change found: members, what they contribute, what each gains, money."""

    members: tuple[str, ...]
    contribution: Array
    gains: Array

    @property
    def gain(self) -> float:
        """What the members gain together."""
        return float(self.gains.sum())

    def __str__(self) -> str:
        """Say who contributes what, and what each gains by it."""
        who = (
            f"{name} {x:.6g} ({gain:+.4g})"
            for name, x, gain in zip(self.members, self.contribution, self.gains, strict=True)
        )
        return f"{self.gain:.6g} more for: {', '.join(who)}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointDeviations(Result):
    """The coalitions tried; `found` gains most among the smallest that gain, or gains nothing.

    Larger coalitions are not tried once smaller ones gain; `largest` is the largest size tried.
    """

    tried: int
    largest: int
    found: JointDeviation | None

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        best = self.found
        return {
            "tried": self.tried,
            "largest": self.largest,
            "members": best and list(best.members),
            "contribution": best and best.contribution.tolist(),
            "gains": best and best.gains.tolist(),
        }

    def tables(self) -> tuple[Table]:
        """Return one row per member of the coalition that gains most."""
        best = self.found
        values = {
            "organization": best.members if best else (),
            "contribution": best.contribution if best else (),
            "gains": best.gains if best else (),
        }
        note = f"{self.tried} coalitions of up to {self.largest} were tried."
        return (keyed("The best joint deviation found", values, notes=(note,)),)


def joint_deviations(
    game: Game, profile: Array, *, unit: ArrayLike, progress: Progress = silent
) -> JointDeviations | Unknown:
    """Search what coalitions of two or more gain, or say that there are too many.

    All coalitions of up to 6 organizations, those of up to 3 of up to 12, pairs of up to 30.

    Parameters
    ----------
    game
        With the mechanism in force.
    profile : shape (N,)
        The equilibrium.
    unit : money, one for each or for all
        What is no gain of it but rounding; of a coalition, what its members' sum to.
    """
    size = len(game.players)
    if size > PAIRS:
        return Unknown(
            f"coalitions' joint changes are not searched above {PAIRS} organizations, got {size}"
        )
    most = size if size <= ALL else 3 if size <= SOME else 2
    units = np.broadcast_to(np.asarray(unit, dtype=float), (size,))
    tried, best = 0, None
    for members in range(2, most + 1):
        with one_thread():
            groups = list(combinations(range(size), members))
            found = []
            for k, who in enumerate(groups):
                progress(f"joint deviations of {members}", k, len(groups))
                found.append(_best(game, profile, who))
        tried += comb(size, members)
        pays = [
            change
            for change, who in zip(found, groups, strict=True)
            if change.gain > units[list(who)].sum()
        ]
        best = max(pays or [*found, *([best] if best else [])], key=lambda change: change.gain)
        if pays:
            return JointDeviations(tried=tried, largest=members, found=best)
    return JointDeviations(tried=tried, largest=max(most, 1), found=best)


def _best(game: Game, profile: Array, members: tuple[int, ...]) -> JointDeviation:
    """Search the contributions of some that have the most for them together."""
    from scipy.optimize import minimize

    who, box = list(members), game.spaces
    low, width = box.lower[who], (box.upper - box.lower)[who]

    def payoffs(shares: Array) -> Array:
        rows = np.broadcast_to(profile, (len(shares), profile.size)).copy()
        rows[:, who] = low + shares * width
        return np.asarray(game.payoffs(rows)[:, who])

    here = np.divide(profile[who] - low, width, out=np.zeros_like(low), where=width > 0)
    before = payoffs(here[None])[0]
    scale = max(float(np.abs(before).sum()), 1e-300)

    def loss(share: Array) -> tuple[float, Array]:
        up, down = (np.clip(share + s * STEP * np.eye(len(who)), 0, 1) for s in (1, -1))
        values = payoffs(np.vstack((share, up, down))).sum(axis=1) / scale
        rise, fall = values[1 : len(who) + 1], values[len(who) + 1 :]
        return -float(values[0]), -(rise - fall) / np.diagonal(up - down)

    levels = np.linspace(0.0, 1.0, LEVELS.get(len(who), 3))
    grid = np.array(list(product(levels, repeat=len(who))))
    starts = [here, grid[int(np.argmax(payoffs(grid).sum(axis=1)))]]
    ends = [
        minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(who)).x
        for start in starts
    ]
    tried = np.array([here, *starts[1:], *ends])
    after = payoffs(tried)
    k = int(np.argmax(after.sum(axis=1)))
    return JointDeviation(
        members=tuple(game.players[n] for n in who),
        contribution=low + tried[k] * width,
        gains=after[k] - before,
    )
