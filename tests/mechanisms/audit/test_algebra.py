"""The algebra of our rules with general parameters: what `algebra` says is proved."""

from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import sympy

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.mechanisms import RULES
from coopetition.mechanisms.audit.algebra import BALANCED, KEPT, PAIRWISE
from coopetition.mechanisms.rules.bilateral import Contracts
from coopetition.solvers import solve_planner
from tests.campaign import draws
from tests.mechanisms.audit.test_symbolic import FOUR
from tests.mechanisms.catalogue import made
from tests.mechanisms.general import FORMULAS, World

MOST = draws(4, 5)  # organizations
CASES = [(name, size) for name, (least, _) in FORMULAS.items() for size in range(least, MOST + 1)]
cases = pytest.mark.parametrize(("name", "size"), CASES)
pytestmark = pytest.mark.campaign


@cache
def formulas(name: str, size: int) -> tuple[Any, tuple[Any, ...]]:
    world = World(size)
    return world, tuple(FORMULAS[name][1](world))


def zero(expression: Any) -> bool:
    return bool(sympy.simplify(sympy.expand(expression)) == 0)


def example(transfer: Any, world: Any) -> Any:
    """Put P(Q) = −1/Q and no own terms in place of the functions."""
    t = sympy.Symbol("t")
    for function in world.own:
        transfer = transfer.replace(function, sympy.Lambda(t, 0))
    return transfer.replace(world.gain, sympy.Lambda(t, -1 / t))


def vanishes(expression: Any, identically: bool) -> bool:
    """Decide an identity, or look at one profile with all parameters different."""
    if identically:
        return zero(expression)
    names = sorted(expression.free_symbols, key=str)
    point = {name: sympy.Rational(sympy.prime(k + 2), 11) for k, name in enumerate(names)}
    return bool(expression.subs(point) == 0)


@cases
def test_budget_balance_with_general_parameters(name: str, size: int) -> None:
    _, transfers = formulas(name, size)
    known = RULES[name].kind in BALANCED
    assert zero(sum(transfers)) == known


@cases
def test_potential_kept_with_general_weights(name: str, size: int) -> None:
    world, transfers = formulas(name, size)
    known = RULES[name].kind in KEPT
    if not known:  # then one gain and one profile show that it is not
        transfers = tuple(example(t, world) for t in transfers)
    kept = all(
        vanishes(
            sympy.diff(transfers[n], world.x[n], world.x[m]) / world.w[n]
            - sympy.diff(transfers[m], world.x[n], world.x[m]) / world.w[m],
            known,
        )
        for n, m in combinations(range(size if known else 2), 2)
    )
    assert kept == known


@pytest.mark.parametrize("name", ["symmetric-redistribution", "bilateral-prices", "linear-pigou",
                                  "groves-ledyard", "walker"])  # fmt: skip
@pytest.mark.parametrize("size", [3, 4, 5])
def test_the_own_incentive_at_the_target_is_the_external_effect(name: str, size: int) -> None:
    """∂t_n/∂x_n = τ_n at z, so that ∂(U_n + t_n)/∂x_n = ∂W/∂x_n = 0 at an interior optimum."""
    world, transfers = formulas(name, size)
    at = dict(zip(world.x, world.z, strict=True))
    for n in range(size):
        own = sympy.diff(transfers[n], world.x[n]).subs(at)
        assert zero(own - world.tau[n])


@pytest.mark.parametrize("name", ["expected-externality", "pool-shares"])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_own_incentives_are_the_welfares(name: str, size: int) -> None:
    """At z (expected externality), times the share (pool) at every profile."""
    world, transfers = formulas(name, size)
    payoffs = world.payoffs(world.x)
    shares = [1] * size if name == "expected-externality" else [*world.s[1:], 1 - sum(world.s[1:])]
    at = dict(zip(world.x, world.z, strict=True)) if name == "expected-externality" else {}
    for n in range(size):
        own = sympy.diff(payoffs[n] + transfers[n], world.x[n])
        social = shares[n] * sympy.diff(sum(payoffs), world.x[n])
        assert zero((own - social).subs(at).doit())


