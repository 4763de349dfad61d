"""Every rule against its formula, written out slowly and on its own."""

import itertools

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, Game, InvalidInputError, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.errors import UnsupportedGameError
from coopetition.mechanisms import (
    balanced_pigou,
    deviation_from_average,
    expected_externality,
    full_pigou,
    groves_ledyard,
    linear_pigou,
    marginal_contribution,
    partial_pigou,
    pool_shares,
    proportional,
    redistribution,
    revenue_shares,
    symmetric_intensity,
    symmetric_redistribution,
    walker,
)
from coopetition.mechanisms.rules.transfers import external_prices
from tests.instances import SYMMETRIC, random_round
from tests.mechanisms.catalogue import FIRMS, QuadraticGain, made, planned

SEEDS = range(12)


def drawn(seed: int, size: int = 4) -> tuple[CoopetitionRound, Array, Array]:
    """Return a round, a target and a profile."""
    game = random_round(seed, players=size, positive=True)
    z, x = game.spaces.sample(np.random.default_rng(seed), 2)
    return game, z, x


def total(game: Game, x: Array) -> float:
    return sum(float(u) for u in game.payoffs(x))


def at(x: Array, n: int, value: float) -> Array:
    y = x.copy()
    y[n] = value
    return y


def near(game: CoopetitionRound, x: Array) -> float:
    return 1e-10 * game.welfare_scale(x) * len(game.players)


def test_prices_are_external_effects_at_the_optimum_by_differences() -> None:
    checked = 0
    for seed in range(30):
        game = random_round(seed, players=4, positive=True)
        game = game.replace(gain=PowerGain(1.0, 30.0, 0.5, offset=100.0))
        x = planned(game).profile
        price = external_prices(game, x)
        for n in range(4):
            step = 1e-5 * max(float(game.max_contribution[n]), 1e-9)
            if not step < x[n] < game.max_contribution[n] - step:
                continue
            ends = [game.payoffs(at(x, n, x[n] + s)) for s in (step, -step)]
            change = (ends[0] - ends[1]) / (2 * step)
            others = float(np.delete(change, n).sum())
            assert price[n] == pytest.approx(others, rel=1e-3, abs=1e-6)
            checked += 1
    assert checked >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_rules(seed: int) -> None:
    game, z, x = drawn(seed)
    price = external_prices(game, z)
    tau = [float(p) for p in price]
    expected = [tau[n] * (x[n] - z[n]) for n in range(4)]
    assert linear_pigou(game, target=z)(game, x) == pytest.approx(np.array(expected), rel=1e-12)
    moved = linear_pigou(game, target=z, anchor=3.0)
    assert moved(game, x) == pytest.approx(price * (x - 3.0), rel=1e-12)
    assert moved(game, x).sum() == pytest.approx(moved.lump + moved.leak @ x, rel=1e-9)

    expected = [0.7 * (x[n] - sum(x[m] for m in range(4) if m != n) / 3) for n in range(4)]
    assert deviation_from_average(game, rate=0.7)(game, x) == pytest.approx(np.array(expected))

    pairs = itertools.product(range(4), repeat=2)
    rho = np.zeros((4, 4))
    for n, m in pairs:
        if n != m:
            rho[n, m] = (tau[n] + tau[m]) / 2 - sum(tau) / 6
    assert rho.sum(axis=1) == pytest.approx(price, abs=1e-9 * np.abs(price).max())
    expected = [sum(rho[n, m] * (x[n] - x[m]) for m in range(4)) for n in range(4)]
    unit = np.abs(rho).max() * x.max()
    paid = symmetric_redistribution(game, target=z)(game, x)
    assert paid == pytest.approx(np.array(expected), abs=1e-11 * unit)


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_on_welfare(seed: int) -> None:
    game, z, x = drawn(seed)
    u, w, near_ = game.payoffs(x), total(game, x), near(game, x)
    assert full_pigou(game)(game, x) == pytest.approx(w - u, abs=near_)
    without = np.array([total(game, at(x, n, 0.0)) for n in range(4)])
    assert marginal_contribution(game)(game, x) == pytest.approx(w - without - u, abs=near_)
    shares = np.random.default_rng(seed).dirichlet(np.ones(4))
    assert pool_shares(game, shares=shares)(game, x) == pytest.approx(shares * w - u, abs=near_)
    assert pool_shares(game)(game, x) == pytest.approx(w / 4 - u, abs=near_)
    moving = game.max_contribution > 0
    mean = game.weights[moving].mean()
    expected = 0.3 * (game.weights / mean * w - u)
    paid = partial_pigou(game, alpha=0.3)(game, x)
    assert paid[moving] == pytest.approx(expected[moving], abs=near_)

    effect = [total(game, at(z, n, x[n])) - game.payoffs(at(z, n, x[n]))[n] for n in range(4)]
    expected = np.array([f - (sum(effect) - f) / 3 for f in effect])
    assert expected_externality(game, target=z)(game, x) == pytest.approx(expected, abs=near_)


