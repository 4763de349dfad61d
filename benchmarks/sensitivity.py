"""Time the gradient by all parameters at once: `python -m benchmarks.sensitivity`, a minute."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.problems import quadratic_round
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.aggregate.aggregate import solve_aggregate
from coopetition.solvers.sensitivity import sensitivity

SIZES = (10, 1_000, 100_000, 1_000_000)
REPEATS = {10: 300, 1_000: 300, 100_000: 31, 1_000_000: 9}
COLUMNS = ("value", "unit_cost", "quadratic_cost", "local_data", "quality", "max_contribution")
STEP = 1e-5


def spent(work: Callable[[], object]) -> float:
    """Return CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def timed(size: int) -> tuple[float, float, float]:
    """Return median CPU seconds of a solve, of preparing derivatives, and of one gradient."""
    game = quadratic_round(size, seed=0)
    found = sensitivity(game)
    works = (
        lambda: solve_aggregate(game),
        lambda: sensitivity(game),
        lambda: found.gradient("welfare"),
    )
    times: list[list[float]] = [[], [], []]
    for _ in range(REPEATS[size]):  # interleaved, so that all meet the same machine
        for each, work in zip(times, works, strict=True):
            each.append(spent(work))
    solving, preparing, gradient = (statistics.median(each) for each in times)
    return solving, preparing, gradient


def welfare(game: CoopetitionRound) -> float:
    """Return the equilibrium's welfare, solved again."""
    return float(game.welfare(solve_aggregate(game).profile))


def missed(size: int, seed: int) -> float | None:
    """Return how far differences along random directions of each column, and of the gain, are off.

    Relative to the sum of the absolute terms of the derivative; central differences at two steps,
    extrapolated. None where somebody is closer than a thousandth of its terms to a kink.
    """
    game, rng = quadratic_round(size, seed), np.random.default_rng(seed)
    found = sensitivity(game)
    if found.margin < 1e-3:
        return None
    gradient = found.gradient("welfare")
    worst = 0.0
    for name in COLUMNS:
        now = getattr(game, name)
        move = now * rng.uniform(-1.0, 0.0 if name == "quality" else 1.0, size)
        terms = getattr(gradient, name) * move

        def at(h: float, name: str = name, now: np.ndarray = now, move: np.ndarray = move) -> float:
            return welfare(game.replace(**{name: now + h * move}))

        worst = max(worst, _off(at, terms))
    curve = game.gain
    assert isinstance(curve, PowerGain)
    for key in ("ceiling", "scale", "exponent"):
        value = getattr(curve, key)

        def bent(h: float, key: str = key, value: float = value) -> float:
            numbers = {name: getattr(curve, name) for name in ("ceiling", "scale", "exponent")}
            return welfare(game.replace(gain=PowerGain(**(numbers | {key: value * (1 + h)}))))

        worst = max(worst, _off(bent, np.array([gradient.gain[key] * value])))
    return worst


def _off(at: Callable[[float], float], terms: np.ndarray) -> float:
    near, far = ((at(h) - at(-h)) / (2.0 * h) for h in (STEP, 2.0 * STEP))
    return abs((4.0 * near - far) / 3.0 - float(terms.sum())) / (float(np.abs(terms).sum()) or 1.0)


def main() -> int:
    """Time and compare, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sensitivity", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    print(machine(), "", sep="\n")
    print("| N | parameters | solve | with derivatives | gradient | gradient / solve |")
    print("|--:|--:|--:|--:|--:|--:|")
    targets = []
    for size in SIZES:
        solving, preparing, gradient = timed(size)
        ratio = gradient / solving
        cells = " | ".join(f"{1e3 * each:.3g} ms" for each in (solving, preparing, gradient))
        print(f"| {size:,} | {10 * size + 9:,} | {cells} | {ratio:.2f} |", flush=True)
        targets.append(Target(f"N = {size:,}: a gradient, in solves", ratio, ratio <= 2.0))
    off = [each for seed in range(40) if (each := missed(10, seed)) is not None]
    text = f"N = 10, {len(off)} rounds of 40: off from differences"
    targets.append(Target(text, max(off), max(off) <= 1e-8))
    print("", *(f"* {target}" for target in targets), sep="\n")
    return int(options.check and not all(target.met for target in targets))


if __name__ == "__main__":
    sys.exit(main())
