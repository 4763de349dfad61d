"""Competition by sectors: the products of the matrix that it stands for, in its own memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games import CoopetitionRound, InvalidInputError, PowerGain, SectorCompetition
from coopetition.solvers import solve


def matrix_of(form: SectorCompetition) -> np.ndarray:
    size = form.size
    return np.array(
        [
            [0.0 if n == m else form.levels[form.sectors[n], form.sectors[m]] for m in range(size)]
            for n in range(size)
        ]
    )


@given(st.integers(0, 10_000))
def test_products_are_those_of_the_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, sectors = int(rng.integers(1, 9)), int(rng.integers(1, 5))
    form = SectorCompetition(
        rng.integers(0, sectors, size), rng.uniform(0.0, 0.2, (sectors, sectors))
    )
    matrix = matrix_of(form)
    values = rng.normal(size=(2, 3, size))
    assert form.weigh(values) == pytest.approx(values @ matrix.T)
    assert form.spread(values) == pytest.approx(values @ matrix)
    assert form.weigh(values[0, 0]) == pytest.approx(matrix @ values[0, 0])
    assert form.row_sums == pytest.approx(matrix.sum(axis=1))
    assert form.column_sums == pytest.approx(matrix.sum(axis=0))
    assert form.scaled(0.5).weigh(values) == pytest.approx(0.5 * values @ matrix.T)
    assert form.factors.weigh(values) == pytest.approx(values @ matrix.T)
    some = rng.permutation(size)[: max(size // 2, 1)]
    among = form.among(some)
    assert isinstance(among, SectorCompetition)
    assert matrix_of(among).tolist() == matrix[np.ix_(some, some)].tolist()


def test_a_round_with_sectors_is_the_round_with_the_matrix() -> None:
    form = SectorCompetition([0, 1, 1, 0, 2], [[0.05, 0.0, 0.1], [0.02, 0.1, 0.0], [0.0, 0.2, 0.3]])
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[900.0, 1200.0, 1500.0, 600.0, 800.0],
        max_contribution=20_000.0,
        value=1000.0,
        unit_cost=0.001,
        quadratic_cost=2e-6,
        skew=1.0,
        personal_weight=0.05,
        damage=form,
        rivalry=form,
    )
    plain = game.replace(damage=matrix_of(form), rivalry=matrix_of(form))
    found, same = solve(game), solve(plain)
    assert found.success
    assert found.profile == pytest.approx(same.profile, rel=1e-12)
    assert found.payoffs == pytest.approx(same.payoffs, rel=1e-12)
    assert game.among([0, 4]).weights == pytest.approx(plain.among([0, 4]).weights)


def test_memory_does_not_grow_with_the_square() -> None:
    size = 200_000
    form = SectorCompetition(np.arange(size) % 3, 0.1 * np.eye(3) / size)
    assert np.allclose(form.row_sums, 0.1 / 3, rtol=1e-4)


@pytest.mark.parametrize(
    ("sectors", "levels", "words"),
    [
        ([0, 1], [[0.1, 0.2]], r"`levels` must be a K × K table.*\(1, 2\)"),
        ([0, 1], [0.1, 0.2], "`levels` must be a K × K table"),
        ([0], [[-0.1]], "`levels` must hold finite non-negative numbers, got -0.1"),
        ([0], [[float("nan")]], "`levels` must hold finite"),
        ([0], [["high"]], "`levels` must hold numbers"),
        ([0], [[0.1], [0.1, 0.2]], "`levels` must hold numbers"),
        ([0, 2], np.eye(2), "from 0 to 1, the rows of `levels`, got 2"),
        ([-1], np.eye(2), "from 0 to 1, the rows of `levels`, got -1"),
        ([0.5], np.eye(2), "`sectors` must hold integers"),
        ([[0, 1]], np.eye(2), "one integer per organization"),
        ([], np.eye(2), "`sectors` must"),
    ],
)
def test_nonsense_is_refused(sectors: object, levels: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        SectorCompetition(sectors, levels)  # type: ignore[arg-type]


def test_the_number_of_organizations_must_fit() -> None:
    with pytest.raises(InvalidInputError, match="for 2 organizations, the game has 3"):
        CoopetitionRound(
            gain=PowerGain(1.0, 2.0, 0.35),
            local_data=[1.0, 2.0, 3.0],
            max_contribution=1.0,
            value=1.0,
            damage=SectorCompetition([0, 1], np.eye(2)),
        )
