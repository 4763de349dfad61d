"""A gain surface with error bars, from a handful of noisy trainings.

The trend is a power law in the effective data Ω = Σ (D_n + q_n x_n) with a quality q_n of each
organization's own. The heterogeneity term Σ d_n(x_n) is what the rows of one organization do
besides: skewed rows can pull the common model off the curve, even down. It is a Gaussian process
per organization, smooth over half of its range. Trend and heterogeneity get one joint posterior by
linearizing the trend at its best fit (Laplace's method), so that every difference of gains comes
with a standard deviation. How noisy a training is, and how large the heterogeneity, is not known
either: several sizes are mixed by their probability. Rasmussen and Williams, Gaussian Processes for
Machine Learning, 2006, §2.7 and §5.2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.search.gaussian_process import Mixture, Trainings, mixture, quality_of
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table

_LEAST = 4


@dataclass(frozen=True, slots=True, eq=False)
class GainSurface(Result):
    """The posterior of a gain surface.

    Parameters
    ----------
    profiles : shape (K, N)
        Trained contributions.
    gains : shape (K,)
        Their measured gains.
    curve, quality
        The trend: power law, and quality of each organization, shape (N,).
    noise, heterogeneity
        Standard deviations of one training, and of one organization's heterogeneity term, in
        units of gain: the most probable of a few, of which the trend is, too.
    """

    profiles: Array
    gains: Array
    curve: PowerGain
    quality: Array
    noise: float
    heterogeneity: float
    _posterior: Mixture

    @property
    def held_out_error(self) -> float:
        """Root mean square error at profiles left out one at a time; one fit each."""
        return float(np.sqrt(np.mean(self._posterior.parts[0].held_out_misses()[0] ** 2)))

    def trend_misses(self) -> Array:
        """Return measured gains minus those of the trend fitted without the profile, shape (K,)."""
        return self._posterior.parts[0].held_out_misses()[1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers: the trainings, and the surface's standard deviations."""
        return {
            "profiles": self.profiles.tolist(),
            "gain": self.gains.tolist(),
            "quality": self.quality.tolist(),
            "noise": self.noise,
            "heterogeneity": self.heterogeneity,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per training."""
        trained = {"cell": range(self.gains.size), "gain": self.gains}
        note = f"Noise {self.noise:.2g} per training, heterogeneity {self.heterogeneity:.2g}."
        return (keyed("Trainings of a gain surface", trained, notes=(note,)),)

    def __str__(self) -> str:
        """Say what the surface is worth."""
        return (
            f"noise {self.noise:.2g} per training, heterogeneity {self.heterogeneity:.2g} per "
            f"organization, held-out error {self.held_out_error:.2g}"
        )

    def predict(self, profiles: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the gain at some profiles, both shape (M,).

        Examples
        --------
        >>> x = np.array([[0.0], [50.0], [100.0], [200.0], [400.0]])
        >>> gains = 1 - 2 / (10 + x[:, 0]) ** 0.5
        >>> surface = fit_surface(x, gains, local_data=[10.0], upper=[400.0])
        >>> mean, deviation = surface.predict([[150.0]])
        >>> bool(abs(mean[0] - (1 - 2 / 160**0.5)) < 2 * deviation[0] < 0.05)
        True
        """
        mean, covariance = self._posterior.at(np.asarray(profiles, dtype=float))
        return mean, np.sqrt(np.maximum(np.diag(covariance), 0.0))

    def differences(self, profiles: ArrayLike, base: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of gain(profile) − gain(base), both shape (M,)."""
        points = np.vstack([np.asarray(base, dtype=float), np.asarray(profiles, dtype=float)])
        mean, covariance = self._posterior.at(points)
        spread = np.diag(covariance)[1:] + covariance[0, 0] - 2 * covariance[0, 1:]
        return mean[1:] - mean[0], np.sqrt(np.maximum(spread, 0.0))

    def mean(self, profiles: ArrayLike) -> Array:
        """Return the mean gain at some profiles, shape (M,)."""
        return self._posterior.mean(np.asarray(profiles, dtype=float))


def fit_surface(
    profiles: ArrayLike, gains: ArrayLike, *, local_data: ArrayLike, upper: ArrayLike
) -> GainSurface:
    """Fit a gain surface to trainings, one gain each.

    Give every training its own seed: then the noise that it finds is that of a training.

    Parameters
    ----------
    profiles : shape (K, N)
        Contributions; at least 4.
    gains : shape (K,)
        Measured gains.
    local_data : shape (N,)
        Real samples, not all 0.
    upper : shape (N,)
        Largest contributions, not all 0.

    Raises
    ------
    InvalidInputError
        If shapes do not fit, a number is not finite, or the gains are all the same or of no
        use in floating point.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [99.0, 0.0], [0.0, 99.0], [50.0, 50.0], [99.0, 99.0]])
    >>> gains = [0.0, 0.5, 0.1, 0.4, 0.55]
    >>> surface = fit_surface(x, gains, local_data=[10.0, 10.0], upper=[99.0, 99.0])
    >>> bool(surface.quality[0] > surface.quality[1])
    True
    """
    x, y = np.array(profiles, dtype=float), np.array(gains, dtype=float)
    if x.ndim != 2 or x.shape[0] < _LEAST or y.shape != x.shape[:1] or not x.shape[1]:
        raise InvalidInputError(
            f"`profiles` must have shape (K, N) with K of at least {_LEAST} and `gains` (K,), "
            f"got {x.shape} and {y.shape}"
        )
    size = x.shape[1]
    data, top = np.array(local_data, dtype=float), np.array(upper, dtype=float)
    for name, values in (("profiles", x), ("gains", y), ("local_data", data), ("upper", top)):
        if not np.isfinite(values).all() or (name != "gains" and values.min() < 0):
            kind = "finite numbers" + (" of at least 0" if name != "gains" else "")
            raise InvalidInputError(f"`{name}` must hold {kind}, got {values!r:.80}")
        if name in ("local_data", "upper") and values.shape != (size,):
            raise InvalidInputError(
                f"`{name}` must be {size} numbers, one per organization, got shape {values.shape}"
            )
    if not data.any() or not top.any():
        raise InvalidInputError("`local_data` and `upper` must not be 0 everywhere")
    spread = float(np.ptp(y))
    if not spread > 0:
        raise InvalidInputError(
            f"all {y.size} gains are {y[0]:g}; nothing can be learned from them"
        )
    if not 1e-100 < spread < 1e100:
        raise InvalidInputError(f"`gains` differ by {spread:g}: count them in another unit")
    found = mixture(Trainings(x, y, float(data.sum()), top, spread))
    if found is None:
        raise InvalidInputError("no gain surface fits these gains in floating point")
    best, trainings = found.parts[0], found.parts[0].trainings
    level, factor, exponent = best.center[0], best.center[1], np.exp(best.center[2])
    scale = factor * trainings.unit**exponent
    return GainSurface(
        profiles=x,
        gains=y,
        curve=PowerGain(_shortened(level), _shortened(scale), _shortened(exponent)),
        quality=np.array([_shortened(q) for q in quality_of(best.center[2:])]),
        noise=best.noise,
        heterogeneity=best.heterogeneity,
        _posterior=found,
    )


def _shortened(value: float) -> float:
    """Round to seven digits: far below the noise, above what last bits do to a fit."""
    return float(f"{value:.7g}")
