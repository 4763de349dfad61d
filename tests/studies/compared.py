"""Comparisons that many tests look at: each is computed once in a process."""

import tomllib
from functools import cache

from coopetition import compare
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.studies import MechanismSettings, parse_scenario
from coopetition.studies.compare.result import Comparison
from tests.studies.command import THREE

PAID = MechanismSettings("redistribution", 0.03, fees="equal-gain")  # as in THREE


@cache
def three() -> CoopetitionRound:
    """Return the round of THREE."""
    return parse_scenario(tomllib.loads(THREE)).round()


@cache
def told_comparison() -> tuple[Comparison, list[tuple[str, int, int | None]]]:
    """Return the comparison of THREE where no rule is in force, and what it said meanwhile."""
    told: list[tuple[str, int, int | None]] = []
    return compare(three(), draws=10, progress=lambda *at: told.append(at)), told


def free_comparison() -> Comparison:
    """Return the comparison of THREE where no rule is in force."""
    return told_comparison()[0]


@cache
def paid_comparison() -> Comparison:
    """Return the comparison of THREE under its own rule and fees."""
    return compare(three(), PAID, draws=200, seed=5)
