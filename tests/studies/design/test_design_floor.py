"""The floor under a target, and what a design says of itself: one number at a time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms.settlement.conflict import Conflict
from coopetition.mechanisms.settlement.settlement import ContractCount, Settlement
from coopetition.solvers import solve_planner
from coopetition.studies import autarky
from coopetition.studies.design import target
from coopetition.studies.design.constraints import Constraints
from coopetition.studies.design.design import design
from coopetition.studies.design.target import _ascend, find_target
from tests.studies.design.test_design_targets import BIG

ONE = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0], max_contribution=40_000.0, value=1000.0,
    unit_cost=0.001, quadratic_cost=2e-6, quality=0.5,
)  # fmt: skip
BEST = solve_planner(ONE)


@pytest.mark.parametrize(("objective", "unit"), [("contribution", 1.0), ("gain", 0.5)])
def test_of_one_the_target_is_where_its_welfare_meets_the_floor(
    objective: str, unit: float
) -> None:
    floor = BEST.welfare - 50.0
    start = float(BEST.profile[0])
    most = brentq(lambda x: float(ONE.welfare(np.array([x]))) - floor, start, 40_000.0, xtol=1e-9)
    found = find_target(ONE, objective, BEST, floor)  # type: ignore[arg-type]
    assert found.profile[0] == pytest.approx(most, rel=1e-7)
    assert found.value == pytest.approx(unit * most, rel=1e-7)
    fall = -float(ONE.welfare_gradient(np.array([most]))[0])
    assert found.floor_price == pytest.approx(unit / fall, rel=1e-4)
    assert 0 <= found.gap <= 1e-4 * found.value
    assert found.value + found.gap >= unit * most * (1 - 1e-12)
    assert (found.held_back, found.concave) == (False, True)
    assert found.known == "checked: concave"
    unknown = find_target(ONE, objective, replace(BEST, concave=False), floor)  # type: ignore[arg-type]
    assert unknown.gap == np.inf
    assert unknown.known == "not certified: welfare is not known to be concave"


def test_how_a_welfare_that_is_not_concave_is_known() -> None:
    bent = replace(BEST, concave=False)
    assert find_target(ONE, "welfare", bent, 0.0).known == "checked: branch and bound"
    assert find_target(ONE, "welfare", BEST, 0.0).known == "checked: concave"


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.6, 0.9])
def test_a_gap_bounds_what_any_profile_above_the_floor_has(share: float) -> None:
    """Two who are alike but for their room: the smaller one ends at its bound."""
    pair = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], value=1000.0,
        max_contribution=[40_000.0, 30_000.0], unit_cost=[0.001, 0.0015], quadratic_cost=2e-6,
    )  # fmt: skip
    best = solve_planner(pair)
    low = float(pair.welfare(pair.max_contribution))
    floor = best.welfare - share * (best.welfare - low)
    found = find_target(pair, "contribution", best, floor)
    assert 0.0 <= found.gap <= 1e-4 * found.value
    for first in np.linspace(0.0, 40_000.0, 81):  # as much of the other as the floor allows
        profiles = np.stack([np.full(3001, first), np.linspace(0.0, 30_000.0, 3001)], axis=1)
        inside = profiles[pair.welfare(profiles) >= floor]
        assert inside.sum(axis=1).max(initial=0.0) <= found.value + found.gap


@pytest.mark.parametrize("off", [0.999, 1.001])
def test_a_gap_is_a_bound_also_where_the_search_ends_early(
    off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weak duality holds at any profile: short of the path's, or beyond it."""
    floor = BEST.welfare - 50.0
    most = find_target(ONE, "contribution", BEST, floor).value
    monkeypatch.setattr(target, "_ascend", lambda *given: off * _ascend(*given))
    found = find_target(ONE, "contribution", BEST, floor)
    assert found.gap > 0
    assert most * (1 - 1e-9) <= found.value + found.gap <= 1.01 * most


