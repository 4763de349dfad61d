"""Scenarios that are played, and how."""

import sys
import tomllib
from pathlib import Path

import pytest

from coopetition.studies import Scenario, parse_scenario
from tests.studies.command import (
    THREE,
    Answer,
    coopetition,
    written,
)

PLAYED = """
name = "three hospitals"
currency = "EUR"
seed = 3
[oracle]
kind = "reference"
local_rows = 90
rounds = 3
epochs = 1
profiles = 8
seeds = 2
[competition]
damage = 0.08
[mechanism]
rule = "bilateral-prices"
fees = "equal-gain"
[[organization]]
name = "North"
max_contribution = 60
value = 1000.0
unit_cost = 0.8
quadratic_cost = 4e-2
[[organization]]
name = "South"
max_contribution = 40.5
value = 800.0
unit_cost = 0.7
quadratic_cost = 4e-2
[[organization]]
name = "West"
max_contribution = 50
value = 600.0
unit_cost = 1.5
quadratic_cost = 2e-2
fixed_cost = 3.0
"""
CURVE = THREE.replace('fees = "equal-gain"', "balanced = false")


def scenario_of(text: str) -> Scenario:
    return parse_scenario(tomllib.loads(text))


def command(path: Path, rounds: int, *options: str) -> list[str]:
    words = ["play", str(path), "--rounds", str(rounds), "--json", *options]
    return [sys.executable, "-m", "coopetition", *words]


def unbroken(folder: Path) -> Answer:
    """Play six rounds that nothing interrupts."""
    pytest.importorskip("sklearn")
    answer = coopetition("play", written(folder, PLAYED), "--rounds", "6", "--json")
    assert answer.code == 0, answer.err
    return answer
