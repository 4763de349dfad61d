"""Units, margins and second choices that contradict each other, reconciled by likelihood.

Cross slopes are symmetric, S ≥ 0, with o ≥ 0 toward buying nothing and own slopes b = S 1 + o.
With prices that are best replies, margins are q/b and diversion ratios S/b. Counts of second
choices are multinomial, margins normal:

    −log L = Σ_n [C_n log b_n − c_n0 log o_n − Σ_m c_nm log S_nm + (k_n − q_n/b_n)²/(2 sd_n²)].

Twice its excess over the data that fit themselves is χ² with N (N − 1)/2 degrees of freedom.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import xlogy
from scipy.stats import chi2

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.studies.market.diversion import diversion_of, doubts
from coopetition.studies.market.market import Market, firm_numbers, market_of
from coopetition.studies.market.second_choice import consumers_of, pass_through, stakes_of
from coopetition.studies.market.spread import drawn_positive, spread_of

LEAST = 1e-9  # of a firm's own slope: what counts as no slope
JEFFREYS = 0.5  # answers that each possible one has before anybody was asked, in draws


def reconcile(
    units: ArrayLike,
    counts: ArrayLike,
    margin: ArrayLike,
    margin_sd: ArrayLike,
    *,
    wtp: Any = 1.0,
    prices: Any = "fixed",
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate from units, counts of second choices and margins, all of which are uncertain.

    Parameters
    ----------
    units : shape (N,)
        q, units sold, taken as exact.
    counts : shape (N, N + 1)
        Of the customers of the row's firm, how many name each firm, and last none.
    margin, margin_sd : shape (N,)
        Price less marginal cost, money per unit, and its standard deviation.
    wtp, prices, firms
        As in `second_choice`.

    Raises
    ------
    InvalidInputError
        If shares are given instead of counts, or a standard deviation is 0.
    NotConvergedError
        If the likelihood's maximum is not found.

    Examples
    --------
    >>> counts = [[0, 30, 70], [50, 0, 50]]
    >>> found = reconcile([350, 250], counts, [1.0, 1.1], [0.1, 0.1])
    >>> found.kept.round(2).tolist(), found.test[1]
    ([0.69, 0.51], 1)
    """
    _, answers, names = diversion_of(counts, firms)
    if answers is None:
        raise InvalidInputError("`counts` must be numbers of answers with a last column none")
    size = len(answers)
    sold = firm_numbers("units", units, names)
    k = firm_numbers("margin", margin, names)
    sd = firm_numbers("margin_sd", margin_sd, names)
    worth, worth_sd = spread_of("wtp", wtp, names)
    through = pass_through(prices, names)
    data = _Data(sold, answers, k, sd)
    ratios, deviance = data.fitted()
    freedom = size * (size - 1) // 2

    def sampler(rng: np.random.Generator, count: int) -> Array:
        drawn = data.drawn(rng, count)
        return stakes_of(sold, drawn, drawn_positive(worth, worth_sd, rng, count), through)

    return market_of(
        names,
        stakes_of(sold, ratios, worth, through),
        method="second choices and margins, reconciled",
        consumers=consumers_of(sold, ratios, worth, through),
        warnings=doubts(answers[:, :size] / answers.sum(axis=1, keepdims=True), answers, names),
        test=(deviance, freedom, float(chi2.sf(deviance, freedom))),
        sampler=sampler,
    )


