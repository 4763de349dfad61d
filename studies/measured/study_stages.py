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
from coopetition.oracles.surrogates.families import FITS
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.measured.autarky import alone_profiles
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.held_out import deviation_levels
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
from coopetition.studies.scenario.scenario import Scenario

_PLACES = 81  # of an answer, at which deviations from it are counted


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
    """Ask for the best profile of every family of own gains, and of their mean."""
    if asked.settings.design == "fixed" or not asked.own:
        return None
    count = len(FITS) + 1
    return open_stage("race", "best profiles, one seed", (count, count), asked.oracle)


def _alone(asked: Asked) -> Stage | None:
    """Ask for everybody alone, at a few contributions."""
    able = "coalition" in asked.oracle.spec().provides
    if not (able and asked.wanted.trains_alone(asked.scenario, own=asked.own)):
        return None
    rows, groups = alone_profiles(asked.upper)
    seeds = asked.seeds if asked.settings.design == "fixed" else asked.seeds[:1]
    size, each = len(asked.upper), len(rows) // len(asked.upper)
    what = f"{size} organizations × {each} contributions × {len(seeds)} seeds"
    queries = every_query(rows, tuple(seeds), groups)
    return fixed_stage("alone", what, queries, asked.oracle)


def _deviations(asked: Asked) -> Stage | None:
    """Ask for the answer and deviations from it, on held-out seeds."""
    seeds = asked.settings.holdout_seeds
    if not (seeds and asked.wanted.checked) or asked.own:
        return None
    distinct = ledger_of(asked.oracle) is not None
    ranges = [deviations_from(top, distinct=distinct) for top in asked.upper]
    answer = 1 if distinct else 2  # it is measured with its deviations, and by itself
    least, most = (answer + sum(counts) for counts in zip(*ranges, strict=True))
    what = f"the answer and {said_profiles(least, most, answer)} × {seeds} seeds"
    return open_stage("deviations", what, (least * seeds, most * seeds), asked.oracle)


def said_profiles(least: int, most: int, answer: int) -> str:
    """Say how many deviations there are."""
    low, high = least - answer, most - answer
    return f"{low} deviations" if low == high else f"{low} to {high} deviations"


def deviations_from(top: float, *, distinct: bool) -> tuple[int, int]:
    """Return the least and the most deviations that an organization is offered, at any answer.

    Examples
    --------
    >>> deviations_from(400.0, distinct=True), deviations_from(0.0, distinct=True)
    ((4, 7), (0, 0))
    """
    counts = []
    for x in np.unique([*np.linspace(0.0, top, _PLACES), *np.arange(0.0, min(top, 40.0), 0.25)]):
        levels = deviation_levels(float(x), top)
        counts.append(len({*levels} - {float(x)}) if distinct else len(levels))
    return min(counts), max(counts)


STAGES: tuple[Callable[[Asked], Stage | None], ...] = (_fit, _search, _race, _alone, _deviations)


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
    settings, wanted = scenario.oracle, Plan(checked=True)
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
        words=scenario.words,
    )
