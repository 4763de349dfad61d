"""The methods that are timed: ours, and what one would use without them.

Each takes a round with quadratic costs whose arrays are already computed, and returns a profile.
The outside methods are written as one would write them in earnest: plain arrays, variables of one
scale, exact derivatives, tolerances as tight as each of them bears.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.peers import PEERS
from coopetition import best_response_dynamics, maximize_potential, solve_aggregate
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.aggregate.aggregate import fill

Method = Callable[[CoopetitionRound], Array]


def kernel(game: CoopetitionRound) -> Array:
    """Our solver alone."""
    return fill(game.form).profile


def certified(game: CoopetitionRound) -> Array:
    """Our solver as users call it: with payoffs and certificate."""
    return solve_aggregate(game).profile


def responses(game: CoopetitionRound) -> Array:
    """Exact best responses in turn, with payoffs and certificate."""
    return best_response_dynamics(game).profile


def conic(game: CoopetitionRound) -> Array:
    """Model the potential in cvxpy for Clarabel; no polishing, but payoffs and certificate."""
    return maximize_potential(game, polish=0).profile


def interior_point(game: CoopetitionRound) -> Array:
    """Clarabel on the same cone program, its matrices written by hand: no modeling language.

    Variables are the shares x/X, the level Ω/reach, and the peak ≥ level^−exponent.
    """
    from scipy import sparse

    clarabel: Any = import_module("clarabel")  # it has no types
    form, gain = game.form, _power(game)
    size, effective = form.upper.size, form.quality * form.upper
    reach = form.base + float(effective.sum())
    unit = form.upper / form.weight / (gain.scale * reach**-gain.exponent)
    bend = np.append(form.curvature * form.upper * unit, [0.0, 0.0])
    eye, rest = sparse.eye_array(size), sparse.csc_array((size, 2))
    level = np.append(-effective / reach, [1.0, 0.0])
    power = sparse.csc_array(([-1.0, -1.0], ([0, 1], [size + 1, size])), shape=(3, size + 2))
    bounds = sparse.block_array([[-eye, rest], [eye, rest]])
    offsets = ([form.base / reach], np.zeros(size), np.ones(size), [0.0, 0.0, 1.0])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    found = clarabel.DefaultSolver(
        sparse.diags_array(bend, format="csc"),
        np.append(-form.linear * unit, [0.0, 1.0]),
        sparse.vstack([sparse.csc_array(level[None]), bounds, power], format="csc"),
        np.concatenate(offsets),
        [
            clarabel.ZeroConeT(1),
            clarabel.NonnegativeConeT(2 * size),
            clarabel.PowerConeT(1.0 / (1.0 + gain.exponent)),
        ],
        settings,
    ).solve()
    return np.asarray(np.clip(found.x[:size], 0.0, 1.0) * form.upper)


def quasi_newton(game: CoopetitionRound) -> Array:
    """SciPy's L-BFGS-B on the potential with its gradient, all own terms of one curvature."""
    from scipy.optimize import Bounds, minimize

    form, gain = game.form, _power(game)
    unit = np.sqrt(form.weight / form.curvature)
    effective, linear = form.quality * unit, form.linear * unit / form.weight
    scale = gain.scale * gain.exponent * form.base**-gain.exponent

    def loss(y: Array) -> tuple[float, Array]:
        omega = form.base + float(effective @ y)
        shared = gain.scale * omega**-gain.exponent
        value = shared - float(y @ (linear - 0.5 * y))
        gradient = y - linear - gain.exponent * shared / omega * effective
        return value / scale, gradient / scale

    found = minimize(
        loss,
        np.zeros_like(unit),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(np.zeros_like(unit), form.upper / unit),
        options={"ftol": 0.0, "gtol": 1e-10},
    )
    return np.asarray(np.minimum(found.x * unit, form.upper))


def scalar_search(game: CoopetitionRound) -> Array:
    """Best responses in turn by SciPy's `minimize_scalar` on the payoff, Ω kept up to date.

    It compares payoffs, so that it cannot place a maximum better than to about 1e-8 of its size,
    and for many players the steps stay above any useful tolerance: 30 sweeps are the most.
    """
    from scipy.optimize import minimize_scalar

    form, gain = game.form, _power(game)

    def loss(y: float, rest: float, n: int) -> float:
        shared = -gain.scale * (rest + quality[n] * y) ** -gain.exponent
        return -(weight[n] * shared + y * (linear[n] - 0.5 * curvature[n] * y))

    weight, quality = form.weight.tolist(), form.quality.tolist()
    linear, curvature, upper = form.linear.tolist(), form.curvature.tolist(), form.upper.tolist()
    x, omega = [0.0] * len(upper), form.base
    for _ in range(30):
        moved = 0.0
        for n, top in enumerate(upper):
            rest = omega - quality[n] * x[n]
            found = minimize_scalar(
                loss,
                args=(rest, n),
                bounds=(0.0, top),
                method="bounded",
                options={"xatol": 1e-9 * top},
            )
            moved = max(moved, abs(found.x - x[n]) / top)
            x[n] = float(found.x)
            omega = rest + quality[n] * x[n]
        if moved <= 1e-6:
            break
    return np.array(x)


def _power(game: CoopetitionRound) -> PowerGain:
    """Narrow the gain's type: the outside methods spell out its formula."""
    assert isinstance(game.gain, PowerGain)
    return game.gain


OURS = "aggregate"
METHODS: dict[str, Method] = {
    OURS: kernel,
    "solve_aggregate": certified,
    "best_response_dynamics": responses,
    "SciPy L-BFGS-B": quasi_newton,
    "Clarabel": interior_point,
    "cvxpy": conic,
    "minimize_scalar": scalar_search,
    **PEERS,
}
