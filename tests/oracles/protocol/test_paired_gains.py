"""Own gains on parts of the test rows: what a difference of two models is certain to."""

import json
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.ledger.archive import export_ledger
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import FunctionOracle, evaluate_checked
from coopetition.oracles.protocol.own_test import PARTS, own_gains, paired_errors, paired_gain
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.wire import dumps, loads, read_evaluation

RNG = np.random.default_rng(3)


def error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size))


def answered(*losses: np.ndarray) -> Evaluation:
    """Return the answer whose organizations have these losses, against 1."""
    replies = {n: paired_gain(np.ones(rows.size), rows) for n, rows in enumerate(losses)}
    return Evaluation("ok", 0.0, **own_gains(Query((1.0,) * len(losses)), replies))


@pytest.mark.parametrize("rows", [2, 57, 100])
def test_up_to_a_hundred_rows_the_parts_are_the_rows(rows: int) -> None:
    before, one, other = RNG.normal(size=(3, rows))
    found, rival = paired_gain(before, one), paired_gain(before, other)
    assert sorted(found["gain_parts"]) == pytest.approx(sorted(before - one), abs=0)
    assert found["gain"] == pytest.approx((before - one).mean())
    assert found["gain_error"] == pytest.approx(error(before - one))
    # The same row stands in the same place whatever was lost at it: differences are paired.
    apart = np.subtract(rival["gain_parts"], found["gain_parts"])
    assert sorted(apart) == pytest.approx(sorted(one - other))


@pytest.mark.parametrize("rows", [101, 194, 1000])
def test_of_more_rows_parts_are_means_of_disjoint_equal_ones(rows: int) -> None:
    each = -(-rows // PARTS)
    count = -(-rows // each)
    marks = np.eye(rows)[:, : min(rows, 40)]  # a gain at a single row shows in one part
    shares = np.array([paired_gain(mark, np.zeros(rows))["gain_parts"] for mark in marks.T])
    last = rows - each * (count - 1)
    assert shares.shape[1] == count <= PARTS
    for share in shares:
        (place,) = np.flatnonzero(share)
        assert share[place] == pytest.approx(1 / (last if place == count - 1 else each))
    found = paired_gain(RNG.normal(size=rows), np.zeros(rows))
    sizes = np.r_[np.full(count - 1, each), last]
    assert np.average(found["gain_parts"], weights=sizes) == pytest.approx(found["gain"])


def test_rows_in_the_order_of_classes_are_mixed() -> None:
    """Parts of one class each would make an error of the classes' spread: five times too large."""
    rises = np.repeat([0.0, 1.0], 2500) + 0.05 * RNG.normal(size=5000)
    found = paired_gain(rises, np.zeros(5000))
    assert error(np.array(found["gain_parts"])) == pytest.approx(error(rises), rel=0.25)


def test_a_difference_is_as_certain_as_its_rows_and_not_as_its_terms() -> None:
    hard = RNG.exponential(size=80)
    one, other = answered(hard, hard), answered(0.9 * hard, RNG.exponential(size=80))
    near, far = paired_errors([one, other], [1.0, -1.0])
    assert near == pytest.approx(error(0.1 * hard))
    assert near is not None
    assert far is not None
    assert far > 5 * near
    mean = paired_errors([one, other, one], [0.25, -0.5, 0.25])  # over seeds too
    assert mean[0] == pytest.approx(near / 2)


def test_what_cannot_be_paired_is_not_known() -> None:
    three = RNG.normal(size=(3, 60))
    whole, short = answered(three[0], three[1]), answered(three[2], three[1][:50])
    assert paired_errors([whole, short], [1.0, -1.0])[1] is None
    assert paired_errors([whole, short], [1.0, -1.0])[0] is not None
    single = Evaluation("ok", 0.0, (0.1, 0.2), gain_errors=(0.1, 0.1))
    assert paired_errors([whole, single], [1.0, -1.0]) == (None, None)
    lonely = answered(three[0], three[1][:1])  # one test row has no error
    assert lonely.gain_errors is not None
    assert lonely.gain_errors[1] is None
    assert paired_errors([lonely], [1.0])[1] is None


@pytest.mark.parametrize("losses", [[1.0], [[1.0, 2.0]], [1.0, float("nan")], []])
def test_losses_that_are_none_are_refused(losses: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="`losses` must be"):
        paired_gain([1.0, 1.0] if losses else [], losses)


@pytest.mark.parametrize(
    ("gains", "parts", "words"),
    [
        ((0.1, 0.2), ((0.1, 0.3),), "reported 1 part lists for 2 organizations"),
        ((0.1, 0.2), ((0.1, 0.3), (0.2,)), "part list (0.2,) of South"),
        ((0.1, 0.2), ((0.1, float("nan")), None), "part list (0.1, nan) of North"),
        ((0.1, 0.2), (0.1, None), "part list 0.1 of North"),
        (None, (None, None), "parts or standard errors of gains, but no gains"),
    ],
)
def test_parts_are_checked(gains: object, parts: object, words: str) -> None:
    class Fixed(FunctionOracle):
        def evaluate(self, queries: object) -> list[Evaluation]:
            return [Evaluation("ok", 1.0, gains, gain_parts=parts)]  # type: ignore[arg-type]

    oracle = Fixed(function=len, upper=(9.0, 9.0), organizations=("North", "South"))
    (answer,) = evaluate_checked(oracle, [Query((1.0, 1.0))])
    assert (answer.status, answer.gains, answer.gain_parts) == ("failed", None, None)
    assert words in str(answer.error)


def test_parts_go_through_lines_ledgers_and_exports(tmp_path: Path) -> None:
    oracle = ReferenceOracle(
        organizations=("North", "South"), dataset="breast-cancer", rounds=1, upper=9, own_test=True
    )
    queries = [Query((3.0, 4.0)), Query((3.0, 0.0), (0,), seed=2)]
    live = evaluate_checked(oracle, queries)
    assert [p is None for p in live[1].gain_parts or ()] == [False, True]
    errors = paired_errors(live[:1], [1.0])
    assert live[0].gain_errors == pytest.approx(errors, abs=1e-8)
    assert [read_evaluation(loads(dumps(answer), "it")) for answer in live] == live
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        assert ledger.evaluate(queries) == ledger.evaluate(queries)
        for ending in ("jsonl", "csv"):
            export_ledger(ledger, tmp_path / f"gains.{ending}")
        (again,) = ledger.evaluate(queries[:1])
    assert again.gain_parts == live[0].gain_parts
    lines = [json.loads(line) for line in (tmp_path / "gains.jsonl").read_text().splitlines()]
    assert tuple(map(tuple, lines[0]["gain_parts"])) == live[0].gain_parts
    text = dumps(live[0]).replace('"gain_parts":[[', '"gain_parts":[["x",')
    with pytest.raises(OracleError, match=r"`gain_parts\[0\]\[0\]` must be a number, got 'x'"):
        read_evaluation(loads(text, "it"))
