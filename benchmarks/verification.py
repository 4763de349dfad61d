"""Verify answers where the truth is known: `python -m benchmarks.verification`, a minute.

Everybody's own gain is a function that is drawn, with noise of the seeds, part of which all
trainings with a seed share, and an error of the test rows. The round that is solved knows one curve
that is not theirs. How many decided verdicts are wrong, and how many 95 % intervals hold the truth?
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np

from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.unknown import Unknown
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.studies.outside.outside import autarky
from coopetition.studies.solve.study import run_study
from coopetition.studies.verification.places import Sum, alone_payoffs, payoffs, total
from coopetition.studies.verification.verify import verify_study

ROUNDS, WRONG, COVERED = 200, 0.01, (0.92, 0.98)
TESTED = 40  # test rows of everybody


@dataclass(frozen=True)
class KnownTruth:
    """An oracle whose gains are known without noise.

    Parameters
    ----------
    useful : shape (N, N)
        How much a sample of n counts for m, rows m.
    noise, rows : shape (N,)
        Standard deviations of everybody's gain over seeds, and of its test rows' error.
    shared
        The share of the seeds' variance that all trainings with a seed have in common.
    alike
        The correlation of a test row's errors at two places.
    parts
        Whether it tells gains row by row, and not only their standard errors.
    """

    data: Array
    useful: Array
    noise: Array
    rows: Array
    shared: float
    alike: float
    parts: bool
    seed: int

    def spec(self) -> OracleSpec:
        """Describe it."""
        return self._spec

    @cached_property
    def _spec(self) -> OracleSpec:
        size = len(self.data)
        return OracleSpec(
            organizations=tuple(f"organization {n + 1}" for n in range(size)),
            metric="gain",
            unit="rows",
            lower=(0.0,) * size,
            upper=(1000.0,) * size,
            baseline=0.0,
            deterministic=True,
            provides=frozenset({"gain", "gains", "coalition"}),
            fingerprint=f"known truth {self.seed}",
        )

    def truth(self, contribution: Sequence[float], coalition: tuple[int, ...] | None) -> Array:
        """Return everybody's gain without noise."""
        rows = self.data + np.array(contribution)
        if coalition is not None:
            rows = np.where(np.isin(np.arange(rows.size), coalition), rows, 0.0)
        return np.log1p(np.maximum(self.useful @ rows, 0.0) / 300.0) / 4

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer with noise."""
        return [self._answer(query) for query in queries]

    def close(self) -> None:
        """Do nothing."""

    def _answer(self, query: Query) -> Evaluation:
        place = f"{query.contribution} {query.coalition}"
        key = [crc32(place.encode()), self.seed]
        size = len(self.data)
        common = np.random.default_rng([query.seed, self.seed]).standard_normal(size)
        own = np.random.default_rng([query.seed, *key]).standard_normal(size)
        luck = self.noise * (self.shared**0.5 * common + (1 - self.shared) ** 0.5 * own)
        same = np.random.default_rng([7, self.seed]).standard_normal((TESTED, size))
        other = np.random.default_rng([8, *key]).standard_normal((TESTED, size))
        mixed = self.alike**0.5 * same + (1 - self.alike) ** 0.5 * other
        rows = TESTED**0.5 * self.rows * mixed
        rows = rows + self.truth(query.contribution, query.coalition) + luck
        gains, errors = rows.mean(axis=0), rows.std(axis=0, ddof=1) / TESTED**0.5
        return Evaluation(
            "ok",
            float(gains.mean()),
            tuple(gains.tolist()),
            gain_errors=tuple(errors.tolist()),
            gain_parts=tuple(map(tuple, rows.T.tolist())) if self.parts else None,
        )


@dataclass(frozen=True)
class Outcome:
    """How often verdicts were right, and intervals held the truth."""

    decided: int
    wrong: int
    open: int
    held: int
    intervals: int
    trainings: float

    @property
    def share(self) -> float:
        """How many of the truths the intervals hold."""
        return self.held / self.intervals

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"{self.decided} verdicts decided, {self.wrong} wrong "
            f"({100 * self.wrong / self.decided:.2g} %), {self.open} undecided; 95 % intervals "
            f"hold {100 * self.share:.1f} % of {self.intervals} truths; "
            f"{self.trainings:.0f} trainings in the mean"
        )


def outcome(rounds: int, *, alike: float = 0.0, parts: bool = False, seed: int = 0) -> Outcome:
    """Verify so many rounds of 3 to 5 organizations."""
    decided = wrong = left = held = intervals = trainings = 0
    for k in range(rounds):
        rng = np.random.default_rng([seed, k])
        size = int(rng.integers(3, 6))
        useful = rng.uniform(-0.25, 0.6, (size, size))
        useful[np.diag_indices(size)] = rng.uniform(0.6, 1.2, size)
        data = rng.uniform(100.0, 400.0, size)
        game = CoopetitionRound(
            gain=PowerGain(1.0, 2.0, 0.35), local_data=data, max_contribution=1000.0,
            value=rng.uniform(800.0, 1200.0, size), unit_cost=0.02, quadratic_cost=1e-4,
            damage=rng.uniform(0.0, 0.15),
        )  # fmt: skip
        study = run_study(game, "bilateral-prices", alone=Unknown("not asked"))
        oracle = KnownTruth(
            data=data, useful=useful, noise=rng.uniform(0.005, 0.06, size),
            rows=rng.uniform(0.0, 0.03, size), shared=rng.uniform(0.0, 0.8), alike=alike,
            parts=parts, seed=k,
        )  # fmt: skip
        by_itself = autarky(game)
        found = verify_study(study, oracle, first_seed=0, alone=by_itself, benefit_regret=None)
        own = payoffs(game, study.contribution)
        free = total(payoffs(game, study.free.profile))
        paid = study.transfer + study.fee
        apart = alone_payoffs(game, by_itself.contribution)
        true = [
            _true(one, oracle) + money - _true(other, oracle)
            for one, money, other in zip(own, paid, apart, strict=True)
        ]
        for slack, verdict in zip(true, found.verdicts, strict=True):
            decided += verdict != "undecided"
            left += verdict == "undecided"
            wrong += verdict == ("fails" if slack >= 0 else "holds")
        welfare = _true(total(own), oracle)
        checked = [*zip(found.slack, true, strict=True)]
        checked += [(found.welfare["answer"], welfare)]
        checked += [(found.benefit, welfare - _true(free, oracle))]
        for one, truth in checked:
            low, high = one.interval()
            held += low <= truth <= high
            intervals += 1
        trainings += found.trainings
    return Outcome(decided, wrong, left, held, intervals, trainings / rounds)


def _true(amount: Sum, oracle: KnownTruth) -> float:
    """Return a sum of money of the truth."""
    worth = amount.constant
    for place, weight in amount.weights.items():
        coalition = None if place.alone is None else (place.alone,)
        worth += float(oracle.truth(place.profile, coalition) @ weight)
    return worth


def main() -> int:
    """Print how often verification is right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verification", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    apart, alike = outcome(ROUNDS), outcome(ROUNDS, alike=0.8, seed=1)
    paired = outcome(ROUNDS, alike=0.8, parts=True, seed=2)
    print(f"Standard errors told, rows' errors of two trainings independent: {apart}.")
    print(f"Correlated by 0.8, as on the same rows: {alike}.")
    print(f"The same, gains told row by row: {paired}.")
    least, most = COVERED
    every = (apart, alike, paired)
    wrong = sum(one.wrong for one in every) / sum(one.decided for one in every)
    targets = [
        Target("at most 0.01 of decided verdicts wrong", wrong, wrong <= WRONG),
        *(
            Target(f"95 % intervals hold 0.92 to 0.98 of truths, {how}", one.share,
                   least <= one.share <= most)
            for how, one in (("independent", apart), ("row by row", paired))
        ),
        Target("at least so many of correlated ones", alike.share, alike.share >= least),
    ]  # fmt: skip
    print("\n".join(f"* {target}" for target in targets))
    return int(options.check and not all(target.met for target in targets))


if __name__ == "__main__":
    sys.exit(main())
