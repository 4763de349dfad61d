"""How far a parameter goes until somebody stops or starts: no event is missed, in no unit."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import (
    NotConvergedError,
)
from coopetition.solvers import solve_aggregate
from coopetition.solvers.sensitivity import sensitivity
from coopetition.solvers.sensitivity.change import Change
from coopetition.solvers.sensitivity.derivatives import Sensitivity
from coopetition.studies.statics import comparative_statics
from coopetition.studies.statics.events import Solve, next_event, status
from coopetition.studies.statics.parameters import parameter
from tests.solvers.test_sensitivity import strict_round
from tests.studies.statics.rounds import COST, DAMAGE, EVERY, MIXED, RIVALRY, ROOM, VALUES, in_units


def test_who_stops_and_starts_where() -> None:
    found = comparative_statics(MIXED, [COST, ROOM], span=20.0)
    costs = found[COST]
    out = solve_aggregate(MIXED.replace(max_contribution=[4000.0, 0.0, 300.0])).profile
    slope = float(MIXED.gain.slope(MIXED.form.aggregate(out)))
    assert costs.above.value == pytest.approx(MIXED.form.pull[1] * slope, rel=1e-9)
    assert costs.above.changes == (("South", "stops contributing"),)
    assert costs.below.value is None
    assert (costs.below.searched, costs.below.note) == (0.0, "")
    near = MIXED.replace(unit_cost=[0.001, (costs.above.value or 0.0) * (1 - 1e-6), 0.002])
    soon = comparative_statics(near, "organization.South.unit_cost", span=0.1)[
        "organization.South.unit_cost"
    ].above
    assert soon.value == pytest.approx(costs.above.value, rel=1e-9)
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


@pytest.mark.parametrize("unit", [1.0, 2.0**10, 2.0**-10])
@pytest.mark.parametrize("end", [0.3, 1.7])
def test_where_nothing_can_be_solved_the_end_is_found(unit: float, end: float) -> None:
    """In whatever unit: steps are halved until no more than a billionth of the scale is open."""
    start = 0.001 * unit
    game = MIXED.replace(value=unit * MIXED.value, unit_cost=unit * MIXED.unit_cost,
                         quadratic_cost=unit * MIXED.quadratic_cost)  # fmt: skip
    one = parameter("organization.South.unit_cost", game, None)
    asked = []

    def solve(value: float) -> tuple[Sensitivity, Change]:
        asked.append(value)
        if abs(value - start) > abs(end - 1.0) * start:
            raise NotConvergedError("too far")
        there = sensitivity(*one.at(value))
        return there, one.change(there.piece.profile)

    event = next_event(solve, start, 3.0 * start if end > 1 else 0.0, start)
    assert (event.value, event.note) == (None, "too far")
    assert event.searched == pytest.approx(end * start, abs=2e-9 * start)
    assert abs(event.searched - start) <= abs(end - 1.0) * start
    assert len(asked) < 80


def following(name: str, game: CoopetitionRound, start: float) -> tuple[Solve, list[float]]:
    """Return what solves a round at a parameter's value, and the values that it was asked for."""
    one, asked = parameter(name, game, None), [start]

    def solve(value: float) -> tuple[Sensitivity, Change]:
        asked.append(value)
        there = sensitivity(*one.at(value))
        return there, one.change(there.piece.profile)

    return solve, asked


def test_the_way_to_an_event_is_the_same_in_every_unit() -> None:
    """Powers of two round nothing: the same values are asked for, but for the unit."""
    ways = []
    for unit in (1.0, 2.0**-30, 2.0**30):
        game = MIXED.replace(value=unit * MIXED.value, unit_cost=unit * MIXED.unit_cost,
                             quadratic_cost=unit * MIXED.quadratic_cost)  # fmt: skip
        start = 0.001 * unit
        solve, asked = following("organization.South.unit_cost", game, start)
        event = next_event(solve, start, 60.0 * start, start)
        assert event.changes == (("South", "stops contributing"),)
        ways.append(np.array(asked) / unit)
        here = next_event(solve, 0.0, 0.0, unit)
        assert (here.value, here.searched) == (None, 0.0)
        assert here.note == "the parameter can be no less"
    assert len(ways[0]) < 80
    for way in ways[1:]:
        assert way == pytest.approx(ways[0], rel=1e-9)


def test_the_tangent_sees_who_starts_in_every_unit_of_data() -> None:
    """South brings nothing at a cost of 1, and is asked for as soon as it would begin."""
    ways = []
    for data in (1.0, 2.0**-14, 2.0**14):
        game = in_units(MIXED.replace(unit_cost=[0.001, 1.0, 0.002]), 1.0, data)
        start = 1.0 / data
        solve, asked = following("organization.South.unit_cost", game, start)
        event = next_event(solve, start, 0.0, start)
        assert event.changes == (("South", "starts to contribute"),)
        ways.append(np.array(asked) * data)
    assert len(ways[0]) < 80
    for way in ways[1:]:
        assert way == pytest.approx(ways[0], rel=1e-9)


