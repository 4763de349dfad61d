"""The planner's parts by closed forms; envelopes against hulls of points."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import LogarithmicGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import NotConvergedError, UnsupportedGameError
from coopetition.solvers import plan_many, solve_planner
from coopetition.solvers.batch import branch
from coopetition.solvers.batch.relaxed_welfare import Boxes, Relaxed
from coopetition.solvers.batch.welfare import Welfare
from coopetition.solvers.planner.plan import PlanStatus
from coopetition.solvers.planner.planner import Optimum, _climbed, _gap, _worth_while
from tests.solvers.planner.test_branch import crowded
from tests.solvers.planner.test_branch_parts import in_other_units


def pair(**changes: Any) -> CoopetitionRound:
    """Return a round of two with P′ = 2/(Ω + 3)."""
    fields: dict[str, Any] = {
        "gain": LogarithmicGain(2.0, 1.0, 3.0), "local_data": [4.0, 1.0],
        "max_contribution": [1000.0, 7.0], "value": [10.0, 30.0], "quality": [1.0, 0.5],
        "unit_cost": [0.25, 9.0],
    }  # fmt: skip
    return CoopetitionRound(**(fields | changes))


def test_without_damage_the_optimum_is_where_all_value_meets_one_cost() -> None:
    best = solve_planner(pair())
    assert best.profile == pytest.approx([40.0 * 2.0 / 0.25 - 8.0, 0.0])
    assert best.success
    assert best.concave
    assert best.welfare == pytest.approx(float(pair().welfare(best.profile)))


def test_with_damage_a_round_of_one_who_contributes_is_one_equation() -> None:
    """S P′(8 + x) + R_2 P′(8 + x) = a: the other's harm is spared by nothing that x does."""
    game = pair(damage=[[0.0, 0.5], [0.25, 0.0]])
    assert game.form.weight.tolist() == [-5.0, 27.5]
    best = solve_planner(game)
    spared = float(game.harm[1])
    root = brentq(lambda y: (22.5 + spared) * 2.0 / (8.0 + y) - 0.25, 0.0, 1000.0)
    assert best.concave
    assert best.profile == pytest.approx([root, 0.0], rel=1e-7)


def test_newton_climbs_to_the_optimum_without_help() -> None:
    game = pair(damage=[[0.0, 0.5], [0.25, 0.0]])
    top = _worth_while(game)
    climbed = _climbed(game, top, None)
    assert climbed is not None
    assert climbed[0] == pytest.approx(solve_planner(game).profile)
    assert _climbed(game, top, 0.0) is None  # the gap is what rounding leaves, not nothing


def test_where_the_weights_sum_to_nothing_welfare_is_concave() -> None:
    even = pair(value=[10.0, 10.0], damage=1.0)
    assert float(even.form.weight.sum()) == 0.0
    assert solve_planner(even).concave
    assert not solve_planner(even.replace(damage=1.0625)).concave
    hurt = {"rivalry": [[0.0, 0.0], [40.0, 0.0]], "personal_weight": 1.0}
    assert pair(**hurt).social_stake.tolist() == [-30.0, 70.0]
    assert solve_planner(pair(**hurt, skew=[0.0, 1.0])).concave
    assert not solve_planner(pair(**hurt, skew=[1.0, 0.0])).concave


def test_a_better_start_is_the_answer() -> None:
    for damage in (0.0, 0.25, 1.5):
        game = pair(damage=damage, unit_cost=[0.25, 0.5])
        best = solve_planner(game)
        again = solve_planner(game, start=best.profile)
        assert again.welfare >= best.welfare
        assert solve_planner(game, start=np.zeros(2)).welfare == pytest.approx(best.welfare)
    with pytest.raises(UnsupportedGameError, match="without its mechanism"):
        solve_planner(object())  # type: ignore[arg-type]


def test_up_to_where_a_contribution_may_be_worth_while() -> None:
    game = pair(damage=[[0.0, 0.5], [0.25, 0.0]])  # Σ w = 22.5, R = (7.5, 5) or so
    all_gain = 22.5 + float(game.harm.sum())
    most = _worth_while(game)
    assert most[0] == pytest.approx(1.01 * (all_gain * 2.0 / 0.25 - 8.0))
    assert most[1] == pytest.approx(0.0, abs=1e-9)
    assert _worth_while(pair(unit_cost=0.001)).tolist() == [1000.0, 7.0]
    losing = pair(damage=2.0)
    assert float(losing.form.weight.sum()) < 0
    assert _worth_while(losing)[0] == pytest.approx(
        1.01 * (float(losing.harm.sum()) * 2.0 / 0.25 - 8.0)
    )