class _Data:
    """The data and their likelihood in log (S_nm for n < m, o_n), relative to q/k."""

    def __init__(self, units: Array, counts: Array, margin: Array, sd: Array) -> None:
        self.size = units.size
        self.pairs = np.triu_indices(self.size, 1)
        self.units, self.margin, self.sd = units, margin, sd
        self.own = units / margin  # own slopes as the margins alone say them
        self.counts = counts

    def slopes(self, theta: Array) -> tuple[Array, Array]:
        """Return S, shape (..., N, N), and o, shape (..., N)."""
        n, m = self.pairs
        unit = np.sqrt(self.own[n] * self.own[m])
        found = np.zeros((*theta.shape[:-1], self.size, self.size))
        found[..., n, m] = found[..., m, n] = np.exp(theta[..., : n.size]) * unit
        return found, np.exp(theta[..., n.size :]) * self.own

    def start(self, counts: Array) -> Array:
        """Return log slopes that the shares of the answers say on average."""
        n, m = self.pairs
        shares = (counts + JEFFREYS) / (counts + JEFFREYS).sum(axis=1, keepdims=True)
        slopes = shares[:, : self.size] * self.own[:, None]
        cross = 0.5 * (slopes[n, m] + slopes[m, n]) / np.sqrt(self.own[n] * self.own[m])
        return np.log(np.concatenate([cross, shares[:, self.size]]))

    def loss(self, theta: Array, counts: Array) -> tuple[float, Array]:
        """Return −log L and its gradient."""
        n, m = self.pairs
        cross, outside = self.slopes(theta)
        own = cross.sum(axis=1) + outside
        asked = counts.sum(axis=1)
        off = (self.margin - self.units / own) / self.sd
        both = (counts[:, : self.size] + counts[:, : self.size].T)[n, m]
        loss = asked @ np.log(own) - counts[:, self.size] @ np.log(outside) + 0.5 * off @ off
        loss -= both @ np.log(cross[n, m])
        by_own = asked / own + off / self.sd * self.units / own**2
        by_cross = cross[n, m] * (by_own[n] + by_own[m]) - both
        by_outside = outside * by_own - counts[:, self.size]
        return float(loss), np.concatenate([by_cross, by_outside])

    def best(self, counts: Array) -> Array:
        """Maximize the likelihood."""
        found = minimize(
            self.loss,
            self.start(counts),
            args=(counts,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(np.log(LEAST), 20.0)] * (self.pairs[0].size + self.size),
            options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 30},
        )
        free = found.x > np.log(LEAST)
        if np.abs(found.jac[free]).max(initial=0.0) > 1e-3 * (1 + counts.sum()):
            raise NotConvergedError(f"the likelihood's maximum was not found: {found.message}")
        return np.asarray(found.x)

    def diversion(self, theta: Array) -> Array:
        """Return D = S/b, shape (..., N, N)."""
        cross, outside = self.slopes(theta)
        return np.asarray(cross / (cross.sum(axis=-1) + outside)[..., None])

    def fitted(self) -> tuple[Array, float]:
        """Return the most likely diversion ratios, and the deviance."""
        theta = self.best(self.counts)
        asked = self.counts.sum(axis=1, keepdims=True)
        saturated = -float(xlogy(self.counts, self.counts / asked).sum())
        cross, outside = self.slopes(theta)
        own = cross.sum(axis=1) + outside
        shares = np.hstack([cross, outside[:, None]]) / own[:, None]
        off = (self.margin - self.units / own) / self.sd
        loss = 0.5 * float(off @ off) - float(xlogy(self.counts, np.maximum(shares, 1e-300)).sum())
        return self.diversion(theta), max(2.0 * (loss - saturated), 0.0)

    def drawn(self, rng: np.random.Generator, count: int) -> Array:
        """Draw diversion ratios from the normal approximation of log slopes, shape (B, N, N)."""
        prior = self.counts + JEFFREYS
        prior[np.arange(self.size), np.arange(self.size)] = 0.0
        theta = self.best(prior)
        step = 1e-5
        bend = np.array([
            (self.loss(theta + step * e, prior)[1] - self.loss(theta - step * e, prior)[1])
            / (2 * step)
            for e in np.eye(theta.size)
        ])  # fmt: skip
        cover = np.linalg.inv(0.5 * (bend + bend.T))
        return self.diversion(rng.multivariate_normal(theta, cover, count, method="cholesky"))
