"""The reference oracle really learns, and answers a query in one way only."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles.federation.reference import _SHUFFLE, ReferenceOracle, _rng
from coopetition.oracles.federation.training import federated_weights
from coopetition.oracles.protocol.measurement import mean_gain, measured_gains
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Query

NAMES = ("North", "South", "West")


@pytest.fixture(scope="module")
def oracle() -> ReferenceOracle:
    return ReferenceOracle(organizations=NAMES, local_rows=240, upper=300)


def test_it_learns_to_read_digits() -> None:
    full = ReferenceOracle(organizations=NAMES)
    query = Query((400.0,) * 3)
    assert full.accuracy(query) > 0.9
    # The gain is the decrease of the log-loss: exp(−loss) is a typical probability of the truth.
    gain = measured_gains(full, [query])[0]
    assert 1.5 < gain < full.spec().baseline


def test_it_learns_to_tell_tumors() -> None:
    tumors = ReferenceOracle(organizations=NAMES, dataset="breast-cancer", local_rows=90)
    assert tumors.spec().baseline == pytest.approx(np.log(2))
    assert tumors.accuracy(Query((100.0,) * 3)) > 0.9


def test_synthetic_rows_help_and_help_less_and_less(oracle: ReferenceOracle) -> None:
    at = [mean_gain(oracle, [x] * 3, range(4)) for x in (0.0, 75.0, 150.0, 300.0)]
    first = np.subtract(at[1].values, at[0].values)  # seed by seed
    assert first.mean() > 10 * first.std(ddof=1) / 2
    slopes = np.diff([m.mean for m in at]) / [75.0, 75.0, 150.0]
    assert (np.diff(slopes) < 0).all()
    assert (slopes > 0).all()


def test_the_same_query_has_the_same_answer_whatever_came_before(oracle: ReferenceOracle) -> None:
    queries = [Query((50.0, 0.0, 120.0), seed=s) for s in (3, 1, 3)]
    first = measured_gains(oracle, queries)
    assert first[0] == first[2] != first[1]
    oracle.close()
    fresh = ReferenceOracle(organizations=NAMES, local_rows=240, upper=300)
    assert (measured_gains(fresh, queries[::-1])[::-1] == first).all()


def test_another_process_answers_to_the_last_bit(oracle: ReferenceOracle) -> None:
    code = (
        "from coopetition.oracles.federation.reference import ReferenceOracle as R\n"
        "from coopetition.oracles.protocol.query import Query as Q\n"
        f"o = R(organizations={NAMES!r}, local_rows=240, upper=300)\n"
        "a = o.evaluate([Q((50.0, 0.0, 120.0), seed=3), Q((9.0, 9.0, 9.0), coalition=(0, 2))])\n"
        "print(o.spec().fingerprint, *[e.gain.hex() for e in a])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = measured_gains(
        oracle, [Query((50.0, 0.0, 120.0), seed=3), Query((9.0, 9.0, 9.0), coalition=(0, 2))]
    )
    assert run.stdout.split() == [
        oracle.spec().fingerprint,
        *[float(gain).hex() for gain in here],
    ]


def test_fewer_rows_are_the_first_of_more(oracle: ReferenceOracle) -> None:
    few = oracle.synthetic(1, Query((0.0, 40.0, 0.0), seed=5))
    more = oracle.synthetic(1, Query((10.0, 300.0, 20.0), seed=5))
    larger = ReferenceOracle(organizations=NAMES, local_rows=240, upper=500)
    most = larger.synthetic(1, Query((0.0, 500.0, 0.0), seed=5))
    for rows in (more, most):
        assert (rows.features[:40] == few.features).all()
        assert (rows.labels[:40] == few.labels).all()
    other = oracle.synthetic(1, Query((0.0, 40.0, 0.0), seed=6))
    assert (other.features != few.features).any()


def test_pairing_reduces_noise(oracle: ReferenceOracle) -> None:
    seeds = range(8)
    a, b = (np.array(mean_gain(oracle, [x] * 3, seeds).values) for x in (160.0, 150.0))
    assert (a - b).std() < 0.5 * np.hypot(a.std(), b.std())


def test_contributions_are_rounded_to_whole_rows(oracle: ReferenceOracle) -> None:
    gains = measured_gains(oracle, [Query((x, 0.0, 0.0)) for x in (19.6, 20.0, 20.4, 20.6)])
    assert gains[0] == gains[1] == gains[2] != gains[3]
    assert "rounded" in oracle.spec().unit


def test_synthetic_labels_follow_the_coalition_within_the_classes_held() -> None:
    skewed = ReferenceOracle(organizations=NAMES, alpha=0.3, local_rows=240, upper=5000)
    for coalition in (None, (0, 1)):
        query = Query((5000.0, 5000.0, 0.0), coalition)
        members = np.concatenate([skewed.local(n).labels for n in query.members])
        law = np.bincount(members, minlength=10)
        for n in (0, 1):
            held = np.unique(skewed.local(n).labels)
            wanted = np.zeros(10)
            wanted[held] = law[held] / law[held].sum()
            made = np.bincount(skewed.synthetic(n, query).labels, minlength=10) / 5000
            assert np.abs(made - wanted).max() < 4 * np.sqrt(0.25 / 5000)
            assert (made[wanted == 0] == 0).all()
    assert min(np.unique(skewed.local(n).labels).size for n in range(3)) < 10


@pytest.mark.parametrize("dataset", ["digits", "breast-cancer"])
def test_synthetic_rows_are_no_copies(dataset: str) -> None:
    made_by = ReferenceOracle(organizations=NAMES, dataset=dataset, local_rows=240)
    query = Query((200.0,) * 3)
    for n in range(3):
        real, made = made_by.local(n).features, made_by.synthetic(n, query).features
        between = np.linalg.norm(real[:, None] - real, axis=2)
        np.fill_diagonal(between, np.inf)
        nearest = np.linalg.norm(made[:, None] - real, axis=2).min(axis=1)
        assert np.median(nearest) > 0.8 * np.median(between.min(axis=1))
        assert nearest.min() > 0
        assert (made >= real.min(axis=0)).all()
        assert (made <= real.max(axis=0)).all()


def test_only_members_train(oracle: ReferenceOracle) -> None:
    alone = [oracle.weights(Query((x, 50.0, y), coalition=(1,))) for x, y in ((0, 0), (300, 300))]
    assert (alone[0] == alone[1]).all()
    answer = evaluate_checked(oracle, [Query((0.0,) * 3, coalition=(1,))])[0]
    assert answer.responded == (1,)
    everybody = measured_gains(oracle, [Query((0.0,) * 3), Query((0.0,) * 3, coalition=(0, 1, 2))])
    assert answer.gain is not None
    assert everybody[0] == everybody[1] > answer.gain


def test_nobody_gains_nothing_but_local_data_count(oracle: ReferenceOracle) -> None:
    nobody, zero = measured_gains(oracle, [Query((0.0,) * 3, coalition=()), Query((0.0,) * 3)])
    assert nobody == 0.0
    assert zero > 1.0


def test_one_silo_is_centralized_gradient_descent(oracle: ReferenceOracle) -> None:
    # Full batches make one epoch one gradient step, which is a line of algebra.
    slow = ReferenceOracle(
        organizations=NAMES, local_rows=240, rounds=3, epochs=1, batch_rows=10_000
    )
    rows = slow.local(0)
    x = np.column_stack([rows.features, np.ones(rows.labels.size)])
    weights = np.zeros((x.shape[1], 10))
    for _ in range(3):
        odds = np.exp(x @ weights)
        error = odds / odds.sum(axis=1, keepdims=True) - np.eye(10)[rows.labels]
        weights -= 0.02 / 10_000 * x.T @ error
    found = slow.weights(Query((0.0,) * 3, coalition=(0,)))
    assert found == pytest.approx(weights, rel=1e-9, abs=1e-15)


def test_averaging_is_by_rows(oracle: ReferenceOracle) -> None:
    one = ReferenceOracle(organizations=NAMES, local_rows=240, rounds=1)
    query = Query((30.0, 0.0, 100.0))
    counts = np.add(one.sizes, [30, 0, 100])
    # Synthetic labels follow the coalition's law, so each silo trains within the same query.
    separate = [
        federated_weights(
            {n: one._rows(n, query)}, 10, one._training, lambda m, r: _rng(0, m, r, _SHUFFLE)
        )
        for n in range(3)
    ]
    mean = np.einsum("n,nfc->fc", counts / counts.sum(), np.array(separate))
    assert one.weights(query) == pytest.approx(mean, abs=1e-14)


def test_stepwise_federated_averaging_repeats_the_whole_run(oracle: ReferenceOracle) -> None:
    query = Query((0.0, 120.0, 30.0), coalition=(1, 2), seed=5)
    weights = oracle.untrained()
    rows = {n: oracle.rows_trained(n, query) for n in query.members}
    for round_ in range(10):
        parts = [
            (rows[n] / sum(rows.values())) * oracle.update(n, weights, query, round_) for n in rows
        ]
        weights = np.sum(parts, axis=0)
    np.testing.assert_allclose(weights, oracle.weights(query), atol=1e-13)
    assert oracle.gain(weights) == pytest.approx(oracle.evaluate([query])[0].gain, abs=1e-12)


def test_more_rows_than_there_are_is_an_error(oracle: ReferenceOracle) -> None:
    with pytest.raises(InvalidInputError, match="South must be at most 300"):
        oracle.evaluate([Query((0.0, 301.0, 0.0))])


def test_sizes_and_skew_describe_the_deal() -> None:
    alike = ReferenceOracle(organizations=NAMES, alpha=1000.0)
    apart = ReferenceOracle(organizations=NAMES, alpha=0.1)
    assert sum(alike.sizes) == sum(apart.sizes) == 1797 - 539
    assert min(apart.sizes) >= 10
    assert alike.skew.max() < 0.15 < 0.8 < apart.skew.min()
    assert apart.skew.max() <= 2.0


def test_the_fingerprint_tells_settings_apart() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"alpha": 1.0},
        {"rounds": 9},
        {"learning_rate": 0.03},
        {"seed": 1},
    ]
    prints = {
        ReferenceOracle(organizations=NAMES, **change).spec().fingerprint for change in changes
    }
    assert len(prints) == len(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": "mnist"}, "digits, breast-cancer, got 'mnist'"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"alpha": 1e-9, "dataset": "breast-cancer"}, "larger alpha"),
        ({"local_rows": 29}, r"\[30, 1258\].*29"),
        ({"local_rows": 1259}, r"\[30, 1258\].*1259"),
        ({"rounds": 0}, "rounds"),
        ({"epochs": 1.5}, "epochs"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"organizations": ("a", "a")}, "distinct"),
        ({"organizations": ()}, "organizations"),
        ({"upper": (1, 2)}, "upper"),
        ({"upper": -1}, "upper"),
        ({"upper": float("nan")}, "upper"),
        ({"seed": -1}, "seed"),
    ],
)
def test_malformed_settings_are_named(change: dict[str, Any], words: str) -> None:
    good: dict[str, Any] = {"organizations": NAMES, "local_rows": 240}
    with pytest.raises(InvalidInputError, match=words):
        ReferenceOracle(**(good | change))
