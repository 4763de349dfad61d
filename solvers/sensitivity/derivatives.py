"""Derivatives of a round's equilibrium, and of all that follows from it, by every parameter.

By the implicit function theorem, in O(N): `Sensitivity.along` says what one change of parameters
does to all outcomes, `Sensitivity.gradient` what all parameters do to one outcome.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound, refuse_beyond
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.sensitivity.active_piece import Piece
from coopetition.solvers.sensitivity.active_set import TOL, named, piece_of
from coopetition.solvers.sensitivity.change import Change, OwnPart, form_change, payoff_change
from coopetition.solvers.sensitivity.gradient import Gradient, Outcomes, pull_back

BLOCK = 64  # profiles at a time
EACH = ("contribution", "gain", "payoff", "transfer", "net_payoff")
ALL = ("total_contribution", "effective_data", "welfare")


@dataclass(frozen=True, eq=False)
class Sensitivity(Result):
    """How a unique equilibrium answers to changes; made by `sensitivity`."""

    game: CoopetitionRound
    rule: OwnPart | None
    piece: Piece

    def to_dict(self) -> dict[str, Any]:
        """Return the equilibrium, what it leads to, and how far it is from a kink."""
        found = self.outcomes
        keys = ("contribution", "gain", "payoff", "transfer")
        return {
            "organizations": list(self.game.players),
            **{key: getattr(found, key).tolist() for key in keys},
            "margins": self.piece.margin.tolist(),
            "effective_data": found.effective_data,
            "smooth": self.smooth,
            "kink": self.kink,
            "margin": self.margin,
            "closest": self.closest,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per organization; derivatives are of `along` and `gradient`."""
        said = self.to_dict()
        values = {"organization": said["organizations"], "contribution": said["contribution"]}
        values |= {"gain": said["gain"], "payoff_before_transfers": said["payoff"]}
        values |= {"transfer": said["transfer"]}
        values |= {"margin": said["margins"]}
        note = f"Only one-sided derivatives exist: {self.kink}." if self.kink else ""
        return (keyed("An equilibrium and its margins", values, notes=(note,) if note else ()),)

    @property
    def margin(self) -> float:
        """Strict complementarity: the least distance of anybody from a kink.

        It is relative to the terms of that payoff's slope; infinite if nobody can move.
        """
        return float(self.piece.margin.min())

    @property
    def closest(self) -> str:
        """Who is closest to a kink."""
        return self.game.players[int(np.argmin(self.piece.margin))]

    @property
    def smooth(self) -> bool:
        """Whether there are derivatives; else only one-sided ones."""
        return self.piece.smooth

    @cached_property
    def kink(self) -> str:
        """Why there are only one-sided derivatives; empty where there are derivatives."""
        piece, reasons = self.piece, []
        for who, where in ((piece.low_kink, "0"), (piece.high_kink, "its bound")):
            if who.any():
                names = named(self.game.players, np.flatnonzero(who))
                reasons.append(f"{names} is at {where} with a marginal payoff of 0")
        if piece.jumps:
            reasons.append(f"Ω = {piece.omega:g} lies on a knot of the gain, where P″ jumps")
        return "; ".join(reasons)

    @cached_property
    def outcomes(self) -> Outcomes:
        """The equilibrium and what it leads to."""
        game, x = self.game, self.piece.profile
        return Outcomes(
            contribution=x,
            effective_data=self.piece.omega,
            gain=game.gain.value(self.piece.omega) + game.personal_gain(x),
            payoff=game.payoffs(x),
            transfer=np.zeros_like(x) if self.rule is None else self.rule(game, x),
        )

    def along(self, change: Change) -> Outcomes:
        """Return the derivatives of all outcomes in the direction of a change, in O(N).

        At a kink they are those to the right: for a change from here on. Those of transfers are
        exact for transfers that are at most quadratic in contributions.

        Raises
        ------
        InvalidInputError
            If the gain has no such parameter.
        """
        dx, rise = self.piece.along(form_change(self.game, change, self.piece.omega))
        gain, payoff = payoff_change(self.game, change, self.piece.profile, dx)
        return Outcomes(
            contribution=dx,
            effective_data=rise,
            gain=gain,
            payoff=payoff,
            transfer=self._transfers(dx) + change.transfer,
        )

    def sides(self, change: Change) -> tuple[Outcomes, Outcomes]:
        """Return the derivatives to the left and to the right; equal unless at a kink."""
        right = self.along(change)
        if self.smooth:
            return right, right
        left = self.along(change.reversed())
        opposite = {name: -getattr(left, name) for name in Outcomes.__slots__}
        return Outcomes(**opposite), right

    def gradient(self, of: str | Outcomes, organization: str | None = None) -> Gradient:
        """Return the derivatives of one number by every parameter at once, in O(N).

        Parameters
        ----------
        of : text or Outcomes
            "total_contribution", "effective_data" or "welfare"; with an organization
            "contribution", "gain", "payoff" (before transfers), "transfer" or "net_payoff"; or any
            other number, given by its derivatives by each outcome.

        Raises
        ------
        InvalidInputError
            If there is no such outcome or organization.
        UnsupportedGameError
            At a kink.

        Notes
        -----
        What depends on transfers takes 2N evaluations of the rule besides.
        """
        if not self.smooth:
            raise UnsupportedGameError(
                f"no gradient: {self.kink}; use `sides` for the derivatives to the left and right"
            )
        number = of if isinstance(of, Outcomes) else self._named(of, organization)
        return pull_back(self.game, self.piece, number, self._transposed(number.transfer))

    def _named(self, of: str, organization: str | None) -> Outcomes:
        """Return an outcome as its derivatives by all outcomes."""
        nothing, one = np.zeros_like(self.piece.profile), np.ones_like(self.piece.profile)
        number = Outcomes(
            contribution=nothing, effective_data=0.0, gain=nothing, payoff=nothing, transfer=nothing
        )
        if of in ALL and organization is None:
            return {
                "total_contribution": replace(number, contribution=one),
                "effective_data": replace(number, effective_data=1.0),
                "welfare": replace(number, payoff=one),
            }[of]
        if of not in EACH or organization not in self.game.players:
            raise InvalidInputError(
                f"`of` must be one of {', '.join(ALL)}, or with an organization one of "
                f"{', '.join(EACH)}, got {of!r} and {organization!r}"
            )
        unit = nothing.copy()
        unit[self.game.players.index(organization)] = 1.0
        if of == "net_payoff":
            return replace(number, payoff=unit, transfer=unit)
        return replace(number, **{of: unit})  # type: ignore[arg-type]

    @property
    def _step(self) -> float:
        return 1e-3 * float(self.game.max_contribution.max())

    def _transfers(self, dx: Array) -> Array:
        """Return what a change of contributions does to transfers: a central difference."""
        size = float(np.abs(dx).max())
        if self.rule is None or not size > 0:
            return np.zeros_like(dx)
        step = self._step * dx / size
        x = self.piece.profile
        above, below = self.rule(self.game, x + step), self.rule(self.game, x - step)
        return np.asarray((above - below) * (0.5 * size / self._step))

    def _transposed(self, number: Array) -> Array | float:
        """Return the derivative of number·t by each contribution."""
        if self.rule is None or not number.any():
            return 0.0
        x, step = self.piece.profile, self._step
        answer = np.empty_like(x)
        for start in range(0, x.size, BLOCK):
            rows = np.arange(start, min(start + BLOCK, x.size))
            move = np.zeros((rows.size, x.size))
            move[np.arange(rows.size), rows] = step
            both = self.rule(self.game, x + move) - self.rule(self.game, x - move)
            answer[rows] = both @ number / (2.0 * step)
        return answer


