"""Time games with several aggregates: `python -m benchmarks.several` from the checkout."""

import argparse
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.measure import cpu_time
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.several.game import SeveralAggregatesGame
from coopetition.solvers.several.solve import fill, solve_several

OURS, PUBLIC, THEIRS = "aggregates", "`solve_several`", "SciPy L-BFGS-B"
READ = "read the qualities"
LINEAR = "`solve_several`, linear costs"


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one size: median CPU time, and the worst violation (see `violation`)."""

    size: int
    kinds: int
    method: str
    seconds: float
    violation: float | None


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = [row for size in (1_000, 100_000) for row in measured(size, 10)]
    print(machine(), "", "| N | K | method | CPU time | KKT residual |", sep="\n")
    print("|--:|--:|---|--:|--:|")
    for row in rows:
        error = "" if row.violation is None else f"{row.violation:.0e}"
        time = f"{1e3 * row.seconds:.3g} ms"
        print(f"| {row.size:,} | {row.kinds} | {row.method} | {time} | {error} |")
    found = targets({(row.size, row.method): row for row in rows})
    print("", *(f"* {target}" for target in found), sep="\n")
    return int(options.check and not all(target.met for target in found))


def draw(size: int, kinds: int, seed: int, *, linear: bool = False) -> SeveralAggregatesGame:
    """Draw a game in which about a third of the organizations end between their bounds."""
    rng = np.random.default_rng([seed, size, kinds])
    data, quality = rng.uniform(50.0, 150.0, (size, kinds)), rng.dirichlet(np.ones(kinds), size)
    top, value = rng.uniform(500.0, 1500.0, size), rng.uniform(500.0, 1500.0, size)
    half = data.sum(axis=0) + 0.5 * (top @ quality)
    gains = [PowerGain(1.0, float(h) ** 0.5, 0.5) for h in half]
    slopes = np.array([gain.slope(h) for gain, h in zip(gains, half, strict=True)])
    damage = 0.3 / size
    marginal = (value - damage * (value.sum() - value)) * (quality @ slopes)
    return SeveralAggregatesGame(
        gains=gains,
        local_data=data,
        quality=quality,
        max_contribution=top,
        value=value,
        unit_cost=marginal * rng.uniform(0.3, 1.3, size),
        quadratic_cost=0.0 if linear else marginal / top * rng.uniform(0.2, 0.6, size),
        damage=damage,
    )


def measured(size: int, kinds: int) -> list[Row]:
    """Time the methods on five instances, interleaved; the public call includes a certificate."""
    everybody = np.arange(size)
    methods: dict[str, Callable[[SeveralAggregatesGame], Array]] = {
        OURS: lambda game: fill(game, everybody, game.base)[0],
        PUBLIC: lambda game: solve_several(game).raise_if_failed().profile,
        THEIRS: quasi_newton,
    }
    times: dict[str, list[float]] = {name: [] for name in (READ, *methods, LINEAR)}
    worst = dict.fromkeys(times, 0.0)
    for seed in range(5):
        game, hard = draw(size, kinds, seed), draw(size, kinds, seed, linear=True)
        times[READ].append(cpu_time(lambda: np.atleast_1d(game.quality.sum()))[0])  # noqa: B023
        for name, each in {**methods, LINEAR: methods[PUBLIC]}.items():
            of = hard if name == LINEAR else game
            seconds, x = cpu_time(lambda: each(of))  # noqa: B023
            times[name].append(seconds)
            worst[name] = max(worst[name], violation(of, x))
    return [
        Row(size, kinds, name, statistics.median(spent), None if name == READ else worst[name])
        for name, spent in times.items()
    ]


def violation(game: SeveralAggregatesGame, x: Array) -> float:
    """Return the largest |marginal payoff| × distance to the bound, in units of its terms × X."""
    pull = game.weights * (game.quality @ game.slopes(game.aggregates(x)))
    cost = game.unit_cost + game.quadratic_cost * x
    room = np.where(pull > cost, game.max_contribution - x, x) / game.max_contribution
    return float((np.abs(pull - cost) / (np.abs(pull) + cost) * room).max())


def quasi_newton(game: SeveralAggregatesGame) -> Array:
    """SciPy's L-BFGS-B on the potential with its gradient, all own terms of one curvature."""
    from scipy.optimize import Bounds, minimize

    unit = np.sqrt(game.weights / game.quadratic_cost)

    def loss(y: Array) -> tuple[float, Array]:
        x = unit * y
        return -float(game.potential(x)), -game.potential_gradient(x) * unit

    found = minimize(
        loss,
        0.5 * game.max_contribution / unit,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(np.zeros_like(unit), game.max_contribution / unit),
        options={"ftol": 0.0, "gtol": 1e-12, "maxiter": 2000, "maxfun": 5000},
    )
    return np.asarray(np.clip(found.x * unit, 0.0, game.max_contribution))


def targets(rows: dict[tuple[int, str], Row]) -> list[Target]:
    """Compare with quasi-Newton, and look at the accuracy."""
    found = []
    for size, factor in ((1_000, 6.0), (100_000, 12.0)):
        ours = rows[size, OURS]
        ratio = rows[size, THEIRS].seconds / ours.seconds
        text = f"N = {size}: at least {factor:g} times as fast as L-BFGS-B"
        missed = ours.violation if ours.violation is not None else np.inf
        found += [
            Target(text, ratio, ratio >= factor),
            Target(f"N = {size}: KKT residual at most 1e-12", missed, missed <= 1e-12),
        ]
    return found


if __name__ == "__main__":
    sys.exit(main())
