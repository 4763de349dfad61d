"""Solvers by JAX, where the dependency group `peers` is installed: few organizations only.

All take the conditions of an equilibrium in shares s = x/X of what each organization may give, with
marginal payoffs in units of the first gain's: 0 ≤ s ⟂ v ≥ 0, 0 ≤ 1 − s ⟂ y ≥ 0 and

    (1 + Σ a_m s_m)^(−exponent − 1) + linear_n − curvature_n s_n + v_n − y_n = 0.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound

NEEDS = ("jax", "nashopt", "qpsolvers")  # NashOpt imports qpsolvers without requiring it
MISSING = [name for name in NEEDS if find_spec(name) is None]
SIZES = () if MISSING else (10, 50, 200)
NASHOPT, ROOT, NEWTON = "NashOpt", "jitted KKT root", "jitted KKT Newton"
LARGEST = {NASHOPT: 10, ROOT: 200, NEWTON: 200}


def nashopt(game: CoopetitionRound) -> Array:
    """NashOpt's solver for general games, with its defaults; it compiles again in every call."""
    jax, library = _jax(), import_module("nashopt")
    reach, linear, curvature, exponent = _shares(game)

    def loss(n: int) -> Any:
        def minus_payoff(s: Any) -> Any:
            shared = (1.0 + reach @ s) ** -exponent / (exponent * reach[n])
            return shared - s[n] * (linear[n] - 0.5 * curvature[n] * s[n])

        return jax.jit(minus_payoff)

    size = reach.size
    losses = [loss(n) for n in range(size)]
    problem = library.GNEP([1] * size, f=losses, lb=np.zeros(size), ub=np.ones(size))
    return _contribution(game, problem.solve(verbose=0).x)


def root(game: CoopetitionRound) -> Array:
    """SciPy's `root` on the conditions in Fischer's and Burmeister's form, compiled before."""
    from scipy import optimize

    system, jacobian, _ = _compiled()
    found = optimize.root(
        system,
        _start(game),
        args=_shares(game),
        jac=jacobian,
        method="hybr",
        options={"xtol": 1e-13},
    )
    return _contribution(game, found.x)


def newton(game: CoopetitionRound) -> Array:
    """Newton's full steps on the same system, the loop compiled too: nothing guards them."""
    _, _, solve = _compiled()
    return _contribution(game, np.asarray(solve(_start(game), *_shares(game))))


@cache
def _compiled() -> tuple[Any, Any, Any]:
    """Return the system, its Jacobian and the loop; JAX compiles each once for every size."""
    jax, jnp = _jax(), import_module("jax.numpy")

    def complementary(a: Any, b: Any) -> Any:
        return a + b - jnp.sqrt(a * a + b * b)

    def system(z: Any, reach: Any, linear: Any, curvature: Any, exponent: Any) -> Any:
        s, v, y = z.reshape(3, -1)
        slope = (1.0 + reach @ s) ** (-exponent - 1.0) + linear - curvature * s
        return jnp.concatenate([slope + v - y, complementary(s, v), complementary(1.0 - s, y)])

    jacobian = jax.jacfwd(system)

    def solve(z: Any, *arguments: Any) -> Any:
        def going(state: Any) -> Any:
            _, missed, steps = state
            return (jnp.abs(missed).max() > 1e-13) & (steps < 50)

        def step(state: Any) -> Any:
            z, missed, steps = state
            z = z - jnp.linalg.solve(jacobian(z, *arguments), missed)
            return z, system(z, *arguments), steps + 1

        return jax.lax.while_loop(going, step, (z, system(z, *arguments), 0))[0]

    return jax.jit(system), jax.jit(jacobian), jax.jit(solve)


def _jax() -> Any:
    """Import JAX for double precision."""
    jax: Any = import_module("jax")  # not installed where types are checked
    jax.config.update("jax_enable_x64", True)
    return jax


def _shares(game: CoopetitionRound) -> tuple[Array, Array, Array, float]:
    """Return a, linear, curvature and exponent of the conditions above."""
    form, gain = game.form, game.gain
    assert isinstance(gain, PowerGain)
    unit = form.pull * gain.scale * gain.exponent * form.base ** (-gain.exponent - 1.0)
    reach = form.quality * form.upper / form.base
    return reach, form.linear / unit, form.curvature * form.upper / unit, gain.exponent


def _start(game: CoopetitionRound) -> Array:
    """Return halves for shares, and NashOpt's 0.1 for multipliers."""
    return np.repeat([0.5, 0.1, 0.1], game.form.upper.size)


def _contribution(game: CoopetitionRound, z: Array) -> Array:
    """Return the contributions for shares z, of which more may follow."""
    upper = game.form.upper
    return np.asarray(np.clip(z[: upper.size], 0.0, 1.0) * upper)


PEERS: dict[str, Callable[[CoopetitionRound], Array]] = (
    {} if MISSING else {NASHOPT: nashopt, ROOT: root, NEWTON: newton}
)
