"""k-implementation: what it costs an outsider to make a chosen profile everybody's best choice.

    k(z) = Σ_n max_a U_n(a, z_−n) − U_n(z)

The sponsor promises n, if it chooses z_n, whatever n could have gained by another choice, given
what the others do. Then z_n is a dominant strategy of every n, and at z exactly k(z) is paid
(Monderer and Tennenholtz, k-Implementation, J. Artificial Intelligence Research 21, 2004).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import certify
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Subsidy:
    """The sponsor's promise: n receives its regret if it chooses exactly z_n (`target`)."""

    target: Array

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n ≥ 0."""
        x = np.asarray(profile, dtype=float)
        rows = x.reshape(-1, self.target.size)
        paid = np.zeros_like(rows)
        for k in np.flatnonzero((rows == self.target).any(axis=1)):
            kept = rows[k] == self.target
            paid[k] = np.where(kept, certify(game, rows[k]).regret, 0.0)
        return paid.reshape(x.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Implementation(Result):
    """What a profile costs to implement: in total, for each player, and by which promise."""

    players: tuple[str, ...]
    total: float
    each: Array
    subsidy: Subsidy

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and names."""
        return {
            "organizations": list(self.players),
            "target": self.subsidy.target.tolist(),
            "subsidy": self.each.tolist(),
            "total": self.total,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per organization."""
        values = {"organization": self.players, "target": self.subsidy.target}
        note = f"In total {self.total:.6g}."
        return (keyed("Subsidies", values | {"subsidy": self.each}, notes=(note,)),)


def k_implementation(game: Game, *, target: ArrayLike) -> Implementation:
    """Return the subsidy that makes a target profile everybody's dominant choice.

    Payoffs count before transfers: where others' transfers are in force, pass the induced game.

    Returns
    -------
    Implementation
        `total` is k(z) in money; it is 0 iff the target is an equilibrium already.

    Raises
    ------
    InvalidInputError
        If the target is no profile.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=100, unit_cost=1.0)
    >>> k_implementation(game, target=[0.0, 0.0]).total
    0.0
    >>> k_implementation(game, target=[0.0, 50.0]).each.round(2).tolist()
    [0.0, 49.82]
    """
    z = game.checked(target)
    each = certify(game, z).regret
    return Implementation(game.players, float(each.sum()), each, Subsidy(z))
