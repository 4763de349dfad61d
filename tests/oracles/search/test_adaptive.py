"""The adaptive search: few trainings, an equilibrium that stands, and nothing claimed too much."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.certificate import certify
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.search.adaptive import AdaptiveSearch, Proposal, find_equilibrium, respond
from coopetition.oracles.search.gain_surface import GainSurface, fit_surface
from tests.campaign import draws

TOP = 400.0


def drawn(seed: int, size: int) -> tuple[CoopetitionRound, FunctionOracle]:
    """Draw a round, and an oracle of its gain with noise keyed by the seed."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, size)))
    exponent = float(rng.uniform(0.3, 1.2))
    data = rng.uniform(40.0, 120.0, size)
    game = CoopetitionRound(
        gain=PowerGain(2.0, 0.5 * float(data.sum()) ** exponent, exponent),
        local_data=data,
        max_contribution=TOP,
        value=rng.uniform(700.0, 1300.0, size),
        unit_cost=rng.uniform(0.03, 0.09, size),
        quadratic_cost=rng.uniform(5e-4, 2e-3, size),
        quality=rng.uniform(0.2, 0.9, size),
        damage=0.32 / (size - 1),
    )

    def gain(x: Array, seed: int) -> float:
        luck = np.random.default_rng(np.random.SeedSequence((9, seed))).standard_normal()
        return float(game.gain.value(game.form.aggregate(x)) + 0.004 * luck)

    return game, FunctionOracle(function=gain, upper=(TOP,) * size)


def searched(game: CoopetitionRound, oracle: Any, **options: Any) -> AdaptiveSearch:
    def propose(surface: GainSurface) -> Proposal:
        found = respond(surface, game.weights, game.form.own, game.max_contribution)
        return Proposal(
            found.profile, game.weights, game.form.own, np.abs(game.payoffs(found.profile))
        )

    return find_equilibrium(oracle, propose, local_data=game.local_data, **options)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(draws(5, 40)))
def test_known_rounds_are_solved_to_one_percent_with_few_trainings(seed: int) -> None:
    size = 2 + seed % 5
    game, oracle = drawn(seed, size)
    found = searched(game, oracle)
    assert found.reached
    assert found.trainings == len(found.surface.gains) <= 3 * size + 5
    true = certify(game, found.profile).regret / np.abs(game.payoffs(found.profile))
    assert true.max() <= 0.01
    assert (found.regret <= found.bound).all()
    assert found.bound.max() <= 0.01


def test_a_smaller_target_takes_more_trainings_and_leaves_less_regret() -> None:
    game, oracle = drawn(3, 3)
    rough = searched(game, oracle, target=0.05, budget=60)
    fine = searched(game, oracle, target=0.002, budget=60)
    assert rough.trainings < fine.trainings
    assert fine.reached
    payoffs = game.payoffs(fine.profile)
    assert (certify(game, fine.profile).regret / np.abs(payoffs)).max() <= 0.002


def test_the_answer_does_not_depend_on_the_unit_of_the_data() -> None:
    """Counted in thousands, nobody can bring as much as one unit; regrets are the same."""
    game, oracle = drawn(3, 3)
    unit, curve = 1000.0, game.gain
    assert isinstance(curve, PowerGain)
    thousands = CoopetitionRound(
        gain=PowerGain(curve.ceiling, curve.scale * unit**-curve.exponent, curve.exponent),
        local_data=game.local_data / unit,
        max_contribution=TOP / unit,
        value=game.value,
        unit_cost=game.unit_cost * unit,
        quadratic_cost=game.quadratic_cost * unit**2,
        quality=game.quality,
        damage=0.32 / 2,
    )
    scaled = FunctionOracle(
        function=lambda x, seed: oracle.function(unit * x, seed), upper=(TOP / unit,) * 3
    )
    found, same = searched(game, oracle, budget=6), searched(thousands, scaled, budget=6)
    assert same.trainings == found.trainings
    assert unit * same.profile == pytest.approx(found.profile, rel=1e-3)
    assert same.bound == pytest.approx(found.bound, rel=1e-2)
    assert same.bound.min() > 0


def test_it_says_when_the_budget_was_too_small() -> None:
    game, oracle = drawn(4, 4)
    found = searched(game, oracle, target=1e-4, budget=6)
    assert not found.reached
    assert found.trainings == 6
    assert found.bound.max() > 1e-4
    assert "6 trainings" in str(found)
    assert "NOT reached" in str(found)


def test_a_gain_that_falls_again_is_no_trap() -> None:
    """The first one's rows harm beyond the middle: everybody's best is inside."""

    def gain(x: Array, seed: int) -> float:
        luck = np.random.default_rng(np.random.SeedSequence((5, seed))).standard_normal()
        share = x[0] / TOP
        return float(1.6 - (1 + x[1:].sum() / 300) ** -1.0 + share * (1 - share) + 0.002 * luck)

    weights, cost = np.array([1000.0, 800.0, 900.0]), 0.05
    oracle = FunctionOracle(function=gain, upper=(TOP,) * 3)

    def own(x: Array) -> Array:
        return -cost * x

    found = find_equilibrium(
        oracle,
        lambda surface: respond(surface, weights, own, [TOP] * 3),
        local_data=[50.0, 50.0, 50.0],
        budget=30,
    )
    assert found.reached
    best = TOP * (1 - cost * TOP / weights[0]) / 2  # of 1000·s(1−s) − 20 s
    assert found.profile[0] == pytest.approx(best, abs=60)


