"""A scenario whose oracle tells everybody's own gain: trained profiles → functions → a game.

No curve stands between: organization n counts what the model brings on its own test rows, of
everybody as of itself alone. An oracle's gains are improvements over everybody's own baseline
already, so that nothing is taken off a second time.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.measured.round import MeasuredGame
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.oracles import (
    FittedGains,
    MeasuredGains,
    Measurements,
    design_profiles,
    fit_gains,
    measure_gains,
)
from coopetition.oracles.gains.skill import Skill
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.search.gains_search import GainsSearch, search_gains
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.oracles.surrogates.common_curve import common_curve_skill
from coopetition.oracles.surrogates.fit import least_profiles
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.solvers import Optimum, solve, solve_planner
from coopetition.solvers.planner.best_found import found_best
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.measured.autarky import best_alone, measure_own_alone
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.given_up import failures_of, failures_told, refuse_few
from coopetition.studies.measured.training_plan import NOTHING, Trained, TrainingPlan
from coopetition.studies.measured.verified import verified
from coopetition.studies.measured.words import told_by
from coopetition.studies.outside.outside import Autarky
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.rules import make_rule
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study
from coopetition.studies.verification.verification import Verification

NOT_ALONE = Unknown("nobody was trained alone")


@dataclass(frozen=True, eq=False)
class MeasuredOwnGains(Result):
    """A round of everybody's own gains: what was trained, what was fitted, and autarky alone.

    Parameters
    ----------
    gains, fit
        What the oracle said, and the functions of all contributions that were fitted to it.
    game
        The scenario's game on the fit's mean.
    alone, alone_gains
        Everybody alone on its own test rows, and what it was chosen from, or why it is not known.
    search
        How profiles were chosen one after the other, and which ones raced; None of a design that
        is fixed beforehand.
    planner
        The winner of the race, valued on the fit's mean; None where nothing raced.
    """

    scenario: Scenario
    oracle: UtilityOracle
    gains: MeasuredGains
    fit: FittedGains
    game: MeasuredGame
    alone: Autarky | Unknown
    alone_gains: Measurements | Unknown = NOT_ALONE
    search: GainsSearch | None = None
    planner: Optimum | None = None
    plan: TrainingPlan = NOTHING

    @property
    def words(self) -> Words:
        """The scenario's name and units, with those of its oracle."""
        return told_by(self.oracle.spec(), self.scenario.words)

    @property
    def skill(self) -> Skill:
        """What the fit explains of the worst organization's gains that it was fitted without."""
        return self.fit.skill

    @cached_property
    def curve_skill(self) -> Skill:
        """What one common curve explains of the same: that of the organization it knows worst."""
        fit, table = self.fit, self.fit.table
        return common_curve_skill(
            table.profiles, table.gains, table.local_data, fit.organizations, fit.noise, fit.source
        )

    @property
    def trained(self) -> Trained:
        """What was trained so far, and how long it took."""
        return Trained.by(self.oracle, self.plan)

    def verify(self, study: Study, progress: Progress = silent) -> Verification | None:
        """Train the study's headlines on seeds that neither the fit nor the search used.

        None if the scenario holds no seeds out, or there is no equilibrium.
        """
        return verified(
            self.scenario,
            self.oracle,
            study,
            self.alone,
            views=[self.game.replace(gains=one.predict) for one in self.fit.members],
            progress=progress,
        )

    def tables(self) -> tuple[Table, ...]:
        """Return one row per profile and organization: what was measured, and what is fitted."""
        words, found, unit = self.words, self.gains, self.words.measure
        count, size = found.profiles.shape
        errors = found.standard_errors
        off = self.fit.predict(found.profiles) - found.means
        columns = (
            Column("profile", "profile", [str(k + 1) for k in range(count) for _ in range(size)],
                   kind="name"),
            Column("organization", "organization", found.organizations * count, kind="name"),
            Column("contribution", "contribution", found.profiles.ravel(), words.samples),
            Column("gain", "gain", found.means.ravel(), unit),
            Column("gain_standard_error", "± s.e.",
                   [None] * off.size if errors is None else errors.ravel(), unit, "error"),
            Column("fitted_minus_measured", "fit − measured", off.ravel(), unit),
        )  # fmt: skip
        return (Table(words.title("own gains"), columns, (str(self),), words.labels()),)

    def to_dict(self) -> dict[str, Any]:
        """Return the measurement's JSON form."""
        spec, found = self.oracle.spec(), self.gains
        settings = _settings(self.scenario)
        return {
            "oracle": {**settings.asked, "metric": spec.metric},
            "fingerprint": spec.fingerprint,
            "ledger": self.plan.ledger,
            "trainings": self.trained.to_dict(),
            "failures": failures_of(self.oracle).to_dict(),
            "local_data": self.fit.table.local_data,
            "baselines": spec.baselines or [spec.baseline] * len(spec.organizations),
            "family": self.fit.family,
            "members": [
                {"family": one.family, **one.skill.to_dict(), "worst": one.worst}
                for one in self.fit.members
            ],
            "skill": {**self.skill.to_dict(), "worst": self.fit.worst},
            "skills": [one.to_dict() for one in self.fit.skills],
            "curve_skill": self.curve_skill.to_dict(),
            "held_out_error": self.fit.held_out_error,
            "profiles": found.profiles,
            "seeds": list(found.seeds) if self.search is None else None,
            "mean": found.means,
            "standard_error": found.standard_errors,
            "test_error": found.test_errors,
            "fitted_minus_measured": self.fit.predict(found.profiles) - found.means,
            "search": self.search and self.search.to_dict(),
            "autarky": None
            if isinstance(self.alone, Unknown)
            else {
                "claim": "estimated",
                "contribution": self.alone.contribution,
                "gain": self.alone.gain,
            },
        }

    @property
    def _curve(self) -> str:
        """Say what one curve would have been worth."""
        found = self.curve_skill
        if found.value is None:
            return f"whether one curve for all would do is unknown: {found.how}"
        return f"{found.what} has skill {found.value:.2g}"

    def __str__(self) -> str:
        """Say how the gains were measured and what the fit is worth."""
        count, metric = len(self.gains.profiles), self.oracle.spec().metric
        how = self.search or f"{count} profiles × {len(self.gains.seeds)} seeds"
        return (
            f"Measured: {how}; everybody's own {metric}.\n"
            f"Fitted: {self.fit}.\n"
            f"For comparison: {self._curve}.{failures_told(self.oracle)}"
        )


def _settings(scenario: Scenario) -> OracleSettings:
    assert scenario.oracle is not None
    return scenario.oracle


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
