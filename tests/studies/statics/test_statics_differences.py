"""Statics by differences: exact ones where both exist, closed forms, kinks, what is not known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import MatrixCompetition
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import (
    CoopetitionError,
    InvalidInputError,
    NotConvergedError,
    UnsupportedGameError,
)
from coopetition.mechanisms import full_pigou, groves_ledyard, none, redistribution
from coopetition.solvers import solve_aggregate, solve_planner
from coopetition.studies.audit.identities import Identities, IdentityCase
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.statics import comparative_statics
from coopetition.studies.statics.differences import (
    _force,
    _scale_at_zero,
    _solved,
    base_solved,
)
from coopetition.studies.statics.result import CHECKED, EXACT, UNKNOWN, ParameterStatics
from tests.solvers.test_sensitivity import strict_round
from tests.studies.command import EVEN, coopetition, written
from tests.studies.statics.rounds import EVERY, MIXED, in_units

DAMAGE = "competition.damage"
VALUES = "organization.*.value"
SOUTH = "organization.South.value"
PRIZE = "mechanism.settings.prize"
RATE = "mechanism.settings.rate"
MORE = "mechanism.settings.more"
COST = "organization.C.unit_cost"

INSIDE = MIXED.replace(max_contribution=4000.0, quadratic_cost=[2e-5, 3e-5, 2e-5])
TWO = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.5), local_data=[1000.0, 1000.0], max_contribution=5000.0,
    value=[900.0, 700.0], quadratic_cost=[2e-5, 3e-5], organizations=["A", "B"],
)  # fmt: skip


def close(one: ParameterStatics, other: ParameterStatics, rel: float) -> None:
    """Compare two answers, effect by effect, in units of the outcome's largest effect."""
    assert len(one.effects) == len(other.effects)
    for mine, known in zip(one.effects, other.effects, strict=True):
        assert (mine.outcome, mine.organization) == (known.outcome, known.organization)
        assert mine.today == pytest.approx(known.today, rel=1e-6, abs=1e-9)
        size = max(abs(e.right) for e in other.effects if e.outcome == known.outcome)
        size = rel * size + 2e-6 * abs(known.today / one.value if one.value else 0.0)  # the noise
        assert mine.right == pytest.approx(known.right, abs=size + 1e-12), mine
        assert mine.left == pytest.approx(known.left, abs=size + 1e-12), mine


@pytest.mark.parametrize(
    "name",
    [DAMAGE, "organization.North.value", "organization.*.unit_cost",
     "organization.West.quadratic_cost", "gain.exponent", "organization.*.local_data",
     "competition.damage.North.South", "organization.*.quality", "organization.*.fixed_cost"],
)  # fmt: skip
def test_a_separable_rule_that_does_not_say_so_has_the_same_effects(name: str) -> None:
    rule = redistribution(INSIDE, rate=0.003, intensity=0.5)
    exact = comparative_statics(INSIDE, name, rule, span=1e-3)
    assert exact[name].method == EXACT
    found = comparative_statics(INSIDE, name, lambda game, x: rule(game, x))
    assert found[name].method == CHECKED
    assert (found.margin, found.closest) == (None, None)
    close(found[name], exact[name], 2e-5)


@pytest.mark.parametrize(
    ("name", "money", "data"),
    [("organization.A.value", 2.0**-10, 2.0**-14),
     ("organization.D.max_contribution", 2.0**10, 2.0**10),
     ("organization.B.quality", 2.0**10, 2.0**-14)],
)  # fmt: skip
def test_in_whatever_unit_effects_are_those_of_derivatives(
    name: str, money: float, data: float
) -> None:
    game = in_units(EVERY, money, data)
    rule = redistribution(game, rate=0.003 * money / data, intensity=0.5)
    exact = comparative_statics(game, name, rule, span=1e-3)[name]
    assert {exact["contribution", who].today > 0 for who in "ABD"} == {True}
    found = comparative_statics(game, name, lambda game, x: rule(game, x))[name]
    close(found, exact, 2e-5)
    for effect in exact.effects:
        who = effect.organization
        same = found[effect.outcome if who is None else (effect.outcome, who)]
        if abs(effect.elasticity or 0.0) > 1e-3:
            assert same.elasticity == pytest.approx(effect.elasticity, rel=1e-3)


