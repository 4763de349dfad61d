import json
import pickle
from typing import Any

import numpy as np
import pytest

from coopetition.games import (
    InvalidInputError,
    SymbolicGame,
    SymbolicPotential,
    UnsupportedGameError,
    certify,
    potential_of_symbolic,
)
from coopetition.games.symbolic.budget import _stages
from coopetition.solvers import solve
from tests.games.symbolic.algebra_here import analyzed

sp = pytest.importorskip("sympy")
x, y, z = sp.symbols("x y z", positive=True)
a, b, c1, c2 = sp.symbols("a b c_1 c_2", positive=True)
v1, v2, v3 = sp.symbols("v_1:4", positive=True)


def cournot() -> SymbolicGame:
    price = a - b * (x + y)
    return SymbolicGame([x * price - c1 * x, y * price - c2 * y], [x, y])


def assert_potential(game: SymbolicGame, found: SymbolicPotential) -> None:
    """Differentiate Φ in numbers at random points, independently of how it was found."""
    assert found.holds
    rng = np.random.default_rng(0)
    names = [*game.parameters, *(s for block in game.strategies for s in block)]
    for payoff, block, weight in zip(game.payoffs, game.strategies, found.weights, strict=True):
        for s in block:
            gap = sp.diff(payoff, s) - weight * sp.diff(found.potential, s)
            slopes = [gap, sp.diff(payoff, s)]
            values = sp.lambdify(names, slopes)(*rng.uniform(0.5, 2, len(names)))
            assert abs(values[0]) <= 1e-9 * (1 + abs(values[1]))


def test_cournot_is_exact_with_the_known_potential() -> None:
    found = potential_of_symbolic(cournot())
    assert (found.kind, found.holds, found.claim) == ("exact", True, "proved")
    known = a * (x + y) - b * (x**2 + y**2 + x * y) - c1 * x - c2 * y  # Monderer and Shapley 1996
    assert sp.expand(found.potential - known) == 0
    (solution,) = found.solutions
    assert found.own_concave
    assert sp.simplify(solution[x] - (a - 2 * c1 + c2) / (3 * b)) == 0
    assert "an exact potential game (proved by exact algebra)" in str(found)
    assert r"x = \frac{a - 2 c_{1} + c_{2}}{3 b}" in found.latex()


def test_the_symbolic_equilibrium_is_the_numeric_one() -> None:
    values = {a: 10.0, b: 1.0, c1: 1.0, c2: 2.0}
    game = cournot().smooth(values, [(0, 10), (0, 10)], own_concave=True)
    (solution,) = potential_of_symbolic(cournot()).solutions
    formula = [float(solution[s].subs(values)) for s in (x, y)]
    np.testing.assert_allclose(solve(game).profile, formula, atol=1e-9)
    assert certify(game, formula).holds


def test_differentiated_bertrand() -> None:
    d12, d21 = sp.symbols("d_12 d_21", positive=True)
    game = SymbolicGame(
        [(x - c1) * (a - b * x + d12 * y), (y - c2) * (a - b * y + d21 * x)], [x, y]
    )
    found = analyzed(game)
    assert (found.kind, found.claim) == ("weighted", "proved")
    assert sp.simplify(found.weights[0] / found.weights[1] - d12 / d21) == 0
    assert found.positive == ()
    assert_potential(game, found)


def bertrand_of_three(d: list[list[Any]]) -> SymbolicGame:
    own = (x, y, z)
    payoffs = [
        own[n] * (a - b * own[n] + sum(d[n][m] * own[m] for m in range(3) if m != n))
        for n in range(3)
    ]
    return SymbolicGame(payoffs, own)


def test_three_prices_need_cross_effects_that_multiply_alike_both_ways_round() -> None:
    d = [[sp.Symbol(f"d_{n}{m}", positive=True) for m in range(3)] for n in range(3)]
    found = analyzed(bertrand_of_three(d))
    assert (found.holds, found.claim) == (False, "proved")
    around = d[0][1] * d[1][2] * d[2][0] - d[1][0] * d[2][1] * d[0][2]
    assert sp.cancel(found.obstacle / around).free_symbols <= {d[2][1], d[1][2]}
    assert found.witness is not None
    assert len(found.witness.cycles) == 3
    d[2][0] = d[1][0] * d[2][1] * d[0][2] / (d[0][1] * d[1][2])
    assert analyzed(bertrand_of_three(d)).claim == "proved"
    assert analyzed(bertrand_of_three(d)).holds


