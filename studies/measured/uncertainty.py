"""How sure the numbers of a measured scenario are: what other seeds, or another curve, would say.

*Seeds.* Each measurement seed is left out in turn: the curve is fitted again, with its family
kept and everything else chosen again, autarky is chosen again from what was measured, and the
round is solved again. The spread is the jackknife's standard error (Tukey 1958): the noise of the
measurement, neither the error of the family nor its choice.

*Families.* Those that the held-out profiles do not tell from the chosen one are solved as well.

An adaptive design trains most profiles with one seed: there is nothing to leave out, and nothing
is stated here. Its bound on the regret says what its curve is worth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import CoopetitionError
from coopetition.games.unknown import Unknown
from coopetition.oracles import GainFit, Measurements
from coopetition.output.numbers import RESIDUE, number
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.studies.measured.autarky import best_alone
from coopetition.studies.measured.measured import Measured, MeasuredRound, fitted_round
from coopetition.studies.outside.options import outside_column
from coopetition.studies.solve.study import Study, run_study

LEAST_SEEDS = 3
TOLD_APART = 2.0  # standard errors between the squared held-out errors of two families
COLUMNS = ("contribution", "transfer", "fee", "payoff", "autarky")


@dataclass(frozen=True, eq=False)
class Uncertainty(Result):
    """What else the answer of a measured scenario could be.

    Parameters
    ----------
    errors : shape (N,) each
        One standard error of the contributions, transfers, fees, payoffs after both, and payoffs
        alone where they were measured; empty if they are not known.
    reason
        Why there are no standard errors.
    seeds
        How many were left out in turn.
    rivals
        The scenario solved on the curves of other families that fit as well, by name.
    """

    study: Study
    fit: GainFit
    words: Words
    errors: dict[str, Array]
    reason: str
    seeds: int
    rivals: dict[str, Study]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "claim": "estimated",
            "method": "jackknife over seeds, family fixed",
            "seeds": self.seeds,
            "reason": self.reason or None,
            **{key: self.errors.get(key) for key in COLUMNS},
            "largest_misfit": float(np.abs(self.fit.residuals).max()),
            "families": [
                {
                    "family": name,
                    "contribution": rival.contribution,
                    "total_contribution": float(rival.contribution.sum()),
                    "payoff": rival.payoff,
                }
                for name, rival in self.rivals.items()
            ],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization, without columns that are 0 for everybody."""
        words = self.words
        columns = [Column("organization", "organization", self.study.game.players, kind="name")]
        for rank, key in enumerate(key for key in COLUMNS if key in self.errors):
            if self._moves(key):
                unit = words.samples if key == "contribution" else words.currency
                full = outside_column(key) if key == "autarky" else key
                columns.append(
                    Column(f"{full}_standard_error", f"± {key}", self.errors[key], unit,
                           "error", rank)
                )  # fmt: skip
        told = f"± one standard error (jackknife over {self.seeds} seeds)" if self.errors else ""
        title = words.title(told or "how sure the numbers are")
        labels = words.labels(rule=self.study.settings.rule)
        return (Table(title, tuple(columns), tuple(str(self).splitlines()), labels),)

    def _moves(self, key: str) -> bool:
        """Whether a column is worth showing: fees that nobody pays are not."""
        return key not in ("transfer", "fee") or bool(getattr(self.study, key).any())

    def __str__(self) -> str:
        """Say what a standard error is of, and what it leaves out: misfit, other families."""
        return "\n".join([self._of, *self._at_bounds, *self._families])

    @property
    def _of(self) -> str:
        game, off = self.study.game, float(np.abs(self.fit.residuals).max())
        n = int(np.argmax(game.value))
        money = f"{number(float(game.value[n]) * off)}{self.words.money}"
        misfit = f"misses measured gains by up to {off:.2g}, {money} for {game.players[n]}"
        if self.reason:
            return f"No standard errors: {self.reason}. The curve {misfit}."
        return (
            f"± is the noise of the measurement with the family {self.fit.family} kept. Neither "
            f"the choice of a family nor the curve's misfit is in it: the curve {misfit}."
        )

    @property
    def _at_bounds(self) -> list[str]:
        """Say it where a contribution has no spread since it cannot leave its bound."""
        x, game = self.study.contribution, self.study.game
        still = self.errors.get("contribution", np.ones(x.size)) == 0
        stuck = still & ((x == 0) | (x == game.max_contribution))
        if not stuck.any() or not any(error.any() for error in self.errors.values()):
            return []
        return ["A contribution with ± 0 is at its bound whichever seed is left out."]

    @property
    def _families(self) -> list[str]:
        if not self.rivals:
            return []
        told = ", ".join(f"to {_sums(rival)} with {name}" for name, rival in self.rivals.items())
        return [
            f"Held-out profiles do not rule out other families ({TOLD_APART:g} s.e.): "
            f"contributions and payoffs would sum {told}, instead of {_sums(self.study)} with "
            f"{self.fit.family}."
        ]


