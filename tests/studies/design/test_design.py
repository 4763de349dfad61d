"""Designed mechanisms: the optimum implemented, nothing paid out, everybody in, or a reason."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.design import drawn
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.settlement.settlement import Conflict, Settlement
from coopetition.solvers import solve, solve_planner
from coopetition.studies.design.design import Constraints, design, perturbed
from coopetition.studies.design.target import find_target
from coopetition.studies.outside.outside import autarky
from coopetition.studies.outside.subcoalitions import subcoalitions
from coopetition.studies.scenario.rules import optimal_prices
from tests.campaign import draws
from tests.instances import payoff_scale
from tests.studies.command import THREE, coopetition, written

FAME: Any = "fame"


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(draws(16, 200)))
def test_the_optimum_is_implemented_with_nothing_paid_out(seed: int) -> None:
    game = drawn(seed)
    found = design(game)
    best = solve_planner(game)
    scale = payoff_scale(game, best.profile)
    assert abs(game.welfare(found.target.profile) - best.welfare) <= 1e-6 * scale
    options = autarky(game).payoff
    np.testing.assert_allclose(found.outside, options)
    missing = float(options.sum()) - best.welfare
    if missing > 1e-6 * scale:
        assert isinstance(found.settlement, Conflict)
        assert found.settlement.shortfall == pytest.approx(missing, rel=1e-4)
        return
    assert isinstance(found.settlement, Settlement)
    assert found.certificate.holds
    assert (found.payoff >= options - 1e-9 * scale * len(options)).all()
    profiles = game.spaces.sample(np.random.default_rng(seed), 1000)
    paid = found.mechanism(game, profiles)
    flows = np.abs(paid).sum(axis=1) + np.abs(found.mechanism.rule(game, profiles)).sum(axis=1)
    assert (np.abs(paid.sum(axis=1)) <= 1e-9 * (flows + scale)).all()
    # Fees move nobody.
    assert found.rule is not None
    bare, full = (solve(redistribute(game, rule)) for rule in (found.rule, found.mechanism))
    np.testing.assert_allclose(bare.profile, full.profile, atol=1e-6 * game.max_contribution.max())
    np.testing.assert_allclose(
        full.profile, best.profile, atol=2e-4 * float(game.max_contribution.max())
    )


def test_few_contracts_implement_the_optimum_too() -> None:
    game = drawn(3).among([0, 1, 2, 3, 4])
    found = design(game, constraints=Constraints(contracts=4, guarantee=-50.0), aim="fair")
    assert isinstance(found.settlement, Settlement)
    assert found.rule is not None
    assert len(found.rule.pairs) <= 4  # type: ignore[attr-defined]
    assert found.certificate.holds
    best = solve_planner(game)
    np.testing.assert_allclose(
        solve(found.induced).profile, best.profile, atol=1e-4 * game.max_contribution.max()
    )
    paid = found.mechanism(game, game.spaces.sample(np.random.default_rng(0), 100))
    assert np.abs(paid.sum(axis=1)).max() <= 1e-9 * np.abs(paid).max()


def test_the_most_contribution_that_all_accept() -> None:
    """Against a fine grid, two organizations."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.5), local_data=[300.0, 200.0], max_contribution=9000.0,
        value=[1000.0, 700.0], unit_cost=[0.02, 0.03], quadratic_cost=2e-6, quality=[1.0, 0.6],
    )  # fmt: skip
    floor = float(autarky(game).payoff.sum())
    for objective, unit in (("contribution", np.ones(2)), ("gain", game.quality)):
        found = design(game, objective)  # type: ignore[arg-type]
        x = found.target.profile
        assert float(game.welfare(x)) >= floor - 1e-9 * floor
        grid = np.stack(np.meshgrid(*[np.linspace(0, 9000, 301)] * 2), axis=-1).reshape(-1, 2)
        accepted = grid[game.welfare(grid) >= floor]
        most = float((accepted @ unit).max())
        assert most <= found.target.value + found.target.gap + 1e-6
        assert found.target.value >= most - 40
        assert found.target.gap < 1e-3 * found.target.value
        assert found.certificate.holds
        assert (found.payoff >= found.outside - 1e-6).all()


