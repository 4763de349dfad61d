"""What holds in every market of its kind, on random ones, against demand itself."""

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.studies.market import from_slopes, logit, second_choice
from tests.campaign import draws

pytestmark = pytest.mark.campaign
RNG = np.random.default_rng(7)
MARKETS = [RNG.dirichlet(np.ones(size + 1)) for size in RNG.integers(2, 9, draws(20, 2000))]


def ratios_of(shares: Array) -> Array:
    found = shares / (1 - shares[:, None])
    np.fill_diagonal(found, 0.0)
    return found


def test_second_choices_of_a_logit_are_its_derivatives_and_prices() -> None:
    """Slopes α s_n (δ_nm − s_m), margins of best replies: no margin is needed for the same J."""
    for whole in MARKETS:
        s = whole[1:]
        alpha = float(RNG.uniform(0.1, 5))
        slopes = alpha * (np.outer(s, s) - np.diag(s))
        margins = 1 / (alpha * (1 - s))
        true = from_slopes(slopes, margins, units=s)
        found = second_choice(s, ratios_of(s))
        np.testing.assert_allclose(
            found.damage, true.damage, rtol=0, atol=1e-11 * true.damage.max()
        )
        np.testing.assert_allclose(found.value, true.value, rtol=1e-11)
        np.testing.assert_allclose(logit(s, outside=whole[0]).stakes, true.stakes, atol=1e-11)


def test_what_is_kept_is_the_share_of_those_who_would_buy_nothing() -> None:
    for whole in MARKETS:
        size = whole.size - 1
        leave = RNG.dirichlet(np.ones(size), size)  # each row: others in their places, and none
        ratios = leave.copy()
        none = np.diagonal(leave).copy()
        np.fill_diagonal(ratios, 0.0)
        found = second_choice(RNG.uniform(1, 100, size), ratios, wtp=0.3)
        np.testing.assert_allclose(found.kept, none, atol=1e-13)


@pytest.mark.parametrize("prices", ["fixed", "linear", 0.3])
def test_with_nobody_who_buys_nothing_nobody_gains_when_all_do(prices: object) -> None:
    for whole in MARKETS:
        s = whole[1:] / whole[1:].sum()
        if s.size < 2:
            continue
        found = second_choice(s, ratios_of(s), prices=prices)
        np.testing.assert_allclose(found.weights, 0, atol=1e-13)
        np.testing.assert_allclose(logit(s, outside=0, prices=prices).weights, 0, atol=1e-13)


def profits(better: Array, mean: Array, alpha: float) -> Array:
    """Return profits in the Bertrand equilibrium of a logit with costs of 1, by damped replies."""
    p = np.ones(mean.size)
    for _ in range(5000):
        raised = np.exp(mean - alpha * (p - better))
        shares = raised / (1 + raised.sum())
        new = 1 + 1 / (alpha * (1 - shares))
        if np.abs(new - p).max() < 1e-14:
            break
        p = 0.6 * p + 0.4 * new
    return np.asarray((p - 1) * shares)


def test_logit_prices_move_as_the_equilibrium_does() -> None:
    """Against the equilibria where each firm in turn is a bit better."""
    alpha, step = 1.7, 1e-4
    for whole in [found for found in MARKETS if found[1:].max() < 0.7][: draws(4, 200)]:
        s = whole[1:]
        mean = np.log(s / whole[0]) + alpha * (1 + 1 / (alpha * (1 - s)))
        true = np.transpose([
            (profits(step * e, mean, alpha) - profits(-step * e, mean, alpha)) / (2 * step)
            for e in np.eye(s.size)
        ])  # fmt: skip
        found = logit(s, outside=float(whole[0]), prices="logit").stakes
        np.testing.assert_allclose(found, true, atol=2e-7)
