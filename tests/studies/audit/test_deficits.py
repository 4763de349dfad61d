"""The audit's verdicts on money: each says what the transfers do, at the place that it names."""

import re
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound
from coopetition.games.arrays import Array
from coopetition.mechanisms import RULES, redistribution
from coopetition.solvers import solve, solve_planner
from coopetition.studies import MechanismSettings, autarky
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.audit.rules_matrix import AUDITED
from coopetition.studies.scenario.scenario import load_scenario
from tests.instances import random_round
from tests.test_example import EXAMPLE


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return random_round(4, players=3, positive=True)


def ring(game: Any, x: Array) -> Array:
    """Zero-sum, and everybody is paid for what two others do together."""
    mixed = 1e-7 * np.roll(x, 1, axis=-1) * np.roll(x, -1, axis=-1)
    return mixed - mixed.mean(axis=-1, keepdims=True)


def squares(game: Any, x: Array) -> Array:
    """Zero-sum, in pairs: a product of sum and difference."""
    gap = x[..., :, None] ** 2 - x[..., None, :] ** 2
    return 1e-7 * gap.sum(axis=-1)


def smooth(game: Any, x: Array) -> Array:
    """Zero-sum, in pairs, and no formula."""
    gap = x[..., :, None] - x[..., None, :]
    return np.tanh(1e-3 * gap).sum(axis=-1)


def tax(game: Any, x: Array) -> Array:
    return -1e-3 * x


def prize(game: Any, x: Array) -> Array:
    """Pay out 7 where the first organization is near its capacity, else nothing."""
    paid = np.zeros_like(x)
    paid[..., 0] = 7.0 * (x[..., 0] > 0.9 * game.max_contribution[0])
    return paid


@pytest.mark.parametrize("name", AUDITED)
def test_declared_pairwise_is_what_is_found(game: CoopetitionRound, name: str) -> None:
    found = full_audit(game, AUDITED[name])
    if not found.study.equilibrium.success:
        return
    verdict, declared = (
        found["pairwise-zero-sum"],
        RULES[AUDITED[name].rule].declared.pairwise_zero_sum,
    )
    if declared == "always":
        assert (verdict.holds, verdict.claim) == (True, "proved")
    if not found["budget-balance"].holds:
        assert verdict.holds is False
        assert verdict.witness == found["budget-balance"].witness
    else:
        assert found["never-a-deficit"].holds
    if name == "walker":  # for three it is, though nothing promises it
        assert (verdict.holds, verdict.claim) == (True, "checked")


@pytest.mark.parametrize(
    ("rule", "holds", "claim"),
    [(ring, False, "checked"), (squares, True, "proved"), (smooth, True, "checked")],
)
def test_pairwise_rules_of_ones_own(
    game: CoopetitionRound, rule: Any, holds: bool, claim: str
) -> None:
    verdict = full_audit(game, rule)["pairwise-zero-sum"]
    assert (verdict.holds, verdict.claim) == (holds, claim)
    if not holds:
        assert "others' transfers mix" in verdict.witness


def paid_at(game: CoopetitionRound, rule: Any, witness: str) -> tuple[float, float]:
    """Return the deficit that a witness names, and that of the profile which it names."""
    x = np.zeros(len(game.players))
    for n, name in enumerate(game.players):
        where = re.search(rf"{name} contributes ([\d.e+]+)", witness)
        x[n] = float(where[1]) if where else 0.0
    named = re.search(r"mediator pays ([\d.e+-]+)", witness)
    assert named is not None
    return float(named[1]), float(rule(game, x).sum())


@pytest.mark.parametrize("seed", range(6))
def test_a_deficit_is_one_where_the_witness_says(seed: int) -> None:
    game = random_round(seed, players=4, positive=True)
    published = redistribution(
        game, rate=0.01, balanced=False, intensity=np.triu(np.ones((4, 4)), 1)
    )
    for rule in (published, prize):
        found = full_audit(game, rule)
        verdict = found["never-a-deficit"]
        assert (verdict.holds, verdict.claim) == (False, "checked")
        named, really = paid_at(game, found.study.mechanism.rule, verdict.witness)
        assert named == pytest.approx(really, rel=1e-4)
        assert really > 0
        assert "where only" in verdict.witness  # the others' contributions are not needed


def test_a_mediator_that_only_takes_never_pays(game: CoopetitionRound) -> None:
    found = full_audit(game, tax)
    assert found["budget-balance"].holds is False
    assert (found["never-a-deficit"].holds, found["never-a-deficit"].claim) == (True, "checked")
    assert found["free-for-the-mediator"].holds


@pytest.mark.parametrize("cost", [0.0, 400.0])
def test_what_fees_cannot_bring(game: CoopetitionRound, cost: float) -> None:
    """Alone nobody pays the fixed cost: taking part must bring that much more."""
    dear = game.replace(fixed_cost=[cost] * 3)
    found = full_audit(dear, MechanismSettings("bilateral-prices"))
    verdict = found["no-irreducible-deficit"]
    missing = float(autarky(dear).payoff.sum()) - solve_planner(dear).welfare
    assert verdict.holds is (missing <= 0)
    amount = re.match(r"autarky: ([\d.e+-]+) (to spare|missing)", verdict.witness)
    assert amount is not None
    assert float(amount[1]) == pytest.approx(abs(missing), rel=1e-4)
    assert found["individual-rationality-autarky"].holds or missing > 0 or cost == 0


def test_fees_could_do_at_the_optimum_where_they_cannot_at_the_equilibrium() -> None:
    """A fixed cost between what the equilibrium and the optimum bring over autarky."""
    game = load_scenario(EXAMPLE.parent / "three.toml").round()
    alone, best = float(autarky(game).payoff.sum()), solve_planner(game).welfare
    free = float(game.welfare(solve(game).profile))
    dear = game.replace(fixed_cost=[((free + best) / 2 - alone) / 3] * 3)
    for rule, holds in (("none", False), ("bilateral-prices", True)):
        said = full_audit(dear, rule)["no-irreducible-deficit"].witness.split(";")[0]
        amount = f"{(best - free) / 2:.4g}"
        assert said.startswith(f"autarky: {amount}")
        assert ("to spare" in said) is holds
        assert ("whatever the fees (none at the planner's)" in said) is not holds
