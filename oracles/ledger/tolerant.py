"""A backend that fails at times: ask again, then leave the evaluation out or take another seed.

Failures are not random gaps. A backend that fails where gains are low leaves out what is low, and
nothing here can tell; therefore everything given up is counted, and there is a limit to it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.text.words import told
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import Closing, UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

OnFailure = Literal["stop", "skip", "reseed"]
ON_FAILURE: tuple[OnFailure, ...] = ("stop", "skip", "reseed")
MAX_FAILURES = 20  # evaluations given up, unless stated
OTHER_SEEDS = 3  # that stand in, at most
APART = 1_000_000  # between a seed and the next that stands in for it


@dataclass(slots=True)
class Failures:
    """What went wrong so far.

    Parameters
    ----------
    failed
        Attempts that failed, were partial, or brought no finite number.
    recovered
        Evaluations that succeeded when they were asked again.
    skipped
        Evaluations that are left out.
    reseeded
        Evaluations that have another seed than all others at their place.
    last
        Why the last attempt failed.
    """

    failed: int = 0
    recovered: int = 0
    skipped: int = 0
    reseeded: int = 0
    last: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: `measured.failures`."""
        return asdict(self)

    def __str__(self) -> str:
        """Say in one sentence what was given up; nothing if nothing failed.

        Examples
        --------
        >>> print(Failures(failed=5, recovered=2, skipped=1, last="node lost"))
        Failures: 5 attempts, the last: node lost; evaluations: 2 succeeded when asked again,
        1 left out.
        """
        if not self.failed:
            return ""
        parts = [
            f"{count:,} {what}"
            for count, what in (
                (self.recovered, "succeeded when asked again"),
                (self.skipped, "left out"),
                (self.reseeded, "trained with another seed, so not paired with the rest"),
            )
            if count
        ]
        known = f"; evaluations: {', '.join(parts)}" if parts else ""
        return f"Failures: {self.failed:,} attempts, the last: {self.last}{known}."


class TolerantOracle(Closing):
    """An oracle that goes on where the one behind it fails.

    What failed, was partial, is still pending when the time is over, or died with its worker is
    asked again. What fails then too is left to `on_failure`:

    * ``stop``: its failure is the answer, and whoever measures stops.
    * ``skip``: its failure is the answer, and whoever measures goes on without it.
    * ``reseed``: another seed stands in for it, the same in every run. It is no longer paired with
      other profiles at that seed: differences stay right and become less certain, as their
      standard errors show. If three other seeds fail too, it is an error.

    Put it before the ledger, `TolerantOracle(Ledger(path, oracle))`, which keeps every attempt and
    answers with none that failed.

    Parameters
    ----------
    retries
        How often a failed evaluation is asked again.
    max_failures
        How many evaluations may be skipped or reseeded; one more is an error.

    Attributes
    ----------
    failures
        What went wrong so far.
    trained
        How many evaluations the backend was asked for, all attempts counted.

    Raises
    ------
    InvalidInputError
        If a parameter is malformed.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> def train(x, seed):
    ...     return float("nan") if seed == 2 else x.sum() + seed
    >>> flaky = FunctionOracle(function=train, upper=(9.0, 9.0))
    >>> oracle = TolerantOracle(flaky, retries=1, on_failure="reseed")
    >>> [answer.gain for answer in oracle.evaluate([Query((1.0, 2.0), seed=s) for s in (1, 2)])]
    [4.0, 1000005.0]
    >>> oracle.failures.failed, oracle.failures.reseeded, oracle.trained
    (2, 1, 4)
    """

    def __init__(
        self,
        oracle: UtilityOracle,
        *,
        retries: int = 0,
        on_failure: OnFailure = "stop",
        max_failures: int = MAX_FAILURES,
    ) -> None:
        if on_failure not in ON_FAILURE:
            raise InvalidInputError(
                f"`on_failure` must be one of {', '.join(ON_FAILURE)}, got {told(on_failure)}"
            )
        self.oracle, self.failures = oracle, Failures()
        self._retries, self._policy = whole("retries", retries), on_failure
        self._most = whole("max_failures", max_failures)
        self._trained = 0  # without a ledger all of them, with one those that died

    @property
    def ledger(self) -> Ledger | None:
        """The ledger that answers first, if there is one."""
        return self.oracle if isinstance(self.oracle, Ledger) else None

    @property
    def trained(self) -> int:
        """How many evaluations the backend was asked for."""
        return self._trained + (self.ledger.trained if self.ledger else 0)

    @property
    def skips(self) -> bool:
        """Whether failures that it answers are to be left out."""
        return self._policy == "skip"

    def spec(self) -> OracleSpec:
        """Describe the oracle."""
        return self.oracle.spec()

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer each query, in order, after as many attempts as it takes.

        Raises
        ------
        OracleError
            If more than `max_failures` evaluations are given up, or no other seed helps.
        """
        answers = self._patiently(list(queries))
        given_up = [k for k, answer in enumerate(answers) if answer.status != "ok"]
        if self._policy == "stop":
            return answers
        for k in given_up:
            self._count_given_up()
            if self._policy == "reseed":
                answers[k] = self._reseeded(queries[k])
        return answers

    def _patiently(self, queries: list[Query]) -> list[Evaluation]:
        """Ask, and ask again what fails; what fails to the end is of status ``failed``."""
        answers = self._asked(queries)
        left = self._noted(answers, range(len(queries)))
        for _ in range(self._retries):
            if not left:
                break
            again = dict(zip(left, self._asked([queries[k] for k in left]), strict=True))
            for k, answer in again.items():
                answers[k] = answer
            still = self._noted(answers, left)
            self.failures.recovered += len(left) - len(still)
            left = still
        return answers

    def _noted(self, answers: list[Evaluation], places: Sequence[int]) -> list[int]:
        """Count what failed among some places, and return which."""
        failed = [k for k in places if answers[k].status != "ok"]
        for k in failed:
            self.failures.failed += 1
            self.failures.last = answers[k].error
            if answers[k].status == "pending":  # it was asked until the time was over
                answers[k] = replace(answers[k], status="failed", error="it is still pending")
        return failed

    def _asked(self, queries: list[Query]) -> list[Evaluation]:
        """Ask once; if that fails altogether ask one by one, so that it costs only who failed."""
        try:
            answers = evaluate_checked(self.oracle, queries)
        except OracleError as error:
            if len(queries) > 1:
                return [answer for query in queries for answer in self._asked([query])]
            if self._policy == "stop" and not self._retries:
                raise
            self._trained += 1
            return [Evaluation("failed", None, error=str(error))]
        if self.ledger is None:
            self._trained += sum(bool(q.members) for q in queries)
        return answers

    def _count_given_up(self) -> None:
        found = self.failures
        if found.skipped + found.reseeded >= self._most:
            raise OracleError(
                f"more evaluations failed than `max_failures` = {self._most} allows, "
                f"the last: {found.last}"
            )
        if self._policy == "skip":
            found.skipped += 1
        else:
            found.reseeded += 1

    def _reseeded(self, query: Query) -> Evaluation:
        """Return the answer with another seed."""
        for step in range(1, OTHER_SEEDS + 1):
            other = replace(query, seed=query.seed + step * APART)
            (answer,) = self._patiently([other])
            if answer.status == "ok":
                return answer
        raise OracleError(
            f"the evaluation of {query.contribution} failed with seed {query.seed} and "
            f"{OTHER_SEEDS} others, the last: {self.failures.last}; `on_failure` skip goes on"
        )

    def close(self) -> None:
        """Close the oracle."""
        self.oracle.close()