@pytest.mark.parametrize("data", [1.0, 2.0**-14])
def test_where_the_active_set_changes_within_a_step_a_smaller_one_is_taken(data: float) -> None:
    """C starts to contribute between the half and the whole of the first step of its own cost."""
    every = in_units(EVERY, 1.0, data)
    known = comparative_statics(every, COST, span=1.0)[COST].below.value
    assert known is not None
    cost = known * (1 + 1.5e-3)
    game = every.replace(unit_cost=np.where(np.arange(5) == 2, cost, every.unit_cost))
    found = comparative_statics(game, COST, lambda game, x: 0.0 * x)[COST]
    exact = comparative_statics(game, COST, span=1e-3)[COST]
    for one, other in zip(found.effects, exact.effects, strict=False):
        assert (one.outcome, one.direction) == (other.outcome, other.direction)
    assert found["payoff", "A"].left == 0.0
    assert found.above.searched < cost * (1 + 1.5e-3)


def test_a_rule_is_asked_for_what_is_possible_only() -> None:
    """B brings nearly all that it can; beyond that the rule has no answer."""
    most = solve_aggregate(TWO).profile * np.array([2.0, 1.0002])
    game = TWO.replace(max_contribution=most)

    def rule(game: Any, x: Array) -> Array:
        inside = (x >= 0) & (x <= game.max_contribution)
        return np.where(inside.all(axis=-1, keepdims=True), 0.0 * x, np.nan)

    exact = comparative_statics(game, "organization.A.value", span=1e-3)["organization.A.value"]
    found = comparative_statics(game, "organization.A.value", rule)["organization.A.value"]
    for who in game.players:
        assert found["contribution", who].right == pytest.approx(
            exact["contribution", who].right, rel=1e-4
        )


def test_a_profile_without_slopes_that_is_no_equilibrium_is_not_followed() -> None:
    """Payments that rise with the square of a distance: everybody's payoff is least there."""
    with pytest.raises(NotConvergedError, match="no equilibrium was certified near today's"):
        _solved((TWO, lambda game, x: 1e-3 * (x - 100.0) ** 2), np.array([100.0, 100.0]))


@pytest.mark.parametrize("seed", range(6))
def test_random_rounds_with_bounds_that_hold(seed: int) -> None:
    game = strict_round(seed).among([0, 1, 2]) if len(strict_round(seed).players) > 3 else None
    game = game or strict_round(seed)
    rule = redistribution(game, rate=float(game.unit_cost.mean()), intensity=0.3)
    try:
        exact = comparative_statics(game, VALUES, rule, span=0.01)
        found = comparative_statics(game, VALUES, lambda game, x: rule(game, x))
    except CoopetitionError as error:
        pytest.skip(str(error))
    if exact.kink or exact.margin is None or exact.margin < 0.01:
        pytest.skip("near a kink")
    close(found[VALUES], exact[VALUES], 1e-3)


def test_under_full_pigou_everybody_follows_the_planner() -> None:
    """Each gets W, so contributions are the planner's, whose own change is known by differences."""
    found = comparative_statics(INSIDE, SOUTH, MechanismSettings("full-pigou"))
    effects = found[SOUTH]
    ends = [
        solve_planner(INSIDE.replace(value=[1000.0, 800.0 + step, 1200.0])).profile
        for step in (0.5, -0.5)
    ]
    for n, who in enumerate(INSIDE.players):
        wanted = ends[0][n] - ends[1][n]
        assert effects["contribution", who].right == pytest.approx(wanted, rel=2e-3, abs=1e-6)
    assert effects["efficiency"].direction == "no effect"
    assert effects["attainable_share"].direction == "no effect"
    assert effects.prices == "held fixed"


def test_a_rule_for_a_target_is_held_or_made_anew() -> None:
    rule = MechanismSettings("groves-ledyard")
    held = comparative_statics(INSIDE, SOUTH, rule)[SOUTH]
    anew = comparative_statics(INSIDE, SOUTH, rule, prices="anew")[SOUTH]
    assert (held.prices, anew.prices) == ("held fixed", "made anew")
    best = comparative_statics(INSIDE, SOUTH, MechanismSettings("full-pigou"))[SOUTH]
    for who in INSIDE.players:  # made anew, the optimum stays the equilibrium
        wanted = best["contribution", who].right
        assert anew["contribution", who].right == pytest.approx(wanted, rel=5e-3)
    assert held["contribution", "North"].right != pytest.approx(
        anew["contribution", "North"].right, rel=0.1
    )
    made = groves_ledyard(INSIDE, target=solve_planner(INSIDE).profile)
    again = comparative_statics(INSIDE, SOUTH, made)[SOUTH]
    close(again, held, 1e-6)
    with pytest.raises(InvalidInputError, match="only for a rule given as settings"):
        comparative_statics(INSIDE, SOUTH, made, prices="anew")


