"""The posterior of a gain surface: a linearized trend and a Gaussian process, fitted together.

See `oracles.search.gain_surface` for what it means. Given the sizes of noise and heterogeneity, the
trend is found by least squares on whitened residuals. The sizes are not known: all of a small grid
are mixed by how probable they make the trainings, for error bars that take one of them for the
truth are too short.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.gains.measure import alike

_LENGTH = 0.5  # of the range, over which a heterogeneity term is smooth
_NOISE = (0.003, 0.01, 0.03, 0.09, 0.3)  # standard deviations tried, in units of the gains' spread,
_HETEROGENEITY = (0.006, 0.02, 0.06, 0.18)  # and of the heterogeneity terms; a priori
_LIKELY, _SURE = 2, 1.0  # the third is likeliest, with this deviation of the logarithm
_EXPONENT = (np.log(0.7), 1.0)  # prior of the logarithm of the exponent: mean, deviation
_COMMON, _OWN = 1.5, 1.0  # prior deviations of the log-odds of quality: all, each from all
_FREE = 1e3  # prior deviation of level and factor, in units of the spread
_REACH = 6.0  # prior deviations that the search reaches,
_STEEPEST = np.log(20.0)  # but no larger logarithm of the exponent
_NEGLIGIBLE = 1e-3  # of the largest probability: sizes less probable are left out


@dataclass(frozen=True, slots=True, eq=False)
class Trainings:
    """What was trained, and the two parts of a surface at any points of shape (M, N).

    Parameters
    ----------
    profiles, gains : shapes (K, N), (K,)
        Contributions and their gains, not all the same.
    data
        Real samples in all.
    top : shape (N,)
        Largest contributions.
    spread
        Largest minus smallest gain, of these or more trainings.
    """

    profiles: Array
    gains: Array
    data: float
    top: Array
    spread: float

    @property
    def unit(self) -> float:
        """A middling Ω: exponents are fitted to Ω / unit."""
        return self.data + 0.5 * float(self.top.sum())

    def without(self, rows: list[int] | int) -> "Trainings":
        """Return all trainings but some."""
        return replace(
            self, profiles=np.delete(self.profiles, rows, axis=0), gains=np.delete(self.gains, rows)
        )

    def basis(self, search: Array, points: Array) -> Array:
        """Return −(Ω / unit)^−exponent."""
        omega = self.data + points @ quality_of(search)
        return np.asarray(-((omega / self.unit) ** -np.exp(search[0])))

    def trend(self, center: Array, points: Array) -> Array:
        """Return level + factor × basis."""
        return np.asarray(center[0] + center[1] * self.basis(center[2:], points))

    def trend_slopes(self, center: Array, points: Array) -> Array:
        """Return the trend's derivatives with respect to the center, shape (M, 4 + N)."""
        q, power = quality_of(center[2:]), np.exp(center[2])
        omega, value = self.data + points @ q, self.basis(center[2:], points)
        # trend = level − factor (Ω/unit)^−e; derivatives by log e, and by log-odds: q′ = q (1 − q)
        by_omega = -center[1] * power * value / omega
        own = by_omega[:, None] * points * (q * (1.0 - q))
        by_power = -center[1] * value * np.log(omega / self.unit) * power
        return np.column_stack([np.ones(len(points)), value, by_power, own.sum(axis=1), own])

    def kernel(self, first: Array, second: Array, size: float) -> Array:
        """Return the covariance of the heterogeneity between points, its size being given."""
        width = np.where(self.top > 0, self.top, 1.0)
        distance = (first[:, None, :] - second[None, :, :]) / width
        return np.asarray(size**2 * np.exp(-0.5 * (distance / _LENGTH) ** 2).sum(axis=2))


