"""Derivatives of the equilibrium, against games solved again and against dense algebra."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import MatrixCompetition, UniformCompetition
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import (
    InvalidInputError,
    NotConvergedError,
    UnsupportedGameError,
)
from coopetition.mechanisms import (
    SeparableRule,
    bilateral_prices,
    full_pigou,
    redistribute,
    redistribution,
)
from coopetition.solvers import solve_aggregate
from coopetition.solvers.aggregate.aggregate import fill
from coopetition.solvers.sensitivity import sensitivity
from coopetition.solvers.sensitivity.active_set import _placed, _second
from coopetition.solvers.sensitivity.change import Change
from coopetition.solvers.sensitivity.gradient import Outcomes
from tests.campaign import draws
from tests.instances import SYMMETRIC, random_round

COLUMNS = (
    "value",
    "unit_cost",
    "quadratic_cost",
    "fixed_cost",
    "local_data",
    "quality",
    "max_contribution",
    "skew",
)
OUTCOMES = ("contribution", "effective_data", "gain", "payoff", "transfer")
At = Callable[[float], CoopetitionRound]
THREE = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35, 10.0),
    local_data=[1500.0, 900.0, 500.0],
    max_contribution=[4000.0, 3000.0, 20.0],
    value=[1000.0, 800.0, 1200.0],
    unit_cost=[0.001, 0.001, 0.002],
    quadratic_cost=2e-5,
    quality=[0.8, 0.9, 0.7],
    skew=[1.0, 0.5, 0.2],
    personal_weight=0.05,
    damage=[[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]],
    rivalry=[[0, 20, 0], [5, 0, 30], [10, 0, 0]],
    organizations=["North", "South", "West"],
)


def outcomes(game: CoopetitionRound, rule: SeparableRule | None) -> dict[str, Array]:
    """Solve a game anew, by other code than the one tested."""
    x = solve_aggregate(game if rule is None else redistribute(game, rule)).profile
    omega = game.form.aggregate(x)
    return {
        "contribution": x,
        "effective_data": np.asarray(omega),
        "gain": game.gain.value(omega) + game.personal_gain(x),
        "payoff": game.payoffs(x),
        "transfer": np.zeros_like(x) if rule is None else rule(game, x),
    }


def differences(at: At, rule: SeparableRule | None, step: float) -> dict[str, Array]:
    """Return central differences at two steps, extrapolated."""
    ends = {h: outcomes(at(h), rule) for h in (step, -step, 2 * step, -2 * step)}
    return {
        key: (
            4.0 * (ends[step][key] - ends[-step][key]) / (2 * step)
            - (ends[2 * step][key] - ends[-2 * step][key]) / (4 * step)
        )
        / 3.0
        for key in OUTCOMES
    }


def one_sided(at: At, step: float) -> dict[str, Array]:
    """Return differences to one side, of the second order."""
    here, near, far = (outcomes(at(h), None) for h in (0.0, step, 2 * step))
    return {k: (4.0 * near[k] - 3.0 * here[k] - far[k]) / (2.0 * step) for k in OUTCOMES}


def agree(
    found: Outcomes, wanted: Mapping[str, Array], base: Mapping[str, Array], tol: float
) -> None:
    """Compare all outcomes, relative to the largest effect or a hundredth of the outcome.

    Transfers are what large payments leave: like payoffs they are money.
    """
    for key in OUTCOMES:
        outcome = base["payoff" if key == "transfer" else key]
        size = max(np.abs(wanted[key]).max(), 0.01 * np.abs(outcome).max(), 1e-300)
        error = np.abs(getattr(found, key) - wanted[key]).max() / size
        assert error <= tol, (key, error)


def strict_round(seed: int) -> CoopetitionRound:
    """Draw a round with strictly concave own terms, inside the ranges of all parameters."""
    game = random_round(seed, positive=True)
    curve = game.gain
    if isinstance(curve, TabulatedGain):
        curve = TabulatedGain(1.3 * np.array(curve.data) + np.arange(len(curve.data)), curve.gains)
    least = 0.2 * float(game.quadratic_cost.max()) + 1e-6
    return game.replace(
        gain=curve,
        quadratic_cost=np.maximum(game.quadratic_cost, least),
        quality=np.minimum(game.quality, 0.99),
        skew=np.clip(game.skew, 0.01, 1.9),
        local_data=game.local_data + 1.0,
        max_contribution=game.max_contribution + 0.1,
    )


def some_rule(game: CoopetitionRound, kind: int) -> SeparableRule | None:
    """Return no rule, redistribution, or bilateral prices with a quadratic part."""
    if kind == 1:
        return redistribution(game, rate=1e-3 * float(game.unit_cost.mean() + 1e-4), balanced=False)
    if kind == 2:
        flat = game.replace(quadratic_cost=0.0, skew=0.0)
        return bilateral_prices(flat, target=0.3 * game.max_contribution)
    return None


def directions(game: CoopetitionRound, rng: np.random.Generator) -> dict[str, tuple[Change, At]]:
    """Return a random direction of each group of parameters, and the round along it."""
    size = len(game.players)
    found: dict[str, tuple[Change, At]] = {}

    def column(name: str) -> None:
        move = getattr(game, name) * rng.uniform(-1.0, 1.0, size)
        found[name] = (
            Change(**{name: move}),
            lambda h: game.replace(**{name: getattr(game, name) + h * move}),
        )

    def curve(key: str, value: float) -> None:
        gain = {key: lambda h: replace(game.gain, **{key: value * (1 + h)})}  # type: ignore[type-var]
        found[f"gain.{key}"] = (
            Change(gain={key: value}),
            lambda h: game.replace(gain=gain[key](h)),
        )

    def matrix(name: str, level: float) -> None:
        move = level * rng.uniform(0.0, 1.0, (size, size)) * (1.0 - np.eye(size))
        now = getattr(game, name).weigh(np.eye(size)).T
        found[name] = (
            Change(**{name: MatrixCompetition(move)}),  # type: ignore[arg-type]
            lambda h: game.replace(**{name: MatrixCompetition(now + h * move)}),
        )

    for name in COLUMNS:
        column(name)
    for key in ("ceiling", "scale", "exponent", "offset"):
        if not isinstance(game.gain, TabulatedGain) and getattr(game.gain, key, 0.0) > 0:
            curve(key, getattr(game.gain, key))
    matrix("damage", 0.1 / size)
    matrix("rivalry", 100.0 / size)
    weight = game.personal_weight
    found["personal_weight"] = (
        Change(personal_weight=weight),
        lambda h: game.replace(personal_weight=weight * (1 + h)),
    )
    return found


@settings(max_examples=draws(25, 100), deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_every_direction_agrees_with_differences(seed: int, kind: int) -> None:
    game = strict_round(seed)
    rule = some_rule(game, kind)
    found = sensitivity(game, rule)
    assume(found.smooth and found.margin > 5e-3)
    if isinstance(game.gain, TabulatedGain):
        knots = game.gain.pieces[0]
        assume(np.abs(knots / found.piece.omega - 1.0).min() > 5e-3)
    base = outcomes(game, rule)
    agree(found.outcomes, base, base, 1e-12)
    for change, at in directions(game, np.random.default_rng(seed)).values():
        agree(found.along(change), differences(at, rule, 1e-4), base, 1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_the_gradient_is_the_transpose_of_all_directions(seed: int, kind: int) -> None:
    game, rng = strict_round(seed), np.random.default_rng(seed)
    found, size = sensitivity(game, some_rule(game, kind)), len(game.players)
    assume(found.smooth)
    number = Outcomes(
        contribution=rng.normal(size=size),
        effective_data=float(rng.normal()),
        gain=rng.normal(size=size),
        payoff=rng.normal(size=size),
        transfer=rng.normal(size=size),
    )
    gradient = found.gradient(number)
    for change, _ in directions(game, rng).values():
        moved = found.along(change)
        parts = [getattr(number, key) * getattr(moved, key) for key in OUTCOMES]
        said = sum(
            float(np.sum(getattr(gradient, name) * getattr(change, name))) for name in COLUMNS
        )
        said += gradient.personal_weight * change.personal_weight
        said += sum(gradient.gain[key] * rate for key, rate in change.gain.items())
        for matrix, entry in (
            (change.damage, gradient.damage_entry),
            (change.rivalry, gradient.rivalry_entry),
        ):
            if isinstance(matrix, MatrixCompetition):
                rows = [entry(n, m) for n, m in np.ndindex(size, size)]
                said += float(np.array(rows) @ np.ravel(np.asarray(matrix.matrix)))
        unit = sum(float(np.abs(part).sum()) for part in parts)
        assert abs(said - sum(float(np.sum(part)) for part in parts)) <= 1e-9 * unit


def test_the_inverse_jacobian_is_that_of_dense_algebra() -> None:
    game = strict_round(39)
    found = sensitivity(game)
    piece = found.piece
    form, free = piece.form, np.flatnonzero(piece.free)
    assert free.size > 3
    second = float(form.gain.curvature(piece.omega))
    jacobian = np.diag(piece.bend[free])
    jacobian -= second * np.outer(form.pull[free], form.quality[free])
    wanted = np.linalg.solve(jacobian, np.eye(free.size))
    for k, n in enumerate(free):
        unit = np.zeros(len(game.players))
        unit[n] = 1.0
        moved = found.along(Change(slope=unit)).contribution
        assert moved[free] == pytest.approx(wanted[:, k], rel=1e-9, abs=1e-12 * abs(wanted).max())


def test_factors_and_levels_of_competition() -> None:
    found = sensitivity(THREE)
    for name in ("contribution", "payoff", "net_payoff", "gain"):
        gradient = found.gradient(name, "South")
        for field in ("damage", "rivalry"):
            matrix = getattr(THREE, field)
            for key, move in (("factor", matrix), ("level", UniformCompetition(1.0, 3))):
                change = Change(damage=move) if field == "damage" else Change(rivalry=move)
                moved = getattr(found.along(change), name)[1]
                assert getattr(gradient, f"{field}_{key}") == pytest.approx(moved, rel=1e-12)


def test_who_is_at_its_bound_follows_it() -> None:
    found = sensitivity(THREE)
    assert found.piece.top.tolist() == [False, False, True]
    gradient = found.gradient("contribution", "West")
    assert gradient.max_contribution.tolist() == [0.0, 0.0, 1.0]
    assert not gradient.value.any()
    others = found.gradient("total_contribution").max_contribution
    assert 0 < others[2] < 1  # the others contribute less
    closed = sensitivity(THREE.replace(max_contribution=[4000.0, 3000.0, 0.0]))
    assert closed.along(Change(max_contribution=1.0)).contribution[2] == 1.0
    assert closed.margin > 1e-3


def kinked(where: str) -> tuple[CoopetitionRound, int]:
    """Return a round in which South is exactly at a kink, at 0 or at its bound."""
    if where == "0":
        alone = solve_aggregate(THREE.replace(max_contribution=[4000.0, 0.0, 20.0])).profile
        slope = float(THREE.gain.slope(THREE.form.aggregate(alone)))
        force = THREE.form.pull[1] * slope + THREE.form.skew[1] / THREE.form.data[1] ** 2
        return THREE.replace(unit_cost=[0.001, force, 0.002]), 1
    x = solve_aggregate(THREE).profile
    return THREE.replace(max_contribution=[4000.0, x[1], 20.0]), 1


@pytest.mark.parametrize("where", ["0", "bound"])
def test_one_sided_derivatives_at_a_kink(where: str) -> None:
    game, n = kinked(where)
    found = sensitivity(game)
    assert not found.smooth
    assert found.margin < 1e-10
    assert found.closest == "South"
    assert found.kink == {"0": "South is at 0 with a marginal payoff of 0"}.get(
        where, "South is at its bound with a marginal payoff of 0"
    )
    with pytest.raises(UnsupportedGameError, match="South is at"):
        found.gradient("welfare")
    base = outcomes(game, None)
    moves: dict[str, tuple[Change, At]] = {
        "value": (
            Change(value=game.value),
            lambda h: game.replace(value=(1 + h) * game.value),
        ),
        "max_contribution": (
            Change(max_contribution=game.max_contribution),
            lambda h: game.replace(max_contribution=(1 + h) * game.max_contribution),
        ),
        "scale": (
            Change(gain={"scale": 2.0}),
            lambda h: game.replace(gain=PowerGain(1.0, 2.0 * (1 + h), 0.35, 10.0)),
        ),
    }
    for name, (change, at) in moves.items():
        left, right = found.sides(change)
        agree(right, one_sided(at, 1e-5), base, 1e-6)
        agree(left, one_sided(at, -1e-5), base, 1e-6)
        if name == "value":
            stays = left if where == "0" else right
            assert stays.contribution[n] == 0.0
            assert not np.allclose(left.contribution, right.contribution, rtol=1e-3)


def test_several_at_one_kink() -> None:
    x = solve_aggregate(SYMMETRIC).profile[0]
    game = SYMMETRIC.replace(max_contribution=x)
    found = sensitivity(game)
    assert found.piece.high_kink.all()
    base = outcomes(game, None)
    raised = np.array([1000.0, 0, 0, 0, 0, 0])  # only one wants more, and all others less
    left, right = found.sides(Change(value=raised))
    assert right.contribution[0] == 0.0  # no more is allowed
    agree(right, one_sided(lambda h: game.replace(value=1000.0 + h * raised), 1e-6), base, 1e-6)
    agree(left, one_sided(lambda h: game.replace(value=1000.0 + h * raised), -1e-6), base, 1e-6)


def test_a_knot_of_a_tabulated_gain() -> None:
    data = np.array([0.0, 1000.0, 3000.0, 6000.0, 20_000.0])
    curve = TabulatedGain(data, 1.0 - np.exp(-data / 3000.0))
    knot = 3000.0
    force = 800.0 * float(curve.slope(knot)) - 0.001
    x = force / 1e-4
    game = CoopetitionRound(
        gain=curve,
        local_data=[knot - 2 * x - 100.0, 100.0],
        max_contribution=4000.0,
        value=1000.0,
        damage=0.2,
        unit_cost=0.001,
        quadratic_cost=1e-4,
    )
    found = sensitivity(game)
    assert found.kink == "Ω = 3000 lies on a knot of the gain, where P″ jumps"
    base = outcomes(game, None)
    change, more = Change(local_data=1.0), np.array([1.0, 1.0])
    left, right = found.sides(change)
    for side, step in ((right, 1e-2), (left, -1e-2)):
        wanted = one_sided(lambda h: game.replace(local_data=game.local_data + h * more), step)
        agree(side, wanted, base, 1e-6)
    assert abs(left.effective_data / right.effective_data - 1) > 1e-2
    with pytest.raises(UnsupportedGameError, match="knot"):
        found.gradient("welfare")
    with pytest.raises(InvalidInputError, match="no parameter 'scale'"):
        found.along(Change(gain={"scale": 1.0}))


@pytest.mark.parametrize(("off", "jumps"), [(1e-10, True), (-1e-10, True), (1e-8, False)])
def test_a_knot_is_where_rounding_could_have_put_it(off: float, jumps: bool) -> None:
    data = np.array([0.0, 1000.0, 3000.0, 6000.0, 20_000.0])
    left, right = _second(TabulatedGain(data, 1.0 - np.exp(-data / 3000.0)), 3000.0 * (1 + off))
    assert (left != right) == jumps


@pytest.mark.parametrize(("off", "known"), [(1e-9, True), (1e-5, False)])
def test_a_profile_beside_the_equilibrium_has_no_derivatives(off: float, known: bool) -> None:
    form = THREE.form
    filled = fill(form)
    moved = replace(filled, profile=filled.profile * (1 + off))
    assert ((filled.profile > 0) & (filled.profile < form.upper)).any()
    if known:
        assert _placed(form, THREE.players, moved, 1e-10).free.any()
    else:
        with pytest.raises(NotConvergedError, match="rounding hides where North"):
            _placed(form, THREE.players, moved, 1e-10)


def test_one_with_linear_costs_inside_says_what_the_data_is() -> None:
    game = THREE.replace(quadratic_cost=[0.0, 2e-5, 2e-5], skew=[0.0, 0.5, 0.2], unit_cost=0.007)
    found = sensitivity(game)
    assert found.piece.pinned == 0
    base = outcomes(game, None)
    for change, at in directions(game, np.random.default_rng(0)).values():
        agree(found.along(change), differences(at, None, 1e-4), base, 1e-8)
    gradient = found.gradient("effective_data")
    assert gradient.value[1] == pytest.approx(
        found.along(Change(value=np.array([0.0, 1.0, 0.0]))).effective_data, rel=1e-9
    )
    assert gradient.unit_cost.tolist()[1:] == pytest.approx([0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("curve", [ExponentialGain(1.5, 4000.0), LogarithmicGain(0.2, 10.0, 5.0)])
def test_named_numbers(curve: ExponentialGain | LogarithmicGain) -> None:
    game = THREE.replace(gain=curve, unit_cost=0.01)
    rule = redistribution(game, rate=0.05, balanced=False)
    found = sensitivity(game, rule)
    for key, moved in found.gradient("net_payoff", "North").gain.items():
        along = found.along(Change(gain={key: 1.0}))
        assert moved == pytest.approx(float(along.net_payoff[0]), rel=1e-9)
        assert found.gradient("welfare").gain[key] == pytest.approx(along.welfare, rel=1e-9)
    for name in ("welfare", "North"):
        with pytest.raises(InvalidInputError, match="`of` must be one of"):
            found.gradient("payoff" if name == "welfare" else name)


@pytest.mark.parametrize(
    "curve",
    [
        PowerGain(1.5, 2.0, 0.35, 10.0),
        ExponentialGain(1.5, 4000.0),
        LogarithmicGain(0.2, 10.0, 5.0),
    ],
)
def test_partials_of_curves_are_their_differences(curve: Any) -> None:
    data = np.array([3.0, 700.0, 9000.0])
    values = curve.value_partials(data, curve.slope(data))
    assert list(values) == [field.name for field in fields(curve)]
    for name, partial in values.items():
        now = getattr(curve, name)
        step = 1e-5 * now
        up, down = replace(curve, **{name: now + step}), replace(curve, **{name: now - step})
        wanted = (up.value(data) - down.value(data)) / (2 * step)
        assert partial == pytest.approx(wanted, rel=1e-7, abs=1e-12)
        wanted = (up.slope(data) - down.slope(data)) / (2 * step)
        found = [curve.slope_partials(at)[name] for at in data.tolist()]
        assert found == pytest.approx(wanted, rel=1e-7, abs=1e-13)


def test_refusals() -> None:
    ties = SYMMETRIC.replace(quadratic_cost=0.0)
    with pytest.raises(UnsupportedGameError, match=r"not unique .* organization 1, .*ties"):
        sensitivity(ties)
    rivals = THREE.replace(damage=2.5, unit_cost=0.0, rivalry=500.0)
    with pytest.raises(UnsupportedGameError, match="weight of North, South, West is negative"):
        sensitivity(rivals)
    empty = THREE.replace(gain=PowerGain(1.0, 2.0, 0.35), local_data=0.0, damage=0.0)
    with pytest.raises(UnsupportedGameError, match="no organization has data"):
        sensitivity(empty)
    bare = THREE.replace(local_data=[0.0, 900.0, 500.0], unit_cost=[9.0, 0.001, 0.002])
    with pytest.raises(UnsupportedGameError, match="North has skew but no data"):
        sensitivity(bare)
    with pytest.raises(UnsupportedGameError, match="separable"):
        sensitivity(THREE, full_pigou(THREE))  # type: ignore[arg-type]
    with pytest.raises(UnsupportedGameError, match="CoopetitionRound"):
        sensitivity(redistribute(THREE, redistribution(THREE, rate=0.1)))  # type: ignore[arg-type]
    edge = SYMMETRIC.replace(max_contribution=[9.0] * 6, quadratic_cost=0.0)
    held = edge.replace(unit_cost=600.0 * float(edge.gain.slope(9054.0)))
    with pytest.raises(UnsupportedGameError, match="linear"):
        sensitivity(held)
