"""Judge designed mechanisms on random rounds: `python -m benchmarks.design`, a minute or two."""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import none, redistribute, redistribution
from coopetition.mechanisms.settlement.contracts import few_links
from coopetition.mechanisms.settlement.settlement import Conflict, Settlement
from coopetition.solvers import solve, solve_planner
from coopetition.studies.design.design import Constraints, Design, design
from coopetition.studies.outside.outside import autarky
from tests.instances import payoff_scale

ROUNDS, PROFILES, RUNS = 200, 1000, 5
SIZES = (10, 100, 1000)
RATES = np.concatenate([-np.geomspace(30.0, 0.01, 24), [0.0], np.geomspace(0.01, 30.0, 24)])


def drawn(seed: int, size: int | None = None) -> CoopetitionRound:
    """Draw a heterogeneous round of 2 to 30 organizations; only round 95 has a negative weight.

    Examples
    --------
    >>> [len(drawn(seed).players) for seed in range(4)], len(drawn(0, 100).players)
    ([3, 10, 9, 9], 100)
    """
    rng = np.random.default_rng(np.random.SeedSequence((77, seed)))
    drawn_size = int(rng.integers(2, 31))
    size = drawn_size if size is None else size
    level = 10.0 ** rng.uniform(1.0, 3.3)  # data of little and of much use
    damage = rng.uniform(0, 0.9 / size, (size, size))
    np.fill_diagonal(damage, 0.0)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, float(rng.uniform(0.2, 0.9))),
        local_data=level * rng.uniform(0.02, 1.5, size),
        max_contribution=rng.uniform(500, 8000, size),
        value=rng.uniform(600, 1400, size),
        unit_cost=10.0 ** rng.uniform(-4.0, -0.5, size),
        quadratic_cost=rng.uniform(0, 4e-6, size) * (rng.random(size) < 0.8),
        fixed_cost=rng.uniform(0, 60) * rng.uniform(0, 1, size),
        quality=rng.uniform(0.2, 1.0, size),
        damage=damage,
        rivalry=rng.uniform(0, 5) * (seed % 2),
        personal_weight=0.05,
        skew=rng.uniform(0, 2, size),
    )


