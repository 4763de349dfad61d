"""The conformance kit passes good oracles, and finds in each broken one what is broken in it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from time import sleep
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.conformance.check import OracleReport, check_oracle
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.gains.measure import Measurements
from coopetition.oracles.gains.shape_report import submodular_pairs
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

SPEC = OracleSpec(
    organizations=("North", "South", "West"),
    metric="points",
    unit="rows",
    lower=(0.0,) * 3,
    upper=(8.0, 80.0, 800.0),
    baseline=0.1,
    deterministic=True,
    provides=frozenset({"gain", "coalition"}),
    fingerprint="toy-1",
    batch=4,
)
GAIN = frozenset({"gain"})
OWN = {"own gains", "who helps whom", "together or alone"}
LOCAL = (1.0, 2.0, 3.0)  # rows that a member trains on besides its contribution


def good(query: Query) -> Evaluation:
    """Answer with the root of the members' rows, slightly moved by the seed."""
    rows = sum(query.contribution) + sum(LOCAL[n] for n in query.members)
    return Evaluation("ok", rows**0.5 * (1 + 1e-4 * query.seed), responded=query.members)


class Toy:
    """A good oracle, of which each test breaks one thing."""

    def __init__(
        self,
        answer: Callable[[Query], Any] = good,
        batch: Callable[[list[Any]], Any] = list,
        **spec: Any,
    ) -> None:
        self._answer, self._batch, self._spec = answer, batch, replace(SPEC, **spec)

    def spec(self) -> OracleSpec:
        """Describe it."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer, with the batch's fault."""
        return self._batch([self._answer(query) for query in queries])

    def close(self) -> None:
        """Do nothing."""


def changed(**fields: Any) -> Callable[[Query], Evaluation]:
    """Answer well but for some fields."""
    return lambda query: replace(good(query), **fields)


def at_top(fault: Callable[[Query], Evaluation]) -> Callable[[Query], Evaluation]:
    """Answer well but where everybody contributes the most."""
    return lambda query: fault(query) if query.contribution == SPEC.upper else good(query)


def raising(query: Query) -> Evaluation:
    raise ValueError("out of memory")


def drifting() -> Callable[[Query], Evaluation]:
    calls = count()
    return lambda query: replace(
        good(query), gain=(good(query).gain or 0) * (1 + 1e-12 * next(calls))
    )


def ascending(replies: list[Evaluation]) -> list[Evaluation]:
    return sorted(replies, key=lambda answer: answer.gain or 0.0)


def flagged(report: OracleReport, *verdicts: str) -> dict[str, str]:
    return {
        f.name: f.verdict for f in report.findings if f.verdict in (verdicts or ("fail", "warn"))
    }


def nan_at_zero(query: Query) -> Evaluation:
    idle = query.members and not any(query.contribution)
    return good(query) if not idle else replace(good(query), gain=float("nan"))


def test_a_good_oracle_has_no_findings() -> None:
    report = check_oracle(Toy())
    assert flagged(report) == {}
    assert report.passed
    assert flagged(report, "skip").keys() == {"standard error", "one curve", "bounds", *OWN}


def test_the_reference_oracle_passes() -> None:
    names = ("North", "South")
    oracle = ReferenceOracle(organizations=names, local_rows=80, rounds=2, upper=60)
    report = check_oracle(oracle, seconds=10.0)
    assert flagged(report, "fail") == {}
    passed = flagged(report, "pass")
    assert {"determinism", "order", "seeds", "coalitions", "responded", "cost"} <= passed.keys()


def test_a_function_passes() -> None:
    oracle = FunctionOracle(
        function=lambda x, seed: np.sqrt(x.sum()) * (1 + seed), upper=(9.0, 4.0)
    )
    report = check_oracle(oracle)
    assert flagged(report) == {}
    # One query at a time, no coalitions, and nothing told about who responded.
    assert {"order", "coalitions", "responded"} <= flagged(report, "skip").keys()


