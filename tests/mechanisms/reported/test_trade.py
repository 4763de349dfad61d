"""Bilateral trade: what is possible, what is not, and audits that must not grant the impossible."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from coopetition.games import UnsupportedGameError
from coopetition.mechanisms.reported import (
    Finite,
    Promise,
    ReportRule,
    Reports,
    RuleRequirements,
    TypeInterval,
    TypeProblem,
    audit_reports,
    bilateral_trade,
    check_budget,
    check_efficiency,
    check_incentives,
    check_rationality,
    describe,
    expect,
    impossible,
    public_project,
    second_best_trade,
)
from coopetition.mechanisms.reported.verdict import Better, Lie

UNIT = TypeInterval(0.0, 1.0)
LATE = TypeInterval(0.0, 1.0, lambda u: u**0.5)  # F = v²
HIGH = TypeInterval(2.0, 3.0)
PROMISE = Promise(information="laws", efficient=False, incentives="BIC", budget="strong",
                  rationality="interim", source="")  # fmt: skip


def double_auction(reserve: float = 0.25) -> ReportRule:
    """Return Chatterjee and Samuelson's linear equilibrium as a direct rule."""
    problem = replace(
        bilateral_trade(UNIT, UNIT), choose=lambda t: bool(t[1] - t[0] >= reserve), efficiency=None
    )

    def pay(reports: Reports) -> tuple[float, float]:
        if not problem.choose(reports):
            return 0.0, 0.0
        price = ((2 / 3 * reports[1] + 1 / 12) + (2 / 3 * reports[0] + 1 / 4)) / 2
        return price, -price

    return ReportRule(name="double auction", problem=problem, promise=PROMISE, pay=pay)


@pytest.mark.parametrize("points", [2, 5, 6, 9])
def test_a_reserve_price_on_the_grid_is_seen(points: int) -> None:
    verdict = check_efficiency(double_auction(1 / (points - 1)), points=points)
    assert verdict.holds is False
    found = verdict.witness
    assert isinstance(found, Better)
    assert (found.chosen, found.better) == (False, True)
    seller, buyer = found.types
    assert found.gain == pytest.approx(buyer - seller)
    assert 0 < buyer - seller < 1 / (points - 1)
    assert "None" not in str(verdict)


def test_an_audit_of_the_double_auction_grants_what_it_has_and_no_more() -> None:
    table = audit_reports(double_auction())
    holds = {name: table[name].holds for name in (
        "efficient", "dominant-strategy-incentives", "bayesian-incentives",
        "strong-budget-balance", "ex-post-rationality", "interim-rationality",
    )}  # fmt: skip
    assert list(holds.values()) == [False, False, True, True, True, True]
    assert "None" not in str(table)


def test_what_a_theorem_excludes_is_not_granted_together() -> None:
    """A rule with a false word on what it pays on average, which the averages then rest on."""
    problem = bilateral_trade(UNIT, UNIT)

    def pay(reports: Reports) -> tuple[float, float]:
        seller, buyer = reports
        middle = 0.5 * (seller + buyer) if buyer >= seller else 0.0
        return middle, -middle

    rule = ReportRule(name="middle", problem=problem, promise=PROMISE, pay=pay,
                      expected=lambda n, own: 0.5 * (1 - own**2) if n == 0 else -0.5 * own**2,
                      )  # fmt: skip
    assert check_incentives(rule, concept="Bayesian").holds
    assert check_efficiency(rule).holds
    table = audit_reports(rule)
    for name in ("efficient", "bayesian-incentives", "strong-budget-balance"):
        assert table[name].holds is None
        assert "Myerson–Satterthwaite" in str(table[name])
    assert table["dominant-strategy-incentives"].holds is False


@pytest.mark.parametrize(
    ("types", "overlap"),
    [
        ((UNIT, UNIT), True),
        ((UNIT, TypeInterval(2.0, 3.0)), False),
        ((TypeInterval(2.0, 3.0), UNIT), False),
    ],
)
def test_a_trade_is_recognized_from_values_and_outcomes(
    types: tuple[TypeInterval, TypeInterval], overlap: bool
) -> None:
    wish = RuleRequirements(
        efficient=True, incentives="BIC", budget="strong", rationality="interim"
    )
    for swap in (False, True):
        setting = describe(_in_other_words(types, swap))
        assert setting.bilateral_trade
        assert setting.overlapping is overlap
        assert (impossible(wish, setting) is not None) is overlap


