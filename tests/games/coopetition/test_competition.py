"""Competition in all its forms: one matrix, the same products."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from coopetition.games.coopetition.competition import (
    Competition,
    LowRankCompetition,
    as_competition,
)
from coopetition.games.errors import InvalidInputError

NAMES = ("North", "South", "East", "West")


def dense_of(competition: Competition) -> np.ndarray:
    return competition.weigh(np.eye(competition.size)).T


@given(st.integers(0, 10_000))
def test_every_form_multiplies_as_its_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.random((4, 2)), rng.random((4, 2))
    matrix = left @ right.T * (1 - np.eye(4))
    values = rng.normal(size=(3, 4))
    for form in (
        as_competition(matrix, NAMES),
        as_competition(sparse.csr_array(matrix), NAMES),
        as_competition(sparse.coo_matrix(matrix), NAMES),
        as_competition(LowRankCompetition(left, right), NAMES),
    ):
        assert form.weigh(values) == pytest.approx(values @ matrix.T)
        assert form.spread(values) == pytest.approx(values @ matrix)
        assert form.weigh(values[0]) == pytest.approx(matrix @ values[0])
        assert form.row_sums == pytest.approx(matrix.sum(axis=1))
        assert form.column_sums == pytest.approx(matrix.sum(axis=0))
        part = form.among(np.array([0, 2, 3]))
        assert dense_of(part) == pytest.approx(matrix[np.ix_([0, 2, 3], [0, 2, 3])])
        assert dense_of(form.scaled(0.5)) == pytest.approx(0.5 * matrix)


def test_a_scalar_is_every_pair() -> None:
    form = as_competition(0.25, NAMES)
    assert dense_of(form) == pytest.approx(0.25 * (1 - np.eye(4)))
    assert as_competition(0.25, ("alone",)).row_sums.tolist() == [0.0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-0.1, "at least 0"),
        (float("nan"), "finite"),
        ("high", "a number or a matrix"),
        ([[0, 1], [1, 0]], "4 × 4"),
        (np.eye(4), "zero diagonal, got 1 for North"),
        (-1.0 * (1 - np.eye(4)), "non-negative"),
        (sparse.csr_array(-1.0 * (1 - np.eye(4))), "non-negative"),
        ([[0, 1, 2, 3]] * 3 + [[0, 1]], "a number or a matrix"),
    ],
)
def test_nonsense_is_refused(value: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        as_competition(value, NAMES)


def test_low_rank_factors_must_fit() -> None:
    with pytest.raises(InvalidInputError, match="one shape"):
        LowRankCompetition(np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(InvalidInputError, match="`right`"):
        LowRankCompetition(np.ones((3, 1)), -np.ones((3, 1)))
    with pytest.raises(InvalidInputError, match="3 organizations"):
        as_competition(LowRankCompetition(np.ones((3, 1)), np.ones((3, 1))), NAMES)
