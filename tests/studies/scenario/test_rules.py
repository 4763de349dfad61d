"""Every rule of the catalogue in scenarios, in studies and on the command line."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition import audit
from coopetition.games import CoopetitionRound, InvalidInputError
from coopetition.mechanisms import RULES, pool_shares, proportional
from coopetition.studies import MechanismSettings, parse_scenario, run_study
from coopetition.studies.scenario.mechanism_table import override
from coopetition.studies.scenario.rules import maker_of, rule_maker
from tests.instances import random_round
from tests.studies.command import THREE, TWO, coopetition

GIVEN = {"redistribution": "rate = 0.03\n", "partial-pigou": "alpha = 0.5\n"}


def scenario(rule: str, more: str = "", base: str = THREE) -> Any:
    start = base.index("[mechanism]") if "[mechanism]" in base else len(base)
    return parse_scenario(
        tomllib.loads(f'{base[:start]}\n[mechanism]\nrule = "{rule}"\n{GIVEN.get(rule, "")}{more}')
    )


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return parse_scenario(tomllib.loads(THREE)).round()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_solved_from_a_scenario(rule: str) -> None:
    read = scenario(rule)
    study = run_study(read.round(), read.mechanism)
    assert study.equilibrium.success
    said = study.to_dict()
    declared = RULES[rule].declared
    balance = said["properties"]["budget-balance"]["holds"]
    assert balance is True if declared.budget_balance == "always" else balance is not None
    if declared.optimum_is_equilibrium in ("always", "all w_n ≥ 0"):
        assert said["efficiency"] == pytest.approx(1.0, abs=1e-9)
        assert said["properties"]["optimum-is-equilibrium"]["holds"]
    if said["weights"] is not None:  # U_n changes as w_n Φ does
        induced, x = study.induced, study.contribution
        for n in range(3):
            y = x.copy()
            y[n] = 0.5 * study.game.max_contribution[n]
            change = float((induced.payoffs(y) - induced.payoffs(x))[n])
            rise = float(induced.potential(y)) - said["potential"]  # type: ignore[attr-defined]
            assert said["weights"][n] * rise == pytest.approx(change, rel=1e-6, abs=1e-8)


def test_parameters_arrive() -> None:
    assert scenario("partial-pigou").mechanism.alpha == 0.5
    shared = scenario("pool-shares", "shares = [0.5, 0.25, 0.25]\n")
    assert shared.mechanism.shares == (0.5, 0.25, 0.25)
    study = run_study(shared.round(), shared.mechanism)
    assert study.payoff / study.welfare == pytest.approx([0.5, 0.25, 0.25])
    assert study.to_dict()["weights"] == [0.5, 0.25, 0.25]
    assert scenario("walker", "rate = 1e-6\n").mechanism.rate == 1e-6
    assert scenario("walker").mechanism.rate is None
    assert scenario("pool-shares").digest != shared.digest


@pytest.mark.parametrize(
    ("rule", "more", "said"),
    [
        ("pool-shares", "rate = 1.0\n", "the rule pool-shares takes no `rate`"),
        ("pool-shares", "shares = [0.5, 0.5]\n", "`shares` must be 3 positive numbers"),
        ("pool-shares", "shares = 0.5\n", "`shares` must be 3 positive numbers"),
        ("pool-shares", "shares = []\n", "`shares` must be 3 positive numbers"),
        ("revenue-shares", "shares = [0.5, 0.6, 0.0]\n", "that sum to 1"),
        ("walker", "rate = 0.0\n", "`rate` must be finite and positive"),
        ("full-pigou", "alpha = 1.0\n", "the rule full-pigou takes no `alpha`"),
        ("linear-pigou", "balanced = true\n", "takes no `balanced`"),
    ],
)
def test_wrong_parameters_are_refused(rule: str, more: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        scenario(rule, more)
    assert str(caught.value).startswith("[mechanism]")


def test_rules_that_do_not_fit_are_refused_when_the_file_is_read() -> None:
    with pytest.raises(InvalidInputError, match=r"\[mechanism\]: walker\(\) needs at least 3"):
        scenario("walker", base=TWO)
    with pytest.raises(InvalidInputError, match="needs the key `alpha`"):
        parse_scenario(tomllib.loads(TWO + '[mechanism]\nrule = "partial-pigou"\n'))


def test_override_drops_what_meant_something_else() -> None:
    old = MechanismSettings("redistribution", 0.5, balanced=False, fees="equal-gain")
    new = override(old, "deviation-from-average", None)
    assert (new.rate, new.balanced, new.fees) == (None, True, "equal-gain")
    assert override(old, "walker", 0.1).rate == 0.1
    with pytest.raises(InvalidInputError, match="needs an `alpha`"):
        override(old, "partial-pigou", None)
    with pytest.raises(InvalidInputError, match="takes no `rate`"):
        override(old, "pool-shares", 0.1)


def test_shares_of_a_part_keep_their_proportions(game: CoopetitionRound) -> None:
    part = game.among(np.array([0, 2]))
    x = np.array([700.0, 300.0])
    rest = pool_shares(part, shares=[2 / 3, 1 / 3])
    settings = MechanismSettings("pool-shares", shares=(0.5, 0.25, 0.25))
    assert rule_maker(game, settings)(part)(part, x) == pytest.approx(rest(part, x))
    whole = pool_shares(game, shares=[0.5, 0.25, 0.25])
    assert maker_of(game, whole)(part)(part, x) == pytest.approx(rest(part, x))
    assert maker_of(game, proportional(game))(part)(part, x).sum() == pytest.approx(0.0, abs=1e-9)


def test_exit_from_a_rule_for_three_is_not_known(game: CoopetitionRound) -> None:
    verdict = run_study(game, MechanismSettings("walker")).audit["individual-rationality-exit"]
    assert verdict.holds is None
    assert "at least 3 organizations, got 2" in verdict.witness


def test_exit_is_not_searched_for_many() -> None:
    many = random_round(5, players=21, positive=True).replace(rivalry=1.0)
    outside = run_study(many, MechanismSettings("pool-shares")).outside["exit"]
    assert "not computed above 20 organizations" in str(outside)


def test_a_rule_of_the_catalogue_is_audited_in_one_line(game: CoopetitionRound) -> None:
    verdicts = audit(game, pool_shares(game))
    assert verdicts["budget-balance"].claim == "proved"
    assert verdicts["optimum-is-equilibrium"].holds
    assert verdicts["potential-kept"].holds is False
    assert verdicts["individual-rationality-exit"].holds is not None


def test_the_command_line_takes_every_rule(tmp_path: Path) -> None:
    file = tmp_path / "three.toml"
    file.write_text(THREE, encoding="utf-8")
    answer = coopetition("solve", file, "--json", "--rule", "expected-externality")
    assert answer.code == 0
    assert answer.document["mechanism"]["rule"] == "expected-externality"
    assert answer.document["efficiency"] == pytest.approx(1.0, abs=1e-9)
    assert answer.document["solver"] == "ascend_potential"
    refused = coopetition("solve", file, "--rule", "partial-pigou")
    assert refused.code == 2
    assert "needs an `alpha`" in refused.err
