"""Scenarios whose gains are measured: each is trained once in a process."""

import tomllib
from functools import cache

from coopetition.studies import parse_scenario
from coopetition.studies.measured.measured import Measured, measure_scenario


@cache
def measured_round(text: str) -> Measured:
    """Return the round that is measured for a scenario's text."""
    found = measure_scenario(parse_scenario(tomllib.loads(text)))
    assert isinstance(found, Measured)  # one curve
    return found
