"""A scenario whose gains are measured, end to end on real data."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import redistribute
from coopetition.oracles import ReferenceOracle
from coopetition.oracles.ledger.counting import CountedOracle
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.studies import Autarky, parse_scenario, run_study
from coopetition.studies.measured.autarky import ALONE_SHARES
from coopetition.studies.measured.measured import Measured, measure_scenario
from tests.studies.command import MEASURED, Answer, coopetition, written
from tests.studies.measuring import measured_round

pytest.importorskip("sklearn")

SEEDS, HELD_OUT = {0, 1}, {2, 3}


def parsed(text: str) -> Any:
    return parse_scenario(tomllib.loads(text))


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measured_round(MEASURED)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return coopetition("solve", written(tmp_path_factory.mktemp("m"), MEASURED), "--json")


def test_it_solves_end_to_end_and_twice_the_same(answer: Answer, tmp_path: Path) -> None:
    assert answer.code == 0, answer.err
    document = answer.document
    assert document["status"] == "converged"
    said = document["measured"]
    assert len(said["profiles"]) == len(said["mean"]) == len(said["fitted_minus_measured"]) == 8
    assert said["family"] in said["held_out_error"]
    assert said["autarky"]["claim"] == said["check"]["claim"] == "estimated"
    assert said["verification"]["seeds"][0] == 2
    again = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert again.result == answer.result


def test_the_json_keys_stay(answer: Answer) -> None:
    said = answer.document["measured"]
    assert set(said) == set(
        "oracle fingerprint ledger trainings failures local_data skew quality family parameters "
        "parameter_standard_errors held_out_error skill refused shape profiles mean standard_error "
        "fitted_minus_measured search autarky verification check uncertainty".split()
    )
    assert set(said["check"]) == set("claim deviation gain regret share_of_payoff".split())
    assert set(said["verification"]) == set(
        "claim first_seed seeds trainings welfare share_of_best_found short_of_best_found benefit "
        "benefit_range payoff payoff_fitted_minus_trained alone participation slack_without_rule "
        "surplus equal_fees unknown".split()
    )
    assert set(said["uncertainty"]) == set(
        "claim method seeds reason contribution transfer fee payoff autarky largest_misfit "
        "families".split()
    )
    assert "at least 3 seeds" in said["uncertainty"]["reason"]  # two were asked for


def test_another_seed_deals_other_data(answer: Answer, tmp_path: Path) -> None:
    other = coopetition("solve", written(tmp_path, MEASURED), "--json", "--seed", "3")
    assert other.code == 0, other.err
    assert other.document["measured"]["fingerprint"] != answer.document["measured"]["fingerprint"]
    assert other.document["digest"] != answer.document["digest"]


def test_the_round_is_played_with_what_was_measured(measured: Measured, answer: Answer) -> None:
    game, said = measured.game, answer.document["measured"]
    assert isinstance(measured.oracle, CountedOracle)
    oracle = measured.oracle.oracle
    assert isinstance(oracle, ReferenceOracle)
    assert game.local_data.tolist() == list(oracle.sizes) == said["local_data"]
    assert game.local_data.sum() == 60
    assert game.skew.tolist() == oracle.skew.tolist() == said["skew"]
    assert len(set(game.quality.tolist())) == 1  # one quality is fitted for all
    assert said["quality"] == game.quality.tolist()
    data = measured.measurements.effective_data(game.local_data, game.quality)
    means = measured.measurements.means
    fitted = game.gain.value(data)
    assert fitted - means == pytest.approx(said["fitted_minus_measured"], abs=1e-9)


def test_alone_everybody_takes_the_best_level_that_was_measured(measured: Measured) -> None:
    assert isinstance(measured.alone, Autarky)
    game, oracle = measured.game, measured.oracle
    for n in range(2):
        payoffs = []
        for share in ALONE_SHARES:
            x = np.zeros(2)
            x[n] = share * game.max_contribution[n]
            queries = [Query(tuple(x.tolist()), (n,), seed) for seed in sorted(SEEDS)]
            gains = [one.gain for one in oracle.evaluate(queries)]
            assert None not in gains
            cost = game.unit_cost[n] * x[n] + 0.5 * game.quadratic_cost[n] * x[n] ** 2
            payoffs.append(float(game.value[n] * np.mean(np.array(gains, dtype=float)) - cost))
        assert measured.alone.payoff[n] == pytest.approx(max(payoffs), rel=1e-9)
        share = ALONE_SHARES[int(np.argmax(payoffs))]
        assert measured.alone.contribution[n] == share * game.max_contribution[n]


def test_the_answer_is_verified_on_other_seeds_than_the_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int | None] = []
    real = ReferenceOracle.evaluate

    def noted(oracle: ReferenceOracle, queries: Any) -> list[Evaluation]:
        asked.extend(query.seed for query in queries)
        return real(oracle, queries)

    monkeypatch.setattr(ReferenceOracle, "evaluate", noted)
    scenario = parsed(MEASURED)
    found = measure_scenario(scenario)
    assert set(asked) == SEEDS
    asked.clear()
    study = run_study(found.game, scenario.mechanism, alone=found.alone)
    found.verify(study)
    assert not SEEDS & set(asked)
    assert set(asked) >= HELD_OUT


def test_the_check_is_the_difference_of_real_payoffs(measured: Measured) -> None:
    rule = parsed(MEASURED + '[mechanism]\nrule = "redistribution"\nrate = 2.0\n').mechanism
    study = run_study(measured.game, rule, alone=measured.alone)
    found = measured.verify(study)
    assert found is not None
    check = found.check
    game, x = measured.game, study.contribution
    induced = redistribute(game, study.mechanism)
    for n in range(2):
        y = x.copy()
        y[n] = check.deviation[n]
        gain: list[float] = []
        for seed in sorted(HELD_OUT):
            here, there = measured.oracle.evaluate([Query(tuple(z), seed=seed) for z in (x, y)])
            assert here.gain is not None
            assert there.gain is not None
            # Own terms and transfers are known; the shared gain is replaced by the real one.
            known = induced.payoffs(y)[n] - induced.payoffs(x)[n]
            curve = game.gain.value(game.form.aggregate(y)) - game.gain.value(
                game.form.aggregate(x)
            )
            gain.append(float(known + game.weights[n] * (there.gain - here.gain - curve)))
        assert check.regret[n] == pytest.approx(max(np.mean(gain), 0.0), abs=1e-7)
        error = np.std(gain, ddof=1) / 2**0.5
        assert check.gained[n].seeds_error == pytest.approx(error, abs=1e-7)


def test_stated_data_must_be_the_oracles(measured: Measured) -> None:
    assert isinstance(measured.oracle, CountedOracle)
    oracle = measured.oracle.oracle
    assert isinstance(oracle, ReferenceOracle)
    sizes = oracle.sizes

    def stating(first: int, second: int) -> str:
        text = MEASURED.replace("max_contribution", f"local_data = {first}\nmax_contribution", 1)
        return text.replace("= 30", f"= 30\nlocal_data = {second}", 1)

    right = measured_round(stating(*sizes))
    assert right.game.local_data.tolist() == list(sizes)
    wrong = parsed(stating(sizes[0], sizes[1] + 1))
    with pytest.raises(InvalidInputError, match=f"South is {sizes[1] + 1}.*deals it {sizes[1]}"):
        measure_scenario(wrong)


def test_stated_qualities_are_kept() -> None:
    text = MEASURED.replace("value = 1000.0", "value = 1000.0\nquality = 0.25")
    found = measured_round(text)
    assert found.game.quality.tolist() == [0.25, 1.0]
    assert "quality" not in found.fit.parameters


def test_a_person_reads_how_the_gains_are_known(tmp_path: Path) -> None:
    answer = coopetition("solve", written(tmp_path, MEASURED))
    assert answer.code == 0
    assert "\nMeasured: 8 profiles × 2 seeds" in answer.out
    assert "seeds that nothing has used" in answer.out
    assert answer.err == ""  # no terminal: nothing of progress


def test_compare_and_verify_measure_too(tmp_path: Path, answer: Answer) -> None:
    path = written(tmp_path, MEASURED)
    table = coopetition("compare", path, "--json")
    assert table.code == 0, table.err
    rows = {row["rule"]: row for row in table.document["rows"]}
    assert rows["WPR"]["welfare"] == pytest.approx(answer.document["welfare"], rel=1e-12)
    profile = written(tmp_path, answer.out, "profile.json")
    assert coopetition("verify", path, "--profile", profile).code == 0


def test_too_few_profiles_are_refused_before_training(tmp_path: Path) -> None:
    text = MEASURED.replace("profiles = 8", "profiles = 6")
    answer = coopetition("solve", written(tmp_path, text))
    assert answer.code == 2
    assert "`profiles` must be at least 7 for 2 organizations" in answer.err
    assert "measuring" not in answer.err
