"""A scenario whose gains are measured: oracle → curve → round, and the answer trained.

The curve is fitted to the mean gains of a few profiles, fixed beforehand or chosen one after the
other where the equilibrium is most uncertain. What the solved round claims is then trained on seeds
that the fit never saw.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import CoopetitionError, InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.oracles import (
    AdaptiveSearch,
    GainFit,
    Measurements,
    design_profiles,
    fit_gain,
    measure,
)
from coopetition.oracles.gains.fitted_families import FITTED
from coopetition.oracles.gains.skill import Skill, skill_of
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.studies.measured.adaptive import (
    as_fit,
    curve_misfit,
    round_on,
    search_scenario,
)
from coopetition.studies.measured.autarky import best_alone, measure_alone
from coopetition.studies.measured.backends import Backend, open_backend
from coopetition.studies.measured.given_up import failures_of, failures_told, refuse_few
from coopetition.studies.measured.measure_own_gains import measure_own_gains
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.own_gains import MeasuredOwnGains
from coopetition.studies.measured.study_stages import Asked, plan_of, seeds_of, study_stages
from coopetition.studies.measured.training_plan import NOTHING, Trained, TrainingPlan
from coopetition.studies.measured.verified import verified
from coopetition.studies.measured.words import told_by
from coopetition.studies.outside.outside import Autarky
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study
from coopetition.studies.verification.verification import Verification

Announce = Callable[[TrainingPlan], None]
NOT_ALONE = Unknown("nobody was trained alone")


def tell_nobody(plan: TrainingPlan) -> None:
    """Train at once."""


@dataclass(frozen=True, eq=False)
class Measured(Result):
    """A measured round: the oracle, what it said, the fitted curve, and autarky alone.

    `alone_gains` are the measurements that autarky was chosen from, or why there are none.
    """

    scenario: Scenario
    oracle: UtilityOracle
    measurements: Measurements
    fit: GainFit
    game: CoopetitionRound
    alone: Autarky | Unknown
    alone_gains: Measurements | Unknown = NOT_ALONE
    search: AdaptiveSearch | None = None
    plan: TrainingPlan = NOTHING

    @property
    def planner(self) -> None:
        """The planner's profile, where it is more than the round says: of one curve it never is."""

    @property
    def words(self) -> Words:
        """The scenario's name and units, with those of its oracle."""
        return told_by(self.oracle.spec(), self.scenario.words)

    @property
    def skill(self) -> Skill:
        """What the curve explains of the profiles that it was fitted without."""
        return skill_of(self.measurements, self.fit.held_out_misses[self.fit.family])

    def tables(self) -> tuple[Table, ...]:
        """Return one row per profile: what was measured there, and by how much the curve is off."""
        words, found, unit = self.words, self.measurements, self.words.measure
        totals = np.sum(found.profiles, axis=1)
        errors = found.standard_errors
        columns = (
            Column("profile", "profile", [str(k + 1) for k in range(len(totals))], kind="name"),
            Column("total_contribution", "contribution", totals, words.samples),
            Column("gain", "gain", found.means, unit),
            Column("gain_standard_error", "± s.e.",
                   [None] * len(totals) if errors is None else errors, unit, "error"),
            Column("fitted_minus_measured", "curve − measured", -self.fit.residuals, unit),
        )  # fmt: skip
        return (Table(words.title("gains measured"), columns, (str(self),), words.labels()),)

    def verify(self, study: Study, progress: Progress = silent) -> Verification | None:
        """Train the study's headlines on seeds that neither the fit nor the search used.

        None if the scenario holds no seeds out, or there is no equilibrium.
        """
        return verified(
            self.scenario,
            self.oracle,
            study,
            self.alone,
            views=self._other_families,
            progress=progress,
        )

    @property
    def _other_families(self) -> list[CoopetitionRound]:
        """The round on the curves that were not chosen: they may see other deviations."""
        found: list[CoopetitionRound] = []
        for name in self.fit.held_out_error if self.search is None else ():
            with suppress(CoopetitionError):
                data = self.game.local_data, self.game.skew
                found.append(fitted_round(self.scenario, self.measurements, *data, (name,))[1])
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the measurement's JSON form."""
        spec, fit, settings = self.oracle.spec(), self.fit, _settings(self.scenario)
        return {
            "oracle": {**settings.asked, "metric": spec.metric},
            "fingerprint": spec.fingerprint,
            "ledger": self.plan.ledger,
            "trainings": self.trained.to_dict(),
            "failures": failures_of(self.oracle).to_dict(),
            "local_data": self.game.local_data,
            "skew": self.game.skew,
            "quality": self.game.quality,
            "family": fit.family,
            "parameters": fit.parameters,
            "parameter_standard_errors": fit.standard_errors,
            "held_out_error": fit.held_out_error,
            "skill": self.skill.to_dict(),
            "refused": fit.refused,
            "shape": str(fit.shape),
            "profiles": self.measurements.profiles,
            "mean": self.measurements.means,
            "standard_error": self.measurements.standard_errors,
            "fitted_minus_measured": -fit.residuals,
            "search": self.search
            and {**self.search.to_dict(), "curve_misfit": curve_misfit(self.game, self.search)},
            "autarky": None
            if isinstance(self.alone, Unknown)
            else {
                "claim": "estimated",
                "contribution": self.alone.contribution,
                "gain": self.alone.gain,
            },
        }

    @property
    def trained(self) -> Trained:
        """What was trained so far, and how long it took."""
        return Trained.by(self.oracle, self.plan)

    def __str__(self) -> str:
        """Say how the gains were measured and what the curve is worth."""
        left = len(self.measurements.profiles)
        lost = failures_told(self.oracle, self.scenario, left)
        return f"{self._fitted}\n{self.skill}.{lost}"

    @property
    def _fitted(self) -> str:
        fit, count = self.fit, self.measurements.values.shape
        error = fit.held_out_error[fit.family]
        others = ", ".join(
            f"{name} {value:.3g}"
            for name, value in fit.held_out_error.items()
            if name != fit.family
        )
        said = ", ".join(f"{name} {value:.4g}" for name, value in fit.parameters.items())
        if self.search:
            return (
                f"Measured: {self.search}; {self.oracle.spec().metric}.\n"
                f"Fitted: power ({said}) with a quality for each, {self.search.surface}."
                + _misfit_told(self.game, self.search)
            )
        return (
            f"Measured: {count[0]} profiles × {count[1]} seeds, {self.oracle.spec().metric}.\n"
            f"Fitted: {fit.family} ({said}); held-out error {error:.3g} ({others}).\n"
            f"Shape of the measurements: {fit.shape}."
        )


