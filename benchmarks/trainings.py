"""Count trainings until an equilibrium is known: `python -m benchmarks.trainings`, ten minutes.

The adaptive search against best-response dynamics that asks the oracle directly, both on the
reference federation. Both profiles are then put before the oracle on seeds that neither used.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.oracles import (
    GainSurface,
    Proposal,
    ReferenceOracle,
    find_equilibrium,
    oracle_regret,
    respond,
)
from coopetition.oracles.protocol.query import Query

TOP = 400.0  # synthetic rows, at most
LEVELS = 11  # of best response
OFFERED = 9  # deviations in the check
HELD_OUT = range(1_000_000, 1_000_008)
TARGET = 0.01
SIZES, SKEWS = (3, 4, 5, 6, 8, 10), (0.3, 1.0, 3.0)
HARM = 0.32  # share of everybody else's value that an organization loses, split over the others


@dataclass(eq=False)
class Instance:
    """One federation with values and costs drawn at random, and its trainings counted."""

    organizations: int
    alpha: float
    seed: int

    def __post_init__(self) -> None:
        """Draw values and costs, and deal the data."""
        size = self.organizations
        rng = np.random.default_rng(np.random.SeedSequence((size, self.seed)))
        self.value = rng.uniform(700.0, 1300.0, size)
        self.unit_cost = rng.uniform(0.03, 0.09, size)
        self.bend = rng.uniform(0.5e-3, 2e-3, size)
        others = (self.value.sum() - self.value) / (size - 1)
        self.weights = self.value - HARM * others
        self.oracle = ReferenceOracle(
            organizations=[f"organization {n + 1}" for n in range(size)],
            alpha=self.alpha,
            local_rows=80 * size,
            upper=TOP,
            seed=self.seed,
        )

    def own(self, x: Array) -> Array:
        """Return minus the costs, shape as x."""
        return -x * (self.unit_cost + 0.5 * self.bend * x)

    def scale(self, x: Array, gain: float) -> Array:
        """Return the payoffs before damage, which regrets are compared with."""
        return self.value * gain + self.own(x)


@dataclass(frozen=True)
class Found:
    """A profile, the trainings that it took, and its regret relative to the payoff."""

    profile: Array
    trainings: int
    regret: float
    error: float


def adaptive(instance: Instance) -> tuple[Array, int]:
    """Search with few trainings."""

    def propose(surface: GainSurface) -> Proposal:
        top = np.full(instance.organizations, TOP)
        found = respond(surface, instance.weights, instance.own, top)
        gain = float(surface.mean(found.profile[None])[0])
        scale = instance.scale(found.profile, gain)
        return Proposal(found.profile, instance.weights, instance.own, scale)

    found = find_equilibrium(
        instance.oracle, propose, local_data=instance.oracle.sizes, target=TARGET
    )
    return found.profile, found.trainings


def best_response(instance: Instance) -> tuple[Array, int]:
    """Play best responses on a grid with one fixed seed; a profile is trained once."""
    levels, size = np.linspace(0.0, TOP, LEVELS), instance.organizations
    known: dict[tuple[float, ...], float] = {}
    x = np.zeros(size)
    while True:
        before = x.copy()
        for n in range(size):
            rows = np.tile(x, (LEVELS, 1))
            rows[:, n] = levels
            for row in rows:
                key = tuple(row.tolist())
                if key not in known:
                    known[key] = instance.oracle.evaluate([Query(key)])[0].gain or 0.0
            gains = np.array([known[tuple(row.tolist())] for row in rows])
            x[n] = levels[np.argmax(instance.weights[n] * gains + instance.own(rows)[:, n])]
        if (x == before).all():
            return x, len(known)


def checked(instance: Instance, profile: Array, trainings: int) -> Found:
    """Offer every organization real deviations on held-out seeds."""
    x = np.round(profile)
    levels = [
        [y for y in np.round(np.linspace(0.0, TOP, OFFERED)) if y != x[n]] for n in range(x.size)
    ]

    def own_gain(n: int, y: float) -> float:
        changed = x.copy()
        changed[n] = y
        return float((instance.own(changed) - instance.own(x))[n])

    found = oracle_regret(
        instance.oracle,
        x,
        levels,
        weights=instance.weights,
        own_gain=own_gain,
        seeds=HELD_OUT,
        used_seeds=range(trainings),
    )
    gain = instance.oracle.evaluate([Query(tuple(x.tolist()), seed=HELD_OUT[0])])[0].gain or 0.0
    scale = instance.scale(x, gain)
    regrets = np.array([max(deviation.payoff_gain, 0.0) for deviation in found]) / scale
    worst = int(np.argmax(regrets))
    error = (found[worst].standard_error or 0.0) / scale[worst]
    return Found(profile, trainings, float(regrets[worst]), float(error))


def instances(*, quick: bool) -> Iterator[Instance]:
    """Yield the federations, the same ones at every run."""
    for size in SIZES[:2] if quick else SIZES:
        for k, alpha in enumerate(SKEWS):
            yield Instance(size, alpha, seed=k)


def main() -> int:
    """Run all, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trainings", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small federations only")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    print("| N | α | adaptive | 3N + 5 | regret | best response | regret | ratio |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    rows = []
    for instance in instances(quick=options.quick):
        ours = checked(instance, *adaptive(instance))
        direct = checked(instance, *best_response(instance))
        rows.append((instance, ours, direct))
        print(
            f"| {instance.organizations} | {instance.alpha:g} | {ours.trainings} | "
            f"{3 * instance.organizations + 5} | {_percent(ours)} | {direct.trainings} | "
            f"{_percent(direct)} | {direct.trainings / ours.trainings:.1f} |",
            flush=True,
        )
    total = sum(d.trainings for _, _, d in rows) / sum(o.trainings for _, o, _ in rows)
    worst = max(ours.regret for _, ours, _ in rows)
    most = max(ours.trainings / (3 * i.organizations + 5) for i, ours, _ in rows)
    targets = [
        Target("relative regret on held-out seeds at most 0.01", worst, worst <= TARGET),
        Target("trainings at most 3N + 5, as a share of it", most, most <= 1.0),
        Target("at least 10 times fewer trainings than best response", total, total >= 10.0),
    ]
    print("", *(f"* {target}" for target in targets), sep="\n")
    return int(options.check and not all(target.met for target in targets))


def _percent(found: Found) -> str:
    return f"{100 * found.regret:.2f} ± {100 * found.error:.2f} %"


if __name__ == "__main__":
    sys.exit(main())
