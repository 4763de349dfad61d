"""The planner: contributions that maximize the sum of payoffs.

    W = (Σ w_n) P(Ω) + Σ R_n P(Ω − q_n x_n) + Σ v_n h_n(x_n) − Σ c_n(x_n),   R_n = Σ_m ρ_nm p_m,

with v_n = p_n + Σ_m σ_nm − Σ_m σ_mn. Without damage (R = 0) that is an aggregate form, solved
exactly. With damage its Hessian is a diagonal plus a rank-two matrix, so that a Newton step takes
O(N). W is concave where Σ w_n ≥ 0 and no v_n is negative; the gap to the optimum is then bounded by
the gradient: W* − W(x) ≤ Σ max(g⁺(X − x), g⁻ x). Projected Newton climbs there. Where W is not
concave, or the climb ends early, branch and bound finds the optimum and bounds the gap.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.best_response import concave_responses
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import NotConvergedError, UnsupportedGameError
from coopetition.games.measured.round import MeasuredGame
from coopetition.games.tolerance import checked_tolerance, share_of
from coopetition.output.numbers import attainable_share
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.solvers.aggregate.aggregate import eliminate, fill


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Optimum(Result):
    """A welfare optimum: `gap` bounds how much more welfare any other profile could bring; ∞: none.

    Where welfare is `concave` the gradient gives that bound, elsewhere branch and bound does.
    `source` says whose profile this is where it is not what the search ended with. `nobody` is the
    welfare where nobody generates anything; what is above it is the attainable gain. `climbs` > 0:
    the best that so many climbs found, where nothing can be bounded.
    """

    players: tuple[str, ...]
    profile: Array
    welfare: float
    nobody: float
    payoffs: Array
    gap: float
    tolerance: float
    concave: bool
    iterations: int
    source: str = ""
    climbs: int = 0

    @property
    def success(self) -> bool:
        """Whether the gap is within the tolerance, or no more was promised than a search."""
        return bool(self.climbs or self.gap <= self.tolerance)

    def raise_if_failed(self) -> Self:
        """Return the optimum itself, or raise where its gap exceeds the tolerance.

        Raises
        ------
        NotConvergedError
            With the gap and the tolerance.
        """
        if not self.success:
            raise NotConvergedError(
                f"solve_planner: gap {self.gap:.3g} above tolerance {self.tolerance:.3g}"
            )
        return self

    @property
    def known(self) -> str:
        """How well the optimum is known, in words."""
        if self.climbs:
            return f"best found: {self.source or f'{self.climbs} climbs'}"
        if not self.success:
            best = f"{self.source} has the most welfare known, " if self.source else ""
            more = f"up to {self.gap:.3g} more" if np.isfinite(self.gap) else "any amount more"
            return f"not converged: {best}{more} may be possible"
        return "checked: concave" if self.concave else "checked: branch and bound"

    @property
    def named(self) -> str:
        """What the profile is called: no more is promised where it was only searched."""
        return "the best profile found" if self.climbs else "the planner's optimum"

    def attainable_share(self, welfare: float) -> float | None:
        """Return the share of the attainable gain: (W − W_nobody)/(W_planner − W_nobody).

        None where the planner brings no more than its tolerance over nobody. It is of the most
        welfare known: what the gap leaves open is in `attainable_range`.

        Examples
        --------
        >>> from coopetition.games.coopetition.gain import PowerGain
        >>> game = CoopetitionRound(
        ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, value=1000.0,
        ...     max_contribution=20_000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
        >>> best = solve_planner(game)
        >>> alone = float(game.welfare([270.51] * 6))  # the equilibrium without a rule
        >>> round(alone / best.welfare, 4), round(best.attainable_share(alone), 4)
        (0.9888, 0.2789)
        """
        return attainable_share(welfare, self.welfare, self.nobody, self.tolerance)

    def attainable_range(self, welfare: float) -> tuple[float, float] | None:
        """Return the least and the most that the share may be, as the optimum is known to its gap.

        Of the best profile found, where nothing bounds what a search missed.

        Examples
        --------
        >>> best = Optimum(
        ...     players=("A", "B"), profile=np.ones(2), welfare=100.0, nobody=90.0,
        ...     payoffs=np.full(2, 50.0), gap=10.0, tolerance=1e-7, concave=False, iterations=0)
        >>> best.attainable_range(95.0), best.attainable_range(85.0)
        ((0.25, 0.5), (-0.5, -0.25))
        """
        share = self.attainable_share(welfare)
        if share is None:
            return None
        if self.climbs:
            return share, share
        attainable = self.welfare - self.nobody
        other = share * (attainable / (attainable + self.gap))
        return min(share, other), max(share, other)

    def beside(self, game: Game, profile: Array, source: str) -> "Optimum":
        """Return the optimum, or another profile where that has more: only if nothing bounds it.

        Examples
        --------
        >>> from coopetition import PowerGain
        >>> game = CoopetitionRound(
        ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], damage=2.0,
        ...     max_contribution=4000.0, value=1000.0, unit_cost=0.001)
        >>> best = solve_planner(game)
        >>> best.known, best.beside(game, np.array([9.0, 9.0]), "an equilibrium") is best
        ('checked: branch and bound', True)
        """
        welfare = float(game.welfare(profile))
        rounding = self.tolerance if self.climbs else 0.0
        if (self.success and not self.climbs) or welfare <= self.welfare + rounding:
            return self
        gap = max(self.welfare + self.gap - welfare, 0.0)
        payoffs = np.asarray(game.payoffs(profile))
        better = replace(self, profile=profile, payoffs=payoffs, welfare=welfare)
        return replace(better, gap=gap, source=source)

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization."""
        columns = (
            Column("organization", "organization", self.players, kind="name"),
            Column("contribution_planner", "contribution", self.profile.tolist()),
            Column("payoff_planner", "payoff", self.payoffs.tolist()),
        )
        return (Table("Welfare optimum", columns, (f"{str(self)[0].upper()}{str(self)[1:]}.",)),)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {
            "contribution": self.profile.tolist(),
            "payoff": self.payoffs.tolist(),
            "welfare": self.welfare,
            "nobody": self.nobody,
            "gap": self.gap if np.isfinite(self.gap) else None,
            "concave": self.concave,
            "known": self.known,
        }

    def __str__(self) -> str:
        """Say the welfare and how well it is known."""
        gap = f", gap at most {self.gap:.3g}" if np.isfinite(self.gap) else ""
        return f"welfare {self.welfare:.8g}{gap} ({self.known})"