@pytest.mark.parametrize(("money", "data"), [(2.0**-30, 2.0**10), (2.0**30, 2.0**-14)])
def test_how_far_a_parameter_that_is_0_is_followed_is_the_same_in_every_unit(
    money: float, data: float
) -> None:
    name = "competition.damage.A.D"  # 0 today, and without a unit itself
    known = comparative_statics(EVERY, name)[name].above
    found = comparative_statics(in_units(EVERY, money, data), name)[name].above
    assert known.searched > 0
    assert found.searched == pytest.approx(known.searched, rel=1e-9)


@pytest.mark.parametrize(("start", "end"), [(0.9, 1.5), (1.5, 0.9)])
def test_what_happens_just_beyond_the_range_is_no_event(start: float, end: float) -> None:
    free = float(solve_aggregate(MIXED.replace(max_contribution=4000.0)).profile[2])
    solve, _ = following("organization.West.max_contribution", MIXED, free)
    event = next_event(solve, start * free, end * free, free)
    assert event.value == pytest.approx(free, rel=1e-9)
    for off in (1e-12, 1e-7):
        last = (event.value or 0.0) * (1 + off if start > end else 1 - off)
        near = next_event(solve, start * free, last, free)
        assert (near.value, near.changes) == (None, ())
        assert near.searched == last


@pytest.mark.parametrize(
    ("name", "money", "data"),
    [("organization.A.value", 2.0**-10, 2.0**-14), ("organization.C.unit_cost", 2.0**10, 2.0**10),
     ("organization.D.max_contribution", 2.0**-10, 2.0**-14),
     ("organization.C.value", 2.0**10, 2.0**-14)],
)  # fmt: skip
def test_units_of_money_and_data_move_no_event(name: str, money: float, data: float) -> None:
    column = name.rpartition(".")[2]
    unit = {"value": money, "unit_cost": money / data}.get(column, data)
    span = 0.5 if column.startswith("max") else 20.0
    known = comparative_statics(EVERY, name, span=span)[name]
    found = comparative_statics(in_units(EVERY, money, data), name, span=span)[name]
    for one, other in ((known.below, found.below), (known.above, found.above)):
        assert one.note in (
            "",
            "the parameter can be no less",
        )  # not E, who has no room
        assert one.changes == other.changes
        assert other.searched / unit == pytest.approx(one.searched, rel=1e-6, abs=1e-9)
        if one.value is not None:
            assert (other.value or 0.0) / unit == pytest.approx(one.value, rel=1e-9)
    for effect, same in zip(known.effects, found.effects, strict=True):
        assert same.direction == effect.direction
        if effect.elasticity is not None:
            assert same.elasticity == pytest.approx(effect.elasticity, rel=1e-6, abs=1e-9)


def test_who_can_bring_next_to_nothing_goes_all_the_way_at_once() -> None:
    """D's whole contribution changes its marginal payoff by less than the value is known to."""
    game = EVERY.replace(max_contribution=[4000.0, 4000.0, 4000.0, 1e-12, 0.0])
    up = comparative_statics(game, "organization.D.unit_cost", span=100.0)[
        "organization.D.unit_cost"
    ].above
    assert up.changes == (("D", "goes from its bound to 0"),)
    dear = game.replace(unit_cost=[0.001, 0.001, 0.02, 1.0, 0.0])
    down = comparative_statics(dear, "organization.D.unit_cost", span=1.0)[
        "organization.D.unit_cost"
    ].below
    assert down.changes == (("D", "goes from 0 to its bound"),)
    assert down.value == pytest.approx(up.value, rel=1e-9)


@pytest.mark.parametrize("unit", [1.0, 2.0**20, 2.0**-20])
def test_who_stops_together_is_named_together_and_nobody_else(unit: float) -> None:
    """A and B have one pull, up to rounding; C has a billionth more, and stops later."""
    quality = np.array([0.3, 0.7, 1.0, 0.9])
    pull = np.array([1.0, 1.0, 1.0 + 1e-9, 2.0]) * 210.0 * unit
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=500.0, max_contribution=40_000.0,
        value=pull / quality, quality=quality, unit_cost=0.001 * unit,
        quadratic_cost=np.array([2e-6, 3e-6, 2e-6, 2e-6]) * unit, organizations=list("ABCD"),
    )  # fmt: skip
    event = comparative_statics(game, "organization.*.unit_cost", span=40.0)[
        "organization.*.unit_cost"
    ].above
    assert event.changes == (("A", "stops contributing"), ("B", "stops contributing"))
    rest = game.replace(unit_cost=event.value, max_contribution=[0.0, 0.0, 40_000.0, 40_000.0])
    omega = rest.form.aggregate(solve_aggregate(rest).profile)
    assert event.value == pytest.approx(pull[0] * float(rest.gain.slope(omega)), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([
        VALUES, "organization.*.unit_cost", DAMAGE,
        "organization.*.max_contribution", RIVALRY, "organization.*.local_data",
    ]),
)  # fmt: skip
@example(1984, VALUES)  # twice a bound missed by the last digit, near a kink
@example(1986, VALUES)
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
