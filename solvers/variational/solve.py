"""Monotone games without a potential: equilibria as solutions of a variational inequality.

With the pseudo-gradient F(x) = −(∂U_1/∂x_1, …, ∂U_N/∂x_N), a profile x* is an equilibrium of a game
whose payoffs are concave in own contributions iff F(x*)·(y − x*) ≥ 0 for all profiles y. With joint
convex constraints its solutions are the *variational* equilibria, at which the limits have one
shadow price for all (Rosen, Econometrica 33, 1965; Facchinei and Pang 2003). Solved by the
extragradient method (Korpelevich 1976) with steps as in Khobotov (1987), on contributions and
shadow prices together, and finished by semismooth Newton steps (Qi and Sun, Math. Program. 58,
1993), where these fail from the end of an interior-point method's central path.

If F is μ-strongly monotone the solution is unique, and a profile that meets the first-order
conditions up to a vector e and complementarity up to c ≥ 0 is at most (‖e‖ + √(‖e‖² + 4μc))/(2μ)
away from it [μd² ≤ (F(x) − F(x*))·(x − x*) ≤ ‖e‖d + c]. Where F is known by finite differences
only, so is e, and the bound is an estimate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.tolerance import checked_tolerance
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.equilibrium import Equilibrium, finish
from coopetition.solvers.variational.conditions import Field, jacobian, mistakes
from coopetition.solvers.variational.extragradient import solve_conditions
from coopetition.solvers.variational.joint import joint

SAMPLES = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VariationalEquilibrium(Result):
    """A solved variational inequality.

    Attributes
    ----------
    equilibrium : Equilibrium
        The profile with its certificate: no profitable change within the joint constraints.
    multipliers : shape (K,)
        Shadow prices of the joint constraints, money per unit; the same for all players.
    residual : float
        ‖e‖, by how much first-order conditions are missed, the estimated error of slopes by finite
        differences added.
    slackness : float
        c, by how much complementarity is missed.
    violation : float
        The largest excess over a joint constraint.
    feasible : bool
        Whether that is rounding: at most 1e-9 of what the constraint changes across the box.
    modulus : float
        μ, the smallest eigenvalue of the symmetric part of ∂F that was found (or stated); 0 where
        it cannot be told from it.
    stated : bool
        Whether μ is the caller's; else it was found on sampled profiles.
    distance : float or None
        The bound on the distance to the equilibrium where μ > 0, if μ holds everywhere; for
        constraints that are each loosened by their own excess. None where the profile is not
        feasible.
    """

    equilibrium: Equilibrium
    multipliers: Array
    residual: float
    slackness: float
    violation: float
    feasible: bool
    modulus: float
    stated: bool
    distance: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the equilibrium's JSON form, with what is known of the inequality."""
        keys = ("residual", "slackness", "violation", "feasible", "modulus", "stated", "distance")
        numbers = {key: getattr(self, key) for key in keys}
        return {**self.equilibrium.to_dict(), "multipliers": self.multipliers.tolist(), **numbers}

    def tables(self) -> tuple[Table, ...]:
        """Return one row per player; of joint constraints also one per constraint."""
        prices = {"cell": range(self.multipliers.size), "shadow_price": self.multipliers}
        more = [keyed("Joint constraints", prices)] if self.multipliers.size else []
        return (*self.equilibrium.tables(), *more)

    def long_table(self) -> Table:
        """Return one row per player, and one per constraint."""
        return stacked(*self.tables())

    @property
    def success(self) -> bool:
        """Whether nobody gains within the constraints, which hold up to rounding."""
        return self.equilibrium.success and self.feasible

    def __str__(self) -> str:
        """Return the equilibrium, and what the residual says."""
        source = "stated" if self.stated else f"smallest on {SAMPLES} sampled profiles"
        rows = [str(self.equilibrium), f"residual {self.residual:.3g}, μ = {self.modulus:.6g}"]
        rows[-1] += f" ({source})"
        if not self.feasible:
            rows.append(f"no equilibrium: a constraint is exceeded by {self.violation:.3g}")
        if self.distance is not None:
            rows.append(f"at most {self.distance:.3g} from the only variational equilibrium, if so")
        elif self.modulus < 0:
            rows.append("not monotone: other equilibria may exist")
        if self.multipliers.size:
            prices = ", ".join(f"{v:.6g}" for v in self.multipliers)
            rows.append(f"shadow prices of the constraints: {prices}")
        return "\n".join(rows)