def test_settings_and_rates_are_parameters() -> None:
    def contest(game: Any, x: Array, prize: float = 0.0) -> Array:
        share = (x + 1.0) / (x + 1.0).sum(axis=-1, keepdims=True)
        return prize * (share - 1.0 / x.shape[-1])

    settings = MechanismSettings.of(contest, settings={"prize": 40.0})
    found = comparative_statics(TWO, PRIZE, settings)[PRIZE]
    assert (found.value, found.method, found.prices) == (40.0, CHECKED, "made anew")
    ends = [_contest(40.0 + step) for step in (0.01, -0.01)]
    for n, who in enumerate(TWO.players):
        wanted = (ends[0][n] - ends[1][n]) / 0.02
        assert found["contribution", who].right == pytest.approx(wanted, rel=1e-3)
    ledyard = groves_ledyard(INSIDE, target=solve_planner(INSIDE).profile)
    rated = comparative_statics(INSIDE, "mechanism.rate", ledyard)["mechanism.rate"]
    assert rated.value == ledyard.rate
    assert all(effect.direction != UNKNOWN for effect in rated.effects)
    with pytest.raises(InvalidInputError, match=r"no number 'size' in .mechanism"):
        comparative_statics(TWO, "mechanism.settings.size", settings)
    with pytest.raises(InvalidInputError, match=r"by 'mechanism.settings.size'"):
        comparative_statics(INSIDE, "mechanism.settings.size", MechanismSettings("walker"))


def _contest(prize: float) -> Array:
    """Solve the contest by hand: nested bisection of the two first-order conditions."""

    def slope(n: int, own: float, other: float) -> float:
        omega = 2000.0 + own + other
        shared = TWO.value[n] * float(TWO.gain.slope(omega)) - TWO.quadratic_cost[n] * own
        return shared + prize * (other + 1.0) / (own + other + 2.0) ** 2

    def answer(n: int, other: float) -> float:
        return float(brentq(lambda own: slope(n, own, other), 0.0, 5000.0, xtol=1e-10))

    first = brentq(lambda x: answer(0, answer(1, x)) - x, 0.0, 5000.0, xtol=1e-10)
    return np.array([first, answer(1, first)])


def test_a_setting_of_a_separable_rule_is_exact_but_for_its_numbers() -> None:
    def priced(game: CoopetitionRound, rate: float) -> Any:
        return redistribution(game, rate=rate, intensity=0.5)

    settings = MechanismSettings.of(priced, settings={"rate": 0.003})
    found = comparative_statics(INSIDE, RATE, settings, span=1e-3)[RATE]
    assert (found.method, found.prices) == (EXACT, "made anew, by differences")
    known = comparative_statics(
        INSIDE, "mechanism.rate", redistribution(INSIDE, rate=0.003, intensity=0.5), span=1e-3
    )["mechanism.rate"]
    close(found, known, 1e-6)


def test_a_setting_that_is_0_today_is_moved_by_little() -> None:
    """Its cube, a thousand times, is nothing near 0."""

    def priced(game: CoopetitionRound, more: float) -> Any:
        return redistribution(game, rate=0.003 * (1 + more + 1e3 * more**3), intensity=0.5)

    settings = MechanismSettings.of(priced, settings={"more": 0.0})
    found = comparative_statics(INSIDE, MORE, settings, span=1e-3)[MORE]
    known = comparative_statics(
        INSIDE, "mechanism.rate", redistribution(INSIDE, rate=0.003, intensity=0.5), span=1e-3
    )["mechanism.rate"]
    assert abs(known["contribution", "North"].right) > 1
    for who in INSIDE.players:
        for outcome in ("contribution", "transfer"):
            wanted = 0.003 * known[outcome, who].right
            assert found[outcome, who].right == pytest.approx(wanted, rel=1e-4)