def test_public_goods() -> None:
    good = sp.Function("f")(x + y + z)
    payoffs = [v1 * good - c1 * x, v2 * good - c2 * y**2, v3 * good - sp.exp(z)]
    found = analyzed(SymbolicGame(payoffs, [x, y, z]))
    assert (found.kind, found.claim) == ("weighted", "proved")
    assert sp.simplify(found.weights[1] / found.weights[0] - v2 / v1) == 0
    expected = good - c1 * x / v1 - c2 * y**2 / v2 - sp.exp(z) / v3
    assert sp.simplify(sp.expand(found.potential - expected)).free_symbols <= {v1, v2, v3}


@pytest.mark.parametrize("size", [2, 3])
def test_the_lottery_contest_is_refuted_with_a_witness(size: int) -> None:
    own, prizes = (x, y, z)[:size], (v1, v2, v3)[:size]
    game = SymbolicGame([v * s / sum(own) - s for v, s in zip(prizes, own, strict=True)], own)
    found = analyzed(game)
    assert (found.holds, found.claim) == (False, "proved")
    assert found.witness is not None
    for cycle in found.witness.cycles:
        assert np.abs(cycle.differences).min() > 1e-6


def test_data_and_compute() -> None:
    d1, d2, e1, e2 = sp.symbols("d_1 d_2 e_1 e_2", positive=True)
    shared = sp.log(1 + d1 * e1 + d2 * e2)
    good = SymbolicGame([v1 * shared - d1**2 - e1, v2 * shared - d2 - e2**2], [[d1, e1], [d2, e2]])
    found = analyzed(good)
    assert (found.holds, found.claim, found.weights) == (True, "proved", (v1, v2))
    assert_potential(good, found)
    bad = SymbolicGame([d1 * d2 + e1 * e2, d1 * d2 + 2 * e1 * e2], [[d1, e1], [d2, e2]])
    refused = analyzed(bad)
    assert (refused.holds, refused.claim) == (False, "proved")
    assert refused.witness is not None


def test_one_sided_and_opposed_interests() -> None:
    lonely = analyzed(SymbolicGame([x * y, y], [x, y]))
    assert "vanishes" in lonely.reason
    opposed = analyzed(SymbolicGame([v1 * x * y, -v2 * x * y], [x, y]))
    assert "opposite sign" in opposed.reason
    free = analyzed(SymbolicGame([x - x**2, 2 * y, z * x], [x, y, z]))
    assert free.holds is False
    apart = analyzed(SymbolicGame([x - x**2, 2 * y], [x, y]))
    assert (apart.holds, len(apart.components)) == (True, 2)


def test_a_hidden_identity_is_proved() -> None:
    left, right = sp.sin(x + y), sp.sin(x) * sp.cos(y) + sp.cos(x) * sp.sin(y)
    found = analyzed(SymbolicGame([v1 * left, v2 * right], [x, y]))
    assert (found.holds, found.claim) == (True, "proved")


def test_time_over_falls_back_to_numbers() -> None:
    found = potential_of_symbolic(cournot(), seconds=1e-3)
    assert found.claim == "checked"
    assert found.holds is True
    assert found.weights is None
    assert "longer than 0.001 s" in found.reason
    assert "checked on 64 points" in str(found)
    contest = SymbolicGame([x / (x + y) - x, y / (x + y) - y], [x, y])
    refused = potential_of_symbolic(contest, seconds=1e-3)
    assert (refused.holds, refused.claim) == (False, "checked")
    assert refused.witness is not None


def test_a_trial_in_numbers_says_what_it_put_in_the_place_of_symbols() -> None:
    good = sp.Function("f")(x + y)
    game = SymbolicGame([v1 * good, v2 * good], [x, y])
    found = potential_of_symbolic(game, seconds=1e-3)
    assert (found.holds, found.claim, found.weights) == (True, "checked", None)
    assert "one draw of the parameters, with one formula" in found.reason


