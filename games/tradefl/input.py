"""The parameters of a TradeFL-style game and the tables that follow from them.

Per organization n and level l: the largest fraction u_nl that the deadline allows, what a sample
costs and what the transfer pays for it; per organization the weight in the potential.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.checks import finite, positive
from coopetition.games.coopetition.competition import Competition, as_competition
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.round import names_of
from coopetition.games.errors import InvalidInputError
from coopetition.games.tradefl.checks import check_gain, columns, level_table


@dataclass(frozen=True, eq=False, init=False)
class TradeFLInput:
    """Validated parameters, documented in `TradeFLGame`; every table has shape (N, L)."""

    gain: GainCurve
    local_data: Array
    frequencies: Array
    value: Array
    least_fraction: Array
    cycles: Array
    deadline: Array
    communication_time: Array
    energy_cost: Array
    fixed_cost: Array
    damage: Competition
    transfer_rate: float
    compute_worth: float
    balanced: bool
    organizations: tuple[str, ...]

    def __init__(
        self,
        *,
        gain: GainCurve,
        local_data: ArrayLike,
        frequencies: ArrayLike,
        value: ArrayLike,
        least_fraction: ArrayLike = 0.01,
        cycles: ArrayLike = 1.0,
        deadline: ArrayLike = np.inf,
        communication_time: ArrayLike = 0.0,
        energy_cost: ArrayLike = 0.0,
        fixed_cost: ArrayLike = 0.0,
        damage: Any = 0.0,
        transfer_rate: float = 0.0,
        compute_worth: float = 0.0,
        balanced: bool = False,
        organizations: Sequence[str] | None = None,
    ) -> None:
        if not isinstance(gain, GainCurve):
            raise InvalidInputError(f"`gain` must be a GainCurve, got {gain!r}")
        if not isinstance(balanced, bool):
            raise InvalidInputError(f"`balanced` must be True or False, got {balanced!r}")
        finite("transfer_rate", transfer_rate)
        positive("compute_worth", compute_worth, zero=True)
        names = names_of(organizations, local_data)
        given = {
            "local_data": local_data,
            "value": value,
            "least_fraction": least_fraction,
            "cycles": cycles,
            "deadline": deadline,
            "communication_time": communication_time,
            "energy_cost": energy_cost,
            "fixed_cost": fixed_cost,
        }
        fields: dict[str, Any] = columns(given, names)
        fields["frequencies"] = level_table(frequencies, names)
        fields["damage"] = as_competition(damage, names, "damage")
        fields |= {"gain": gain, "organizations": names, "balanced": balanced}
        fields["transfer_rate"] = float(transfer_rate)
        fields["compute_worth"] = float(compute_worth)
        for name, field in fields.items():
            object.__setattr__(self, name, field)
        self._check_deadline()
        top = self.limits.max(axis=1) * self.local_data
        check_gain(gain, self.floor, top, self.harm)

    def _check_deadline(self) -> None:
        """Refuse a deadline that leaves some organization no level at all."""
        hopeless = ~self.feasible.any(axis=1)
        if hopeless.any():
            n = int(np.argmax(hopeless))
            raise InvalidInputError(
                f"`deadline` of {self.players[n]} must leave time for {self.least_fraction[n]:g} "
                f"of its data at some frequency: {self.deadline[n]:g} is enough for "
                f"{max(float(self.limits[n].max()), 0.0):.3g} at most"
            )

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.organizations

    @cached_property
    def floor(self) -> Array:
        """The samples that each organization brings at least, shape (N,)."""
        return self.least_fraction * self.local_data

    @cached_property
    def limits(self) -> Array:
        """u_nl: the largest fraction that level l finishes in time, at most 1."""
        room = (self.deadline - self.communication_time)[:, None]
        most = np.minimum(room * self.frequencies / (self.cycles * self.local_data)[:, None], 1.0)
        least = self.least_fraction[:, None]
        return np.where(np.abs(most - least) <= 1e-12 * least, least, most)

    @cached_property
    def feasible(self) -> Mask:
        """Which levels meet the deadline with the least fraction."""
        return self.limits >= self.least_fraction[:, None]

    @property
    def excluded(self) -> tuple[tuple[str, float], ...]:
        """The levels that miss the deadline, as (player, frequency)."""
        missed = np.argwhere(~self.feasible).tolist()
        return tuple((self.players[n], float(self.frequencies[n, k])) for n, k in missed)

    @cached_property
    def harm(self) -> Array:
        """R_n = Σ_m ρ_nm p_m: money that n loses per unit of gain that its data bring."""
        return self.damage.weigh(self.value)

    @cached_property
    def pull(self) -> Array:
        """p_n − R_n, of any sign: money per unit of gain that n's own data bring, shape (N,)."""
        return self.value - self.harm

    @cached_property
    def weights(self) -> Array:
        """w, shape (N,): `pull`; 1 where that is not positive but the data are fixed anyway."""
        stuck = self.limits.max(axis=1) <= self.least_fraction
        return np.where(stuck & (self.pull <= 0), 1.0, self.pull)

    @cached_property
    def reward(self) -> Array:
        """κ Σ_m ρ_nm: money per unit of own contribution, shape (N,)."""
        return self.transfer_rate * self.damage.row_sums

    @cached_property
    def energy(self) -> Array:
        """ε cycles f²: money that training on one sample costs."""
        return (self.energy_cost * self.cycles)[:, None] * self.frequencies**2

    @cached_property
    def rates(self) -> Array:
        """∂s_n/∂(d_n D_n): reward minus energy, money per sample."""
        return self.reward[:, None] - self.energy

    @cached_property
    def perks(self) -> Array:
        """The part of s_n that the level alone decides, money."""
        return self.compute_worth * self.reward[:, None] * self.frequencies

    def replace(self, **fields: Any) -> Self:
        """Return a game with some fields changed, validated again."""
        return replace(self, **fields)

    def at(self, table: Array, levels: Index) -> Array:
        """Return the entries of a table at levels of shape (..., N)."""
        return table[np.arange(len(self.players)), levels]
