"""The JSON form: what is written is read back, and nothing else is."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.text.words import one_line
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.wire import dumps, loads, read_evaluation, read_query, read_spec
from tests.oracles.backends import SPEC


def test_malformed_descriptions_are_refused() -> None:
    body = json.loads(dumps(SPEC))
    for change, words in [
        ({"lower": [0.0]}, "`lower` must have 2 entries"),
        ({"organizations": "AB"}, "`organizations` must be a list"),
        ({"deterministic": 1}, "`deterministic` must be true or false"),
        ({"batch": 1.5}, "`batch` must be an integer"),
        ({"noise": 1}, "`noise` is not one of"),
        ({"upper": [1.0, float("inf")]}, "finite"),
        ({"baseline": float("nan")}, "`baseline` must be a finite number"),
    ]:
        with pytest.raises(OracleError, match=words):
            read_spec(body | change)
    with pytest.raises(OracleError, match="`metric` is missing"):
        read_spec({key: value for key, value in body.items() if key != "metric"})
    with pytest.raises(InvalidInputError, match="`state` must be a text"):
        read_query({"contribution": [1.0], "state": {}})
    with pytest.raises(OracleError, match="cannot be written as JSON"):
        dumps(Evaluation("ok", float("nan")))


numbers = st.floats(0, allow_infinity=False)
gains = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(numbers, min_size=3, max_size=3), st.sets(st.integers(0, 2)), st.integers(0))
def test_queries_survive_the_wire(x: list[float], members: set[int], seed: int) -> None:
    query = Query(tuple(x), tuple(members), seed, round=seed % 5, state="a \u2603\n")
    assert read_query(loads(dumps(query), "nobody")) == query


@given(gains, st.lists(gains), st.text(), st.lists(st.integers(0)))
def test_evaluations_survive_the_wire(
    gain: float | None, per: list[float | None], error: str, who: list[int]
) -> None:
    answer = Evaluation("partial", gain, tuple(per), None, 0.1, tuple(who), error)
    assert read_evaluation(loads(dumps(answer), "nobody")) == replace(answer, error=one_line(error))
