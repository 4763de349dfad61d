"""Comparative statics: published directions, differences, kinks."""

import numpy as np
import pytest

from coopetition.games.coopetition.competition import MatrixCompetition
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import Mechanism, redistribute, redistribution
from coopetition.solvers import solve_aggregate, solve_planner
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.solve.study import run_study
from coopetition.studies.statics import comparative_statics
from coopetition.studies.statics.result import effect_of
from tests.instances import SYMMETRIC
from tests.studies.statics.rounds import DAMAGE, EVERY, LOSS, MIXED, NORTH, RIVALRY, ROOM, VALUES

FIXED = "organization.*.fixed_cost"
SKEW = "organization.*.skew"
SKEWED = SYMMETRIC.replace(damage=0.0, personal_weight=0.05, skew=1.0)


@pytest.mark.parametrize(
    ("level", "alone", "paid", "rivals"),
    [
        (0.0, 2403, 2403, 2403),
        (0.02, 2385, 2838, 2502),
        (0.05, 2357, 3645, 2641),
        (0.10, 2311, 5392, 2852),
        (0.15, 2264, 7499, 3042),
    ],
)
def test_more_competition(level: float, alone: int, paid: int, rivals: int) -> None:
    # Damage without a transfer lowers contributions; with κ = .02 for it, and by rivalry, they
    # rise. The numbers are those of the symmetric round of docs/model.md.
    chosen = MechanismSettings(rule="redistribution", rate=0.02)
    damaged = SKEWED.replace(damage=level)
    total = comparative_statics(damaged, DAMAGE)[DAMAGE]["total_contribution"]
    assert (round(total.today / 6), total.direction) == (alone, "falls")
    block = comparative_statics(damaged, DAMAGE, chosen, prices="anew")[DAMAGE]
    total = block["total_contribution"]
    assert (round(total.today / 6), total.direction) == (paid, "rises")
    assert block.prices == "made anew, by differences"
    block = comparative_statics(damaged, DAMAGE, chosen)[DAMAGE]
    assert block["total_contribution"].direction == "falls"
    assert block.prices == "held fixed"
    competing = SKEWED.replace(rivalry=1000.0 * level)
    total = comparative_statics(competing, RIVALRY)[RIVALRY]["total_contribution"]
    assert (round(total.today / 6), total.direction) == (rivals, "rises")


@pytest.mark.parametrize(("skew", "wanted"), [(0.0, 552), (0.5, 1968), (1.0, 2641), (1.6, 3215)])
def test_more_skew_with_rivalry(skew: float, wanted: int) -> None:
    game = SKEWED.replace(rivalry=50.0, skew=skew)
    found = comparative_statics(game, SKEW)[SKEW]["total_contribution"]
    assert round(found.today / 6) == wanted
    assert found.direction == "rises"


def test_the_rate_at_which_damage_changes_its_sign() -> None:
    # At given Ω, what North loses to South moves North's incentive by κ − p_m q_n P′(Ω): with the
    # rule rebuilt, κ = p_m q_n P′(Ω), m the rival, is the threshold.
    def effect(factor: float) -> float:
        rate = factor * threshold
        chosen = MechanismSettings(rule="redistribution", rate=rate)
        found = comparative_statics(MIXED, LOSS, chosen, prices="anew", span=0.01)
        return found[LOSS]["contribution", "North"].right

    threshold = 0.0
    for _ in range(60):  # Ω depends on the rate
        game = redistribute(MIXED, redistribution(MIXED, rate=threshold))
        omega = MIXED.form.aggregate(solve_aggregate(game).profile)
        threshold = 800.0 * float(MIXED.gain.slope(omega))
    unit = abs(effect(0.9))
    assert effect(0.9) < 0 < effect(1.1)
    assert abs(effect(1.0)) < 1e-6 * unit


