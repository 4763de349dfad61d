"""Value and damage from a demand system that PyBLP estimated, as uncertain as its estimate.

Draws are of the parameters, from their asymptotic normal distribution; market shares stay those
observed. For each draw mean utilities δ are found anew that give these shares (Berry 1994),

    s_j = Σ_i w_i exp(δ_j + μ_ij)/(1 + Σ_k exp(δ_k + μ_ik)),    μ_i = X₂ (Σ ν_i + Π d_i),

then slopes of demand, and the margins with which prices are best replies. PyBLP's own bootstrap
keeps δ and lets shares move instead, which more than doubles the spread of damage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.errors import InvalidInputError, NotConvergedError, require
from coopetition.studies.market.market import Market
from coopetition.studies.market.slopes import from_slopes

SAME = 1e-6  # relative: how near our slopes must be to PyBLP's at the estimate
SHARES = 1e-11  # of log shares: where a draw's mean utilities are found
STEPS = 10_000


def from_pyblp(
    results: Any,
    market_id: Any,
    *,
    size: float = 1.0,
    wtp: float = 1.0,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate from a demand system that PyBLP estimated.

    Parameters
    ----------
    results : pyblp.ProblemResults
        An estimated problem with prices and firm ids.
    market_id
        One of its markets.
    size : float
        How many potential customers it has: units are shares times that.
    wtp : float
        Money, in units of the prices, that a unit of gain is worth to a customer.
    firms : names, optional
        In the order of the firm ids.

    Returns
    -------
    Market
        Whose `draws` are of random-coefficient logits, linear in prices; of other demand (nests,
        log-normal coefficients) it says that it cannot.

    Raises
    ------
    MissingDependencyError
        If PyBLP is not installed.
    InvalidInputError
        If there is no such market.

    Examples
    --------
    >>> problem = pyblp.Problem(formulations, data)  # doctest: +SKIP
    >>> market = from_pyblp(problem.solve(...), "C01Q1")  # doctest: +SKIP
    >>> value, damage = market.draws(500)  # doctest: +SKIP
    """
    require("pyblp", "pyblp")
    products = results.problem.products
    here = np.flatnonzero(np.asarray(products.market_ids).ravel() == market_id)
    if not here.size:
        known = ", ".join(map(str, np.unique(products.market_ids)[:5]))
        raise InvalidInputError(
            f"`market_id` must be a market of the data, {known}, …: got {market_id!r:.40}"
        )
    order = np.argsort(np.asarray(products.firm_ids).ravel()[here], kind="stable")
    here = here[order]
    ids, shares, prices = (
        np.asarray(part).ravel()[here]
        for part in (products.firm_ids, products.shares, products.prices)
    )
    elasticities = np.asarray(results.compute_elasticities(market_id=market_id), dtype=float)
    costs = np.asarray(results.compute_costs(market_id=market_id), dtype=float).ravel()[order]
    slopes = elasticities[np.ix_(order, order)] * shares[:, None] / prices
    found = from_slopes(
        size * slopes,
        prices - costs,
        owners=[str(one) for one in ids],
        units=size * shares,
        wtp=wtp,
        firms=firms,
    )
    demand = _Demand(results, market_id, here, shares)
    member = (np.unique(ids)[:, None] == ids).astype(float)

    def sampler(rng: np.random.Generator, count: int) -> Array:
        at = demand.slopes(demand.estimates[None])[0]
        pairs = ((at, slopes), (_margins(at, shares, member), prices - costs))
        if any(np.abs(a - b).max() > SAME * np.abs(b).max() for a, b in pairs):
            raise InvalidInputError(
                "draws are for random-coefficient logits that are linear in prices, where each "
                "firm sets those of its products: the slopes of this estimate are not theirs"
            )
        # N of PyBLP: its covariances are those of the estimates times N.
        cover = np.asarray(results.parameter_covariances, dtype=float) / results.problem.N
        drawn = demand.slopes(rng.multivariate_normal(demand.estimates, cover, count))
        lost = (_margins(drawn, shares, member)[:, :, None] * drawn) @ member.T
        return np.asarray(-size * wtp * (member @ lost))

    return replace(found, sampler=sampler)


