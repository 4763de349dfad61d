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


def skips(oracle: UtilityOracle) -> bool:
    """Whether evaluations that failed are to be left out rather than to stop a measurement."""
    return bool(getattr(oracle, "skips", False))


def measured_gains(oracle: UtilityOracle, queries: Sequence[Query], *, gaps: bool = False) -> Array:
    """Return the gain of every query, shape (K,), or fail.

    With `gaps`, NaN stands for what the oracle skips.

    Raises
    ------
    OracleError
        If any evaluation is not ``ok``, for which no number ever stands in, has no gain that is
        common to all, or says that not all gain alike where own gains are not promised.
    """
    answers = evaluate_checked(oracle, queries)
    own = "gains" in oracle.spec().provides
    gaps = gaps and skips(oracle)
    return np.array(
        [
            math.nan if gaps and a.status != "ok" else _ok_gain(a, q, own=own)
            for a, q in zip(answers, queries, strict=True)
        ]
    )


def _check_ok(answer: Evaluation, query: Query) -> None:
    if answer.status != "ok":
        raise OracleError(
            f"the evaluation of {query.contribution} with seed {query.seed} is "
            f"{answer.status}: {answer.error}"
        )


def _ok_gain(answer: Evaluation, query: Query, *, own: bool) -> float:
    _check_ok(answer, query)
    if not own and any(gain not in (None, answer.gain) for gain in answer.gains or ()):
        raise OracleError(
            f"the evaluation of {query.contribution} with seed {query.seed} brought a gain for "
            f"each organization, {answer.gains}, and the common gain {answer.gain} is not theirs: "
            "where `provides` has `gains`, they are the game"
        )
    if answer.gain is None:
        raise OracleError(
            f"the evaluation of {query.contribution} with seed {query.seed} brought everybody's "
            "own gain, and none that is common to all"
        )
    return answer.gain


def measured_own_gains(
    oracle: UtilityOracle, queries: Sequence[Query], *, gaps: bool = False
) -> tuple[Array, Array | None]:
    """Return everybody's own gain at every query, shape (K, N), and their standard errors.

    NaN stands for those who take no part in a query; with `gaps`, for everybody in what the oracle
    skips. The errors stem from the test rows
    (`Evaluation.gain_errors`); None unless all are known.

    Raises
    ------
    OracleError
        If any evaluation is not ``ok``, or lacks the own gain of somebody who takes part.
    """
    names = oracle.spec().organizations
    gains, errors, known = [], [], True
    gaps = gaps and skips(oracle)
    for answer, query in zip(evaluate_checked(oracle, queries), queries, strict=True):
        if gaps and answer.status != "ok":
            gains.append(np.full(len(names), np.nan))
            errors.append(gains[-1])
            continue
        _check_ok(answer, query)
        nobody = (None,) * len(names)
        found, error = answer.gains or nobody, answer.gain_errors or nobody
        missing = [names[n] for n in query.members if found[n] is None]
        if missing:
            raise OracleError(
                f"the evaluation of {query.contribution} with seed {query.seed} lacks the own gain "
                f"of {', '.join(missing)}"
            )
        member = np.isin(np.arange(len(names)), query.members)
        gains.append(np.where(member, np.array(found, dtype=float), np.nan))
        errors.append(np.where(member, np.array(error, dtype=float), np.nan))
        known = known and not np.isnan(errors[-1][member]).any()
    return np.array(gains), np.array(errors) if known else None


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
    own = "gains" in oracle.spec().provides
    gains = [_ok_gain(a, q, own=own) for a, q in zip(answers, queries, strict=True)]
    return _averaged(np.array(gains), answers[0].standard_error)
