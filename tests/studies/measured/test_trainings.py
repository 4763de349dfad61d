"""The plan of trainings is what a counting oracle is then asked for, neither less nor more."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.oracles import design_profiles
from coopetition.oracles.conformance.check import check_oracle, check_size
from coopetition.oracles.gains.measure import every_query
from coopetition.oracles.ledger.counting import CountedOracle
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.measured import measure_with
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.study_stages import seeds_of
from coopetition.studies.measured.training_plan import Range, TrainingPlan
from coopetition.studies.play.play import play_scenario
from coopetition.studies.scenario.scenario import Scenario, parse_scenario
from coopetition.studies.solve.study import run_study
from tests.studies.command import coopetition, written
from tests.studies.counting import asked, scenario

__all__ = ["asked"]  # a fixture

DATA = np.array([100.0, 150.0, 80.0, 120.0, 60.0])


def asking(size: int, design: str = "fixed", fees: str = "none") -> Scenario:
    few = {"profiles": 5 + size, "seeds": 2} if design == "fixed" else {"trainings": 5 + size}
    return parse_scenario({
        "oracle": {"kind": "process", "command": ["x"], "design": design, "holdout_seeds": 2} | few,
        "mechanism": {"rule": "bilateral-prices", "fees": fees},
        "competition": {"damage": 0.02},
        "organization": [
            {"name": f"{n}", "local_data": DATA[n], "max_contribution": 400, "value": 900 + 20 * n,
             "unit_cost": 0.2, "quadratic_cost": 2e-4} for n in range(size)],
    })  # fmt: skip


class Counting(FunctionOracle):
    """A federation that keeps count of how often it trains."""

    def __init__(self, size: int, *, own: bool = False) -> None:
        counted: list[Any] = []

        def train(x: Any, seed: int, coalition: Any) -> Any:
            counted.append((tuple(x), seed, coalition))
            members = list(range(size) if coalition is None else coalition)
            rows = float(DATA[members].sum() + x[members].sum())
            luck = 1e-3 * np.random.default_rng([seed, round(rows)]).normal()
            gain = 1 - (1 + rows / 200) ** -0.5 + luck
            return [gain * (1 + 0.1 * n) + 1e-4 * x[n] for n in range(size)] if own else gain

        super().__init__(
            function=train, upper=(400.0,) * size, own_gains=own, fingerprint=f"counting {size}",
            organizations=tuple(map(str, range(size))),
        )  # fmt: skip
        object.__setattr__(self, "counted", counted)

    counted: list[Any]


def spent(
    scenario: Scenario,
    wanted: Plan,
    ledger: Path | None = None,
    *,
    own: bool = False,
    held: int = 0,
) -> tuple[TrainingPlan, int, Any]:
    """Return the plan, how many trainings there were, and what is said of them."""
    size, plans = len(scenario.organizations), list[TrainingPlan]()
    live = Counting(size, own=own)
    kept = Ledger(ledger, live) if ledger else None
    if ledger and kept and held and scenario.oracle:
        rows = design_profiles([400.0] * size, scenario.oracle.profiles, scenario.seed)
        kept.evaluate(every_query(rows, (0, 1), [None] * len(rows))[:held])
        live.counted.clear()
        kept.close()
        kept = Ledger(ledger, live)  # another run
    backend = Backend(CountedOracle(kept or live), DATA[:size], np.zeros(size))
    with closing(backend.oracle):
        found = measure_with(
            scenario, backend, range(seeds_of(scenario)), wanted, before=plans.append
        )
        assert not held or plans[0].stages[0].kept == held
        if wanted.verified:
            study = run_study(
                found.game, scenario.mechanism, alone=found.alone, planner=found.planner
            )
            found.verify(study)
        return plans[0], len(live.counted), found.trained.to_dict()


def fits(count: int, planned: Range) -> bool:
    least, most = planned
    return most is not None and least <= count <= most


@pytest.mark.parametrize(
    ("size", "design", "fees", "kept"),
    [
        (2, "fixed", "none", True),
        (3, "adaptive", "equal-gain", True),
        (4, "fixed", "equal-gain", False),
        (5, "adaptive", "none", False),
    ],
)
def test_solve_asks_for_what_was_planned(
    size: int, design: str, fees: str, kept: bool, tmp_path: Path
) -> None:
    ledger = tmp_path / "g.sqlite" if kept else None
    plan, count, told = spent(asking(size, design, fees), Plan(verified=True), ledger)
    assert fits(count, plan.to_train)
    assert sum(stage["trained"] for stage in told.values()) == count
    for stage in plan.stages:
        part = told[stage.name]
        asked_for = part["trained"] + part["from_ledger"]
        assert fits(asked_for, (stage.least, stage.most)), stage.name
    if ledger and size == 2:  # the same again trains nothing
        plan, count, told = spent(asking(size, design, fees), Plan(verified=True), ledger)
        assert count == 0 == plan.to_train[0]
        assert sum(stage["trained"] for stage in told.values()) == 0


@pytest.mark.parametrize(("size", "design"), [(2, "fixed"), (3, "adaptive")])
def test_own_gains_too(size: int, design: str, tmp_path: Path) -> None:
    given = replace(asking(size, design), mechanism=asking(size).mechanism)
    plan, count, told = spent(given, Plan(verified=True), tmp_path / "g.sqlite", own=True)
    assert fits(count, plan.to_train)
    assert {stage.name for stage in plan.stages} == told.keys()
    for stage in plan.stages:
        assert fits(told[stage.name]["trained"], (stage.least, stage.most)), stage.name


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_compare_and_audit_are_counted_exactly_and_half_a_ledger_is_seen(
    size: int, tmp_path: Path
) -> None:
    full, count, _ = spent(asking(size), Plan())
    assert full.to_train == (count, count)
    plan, rest, told = spent(asking(size), Plan(), tmp_path / "g.sqlite", held=7)
    assert plan.to_train == (rest, rest) == (count - 7, count - 7)
    assert told["fit"]["from_ledger"] == 7


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("able", [True, False])
def test_the_check_of_an_oracle_asks_for_what_is_planned(size: int, able: bool) -> None:
    oracle: FunctionOracle = Counting(size)
    if not able:
        function = oracle.function
        oracle = FunctionOracle(
            function=lambda x, seed: function(x, seed, None), upper=(400.0,) * size,
            fingerprint="x",
        )  # fmt: skip
    report = check_oracle(oracle)
    assert check_size(oracle.spec()) == report.evaluations


def test_a_play_is_planned_with_what_is_left_of_it(asked: list[Any], tmp_path: Path) -> None:
    from coopetition.studies.scenario.scenario import load_scenario

    plans: list[TrainingPlan] = []
    loaded, journal = load_scenario(written(tmp_path, scenario())), tmp_path / "j.sqlite"
    for rounds in (1, 3):
        asked.clear()
        play_scenario(loaded, rounds, journal, before=plans.append)
        assert fits(len(asked), plans[-1].to_train)
        assert plans[-1].stages[0].to_train == (16 * (rounds - 1 or 1),) * 2


VERBS = {
    "solve": [],
    "compare": [],
    "audit": [],
    "design": [],
    "statics": ["--wrt", "organization.*.value"],
    "potential": [],
    "play": ["--rounds", "2"],
    "sweep": ["--vary", "competition.damage=0,0.1"],
    "oracle check": [],
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_plan_trains_nothing(verb: str, asked: list[Any], tmp_path: Path) -> None:
    asked.clear()
    path = written(tmp_path, scenario(settings='provides = ["gain", "coalition"]'))
    told = coopetition(*verb.split(), path, *VERBS[verb], "--plan", "--json")
    assert told.code == 0, told.err
    assert not asked
    least, most = told.document["plan"]["to_train"]
    assert 0 < least <= most
    answer = coopetition(*verb.split(), path, *VERBS[verb], "--json")
    assert answer.code == 0, answer.err
    assert least <= len(asked) <= most
    if verb not in ("potential", "oracle check"):
        done = answer.document["measured"]["trainings"]
        assert sum(stage["trained"] for stage in done.values()) == len(asked)


def test_a_curve_trains_nothing_and_a_game_has_no_plan(tmp_path: Path) -> None:
    from tests.studies.command import TWO

    answer = coopetition("solve", written(tmp_path, TWO), "--plan")
    assert (answer.code, answer.out) == (0, "Nothing is trained.\n")
    game = written(tmp_path, "player,a\n", "game.csv")
    assert "`--plan` is for scenarios" in coopetition("potential", game, "--plan").err


# The ledger that nobody asked for


def unnamed(text: str) -> str:
    return text.replace('ledger = "asked.sqlite"\n', "")


def test_trainings_are_kept_beside_the_scenario(asked: list[Any], tmp_path: Path) -> None:
    path = written(tmp_path, unnamed(scenario()), "mine.toml")
    asked.clear()
    first = coopetition("compare", path, "--json")
    assert asked
    assert (tmp_path / "mine.ledger.sqlite").exists()
    asked.clear()
    again = coopetition("compare", path, "--json")
    assert not asked
    trained = again.document["measured"].pop("trainings")
    assert trained["fit"]["from_ledger"] == 16
    assert again.document["rows"] == first.document["rows"]
    assert again.document["measured"]["ledger"] == "mine.ledger.sqlite"
    assert again.document["digest"] == first.document["digest"]


@pytest.mark.parametrize("off", ["false", '""'])
def test_it_can_be_turned_off(off: str, asked: list[Any], tmp_path: Path) -> None:
    text = scenario().replace('ledger = "asked.sqlite"', f"ledger = {off}")
    answer = coopetition("compare", written(tmp_path, text), "--json")
    assert answer.document["measured"]["ledger"] is None
    assert [file.name for file in tmp_path.iterdir()] == ["scenario.toml"]
    assert parse_scenario({**asking(2).to_dict()}).ledger is None  # nor in Python


def test_where_none_can_be_kept_it_goes_on_and_says_so(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, unnamed(scenario()))
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    answer = coopetition("compare", path, "--json")
    assert answer.code == 0
    assert f"no ledger is kept: the folder {tmp_path} cannot be written to" in answer.err
    assert not list(tmp_path.glob("*.sqlite"))


def test_without_a_fingerprint_nothing_is_kept(asked: list[Any], tmp_path: Path) -> None:
    path = written(tmp_path, unnamed(scenario(settings='fingerprint = ""')))
    answer = coopetition("compare", path, "--json")
    assert answer.code == 0, answer.err
    assert "no ledger is kept: the oracle has no `fingerprint`" in answer.err