def test_the_gap_is_what_slopes_could_bring() -> None:
    game = pair()
    x, most = np.array([100.0, 7.0]), _worth_while(game)
    slope = game.welfare_gradient(x)
    assert slope[0] > 0 > slope[1]
    bound = slope[0] * (most[0] - 100.0) + -slope[1] * 7.0
    assert _gap(game, x, most) == pytest.approx(float(bound))
    assert _gap(game, solve_planner(game).profile, most) < 1e-6


def test_how_well_an_optimum_is_known() -> None:
    best = solve_planner(pair())
    assert best.known == "checked: concave"
    even = replace(best, gap=2.0, tolerance=2.0)
    assert even.success
    assert even.raise_if_failed() is even
    assert replace(even, concave=False).known == "checked: branch and bound"
    short = replace(best, gap=2.0, tolerance=1.0)
    assert not short.success
    assert short.known == "not converged: up to 2 more may be possible"
    none = replace(short, gap=float("inf"), source="an equilibrium")
    assert none.known == (
        "not converged: an equilibrium has the most welfare known, any amount more may be possible"
    )
    assert not replace(best, gap=float("nan")).success
    with pytest.raises(NotConvergedError, match="gap 2 above tolerance 1"):
        short.raise_if_failed()


def test_a_better_profile_takes_the_place_of_a_failed_search_only() -> None:
    game = pair()
    best = solve_planner(game)
    poor: Optimum = replace(
        best, profile=np.zeros(2), welfare=float(game.welfare(np.zeros(2))), gap=1e3, tolerance=1.0
    )
    found = poor.beside(game, best.profile, "a rule")
    assert (found.source, found.tolerance) == ("a rule", 1.0)
    assert found.gap == pytest.approx(poor.welfare + 1e3 - best.welfare)
    small = replace(poor, gap=best.welfare - poor.welfare - 5.0, tolerance=1e-9)
    assert small.beside(game, best.profile, "a rule").gap == 0.0
    assert poor.beside(game, np.zeros(2), "the same") is poor
    assert replace(poor, tolerance=1e3).beside(game, best.profile, "a rule").source == ""


def test_rows_that_are_no_games_are_numbers_nowhere() -> None:
    found = plan_many(pair(), {"damage": [0.25, -1.0, 0.0, 1.5]})
    assert set(found.failed) == {1}
    assert found.status == (
        PlanStatus.TOGETHER, PlanStatus.FAILED, PlanStatus.TOGETHER, PlanStatus.BRANCHED,
    )  # fmt: skip
    assert found.success.tolist() == [True, False, True, True]
    assert found.concave.tolist() == [True, False, True, False]
    for array in (found.profiles, found.payoffs, found.welfare, found.gap, found.tolerance):
        assert np.isnan(array[1]).all()
        assert np.isfinite(array[[0, 2, 3]]).all()
        assert not array.flags.writeable
    assert found.welfare[0] == pytest.approx(float(found.payoffs[0].sum()))
    assert str(found).splitlines()[0].startswith("2: solved with all others")
    gaps = np.array([2.0, 1.0, np.inf, np.nan])
    judged = replace(found, gap=gaps, tolerance=np.array([1.0, 1.0, np.inf, 1.0]))
    assert judged.success.tolist() == [False, True, False, False]
    ours = plan_many(pair(), {"damage": [0.25, 1.5]}, tol=0.5)
    assert ours.tolerance.tolist() == [0.5, 0.5]


COUNT = 9


def relaxed(
    harm: float = 0.25, skew: float = 0.5
) -> tuple[CoopetitionRound, Relaxed, Array, Boxes]:
    """Return a relaxed round with v = (−30, 70), points within its box, and the box."""
    game = pair(
        damage=[[0.0, 0.5], [harm, 0.0]], skew=[1.0, skew], personal_weight=1.0,
        rivalry=[[0.0, 0.0], [40.0, 0.0]], quadratic_cost=[0.125, 0.25],
    )  # fmt: skip
    goal = Welfare.of(game).take(np.zeros(COUNT, dtype=int))
    least, most = (np.repeat([[a], [b]], COUNT, axis=1) for a, b in ((1.0, 0.5), (30.0, 6.0)))
    omega = np.full(COUNT, 14.0)
    row, price = np.zeros(COUNT, dtype=int), np.full(COUNT, np.nan)
    x = least + (most - least) * np.linspace(0.0, 1.0, COUNT)
    boxes = Boxes(row, omega - 2.0, omega + 2.0, least, most, x, price)
    return game, Relaxed.of(goal, boxes), x, boxes


