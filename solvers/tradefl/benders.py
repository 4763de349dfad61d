"""Generalized Benders decomposition for TradeFL-style games: the maximum of the potential.

One fraction per level, d_nl, and a choice z_nl ∈ {0, 1} make the problem convex except for z:

    max P(Σ D_n d_nl) + Σ (rate_nl D_n d_nl + perk_nl z_nl)/w_n,
    d_min z_nl ≤ d_nl ≤ u_nl z_nl,   Σ_l z_nl = 1.

Primal problems at fixed levels give cuts, a master problem over z proposes the next levels and
bounds the maximum from above, until both bounds meet. Method: Geoffrion, Generalized Benders
decomposition, Journal of Optimization Theory and Applications 10 (1972).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.checks import positive
from coopetition.games.tolerance import checked_tolerance
from coopetition.games.tradefl.game import TradeFLGame
from coopetition.solvers.aggregate.aggregate import fill
from coopetition.solvers.equilibrium import Status
from coopetition.solvers.tradefl.best_response import (
    TradeFLEquilibrium,
    check_budget,
    describe,
    first_profile,
)

# *Primal*: for fixed levels an aggregative game, solved exactly. Its price λ = P′(Ω) gives all
# multipliers: with m_nl = D_n (λ + rate_nl/w_n), m⁺ belongs to the upper and m⁻ to the lower bound.
# *Optimality cut*: the Lagrangian at these multipliers, maximized over d,
#
#     Φ ≤ P(Ω) − λ Ω + Σ z_nl [perk_nl/w_n + max(m_nl d_min, m_nl u_nl)],
#
# holds for every choice of levels (as P(Ω′) ≤ P(Ω) + λ (Ω′ − Ω), for any Ω), tight at its own.
# *Feasibility cuts*: z_nl = 0 where u_nl < d_min; the constraints couple no two organizations, so
# that all of them are known at the start. *Master*: a mixed-integer linear program over z (HiGHS).
# Levels already tried are excluded by Σ z ≤ N − 1: the master's tolerances cannot bring them back.


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Φ ≤ constant + Σ terms[n, level of n], with the primal solution that it was made at.

    `value` is Φ there, `price` is λ; `terms` are −∞ at levels that miss the deadline.
    """

    fractions: Array
    levels: Index
    price: float
    value: float
    constant: float
    terms: Array

    def bound(self, levels: Index) -> float:
        """Return the cut's bound on Φ for a choice of levels, whatever the fractions."""
        return self.constant + float(self.terms[np.arange(levels.size), levels].sum())


def make_cut(game: TradeFLGame, levels: Index) -> Cut:
    """Solve the primal problem at some levels, exactly, and return its optimality cut."""
    more = fill(game.form(levels)).profile / game.local_data
    least, limits = game.least_fraction, game.at(game.limits, levels)
    d = np.clip(least + more, least, limits)
    omega = float(game.effective_data(d))
    price = float(game.gain.slope(omega))
    slope = game.local_data[:, None] * (price + game.rates / game.weights[:, None])
    most = np.maximum(slope * least[:, None], slope * game.limits)
    terms = np.where(game.feasible, most + game.perks / game.weights[:, None], -np.inf)
    constant = float(game.gain.value(omega)) - price * omega
    return Cut(d, levels, price, float(game.potential(d, levels)), constant, terms)


def next_levels(
    game: TradeFLGame, cuts: Sequence[Cut], lower: float, allowed: float
) -> tuple[float, Index | None]:
    """Return an upper bound on Φ and levels not tried that might reach it, if any.

    All is measured from each cut's own maximum: `fall` is what a level costs of it, `room` by how
    much that maximum exceeds the best Φ known. A level with fall > room cannot improve on it.
    """
    terms = np.stack([cut.terms for cut in cuts])
    most = terms.max(axis=2, keepdims=True)
    room = np.array([cut.constant for cut in cuts]) + most.sum(axis=(1, 2)) - lower
    if room.min() <= allowed:
        return lower + max(float(room.min()), 0.0), None
    fall = most - terms
    open_ = (fall <= room[:, None, None]).all(axis=0) & game.feasible
    counts = open_.sum(axis=1).tolist()
    tried = [cut.levels for cut in cuts if game.at(open_, cut.levels).all()]
    if prod(counts) <= len(tried):
        return lower, None
    scale = 1e4 / float(room.min())
    answer = _program(fall[:, open_] * scale, room * scale, open_, tried)
    if answer.mip_dual_bound is None or answer.x is None:
        return lower + float(room.min()), None
    bound = min(max(-float(answer.mip_dual_bound) / scale, 0.0), float(room.min()))
    picked = np.zeros(open_.shape)
    picked[open_] = answer.x[:-1]
    levels = picked.argmax(axis=1)
    known = any(np.array_equal(levels, cut.levels) for cut in cuts)  # only if HiGHS is mistaken
    return lower + bound, None if known else levels


