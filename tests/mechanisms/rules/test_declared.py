"""Declared properties: "always" is never falsified on random rounds, all else fails somewhere."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import CoopetitionRound, Game, certify
from coopetition.games.arrays import Array
from coopetition.mechanisms import RULES, Mechanism, TransferRule, audit_mechanism, redistribute
from coopetition.mechanisms.audit.properties import PROPERTIES
from coopetition.mechanisms.rules.promises import ALWAYS, NEVER, Declared
from coopetition.solvers import Status, solve
from tests.campaign import draws
from tests.instances import SYMMETRIC, payoff_scale, random_round
from tests.mechanisms.catalogue import FIRMS, made, planned

CONCAVE = "all w_n ≥ 0"
rounds = st.builds(
    random_round, st.integers(0, 100_000), players=st.integers(2, 6), positive=st.booleans()
)
rules = pytest.mark.parametrize("name", RULES)


def leak(game: CoopetitionRound, rule: object, x: Array) -> float:
    """Return the largest |Σ t| on profiles, in units of what is moved and earned."""
    paid = rule(game, x)  # type: ignore[operator]
    unit = np.abs(paid).sum(axis=-1) + len(game.players) * payoff_scale(game, x)
    prices = getattr(rule, "slope", np.zeros(1))
    unit = unit + np.abs(prices).sum() * game.max_contribution.max()
    return float((np.abs(paid.sum(axis=-1)) / unit).max())


def tangled(game: Game, rule: object, x: Array, y: Array) -> float:
    """Return the most by which somebody's transfer mixes two others, in units of transfers."""
    worst, size = 0.0, x.size
    for m in range(size):
        for k in range(m):
            corners = np.stack((x, x, x, x))
            corners[[1, 3], m], corners[[2, 3], k] = y[m], y[k]
            paid = rule(game, corners)  # type: ignore[operator]
            mixed = np.delete(paid[3] - paid[2] - paid[1] + paid[0], [m, k])
            prices = np.abs(getattr(rule, "slope", np.zeros(1))).sum() * game.spaces.upper.max()
            unit = np.abs(paid).sum() + payoff_scale(game, x) * size + prices
            worst = max(worst, float(np.abs(mixed).max(initial=0.0)) / unit)
    return worst


def keeps_potential(game: CoopetitionRound, rule: object, profile: Array) -> bool | None:
    mechanism = Mechanism(rule, np.zeros(len(game.players)))  # type: ignore[arg-type]
    audit = audit_mechanism(game, mechanism, profile=profile, target=None, outside={})
    return audit["potential-kept"].holds


@rules
@settings(max_examples=draws(12, 100), deadline=None)
@given(game=rounds, seed=st.integers(0, 1000))
def test_always_is_never_falsified(name: str, game: CoopetitionRound, seed: int) -> None:
    said, best = RULES[name].declared, planned(game)
    rule = made(name, game, best.profile)
    if rule is None:
        return
    x = game.spaces.sample(np.random.default_rng(seed), 5)
    if said.budget_balance == ALWAYS:
        assert leak(game, rule, x) < 1e-12
    if said.pairwise_zero_sum == ALWAYS:
        assert leak(game, rule, x) < 1e-12
        assert tangled(game, rule, x[0], x[1]) < 1e-12
    if said.potential_kept == ALWAYS and game.has_potential:
        assert keeps_potential(game, rule, best.profile)
    moving = game.weights[game.max_contribution > 0]
    concave = said.optimum_is_equilibrium == CONCAVE and bool((moving >= 0).all())
    if best.concave and (said.optimum_is_equilibrium == ALWAYS or concave):
        assert certify(redistribute(game, rule), best.profile).holds


@rules
@settings(max_examples=draws(4, 30), deadline=None)
@given(seed=st.integers(0, 100_000), size=st.integers(2, 6))
def test_the_induced_game_is_solved(name: str, seed: int, size: int) -> None:
    game = random_round(seed, players=size, positive=True)
    best = planned(game)
    rule = made(name, game, best.profile)
    if rule is None:
        return
    if name == "proportional" and sum(game.payoff_terms(np.zeros(size))[0]) < 0:
        return  # a loss is divided: see below
    found = solve(redistribute(game, rule))
    assert found.success, found
    on_welfare = RULES[name].declared.optimum_is_equilibrium == ALWAYS
    if on_welfare and name != "expected-externality":  # whose own terms may have several peaks
        unit = 1e-8 * game.welfare_scale(best.profile)
        assert float(game.welfare(found.profile)) >= best.welfare - unit


def test_a_loss_in_proportion_to_contributions_may_leave_no_equilibrium() -> None:
    game = random_round(5022, players=4, positive=True)
    assert game.payoff_terms(np.zeros(4))[0].sum() < 0
    found = solve(redistribute(game, made("proportional", game, np.zeros(4))))
    assert found.status is Status.NO_PURE_EQUILIBRIUM
    assert found.certificate.epsilon > 1.0