def test_what_is_done_in_time_is_kept() -> None:
    whole = pickle.dumps(("weights", {"known": "proved"})) + pickle.dumps(("potential", x + y))
    assert list(_stages(whole)) == ["weights", "potential"]
    for end in range(len(whole)):
        found = _stages(whole[:end])
        assert list(found) in ([], ["weights"])
    assert list(_stages(whole[:-1])) == ["weights"]


def test_kinks_and_jumps_are_refused_since_derivatives_do_not_see_them() -> None:
    from sympy.utilities.lambdify import implemented_function

    jump = sp.Piecewise((0, x < y), (1, True))
    with pytest.raises(UnsupportedGameError, match="player 1 is no smooth formula"):
        potential_of_symbolic(SymbolicGame([jump, x * y], [x, y]))
    code = implemented_function("code", lambda value: 2 * value)(x)
    with pytest.raises(UnsupportedGameError, match="player 2 is no smooth formula"):
        potential_of_symbolic(SymbolicGame([x * y, code * y], [x, y]))


def test_a_witness_that_numbers_cannot_give_is_missing_not_invented() -> None:
    far = sp.log(x - 5)  # no number where the trial looks
    found = potential_of_symbolic(SymbolicGame([x * y + far, -x * y], [x, y]))
    assert (found.holds, found.claim, found.witness) == (False, "proved", None)
    kept = potential_of_symbolic(SymbolicGame([x * y + sp.log(x - 5), x * y], [x, y]), solve=False)
    assert (kept.holds, kept.claim) == (True, "proved")


def test_plain_values_and_decimals() -> None:
    game = SymbolicGame([x * (1 - 0.1 * (x + y)), y * (1 - 0.1 * (x + y))], [x, y])
    assert not game.payoffs[0].atoms(sp.Float)
    plain = json.loads(json.dumps(potential_of_symbolic(game).to_dict()))
    assert plain["claim"] == "proved"
    assert plain["weights"] == ["1", "1"]
    assert plain["solutions"] == [{"x": "10/3", "y": "10/3"}]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="different symbols"):
        SymbolicGame([x, x], [x, x])
    with pytest.raises(InvalidInputError, match="one per player"):
        SymbolicGame([x], [x, y])
    with pytest.raises(InvalidInputError, match="SymPy expressions"):
        SymbolicGame(["x*y", y], [x, y])
    with pytest.raises(InvalidInputError, match="no number for b"):
        cournot().smooth({a: 1, c1: 1, c2: 1}, [(0, 1)] * 2)
    with pytest.raises(InvalidInputError, match="without formula"):
        SymbolicGame([sp.Function("f")(x)], [x]).smooth({}, [(0, 1)])
    with pytest.raises(InvalidInputError, match="`seconds`"):
        potential_of_symbolic(cournot(), seconds=0)
    with pytest.raises(UnsupportedGameError, match="SymbolicGame"):
        potential_of_symbolic("game")  # type: ignore[arg-type]


def test_kinks_that_derivatives_do_not_see_are_not_taken_for_a_potential() -> None:
    x, y = sp.symbols("x y", real=True)
    for kinked in (sp.acos(sp.cos(x - y)), sp.sqrt((sp.Symbol("z") - y) ** 2)):
        own = sorted(kinked.free_symbols - {y}, key=str)[0]
        found = analyzed(SymbolicGame([kinked, sp.Integer(0)], [own, y]))
        assert found.holds is False
        assert found.claim == "checked"


@pytest.mark.parametrize("name", ["frac", "acot"])
def test_jumps_are_refused(name: str) -> None:
    x, y = sp.symbols("x y", positive=True)
    with pytest.raises(UnsupportedGameError, match="no smooth formula"):
        potential_of_symbolic(SymbolicGame([getattr(sp, name)(x - y), x * y], [x, y]))


def test_a_strategy_written_with_other_assumptions_is_refused() -> None:
    x, y = sp.symbols("x y", positive=True)
    with pytest.raises(InvalidInputError, match="another symbol x"):
        SymbolicGame([sp.Symbol("x") * y, 2 * x], [x, y])


@pytest.mark.parametrize("value", [sp.nan, sp.oo, sp.zoo, sp.I])
def test_payoffs_that_are_no_real_numbers_are_refused(value: Any) -> None:
    x, y = sp.symbols("x y", positive=True)
    with pytest.raises(InvalidInputError, match="real numbers"):
        SymbolicGame([value * x, y], [x, y])
