"""Formulas: verdicts of users' own rules, and the algebra of ours with general parameters."""

from typing import Any

import numpy as np
import pytest
import sympy
from sympy.core.sympify import converter

from coopetition.games import CoopetitionRound, Game, PowerGain
from coopetition.games.arrays import Array
from coopetition.mechanisms import Mechanism, TransferRule, audit_mechanism
from coopetition.mechanisms.audit.symbolic import formula_of
from tests.mechanisms.audit.test_audit import GAME

FOUR = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 300.0, 700.0],
    max_contribution=[4000.0, 3000.0, 5000.0, 2000.0], value=[1000.0, 800.0, 1200.0, 700.0],
    unit_cost=0.001, quadratic_cost=4e-6, quality=[1.0, 0.5, 0.7, 0.9],
    damage=[[0, 0.1, 0.02, 0], [0.0, 0, 0.05, 0.1], [0.12, 0.03, 0, 0.01], [0.1, 0, 0.02, 0]],
)  # fmt: skip


def verdicts(rule: TransferRule, game: CoopetitionRound = GAME) -> dict[str, tuple[Any, Any]]:
    """Return {property: (holds, claim)} of a user's own rule."""
    mechanism = Mechanism(rule, np.zeros(len(game.players)))
    middle = 0.5 * game.max_contribution
    audit = audit_mechanism(game, mechanism, profile=middle, target=None, outside={})
    return {name: (audit[name].holds, audit[name].claim) for name in NAMES}


NAMES = ("budget-balance", "potential-kept")
PROVED, REFUTED, SEEN = (True, "proved"), (False, "proved"), (True, "checked")


def balanced(game: Any, x: Array) -> Array:
    """Redistribute with numbers that are no binary fractions."""
    return np.asarray(0.02 * (game.damage.row_sums * x - game.damage.spread(x)))


def published(game: Any, x: Array) -> Array:
    return np.asarray(0.02 * (game.damage.row_sums * x - game.damage.weigh(x)))


def cubes(game: Game, x: Array) -> Array:
    gap = x[..., :, None] - x[..., None, :]
    return np.asarray(1e-9 * (gap**3).sum(axis=-1))


def levels(game: Any, x: Array) -> Array:
    return np.asarray(1e-7 * game.weights * x.sum(axis=-1, keepdims=True) ** 2)


def parts(game: Game, x: Array) -> Array:
    """Divide 100 by contributions: a fraction without a pole."""
    total = 1.0 + x.sum(axis=-1, keepdims=True)
    return np.asarray(100.0 * ((1.0 + x.shape[-1] * x) / (x.shape[-1] * total) - 1 / x.shape[-1]))


@pytest.mark.parametrize(
    ("rule", "budget", "potential"),
    [
        (balanced, PROVED, PROVED),
        (published, REFUTED, PROVED),
        (cubes, PROVED, REFUTED),
        (levels, REFUTED, PROVED),
        (parts, SEEN, REFUTED),  # 1/3 rounded is not a third
    ],
)
def test_a_formula_is_proved_or_refuted(rule: Any, budget: Any, potential: Any) -> None:
    found = verdicts(rule)
    assert found["budget-balance"] == budget
    assert found["potential-kept"] == potential


def test_thirds_that_are_rounded_are_checked_not_refuted() -> None:
    def shares(game: Game, x: Array) -> Array:
        return np.asarray(x - (1 / 3) * x.sum(axis=-1)[..., None])

    thirds = formula_of(GAME, shares)
    assert thirds is not None
    assert not thirds.balanced
    assert thirds.leaks_at() is None
    assert verdicts(shares)["budget-balance"] == SEEN


@pytest.mark.parametrize(
    "rule",
    [
        lambda game, x: np.log1p(x),
        lambda game, x: np.where(x > 7, 1.0, x),
        lambda game, x: np.where(x == 0, 1.0, x),  # == says nothing about a symbol: a corner does
        lambda game, x: np.where(x == x[..., ::-1], 1.0, x),
        lambda game, x: np.asarray(x, dtype=float),
        lambda game, x: x / x.sum(axis=-1, keepdims=True).clip(1e-9),
        lambda game, x: 1.0 / (x - 1234.5),  # a pole in the box, at no corner
        lambda game, x: (1.0 + x.sum(axis=-1, keepdims=True) + 0 * x) ** 60,  # too many terms
        lambda game, x: game.payoffs(x),
        lambda game, x: x[..., :2],
    ],
)
def test_a_rule_that_looks_at_numbers_has_no_formula(rule: Any) -> None:
    with np.errstate(all="ignore"):
        assert formula_of(GAME, rule) is None


