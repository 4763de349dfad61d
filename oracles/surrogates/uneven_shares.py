"""The family of shares, and what it misses as a Gaussian process.

    G_m = shares_m(x) + Σ_i weight_im k_m(t(x), t_i),    k_m(t, t′) = exp(−‖t − t′‖²/(l_m² N)),
    t_n = log(1 + 15 v_n)/log 16,    v_n = x_n/unit_n.

The posterior mean of residuals that are smooth in all contributions together (Rasmussen and
Williams, §2.2); `search.gaussian_process` has terms of one contribution each. Length and noise are
each organization's own, those of a grid that make its residuals most probable, their size being
the most probable too; where that is no more than 1 nat above pure noise, nothing is added.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.left_out import left_out
from coopetition.oracles.surrogates.shares import ShareGains, fit_shares

STEEPNESS = 15.0
LENGTHS = (0.25, 0.4, 0.8, 1.6)
NOISES = (0.02, 0.05, 0.3, 1.0, 4.0)  # variance of a training over that of what is missed
EVIDENCE = 1.0  # nats, above pure noise, that what is missed must gain
_TINY, _EXACT = 1e-300, 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class UnevenShareGains:
    """Gains of the family of shares plus what that misses; see the module's formula.

    Parameters
    ----------
    shares
        The trend.
    centers : shape (T, N)
        t_i of the trainings.
    weight : shape (T, N)
        0 for those to whom nothing is added.
    length : shape (N,)
        l, in units of t.
    unit : shape (N,)
        Contributions that count as one.

    Examples
    --------
    >>> flat = ShareGains(np.ones(1), np.zeros(1), np.zeros(1), np.zeros((1, 1)), np.ones(1), True)
    >>> gains = UnevenShareGains(flat, np.ones((1, 1)), np.full((1, 1), 0.5), *np.ones((2, 1)))
    >>> gains(np.array([[1.0], [0.0]])).round(4).tolist()  # 0.5, and 0.5/e
    [[0.5], [0.1839]]
    """

    shares: ShareGains
    centers: Array
    weight: Array
    length: Array
    unit: Array

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""
        found, t = self.shares(profiles), _grown(profiles, self.unit)
        for length in self._lengths:
            mine = self.length == length
            found[..., mine] += _kernel(t, self.centers, length) @ self.weight[:, mine]
        return found

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""
        found, t = self.shares.gradient(profiles), _grown(profiles, self.unit)
        growth = STEEPNESS / (self.unit + STEEPNESS * profiles) / np.log1p(STEEPNESS)
        for length in self._lengths:
            mine = self.length == length
            near = _kernel(t, self.centers, length)
            pull = np.einsum("...i,im,in->...mn", near, self.weight[:, mine], self.centers)
            pull -= (near @ self.weight[:, mine])[..., None] * t[..., None, :]
            found[..., mine, :] += pull * growth[..., None, :] * 2.0 / (length**2 * t.shape[-1])
        return found

    @property
    def _lengths(self) -> list[float]:
        """The lengths of those to whom something is added."""
        return sorted(set(self.length[self.weight.any(axis=0)].tolist()))


def _grown(profiles: Array, unit: Array) -> Array:
    return np.asarray(np.log1p(STEEPNESS * profiles / unit) / np.log1p(STEEPNESS))


def _kernel(first: Array, second: Array, length: float) -> Array:
    """Return k between points of shapes (..., N) and (T, N), shape (..., T)."""
    apart = (first**2).sum(axis=-1)[..., None] + (second**2).sum(axis=-1) - 2 * first @ second.T
    return np.asarray(np.exp(-np.maximum(apart, 0.0) / (length**2 * second.shape[1])))


def fit_uneven_shares(table: GainTable) -> tuple[UnevenShareGains, Array]:
    """Fit the family; return it, and what it misses of left-out profiles, shape (T, N).

    The misses are those of the trend, less what is predicted of residuals by the others'; length
    and noise are kept.
    """
    shares, misses = fit_shares(table)
    missed = table.gains - shares(table.profiles)
    count, size = missed.shape
    t = _grown(table.profiles, table.unit)
    weight, settled, length = np.zeros((count, size)), np.zeros((count, size)), np.ones(size)
    best = EVIDENCE - 0.5 * count * np.log(np.maximum((missed**2).mean(axis=0), _TINY))
    for each in LENGTHS:
        values, axes = np.linalg.eigh(_kernel(t, t, each))
        along = axes.T @ missed
        for noise in NOISES:
            spread = values + noise
            scale = np.maximum((along**2 / spread[:, None]).mean(axis=0), _TINY)
            evidence = -0.5 * (count * np.log(scale) + np.log(spread).sum())
            for m in np.flatnonzero(evidence > best):
                best[m], length[m] = evidence[m], each
                weight[:, m] = axes @ (along[:, m] / spread)
                hat = (axes * (values / spread)) @ axes.T
                rest = left_out(noise * weight[:, m], hat, table.groups, _EXACT)
                settled[:, m] = missed[:, m] - rest
    return UnevenShareGains(shares, t, weight, length, table.unit), misses - settled