@pytest.mark.parametrize(("money", "data"), [(2.0**-10, 2.0**-17), (2.0**20, 2.0**10)])
def test_units_of_money_and_data_change_no_target(money: float, data: float) -> None:
    """Bounds below 1 are bounds; who can bring nothing brings nothing."""
    pair = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 300.0], value=1000.0,
        max_contribution=[40_000.0, 20_000.0, 0.0], unit_cost=0.001, quadratic_cost=2e-6,
    )  # fmt: skip
    other = pair.replace(
        gain=PowerGain(1.0, 2.0 * data**0.35, 0.35), local_data=data * pair.local_data,
        max_contribution=data * pair.max_contribution, value=1000.0 * money,
        unit_cost=0.001 * money / data, quadratic_cost=2e-6 * money / data**2,
    )  # fmt: skip
    best, same = solve_planner(pair), solve_planner(other)
    known = find_target(pair, "contribution", best, best.welfare - 50.0)
    found = find_target(other, "contribution", same, same.welfare - 50.0 * money)
    assert known.profile[2] == 0
    assert known.profile[:2].min() > 1.01 * best.profile[:2].max()
    assert found.profile / data == pytest.approx(known.profile, rel=1e-5)
    assert found.floor_price == pytest.approx((known.floor_price or 0.0) * data / money, rel=1e-3)


def test_a_floor_that_holds_everywhere_or_nowhere() -> None:
    low = float(ONE.welfare(np.array([40_000.0])))
    for floor in (low, low - 10.0):
        top = find_target(ONE, "contribution", BEST, floor)
        assert (top.profile.tolist(), top.value) == ([40_000.0], 40_000.0)
        assert (top.gap, top.floor_price, top.held_back) == (0.0, 0.0, False)
    for floor in (BEST.welfare, BEST.welfare + 1.0):
        none = find_target(ONE, "gain", BEST, floor)
        assert none.profile is BEST.profile
        assert none.value == pytest.approx(0.5 * float(BEST.profile[0]))
        assert (none.gap, none.floor_price, none.held_back) == (0.0, 0.0, False)
    best = find_target(ONE, "welfare", BEST, BEST.welfare - 50.0)
    assert (best.value, best.gap, best.floor_price) == (BEST.welfare, BEST.gap, 0.0)
    with pytest.raises(InvalidInputError, match=r"`objective` must be one of .*, got 'fame'"):
        find_target(ONE, "fame", BEST, 0.0)  # type: ignore[arg-type]


def test_a_floor_that_no_profile_reaches_leaves_the_planners_target_and_no_bound() -> None:
    rounded = replace(BEST, welfare=BEST.welfare + 1.0)  # more than any profile has
    found = find_target(ONE, "contribution", rounded, BEST.welfare + 0.5)
    assert found.profile is BEST.profile
    assert (found.gap, found.floor_price) == (np.inf, 0.0)


def test_a_search_that_leaves_the_floats_has_no_answer() -> None:
    with np.errstate(over="ignore"), pytest.raises(NotConvergedError, match="welfare is finite"):
        _ascend(ONE, np.ones(1), 1e307, BEST.profile)


def test_what_is_not_accepted_holds_the_target_back() -> None:
    floor, start = BEST.welfare - 50.0, float(BEST.profile[0])
    free = find_target(ONE, "contribution", BEST, floor)
    limit = start + 0.3 * (free.value - start)
    found = find_target(ONE, "contribution", BEST, floor, lambda x: float(x[0]) <= limit)
    assert found.held_back
    assert limit * (1 - 3e-6) <= found.value <= limit
    assert found.value == found.profile[0]
    assert found.value + found.gap == pytest.approx(free.value + free.gap)
    assert found.floor_price is None
    assert found.known == "the most that was found, within the other constraints"
    never = find_target(ONE, "contribution", BEST, floor, lambda x: False)
    assert never.profile is BEST.profile
    assert never.held_back
    always = find_target(ONE, "contribution", BEST, floor, lambda x: True)
    assert always.value == free.value


@pytest.mark.parametrize(
    ("guarantee", "subsidy"), [(0.0, 0.0), (15.0, 0.0), (0.0, 7.0), (9.0, 4.0)]
)
def test_the_floor_is_what_all_must_have_less_what_comes_from_outside(
    guarantee: float, subsidy: float
) -> None:
    found = design(BIG, "contribution", Constraints(guarantee=guarantee, subsidy=subsidy))
    floor = float(autarky(BIG).payoff.sum()) + 2 * guarantee - subsidy
    assert not found.target.held_back  # the floor was in the search, and not met by chance
    assert float(BIG.welfare(found.target.profile)) == pytest.approx(floor, abs=1e-4)
    assert found.feasible
    assert (found.payoff - found.outside).min() >= guarantee - 1e-4
    assert float(found.settlement.net.sum()) == pytest.approx(subsidy, abs=1e-3)  # type: ignore[union-attr]


