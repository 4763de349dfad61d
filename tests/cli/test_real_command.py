"""The command in a process of its own, and `oracle check`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coopetition.oracles.protocol.query import Evaluation, Query
from tests.studies.command import (
    GAIN,
    MEASURED,
    NO_PURE,
    THREE,
    coopetition,
    organization,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "coopetition", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment})


def test_the_real_command_says_the_same_twice(three: Path) -> None:
    first, second = (run("solve", three, "--json") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == b""
    assert json.loads(first.stdout) == coopetition("solve", three, "--json").document


def test_the_real_command_returns_its_codes(tmp_path: Path) -> None:
    no = run("solve", written(tmp_path, NO_PURE), "--json")
    assert no.returncode == 1, no.stderr
    assert json.loads(no.stdout)["status"] == "no-pure-equilibrium"
    bad = run("solve", tmp_path / "missing.toml", "--json")
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr.decode().startswith("coopetition: cannot read")


def test_output_is_utf8_wherever_it_goes(tmp_path: Path) -> None:
    text = GAIN + organization("Köln") + organization("北京")
    path = written(tmp_path, text)
    for encoding, *options in (("ascii",), ("cp1252", "--json")):
        done = run("solve", path, *options, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert done.returncode == 0, done.stderr
        assert "北京" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("options", [["--json"], []], ids=["JSON", "table"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, options: list[str]) -> None:
    name = "x" * 3000  # more than a pipe holds
    text = GAIN + "".join(organization(f"{k} {name}") for k in range(60))
    path = written(tmp_path, text)
    command = [sys.executable, "-m", "coopetition", "solve", str(path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


def test_oracle_check_reports_what_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, MEASURED)
    answer = coopetition("oracle", "check", path, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["passed"] is True
    verdicts = {f["name"]: f["verdict"] for f in answer.document["findings"]}
    assert verdicts["determinism"] == verdicts["finite"] == verdicts["order"] == "pass"
    table = coopetition("oracle", "check", path)
    assert "pass  determinism" in table.out
    curve = coopetition("oracle", "check", written(tmp_path, THREE, "curve.toml"))
    assert curve.code == 2
    assert "has no [oracle]" in curve.err


def test_oracle_check_fails_a_backend_that_answers_nonsense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nonsense(self: object, queries: list[Query]) -> list[Evaluation]:
        return [Evaluation("ok", float("nan"), responded=q.members) for q in queries]

    monkeypatch.setattr("coopetition.oracles.ReferenceOracle.evaluate", nonsense)
    answer = coopetition("oracle", "check", written(tmp_path, MEASURED))
    assert answer.code == 1, answer.err
    assert "fail  finite" in answer.out
