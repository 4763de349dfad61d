"""`solve` with negative weights: found and verified, or declined; never a false equilibrium."""

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, Game, PowerGain, certify
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.best_response import best_response, global_response
from coopetition.mechanisms import redistribute, redistribution
from coopetition.solvers import Status, solve
from tests.instances import payoff_scale


def mixed_game(seed: int) -> AggregativeGame:
    """Two organizations; the second one's weight may be negative, and payments tempt it to act."""
    rng = np.random.default_rng(seed)
    base = CoopetitionRound(
        gain=PowerGain(1.0, float(rng.uniform(5, 40)), float(rng.uniform(0.3, 1.2))),
        local_data=rng.uniform(20, 300, 2),
        max_contribution=rng.uniform(300, 3000, 2),
        value=[rng.uniform(500, 1500), rng.uniform(5, 60)],
        unit_cost=rng.uniform(0, 0.02, 2),
        quadratic_cost=10 ** rng.uniform(-6, -4, 2),
        damage=[[0, 0.0], [rng.uniform(0.1, 0.6), 0]],
        organizations=["North", "Mill"],
    )
    rate, intensity = float(rng.uniform(0.02, 0.5)), float(rng.uniform(0.1, 0.5))
    induced = redistribute(base, redistribution(base, rate=rate, intensity=intensity))
    assert isinstance(induced, AggregativeGame)
    return induced


def answer(game: AggregativeGame, n: int, other: float) -> float:
    """Return n's best response to the other's contribution, independent of the solvers."""
    form = game.form
    rest = form.base + float(form.quality[1 - n]) * other
    if form.weight[n] >= 0:
        return best_response(form, n, rest, 0.0)
    return global_response(form, n, rest)[0]


def crossings(game: AggregativeGame, points: int) -> list[float]:
    """Return where x ↦ B_0(B_1(x)) − x is continuous and changes sign: the equilibria's x_0."""
    xs = np.linspace(0.0, game.spaces.upper[0], points)
    gaps = [answer(game, 0, answer(game, 1, float(x))) - x for x in xs]
    found = [float(x) for x, gap in zip(xs, gaps, strict=True) if gap == 0]
    for k in range(points - 1):
        low, high, sign = xs[k], xs[k + 1], np.sign(gaps[k])
        if sign * np.sign(gaps[k + 1]) >= 0:
            continue
        for _ in range(50):
            middle = 0.5 * (low + high)
            same = np.sign(answer(game, 0, answer(game, 1, middle)) - middle) == sign
            low, high = (middle, high) if same else (low, middle)
        if abs(answer(game, 0, answer(game, 1, low)) - low) < 1e-6 * xs[-1]:
            found.append(float(low))
    return found


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_answers_are_certified_or_declined(first: int) -> None:
    declined = 0
    for seed in range(first, first + 100):
        game = mixed_game(seed)
        found = solve(game)
        declined += found.status is Status.NO_PURE_EQUILIBRIUM
        assert found.success == (found.status is Status.CONVERGED), seed
        if found.success:
            for n in (0, 1):  # the certificate, seen again on a grid of payoffs
                batch = np.repeat(found.profile[None], 501, axis=0)
                batch[:, n] = np.linspace(0.0, game.spaces.upper[n], 501)
                best = float(game.payoffs(batch)[:, n].max())
                assert best <= found.payoffs[n] + 1e-8 * payoff_scale(game, found.profile), seed
            if game.weights[1] < 0:
                assert "Mill" in found.reason, seed
    assert declined <= 3


def test_a_game_without_pure_equilibrium_is_declined() -> None:
    """Best responses jump over each other: the composed response has a sign change, no zero."""
    game = mixed_game(192)
    assert crossings(game, 1001) == []
    found = solve(game)
    assert found.status is Status.NO_PURE_EQUILIBRIUM
    assert not found.success
    assert found.certificate.deviation is not None
    assert "no pure equilibrium exists" in found.reason


def test_crossings_are_found_where_solve_finds_them() -> None:
    for seed in (0, 5, 9):
        game = mixed_game(seed)
        found = solve(game)
        places = crossings(game, 501)
        assert min(abs(x - found.profile[0]) for x in places) < 1e-4 * game.spaces.upper[0], seed


def test_the_maximizer_of_a_signed_potential_is_refused() -> None:
    """With signs mixed, argmax of P + Σ s_m/w_m is not an equilibrium: it must not certify."""
    refused = 0
    for seed in range(60):
        game = mixed_game(seed)
        form = game.form
        if not form.weight[1] < 0:
            continue
        axes = [np.linspace(0.0, top, 201) for top in form.upper]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        signed = form.gain.value(form.aggregate(grid)) + (form.own(grid) / form.weight).sum(axis=1)
        certificate = certify(game, grid[int(np.argmax(signed))])
        slack = 0.02 * payoff_scale(game, grid[0])  # far more than the grid's coarseness
        refused += certificate.epsilon > slack
        assert solve(game).success or solve(game).status is Status.NO_PURE_EQUILIBRIUM
    assert refused >= 10


def test_an_unknown_game_is_searched_on_payoffs() -> None:
    from numpy.typing import ArrayLike

    from coopetition.games import Box
    from coopetition.games.arrays import Array

    class Cournot(Game):
        """Price 10 − Σ q, costs 1, 2, 3: q = (3, 2, 1)."""

        @property
        def players(self) -> tuple[str, ...]:
            """Three firms."""
            return ("A", "B", "C")

        @property
        def spaces(self) -> Box:
            """Quantities up to 10."""
            return Box(np.zeros(3), np.full(3, 10.0))

        def payoffs(self, profile: ArrayLike) -> Array:
            """Return profits."""
            q = np.asarray(profile, dtype=float)
            return q * (10.0 - q.sum(axis=-1, keepdims=True) - np.array([1.0, 2.0, 3.0]))

    found = solve(Cournot(), tol=1e-5)
    assert found.success
    assert found.profile == pytest.approx([3.0, 2.0, 1.0], abs=1e-2)
    assert found.payoffs == pytest.approx([9.0, 4.0, 1.0], abs=5e-2)
