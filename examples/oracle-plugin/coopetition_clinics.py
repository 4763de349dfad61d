"""An oracle as a plug-in: clinics that predict the progression of diabetes from patients' records.

The records are real: scikit-learn's diabetes data, 442 patients, ten measurements each. A clinic's
contribution is the number of records that it prepares for training besides those it has ready.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games import InvalidInputError
from coopetition.oracles.protocol import Evaluation, OracleSpec, Query

Array = NDArray[np.float64]
TEST_ROWS, VERSION = 122, "clinics-1"  # the version stands for the code: change it with the gains


def make(clinics: Sequence[str], ready: int = 10, ridge: float = 1.0, deal: int = 0) -> "Clinics":
    """Make the oracle; the arguments are the table [oracle.settings] of a scenario."""
    from sklearn.datasets import load_diabetes

    features, target = load_diabetes(return_X_y=True, scaled=False)
    order = np.random.default_rng(deal).permutation(target.size)
    most = (target.size - TEST_ROWS) // max(len(clinics), 1) - ready
    if ready < 1 or most < 1 or not ridge > 0:
        raise InvalidInputError(
            f"`ready` must be at least 1 and leave records to prepare, `ridge` positive, "
            f"got {ready} and {ridge} for {len(clinics)} clinics"
        )
    data = np.column_stack([(features - features.mean(0)) / features.std(0), target])[order]
    return Clinics(tuple(clinics), data, ready, most, ridge)


class Clinics:
    """Measure what ridge regression on pooled records gains in held-out error."""

    def __init__(
        self, names: tuple[str, ...], data: Array, ready: int, most: int, ridge: float
    ) -> None:
        self._test, rest = data[:TEST_ROWS], data[TEST_ROWS:]
        self._local = [rest[n :: len(names)][: ready + most] for n in range(len(names))]
        self._ready, self._ridge = ready, ridge
        self._naive = float(np.mean((self._test[:, -1] - rest[:, -1].mean()) ** 2))
        settings: list[Any] = [VERSION, names, ready, ridge]
        digest = hashlib.sha256(json.dumps(settings).encode() + data.round(6).tobytes())
        self._spec = OracleSpec(
            organizations=names,
            metric="decrease of the held-out squared error, relative to predicting the average",
            unit="patients' records, rounded to whole numbers",
            lower=(0.0,) * len(names),
            upper=(float(most),) * len(names),
            baseline=1.0,  # the relative error of predicting the average
            deterministic=True,
            provides=frozenset({"gain", "coalition"}),
            fingerprint=digest.hexdigest(),
            batch=16,
            seconds_hint=0.01,
        )

    def spec(self) -> OracleSpec:
        """Describe the oracle."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Fit the members' records, once per query, and test the fit on the held-out ones."""
        return [self._evaluate(query) for query in queries]

    def close(self) -> None:
        """Hold nothing."""

    def _evaluate(self, query: Query) -> Evaluation:
        start = time.perf_counter()
        if not query.members:
            return Evaluation("ok", 0.0, responded=())
        rows = np.concatenate([self._records(n, query) for n in query.members])
        weights, middle = self._fit(rows)
        misses = self._test[:, :-1] @ weights + middle - self._test[:, -1]
        gain = round(1.0 - float(np.mean(misses**2)) / self._naive, 9)  # the last bits vary
        return Evaluation("ok", gain, seconds=time.perf_counter() - start, responded=query.members)

    def _records(self, n: int, query: Query) -> Array:
        """Return a clinic's records: which come first depends on the seed and the clinic alone."""
        order = np.random.default_rng((query.seed, n)).permutation(len(self._local[n]))
        return self._local[n][order[: self._ready + round(query.contribution[n])]]

    def _fit(self, rows: Array) -> tuple[Array, float]:
        """Solve the ridge regression in closed form; the intercept is not shrunk."""
        middle, center = rows[:, -1].mean(), rows[:, :-1].mean(axis=0)
        features, target = rows[:, :-1] - center, rows[:, -1] - middle
        penalty = self._ridge * np.eye(features.shape[1])
        weights = np.linalg.solve(features.T @ features + penalty, features.T @ target)
        return weights, float(middle - center @ weights)