@pytest.mark.parametrize(
    ("oracle", "check", "verdict"),
    [
        (Toy(drifting()), "determinism", "fail"),
        (Toy(batch=lambda replies: replies[::-1], provides=GAIN), "order", "fail"),
        (Toy(batch=ascending, provides=GAIN), "order", "fail"),
        (Toy(batch=lambda replies: replies[:3]), "length", "fail"),
        (Toy(batch=lambda replies: [a.gain for a in replies]), "length", "fail"),
        (Toy(at_top(changed(gain=float("nan")))), "finite", "fail"),
        (Toy(at_top(changed(gain=None))), "finite", "fail"),
        (Toy(at_top(changed(gains=(1.0, 2.0)))), "finite", "fail"),
        (Toy(at_top(lambda q: Evaluation("failed", None, error="lost"))), "finite", "fail"),
        (Toy(at_top(lambda q: Evaluation("pending", None))), "finite", "warn"),
        (Toy(at_top(changed(gain="much"))), "finite", "fail"),
        (Toy(changed(responded=3)), "responded", "fail"),
        (Toy(nan_at_zero), "zero profile", "fail"),
        (Toy(at_top(raising)), "failures", "fail"),
        (Toy(lambda q: good(replace(q, seed=0))), "seeds", "warn"),
        (Toy(changed(responded=(0, 1, 2, 3))), "responded", "fail"),
        (Toy(at_top(changed(responded=(0, 2)))), "responded", "warn"),
        (Toy(changed(source="self-reported")), "source", "warn"),
        (Toy(changed(standard_error=float("inf"))), "standard error", "fail"),
        (Toy(changed(standard_error=-1.0)), "standard error", "fail"),
        (Toy(seconds_hint=1e-12), "cost", "warn"),
        (Toy(fingerprint=""), "spec", "fail"),
    ],
)
def test_a_broken_oracle_is_found_out(oracle: Toy, check: str, verdict: str) -> None:
    report = check_oracle(oracle)
    assert flagged(report) == {check: verdict}
    assert report.passed == (verdict == "warn")


@pytest.mark.parametrize("size", [1, 2, 5])
def test_bounds_are_kept(size: int) -> None:
    low, top = (2.0,) * size, (10.0,) * size

    def strict(query: Query) -> Evaluation:
        taking_part = [query.contribution[n] for n in query.members]
        assert all(2.0 <= x <= 10.0 for x in taking_part)
        return Evaluation("ok", sum(taking_part) ** 0.5 * (1 + query.seed) + len(taking_part))

    names = tuple(f"H{n}" for n in range(size))
    report = check_oracle(Toy(strict, organizations=names, lower=low, upper=top))
    assert flagged(report) == {}


def test_an_ignored_coalition_is_found_out() -> None:
    def ignoring(query: Query) -> Evaluation:
        return Evaluation("ok", sum(query.contribution) ** 0.5 * (1 + query.seed))

    assert flagged(check_oracle(Toy(ignoring))) == {"coalitions": "warn"}


def test_a_gain_that_falls_is_told_of() -> None:
    def falling(query: Query) -> Evaluation:
        return replace(good(query), gain=-(good(query).gain or 0.0))

    report = check_oracle(Toy(falling))
    assert flagged(report) == {"shape": "warn"}
    detail = next(f.detail for f in report.findings if f.name == "shape")
    # −√ is convex in the sum, hence supermodular: every pair with join and meet breaks it, that is
    # two alone, one and the two others, and two pairs that share one; three of each.
    assert detail.startswith("ray: 4 of 4 steps down, 3 of 3 kinks convex")
    assert "9 of 9 pairs not submodular" in detail


def test_what_is_broken_everywhere_is_found_out_by_every_check_that_sees_it() -> None:
    everywhere = flagged(check_oracle(Toy(changed(gain=float("nan")))), "fail")
    assert everywhere == dict.fromkeys(("finite", "zero profile", "coalitions"), "fail")
    lost = flagged(check_oracle(Toy(batch=lambda replies: replies[1:])), "fail")
    assert lost == {"length": "fail"}
    rng = np.random.default_rng(0)
    noisy = Toy(lambda q: replace(good(q), gain=(good(q).gain or 0.0) + rng.normal(0, 1e-6)))
    assert flagged(check_oracle(noisy), "fail") == {"determinism": "fail"}


