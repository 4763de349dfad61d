"""The oracle protocol: how a learning backend, of any kind, answers "what gain?".

A backend implements three methods (`UtilityOracle`); a plain function suffices to start
(`FunctionOracle`). A failure is a value of its own, never a number: `evaluate_checked` catches
the backends that report NaN, lose an organization or answer out of step. Nothing here knows any
machine learning.
"""

import inspect
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, get_args

import numpy as np

from coopetition.games.errors import InvalidInputError, MissingDependencyError, OracleError
from coopetition.games.fingerprint import fingerprint_of
from coopetition.games.text.words import one_line, told
from coopetition.oracles.protocol.query import (
    AnswerStatus,
    Evaluation,
    OracleSpec,
    Query,
    Source,
    is_finite,
)


class Closing:
    """A base for what has `close`."""

    def close(self) -> None:
        """Release what is held."""

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


__all__ = [
    "AnswerStatus",
    "Evaluation",
    "FunctionOracle",
    "OracleSpec",
    "Query",
    "Source",
    "UtilityOracle",
    "evaluate_checked",
]

_NOTHING: dict[str, Any] = dict.fromkeys(
    ("gain", "gains", "gain_errors", "gain_parts", "standard_error")
)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0  # seconds until what is pending is asked again, doubling


class UtilityOracle(Protocol):
    """What a learning backend implements; no base class is needed.

    `evaluate` answers in the order and number of the queries, and reports what went wrong with
    one query as an `Evaluation` of status ``failed``. It raises only if it cannot go on at all.

    An oracle may have a number ``timeout``: for so many seconds it is asked again for evaluations
    that are ``pending``.
    """

    def spec(self) -> OracleSpec:
        """Describe the oracle."""
        ...

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer each query, in order."""
        ...

    def close(self) -> None:
        """Release what the backend holds; closing twice is harmless."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOracle:
    """Turn a plain function into an oracle.

    Parameters
    ----------
    function
        Maps an array of N contributions to a gain, or to N gains: each organization's own. It
        also gets ``seed`` and ``coalition`` if it has parameters of these names. As in `Query`,
        a coalition of None means all.
    upper
        Largest contribution per organization.
    organizations
        Names; numbered from 1 when left out.
    metric, unit, baseline
        As in `OracleSpec`.
    fingerprint
        By default a digest of the function: its code, what it closes over and the globals it uses
        (`coopetition.games.fingerprint`). It does not notice a change of files that it reads. ""
        where no digest can be made: a ledger then wants one that is stated.
    deterministic
        Set to False if the function draws random numbers of its own, not from ``seed``.
    own_gains
        Whether the function returns N gains. Said here, it is known before the first training, and
        what can use but a common gain refuses then.
    weights : N positive numbers, optional
        How much each own gain counts in their mean, which is the common gain: for example
        everybody's real samples. Equally, if left out.
    baselines
        As in `OracleSpec`.

    Examples
    --------
    >>> oracle = FunctionOracle(function=lambda x: 1 - 2 / (1 + x.sum()), upper=(9.0, 9.0))
    >>> evaluate_checked(oracle, [Query((1.0, 2.0))])[0].gain
    0.5
    >>> both = FunctionOracle(function=lambda x: [x.sum() / 8, -x[0] / 8], upper=(9.0, 9.0),
    ...     own_gains=True, weights=(300.0, 100.0))
    >>> answer = evaluate_checked(both, [Query((2.0, 2.0))])[0]
    >>> answer.gains, answer.gain
    ((0.5, -0.25), 0.3125)
    """

    function: Callable[..., Any]
    upper: tuple[float, ...]
    organizations: tuple[str, ...] = ()
    metric: str = "gain"
    unit: str = "rows"
    baseline: float = 0.0
    fingerprint: str = ""
    deterministic: bool = True
    own_gains: bool = False
    weights: tuple[float, ...] | None = None
    baselines: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse weights that weigh nothing."""
        size = len(self.upper)
        if self.weights is not None and not (
            len(self.weights) == size and all(is_finite(w) and w > 0 for w in self.weights)
        ):
            raise InvalidInputError(
                f"`weights` must be {size} positive numbers, one per organization, "
                f"got {told(self.weights)}"
            )

    @property
    def _keywords(self) -> set[str]:
        return {"seed", "coalition"} & set(inspect.signature(self.function).parameters)

    def spec(self) -> OracleSpec:
        """Describe the function."""
        names = self.organizations or tuple(f"organization {n + 1}" for n in range(len(self.upper)))
        return OracleSpec(
            organizations=names,
            metric=self.metric,
            unit=self.unit,
            lower=(0.0,) * len(names),
            upper=self.upper,
            baseline=self.baseline,
            deterministic=self.deterministic,
            provides=frozenset(
                {"gain"} | ({"gains"} if self.own_gains else set()) | self._keywords - {"seed"}
            ),
            fingerprint=self.fingerprint or fingerprint_of(self.function),
            baselines=self.baselines,
        )

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Call the function once per query."""
        keywords = self._keywords
        answers = []
        for query in queries:
            extra = {name: getattr(query, name) for name in keywords}
            answers.append(self._answer(self.function(np.array(query.contribution), **extra)))
        return answers

    def _answer(self, found: Any) -> Evaluation:
        """Return the evaluation that a number, or N of them, are; `fault` says what is wrong."""
        if isinstance(found, (str, bytes)):
            return Evaluation("ok", found)  # type: ignore[arg-type]  # `fault` quotes it
        if np.ndim(found) == 0:
            own = self.own_gains  # else one number is the common gain
            return Evaluation("ok", math.nan, found) if own else Evaluation("ok", float(found))
        gains = tuple(found.tolist() if isinstance(found, np.ndarray) else found)
        measured = [gain for gain in gains if gain is not None]
        if len(gains) != len(self.upper) or not measured or not all(map(is_finite, measured)):
            return Evaluation("ok", math.nan, gains)
        if len(set(measured)) == 1:  # their mean, without its rounding
            return Evaluation("ok", float(measured[0]), gains)
        weights = self.weights or (1.0,) * len(gains)
        counted = [w for w, gain in zip(weights, gains, strict=True) if gain is not None]
        return Evaluation("ok", float(np.average(measured, weights=counted)), gains)

    def close(self) -> None:
        """Do nothing: a function holds nothing."""