QUOTA = np.array([1234.5, 777.0, 55.0])


def ring(x: Array) -> Array:
    """Pay the next one: zero-sum whatever x is."""
    return np.asarray(x - np.roll(x, 1, axis=-1))


@pytest.mark.parametrize(
    "rule",
    [
        lambda game, x: ring(x) + np.where(x == QUOTA, 10.0, 0.0),
        lambda game, x: np.where((x != QUOTA).any(axis=-1, keepdims=True), ring(x), -5.0),
        lambda game, x: ring(x) + np.where(x - QUOTA, 0.0, 1.0),
        lambda game, x: ring(x) + np.logical_not(x - QUOTA),
        lambda game, x: ring(x) + np.vectorize(lambda one: {777.0: 5.0}.get(one, 0.0))(x),
        lambda game, x: ring(x) + np.vectorize(lambda one: 7.0 * (one in (777.0,)))(x),
        lambda game, x: ring(x) * ((x[..., :1] - 1234.5) / (x[..., :1] - 1234.5)),
        lambda game, x: ring(x) * ((x[..., :1] - 1234.5) ** -1 * (x[..., :1] - 1234.5)),
    ],
)
def test_a_branch_at_one_contribution_is_not_proved_away(rule: Any) -> None:
    """A bonus for who keeps to a quota, or a pole there: no draw and no corner ever sees it."""
    with np.errstate(all="ignore"):
        assert abs(rule(GAME, ring(x=np.zeros(3))).sum()) < 1e-9
        assert not abs(rule(GAME, QUOTA).sum()) < 1e-6
        assert formula_of(GAME, rule) is None


def test_a_rule_that_hides_that_it_looked_has_no_formula() -> None:
    def hidden(game: Game, x: Array) -> Array:
        try:
            hit = bool((x == QUOTA).all())
        except TypeError:
            hit = False
        return np.asarray(ring(x) + hit)

    assert formula_of(GAME, hidden) is None


@pytest.mark.parametrize(
    "rule",
    [
        lambda game, x: ring(np.float64(0.1) * x + np.float32(0.5)),
        lambda game, x: ring(x**2.0 / 3 - np.square(x) * True),
        lambda game, x: ring(game.value * x - x @ np.diag(game.quality)),
        lambda game, x: ring(1.0 / (1.0 + x) ** 2 + (2.0 + x) ** -1),
        lambda game, x: ring(game.cost(x)) + 0.0 * x.var(axis=-1, keepdims=True),
        lambda game, x: ring(np.einsum("...n,nm->...m", x, np.eye(3))),
    ],
)
def test_what_only_calculates_is_proved(rule: Any) -> None:
    assert verdicts(rule)["budget-balance"] == PROVED


def test_numbers_mean_what_they_did_before() -> None:
    before = dict(converter)
    assert formula_of(GAME, balanced) is not None

    def broken(game: Game, x: Array) -> Array:
        raise KeyError("what a rule may do")

    assert formula_of(GAME, broken) is None
    assert dict(converter) == before
    assert isinstance(0.5 * sympy.Symbol("y"), sympy.Mul)
    assert sympy.sympify(0.1) != sympy.Rational(0.1)


def test_a_corner_that_leaks_and_a_cycle_that_is_open_are_what_they_say() -> None:
    leaking, mixing = formula_of(GAME, published), formula_of(GAME, cubes)
    assert leaking is not None
    assert mixing is not None
    corner, amount = leaking.leaks_at() or (None, None)
    assert published(GAME, np.array(corner)).sum() == pytest.approx(amount)
    cycle = mixing.open_cycle()
    assert cycle is not None
    n, m, x, y, gap = cycle
    change = 0.0
    at = x.copy()
    for who, place in ((n, y), (m, y), (n, x), (m, x)):  # once around, payoffs of who moves
        before = GAME.payoffs(at) + cubes(GAME, at)
        at[who] = place[who]
        change += float((GAME.payoffs(at) + cubes(GAME, at) - before)[who] / GAME.weights[who])
    assert abs(change) == pytest.approx(abs(gap), rel=1e-6)
    assert mixing.symmetric is False


def test_who_cannot_move_is_a_number() -> None:
    game = FOUR.replace(max_contribution=[4000.0, 0.0, 5000.0, 2000.0], value=[1e3, 10, 1200, 700])
    assert game.weights[1] < 0
    formula = formula_of(game, balanced)
    assert formula is not None
    assert formula.balanced
    assert formula.symmetric