def linear(seed: int) -> CoopetitionRound:
    """Draw the same with linear costs and no skew: prices alone leave ties, fines break them."""
    return drawn(seed).replace(quadratic_cost=0.0, skew=0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one round showed; money in units of the round's largest single term.

    Parameters
    ----------
    missed
        How far the equilibrium's welfare under the designed mechanism is from the planner's.
    unbalanced
        The largest |Σ payments| of all profiles, as a share of the payments and that unit.
    moved
        How far fees move the equilibrium, as a share of the largest contribution allowed.
    short
        By how much somebody gets less than outside; None where there is no mechanism.
    refusal
        Where there is none: by how much the shortfall said differs from Σ outside − welfare.
    bare, scalar
        Welfare relative to the planner's, without a rule and with redistribution at its best κ.
    """

    missed: float
    unbalanced: float
    moved: float
    short: float | None
    refusal: float | None
    bare: float
    scalar: float


def judge(game: CoopetitionRound, seed: int) -> Judged:
    """Design a mechanism and look at what it promises, next to no rule and one rate."""
    found, best, alone = design(game), solve_planner(game), autarky(game).payoff
    unit = payoff_scale(game, best.profile)
    missing = float(alone.sum()) - best.welfare
    bare, scalar, short, refusal = equilibrium_welfare(game, 0.0), best_rate(game), None, None
    missed = unbalanced = moved = 0.0
    if isinstance(found.settlement, Conflict):
        refusal = abs(found.settlement.shortfall - missing) / unit
    elif missing > 1e-6 * unit:
        short = np.inf  # a mechanism where none can be
    else:
        short = max(float((alone - found.payoff).max()), 0.0) / unit
        missed, unbalanced, moved = promises(found, best.welfare, unit, seed)
    return Judged(
        missed, unbalanced, moved, short, refusal, bare / best.welfare, scalar / best.welfare
    )


def promises(found: Design, optimum: float, unit: float, seed: int) -> tuple[float, float, float]:
    """Return how far the equilibrium's welfare, the budget and the equilibrium itself are off."""
    game, mechanism = found.game, found.mechanism
    assert found.rule is not None
    bare, full = (solve(redistribute(game, rule)) for rule in (found.rule, mechanism))
    missed = abs(float(game.welfare(full.profile)) - optimum) / unit
    profiles = game.spaces.sample(np.random.default_rng(seed), PROFILES)
    paid, lump = np.asarray(mechanism(game, profiles)), np.abs(mechanism.fees).sum()
    size = np.abs(paid).sum(axis=1) + lump + unit
    top = float(game.max_contribution.max())
    shifted = float(np.abs(bare.profile - full.profile).max()) / top
    return missed, float((np.abs(paid.sum(axis=1)) / size).max()), shifted


def sharpened(seed: int) -> float | None:
    """Return how far the equilibrium's welfare is off with linear costs; None where refused."""
    game = linear(seed)
    found, best = design(game), solve_planner(game)
    if isinstance(found.settlement, Conflict):
        return None
    assert found.rule is not None and (found.rule.bend > 0).any()  # noqa: PT018
    return promises(found, best.welfare, payoff_scale(game, best.profile), seed)[0]


def equilibrium_welfare(game: CoopetitionRound, rate: float) -> float:
    """Return the welfare of the equilibrium under the published redistribution at a rate."""
    rule = redistribution(game, rate=rate, balanced=False) if rate else none(game)
    found = solve(redistribute(game, rule))
    assert found.success
    return float(game.welfare(found.profile))


def best_rate(game: CoopetitionRound) -> float:
    """Return the most welfare that one κ can make: a grid of both signs, then refined."""
    from scipy.optimize import minimize_scalar

    slope = game.value.mean() * float(game.gain.slope(game.local_data.sum()))
    rates = RATES * slope / game.damage.row_sums.mean()
    tried = [equilibrium_welfare(game, float(rate)) for rate in rates]
    k = int(np.argmax(tried))
    ends = (rates[max(k - 1, 0)], rates[min(k + 1, rates.size - 1)])
    finer = minimize_scalar(
        lambda rate: -equilibrium_welfare(game, float(rate)), bounds=ends, method="bounded"
    )
    return max(tried[k], -float(finer.fun))


def timed() -> Iterator[tuple[int, str, float, str]]:
    """Yield CPU seconds of designs of three sizes, medians of some rounds, and what came out."""
    for size in SIZES:
        cases = {
            "welfare": Constraints(),
            "robust: a box of 10 %": Constraints(box=0.1),
            "most contribution": Constraints(),
            f"at most {size // 2 + 1} contracts": Constraints(contracts=size // 2 + 1),
        }
        cases["1,000 more than autarky for all: refused"] = Constraints(guarantee=1000.0)
        if size <= 100:
            cases["at most 100 between two"] = Constraints(pair=100.0)
        for name, wanted in cases.items():
            objective = "contribution" if name == "most contribution" else "welfare"
            spent, made = [], 0
            for seed in range(RUNS):
                game = drawn(seed, size).replace(fixed_cost=0.0)
                start = time.process_time()
                found = design(game, objective, wanted)  # type: ignore[arg-type]
                if found.rule is not None:
                    made += isinstance(found.settlement, Settlement) and found.certificate.holds
                spent.append(time.process_time() - start)
            yield size, name, statistics.median(spent), f"{made} of {RUNS}"


def scarce() -> Iterator[tuple[int, float, int, int | None]]:
    """Yield how few contracts are known to settle normal needs with little or nothing to spare."""
    for size in (10, 15, 20, 30, 100, 1000):
        for spare in (0.0, 0.01):
            needs = np.random.default_rng(size).normal(size=size)
            needs -= needs.mean() + spare
            links = few_links(needs, np.ones(size, dtype=bool), seconds=5.0)
            yield size, spare, links.fewest, links.found


def main() -> int:
    """Judge, print the tables, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.design", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = []
    for seed in range(ROUNDS):
        rows.append(judge(drawn(seed), seed))
        if (seed + 1) % 50 == 0:
            print(f"{seed + 1} rounds judged", file=sys.stderr)
    print(machine(), "", sep="\n")
    print("| welfare relative to the planner's | min | 25 % | median | 75 % | max |")
    print("|---|--:|--:|--:|--:|--:|")
    print_quartiles("no rule", np.array([row.bare for row in rows]))
    print_quartiles("redistribution, best κ", np.array([row.scalar for row in rows]))
    made = [row for row in rows if row.short is not None]
    print_quartiles("designed, accepted by all", 1.0 - np.array([row.missed for row in made]))
    gain = [(row.scalar - row.bare) / (1.0 - row.bare) for row in rows if row.bare < 1 - 1e-9]
    print_quartiles("share of the loss that the best κ makes good", np.array(gain))
    print("", "| N | design | CPU time | mechanisms |", "|--:|---|--:|--:|", sep="\n")
    for size, name, seconds, count in timed():
        print(f"| {size:,} | {name} | {1e3 * seconds:.3g} ms | {count} |", flush=True)
    print("", "| N | spare | contracts | fewer impossible than |", "|--:|--:|--:|--:|", sep="\n")
    for size, spare, fewest, most in scarce():
        print(f"| {size:,} | {spare:g} N | {most} | {fewest} |", flush=True)
    found = targets(rows, [sharpened(seed) for seed in range(ROUNDS)])
    print("", *(f"* {target}" for target in found), sep="\n")
    return int(options.check and not all(target.met for target in found))


def print_quartiles(name: str, values: Array) -> None:
    cells = " | ".join(f"{value:.6f}" for value in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    print(f"| {name} | {cells} |")


def targets(rows: list[Judged], sharp: list[float | None]) -> list[Target]:
    """Compare what the rounds showed with what a design promises."""
    lines = [off for off in sharp if off is not None]
    made = [row for row in rows if row.short is not None]
    refused = [row.refusal for row in rows if row.refusal is not None]
    missed = max(row.missed for row in made)
    unbalanced = max(row.unbalanced for row in made)
    moved = max(row.moved for row in made)
    short = max(row.short for row in made if row.short is not None)
    refusal = max(refused, default=0.0)
    return [
        Target(f"{len(made)} mechanisms: welfare missed, of the scale", missed, missed <= 1e-6),
        Target(f"{len(lines)} with linear costs: the same", max(lines), max(lines) <= 1e-6),
        Target(f"{PROFILES} profiles each: deficit, of the money", unbalanced, unbalanced <= 1e-12),
        Target("equilibrium moved by fees, of the interval", moved, moved <= 1e-9),
        Target("somebody gets less than outside, of the scale", short, short <= 1e-9),
        Target(f"{len(refused)} refused: shortfall off, of the scale", refusal, refusal <= 1e-6),
    ]


if __name__ == "__main__":
    sys.exit(main())
