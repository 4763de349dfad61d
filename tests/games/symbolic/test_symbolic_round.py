from typing import Any

import numpy as np
import pytest

from coopetition.games import (
    CoopetitionRound,
    PowerGain,
    SymbolicGame,
    potential_of_smooth,
)
from tests.games.symbolic.algebra_here import analyzed

sp = pytest.importorskip("sympy")


def coopetition(size: int, gain: Any) -> tuple[SymbolicGame, list[Any], dict[str, Any]]:
    """Return the round with symbolic ρ, p, q and unit costs, and its weights as the theory says."""
    own = sp.symbols(f"x_1:{size + 1}", nonnegative=True)
    p, q, cost = (sp.symbols(f"{name}_1:{size + 1}", positive=True) for name in ("p", "q", "a"))
    rho = [
        [0 if n == m else sp.Symbol(f"rho_{n}{m}", positive=True) for m in range(size)]
        for n in range(size)
    ]
    data = sp.Symbol("D", positive=True)
    omega = data + sum(own[n] * q[n] for n in range(size))
    harm = [sum(rho[n][m] * p[m] for m in range(size)) for n in range(size)]
    payoffs = [
        p[n] * gain(omega)
        - cost[n] * own[n]
        - harm[n] * (gain(omega) - gain(omega - q[n] * own[n]))
        for n in range(size)
    ]
    symbols = {"x": own, "p": p, "q": q, "a": cost, "rho": rho, "D": data}
    return SymbolicGame(payoffs, own), [p[n] - harm[n] for n in range(size)], symbols


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("gain", ["any", "inverse", "power"])
def test_the_round_has_the_weights_of_the_theory(size: int, gain: str) -> None:
    curve = {
        "any": sp.Function("P"),
        "inverse": lambda w: 1 - 2 / w,
        "power": lambda w: 1 - 2 * w ** sp.Rational(-7, 20),
    }[gain]
    game, theory, symbols = coopetition(size, curve)
    found = analyzed(game)
    assert (found.holds, found.claim) == (True, "proved")
    for n in range(size):
        ratio = found.weights[n] / found.weights[0] - theory[n] / theory[0]
        assert sp.simplify(ratio) == 0
    assert len(found.positive) == size - 1  # signs depend on ρ and p
    own, cost = symbols["x"], symbols["a"]
    omega = symbols["D"] + sum(own[n] * symbols["q"][n] for n in range(size))
    scale = sp.cancel(found.weights[0] / theory[0])
    expected = curve(omega) - sum(cost[n] * own[n] / theory[n] for n in range(size))
    assert not sp.simplify(scale * found.potential - expected).free_symbols & set(own)


def test_transfers_that_are_separable_keep_the_weights_and_differences_squared_do_not() -> None:
    game, theory, symbols = coopetition(3, sp.Function("P"))
    own, rho = symbols["x"], symbols["rho"]
    kappa = sp.Symbol("kappa", positive=True)
    pairs = [(n, m) for n in range(3) for m in range(3)]
    published = [
        u + kappa * sum(rho[n][m] * (own[n] - own[m]) for m in range(3))
        for n, u in enumerate(game.payoffs)
    ]
    kept = analyzed(SymbolicGame(published, own))
    assert (kept.holds, kept.claim) == (True, "proved")
    assert sp.simplify(kept.weights[1] / kept.weights[0] - theory[1] / theory[0]) == 0
    bent = list(game.payoffs)
    for n, m in pairs:
        bent[n] += kappa * rho[n][m] * (own[n] - own[m]) ** 3
    assert analyzed(SymbolicGame(bent, own)).holds is False


def test_compensated_damage_is_refuted_for_three_and_not_for_two() -> None:
    for size, holds in ((2, True), (3, False)):
        game, _, symbols = coopetition(size, sp.log)
        own, p, q, rho = (symbols[name] for name in ("x", "p", "q", "rho"))
        omega = symbols["D"] + sum(own[n] * q[n] for n in range(size))
        brought = [sp.log(omega) - sp.log(omega - q[n] * own[n]) for n in range(size)]
        payoffs = [
            u
            + sum(rho[n][m] * p[m] for m in range(size)) * brought[n]
            - sum(rho[m][n] * p[n] * brought[m] for m in range(size))
            for n, u in enumerate(game.payoffs)
        ]
        found = analyzed(SymbolicGame(payoffs, own))
        assert found.holds is holds
        assert (found.witness is None) is holds


def test_numbers_of_the_round_agree_with_the_package() -> None:
    game, _, s = coopetition(2, lambda w: 1 - 2 * w ** sp.Rational(-7, 20))
    values = {s["p"][0]: 900, s["p"][1]: 500, s["q"][0]: 1, s["q"][1]: 0.5, s["D"]: 2400}
    values |= {s["a"][0]: 0.001, s["a"][1]: 0.002, s["rho"][0][1]: 0.1, s["rho"][1][0]: 0.2}
    smooth = game.smooth(values, [(0, 4000)] * 2)
    ours = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500, 900], value=[900, 500],
        quality=[1, 0.5], unit_cost=[0.001, 0.002], max_contribution=4000,
        damage=[[0, 0.1], [0.2, 0]],
    )  # fmt: skip
    batch = ours.spaces.sample(np.random.default_rng(0), 10)
    np.testing.assert_allclose(smooth.payoffs(batch), ours.payoffs(batch), rtol=1e-12)
    weights = potential_of_smooth(smooth).weights
    np.testing.assert_allclose(weights[1], ours.weights[1] / ours.weights[0], rtol=1e-7)
