"""Impossibility is only claimed under a theorem's hypotheses; next to each, a case that works."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from coopetition.games import CoopetitionRound, PowerGain, UnsupportedGameError
from coopetition.mechanisms.reported import (
    Finite,
    Reports,
    RuleRequirements,
    Setting,
    TypeInterval,
    TypeProblem,
    check_budget,
    check_incentives,
    check_rationality,
    clarke,
    describe,
    equal_items,
    groves,
    impossible,
    private_round,
    public_project,
    refuse_impossible,
)
from coopetition.solvers import solve_planner
from tests.mechanisms.reported.witness import balance

BALANCED = RuleRequirements(efficient=True, incentives="DSIC", budget="strong")
TRADE = RuleRequirements(efficient=True, incentives="BIC", budget="weak", rationality="interim")
TEAM = RuleRequirements(efficient=True, budget="strong")
UNIT = TypeInterval(0.0, 1.0)


def test_green_laffont_needs_its_hypotheses() -> None:
    free = Setting(organizations=3, every_valuation=True)
    notice = impossible(BALANCED, free)
    assert notice is not None
    assert notice.theorem == "Green–Laffont"
    assert "Green and Laffont" in notice.source
    assert str(notice).count(".") == 0  # one sentence
    assert impossible(BALANCED, replace(free, every_valuation=None)) is None
    assert impossible(BALANCED, replace(free, organizations=1)) is None
    for weaker in (
        replace(BALANCED, incentives="BIC"),
        replace(BALANCED, budget="weak"),
        replace(BALANCED, efficient=False),
    ):
        assert impossible(weaker, free) is None
    with pytest.raises(UnsupportedGameError, match="impossible by Green–Laffont"):
        refuse_impossible(BALANCED, free)
    refuse_impossible(BALANCED, Setting(organizations=3))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_items_and_projects_cannot_be_balanced(size: int) -> None:
    for problem in (equal_items([UNIT] * size), public_project([UNIT] * size, cost=size / 2)):
        notice = impossible(BALANCED, describe(problem))
        assert notice is not None
        assert "N-way interaction" in str(notice)
    known = equal_items([Finite((0.0, 1.0))] * size)
    assert impossible(BALANCED, describe(known)) is None  # Holmström's uniqueness needs intervals


def consensus(size: int) -> TypeProblem:
    """Choose k for v_n = θ_n k − k²/2: the mean of θ is best, W = (Σθ)²/(2N)."""

    def without(n: int, others: Reports) -> float:
        return sum(others) ** 2 / (2.0 * len(others))

    return TypeProblem(
        organizations=tuple(f"n{n}" for n in range(size)), types=(UNIT,) * size,
        choose=lambda reports: sum(reports) / size,
        value=lambda n, k, own: own * k - k * k / 2.0,
        without=without, efficiency="proved", linear=True, others_lose_nothing=True,
    )  # fmt: skip


def test_quadratic_consensus_is_balanced_from_three_on() -> None:
    """W has interactions of pairs only (Groves and Loeb 1975): no notice, and here is the rule."""
    assert impossible(BALANCED, describe(consensus(2))) is not None
    for size in (3, 4):
        problem = consensus(size)
        setting = describe(problem)
        assert setting.interaction == 0.0
        assert impossible(BALANCED, setting) is None

        def term(n: int, others: Reports, size: int = size) -> float:
            pairs = sum(a * b for a, b in combinations(others, 2))
            squares = sum(a * a for a in others) / (size - 1)
            return -(size - 1) / (2.0 * size) * (squares + 2.0 * pairs / (size - 2))

        rule = groves(problem, term)
        assert check_incentives(rule, points=4).claim == "proved"
        assert check_budget(rule, level="strong", points=4).holds


def test_a_round_with_private_costs_has_an_interaction_of_all() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 400.0], value=900.0,
        max_contribution=4000.0, quadratic_cost=1e-5,
    )  # fmt: skip
    problem = private_round(
        game, [TypeInterval(0.0, 0.08)] * 3, plan=lambda round_: solve_planner(round_).profile
    )
    notice = impossible(BALANCED, describe(problem))
    assert notice is not None
    assert notice.theorem == "Green–Laffont"


def trade(seller: TypeInterval, buyer: TypeInterval) -> TypeProblem:
    """Trade one item iff the buyer's value is at least the seller's; staying out is no trade."""

    def value(n: int, traded: bool, own: float) -> float:
        return traded * (own if n == 1 else -own)

    return TypeProblem(
        organizations=("seller", "buyer"), types=(seller, buyer),
        choose=lambda reports: reports[1] >= reports[0], value=value,
        without=lambda n, others: 0.0, efficiency="proved", outcomes=(False, True), linear=True,
        joining_is_free=True,
    )  # fmt: skip


def test_myerson_satterthwaite_needs_intervals_that_overlap() -> None:
    setting = Setting(
        organizations=2, bilateral_trade=True, independent=True, positive_density=True,
        overlapping=True,
    )  # fmt: skip
    notice = impossible(TRADE, setting)
    assert notice is not None
    assert notice.theorem == "Myerson–Satterthwaite"
    stronger = RuleRequirements(
        efficient=True, incentives="DSIC", budget="strong", rationality="ex post"
    )
    assert impossible(stronger, setting) is not None
    for fact in ("bilateral_trade", "independent", "positive_density", "overlapping"):
        for missing in (None, False):
            change: dict[str, Any] = {fact: missing}
            assert impossible(TRADE, replace(setting, **change)) is None
    for weaker in ("rationality", "budget", "incentives"):
        less: dict[str, Any] = {weaker: "none"}
        assert impossible(replace(TRADE, **less), setting) is None
    pivot = clarke(trade(UNIT, UNIT))
    assert check_rationality(pivot, stage="ex post").holds
    deficit = check_budget(pivot)
    assert deficit.holds is False
    assert balance(deficit).highest == pytest.approx(1.0)  # seller 0, buyer 1: W = 1 paid twice


def test_trade_that_is_always_right_works_at_a_fixed_price() -> None:
    """Intervals that do not overlap: efficient, dominant, rational ex post and balanced."""
    problem = trade(TypeInterval(0.0, 1.0), TypeInterval(2.0, 3.0))
    base = clarke(problem)
    fixed = replace(
        base, name="price 1.5", pay=lambda reports: (1.5, -1.5), proof=lambda name: None
    )
    assert check_incentives(fixed).holds
    assert check_budget(fixed, level="strong").holds
    assert check_rationality(fixed, stage="ex post").holds
    notice = impossible(
        RuleRequirements(efficient=True, incentives="DSIC", budget="strong", rationality="ex post"),
        Setting(organizations=2, bilateral_trade=True, independent=True, positive_density=True,
                overlapping=False),
    )  # fmt: skip
    assert notice is None
    assert impossible(BALANCED, describe(problem)) is None


def test_holmstrom_only_where_contributions_are_not_seen() -> None:
    team = Setting(organizations=3, private="actions", observed="output", smooth_team=True)
    notice = impossible(TEAM, team)
    assert notice is not None
    assert notice.theorem == "Holmström"
    assert impossible(TEAM, replace(team, observed="contributions")) is None
    assert impossible(TEAM, replace(team, smooth_team=None)) is None
    assert impossible(TEAM, replace(team, organizations=1)) is None
    assert impossible(replace(TEAM, budget="weak"), team) is None
