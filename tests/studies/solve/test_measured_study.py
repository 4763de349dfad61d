from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError, NotConvergedError
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import RULES
from coopetition.oracles.gains.skill import Skill
from coopetition.studies import Study, run_study
from coopetition.studies.design.design import design
from coopetition.studies.outside.outside import autarky
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from tests.studies.measured_rounds import alone, as_measured, curve_round, loser

PERSONAL: dict[str, Any] = {"skew": [0.5, 1.0, 0.2], "personal_weight": 0.05, "rivalry": 20.0}
GIVEN: dict[str, dict[str, Any]] = {"redistribution": {"rate": 0.05}}


def both(round_: CoopetitionRound, rule: str, fees: str = "equal-gain") -> tuple[Study, Study]:
    """Return the round's study, and that of the same gains measured one by one."""
    settings = MechanismSettings(rule=rule, fees=fees, **GIVEN.get(rule, {}))
    known = autarky(round_)
    measured = as_measured(round_)
    return run_study(round_, settings, alone=known), run_study(measured, settings, alone=known)


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"partial-pigou"}))
def test_one_curve_measured_for_everybody_is_studied_as_the_curve(rule: str) -> None:
    curve, own = both(curve_round(), rule)
    near = 1e-5 if own.equilibrium.solver == "best_response_dynamics" else 1e-9
    x, top = curve.contribution, curve.game.max_contribution
    assert own.equilibrium.success
    assert (np.abs(own.contribution - x) <= near * top).all()
    for name in ("payoff", "payoff_before", "transfer", "fee", "gain"):
        np.testing.assert_allclose(getattr(own, name), getattr(curve, name), rtol=1e-6, atol=1e-4)
    assert own.welfare == pytest.approx(curve.welfare, abs=1e-6)
    assert own.attainable_share == pytest.approx(curve.attainable_share, abs=1e-6)
    assert set(own.to_dict()) == set(curve.to_dict())
    for name, said in curve.audit.to_dict().items():
        if name != "potential-kept":
            assert own.audit[name].holds == said["holds"], name
            assert own.audit[name].claim == said["claim"], name


@pytest.mark.parametrize("rule", ["none", "bilateral-prices", "revenue-shares", "linear-pigou"])
def test_so_are_personal_gains_and_rivalry(rule: str) -> None:
    curve, own = both(curve_round(**PERSONAL), rule)
    np.testing.assert_allclose(own.contribution, curve.contribution, rtol=1e-7, atol=1e-4)
    np.testing.assert_allclose(own.payoff, curve.payoff, rtol=1e-9)
    assert isinstance(own.outside["exit"], Unknown)  # needs the gains of those who go on
    assert own.outside["exit"].reason.endswith("which were not measured")


@pytest.mark.parametrize("rule", ["none", "bilateral-prices", "pool-shares", "redistribution"])
def test_so_are_rivals_whole_gains_also_where_some_help(rule: str) -> None:
    damage = [[0.0, 0.1, -0.05], [0.02, 0.0, 0.1], [0.1, 0.03, 0.0]]
    curve, own = both(curve_round(damage=damage, counts="gains"), rule)
    np.testing.assert_allclose(own.contribution, curve.contribution, rtol=1e-7, atol=1e-4)
    np.testing.assert_allclose(own.payoff, curve.payoff, rtol=1e-9)
    for name in ("budget-balance", "optimum-is-equilibrium", "individual-rationality-autarky"):
        assert own.audit[name].holds == curve.audit[name].holds


def test_a_measured_study_has_no_potential_and_a_planner_that_was_searched() -> None:
    said = run_study(loser(), "bilateral-prices").to_dict()
    assert said["weights"] is said["potential"] is None
    assert said["planner"]["known"].startswith("best found")
    assert said["planner"]["gap"] is None
    assert said["outside"] == {"autarky": None, "exit": None}


