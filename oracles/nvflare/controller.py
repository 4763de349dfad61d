"""For those who have a ModelController of NVIDIA FLARE: queries in, every reply seen."""

import copy
import time
from collections.abc import Mapping
from typing import Any

from coopetition.oracles.nvflare.queries import (
    DIED,
    POLL,
    MeasuredAnswer,
    QueryTraining,
    Replies,
    Share,
    answer_queries,
)
from coopetition.oracles.nvflare.simulation import Sites
from coopetition.oracles.protocol.query import Query


class MeasuresQueries:
    """Mix into a ModelController: it trains queries, and no reply that is missing goes unseen.

    Put it before the controller, ``class Federation(MeasuresQueries, ModelController)``, and
    rename ``run`` to ``measure``; it returns the gain, or an `Evaluation` that also has everybody's
    own. `send_model_and_wait` then asks the coalition's members only, under any ``task_name``. A
    site finds its share of the query in ``FLModel.meta``. A site that fails once is not asked again
    in this query, which makes the answer ``partial``; it is ``failed`` when nobody is left, or with
    whatever ``measure`` raises.

    By default FLARE's sites ask for work every 2 s, which is most of the time that a small model
    takes: ``job.to_server({"server": {"task_request_interval": 0.05}})``.

    Parameters
    ----------
    settings
        Those of the controller.

    Attributes
    ----------
    replies
        What came back in this query, before any aggregation: for each time that a model was
        sent, an FLModel by organization.

    Examples
    --------
    >>> class Federation(MeasuresQueries):  # and ModelController
    ...     def measure(self, query: Query) -> float:
    ...         model = FLModel(params=initial_weights())
    ...         for model.current_round in range(10):
    ...             model.params = average(self.send_model_and_wait(data=model))
    ...         return accuracy(model.params) - 0.1
    """

    def __init__(self, **settings: Any) -> None:
        # The error of one site is a failure of that site: the job goes on.
        super().__init__(**({"ignore_result_error": True, "task_check_period": 0.05} | settings))
        self.replies: list[dict[int, Any]] = []
        self._lost: dict[int, str] = {}

    def measure(self, query: Query) -> MeasuredAnswer:
        """Train one query and return its gain: what a custom controller defines."""
        raise NotImplementedError(f"{type(self).__name__} must define measure(query)")

    def run(self) -> None:
        """Take queries and answer them, until there are no more."""
        self._sites = Sites()
        answer_queries(self._measure, self._gather, self, lambda: not self._lost)

    @property
    def is_aborted(self) -> bool:
        """Whether FLARE has aborted the job."""
        return bool(self.abort_signal.triggered)  # type: ignore[attr-defined]

    def send_model_and_wait(
        self, task_name: str = "train", data: Any = None, *, timeout: int = 600
    ) -> list[Any]:
        """Send a model to the members and return their replies, in the order of organizations.

        Parameters
        ----------
        task_name, data
            As in FLARE.
        timeout
            Seconds that the task may take.

        Raises
        ------
        OracleError
            If nobody replies.
        """
        self.replies.append(self._training.ask(task_name=task_name, data=data, timeout=timeout))
        return list(self.replies[-1].values())

    def _measure(self, query: Query, training: QueryTraining) -> MeasuredAnswer:
        self._training, self.replies = training, []
        return self.measure(query)

    def _gather(self, shares: Mapping[int, Share], arguments: Mapping[str, Any]) -> Replies:
        replies: dict[int, Any] = {}
        for n, share in shares.items():
            model = copy.copy(arguments["data"])
            model.meta = dict(model.meta or {}) | share
            self._send(n, replies, dict(arguments) | {"data": model})
        while self.get_num_standing_tasks() and not self.is_aborted:  # type: ignore[attr-defined]
            if set(shares) - set(replies) <= self._sites.dead():
                self.cancel_all_tasks()  # type: ignore[attr-defined]
                break
            time.sleep(POLL)
        dead = self._sites.dead()
        lost = {n: DIED if n in dead else "no reply" for n in shares if n not in replies}
        self._lost |= lost
        return replies, lost

    def _send(self, organization: int, replies: dict[int, Any], arguments: dict[str, Any]) -> None:
        self.send_model(  # type: ignore[attr-defined]
            **arguments,
            targets=[self._sites.names[organization]],
            callback=lambda reply: replies.__setitem__(organization, reply),
        )
