"""What FLARE's server does with queries: take them, train, and say who replied."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Client
from typing import Any

from coopetition.games.errors import OracleError
from coopetition.games.text.words import one_line
from coopetition.oracles.nvflare.simulation import DOOR
from coopetition.oracles.protocol.query import Evaluation, Query

POLL = 0.1  # seconds between two looks at whether sites live
DIED = "its process died"

Share = dict[str, Any]
Replies = tuple[dict[int, Any], dict[int, str]]  # what came, and why the others failed
MeasuredAnswer = float | Evaluation  # a gain; or more, such as everybody's own
Gather = Callable[[Mapping[int, Share], Mapping[str, Any]], Replies]


class QueryTraining:
    """The training of one query: who takes part, and who has failed.

    Parameters
    ----------
    query
        What to train.
    gather
        Sends each site its share of the query and what all get, and collects the replies.
    """

    def __init__(self, query: Query, gather: Gather) -> None:
        self._query, self._gather = query, gather
        self._failures: dict[int, str] = {}

    def ask(self, **arguments: Any) -> dict[int, Any]:
        """Ask all who have not failed, and return their replies in the order of organizations.

        Raises
        ------
        OracleError
            If nobody replies.
        """
        replies, failures = self._gather({n: self._share(n) for n in self.responding}, arguments)
        self._failures |= failures
        if not replies:
            reasons = "; ".join(
                f"organization {n}: {why}" for n, why in sorted(self._failures.items())
            )
            raise OracleError(f"nobody replies ({reasons})")
        return dict(sorted(replies.items()))

    @property
    def responding(self) -> tuple[int, ...]:
        """Who has replied whenever asked."""
        return tuple(n for n in self._query.members if n not in self._failures)

    def _share(self, organization: int) -> Share:
        """Return what one site may know of the query."""
        return {
            "contribution": self._query.contribution[organization],
            "seed": self._query.seed,
            "coalition": list(self._query.members),
        }


def answer_queries(
    measure: Callable[[Query, QueryTraining], MeasuredAnswer],
    gather: Gather,
    job: Any,
    is_whole: Callable[[], bool],
) -> None:
    """Answer what comes through the door, until it is shut or FLARE aborts the job.

    Parameters
    ----------
    measure
        Trains one query and returns its gain, or an `Evaluation`; what it raises is the failure of
        that query. Who responded and how long it took is seen here.
    gather
        As in `QueryTraining`.
    job
        Whatever says whether FLARE ``is_aborted``.
    is_whole
        Says whether all sites can take another query, or only another simulation's can.
    """
    with Client(os.environ[DOOR]) as door, suppress(EOFError, OSError):
        while not job.is_aborted:
            if door.poll(0.5):
                answer = _answer(measure, gather, door.recv())
                if not job.is_aborted:  # else what looks like an answer is none
                    door.send((answer, is_whole()))


def _answer(
    measure: Callable[[Query, QueryTraining], MeasuredAnswer], gather: Gather, query: Query
) -> Evaluation:
    start, training = time.perf_counter(), QueryTraining(query, gather)
    try:
        found = measure(query, training)
        answer = found if isinstance(found, Evaluation) else Evaluation("ok", float(found))
    except Exception as problem:
        error = one_line(f"{type(problem).__name__}: {problem}")
        answer = Evaluation("failed", None, error=error)
    seconds = time.perf_counter() - start
    return replace(answer, seconds=seconds, responded=training.responding)
