"""What every silo of a Flower federation did: recorded before the strategy averages it away.

Nothing here imports Flower before it is used.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from coopetition.games.errors import OracleError, require
from coopetition.games.text.words import one_line
from coopetition.oracles.protocol.query import AnswerStatus, Evaluation, Query

_WHO = "query.partition"  # the message that asks a supernode which partition it holds

Metrics = dict[int, dict[int, dict[str, Any]]]


class RecordsSilos:
    """Mix into a Flower strategy: train one query, and keep what every silo replied.

    Put it before the strategy: ``class Strategy(RecordsSilos, FedAvg)``. Work goes to the
    coalition's members only, and each is told its own contribution, never another's. Silos are
    known by their partition; replies are aggregated in that order, so that a query has one answer
    to the last bit. Replies that rest on no examples are recorded but not aggregated: an average
    over nothing is NaN. A model that nobody trained stays as it was.

    The strategy must run under `coopetition.oracles.flower.worker.serve_flower`: there silos say
    who they are.

    Parameters
    ----------
    query
        What to train.
    settings
        Those of the strategy.

    Attributes
    ----------
    train_metrics, evaluate_metrics
        By round, from 1, and by silo: the metrics it replied, before aggregation. Round 0 is
        `evaluate_members`.
    failures
        By round and silo: why a silo that was asked did not reply.
    """

    def __init__(self, query: Query, **settings: Any) -> None:
        if not hasattr(super(), "start"):
            raise OracleError(
                f"{type(self).__name__} is a strategy of an older kind, such as those of "
                "flwr.server.strategy: take one of flwr.serverapp.strategy"
            )
        super().__init__(**settings)
        self.query = query
        self.train_metrics: Metrics = {}
        self.evaluate_metrics: Metrics = {}
        self.failures: dict[int, dict[int, str]] = {}
        self._silos: Mapping[int, int] = {}
        self._asked: set[int] = set()

    def start(self, grid: Any, initial_arrays: Any, *args: Any, **options: Any) -> Any:
        """Train as the strategy does; its result always holds a model."""
        result = super().start(grid, initial_arrays, *args, **options)  # type: ignore[misc]
        result.arrays = result.arrays or initial_arrays
        return result

    def configure_train(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
        """Send work to the members that the strategy selects."""
        messages = super().configure_train(server_round, arrays, config, grid)  # type: ignore[misc]
        return self._to_members(messages, grid)

    def configure_evaluate(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
        """Let the members that the strategy selects evaluate."""
        messages = super().configure_evaluate(server_round, arrays, config, grid)  # type: ignore[misc]
        return self._to_members(messages, grid)

    def evaluate_members(self, grid: Any, arrays: Any) -> dict[int, dict[str, Any]]:
        """Let all members evaluate a model, and return the metrics that each replied.

        Federated evaluation of the final model, once, whatever the strategy's
        ``fraction_evaluate`` is; a member that does not reply is a failure as in a round.

        Parameters
        ----------
        grid
            Flower's.
        arrays
            The model, an ArrayRecord.
        """
        app = require("flwr.app", "flower")
        key = getattr(self, "arrayrecord_key", "arrays")
        messages = [
            app.Message(app.RecordDict({key: arrays}), node, "evaluate")
            for node in _partitions(grid)
        ]
        replies = grid.send_and_receive(self._to_members(messages, grid))
        self._record(0, replies, self.evaluate_metrics)
        return self.evaluate_metrics[0]

    def aggregate_train(self, server_round: int, replies: Iterable[Any]) -> Any:
        """Record what every silo replied, then aggregate."""
        kept = self._record(server_round, replies, self.train_metrics)
        return super().aggregate_train(server_round, kept)  # type: ignore[misc]

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Any]) -> Any:
        """Record what every silo replied, then aggregate."""
        kept = self._record(server_round, replies, self.evaluate_metrics)
        return super().aggregate_evaluate(server_round, kept)  # type: ignore[misc]

    def evaluation(self, gain: float, **fields: Any) -> Evaluation:
        """Answer the query: with the gain, if somebody replied whenever asked.

        Parameters
        ----------
        gain
            What the trained model brings over the baseline.
        fields
            Further ones of the `Evaluation`.
        """
        reasons = {n: why for failures in self.failures.values() for n, why in failures.items()}
        responded = tuple(n for n in self.query.members if n not in reasons)
        error = "; ".join(f"silo {n}: {why}" for n, why in sorted(reasons.items())) or None
        if not responded:
            return Evaluation("failed", None, responded=(), error=error)
        status: AnswerStatus = "partial" if reasons else "ok"
        return Evaluation(status, gain, responded=responded, error=error, **fields)

    def _to_members(self, messages: Iterable[Any], grid: Any) -> list[Any]:
        """Keep the members' messages, and tell each silo what is its own."""
        self._silos = _partitions(grid)
        kept = {self._silos[m.metadata.dst_node_id]: m for m in messages}
        self._asked = set(kept) & set(self.query.members)
        return [self._own(silo, kept[silo]) for silo in sorted(self._asked)]

    def _own(self, silo: int, message: Any) -> Any:
        app = require("flwr.app", "flower")
        key = getattr(self, "configrecord_key", "config")
        config = app.ConfigRecord(dict(message.content.get(key, {})))
        config["contribution"] = self.query.contribution[silo]
        config["seed"] = self.query.seed
        config["coalition"] = list(self.query.members)
        about = message.metadata
        return app.Message(
            app.RecordDict({**message.content, key: config}),
            about.dst_node_id,
            about.message_type,
            ttl=about.ttl,
            group_id=about.group_id,
        )

    def _record(self, round_: int, replies: Iterable[Any], metrics: Metrics) -> list[Any]:
        """Note who replied what; return the replies to aggregate, in the order of the silos."""
        came = {self._silos[reply.metadata.src_node_id]: reply for reply in replies}
        good = {n: reply for n, reply in sorted(came.items()) if not reply.has_error()}
        for n in sorted(self._asked - set(good)):
            why = came[n].error.reason if n in came else "no reply in time"
            if "ActorDiedError" in why:  # although such processes are started again
                raise OracleError(f"Ray lost the process of silo {n}")
            self.failures.setdefault(round_, {})[n] = _reason(why)
        metrics[round_] = {
            n: {k: v for record in reply.content.metric_records.values() for k, v in record.items()}
            for n, reply in good.items()
        }
        rows = getattr(self, "weighted_by_key", "num-examples")
        return [reply for n, reply in good.items() if metrics[round_][n].get(rows) != 0]


class Introduced:
    """A ClientApp that also says which partition it holds, for else nodes have random numbers."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, message: Any, context: Any) -> Any:
        """Answer who it is, or hand the message on."""
        if message.metadata.message_type != _WHO:
            return self._app(message=message, context=context)
        app = require("flwr.app", "flower")
        silo = app.ConfigRecord({"partition": int(context.node_config["partition-id"])})
        return app.Message(app.RecordDict({"silo": silo}), reply_to=message)


@lru_cache(maxsize=1)
def _partitions(grid: Any) -> Mapping[int, int]:
    """Ask every node which partition it holds."""
    app = require("flwr.app", "flower")
    nodes = grid.get_node_ids()
    messages = [app.Message(app.RecordDict(), node, _WHO) for node in nodes]
    silos = {}
    for reply in grid.send_and_receive(messages):
        if reply.has_error():
            raise OracleError(f"a silo does not say who it is: {_reason(reply.error.reason)}")
        silos[reply.metadata.src_node_id] = reply.content["silo"]["partition"]
    return silos


def _reason(text: str) -> str:
    """Return the cause in what Flower says about a failure: the rest is the way there."""
    return one_line(text.rpartition(" Message: ")[2].rpartition(":<'")[2].removesuffix("'>"))
