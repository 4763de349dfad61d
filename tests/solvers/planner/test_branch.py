"""Branch and bound for the planner, against slow methods and on what its bounds rest on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import LogarithmicGain, TabulatedGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers import plan_many, solve, solve_planner
from coopetition.solvers.batch.branch import _cut, ask, best_profiles
from coopetition.solvers.batch.relaxed_welfare import Boxes, Relaxed
from coopetition.solvers.batch.welfare import Welfare
from coopetition.solvers.planner.plan import PlanStatus
from coopetition.studies import run_study
from coopetition.studies.audit.verdicts import efficient
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from tests.instances import SYMMETRIC, random_gain

BEATEN = CoopetitionRound(  # 143.6 is a local optimum that many starts end at
    gain=LogarithmicGain(1.6601053443227045, 14.263062673142288),
    local_data=[0.8065660425157064, 0.5857416708833619, 0.2047361281101432],
    max_contribution=[14.395487243009788, 18.897296153207094, 157.69940066499012],
    value=[0.013738772355613167, 225.0253652571771, 111.22107588718687],
    unit_cost=[0.0002534618000109039, 0.4335539116934876, 2.9204000184672636],
    quadratic_cost=[6.437037165437172e-05, 0.6452635250719405, 1.1163415833477042],
    quality=[1.0, 0.14975236805544667, 1.0],
    skew=[1.3973375638233818, 0.46711149216606795, 0.0],
    personal_weight=0.2250646050241516,
    damage=0.19795632435452115,
    rivalry=[
        [0.0, 529.0451611623392, 294.502269251841],
        [112.362746619475, 0.0, 66.0876403327609],
        [14.150414355134622, 65.38004973773398, 0.0],
    ],
)


def crowded(seed: int, players: int) -> CoopetitionRound:
    """Draw a round whose welfare is not concave: Σ w < 0, a negative v_n, or both."""
    rng = np.random.default_rng(seed)
    while True:
        size = 10.0 ** rng.uniform(0.0, 4.0)
        data = size * rng.lognormal(0.0, 1.0, players) * (rng.random(players) < 0.9)
        top = size * rng.lognormal(1.0, 1.0, players) * (rng.random(players) < 0.95)
        quality = rng.uniform(0.1, 1.0, players)
        value = 10.0 ** rng.uniform(-1.0, 4.0) * rng.lognormal(0.0, 1.0, players)
        damage, rivalry = rng.uniform(0.0, 3.0 / players, (2, players, players))
        damage *= rng.random(damage.shape) < rng.choice([0.5, 1.0])
        rivalry *= 2.0 * value.mean() * rng.integers(2)
        low = float(data.sum())
        gain = random_gain(rng, low, low + float(quality @ top))
        if rng.random() < 0.2:  # a straight run, and a slope that jumps where it ends
            far = 1.2 * max(low + float(quality @ top), 1.0)
            knots = far * np.array([0.0, 0.1262, 0.3741, 0.5958, 1.0])
            gain = TabulatedGain(knots, [0.0, 0.12620000000000006, 0.3741, 0.3965, 0.4130])
        slope = value.mean() * float(gain.slope(low + 0.3 * float(quality @ top) + 1e-3))
        unit = slope * rng.lognormal(-1.0, 1.5, players) * (rng.random(players) < 0.9)
        bend = slope * rng.lognormal(-1.0, 1.5, players) / size * (rng.random(players) < 0.8)
        game = CoopetitionRound(
            gain=gain,
            local_data=data,
            max_contribution=top,
            value=value,
            unit_cost=unit,
            quadratic_cost=bend,
            quality=quality,
            skew=rng.uniform(0.0, 2.0, players),
            personal_weight=float(rng.choice([0.0, 0.5])),
            damage=damage * (1.0 - np.eye(players)),
            rivalry=rivalry * (1.0 - np.eye(players)),
        )
        stake = game.social_stake[game.personal_scale > 0]
        if game.form.weight.sum() < 0 or (stake < 0).any():
            return game


def by_scan(game: CoopetitionRound, points: int) -> float:
    """Return the most welfare on a grid of the box, and by ascent from the best grid points."""
    top = game.max_contribution
    share = np.concatenate(([0.0], np.geomspace(1e-4, 1.0, points - 1)))
    grid = np.stack(np.meshgrid(*[share * each for each in top]), axis=-1).reshape(-1, top.size)
    welfare = game.welfare(grid)
    best = float(welfare.max())

    def loss(x: Array) -> tuple[float, Array]:
        return -float(game.welfare(x * top)), np.asarray(-game.welfare_gradient(x * top) * top)

    for k in np.argsort(-welfare)[:: points**top.size // 5]:
        start = np.divide(grid[k], top, out=np.zeros_like(top), where=top > 0)
        done = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * top.size)
        best = max(best, -float(done.fun))
    return best


@pytest.mark.parametrize("seed", range(16))
def test_no_profile_of_a_dense_scan_beats_the_planner(seed: int) -> None:
    game = crowded(seed, 2 + seed % 2)
    best = solve_planner(game)
    scale = game.welfare_scale(best.profile)
    assert best.success
    assert not best.concave
    assert best.known == "checked: branch and bound"
    assert best.tolerance == pytest.approx(1e-9 * scale)
    assert best.welfare == pytest.approx(float(game.welfare(best.profile)))
    assert by_scan(game, 120 if game.form.upper.size == 2 else 25) <= best.welfare + best.gap


def test_the_default_tolerance_of_a_concave_round() -> None:
    for game in (SYMMETRIC, SYMMETRIC.replace(damage=0.0)):
        best = solve_planner(game)
        assert best.tolerance == pytest.approx(1e-9 * game.welfare_scale(best.profile))
        assert solve_planner(game, tol=0.25).tolerance == 0.25


@pytest.mark.parametrize("rule", ["none", "redistribution", "bilateral-prices", "pool-shares"])
@pytest.mark.parametrize("seed", [3, 8, 11])
def test_no_equilibrium_beats_the_planner(rule: str, seed: int) -> None:
    game = crowded(seed, 3)
    study = run_study(game, MechanismSettings(rule=rule, rate=0.02))
    assert study.welfare <= study.planner.welfare + study.planner.gap
    assert study.efficiency is None or study.efficiency <= 1.0


def test_the_equilibrium_that_beat_twelve_starts() -> None:
    study = run_study(BEATEN, "pool-shares")
    assert study.equilibrium.success
    assert study.planner.welfare == pytest.approx(154.55857, abs=1e-5)
    assert study.planner.profile[1] == 0.0
    assert study.welfare <= study.planner.welfare + study.planner.gap
    assert study.efficiency == pytest.approx(1.0)


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_a_search_that_is_cut_off_still_bounds_what_it_missed(seed: int) -> None:
    """The gap after a few boxes is a bound, if a poor one."""
    game = crowded(seed, 2 + seed % 4)
    best = solve_planner(game)
    goal, scale = Welfare.of(game), game.welfare_scale(best.profile)
    for limit in (1, 9):
        with np.errstate(all="ignore"):
            found, gap, boxes = best_profiles(goal, lambda _: np.full(2, scale), None, limit)
        missed = best.welfare - float(game.welfare(np.ascontiguousarray(found[:, 0])))
        assert missed <= gap[0] + 1e-13 * scale
        assert boxes[0] < limit + 16


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_no_profile_of_a_box_is_above_its_bound(seed: int) -> None:
    """Whatever the interval, the box and how well the price was searched."""
    game, rng, count = crowded(seed, 2), np.random.default_rng(seed), 16
    game = game.replace(damage=6.0 * game.damage.weigh(np.eye(2)).T)  # Σ w < 0
    top = game.max_contribution
    goal = Welfare.of(game, top).take(np.zeros(count, dtype=int))
    ends = np.sort(rng.uniform(0.0, 1.0, (2, 2, count)) ** 2, axis=0) * top[:, None]
    ends[:, :, ::2] = np.array([0.0, 1.0])[:, None, None] * top[:, None]
    grid = np.linspace(0.0, 1.0, 60)
    inside = np.stack(np.meshgrid(grid, grid)).reshape(2, -1)
    x = ends[0][:, :, None] + (ends[1] - ends[0])[:, :, None] * inside[:, None, :]
    omega = game.form.base + (game.quality[:, None, None] * x).sum(axis=0)
    low, high = np.sort(rng.choice(omega, 2, axis=1), axis=1).T
    row, price = np.zeros(count, dtype=int), np.full(count, np.nan)
    boxes = Boxes(row, low, high, ends[0], ends[1], ends.mean(axis=0), price)
    welfare = game.welfare(np.moveaxis(x, 0, -1)) - float(game.welfare(np.zeros(2)))
    lifted = goal.worth(np.zeros((2, count)))[0] + welfare
    within = (omega >= low[:, None]) & (omega <= high[:, None])
    most = np.where(within, lifted, -np.inf).max(axis=1)
    cut = _cut(goal, boxes)
    for value, least, largest in ((omega, cut.low, cut.high), (x[0], cut.least[0], cut.most[0])):
        slack = 1e-12 * value.max()
        assert (~within | (value >= least[:, None] - slack)).all()
        assert (~within | (value <= largest[:, None] + slack)).all()
    scale = game.welfare_scale(0.5 * top)
    for close in (1e-9, 1e-2):
        with np.errstate(all="ignore"):
            found = ask(goal, boxes, np.full(count, -np.inf), np.full(count, close * scale))
        assert (most <= found.bound + 1e-12 * scale).all()
        assert (found.bound < np.inf).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_tangent_at_a_jump_of_the_slope_is_above_every_profile(seed: int) -> None:
    """A gain of two straight pieces: others' losses P(Ω − q x) have a kink that moves with Ω."""
    rng = np.random.default_rng(seed)
    knots = 100.0 * np.array([0.0, 0.1262, 0.3741, 0.5958, 1.0])
    gain = TabulatedGain(knots, [0.0, 0.12620000000000006, 0.3741, 0.3965, 0.4130])
    assert (np.diff(gain.pieces[2])[np.diff(gain.pieces[0]) < 1e-12] < -0.004).any()
    game = CoopetitionRound(
        gain=gain, local_data=[5.0, 5.0], max_contribution=[45.0, 45.0],
        value=rng.uniform(500, 1500, 2), unit_cost=rng.uniform(0, 2, 2), quadratic_cost=0.01,
        quality=rng.uniform(0.3, 1.0, 2), damage=rng.uniform(1.5, 4.0, (2, 2)) * (1 - np.eye(2)),
    )  # fmt: skip
    count, top = 64, game.max_contribution
    goal = Welfare.of(game, top).take(np.zeros(count, dtype=int))
    middle = rng.uniform(0.0, 1.0, count) * float(game.quality @ top)
    half = rng.uniform(0.0, 0.2, count) * float(game.quality @ top)
    low, high = (np.clip(game.form.base + middle + s * half, 10.0, None) for s in (-1, 1))
    high = np.minimum(high, game.form.base + float(game.quality @ top))
    least, most = np.zeros((2, count)), np.repeat(top[:, None], count, axis=1)
    grid = np.linspace(0.0, 1.0, 151)
    x = np.stack(np.meshgrid(grid, grid)).reshape(2, -1) * top[:, None]
    omega = game.form.aggregate(x.T)
    base = goal.worth(np.zeros((2, count)))[0]
    welfare = game.welfare(x.T) - float(game.welfare(np.zeros(2)))
    within = (omega >= low[:, None]) & (omega <= high[:, None])
    reached = np.where(within, base + welfare, -np.inf).max(axis=1)
    boxes = Boxes(np.zeros(count, dtype=int), low, high, least, most, 0.5 * most,
                  np.full(count, np.nan))  # fmt: skip
    scale = game.welfare_scale(0.5 * top)
    with np.errstate(all="ignore"):
        found = ask(goal, boxes, np.full(count, -np.inf), np.full(count, 1e-9 * scale))
    assert (reached <= found.bound + 1e-12 * scale).all()


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_relaxed_terms_are_concave_and_above_what_they_stand_for(seed: int) -> None:
    """Over each box slopes fall, are those of the values, and no value is below W's own."""
    game = crowded(seed, 3)
    rng = np.random.default_rng(seed)
    count = 500
    goal = Welfare.of(game).take(np.zeros(count, dtype=int))
    top = game.max_contribution
    ends = np.sort(rng.uniform(0.0, 1.0, (2, 3)) * (rng.random((2, 3)) < 0.8), axis=0) * top
    wide = np.repeat(ends[:, :, None], count, axis=2)
    omega = np.full(count, game.form.base + float(game.quality @ ends.mean(axis=0)))
    row, price = np.zeros(count, dtype=int), np.full(count, np.nan)
    x = wide[0] + (wide[1] - wide[0]) * np.linspace(0.0, 1.0, count)
    with np.errstate(all="ignore"):
        part = Relaxed.of(goal, Boxes(row, omega, omega, wide[0], wide[1], wide[0], price))
        slopes, bends = part.slopes(x)
        own, apart = part._own(x)[0], part.apart(x)
    unit = np.abs(slopes).max(axis=1, keepdims=True) + 1e-300
    assert (np.diff(slopes, axis=1) <= 1e-9 * unit).all()
    assert (bends >= 0).all()
    assert (apart >= 0).all()
    value = own + apart
    rest = np.maximum(omega - game.quality[:, None] * x, game.form.base)
    below = (omega - game.quality[:, None] * x) - rest
    value += game.harm[:, None] * (game.gain.value(rest) + game.gain.slope(rest) * below)
    rise, steps = np.diff(value, axis=1), np.diff(x, axis=1)
    slack = 1e-9 * np.abs(value).max(axis=1, keepdims=True) + 1e-6 * unit * steps
    assert (rise <= slopes[:, :-1] * steps + slack).all()
    assert (rise >= slopes[:, 1:] * steps - slack).all()


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    game = crowded(5, 4)
    factors = np.linspace(0.8, 1.6, 7)
    changes = {"damage": factors[:, None, None] * game.damage.weigh(np.eye(4)).T}
    found = plan_many(game, changes)
    assert set(found.status) == {PlanStatus.BRANCHED}
    assert found.success.all()
    for rows in ([2], [6, 0], [1, 3, 5]):
        some = plan_many(game, {"damage": changes["damage"][rows]})
        assert np.array_equal(some.profiles, found.profiles[rows])
        assert np.array_equal(some.gap, found.gap[rows])
    alone = solve_planner(game.replace(damage=changes["damage"][3]))
    assert np.array_equal(alone.profile, found.profiles[3])