def sensitivity(
    game: CoopetitionRound, rule: OwnPart | None = None, *, tol: float = TOL
) -> Sensitivity:
    """Solve a round, under a separable rule if one is given, and differentiate its equilibrium.

    The rule's numbers stay as they are when parameters change. Somebody whose marginal payoff at
    a bound is below `tol` of its terms is at a kink.

    Raises
    ------
    UnsupportedGameError
        If the equilibrium is not unique (ties of linear costs), a negative weight is left, or
        some organization, or the coalition, has no data where that makes a slope infinite.
    NotConvergedError
        If rounding hides whether somebody is inside its bounds.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> found = sensitivity(game)
    >>> round(found.gradient("welfare").damage_level, 1), round(found.margin, 3)
    (-337.3, 0.176)
    """
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"sensitivity() needs a CoopetitionRound, got {type(game).__name__}"
        )
    refuse_beyond(game, {one.name for one in fields(Change)}, "derivatives")
    form = game.form
    if rule is not None:
        if not (hasattr(rule, "slope") and hasattr(rule, "bend")):
            raise UnsupportedGameError(
                f"sensitivity() needs a separable rule, got {type(rule).__name__}"
            )
        form = replace(form, linear=form.linear + rule.slope, curvature=form.curvature + rule.bend)
    if form.base == 0 and not game.gain.finite_at_zero:
        raise UnsupportedGameError(
            "no derivatives: no organization has data, and without data the gain is infinite"
        )
    piece = piece_of(form, game.players, tol)
    bare = (game.local_data == 0) & (piece.profile == 0) & (game.skew > 0)
    if game.personal_weight > 0 and bare.any():
        who = named(game.players, np.flatnonzero(bare))
        raise UnsupportedGameError(
            f"no derivatives: {who} has skew but no data, and its personal gain jumps when it gets "
            "some; give it data, or no skew"
        )
    return Sensitivity(game, rule, piece)