def solve_variational(
    game: Game,
    *,
    constraints: Any = (),
    start: ArrayLike | None = None,
    modulus: float | None = None,
    tol: float | None = None,
    max_iter: int = 100_000,
    seed: int = 0,
) -> VariationalEquilibrium:
    """Find an equilibrium of a monotone game, joint convex constraints allowed.

    Parameters
    ----------
    constraints : list of scipy.optimize.LinearConstraint or NonlinearConstraint, or one
        Joint limits; nonlinear ones g(x) ≤ ub with g convex and `jac` given.
    modulus : float, optional
        A μ that is known to hold everywhere; otherwise it is searched on sampled profiles.
    tol : payoff units
        The largest regret that still counts as an equilibrium.

    Returns
    -------
    VariationalEquilibrium
        `success` is False where the certificate does not hold: the game need not be monotone; and
        where a constraint does not: there may be no profile within all of them.

    Raises
    ------
    InvalidInputError
        If a constraint is malformed, F is not finite, or `modulus` is not a finite number.

    Examples
    --------
    >>> from scipy.optimize import LinearConstraint
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> energy = LinearConstraint(np.ones((1, 6)), -np.inf, 600.0)
    >>> found = solve_variational(game, constraints=[energy])
    >>> found.equilibrium.profile.round(6).tolist()[:2], found.success
    ([100.0, 100.0], True)
    >>> solve_variational(game).equilibrium.profile.round(2).tolist()[:2]
    [270.51, 270.51]
    """
    box = game.spaces
    known = modulus is None or (isinstance(modulus, (int, float)) and np.isfinite(modulus))
    if not known:
        raise InvalidInputError(f"`modulus` must be a finite number, got {modulus!r}")
    checked_tolerance(tol)
    max_iter, seed = whole("max_iter", max_iter, least=1), whole("seed", seed, least=0)
    rows = joint(constraints, box.upper.size)
    field = _field(game)
    x = game.checked(0.5 * (box.lower + box.upper) if start is None else start)
    x, prices, steps = solve_conditions(field, rows, box, x, max_iter)
    mu = _modulus(game, field, seed) if modulus is None else float(modulus)
    residual, slackness = mistakes(field, rows, box, x, prices)
    if isinstance(game, SmoothGame):
        residual += float(np.linalg.norm(_own_slopes(game, x)[1]))
    within = rows.room(x, box) if rows.value(x).size else None
    excess = np.maximum(rows.value(x), 0.0)
    reach = np.abs(rows.gradient(x)) @ (box.upper - box.lower)
    feasible = bool((excess <= 1e-9 * reach).all())
    found = finish(
        game,
        x,
        solver="solve_variational",
        iterations=steps,
        tol=tol,
        within=within,
        unique=None,
        parameters={"constraints": rows.value(x).size, "max_iter": max_iter},
        reason="" if mu >= 0 else "the pseudo-gradient is not monotone",
    )
    distance = None
    if mu > 0 and feasible:
        distance = (residual + float(np.sqrt(residual**2 + 4 * mu * slackness))) / (2 * mu)
    return VariationalEquilibrium(
        equilibrium=found,
        multipliers=prices,
        residual=residual,
        slackness=slackness,
        violation=float(np.max(excess, initial=0.0)),
        feasible=feasible,
        modulus=mu,
        stated=modulus is not None,
        distance=distance,
    )


def _own_slopes(game: SmoothGame, x: Array) -> tuple[Array, Array]:
    """Return all ∂U_n/∂x_n and estimates of their errors, 0 where the user gave gradients."""
    found = [game.own_slope(n, x) for n in range(len(game.players))]
    return np.concatenate([slope for slope, _ in found]), np.concatenate([e for _, e in found])


def _field(game: Game) -> Field:
    """Return F: the game's own marginal payoffs, or central differences of its payoffs."""
    own = getattr(game, "marginal_payoffs", None)
    box = game.spaces
    step = 1e-6 * (box.upper - box.lower)

    def marginal(x: Array) -> Array:
        if own is not None:
            return np.asarray(own(x), dtype=float)
        if isinstance(game, SmoothGame):
            return _own_slopes(game, x)[0]
        ends = [box.project(x + sign * np.diag(step)) for sign in (1.0, -1.0)]
        apart = np.diagonal(ends[0] - ends[1])
        change = np.diagonal(game.payoffs(ends[0]) - game.payoffs(ends[1]))
        return np.divide(change, apart, out=np.zeros_like(apart, subok=False), where=apart > 0)

    def field(x: Array) -> Array:
        value = -marginal(x)
        if not np.isfinite(value).all():
            i = int(np.argmin(np.isfinite(value)))
            name = game.players[game.owner[i] if isinstance(game, SmoothGame) else i]
            raise InvalidInputError(f"the marginal payoff of {name} is not finite")
        return value

    return field


def _modulus(game: Game, field: Field, seed: int) -> float:
    """Return the smallest eigenvalue of the symmetric part of ∂F on sampled profiles.

    0 where it is no more than the rounding of ∂F's differences: zero-sum games are often monotone
    and no more.
    """
    box = game.spaces
    moving = np.flatnonzero(box.upper > box.lower)
    exact = hasattr(game, "marginal_payoffs") or bool(getattr(game, "gradients", ()))
    least, largest = np.inf, 0.0
    for x in box.sample(np.random.default_rng(seed), SAMPLES) if moving.size else ():
        slope = jacobian(field, box, x, moving)[moving]
        least = min(least, float(np.linalg.eigvalsh(0.5 * (slope + slope.T))[0]))
        largest = max(largest, float(np.linalg.norm(slope)))
    return 0.0 if abs(least) <= (1e-9 if exact else 1e-5) * largest or not moving.size else least
