"""The answer put before the oracle itself: real deviations, on seeds that the fit never saw."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.aggregate import AggregativeGame
from coopetition.games.gain import Array
from coopetition.games.measurement import Measurement, mean_gain
from coopetition.games.oracle import UtilityOracle
from coopetition.oracles import oracle_regret
from coopetition.studies.study import Study

STEPS = (-0.5, -0.25, -0.1, 0.1, 0.25, 0.5)  # of the largest contribution, besides both ends


@dataclass(frozen=True, eq=False)
class Check:
    """What each organization could still gain by deviating, estimated by the oracle itself.

    `stated_error` is what the curve may be wrong by: |w_n|·√2 × the held-out error of a gain
    (two gains are compared), plus 1.96 standard errors of the paired difference. The regret is the
    best of several noisy estimates, hence biased upwards. `gain` is the coalition's gain measured
    at the profile, `predicted` the curve's.
    """

    organizations: tuple[str, ...]
    regret: Array
    standard_error: Array
    deviation: Array
    stated_error: Array
    gain: Measurement
    predicted: float
    levels: int
    currency: str

    @property
    def within(self) -> bool:
        """Whether every estimated regret is within its stated error."""
        return bool((self.regret <= self.stated_error).all())

    def __str__(self) -> str:
        """Say the largest estimated regret and whether it is within the stated error."""
        n = int(np.argmax(self.regret))
        verdict = "within" if self.within else "NOT within"
        return (
            f"Checked against the oracle on {self.gain.n} held-out seeds: the gain there is "
            f"{self.gain.mean:.4g} ± {self.gain.standard_error or 0.0:.2g} (s.e.), the curve says "
            f"{self.predicted:.4g}. Of up to {self.levels} real deviations each, the best gains "
            f"{self.organizations[n]} an estimated {self.regret[n]:.3g} ± "
            f"{self.standard_error[n]:.2g} (s.e.) {self.currency}; every regret is {verdict} the "
            f"curve's stated error ({self.stated_error[n]:.3g} there)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the check's JSON form."""
        return {
            "claim": "estimated",
            "regret": self.regret,
            "standard_error": self.standard_error,
            "deviation": self.deviation,
            "stated_error": self.stated_error,
            "within": self.within,
            "gain": self.gain.mean,
            "gain_standard_error": self.gain.standard_error,
            "gain_predicted": self.predicted,
            "seeds": self.gain.n,
            "deviations_each": self.levels,
        }


def check_study(
    study: Study,
    oracle: UtilityOracle,
    *,
    held_out_error: float,
    seeds: range,
    used_seeds: range,
    currency: str,
) -> Check:
    """Offer every organization real deviations from the solved profile, on held-out seeds.

    Parameters
    ----------
    held_out_error : performance units
        The root mean square error of the fitted curve on profiles that it was not fitted to.

    Raises
    ------
    OracleError
        If the oracle fails.
    """
    game, x, induced = study.game, study.contribution, study.induced
    assert isinstance(induced, AggregativeGame)  # every rule of a scenario is separable
    form = induced.form
    levels = [_levels(float(x[n]), float(form.upper[n])) for n in range(x.size)]

    def own_gain(n: int, y: float) -> float:
        other = x.copy()
        other[n] = y
        return float((form.own(other) - form.own(x))[n])

    found = oracle_regret(
        oracle,
        x,
        levels,
        weights=game.weights,
        own_gain=own_gain,
        seeds=seeds,
        used_seeds=used_seeds,
    )
    error = np.array([deviation.standard_error or 0.0 for deviation in found])
    return Check(
        organizations=game.players,
        regret=np.maximum([deviation.payoff_gain for deviation in found], 0.0),
        standard_error=error,
        deviation=np.array([deviation.contribution for deviation in found]),
        stated_error=np.abs(game.weights) * np.sqrt(2.0) * held_out_error + 1.96 * error,
        gain=mean_gain(oracle, x, seeds),
        predicted=float(game.gain.value(game.form.aggregate(x))),
        levels=max(map(len, levels)),
        currency=currency,
    )


def _levels(x: float, top: float) -> list[float]:
    """Return the deviations to offer: both ends, near and far steps, in whole samples."""
    inside = {round(min(max(y, 0.0), top)) for y in (0.0, top, *(x + s * top for s in STEPS))}
    return [float(min(y, top)) for y in sorted(inside) if abs(y - x) >= 1.0] or [0.0, top]
