"""The oracle protocol: canonical queries, checked answers, measurements that never invent."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.measurement import mean_gain, measured_gains
from coopetition.oracles.protocol.oracle import FunctionOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query


class Scripted:
    """An oracle that returns what the test wants, and remembers what it was asked."""

    def __init__(self, answer: Any, batch: int = 3) -> None:
        self.answer = answer
        self.batch = batch
        self.calls: list[list[Query]] = []

    def spec(self) -> OracleSpec:
        """Describe three organizations."""
        return OracleSpec(
            organizations=("North", "South", "West"),
            metric="log-loss",
            unit="rows",
            lower=(0.0, 0.0, 1.0),
            upper=(10.0, 20.0, 30.0),
            baseline=2.3,
            deterministic=True,
            provides=frozenset({"gain", "coalition"}),
            fingerprint="scripted",
            batch=self.batch,
        )

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Remember the call and follow the script."""
        self.calls.append(list(queries))
        if callable(self.answer):
            return self.answer(queries)
        return [self.answer] * len(queries)

    def close(self) -> None:
        """Hold nothing."""


X = (1.0, 2.0, 3.0)


def one(answer: Any, query: Query | None = None) -> Evaluation:
    return evaluate_checked(Scripted(answer), [query or Query(X)])[0]


def test_outsiders_contribute_nothing_and_equal_questions_are_equal() -> None:
    assert Query(X, coalition=(2, 1)) == Query((9.0, 2.0, 3.0), coalition=(1, 2))
    assert Query(X, coalition=(0, 1, 2)) == Query(X)
    assert len({Query((0.0, 1.0)), Query((-0.0, 1.0))}) == 1
    assert math.copysign(1.0, Query((-0.0,)).contribution[0]) == 1.0
    assert Query(X, coalition=()).contribution == (0.0, 0.0, 0.0)
    assert Query((np.float64(1.0), 2)).contribution == (1.0, 2.0)


@given(
    x=st.lists(st.floats(0, 1e9), min_size=1, max_size=6),
    data=st.data(),
)
def test_canonical_form_is_a_fixed_point(x: list[float], data: st.DataObject) -> None:
    members = data.draw(st.one_of(st.none(), st.sets(st.integers(0, len(x) - 1)).map(tuple)))
    query = Query(tuple(x), members)
    assert Query(query.contribution, query.coalition) == query
    assert all(query.contribution[n] == x[n] for n in query.members)
    assert sum(query.contribution) == pytest.approx(sum(x[n] for n in query.members))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"contribution": ()}, "one number per organization"),
        ({"contribution": (1.0, math.nan)}, "contribution.*nan"),
        ({"contribution": (math.inf,)}, "contribution.*inf"),
        ({"contribution": (-1.0,)}, "contribution.*-1"),
        ({"contribution": (True,)}, "contribution.*True"),
        ({"contribution": ("7",)}, "contribution.*'7'"),
        ({"contribution": X, "coalition": (3,)}, "coalition.*0 to 2.*3"),
        ({"contribution": X, "coalition": (1, 1)}, "coalition.*twice"),
        ({"contribution": X, "coalition": (-1,)}, "coalition.*-1"),
        ({"contribution": X, "seed": -1}, "seed.*-1"),
        ({"contribution": X, "seed": 1.5}, "seed.*1.5"),
        ({"contribution": X, "round": -2}, "round.*-2"),
    ],
)
def test_malformed_queries_are_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        Query(**arguments)


def test_order_and_number_survive_batches_and_empty_coalitions() -> None:
    oracle = Scripted(lambda qs: [Evaluation("ok", sum(q.contribution)) for q in qs], batch=2)
    queries = [Query((float(k), 0.0, 1.0), None if k % 3 else ()) for k in range(8)]
    gains = [answer.gain for answer in evaluate_checked(oracle, queries)]
    assert gains == [0.0, 2.0, 3.0, 0.0, 5.0, 6.0, 0.0, 8.0]
    assert [len(call) for call in oracle.calls] == [2, 2, 1]
    assert not any(query.coalition == () for call in oracle.calls for query in call)


def test_the_zero_profile_is_asked_since_local_data_remain() -> None:
    oracle = Scripted(Evaluation("ok", 0.7))
    answer = evaluate_checked(oracle, [Query((0.0, 0.0, 1.0)), Query(X, coalition=())])
    assert [a.gain for a in answer] == [0.7, 0.0]


@pytest.mark.parametrize(
    "bad",
    [
        Evaluation("ok", math.nan),
        Evaluation("ok", math.inf),
        Evaluation("ok", None),
        Evaluation("partial", math.nan, responded=(0,)),
        Evaluation("ok", 1.0, gains=(1.0, math.nan, 1.0)),
        Evaluation("ok", 1.0, gains=(1.0,)),
        Evaluation("ok", 1.0, standard_error=math.nan),
        Evaluation("ok", 1.0, standard_error=-1.0),
        Evaluation("failed", 0.0, error="out of memory"),
    ],
)
def test_a_failure_is_never_a_number(bad: Evaluation) -> None:
    answer = one(bad)
    assert answer.status == "failed"
    assert answer.error
    assert (answer.gain, answer.gains, answer.standard_error) == (None, None, None)
    with pytest.raises(OracleError, match="failed"):
        measured_gains(Scripted(bad), [Query(X)])