def test_what_it_proposes_is_an_equilibrium_of_the_surface() -> None:
    rng = np.random.default_rng(0)
    profiles = np.vstack([np.outer([0, 1, 0.5, 0.2], [TOP] * 3), rng.random((8, 3)) * TOP])
    gains = np.sqrt(1 + profiles.sum(axis=1)) / 30
    surface = fit_surface(profiles, gains, local_data=[50.0] * 3, upper=[TOP] * 3)
    weights = np.array([500.0, 900.0, 700.0])
    found = respond(surface, weights, lambda x: -0.3 * x - 1e-3 * x**2, [TOP] * 3)
    x = found.profile
    for n in range(3):
        rows = np.tile(x, (41, 1))
        rows[:, n] = np.linspace(0, TOP, 41)
        payoff = weights[n] * surface.mean(rows) - 0.3 * rows[:, n] - 1e-3 * rows[:, n] ** 2
        here = weights[n] * surface.mean(x[None])[0] - 0.3 * x[n] - 1e-3 * x[n] ** 2
        assert payoff.max() <= here + 1e-9
    with pytest.raises(InvalidInputError, match="`weights` must be positive, got -1"):
        respond(surface, [-1.0, 1.0, 1.0], lambda x: -x, [TOP] * 3)


def test_who_cannot_contribute_is_left_alone() -> None:
    game, oracle = drawn(5, 3)
    still = game.replace(max_contribution=np.array([TOP, 0.0, TOP]))
    found = searched(still, oracle, upper=[TOP, 0.0, TOP])
    assert found.profile[1] == 0.0
    assert (found.surface.profiles[:, 1] == 0.0).all()
    assert found.regret[1] == found.bound[1] == 0.0


class Counting:
    """Count what the backend trains; die at a given training."""

    def __init__(self, oracle: FunctionOracle, dies_at: int | None = None) -> None:
        self.oracle, self.dies_at, self.trained = oracle, dies_at, 0

    def spec(self) -> OracleSpec:
        """Describe the oracle behind."""
        return self.oracle.spec()

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Train, or die."""
        if self.dies_at is not None and self.trained >= self.dies_at:
            raise RuntimeError("the power is out")
        self.trained += len(queries)
        return self.oracle.evaluate(queries)

    def close(self) -> None:
        """Hold nothing."""


def test_with_a_ledger_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    game, oracle = drawn(6, 3)
    whole = searched(game, oracle)
    first = Counting(oracle, dies_at=6)
    with Ledger(tmp_path / "trainings.sqlite", first) as ledger:
        with pytest.raises(OracleError, match="the power is out"):
            searched(game, ledger)
    second = Counting(oracle)
    with Ledger(tmp_path / "trainings.sqlite", second) as ledger:
        resumed = searched(game, ledger)
    assert first.trained + second.trained == whole.trainings
    np.testing.assert_array_equal(resumed.profile, whole.profile)
    np.testing.assert_array_equal(resumed.bound, whole.bound)


def test_seeds_are_its_own_from_the_first_on() -> None:
    game, oracle = drawn(7, 2)
    asked: list[int] = []

    def spied(x: Array, seed: int) -> float:
        asked.append(seed)
        return float(oracle.function(x, seed=seed))

    told: list[tuple[int, int | None]] = []
    found = searched(
        game,
        FunctionOracle(function=spied, upper=(TOP, TOP)),
        first_seed=100,
        progress=lambda _, done, most: told.append((done, most)),
    )
    assert asked == list(range(100, 100 + found.trainings))
    assert told == [(0, 11), *((k, 11) for k in range(4, found.trainings))]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": 0.0}, "target"),
        ({"budget": 3}, "`budget` must be an integer of at least 4, got 3"),
    ],
)
def test_malformed_options_are_named(options: dict[str, Any], words: str) -> None:
    game, oracle = drawn(0, 2)
    with pytest.raises(InvalidInputError, match=words):
        searched(game, oracle, **options)


def _never(surface: GainSurface) -> Proposal:
    raise AssertionError("nothing is proposed")


def test_what_cannot_be_learned_from_is_refused_before_it_is_trained() -> None:
    game, oracle = drawn(0, 2)
    counted = Counting(oracle)
    for change in ({"upper": [0.0, 0.0]}, {"local_data": [0.0, 0.0]}):
        given: dict[str, Any] = {"local_data": game.local_data} | change
        with pytest.raises(InvalidInputError, match="somebody must have real samples"):
            find_equilibrium(counted, _never, **given)
    assert counted.trained == 0


def test_a_proposal_that_was_never_trained_is_not_reached() -> None:
    game, oracle = drawn(1, 3)
    found = searched(game, oracle, target=0.5, budget=4)
    assert found.bound.max() <= 0.5
    away = np.abs(found.surface.profiles - found.profile).max(axis=1).min()
    assert found.reached == bool(away <= 0.1 * TOP)


def test_gains_that_never_change_teach_nothing() -> None:
    game, _ = drawn(0, 2)
    flat = FunctionOracle(function=lambda x: 0.5, upper=(TOP, TOP))
    with pytest.raises(InvalidInputError, match=r"all 4 gains are 0\.5"):
        searched(game, flat)