def quality_of(search: Array) -> Array:
    """Return q from log exponent, common log-odds of quality, and each one's deviation."""
    return np.asarray(1.0 / (1.0 + np.exp(-(search[1] + search[2:]))))


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """The surface, given the sizes of noise and heterogeneity.

    Parameters
    ----------
    trainings
        What it was learned from.
    noise, heterogeneity
        Standard deviations of a training, and of each organization's heterogeneity term.
    center, covariance : shapes (4 + N,), (4 + N, 4 + N)
        The most probable trend (level, factor, log exponent, common log-odds of quality, each
        one's deviation from it), and how uncertain it is.
    root : shape (K, K)
        Cholesky factor of the covariance of the gains about the trend.
    slope, rest : shapes (K, 4 + N), (K,)
        Derivatives of the trend, and residuals, both whitened by `root`.
    evidence
        Logarithm of the probability of the gains, up to a constant.
    """

    trainings: Trainings
    noise: float
    heterogeneity: float
    center: Array
    covariance: Array
    root: Array
    slope: Array
    rest: Array
    evidence: float

    @property
    def finite(self) -> bool:
        """Whether nothing overflowed."""
        return bool(np.isfinite(self.evidence) and np.isfinite(self.covariance).all())

    # With C = L Lᵀ the covariance of the gains about the trend, k the kernel between trainings and
    # points, J the trend's derivatives and Σ the covariance of its center,
    #
    #     mean = trend + kᵀ C⁻¹ (gains − trend),    covariance = k** − kᵀ C⁻¹ k + A Σ Aᵀ,
    #
    # A = J(points) − kᵀ C⁻¹ J(trainings) (Rasmussen and Williams, §2.7). `_known` is L⁻¹ k.

    def mean(self, points: Array) -> Array:
        """Return the expected gain at some points, shape (M,)."""
        return np.asarray(
            self.trainings.trend(self.center, points) + self._known(points).T @ self.rest
        )

    def at(self, points: Array) -> tuple[Array, Array]:
        """Return the expected gains at some points and their covariance, (M,) and (M, M)."""
        data, known = self.trainings, self._known(points)
        left = data.trend_slopes(self.center, points) - known.T @ self.slope
        own = data.kernel(points, points, self.heterogeneity) - known.T @ known
        mean = data.trend(self.center, points) + known.T @ self.rest
        return mean, own + left @ self.covariance @ left.T

    def held_out_misses(self) -> tuple[Array, Array]:
        """Return measured minus predicted gains of profiles left out one at a time, (K,) each.

        Those of the surface, and those of its trend alone.
        """
        data = self.trainings
        surface, trend = np.empty_like(data.gains), np.empty_like(data.gains)
        for rows in alike(map(tuple, data.profiles.tolist())):
            rest, points = data.without(rows), data.profiles[rows]
            found = _fit(rest, self.noise, self.heterogeneity, self.center[2:], 0.0)
            surface[rows] = data.gains[rows] - found.mean(points)
            trend[rows] = data.gains[rows] - data.trend(found.center, points)
        return surface, trend

    def _known(self, points: Array) -> Array:
        kernel = self.trainings.kernel(self.trainings.profiles, points, self.heterogeneity)
        return _white(self.root, kernel)