def test_missing_organizations_make_it_partial() -> None:
    answer = one(Evaluation("ok", 1.0, responded=(0,)))
    assert answer.status == "partial"
    assert answer.error == "no reply from South, West"
    told = one(Evaluation("partial", 1.0, responded=(0, 1), error="West: the disk is full"))
    assert told.error == "no reply from West: West: the disk is full"
    assert one(Evaluation("ok", 1.0, responded=(0,)), Query(X, coalition=(0,))).status == "ok"
    with pytest.raises(OracleError, match="partial: no reply from South, West"):
        mean_gain(Scripted(Evaluation("ok", 1.0, responded=(0,))), X, range(2))


def test_pending_keeps_no_gain_and_stops_a_measurement() -> None:
    answer = one(Evaluation("pending", 5.0, error="ticket 12"))
    assert (answer.status, answer.gain, answer.error) == ("pending", None, "ticket 12")
    with pytest.raises(OracleError, match="pending: ticket 12"):
        mean_gain(Scripted(Evaluation("pending", None, error="ticket 12")), X, [0])


def test_the_backends_exception_is_the_cause() -> None:
    def crash(queries: Sequence[Query]) -> list[Evaluation]:
        raise ZeroDivisionError("no rows")

    with pytest.raises(OracleError, match="ZeroDivisionError: no rows") as caught:
        one(crash)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda qs: [], "0 answers to 1 queries"),
        (lambda qs: [Evaluation("ok", 1.0)] * 2, "2 answers to 1 queries"),
        (lambda qs: [0.5], "must answer with an Evaluation"),
        (lambda qs: [Evaluation("fine", 1.0)], "must answer with an Evaluation"),  # type: ignore[arg-type]
        (lambda qs: None, "TypeError"),
    ],
)
def test_answers_out_of_step_raise(answer: Any, words: str) -> None:
    with pytest.raises(OracleError, match=words):
        one(answer)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query((1.0, 2.0)), "3 entries.*got 2"),
        (Query((1.0, 21.0, 3.0)), r"South must be in \[0, 20\], got 21"),
        (Query((1.0, 2.0, 0.5)), r"West must be in \[1, 30\], got 0.5"),
        (Query(X, round=3), "round.*does not provide"),
        (Query(X, state="r3"), "state.*does not provide"),
    ],
)
def test_queries_the_oracle_was_not_set_up_for(query: Query, words: str) -> None:
    oracle = Scripted(Evaluation("ok", 1.0))
    with pytest.raises(InvalidInputError, match=words):
        evaluate_checked(oracle, [Query(X), query])
    assert not oracle.calls  # nothing was spent


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"organizations": ()}, "distinct names"),
        ({"organizations": ("a", "a")}, "distinct names"),
        ({"lower": (0.0,)}, "`lower` must have 2 entries"),
        ({"lower": (3.0, 0.0)}, "must not exceed.*3 and 2 for a"),
        ({"upper": (2.0, math.inf)}, "upper"),
        ({"batch": 0}, "batch"),
    ],
)
def test_malformed_specs_are_named(change: dict[str, Any], words: str) -> None:
    good: dict[str, Any] = {
        "organizations": ("a", "b"),
        "metric": "accuracy",
        "unit": "rows",
        "lower": (0.0, 0.0),
        "upper": (2.0, 2.0),
        "baseline": 0.1,
        "deterministic": True,
        "provides": frozenset({"gain"}),
        "fingerprint": "f",
    }
    OracleSpec(**good)
    with pytest.raises(InvalidInputError, match=words):
        OracleSpec(**(good | change))


def test_a_function_gets_the_seed_and_coalition_it_asks_for() -> None:
    def gain(x: np.ndarray, seed: int, coalition: tuple[int, ...] | None) -> float:
        return float(x.sum()) + 100 * seed + (1000 if coalition is None else 0)

    oracle = FunctionOracle(function=gain, upper=(9.0, 9.0))
    queries = [Query((1.0, 2.0), seed=3), Query((1.0, 2.0), coalition=(1,))]
    assert measured_gains(oracle, queries).tolist() == [1303.0, 2.0]
    plain = FunctionOracle(function=lambda x: x.sum(), upper=(9.0, 9.0))
    with pytest.raises(InvalidInputError, match="coalition"):
        measured_gains(plain, queries)


def noisy(x: np.ndarray, seed: int) -> float:
    shock = np.random.default_rng(seed).normal(scale=1.0)
    return float(np.log1p(x.sum()) + shock)


def test_mean_gain_is_the_plain_average() -> None:
    oracle = FunctionOracle(function=noisy, upper=(9.0, 9.0))
    found = mean_gain(oracle, [1.0, 2.0], range(5, 25))
    values = [noisy(np.array([1.0, 2.0]), seed) for seed in range(5, 25)]
    assert found.values == tuple(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.standard_error == pytest.approx(np.std(values, ddof=1) / math.sqrt(20))


def test_one_value_has_no_spread_unless_the_backend_knows_it() -> None:
    assert mean_gain(Scripted(Evaluation("ok", 1.0)), X, [0]).standard_error is None
    known = Evaluation("ok", 1.0, standard_error=0.2)
    assert mean_gain(Scripted(known), X, [0]).standard_error == 0.2


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_seeds_must_be_distinct(seeds: list[int]) -> None:
    oracle = FunctionOracle(function=noisy, upper=(9.0, 9.0))
    with pytest.raises(InvalidInputError, match="seeds"):
        mean_gain(oracle, [1.0, 2.0], seeds)
