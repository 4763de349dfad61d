"""A solved scenario and its one-line audit."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from coopetition import audit
from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, NotConvergedError, UnsupportedGameError
from coopetition.mechanisms import bilateral_prices, none, redistribute, redistribution
from coopetition.solvers import Status, solve, solve_planner
from coopetition.studies import MechanismSettings, autarky, parse_scenario, run_study
from coopetition.studies.scenario.mechanism_table import override
from coopetition.studies.scenario.rules import rule_maker
from tests.studies.command import NO_PURE, THREE


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return parse_scenario(tomllib.loads(THREE)).round()


def test_bilateral_prices_reach_the_optimum(game: CoopetitionRound) -> None:
    study = run_study(game, MechanismSettings("bilateral-prices"))
    assert study.efficiency == pytest.approx(1.0, abs=1e-9)
    assert study.contribution == pytest.approx(study.planner.profile, rel=1e-6)
    assert study.audit["optimum-is-equilibrium"].holds
    assert study.audit["budget-balance"].claim == "proved"


def test_the_published_form_leaks_where_damage_is_not_symmetric(game: CoopetitionRound) -> None:
    study = run_study(game, MechanismSettings("redistribution", 0.03, balanced=False))
    rows = np.array([[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])
    x = study.contribution
    transfer = [0.03 * sum(rows[n] * (x[n] - x)) for n in range(3)]
    assert study.transfer == pytest.approx(transfer, rel=1e-12)
    assert study.deficit == pytest.approx(sum(transfer), rel=1e-12)
    assert abs(study.deficit) > 0.1
    assert study.audit["budget-balance"].holds is False
    # The welfare is counted before transfers, so that the leak is no part of it.
    assert study.welfare == pytest.approx(float(game.welfare(x)), rel=1e-12)


def test_a_measured_autarky_is_used_instead_of_the_curve(game: CoopetitionRound) -> None:
    alone = autarky(game)
    other = replace(alone, payoff=alone.payoff + np.array([10.0, 20.0, 30.0]))
    settings = MechanismSettings(fees="equal-gain")
    fees = run_study(game, settings, alone=other).fee - run_study(game, settings).fee
    assert fees == pytest.approx([-10.0, 0.0, 10.0], abs=1e-9)


def test_no_equilibrium_means_no_fees_and_no_verdicts() -> None:
    scenario = parse_scenario(tomllib.loads(NO_PURE))
    study = run_study(
        scenario.round(), MechanismSettings("redistribution", 6.7e-4, fees="equal-gain")
    )
    assert study.equilibrium.status is Status.NO_PURE_EQUILIBRIUM
    assert study.fee.tolist() == [0, 0]
    assert [p.holds for p in study.audit.properties] == [None] * 5


def test_a_part_of_the_coalition_gets_its_own_rule(game: CoopetitionRound) -> None:
    part = game.among(np.array([0, 2]))
    x = np.array([700.0, 300.0])
    kept = rule_maker(game, MechanismSettings("redistribution", 0.03))(part)
    own = redistribution(part, rate=0.03, intensity=[[0, 0.02], [0, 0]])
    assert kept(part, x) == pytest.approx(own(part, x), abs=1e-15)
    priced = rule_maker(game, MechanismSettings("bilateral-prices"))(part)
    best = solve_planner(part).profile
    induced = redistribute(part, priced)
    assert solve(induced).profile == pytest.approx(best, rel=1e-6)


def test_override_replaces_rule_and_rate() -> None:
    redistributed = MechanismSettings("redistribution", 0.5, balanced=False, fees="equal-gain")
    assert override(redistributed, None, None) == redistributed
    assert override(redistributed, None, 2.0).rate == 2.0
    assert override(redistributed, None, 0.0).rate == 0.0
    plain = override(redistributed, "none", None)
    assert plain == MechanismSettings("none", fees="equal-gain")
    with pytest.raises(InvalidInputError, match="none takes no `rate`"):
        override(redistributed, "none", 1.0)
    with pytest.raises(InvalidInputError, match="redistribution needs a `rate`"):
        override(MechanismSettings(), "redistribution", None)
    for rate in (float("nan"), float("inf"), 1e300):
        with pytest.raises(InvalidInputError, match="`rate` must be"):
            override(redistributed, None, rate)


@pytest.mark.parametrize("option", ["autarky", "exit"])
def test_audit_agrees_with_the_study(game: CoopetitionRound, option: str) -> None:
    settings = MechanismSettings("redistribution", 0.03, fees="equal-gain", outside_option=option)
    study = run_study(game, settings)
    found = audit(
        game, redistribution(game, rate=0.03), fees="equal-gain", outside_option=option
    ).to_dict()
    for name, said in study.audit.to_dict().items():
        assert found[name]["holds"] == said["holds"], name
        assert found[name]["claim"] == said["claim"], name


def test_audit_refuses_what_it_cannot_do(game: CoopetitionRound) -> None:
    class Plain(Game):
        players = ("A",)
        spaces = game.spaces

        def payoffs(self, profile: object) -> Array:
            return np.zeros(1)

    with pytest.raises(
        UnsupportedGameError, match="needs a CoopetitionRound or MeasuredGame, got Plain"
    ):
        audit(Plain(), none(game))
    with pytest.raises(InvalidInputError, match="`fees` must be one of none, equal-gain"):
        audit(game, none(game), fees="equal")
    with pytest.raises(InvalidInputError, match="`outside_option` must be one of autarky, exit"):
        audit(game, none(game), fees="equal-gain", outside_option="leave")
    no_pure = parse_scenario(tomllib.loads(NO_PURE)).round()
    with pytest.raises(NotConvergedError, match="North gains"):
        audit(no_pure, redistribution(no_pure, rate=6.7e-4))


def test_audit_never_leaves_fees_out_in_silence() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0, 0.0], max_contribution=9.0, value=1.0
    )
    with pytest.raises(InvalidInputError, match="needs the outside option autarky"):
        audit(game, none(game), fees="equal-gain")
    assert audit(game, none(game))["individual-rationality-autarky"].holds is None


def test_a_rule_that_knows_three_organizations_only_is_not_guessed_for_a_part(
    game: CoopetitionRound,
) -> None:
    target = solve_planner(game).profile
    prices = bilateral_prices(game, target=target)

    def mine(game: Game, profile: Array) -> Array:
        return prices(game, profile)

    verdict = audit(game, mine)["individual-rationality-exit"]
    assert verdict.holds is None
    assert "mine, asked for 2 organizations, raised ValueError" in verdict.witness
    assert audit(game, prices)["individual-rationality-exit"].holds is not None
