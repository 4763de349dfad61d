"""Digests name what is said, in whatever order: else the same would be paid for again."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from coopetition.studies import MechanismSettings
from coopetition.studies.scenario.scenario import parse_scenario
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import MEASURED, TWO
from tests.studies.sweeping import CHEAP, grid_of

FULL = """
[competition]
rivalry = 0.2
damage = 0.1
[mechanism]
rule = "redistribution"
rate = 0.002
fees = "equal-gain"
outside_option = "exit"
"""


def turned(content: Any) -> Any:
    """Return the same with every table's keys in the reverse order."""
    if isinstance(content, dict):
        return {key: turned(content[key]) for key in reversed(content)}
    return [turned(item) for item in content] if isinstance(content, list) else content


def test_the_order_of_keys_is_no_part_of_what_a_scenario_says() -> None:
    for text in (TWO + FULL, MEASURED):
        content = tomllib.loads(text)
        assert list(turned(content)) != list(content)
        assert parse_scenario(turned(content)).digest == parse_scenario(content).digest
    plain = parse_scenario(tomllib.loads(TWO + FULL))

    def pay(game: Any, x: Any, first: float = 0.0, second: float = 0.0) -> Any:
        return 0.0 * x

    given = {"first": 1.0, "second": 2.0}
    own = [
        replace(plain, mechanism=MechanismSettings.of(pay, settings=settings)).digest
        for settings in (given, turned(given), given | {"second": 1.0})
    ]
    assert own[0] == own[1] != own[2]

    def paid(game: Any, x: Any) -> Any:
        return 0.1 * x

    paid.__name__ = "pay"
    changed = replace(plain, mechanism=MechanismSettings.of(paid)).digest
    assert changed != replace(plain, mechanism=MechanismSettings.of(pay)).digest
    other = parse_scenario(tomllib.loads(TWO + FULL.replace("0.002", "0.003")))
    assert other.digest != parse_scenario(tomllib.loads(TWO + FULL)).digest


def test_the_order_of_keys_makes_no_other_cell() -> None:
    axes = [read_axis("competition.damage=0:0.3:3"), read_axis("mechanism.rate=0.001,0.002")]
    content = tomllib.loads(TWO + FULL)
    grid = Grid(content, axes, Path())
    same = Grid(turned(content), axes, Path())
    assert same.digest == grid.digest
    cells = range(grid.size)
    assert [same.key(cell) for cell in cells] == [grid.key(cell) for cell in cells]
    assert len({grid.key(cell) for cell in cells}) == 6


def test_gains_are_measured_if_any_axis_is_an_oracles() -> None:
    assert not grid_of(CHEAP, "competition.damage=0:0.3:3").measured
    mixed = grid_of(CHEAP, "competition.damage=0:0.3:3", "oracle.profiles=5,6")
    assert mixed.measured
    assert grid_of(MEASURED, "competition.damage=0:0.3:3").measured