@pytest.mark.parametrize("seed", SEEDS)
def test_balanced_pigou_charges_every_interaction_to_those_outside(seed: int) -> None:
    game, _, x = drawn(seed)
    everyone = range(4)
    sets = [s for k in range(5) for s in itertools.combinations(everyone, k)]

    def welfare(members: tuple[int, ...]) -> float:
        return total(game, np.array([x[n] if n in members else 0.0 for n in everyone]))

    term = {
        s: sum((-1.0) ** (len(s) - len(t)) * welfare(t) for t in sets if set(t) <= set(s))
        for s in sets
    }
    w, u = welfare((0, 1, 2, 3)), game.payoffs(x)
    charge = [-sum(3 / (4 - len(s)) * term[s] for s in sets if n not in s) for n in everyone]
    paid = balanced_pigou(game)(game, x)
    assert paid == pytest.approx(w - u + np.array(charge), abs=100 * near(game, x))
    assert paid.sum() == pytest.approx(3 * term[0, 1, 2, 3], abs=100 * near(game, x))


def test_balanced_pigou_is_balanced_where_no_interaction_is_of_all() -> None:
    rng = np.random.default_rng(0)
    for size, holds in ((2, False), (3, True), (5, True)):
        game = CoopetitionRound(
            gain=QuadraticGain(0.01), local_data=rng.uniform(0, 5, size), max_contribution=5.0,
            value=rng.uniform(1, 3, size), quadratic_cost=0.1, damage=0.1, unit_cost=0.1,
        )  # fmt: skip
        x = game.spaces.sample(rng, 50)
        sums = float(np.abs(balanced_pigou(game)(game, x).sum(axis=1)).max())
        assert (sums < 1e-9) is holds
    with pytest.raises(UnsupportedGameError, match="at most 8 organizations, got 9"):
        balanced_pigou(random_round(0, players=9))


@pytest.mark.parametrize("seed", SEEDS)
def test_sharing_revenue(seed: int) -> None:
    game, _, x = drawn(seed)
    omega = sum(game.local_data) + sum(game.quality * x)
    gain = game.gain.value(omega) + game.personal_gain(x)
    revenue = [float(game.value[n] * gain[n]) for n in range(4)]
    shares = np.random.default_rng(seed).dirichlet(np.ones(4))
    expected = np.array([shares[n] * sum(revenue) - revenue[n] for n in range(4)])
    paid = revenue_shares(game, shares=shares)(game, x)
    assert paid == pytest.approx(expected, abs=near(game, x))
    expected = np.array([x[n] / sum(x) * sum(revenue) - revenue[n] for n in range(4)])
    assert proportional(game)(game, x) == pytest.approx(expected, abs=near(game, x))
    nothing = np.zeros(4)
    revenue_ = game.payoff_terms(nothing)[0]
    if np.isfinite(revenue_).all():
        equal = revenue_.sum() / 4 - revenue_
        assert proportional(game)(game, nothing) == pytest.approx(equal, abs=near(game, x))


@pytest.mark.parametrize("size", [3, 4, 5])
@pytest.mark.parametrize("seed", range(6))
def test_rules_made_for_messages(seed: int, size: int) -> None:
    game, z, x = drawn(seed, size)
    tau = external_prices(game, z)
    unit = float(np.abs(tau).max() * game.max_contribution.sum()) + 1e-9
    d = [float(x[n] - z[n]) for n in range(size)]
    fines, rate = [], 0.01
    for n in range(size):
        others = [d[m] for m in range(size) if m != n]
        mean = sum(others) / (size - 1)
        variance = sum((y - mean) ** 2 for y in others) / (size - 2)
        fines.append(rate / 2 * ((size - 1) / size * (d[n] - mean) ** 2 - variance))
    paid = [float(tau[n] * x[n]) for n in range(size)]
    expected = [paid[n] - (sum(paid) - paid[n]) / (size - 1) - fines[n] for n in range(size)]
    rule = groves_ledyard(game, target=z, rate=rate)
    unit_ = unit + rate * float(game.max_contribution.max()) ** 2
    assert rule(game, x) == pytest.approx(np.array(expected), abs=1e-11 * unit_)

    q = game.quality
    seller = sum(tau / q) / (size - 1)
    level = sum(q * x)
    expected = []
    for n in range(size):
        after, then = (n + 1) % size, (n + 2) % size
        cyclic = q[after] * d[after] - q[then] * d[then]
        expected.append(seller * q[n] * x[n] - (seller - tau[n] / q[n] + rate * cyclic) * level)
    unit_ = (unit / q.min() + rate * float(q @ game.max_contribution) ** 2) * size
    paid_ = walker(game, target=z, rate=rate)(game, x)
    assert paid_ == pytest.approx(np.array(expected), abs=1e-11 * unit_)


