"""Generalized Benders decomposition for TradeFL-style games: the maximum of the potential.

One fraction per level, d_nl, and a choice z_nl ∈ {0, 1} make the problem convex except for z:

    max P(Σ D_n d_nl) + Σ (rate_nl D_n d_nl + perk_nl z_nl)/w_n,
    d_min z_nl ≤ d_nl ≤ u_nl z_nl,   Σ_l z_nl = 1.

Primal problems at fixed levels give cuts, a master problem over z proposes the next levels and
bounds the maximum from above, until both bounds meet. Method: Geoffrion, Generalized Benders
decomposition, Journal of Optimization Theory and Applications 10 (1972).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import positive
from coopetition.games.tolerance import checked_tolerance
from coopetition.games.tradefl.game import TradeFLGame
from coopetition.solvers.equilibrium import Status
from coopetition.solvers.tradefl.benders_cuts import Cut, make_cut, next_levels
from coopetition.solvers.tradefl.best_response import (
    TradeFLEquilibrium,
    check_budget,
    describe,
    first_profile,
)


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
    >>> from coopetition.games.coopetition.gain import PowerGain
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