def test_a_kink_has_two_sides_and_a_bound_holds() -> None:
    """Pay B per sample exactly what keeps it at its bound: it stays there, or it leaves."""
    free = solve_aggregate(TWO).profile
    edge = TWO.replace(max_contribution=[5000.0, float(free[1])])
    found = comparative_statics(edge, "organization.B.max_contribution", lambda game, x: 0.0 * x)
    own = found["organization.B.max_contribution"]["contribution", "B"]
    assert own.left == pytest.approx(1.0, abs=1e-3)
    assert own.right == pytest.approx(0.0, abs=1e-3)
    assert own.direction.startswith("kink: rises to the left")


def test_two_steps_that_disagree_are_said() -> None:
    """A payment that wiggles within a step has no derivative that a step could see."""

    def rough(game: Any, x: Array) -> Array:
        wave = 40.0 * np.sin(game.value.sum() / 0.7)
        return np.stack([np.full(x.shape[:-1], wave), np.full(x.shape[:-1], -wave)], axis=-1)

    found = comparative_statics(TWO, "organization.A.value", rough)["organization.A.value"]
    assert found["transfer", "A"].direction == UNKNOWN
    assert np.isnan(found["transfer", "A"].right)
    assert found["contribution", "A"].direction == "rises"  # lump sums move nobody
    lines = "\n".join(found.lines())
    assert "by differences, checked by two steps" in lines
    assert "–" in lines


def test_what_differences_refuse() -> None:
    many = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 51, max_contribution=10.0, value=1000.0
    )
    with pytest.raises(UnsupportedGameError, match="up to 50 organizations, got 51"):
        comparative_statics(many, "organization.*.value", full_pigou(many))
    fifty = many.among(list(range(50)))
    assert base_solved((fifty, none(fifty))).outcomes.contribution.tolist() == [10.0] * 50
    flat = TWO.replace(value=0.0, quadratic_cost=0.0)
    with pytest.raises(CoopetitionError, match=r"not isolated|no equilibrium|differences"):
        comparative_statics(flat, VALUES, lambda game, x: -((x - 100.0) ** 2) * 0.0)
    with pytest.raises(InvalidInputError, match="by 'nosuch'"):
        comparative_statics(TWO, "nosuch", full_pigou(TWO))


@pytest.mark.parametrize("data", [1.0, 2.0**-20])
def test_what_a_payoff_gains_by_ones_own_contribution(data: float) -> None:
    """Payments a x²: differences with equal steps on both sides are exact, however near a bound."""
    top = data * np.array([1000.0, 1000.0, 1000.0, 1000.0, 1000.0, 0.0])
    x = data * np.array([0.0, 0.05, 400.0, 999.95, 1000.0, 0.0])
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0 * data**0.5, 0.5), local_data=100.0 * data, max_contribution=top,
        value=900.0, unit_cost=0.5 / data, quadratic_cost=3e-5 / data**2,
        organizations=list("ABCDEF"),
    )  # fmt: skip
    a = np.array([1.0, -2.0, 3.0, 4.0, -5.0, 6.0]) / data**2
    found = data * _force(game, lambda game, x: a * x**2, np.stack([x, x]))
    omega = game.local_data.sum() + x.sum()
    plain = 900.0 * data * float(game.gain.slope(omega)) - 0.5 - 3e-5 * x / data
    wanted = plain + 2 * a * x * data
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0][1:4] == pytest.approx(wanted[1:4], rel=1e-6)
    assert found[0][0] == pytest.approx(plain[0] + 0.1, rel=1e-6)  # a step upwards of 1/10
    assert found[0][4] == pytest.approx(wanted[4] + 5 * 0.1, rel=1e-6)  # downwards
    assert found[0][5] == pytest.approx(plain[5], rel=1e-9)