def test_a_gap_above_the_tolerance_is_no_success() -> None:
    """No plan is exact to the last bit where there is damage: an impossible tolerance shows it."""
    changes = {"damage": [0.0, 0.08, 0.2, 0.5]}
    found = plan_many(SYMMETRIC, changes, tol=0.0)
    assert (found.gap < np.inf).all()
    assert found.success.tolist() == (found.gap <= 0.0).tolist()
    missed = [status is PlanStatus.NOT_CONVERGED for status in found.status]
    assert missed == (~found.success).tolist()
    assert missed[3]
    left = plan_many(SYMMETRIC, changes, tol=0.0, alone=False)
    assert 3 in left.failed
    assert left.success.tolist() == [row not in left.failed for row in range(4)]
    with pytest.raises(InvalidInputError, match="`tol`"):
        plan_many(SYMMETRIC, changes, tol=-1.0)
    with pytest.raises(InvalidInputError, match="`tol`"):
        plan_many(SYMMETRIC, changes, tol=float("nan"))


def test_what_beats_a_search_that_fell_short_takes_its_place() -> None:
    game = SYMMETRIC.replace(damage=0.5)
    best = solve_planner(game)
    poor = np.full(6, 20_000.0)
    welfare = float(game.welfare(poor))
    short = replace(best, profile=poor, welfare=welfare, gap=best.welfare + best.gap - welfare)
    assert "not converged" in short.known
    better = short.beside(game, best.profile, "the equilibrium under the rule")
    assert better.welfare == best.welfare
    assert better.gap == pytest.approx(best.gap, abs=1e-9)
    assert better.profile is best.profile
    unsure = replace(short, tolerance=0.0).beside(game, solve(game).profile, "an equilibrium")
    assert unsure.known.startswith("not converged: an equilibrium has the most welfare known, ")
    assert short.beside(game, poor, "nothing new") is short
    close = replace(best, welfare=best.welfare - 0.5 * best.tolerance)
    assert close.beside(game, best.profile, "rounding") is close


def test_efficiency_is_open_where_the_planner_is() -> None:
    """A gap that is larger than what is missing leaves both answers possible."""
    study = run_study(SYMMETRIC, "bilateral-prices")
    assert efficient(study, "checked").holds is True
    unsure = replace(study.planner, gap=5.0)
    assert efficient(replace(study, planner=unsure), "checked").holds is None
    more = replace(study.planner, welfare=study.welfare + 1.0, gap=5.0)
    said = efficient(replace(study, planner=more), "checked")
    assert said.holds is False
    assert "up to 5 more may be possible" in said.witness