@pytest.mark.parametrize("seed", [1, 5, 9])
def test_what_participation_costs_is_its_shadow_price(seed: int) -> None:
    """The most contribution is concave in what the outside options ask: between two prices."""
    game = drawn(seed)
    best = solve_planner(game)
    floor = best.welfare - 30.0
    here, there = (find_target(game, "contribution", best, floor + more) for more in (0.0, 1.0))
    assert here.floor_price is not None
    assert there.floor_price is not None
    assert 0 < here.floor_price < there.floor_price
    unknown = here.gap + there.gap
    assert unknown < 0.02 * here.floor_price
    fall = here.value - there.value
    assert here.floor_price - unknown <= fall <= there.floor_price + unknown


def test_robust_payments_keep_everybody_in_all_draws() -> None:
    game = drawn(8)
    samples = perturbed(game, 0.1, 6)
    found = design(game, samples=samples)
    assert found.feasible
    for sample in samples:
        received = sample.payoffs(found.target.profile) + found.mechanism(
            game, found.target.profile
        )
        assert (received >= autarky(sample).payoff - 1e-6).all()
    assert found.sample_regret is not None
    assert found.sample_regret >= 0
    assert design(game).sample_regret is None


def test_there_is_no_mechanism_of_what_cannot_be() -> None:
    game = drawn(1)
    found = design(game, constraints=Constraints(guarantee=1e4))
    assert isinstance(found.settlement, Conflict)
    assert "budget balance" in found.settlement.constraints
    with pytest.raises(
        InvalidInputError, match="no mechanism satisfies the constraints: impossible"
    ):
        _ = found.mechanism
    subsidy = found.settlement.shortfall + 1.0
    assert design(game, constraints=Constraints(guarantee=1e4, subsidy=subsidy)).feasible


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: Constraints(outside="elsewhere"), "`outside` must be one of autarky, exit, sub"),
        (lambda g: Constraints(guarantee=np.nan), "`guarantee` must be finite"),
        (lambda g: design(g, FAME), "`objective` must be one of welfare, contribution, gain"),
        (lambda g: perturbed(g, 1.0, 3), r"`spread` must be in \[0, 1\)"),
        (lambda g: design(g, samples=[drawn(0)]), "must have the organizations of the round"),
        (
            lambda g: design(g, alone=Unknown("nobody was asked")),
            "autarky is not known: nobody was asked",
        ),
    ],
)
def test_malformed_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        call(drawn(2))


def test_the_verb_prints_one_object_and_the_same_in_words(tmp_path: Path) -> None:
    file = written(tmp_path, THREE)
    found = coopetition("design", file, "--aim", "fair", "--json", "--out", tmp_path / "d.json")
    assert found.code == 0, found.err
    document = found.document
    assert json.loads((tmp_path / "d.json").read_text()) == document
    slack = np.array(document["payoff"]) - np.array(document["outside"])
    np.testing.assert_allclose(slack, slack.mean(), atol=1e-4)
    assert document["certificate"]["claim"] == "checked"
    assert sum(document["payment"]) == pytest.approx(0.0, abs=1e-9)
    told = coopetition("design", file, "--pair", "100")
    assert told.code == 0
    assert "Money that changes hands" in told.out


def test_the_verb_says_no(tmp_path: Path) -> None:
    file = written(tmp_path, THREE)
    found = coopetition("design", file, "--guarantee", "5000", "--json")
    assert found.code == 1
    assert found.document["feasible"] is False
    assert found.document["smallest"] is True
    assert found.document["conflict"][-1] == "budget balance"
    told = coopetition("design", file, "--guarantee", "5000", "--out", tmp_path / "it.png")
    assert "No mechanism: impossible by" in told.out
    assert "it.png is not written: there is no mechanism to draw" in told.err
    for words in (["--objective", "fame"], ["--most", "-1"], ["--out", "x.doc"]):
        assert coopetition("design", file, *words).code == 2


def test_the_best_sub_coalition_can_be_guaranteed() -> None:
    game = drawn(3).among([0, 1, 2, 3])
    kept = design(game, constraints=Constraints(outside="sub-coalition"))
    plain = design(game)
    assert isinstance(kept.settlement, Settlement)
    parts = subcoalitions(game, optimal_prices)
    received = game.payoffs(kept.target.profile) + kept.settlement.net
    assert (received >= parts.option - 1e-9 * payoff_scale(game, kept.target.profile)).all()
    assert (kept.outside >= plain.outside - 1e-9).all()
    assert (kept.outside > plain.outside + 1.0).any()