@pytest.mark.parametrize(
    ("pushes", "costs", "scale"),
    [
        ([2.0, 4.0, 8.0], [1.0, 1.0, 0.5], 0.5 / 8.0),  # who is moved most for its terms
        ([2.0, 4.0, 8.0], [0.25, 1.0, 0.0], 0.25 / 2.0),  # who has no terms says nothing
        ([2e-7, 4e-7, 0.0], [1e-3, 1e-3, 1e-3], 1e-3 / 4e-7),  # in whatever unit
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], 1.0),  # nobody is moved
        ([2e3, 4e3, 8e-4], [1.0, 1.0, 1e-12], 1.0 / 4e3),  # a ten-millionth of it is rounding
        ([1.0, 5e-5, 0.0], [1.0, 1e-5, 1.0], 0.2),  # a ten-thousandth is not
        ([4e-3, 2e-3, 0.0], [1.0, 1.0, 1.0], 1.0 / 4e-3),
        ([-2.0, 1.0, 0.0], [1.0, 1.0, 1.0], 0.5),
    ],
)
def test_the_scale_of_what_is_0_today(
    pushes: list[float], costs: list[float], scale: float
) -> None:
    """A payment of so much a sample, times the parameter; nothing but costs is at stake."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.5), local_data=[10.0] * 3, max_contribution=100.0, value=0.0,
        unit_cost=costs,
    )  # fmt: skip

    def at(value: float) -> Any:
        return game, lambda game, x: value * np.array(pushes) * x

    assert _scale_at_zero(at, np.full(3, 50.0)) == pytest.approx(scale, rel=1e-3)


def test_the_verb_marks_differences(tmp_path: Path) -> None:
    path = written(tmp_path, EVEN)
    words = ["--wrt", DAMAGE, "--rule", "proportional"]
    found = coopetition("statics", path, *words, "--json")
    assert found.code == 0, found.err
    (one,) = found.document["statics"]
    assert one["method"] == "differences, checked by two steps"
    assert found.document["margin"] is None
    json.dumps(one, allow_nan=False)
    assert "effect per unit, by differences, checked by two steps" in coopetition(
        "statics", path, *words
    ).out  # fmt: skip


# The next change of the active set is the first, whatever comes behind it


def dented(harm: float) -> CoopetitionRound:
    """Return a round in which C's marginal payoff falls and rises again with more damage.

    C loses by damage; A and B, who lose more by it, bring less, and data become dear.
    """
    return CoopetitionRound(
        gain=PowerGain(1.0, 5.0, 0.6), organizations=["A", "B", "C"],
        local_data=[50.0, 60.0, 70.0], max_contribution=40_000.0, value=[900.0, 800.0, 400.0],
        quadratic_cost=[3e-5, 3.9e-5, 1e-5],
        damage=MatrixCompetition(np.array([[0, 0.6, 0], [0.5, 0, 0], [harm, harm, 0]])),
    )  # fmt: skip


def reading(game: CoopetitionRound, kind: str, factor: float) -> float:
    """Return C's contribution, or its marginal payoff at nothing, under so much damage."""
    there = game.replace(damage=game.damage.scaled(factor))
    if kind == "leaves":
        return float(solve_aggregate(there).profile[2])
    without = there.replace(max_contribution=[40_000.0, 40_000.0, 0.0])
    return float(without.marginal_payoffs(solve_aggregate(without).profile)[2])


@pytest.mark.parametrize(
    ("kind", "harm"), [("stops", 0.11), ("stops", 0.1115), ("leaves", 0.095), ("leaves", 0.0965)]
)
def test_the_first_of_two_close_events_is_found(kind: str, harm: float) -> None:
    """C stops and starts again, or leaves its bound and reaches it, within one of 16 steps."""
    game, end = dented(harm), 1.7

    factors = np.linspace(1.0, end, 141)
    seen = np.array([reading(game, kind, f) for f in factors])
    low = int(seen.argmin())
    assert 10 < low < 130
    level = seen[low] * (1 + 1e-4)
    if kind == "stops":
        game, word = game.replace(unit_cost=[0.0, 0.0, level]), "stops contributing"
    else:
        top = [40_000.0, 40_000.0, level]
        game, word = game.replace(max_contribution=top), "leaves its bound"
    free = dented(harm)
    first, second = (
        float(brentq(lambda f: reading(free, kind, f) - level, a, b, xtol=1e-13))
        for a, b in ((1.0, float(factors[low])), (float(factors[low]), end))
    )
    assert second - first < (end - 1.0) / 16  # steps of a sixteenth alone could miss both
    event = comparative_statics(game, DAMAGE, span=end - 1.0)[DAMAGE].above
    assert event.value == pytest.approx(first, rel=1e-7)
    assert event.changes == (("C", word),)
    down = game.replace(damage=game.damage.scaled(end))
    back = comparative_statics(down, DAMAGE, span=1.0 - 1.0 / end)[DAMAGE].below
    assert back.value is not None
    assert back.value * end == pytest.approx(second, rel=1e-7)
    assert back.changes == (("C", word),)


