"""The answer put before the oracle itself: real deviations, on seeds that the fit never saw."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import one_curve
from coopetition.oracles import oracle_regret
from coopetition.oracles.protocol.measurement import Measurement, mean_gain
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.numbers import RESIDUE, number, plus_minus, spread
from coopetition.output.progress import Progress, silent, within
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import GENERAL, Words
from coopetition.studies.solve.study import Study

_NOTICED, _LEAST = 3.0, 1e-6  # a miss that is told: in standard errors, and of the gain
_NOTICED_ONCE = 0.02  # of the gain, where one seed leaves the standard error unknown
STEPS = (-0.5, -0.25, -0.1, 0.1, 0.25, 0.5)  # of the largest contribution, besides both ends


@dataclass(frozen=True, eq=False)
class Check(Result):
    """What each organization could still gain by deviating, estimated by the oracle itself.

    `stated_error` is what the curve may be wrong by, plus 1.96 standard errors of the paired
    difference: |w_n| × the root mean square by which it misjudged the unilateral changes that were
    measured, or after an adaptive search the bound on the regret that it stated. The regret is the
    best of several noisy estimates, hence biased upwards. `gain` is the coalition's gain measured
    at the profile, `predicted` the curve's, and `value` what a unit of it is worth to each.
    """

    organizations: tuple[str, ...]
    regret: Array
    standard_error: Array
    deviation: Array
    stated_error: Array
    payoff: Array
    gain: Measurement
    predicted: float
    value: Array
    levels: int
    words: Words

    @property
    def within(self) -> bool:
        """Whether every estimated regret is within its stated error."""
        return bool((self.regret <= self.stated_error).all())

    @property
    def share(self) -> Array:
        """The regret relative to the absolute payoff after transfers, shape (N,)."""
        return self.regret / np.maximum(np.abs(self.payoff), 1e-300)

    @property
    def off(self) -> float:
        """By how much the curve overstates the gain measured at the profile."""
        return self.predicted - self.gain.mean

    @property
    def off_in_errors(self) -> float | None:
        """How many standard errors of that measurement it is off; None where there is none."""
        error = self.gain.standard_error or 0.0
        return self.off / error if error > RESIDUE * abs(self.gain.mean) else None

    @property
    def money_off(self) -> tuple[float, float | None]:
        """By how much the curve overstates what the gain there is worth to all, and its error."""
        error, worth = self.gain.standard_error, float(self.value.sum())
        return worth * self.off, None if error is None else worth * error

    @property
    def at_the_answer(self) -> str:
        """Say what was measured at the answer beside what the curve says, in money."""
        off, error = self.money_off
        worth = float(self.value.sum()) * self.gain.mean
        return (
            f"At the answer the curve says {number(abs(off), beside=worth)} "
            f"{plus_minus(error, worth)}{self.words.money} {'more' if off > 0 else 'less'} than "
            f"was measured on {self.gain.n} held-out seeds, of the {number(worth)} that the gain "
            "there is worth to all."
        )

    def __str__(self) -> str:
        """Say the largest estimated regret and whether it is within the stated error."""
        n = int(np.argmax(self.regret))
        error = float(self.standard_error[n]) if self.gain.n > 1 else None
        verdict = "within" if self.within else "NOT within"
        return (
            f"Checked against the oracle on {self.gain.n} held-out seeds: the gain there is "
            f"{self.gain.mean:.4g} {plus_minus(self.gain.standard_error, self.gain.mean)}, the "
            f"curve says {self.predicted:.4g}.{self._missed} Of up to {self.levels} real "
            f"deviations each, the best gains {self.organizations[n]} an estimated "
            f"{self.regret[n]:.3g} {plus_minus(error, self.payoff[n])}{self.words.money}, "
            f"{100 * self.share[n]:.2g} % of its payoff; every regret is {verdict} the curve's "
            f"stated error ({self.stated_error[n]:.3g} there)."
        )

    @property
    def _missed(self) -> str:
        """Say it if the gain is not what the curve says."""
        off, errors = self.off, self.off_in_errors
        least = _NOTICED_ONCE if self.gain.n == 1 else _LEAST
        noise = _NOTICED * (self.gain.standard_error or 0.0)
        if abs(off) <= max(noise, least * abs(self.gain.mean)):
            return ""
        n = int(np.argmax(self.value))
        money = number(abs(float(self.value[n]) * off))
        counted = "" if errors is None else f", {spread(abs(errors))} s.e.,"
        return (
            f" The curve is off by {abs(off):.2g}{counted} at the answer (too "
            f"{'high' if off > 0 else 'low'}): so are payoffs computed from it, that of "
            f"{self.organizations[n]} by {money}{self.words.money}."
        )

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization: its best real deviation, and what that gains."""
        words, money = self.words, self.words.currency
        columns = (
            Column("organization", "organization", self.organizations, kind="name"),
            Column("regret", "regret", self.regret, money),
            Column("regret_standard_error", "± s.e.", self.standard_error, money, "error"),
            Column("stated_error", "stated error", self.stated_error, money),
            Column("deviation", "best deviation", self.deviation, words.samples, rank=1),
        )
        title = words.title("what real deviations gain")
        return (Table(title, columns, (str(self),), words.labels()),)

    def to_dict(self) -> dict[str, Any]:
        """Return the check's JSON form."""
        return {
            "claim": "estimated",
            "regret": self.regret,
            "regret_standard_error": self.standard_error,
            "deviation": self.deviation,
            "stated_error": self.stated_error,
            "share_of_payoff": self.share,
            "within": self.within,
            "gain": self.gain.mean,
            "gain_standard_error": self.gain.standard_error,
            "gain_predicted": self.predicted,
            "gain_off": self.off,
            "gain_off_in_standard_errors": self.off_in_errors,
            "payoff_off": self.value * self.off,
            "money_off": self.money_off[0],
            "money_off_standard_error": self.money_off[1],
            "seeds": self.gain.n,
            "deviations_each": self.levels,
        }


