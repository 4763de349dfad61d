"""The stages in which a measured scenario asks its oracle: each is one entry of `STAGES`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.oracles import design_profiles
from coopetition.oracles.conformance.check import check_size
from coopetition.oracles.gains.measure import every_query
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.search.adaptive import FIRST_LEVELS
from coopetition.oracles.search.gains_search import RACE, RACE_SEEDS
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.measured.autarky import alone_profiles
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.training_plan import (
    Stage,
    TrainingPlan,
    fixed_stage,
    ledger_of,
    open_stage,
    seconds_of,
)
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.scenario import Scenario, trial_round
from coopetition.studies.verification.places import stakes
from coopetition.studies.verification.verify import most_seeds, verification_trainings


@dataclass(frozen=True)
class Asked:
    """What is asked for: of which scenario and oracle, with which seeds, besides its gains."""

    scenario: Scenario
    oracle: UtilityOracle
    seeds: range
    wanted: Plan

    @property
    def settings(self) -> OracleSettings:
        """The table [oracle]."""
        assert self.scenario.oracle is not None
        return self.scenario.oracle

    @property
    def own(self) -> bool:
        """Whether the oracle tells everybody's own gain."""
        return "gains" in self.oracle.spec().provides

    @property
    def upper(self) -> list[float]:
        """The largest contributions."""
        return [float(value or 0.0) for value in self.scenario.columns["max_contribution"]]

    @property
    def trained_alone(self) -> bool:
        """Whether everybody is trained alone too."""
        able = "coalition" in self.oracle.spec().provides
        return able and self.wanted.trains_alone(self.scenario, own=self.own)


def _fit(asked: Asked) -> Stage | None:
    """Ask for profiles that are fixed beforehand."""
    if asked.settings.design == "adaptive":
        return None
    count = asked.settings.profiles
    rows = design_profiles(asked.upper, count, asked.scenario.seed)
    queries = every_query(rows, tuple(asked.seeds), [None] * len(rows))
    return fixed_stage("fit", f"{count} profiles × {len(asked.seeds)} seeds", queries, asked.oracle)


def _search(asked: Asked) -> Stage | None:
    """Ask one after the other, where the equilibrium is most uncertain."""
    if asked.settings.design == "fixed":
        return None
    most = most_trainings(asked.settings, len(asked.upper))
    if asked.own:
        count = (most, most)
        return open_stage("search", "one seed each", count, asked.oracle, together=False)
    count = (min(len(FIRST_LEVELS), most), most)
    return open_stage("search", "one seed each", count, asked.oracle, together=False)


def _race(asked: Asked) -> Stage | None:
    """Ask for the best profiles of all families of own gains, in two heats."""
    if asked.settings.design == "fixed" or not asked.own:
        return None
    what = f"best profiles, {RACE_SEEDS} seeds"
    least = RACE_SEEDS if ledger_of(asked.oracle) is None else 0  # racers may be the same
    return open_stage("race", what, (least, RACE), asked.oracle)


def _alone(asked: Asked) -> Stage | None:
    """Ask for everybody alone, at a few contributions."""
    if not asked.trained_alone:
        return None
    rows, groups = alone_profiles(asked.upper)
    seeds = asked.seeds if asked.settings.design == "fixed" else asked.seeds[:1]
    size, each = len(asked.upper), len(rows) // len(asked.upper)
    what = f"{size} organizations × {each} contributions × {len(seeds)} seeds"
    queries = every_query(rows, tuple(seeds), groups)
    return fixed_stage("alone", what, queries, asked.oracle)


def _verification(asked: Asked) -> Stage | None:
    """Ask for what the answer claims, on seeds that nothing has used."""
    seeds = asked.settings.holdout_seeds
    if not (seeds and asked.wanted.verified):
        return None
    game = trial_round(asked.scenario)
    count = verification_trainings(
        len(asked.upper),
        alone=asked.trained_alone,
        harmed=int(stakes(game)[1].any(axis=1).sum()),
        deviations=int(np.count_nonzero(asked.upper)),
        rule=asked.scenario.mechanism.rule != "none",
        seeds=seeds,
        most=most_seeds(seeds),
    )
    what = f"the answer, beside no rule and the best found, on {seeds} to {most_seeds(seeds)} seeds"
    return open_stage("verification", what, count, asked.oracle)


STAGES: tuple[Callable[[Asked], Stage | None], ...] = (
    _fit,
    _search,
    _race,
    _alone,
    _verification,
)


def study_stages(asked: Asked) -> Iterator[Stage]:
    """Yield the stages of a study."""
    for entry in STAGES:
        if stage := entry(asked):
            yield stage


def checking(scenario: Scenario, oracle: UtilityOracle) -> TrainingPlan:
    """Return what the conformance kit asks for. A description that it refuses plans nothing."""
    count = check_size(oracle.spec())
    what = "whether it keeps its promises; no ledger answers"
    return plan_of(scenario, oracle, [Stage(name="promises", what=what, least=count, most=count)])


def solving(scenario: Scenario, backend: Backend) -> tuple[int, int] | None:
    """Return the least and the most trainings of `solve`; None if it would be refused."""
    settings, wanted = scenario.oracle, Plan(verified=True)
    assert settings is not None
    try:
        wanted.check(scenario, backend.oracle.spec(), backend.local_data)
    except InvalidInputError:
        return None
    stages = study_stages(Asked(scenario, backend.oracle, range(seeds_of(scenario)), wanted))
    least, most = plan_of(scenario, backend.oracle, stages).to_train
    return None if most is None else (least, most)


def seeds_of(scenario: Scenario) -> int:
    """Return how many seeds measuring a scenario may use."""
    settings = scenario.oracle
    assert settings is not None
    adaptive = settings.design == "adaptive"
    return most_trainings(settings, len(scenario.organizations)) if adaptive else settings.seeds


def plan_of(
    scenario: Scenario, oracle: UtilityOracle, stages: Iterable[Stage], note: str = ""
) -> TrainingPlan:
    """Put stages of a scenario together."""
    settings = scenario.oracle
    ledger = ledger_of(oracle)
    return TrainingPlan(
        stages=tuple(stages),
        seconds=seconds_of(oracle),
        jobs=settings.jobs if settings else 1,
        ledger=scenario.ledger if ledger else None,
        note=note,
        retries=settings.retries if settings else 0,
        words=scenario.words,
    )
