"""Scenarios whose oracle tells everybody's own gain: that is the game, whatever the common one."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.unknown import Unknown
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.solvers import solve, solve_planner
from coopetition.studies import parse_scenario
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.measured import measure_with
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.own_gains import MeasuredOwnGains
from coopetition.studies.measured.study_stages import seeds_of
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study, run_study
from tests.studies.command import coopetition, organization, written

NAMES = ("North", "South", "West")
DATA = np.array([20.0, 30.0, 10.0])
Gains = Callable[[Array], Array]


def common(x: Array) -> Array:
    """One curve of all rows, for everybody."""
    rows = DATA.sum() + x.sum(axis=-1, keepdims=True)
    return np.repeat(0.8 - 2.0 * (rows + 5.0) ** -0.5, 3, axis=-1)


def shifted(by: float) -> Gains:
    """Add to the curve what federating does to the first, and the opposite to the last."""
    return lambda x: np.asarray(common(x) + by * np.array([1.0, 0.0, -1.0]))


@dataclass
class Federation:
    """An oracle of a formula: alone each has its own rows' curve; and what was asked of it."""

    gains: Gains
    provides: frozenset[str] = frozenset({"gain", "gains", "coalition"})
    noise: float = 0.0
    asked: list[Query] = field(default_factory=list)

    def spec(self) -> OracleSpec:
        """Describe it."""
        return OracleSpec(
            organizations=NAMES, metric="accuracy", unit="rows", lower=(0.0,) * 3,
            upper=(100.0,) * 3, baseline=0.1, deterministic=True, provides=self.provides,
            fingerprint="formula", batch=64,
        )  # fmt: skip

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer with everybody's own gain; who takes no part has none."""
        self.asked += queries
        return [self._answer(query) for query in queries]

    def _answer(self, query: Query) -> Evaluation:
        x, luck = (
            np.array(query.contribution),
            self.noise * np.random.default_rng(query.seed).normal(),
        )
        own: list[float | None] = [float(gain) + luck for gain in self.gains(x)]
        if query.coalition is not None:
            (n,) = query.coalition
            own = [None] * 3
            own[n] = float(0.8 - 2.0 * (DATA[n] + x[n] + 5.0) ** -0.5) + luck
        shared = 0.5 + float(x.sum()) / 1000.0 if "gain" in self.provides else None
        return Evaluation("ok", shared, gains=tuple(own))

    def close(self) -> None:
        """Hold nothing."""


def scenario(
    oracle: str = "profiles = 14\nseeds = 2", mechanism: str = 'rule = "none"', **columns: float
) -> Scenario:
    """Three organizations; damage, so that stakes are no multiples of one another."""
    economy = {"max_contribution": 100.0, "unit_cost": 0.3, "quadratic_cost": 0.01, "value": 1000.0}
    rows = [
        organization(name, **(economy | {"local_data": data} | columns))
        for name, data in zip(NAMES, DATA.tolist(), strict=True)
    ]
    text = (
        'name = "own"\n[oracle]\nkind = "process"\ncommand = ["none"]\n'
        f"{oracle}\n[mechanism]\n{mechanism}\n[competition]\ndamage = 0.05\n" + "".join(rows)
    )
    return parse_scenario(tomllib.loads(text))


def measured(found: Scenario, oracle: Federation, plan: Plan | None = None) -> MeasuredOwnGains:
    """Measure with an open oracle."""
    backend = Backend(oracle, DATA, np.zeros(3))
    answer = measure_with(found, backend, range(seeds_of(found)), plan)
    assert isinstance(answer, MeasuredOwnGains)
    return answer


def solved(found: MeasuredOwnGains) -> Study:
    """Solve it as the verbs do."""
    return run_study(
        found.game, found.scenario.mechanism, alone=found.alone, skill=found.skill,
        planner=found.planner,
    )  # fmt: skip


def test_the_same_common_gain_and_opposite_own_gains_get_opposite_verdicts() -> None:
    losers = []
    for by in (-0.3, 0.3):
        study = solved(measured(scenario(), Federation(shifted(by))))
        truth = solve(study.game.replace(gains=shifted(by), gradient=None))
        assert study.equilibrium.success
        assert np.abs(study.contribution - truth.profile).max() < 5.0  # of 100
        assert np.abs(study.payoff - truth.payoffs).max() < 5.0  # of some 600
        alone = study.outside["autarky"]
        assert not isinstance(alone, Unknown)
        lost = [name for name, slack in zip(NAMES, study.payoff - alone, strict=True) if slack < 0]
        verdict = study.audit["individual-rationality-autarky"]
        assert (verdict.holds, verdict.claim) == (False, "estimated")
        losers.append(lost)
    assert losers == [["North"], ["West"]]


def test_alone_is_measured_on_own_test_rows() -> None:
    found = measured(scenario(), Federation(shifted(-0.3)))
    assert not isinstance(found.alone, Unknown)
    levels = np.array([0.0, 25.0, 50.0, 75.0, 100.0])
    own = 0.8 - 2.0 * (DATA[:, None] + levels + 5.0) ** -0.5
    worth = 1000.0 * own - (0.3 * levels + 0.005 * levels**2)
    assert found.alone.payoff == pytest.approx(worth.max(axis=1))
    assert found.alone.contribution.tolist() == levels[worth.argmax(axis=1)].tolist()
    assert found.alone.measured


