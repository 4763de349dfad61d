"""What the conformance kit gathers from an oracle, before anything is judged."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.gain import Array
from coopetition.games.query import Evaluation, OracleSpec, Query

Verdict = Literal["pass", "warn", "fail", "skip"]
Outcome = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: its name, its verdict, and one sentence."""

    name: str
    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `evaluate`; no replies if they are of no use, and then why."""

    queries: list[Query]
    replies: list[Evaluation]
    seconds: float
    raised: str = ""
    misshapen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an oracle was asked, by purpose; the first of the rows is nobody contributing.

    `nobody` is the empty coalition, which the toolkit answers itself and never asks.
    """

    spec: OracleSpec
    again: OracleSpec
    rows: Array
    seeds: tuple[int, ...]
    promised: float | None
    zero: list[Call]
    grid: list[Call]
    twice: list[Call]
    turned: list[Call]
    single: list[Call]
    nobody: list[Call]

    @property
    def calls(self) -> list[Call]:
        """All calls that the toolkit would make too."""
        return self.zero + self.grid + self.twice + self.turned + self.single


def replied(calls: list[Call]) -> Iterator[tuple[Query, Evaluation]]:
    """Yield every query that got a reply, with it."""
    for call in calls:
        yield from zip(call.queries, call.replies, strict=False)


def finite(value: Any) -> bool:
    """Whether a reply's value is a finite number at all."""
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)


def where(query: Query) -> str:
    """Say which query is meant."""
    group = "" if query.coalition is None else f", coalition {query.coalition}"
    return f"at {query.contribution}{group}, seed {query.seed}"
