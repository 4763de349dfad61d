"""The reference oracle: real federated learning, small enough to run in milliseconds.

The data come with scikit-learn, the rest is NumPy. All random numbers are keyed by (seed,
organization, round, purpose), so a query has one answer, whatever was asked before it.
"""

import hashlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.federation.silos import LabeledRows, Silos, deal
from coopetition.oracles.federation.synthesis import fit_gaussians
from coopetition.oracles.federation.training import (
    Training,
    accuracy,
    federated_weights,
    local_update,
    log_losses,
)
from coopetition.oracles.protocol.own_test import own_gains, paired_gain
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

_VERSION = "reference-1"  # part of the fingerprint: change it with any change of the gains
_DECIMALS = 9  # of a gain: linear algebra libraries differ in the last bits, see the docstring
_LABELS, _NOISE, _SHUFFLE = range(3)  # purposes of random numbers
SECONDS = 0.02  # of one training, roughly
_CACHE_BYTES = 2**28


def _rng(seed: int, organization: int, round_: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence((seed, organization, round_, purpose)))


class ReferenceOracle:
    """Measure what a federated softmax regression gains from synthetic rows.

    A contribution is the number of synthetic rows that an organization generates from its own
    rows and trains on besides them; it is rounded to the nearest whole number. The rows' labels
    follow the coalition's label law, restricted to the classes that the organization holds, and
    fewer rows are the first of more. The gain is the decrease of the log-loss, in nats, on
    common held-out rows, against the untrained model, rounded to 1e-9: the last bits depend on
    the linear algebra library and its threads. Only the coalition's members train.

    The default ten rounds stop well before convergence, as rounds that cost communication do;
    so a row adds gradient steps besides what can be learned from it.

    Parameters
    ----------
    organizations
        Names.
    dataset
        ``digits``, ``breast-cancer``, or a folder with the files of MNIST or Fashion-MNIST.
    alpha
        Concentration of the Dirichlet label skew; small is more skewed.
    local_rows
        Real rows dealt out in total; None deals all that are not held out for the test.
    upper
        Largest contribution, of all or per organization.
    rounds, epochs, learning_rate, batch_rows
        As in `Training`.
    seed
        Seed of the deal. The seeds of generation and training belong to the queries.
    own_test
        Whether the held-out rows are dealt out too, class by class in the proportions of the real
        rows. Evaluations then say each member's own gain, on its own test rows, with the standard
        error of the mean over these rows. Who takes no part has no model and no gain. Nothing else
        changes, and without it nothing does.

    Raises
    ------
    InvalidInputError
        If a setting is malformed.
    MissingDependencyError
        If scikit-learn, which brings the data, is not installed.

    Examples
    --------
    >>> oracle = ReferenceOracle(organizations=("North", "South"), local_rows=80, rounds=3)
    >>> low, high = oracle.evaluate([Query((0.0, 0.0)), Query((200.0, 200.0))])
    >>> 0 < low.gain < high.gain
    True
    """

    def __init__(
        self,
        *,
        organizations: Sequence[str],
        dataset: str = "digits",
        alpha: float = 2.0,
        local_rows: int | None = None,
        upper: float | Sequence[float] = 400.0,
        rounds: int = 10,
        epochs: int = 2,
        learning_rate: float = 0.02,
        batch_rows: int = 16,
        seed: int = 0,
        own_test: bool = False,
    ) -> None:
        self._training = Training(
            rounds=rounds, epochs=epochs, learning_rate=learning_rate, batch_rows=batch_rows
        )
        names = tuple(organizations)
        self._silos = deal(
            dataset, len(names), alpha=alpha, local_rows=local_rows, seed=seed, own_test=own_test
        )
        bounds = tuple(upper) if isinstance(upper, Sequence) else (upper,) * len(names)
        self._spec = OracleSpec(
            organizations=names,
            metric=f"decrease of the log-loss on held-out {Path(dataset).name}, nats",
            unit="synthetic rows, rounded to whole numbers",
            lower=(0.0,) * len(names),
            upper=bounds,
            baseline=math.log(self._silos.classes),
            deterministic=True,
            provides=frozenset({"gain", "coalition"} | ({"gains"} if own_test else set())),
            fingerprint=_fingerprint(self._silos, self._training),
            batch=16,
            seconds_hint=SECONDS,
        )
        self._generators = [fit_gaussians(rows) for rows in self._silos.local]
        row_bytes = 8 * self._silos.test.features.shape[1]
        kept = max(2 * len(names), int(_CACHE_BYTES / (row_bytes * (max(bounds) + 1))))
        self._pool = lru_cache(kept)(self._draw_pool)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of real rows that each organization holds."""
        return tuple(rows.labels.size for rows in self._silos.local)

    @property
    def skew(self) -> Array:
        """L1 distance of each organization's label law from the coalition's, in [0, 2]."""
        everybody = tuple(range(len(self.sizes)))
        law = self._silos.label_law(everybody)
        return np.array([np.abs(self._silos.label_law((n,)) - law).sum() for n in everybody])

    def spec(self) -> OracleSpec:
        """Describe the oracle."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Train once per query, and test the result on the held-out rows."""
        answers = []
        for query in queries:
            start = time.perf_counter()
            weights = self.weights(query) if query.members else self.untrained()
            gain = self.gain(weights) if query.members else 0.0
            answer = Evaluation("ok", gain, **self.own_gains(weights, query))
            seconds = time.perf_counter() - start
            answers.append(replace(answer, seconds=seconds, responded=query.members))
        return answers

    def gain(self, weights: Array) -> float:
        """Return the decrease of the held-out log-loss that a model brings, nats."""
        loss = float(log_losses(weights, self._silos.test).mean())
        return round(self._spec.baseline - loss, _DECIMALS)

    def own_gains(self, weights: Array, query: Query) -> dict[str, Any]:
        """Return each member's own gain of a model, as fields of an `Evaluation`.

        The fields are those of `own_gains`, in nats; none without own test rows.
        """
        if not self._silos.own_test:
            return {}
        return own_gains(query, {n: self.own_gain(n, weights) for n in query.members})

    def own_gain(self, organization: int, weights: Array) -> dict[str, Any]:
        """Return what a model brings on an organization's own test rows, as its silo replies it.

        A federated-learning stack that calls this on every member repeats `own_gains`.
        """
        losses = log_losses(weights, self._silos.own_test[organization])
        found = paired_gain(np.full(losses.size, self._spec.baseline), losses)
        parts = [round(part, _DECIMALS) for part in found["gain_parts"]]
        return {key: round(found[key], _DECIMALS) for key in ("gain", "gain_error")} | {
            "gain_parts": parts
        }

    def untrained(self) -> Array:
        """Return the weights that training starts from, shape (F + 1, C)."""
        return np.zeros((self._silos.test.features.shape[1] + 1, self._silos.classes))

    def update(self, organization: int, weights: Array, query: Query, round_: int) -> Array:
        """Return one organization's weights after its local epochs of one round.

        A federated-learning stack that calls this on every member, and averages by `rows_trained`,
        repeats `weights`.
        """
        rng = _rng(query.seed, organization, round_, _SHUFFLE)
        rows = self._rows(organization, query)
        return local_update(weights, rows, self._silos.classes, self._training, rng)

    def rows_trained(self, organization: int, query: Query) -> int:
        """Return how many rows an organization trains on, real and synthetic."""
        return self._rows(organization, query).labels.size

    def accuracy(self, query: Query) -> float:
        """Return the share of held-out rows that the trained model classifies correctly."""
        return accuracy(self.weights(query), self._silos.test)

    def weights(self, query: Query) -> Array:
        """Return the trained model, shape (F + 1, C); the last row is the bias."""
        silos = {n: self._rows(n, query) for n in query.members}
        return federated_weights(
            silos,
            self._silos.classes,
            self._training,
            lambda n, round_: _rng(query.seed, n, round_, _SHUFFLE),
        )

    def local(self, organization: int) -> LabeledRows:
        """Return the real rows of an organization, standardized."""
        return self._silos.local[organization]

    def synthetic(self, organization: int, query: Query) -> LabeledRows:
        """Return the synthetic rows that an organization generates for a query."""
        count, most = round(query.contribution[organization]), self._spec.upper[organization]
        if count > round(most):
            name = self._spec.organizations[organization]
            raise InvalidInputError(f"the contribution of {name} must be at most {most:g}")
        pool = self._pool(query.seed, organization, query.members)
        return LabeledRows(pool.features[:count], pool.labels[:count])

    def close(self) -> None:
        """Forget the cached synthetic rows."""
        self._pool.cache_clear()

    def _rows(self, organization: int, query: Query) -> LabeledRows:
        real, made = self.local(organization), self.synthetic(organization, query)
        return LabeledRows(
            np.concatenate([real.features, made.features]),
            np.concatenate([real.labels, made.labels]),
        )

    def _draw_pool(self, seed: int, organization: int, members: tuple[int, ...]) -> LabeledRows:
        return self._generators[organization].draw(
            self._silos.label_law(members),
            round(self._spec.upper[organization]),
            labels=_rng(seed, organization, 0, _LABELS),
            noise=_rng(seed, organization, 0, _NOISE),
        )


def _fingerprint(silos: Silos, training: Training) -> str:
    """Digest the data as dealt, the settings and the version of the code."""
    settings = json.dumps([_VERSION, silos.classes, asdict(training)])
    digest = hashlib.sha256(settings.encode())
    for rows in (*silos.local, silos.test, *silos.own_test):
        digest.update(np.int64(rows.labels.size).tobytes())
        # Rounded, so that the last bits of another machine do not make it another oracle.
        digest.update(rows.labels.tobytes() + (rows.features.round(6) + 0.0).tobytes())
    return digest.hexdigest()
