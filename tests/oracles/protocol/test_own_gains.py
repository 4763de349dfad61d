"""Everybody's own gain goes through every door unchanged, or is refused in one sentence."""

import csv
import json
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles import AskTell, HttpOracle, serve_http
from coopetition.oracles.gains.measure_gains import measure_gains
from coopetition.oracles.ledger.archive import export_ledger
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.measurement import measured_gains
from coopetition.oracles.protocol.oracle import FunctionOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.wire import read_evaluation

NAMES = ("North", "South")
QUERIES = [Query((1 / 3, 2.0), seed=k) for k in range(3)]


def own(function: Any, **options: Any) -> FunctionOracle:
    return FunctionOracle(function=function, upper=(9.0, 9.0), organizations=NAMES, **options)


class Rising(FunctionOracle):
    """Own gains with the errors that test rows leave."""

    def evaluate(self, queries: Any) -> list[Evaluation]:
        """Answer with a gain that rises and one that falls."""
        self.asked.extend(queries)
        return [
            Evaluation(
                "ok",
                0.1,
                (query.contribution[0] / 7 + query.seed, -query.contribution[1] / 7),
                gain_errors=(0.1 / 3, 0.2 / 3 + query.seed),
            )
            for query in queries
        ]

    asked: list[Query] = []  # noqa: RUF012


@pytest.fixture
def backend() -> Rising:
    Rising.asked.clear()
    return Rising(function=len, upper=(9.0, 9.0), organizations=NAMES, own_gains=True,
                  baselines=(0.3, -1 / 3))  # fmt: skip


def test_a_function_may_return_them_and_the_common_gain_is_their_weighted_mean() -> None:
    assert "gains" in own(lambda x: x, own_gains=True).spec().provides
    (answer,) = evaluate_checked(own(lambda x: x, weights=(3.0, 1.0)), [Query((2.0, 6.0))])
    assert (answer.gains, answer.gain) == ((2.0, 6.0), 3.0)
    (answer,) = evaluate_checked(own(lambda x: [0.1, 0.1]), [Query((2.0, 6.0))])
    assert (answer.gains, answer.gain) == ((0.1, 0.1), 0.1)
    assert measured_gains(own(lambda x: [0.1, 0.1]), QUERIES[:1]).tolist() == [0.1]
    (answer,) = evaluate_checked(own(lambda x: [None, 0.3]), [Query((2.0, 6.0))])
    assert (answer.gains, answer.gain) == ((None, 0.3), 0.3)
    nobody = evaluate_checked(own(lambda x: x, own_gains=True), [Query((1.0, 1.0), ())])[0]
    assert (nobody.gains, nobody.gain) == ((0.0, 0.0), 0.0)
    with pytest.raises(OracleError, match=r"common gain 4\.0 is not theirs"):
        measured_gains(own(lambda x: x), [Query((2.0, 6.0))])
    with pytest.raises(InvalidInputError, match="`weights` must be 2 positive numbers"):
        own(lambda x: x, weights=(1.0,))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([1.0], "reported 1 gains for 2 organizations"),
        ([1.0, math.nan], "reported the gain nan of South"),
        (["much", 1.0], "reported the gain 'much' of North"),
        ([True, 1.0], "reported the gain True of North"),
        (np.array([1.0, -np.inf]), "reported the gain -inf of South"),
        (0.5, "must report a list of gains, got 0.5"),
        ([None, None], "reported the gain nan"),
    ],
)
def test_what_cannot_be_gains_is_refused_in_one_sentence(found: Any, words: str) -> None:
    (answer,) = evaluate_checked(own(lambda x: found, own_gains=True), [Query((1.0, 1.0))])
    assert (answer.status, answer.gain, answer.gains) == ("failed", None, None)
    assert words in str(answer.error)


@pytest.mark.parametrize(
    ("gains", "errors", "words"),
    [
        ((1.0, 2.0), (0.1,), "1 standard errors for 2 organizations"),
        ((1.0, 2.0), (0.1, -0.1), "the standard error -0.1 of South"),
        ((1.0, 2.0), (math.nan, 0.1), "the standard error nan of North"),
        (None, (0.1, 0.1), "standard errors of gains, but no gains"),
    ],
)
def test_errors_of_gains_are_checked_too(gains: Any, errors: Any, words: str) -> None:
    class Fixed(FunctionOracle):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            return [Evaluation("ok", 1.0, gains, gain_errors=errors) for _ in queries]

    oracle = Fixed(function=len, upper=(9.0, 9.0), organizations=NAMES)
    (answer,) = evaluate_checked(oracle, [Query((1.0, 1.0))])
    assert (answer.status, answer.gain_errors) == ("failed", None)
    assert words in str(answer.error)


