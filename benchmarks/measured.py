"""Rounds of measured gains against known truths: `python -m benchmarks.measured`, 20 minutes.

Every federation's gains are known (`benchmarks.emulated`), so what a study says after some
trainings is put before the truth (`benchmarks.studied`): how much anybody could gain by deviating,
without rule and under its prices, how much of the attainable improvement its target reaches, and
whether those gain by taking part of whom it says so.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from benchmarks.emulated import Truth, truths
from benchmarks.studied import Instance, Score, common_curve, fixed, searched
from benchmarks.targets import Target

ECONOMIES = 4  # drawn for every federation
MANY = 60
SURE = 1.96  # standard errors
SMALL = 5  # organizations, at most, of federations that the targets are about
CACHE = Path(tempfile.gettempdir()) / "coopetition-truths"
METHODS = {
    "common curve": common_curve,
    "committee, Latin hypercube": fixed,
    "committee, searched and raced": searched,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One study of one economy."""

    truth: Truth
    method: str
    budget: int  # trainings before any race
    score: Score


def studies(truth: Truth, economies: int, *, quick: bool) -> Iterator[Row]:
    """Study every economy by every method, with few trainings and with many."""
    few = 3 * truth.size + 5
    for method, study in METHODS.items():
        for budget in (few,) if quick else (few, MANY):
            for seed in range(economies):
                instance = Instance(truth, seed)
                yield Row(truth, method, budget, study(instance, budget))


def means(rows: list[Row]) -> Score:
    """Return the means over economies and federations."""
    return Score(*np.nanmean([astuple(row.score) for row in rows], axis=0).tolist())


def printed(name: str, rows: list[Row]) -> None:
    """Print one line per method and number of trainings."""
    for method in METHODS:
        for many in (False, True):
            some = [row for row in rows if row.method == method and (row.budget == MANY) == many]
            if some:
                mean = means(some)
                print(
                    f"| {name} | {method} | {mean.trainings:.0f} | {mean.regret:.3f} | "
                    f"{mean.of_range:.2f} | {mean.share:.2f} | {mean.attainable:.3f} | "
                    f"{mean.priced:.3f} | {mean.right:.3f} | {mean.decided:.2f} | "
                    f"{mean.verification:.0f} |",
                    flush=True,
                )


def targets(rows: list[Row]) -> list[Target]:
    """Check the search with most trainings, in federations of four or five."""
    raced = [row for row in rows if row.method == [*METHODS][-1]]
    best = [row for row in raced if row.truth.size <= SMALL and row.budget == MANY]
    mean, where = means(best), f"N ≤ {SMALL}, {MANY} trainings and a race"
    skewed = [row.score for row in raced if row.truth.name.endswith("0.1")]
    worst = min(one.worth + SURE * one.error for one in skewed)
    return [
        Target(f"{where}: equilibrium regret at most 0.01", mean.regret, mean.regret <= 0.01),
        Target(f"{where}: share of the improvement at least 0.9", mean.share, mean.share >= 0.9),
        Target(f"{where}: of attainable, at least 0.95", mean.attainable, mean.attainable >= 0.95),
        Target(f"{where}: regret under prices at most 0.01", mean.priced, mean.priced <= 0.01),
        Target(f"{where}: participation right, at least 0.95", mean.right, mean.right >= 0.95),
        Target("α = 0.1: no rule worse than none beyond its error, money", worst, worst >= 0.0),
    ]


def main() -> int:
    """Run all, print what each federation and all small ones say, and which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measured", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two federations, few trainings")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--economies", type=int, default=ECONOMIES, help="drawn per federation")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of what was trained once")
    options = parser.parse_args()
    print(
        "| federation | method | trainings | regret | of range | share | attainable | "
        "under prices | right | decided | verification |\n|---|---|" + "--:|" * 9
    )
    rows: list[Row] = []
    for truth in truths(options.cache, quick=options.quick):
        found = list(studies(truth, options.economies, quick=options.quick))
        printed(f"{truth.name} (skill {truth.skill:.3f})", found)
        rows += found
    printed(f"all of N ≤ {SMALL}", [row for row in rows if row.truth.size <= SMALL])
    if options.quick:
        return 0
    checked = targets(rows)
    print("", *(f"* {target}" for target in checked), sep="\n")
    return int(options.check and not all(target.met for target in checked))


if __name__ == "__main__":
    sys.exit(main())