def test_a_design_says_what_it_is() -> None:
    found = design(BIG)
    assert isinstance(found.settlement, Settlement)
    assert (found.feasible, found.undecided, found.elsewhere_open) == (True, False, False)
    assert (found.sample_regret, found.elsewhere) == (None, None)
    assert found.target.profile is found.planner.profile  # nothing holds it back
    for gap, said in ((0.25, 0.25), (0.0, 0.0), (np.inf, None)):
        told = replace(found, target=replace(found.target, gap=gap)).to_dict()
        assert told["gap"] == said
    many = replace(found.settlement, contracts=ContractCount(1, 2, 1, False))
    late = replace(found, settlement=many)
    assert (late.feasible, late.undecided) == (False, True)
    off = replace(found, target=replace(found.target, profile=0.5 * found.target.profile))
    assert (off.feasible, off.undecided) == (False, False)
    net = found.mechanism(BIG, found.target.profile)
    assert net == pytest.approx(found.settlement.net, abs=1e-9)
    x, (a, b) = found.target.profile, found.prices
    paid = found.rule(BIG, x) if found.rule else np.zeros(2)
    assert (a[0], b[1]) == (0.0, 0.0)
    assert paid == pytest.approx([a[1] * x[0] - b[0] * x[1], b[0] * x[1] - a[1] * x[0]])
    box = replace(found, samples=(BIG,), box=0.05, drawn=3)
    assert box.elsewhere is not None
    assert box.elsewhere.startswith("3 draws of other parameters and all rounds with values, ")
    assert "within 5 %" in box.elsewhere
    assert box.sample_regret == pytest.approx(found.certificate.epsilon)
    dearer = replace(found, samples=(BIG, BIG.replace(unit_cost=0.002)))
    assert dearer.sample_regret is not None
    assert dearer.sample_regret > 0.01


@pytest.mark.parametrize(
    ("labels", "open_"),
    [
        (("participation of A", "budget balance"), False),
        (("participation of A", "at most 7 from outside"), False),
        (("participation of A", "at most 3 to or from one organization"), True),
        (("at most 1 contract",), True),
    ],
)
def test_elsewhere_another_target_might_do(labels: tuple[str, ...], open_: bool) -> None:
    found = design(BIG)
    none = replace(found, settlement=Conflict(labels, True, 2.0), rule=None)
    assert (none.feasible, none.undecided, none.elsewhere_open) == (False, False, open_)
    assert replace(none, samples=(BIG,)).elsewhere_open
    said = none.to_dict()
    assert (said["conflict"], said["elsewhere_open"]) == (list(labels), open_)
    assert (said["smallest"], said["minimal"], said["shortfall"]) == (True, True, 2.0)
    with pytest.raises(InvalidInputError, match="no mechanism satisfies the constraints: impos"):
        _ = none.mechanism


def test_other_rounds_are_of_the_same_organizations_and_measured_gains_stay() -> None:
    with pytest.raises(InvalidInputError, match="`samples` must have the organizations of the"):
        design(BIG, samples=[BIG.replace(organizations=["A", "C"])])
    with pytest.raises(InvalidInputError, match="the outside option autarky is not known: no"):
        design(BIG, alone=Unknown("nobody knows"))
    many = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 13, max_contribution=10.0, value=1.0
    )
    with pytest.raises(InvalidInputError, match=r"option sub-coalition is not known: .* above 12"):
        design(many, constraints=Constraints(outside="sub-coalition"))
    alone = autarky(BIG)
    dear = BIG.replace(unit_cost=0.003, fixed_cost=2.0)
    found = design(BIG, samples=[dear], alone=replace(alone, measured=True))
    assert found.outside is alone.payoff
    cost = 0.003 * alone.contribution + 1e-6 * alone.contribution**2
    paid = dear.payoffs(found.target.profile) + found.mechanism(dear, found.target.profile)
    assert (paid - (BIG.value * alone.gain - cost)).min() >= -1e-6
    assert paid.shape == (2,)


def test_prices_are_slopes_at_the_target_and_no_cost_is_infinite() -> None:
    game = BIG.replace(quadratic_cost=0.0)  # prices are sharpened there
    found = design(game, aim="fair")
    assert found.rule is not None
    assert found.rule.bend.any()
    said, x = found.to_dict(), found.target.profile
    for n in range(2):
        step = np.eye(2)[n]
        up, down = (found.rule(game, x + far * step)[n] for far in (1.0, -1.0))
        assert said["price"][n] == pytest.approx((up - down) / 2.0, rel=1e-6)
    assert said["costs"]["budget balance"] is None