def test_baselines_are_one_finite_number_each() -> None:
    with pytest.raises(InvalidInputError, match="`baselines` must have 2 entries"):
        own(len, baselines=(1.0,)).spec()
    with pytest.raises(InvalidInputError, match="got nan for South"):
        own(len, baselines=(1.0, math.nan)).spec()


def test_a_stranger_who_sends_a_text_is_told_which_entry() -> None:
    with pytest.raises(OracleError, match=r"`gains\[1\]` must be a number, got 'high'"):
        read_evaluation({"status": "ok", "gain": 1.0, "gains": [0.5, "high"]})


def test_the_ledger_keeps_and_exports_them(backend: Rising, tmp_path: Path) -> None:
    path, live = tmp_path / "gains.sqlite", evaluate_checked(backend, QUERIES)
    Rising.asked.clear()
    with Ledger(path, backend) as ledger:
        assert ledger.evaluate(QUERIES) == live
        assert ledger.evaluate(QUERIES) == live
        for ending in ("csv", "jsonl"):
            export_ledger(ledger, tmp_path / f"gains.{ending}")
    assert Rising.asked == QUERIES
    with Ledger(path) as replay:
        assert evaluate_checked(replay, QUERIES) == live
        assert replay.spec() == backend.spec()
    with (tmp_path / "gains.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    lines = [json.loads(line) for line in (tmp_path / "gains.jsonl").read_text().splitlines()]
    for key in ("gains", "gain_errors"):
        assert [tuple(json.loads(row[key])) for row in rows] == [getattr(a, key) for a in live]
        assert [tuple(line[key]) for line in lines] == [getattr(a, key) for a in live]


def test_a_server_and_a_loop_hand_them_on(backend: Rising) -> None:
    live = evaluate_checked(backend, QUERIES)
    with serve_http(backend) as server:
        there = HttpOracle(server.url)
        assert there.spec() == backend.spec()
        assert evaluate_checked(there, QUERIES) == live
    loop = AskTell(backend.spec(), timeout=10.0)

    def train() -> None:
        while queries := loop.ask():
            for query in queries:
                loop.tell(query, backend.evaluate([query])[0])

    thread = threading.Thread(target=train)
    thread.start()
    assert evaluate_checked(loop, QUERIES) == live
    loop.close()
    thread.join()


def test_measurements_have_a_row_per_profile_and_both_errors(
    backend: Rising, tmp_path: Path
) -> None:
    profiles, seeds = [[0.0, 7.0], [7.0, 0.0], [1.0, 1.0]], [5, 1]
    with Ledger(tmp_path / "gains.sqlite", backend) as ledger:
        found = measure_gains(ledger, profiles, seeds)
        again = measure_gains(ledger, profiles, seeds)
    assert len(Rising.asked) == 6
    assert found.means == pytest.approx(np.array([[3, -1], [4, 0], [22 / 7, -1 / 7]]))
    assert found.values[1].tolist() == [[6.0, 0.0], [2.0, 0.0]]
    assert found.standard_errors == pytest.approx(np.array([[2.0, 0.0]] * 3))
    assert found.test_errors == pytest.approx(np.array([[0.1 / 3, 0.2 / 3 + 3]] * 3))
    assert found.to_dict() == again.to_dict()
    one = measure_gains(own(lambda x: x, own_gains=True), profiles, [0])
    assert (one.standard_errors, one.test_errors) == (None, None)
    with pytest.raises(InvalidInputError, match="provides gain, but `gains` are needed"):
        measure_gains(own(lambda x: x.sum()), profiles, [0])
    with pytest.raises(OracleError, match="lacks the own gain of North"):
        measure_gains(own(lambda x: [None, 1.0], own_gains=True), profiles, [0])


def test_the_description_says_it_where_a_loop_cannot(backend: Rising) -> None:
    spec: OracleSpec = backend.spec()
    assert spec.baselines == (0.3, -1 / 3)
    assert spec.provides == {"gain", "gains"}