MeasuredRound = Measured | MeasuredOwnGains  # one curve for all, or everybody's own gain


def _misfit_told(game: CoopetitionRound, search: AdaptiveSearch) -> str:
    """Say it if the curve is off the surface by more than the target."""
    worst = float(np.abs(curve_misfit(game, search)).max())
    if worst <= search.target:
        return ""
    return (
        f"\nThe curve misses the surface at the profile by {100 * worst:.2g} % of a payoff: gains, "
        "payoffs and fees below are those of the curve."
    )


def _settings(scenario: Scenario) -> OracleSettings:
    assert scenario.oracle is not None
    return scenario.oracle


def measure_scenario(
    scenario: Scenario,
    plan: Plan | None = None,
    *,
    progress: Progress = silent,
    before: Announce = tell_nobody,
) -> MeasuredRound:
    """Measure a scenario's gains, fit them, and measure everybody alone where planned.

    Everybody's own gain is the game where the oracle tells it, else one curve of a common gain.

    `before` is told what will be trained, before the first training.

    Raises
    ------
    InvalidInputError
        If stated data differ from the oracle's, the measurements support no fit, or before
        anything is trained, if the plan cannot be carried out or too few profiles are asked to
        tell changes of one organization.
    OracleError
        If the oracle fails.

    Examples
    --------
    >>> from coopetition.studies import parse_scenario
    >>> row = {"max_contribution": 30, "value": 500.0, "unit_cost": 0.05, "quadratic_cost": 1e-3}
    >>> scenario = parse_scenario({
    ...     "organization": [{"name": name, **row} for name in ("North", "South")],
    ...     "oracle": {"kind": "reference", "dataset": "breast-cancer", "local_rows": 60,
    ...                "rounds": 2, "epochs": 1, "profiles": 8, "seeds": 2}})
    >>> found = measure_scenario(scenario)
    >>> len(found.measurements.profiles), found.alone.measured
    (8, True)
    """
    _refuse_few(scenario)
    backend = open_backend(scenario)
    try:
        seeds = range(seeds_of(scenario))
        return measure_with(scenario, backend, seeds, plan, progress=progress, before=before)
    except BaseException:
        backend.oracle.close()
        raise


