"""Players whose payoffs differ by decades: units change no answer, sums keep what they claim."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from coopetition.games.finite import FiniteGame, potential_of
from coopetition.games.finite.game import Tensor
from coopetition.games.finite.potentials.potential import Kind
from tests.campaign import draws
from tests.games.finite.potentials import check_squares, line


def scaled(tensor: Tensor, units: Tensor) -> FiniteGame:
    return FiniteGame(tensor * units.reshape(-1, *[1] * (tensor.ndim - 1)))


def misfit(game: FiniteGame, potential: Any, weights: Any) -> Any:
    """Return the largest |Δu_n − w_n Δφ|, relative to the player's range; changes come first."""
    found = []
    for n, own in enumerate(game.tensor):
        left = own - own.take([0], n) - weights[n] * (potential - potential.take([0], n))
        found.append((left.max(axis=n) - left.min(axis=n)).max() / (game.ranges[n] or 1))
    return max(found)


def draw(seed: int) -> Tensor:
    """Draw whole payoffs of 2 or 3 players: any, sparse, of a potential, or nearly separable."""
    rng = np.random.default_rng((99, seed))
    size = int(rng.integers(2, 4))
    shape = tuple(int(k) for k in rng.integers(2, 5, size))
    everybody = set(range(size))
    if seed % 4 == 0:
        return rng.integers(-6, 7, (size, *shape))
    if seed % 4 == 1:
        return rng.integers(-1, 2, (size, *shape)) * (rng.random((size, *shape)) < 0.4)
    own = [rng.integers(-9, 9, line(shape, {n})) + np.zeros(shape, int) for n in range(size)]
    if seed % 4 == 2:
        phi = rng.integers(-4, 5, shape)
        rest = [rng.integers(-9, 9, line(shape, everybody - {n})) for n in range(size)]
        return np.stack([rng.integers(1, 5) * phi + own[n] + rest[n] for n in range(size)])
    sparse = rng.random((size, *shape)) < 0.1 * (rng.random() < 0.5)
    return np.stack(own) + sparse


@pytest.mark.campaign
def test_units_of_money_do_not_change_what_fractions_prove() -> None:
    answers = []
    for seed in range(draws(400, 3000)):
        tensor = draw(seed)
        units = 10.0 ** np.random.default_rng(seed).integers(-9, 10, len(tensor))
        proved = potential_of(FiniteGame(tensor * Fraction(1)), "weighted")
        for found in (
            potential_of(FiniteGame(tensor.astype(float)), "weighted"),
            potential_of(scaled(tensor, units), "weighted"),
        ):
            assert found.holds is proved.holds, seed
            if found.holds:
                assert found.potential is not None
                assert found.weights is not None
                assert misfit(found.game, found.potential, found.weights) <= 1e-9, seed
        answers.append(proved.holds)
    assert 0.2 < sum(map(bool, answers)) / len(answers) < 0.8


@pytest.mark.parametrize("units", [(1.0, 1.0), (1e9, 0.1), (0.1, 1e9), (1e-9, 10.0)])
def test_squares_that_refute_are_not_overruled_by_equal_weights(units: tuple[float, ...]) -> None:
    tensor = np.array(
        [[[0, -1], [0, -1], [2, 1], [1, 0]], [[6, 5], [-5, -2], [4, 3], [-6, -5]]]
    )  # player 1 has no mixed differences, player 2 has
    answer = potential_of(scaled(tensor, np.array(units)), "weighted")
    assert answer.holds is False
    check_squares(answer.game, answer.to_dict()["witness"])  # type: ignore[arg-type]


def test_weights_that_drown_in_the_tolerance_do_not_depend_on_units() -> None:
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(3, 4, 2))
    rest = [10.0**p * rng.normal(size=line(phi.shape, {0, 1, 2} - {n}))
            for n, p in enumerate((12, 0, 6))]  # fmt: skip
    tensor = np.stack([phi + own for own in rest])
    for units in (np.ones(3), np.array([1e-9, 1e3, 1e6]), np.array([1e7, 1.0, 1e-7])):
        found = potential_of(scaled(tensor, units), "weighted")
        assert found.holds
        assert found.potential is not None
        assert found.weights is not None
        assert misfit(found.game, found.potential, found.weights) <= 1e-9


def test_a_separable_player_does_not_drown_another() -> None:
    """Maximizing the potential finds the equilibrium: with weights 1 it was flat for player 2."""
    game = FiniteGame([[[0.0, 0.0], [1e9, 1e9]], [[0.0, 1e-8], [0.0, 1e-8]]])
    found = potential_of(game, "weighted")
    assert found.holds
    assert found.separable == game.players
    assert found.potential is not None
    assert found.weights is not None
    assert found.deviation is not None
    assert misfit(game, found.potential, found.weights) <= 1e-15
    assert 0 < found.deviation <= 1  # a bound on what the sum may lose
    assert found.potential.argmax() == 3  # both at their second strategies
    assert found.weights[0] == 1
    assert np.frexp(found.weights[1])[0] == 0.5


@pytest.mark.parametrize("kind", ["exact", "weighted"])
def test_a_potential_that_no_table_of_floats_holds_is_withheld(kind: Kind) -> None:
    """Player 1's own payoffs are ten decades above what ties it to player 2: no factor is free."""
    phi = np.array([[0, 1, 3], [2, 7, 4], [5, 3, 1]]) * Fraction(1, 10)
    tensor = np.stack([phi, phi])
    tensor[0, 1] += 10**10
    game = FiniteGame(tensor)
    proved = potential_of(game, kind)
    assert proved.holds
    assert proved.potential is not None
    assert misfit(game, proved.potential, proved.weights) == 0
    floats = game.to_floats()
    found = potential_of(floats, kind)
    assert found.holds
    assert found.potential is None
    assert found.deviation is not None
    assert found.weights is not None
    table = proved.potential.astype(float)
    lost = misfit(floats, table, found.weights)
    assert lost > 1e-9
    assert 0.1 < found.deviation / (lost / 1e-9) < 10
    assert "a table of floats would miss payoff changes by" in str(found)
    assert found.to_dict()["potential"] is None


def test_the_deviation_said_is_never_below_that_of_the_table() -> None:
    withheld = 0
    for seed in range(300):
        rng = np.random.default_rng((98, seed))
        shape = tuple(int(k) for k in rng.integers(2, 4, int(rng.integers(2, 5))))
        phi, players = rng.normal(size=shape), range(len(shape))
        own = [10.0 ** rng.integers(0, 10) * rng.normal(size=line(shape, {n})) for n in players]
        game = FiniteGame(np.stack([phi + part for part in own]))
        found = potential_of(game)
        assert found.holds
        assert found.deviation is not None
        withheld += found.potential is None
        assert (found.potential is None) is (found.deviation > 1)
        if found.potential is not None:
            assert found.weights is not None
            assert misfit(game, found.potential, found.weights) <= 1e-9 * found.deviation * 1.001
    assert 20 < withheld < 280
