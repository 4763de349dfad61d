"""Claims and pies: the printed estates, defining properties, duality, refusals."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError
from coopetition.mechanisms.division import (
    CLAIMS,
    claims_game,
    equal,
    equal_awards,
    equal_losses,
    equal_surplus,
    fixed_shares,
    proportional,
    proportional_awards,
    split_surplus,
    talmud,
)

CLAIM_LISTS = st.lists(st.floats(0, 1000), min_size=1, max_size=8)


def contested_garment(first: float, second: float, estate: float) -> float:
    """Return what the first of two gets: what is not conceded to either is halved."""
    conceded = max(estate - second, 0.0)
    other = max(estate - first, 0.0)
    return conceded + (estate - conceded - other) / 2


@pytest.mark.parametrize(
    ("estate", "awards"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_estates_of_the_mishna(estate: float, awards: list[float]) -> None:
    """Ketubot 93a; Aumann and Maschler (1985)."""
    assert talmud([100, 200, 300], estate).values == pytest.approx(awards, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(CLAIM_LISTS, st.floats(0, 1))
def test_the_talmud_agrees_with_the_contested_garment_of_every_two(
    claims: list[float], share: float
) -> None:
    awards = talmud(claims, share * sum(claims)).values
    for i in range(len(claims)):
        for j in range(i):
            both = float(awards[i] + awards[j])
            expected = contested_garment(claims[i], claims[j], both)
            assert awards[i] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(CLAIM_LISTS, st.floats(0, 1))
def test_awards_and_losses(claims: list[float], share: float) -> None:
    c, total = np.array(claims), float(sum(claims))
    estate = share * total
    for name, rule in CLAIMS.items():
        found = rule(claims, estate).values
        assert found.sum() == pytest.approx(estate, abs=1e-9), name
        assert (found >= -1e-9).all(), name
        assert (found <= c + 1e-9).all(), name
    awards = equal_awards(claims, estate).values
    assert (awards >= np.minimum(c, awards.max()) - 1e-9).all()  # less than the most: all claimed
    lost = c - equal_losses(claims, estate).values
    assert (lost >= np.minimum(c, lost.max()) - 1e-9).all()
    dual = c - equal_awards(claims, max(total - estate, 0.0)).values
    assert equal_losses(claims, estate).values == pytest.approx(dual, abs=1e-9)
    own_dual = c - talmud(claims, max(total - estate, 0.0)).values
    assert talmud(claims, estate).values == pytest.approx(own_dual, abs=1e-9)


def test_ends() -> None:
    for rule in CLAIMS.values():
        assert rule([1, 2, 3], 0).values.tolist() == [0, 0, 0]
        assert rule([1, 2, 3], 6).values == pytest.approx([1, 2, 3], abs=1e-15)
        assert rule([0, 0], 0).values.tolist() == [0, 0]


def test_the_game_of_claims() -> None:
    assert claims_game([100, 200, 300], 200).tolist() == [0, 0, 0, 0, 0, 0, 100, 200]


def test_pies() -> None:
    assert equal(1.0, 4).values.tolist() == [0.25] * 4
    assert fixed_shares(-8.0, [0.25, 0.75]).values.tolist() == [-2.0, -6.0]
    assert proportional(8.0, [1, 0, 3]).values.tolist() == [2.0, 0.0, 6.0]
    assert equal_surplus(6.0, [1, 2, 6]).values.tolist() == [0.0, 1.0, 5.0]
    assert split_surplus(9.0, [1, 2], weights=[1, 2]).values.tolist() == [3.0, 6.0]
    assert split_surplus(3.0, [1, 2]).values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: talmud([1, 2], 4), "`estate` must not exceed the claims, 3, got 4"),
        (lambda: equal_awards([1, -2], 0), "at least 0, got -2 for player 1"),
        (lambda: equal_losses([1, 2], -1), "`estate` must be finite and at least 0, got -1"),
        (lambda: proportional_awards([1, np.inf], 1), "finite, got inf for player 1"),
        (lambda: claims_game([1, 2], np.nan), "`estate`"),
        (lambda: equal(1.0, 0), "`players` must be at least 1"),
        (lambda: equal(np.nan, 2), "`pie` must be finite"),
        (lambda: fixed_shares(1.0, [0.5, 0.6]), "`share` must sum to 1, got 1.1"),
        (lambda: proportional(1.0, [0, 0]), "`amounts` must not all be 0"),
        (lambda: equal_surplus(1.0, ["a"]), "`alone` must hold numbers"),
        (lambda: split_surplus(3.0, [2, 2]), "at least the sum of the outside options, 4, got 3"),
        (lambda: split_surplus(3.0, [1, 1], weights=[1, -1]), "`weights` must be at least 0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        call()


@pytest.mark.parametrize("claims", [[1 / 3, 200.0, 1e10], [1e10, 1e10 + 1.0, 5.0], [1e15] * 3])
def test_small_estates_are_divided_whole_beside_giant_claims(claims: list[float]) -> None:
    for name, rule in CLAIMS.items():
        found = rule(claims, 1 / 7).values
        assert found.sum() == pytest.approx(1 / 7, rel=1e-12), name
    assert equal_losses([5.0, 1e10], 1 / 7).values.tolist() == [0.0, 1 / 7]
