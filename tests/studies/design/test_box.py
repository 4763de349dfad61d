"""Boxes of parameters: no round in them is worse than the vertices say, and one is as bad."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from benchmarks.design import drawn
from coopetition.games.arrays import Array
from coopetition.games.certificate import certify
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.studies.design.design import Constraints, corners, design, perturbed
from coopetition.studies.outside.outside import Autarky, autarky
from tests.campaign import draws
from tests.studies.command import THREE, coopetition, written

FIELDS = ("value", "unit_cost", "quadratic_cost", "fixed_cost")


def slack(game: TrainingRound, x: Array) -> Array:
    """Return what everybody gets over autarky, before payments."""
    return game.payoffs(x) - autarky(game).payoff


def by_enumeration(game: CoopetitionRound, x: Array, spread: float) -> Array:
    """Return the least slack of all vertices of the whole box that matter, one round each."""
    size = len(game.players)
    ends = [1 - spread, 1 + spread]
    worst = np.full(size, np.inf)
    for values in product(ends, repeat=size):
        for *costs, harm in product(ends, repeat=4):  # costs of the others matter to nobody
            changes = {"value": game.value * values, "damage": game.damage.scaled(harm)} | {
                name: end * getattr(game, name) for name, end in zip(FIELDS[1:], costs, strict=True)
            }
            worst = np.minimum(worst, slack(game.replace(**changes), x))
    return worst


def inside(game: CoopetitionRound, spread: float, rng: np.random.Generator) -> CoopetitionRound:
    """Draw a round of the box, often on its faces."""
    size = len(game.players)
    shares = spread * np.clip(rng.uniform(-1.5, 1.5, (4, size)), -1, 1)
    pairs = spread * np.clip(rng.uniform(-1.5, 1.5, (size, size)), -1, 1)
    return game.replace(
        damage=game.damage.dense() * (1 + pairs),
        **{
            name: getattr(game, name) * (1 + share)
            for name, share in zip(FIELDS, shares, strict=True)
        },
    )


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [0, 1, 9])
def test_the_least_slack_is_that_of_a_vertex_and_no_less(seed: int) -> None:
    game = drawn(seed)
    game = game.among(range(min(4, len(game.players))))
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    least = np.min([slack(other, x) for other in corners(game, 0.2)], axis=0)
    np.testing.assert_allclose(least, by_enumeration(game, x, 0.2), rtol=1e-9, atol=1e-6)
    rng = np.random.default_rng(seed)
    for _ in range(draws(60, 600)):
        assert (slack(inside(game, 0.2, rng), x) >= least - 1e-7).all()


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [2, 6, 8])
def test_a_box_design_keeps_everybody_in_all_its_rounds(seed: int) -> None:
    game = drawn(seed)
    subsidy = 1e5  # whether it balances is another question
    found = design(game, constraints=Constraints(box=0.1, subsidy=subsidy), aim="least")
    assert isinstance(found.settlement, Settlement)
    assert found.sample_regret is not None
    x = found.target.profile
    rng = np.random.default_rng(seed)
    largest = 0.0
    for _ in range(draws(30, 300)):
        other = inside(game, 0.1, rng)
        assert (slack(other, x) + found.settlement.net >= -1e-6).all()
        regret = certify(redistribute(other, found.mechanism), x).epsilon
        largest = max(largest, regret)
    assert largest <= found.sample_regret * (1 + 1e-9) + 1e-6
    assert largest >= 0.2 * found.sample_regret
    # Without what the box needs more than the round itself, somebody would leave somewhere.
    plain = np.asarray(slack(game, x))
    least = np.min([slack(other, x) for other in found.samples], axis=0)
    assert (least < plain).all()


def test_the_largest_regret_is_that_of_a_round_in_the_box() -> None:
    game = drawn(6)
    found = design(game, constraints=Constraints(box=0.1, subsidy=1e5))
    x = found.target.profile
    regrets = np.array(
        [certify(redistribute(other, found.mechanism), x).regret for other in found.samples]
    )
    corner, who = np.unravel_index(regrets.argmax(), regrets.shape)
    vertex = list(product((0.9, 1.1), repeat=4))[int(corner)]
    value = game.value * vertex[3]  # of the rivals, whose values make the harm
    value[who] = game.value[who] * vertex[0]
    actual = game.replace(
        damage=game.damage.scaled(vertex[3]),
        value=value,
        unit_cost=vertex[1] * game.unit_cost,
        quadratic_cost=vertex[2] * game.quadratic_cost,
    )
    regret = certify(redistribute(actual, found.mechanism), x).regret[who]
    assert regret == pytest.approx(found.sample_regret, rel=1e-9)


def test_rivals_own_values_reach_nobody_but_through_harm() -> None:
    game = drawn(5)
    x = game.spaces.sample(np.random.default_rng(0), 1)[0]
    for other in corners(game, 0.3):
        assert (abs(other.harm / game.harm - 1) <= 1.3**2 - 1 + 1e-12).all()
    still = corners(game, 0.0)
    assert len(still) == 16
    for other in still:
        np.testing.assert_allclose(other.payoffs(x), game.payoffs(x), rtol=1e-12)


def test_exit_is_autarky_without_rivalry_and_otherwise_has_no_box() -> None:
    plain = drawn(2).among([0, 1, 2]).replace(rivalry=0.0)
    exit_, alone = (
        design(plain, constraints=Constraints(outside=option, box=0.05, subsidy=1e4))
        for option in ("exit", "autarky")
    )
    assert isinstance(exit_.settlement, Settlement)
    assert isinstance(alone.settlement, Settlement)
    np.testing.assert_allclose(exit_.settlement.net, alone.settlement.net, atol=1e-6)
    with pytest.raises(InvalidInputError, match="need not be at a vertex; draw `samples`"):
        design(plain.replace(rivalry=3.0), constraints=Constraints(outside="exit", box=0.05))


def test_measured_autarky_keeps_its_gain_at_other_values() -> None:
    game = drawn(4).among([0, 1, 2])
    x = design(game).target.profile
    curve = autarky(game)
    measured = Autarky(
        game.players, curve.contribution, curve.gain * 0.9, np.zeros(3), measured=True
    )
    cost = game.cost(measured.contribution) - game.fixed_cost
    measured = replace(measured, payoff=game.value * measured.gain - cost)
    found = design(game, constraints=Constraints(box=0.1, subsidy=1e4), alone=measured)
    assert isinstance(found.settlement, Settlement)
    rng = np.random.default_rng(0)
    for _ in range(100):
        other = inside(game, 0.1, rng)
        cost = other.cost(measured.contribution) - other.fixed_cost
        option = other.value * measured.gain - cost
        assert (other.payoffs(x) + found.settlement.net >= option - 1e-6).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Constraints(box=1.0), r"`box` must be in \[0, 1\), got 1.0"),
        (lambda: Constraints(box=-0.1), r"`box` must be in \[0, 1\)"),
        (lambda: corners(drawn(0), np.nan), r"`spread` must be in \[0, 1\), got nan"),
        (lambda: perturbed(drawn(0), 0.1, 0), "`draws` must be at least 1, got 0"),
    ],
)
def test_malformed_boxes_are_named(call: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        call()


def test_the_verb_says_whether_it_was_a_box_or_draws(tmp_path: Any) -> None:
    file = written(tmp_path, THREE)
    box = coopetition("design", file, "--robust", "0.02", "--subsidy", "500")
    assert box.code == 0, box.err
    said = (
        "In all rounds with values, costs and damage within 2 % (checked at all vertices; the worst"
    )
    assert said in " ".join(box.out.split())
    drawn_rounds = coopetition(
        "design", file, "--robust", "0.02", "--draws", "3", "--json", "--subsidy", "500"
    )
    assert drawn_rounds.document["robust"] == "3 draws of other parameters"
    assert drawn_rounds.document["box"] is None
    assert "needs `--robust` here: nothing" in coopetition("design", file, "--draws", "3").err
    spread = written(tmp_path, THREE.replace("value = 800.0", "value = {low = 600, high = 900}"))
    known = coopetition("design", spread, "--draws", "3", "--subsidy", "500", "--json").document
    assert known["robust"] == "3 draws of other parameters"
    assert coopetition("design", file, "--robust", "0.1", "--outside", "exit").code == 2
