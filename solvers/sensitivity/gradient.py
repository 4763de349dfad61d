"""The gradient of one number with respect to every parameter of a round, at once: O(N)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.aggregate.responses import CHUNK
from coopetition.solvers.sensitivity.active_piece import FormChange, Piece


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """What an equilibrium leads to; also its change, or how much a number depends on each.

    Parameters
    ----------
    contribution : shape (N,)
    effective_data : float
        Ω.
    gain, payoff, transfer : shape (N,)
        G_n; money before transfers; what the rule pays.
    """

    contribution: Array
    effective_data: float
    gain: Array
    payoff: Array
    transfer: Array

    @property
    def net_payoff(self) -> Array:
        """Payoffs after transfers."""
        return self.payoff + self.transfer

    @property
    def welfare(self) -> float:
        """Σ payoffs before transfers."""
        return float(self.payoff.sum())

    @property
    def total_contribution(self) -> float:
        """Σ contributions."""
        return float(self.contribution.sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gradient:
    """The derivatives of one number by each parameter.

    Parameters
    ----------
    value, …, skew : shape (N,)
        By each number of the round's columns.
    damage_factor, damage_level, rivalry_factor, rivalry_level : float
        By a common factor at 1, and by an amount added to every pair.
    gain : by parameter
        Nothing for a tabulated curve.
    slope, bend : shape (N,)
        By the rule's own part; what others receive for it is left alone.
    """

    value: Array
    unit_cost: Array
    quadratic_cost: Array
    fixed_cost: Array
    local_data: Array
    quality: Array
    max_contribution: Array
    skew: Array
    personal_weight: float
    damage_factor: float
    damage_level: float
    rivalry_factor: float
    rivalry_level: float
    gain: Mapping[str, float]
    slope: Array
    bend: Array
    _harm: Array = field(repr=False)
    _row: Array = field(repr=False)
    _payoff: Array = field(repr=False)
    _game: CoopetitionRound = field(repr=False)
    _personal: Array = field(repr=False)

    def damage_entry(self, loser: int, rival: int) -> float:
        """Return the derivative by ρ_nm, n the loser."""
        return float(self._harm[loser] * self._game.value[rival] - self._hurt(loser, rival))

    def _hurt(self, loser: int, rival: int) -> float:
        """Return what the rival's personal gain costs by the entry of damage, if it costs."""
        if self._game.counts == "contributions":
            return 0.0
        return float(self._payoff[loser] * self._game.value[rival] * self._personal[rival])

    def rivalry_entry(self, loser: int, rival: int) -> float:
        """Return the derivative by σ_nm, n the loser."""
        return float(self._row[loser] - self._payoff[loser] * self._personal[rival])


def _left_out(
    game: CoopetitionRound, piece: Piece, weights: Array
) -> tuple[Array, Array, Mapping[str, float]]:
    """Return P(Ω) − P(Ω − q_n x_n), and weights·R·P(Ω − q x) by each Ω − q_n x_n and by the gain.

    In chunks that fit the cache. Where rivals' whole gains hurt: P(Ω), and nothing else.
    """
    brought, harmed = np.empty_like(weights), np.zeros_like(weights)
    by_gain: dict[str, float] = {}
    top, harm = float(game.gain.value(piece.omega)), bool(game.harm.any())
    if game.counts == "gains":
        return np.full_like(weights, top), harmed, by_gain
    for start in range(0, weights.size, CHUNK):
        part = slice(start, start + CHUNK)
        without = np.maximum(piece.omega - game.quality[part] * piece.profile[part], game.form.base)
        np.subtract(top, game.gain.value(without), out=brought[part])
        if harm:
            hurt, kept = weights[part] * game.harm[part], game.gain.slope(without)
            np.multiply(hurt, kept, out=harmed[part])
            for key, partial in game.gain.value_partials(without, kept).items():
                by_gain[key] = by_gain.get(key, 0.0) + float(hurt @ partial)
    return brought, harmed, by_gain


@dataclass(frozen=True, slots=True, eq=False)
class _Direct:
    """How a number depends on payoffs' parts at the same profile; see `_direct`."""

    shared: float  # by P(Ω)
    weighed: Array  # by each h_n
    brought: Array  # P(Ω) − P(Ω − q_n x_n)
    harmed: Array  # by each Ω − q_n x_n
    gain: Mapping[str, float]  # by the gain's parameters
    personal: Array  # h_n
    own: Array  # h_n′


