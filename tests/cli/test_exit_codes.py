"""Exit codes: 0 an answer, 1 the answer no, 2 bad input, 3 no answer; one line on stderr."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coopetition as co
from coopetition.oracles.protocol.query import Evaluation
from coopetition.studies.scenario.rules import rule_maker
from tests.studies.command import (
    MEASURED,
    NO_PURE,
    THREE,
    coopetition,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def test_no_pure_equilibrium_is_the_answer_no(tmp_path: Path) -> None:
    path = written(tmp_path, NO_PURE)
    answer = coopetition("solve", path, "--json")
    assert answer.code == 1
    said = answer.document
    assert said["status"] == "no-pure-equilibrium"
    assert said["certificate"]["epsilon"] > 0.1

    # Independent evidence: wherever South answers North as best it can, North would rather move.
    scenario = co.load_scenario(path)
    game = scenario.round()
    induced = co.redistribute(game, rule_maker(game, scenario.mechanism)(game))
    axes = [np.linspace(0.0, top, 801) for top in game.max_contribution]
    profiles = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    payoffs = induced.payoffs(profiles).reshape(801, 801, 2)
    answers = payoffs[:, :, 1].argmax(axis=1)
    regret = payoffs[:, :, 0].max(axis=0)[answers] - payoffs[np.arange(801), answers, 0]
    assert regret.min() > 0.3


def test_an_answer_without_certificate_is_not_given(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(game: Any) -> co.Equilibrium:
        return co.best_response_dynamics(game, max_iter=1)

    monkeypatch.setattr("coopetition.studies.solve.study.solve", hasty)
    out = three.parent / "out.json"
    answer = coopetition("solve", three, "--json", "--out", out)
    assert (answer.code, answer.out) == (3, "")
    assert len(answer.err.splitlines()) == 1
    assert "the budget of iterations ran out" in answer.err
    assert not out.exists()


def test_a_failing_oracle_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")

    def broken(oracle: Any, queries: Any) -> list[Evaluation]:
        return [Evaluation("failed", None, error="a silo is down") for _ in queries]

    monkeypatch.setattr("coopetition.oracles.ReferenceOracle.evaluate", broken)
    answer = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert (answer.code, answer.out) == (3, "")
    assert len(answer.err.splitlines()) == 1
    assert "a silo is down" in answer.err


def test_what_nobody_foresaw_is_one_line(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("coopetition.cli.solve.run_study", surprise)
    answer = coopetition("solve", three)
    assert answer.code == 3
    assert len(answer.err.splitlines()) == 1
    assert "internal error, please report it: ZeroDivisionError: two lines" in answer.err
    monkeypatch.setenv("COOPETITION_TRACEBACK", "1")
    answer = coopetition("solve", three)
    assert answer.code == 3  # 1 would be an answer
    assert "Traceback" in answer.err


def test_an_interruption_ends_quietly(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("coopetition.cli.solve.run_study", interrupt)
    answer = coopetition("solve", three)
    assert answer.code == 130
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "arguments",
    [["solve"], ["magic"], ["solve", "a", "b"], ["solve", "a", "--magic"], ["verify", "a"]],
    ids=["no file", "unknown verb", "two files", "unknown option", "no profile"],
)
def test_wrong_usage(arguments: list[str]) -> None:
    answer = coopetition(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert "--help`" in answer.err


@pytest.mark.parametrize("verb", ["solve", "compare", "verify"])
def test_every_verb_has_help_version_and_seed(verb: str) -> None:
    helped = coopetition(verb, "--help")
    assert helped.code == 0
    for option in ("--json", "--seed", "--out", "--version"):
        assert option in helped.out
    assert coopetition(verb, "--version").out.strip() == f"coopetition, version {co.__version__}"
    assert coopetition(verb, "a", "--seed", "-1").code == 2


PICTURES = ("solve", "compare", "sweep", "play", "statics", "design", "uncertainty")
TABLES = ("audit", "rules", "potential", "equilibria")


@pytest.mark.parametrize("verb", [*PICTURES, "verify", *TABLES])
def test_help_says_which_files_a_verb_writes(verb: str) -> None:
    helped = " ".join(coopetition(verb, "--help").out.split())
    said = helped[helped.index("--out PATH") :]
    assert ".json" in said
    assert (".csv" in said) is (verb != "verify")
    assert (".png" in said) is (verb in PICTURES)
    assert ("no pictures" in said) is (verb in TABLES)
    if verb in ("solve", "verify", "audit"):
        assert "Replaces the scenario's seed: reference data are dealt again" in helped
