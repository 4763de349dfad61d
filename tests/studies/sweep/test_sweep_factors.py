"""Factors of fields in sweeps, numbers that would replace a matrix, and the keys of cells."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.oracles.ledger.rows import query_key
from coopetition.oracles.protocol.query import Query
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.sweep import run_sweep
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import EVEN, THREE, TWO, coopetition, written
from tests.studies.sweeping import grid_of

RULE = 'rule = "redistribution"'
TURNED = THREE.replace(RULE, f"{RULE}\nintensity = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]")
MATRIX = [[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]]


def test_a_factor_scales_every_entry_of_a_matrix() -> None:
    grid = grid_of(THREE, "competition.damage*=0,0.5,2")
    for cell, factor in enumerate((0, 0.5, 2)):
        assert np.array(grid.scenario(cell).damage) == pytest.approx(factor * np.array(MATRIX))
    plain = grid_of(THREE, "competition.damage*=1,2").scenario(0)
    scenario = grid_of(THREE, "draws=1000,1001").scenario(0)
    assert (plain.damage, plain.round().weights.tolist()) == (
        scenario.damage,
        scenario.round().weights.tolist(),
    )
    for row, cell in zip(run_sweep(grid).rows, range(3), strict=True):
        one = grid.scenario(cell)
        assert row.welfare == pytest.approx(run_study(one.round(), one.mechanism).welfare)


def test_tables_and_json_mark_a_factor(tmp_path: Path) -> None:
    words = ["--vary", "competition.damage*=0:2:3", "--jobs", "1"]
    document = coopetition("sweep", written(tmp_path, THREE), *words, "--json").document
    assert document["vary"] == [{"parameter": "competition.damage*", "values": [0, 1, 2]}]
    out = tmp_path / "cells.csv"
    shown = coopetition("sweep", written(tmp_path, THREE), *words, "--out", out).out
    assert shown.splitlines()[1].startswith("common factor of damage ρ  ")
    assert out.read_text(encoding="utf-8").startswith("competition.damage*,")


@pytest.mark.parametrize(
    ("axis", "path", "wanted"),
    [
        ("organization.*.value*=2", ["organization", 1, "value"], 1600.0),
        ("organization.West.value*=0.5", ["organization", 2, "value"], 600.0),
        ("organization.West.value*=0.5", ["organization", 0, "value"], 1000.0),
        ("gain.exponent*=2", ["gain", "exponent"], 0.7),
        ("mechanism.rate*=-1", ["mechanism", "rate"], -0.03),
        ("competition.rivalry*=2", ["competition", "rivalry", 1], [10, 0, 60]),
        ("organization.*.local_data*=2", ["organization", 1, "local_data"], 1800),
        ("organization.South.local_data*=0.5", ["organization", 1, "local_data"], 450),
    ],
)
def test_numbers_lists_and_organizations_are_scaled(
    axis: str, path: list[Any], wanted: Any
) -> None:
    found: Any = Grid(tomllib.loads(THREE), [read_axis(axis)]).cell_content(0)
    for key in path:
        found = found[key]
    assert found == pytest.approx(wanted)
    assert type(found) is type(wanted)


def test_a_factor_comes_after_what_else_is_varied() -> None:
    grid = grid_of(EVEN, "organization.*.value*=2", "organization.North.value=10,20")
    found = grid.scenario(1).columns["value"]
    assert found == [40.0, 1600.0, 2400.0]
    ruled = grid_of(THREE, "mechanism.rate*=2,3", "mechanism.rule=redistribution,none")
    assert ruled.scenario(0).mechanism.rate == pytest.approx(0.06)
    with pytest.raises(InvalidInputError, match="leaves `rate` out"):
        ruled.scenario(1)  # another rule, which dropped the rate


@pytest.mark.parametrize(
    ("text", "axis", "said"),
    [
        (THREE, "competition.damage=0:0.3:4", r"a matrix of .* competition.damage\*="),
        (THREE, "competition.rivalry=1,2", r"competition.rivalry\*=0:2:21"),
        (
            TURNED,
            "mechanism.intensity=0.1,0.2",
            r"mechanism.intensity\*=",
        ),
        (
            TWO + '[mechanism]\nrule = "pool-shares"\nshares = [0.4, 0.6]\n',
            "mechanism.shares=0.1,0.2",
            r"a list of different ones .* mechanism.shares\*=",
        ),
        (
            TWO + '[mechanism]\nfees = "nash"\npower = [1, 2]\n',
            "mechanism.power=1,2",
            r"mechanism.power\*=",
        ),
    ],
)  # fmt: skip
def test_one_number_for_many_is_refused_with_the_right_form(
    text: str, axis: str, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        grid_of(text, axis)


def test_nothing_is_lost_of_a_matrix_that_says_one_number() -> None:
    level = "damage = [[0, 0.1, 0.1], [0.1, 9, 0.1], [0.1, 0.1, 0]]"  # the diagonal says nothing
    text = EVEN.replace("damage = 0.08", level)
    assert grid_of(text, "competition.damage=0,0.2").scenario(1).damage == 0.2
    assert grid_of(TURNED, "mechanism.intensity=damage,rivalry").scenario(0)
    every = grid_of(THREE, "organization.*.value=5,6").scenario(0)  # which says that it is of all
    assert every.columns["value"] == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        ("gain.family*=1,2", "'power' is not a number"),
        ("gain.offset*=1,2", "leaves `offset` out"),
        ("organization.North.quality*=1,2", "quality"),
        ("organization.South.quality*=1,2", "leaves `quality` of South out"),
        ("organization.*.skew*=1,2", "leaves `skew` of West out"),
        ("competition.damage*=1e308,1e309", "finite|size"),
    ],
)
def test_what_cannot_be_scaled_is_said_in_the_cell_or_at_once(axis: str, said: str) -> None:
    grid = grid_of(THREE, axis)
    with pytest.raises(InvalidInputError, match=said):
        grid.scenario(1)


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        ("seed*=1,2", "cannot scale seed"),
        ("competition.damage*=1,a", "factors of competition.damage must be numbers"),
        ("competition.damage*=true,false", "must be numbers"),
        ("competition.damage*=", "must be PATH=VALUES"),
        ("*=1,2", "must be PATH=VALUES"),
    ],
)
def test_wrong_factors_are_refused(axis: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        grid_of(THREE, axis)


def test_a_field_is_varied_or_scaled_not_both() -> None:
    with pytest.raises(InvalidInputError, match="varied twice"):
        grid_of(EVEN, "competition.damage=0,1", "competition.damage*=0,1")


# Keys


def permuted(content: Any, order: np.random.Generator) -> Any:
    """Return the same content with its keys in another order, at every depth."""
    if isinstance(content, list):
        return [permuted(one, order) for one in content]
    if not isinstance(content, dict):
        return content
    keys = list(content)
    order.shuffle(keys)
    return {key: permuted(content[key], order) for key in keys}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_keys_makes_no_other_cell(seed: int) -> None:
    content = tomllib.loads(THREE)
    axes = [read_axis("mechanism.rate=0.01,0.02")]
    one, other = Grid(content, axes), Grid(permuted(content, np.random.default_rng(seed)), axes)
    assert [one.key(cell) for cell in (0, 1)] == [other.key(cell) for cell in (0, 1)]
    assert one.digest == other.digest
    assert one.key(0) != one.key(1)
    assert one.scenario(0).digest == other.scenario(0).digest


def test_a_question_has_the_key_that_old_ledgers_know() -> None:
    said = '["f",{"coalition":[0],"contribution":[1.0,0.0],"round":null,"seed":3,"state":null}]'
    assert query_key("f", Query((1.0, 2.0), (0,), 3)) == hashlib.sha256(said.encode()).hexdigest()
    assert list(json.loads(said)[1]) == sorted(json.loads(said)[1])  # whatever a query's order is


def test_one_varied_field_of_an_oracle_is_enough_to_be_measured() -> None:
    content = {key: value for key, value in tomllib.loads(TWO).items() if key != "gain"}
    axes = [read_axis("oracle.kind=reference"), read_axis("competition.damage=0,0.1")]
    for some in (axes, axes[::-1]):
        assert Grid(content, some).measured
    assert not Grid(content, axes[1:]).measured


def test_one_entry_of_a_matrix_is_varied_by_the_two_names() -> None:
    grid = grid_of(TWO, "competition.damage.South.North=0.01,0.02")
    stated = parse_scenario(tomllib.loads(TWO)).damage
    assert not isinstance(stated, list)
    assert grid.scenario(1).damage == [[0.0, stated], [0.02, 0.0]]
    scaled = grid_of(TWO, "competition.damage=0.1,0.2", "competition.damage.North.South*=1,3")
    assert scaled.scenario(3).damage == [[0.0, pytest.approx(0.6)], [0.2, 0.0]]
    with pytest.raises(InvalidInputError, match="no such parameter"):
        grid_of(TWO, "competition.damage.North.North=0.1,0.2")
