"""Who pays whom: sums are the transfers, and each pair's payment is what the rule says of it."""

from typing import Any

import numpy as np
import pytest

from coopetition.mechanisms import RULES, deviation_from_average, redistribution
from coopetition.mechanisms.audit.algebra import PAIRWISE
from coopetition.mechanisms.rules.bilateral import bilateral_prices, contracts
from coopetition.mechanisms.rules.expected_externality import expected_externality
from coopetition.mechanisms.rules.transfers import NoTransfer, PairwiseRule
from tests.instances import random_round
from tests.mechanisms.catalogue import made


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_pairs_add_up_to_transfers(name: str, seed: int) -> None:
    game = random_round(seed, players=4, positive=True)
    target, x = game.spaces.sample(np.random.default_rng(seed), 2)
    rule = made(name, game, target)
    assert isinstance(rule, PairwiseRule) == (type(rule) in PAIRWISE and name != "none")
    if not isinstance(rule, PairwiseRule):
        return
    flows, paid = rule.flows(game, x), rule(game, x)
    near = 1e-9 * (np.abs(flows).sum() + np.abs(paid).sum())
    assert np.abs(flows + flows.T).max() <= near
    assert flows.sum(axis=1) == pytest.approx(paid, abs=near)


def test_a_pair_pays_by_its_own_contributions_only() -> None:
    """Had the amounts been spread in any other way with the same sums, this would fail."""
    game = random_round(3, players=4, positive=True)
    z, x, other = game.spaces.sample(np.random.default_rng(0), 3)
    rules: list[Any] = [
        bilateral_prices(game, target=z),
        redistribution(game, rate=0.3, intensity=np.triu(np.ones((4, 4)), 1)),
        redistribution(game, rate=0.3, balanced=False, intensity=np.triu(np.ones((4, 4)), 1)),
        deviation_from_average(game, rate=0.3),
        expected_externality(game, target=z),
    ]
    mixed = other.copy()
    mixed[[0, 2]] = x[[0, 2]]
    for rule in rules:
        assert rule.flows(game, mixed)[0, 2] == pytest.approx(rule.flows(game, x)[0, 2], rel=1e-9)


def test_prices_between_two_are_those_of_the_matrix() -> None:
    game = random_round(5, players=3, positive=True)
    x = 0.5 * game.max_contribution
    rule = bilateral_prices(game, target=x)  # at the target nobody is fined
    pi = rule.prices()
    assert rule.flows(game, x)[0, 1] == pytest.approx(pi[0, 1] * x[0] - pi[1, 0] * x[1])
    chain = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    fined = contracts([0.2, 0.6, 0.0], chain, target=[1.0, 2.0, 3.0], sharpening=[0.0, 4.0, 0.0])
    flows = fined.flows(game, np.array([10.0, 3.0, 5.0]))
    # South has 0.3 × 3 from each less half of the fine 4 × (3 − 2)²/2 = 2; North 0.2 × 10.
    assert flows.round(9).tolist() == [[0, 2.1, 0], [-2.1, 0, -0.1], [0, 0.1, 0]]


def test_the_published_form_leaves_its_leak_to_somebody_outside() -> None:
    game = random_round(2, players=3, positive=True)
    x = np.array([1.0, 2.0, 3.0])
    rho = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    rule = redistribution(game, rate=2.0, balanced=False, intensity=rho)
    left = rule(game, x) - rule.flows(game, x).sum(axis=1)
    assert left == pytest.approx(rule.leak * x)
    # t_1 = 2 (x_1 − x_2): North's price per unit of x_2 is paid to South
    assert rule.flows(game, x)[1, 0] == pytest.approx(2 * 1.0 * x[1])


def test_a_rule_without_transfers_says_nothing() -> None:
    assert not isinstance(NoTransfer(3), PairwiseRule)
