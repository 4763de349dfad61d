"""Ask and tell: for learning stacks that own the loop and cannot be called.

The stack's loop asks for the queries that wait and tells what it measured; the toolkit, in another
thread, sees an ordinary oracle. With `serve_lines` in that thread the loop serves another process.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, wait

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import Closing
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query


class AskTell(Closing):
    """An oracle whose answers come from a loop in another thread.

    A query that was asked in vain stays open: an answer that comes after the time-out is kept for
    whoever asks the same again.

    Parameters
    ----------
    spec
        What the loop can measure. `ask` hands out at most ``spec.batch`` queries at once.
    timeout
        Seconds that `evaluate` waits for all answers; None waits for ever.

    Examples
    --------
    >>> loop = AskTell(OracleSpec(organizations=("North",), metric="accuracy", unit="rows",
    ...     lower=(0.0,), upper=(500.0,), baseline=0.1, deterministic=True,
    ...     provides=frozenset({"gain"}), fingerprint="north-1"), timeout=10.0)
    >>> def train():
    ...     while queries := loop.ask():
    ...         for query in queries:
    ...             loop.tell(query, Evaluation("ok", query.contribution[0] / 1000))
    >>> thread = threading.Thread(target=train)
    >>> thread.start()
    >>> loop.evaluate([Query((250.0,))])[0].gain
    0.25
    >>> loop.close()
    >>> thread.join()
    """

    def __init__(self, spec: OracleSpec, *, timeout: float | None = 3600.0) -> None:
        self._spec, self._timeout = spec, timeout
        self._changed = threading.Condition()
        self._waiting: deque[Query] = deque()
        self._open: dict[Query, Future[Evaluation]] = {}
        self._closed = False

    def spec(self) -> OracleSpec:
        """Describe what the loop measures."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Put the queries to the loop and wait for its answers.

        Raises
        ------
        OracleError
            If an answer does not come in time, or the loop has closed.
        """
        with self._changed:
            if self._closed:
                raise OracleError("the training loop has ended")
            for query in queries:
                if query not in self._open:
                    self._open[query] = Future()
                    self._waiting.append(query)
            asked = {query: self._open[query] for query in queries}
            self._changed.notify_all()
        late = wait(asked.values(), self._timeout).not_done
        if late:
            raise OracleError(
                f"the training loop did not answer {len(late)} of {len(asked)} queries "
                f"within {self._timeout:g} s"
            )
        with self._changed:
            for query, answer in asked.items():
                if self._open.get(query) is answer:
                    del self._open[query]
        try:
            return [asked[query].result() for query in queries]
        except CancelledError:
            raise OracleError("the training loop ended before it answered") from None

    def ask(self, timeout: float | None = None) -> list[Query]:
        """Wait for queries and return them; none if the time is over or the oracle was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
            size = 0 if self._closed else min(self._spec.batch, len(self._waiting))
            return [self._waiting.popleft() for _ in range(size)]

    def tell(self, query: Query, evaluation: Evaluation) -> None:
        """Answer a query; after the end nobody listens.

        Raises
        ------
        InvalidInputError
            If the query was not asked, or was answered before.
        """
        with self._changed:
            answer = self._open.get(query)
            if self._closed:
                return
            if answer is None or answer.done():
                raise InvalidInputError(
                    f"`query` must be one that waits for an answer, got {query}"
                )
            answer.set_result(evaluation)

    @property
    def closed(self) -> bool:
        """Whether the oracle was closed, by either side."""
        return self._closed

    def close(self) -> None:
        """End the loop: `ask` returns nothing more, and whoever waits gets an `OracleError`."""
        with self._changed:
            self._closed = True
            for answer in self._open.values():
                if not answer.done():
                    answer.cancel()
                    answer.set_running_or_notify_cancel()
            self._changed.notify_all()
