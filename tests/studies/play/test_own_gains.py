"""A play of everybody's own gains: paid from realized numbers, and learned from."""

from pathlib import Path

import numpy as np
import pytest

from coopetition.oracles import ReferenceOracle, design_profiles, fit_gains, measure_gains
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.studies import play_scenario
from coopetition.studies.pictures.play import draw_play
from coopetition.studies.play.play import Play
from tests.studies.drawing import readable
from tests.studies.playing import PLAYED, scenario_of

pytest.importorskip("sklearn")
OWN = (
    PLAYED.replace("local_rows = 90", "local_rows = 120\nown_test = true\nalpha = 1.0")
    .replace("profiles = 8", "profiles = 10")
    .replace('fees = "equal-gain"', "")
    .replace("damage = 0.08", "damage = 0.08\nrivalry = 40.0")
)
UPPER = [60.0, 40.5, 50.0]
VALUE, UNIT = np.array([1000.0, 800.0, 600.0]), np.array([0.8, 0.7, 1.5])
QUADRATIC, FIXED = np.array([4e-2, 4e-2, 2e-2]), np.array([0.0, 0.0, 3.0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def play(folder: Path) -> Play:
    return play_scenario(scenario_of(OWN), 2, folder / "j.sqlite", deposits=True)


@pytest.fixture(scope="module")
def oracle() -> ReferenceOracle:
    return ReferenceOracle(
        organizations=["North", "South", "West"], local_rows=120, upper=UPPER, rounds=3, epochs=1,
        alpha=1.0, own_test=True, seed=3,
    )  # fmt: skip


def test_rounds_learn_and_pay_by_what_was_realized(play: Play, oracle: ReferenceOracle) -> None:
    found = measure_gains(oracle, design_profiles(UPPER, 10, 3), [0, 1])
    profiles, gains, errors = found.profiles, found.means, found.standard_errors
    assert errors is not None
    single = np.sqrt(2 * np.mean(errors**2, axis=0))  # of one training; two were averaged
    for t, record in enumerate(play.rounds):
        seed = 3 * t + 2  # two to measure, though only before the first, one to train
        assert record.training_seed == seed
        assert record.measured_seeds == ((0, 1) if t == 0 else None)
        fit = fit_gains(
            profiles, gains, standard_errors=errors, local_data=oracle.sizes, upper=UPPER
        )
        x = np.array(record.contribution)
        answer = oracle.evaluate([Query(record.contribution, seed=seed)])[0]
        real = np.array(answer.gains, dtype=float)
        predicted = fit.predict(x)
        assert record.gain == pytest.approx(real, rel=1e-12)
        assert record.gain_error == pytest.approx(real - predicted, abs=1e-9)
        assert record.skill == pytest.approx(fit.skill.value)

        # Damage compares with a training without n under the same luck; rivalry compares gains.
        before = VALUE * real - UNIT * x - QUADRATIC * x**2 / 2 - FIXED
        for n in range(3):
            absent = x.copy()
            absent[n] = 0.0
            brought = predicted - fit.predict(absent)
            for m in {0, 1, 2} - {n}:
                before[n] -= 0.08 * VALUE[m] * brought[m] + 40.0 * (real[m] - real[n])
        assert record.payoff_before_transfers == pytest.approx(before, rel=1e-9)
        luck = real - predicted
        moved = VALUE * luck - 40.0 * (luck.sum() - 3 * luck)
        assert record.payoff_error == pytest.approx(moved, abs=1e-8)
        assert record.balance == 0
        profiles, gains = np.vstack((profiles, x)), np.vstack((gains, record.gain))
        errors = np.vstack((errors, single))
    assert play.own_gains
    assert len({record.gain for record in play.rounds}) == 2


def test_a_play_that_stopped_goes_on_and_trains_nothing_twice(
    play: Play, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    real = ReferenceOracle.evaluate

    def noted(oracle: ReferenceOracle, queries: list[Query]) -> list[Evaluation]:
        asked.extend(queries)
        return real(oracle, queries)

    monkeypatch.setattr(ReferenceOracle, "evaluate", noted)
    text = OWN.replace("seeds = 2", f'seeds = 2\nledger = "{folder / "gains.sqlite"}"')
    broken = folder / "broken.sqlite"
    play_scenario(scenario_of(text), 1, broken)
    assert len(asked) == len(set(asked)) == 10 * 2 + 1
    again = play_scenario(scenario_of(text), 2, broken)
    assert len(asked) == len(set(asked)) == 10 * 2 + 2
    assert [record.to_dict() for record in again.rounds] == [
        record.to_dict() for record in play.rounds
    ]


def test_it_is_shown(play: Play) -> None:
    document = play.to_dict()
    assert document["rounds"][0]["gain_realized"] is None
    assert len(play.tables()) == 3
    pytest.importorskip("matplotlib")
    axes = draw_play(play)
    readable(axes)
    shown = [line.get_ydata() for line in axes[3].get_lines() if len(line.get_ydata()) == 2]
    for n in range(3):
        assert any(np.allclose(line, play.table("payoff_error")[:, n]) for line in shown)
