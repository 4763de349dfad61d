"""Values of random tables against shapiq, a library of others; skipped where that is missing."""

import numpy as np
import pytest

from coopetition.games.arrays import Array, Mask
from coopetition.mechanisms.division import VALUES, banzhaf, shapley
from tests.mechanisms.division.games import GLOVES, players_of, vote

shapiq = pytest.importorskip(
    "shapiq", reason="shapiq is not installed (dependency group `peers`)", exc_type=ImportError
)


def by_shapiq(table: Array, index: str) -> Array:
    """Return the values that shapiq's exact computer finds: SV Shapley, BV Banzhaf."""
    players = players_of(table)
    bits = 1 << np.arange(players)

    def value(inside: Mask) -> Array:
        return table[inside @ bits]

    found = shapiq.ExactComputer(value, n_players=players)(index)
    return np.array([found.dict_values[(player,)] for player in range(players)])


@pytest.mark.parametrize(("index", "rule"), [("SV", "shapley"), ("BV", "banzhaf")])
@pytest.mark.parametrize("players", range(2, 12))
def test_random_tables(players: int, index: str, rule: str) -> None:
    """Of any sign, with a value of nobody that is not 0."""
    for seed in range(3):
        table = np.random.default_rng([seed, players]).normal(size=1 << players)
        ours = VALUES[rule](table).values
        np.testing.assert_allclose(ours, by_shapiq(table, index), atol=1e-13)


def test_printed_games() -> None:
    for table in (GLOVES, vote(51, [50, 49, 1]), vote(5, [4, 3, 2, 1])):
        np.testing.assert_allclose(shapley(table).values, by_shapiq(table, "SV"), atol=1e-15)
        np.testing.assert_allclose(banzhaf(table).values, by_shapiq(table, "BV"), atol=1e-15)
