"""Intervals of what past contributions reveal: the truth is in them, and they shrink to it."""

from typing import Any

import numpy as np
import pytest

from coopetition import PowerGain
from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import redistribute, redistribution
from coopetition.solvers import solve
from coopetition.studies.behavior.revealed import OF, revealed
from tests.campaign import draws


def drawn(rng: np.random.Generator, size: int = 3) -> CoopetitionRound:
    damage = rng.uniform(0, 0.25, (size, size))
    np.fill_diagonal(damage, 0.0)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=rng.uniform(200, 2000, size),
        max_contribution=rng.choice([500.0, 4000.0], size),
        value=rng.uniform(400, 1500, size),
        unit_cost=rng.uniform(0, 0.02, size),
        quadratic_cost=rng.uniform(1e-6, 5e-5, size),
        quality=rng.uniform(0.5, 1, size),
        skew=rng.uniform(0, 1, size),
        personal_weight=0.05,
        damage=damage,
        counts="gains",
    )


@pytest.mark.campaign
@pytest.mark.parametrize("of", list(OF))
def test_the_truth_is_in_the_interval(of: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(draws(3, 300)):
        game = drawn(rng)
        # Moved away from the best reply: everybody forgoes what `regrets` says.
        x = np.clip(solve(game).profile + rng.normal(0, 30, 3), 0, game.max_contribution)
        forgone = solve_regrets(game, x)
        found = revealed([game], [x], of=of, slack=forgone + 1e-6)
        truth = found.stated
        assert found.explained
        assert (found.low <= truth * (1 + 1e-9)).all(), of
        assert (found.high >= truth * (1 - 1e-9)).all(), of


def solve_regrets(game: CoopetitionRound, x: Array) -> Array:
    """Search each one's best deviation on a fine grid: another way than the product's."""
    regrets = np.zeros(x.size)
    for n in range(x.size):
        rows = np.repeat(x[None], 4001, axis=0)
        rows[:, n] = np.linspace(0, game.max_contribution[n], 4001)
        regrets[n] = max(game.payoffs(rows)[:, n].max() - game.payoffs(x)[n], 0.0)
    return regrets * 1.001 + 1e-4


def test_ends_are_where_the_slack_is_used_up() -> None:
    game = drawn(np.random.default_rng(3))
    x = 0.5 * game.max_contribution
    found = revealed([game], [x], slack=0.2)
    for n in range(3):
        for end in (found.low[n], found.high[n]):
            if not 0 < end < np.inf:
                continue
            # Others' losses by n's value do not move n: only its own column changes.
            value = np.where(np.arange(3) == n, end, game.value)
            other = game.replace(value=value)
            assert solve_regrets(other, x)[n] == pytest.approx(0.2, rel=0.02)


def test_an_interior_contribution_without_slack_is_a_point_and_a_bound_half_a_line() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500, 900], max_contribution=[4000, 100],
        value=[1000, 800], quadratic_cost=2e-5,
    )  # fmt: skip
    x = solve(game).profile
    assert x[1] == 100.0
    found = revealed([game], [x], slack=1e-9)
    assert found.high[0] - found.low[0] < 1.0
    assert found.low[1] < 800
    assert found.high[1] == np.inf
    assert found.to_dict()["high"][1] is None


def test_more_rounds_narrow_it_to_the_truth() -> None:
    rng = np.random.default_rng(5)
    base = drawn(rng)
    games = [base.replace(unit_cost=base.unit_cost * rng.uniform(0.3, 3)) for _ in range(12)]
    played = [
        np.clip(solve(game).profile * rng.uniform(0.9, 1.1, 3), 0, game.max_contribution)
        for game in games
    ]
    slack = np.max([solve_regrets(g, x) for g, x in zip(games, played, strict=True)], axis=0)
    one = revealed(games[:1], played[:1], slack=slack)
    all_of_them = revealed(games, played, slack=slack)
    assert (all_of_them.high - all_of_them.low <= one.high - one.low).all()
    assert (all_of_them.low <= base.value).all()
    assert (all_of_them.high >= base.value).all()


def test_data_that_contradict_each_other_are_refused_with_the_least_slack() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500, 900], max_contribution=4000,
        value=[1000, 800], quadratic_cost=2e-5,
    )  # fmt: skip
    low, high = (solve(game.replace(value=v)).profile for v in ([500, 800], [2000, 800]))
    played = [[low[0], 300.0], [high[0], 300.0]]
    found = revealed([game], played, slack=0.01)
    assert not found.explained
    assert np.isnan(found.low[0])
    assert "no value explains what organization 1 did in 2 rounds" in found.sentences[0]
    enough = float(found.least_slack[0])
    assert revealed([game], played, slack=[enough * 1.001, 1.0]).explained
    assert not revealed([game], played, slack=[enough * 0.999, 1.0]).explained


def test_a_rule_in_force_is_part_of_the_incentive() -> None:
    game = drawn(np.random.default_rng(8)).replace(counts="contributions")
    rule = redistribution(game, rate=0.05)
    x = solve(redistribute(game, rule)).profile
    under = revealed([game], [x], slack=1e-4, rules=rule)
    assert ((under.low <= game.value) & (under.high >= game.value)).all()
    inside = (x > 0) & (x < game.max_contribution)
    ignored = revealed([game], [x], slack=1e-4)
    assert (ignored.low[inside] > game.value[inside]).all()  # what was paid for looks like value


def test_wrong_input_is_one_sentence() -> None:
    game = drawn(np.random.default_rng(0))
    for bad, words in (
        ({"of": "quality"}, "`of` must be one of value, kept"),
        ({"slack": -1.0}, "`slack` must be finite and at least 0"),
    ):
        keys: dict[str, Any] = {"slack": 1.0, **bad}
        with pytest.raises(InvalidInputError, match=words):
            revealed([game], [[0.0, 0.0, 0.0]], **keys)
    with pytest.raises(InvalidInputError, match=r"one row per round .* \(1, 3\), got \(1, 2\)"):
        revealed([game], [[0.0, 0.0]], slack=1.0)


def test_who_keeps_less_than_nothing_is_explained_by_that() -> None:
    """North loses more by South's gain than it gains itself, and contributes nothing."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[300, 900], max_contribution=4000,
        value=[100, 1500], quadratic_cost=2e-5, damage=[[0, 0.2], [0, 0]], counts="gains",
    )  # fmt: skip
    x = solve(game).profile
    found = revealed([game], [x], of="kept", slack=1e-4)
    assert x[0] == 0
    assert found.low[0] == -np.inf
    assert found.stated[0] == pytest.approx(-2.0)
    assert 0 <= found.high[0] < 0.2
    assert found.low[1] < 1 < found.high[1]
