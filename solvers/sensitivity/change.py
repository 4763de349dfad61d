"""A change of a round's numbers, and what it does to the equilibrium's form and to payoffs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.competition import Competition
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.sensitivity.active_piece import FormChange

OneOrEach = float | Array


class OwnPart(Protocol):
    """A transfer rule with t_n = slope_n x_n − bend_n x_n²/2 + what others' contributions say."""

    @property
    def slope(self) -> Array:
        """Money per unit of contribution, shape (N,)."""
        ...

    @property
    def bend(self) -> Array:
        """Money per unit², shape (N,)."""
        ...

    def __call__(self, game: Game, profile: Array, /) -> Array:
        """Return t_n, shape as `profile`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A direction in which a round's numbers move; what is not named stays.

    Parameters
    ----------
    value, unit_cost, …, skew : scalar or shape (N,)
        Change of each column of the round.
    damage, rivalry : Competition, optional
        Change of the matrix: the round's own for a common factor, `UniformCompetition(1, N)` for
        every pair, a matrix with one entry for a single pair.
    gain : by parameter
        Change of the curve's parameters, such as {"exponent": 1.0}.
    slope, bend, transfer : scalar or shape (N,)
        Change of the rule's own part, and of transfers at the same contributions.

    Examples
    --------
    >>> Change(value=np.array([1.0, 0.0]), gain={"scale": 2.0}).reversed().gain
    {'scale': -2.0}
    """

    value: OneOrEach = 0.0
    unit_cost: OneOrEach = 0.0
    quadratic_cost: OneOrEach = 0.0
    fixed_cost: OneOrEach = 0.0
    local_data: OneOrEach = 0.0
    quality: OneOrEach = 0.0
    max_contribution: OneOrEach = 0.0
    skew: OneOrEach = 0.0
    personal_weight: float = 0.0
    damage: Competition | None = None
    rivalry: Competition | None = None
    gain: Mapping[str, float] = field(default_factory=dict)
    slope: OneOrEach = 0.0
    bend: OneOrEach = 0.0
    transfer: OneOrEach = 0.0

    def reversed(self) -> "Change":
        """Return the opposite change."""

        def opposite(value: Any) -> Any:
            if isinstance(value, Competition):
                return value.scaled(-1.0)
            if isinstance(value, Mapping):
                return {key: -each for key, each in value.items()}
            return None if value is None else -value

        return Change(**{one.name: opposite(getattr(self, one.name)) for one in fields(self)})


def _weighed(change: Competition | None, values: Array) -> Array:
    """Return a changed matrix times values, zeros where it does not change."""
    return np.zeros_like(values) if change is None else change.weigh(values)


def _personal_scale(game: CoopetitionRound, change: Change) -> Array:
    """Return the change of B δ_n D_n."""
    skew, data = game.skew * game.local_data, game.local_data
    by_skew = game.personal_weight * (change.skew * data + game.skew * change.local_data)
    return np.asarray(change.personal_weight * skew + by_skew)


def form_change(game: CoopetitionRound, change: Change, omega: float) -> FormChange:
    """Return what a change of the round does to its aggregate form under a rule."""
    size = game.value.shape
    known = game.gain.slope_partials(omega)
    for key in change.gain:
        if key not in known:
            raise InvalidInputError(
                f"`gain` has no parameter {key!r} here: {type(game.gain).__name__} has "
                f"{', '.join(known) or 'none'}"
            )
    harm = game.damage.weigh(np.broadcast_to(np.asarray(change.value, dtype=float), size))
    harm = harm + _weighed(change.damage, game.value)
    stake = change.value + _weighed(change.rivalry, np.ones(size))
    data = np.broadcast_to(np.asarray(change.local_data, dtype=float), size)
    return FormChange(
        weight=change.value - harm,
        quality=np.broadcast_to(np.asarray(change.quality, dtype=float), size),
        upper=np.broadcast_to(np.asarray(change.max_contribution, dtype=float), size),
        linear=np.broadcast_to(np.asarray(change.slope - change.unit_cost, dtype=float), size),
        curvature=np.broadcast_to(
            np.asarray(change.quadratic_cost + change.bend, dtype=float), size
        ),
        skew=_personal_scale(game, change) * game.stake + game.personal_scale * stake,
        data=data,
        base=float(data.sum()),
        slope=sum(known[key] * rate for key, rate in change.gain.items()),
    )


def gain_change(
    game: CoopetitionRound, change: Change, omega: Array, rise: Array
) -> tuple[Array, Array]:
    """Return P and its change where Ω changes by `rise`."""
    slope = np.asarray(game.gain.slope(omega))
    known = game.gain.value_partials(omega, slope) if change.gain else {}
    moved = slope * rise
    for key, rate in change.gain.items():
        moved = moved + known[key] * rate
    return np.asarray(game.gain.value(omega)), np.asarray(moved)


# The product rule on each term of
#
#     U_n = p_n (P + h_n) − c_n(x_n) − R_n [P(Ω) − P(Ω − q_n x_n)] − Σ_m σ_nm (h_m − h_n),
#
# or, where rivals' whole gains hurt, Σ_m ρ_nm p_m (P + h_m) instead of the R_n term;
# R_n = Σ_m ρ_nm p_m (`harm`), h_n = −B δ_n D_n/(D_n + x_n) (`personal`, its change `moved`).


def payoff_change(
    game: CoopetitionRound, change: Change, x: Array, dx: Array
) -> tuple[Array, Array]:
    """Return the changes of gains and of payoffs before transfers, each of shape (N,)."""
    omega = float(game.form.aggregate(x))
    rise = float((game.quality * dx + change.quality * x + change.local_data).sum())
    total = game.local_data + x
    inverse = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    personal = -game.personal_scale * inverse
    moved = game.personal_scale * inverse**2 * (dx + change.local_data)
    moved = moved - _personal_scale(game, change) * inverse
    shared, more = gain_change(game, change, np.asarray(omega), np.asarray(rise))
    value = change.value * (shared + personal) + game.value * (more + moved)
    cost = (game.unit_cost + game.quadratic_cost * x) * dx + change.fixed_cost
    cost = cost + (change.unit_cost + 0.5 * change.quadratic_cost * x) * x
    each = np.broadcast_to(np.asarray(change.value, dtype=float), x.shape)
    harm = game.damage.weigh(each) + _weighed(change.damage, game.value)
    damage = np.zeros_like(x)
    if game.counts == "gains":
        rivals = game.value * (more + moved) + change.value * (shared + personal)
        damage = game.damage.weigh(rivals)
        damage = damage + _weighed(change.damage, game.value * (shared + personal))
    elif harm.any() or game.harm.any():
        without = np.maximum(omega - game.quality * x, game.form.base)
        fall = rise - game.quality * dx - change.quality * x
        left, less = gain_change(game, change, without, np.asarray(fall))
        damage = harm * (shared - left) + game.harm * (more - less)
    rivalry = _weighed(change.rivalry, np.ones_like(x)) * personal
    rivalry = rivalry - _weighed(change.rivalry, personal)
    rivalry = rivalry + game.rivalry.row_sums * moved - game.rivalry.weigh(moved)
    return more + moved, value - cost - damage + rivalry
