"""What a fitted curve explains of measured gains: its skill on profiles it never saw.

Skill is the share of the squared differences between profiles that the curve predicts when it is
fitted without them: 1 − Σ (gain − curve without it)² / Σ (gain − mean of the others)². Whatever was
measured at a profile is left out together. Both sums are of predictions (Allen, Technometrics 16,
1974), so a curve that is no better than a constant has 0 or less, and nothing is gained by more
parameters. The family of the curve is kept.

Noise of the measurement is no fault of the curve. Where there are several seeds it is taken out of
both sums, as in the signal power of Sahani and Linden (NIPS 15, 2003). All profiles have the same
seeds: what a seed does to all of them alike a constant gets right, too, and only what is left of a
two-way table of profiles and seeds is noise. Where gains differ by little more than that, the
difference of two noisy sums would say nothing, and noise stays in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.oracles.gains.measure import Measurements
from coopetition.output.numbers import RESIDUE

SkillVerdict = Literal["explains most", "weak", "no better than a constant", "unknown"]
LEAST = 6  # profiles: a curve has up to four parameters, and each fit is short of one profile
WEAK = 0.5
_CLEAR = 2.0  # times their noise, by which gains must differ before noise is taken out


@dataclass(frozen=True, slots=True)
class Skill:
    """The share of what was measured that a curve predicts; at most 1, None if not known.

    `how` says how it was found, or why it was not, `what` explains.
    """

    value: float | None
    how: str
    what: str = "the curve"

    @property
    def verdict(self) -> SkillVerdict:
        """What the share means, in words."""
        if self.value is None:
            return "unknown"
        if self.value <= 0:
            return "no better than a constant"
        return "weak" if self.value <= WEAK else "explains most"

    @property
    def nothing(self) -> bool:
        """Whether the curve explains nothing of what was measured."""
        return self.verdict == "no better than a constant"

    def __str__(self) -> str:
        """Say it in one sentence, without a period."""
        what = self.what
        if self.value is None:
            one = what.replace("the curve", "one curve")
            return f"Whether {one} explains the measured gains is unknown: {self.how}"
        head = f"{what[0].upper()}{what[1:]}"
        found = f"skill {self.value:.2g} of at most 1, {self.how}"
        if self.nothing:
            return (
                f"{head} explains nothing of what was measured: it predicts no better than a "
                f"constant ({found}); all numbers here are about {what} alone"
            )
        if self.verdict == "weak":
            return f"Warning: {what} explains little of what was measured ({found})"
        return f"{head} explains most of what was measured ({found})"

    def to_dict(self) -> dict[str, Any]:
        """Return value, verdict and how it was found."""
        return {"value": self.value, "verdict": self.verdict, "how": self.how}


def skill_of(measurements: Measurements, misses: ArrayLike) -> Skill:
    """Return the skill of a curve from what it misses of profiles that are left out.

    Parameters
    ----------
    misses : shape (K,)
        Measured mean minus the gain of the curve that is fitted without the profile.

    Examples
    --------
    >>> gains = np.arange(6.0)[:, None]
    >>> data = Measurements(gains, gains)
    >>> print(skill_of(data, [0.5, -0.5, 0.5, -0.5, 0.5, -0.5]))
    The curve explains most of what was measured (skill 0.94 of at most 1, on 6 left-out profiles)
    >>> skill_of(data, [2.0] * 6).verdict, skill_of(data, [9.0] * 6).verdict
    ('weak', 'no better than a constant')
    """
    values, noise = measurements.values, measurements.means.size * _noise(measurements.values)
    source = f"of {values.shape[1]} seeds"
    return skill_left_out(measurements.means, misses, measurements.repeated(), noise, source)


def skill_left_out(
    gains: Array, misses: ArrayLike, groups: Sequence[list[int]], noise: float, source: str
) -> Skill:
    """Return the skill on mean gains, from what is missed of profiles that are left out.

    Parameters
    ----------
    gains, misses : shape (K,)
        Measured means, and these minus what is predicted without the profile.
    groups
        The rows of each distinct profile.
    noise, source
        The sum of the means' variances, 0 if unknown, and of what that is the noise.
    """
    if len(groups) < LEAST:
        return Skill(None, f"to leave one out, {LEAST} profiles are needed, got {len(groups)}")
    off = np.asarray(misses, dtype=float)
    if not np.isfinite(off).all():
        return Skill(None, "without one of the profiles no curve can be fitted")
    apart = np.empty_like(gains)
    for rows in groups:
        apart[rows] = gains[rows] - np.delete(gains, rows).mean()
    total, left = float(apart @ apart), float(off @ off)
    if total <= gains.size * (RESIDUE * float(np.abs(gains).max())) ** 2:
        return Skill(None, "all gains that were measured are the same")
    how = f"on {len(groups)} left-out profiles"
    if 0 < _CLEAR * noise <= total:
        how += f", the noise {source} taken out"
        total, left = total - noise, max(left - noise, 0.0)
    return Skill(1.0 - left / total, how)


def _noise(values: Array) -> float:
    """Return the variance of a profile's mean that is not common to all profiles; 0 if unknown."""
    values = values[~np.isnan(values).any(axis=1)]
    count, seeds = values.shape
    if seeds < 2 or count < 2:
        return 0.0
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    return float((rest**2).sum()) / ((count - 1) * (seeds - 1) * seeds)