def envelope(game: CoopetitionRound, n: int, low: float, high: float, at: Array) -> Array:
    """Return the upper hull of points of an own term at some places."""
    y = np.linspace(low, high, 4001)
    depth = float(game.social_stake[n] * game.personal_scale[n])
    cost = game.unit_cost[n] * y + 0.5 * game.quadratic_cost[n] * y * y
    points = list(zip(y.tolist(), (-depth / (game.local_data[n] + y) - cost).tolist(), strict=True))
    hull: list[tuple[float, float]] = []
    for p in points:
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (p[0] - hull[-2][0]) <= (
            p[1] - hull[-2][1]
        ) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        hull.append(p)
    corners = np.array(hull)
    return np.asarray(np.interp(at, corners[:, 0], corners[:, 1]))


def test_the_relaxed_welfare_is_that_of_hulls() -> None:
    game, part, x, _ = relaxed()
    with np.errstate(all="ignore"):
        value, terms, pull = part.value(x)
    own = sum(envelope(game, n, *ends, x[n]) for n, ends in enumerate(((1.0, 30.0), (0.5, 6.0))))
    rest = 14.0 - game.quality[:, None] * x
    inside = np.maximum(rest, 5.0)
    rise = 2.0 * np.log((inside + 3.0) / 8.0) + 2.0 / (inside + 3.0) * (rest - inside)
    harm = game.harm[:, None]
    np.testing.assert_allclose(value, own + (harm * rise).sum(axis=0), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(pull, (harm * 2.0 / (inside + 3.0)).sum(axis=0))
    depth = np.abs(game.social_stake * game.personal_scale)[:, None]
    size = depth / (game.local_data[:, None] + x) + game.unit_cost[:, None] * x
    size = size + 0.5 * game.quadratic_cost[:, None] * x * x + harm * np.abs(rise)
    np.testing.assert_allclose(terms, size.sum(axis=0))
    assert (part.apart(x)[0, 1:] > 0).any()
    assert not part.apart(x)[1].any()
    assert not part.apart(x)[:, 0].any()


@pytest.mark.parametrize("harm", [0.0, 0.25])
@pytest.mark.parametrize("skew", [0.0, 0.5])
def test_relaxed_slopes_are_those_of_differences(harm: float, skew: float) -> None:
    _, part, _, boxes = relaxed(harm, skew)
    step, share = 1e-5, np.linspace(0.03, 0.98, COUNT)
    near = boxes.least + (boxes.most - boxes.least) * share
    for n in range(2):
        up, down = near.copy(), near.copy()
        up[n] += step
        down[n] -= step
        with np.errstate(all="ignore"):
            rise = (part.value(up)[0] - part.value(down)[0]) / (2.0 * step)
            slopes, bends = part.slopes(near)
            turn = (part.slopes(up)[0] - part.slopes(down)[0])[n] / (2.0 * step)
        np.testing.assert_allclose(slopes[n], rise, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(-bends[n], turn, rtol=1e-5, atol=1e-6)


def test_money_moves_no_knee() -> None:
    game, part, _, boxes = relaxed()
    small = in_other_units(game, 1.0, 2.0**-12)
    goal = Welfare.of(small).take(np.zeros(COUNT, dtype=int))
    other = Relaxed.of(goal, boxes)
    assert part.knee is not None
    assert part.tilt is not None
    assert other.knee is not None
    assert other.tilt is not None
    assert (part.knee[0] > boxes.least[0]).all()
    assert other.knee.tolist() == part.knee.tolist()
    assert other.tilt.tolist() == (part.tilt * 2.0**-12).tolist()


def test_boxes_are_joined_in_order() -> None:
    _, part, _, boxes = relaxed()
    assert part.omega.tolist() == [14.0] * COUNT
    both = boxes.take(np.array([2, 0])).join(boxes.take(np.array([8])))
    assert both.start.tolist() == boxes.start[:, [2, 0, 8]].tolist()
    assert both.low.tolist() == [12.0] * 3


def test_a_start_that_beats_a_search_cut_short_keeps_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(branch, "best_profiles", partial(branch.best_profiles, limit=1))
    beaten = 0
    for seed in range(12):
        game = crowded(seed, 3)
        cut = solve_planner(game)
        best = _best_of_many(game, cut.profile, seed)
        found = solve_planner(game, start=best)
        assert found.welfare >= cut.welfare
        before, after = float(game.welfare(cut.profile)), float(game.welfare(best))
        if after > before:
            assert found.gap == max(before + cut.gap - after, 0.0)
        beaten += found.welfare > cut.welfare
    assert beaten


def _best_of_many(game: CoopetitionRound, profile: Array, seed: int) -> Array:
    """Return the best of a profile and its neighbors."""
    rng = np.random.default_rng(seed)
    near = np.clip(profile * (1 + 1e-9 * rng.normal(size=(3000, 3))), 0.0, game.max_contribution)
    return np.asarray(near[int(np.argmax(game.welfare(near)))])
