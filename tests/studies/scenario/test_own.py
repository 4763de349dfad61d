"""A custom rule gets what the catalogue gets: the same answers for the same formula."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from coopetition import compare
from coopetition.games import CoopetitionRound
from coopetition.games.arrays import Array
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import (
    RULES,
    SeparableRule,
    bilateral_prices,
    full_pigou,
    pool_shares,
    redistribution,
)
from coopetition.solvers import solve_planner
from coopetition.studies import MechanismSettings, run_study
from coopetition.studies.audit.audit import MORE, full_audit
from coopetition.studies.scenario.custom_rules import own_entry
from coopetition.studies.scenario.scenario import load_scenario
from tests.test_example import EXAMPLE

RATE = 0.03


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return load_scenario(EXAMPLE.parent / "three.toml").round()


def balanced(game: Any, x: Array) -> Array:
    """Redistribute with κ = 0.03, as the catalogue does, written by hand."""
    return RATE * (game.damage.row_sums * x - game.damage.spread(x))


def priced(game: Any) -> SeparableRule:
    """Make bilateral prices for whatever organizations there are."""
    return bilateral_prices(game, target=solve_planner(game).profile)


@pytest.mark.parametrize("fees", ["none", "equal-gain", "nash", "shapley", "nucleolus"])
def test_the_same_formula_has_the_same_audit(game: CoopetitionRound, fees: str) -> None:
    mine = full_audit(game, MechanismSettings.of(balanced, fees=fees))
    known = full_audit(game, MechanismSettings("redistribution", RATE, fees=fees))
    assert mine.study.payoff == pytest.approx(known.study.payoff, abs=1e-4)
    assert mine.study.fee == pytest.approx(known.study.fee, abs=1e-4)
    for one in known.audit.properties:
        if one.name not in ("equilibrium-unique", "collateral-bounded", "price-of-anarchy-1"):
            assert mine[one.name].holds == one.holds, one.name
    assert mine["budget-balance"].claim == mine["potential-kept"].claim == "proved"
    assert mine["pairwise-zero-sum"].claim == "proved"
    assert mine["equilibrium-unique"].holds is None  # a search says nothing of that
    assert not isinstance(mine.parts, Unknown)
    assert not isinstance(known.parts, Unknown)
    assert mine.parts.values == pytest.approx(known.parts.values, rel=1e-7)
    assert not isinstance(mine.names, Unknown)
    assert not isinstance(known.names, Unknown)
    for ours, theirs in zip(mine.names.cases, known.names.cases, strict=True):
        assert ours.change == pytest.approx(theirs.change, abs=1e-4)


def test_what_a_maker_makes_is_made_for_every_part(game: CoopetitionRound) -> None:
    mine, known = full_audit(game, priced), full_audit(game, "bilateral-prices")
    for one in known.audit.properties:
        assert (mine[one.name].holds, mine[one.name].claim) == (one.holds, one.claim), one.name
    assert mine.to_dict()["subcoalitions"]["values"] == pytest.approx(
        known.to_dict()["subcoalitions"]["values"], rel=1e-9
    )
    assert mine.study.settings.rule == "priced"


def test_every_form_of_a_rule_is_taken(game: CoopetitionRound) -> None:
    class Tax:
        def __init__(self, rate: float) -> None:
            self.rate = rate

        def __call__(self, game: Any, x: Array) -> Array:
            return self.rate * (x - x.mean(axis=-1, keepdims=True))

    class Made:
        def __init__(self, game: Any) -> None:
            self.stake = 0.01 * game.value / game.value.mean()

        def __call__(self, game: Any, x: Array) -> Array:
            paid = self.stake * x
            return paid - paid.mean(axis=-1, keepdims=True)

    def rated(game: Any, x: Array, rate: float = 0.01) -> Array:
        return rate * (x - x.mean(axis=-1, keepdims=True))

    forms: dict[str, Any] = {
        "Tax": Tax(0.01),
        "rated": rated,
        "partial": partial(rated, rate=0.01),
        "lambda": lambda game, x: rated(game, x),
    }
    answers = {name: full_audit(game, rule) for name, rule in forms.items()}
    for found in answers.values():
        assert found.study.contribution == pytest.approx(answers["Tax"].study.contribution)
        assert {p.name for p in found.audit.properties} >= set(MORE)
        assert found["core"].holds is not None
        assert found["false-name-proof"].holds is not None
    assert answers["partial"].study.settings.rule == "rated"
    assert full_audit(game, Made)["false-name-proof"].holds is not None


def test_a_made_rule_of_the_catalogue_is_taken_as_it_is(game: CoopetitionRound) -> None:
    elsewhere = 0.5 * solve_planner(game).profile
    study = run_study(game, bilateral_prices(game, target=elsewhere))
    assert study.contribution == pytest.approx(elsewhere, rel=1e-6)  # not made anew for x°
    assert run_study(game, full_pigou).settings.rule == "full-pigou"
    assert MechanismSettings.of(bilateral_prices).rule == "bilateral-prices"
    assert run_study(game, "full-pigou").settings.rule == "full-pigou"
    found = full_audit(game, redistribution(game, rate=RATE))
    assert found["core"].holds
    assert "split or merged organization" in found["false-name-proof"].witness
    shared = full_audit(game, pool_shares(game, shares=[0.5, 0.25, 0.25]))
    assert "split or merged organization" in shared["false-name-proof"].witness
    assert shared["core"].holds is not None


class Fixed(SeparableRule):
    """Prices of one round, by organization."""

    def __init__(self, price: list[float]) -> None:
        """Take a price each."""
        self.price = np.array(price)

    @property
    def slope(self) -> Array:
        """The prices."""
        return self.price

    @property
    def bend(self) -> Array:
        """Zeros."""
        return np.zeros(self.price.size)

    @property
    def leak(self) -> Array:
        """The prices."""
        return self.price

    def __call__(self, game: Any, profile: Array) -> Array:
        """Pay each its price."""
        return self.price * profile


def test_prices_of_one_round_are_not_guessed_for_another(game: CoopetitionRound) -> None:
    found = full_audit(game, Fixed([0.001, 0.002, 0.003]))
    assert found["equilibrium-unique"].claim == "proved"  # it promises to be separable
    for name in ("core", "false-name-proof", "individual-rationality-sub-coalition"):
        assert found[name].holds is None
        assert "made for 3 organizations" in found[name].witness


def walker(game: Any, x: Array) -> Array:
    """Pay nothing, under a name of the catalogue."""
    return 0.0 * x


def test_a_comparison_scores_it_beside_all_rules(game: CoopetitionRound) -> None:
    table = compare(game, [balanced, walker, MechanismSettings("redistribution", RATE)], draws=10)
    assert {row.rule for row in table.rows} >= (set(RULES) - {"none"}) | {"balanced"}
    assert table["walker (own)"].payments == 0 < table["walker"].payments
    row, study = table["balanced"], run_study(game, balanced)
    assert (row.kind, row.welfare, row.deficit) == ("rule", study.welfare, study.deficit)
    assert row.budget_balance == "proved"
    assert row.slack_exit == pytest.approx(table["redistribution"].slack_exit, abs=1e-5)
    fees = compare(game, MechanismSettings.of(balanced, fees="equal-gain"), draws=10)
    assert fees["WPR"] == table["WPR"]
    assert fees["balanced"].slack_autarky > table["balanced"].slack_autarky  # type: ignore[operator]


def test_a_rule_may_write_into_its_profile(game: CoopetitionRound) -> None:
    def careless(game: Any, x: Array) -> Array:
        x -= x.mean(axis=-1, keepdims=True)
        x *= 0.01
        return x

    def careful(game: Any, x: Array) -> Array:
        return 0.01 * (x - x.mean(axis=-1, keepdims=True))

    mine, same = run_study(game, careless), run_study(game, careful)
    assert mine.contribution == pytest.approx(same.contribution)
    assert mine.to_dict()["mechanism"]["rule"] == "careless"


def test_a_rule_that_fails_at_a_part_only_leaves_that_unknown(game: CoopetitionRound) -> None:
    def three(game: Any, x: Array) -> Array:
        return np.array([0.01, 0.02, -0.03]) * x

    found = full_audit(game, three)
    assert found["efficient"].holds is not None
    for name in ("core", "false-name-proof", "individual-rationality-sub-coalition"):
        assert found[name].holds is None
        assert "the rule three" in found[name].witness


def test_an_entry_names_what_it_makes() -> None:
    name, entry = own_entry(balanced)
    assert (name, entry.targeted, entry.parameters) == ("balanced", False, ())