def _in_other_words(types: tuple[TypeInterval, TypeInterval], swap: bool) -> TypeProblem:
    """Return a trade with outcomes named and ordered otherwise, and outside options."""
    outside = (7.0, 3.0)

    def value(n: int, outcome: str, own: float) -> float:
        seller = n == (1 if swap else 0)
        moved = 0.0 if outcome == "stay" else (-own if seller else own)
        return outside[n] + moved

    return TypeProblem(
        organizations=("a", "b"), types=types[::-1] if swap else types,
        choose=lambda reports: "stay", value=value, without=lambda n, others: outside[1 - n],
        outside=lambda n, own: outside[n], outcomes=("go", "stay"), linear=True,
    )  # fmt: skip


def test_what_is_no_trade_is_not_called_one() -> None:
    base = bilateral_trade(UNIT, UNIT)

    def flat(n: int, traded: Any, own: float) -> float:
        return base.value(n, traded, own) if n else -0.5 * traded

    for other in (
        replace(base, value=flat),  # the seller's cost is known
        replace(base, outside=lambda n, own: -0.1),  # staying out is worse than no trade
        replace(base, outside=None),
        replace(base, linear=False),
        replace(base, outcomes=(False, True, "both")),
        replace(base, types=(Finite((0.0, 1.0)), UNIT)),
        public_project([UNIT] * 3, cost=1.0),
    ):
        assert describe(other).bilateral_trade is None
    known = describe(bilateral_trade(UNIT, LATE))
    assert known.bilateral_trade
    assert known.positive_density is None  # a law of the user's own may have gaps


def test_the_second_best_of_uniform_types_is_nine_sixty_fourths() -> None:
    found = second_best_trade(UNIT, UNIT)
    assert found.alpha == pytest.approx(1 / 3, abs=1e-12)
    assert found.gain == pytest.approx(9 / 64, abs=1e-14)
    assert found.efficient == pytest.approx(1 / 6, abs=1e-14)
    choose = found.rule.problem.choose
    rng = np.random.default_rng(0)
    for seller, buyer in rng.random((200, 2)).tolist():
        assert choose((seller, buyer)) == (buyer - seller >= 0.25)
    drawn = expect((UNIT, UNIT), lambda t: (t[1] - t[0]) * choose(t), choose)
    assert drawn == pytest.approx(9 / 64, abs=1e-8)


@pytest.mark.parametrize(
    ("seller", "buyer"),
    [(UNIT, UNIT), (TypeInterval(0.0, 2.0), TypeInterval(1.0, 2.0)), (UNIT, LATE)],
)
def test_its_rule_is_truthful_rational_and_balanced(
    seller: TypeInterval, buyer: TypeInterval
) -> None:
    rule = second_best_trade(seller, buyer).rule
    points = 2 if buyer.quantile else 3
    assert check_incentives(rule, points=points).holds
    assert check_budget(rule, points=points).holds
    rational = check_rationality(rule, points=points)
    assert rational.holds
    # the worst-off types have nothing to lose: money left on the table would be a better rule
    worst = rational.witness
    assert worst is not None
    assert abs(getattr(worst, "gain")) < 1e-7  # noqa: B009


def test_efficient_trade_where_it_is_possible_is_efficient() -> None:
    found = second_best_trade(UNIT, TypeInterval(2.0, 3.0))
    assert (found.alpha, found.gain, found.efficient) == pytest.approx((0.0, 2.0, 2.0))
    assert found.rule.promise.efficient
    assert check_incentives(found.rule, points=3).holds
    assert check_rationality(found.rule, points=3).holds


@pytest.mark.parametrize(("seller", "buyer"), [(UNIT, UNIT), (LATE, UNIT), (UNIT, LATE)])
def test_no_rule_on_a_fine_grid_does_better(seller: TypeInterval, buyer: TypeInterval) -> None:
    """A linear program over all interim-balanced rules of many finite types, independently."""
    gain, size = second_best_trade(seller, buyer).gain, 24
    assert 0.0 <= _program(seller, buyer, size) - gain <= 0.2 / size  # few types hide less