def evaluate_checked(
    oracle: UtilityOracle, queries: Sequence[Query], *, patience: float | None = None
) -> list[Evaluation]:
    """Put queries to an oracle and check its answers.

    Every answer stands in the place of its query. A gain that is missing, NaN or infinite
    becomes status ``failed``; members of the coalition that did not respond make it
    ``partial``. When nobody takes part the gain is 0 by definition of the baseline, and the
    backend is not asked. A ``pending`` query is asked again, with growing pauses.

    Parameters
    ----------
    oracle, queries
        Whom to ask what.
    patience
        Seconds for which pending evaluations are asked again; by default the oracle's ``timeout``,
        0 if it has none. Queries that are still pending then remain so.

    Raises
    ------
    InvalidInputError
        If the oracle was not set up for a query.
    OracleError
        If the backend raises, or does not return one `Evaluation` per query.

    Examples
    --------
    >>> oracle = FunctionOracle(function=lambda x: float("nan"), upper=(9.0,))
    >>> evaluate_checked(oracle, [Query((1.0,))])[0].error
    'the backend reported the gain nan'
    """
    spec = oracle.spec()
    for query in queries:
        _check_query(query, spec)
    none = (0.0,) * len(spec.organizations) if "gains" in spec.provides else None
    answers = [Evaluation("ok", 0.0, none, responded=())] * len(queries)
    asked = [i for i, query in enumerate(queries) if query.members]
    seconds = float(getattr(oracle, "timeout", 0.0)) if patience is None else patience
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        for start in range(0, len(asked), spec.batch):
            part = asked[start : start + spec.batch]
            for i, reply in zip(part, _ask(oracle, [queries[i] for i in part]), strict=True):
                answers[i] = _check_answer(reply, queries[i], spec)
        asked = [i for i in asked if answers[i].status == "pending"]
        left = end - time.monotonic()
        if not asked or left <= 0:
            break
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return answers


def _check_query(query: Query, spec: OracleSpec) -> None:
    """Refuse a query that the oracle was not set up for."""
    size = len(spec.organizations)
    if len(query.contribution) != size:
        raise InvalidInputError(
            f"`contribution` must have {size} entries, one per organization, "
            f"got {len(query.contribution)}"
        )
    for field in ("coalition", "round", "state"):
        if getattr(query, field) not in (None, ()) and field not in spec.provides:
            raise InvalidInputError(f"`{field}` must be None: this oracle does not provide it")
    for n in query.members:
        low, high, value = spec.lower[n], spec.upper[n], query.contribution[n]
        if not low <= value <= high:
            raise InvalidInputError(
                f"the contribution of {spec.organizations[n]} must be in [{low:g}, {high:g}], "
                f"got {value:g}"
            )


