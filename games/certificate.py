"""Certificates: how far a profile is from an equilibrium, computed from the game alone.

The *regret* of player n is the most it could still gain by changing its own contribution. A
profile is an ε-equilibrium where no regret exceeds ε. For an aggregative game the bound is exact
up to rounding: by concavity, U_n(y, x_−n) − U_n(x) ≤ max(m⁺(X − x), m⁻ x) with m the marginal
payoff; where that is not small, the best response is computed and bounded in the same way; where
a payoff is not concave (w_n < 0), branch and bound takes its place. For any other game deviations
are searched on payoffs alone. No solver is consulted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.best_response import (
    concave_responses,
    first_order,
    global_response,
    parts,
    slope_at,
)
from coopetition.games.search import search_deviations
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.smooth.regret import regret_of_blocks
from coopetition.games.tolerance import tolerances

How = Literal["proved", "checked", "estimated"]


@runtime_checkable
class KnowsRegrets(Protocol):
    """A game that bounds its regrets itself: (bound, deviation, its gain, how), or None."""

    def regret_bounds(
        self, profile: Array, box: Box, tolerance: Array
    ) -> tuple[Array, Array, Array, str] | None:
        """Bound every player's regret from above, or say that it cannot."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """The unilateral change that gains most: who, to what contribution, how much.

    In a finite game `strategy` names the better strategy and `contribution` is its number.
    """

    player: str
    contribution: float | tuple[float, ...]
    gain: float
    strategy: str = ""

    def __str__(self) -> str:
        """Say it in one sentence."""
        if self.strategy:
            return f"{self.player} gains {self.gain:.6g} by playing {self.strategy}"
        return f"{self.player} gains {self.gain:.6g} by contributing {_shown(self.contribution)}"


def _shown(contribution: float | tuple[float, ...]) -> str:
    if isinstance(contribution, tuple):
        return f"({', '.join(f'{number:.6g}' for number in contribution)})"
    return f"{contribution:.6g}"


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Every player's regret at a profile, bounded from above, or as large as a search found it.

    `epsilon` is the largest; the certificate `holds` where none exceeds its own `tolerance`, shape
    (N,) (payoff units; never for NaN). `deviation` is the change found that gains most beside the
    tolerance, if any. `bounded` says whether `regret` is an upper bound; for a game of unknown
    structure it is what a search on payoffs found, and a narrow peak can hide from that.
    """

    players: tuple[str, ...]
    regret: Array
    tolerance: Array
    claim: How
    method: str
    deviation: Deviation | None
    bounded: bool = True

    @property
    def epsilon(self) -> float:
        """The largest regret bound of any player."""
        return float(self.regret.max(initial=0.0))

    @property
    def holds(self) -> bool:
        """Whether no player can gain more than its tolerance."""
        return bool((self.regret <= self.tolerance).all() and self.epsilon < np.inf)

    @property
    def excess(self) -> float:
        """The largest regret in units of its player's tolerance: at most 1 where it holds."""
        return float(in_units(self.regret, self.tolerance).max(initial=0.0))

    def __str__(self) -> str:
        """Say the verdict, the bound and how it is known."""
        if self.holds:
            said = "nobody can gain more than" if self.bounded else "no change found gains over"
            return (
                f"equilibrium ({self.claim}: {self.method}): {said} "
                f"{not_below(self.epsilon, 3)} (tolerance {_range(self.tolerance)})"
            )
        why = f": {self.deviation}" if self.deviation else ""
        n = int(np.argmax(in_units(self.regret, self.tolerance)))
        return (
            f"not an equilibrium{why} (regret {self.regret[n]:.6g}, "
            f"tolerance {self.tolerance[n]:.3g})"
        )

    def to_dict(self) -> Mapping[str, object]:
        """Return the certificate's stable JSON form."""
        return {
            "epsilon": self.epsilon,
            "claim": self.claim,
            "regret": self.regret.tolist(),
            "tolerance": self.tolerance.tolist(),
            "method": self.method,
        }


def not_below(value: float, digits: int) -> str:
    """Return a number's digits, rounded up: a bound stays one in print.

    Examples
    --------
    >>> not_below(1 / 3, 3), not_below(0.25, 3), not_below(0.0, 3)
    ('0.334', '0.25', '0')
    """
    up = Context(prec=digits, rounding=ROUND_CEILING).create_decimal(Decimal(value))
    return f"{float(up):.{digits}g}"


