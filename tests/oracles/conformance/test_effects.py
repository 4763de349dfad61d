"""The check sees whose rows help or hurt whom, and who would do better alone."""

from itertools import count
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.oracles.conformance.check import OracleReport, check_oracle
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation

NAMES = ("North", "South", "West")
# What a whole contribution of the column brings the row: West hurts the others, who help it.
EFFECT = np.array([[0.4, 0.1, -0.3], [0.2, 0.5, -0.6], [0.3, 0.0, 0.2]])
UPPER = (10.0, 20.0, 40.0)


def federation(x: Array, seed: int, coalition: Any) -> Array:
    """Gain by rows, your own and others', moved by seeds that belong to no profile."""
    rng = np.random.default_rng([seed, int(10 * x.sum())])
    return 1 + EFFECT @ (x / UPPER) + rng.normal(scale=1e-3, size=3)


def checked(function: Any = federation, **options: Any) -> OracleReport:
    return check_oracle(
        FunctionOracle(function=function, upper=UPPER, organizations=NAMES, **options), seconds=9.0
    )


def finding(report: OracleReport, name: str) -> tuple[str, str]:
    return next((f.verdict, f.detail) for f in report.findings if f.name == name)


def test_the_silo_that_hurts_is_named_with_its_victims_and_errors() -> None:
    report = checked(own_gains=True)
    effects = report.to_dict()["effects"]
    found, errors = (np.array(effects["contributions"][k]) for k in ("mean", "standard_error"))
    assert found == pytest.approx(EFFECT, abs=5e-3)
    assert ((errors > 1e-5) & (errors < 3e-3)).all()
    verdicts = np.array(effects["contributions"]["verdict"])
    assert (verdicts == "hurts").tolist() == (EFFECT < 0).tolist()
    assert (verdicts == "helps").tolist() == (EFFECT > 0).tolist()
    assert verdicts[2, 1] == "undecided"
    verdict, told = finding(report, "who helps whom")
    assert verdict == "warn"
    assert "West hurts North (-0.3" in told
    assert "West hurts South (-0.6" in told
    assert "6 help, 0 are none, 1 are undecided" in told
    # All at the most: North alone has 0.4 more, together 0.2; South 0.5 and 0.1; West 0.2 and 0.5.
    together = effects["together"]
    assert together["mean"] == pytest.approx([-0.2, -0.4, 0.3], abs=5e-3)
    assert together["verdict"] == ["loses", "loses", "gains"]
    assert finding(report, "together or alone")[0] == "warn"
    assert "North (-0.2" in finding(report, "together or alone")[1]
    assert [f.name for f in report.findings if f.verdict == "fail"] == []
    assert "South" in str(report).splitlines()[-5]


def test_where_all_help_nothing_is_warned_of() -> None:
    def helping(x: Array, seed: int) -> Array:
        return np.abs(EFFECT) @ (x / UPPER) * (1 + 1e-3 * seed)

    report = checked(helping, own_gains=True)
    assert finding(report, "who helps whom")[0] == "pass"
    assert "8 help, 1 are none, 0 are undecided" in finding(report, "who helps whom")[1]
    assert finding(report, "together or alone")[0] == "skip"  # no coalitions


def test_one_common_gain_says_nothing_of_effects() -> None:
    report = checked(lambda x, seed: x.sum() + seed)
    assert report.to_dict()["effects"] is None
    names = ("own gains", "who helps whom", "together or alone")
    assert [finding(report, name)[0] for name in names] == ["skip"] * 3


def test_gains_that_were_not_promised_or_do_not_come_are_found() -> None:
    assert finding(checked(lambda x, seed: x + seed), "own gains")[0] == "warn"

    class Silent(FunctionOracle):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            return [Evaluation("ok", 1.0 + query.seed) for query in queries]

    silent = Silent(function=len, upper=UPPER, organizations=NAMES, own_gains=True)
    assert finding(check_oracle(silent), "own gains")[0] == "fail"


def test_own_gains_that_do_not_repeat_are_found() -> None:
    calls = count()

    def drifting(x: Array, seed: int) -> Array:
        drift = 1e-6 * next(calls)
        return x.sum() + seed + np.array([drift, -drift, 0.0])  # their mean stays

    assert finding(checked(drifting, own_gains=True), "determinism")[0] == "fail"
