"""A scenario's settings are every verb's defaults; what replaces them is said."""

from pathlib import Path

import pytest

from coopetition.studies.design.design import Constraints, design
from coopetition.studies.outside.outside import autarky, exit_payoffs
from coopetition.studies.scenario.rules import optimal_prices
from coopetition.studies.scenario.scenario import load_scenario
from tests.studies.command import EVEN, THREE, coopetition, written

EXIT = THREE.replace('fees = "equal-gain"', 'outside_option = "exit"')


@pytest.mark.parametrize("option", ["autarky", "exit", "sub-coalition"])
def test_design_takes_the_outside_option_of_the_scenario(tmp_path: Path, option: str) -> None:
    path = written(tmp_path, EXIT.replace('"exit"', f'"{option}"'))
    found = coopetition("design", path, "--json").document
    named = coopetition("design", path, "--outside", option, "--json").document
    assert found["outside_option"] == named["outside_option"] == option
    assert found["outside"] == named["outside"]
    assert "mechanism.outside_option" not in found["overrides"]
    assert f"Outside option: {option}." in coopetition("design", path).out


def test_the_outside_options_differ_and_decide(tmp_path: Path) -> None:
    path = written(tmp_path, EXIT)
    game = load_scenario(path).round()
    left = exit_payoffs(game, optimal_prices, autarky(game))
    found = coopetition("design", path, "--json").document
    assert found["outside"] == pytest.approx(left.tolist())
    alone = coopetition("design", path, "--outside", "autarky", "--json").document
    assert alone["outside"] == pytest.approx(autarky(game).payoff.tolist())
    assert alone["overrides"]["mechanism.outside_option"] == {"scenario": "exit", "used": "autarky"}
    said = coopetition("design", path, "--outside", "autarky").out
    assert "Not the scenario's: mechanism.outside_option autarky (there exit)" in said
    spare = float(game.welfare(found["planner"]["contribution"])) - left.sum()
    over = spare / 3 + 1.0
    assert not design(game, constraints=Constraints(outside="exit", guarantee=over)).feasible


def test_fees_that_are_measured_against_exit_count(tmp_path: Path) -> None:
    path = written(tmp_path, THREE.replace('"equal-gain"', '"almost-ideal"'))
    assert coopetition("design", path, "--json").document["outside_option"] == "exit"


def test_design_says_that_it_makes_a_rule_and_fees_of_its_own(tmp_path: Path) -> None:
    overrides = coopetition("design", written(tmp_path, THREE), "--json").document["overrides"]
    assert overrides["mechanism.rule"] == {"scenario": "redistribution", "used": "designed"}
    assert overrides["mechanism.fees"] == {"scenario": "equal-gain", "used": "designed"}
    said = coopetition("design", written(tmp_path, THREE)).out
    assert said.startswith(
        "Not the scenario's: mechanism.rule designed (there redistribution), mechanism.fees"
    )
    plain = written(tmp_path, THREE[: THREE.index("[mechanism]")])
    assert coopetition("design", plain, "--json").document["overrides"] == {}


@pytest.mark.parametrize("verb", [["solve"], ["audit"], ["statics", "--wrt", "competition.damage"]])
def test_every_verb_says_what_is_not_the_scenarios(tmp_path: Path, verb: list[str]) -> None:
    path = written(tmp_path, EVEN + "\n")
    name, *words = verb
    plain = coopetition(name, path, *words, "--json")
    assert plain.document["overrides"] == {}
    other = coopetition(name, path, *words, "--rate", "0.01", "--seed", "3", "--json").document
    assert other["overrides"] == {
        "seed": {"scenario": 0, "used": 3},
        "mechanism.rate": {"scenario": 0.03, "used": 0.01},
    }
    said = coopetition(name, path, *words, "--rate", "0.01").out
    assert "Not the scenario's: mechanism.rate 0.01 (there 0.03)." in said
    same = coopetition(name, path, *words, "--rate", "0.03", "--json").document
    assert same["overrides"] == {}  # what is the same is no override


def test_a_comparison_says_it_of_every_rule_that_it_was_given(tmp_path: Path) -> None:
    path = written(tmp_path, "draws = 2\n" + EVEN)
    words = ["--rule", "deviation-from-average", "--rule", "walker", "--rate", "0.01"]
    found = coopetition("compare", path, *words, "--json").document
    assert found["overrides"] == {
        "mechanism.rule": {
            "scenario": "redistribution",
            "used": ["deviation-from-average", "walker"],
        },
        "mechanism.rate": {"scenario": 0.03, "used": 0.01},
    }


def test_parameters_that_go_with_a_rule_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, THREE)
    overrides = coopetition("solve", path, "--rule", "none", "--json").document["overrides"]
    assert overrides == {
        "mechanism.rule": {"scenario": "redistribution", "used": "none"},
        "mechanism.rate": {"scenario": 0.03, "used": None},
    }


def test_seeds_of_the_other_verbs_are_said_too(tmp_path: Path) -> None:
    path = written(tmp_path, "seed = 5\n" + EVEN)
    for verb, *words in (
        ["sweep", "--vary", "competition.damage=0,0.1", "--jobs", "1"],
        ["play", "--rounds", "1"],
        ["design"],
    ):
        found = coopetition(verb, path, *words, "--seed", "2", "--json").document
        assert found["overrides"]["seed"] == {"scenario": 5, "used": 2}


def test_a_verified_profile_names_the_rule_it_was_verified_under(tmp_path: Path) -> None:
    path, profile = written(tmp_path, THREE), tmp_path / "p.json"
    profile.write_text(coopetition("solve", path, "--rule", "none", "--json").out)
    answer = coopetition("verify", path, "--profile", profile, "--rule", "none", "--json")
    assert answer.code == 0
    assert answer.document["overrides"]["mechanism.rule"]["used"] == "none"
    assert coopetition("verify", path, "--profile", profile, "--json").document["overrides"] == {}
