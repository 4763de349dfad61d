"""Trained profiles of everybody's own gain, fitted, and everybody alone: a measured scenario."""

from dataclasses import replace

from coopetition.games.arrays import Array
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.oracles import (
    FittedGains,
    MeasuredGains,
    design_profiles,
    fit_gains,
    measure_gains,
)
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.search.gains_found import GainsSearch
from coopetition.oracles.search.gains_search import search_gains
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.oracles.surrogates.fit import least_profiles
from coopetition.output.progress import Progress, silent
from coopetition.solvers import solve, solve_planner
from coopetition.solvers.planner.best_found import found_best
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.measured.autarky import best_alone, measure_own_alone
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.given_up import refuse_few
from coopetition.studies.measured.own_gains import NOT_ALONE, MeasuredOwnGains
from coopetition.studies.measured.training_plan import TrainingPlan
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.rules import make_rule
from coopetition.studies.scenario.scenario import Scenario


def measure_own_gains(
    scenario: Scenario,
    backend: Backend,
    seeds: range,
    plan: TrainingPlan,
    *,
    alone: bool,
    progress: Progress = silent,
) -> MeasuredOwnGains:
    """Measure everybody's own gain, fit it, and measure everybody alone where that is wanted.

    Raises
    ------
    InvalidInputError
        If the measurements support no fit.
    OracleError
        If the oracle fails.
    """
    oracle, search, planner = backend.oracle, None, None
    if _settings(scenario).design == "adaptive":
        search = _searched(scenario, backend, seeds, progress)
        gains, fit = search.trained, search.fit
        game = scenario.game_of_gains(fit.predict)
        source = f"the winner of a race of {len(search.race)}, by {search.winner.family}"
        planner = found_best(game, search.winner.profile, len(search.race), source)
        seeds_alone = seeds[:1]
    else:
        gains, fit = _fitted(scenario, backend, seeds, progress)
        game, seeds_alone = scenario.game_of_gains(fit.predict), seeds
    found = measure_own_alone(game, oracle, seeds_alone, progress) if alone else NOT_ALONE
    by_itself = found if isinstance(found, Unknown) else best_alone(game, found)
    return MeasuredOwnGains(
        scenario, oracle, gains, fit, game, by_itself, found, search, planner, plan
    )


def _fitted(
    scenario: Scenario, backend: Backend, seeds: range, progress: Progress
) -> tuple[MeasuredGains, FittedGains]:
    """Train a design that is fixed beforehand, and fit the committee."""
    upper = _upper(scenario)
    profiles = design_profiles(upper, _settings(scenario).profiles, scenario.seed)
    with stage(backend.oracle, "fit"):
        gains = measure_gains(backend.oracle, profiles, seeds, progress=progress)
    refuse_few(len(gains.profiles), len(profiles), least_profiles(len(upper)))
    fit = fit_gains(
        gains.profiles,
        gains.means,
        standard_errors=gains.standard_errors,
        local_data=backend.local_data,
        upper=upper,
        organizations=scenario.organizations,
    )
    return gains, fit


def _searched(
    scenario: Scenario, backend: Backend, seeds: range, progress: Progress
) -> GainsSearch:
    """Search profiles one after the other under the scenario's rule, and let the best race."""
    mechanism = replace(scenario.mechanism, fees="none")  # lump sums move nobody

    def targets(gains: SmoothGains) -> tuple[Array, Array]:
        game = scenario.game_of_gains(gains)
        free = solve(game).profile
        best = solve_planner(game, start=free).profile
        if mechanism.rule == "none" or mechanism.entry.targeted:
            return best, free  # an equilibrium under prices for the best profile is that profile
        induced = redistribute(game, make_rule(game, mechanism, best))
        return best, solve(induced).profile

    def welfare(profile: Array, gains: Array, fit: SmoothGains) -> float:
        game = scenario.game_of_gains(fit)
        above = gains - game.gains_at(profile)  # payoffs are linear in the gains at a profile
        return float(game.welfare(profile) + game.form.stakes.sum(axis=0) @ above)

    with stage(backend.oracle, "search"):
        return search_gains(
            backend.oracle,
            targets,
            welfare,
            local_data=backend.local_data,
            upper=_upper(scenario),
            budget=most_trainings(_settings(scenario), len(scenario.organizations)),
            first_seed=seeds.start,
            progress=progress,
        )


def _upper(scenario: Scenario) -> list[float]:
    return [float(value or 0.0) for value in scenario.columns["max_contribution"]]


def _settings(scenario: Scenario) -> OracleSettings:
    assert scenario.oracle is not None
    return scenario.oracle