def test_own_gains_are_enough_and_the_common_gain_changes_nothing() -> None:
    both = Federation(shifted(0.1))
    only = Federation(shifted(0.1), frozenset({"gains", "coalition"}))
    one, other = (solved(measured(scenario(), oracle)) for oracle in (both, only))
    assert one.payoff.tolist() == other.payoff.tolist()
    broken = Federation(shifted(0.1))
    broken._answer = lambda query: Evaluation("ok", None, gains=(0.1, 0.2, 0.3))  # type: ignore[method-assign]
    with pytest.raises(OracleError, match="promises a `gain`, and reported none"):
        measured(scenario(), broken)


def test_skill_of_one_curve_is_told_beside() -> None:
    apart = measured(scenario(), Federation(shifted(0.3)))
    alike = measured(scenario(), Federation(common))
    assert apart.curve_skill.nothing
    assert "asked for the gains of" in str(apart)
    assert alike.curve_skill.value == pytest.approx(1.0, abs=1e-3)
    assert apart.skill.value
    assert apart.skill.value > 0.9


@pytest.mark.parametrize(
    ("oracle", "mechanism", "columns", "words"),
    [
        ("profiles = 7", 'rule = "none"', {"max_contribution": 0.0}, "there is nothing to measure"),
        (
            'design = "adaptive"\ntrainings = 5',
            'rule = "none"',
            {},
            "`trainings` must be at least 6",
        ),
        ("profiles = 5", 'rule = "none"', {}, "`profiles` must be at least 6"),
        ("profiles = 9", 'rule = "none"', {"quality": 0.5}, "`quality` is of one curve"),
        ("profiles = 9", 'fees = "nash"\npower = "data"', {}, "`power` = data"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    oracle: str, mechanism: str, columns: dict[str, float], words: str
) -> None:
    federation = Federation(common)
    with pytest.raises(InvalidInputError, match=words):
        measured(scenario(oracle, mechanism, **columns), federation)
    assert not federation.asked


def test_what_only_one_curve_has_is_refused_before_anything_is_trained() -> None:
    federation = Federation(common)
    with pytest.raises(InvalidInputError, match="comparative statics need one curve"):
        measured(scenario(), federation, Plan(one_curve="comparative statics"))
    with pytest.raises(InvalidInputError, match="weighted potential"):
        measured(scenario(mechanism='rule = "partial-pigou"\nalpha = 0.5'), federation)
    stated = {**scenario().to_dict(), "personal_gain": {"weight": 0.1}}
    with pytest.raises(InvalidInputError, match=r"\[personal_gain\]: `weight` must be 0"):
        measured(parse_scenario(stated), federation)
    assert not federation.asked


def test_the_adaptive_design_races_and_its_winner_is_priced() -> None:
    few = 'design = "adaptive"\ntrainings = 18'
    federation = Federation(shifted(-0.2), noise=0.002)
    found = measured(scenario(few, 'rule = "bilateral-prices"'), federation)
    together = [query for query in federation.asked if query.coalition is None]
    assert found.search
    assert found.planner
    count, race = found.search.trainings, found.search.race
    racing = len({tuple(one.profile.tolist()) for one in race})
    assert (count, len(together)) == (18, 18 + 2 * racing)
    assert [query.seed for query in together] == [*range(18), *[0, 1] * racing]
    assert {one.family for one in race} >= {"committee", "separable", "shares", "transfer"}
    assert found.planner.profile.tolist() == race[0].profile.tolist()
    assert "winner of a race" in found.planner.known

    luck = 0.002 * np.mean([np.random.default_rng(seed).normal() for seed in (0, 1)])
    truth = found.game.replace(gains=lambda x: shifted(-0.2)(x) + luck, gradient=None)
    for one in race:  # what rivals would gain without each is fitted
        off = one.welfare - float(truth.welfare(one.profile))
        assert abs(off) < 0.01 * abs(one.welfare)
    assert race[0].welfare == max(one.welfare for one in race)

    study = solved(found)
    assert study.planner.profile.tolist() == race[0].profile.tolist()
    assert np.abs(study.contribution - race[0].profile).max() < 1e-3
    best = shifted(-0.2)
    known = found.game.replace(gains=best, gradient=None)
    attained = float(known.welfare(race[0].profile)) - solve(known).welfare
    assert attained > 0.9 * (solve_planner(known).welfare - solve(known).welfare)

    again = measured(found.scenario, Federation(shifted(-0.2), noise=0.002))
    assert again.gains.profiles.tolist() == found.gains.profiles.tolist()


def test_three_silos_are_measured_each_on_its_own_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'name = "silos"\n[oracle]\nkind = "reference"\ndataset = "breast-cancer"\n'
    text += "local_rows = 60\nrounds = 1\nown_test = true\nprofiles = 8\nseeds = 2\n"
    rows = [organization(name, max_contribution=20.0) for name in NAMES]
    written(tmp_path, text + "".join(rows).replace("local_data = 1500\n", ""), "s.toml")
    answer = coopetition("solve", "s.toml", "--json")
    said: dict[str, Any] = answer.document["measured"]
    assert np.array(said["mean"]).shape == (8, 3)
    assert np.array(said["test_error"]).shape == (8, 3)
    assert [one["family"] for one in said["members"]] == ["separable", "transfer", "shares"]
    assert answer.document["weights"] is None
    assert "best found" in answer.document["planner"]["known"]
