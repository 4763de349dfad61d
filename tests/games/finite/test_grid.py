"""Continuous games held to a grid."""

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.grid import discretize
from tests.instances import SYMMETRIC, random_round


@pytest.mark.parametrize("seed", range(5))
def test_payoffs_are_those_of_the_round_at_the_named_contributions(seed: int) -> None:
    game = random_round(seed, players=3)
    grid = discretize(game, [2, 3, 4])
    cannot = game.spaces.lower == game.spaces.upper
    assert grid.shape == tuple(np.where(cannot, 1, [2, 3, 4]))
    assert grid.players == game.players
    for profile in np.ndindex(*grid.shape):
        named = [float(own[a]) for own, a in zip(grid.strategies, profile, strict=True)]
        assert grid.payoffs(profile) == pytest.approx(game.payoffs(named), rel=1e-12)


def test_points_may_be_given_in_any_order_for_one_player() -> None:
    grid = discretize(SYMMETRIC, [[300.0, 100.0], *[1] * 5])
    assert grid.strategies[0] == ("300", "100")
    assert grid.shape == (2, 1, 1, 1, 1, 1)


def test_a_grid_larger_than_a_chunk_is_in_order() -> None:
    grid = discretize(SYMMETRIC, [7, 7, 7, 7, 7, 5])
    profile = (6, 0, 3, 1, 2, 4)
    named = [float(own[a]) for own, a in zip(grid.strategies, profile, strict=True)]
    assert grid.payoffs(profile) == pytest.approx(SYMMETRIC.payoffs(named), rel=1e-12)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (0, "whole numbers from 1, got 0"),
        (True, "whole numbers from 1, got True"),
        ([2, 2], "one number or 6, got 2"),
        (2.5, "whole numbers from 1, got 2.5"),
        ([2.5, *[1] * 5], "whole numbers from 1, got 2.5"),
        (11, "makes 10,629,366 payoffs, the limit is 10,000,000"),
        (10**12, "the limit is 10,000,000"),
        ([[-1.0], *[1] * 5], r"must be different numbers in \[0, 20000\]"),
        ([[1.0, 1.0], *[1] * 5], "must be different numbers"),
        ([[float("nan")], *[1] * 5], "must be different numbers"),
        ([[[1.0]], *[1] * 5], "must be different numbers"),
    ],
)
def test_points_that_make_no_grid_are_one_sentence(points: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        discretize(SYMMETRIC, points)  # type: ignore[arg-type]
