"""Own test rows: dealt like the real rows, nobody else's, and all else stays as it was."""

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.federation.silos import Silos, deal
from coopetition.oracles.protocol.query import Query

NAMES = ("North", "South", "West")
QUERIES = [Query((50.0, 0.0, 20.0), seed=1), Query((50.0, 0.0, 20.0), (0, 2), seed=1)]


def silos(*, own_test: bool, alpha: float = 0.5, seed: int = 4) -> Silos:
    return deal("digits", 3, alpha=alpha, local_rows=240, seed=seed, own_test=own_test)


def oracle(*, own_test: bool) -> ReferenceOracle:
    return ReferenceOracle(
        organizations=NAMES, alpha=0.5, local_rows=240, rounds=3, upper=60, own_test=own_test
    )


def test_every_test_row_has_one_owner_who_holds_its_class_in_proportion() -> None:
    dealt, plain = silos(own_test=True), silos(own_test=False)
    assert plain.own_test == ()
    for one, other in zip((*dealt.local, dealt.test), (*plain.local, plain.test), strict=True):
        assert (one.features == other.features).all()
    rows = np.concatenate([part.features for part in dealt.own_test])
    held = {row.tobytes() for part in dealt.local for row in part.features}
    assert not held & {row.tobytes() for row in rows}
    order = [np.lexsort(table.T) for table in (rows, dealt.test.features)]
    assert (rows[order[0]] == dealt.test.features[order[1]]).all()  # each once
    for label in range(10):
        real, own = (
            np.array([(part.labels == label).sum() for part in parts])
            for parts in (dealt.local, dealt.own_test)
        )
        assert np.abs(own - own.sum() * real / real.sum()).max() <= 1
        assert not own[real == 0].any()


def test_it_is_the_seed_alone_that_deals_them() -> None:
    first, again, other = (silos(own_test=True, seed=s).own_test for s in (4, 4, 5))
    assert all((a.features == b.features).all() for a, b in zip(first, again, strict=True))
    assert [a.labels.size for a in first] != [b.labels.size for b in other]


def test_members_get_their_own_gain_and_its_error_and_nothing_else_changes() -> None:
    plain, tested = oracle(own_test=False), oracle(own_test=True)
    assert plain.spec().fingerprint != tested.spec().fingerprint
    assert "gains" not in plain.spec().provides
    before, after = plain.evaluate(QUERIES), tested.evaluate(QUERIES)
    assert [a.gain for a in before] == [a.gain for a in after]
    assert [a.gains for a in before] == [None, None]
    all_own, two = after
    parts = tested._silos.own_test  # their mean over all rows is the common gain
    assert all_own.gains
    assert np.average(
        np.array(all_own.gains, dtype=float), weights=[p.labels.size for p in parts]
    ) == pytest.approx(all_own.gain, abs=1e-8)
    assert two.gains
    assert two.gain_errors
    assert [gain is None for gain in two.gains] == [False, True, False]
    # The error, by hand: log 10 is what an untrained model loses at every row.
    scores = np.column_stack([parts[0].features, np.ones(parts[0].labels.size)])
    scores = scores @ tested.weights(QUERIES[1])
    chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    rises = np.log(10 * chance[np.arange(len(scores)), parts[0].labels])
    assert two.gains[0] == pytest.approx(rises.mean(), abs=1e-8)
    assert two.gain_errors[0] == pytest.approx(rises.std(ddof=1) / np.sqrt(rises.size), abs=1e-8)


def test_a_deal_that_leaves_nobody_to_test_on_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="left an organization with 1 test rows"):
        deal("breast-cancer", 8, alpha=0.3, minimum=1, seed=3, own_test=True)