@rules
def test_what_is_not_always_fails_somewhere(name: str) -> None:
    """On the four firms, of unequal weights and bound by nothing; N = 4."""
    said, best = RULES[name].declared, planned(FIRMS).profile
    published = {"balanced": False} if name == "redistribution" else {}
    rule = made(name, FIRMS, best, **published)
    x = FIRMS.spaces.sample(np.random.default_rng(0), 5)
    if said.budget_balance != ALWAYS:
        assert leak(FIRMS, rule, x) > 1e-6
    if said.pairwise_zero_sum != ALWAYS:
        assert leak(FIRMS, rule, x) > 1e-6 or tangled(FIRMS, rule, x[0], x[1]) > 1e-6
    if said.potential_kept != ALWAYS:
        assert keeps_potential(FIRMS, rule, best) is False
    if said.optimum_is_equilibrium not in (ALWAYS, CONCAVE):
        assert not certify(redistribute(FIRMS, rule), best).holds


@pytest.mark.parametrize("name", ["linear-pigou", "symmetric-redistribution", "walker"])
def test_linear_prices_hold_no_target_where_a_payoff_is_not_concave(name: str) -> None:
    game = SYMMETRIC.replace(
        value=[1000.0] * 5 + [100.0], quadratic_cost=1e-9, max_contribution=6000.0
    )
    assert game.weights[5] < 0
    target = np.full(6, 1500.0)
    assert not certify(redistribute(game, made(name, game, target)), target).holds


def test_conditions_under_which_the_potential_is_kept() -> None:
    alike = FIRMS.replace(value=3.0)
    target = planned(alike).profile
    for name in ("full-pigou", "balanced-pigou", "marginal-contribution", "groves-ledyard"):
        assert keeps_potential(alike, made(name, alike, target), target), name
    weights = FIRMS.weights / FIRMS.weights.sum()
    for name in ("pool-shares", "revenue-shares"):
        assert keeps_potential(FIRMS, made(name, FIRMS, target, shares=weights), target), name
    assert certify(
        redistribute(FIRMS, made("partial-pigou", FIRMS, target, alpha=1.0)),
        planned(FIRMS).profile,
    ).holds


def test_transfers_that_are_only_rounding_break_nothing() -> None:
    """Shares of revenue in proportion to value change nobody's part: t is rounding."""
    shares = FIRMS.value / FIRMS.value.sum()
    rule = made("revenue-shares", FIRMS, np.ones(4), shares=shares)
    assert np.abs(rule(FIRMS, np.ones(4))).max() < 1e-12
    mechanism = Mechanism(rule, np.zeros(4))
    audit = audit_mechanism(FIRMS, mechanism, profile=np.ones(4), target=None, outside={})
    assert audit["budget-balance"].holds
    assert audit["potential-kept"].holds


def test_what_breaks_the_potential() -> None:
    def plain(game: CoopetitionRound, x: Array) -> Array:
        u = game.payoffs(x)
        return np.asarray(0.4 * (u.sum(axis=-1, keepdims=True) - u))

    def compensation(game: CoopetitionRound, x: Array) -> Array:
        """Every rival pays for the profit that n's contribution brings it and n loses."""
        omega = game.form.aggregate(x)[..., None]
        brought = game.gain.value(omega) - game.gain.value(omega - game.quality * x)
        rho = game.damage.weigh(np.eye(len(game.players))).T
        return np.asarray(brought * (rho @ game.value) - game.value * (brought @ rho))

    target = planned(FIRMS).profile
    assert keeps_potential(FIRMS, plain, target) is False
    assert keeps_potential(FIRMS.replace(value=3.0), plain, target)
    three = SYMMETRIC.among([0, 1, 2]).replace(value=[900.0, 1000.0, 1100.0])
    x = three.spaces.sample(np.random.default_rng(0), 5)
    assert leak(three, compensation, x) < 1e-12
    assert keeps_potential(three, compensation, x[0]) is False


def test_messages_are_free_contributions_are_not() -> None:
    """The literal rules give incentives that sum to zero: no interior optimum is held."""
    best = planned(FIRMS).profile

    def times(rule: TransferRule, rate: float, game: Game, x: Array) -> Array:
        return np.asarray(rate * rule(game, x))

    def cyclic(game: Game, x: Array) -> Array:
        price = np.roll(x, -1, axis=-1) - np.roll(x, -2, axis=-1)
        return np.asarray(-price * x.sum(axis=-1, keepdims=True))

    def fines(game: Game, x: Array) -> Array:
        mean = (x.sum(axis=-1, keepdims=True) - x) / 3
        return np.asarray(-0.5 * (0.75 * (x - mean) ** 2))

    for rule in (cyclic, fines):
        for rate in (-3.0, 0.1, 1.0, 10.0):
            scaled = partial(times, rule, rate)
            assert not certify(redistribute(FIRMS, scaled), best).holds


def test_nothing_is_declared_that_is_no_word_of_the_catalogue() -> None:
    for name, entry in RULES.items():
        said = entry.declared
        for text in (said.budget_balance, said.pairwise_zero_sum, said.optimum_is_equilibrium):
            assert text in (ALWAYS, NEVER) or len(text) > 4, name
        assert said.pairwise_zero_sum != ALWAYS or said.budget_balance == ALWAYS, name


def test_declared_properties_have_the_audits_names() -> None:
    names = {one.name.replace("_", "-") for one in fields(Declared)}
    assert names - {"transfer", "source"} < PROPERTIES.keys()
