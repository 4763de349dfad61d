"""Oracles that tell everybody's own gain and no common one keep their promises too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from coopetition.games.errors import OracleError
from coopetition.oracles.conformance.check import check_oracle
from coopetition.oracles.gains.measure_gains import measure_gains
from coopetition.oracles.protocol.measurement import measured_gains, measured_own_gains
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query


@dataclass
class Own:
    """Two curves of all rows, apart by `apart`; alone only the own rows count."""

    apart: float = 0.0
    provides: frozenset[str] = frozenset({"gains", "coalition"})
    silent: bool = False  # about the second

    def spec(self) -> OracleSpec:
        """Describe it."""
        return OracleSpec(
            organizations=("North", "South"), metric="accuracy", unit="rows", lower=(0.0, 0.0),
            upper=(100.0, 100.0), baseline=0.1, deterministic=True, provides=self.provides,
            fingerprint="own", batch=8,
        )  # fmt: skip

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer with own gains only; those who take no part have none."""
        answers = []
        for query in queries:
            luck = 1e-4 * float(np.random.default_rng(query.seed).normal())
            rows = 20.0 * len(query.members) + sum(query.contribution)
            gain = 0.8 - 2.0 * (5.0 + rows) ** -0.5 + luck
            both = (gain + self.apart, None if self.silent else gain - self.apart)
            gains = tuple(both[n] if n in query.members else None for n in range(2))
            answers.append(Evaluation("ok", None, gains=gains, responded=query.members))
        return answers

    def close(self) -> None:
        """Hold nothing."""


def verdicts(oracle: Own) -> dict[str, str]:
    """Return what every check says."""
    report = check_oracle(oracle, local_data=[20.0, 20.0])
    return {finding.name: finding.verdict for finding in report.findings}


def test_own_gains_are_enough_and_one_curve_is_put_before_everybody() -> None:
    alike, apart = verdicts(Own()), verdicts(Own(apart=0.3))
    assert "fail" not in alike.values()
    assert (alike["one curve"], alike["seeds"], alike["coalitions"]) == ("pass", "pass", "pass")
    assert apart["one curve"] == "warn"
    assert {k: v for k, v in apart.items() if k not in ("one curve", "together or alone")} == {
        k: v for k, v in alike.items() if k not in ("one curve", "together or alone")
    }


def test_a_promised_common_gain_must_come_and_so_must_own_ones() -> None:
    promised = Own(provides=frozenset({"gain", "gains", "coalition"}))
    assert verdicts(promised)["finite"] == "fail"
    with pytest.raises(OracleError, match="promises a `gain`, and reported none"):
        measure_gains(promised, [[0.0, 0.0]], [0])
    with pytest.raises(OracleError, match="none that is common to all"):
        measured_gains(Own(), [Query((1.0, 2.0))])
    assert verdicts(Own(silent=True))["own gains"] == "fail"
    assert verdicts(Own(provides=frozenset({"coalition"})))["spec"] == "fail"


def test_who_takes_no_part_has_no_gain() -> None:
    alone = [Query((5.0, 0.0), (0,)), Query((0.0, 5.0), (1,))]
    gains, errors = measured_own_gains(Own(), alone)
    assert np.isnan(gains).tolist() == [[False, True], [True, False]]
    assert errors is None
    found = measure_gains(Own(), np.diag([5.0, 5.0]), [0, 1], coalitions=[(0,), (1,)])
    assert found.means[0, 0] == pytest.approx(found.means[1, 1])
    with pytest.raises(OracleError, match="reported the gain None"):
        measured_own_gains(Own(silent=True), alone)
