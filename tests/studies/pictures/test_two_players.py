"""Curves, heights and paths of two players against closed forms and payoffs alone."""

import tomllib

import numpy as np
import pytest

from coopetition.games import InvalidInputError, SmoothGame
from coopetition.games.errors import UnsupportedGameError
from coopetition.studies import Study, parse_scenario, run_study
from coopetition.studies.pictures.two_players import (
    landscape,
    reply_curve,
    reply_path,
    traced,
    two_players,
    window,
)
from tests.studies.command import THREE, TWO

DUOPOLY = SmoothGame(  # Cournot: replies (11 − y)/2 and (10 − x)/2, but at least 0
    bounds=[(0, 20), (0, 20)],
    payoffs=[lambda x: x[..., 0] * (11 - x.sum(-1)), lambda x: x[..., 1] * (10 - x.sum(-1))],
    vectorized=True,
)


def solved(text: str) -> Study:
    scenario = parse_scenario(tomllib.loads(text))
    return run_study(scenario.round(), scenario.mechanism)


@pytest.fixture(scope="module")
def three() -> Study:
    return solved(THREE)


def test_replies_of_a_duopoly_bend_where_it_pays_no_more() -> None:
    two = two_players(DUOPOLY)
    for player, intercept in ((0, 11.0), (1, 10.0)):
        curve = reply_curve(two, player)
        assert curve.own == pytest.approx(np.maximum((intercept - curve.other) / 2, 0), abs=1e-6)
        bend = np.abs(curve.other - intercept)
        assert bend.min() < 0.05  # there is a point at the kink


def test_replies_of_a_round_are_the_best_of_a_fine_grid(three: Study) -> None:
    two = two_players(three, ("West", "North"))
    assert two.game.players == ("West", "North")
    assert two.others == 1
    curve = reply_curve(two, 1)
    grid = np.linspace(0, three.game.max_contribution[0], 4001)
    for k in range(0, curve.own.size, 11):
        x = np.repeat(three.contribution[None], grid.size, axis=0)
        x[:, 0], x[:, 2] = grid, curve.other[k]
        best = three.induced.payoffs(x)[:, 0]
        assert curve.own[k] == pytest.approx(grid[np.argmax(best)], abs=2.0)


def test_a_jump_breaks_the_line_where_it_is() -> None:
    x, y = traced(lambda value: float(value > 0.3), 0.0, 1.0, 1.0)
    gap = np.flatnonzero(np.isnan(y))
    assert gap.size == 1
    assert x[gap[0]] == pytest.approx(0.3, abs=1e-5)
    assert y[gap[0] - 1] == 0.0
    assert y[gap[0] + 1] == 1.0
    assert not np.isnan(traced(lambda value: 50 * max(value - 0.3, 0.0), 0.0, 1.0, 35.0)[1]).any()
    flat = traced(lambda value: 2.0, 1.0, 1.0, 1.0)
    assert flat[0].tolist() == [1.0]
    assert flat[1].tolist() == [2.0]


def test_the_path_turns_one_player_at_a_time_and_climbs(three: Study) -> None:
    for two in (two_players(three), two_players(DUOPOLY)):
        path = reply_path(two)
        steps = np.diff(path.corners, axis=0)
        assert (steps[::2, 1] == 0).all()
        assert (steps[1::2, 0] == 0).all()
        width = two.game.spaces.upper
        assert path.arrived
        assert np.abs((path.corners[-1] - two.equilibria[0]) / width).max() < 5e-3
        facing = path.corners[0]
        for k, corner in enumerate(path.corners[1:]):
            gained = two.game.payoffs(corner) - two.game.payoffs(facing)
            assert gained[k % 2] >= -1e-9 * abs(two.game.payoffs(corner)).max()
            facing = corner


def test_a_path_that_goes_round_is_not_said_to_arrive() -> None:
    chase = SmoothGame(
        bounds=[(0, 1), (0, 1)],
        payoffs=[lambda x: -((x[0] - x[1]) ** 2), lambda x: -((x[1] - 1 + x[0]) ** 2)],
    )
    assert not reply_path(two_players(chase)).arrived  # (1, 0) → (0, 0) → (0, 1) → (1, 1) → …


def test_heights_rise_by_what_a_player_gains(three: Study) -> None:
    for two, what in ((two_players(three), "promised"), (two_players(DUOPOLY), "checked")):
        land = landscape(two, two.game.spaces.lower, two.game.spaces.upper)
        assert (land.what, land.known) == ("potential", what)
        at = np.stack(np.meshgrid(land.x, land.y), axis=-1)
        payoffs, weights = two.game.payoffs(at), getattr(two.game, "weights", np.ones(2))
        along = np.diff(land.heights, axis=1) * weights[0]
        assert along == pytest.approx(np.diff(payoffs[..., 0], axis=1), abs=1e-8 * np.ptp(payoffs))
        up = np.diff(land.heights, axis=0) * weights[1]
        assert up == pytest.approx(np.diff(payoffs[..., 1], axis=0), abs=1e-8 * np.ptp(payoffs))


def test_where_there_is_no_potential_it_is_everybodys_welfare() -> None:
    chase = SmoothGame(
        bounds=[(0, 1), (0, 1)],
        payoffs=[lambda x: x[0] * (x[1] - x[0]), lambda x: -2 * x[0] * x[1] - x[1] ** 2],
    )
    two = two_players(chase)
    land = landscape(two, np.zeros(2), np.ones(2))
    x, y = np.meshgrid(land.x, land.y)
    assert land.what == "welfare"
    assert land.heights == pytest.approx(x * (y - x) - 2 * x * y - y**2)


def test_the_window_holds_replies_and_marks() -> None:
    study = solved(TWO.replace("unit_cost = 0.001", "unit_cost = 0.02"))
    two = two_players(study)
    curves = reply_curve(two, 0), reply_curve(two, 1)
    low, high = window(two, curves, reply_path(two))
    assert (high <= two.game.spaces.upper).all()
    assert (low == 0).all()
    for player, curve in enumerate(curves):
        assert np.nanmax(curve.own) <= high[player]
    assert (two.marks["planner"] <= high).all()


def test_who_may_be_drawn(three: Study) -> None:
    by_size = set(np.argsort(-three.contribution)[:2])
    assert {three.game.players.index(name) for name in two_players(three).game.players} == by_size
    for pair in (("North",), ("North", "North"), ("North", "East")):
        with pytest.raises(InvalidInputError, match="`pair` must be two of North, South, West"):
            two_players(three, pair)
    with pytest.raises(UnsupportedGameError, match="needs two, got one"):
        two_players(SmoothGame(bounds=[(0, 1)], payoffs=[lambda x: x[0]]))
