"""Do intervals of what is kept cover the truth as often as they say? Surveys are simulated."""

from collections.abc import Callable

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.studies.market import Market, margins, reconcile, second_choice
from tests.campaign import draws

pytestmark = pytest.mark.campaign
SHARES = np.array([0.30, 0.22, 0.15, 0.08])
OUTSIDE = 1 - SHARES.sum()
ASKED = 100
DATA = draws(60, 400)
DRAWS = draws(400, 1000)


def truth() -> tuple[Array, Array]:
    """Return diversion of a market of nests, which no logit is, and margins that go with it."""
    near = np.array([[0, 3, 1, 1], [3, 0, 1, 1], [1, 1, 0, 3], [1, 1, 3, 0]])
    cross = near * np.outer(SHARES, SHARES)  # symmetric
    own = cross.sum(axis=1) + 0.8 * OUTSIDE * SHARES
    return cross / own[:, None], SHARES / own


def covered(make: Callable[[Array, Array], Market], seed: int) -> tuple[float, float]:
    """Return how many of the 95 % intervals hold the truth, and how wide they are on average."""
    ratios, k = truth()
    rng = np.random.default_rng(seed)
    kept = 1 - ratios.sum(axis=1)
    odds = np.hstack([ratios, kept[:, None]])
    inside, width = [], []
    for _ in range(DATA):
        counts = np.array([rng.multinomial(ASKED, row) for row in odds], dtype=float)
        noisy = k * (1 + 0.1 * rng.standard_normal(k.size))
        value, damage = make(counts, noisy).draws(DRAWS, seed=int(rng.integers(2**31)))
        found = 1 - np.einsum("bnm,bm->bn", damage, value) / value
        low, high = np.quantile(found, [0.025, 0.975], axis=0)
        inside.append((low <= kept) & (kept <= high))
        width.append(high - low)
    found = float(np.mean(inside)), float(np.mean(width))
    print("covered, mean width:", found)
    return found


def test_intervals_of_second_choices_cover_what_is_kept() -> None:
    share, _ = covered(lambda counts, _: second_choice(1e4 * SHARES, counts), 1)
    assert 0.92 <= share <= 0.98


def test_intervals_of_reconciled_data_cover_it_and_are_no_wider() -> None:
    _, k = truth()
    share, width = covered(lambda counts, m: reconcile(1e4 * SHARES, counts, m, 0.1 * k), 2)
    _, alone = covered(lambda counts, _: second_choice(1e4 * SHARES, counts), 2)
    assert 0.92 <= share <= 0.98
    assert width < 1.02 * alone


def test_margins_are_much_less_sure_of_the_same_market() -> None:
    """Each diversion is multiplied by a ratio of margins, and they do not cancel."""
    _, k = truth()
    _, alone = covered(lambda counts, _: second_choice(1e4 * SHARES, counts), 3)
    _, width = covered(lambda counts, m: margins(1e4 * SHARES, counts, (m, 0.1 * k)), 3)
    assert width > 1.5 * alone