def _program(seller: TypeInterval, buyer: TypeInterval, count: int) -> float:
    """Return the largest E (v − c) p over p in [0, 1] that is truthful, rational, balanced.

    Variables: p(c, v), then interim payments of sellers and of buyers. Types are the middles of
    equal shares, each equally likely.
    """
    share = (np.arange(count) + 0.5) / count
    cost, value = (np.array([s.at(u) for u in share.tolist()]) for s in (seller, buyer))
    cells, size = count * count, count * count + 2 * count
    rows: list[int] = []
    cols: list[int] = []
    data: list[float] = []
    line = 0

    def add(entries: dict[int, float]) -> None:
        nonlocal line
        rows.extend([line] * len(entries))
        cols.extend(entries)
        data.extend(entries.values())
        line += 1

    def interim(side: int, k: int, weight: float) -> dict[int, float]:
        index = range(k * count, (k + 1) * count) if side == 0 else range(k, cells, count)
        return dict.fromkeys(index, weight / count)

    for side, types, sign in ((0, cost, -1.0), (1, value, 1.0)):
        for k in range(count):
            paid = cells + side * count
            truth = {**interim(side, k, sign * types[k]), paid + k: -sign}
            add({key: -entry for key, entry in truth.items()})  # rational
            for other in range(count):
                if other != k:
                    lie = {**interim(side, other, sign * types[k]), paid + other: -sign}
                    keys = set(truth) | set(lie)
                    add({key: lie.get(key, 0.0) - truth.get(key, 0.0) for key in keys})
    add({cells + k: 1.0 for k in range(count)} | {cells + count + k: -1.0 for k in range(count)})
    left: Any = sparse.csr_array((data, (rows, cols)), shape=(line, size))
    gains = np.zeros(size)
    gains[:cells] = -(value[None, :] - cost[:, None]).ravel() / count**2
    bounds: Any = [(0.0, 1.0)] * cells + [(None, None)] * (2 * count)
    solved = linprog(gains, A_ub=left, b_ub=np.zeros(line), bounds=bounds, method="highs")
    assert solved.success
    return -float(gains @ np.asarray(solved.x, dtype=float))


def test_laws_that_need_pooling_are_refused() -> None:
    two_humps = TypeInterval(0.0, 1.0, lambda u: u + 0.15 * np.sin(4 * np.pi * u) / np.pi)
    with pytest.raises(UnsupportedGameError, match="the law of the buyer is not regular"):
        second_best_trade(UNIT, two_humps)


def test_one_organizations_large_payoffs_hide_no_lie_of_another() -> None:
    problem = TypeProblem(
        organizations=("giant", "small"), types=(Finite((1e11,)), Finite((0.0, 1.0))),
        choose=lambda reports: reports[1], value=lambda n, outcome, own: own if n == 0 else 0.0,
        without=lambda n, others: 0.0,
    )  # fmt: skip
    rule = ReportRule(name="tip", problem=problem, promise=PROMISE, pay=lambda r: (0.0, r[1]))
    for concept in ("dominant strategy", "Bayesian"):
        verdict = check_incentives(rule, concept=concept)
        assert verdict.holds is False
        assert isinstance(verdict.witness, Lie)
        assert (verdict.witness.organization, verdict.witness.gain) == ("small", 1.0)
    sampled = check_incentives(rule, concept="Bayesian", draws=50)
    assert sampled.holds is False
    fined = replace(rule, pay=lambda r: (0.0, -1.0))
    for stage in ("ex post", "interim"):
        assert check_rationality(fined, stage=stage).holds is False
    assert check_budget(replace(rule, pay=lambda r: (0.0, 30.0)), level="weak").holds is False


def test_a_posted_price_jumps_where_no_grid_point_is() -> None:
    """Who is asked to pay 0.3 only beyond 0.3137 reports a little less: a lie at the jump."""
    problem = TypeProblem(
        organizations=("a", "b"), types=(UNIT, UNIT), choose=lambda t: bool(t[0] >= 0.3137),
        value=lambda n, sold, own: 0.5 if n == 0 and sold else 0.0, without=lambda n, others: 0.0,
        outcomes=(False, True),
    )  # fmt: skip
    steep = 1e4

    def pay(reports: Reports) -> tuple[float, float]:  # nearly free just beyond the jump
        above = reports[0] - 0.3137
        return (-0.5 * min(1.0, steep * above) if above >= 0 else 0.0), 0.0

    rule = ReportRule(name="steep", problem=problem, promise=PROMISE, pay=pay)
    for concept in ("dominant strategy", "Bayesian"):
        verdict = check_incentives(rule, concept=concept)
        assert isinstance(verdict.witness, Lie)
        assert verdict.witness.report == pytest.approx(0.3137, abs=1e-9)
        assert verdict.witness.gain == pytest.approx(0.5, abs=1e-4)
