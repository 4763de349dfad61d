"""The comparison's numbers against the library's own functions."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from coopetition import compare
from coopetition.games.certificate import certify
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import (
    RULES,
    bilateral_prices,
    k_implementation,
    redistribute,
    redistribution,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies import MechanismSettings, autarky, parse_scenario, run_study
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.compare.compare import best_rate, random_generation, without_competition
from coopetition.studies.compare.result import Comparison
from tests.campaign import draws
from tests.instances import random_round
from tests.studies.command import NO_PURE, THREE
from tests.studies.compared import PAID, free_comparison, paid_comparison, three, told_comparison

PUBLISHED = "redistribution-published"
SCORED = ["redistribution", PUBLISHED, *list(RULES)[2:]]
NAMES = ["VCFL", "WCO", "RaDG", "WPR", *SCORED, "k-implementation", "planner"]


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return three()


@pytest.fixture
def paid() -> Comparison:
    return paid_comparison()


@pytest.fixture
def table() -> Comparison:
    return free_comparison()


def test_every_row_is_what_the_library_says(game: CoopetitionRound, paid: Comparison) -> None:
    table = paid
    assert [row.rule for row in table.rows] == NAMES
    planner = solve_planner(game)
    free = solve(game)
    drawn = random_generation(game, 200, 5)
    rewarded = solve(redistribute(game, redistribution(game, rate=0.03)))
    priced = solve(redistribute(game, bilateral_prices(game, target=planner.profile)))
    profiles = {
        "VCFL": np.zeros(3),
        "WCO": without_competition(game),
        "WPR": free.profile,
        "redistribution": rewarded.profile,
        "bilateral-prices": priced.profile,
        "planner": planner.profile,
    }
    alone = autarky(game).payoff
    for name, profile in profiles.items():
        row = table[name]
        assert row.welfare == pytest.approx(float(game.welfare(profile)), rel=1e-9)
        assert row.total_contribution == pytest.approx(profile.sum(), rel=1e-6)
        assert row.efficiency == pytest.approx(row.welfare / planner.welfare, rel=1e-12)
        assert row.welfare_standard_error is None
    assert table["RaDG"].welfare == drawn.welfare
    assert table["RaDG"].welfare_standard_error == drawn.standard_error
    assert table["VCFL"].slack_autarky == pytest.approx((game.payoffs(np.zeros(3)) - alone).min())
    assert table["WPR"].payments == 0  # no redistribution, no fees
    assert table["WPR"].slack_autarky == pytest.approx((free.payoffs - alone).min())
    # Equal-gain fees leave everybody the mean surplus; half of all money moved is payments.
    for name in ("redistribution", "bilateral-prices"):
        mean = (table[name].welfare - alone.sum()) / 3
        assert table[name].slack_autarky == pytest.approx(mean, abs=1e-8)
        assert abs(table[name].deficit) < 1e-9
    study = run_study(game, PAID)
    moved = study.transfer + study.fee
    assert table["redistribution"].payments == pytest.approx(moved[moved > 0].sum())
    assert table["redistribution"].note == "κ = 0.03"


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(draws(2, 40)))
def test_nothing_beats_the_planner(seed: int) -> None:
    game = random_round(seed, players=3, positive=True)
    table = compare(game, draws=50)
    best = table["planner"].welfare
    for row in table.rows:
        assert row.welfare <= best + 1e-7 * abs(best)
    assert table["redistribution"].welfare >= table["WPR"].welfare - 1e-7 * abs(best)


def test_the_best_rate_is_the_best_of_a_dense_grid(
    game: CoopetitionRound, table: Comparison
) -> None:
    settings = MechanismSettings()
    rate, found = best_rate(game, settings)
    assert found

    def welfare(value: float) -> float:
        rule = redistribution(game, rate=value)
        return float(game.welfare(solve(redistribute(game, rule)).profile))

    grid = np.linspace(0.0, 4 * rate, 401)
    assert welfare(rate) >= max(map(welfare, grid)) - 1e-9
    assert table["redistribution"].note == f"κ = {rate:.6g}, best found for welfare"
    assert table["redistribution"].welfare == pytest.approx(welfare(rate), rel=1e-12)


def test_without_damage_no_rate_does_anything() -> None:
    text = THREE[: THREE.index("[competition]")]
    table = compare(parse_scenario(tomllib.loads(text)).round(), draws=10)
    assert table["redistribution"].note == "no damage: any κ does nothing"
    assert table["redistribution"].welfare == table["WPR"].welfare


def test_rules_that_implement_the_optimum_say_so(paid: Comparison) -> None:
    for name in list(RULES)[1:]:
        row = paid[name]
        said = "the planner's optimum is an equilibrium" in row.note
        assert said is (RULES[name].declared.optimum_is_equilibrium in ("always", "all w_n ≥ 0"))
        assert not said or row.efficiency == pytest.approx(1.0, abs=1e-9)
        if RULES[name].declared.budget_balance == "always":
            assert abs(row.deficit) < 1e-8
    assert paid["full-pigou"].deficit > 1000


def test_the_scenarios_own_parameters_are_used(game: CoopetitionRound, table: Comparison) -> None:
    half = run_study(game, MechanismSettings("partial-pigou", alpha=0.5)).payoff.sum()
    best = table["planner"].welfare
    assert table["WPR"].welfare < table["partial-pigou"].welfare < best
    alone = MechanismSettings("revenue-shares", shares=(1.0, 0.0, 0.0))
    most = compare(game, [MechanismSettings("partial-pigou", alpha=0.9), alone], draws=10)
    assert table["partial-pigou"].welfare < most["partial-pigou"].welfare < best
    assert "α" not in most["partial-pigou"].note
    given = table["partial-pigou"]
    assert given.welfare + given.deficit == pytest.approx(half, rel=1e-9)
    assert given.note == "α = 0.5, as none is given"
    assert most["revenue-shares"].welfare != table["revenue-shares"].welfare
    assert most["redistribution"].note == table["redistribution"].note


def test_both_forms_of_redistribution_are_scored(game: CoopetitionRound, paid: Comparison) -> None:
    """The forms have the same incentives; who pays differs, and the published one leaks."""
    one, other = paid["redistribution"], paid[PUBLISHED]
    assert other.welfare == pytest.approx(one.welfare, rel=1e-12)
    assert (one.budget_balance, other.budget_balance) == ("proved", "fails")
    rule = redistribution(game, rate=0.03, balanced=False)
    x = solve(redistribute(game, rule)).profile
    assert other.deficit == pytest.approx(float(rule(game, x).sum()), rel=1e-9)
    table = compare(game, replace(PAID, balanced=False), draws=10)
    assert table["redistribution"].deficit == other.deficit
    assert table["redistribution-balanced"].deficit == pytest.approx(0.0, abs=1e-9)


def test_what_an_outsider_would_pay(game: CoopetitionRound, table: Comparison) -> None:
    best = solve_planner(game).profile
    row, offer = table["k-implementation"], k_implementation(game, target=best)
    assert (row.kind, row.welfare) == ("bound", table["planner"].welfare)
    assert row.deficit == row.payments == pytest.approx(offer.total)
    gains = game.payoffs(best) + offer.each - autarky(game).payoff
    assert row.slack_autarky == pytest.approx(gains.min())
    assert certify(redistribute(game, offer.subsidy), best).holds


def test_rules_that_must_be_searched_are_left_out_of_large_comparisons() -> None:
    game = random_round(3, players=51, positive=True).replace(rivalry=0.0)
    table = compare(game, draws=10)
    assert "not computed above 50 organizations" in table["pool-shares"].note
    assert table["revenue-shares"].epsilon is not None


def test_random_generation_belongs_to_the_seed(game: CoopetitionRound, table: Comparison) -> None:
    drawn = [random_generation(game, 10, seed).welfare for seed in (0, 1)]
    other = compare(game, draws=10, seed=1)
    assert [one["RaDG"].welfare for one in (table, other)] == pytest.approx(drawn, rel=1e-12)
    assert drawn[0] != drawn[1]
    assert other["WPR"] == table["WPR"]


def test_a_rule_without_equilibrium_says_so() -> None:
    scenario = parse_scenario(tomllib.loads(NO_PURE))
    table = compare(scenario.round(), scenario.mechanism, draws=10)
    assert table["redistribution"].note.startswith("no pure equilibrium found")
    assert table["planner"].note == "checked: branch and bound"


def test_what_goes_on_is_told() -> None:
    _, told = told_comparison()
    assert told[0] == ("solving baselines", 0, None)
    rules = [at for at in told if at[0].startswith("scoring")]
    assert rules == [(f"scoring {name}", k, len(SCORED)) for k, name in enumerate(SCORED)]
    searched = [at for at in told[1:] if at not in rules]
    assert {what for what, _, _ in searched} == {"searching the best κ"}
    assert [done for _, done, _ in searched] == list(range(len(searched)))
    assert searched[0][2] == len(searched)


@pytest.mark.parametrize("shrunk", [1.0, 1e-7])
def test_the_best_rate_has_the_best_of_several_peaks(shrunk: float) -> None:
    """Welfare peaks at 0.028 and 0.084; a damage that is next to nothing must not hide them."""
    rng = np.random.default_rng(3)
    size = int(rng.integers(2, 7))
    damage = rng.uniform(0, 0.15, (size, size)) * (rng.random((size, size)) < 0.6)
    np.fill_diagonal(damage, 0.0)
    damage[0] *= shrunk
    bend = rng.uniform(1e-6, 4e-6, size)
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=rng.uniform(100, 2000, size), damage=damage,
        max_contribution=rng.uniform(500, 5000, size), value=rng.uniform(300, 1500, size),
        unit_cost=rng.uniform(0.0005, 0.02, size), quadratic_cost=bend,
    )  # fmt: skip
    rate, found = best_rate(game, MechanismSettings())
    assert found

    def welfare(value: float) -> float:
        paid = redistribution(game, rate=value)
        return float(game.welfare(solve(redistribute(game, paid)).profile))

    side = np.geomspace(1e-4, 10.0, 300)
    best = max(map(welfare, [*-side, 0.0, *side]))
    assert welfare(rate) >= best - 1e-9 * abs(best)
    assert rate == pytest.approx(0.0282, rel=0.01)


def test_payments_are_what_is_paid_out_where_nobody_pays_in(table: Comparison) -> None:
    row = table["full-pigou"]
    assert row.deficit > 0
    assert row.payments == pytest.approx(row.deficit)


def test_the_best_rate_may_be_negative() -> None:
    """With strong rivalry everybody generates too much: the best κ charges contributions."""
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[20_000.0] * 6, max_contribution=20_000.0,
        value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, skew=1.5, personal_weight=0.2,
        rivalry=300.0, damage=0.02,
    )  # fmt: skip
    rate, found = best_rate(game, MechanismSettings())
    assert found
    assert rate < 0
    paid = solve(redistribute(game, redistribution(game, rate=rate))).profile
    assert game.welfare(paid) > 4190
    assert game.welfare(paid) > game.welfare(solve(game).profile) + 100


def test_verdicts_are_those_of_the_audit(game: CoopetitionRound) -> None:
    table = compare(game, MechanismSettings(fees="nash", outside_option="exit"), draws=10)
    words = {False: "fails", None: "unknown"}
    for name in ("full-pigou", "bilateral-prices", "pool-shares", "revenue-shares"):
        chosen = MechanismSettings(name, fees="nash", outside_option="exit")
        found = run_study(game, chosen).audit
        for column, asked in (
            ("budget_balance", "budget-balance"),
            ("optimum_is_equilibrium", "optimum-is-equilibrium"),
            ("potential_kept", "potential-kept"),
            ("individual_rationality", "individual-rationality-exit"),
        ):
            verdict = found[asked]
            said = words.get(verdict.holds, verdict.claim)
            assert getattr(table[name], column) == said
    assert table["bilateral-prices"].budget_balance == "proved"
    assert table["full-pigou"].budget_balance == "fails"
    assert table["VCFL"].individual_rationality is None


def test_few_have_their_sub_coalitions_solved_unasked(
    game: CoopetitionRound, table: Comparison
) -> None:
    priced = run_study(game, MechanismSettings("bilateral-prices", outside_option="sub-coalition"))
    option = priced.outside["sub-coalition"]
    assert not isinstance(option, Unknown)
    slack = table["bilateral-prices"].slack_sub_coalition
    assert slack == pytest.approx((priced.payoff - option).min(), abs=1e-7)
    assert table["VCFL"].slack_sub_coalition is not None
    assert table["pool-shares"].slack_sub_coalition is None  # must be searched


def test_more_have_them_only_if_asked_and_never_by_search() -> None:
    game = random_round(4, players=5, positive=True).replace(local_data=900.0)
    plain = compare(game, draws=10)
    assert all(row.slack_sub_coalition is None for row in plain.rows)
    named = compare(game, MechanismSettings(outside_option="sub-coalition"), draws=10)
    for name in ("WPR", "bilateral-prices", "revenue-shares"):
        assert named[name].slack_sub_coalition is not None
        assert named[name].individual_rationality in ("checked", "fails")
    assert named["pool-shares"].individual_rationality == "unknown"
    assert named["pool-shares"].welfare == plain["pool-shares"].welfare
    fair = compare(game, MechanismSettings(fees="shapley"), draws=10)
    assert "solves the sub-coalitions of pool-shares up to 4" in fair["pool-shares"].note
    assert np.isnan(fair["pool-shares"].welfare)
    assert fair["bilateral-prices"].welfare == plain["bilateral-prices"].welfare


def test_fees_that_cannot_be_agreed_on_are_told_in_the_row() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=4000.0,
        value=[1000.0, 800.0], unit_cost=0.001, fixed_cost=[100.0, 40.0], damage=0.05,
    )  # fmt: skip
    table = compare(game, MechanismSettings(fees="nash"), draws=10)
    assert "`fees` = nash" in table["bilateral-prices"].note
    assert "exceed all payoffs together by" in table["bilateral-prices"].note
    assert table["full-pigou"].individual_rationality == "checked"  # which brings the money


@pytest.mark.parametrize("key", ["rule", "fees", "outside_option"])
def test_unknown_names_are_refused_in_python_too(key: str) -> None:
    with pytest.raises(InvalidInputError, match=f"`{key}` must be one of .* got 'nothing-such'"):
        MechanismSettings(**{key: "nothing-such"})  # type: ignore[arg-type]


def test_rows_and_properties_that_are_not_there_are_named(
    game: CoopetitionRound, table: Comparison
) -> None:
    with pytest.raises(InvalidInputError, match=r"the row must be one of VCFL, .* got 'fees'"):
        table["fees"]
    with pytest.raises(InvalidInputError, match="`draws` must be at least 2, got 0"):
        compare(game, draws=0)
    with pytest.raises(InvalidInputError, match=r"the property must be one of budget-balance, "):
        run_study(game).audit["core"]
    with pytest.raises(InvalidInputError, match="`worth` must be equilibrium or optimum"):
        full_audit(game, worth="welfare")  # type: ignore[arg-type]


def test_columns_are_sorted_by_their_printed_headers_too(table: Comparison) -> None:
    for header, key in (("of planner", "efficiency"), ("worst vs autarky", "slack-autarky")):
        by_header, by_key = (
            [row.rule for row in table.sorted_by(name).rows] for name in (header, key)
        )
        assert by_header == by_key


def test_less_than_the_optimum_never_reads_as_all_of_it(table: Comparison) -> None:
    shown = table.tables()[0].select(["of planner"]).cells()
    lines = {name: part for name, part in shown.rows}
    for row in table.rows:
        if row.efficiency is not None:
            assert (lines[row.rule] == "1") == (abs(row.efficiency - 1) <= 1e-9)
