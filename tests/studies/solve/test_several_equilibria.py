"""What is said where there are several equilibria, one that was only searched, or a continuum."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.solvers import solve, solve_planner
from coopetition.studies import MechanismSettings, run_study
from coopetition.studies.audit import verdicts
from coopetition.studies.audit.examine_round import _unique
from coopetition.studies.compare.compare import _scored
from coopetition.studies.scenario.scenario import parse_scenario
from coopetition.studies.solve.study import Study
from tests.solvers.aggregate.test_listed import tied, twins
from tests.studies.command import GAIN, coopetition, organization, written

PAID = MechanismSettings("redistribution", rate=0.05)
TWINS = """
name = "two"
[gain]
family = "exponential"
ceiling = 1.0
scale = 2000.0
[competition]
damage = 1.5
[mechanism]
rule = "redistribution"
rate = 0.05
fees = "{fees}"
""" + "".join(
    organization(name, local_data=500, max_contribution=3000, unit_cost=0.0, quadratic_cost=1e-6)
    for name in "AB"
)


def signed() -> CoopetitionRound:
    """Return a round in which one has a negative weight, and one equilibrium exists."""
    return CoopetitionRound(
        gain=PowerGain(1.0, 20.0, 0.5), organizations=["North", "Mill"],
        local_data=[100.0, 200.0], max_contribution=[2000.0, 1000.0], value=[1000.0, 30.0],
        quadratic_cost=2e-5, damage=[[0.0, 0.0], [0.4, 0.0]],
    )  # fmt: skip


def searched(game: CoopetitionRound) -> Study:
    """Return a study under a rule of which nothing is known: its equilibrium is searched."""

    def by_effort(game: Any, x: Array) -> Array:
        return 0.001 * (x - x.mean(axis=-1, keepdims=True))

    return run_study(game, by_effort)


def test_both_equilibria_are_shown_with_the_chosen_one(tmp_path: Path) -> None:
    path = written(tmp_path, TWINS.replace("{fees}", "none"))
    document = coopetition("solve", path, "--json").document
    low, high = document["equilibria"]
    assert (low["contribution"], high["contribution"]) == ([0.0, 0.0], [3000.0, 3000.0])
    assert (low["chosen"], high["chosen"], low["continuum"]) == (False, True, None)
    assert high["payoff"] == pytest.approx(document["payoff"])
    assert (high["welfare"], document["unique"]) == (pytest.approx(document["welfare"]), False)
    game = parse_scenario_text(TWINS.replace("{fees}", "none"))
    assert low["payoff"] == pytest.approx(game.payoffs([0.0, 0.0]).tolist())
    shown = coopetition("solve", path).out
    assert ": all pure equilibria\n" in shown
    assert "2 (chosen)" in shown
    assert "continuum" not in shown
    assert "Ties" not in shown


def parse_scenario_text(text: str) -> CoopetitionRound:
    """Return the round of a scenario's text."""
    return parse_scenario(tomllib.loads(text)).round()


def test_fees_are_the_same_at_every_equilibrium(tmp_path: Path) -> None:
    text = TWINS.replace("{fees}", "equal-gain").replace("value = 1000.0", "value = 900.0", 1)
    document = coopetition("solve", written(tmp_path, text), "--json").document
    assert any(document["fee"])
    game = parse_scenario_text(text)
    for one in document["equilibria"]:
        before = game.payoffs(one["contribution"])
        moved = np.array(one["payoff"]) - before
        assert float(moved.sum()) == pytest.approx(one["deficit"], abs=1e-9)
        if one["contribution"] == [0.0, 0.0]:  # no transfers there: fees alone
            assert moved == pytest.approx(document["fee"])


def test_one_equilibrium_is_a_list_of_one_and_a_search_knows_none(tmp_path: Path) -> None:
    even = GAIN + organization("North", quadratic_cost=2e-6) + organization(
        "South", quadratic_cost=3e-6
    )  # fmt: skip
    document = coopetition("solve", written(tmp_path, even), "--json").document
    assert len(document["equilibria"]) == 1
    assert document["equilibria"][0]["chosen"]
    found = coopetition("solve", written(tmp_path, even), "--json", "--rule", "proportional")
    assert (found.document["equilibria"], found.document["unique"]) == (None, None)


def test_ties_say_what_stays_the_same(tmp_path: Path) -> None:
    text = (GAIN + organization("North") + organization("South")).replace("0.001", "0.01")
    answer = coopetition("solve", written(tmp_path, text))
    assert "Not the only one: ties between North, South, whose costs are linear" in answer.out
    assert "effective data" in answer.out
    (one,) = coopetition("solve", written(tmp_path, text), "--json").document["equilibria"]
    assert one["continuum"].startswith("ties between")


# The audit's words


def test_a_searched_uniqueness_is_never_called_proved() -> None:
    study = run_study(signed(), MechanismSettings("redistribution", 0.1, intensity=0.5))
    assert study.equilibrium.solver == "enumerate_profiles"
    assert study.equilibrium.unique is True
    said = verdicts.unique(study)
    assert (said.holds, said.claim) == (True, "checked")
    assert "the only pure equilibrium" in said.witness
    assert not _unique(study.equilibrium).proved


def test_theory_proves_the_only_one_and_says_nothing_of_a_search() -> None:
    game = tied(quadratic_cost=1e-6)
    said = verdicts.unique(run_study(game, None))
    assert (said.holds, said.claim) == (True, "proved")
    open_ = verdicts.unique(searched(game))
    assert (open_.holds, open_.claim) == (None, None)
    assert open_.witness.startswith("theory says nothing here; no structure is known")


def test_ties_and_several_are_told_apart() -> None:
    ties = verdicts.unique(run_study(tied(), None))
    assert (ties.holds, ties.claim) == (False, "checked")
    assert ties.witness.startswith("ties between A, B")
    several = verdicts.unique(run_study(twins(), PAID))
    assert (several.holds, several.claim) == (False, "checked")
    assert "2 pure equilibria exist" in several.witness
    assert "continuum" not in several.witness
    assert _unique(solve(tied())).witness.startswith("ties between")


def test_the_price_of_anarchy_is_of_the_worst_equilibrium_that_is_listed() -> None:
    study = run_study(twins(), PAID)
    low = float(study.game.welfare(np.zeros(2)))
    said = verdicts.anarchy(study, "checked")
    assert said.holds is False
    assert said.witness.startswith(f"{study.planner.welfare / low:.6g} in this round")
    assert "the worst of 2 equilibria" in said.witness
    assert "lower bound" not in said.witness


def test_elsewhere_it_is_a_lower_bound() -> None:
    missing = verdicts.anarchy(searched(tied(quadratic_cost=1e-6)), "checked")
    assert missing.witness.endswith("; other equilibria may be worse: a lower bound")
    ties = verdicts.anarchy(run_study(tied(), None), "checked")
    assert ties.witness.endswith("a lower bound")
    only = verdicts.anarchy(run_study(tied(quadratic_cost=1e-6), None), "checked")
    assert "lower bound" not in only.witness
    alone = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0], max_contribution=4000.0, value=1000.0,
        unit_cost=0.01, quadratic_cost=1e-6,
    )  # fmt: skip
    assert verdicts.anarchy(run_study(alone, None), "checked").holds is True
    assert verdicts.anarchy(searched(alone), "checked").holds is None  # optimal, others unknown


def test_a_comparison_says_that_it_took_the_best_of_several() -> None:
    row, _ = _scored(twins(), "redistribution", PAID, solve_planner(twins()), None, "κ = 0.05")
    assert row.note == "κ = 0.05; 2 equilibria, this has the highest welfare"