@pytest.mark.parametrize("data", [1000.0, 400.0])
@pytest.mark.parametrize("kind", ["starts", "reaches"])
def test_who_starts_and_soon_stops_is_seen(kind: str, data: float) -> None:
    """One alone: e Ω^(−e−1), its slope of the gain, rises with the exponent e and falls again."""
    start, end = 0.05, 0.4
    free = CoopetitionRound(
        gain=PowerGain(1.0, 5.0, start), local_data=[data], max_contribution=4000.0, value=900.0,
        quadratic_cost=1e-4,
    )  # fmt: skip

    def found(exponent: float) -> float:
        there = free.replace(gain=PowerGain(1.0, 5.0, exponent))
        if kind == "reaches":
            return float(solve_aggregate(there).profile[0])
        return float(there.marginal_payoffs(np.zeros(1))[0])

    exponents = np.linspace(start, end, 351)
    top = int(np.argmax([found(e) for e in exponents]))
    level = found(exponents[top]) * (1 - 1e-4)
    first, second = (
        float(brentq(lambda e: found(e) - level, a, b, xtol=1e-14))
        for a, b in ((start, float(exponents[top])), (float(exponents[top]), end))
    )
    assert second - first < (end - start) / 16
    if kind == "starts":
        game, word = free.replace(unit_cost=level), "starts to contribute"
    else:
        game, word = free.replace(max_contribution=level), "reaches its bound"
    name, span = "gain.exponent", (end - start) / start
    event = comparative_statics(game, name, span=span)[name].above
    assert event.value == pytest.approx(first, rel=1e-7)
    assert event.changes == (("organization 1", word),)
    down = game.replace(gain=PowerGain(1.0, 5.0, end))
    back = comparative_statics(down, name, span=1.0 - start / end)[name].below
    assert back.value == pytest.approx(second, rel=1e-7)
    assert back.changes == (("organization 1", word),)


# JSON and text


def test_the_table_has_a_line_for_every_outcome_and_organization() -> None:
    found = comparative_statics(INSIDE, SOUTH, redistribution(INSIDE, rate=0.1))
    lines = "\n".join(found[SOUTH].lines()).splitlines()
    effects = found[SOUTH]
    for outcome in (
        "total contribution",
        "effective data",
        "welfare",
        "efficiency",
        "attainable share",
    ):
        (line,) = [one for one in lines if one.startswith(f"{outcome} ")]
        one = effects[outcome.replace(" ", "_")]
        words = line.replace(",", "").split()
        assert float(words[len(outcome.split())]) == pytest.approx(one.today, rel=1e-5, abs=0.005)
        assert float(words[len(outcome.split()) + 1]) == pytest.approx(one.right, rel=1e-5)
        assert line.endswith(one.direction)
    heads = ["contribution", "gain", "payoff", "transfer", "net_payoff"]
    for who in INSIDE.players:
        (line,) = [one for one in lines if one.startswith(f"{who} ")]
        numbers = [float(word) for word in line.split()[1:]]
        wanted = [effects[head, who].right for head in heads]
        assert numbers == pytest.approx(wanted, rel=1e-5)
    assert not any(" more" in line for line in lines)
    assert lines[-2].startswith("Below: ")
    assert lines[-1].startswith("Above: ")


def test_identities_are_written_case_by_case() -> None:
    case = IdentityCase(
        kind="merge", organizations=("North", "South"), share=0.25, before=10.0, after=12.5,
        free_before=9.0, free_after=8.5,
    )  # fmt: skip
    split = IdentityCase(
        kind="split", organizations=("West",), share=0.5, before=1.0, after=0.5,
        free_before=1.0, free_after=1.25,
    )  # fmt: skip
    found = Identities(cases=(case, split), unsolved=("split of North: no equilibrium",))
    assert found.to_dict() == {
        "cases": [
            {
                "kind": "merge", "organizations": ["North", "South"], "share": 0.25,
                "before": 10.0, "after": 12.5, "change": 2.5, "without_rule": -0.5,
            },
            {
                "kind": "split", "organizations": ["West"], "share": 0.5,
                "before": 1.0, "after": 0.5, "change": -0.5, "without_rule": 0.25,
            },
        ],
        "unsolved": ["split of North: no equilibrium"],
    }  # fmt: skip
    assert str(case) == "North and South merged: +2.5; without a rule -0.5"
    assert str(split) == "West as two (0.5 of it): -0.5; without a rule +0.25"
    assert found.worst("merge") is case