def _margins(slopes: Array, shares: Array, member: Array) -> Array:
    """Return the margins with which prices are best replies, shape (..., J)."""
    own = slopes * (member.T @ member)  # by the same firm
    return np.asarray(-np.linalg.solve(np.swapaxes(own, -1, -2), shares[:, None])[..., 0])


@dataclass(frozen=True)
class _Demand:
    """One market of an estimate: its customers, its products, and their mean utilities."""

    results: Any
    market_id: Any
    here: Index
    shares: Array

    @property
    def estimates(self) -> Array:
        """The parameters in PyBLP's order, shape (P,)."""
        return np.asarray(self.results.parameters, dtype=float).ravel()

    def matrices(self, drawn: Array) -> tuple[Array, ...]:
        """Return Σ, Π and β for each draw, shape (B, ...)."""
        found, start = [], 0
        for name in ("sigma", "pi", "beta"):
            given = np.asarray(getattr(self.results, name), dtype=float)
            errors = np.asarray(getattr(self.results, f"{name}_se"), dtype=float)
            places = np.flatnonzero(np.nan_to_num(errors) > 0)
            flat = np.repeat(given.reshape(1, given.size), len(drawn), axis=0)
            flat[:, places] = drawn[:, start : start + places.size]
            found.append(flat.reshape(len(drawn), *given.shape))
            start += places.size
        if start != drawn.shape[1]:
            raise InvalidInputError(
                "draws are for parameters of Σ, Π and β alone: the estimate has "
                f"{drawn.shape[1] - start} more, such as those of nests or of costs"
            )
        return tuple(found)

    def slopes(self, drawn: Array) -> Array:
        """Return ∂s_j/∂p_k at the observed shares for each draw, shape (B, J, J).

        Raises
        ------
        InvalidInputError
            If there are parameters of other demand.
        NotConvergedError
            If no mean utilities were found that give the observed shares.
        """
        sigma, pi, beta = self.matrices(drawn)
        agents, x = self.results.problem.agents, self.results.problem.products.X2[self.here]
        those = np.flatnonzero(np.asarray(agents.market_ids).ravel() == self.market_id)
        tastes = np.einsum("bkl,il->bik", sigma, agents.nodes[those])
        tastes += np.einsum("bkd,id->bik", pi, agents.demographics[those])
        weights = np.asarray(agents.weights[those], dtype=float).ravel()
        response = np.zeros((len(drawn), those.size))
        if "prices" in (linear := list(map(str, self.results.beta_labels))):
            response += beta[:, linear.index("prices")]
        if "prices" in (random := list(map(str, self.results.sigma_labels))):
            response += tastes[:, :, random.index("prices")]
        chosen = self._chosen(np.einsum("jk,bik->bij", x, tastes), weights)
        by = (weights * response)[:, :, None] * chosen
        found = -np.einsum("bij,bik->bjk", by, chosen)
        each = np.arange(self.here.size)
        found[:, each, each] += by.sum(axis=1)
        return np.asarray(found)

    def _chosen(self, tastes: Array, weights: Array) -> Array:
        """Return each customer's choice probabilities, shape (B, I, J), by Berry's contraction."""
        start = np.asarray(self.results.delta, dtype=float).ravel()[self.here]
        mean = np.repeat(start[None], len(tastes), axis=0)
        for _ in range(STEPS):
            utility = mean[:, None, :] + tastes
            top = np.maximum(utility.max(axis=2, keepdims=True), 0.0)
            raised = np.exp(utility - top)
            chosen = raised / (np.exp(-top) + raised.sum(axis=2, keepdims=True))
            step = np.log(self.shares) - np.log(weights @ chosen)
            if np.abs(step).max() < SHARES:
                return np.asarray(chosen)
            mean = mean + step
        raise NotConvergedError(
            f"no mean utilities were found that give the observed shares, in {STEPS:,} steps"
        )
