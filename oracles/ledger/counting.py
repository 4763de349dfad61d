"""An oracle whose evaluations are counted by the stage of a study that they are for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.ledger.tolerant import Failures, TolerantOracle
from coopetition.oracles.protocol.oracle import Closing, UtilityOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query


@dataclass(slots=True)
class Tally:
    """What a stage took: evaluations that were trained, others out of a ledger, and seconds."""

    trained: int = 0
    from_ledger: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        """Return what both took."""
        return Tally(
            self.trained + other.trained,
            self.from_ledger + other.from_ledger,
            self.seconds + other.seconds,
        )


class CountedOracle(Closing):
    """An oracle that counts what it is asked, and otherwise is the one that it stands before.

    What a ledger answers twice in one run was trained once, and is counted once.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = CountedOracle(FunctionOracle(function=lambda x: float(x.sum()), upper=(9.0,)))
    >>> with stage(oracle, "fit"):
    ...     _ = oracle.evaluate([Query((1.0,)), Query((2.0,))])
    >>> oracle.stages["fit"].trained
    2
    """

    def __init__(self, oracle: UtilityOracle) -> None:
        self.oracle = oracle
        self.stages: dict[str, Tally] = {}
        self.stage = "other"

    @property
    def ledger(self) -> Ledger | None:
        """The ledger that answers first, if there is one."""
        found = self.oracle
        if isinstance(found, TolerantOracle):
            return found.ledger
        return found if isinstance(found, Ledger) else None

    @property
    def failures(self) -> Failures:
        """What went wrong so far, where that does not stop it."""
        return self.oracle.failures if isinstance(self.oracle, TolerantOracle) else Failures()

    @property
    def skips(self) -> bool:
        """As of the oracle: whether failures that it answers are to be left out."""
        return bool(getattr(self.oracle, "skips", False))

    @property
    def timeout(self) -> float:
        """As of the oracle: for so many seconds it is asked again for what is pending."""
        return float(getattr(self.oracle, "timeout", 0.0))

    def spec(self) -> OracleSpec:
        """Describe the oracle."""
        return self.oracle.spec()

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Ask the oracle, and count what it answers; what is pending is no answer yet."""
        tally, ledger = self.stages.setdefault(self.stage, Tally()), self.ledger
        counter = self.oracle if isinstance(self.oracle, (Ledger, TolerantOracle)) else None
        before = counter.trained if counter else 0
        recalled = len(ledger.recalled) if ledger else 0
        start = perf_counter()
        try:
            answers = list(self.oracle.evaluate(queries))
            if not counter:  # what is no answer is somebody else's to say
                tally.trained += sum(getattr(a, "status", "") != "pending" for a in answers)
            return answers
        finally:
            tally.seconds += perf_counter() - start
            if counter:  # every attempt counts
                tally.trained += counter.trained - before
            if ledger:
                tally.from_ledger += len(ledger.recalled) - recalled

    def close(self) -> None:
        """Close the oracle."""
        self.oracle.close()


@contextmanager
def stage(oracle: UtilityOracle, name: str) -> Iterator[None]:
    """Count what an oracle is asked meanwhile as a stage's; others than counted ones go on."""
    if not isinstance(oracle, CountedOracle):
        yield
        return
    before, oracle.stage = oracle.stage, name
    try:
        yield
    finally:
        oracle.stage = before
