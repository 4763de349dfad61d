"""A scenario whose oracle tells everybody's own gain: trained profiles → functions → a game.

No curve stands between: organization n counts what the model brings on its own test rows, of
everybody as of itself alone. An oracle's gains are improvements over everybody's own baseline
already, so that nothing is taken off a second time.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from coopetition.games.measured.round import MeasuredGame
from coopetition.games.unknown import Unknown
from coopetition.oracles import (
    FittedGains,
    MeasuredGains,
    Measurements,
)
from coopetition.oracles.gains.skill import Skill
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.search.gains_found import GainsSearch
from coopetition.oracles.surrogates.common_curve import common_curve_skill
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.solvers import Optimum
from coopetition.studies.measured.given_up import failures_of, failures_told
from coopetition.studies.measured.training_plan import NOTHING, Trained, TrainingPlan
from coopetition.studies.measured.verified import verified
from coopetition.studies.measured.words import told_by
from coopetition.studies.outside.outside import Autarky
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
        settings = self.scenario.oracle
        assert settings is not None
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
            f"For comparison: {self._curve}."
            f"{failures_told(self.oracle, self.scenario, count)}"
        )
