"""Backends that fail at times, die, or are killed: what is stated happens, and is counted."""

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles import (
    Ledger,
    TolerantOracle,
    find_equilibrium,
    measure,
    measure_gains,
    respond,
    search_gains,
)
from coopetition.oracles.ledger.counting import CountedOracle, stage
from coopetition.oracles.protocol import Evaluation, FunctionOracle, Query
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.studies.scenario.oracle_table import read_oracle
from coopetition.studies.scenario.strict_tables import ScenarioTable
from tests.campaign import CAMPAIGN, draws
from tests.studies.command import Answer, coopetition, written
from tests.studies.measured.test_hostile_oracles import ROUND, WORKER

TEXT = ROUND.replace("profiles = 8", "profiles = 12").replace("seeds = 2", "seeds = 3", 1)
BY_CHANCE = "import zlib; bad = zlib.crc32(json.dumps(q).encode()) % 5 == 0"
NODE_LOST = "if bad: reply = dict(status='failed', error='node lost')"


def scenario(folder: Path, then: str, keys: str, *, spec: str = "pass", holdout: int = 2) -> Path:
    """Write a scenario whose worker does something else at times."""
    then = textwrap.indent(textwrap.dedent(then), " " * 12).strip()
    text = WORKER.replace("THEN", then).replace("SPEC", spec, 1)
    (folder / "worker.py").write_text(textwrap.dedent(text))
    command = json.dumps([sys.executable, "-S", "worker.py"])
    table = f'kind = "process"\ncommand = {command}\ntimeout = 30\nledger = "gains.sqlite"\n{keys}'
    text = TEXT.replace("holdout_seeds = 2", f"holdout_seeds = {holdout}")
    return written(folder, text.format(table))


def solved(folder: Path, then: str, keys: str, holdout: int = 2) -> Answer:
    return coopetition("solve", scenario(folder, then, keys, holdout=holdout), "--json")


def rows(folder: Path) -> list[tuple[str, str]]:
    """Return the key and the status of every attempt."""
    with closing(sqlite3.connect(folder / "gains.sqlite")) as file:
        return file.execute("SELECT key, status FROM evaluation").fetchall()


