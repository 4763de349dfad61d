"""Gains of a noisy oracle, averaged over seeds with a standard error, or not at all.

Seeds belong to the query, so two profiles can be compared with common random numbers: the
difference is then far less noisy than the difference of two independent averages.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query


@dataclass(frozen=True, slots=True)
class Measurement:
    """A gain, or a difference of gains, averaged over seeds.

    Parameters
    ----------
    mean
        Average of the values.
    standard_error
        Of the mean, from the spread of the values; None if one value leaves it unknown.
    n
        Number of values.
    values
        One per seed, in the order of the seeds.
    """

    mean: float
    standard_error: float | None
    n: int
    values: tuple[float, ...]


def _averaged(values: Array, standard_error: float | None = None) -> Measurement:
    n = values.size
    if n > 1:
        standard_error = float(values.std(ddof=1) / math.sqrt(n))
    return Measurement(float(values.mean()), standard_error, n, tuple(values.tolist()))


def measured_gains(oracle: UtilityOracle, queries: Sequence[Query]) -> Array:
    """Return the gain of every query, shape (K,), or fail.

    Raises
    ------
    OracleError
        If any evaluation is not ``ok``, for which no number ever stands in, or says that not all
        gain alike.
    """
    answers = evaluate_checked(oracle, queries)
    return np.array([_ok_gain(a, q) for a, q in zip(answers, queries, strict=True)])


def _check_ok(answer: Evaluation, query: Query) -> float:
    if answer.status != "ok" or answer.gain is None:
        raise OracleError(
            f"the evaluation of {query.contribution} with seed {query.seed} is "
            f"{answer.status}: {answer.error}"
        )
    return answer.gain


def _ok_gain(answer: Evaluation, query: Query) -> float:
    common = _check_ok(answer, query)
    if any(gain not in (None, common) for gain in answer.gains or ()):
        raise OracleError(
            f"the evaluation of {query.contribution} with seed {query.seed} brought a gain for "
            f"each organization, {answer.gains}, and the common gain {common} is not theirs"
        )
    return common


def measured_own_gains(
    oracle: UtilityOracle, queries: Sequence[Query]
) -> tuple[Array, Array | None]:
    """Return everybody's own gain at every query, shape (K, N), and their standard errors.

    The errors stem from the test rows (`Evaluation.gain_errors`); None unless all are known.

    Raises
    ------
    OracleError
        If any evaluation is not ``ok``, or lacks somebody's own gain.
    """
    names = oracle.spec().organizations
    gains, errors = [], []
    for answer, query in zip(evaluate_checked(oracle, queries), queries, strict=True):
        _check_ok(answer, query)
        found = answer.gains or (None,) * len(names)
        missing = [name for name, gain in zip(names, found, strict=True) if gain is None]
        if missing:
            raise OracleError(
                f"the evaluation of {query.contribution} with seed {query.seed} lacks the own gain "
                f"of {', '.join(missing)}"
            )
        gains.append(found)
        errors.append(answer.gain_errors or (None,))
    known = all(error is not None for row in errors for error in row)
    return np.array(gains, dtype=float), np.array(errors, dtype=float) if known else None


def mean_gain(
    oracle: UtilityOracle,
    contribution: ArrayLike,
    seeds: Iterable[int],
    coalition: tuple[int, ...] | None = None,
) -> Measurement:
    """Measure the gain of a profile, shape (N,), over seeds.

    Raises
    ------
    InvalidInputError
        If the seeds are not distinct, or the oracle was not set up for the profile.
    OracleError
        If any evaluation is not ``ok``.
    """
    x = tuple(np.asarray(contribution, dtype=float).tolist())
    queries = [Query(x, coalition, seed) for seed in seeds]
    if not queries or len({query.seed for query in queries}) < len(queries):
        found = [query.seed for query in queries]
        raise InvalidInputError(f"`seeds` must be distinct, and at least one, got {found}")
    answers = evaluate_checked(oracle, queries)
    gains = [_ok_gain(a, q) for a, q in zip(answers, queries, strict=True)]
    return _averaged(np.array(gains), answers[0].standard_error)