def test_who_loses_by_federating_is_named_with_the_amount() -> None:
    free = run_study(loser())
    amount = float(free.payoff[2])
    study = run_study(loser(), alone=alone(0.0, 0.0, amount + 50.0))
    verdict = study.audit["individual-rationality-autarky"]
    assert (verdict.holds, verdict.claim) == (False, "estimated")
    assert verdict.witness == "West would lose 50; a zero-sum fee can repair it"
    both = run_study(loser(), alone=alone(float(free.payoff[0]) + 7.0, 0.0, amount + 50.0))
    said = both.audit["individual-rationality-autarky"].witness
    assert said.startswith("West would lose 50, North would lose 7; ")
    paid = run_study(
        loser(), MechanismSettings(fees="equal-gain"), alone=alone(0.0, 0.0, amount + 50.0)
    )
    assert paid.audit["individual-rationality-autarky"].holds
    gained = paid.payoff - [0.0, 0.0, amount + 50.0]
    np.testing.assert_allclose(gained, gained[0])


def test_opposite_gains_are_the_opposite_of_no_conflict() -> None:
    """North gains what West loses: with equal values nobody should do anything."""

    def study(sign: float) -> Study:
        def gains(x: Array) -> Array:
            total = x.sum(axis=-1, keepdims=True)
            return total * np.array([1.0, 0.0, sign])

        game = MeasuredGame(
            gains=gains, max_contribution=[1.0] * 3, value=2.0, unit_cost=0.5, quadratic_cost=0.1,
            organizations=["North", "South", "West"], bends=0,
        )  # fmt: skip
        return run_study(game, alone=alone(0.0, 0.0, 0.0))

    alike, against = study(1.0), study(-1.0)
    assert alike.contribution.tolist() == [1, 0, 1]
    assert alike.planner.profile.tolist() == [1, 1, 1]
    assert alike.audit["individual-rationality-autarky"].holds
    assert against.contribution.tolist() == [1, 0, 0]
    assert against.planner.profile.tolist() == [0, 0, 0]
    verdict = against.audit["individual-rationality-autarky"]
    assert verdict.witness.startswith("West would lose 2;")


@pytest.mark.parametrize("value", [0.9, 0.3])
def test_what_rests_on_fitted_gains_is_estimated(value: float) -> None:
    study = run_study(loser(), "bilateral-prices", skill=Skill(value, ""))
    one = study.audit["optimum-is-equilibrium"]
    assert (one.holds, one.claim) == (True, "estimated")
    assert "gains are those that were fitted, also where nothing was measured" in one.assumptions
    warned = [said for said in study.remarks if said.startswith("Warning: prices rest on")]
    assert len(warned) == (value < 0.5)


def test_prices_of_gains_that_nothing_explains_are_refused() -> None:
    with pytest.raises(NotConvergedError, match=r"bilateral-prices .* constant \(skill -0.1\)"):
        run_study(loser(), "bilateral-prices", skill=Skill(-0.1, ""))
    with pytest.raises(NotConvergedError, match="a design needs prices, which nothing supports"):
        design(loser(), alone=alone(0.0, 0.0, 0.0), skill=Skill(-0.1, ""))
    study = run_study(loser(), skill=Skill(-0.1, ""))
    assert study.audit["optimum-is-equilibrium"].holds is None


def test_autarky_of_others_is_refused() -> None:
    game = loser(organizations=["North", "West", "South"])
    with pytest.raises(InvalidInputError, match="`alone` must be of North, West, South"):
        run_study(game, alone=alone(0.0, 0.0, 0.0))


def test_rules_that_need_a_potential_are_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidInputError, match="use bilateral-prices, or any other rule"):
        run_study(loser(), MechanismSettings(rule="partial-pigou", alpha=0.5))
    with pytest.raises(InvalidInputError, match="`power` = data needs"):
        run_study(loser(), MechanismSettings(fees="nash", power="data"), alone=alone(0.0, 0.0, 0.0))
    with pytest.raises(InvalidInputError, match="what each gains alone was not measured"):
        run_study(loser(), MechanismSettings(fees="equal-gain"))
    with pytest.raises(InvalidInputError, match="the gains of sub-coalitions were not measured"):
        run_study(loser(), MechanismSettings(fees="shapley"), alone=alone(0.0, 0.0, 0.0))


def test_a_custom_rule_sees_the_game() -> None:
    def by_effort(game: Any, x: Array) -> Array:
        return 0.01 * game.value * (x - x.mean(axis=-1, keepdims=True))

    study = run_study(loser(value=3000.0), by_effort)
    assert study.equilibrium.success
    assert study.audit["budget-balance"].holds
