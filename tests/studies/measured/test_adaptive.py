"""An adaptive design in a scenario: few trainings, the rest as with a fixed one."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.measured.measured import Measured
from tests.studies.command import LEARNED, MEASURED, Answer, coopetition, written
from tests.studies.measuring import measured_round

pytest.importorskip("sklearn")

FIXED = "profiles = 8\nseeds = 2\nholdout_seeds = 2\n"
# Two rounds on sixty rows: too noisy for one percent with eleven trainings.
NOISY = MEASURED.replace(FIXED, 'design = "adaptive"\n')


def parsed(text: str) -> Any:
    return parse_scenario(tomllib.loads(text))


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measured_round(LEARNED)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    text = LEARNED.replace('"adaptive"\n', '"adaptive"\nholdout_seeds = 6\n')
    return coopetition("solve", written(tmp_path_factory.mktemp("a"), text), "--json")


def test_it_solves_with_few_trainings(answer: Answer) -> None:
    assert answer.code == 0, answer.err
    said = answer.document["measured"]
    search = said["search"]
    assert search["claim"] == "estimated"
    assert search["reached"] is True
    assert search["trainings"] == len(said["profiles"]) == len(said["mean"]) <= 14
    assert max(search["bound"]) <= search["target"] == 0.01
    assert said["standard_error"] is None  # one seed per profile


def test_what_is_solved_is_what_was_searched(measured: Measured, answer: Answer) -> None:
    assert measured.search is not None
    study = run_study(measured.game)
    np.testing.assert_allclose(study.contribution, measured.search.profile)
    np.testing.assert_allclose(study.contribution, answer.document["contribution"])
    np.testing.assert_allclose(measured.fit.residuals, measured.measurements.values[:, 0] - [
        float(measured.game.gain.value(measured.game.form.aggregate(x)))
        for x in measured.measurements.profiles
    ])  # fmt: skip


def test_real_deviations_bring_no_more_than_was_said(answer: Answer) -> None:
    checked = answer.document["measured"]["check"]
    assert {one["seeds"] for one in checked["gain"]} == {6}
    assert max(checked["share_of_payoff"]) <= 0.01


def test_the_rule_in_force_is_searched_for(tmp_path: Path) -> None:
    text = LEARNED + '[mechanism]\nrule = "bilateral-prices"\nfees = "equal-gain"\n'
    found = coopetition("solve", written(tmp_path, text), "--json")
    assert found.code == 0, found.err
    document = found.document
    np.testing.assert_allclose(document["contribution"], document["planner"]["contribution"])
    assert document["measured"]["autarky"]["claim"] == "estimated"  # fees ask for it
    assert abs(sum(document["fee"])) < 1e-9


def test_without_fees_nobody_is_trained_alone(answer: Answer) -> None:
    assert answer.document["measured"]["autarky"] is None
    assert answer.document["outside"]["autarky"] is None
    assert answer.document["properties"]["individual-rationality-autarky"]["holds"] is None


def test_the_table_says_how_it_was_found_and_the_same_is_found(
    answer: Answer, tmp_path: Path
) -> None:
    out = tmp_path / "again.json"
    text = LEARNED.replace('"adaptive"\n', '"adaptive"\nholdout_seeds = 0\n')
    told = coopetition("solve", written(tmp_path, text), "--out", out)
    assert told.code == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    assert again["measured"].pop("check") is None  # asked for no more trainings
    assert again["measured"].pop("verification") is None
    assert "Nothing of the answer was trained: it holds on the fitted curve." in told.out
    first = answer.document["measured"]
    assert again["measured"].pop("oracle") | {"holdout_seeds": 6} == first["oracle"]
    del again["measured"]["trainings"], again["measured"]["ledger"]
    assert again["measured"].items() <= first.items()
    assert again["payoff"] == answer.document["payoff"]
    assert "trainings; estimated regret at most" in told.out
    assert "target 1 % reached" in told.out


def test_too_much_noise_for_the_budget_is_said(tmp_path: Path) -> None:
    out = tmp_path / "noisy.json"
    told = coopetition("solve", written(tmp_path, NOISY), "--out", out)
    assert told.code == 0  # an answer, with its uncertainty
    search = json.loads(out.read_text(encoding="utf-8"))["measured"]["search"]
    assert (search["trainings"], search["reached"]) == (11, False)
    assert max(search["bound"]) > search["target"]
    assert "target 1 % NOT reached" in told.out


def test_rounds_of_a_play_have_seeds_of_their_own(tmp_path: Path) -> None:
    ledger = LEARNED.replace('"adaptive"\n', '"adaptive"\nledger = "paid.sqlite"\n')
    file = written(tmp_path, ledger)
    played = coopetition("play", file, "--rounds", "2", "--json")
    assert played.code == 0, played.err
    first, second = played.document["rounds"]
    most = most_trainings(parsed(LEARNED).oracle, 3)
    assert most == 14
    assert first["measured_seeds"][0] == 0
    assert second["measured_seeds"][0] == first["training_seed"] + 1 == most + 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("seeds = 3", "`seeds` is no key of the adaptive design, which takes target_regret and"),
        ("profiles = 9", "`profiles` is no key of the adaptive design"),
        ("target_regret = 0", "`target_regret` must be positive, got 0"),
        ("trainings = 3", "`trainings` must be at least 4, got 3"),
        ("holdout_seeds = 1", "`holdout_seeds` must be at least 2, or 0 for none, got 1"),
    ],
)
def test_malformed_settings_are_named(change: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        parsed(LEARNED.replace('"adaptive"\n', f'"adaptive"\n{change}\n'))


def test_keys_of_the_adaptive_design_mean_nothing_without_it() -> None:
    for change in ("target_regret = 0.1", "trainings = 9"):
        with pytest.raises(InvalidInputError, match="is no key of the fixed design"):
            parsed(MEASURED.replace(FIXED, FIXED + change + "\n"))
    with pytest.raises(InvalidInputError, match="`design` must be one of fixed, adaptive"):
        parsed(MEASURED.replace(FIXED, 'design = "clever"\n'))


def test_a_stated_quality_is_refused(tmp_path: Path) -> None:
    text = NOISY.replace("fixed_cost = 7.0", "fixed_cost = 7.0\nquality = 0.5")
    found = coopetition("solve", written(tmp_path, text))
    assert found.code == 2
    assert "`quality` is fitted for each organization by the adaptive design" in found.err