def unilateral_error(profiles: Array, residuals: Array) -> float:
    """Return the root mean square by which a curve misjudges measured unilateral changes.

    Parameters
    ----------
    profiles : shape (K, N)
    residuals : shape (K,)
        Measured minus fitted gain. The difference of two of them is the error of a change; pairs
        of profiles that differ for one organization count.

    Examples
    --------
    >>> profiles = np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 5.0]])
    >>> round(unilateral_error(profiles, np.array([0.0, 0.3, 0.7])), 6)
    0.353553
    """
    moved = (profiles[:, None, :] != profiles[None, :, :]).sum(axis=2)
    first, second = np.nonzero(np.triu(moved == 1))
    if not first.size:
        raise InvalidInputError("no two measured profiles differ for one organization only")
    return float(np.sqrt(np.mean((residuals[first] - residuals[second]) ** 2)))


def check_study(
    study: Study,
    oracle: UtilityOracle,
    *,
    allowed: Array,
    seeds: range,
    used_seeds: range,
    words: Words = GENERAL,
    progress: Progress = silent,
) -> Check:
    """Offer every organization real deviations from the solved profile, on held-out seeds.

    Parameters
    ----------
    allowed : shape (N,)
        Money that everybody may gain by a deviation as far as the curve is known.

    Raises
    ------
    OracleError
        If the oracle fails.
    """
    game, x = study.game, study.contribution
    curve = one_curve(game, "held-out deviations")
    levels = [deviation_levels(float(x[n]), float(game.max_contribution[n])) for n in range(x.size)]

    def own_gain(n: int, y: float) -> float:
        other = x.copy()
        other[n] = y
        return float((besides_gain(study, other) - besides_gain(study, x))[n])

    found = oracle_regret(
        oracle,
        x,
        levels,
        weights=weights_of(study),
        own_gain=own_gain,
        seeds=seeds,
        used_seeds=used_seeds,
        progress=within(progress, "deviations on held-out seeds"),
    )
    error = np.array([deviation.standard_error or 0.0 for deviation in found])
    return Check(
        organizations=game.players,
        regret=np.maximum([deviation.payoff_gain for deviation in found], 0.0),
        standard_error=error,
        deviation=np.array([deviation.contribution for deviation in found]),
        stated_error=allowed + 1.96 * error,
        payoff=study.payoff,
        gain=mean_gain(oracle, x, seeds),
        predicted=float(curve.gain.value(curve.form.aggregate(x))),
        value=game.value,
        levels=max(map(len, levels)),
        words=words,
    )


def weights_of(study: Study) -> Array:
    """Return what a unit of the coalition's gain moves payoffs by under the rule, shape (N,)."""
    induced = study.induced
    if isinstance(induced, AggregativeGame):
        return induced.weights
    return one_curve(study.game, "held-out deviations").weights


def besides_gain(study: Study, x: Array) -> Array:
    """Return what changes of payoffs follow from without the gain: of other rules, transfers too.

    Transfers that depend on the gain are those of the curve.
    """
    induced = study.induced
    if isinstance(induced, AggregativeGame):
        return induced.form.own(x)
    curve = one_curve(study.game, "held-out deviations")
    return curve.form.own(x) + study.mechanism.rule(study.game, x)


def deviation_levels(x: float, top: float) -> list[float]:
    """Return the deviations to offer: both ends, near and far steps, in whole samples."""
    inside = {round(min(max(y, 0.0), top)) for y in (0.0, top, *(x + s * top for s in STEPS))}
    return [float(min(y, top)) for y in sorted(inside) if abs(y - x) >= 1.0] or [0.0, top]
