"""Gains trained on seeds that nothing has used, and sums of money estimated from them.

All profiles get the same seeds, so that what a seed brings everywhere cancels in differences. A
damage term gets a quarter as many, of its own: so few do not say how far they spread, and the same
sum at the profile itself, whose seeds are more, stands in for that.

An error of the test rows is the same for all seeds. Where the oracle tells gains on parts of the
rows, it is that of the whole sum, part by part. Where it tells standard errors only, those of one
organization's gains are taken to be alike where they are added, and independent where they are
subtracted: that overstates the error of a difference on rows that are hard, or easy, for both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import OracleError
from coopetition.oracles.protocol.measurement import skips
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.output.progress import Progress, silent
from coopetition.studies.verification.estimate import Estimate
from coopetition.studies.verification.places import Place, Sum

FEWER = 4  # of so many seeds one is trained for a damage term


def fewer(seeds: int) -> int:
    """Return with how many seeds a damage term is trained."""
    return max(seeds // FEWER, 1)


@dataclass(slots=True, eq=False)
class GainsAtPlaces:
    """Everybody's gain at every place that was trained: values and test errors, (S, N) each.

    Parameters
    ----------
    oracle
        One that tells own gains, or the gain that all have in common.
    first_seed, most
        Profiles get the seeds from the first on, at most so many; damage terms those after.
    """

    oracle: UtilityOracle
    first_seed: int
    most: int
    progress: Progress = silent
    values: dict[Place, Array] = field(default_factory=dict)
    errors: dict[Place, Array] = field(default_factory=dict)
    parts: dict[Place, list[Array | None]] = field(default_factory=dict)

    @property
    def trainings(self) -> int:
        """How many were asked for; a ledger may have known some."""
        return sum(map(len, self.values.values()))

    def train(self, sums: Iterable[Sum], seeds: int) -> None:
        """Train what some sums need with so many seeds, as far as it is not trained yet.

        Raises
        ------
        OracleError
            If an evaluation is not ``ok``, or lacks a gain that counts.
        """
        counts: dict[Place, Array] = {}
        for place, weight in (each for one in sums for each in one.weights.items()):
            counts[place] = np.abs(weight) + counts.get(place, 0.0)
        asked: list[tuple[Place, int]] = []
        for place in counts:
            have = self.values.setdefault(place, np.empty((0, len(place.profile))))
            asked += [(place, seed) for seed in self._seeds(place, seeds)[len(have) :]]
        answers = self._asked([_query(place, seed) for place, seed in asked])
        for place, weights in counts.items():
            new = [a for (at, _), a in zip(asked, answers, strict=True) if at == place]
            if new:
                self._keep(place, new)
            missing = np.isnan(self._there(place)).any(axis=0) & (weights > 0)
            if missing.any():
                who = self.oracle.spec().organizations[int(np.argmax(missing))]
                raise OracleError(f"an evaluation of {place.profile} lacks the own gain of {who}")

    def _there(self, place: Place) -> Array:
        """Return the gains of the seeds that were not skipped."""
        found = self.values[place]
        found = found[~np.isnan(found).all(axis=1)]
        if not len(found):
            raise OracleError(
                f"all trainings of {place.profile} with seeds held out failed: "
                "`holdout_seeds` 0 answers unverified"
            )
        return found

    def _seeds(self, place: Place, seeds: int) -> range:
        """Return the seeds of a place: those of damage terms are nobody else's."""
        if place.of is None:
            return range(self.first_seed, self.first_seed + seeds)
        terms = [each for each in self.values if each.of is not None]
        first = self.first_seed + self.most + terms.index(place) * fewer(self.most)
        return range(first, first + fewer(seeds))

    def _asked(self, queries: Sequence[Query]) -> list[Evaluation]:
        answers, batch = [], self.oracle.spec().batch
        for start in range(0, len(queries), batch):
            self.progress("verifying", start, len(queries))
            answers += evaluate_checked(self.oracle, queries[start : start + batch])
        for answer, query in zip(answers, queries, strict=True):
            if answer.status != "ok" and not skips(self.oracle):
                raise OracleError(
                    f"the evaluation of {query.contribution} with seed {query.seed} is "
                    f"{answer.status}: {answer.error}"
                )
        return answers

    def _keep(self, place: Place, answers: list[Evaluation]) -> None:
        """Add what was answered; NaN where somebody's gain, or its error, is not known."""
        spec = self.oracle.spec()
        nobody = (None,) * len(spec.organizations)
        if "gains" in spec.provides:
            gains = [answer.gains or nobody for answer in answers]
            errors = [answer.gain_errors or nobody for answer in answers]
        else:
            gains = [(answer.gain,) * len(nobody) for answer in answers]
            errors = [nobody]
        self.values[place] = np.concatenate([self.values[place], np.array(gains, dtype=float)])
        left = [k for k, answer in enumerate(answers) if answer.status == "ok"]
        if left:  # skipped are the others
            kept = np.array(errors, dtype=float)
            self.errors[place] = (kept[left] if len(kept) > 1 else kept).mean(axis=0)
            told = [answers[k].gain_parts or nobody for k in left]
            self.parts[place] = [_mean_parts(parts) for parts in zip(*told, strict=True)]

    def estimate(self, amount: Sum) -> Estimate:
        """Estimate a sum of money from what was trained."""
        main = {place: w for place, w in amount.weights.items() if place.of is None}
        terms = {place: w for place, w in amount.weights.items() if place.of is not None}
        most = min(len(self.values[place]) for place in main)
        there = [~np.isnan(self.values[at][:most]).all(axis=1) for at in main]
        paired = np.flatnonzero(np.all(there, axis=0))
        count = len(paired)
        if count < 2:
            raise OracleError(
                f"trainings failed with all but {count} of {most} seeds held out, and two are "
                "needed: `holdout_seeds` 0 answers unverified"
            )
        each = np.sum([_worth(self.values[at][paired], w) for at, w in main.items()], axis=0)
        value = amount.constant + float(each.mean())
        variances = [float(each.var(ddof=1)) / count]
        for place, weight in terms.items():
            assert place.of is not None
            value += float(_worth(self._there(place), weight).mean())
            spread = float(_worth(self._there(place.of), weight).var(ddof=1))
            variances.append(spread / len(self._there(place)))
        variance, squares = sum(variances), sum(part**2 for part in variances)
        test_error, test_freedom = self._test_error(amount)
        return Estimate(
            value=value,
            seeds_error=float(np.sqrt(variance)),
            test_error=test_error,
            freedom=(count - 1) * (variance**2 / squares if squares > 0 else 1.0),
            seeds=count,
            test_freedom=test_freedom,
        )

    def _test_error(self, amount: Sum) -> tuple[float | None, float]:
        """Return the error that stems from the test rows, and its degrees of freedom.

        Organizations have rows of their own, so that their variances add up.
        """
        variances, squares = [0.0], 0.0
        for n in range(len(self.oracle.spec().organizations)):
            own = [(at, float(w[n])) for at, w in amount.weights.items() if w[n]]
            told = [part for at, _ in own if (part := self.parts[at][n]) is not None]
            if own and len(told) == len(own) and len(set(map(len, told))) == 1:
                rows = np.array([weight for _, weight in own]) @ np.array(told)
                variances.append(float(rows.var(ddof=1)) / rows.size)
                squares += variances[-1] ** 2 / (rows.size - 1)
                continue
            added = sum(w * self.errors[at][n] for at, w in own if w > 0)
            taken = sum(w * self.errors[at][n] for at, w in own if w < 0)
            variances.append(float(added**2 + taken**2))
        variance = sum(variances)
        freedom = variance**2 / squares if squares > 0 else float("inf")
        return (None, freedom) if np.isnan(variance) else (float(np.sqrt(variance)), freedom)


def _mean_parts(told: Sequence[Sequence[float] | None]) -> Array | None:
    """Return the mean over seeds of what one organization's rows gain, part by part."""
    known = [part for part in told if part is not None]
    if len(known) < len(told) or len(set(map(len, known))) != 1 or len(known[0]) < 2:
        return None
    return np.asarray(np.mean(known, axis=0))


def _worth(gains: Array, weight: Array) -> Array:
    """Return weighted gains, shape (S,); what does not count may be unknown."""
    counts = weight != 0
    return np.asarray(gains[:, counts] @ weight[counts])


def _query(place: Place, seed: int) -> Query:
    return Query(place.profile, None if place.alone is None else (place.alone,), seed)