def test_ten_times_slower_than_promised_is_told_of() -> None:
    def slow(query: Query) -> Evaluation:
        sleep(0.002)
        return good(query)

    late = check_oracle(Toy(slow, seconds_hint=0.0002))
    assert flagged(late) == {"cost": "warn"}
    detail = next(f.detail for f in late.findings if f.name == "cost")
    ratio = re.search(r"; ([\d.e+]+) times the promised 0\.0002 s$", detail)
    assert ratio is not None
    assert float(ratio[1]) >= 10  # sleep never ends early
    assert flagged(check_oracle(Toy(slow, seconds_hint=60.0))) == {}
    assert flagged(check_oracle(Toy(slow), seconds=1e-5)) == {"cost": "warn"}


def test_declared_noise_is_no_fault_but_is_measured() -> None:
    report = check_oracle(Toy(drifting(), deterministic=False))
    assert flagged(report) == {}
    detail = next(f.detail for f in report.findings if f.name == "determinism")
    # Asked again three queries later, √894 drifted by 3e-12 of itself.
    assert "differ by up to 8.97e-11" in detail
    assert "order" in flagged(report, "skip")


def test_nobody_must_not_gain() -> None:
    shifted = Toy(lambda q: replace(good(q), gain=(good(q).gain or 0.0) + 0.5))
    assert flagged(check_oracle(shifted)) == {"empty coalition": "warn"}


def test_an_oracle_out_of_reach_is_an_error() -> None:
    def dead(query: Query) -> Evaluation:
        raise OracleError("the worker died")

    with pytest.raises(OracleError, match="the worker died"):
        check_oracle(Toy(dead))
    with pytest.raises(OracleError, match=r"none of \d+ calls .* out of memory"):
        check_oracle(Toy(raising))
    with pytest.raises(OracleError, match="must return an OracleSpec, got None"):
        check_oracle(type("Blank", (Toy,), {"spec": lambda self: None})())


def test_an_oracle_that_dies_on_the_way_is_a_finding() -> None:
    def dead(query: Query) -> Evaluation:
        raise OracleError("the worker died")

    def trapped(query: Query) -> Evaluation:
        return good(query) if sum(query.contribution) or query.coalition == () else dead(query)

    assert flagged(check_oracle(Toy(at_top(dead)))) == {"failures": "fail"}
    assert flagged(check_oracle(Toy(trapped))) == {"failures": "fail"}


def test_own_profiles_seeds_and_progress() -> None:
    told: list[tuple[int, int | None]] = []
    asked: set[tuple[tuple[float, ...], int]] = set()

    def noting(query: Query) -> Evaluation:
        if query.coalition is None:
            asked.add((query.contribution, query.seed))
        return good(query)

    oracle = Toy(noting, provides=GAIN)
    report = check_oracle(
        oracle, seeds=[5, 7], profiles=[[1.0, 2.0, 3.0]], progress=lambda _, *at: told.append(at)
    )
    rows = [(0.0, 0.0, 0.0), (1.0, 2.0, 3.0)]
    assert asked == {(row, seed) for row in rows for seed in (5, 7)}
    assert told[0] == (0, report.evaluations)
    assert {total for _, total in told} == {report.evaluations}
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] < report.evaluations


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": [1, 1]}, "`seeds` must be distinct"),
        ({"seeds": []}, "`seeds` must be distinct, and at least one"),
        ({"profiles": [[1.0, 2.0]]}, "`profiles` must have shape"),
        ({"profiles": [[9.0, 0.0, 0.0]]}, "keep the oracle's bounds"),
        ({"profiles": [[np.nan, 0.0, 0.0]]}, "keep the oracle's bounds"),
    ],
)
def test_malformed_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        check_oracle(Toy(), **settings)


def test_submodular_pairs_are_those_with_join_and_meet() -> None:
    grid = np.array([[a, b] for a in (0.0, 1.0, 2.0) for b in (0.0, 1.0, 2.0)])
    # 3 × 3 pairs of incomparable rectangles' corners; a product is supermodular, a root is not.
    assert submodular_pairs(Measurements(grid, grid.prod(axis=1)[:, None])) == (9, 9)
    assert submodular_pairs(Measurements(grid, np.sqrt(grid.sum(axis=1))[:, None])) == (9, 0)


def test_the_report_prints_and_goes_to_json() -> None:
    report = check_oracle(Toy(fingerprint=""))
    assert str(report).splitlines()[0].startswith("fail  spec ")
    assert str(report).endswith(f"1 failed; {report.evaluations} evaluations.")
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document["passed"] is False
    assert {f["name"] for f in document["findings"]} == {f.name for f in report.findings}