def _refuse_few(scenario: Scenario) -> None:
    """Refuse too few profiles before anything is trained: the answer's check needs some alone."""
    settings, size = _settings(scenario), len(scenario.organizations)
    if settings.design == "fixed" and settings.profiles < 5 + size > 6:
        raise InvalidInputError(
            f"[oracle]: `profiles` must be at least {5 + size} for {size} organizations, five for "
            f"all together and one for each alone, got {settings.profiles}"
        )


def measure_with(
    scenario: Scenario,
    backend: Backend,
    seeds: range,
    plan: Plan | None = None,
    *,
    progress: Progress = silent,
    before: Announce = tell_nobody,
) -> MeasuredRound:
    """Measure a scenario's gains with an open backend and some seeds.

    `before` is told what will be trained, before the first training.

    Raises
    ------
    InvalidInputError
        If the plan cannot be carried out, or the measurements support no fit.
    OracleError
        If the oracle fails.
    """
    plan = plan or Plan()
    oracle = backend.oracle
    plan.check(scenario, oracle.spec(), backend.local_data)
    alone = plan.trains_alone(scenario, own="gains" in oracle.spec().provides)
    stages = study_stages(Asked(scenario, oracle, seeds, plan))
    trainings = plan_of(scenario, oracle, stages, backend.note)
    before(trainings)
    if "gains" in oracle.spec().provides:
        return measure_own_gains(
            scenario, backend, seeds, trainings, alone=alone, progress=progress
        )
    if _settings(scenario).design == "adaptive":
        found = _searched(scenario, backend, seeds, progress, alone=alone)
        return replace(found, plan=trainings)
    upper = [float(value or 0.0) for value in scenario.columns["max_contribution"]]
    profiles = design_profiles(upper, _settings(scenario).profiles, scenario.seed)
    with stage(oracle, "fit"):
        measurements = measure(oracle, profiles, seeds, progress=progress)
    refuse_few(len(measurements.profiles), len(profiles), len(upper) + 5)
    fit, game = fitted_round(scenario, measurements, backend.local_data, backend.skew)
    gains = measure_alone(game, oracle, seeds, progress) if alone else NOT_ALONE
    by_itself = gains if isinstance(gains, Unknown) else best_alone(game, gains)
    return Measured(scenario, oracle, measurements, fit, game, by_itself, gains, plan=trainings)


def fitted_round(
    scenario: Scenario,
    measurements: Measurements,
    local_data: Array,
    skew: Array,
    families: Sequence[str] = tuple(FITTED),
) -> tuple[GainFit, CoopetitionRound]:
    """Fit a curve of some families to measurements, and make the scenario's round on it.

    Raises
    ------
    InvalidInputError
        If the measurements support no fit.
    """
    stated = scenario.columns.get("quality")
    quality = None if stated is None else np.array(stated, dtype=float)
    fit = fit_gain(measurements, local_data, quality, families=families)
    return fit, scenario.round(fit.curve, local_data=local_data, quality=fit.quality, skew=skew)


def _searched(
    scenario: Scenario, backend: Backend, seeds: range, progress: Progress, *, alone: bool
) -> Measured:
    """Search the equilibrium with few trainings; alone, where needed, with one seed."""
    with stage(backend.oracle, "search"):
        search = search_scenario(scenario, backend, seeds.start, progress)
    game = round_on(scenario, backend, search.surface)
    measurements, fit = as_fit(search.surface, game)
    gains = measure_alone(game, backend.oracle, seeds[:1], progress) if alone else NOT_ALONE
    by_itself = gains if isinstance(gains, Unknown) else best_alone(game, gains)
    return Measured(scenario, backend.oracle, measurements, fit, game, by_itself, gains, search)
