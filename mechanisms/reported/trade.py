"""Bilateral trade: a seller with a private cost, a buyer with a private value; what is possible.

No rule is efficient, truthful, rational and free of outside money where costs and values overlap
(Myerson and Satterthwaite 1983). The best of those that are truthful on average, rational for every
type and balanced trades where

    v − α (1 − F(v))/f(v)  ≥  c + α G(c)/g(c)

with the least α in [0, 1] at which the expected virtual surplus, the difference of the two sides
at α = 1, is not negative (their Theorem 2). With types as quantiles, v = Q(u) and (1 − F)/f =
(1 − u) Q′(u); c = R(s) and G/g = s R′(s).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq

from coopetition.games.errors import UnsupportedGameError
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.rule import Promise, ReportRule
from coopetition.mechanisms.reported.types import Reports, TypeInterval
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)  # of integrals split at their kinks
STEP = 1e-6  # of a quantile function's difference quotient
SOURCE = "Myerson and Satterthwaite, Journal of Economic Theory 29, 1983, Theorem 2"


def bilateral_trade(
    seller: TypeInterval, buyer: TypeInterval, organizations: Sequence[str] = ("seller", "buyer")
) -> TypeProblem:
    """One item: the seller's type is its cost, the buyer's its value; traded where value ≥ cost.

    Examples
    --------
    >>> problem = bilateral_trade(TypeInterval(0.0, 1.0), TypeInterval(0.0, 1.0))
    >>> problem.choose((0.4, 0.5)), problem.choose((0.5, 0.4))
    (True, False)
    """

    def value(n: int, traded: bool, own: float) -> float:
        return (own if n else -own) if traded else 0.0

    return TypeProblem(
        organizations=tuple(organizations),
        types=(seller, buyer),
        choose=lambda reports: reports[1] >= reports[0],
        value=value,
        without=lambda n, others: 0.0,
        efficiency="proved",
        outcomes=(False, True),
        linear=True,
        joining_is_free=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SecondBest(Result):
    """The best trade that needs no outside money, and what it is worth.

    Attributes
    ----------
    alpha : float
        The weight of the virtual types: 0 where efficient trade is possible, 1 at most.
    gain : money
        The expected gain from trade.
    efficient : money
        The same if trade were efficient.
    rule : ReportRule
        Truthful on average, rational for every type, balanced at every report.
    """

    alpha: float
    gain: float
    efficient: float
    rule: ReportRule

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, and the rule's name."""
        numbers = {key: getattr(self, key) for key in ("alpha", "gain", "efficient")}
        return {"rule": self.rule.name, **numbers}

    def tables(self) -> tuple[Table]:
        """Return one row."""
        return (keyed("Second-best trade", {key: [v] for key, v in self.to_dict().items()}),)

    def __str__(self) -> str:
        """Say how much of the gains from trade can be had."""
        share = f" ({self.gain / self.efficient:.1%})" if self.efficient > 0 else ""
        return (
            f"second best: {self.gain:.6g} of {self.efficient:.6g} expected gains{share}, "
            f"virtual types weighted by {self.alpha:.6g}"
        )


def second_best_trade(
    seller: TypeInterval, buyer: TypeInterval, organizations: Sequence[str] = ("seller", "buyer")
) -> SecondBest:
    """Return the rule with the largest expected gains from trade that needs no outside money.

    Integrals are computed in floating point; that truth is best on average is checked like that of
    any other rule, by `check_incentives`.

    Raises
    ------
    UnsupportedGameError
        If a law is not regular: the weighted virtual types then fall somewhere, and the best rule
        would have to pool types, which is not done.

    Examples
    --------
    >>> found = second_best_trade(TypeInterval(0.0, 1.0), TypeInterval(0.0, 1.0))
    >>> print(found)  # trade where the value exceeds the cost by 1/4: 9/64 of 1/6
    second best: 0.140625 of 0.166667 expected gains (84.4%), virtual types weighted by 0.333333
    >>> found.rule((0.3, 0.5))[0], found.rule((0.3, 0.6))[0]
    (False, True)
    """
    first = _Market(seller, buyer, 0.0)
    best = first
    if first.surplus() < 0:
        alpha = brentq(lambda a: _Market(seller, buyer, a).surplus(), 0.0, 1.0, xtol=1e-14)
        best = _Market(seller, buyer, float(alpha))
    best.refuse_irregular()
    return SecondBest(
        alpha=best.alpha,
        gain=best.gain(),
        efficient=first.gain(),
        rule=_rule(best, bilateral_trade(seller, buyer, organizations)),
    )