def test_falkingers_rate() -> None:
    """For U_n = v(X) − x_n one β = 1 − 1/N fits everybody."""
    game = FIRMS.replace(value=1.0, unit_cost=0.125, quadratic_cost=0.0)
    rule = deviation_from_average(game, target=np.full(4, 31.0 / 4))  # N v′ = c at X = 31
    assert rule.rate / 0.125 == pytest.approx(1 - 1 / 4)
    one = SYMMETRIC.among([0])
    assert deviation_from_average(one, rate=3.0)(one, np.array([5.0])).tolist() == [0.0]


def test_a_symmetric_intensity_without_negative_entries_exists_as_said() -> None:
    from scipy.optimize import linprog

    rng, seen = np.random.default_rng(1), set()
    for _ in range(60):
        tau = rng.uniform(-0.2, 1.0, 4) ** 3 * 5
        pairs = list(itertools.combinations(range(4), 2))
        rows = np.array([[float(n in pair) for pair in pairs] for n in range(4)])
        exists = linprog(np.zeros(6), A_eq=rows, b_eq=tau).status == 0
        assert exists is bool((tau >= 0).all() and 2 * tau.max() <= tau.sum())
        seen.add(exists)
        assert symmetric_intensity(tau).sum(axis=1) == pytest.approx(tau)
    assert seen == {True, False}


def test_an_intensity_of_a_rule_may_be_negative_damage_not() -> None:
    rho = [[0.0, -1.0], [2.0, 0.0]]
    game = SYMMETRIC.among([0, 1])
    paid = redistribution(game, rate=1.0, intensity=rho)(game, np.array([3.0, 5.0]))
    assert paid.tolist() == [-1 * 3.0 - 2 * 5.0, 2 * 5.0 + 1 * 3.0]
    with pytest.raises(InvalidInputError, match="non-negative"):
        game.replace(damage=rho)


def test_batches_are_profiles_one_by_one() -> None:
    x = FIRMS.spaces.sample(np.random.default_rng(0), 6).reshape(2, 3, 4)
    z = planned(FIRMS).profile
    from coopetition.mechanisms import RULES

    for name in RULES:
        rule = made(name, FIRMS, z)
        together = rule(FIRMS, x)
        assert together.shape == x.shape
        for place in itertools.product(range(2), range(3)):
            assert together[place] == pytest.approx(rule(FIRMS, x[place]), abs=1e-12), name


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: pool_shares(FIRMS, shares=[0.5, 0.5, 0.0, 0.0]), "4 positive numbers"),
        (lambda: pool_shares(FIRMS, shares=[0.5, 0.5]), "4 positive numbers"),
        (lambda: revenue_shares(FIRMS, shares=[0.5, 0.6, 0.0, 0.0]), "that sum to 1"),
        (lambda: revenue_shares(FIRMS, shares="all"), "4 non-negative numbers"),
        (lambda: partial_pigou(FIRMS, alpha=1.5), r"`alpha` must be in \[0, 1\]"),
        (lambda: groves_ledyard(FIRMS, target=np.ones(4), rate=0.0), "`rate` must be"),
        (lambda: walker(FIRMS, target=np.ones(4), rate=-1.0), "`rate` must be"),
        (lambda: linear_pigou(FIRMS, target=np.ones(4), anchor=[1.0, 2.0]), "`anchor` must be"),
        (lambda: deviation_from_average(FIRMS), "`rate` or `target`"),
        (lambda: expected_externality(FIRMS, target=[1.0]), "4 numbers"),
    ],
)
def test_wrong_parameters_are_refused(make: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        make()  # type: ignore[operator]


def test_rules_say_for_whom_they_are_not() -> None:
    two = FIRMS.among([0, 1])
    for make in (walker, groves_ledyard, symmetric_redistribution):
        with pytest.raises(UnsupportedGameError, match="at least 3 organizations, got 2"):
            make(two, target=np.ones(2))
    with pytest.raises(UnsupportedGameError, match="all weights positive"):
        partial_pigou(FIRMS.replace(damage=2.0), alpha=0.5)
