"""The catalog: every stated equilibrium is one, and the textbooks' numbers come out."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError, certify
from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.catalog import (
    CATALOG,
    bertrand,
    braess,
    commons,
    congestion,
    coopetitive,
    coordination,
    cournot,
    data_sharing_duopoly,
    effort_game,
    federated_oligopoly,
    prisoners_dilemma,
    public_goods,
    tullock,
)
from coopetition.games.catalog.sharing import vertical_profits
from coopetition.games.finite import FiniteGame
from coopetition.games.potentials import potential_of
from coopetition.games.repeated import grim_trigger
from coopetition.games.smooth.potential import potential_of_smooth
from tests.games.finite.kinds import potentials_of


def pure(game: FiniteGame) -> set[tuple[int, ...]]:
    """Return all pure equilibria, profile after profile."""
    every = product(*map(range, game.shape))
    return {a for a in every if max(game.regret(a)) <= 1e-12}


@pytest.mark.parametrize("name", CATALOG)
def test_the_stated_equilibria_are_equilibria(name: str) -> None:
    book = CATALOG[name]()
    assert book.source
    if isinstance(book.game, FiniteGame):
        assert set(book.equilibria) == pure(book.game)
    else:
        assert isinstance(book.game, Game)
        assert book.equilibria
        for profile in book.equilibria:
            assert certify(book.game, profile).holds


@pytest.mark.parametrize("name", CATALOG)
def test_other_profiles_are_not(name: str) -> None:
    book = CATALOG[name]()
    if isinstance(book.game, Game):
        box = book.game.spaces
        away = box.project(0.9 * np.asarray(book.equilibria[0]) + 0.1 * box.upper + 1e-3)
        if not any(np.allclose(away, known) for known in book.equilibria):
            assert not certify(book.game, away).holds


def test_cournot_has_the_published_numbers() -> None:
    book = cournot(10, 1, (1, 2, 3))
    np.testing.assert_allclose(book.equilibria[0], [3, 2, 1])
    np.testing.assert_allclose(book.game.payoffs(book.equilibria[0]), [9, 4, 1])
    same = cournot(10, 1, (1, 1, 1))
    q = float(np.sum(same.equilibria[0]))
    welfare, best = 9 * q - q * q / 2, 9 * 9 / 2
    assert same.facts["welfare ratio"] == pytest.approx(welfare / best)
    assert same.facts["welfare ratio"] == pytest.approx(15 / 16)


def test_the_other_markets_have_their_closed_forms() -> None:
    np.testing.assert_allclose(bertrand(10, 1, (2, 2)).equilibria[0], 12.0)
    np.testing.assert_allclose(tullock((4.0, 4.0)).equilibria[0], 1.0)
    np.testing.assert_allclose(tullock((2.0, 1.0)).equilibria[0], [4 / 9, 2 / 9])
    meadow = commons(5, 12.0, 0.0)
    assert np.sum(meadow.equilibria[0]) == pytest.approx(10.0)
    assert meadow.facts["best total"] == 6.0
    for members in (1, 2, 10, 50):
        given_ = public_goods(10.0, members, 0.5)
        assert float(np.sum(given_.equilibria[0])) < 10.0  # the bound βw/(1−β)
    np.testing.assert_allclose(public_goods(10.0, 1, 0.5).equilibria[0], 5.0)


def test_the_critical_reward_separates_no_effort_from_all() -> None:
    for m in (2, 3, 7):
        critical = 2 * 1.5 * m / (m + 1)
        below, above = (
            effort_game(0.99 * critical, [1.5] * m),
            effort_game(1.01 * critical, [1.5] * m),
        )
        assert below.facts["critical reward"] == pytest.approx(critical)
        assert not certify(below.game, np.ones(m)).holds
        assert certify(above.game, np.ones(m)).holds
        assert certify(below.game, np.zeros(m)).holds


@given(a=st.floats(0.3, 1.0), b=st.floats(0.01, 0.29))
def test_two_models_earn_what_choi_and_shin_say(a: float, b: float) -> None:
    better, worse = vertical_profits([a, b])
    assert better == pytest.approx(4 * a * a * (a - b) / (4 * a - b) ** 2)
    assert worse == pytest.approx(a * b * (a - b) / (4 * a - b) ** 2)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), size=st.integers(2, 4))
def test_price_competition_is_an_equilibrium_of_the_market(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    quality = np.sort(rng.uniform(0.2, 1.0, size))[::-1]
    if np.diff(quality).max(initial=-1) > -0.02:
        return
    earned = vertical_profits(quality)
    types = (np.arange(20_000) + 0.5) / 20_000
    # prices from profits: p_i² (1/d_(i−1) + 1/d_i) = profit
    gaps = -np.diff(np.append(quality, 0.0))
    slope = 1 / gaps + np.concatenate(([0.0], 1 / gaps[:-1]))
    prices = np.sqrt(earned / slope)

    def sold(own: int, price: float) -> float:
        asked = prices.copy()
        asked[own] = price
        worth = np.vstack((types * quality[:, None] - asked[:, None], np.zeros(types.size)))
        return price * float((worth.argmax(axis=0) == own).mean())

    for n in range(size):
        assert sold(n, prices[n]) == pytest.approx(earned[n], rel=2e-2, abs=2e-4)
        tried = [sold(n, p) for p in np.linspace(0.2, 3, 60) * prices[n]]
        assert max(tried) <= earned[n] + 5e-4


def test_competition_keeps_equal_firms_from_training_together() -> None:
    rivals = federated_oligopoly((2.0, 1.0))
    assert (1, 1) not in rivals.equilibria
    assert rivals.game.payoffs((1, 1)).tolist() == [0.0, 0.0]
    apart = federated_oligopoly((2.0, 1.0), competition=False)
    assert (1, 1) in apart.equilibria
    assert (apart.game.payoffs((1, 1)) > apart.game.payoffs((0, 0))).all()


@given(share=st.floats(0.1, 0.9), beta=st.floats(0.1, 2), gamma=st.floats(0, 0.95))
def test_sharing_data_pays_by_the_threshold(share: float, beta: float, gamma: float) -> None:
    margin = 2 * share**-beta - gamma * (1 - share) ** -beta - (2 - gamma)
    try:
        book = data_sharing_duopoly(share, beta, gamma, data=1e6)
    except InvalidInputError:
        return
    apart, together = (float(book.game.payoffs(a)[0]) for a in ((0, 0), (1, 1)))
    if abs(margin) > 1e-6:
        assert (together > apart) == (margin > 0)
        assert book.facts["first gains"] == float(margin > 0)


def test_the_prisoners_grim_trigger_needs_a_half() -> None:
    book = prisoners_dilemma(5, 3, 1, 0)
    assert grim_trigger(book.game, (0, 0), (1, 1)).critical == book.facts["critical discount"]
    assert book.facts["critical discount"] == 0.5


def test_braess_has_the_printed_minutes() -> None:
    before, after = braess(bridge=False), braess()
    assert {-float(v) for a in before.equilibria for v in before.game.payoffs(a)} == {65.0}
    assert {-float(v) for a in after.equilibria for v in after.game.payoffs(a)} == {80.0}
    assert after.equilibria == ((2, 2, 2, 2),)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_rosenthals_potential_is_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    players, resources = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    cost = rng.normal(size=(resources, players))
    choices = [
        [np.flatnonzero(rng.random(resources) < 0.6).tolist() for _ in range(rng.integers(1, 4))]
        for _ in range(players)
    ]

    def delay(row: Array) -> Callable[[int], float]:
        return lambda users: float(row[users - 1])

    book = congestion([delay(row) for row in cost], choices)
    assert book.potential is not None
    for n, own in enumerate(book.game.tensor):
        gap = own - book.potential
        assert np.ptp(gap, axis=n).max() < 1e-12
    assert set(book.equilibria) == pure(book.game)


def test_mixed_facts_make_the_other_indifferent() -> None:
    book = coordination(2, 1)
    first = book.facts["mixed first"]
    mixed = [[first, 1 - first]] * 2
    assert book.game.mixed_regret(mixed).max() == pytest.approx(0.0)


def test_dependence_makes_partners_contribute_more() -> None:
    levels = [float(coopetitive(dependence=d).equilibria[0][0]) for d in (0.0, 0.3, 0.9)]
    assert levels == sorted(levels)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: prisoners_dilemma(1, 3),
        lambda: coordination(0, 1),
        lambda: cournot(10, 1, (1, 9.9)),
        lambda: bertrand(10, 3),
        lambda: tullock((1, 2, 3)),
        lambda: public_goods(taste=1.0),
        lambda: effort_game(1, (1, 2)),
        lambda: coopetitive(members=1),
        lambda: data_sharing_duopoly(1.0),
        lambda: data_sharing_duopoly(0.01, 1.0),
        lambda: federated_oligopoly((1.0,)),
        lambda: congestion([lambda k: 1.0], [[[1]]]),
        lambda: congestion([], []),
    ],
)
def test_impossible_parameters_are_refused(wrong: object) -> None:
    with pytest.raises(InvalidInputError):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bertrand", "exact"),
        ("commons", "exact"),
        ("cournot", "exact"),
        ("effort-game", "exact"),
        ("public-goods", "exact"),
        ("tullock", None),
        ("braess", "exact"),
        ("battle-of-the-sexes", "exact"),
        ("coordination", "exact"),
        ("data-sharing-duopoly", "exact"),
        ("matching-pennies", None),
        ("prisoners-dilemma", "exact"),
        ("rock-paper-scissors", None),
        ("stag-hunt", "exact"),
    ],
)
def test_the_catalog_has_its_known_potentials(name: str, kind: str | None) -> None:
    game = CATALOG[name]().game
    if isinstance(game, FiniteGame):
        held = [answer.kind for answer in potentials_of(game.to_fractions()) if answer.holds]
        assert (held[0] if held else None) == kind
    else:
        found = potential_of(game)
        assert found.holds == (kind is not None)
        assert kind is None or found.kind == kind


def test_cournots_potential_is_slades() -> None:
    """Φ = Σ (a − c_i) q_i − b Σ q_i² − b Σ_{i<j} q_i q_j (Slade 1994), up to a constant."""
    book = cournot(10, 1, (1, 2, 3))
    found = potential_of_smooth(book.game)
    draws = book.game.spaces.sample(np.random.default_rng(0), 50)
    total, squares = draws.sum(axis=1), (draws**2).sum(axis=1)
    slade = draws @ (10 - np.array([1.0, 2.0, 3.0])) - squares - 0.5 * (total**2 - squares)
    gap = np.array([found.potential(q) for q in draws]) - slade
    assert np.ptp(gap) < 1e-9


def test_unequal_partners_share_data_by_a_weighted_potential() -> None:
    game = data_sharing_duopoly(share=0.45).game
    found = potential_of(game, "weighted")
    assert found.holds
    assert potential_of(game, "exact").holds is False
    apart, together = (game.payoffs(a) for a in ((0, 0), (1, 1)))
    gains = together - apart
    assert found.weights is not None
    assert found.weights[1] == pytest.approx(gains[1] / gains[0])