@dataclass(frozen=True, slots=True)
class _Market:
    """Who trades with whom at a weight α: sellers and buyers by their shares s and u in [0, 1]."""

    seller: TypeInterval
    buyer: TypeInterval
    alpha: float

    def virtual_cost(self, s: float, alpha: float | None = None) -> float:
        """Return R(s) + α s R′(s)."""
        weight = self.alpha if alpha is None else alpha
        return self.seller.at(s) + weight * s * _rise(self.seller, s)

    def virtual_value(self, u: float, alpha: float | None = None) -> float:
        """Return Q(u) − α (1 − u) Q′(u)."""
        weight = self.alpha if alpha is None else alpha
        return self.buyer.at(u) - weight * (1.0 - u) * _rise(self.buyer, u)

    def last_seller(self, u: float) -> float:
        """Return the share of sellers that trade with a buyer."""
        level, space = self.virtual_value(u), self.seller
        if space.quantile is None:  # linear
            return _share(level - space.low, (1.0 + self.alpha) * (space.high - space.low))
        return _root(lambda s: self.virtual_cost(s) - level)

    def first_buyer(self, s: float) -> float:
        """Return the share of buyers that do not trade with a seller."""
        level, space = self.virtual_cost(s), self.buyer
        width = space.high - space.low
        if space.quantile is None:
            return _share(level - space.low + self.alpha * width, (1.0 + self.alpha) * width)
        return _root(lambda u: self.virtual_value(u) - level)

    def gain(self) -> float:
        """Return E (v − c) 1{trade}."""

        def of(u: float) -> float:
            s = self.last_seller(u)
            return s * self.buyer.at(u) - _integral(self.seller.at, 0.0, s)

        return self._over_buyers(of)

    def surplus(self) -> float:
        """Return E (virtual value − virtual cost) 1{trade}, both at α = 1.

        That is what buyers can be made to pay less what sellers must get. The virtual costs
        telescope: ∫_0^s (R + s R′) = s R(s).
        """

        def of(u: float) -> float:
            s = self.last_seller(u)
            return s * (self.virtual_value(u, 1.0) - self.seller.at(s))

        return self._over_buyers(of)

    def received(self, s: float) -> float:
        """Return what a seller expects: from each buyer the highest cost that it trades with.

        That is c p(c) + ∫_c p, the envelope theorem.
        """
        low, full = self.first_buyer(s), self.first_buyer(1.0)
        part = _integral(lambda u: self.seller.at(self.last_seller(u)), low, max(low, full))
        return part + (1.0 - max(low, full)) * self.seller.high

    def paid(self, u: float) -> float:
        """Return what a buyer expects to pay: to each seller the lowest value that it trades with.

        That is v p(v) − ∫^v p.
        """
        high, full = self.last_seller(u), self.last_seller(0.0)
        part = _integral(lambda s: self.buyer.at(self.first_buyer(s)), min(high, full), high)
        return part + min(high, full) * self.buyer.low

    def mean_received(self) -> float:
        """Return what sellers receive on average."""
        kink, end = self.last_seller(0.0), self.last_seller(1.0)
        return kink * self.received(0.0) + _integral(self.received, kink, end)

    def _over_buyers(self, of: Callable[[float], float]) -> float:
        """Integrate over those buyers that trade, in two pieces."""
        first, full = self.first_buyer(0.0), self.first_buyer(1.0)
        return _integral(of, first, full) + _integral(of, full, 1.0)

    def refuse_irregular(self) -> None:
        """Refuse weighted virtual types that fall."""
        shares = np.linspace(0.0, 1.0, 513)
        for name, virtual in (("seller", self.virtual_cost), ("buyer", self.virtual_value)):
            level = np.array([virtual(share) for share in shares.tolist()])
            falls = np.diff(level)
            if (falls < -1e-8 * np.abs(level).max()).any():
                raise UnsupportedGameError(
                    f"the law of the {name} is not regular: its virtual type falls near the "
                    f"quantile {shares[int(np.argmin(falls))]:.3g}, and the best rule would pool "
                    "types there"
                )


def _rise(space: TypeInterval, share: float) -> float:
    """Return the derivative of a quantile function."""
    if space.quantile is None:
        return space.high - space.low
    low, high = max(share - STEP, 0.0), min(share + STEP, 1.0)
    return (space.at(high) - space.at(low)) / (high - low)


def _integral(function: Callable[[float], float], low: float, high: float) -> float:
    """Integrate a function without kinks."""
    if not high > low:
        return 0.0
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    places = (middle + half * NODES).tolist()
    return half * sum(w * function(t) for t, w in zip(places, WEIGHTS.tolist(), strict=True))


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0)


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function on [0, 1] changes its sign, or the end that is nearer."""
    if rising(0.0) >= 0:
        return 0.0
    if rising(1.0) <= 0:
        return 1.0
    return float(brentq(rising, 0.0, 1.0, xtol=1e-15, rtol=1e-14))


def _rule(market: _Market, problem: TypeProblem) -> ReportRule:
    """Return the rule: t = received(c) + paid(v) − E received goes from buyer to seller.

    On average each gets what it should, and what the seller receives the buyer pays.
    """
    mean = market.mean_received()
    received, paid = (lru_cache(maxsize=10_000)(f) for f in (market.received, market.paid))

    def shares(reports: Reports) -> tuple[float, float]:
        s, u = (
            (own - space.low) / (space.high - space.low)
            if space.quantile is None
            else _root(lambda share: space.at(share) - own)  # noqa: B023
            for space, own in zip((market.seller, market.buyer), reports, strict=True)
        )
        return s, u

    def choose(reports: Reports) -> bool:
        s, u = shares(reports)
        return market.virtual_value(u) >= market.virtual_cost(s)

    def pay(reports: Reports) -> tuple[float, float]:
        s, u = shares(reports)
        moved = received(s) + paid(u) - mean
        return moved, -moved

    return ReportRule(
        name="second-best trade",
        problem=replace(problem, choose=choose, efficiency=None),
        promise=Promise(
            information="laws",
            efficient=market.alpha == 0.0,
            incentives="BIC",
            budget="strong",
            rationality="interim",
            source=SOURCE,
        ),
        pay=pay,
    )
