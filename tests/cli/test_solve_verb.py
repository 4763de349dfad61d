"""What `solve` prints: one JSON object that adds up, and a table that hides nothing."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coopetition as co
from coopetition.studies.scenario.rules import rule_maker
from tests.studies.command import (
    NO_PURE,
    THREE,
    TWO,
    coopetition,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def is_list(value: Any, size: int = 3) -> bool:
    return isinstance(value, list) and len(value) == size and all(type(v) is float for v in value)


def test_solve_prints_every_key_with_its_type(three: Path) -> None:
    said = coopetition("solve", three, "--json").document
    for key in ("contribution", "gain", "payoff", "transfer", "fee", "payoff_before_transfers"):
        assert is_list(said[key]), key
    for key in ("welfare", "deficit", "potential", "efficiency", "welfare_gap"):
        assert type(said[key]) is float, key
    for key in ("scenario", "currency", "digest", "status", "solver", "version", "command"):
        assert type(said[key]) is str, key
    assert said["scenario"] == "three-hospitals"
    assert said["organizations"] == ["North", "South", "West"]
    assert said["status"] == "converged"
    assert said["unique"] is True
    assert said["version"] == co.__version__
    assert is_list(said["weights"])
    assert is_list(said["without_rule"]["contribution"])
    assert is_list(said["without_rule"]["payoff"])
    assert is_list(said["planner"]["contribution"])
    assert type(said["planner"]["welfare"]) is float
    assert set(said["certificate"]) >= {"epsilon", "claim", "regret", "tolerance"}
    assert said["certificate"]["claim"] in ("proved", "checked", "estimated")
    assert is_list(said["certificate"]["regret"])
    assert set(said["properties"]) == {
        "budget-balance",
        "individual-rationality-autarky",
        "individual-rationality-exit",
        "potential-kept",
        "optimum-is-equilibrium",
    }
    for verdict in said["properties"].values():
        assert set(verdict) == {"holds", "claim", "witness", "assumptions"}
        assert verdict["holds"] in (True, False, None)
        assert verdict["claim"] in ("proved", "checked", "estimated", None)
        assert verdict["witness"]
    assert is_list(said["outside"]["autarky"])
    assert is_list(said["outside"]["exit"])


@pytest.mark.parametrize("rule", ["none", "redistribution", "bilateral-prices"])
def test_what_solve_prints_adds_up(three: Path, rule: str) -> None:
    said = coopetition("solve", three, "--json", "--rule", rule).document
    scenario = co.load_scenario(three)
    game = scenario.round()
    x = np.array(said["contribution"])
    before = game.payoffs(x)
    transfer, fee = np.array(said["transfer"]), np.array(said["fee"])
    assert said["mechanism"]["rule"] == rule
    assert said["payoff"] == pytest.approx(before + transfer + fee, abs=1e-9)
    assert said["welfare"] == pytest.approx(before.sum(), abs=1e-9)
    assert said["deficit"] == pytest.approx((transfer + fee).sum(), abs=1e-9)
    shared = 1.0 - 2.0 * (2900.0 + x @ [0.8, 1.0, 1.0]) ** -0.35
    washed = 0.05 * np.array([1.0, 0.5, 0.0]) * game.local_data / (game.local_data + x)
    assert said["gain"] == pytest.approx(shared - washed, abs=1e-12)
    free = co.solve(game)
    assert said["without_rule"]["contribution"] == pytest.approx(free.profile, rel=1e-9)
    assert said["without_rule"]["payoff"] == pytest.approx(free.payoffs, rel=1e-9)
    planner = said["planner"]
    assert planner["welfare"] == pytest.approx(float(game.welfare(planner["contribution"])))
    assert said["efficiency"] == pytest.approx(said["welfare"] / planner["welfare"], rel=1e-12)
    assert said["welfare_gap"] == pytest.approx(planner["welfare"] - said["welfare"], abs=1e-9)
    assert said["welfare_gap"] >= -1e-9
    certificate = said["certificate"]
    pairs = zip(certificate["regret"], certificate["tolerance"], strict=True)
    assert certificate["epsilon"] == max(certificate["regret"])
    assert all(regret <= tolerance for regret, tolerance in pairs)
    damage = np.array([[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])
    assert said["weights"] == pytest.approx(game.value - damage @ game.value, rel=1e-12)
    if rule == "none":
        assert said["transfer"] == [0, 0, 0]
        assert said["contribution"] == said["without_rule"]["contribution"]
    if rule == "redistribution":
        paid = 0.03 * (damage.sum(axis=1) * x - damage.T @ x)
        assert transfer == pytest.approx(paid, abs=1e-9)
        alone = np.array(said["outside"]["autarky"])
        assert np.ptp(np.array(said["payoff"]) - alone) < 1e-9


def test_the_potential_is_one(three: Path) -> None:
    """A unilateral change moves the payoff by w_n times what it moves the potential."""
    said = coopetition("solve", three, "--json").document
    scenario = co.load_scenario(three)
    game = scenario.round()
    induced: Any = co.redistribute(game, rule_maker(game, scenario.mechanism)(game))
    x = np.array(said["contribution"])
    assert said["potential"] == pytest.approx(float(induced.potential(x)), rel=1e-12)
    for n in range(3):
        y = x.copy()
        y[n] *= 0.5
        change = float(induced.potential(y) - induced.potential(x))
        assert (induced.payoffs(y) - induced.payoffs(x))[n] == pytest.approx(
            said["weights"][n] * change, rel=1e-6
        )


def test_without_a_potential_there_are_no_weights(tmp_path: Path) -> None:
    said = coopetition("solve", written(tmp_path, NO_PURE), "--json").document
    assert said["weights"] is None
    assert said["potential"] is None
    assert said["unique"] is None
    assert {verdict["holds"] for verdict in said["properties"].values()} == {None}


def test_efficiency_of_a_worthless_model_is_null(tmp_path: Path) -> None:
    path = written(tmp_path, TWO.replace("value = 1000.0", "value = 0"))
    assert coopetition("solve", path, "--json").document["efficiency"] is None


def test_a_failed_property_is_no_failure(tmp_path: Path) -> None:
    answer = coopetition("solve", written(tmp_path, THREE + "balanced = false\n"), "--json")
    assert answer.code == 0
    assert answer.document["properties"]["budget-balance"]["holds"] is False
    assert abs(answer.document["deficit"]) > 0.1


def test_rule_and_rate_replace_the_scenarios(three: Path) -> None:
    slow = coopetition("solve", three, "--json", "--rate", "0.001").document
    fast = coopetition("solve", three, "--json", "--rate", "0.06").document
    assert sum(slow["contribution"]) < sum(fast["contribution"])
    for arguments, words in (
        (["--rule", "none", "--rate", "1"], "takes no `rate`"),
        (["--rate", "nan"], "`rate` must be a finite number, got nan"),
        (["--rule", "magic"], "'magic' is not one of"),
        (["--rate", "fast"], "'fast' is not a valid float"),
    ):
        answer = coopetition("solve", three, *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
    plain = coopetition("solve", written(three.parent, TWO), "--rule", "redistribution")
    assert plain.code == 2
    assert "redistribution needs a `rate`: give --rate, or write `rule = " in plain.err
    partial = coopetition("solve", three, "--rule", "partial-pigou")
    assert partial.code == 2
    assert 'write `rule = "partial-pigou"` and `alpha` in [mechanism]' in partial.err
    text = THREE.replace('"redistribution"', '"partial-pigou"').replace("rate", "alpha")
    assert coopetition("solve", written(three.parent, text), "--rule", "partial-pigou").code == 0


def test_welfare_below_the_planners_never_reads_as_all_of_it() -> None:
    three = Path(__file__).parents[2] / "examples" / "three.toml"
    options = (three, "--rule", "redistribution", "--rate", "0.03")
    said = coopetition("solve", *options, "--json").document
    assert 0.99995 < said["efficiency"] < 1  # four decimals would be 1.0000
    shown = re.search(
        r": ([\d.]+) % of the attainable gain .* \(([\d.]+) of the planner's",
        coopetition("solve", *options).out,
    )
    assert shown is not None
    assert float(shown[1]) == pytest.approx(100 * said["attainable_share"], abs=6e-3)
    assert float(shown[2]) == pytest.approx(said["efficiency"], abs=6e-6)
    assert max(float(shown[1]) / 100, float(shown[2])) < 1


def test_no_cell_of_a_sweep_reads_as_all_of_it(tmp_path: Path) -> None:
    three = Path(__file__).parents[2] / "examples" / "three.toml"
    text = three.read_text(encoding="utf-8")
    text = text.replace('rule = "bilateral-prices"', 'rule = "redistribution"\nrate = 0.03')
    words = coopetition("sweep", written(tmp_path, text), "--vary", "mechanism.rate=0.03,0.031").out
    lines = [line.split() for line in words.splitlines() if line.startswith("0.03")]
    for place in (4, 5):  # of planner, of attainable
        assert [0.99 < float(cells[place]) < 1 for cells in lines] == [True, True]
