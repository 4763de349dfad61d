"""Comparative statics: published directions, differences, changes of the active set, the verb."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from coopetition.games.coopetition.competition import MatrixCompetition
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.mechanisms import Mechanism, none, redistribute, redistribution
from coopetition.solvers import solve_aggregate, solve_planner
from coopetition.solvers.sensitivity import sensitivity
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.solve import run_study
from coopetition.studies.statics import comparative_statics
from coopetition.studies.statics.events import status
from coopetition.studies.statics.parameters import parameter
from tests.instances import SYMMETRIC
from tests.solvers.test_sensitivity import strict_round
from tests.studies.command import NO_PURE, THREE, TWO, coopetition, written

DAMAGE = "competition.damage"
RIVALRY = "competition.rivalry"
EVERY = "organization.*.value"
NORTH = "organization.North.value"
COST = "organization.South.unit_cost"
ROOM = "organization.West.max_contribution"
LOSS = "competition.damage.North.South"
FIXED = "organization.*.fixed_cost"
SKEW = "organization.*.skew"
SKEWED = SYMMETRIC.replace(damage=0.0, personal_weight=0.05, skew=1.0)
MIXED = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    local_data=[1500.0, 900.0, 500.0],
    max_contribution=[4000.0, 4000.0, 300.0],
    value=[1000.0, 800.0, 1200.0],
    unit_cost=[0.001, 0.001, 0.002],
    quadratic_cost=2e-5,
    damage=[[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]],
    organizations=["North", "South", "West"],
)


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
    # rule made anew, κ = p_m q_n P′(Ω), m the rival, is the threshold.
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
        EVERY,
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


def test_who_stops_and_starts_where() -> None:
    found = comparative_statics(MIXED, [COST, ROOM], span=20.0)
    costs = found[COST]
    out = solve_aggregate(MIXED.replace(max_contribution=[4000.0, 0.0, 300.0])).profile
    slope = float(MIXED.gain.slope(MIXED.form.aggregate(out)))
    assert costs.above.value == pytest.approx(MIXED.form.pull[1] * slope, rel=1e-9)
    assert costs.above.changes == (("South", "stops contributing"),)
    assert costs.below.value is None
    assert (costs.below.searched, costs.below.note) == (0.0, "")
    exact = comparative_statics(MIXED, "organization.*.quality", span=0.9)["organization.*.quality"]
    assert 1.0 - 1e-8 <= exact.above.searched <= 1.0
    assert exact.above.note.startswith("`quality` of North must be in (0, 1]")
    room = found[ROOM]
    free = solve_aggregate(MIXED.replace(max_contribution=4000.0)).profile
    assert room.above.value == pytest.approx(free[2], rel=1e-9)
    assert room.above.changes == (("West", "leaves its bound"),)
    assert str(room.above).startswith(f"at {free[2]:.5f}"[:9])
    later = comparative_statics(MIXED.replace(unit_cost=[0.001, 1.0, 0.002]), COST, span=1.0)
    below = later[COST].below
    assert below.value == pytest.approx(costs.above.value, rel=1e-9)
    assert below.changes == (("South", "starts to contribute"),)
    nobody = comparative_statics(MIXED, COST, span=0.1)[COST]
    assert nobody.above.value is None
    assert nobody.above.searched == pytest.approx(0.0011)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([
        EVERY, "organization.*.unit_cost", DAMAGE,
        "organization.*.max_contribution", RIVALRY, "organization.*.local_data",
    ]),
)  # fmt: skip
@example(1984, EVERY)  # twice a bound missed by the last digit, near a kink
@example(1986, EVERY)
def test_no_change_of_the_active_set_is_missed(seed: int, name: str) -> None:
    game = strict_round(seed)
    found = comparative_statics(game, name, span=0.6)[name]
    one = parameter(name, game, None)
    for event in (found.below, found.above):
        end = event.searched if event.value is None else event.value
        inside = np.linspace(one.value, end, 30)[1:-1]
        held = {tuple(status(sensitivity(*one.at(value)))) for value in inside}
        assert len(held) <= 1
        if event.value is None or one.value == 0:
            continue
        kink = sensitivity(*one.at(event.value))
        assert not kink.smooth
        left, right = kink.sides(one.change(kink.piece.profile))
        step = 1e-6 * abs(event.value)
        for side, value in ((left, event.value - step), (right, event.value + step)):
            near = sensitivity(*one.at(value))
            assume(near.smooth)
            wanted = near.along(one.change(near.piece.profile)).contribution
            size = np.abs(wanted).max() + 1e-3 * game.max_contribution.max() / one.value
            assert np.abs(side.contribution - wanted).max() <= 1e-3 * size


def test_names_with_dots_and_one_alone() -> None:
    game = MIXED.replace(organizations=["a.b", "a", "b"])
    assert parameter("competition.damage.a.b.a", game, None).value == 0.08
    assert parameter("competition.damage.a.b", game, None).value == 0.1
    assert parameter("organization.a.b.value", game, None).value == 1000.0
    alone = comparative_statics(MIXED.among([0]), [EVERY, "competition.damage.level"], span=0.1)
    assert alone[EVERY]["welfare"].direction == "rises"
    assert alone["competition.damage.level"]["welfare"].direction == "no effect"


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
    assert found[FIXED]["welfare"].direction == "falls"
    assert found["organization.West.value"]["contribution", "North"].direction == (
        "kink: falls to the left, falls to the right"  # West's value is what North's rival gains
    )
    text = str(found)
    assert "Only one-sided derivatives exist." in text
    assert "1 | 0" in text


def test_what_is_refused() -> None:
    for said, meant in (
        ("damage", DAMAGE),
        ("damage:North:South", LOSS),
        ("value", EVERY),
        ("value:North", NORTH),
        ("organization.Nort.value", NORTH),
        ("personal_weight", "personal_gain.weight"),
        ("gain.exponnt", "gain.exponent"),
    ):
        with pytest.raises(InvalidInputError, match=f"did you mean {re.escape(meant)}"):
            comparative_statics(MIXED, said)
    for name in (
        "size", "organization.East.value", "competition.damage.North", "gain.offsets", "",
        "competition.damage.North.North", "mechanism.rate", "organization.*.name",
        "competition.damage.level.North", "organization.value",
    ):  # fmt: skip
        with pytest.raises(InvalidInputError):
            comparative_statics(MIXED, name)
    with pytest.raises(InvalidInputError, match="at least one"):
        comparative_statics(MIXED, [])
    with pytest.raises(InvalidInputError, match="`span`"):
        comparative_statics(MIXED, EVERY, span=0.0)
    rule = redistribution(MIXED, rate=0.1)
    with pytest.raises(InvalidInputError, match="only for a rule given as settings"):
        comparative_statics(MIXED, EVERY, rule, prices="anew")
    with pytest.raises(InvalidInputError, match="fixed or anew"):
        comparative_statics(MIXED, EVERY, rule, prices="new")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedGameError, match="ties"):
        comparative_statics(SYMMETRIC.replace(quadratic_cost=0.0), EVERY)


def test_no_rule_shows_no_transfers() -> None:
    found = comparative_statics(MIXED, EVERY, none(MIXED), span=0.01)
    assert {one.outcome for one in found[EVERY].effects} == {
        "total_contribution", "effective_data", "welfare", "efficiency",
        "contribution", "gain", "payoff",
    }  # fmt: skip
    ratio = found[EVERY]["efficiency"].today
    assert ratio == pytest.approx(found[EVERY]["welfare"].today / solve_planner(MIXED).welfare)
    with pytest.raises(KeyError):
        found[DAMAGE]
    with pytest.raises(KeyError):
        found[EVERY]["transfer", "North"]


def test_the_verb(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    out, table = tmp_path / "statics.json", tmp_path / "statics.csv"
    answer = coopetition(
        "statics", scenario, "--wrt", DAMAGE, "--wrt", "mechanism.rate", "--wrt", NORTH, "--out",
        out, "--out", table, "--json",
    )  # fmt: skip
    assert answer.code == 0
    document = answer.document
    assert document == json.loads(out.read_text(encoding="utf-8"))
    assert [one["parameter"] for one in document["statics"]] == [
        DAMAGE, "mechanism.rate", NORTH,
    ]  # fmt: skip
    assert document["margin"] > 0
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * (4 + 5 * 3)
    first = document["statics"][0]["effects"][0]
    assert float(rows[0]["effect"]) == first["right"]
    shown = coopetition("statics", scenario, "--wrt", DAMAGE, "--prices", "anew")
    assert shown.code == 0
    assert "competition.damage (a common factor; prices made anew, by differences)" in shown.out
    assert "North" in shown.out


def test_the_verb_refuses(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    for arguments, said in (
        (("--wrt", "size"), "cannot differentiate by 'size'"),
        (("--wrt", EVERY, "--out", tmp_path / "a.png"), "no pictures"),
        (("--wrt", EVERY, "--span", "-1"), "`span`"),
    ):
        answer = coopetition("statics", scenario, *arguments)
        assert answer.code == 2
        assert said in answer.err
    ties = written(tmp_path, TWO.replace("unit_cost = 0.001", "unit_cost = 0.005"))
    assert "ties" in coopetition("statics", ties, "--wrt", EVERY).err
    assert "negative" in coopetition("statics", written(tmp_path, NO_PURE), "--wrt", EVERY).err


def test_where_nothing_is_at_stake_there_are_still_slopes() -> None:
    game = MIXED.replace(value=0.0, unit_cost=0.0)
    for name in ("value", "unit_cost"):
        path = f"organization.*.{name}"
        found = comparative_statics(game, path)[path]["welfare"]
        near = game.replace(**{name: 1e-7})
        welfare = near.welfare(solve_aggregate(near).profile)
        assert found.today == 0
        assert found.right == pytest.approx(welfare / 1e-7, rel=1e-3, abs=1e-9)
