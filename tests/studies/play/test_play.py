"""A play is its rounds done one by one, and says so in every form."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from coopetition.mechanisms import bilateral_prices
from coopetition.oracles import (
    Measurements,
    ReferenceOracle,
    design_profiles,
    fit_gain,
)
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.solvers import solve, solve_planner
from coopetition.studies import play_scenario
from coopetition.studies.play.play import Play, round_seeds
from tests.studies.command import (
    NO_PURE,
    Answer,
    coopetition,
    written,
)
from tests.studies.playing import CURVE, PLAYED, scenario_of, unbroken

measuring = pytest.mark.usefixtures("_learning")


@pytest.fixture(scope="module")
def _learning() -> None:
    pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def play(_learning: None, tmp_path_factory: pytest.TempPathFactory) -> Play:
    journal = tmp_path_factory.mktemp("play") / "j.sqlite"
    return play_scenario(scenario_of(PLAYED), 3, journal)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return unbroken(tmp_path_factory.mktemp("whole"))


# What a round is


def test_a_play_is_its_steps_by_hand(play: Play) -> None:
    """Measure, fit, solve, generate, train, pay, without the code of `studies`."""
    scenario = scenario_of(PLAYED)
    upper = [60.0, 40.5, 50.0]
    oracle = ReferenceOracle(
        organizations=scenario.organizations,
        local_rows=90,
        upper=upper,
        rounds=3,
        epochs=1,
        seed=3,
    )
    for t, record in enumerate(play.rounds):
        first = 3 * t  # two seeds to measure, one to train
        profiles = design_profiles(upper, 8, 3)
        gains = [
            [oracle.evaluate([Query(tuple(x), seed=first + s)])[0].gain for s in range(2)]
            for x in profiles.tolist()
        ]
        fit = fit_gain(Measurements(profiles, np.array(gains, dtype=float)), oracle.sizes)
        game = scenario.round(
            fit.curve, local_data=oracle.sizes, quality=fit.quality, skew=oracle.skew
        )
        rule = bilateral_prices(game, target=solve_planner(game).raise_if_failed().profile)
        made = np.array(record.contribution)
        assert (made == np.rint(made)).all()
        assert (made <= [60, 40, 50]).all()
        target = np.array(record.solved)
        assert np.abs(np.minimum(target, [60, 40, 50]) - made).max() <= 0.5
        assert target == pytest.approx(solve_planner(game).profile, rel=1e-6)
        (answer,) = oracle.evaluate([Query(record.contribution, seed=first + 2)])
        assert record.gain_realized == answer.gain
        omega = float(np.sum(oracle.sizes) + fit.quality @ made)
        assert record.gain_predicted == pytest.approx(float(fit.curve.value(omega)), rel=1e-12)
        assert record.transfer == pytest.approx(rule(game, made), rel=1e-6, abs=1e-6)

        # Payoffs: value × realized gain − cost − damage as the curve has it.
        value, cost = np.array([1000.0, 800.0, 600.0]), np.array([0.8, 0.7, 1.5]) * made
        cost += 0.5 * np.array([4e-2, 4e-2, 2e-2]) * made**2 + np.array([0.0, 0.0, 3.0])
        without = np.array([float(fit.curve.value(omega - d)) for d in fit.quality * made])
        hurt = 0.08 * (value.sum() - value) * (record.gain_predicted - without)
        before = value * record.gain_realized - cost - hurt
        assert record.payoff_before_transfers == pytest.approx(before, rel=1e-9)
        assert record.gain == (record.gain_realized,) * 3
        paid = np.array(record.payment, dtype=float)
        assert paid == pytest.approx(np.add(record.transfer, record.fee), abs=0.01)
        assert record.payoff == pytest.approx(before + paid, rel=1e-9)
        assert record.balance == 0
    assert len({record.gain_realized for record in play.rounds}) == 3


def test_the_first_round_plays_what_solve_answers(play: Play, tmp_path: Path) -> None:
    solved = coopetition("solve", written(tmp_path, PLAYED), "--json").document
    record = play.rounds[0]
    assert list(record.solved) == solved["contribution"]
    assert list(record.fee) == solved["fee"]
    assert record.family == solved["measured"]["family"]


@measuring
def test_no_round_uses_the_seeds_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    real = ReferenceOracle.evaluate

    def noted(oracle: ReferenceOracle, queries: Any) -> list[Evaluation]:
        asked.extend(queries)
        return real(oracle, queries)

    monkeypatch.setattr(ReferenceOracle, "evaluate", noted)
    scenario = scenario_of(PLAYED)
    used: list[set[int]] = []
    for count in (1, 2, 3):
        asked.clear()
        play_scenario(scenario, count, tmp_path / "j.sqlite")
        used.append({query.seed for query in asked})
        seeds, training = round_seeds(scenario, count)
        assert used[-1] == {*seeds, training}
        assert [query.seed for query in asked].count(training) == 1
        assert {query.coalition for query in asked} == {None, (0,), (1,), (2,)}
    assert sum(map(len, used)) == len(set.union(*used)) == 9


@measuring
def test_nobody_is_trained_alone_where_no_fee_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    real = ReferenceOracle.evaluate

    def noted(oracle: ReferenceOracle, queries: Any) -> list[Evaluation]:
        asked.extend(queries)
        return real(oracle, queries)

    monkeypatch.setattr(ReferenceOracle, "evaluate", noted)
    scenario = scenario_of(PLAYED.replace('fees = "equal-gain"', ""))
    found = play_scenario(scenario, 1, tmp_path / "j.sqlite")
    assert len(asked) == 8 * 2 + 1
    assert found.rounds[0].fee == (0.0, 0.0, 0.0)


def test_a_curve_is_played_without_an_oracle(tmp_path: Path) -> None:
    scenario = scenario_of(CURVE)
    found = play_scenario(scenario, 2, tmp_path / "j.sqlite")
    first, second = found.rounds
    assert first.contribution == second.contribution
    assert (first.measured_seeds, first.training_seed) == (None, None)
    assert first.gain_realized == first.gain_predicted
    game = scenario.round()
    made = np.array(first.contribution)
    assert list(first.payoff_before_transfers) == game.payoffs(made).tolist()
    damage = np.array([[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])
    exact = 0.03 * (damage * (made[:, None] - made[None, :])).sum(axis=1)
    assert first.transfer == pytest.approx(exact, rel=1e-9)
    # The published form leaks, and the leak is paid to the cent.
    assert first.balance == round(Decimal(float(exact.sum())), 2) != 0
    assert found.balance == 2 * first.balance == sum(found.payment)
    assert found.balance == sum(found.received) - sum(found.paid)


def test_without_an_equilibrium_nothing_is_played(tmp_path: Path) -> None:
    path = written(tmp_path, NO_PURE)
    answer = coopetition("play", path, "--rounds", "2", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.splitlines()[-1].startswith("coopetition: round 1 of 2: ")
    assert "no pure equilibrium" in answer.err.lower()


def test_the_equilibrium_is_that_of_the_rule(tmp_path: Path) -> None:
    """Without a rule, everybody plays the equilibrium without one, and nobody pays."""
    scenario = scenario_of(CURVE[: CURVE.index("[mechanism]")])
    (record,) = play_scenario(scenario, 1, tmp_path / "j.sqlite").rounds
    assert record.solved == tuple(solve(scenario.round()).profile.tolist())
    assert [str(amount) for amount in record.payment] == ["0.00"] * 3


# What the command prints and writes


def test_the_document_adds_up(whole: Answer) -> None:
    said = whole.document
    assert [record["round"] for record in said["rounds"]] == [1, 2, 3, 4, 5, 6]
    sums = [Decimal("0.00")] * 3
    for record in said["rounds"]:
        amounts = [Decimal(text) for text in record["payment"]]
        assert all(amount.as_tuple().exponent == -2 for amount in amounts)
        assert str(sum(amounts)) == record["balance"] == "0.00"
        sums = [a + b for a, b in zip(sums, amounts, strict=True)]
    total = said["total"]
    assert total["payment"] == [str(amount) for amount in sums]
    assert total["balance"] == "0.00"
    for n in range(3):
        net = Decimal(total["received"][n]) - Decimal(total["paid"][n])
        assert str(net) == total["payment"][n]
    assert any(Decimal(text) for text in total["payment"])
    for key in ("payoff", "gain"):
        columns = [record[key] for record in said["rounds"]]
        assert total[key] == pytest.approx(np.sum(columns, axis=0), rel=1e-12)
    made = [record["contribution"] for record in said["rounds"]]
    assert total["mean_contribution"] == pytest.approx(np.mean(made, axis=0), rel=1e-12)


def test_files_of_every_kind_and_the_table(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = written(tmp_path, CURVE)
    outs = [tmp_path / "out" / f"play.{kind}" for kind in ("json", "csv", "md", "png", "svg")]
    options = [word for out in outs for word in ("--out", str(out))]
    answer = coopetition("play", path, "--rounds", "3", "--json", *options)
    assert answer.code == 0, answer.err
    said = answer.document
    assert json.loads(outs[0].read_text(encoding="utf-8")) == said
    with outs[1].open(encoding="utf-8", newline="") as handle:
        ledger = list(csv.DictReader(handle))
    assert len(ledger) == 9
    for k, row in enumerate(ledger):
        record = said["rounds"][k // 3]
        assert (row["round"], row["organization"]) == (
            str(record["round"]),
            said["organizations"][k % 3],
        )
        assert row["payment"] == record["payment"][k % 3]
    assert [row["received_so_far"] for row in ledger[-3:]] == said["total"]["payment"]
    shown = outs[2].read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("|") for line in shown) == 2 + 3 + 1  # with the totals
    assert outs[3].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.parse(outs[4]).getroot().tag.endswith("svg")
    before = [out.read_bytes() for out in outs]
    assert coopetition("play", path, "--rounds", "3", "--json", *options).out == answer.out
    assert [out.read_bytes() for out in outs] == before

    table = coopetition("play", path, "--rounds", "3")
    assert table.code == 0
    assert table.out.startswith("three-hospitals: 3 rounds under redistribution\n")
    for amount in said["total"]["received"] + said["total"]["paid"]:
        assert f"{Decimal(amount):,}" in table.out
    assert f"Payments sum to {Decimal(said['total']['balance']):,} EUR." in table.out


def test_the_rounds_must_be_a_number(tmp_path: Path) -> None:
    path = written(tmp_path, CURVE)
    for words in ([], ["--rounds", "0"], ["--rounds", "many"]):
        answer = coopetition("play", path, *words)
        assert (answer.code, answer.out) == (2, "")
    assert list(tmp_path.iterdir()) == [path]
