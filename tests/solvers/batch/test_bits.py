"""A row's answer has the same bits alone, in a pair, and anywhere among a thousand rows."""

from typing import Any

import numpy as np
import pytest

from coopetition.solvers import plan_many, solve_many
from coopetition.solvers.batch import row_table as table
from coopetition.studies import prices_many
from tests.campaign import draws
from tests.solvers.batch.variations import varied

FIELDS = ("profiles", "payoffs", "welfare", "tolerance")


def same(one: Any, many: Any, rows: list[int], extra: tuple[str, ...]) -> None:
    for name in (*FIELDS, *extra):
        assert np.array_equal(getattr(one, name), getattr(many, name)[rows], equal_nan=True), name
    assert one.status == tuple(many.status[row] for row in rows)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(draws(16, 24)))
def test_alone_or_among_others(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All families and kinds; chunks of 300 players, so that many boundaries are crossed."""
    game, changes = varied(seed, 1000 if seed < draws(1, 8) else draws(100, 120))
    solved, planned = solve_many(game, changes), plan_many(game, changes)
    for rows in ([17], [3, 99], list(range(40, 61))):
        part = {name: array[rows] for name, array in changes.items()}
        same(solve_many(game, part), solved, rows, ("regret", "gain", "effective_data", "unique"))
        same(plan_many(game, part), planned, rows, ("gap", "concave"))
    monkeypatch.setattr(table, "CHUNK", 300)
    everything = list(range(solved.welfare.size))
    same(solve_many(game, changes), solved, everything, ("regret", "gain", "unique"))
    same(plan_many(game, changes), planned, everything, ("gap",))


@pytest.mark.parametrize("seed", range(6))
def test_prices_alone_or_among_others(seed: int) -> None:
    game, changes = varied(seed, 40, transfers=False)
    priced = prices_many(game, changes)
    alone = prices_many(game, {name: array[31:32] for name, array in changes.items()})
    assert np.array_equal(alone.price[0], priced.price[31])
    assert np.array_equal(alone.sharpening[0], priced.sharpening[31])
    assert np.array_equal(alone.transfer[0], priced.transfer[31], equal_nan=True)
    same(alone.priced, priced.priced, [31], ("regret",))


def test_a_bad_row_leaves_no_trace_in_the_bits_of_others() -> None:
    game, changes = varied(3, 200)
    clean = solve_many(game, changes)
    spoiled = {name: array.copy() for name, array in changes.items()}
    next(iter(spoiled.values()))[50] = np.nan
    found = solve_many(game, spoiled)
    good = [row for row in range(200) if row != 50]
    assert list(found.failed) == [50]
    for name in FIELDS:
        assert np.array_equal(getattr(found, name)[good], getattr(clean, name)[good])