def solve_planner(game: Game, *, start: Array | None = None, tol: float | None = None) -> Optimum:
    """Maximize the welfare of a coopetition round; of a measured one, search for the most.

    Parameters
    ----------
    start : shape (N,), optional
        A further profile to start from, for example the equilibrium; the answer is never worse.
    tol : money
        For the gap; default 1e-9 × the sum of absolute terms of W.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame`: transfers that sum to zero do not
        change W, so pass the round itself.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> solve_planner(game).profile.round(2).tolist()[:2]
    [2251.81, 2251.81]
    """
    if isinstance(game, MeasuredGame):
        from coopetition.solvers.planner.best_found import best_found

        checked_tolerance(tol)
        return best_found(game, None if start is None else game.checked(start), tol)
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"solve_planner() needs a CoopetitionRound, got {type(game).__name__}: "
            "pass the round without its mechanism"
        )
    checked_tolerance(tol)
    total = float(game.form.weight.sum())
    concave = total >= 0 and bool((game.social_stake[game.personal_scale > 0] >= 0).all())
    starts = [] if start is None else [game.checked(start)]
    if not concave:
        return _branched(game, starts, tol)
    top = _worth_while(game)
    known = _climbed(game, top, tol) if game.spared.any() else _without_damage(game, total)
    if known is None:
        return _branched(game, starts, tol)
    profile, iterations = known
    profile = max((profile, *starts), key=lambda x: float(game.welfare(x)))
    return _certified(game, profile, _gap(game, profile, top), iterations, tol, concave=True)