def without_counts(answer: Answer) -> dict[str, Any]:
    found = dict(answer.document)
    found["measured"] = {
        k: v for k, v in found["measured"].items() if k not in ("trainings", "failures", "oracle")
    }
    return {k: v for k, v in found.items() if k not in ("command", "digest", "inputs")}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Return what is said where nothing fails."""
    return solved(tmp_path_factory.mktemp("healthy"), "pass", "")


def test_a_fifth_fails_and_is_skipped(tmp_path: Path) -> None:
    keys = 'retries = 1\non_failure = "skip"\nmax_failures = 60'
    answer = solved(tmp_path, f"{BY_CHANCE}\n{NODE_LOST}", keys, holdout=8)
    assert answer.code == 0, answer.err
    told, kept = answer.document["measured"], rows(tmp_path)
    lost = [key for key, status in kept if status == "failed"]
    assert told["failures"]["last"] == "node lost"
    assert told["failures"]["failed"] == len(lost) > 10
    assert told["failures"]["skipped"] == len(set(lost)) == len(lost) / 2
    assert sum(part["trained"] for part in told["trainings"].values()) == len(kept)
    assert answer.document["measured"]["uncertainty"]["reason"] is None
    if CAMPAIGN:  # starting processes is slow
        (tmp_path / "gains.sqlite").unlink()
        path = scenario(tmp_path, f"{BY_CHANCE}\n{NODE_LOST}", keys + "\njobs = 2", holdout=8)
        assert without_counts(coopetition("solve", path, "--json")) == without_counts(answer)


def test_what_fails_once_changes_nothing(tmp_path: Path, healthy: Answer) -> None:
    once = "bad = repr(q) not in seen; seen.add(repr(q))\n"
    answer = solved(tmp_path, once + NODE_LOST, "retries = 1")
    assert answer.code == 0, answer.err
    assert without_counts(answer) == without_counts(healthy)
    told = answer.document["measured"]["failures"]
    assert told["failed"] == told["recovered"] == len(rows(tmp_path)) / 2


def test_another_seed_stands_in_for_nan(tmp_path: Path, healthy: Answer) -> None:
    nan = "if q['seed'] == 1: reply['gain'] = float('nan')"
    answer = solved(tmp_path, nan, 'on_failure = "reseed"\nmax_failures = 40')
    assert answer.code == 0, answer.err
    assert without_counts(answer) == without_counts(healthy)  # this worker ignores seeds
    lost = [key for key, status in rows(tmp_path) if status == "failed"]
    assert answer.document["measured"]["failures"]["reseeded"] == len(lost) >= 12


def test_a_silo_out_of_memory(tmp_path: Path) -> None:
    dies = "if q['contribution'][0] > 35: sys.exit('out of memory')"
    answer = solved(tmp_path, dies, 'on_failure = "skip"\nmax_failures = 40', holdout=0)
    assert answer.code == 0, answer.err
    dropped = 12 - len(answer.document["measured"]["profiles"])
    said = coopetition("solve", tmp_path / "scenario.toml").out.replace("\n", " ")
    assert f"Profiles dropped, as all their seeds failed: {dropped}." in said
    unsure = solved(tmp_path, dies, 'on_failure = "skip"\nmax_failures = 80')
    assert unsure.code == 3
    assert "`holdout_seeds` 0 answers unverified" in unsure.err
    told = answer.document["measured"]
    assert 7 <= len(told["profiles"]) < 12
    assert max(row[0] for row in told["profiles"]) <= 35
    assert "out of memory" in told["failures"]["last"]
    stopped = solved(tmp_path, dies, 'on_failure = "reseed"')
    assert stopped.code == 3
    assert "failed with seed 0 and 3 others" in stopped.err
    (tmp_path / "gains.sqlite").unlink()  # which knows the answers
    few = solved(tmp_path, dies.replace("35", "9"), 'on_failure = "skip"\nmax_failures = 40')
    assert (few.code, few.out) == (3, "")
    assert "of 12 profiles 8 failed with every seed, and 7 are needed" in few.err.replace("\n", " ")
    assert any(status == "ok" for _, status in rows(tmp_path))
    (tmp_path / "gains.sqlite").unlink()
    many = solved(tmp_path, dies.replace("35", "-1"), 'on_failure = "skip"')
    assert many.code == 3
    assert "more evaluations failed than `max_failures` = 20 allows" in many.err.replace("\n", " ")


def test_killed_and_started_again_nothing_is_trained_twice(tmp_path: Path, healthy: Answer) -> None:
    kills = draws(1, 10)
    (tmp_path / "kills").write_text(str(kills))
    path = scenario(
        tmp_path,
        """
        import signal
        left = int(open("kills").read())
        done = seen.__len__()
        if left and done >= 5:
            open("kills", "w").write(str(left - 1))
            os.kill(os.getppid(), signal.SIGKILL)
            sys.exit()
        seen.add(repr(q))
        open("trained", "a").write(repr(q) + chr(10))
        """,
        "",
        spec="spec['batch'] = 1",
    )
    for _ in range(kills):
        run = [sys.executable, "-m", "coopetition", "solve", str(path)]
        found = subprocess.run(run, capture_output=True, env=os.environ, check=False)
        assert found.returncode == -9, found.stderr
    answer = coopetition("solve", path, "--json")
    assert answer.code == 0, answer.err
    trained = (tmp_path / "trained").read_text().splitlines()
    assert len(trained) == len(set(trained)) == len(rows(tmp_path))
    assert without_counts(answer) == without_counts(healthy)


def gaps(x: Any, seed: int) -> list[float]:
    """Return own gains; fail in some cells, and altogether at the last profile."""
    if seed == 2 and x[0] > 0:
        raise MemoryError
    return [float("nan")] * 2 if x[1] > 5 else [x.sum() + seed, -x[0]]


def test_own_gains_keep_the_seeds_that_there_are() -> None:
    flaky = FunctionOracle(function=gaps, upper=(9.0, 9.0), own_gains=True)
    oracle = CountedOracle(TolerantOracle(flaky, retries=2, on_failure="skip"))
    with stage(oracle, "fit"):
        found = measure_gains(oracle, [[0, 0], [1, 2], [1, 9]], seeds=[1, 2, 3])
    assert found.profiles.tolist() == [[0, 0], [1, 2]]
    assert found.means.tolist() == [[2.0, 0.0], [5.0, -1.0]]
    errors = found.standard_errors
    assert errors is not None
    np.testing.assert_allclose(errors[:, 0], [1 / 3**0.5, 1.0])  # of (1, 2, 3) and of (4, 6)
    assert found.to_dict()["values"][1][1] == [None, None]
    assert oracle.failures.skipped == 4
    assert oracle.stages["fit"].trained == 9 + 2 * 4


def test_nothing_left_is_one_sentence() -> None:
    broken = FunctionOracle(function=lambda x: "high", upper=(9.0,), fingerprint="broken")
    (answer,) = evaluate_checked(broken, [Query((1.0,))])
    assert answer.error == "the backend reported the gain 'high'"
    with pytest.raises(OracleError, match=r"^of 2 evaluations all failed$"):
        measure(TolerantOracle(broken, on_failure="skip"), [[1.0], [2.0]], [0])
    with pytest.raises(OracleError, match="is failed: the backend reported"):
        measure(TolerantOracle(broken, retries=1), [[1.0]], [0])


def test_pending_to_the_end_is_a_failure() -> None:
    class Slow(FunctionOracle):
        timeout = 0.1

        def evaluate(self, queries: Any) -> list[Evaluation]:
            return [Evaluation("pending", None)] * len(queries)

    slow = Slow(function=lambda x: 0.0, upper=(9.0,))
    oracle = TolerantOracle(slow, on_failure="skip")
    assert oracle.evaluate([Query((1.0,))])[0].error == "it is still pending"
    assert oracle.failures.skipped == 1


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"retries": -1}, "`retries` must be at least 0, got -1"),
        ({"on_failure": "ignore"}, "`on_failure` must be one of stop, skip, reseed"),
        ({"max_failures": 3}, "with `on_failure` stop leave it out"),
        ({"on_failure": "skip", "max_failures": 0}, "`max_failures` must be at least 1, got 0"),
    ],
)
def test_policies_that_cannot_be(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_oracle(ScenarioTable.of({"kind": "reference", **keys}, "[oracle]"))


def test_a_changed_function_is_asked_anew(tmp_path: Path) -> None:
    def gain(scale: float) -> float | None:
        oracle = FunctionOracle(function=lambda x: scale * x.sum(), upper=(9.0,))
        with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
            return ledger.evaluate([Query((2.0,))])[0].gain

    assert [gain(scale) for scale in (1.0, 3.0, 1.0)] == [2.0, 6.0, 2.0]
    with open(os.devnull) as file, pytest.raises(OracleError, match="must have a `fingerprint`"):
        Ledger(
            tmp_path / "gains.sqlite",
            FunctionOracle(function=lambda x: len(file.read()), upper=(9.0,)),
        )


def lost(gain: Callable[[Any], Any]) -> TolerantOracle:
    """Return an oracle that loses every fifth seed, and dies where the first gives all."""

    def train(x: Any, seed: int) -> Any:
        if x[0] > 99:
            raise MemoryError
        return gain(x) if seed % 5 != 3 else float("nan")

    own = np.ndim(gain(np.zeros(2))) > 0
    oracle = FunctionOracle(function=train, upper=(100.0, 100.0), own_gains=own)
    return TolerantOracle(oracle, on_failure="skip", max_failures=60)


def test_a_search_goes_on_with_other_trainings() -> None:
    oracle = lost(lambda x: 1 - 2 / (9 + x.sum()) ** 0.5)
    found = find_equilibrium(
        oracle,
        lambda surface: respond(surface, [1.0, 1.5], lambda x: -0.004 * x, [100.0, 100.0]),
        local_data=[4.0, 5.0],
        budget=14,
    )
    assert found.profile[1] == pytest.approx(42.7, abs=5)  # (1.5 / 0.004)^(2/3) - 9
    assert len(found.surface.gains) == found.trainings - oracle.failures.skipped < found.trainings


def test_a_race_goes_on_without_who_fails() -> None:
    oracle = lost(lambda x: [np.log1p(0.1 * x.sum()), np.log1p(0.1 * x[1])])
    found = search_gains(
        oracle,
        lambda gains: (np.array([99.0, 80.0]), np.array([100.0, 20.0])),
        lambda x, gains, fit: float(gains.sum() - 0.02 * x.sum()),
        local_data=[5.0, 5.0],
        budget=20,
    )
    assert found.winner.profile.tolist() == [99.0, 80.0]
    assert found.trainings == len(found.trained.profiles) == 20 - oracle.failures.skipped
    assert np.isfinite(found.trained.values).all()
    assert found.trained.profiles[:, 0].max() <= 99
    with pytest.raises(OracleError, match="of the race for the best profile failed"):
        search_gains(
            oracle,
            lambda gains: (np.array([100.0, 80.0]), np.array([50.0, 20.0])),
            lambda x, gains, fit: float(gains.sum()),
            local_data=[5.0, 5.0],
            budget=14,
        )