def in_units(regret: Array, tolerance: Array) -> Array:
    """Return regrets in units of tolerances: 0 where nothing is gained, ∞ for NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(regret <= 0, 0.0, regret / tolerance)
    return np.where(np.isnan(found), np.inf, found)


def worst_of(gained: Array, tolerance: Array) -> int:
    """Return who gains most in units of its tolerance; among such, who gains most; the first."""
    gains = np.fmax(gained, 0.0)
    order = np.arange(gains.size)
    return int(np.lexsort((-order, gains, in_units(gains, tolerance)))[-1])


def _range(tolerance: Array) -> str:
    """Return a tolerance for all, or the least and the largest."""
    return " to ".join(dict.fromkeys(f"{end:.3g}" for end in (tolerance.min(), tolerance.max())))


def certify(
    game: Game, profile: ArrayLike, *, tol: float | None = None, within: Box | None = None
) -> Certificate:
    """Bound every player's regret at a profile.

    Parameters
    ----------
    profile : shape (N,)
    tol : payoff units
        The largest regret that still counts as an equilibrium; default a tolerance of each
        player's own, 1e-9 of what it can move itself (`games/tolerance.py`).
    within : Box, optional
        Deviations allowed to each player where joint constraints leave less than its interval.

    Raises
    ------
    InvalidInputError
        If the profile has a wrong shape, a NaN, or leaves the box.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000, unit_cost=0.001, organizations=["North", "South"])
    >>> print(certify(game, [0, 0]).deviation)
    North gains 34.1244 by contributing 4000
    """
    x = game.checked(profile)
    tolerance = tolerances(game, x, tol)
    box = within or game.spaces
    known = game.regret_bounds(x, box, tolerance) if isinstance(game, KnowsRegrets) else None
    if known is not None:
        bound, where, gained, method = known
    elif isinstance(game, AggregativeGame):
        bound, where, gained = _aggregative(game.form, x, box, tolerance)
        method = "concavity bound" if game.form.concave else "branch and bound"
    elif isinstance(game, SmoothGame) and (game.own_concave or not game.single):
        bound, where, gained, method = regret_of_blocks(game, x, box, tolerance)
    else:
        bound, where, gained, points = search_deviations(game, x, box)
        method = f"searched {points} deviations per player"
    worst = worst_of(gained, tolerance)
    found = None
    if gained[worst] > 0:
        found = Deviation(game.players[worst], _block(game, where, worst), float(gained[worst]))
    bounded = (
        known is not None
        or isinstance(game, AggregativeGame)
        or (isinstance(game, SmoothGame) and game.own_concave)
    )
    return Certificate(game.players, bound, tolerance, "checked", method, found, bounded)


def _block(game: Game, where: Array, player: int) -> float | tuple[float, ...]:
    """Return a player's own numbers of a profile: one number where it has one."""
    if isinstance(game, SmoothGame) and not game.single:
        return tuple(where[game.blocks[player]].tolist())
    return float(where[player])


def _beyond(form: AggregateForm, rest: Array, y: Array, box: Box) -> Array:
    """Bound what lies beyond a best response y that is only exact to rounding.

    The slope falls: where it has changed its sign a little beyond y, nothing lies further out.
    """
    near = 1e-8 * (y + 1e-8 * box.upper)
    close = Box(np.maximum(y - near, box.lower), np.minimum(y + near, box.upper))
    slope, _ = slope_at(form, rest, y)
    end = np.where(slope > 0, close.upper, close.lower)
    turned = slope * slope_at(form, rest, end)[0] <= 0
    far, short = first_order(slope, y, box), first_order(slope, y, close)
    return np.where(turned, short, far)


def _gained(form: AggregateForm, x: Array, y: Array) -> Array:
    """Return U_n(y_n, x_−n) − U_n(x) for all players, shape (N,)."""
    omega = form.aggregate(x)
    shared = form.gain.rise(omega, form.quality * (y - x))
    with np.errstate(invalid="ignore"):
        return np.where(y == x, 0.0, form.weight * shared + form.own_change(x, y))


def _zero_is_dominant(form: AggregateForm, n: int, rest: float) -> bool:
    """Whether a marginal payoff with a negative weight is nowhere positive.

    w q P′ is largest at the upper bound, where P′ is least, and a concave own term's slope at 0.
    """
    least = float(form.gain.slope(rest + float(form.quality[n] * form.upper[n])))
    own = float(form.own_slope(np.zeros_like(form.upper))[n])
    return float(form.pull[n]) * least + own <= 0


def _aggregative(
    form: AggregateForm, x: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array]:
    """Return (regret bound, deviation, its gain) for each player.

    U(z) − U(x) ≤ [U(y) − U(x)] + what lies beyond y; the bracket is at most slope·(y − x), which
    near the best response is exact where payoffs differ by their rounding only.
    """
    omega = float(form.aggregate(x))
    slope = form.attraction(np.asarray(form.gain.slope(omega))[None]) + form.own_slope(x)
    bound = first_order(slope, x, box)
    where, gained = x, np.zeros_like(x)
    if not (bound <= tolerance).all():
        rest = form.without(x)
        where = np.clip(concave_responses(form, rest, x), box.lower, box.upper)
        gained = _gained(form, x, where)
        left = _beyond(form, rest, where, box)
        with np.errstate(invalid="ignore"):
            tangent = np.where(where == x, 0.0, slope * (where - x))
        bound = np.minimum(bound, np.maximum(np.fmin(gained, tangent), 0.0) + left)
    for n in np.flatnonzero((form.weight < 0) & (form.upper > 0)):
        if where is x:
            where = x.copy()
        rest_n = max(omega - float(form.quality[n] * x[n]), form.base)
        if x[n] == 0 and _zero_is_dominant(form, int(n), rest_n):
            where[n], gained[n], bound[n] = 0.0, 0.0, 0.0
            continue
        y, value, top = global_response(form, int(n), rest_n)
        one = form.among(np.array([n]), rest_n)
        here = float(np.sum(parts(one, rest_n, x[n : n + 1])))
        where[n], gained[n], bound[n] = y, value - here, max(top - here, 0.0)
    return bound, where, gained
