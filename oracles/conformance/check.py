"""A conformance kit: what an oracle keeps of what it promises, before a study relies on it.

The kit asks the oracle itself, not `evaluate_checked`, which would mend some of the faults that the
kit is to find. Each check looks at the answers and ends in one finding. Nothing is proved: a pass
says that no fault was seen in the evaluations that were made.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, MissingDependencyError, OracleError
from coopetition.oracles.conformance.effects import Effects
from coopetition.oracles.conformance.faults import (
    CHECKS,
    Call,
    CheckResult,
    Evidence,
    own_effects,
)
from coopetition.oracles.gains.measure import design_profiles
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.output.terminal import aligned

__all__ = ["CheckResult", "OracleReport", "check_oracle"]

SEEDS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class OracleReport(Result):
    """What `check_oracle` found, after how many evaluations.

    `effects` say whose contributions help or hurt whom; None if nobody's own gain was told.
    """

    findings: tuple[CheckResult, ...]
    evaluations: int
    effects: Effects | None = None

    @property
    def passed(self) -> bool:
        """Whether no check failed; warnings do not count."""
        return all(finding.verdict != "fail" for finding in self.findings)

    def __str__(self) -> str:
        """Write one line per finding, and the sum."""
        lines = [aligned([(f.verdict, f.name, f.detail) for f in self.findings], "")]
        count = {v: sum(f.verdict == v for f in self.findings) for v in ("pass", "warn", "fail")}
        said = f"{count['pass']} passed, {count['warn']} warned, {count['fail']} failed"
        matrix = [text] if (text := str(self.effects or "")) else []
        return "\n".join([*lines, *matrix, f"{said}; {self.evaluations} evaluations."])

    def to_dict(self) -> dict[str, Any]:
        """Return the report's JSON form."""
        findings = [asdict(finding) for finding in self.findings]
        return {
            "passed": self.passed,
            "evaluations": self.evaluations,
            "findings": findings,
            "effects": self.effects and self.effects.to_dict(),
        }

    def tables(self) -> tuple[Table]:
        """Return one row per check."""
        keys = {"check": "name", "verdict": "verdict", "detail": "detail"}
        values = {key: [getattr(f, name) for f in self.findings] for key, name in keys.items()}
        note = f"After {self.evaluations} evaluations."
        return (keyed("What the oracle keeps of its promises", values, notes=(note,)),)


def check_oracle(
    oracle: UtilityOracle,
    *,
    seeds: Iterable[int] = SEEDS,
    profiles: ArrayLike | None = None,
    seconds: float | None = None,
    local_data: ArrayLike | None = None,
    study: tuple[int, int] | None = None,
    progress: Progress = silent,
) -> OracleReport:
    """Ask an oracle some 50 queries and report what it does not keep of its promises.

    Parameters
    ----------
    seeds
        Distinct; every profile is evaluated with each, and so is everybody alone where the oracle
        tells own gains of coalitions.
    profiles : shape (K, N)
        Contributions within the oracle's bounds; by default its corners, the ray to the largest
        profile, and pairs of organizations: at most 5 + 2N. Nobody contributing is always asked.
    seconds
        What one evaluation should cost, instead of the spec's hint.
    local_data : shape (N,)
        Real samples, by which it is seen whether one curve explains the gains.
    study
        The least and the most trainings of the study that follows, whose time is told.
    progress
        Told how many evaluations are done, of how many.

    Raises
    ------
    InvalidInputError
        If seeds or profiles are malformed.
    OracleError
        If the oracle cannot describe itself, or not one call brings an answer. All other faults are
        findings.
    MissingDependencyError
        If the oracle needs a package that is not installed.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(function=lambda x: float("nan") if x.all() else 0.0, upper=(9.0,))
    >>> report = check_oracle(oracle)
    >>> [finding.name for finding in report.findings if finding.verdict == "fail"]
    ['finite']
    """
    spec, chosen = _described(oracle), tuple(seeds)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InvalidInputError(f"`seeds` must be distinct, and at least one, got {chosen}")
    rows = _rows(spec, profiles)
    plan = _plan(spec, rows, chosen)
    total, done = _size(plan), 0
    made: dict[str, list[Call]] = {name: [] for name in plan}
    for name, part in plan.items():
        for queries in part:
            progress("asking the oracle", done, total)
            before = [call for calls in made.values() for call in calls]
            patient = not before or any(not call.raised for call in before)
            made[name].append(_call(oracle, queries, patient=patient))
            done += len(queries)
    reasons = [call.raised for calls in made.values() for call in calls]
    if all(reasons):
        raise OracleError(f"none of {len(reasons)} calls brought an answer: {reasons[0]}")
    evidence = Evidence(
        spec=spec,
        again=_described(oracle),
        rows=rows,
        seeds=chosen,
        local_data=None if local_data is None else np.asarray(local_data, dtype=float),
        promised=spec.seconds_hint if seconds is None else seconds,
        study=study,
        **made,
    )
    findings = tuple(_find(name, evidence) for name in CHECKS)
    return OracleReport(findings, total, _effects(evidence))