def _white(root: Array, values: Array) -> Array:
    """Return L⁻¹ values, without what SciPy's checks cost: a fit asks thousands of times."""
    from scipy.linalg.lapack import dtrtrs

    return np.asarray(dtrtrs(root.T, values, trans=1)[0]).reshape(values.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Posteriors of several sizes of noise and heterogeneity, by their probabilities.

    Parameters
    ----------
    parts
        The posteriors, the most probable first.
    weights : shape (len(parts),)
        Their probabilities.
    """

    parts: tuple[Posterior, ...]
    weights: Array

    def mean(self, points: Array) -> Array:
        """Return the expected gain at some points, shape (M,)."""
        return np.asarray(self.weights @ np.array([part.mean(points) for part in self.parts]))

    def at(self, points: Array) -> tuple[Array, Array]:
        """Return the expected gains at some points and their covariance, (M,) and (M, M)."""
        means, covariances = zip(*(part.at(points) for part in self.parts), strict=True)
        apart = np.array(means)
        mean = self.weights @ apart
        # the mean of the covariances, and the covariance of the means
        between = (apart - mean).T @ (self.weights[:, None] * (apart - mean))
        return mean, np.tensordot(self.weights, np.array(covariances), axes=1) + between


def mixture(data: Trainings) -> Mixture | None:
    """Fit the surface for all sizes and mix what is not negligible; None if nothing is finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = [part for part in posteriors(data) if part.finite]
    if not found:
        return None
    found.sort(key=lambda part: -part.evidence)
    weights = np.exp([part.evidence - found[0].evidence for part in found])
    kept = weights >= _NEGLIGIBLE
    parts = tuple(part for part, keep in zip(found, kept, strict=True) if keep)
    return Mixture(parts, weights[kept] / weights[kept].sum())


def posteriors(data: Trainings) -> Iterator[Posterior]:
    """Fit the surface for every size of noise and heterogeneity, one fit starting the next."""
    size = data.profiles.shape[1]
    start = np.concatenate([[_EXPONENT[0], 0.0], np.zeros(size)])
    for noise, uneven in product(_NOISE, _HETEROGENEITY):
        doubt = np.log([noise / _NOISE[_LIKELY], uneven / _HETEROGENEITY[_LIKELY]]) / _SURE
        prior = -0.5 * float(doubt @ doubt)
        found = _fit(data, noise * data.spread, uneven * data.spread, start, prior)
        start = found.center[2:]
        yield found


# The most probable center minimizes ½ ‖L⁻¹ (gains − trend)‖² + ½ Σ ((search − middle)/deviation)²:
# level and factor are linear, and found by least squares for every `search`. Laplace's method: the
# center's precision is JᵀC⁻¹J plus the prior's, and the logarithm of the probability of the gains
# is, up to a constant, −cost − ½ log det C − ½ log det precision.


def _fit(
    data: Trainings, noise: float, heterogeneity: float, start: Array, prior: float
) -> Posterior:
    """Find the most probable trend, and its covariance by linearizing there."""
    from scipy.optimize import least_squares

    x, y = data.profiles, data.gains
    covariance = data.kernel(x, x, heterogeneity) + noise**2 * np.eye(y.size)
    root = np.asarray(np.linalg.cholesky(covariance), dtype=float)
    ones, gains = _white(root, np.ones(y.size)), _white(root, y)
    middle = np.concatenate([[_EXPONENT[0], 0.0], np.zeros(x.shape[1])])
    deviation = np.concatenate([[_EXPONENT[1], _COMMON], np.full(x.shape[1], _OWN)])

    def linear(phi: Array) -> Array:
        """Return the best level and factor of a basis, the factor positive."""
        best = np.asarray(np.linalg.lstsq(np.column_stack([ones, phi]), gains)[0], dtype=float)
        if best[1] > 0:
            return best
        return np.array([float(ones @ gains / (ones @ ones)), 1e-9 * data.spread])

    def residuals(search: Array) -> Array:
        phi = _white(root, data.basis(search, x))
        level, factor = linear(phi)
        misfit = gains - level * ones - factor * phi
        return np.concatenate([misfit, (search - middle) / deviation])

    low, high = middle - _REACH * deviation, middle + _REACH * deviation
    high[0] = _STEEPEST
    begin = np.clip(start, 0.99 * low + 0.01 * high, 0.01 * low + 0.99 * high)
    found = least_squares(residuals, begin, bounds=(low, high), max_nfev=60)
    center = np.concatenate([linear(_white(root, data.basis(found.x, x))), found.x])
    slope = _white(root, data.trend_slopes(center, x))
    tight = np.concatenate([np.full(2, 1.0 / (_FREE * data.spread)), 1.0 / deviation])
    precision = slope.T @ slope + np.diag(tight**2)
    volume = np.log(np.diag(root)).sum() + 0.5 * np.linalg.slogdet(precision)[1]
    return Posterior(
        trainings=data,
        noise=noise,
        heterogeneity=heterogeneity,
        center=center,
        covariance=np.asarray(np.linalg.inv(precision), dtype=float),
        root=root,
        slope=slope,
        rest=_white(root, y - data.trend(center, x)),
        evidence=prior - float(found.cost + volume),
    )
