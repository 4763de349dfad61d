"""What the tests of the transports share: one backend that really learns, one that is a formula."""

from collections.abc import Sequence
from dataclasses import replace

from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

SPEC = OracleSpec(
    organizations=("North", "South"),
    metric="gain",
    unit="rows",
    lower=(0.0, 0.0),
    upper=(100.0, 100.0),
    baseline=0.1,
    deterministic=True,
    provides=frozenset({"gain", "coalition"}),
    fingerprint="formula-1",
    batch=3,
    baselines=(0.1, -1 / 3),
)
QUERIES = [
    Query((7.0, 0.0), seed=3),
    Query((0.1, 30.0), coalition=(1,), seed=2**40),
    Query((1 / 3, 40.0)),
    Query((5.0, 5.0), coalition=()),
    Query((40.0, 40.0), seed=1),
]


def tiny() -> ReferenceOracle:
    """Learn on few rows for two rounds."""
    return ReferenceOracle(
        organizations=("North", "South"),
        dataset="breast-cancer",
        local_rows=40,
        upper=100,
        rounds=2,
    )


class Formula:
    """Answer (x + y + seed) / 7, with every field filled in; fail, raise or sleep where told."""

    def spec(self) -> OracleSpec:
        """Describe it."""
        return SPEC

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Compute."""
        return [self._answer(query) for query in queries]

    def _answer(self, query: Query) -> Evaluation:
        x, y = query.contribution
        if x == 99.0:
            raise ValueError("no such training")
        if x == 98.0:
            return Evaluation("ok", float("nan"))
        if x == 97.0:
            return Evaluation("ok", 0.5, responded=(0,), source="self-reported")
        gain = (x + y + query.seed) / 7
        gains, errors = (x / 7, None), (1e-4 / 3, None)
        return Evaluation("ok", gain, gains, 1e-3 / 3, 0.25, query.members, gain_errors=errors)

    def close(self) -> None:
        """Do nothing."""


def same_answers(remote: UtilityOracle, local: UtilityOracle) -> None:
    """Check that descriptions and answers are equal to the last bit, times aside."""
    assert remote.spec() == local.spec()
    there, here = (evaluate_checked(oracle, QUERIES) for oracle in (remote, local))
    assert [replace(a, seconds=0.0) for a in there] == [replace(a, seconds=0.0) for a in here]
    assert len({a.gain for a in there}) == len(QUERIES)