def _described(oracle: UtilityOracle) -> OracleSpec:
    """Return the oracle's spec; without one there is nothing to ask."""
    try:
        spec = oracle.spec()
    except (OracleError, MissingDependencyError):
        raise
    except Exception as error:
        raise OracleError(f"`spec` raised {type(error).__name__}: {error}") from error
    if not isinstance(spec, OracleSpec):
        raise OracleError(f"`spec` must return an OracleSpec, got {spec!r:.80}")
    return spec


def _rows(spec: OracleSpec, profiles: ArrayLike | None) -> Array:
    """Return the profiles to evaluate, that of nobody contributing more than it must first."""
    low, top = np.array(spec.lower), np.array(spec.upper)
    if profiles is None:
        alone = np.diag(top)
        pairs = np.maximum(alone, np.roll(alone, 1, axis=0))
        rows = np.maximum(np.concatenate([design_profiles(spec.upper, 5 + top.size), pairs]), low)
    else:
        rows = np.array(profiles, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != top.size or not ((low <= rows) & (rows <= top)).all():
            raise InvalidInputError(
                f"`profiles` must have shape (K, {top.size}) and keep the oracle's bounds, "
                f"got {rows.tolist()!r:.80}"
            )
    return np.array(list(dict.fromkeys(map(tuple, [low.tolist(), *rows.tolist()]))))


def _plan(spec: OracleSpec, rows: Array, seeds: tuple[int, ...]) -> dict[str, list[list[Query]]]:
    """Return the calls to make, by purpose."""

    def split(queries: list[Query]) -> list[list[Query]]:
        return [queries[i : i + spec.batch] for i in range(0, len(queries), spec.batch)]

    zero, *others = [tuple(row) for row in rows.tolist()]
    few = [Query(row, None, seeds[0]) for row in others[: min(spec.batch, 3)]]
    members = range(len(zero) if "coalition" in spec.provides and len(zero) > 1 else 0)
    single = [
        Query(tuple(top if m == n else low for m, low in enumerate(zero)), coalition, seeds[0])
        for n, top in zip(members, spec.upper, strict=False)
        for coalition in ((n,), None)
    ]
    own = [query for query in single if query.coalition] if "gains" in spec.provides else []
    return {
        "grid": split([Query(row, None, seed) for seed in seeds for row in others]),
        "zero": split([Query(zero, None, seed) for seed in seeds]),
        "twice": [few, few] if few else [],
        "turned": [few[1:] + few[:1], few[:1]] if len(few) > 1 else [],
        "single": split(single),
        "alone": split([replace(query, seed=seed) for seed in seeds[1:] for query in own]),
        "nobody": [[Query(zero, (), seeds[0])]] if members else [],
    }


def _size(plan: dict[str, list[list[Query]]]) -> int:
    return sum(len(queries) for part in plan.values() for queries in part)


def check_size(spec: OracleSpec, *, seeds: Iterable[int] = SEEDS) -> int:
    """Return how many queries `check_oracle` puts to an oracle of which only the spec is known."""
    return _size(_plan(spec, _rows(spec, None), tuple(seeds)))


def _call(oracle: UtilityOracle, queries: list[Query], *, patient: bool) -> Call:
    """Call the oracle; what it raises is noted, unless it is out of reach from the start."""
    start = perf_counter()
    try:
        replies = list(oracle.evaluate(queries))
    except (OracleError, MissingDependencyError) as error:
        if not patient:
            raise
        return _raised(queries, start, error)
    except (Exception, SystemExit) as error:
        return _raised(queries, start, error)
    seconds = perf_counter() - start
    if len(replies) != len(queries):
        fault = f"{len(replies)} answers to {len(queries)} queries"
        return Call(queries, [], seconds, misshapen=fault)
    for reply in replies:
        if not isinstance(reply, Evaluation):
            return Call(queries, [], seconds, misshapen=f"{reply!r:.60} for an Evaluation")
    return Call(queries, replies, seconds)


def _raised(queries: list[Query], start: float, error: BaseException) -> Call:
    text = f"{type(error).__name__}: {error}"
    return Call(queries, [], perf_counter() - start, raised=text)


def _effects(evidence: Evidence) -> Effects | None:
    try:
        return own_effects(evidence)
    except Exception:  # a finding says what is wrong with the answers
        return None


def _find(name: str, evidence: Evidence) -> CheckResult:
    """Run one check; answers that cannot even be read are its failure."""
    try:
        return CheckResult(name, *CHECKS[name](evidence))
    except Exception as error:
        text = f"the answers cannot be read, {type(error).__name__}: {error}"
        return CheckResult(name, "fail", text)