def moved(name: str, by: float) -> CoopetitionRound:
    """Return the round with another value of a parameter, made by other code."""
    who, _, head = name.removeprefix("organization.").rpartition(".")
    now = MIXED.damage.weigh(np.eye(3)).T
    if name == "gain.exponent":
        return MIXED.replace(gain=PowerGain(1.0, 2.0, 0.35 + by))
    if name == "competition.damage.South.West":
        now[1, 2] += by
        return MIXED.replace(damage=now)
    if name == "competition.damage.level":
        return MIXED.replace(damage=MatrixCompetition(now + by * (1.0 - np.eye(3))))
    column = getattr(MIXED, head)
    one = np.array([who == player for player in MIXED.players])
    return MIXED.replace(**{head: column + by * (column if who == "*" else one)})


@pytest.mark.parametrize(
    "name",
    [
        VALUES,
        "organization.South.value",
        "gain.exponent",
        "competition.damage.South.West",
        "competition.damage.level",
        ROOM,
        "organization.*.local_data",
    ],
)
def test_effects_agree_with_differences(name: str) -> None:
    found = comparative_statics(MIXED, name, span=0.01)[name]
    step = 1e-4 * (1.0 if found.unit == "factor" else max(found.value, 0.01))
    studies = [run_study(moved(name, sign * step)) for sign in (1.0, -1.0)]
    ends = [
        {
            "total_contribution": study.contribution.sum(),
            "welfare": study.welfare,
            "efficiency": study.welfare / study.planner.welfare,
            "attainable_share": study.attainable_share,
            **{("payoff", who): study.payoff[n] for n, who in enumerate(MIXED.players)},
        }
        for study in studies
    ]
    for key in ends[0]:
        wanted = (ends[0][key] - ends[1][key]) / (2.0 * step)
        assert found[key].right == pytest.approx(wanted, rel=1e-5, abs=1e-7), key
        if found[key].elasticity is not None:
            ratio = wanted * found.value / found[key].today
            assert found[key].elasticity == pytest.approx(ratio, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("rule", ["bilateral-prices", "linear-pigou", "symmetric-redistribution"])
def test_prices_made_anew(rule: str) -> None:
    chosen = MechanismSettings(rule=rule)
    found = comparative_statics(MIXED, NORTH, chosen, prices="anew", span=0.01)
    here = found[NORTH]
    assert here["efficiency"].direction == "no effect"
    step = 0.5
    ends = [
        run_study(MIXED.replace(value=[1000.0 + sign * step, 800.0, 1200.0]), chosen)
        for sign in (1.0, -1.0)
    ]
    for n, who in enumerate(MIXED.players):
        for outcome in ("contribution", "transfer"):
            wanted = (getattr(ends[0], outcome)[n] - getattr(ends[1], outcome)[n]) / (2 * step)
            assert here[outcome, who].right == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    fixed = comparative_statics(MIXED, NORTH, chosen, span=0.01)[NORTH]
    assert fixed["efficiency"].today == pytest.approx(1.0, abs=1e-9)
    assert fixed["contribution", "North"].right != pytest.approx(
        here["contribution", "North"].right, rel=1e-2
    )


def test_the_rate_of_a_rule() -> None:
    rule = redistribution(MIXED, rate=0.01)
    fees = Mechanism(rule, np.array([5.0, -5.0, 0.0]))
    found = comparative_statics(MIXED, "mechanism.rate", fees, span=0.01)["mechanism.rate"]
    ends = [
        run_study(MIXED, MechanismSettings(rule="redistribution", rate=0.01 + sign * 1e-6))
        for sign in (1.0, -1.0)
    ]
    for n, who in enumerate(MIXED.players):
        wanted = (ends[0].transfer[n] - ends[1].transfer[n]) / 2e-6
        assert found["transfer", who].right == pytest.approx(wanted, rel=1e-6)
    net = [found["net_payoff", who].right for who in MIXED.players]
    assert sum(net) == pytest.approx(found["welfare"].right, rel=1e-9)


def test_what_is_next_to_nothing_has_an_elasticity_and_what_is_nothing_has_none() -> None:
    game = EVERY.replace(max_contribution=[4000.0, 4000.0, 4000.0, 1e-8, 0.0])
    found = comparative_statics(game, "organization.D.max_contribution", span=1e-3)[
        "organization.D.max_contribution"
    ]
    assert found["contribution", "D"].elasticity == pytest.approx(1.0)
    assert found["contribution", "C"].elasticity is None
    for today, known in ((0.0, None), (4.0, 0.75)):
        effect = effect_of("welfare", None, today, (1.5, 1.5), 2.0, (0.0, 0.0))
        assert (effect.direction, effect.elasticity) == ("rises", known)
    none_ = effect_of("welfare", None, -4.0, (0.0, 0.0), 2.0, (0.0, 0.0))
    assert str(none_.elasticity) == "0.0"  # and not -0.0
    less = EVERY.replace(max_contribution=[4000.0, 4000.0, 4000.0, 1e-10, 0.0])
    found = comparative_statics(less, "organization.D.max_contribution", span=1e-3)[
        "organization.D.max_contribution"
    ]
    assert found["contribution", "D"].today == 1e-10  # beside thousands of others
    assert found["contribution", "D"].elasticity is None


def test_of_a_loss_there_is_no_efficiency() -> None:
    lost = MIXED.replace(fixed_cost=1e5)
    assert solve_planner(lost).success
    found = comparative_statics(lost, "organization.*.value", span=1e-3)["organization.*.value"]
    assert "efficiency" not in {effect.outcome for effect in found.effects}
    same = comparative_statics(MIXED, VALUES, span=1e-3)[VALUES]["attainable_share"]
    share = found["attainable_share"]  # which no fixed cost moves
    assert (share.today, share.right) == pytest.approx((same.today, same.right), rel=1e-6)
    assert found["welfare"].today < 0


def test_a_kink_is_said() -> None:
    top = float(solve_aggregate(MIXED.replace(max_contribution=4000.0)).profile[2])
    game = MIXED.replace(max_contribution=[4000.0, 4000.0, top])
    found = comparative_statics(
        game,
        [
            ROOM,
            FIXED,
            "organization.West.value",
        ],
    )
    assert found.closest == "West"
    assert found.kink.startswith("West is at its bound")
    room = found[ROOM]
    own = room["contribution", "West"]
    assert (own.left, own.right, own.elasticity) == (1.0, 0.0, None)
    assert own.direction == "kink: rises to the left, no effect to the right"
    assert room["welfare"].direction == "kink: rises to the left, no effect to the right"
    for event, end in ((room.below, 0.5 * top), (room.above, 1.5 * top)):  # beyond the kink: none
        assert event.value is None
        assert event.searched == pytest.approx(end)
    assert found["organization.*.fixed_cost"]["welfare"].direction == "falls"
    assert found["organization.West.value"]["contribution", "North"].direction == (
        "kink: falls to the left, falls to the right"  # West's value is what North's rival gains
    )
    text = str(found)
    assert "Only one-sided derivatives exist." in text
    assert "1 | 0" in text


def test_where_nothing_is_at_stake_there_are_still_slopes() -> None:
    game = MIXED.replace(value=0.0, unit_cost=0.0)
    for name in ("value", "unit_cost"):
        path = f"organization.*.{name}"
        found = comparative_statics(game, path)[path]["welfare"]
        near = game.replace(**{name: 1e-7})
        welfare = near.welfare(solve_aggregate(near).profile)
        assert found.today == 0
        assert found.right == pytest.approx(welfare / 1e-7, rel=1e-3, abs=1e-9)


def test_where_nobody_can_move_no_kink_is_near() -> None:
    found = comparative_statics(SYMMETRIC.replace(max_contribution=0.0), "gain.exponent")
    assert "No kink is near: nobody can move." in str(found)
    assert "inf" not in str(found)
