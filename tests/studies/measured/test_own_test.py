"""Own test rows of a scenario: the check says who hurts whom, and own gains are the game."""

from pathlib import Path

import numpy as np
import pytest

from coopetition.studies.measured.backends import open_backend
from coopetition.studies.scenario.scenario import load_scenario
from tests.studies.command import coopetition, organization, written

TEXT = """
name = "own"
[oracle]
kind = "reference"
dataset = "breast-cancer"
local_rows = 60
rounds = 2
own_test = OWN
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    both = [organization(n, max_contribution=20.0) for n in ("North", "South")]
    tables = "".join(both).replace("local_data = 1500\n", "")
    for own in ("true", "false", "1"):
        written(tmp_path, TEXT.replace("OWN", own) + tables, f"{own}.toml")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_check_tells_the_effects() -> None:
    told = coopetition("oracle", "check", "true.toml", "--json").document
    effects = told["effects"]
    assert effects["organizations"] == ["North", "South"]
    assert np.array(effects["contributions"]["mean"]).shape == (2, 2)
    assert len(effects["together"]["verdict"]) == 2
    plain = coopetition("oracle", "check", "false.toml", "--json").document
    assert plain["effects"] is None
    assert plain["evaluations"] == told["evaluations"] - 2 * 2  # alone with two seeds more
    wrong = coopetition("solve", "1.toml")
    assert wrong.code == 2
    assert "`own_test` must be true or false, got 1" in wrong.err


def test_a_scenario_says_it_and_without_it_nothing_is_said(folder: Path) -> None:
    own, plain = (load_scenario(folder / f"{name}.toml") for name in ("true", "false"))
    assert own.oracle
    assert plain.oracle
    assert own.oracle.to_dict()["own_test"] is True
    assert "own_test" not in plain.oracle.to_dict()
    specs = [open_backend(one).oracle.spec() for one in (own, plain)]
    assert specs[0].fingerprint != specs[1].fingerprint
    assert [("gains" in spec.provides) for spec in specs] == [True, False]