def study_uncertainty(
    measured: MeasuredRound, study: Study, progress: Progress = silent
) -> Uncertainty | None:
    """Solve a measured scenario again without each seed, and with families that fit as well.

    None for an adaptive design, which has nothing to leave out, and for everybody's own gains.
    """
    if not isinstance(measured, Measured) or measured.search:
        return None
    seeds = measured.measurements.values.shape[1]
    errors: dict[str, Array] = {}
    reason = ""
    if not study.equilibrium.success:
        reason = "no equilibrium was found"
    elif seeds < LEAST_SEEDS:
        reason = f"to leave one out, at least {LEAST_SEEDS} seeds are needed, got {seeds}"
    else:
        try:
            errors = _errors(measured, study, progress)
        except CoopetitionError as error:
            reason = f"without one of the seeds, {error}"
    rivals = {}
    for name in tied_families(measured.fit):
        try:
            rivals[name] = _solved(measured, study, name)
        except CoopetitionError:
            continue  # with this family there is no answer to compare
    return Uncertainty(study, measured.fit, measured.words, errors, reason, seeds, rivals)


def _errors(measured: Measured, study: Study, progress: Progress) -> dict[str, Array]:
    """Return the jackknife standard errors of a study."""
    values, alone = measured.measurements.values, measured.alone_gains
    count = values.shape[1]
    parts = [measured.measurements] + ([] if isinstance(alone, Unknown) else [alone])
    if not any(np.ptp(part.values, axis=1).any() for part in parts):
        found = [_answers(study)] * count  # all seeds said the same: so would any fit
    else:
        found = []
        for s in range(count):
            progress("solving without one seed", s, count)
            found.append(_answers(_solved(measured, study, measured.fit.family, s)))
    return {key: jackknife_error([answer[key] for answer in found]) for key in found[0]}


def _without(measurements: Measurements, s: int | None) -> Measurements:
    if s is None:
        return measurements
    seeds, values = measurements.seeds, np.delete(measurements.values, s, axis=1)
    left = np.flatnonzero(~np.isnan(values).all(axis=1))  # others had that seed only
    return Measurements(
        measurements.profiles[left],
        values[left],
        seeds[:s] + seeds[s + 1 :],
        [measurements.coalitions[k] for k in left],
    )


def _solved(measured: Measured, study: Study, family: str, s: int | None = None) -> Study:
    """Solve the same study with one family fitted, and autarky chosen, without seed s."""
    game, gains, alone = measured.game, measured.alone_gains, measured.alone
    left = _without(measured.measurements, s)
    _, other = fitted_round(measured.scenario, left, game.local_data, game.skew, (family,))
    if not isinstance(gains, Unknown):
        alone = best_alone(other, _without(gains, s))
    found = run_study(other, study.settings, alone=alone)
    found.equilibrium.raise_if_failed()
    return found


def _answers(study: Study) -> dict[str, Array]:
    """Return what standard errors are stated of."""
    named = {key: getattr(study, key) for key in COLUMNS[:-1]}
    alone = study.outside.get("autarky")
    return named if alone is None or isinstance(alone, Unknown) else {**named, "autarky": alone}


def jackknife_error(replicates: ArrayLike) -> Array:
    """Return the standard error from estimates that leave out one of S equal parts of the data.

    √((S − 1)/S · Σ (θ_s − mean)²); what is below 1e-12 of the estimates is rounding, and 0.

    Parameters
    ----------
    replicates : shape (S, ...)
        The estimate without each part in turn.
    """
    values = np.asarray(replicates, dtype=float)
    error = np.sqrt((len(values) - 1) * values.var(axis=0))
    return np.where(error <= RESIDUE * np.abs(values).max(axis=0), 0.0, error)


def tied_families(fit: GainFit) -> list[str]:
    """Return the families that held-out profiles do not tell from the chosen one.

    Those for which the logarithm of the ratio of the two mean squared held-out errors is within
    two standard errors of 0, by the jackknife over profiles.
    """
    chosen = fit.held_out_misses.get(fit.family)
    tied = []
    for name, misses in fit.held_out_misses.items():
        if name == fit.family or chosen is None:
            continue
        squares = np.array([misses, chosen]) ** 2
        sums = np.append(squares.sum(axis=1) - squares.T, [squares.sum(axis=1)], axis=0)
        *without, ratio = np.diff(np.log(np.maximum(sums, 1e-300)))[:, 0]  # each profile; none
        if abs(ratio) <= TOLD_APART * float(jackknife_error(without)):
            tied.append(name)
    return tied


def _sums(study: Study) -> str:
    x, payoff = float(study.contribution.sum()), float(study.payoff.sum())
    return f"{number(x)} and {number(payoff)}"