def _ask(oracle: UtilityOracle, queries: list[Query]) -> list[Evaluation]:
    """Call the backend; whatever it raises becomes an `OracleError`."""
    try:
        replies = list(oracle.evaluate(queries))
    except (OracleError, MissingDependencyError):
        raise
    except (Exception, SystemExit) as error:  # a backend may be a program that exits
        message = f"the backend raised {type(error).__name__}: {one_line(error)}"
        raise OracleError(message) from error
    if len(replies) != len(queries):
        raise OracleError(f"the backend gave {len(replies)} answers to {len(queries)} queries")
    for reply in replies:
        if not isinstance(reply, Evaluation) or reply.status not in get_args(AnswerStatus):
            raise OracleError(
                f"the backend must answer with an Evaluation, got {one_line(repr(reply))}"
            )
    return replies


def _check_answer(answer: Evaluation, query: Query, spec: OracleSpec) -> Evaluation:
    """Return the answer with a status that can be trusted, and a reason that can be printed."""
    if answer.error is not None:
        answer = replace(answer, error=one_line(answer.error))
    if answer.status in ("failed", "pending"):
        reason = answer.error or "the backend gave no reason"
        return replace(answer, **_NOTHING, error=reason)
    wrong = fault(answer, spec.organizations)
    if answer.gain is None and "gain" in spec.provides:
        wrong = wrong or "the backend promises a `gain`, and reported none"
    if wrong:
        return replace(answer, **_NOTHING, status="failed", error=wrong)
    if answer.gains is not None:
        parts = answer.gain_parts
        answer = replace(
            answer,
            gains=_floats(answer.gains),
            gain_errors=_floats(answer.gain_errors),
            gain_parts=None if parts is None else tuple(p and tuple(map(float, p)) for p in parts),
        )
    if answer.responded is not None:
        missing = [spec.organizations[n] for n in query.members if n not in answer.responded]
        if missing:
            said, reason = f"no reply from {', '.join(missing)}", answer.error or ""
            if reason and not reason.startswith(said):
                reason = f"{said}: {reason}"
            return replace(answer, status="partial", error=reason or said)
    return answer


def _floats(values: Sequence[float | None] | None) -> tuple[float | None, ...] | None:
    if values is None:
        return None
    return tuple(None if value is None else float(value) for value in values)


_IS_FINE: dict[str, Callable[[Any], bool]] = {
    "gain": is_finite,
    "standard error": lambda value: is_finite(value) and value >= 0,
    "part list": lambda value: (
        isinstance(value, (tuple, list)) and len(value) > 1 and all(map(is_finite, value))
    ),
}


def fault(answer: Evaluation, organizations: Sequence[str]) -> str | None:
    """Say what is wrong with the numbers of an answer, if anything is.

    Examples
    --------
    >>> fault(Evaluation("ok", float("inf")), ("North", "South"))
    'the backend reported the gain inf'
    >>> fault(Evaluation("ok", 0.5, (0.5, "high")), ("North", "South"))
    "the backend reported the gain 'high' of South"
    """
    if answer.gains is None and (answer.gain_errors or answer.gain_parts) is not None:
        return "the backend reported parts or standard errors of gains, but no gains"
    own = {
        "gain": answer.gains,
        "standard error": answer.gain_errors,
        "part list": answer.gain_parts,
    }
    for what, values in own.items():
        if values is None:
            continue
        if isinstance(values, str) or not hasattr(values, "__len__"):
            return f"the backend must report a list of {what}s, got {told(values)}"
        if len(values) != len(organizations):
            count, size = len(values), len(organizations)
            return f"the backend reported {count} {what}s for {size} organizations"
        for name, value in zip(organizations, values, strict=True):
            if value is None or _IS_FINE[what](value):
                continue
            return f"the backend reported the {what} {_shown(value)} of {one_line(name, 60)}"
    told_own = answer.gains is not None and any(gain is not None for gain in answer.gains)
    if not is_finite(answer.gain) and not (answer.gain is None and told_own):
        return f"the backend reported the gain {_shown(answer.gain)}"
    error = answer.standard_error
    if error is not None and not (is_finite(error) and error >= 0):
        return f"the backend reported the standard error {_shown(error)}"
    return None


def _shown(value: Any) -> str:
    return told(float(value) if isinstance(value, np.floating) else value)