def _program(fall: Array, room: Array, open_: Mask, tried: Sequence[Index]) -> Any:
    """Maximize θ over the open levels z: θ + fall z ≤ room, one level each, none tried before."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    size, width = open_.shape[0], fall.shape[1]
    owner = np.nonzero(open_)[0]
    one = np.zeros((size, width + 1))
    one[owner, np.arange(width)] = 1.0
    rows = [LinearConstraint(np.column_stack((fall, np.ones(room.size))), -np.inf, room)]
    rows.append(LinearConstraint(one, 1.0, 1.0))
    if tried:
        again = np.zeros((len(tried), *open_.shape))
        for k, levels in enumerate(tried):
            again[k, np.arange(size), levels] = 1.0
        block = np.column_stack((again[:, open_], np.zeros(len(tried))))
        rows.append(LinearConstraint(block, -np.inf, size - 1.0))
    low, high = np.zeros(width + 1), np.ones(width + 1)
    low[-1], high[-1] = -np.inf, float(room.min())
    cost, whole = np.zeros(width + 1), np.ones(width + 1)
    cost[-1], whole[-1] = -1.0, 0.0
    for presolve in (True, False):  # each of the two fails on some programs that the other solves
        options: Any = {"mip_rel_gap": 0.0, "presolve": presolve}
        box = Bounds(low, high)
        answer = milp(cost, constraints=rows, integrality=whole, bounds=box, options=options)
        if answer.x is not None:
            break
    return answer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradeFLOptimum(TradeFLEquilibrium):
    """A maximizer of the potential: no profile has more than `upper`.

    Attributes
    ----------
    upper : float
        The master's bound on Φ; the lower bound is `potential`.
    gap_tolerance : float
        The gap at which the loop ends.
    bounds : shape (K, 2)
        Lower and upper bound after each cut.
    cuts : tuple of Cut
        Optimality cuts, one per primal problem.
    excluded : tuple of (player, frequency)
        Feasibility cuts: levels that miss the deadline.
    """

    upper: float
    gap_tolerance: float
    bounds: Array
    cuts: tuple[Cut, ...]
    excluded: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; no cuts."""
        said = {"upper": self.upper, "gap": self.gap, "gap_tolerance": self.gap_tolerance}
        return TradeFLEquilibrium.to_dict(self) | said | {"cuts": len(self.cuts)}

    @property
    def gap(self) -> float:
        """How much larger Φ might be elsewhere, performance units."""
        return max(self.upper - self.potential, 0.0)

    @property
    def success(self) -> bool:
        """Whether the gap is within its tolerance and the certificate holds."""
        return self.gap <= self.gap_tolerance and self.certificate.holds

    @property
    def verdict(self) -> str:
        """The bounds and the certificate, in words."""
        bounds = f"potential {self.potential:.9g}, at most {self.upper:.9g}"
        allowed = f"gap {self.gap:.3g} (tolerance {self.gap_tolerance:.3g})"
        return f"{bounds}, {allowed}, {len(self.cuts)} cuts; {self.certificate}"


def solve_cgbd(
    game: TradeFLGame,
    start: ArrayLike | None = None,
    *,
    gap: float | None = None,
    tol: float | None = None,
    max_iter: int = 1000,
) -> TradeFLOptimum:
    """Maximize the potential over fractions and levels by generalized Benders decomposition.

    A maximizer is an equilibrium, the one with the highest potential; not the one with the
    highest welfare.

    Parameters
    ----------
    start : shape (N,)
        Levels of the first primal problem; default the lowest frequency that meets the deadline.
    gap : performance units
        The difference of bounds at which to end; default 1e-10 × scale of the potential.
    tol : payoff units
        For the certificate; default 1e-9 of what each can move itself.
    max_iter : int
        The budget of cuts; where it runs out `gap` of the answer says how much is open.

    Raises
    ------
    UnsupportedGameError
        If some weight is not positive.
    InvalidInputError
        If a start level misses its deadline, or a tolerance or budget is out of range.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = TradeFLGame(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[3000, 2000], value=1000, damage=0.1,
    ...     frequencies=[1.0, 2.0], cycles=0.01, deadline=25.0, energy_cost=0.4,
    ...     least_fraction=0.1, organizations=["North", "South"])
    >>> best = solve_cgbd(game)
    >>> best.frequencies.tolist(), round(best.potential, 6), best.success
    ([1.0, 1.0], 0.874706, True)
    """
    game.check_weights("solve_cgbd()")
    check_budget(max_iter)
    checked_tolerance(tol)
    if gap is not None:
        positive("gap", gap, zero=True)
    chosen = first_profile(game)[1] if start is None else start
    cuts, upper = [make_cut(game, game.checked(game.least_fraction, chosen)[1])], np.inf
    bounds: list[tuple[float, float]] = []
    while True:
        best = max(cuts, key=lambda cut: cut.value)
        scale = game.potential_scale(best.fractions, best.levels)
        allowed = 1e-10 * scale if gap is None else float(gap)
        found, proposal = next_levels(game, cuts, best.value, allowed)
        upper = max(min(upper, found), best.value)
        bounds.append((best.value, upper))
        if proposal is None or upper - best.value <= allowed or len(cuts) >= max_iter:
            break
        cuts.append(make_cut(game, proposal))
    fields = describe(game, best.fractions, best.levels, tol)
    status = Status.CONVERGED if fields["certificate"].holds else Status.NOT_CERTIFIED
    if upper - best.value > allowed:
        status = Status.NOT_CERTIFIED if proposal is None else Status.BUDGET
    fields |= {"status": status, "solver": "solve_cgbd", "iterations": len(cuts)}
    return TradeFLOptimum(
        **fields,
        upper=upper,
        gap_tolerance=allowed,
        bounds=np.array(bounds),
        cuts=tuple(cuts),
        excluded=game.excluded,
    )