def _direct(game: CoopetitionRound, piece: Piece, number: Outcomes) -> _Direct:
    """Return what does not go through contributions."""
    c, omega = number.payoff, np.asarray(piece.omega)
    shared = float(c @ game.form.weight + number.gain.sum())
    partials = game.gain.value_partials(omega, np.asarray(piece.slope))
    by_gain = {key: shared * float(partial) for key, partial in partials.items()}
    weighed = brought = harmed = personal = own = np.zeros_like(c)
    if c.any():
        brought, harmed, more = _left_out(game, piece, c)
        by_gain = {key: partial + more.get(key, 0.0) for key, partial in by_gain.items()}
    if _skewed(game):
        personal = -game.personal_scale * piece.reach
        own = -personal * piece.reach
        weighed = c * game.stake - game.loss.spread(c) + number.gain
    return _Direct(shared, weighed, brought, harmed, by_gain, personal, own)


def _skewed(game: CoopetitionRound) -> bool:
    """Whether personal gains, or their parameters, matter."""
    return bool(game.personal_weight > 0 or game.skew.any())


def _felt(
    game: CoopetitionRound, x: Array, number: Outcomes, direct: _Direct, through: Array | float
) -> Array:
    """Return the number's derivative by each contribution at the same Ω."""
    felt = np.asarray(number.contribution + through)
    if number.payoff.any():
        paid = game.quadratic_cost * x
        paid += game.unit_cost
        paid *= number.payoff
        paid += game.quality * direct.harmed
        felt -= paid
    if _skewed(game):
        felt += direct.weighed * direct.own
    return felt


# A number's gradient has two parts: what parameters do to it at the same contributions and Ω
# (`_direct`), and what they do through the equilibrium. For the second the number's derivatives by
# each x_n at the same Ω (`_felt`) and by Ω (`by_omega`) go back through the equilibrium's equations
# (`Piece.back`), to the form's numbers and from these to the round's: w_n = p_n − Σ_m ρ_nm p_m.


def pull_back(
    game: CoopetitionRound, piece: Piece, number: Outcomes, through_transfers: Array | float
) -> Gradient:
    """Return the gradient of a number that depends on outcomes as `number` says.

    `through_transfers` is the derivative of number.transfer·t by each contribution.
    """
    x, c, direct = piece.profile, number.payoff, _direct(game, piece, number)
    by_omega = number.effective_data + direct.shared * piece.slope + float(direct.harmed.sum())
    back = piece.back(_felt(game, x, number, direct, through_transfers), by_omega)
    by_harm = c * direct.brought
    by_harm += back.weight
    np.negative(by_harm, out=by_harm)
    half = 0.5 * x
    half *= x
    slopes = game.gain.slope_partials(piece.omega)
    lost = game.value * direct.personal if game.counts == "gains" else np.zeros_like(c)
    return Gradient(
        unit_cost=-back.linear - c * x,
        quadratic_cost=back.curvature - c * half,
        fixed_cost=-c,
        quality=back.quality - direct.harmed * x,
        max_contribution=back.upper,
        damage_factor=float(by_harm @ game.harm - c @ game.damage.weigh(lost)),
        damage_level=float(
            by_harm.sum() * game.value.sum()
            - by_harm @ game.value
            - (c.sum() * lost.sum() - c @ lost)
        ),
        gain={key: each + back.slope * slopes[key] for key, each in direct.gain.items()},
        slope=back.linear + number.transfer * x,
        bend=back.curvature - number.transfer * half,
        **_personal_part(game, piece, c, direct, back, by_harm),
        _harm=by_harm,
        _payoff=c,
        _game=game,
        _personal=direct.personal,
    )


def _personal_part(
    game: CoopetitionRound,
    piece: Piece,
    c: Array,
    direct: _Direct,
    back: FormChange,
    by_harm: Array,
) -> dict[str, Any]:
    """Return the derivatives in which personal gains have a part."""
    by_value = c * float(game.gain.value(piece.omega))
    by_value += back.weight
    by_value += game.damage.spread(by_harm)
    by_data, row, scale = back.base + back.data, np.zeros_like(c), np.zeros_like(c)
    if _skewed(game):
        row = back.skew * game.personal_scale + c * direct.personal
        scale = back.skew * game.stake - direct.weighed * piece.reach
        by_data += direct.weighed * direct.own + scale * (game.personal_weight * game.skew)
        by_value += row
        if game.counts == "gains":
            by_value -= game.damage.spread(c) * direct.personal
    weighed = float(c @ game.rivalry.weigh(direct.personal))
    felt = float(c.sum() * direct.personal.sum() - c @ direct.personal)
    return {
        "value": by_value,
        "local_data": by_data,
        "skew": scale * (game.personal_weight * game.local_data),
        "personal_weight": float(scale @ (game.skew * game.local_data)),
        "rivalry_factor": float(row @ game.rivalry.row_sums) - weighed,
        "rivalry_level": float(row.sum()) * (c.size - 1) - felt,
        "_row": row,
    }