def test_all_that_is_said_to_be_known_is_proved_here() -> None:
    proved = {RULES[name].kind for name in FORMULAS} | {Contracts}  # with the marginal prices
    assert set(BALANCED) | set(KEPT) <= proved


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formulas_are_the_rules(name: str) -> None:
    """What is proved above is what is computed, on four organizations that differ."""
    game = FOUR
    if name in ("expected-externality", "partial-pigou", "pool-shares"):  # U_n itself is inside
        game = game.replace(damage=0.0, local_data=0.0, gain=PowerGain(1.0, 2.0, 0.35, 900.0))
    if name in ("revenue-shares", "proportional"):  # revenues, which are payoffs without costs
        game = game.replace(
            damage=0.0, local_data=0.0, gain=PowerGain(1.0, 2.0, 0.35, 900.0), unit_cost=0.0,
            quadratic_cost=0.0,
        )  # fmt: skip
    target = solve_planner(game).profile
    rule = made(name, game, target)
    world, transfers = formulas(name, 4)
    prices = getattr(rule, "price", getattr(rule, "slope", None))
    if name == "walker":
        prices = (rule.seller - rule.prices) * game.quality
    values: dict[Any, Any] = {
        world.rate: getattr(rule, "rate", 1.0),
        world.alpha: getattr(rule, "alpha", 1.0),
        **dict(zip(world.z, target, strict=True)),
        **dict(zip(world.w, game.weights, strict=True)),
        **dict(zip(world.q, game.quality, strict=True)),
        **dict(zip(world.s, [0.25] * 4, strict=True)),
    }
    if prices is not None:
        values |= dict(zip(world.tau, prices, strict=True))
    if name == "bilateral-prices":
        values |= dict(zip(world.beta, rule.sharpening, strict=True))
    if name in ("bilateral-prices", "redistribution"):
        matrix = rule.prices() if name == "bilateral-prices" else rule.intensity.spread(np.eye(4))
        values |= {world.rho[n, m]: matrix[n, m] for n in range(4) for m in range(4) if n != m}
    for x in game.spaces.sample(np.random.default_rng(3), 2):
        here = values | dict(zip(world.x, x, strict=True))
        said = [float(_number(t, world, game).subs(here)) for t in transfers]
        assert np.array(said) == pytest.approx(rule(game, x), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_shares_in_proportion_keep_a_potential_for_quadratic_revenue_only(size: int) -> None:
    """R = aX + bX²: own parts x_n (a + bX), whose second differences are all b; R = X³ fails."""
    x, (a, b) = sympy.symbols(f"x0:{size}"), sympy.symbols("a b")
    total = sum(x)
    for revenue, same in ((a * total + b * total**2, True), (total**3, False)):
        v = [sympy.cancel(y / total * revenue) for y in x]
        mixed = [sympy.diff(v[n] - v[m], x[n], x[m]) for n, m in combinations(range(size), 2)]
        assert all(zero(one) for one in mixed) == same


def _number(transfer: Any, world: Any, game: CoopetitionRound) -> Any:
    """Put the round's gain and costs in place of the functions."""
    omega = sympy.Symbol("omega")
    gain = 1 - 2 * (omega + 900) ** sympy.Float(-0.35)
    costs = {
        world.own[n]: sympy.Lambda(
            omega,
            -(float(game.unit_cost[n]) * omega + float(game.quadratic_cost[n]) * omega**2 / 2),
        )
        for n in world.all
    }
    for function, body in {world.gain: sympy.Lambda(omega, gain), **costs}.items():
        transfer = transfer.replace(function, body)
    return transfer


@pytest.mark.parametrize(("name", "size"), [(n, s) for n, s in CASES if RULES[n].kind in PAIRWISE])
def test_pairwise_with_general_parameters(name: str, size: int) -> None:
    """No t_k has x_n and x_m together in it: with Σ t = 0 that makes payments between two."""
    world, transfers = formulas(name, size)
    for k, (n, m) in product(range(size), combinations(range(size), 2)):
        if k not in (n, m):
            assert zero(sympy.diff(transfers[k], world.x[n], world.x[m]))