def _without_damage(game: CoopetitionRound, total: float) -> tuple[Array, int]:
    """Solve exactly: W is the potential of a game in which all have the weight Σ w."""
    form = replace(
        game.form,
        weight=np.full_like(game.value, total),
        skew=game.personal_scale * game.social_stake,
    )
    filled = fill(eliminate(form)[0])
    return filled.profile, filled.sweeps


def _climbed(game: CoopetitionRound, top: Array, tol: float | None) -> tuple[Array, int] | None:
    """Climb by projected Newton, as `plan_many`; None where the gap stays above the tolerance."""
    from coopetition.solvers.batch.climb import climb
    from coopetition.solvers.batch.newton import solve_forms
    from coopetition.solvers.batch.welfare import Welfare

    goal = Welfare.of(game, top)
    with np.errstate(all="ignore"):
        start = solve_forms(goal.alike(), np.zeros(2, dtype=bool)).profile
        scale = np.full(2, game.welfare_scale(start[0]))
        profiles, steps = climb(goal, start.T, scale)
    x = np.ascontiguousarray(profiles[:, 0])
    if not np.isfinite(x).all():
        return None
    allowed = share_of(game.welfare_scale(x)) if tol is None else tol
    return (x, steps) if _gap(game, x, top) <= allowed else None


def _branched(game: CoopetitionRound, starts: list[Array], tol: float | None) -> Optimum:
    """Branch and bound, as `plan_many`; a better start is the answer, at the same bound."""
    from coopetition.solvers.batch.branch import best_profiles
    from coopetition.solvers.batch.welfare import Welfare

    def scale(x: Array) -> Array:
        return np.full(2, game.welfare_scale(np.ascontiguousarray(x[0])))

    goal = Welfare.of(game)
    with np.errstate(all="ignore"):
        found, gap, boxes = best_profiles(goal, scale, tol)
    x = np.ascontiguousarray(found[:, 0])
    most = float(game.welfare(x)) + float(gap[0])
    profile = max((x, *starts), key=lambda x: float(game.welfare(x)))
    left = float(gap[0]) if profile is x else max(most - float(game.welfare(profile)), 0.0)
    return _certified(game, profile, left, int(boxes[0]), tol, concave=False)


def _certified(
    game: CoopetitionRound,
    profile: Array,
    gap: float,
    iterations: int,
    tol: float | None,
    concave: bool,
) -> Optimum:
    payoffs = game.payoffs(profile)
    return Optimum(
        players=game.players,
        profile=profile,
        welfare=float(payoffs.sum()),
        nobody=float(game.welfare(np.zeros_like(profile))),
        payoffs=payoffs,
        gap=gap,
        tolerance=share_of(game.welfare_scale(profile)) if tol is None else tol,
        concave=concave,
        iterations=iterations,
    )


def _gap(game: CoopetitionRound, x: Array, top: Array) -> float:
    """Return Σ max(g⁺(X − x), g⁻ x), which bounds W* − W(x) where W is concave.

    X, `top`, is where contributions stop paying off, if that is less than the maximum.
    """
    g = game.welfare_gradient(x)
    return float(np.maximum(g * (top - x), -g * x).sum())


def _worth_while(game: CoopetitionRound) -> Array:
    """Return a bound of each optimal contribution, so that idle room cannot hide the scale.

    ∂W/∂x_n ≤ q_n (max(Σ w, 0) + Σ R) P′(base + q_n x_n) + v_n h_n′ − c_n′, which falls in x_n: no
    optimum lies beyond its root.
    """
    form = game.form
    all_gain = max(float(form.weight.sum()), 0.0) + float(game.spared.sum())
    alone = replace(
        form,
        weight=np.full_like(form.weight, all_gain),
        skew=game.personal_scale * np.maximum(game.social_stake, 0.0),
    )
    rest = np.full_like(form.upper, form.base)
    root = concave_responses(alone, rest, 0.5 * form.upper)
    return np.minimum(1.01 * root, form.upper)
