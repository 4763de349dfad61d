"""Settings of a custom rule: passed on, refused, swept, searched, and part of the digest."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError
from coopetition.games.arrays import Array
from coopetition.mechanisms import Redistribution, redistribute, redistribution
from coopetition.solvers import solve
from coopetition.studies import MechanismSettings, run_study
from coopetition.studies.compare.compare import best_rate, compare, entrants
from coopetition.studies.design.constraints import Constraints
from coopetition.studies.design.grid_search import SearchRange, read_range
from coopetition.studies.design.tune_rule import tune
from coopetition.studies.scenario.custom_rules import own_entry
from coopetition.studies.scenario.imported_rules import named_rule
from coopetition.studies.scenario.scenario import load_scenario
from tests.instances import SYMMETRIC
from tests.solvers.aggregate.test_listed import Subsidy
from tests.studies.command import GAIN, TWO, coopetition, organization, written

CODE = """
def make(game, rate, power=1.0):
    def rule(game, x):
        paid = rate * x**power
        return paid - paid.mean(axis=-1, keepdims=True)
    return rule

def pay(game, x, rate=0.001):
    return rate * (x - x.mean(axis=-1, keepdims=True))

def greedy(game, x, **settings):
    return settings["rate"] * x

def priced(game, rate):
    from coopetition.mechanisms import redistribution
    return redistribution(game, rate=rate, intensity=1.0)

class Fund:
    def __init__(self, game, *, rate, names=("a",)):
        self.rate, self.names = rate, names
    def __call__(self, game, x):
        return self.rate * (x - x.mean(axis=-1, keepdims=True))
"""
CURVED = 'name = "two"\n' + GAIN + "".join(
    organization(name, local_data=data, unit_cost=0.002, quadratic_cost=2e-5)
    for name, data in (("North", 1500), ("South", 900))
)  # fmt: skip
GAME = SYMMETRIC.among([0, 1, 2]).replace(damage=[[0, 0.1, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])


def scenario(folder: Path, rule: str, settings: str, code: str = CODE, more: str = "") -> Path:
    """Write a scenario with a rule of its own and settings, and the module beside it."""
    (folder / "mine.py").write_text(code, encoding="utf-8")
    table = f"[mechanism.settings]\n{settings}\n" if settings else ""
    return written(folder, f'{CURVED}[mechanism]\nrule = "mine:{rule}"\n{more}{table}')


def by_effort(game: Any, x: Array, rate: float = 0.01, base: float = 0.0) -> Array:
    return rate * (x - x.mean(axis=-1, keepdims=True)) + base


@pytest.mark.parametrize(
    ("rule", "settings", "wanted"),
    [
        ("make", "rate = 0.002", 2.0),
        ("make", "rate = 0.002\npower = 2.0", 0.002 * (4000**2 - 2000**2) / 2),
        ("pay", "", 1.0),
        ("pay", "rate = 0.003", 3.0),
        ("greedy", "rate = 0.003", 12.0),
        ("Fund", 'rate = 0.002\nnames = ["x", "y"]', 2.0),
        ("Fund", "rate = 0.002\nnames = true", 2.0),
    ],
)
def test_settings_reach_every_form_of_a_rule(
    tmp_path: Path, rule: str, settings: str, wanted: float
) -> None:
    loaded = load_scenario(scenario(tmp_path, rule, settings))
    game = loaded.round()
    made = loaded.mechanism.entry.factory(game)
    assert made(game, np.array([4000.0, 2000.0]))[0] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("rule", "settings", "said"),
    [
        ("make", "rat = 0.1", "mine:make takes no setting `rat`: did you mean rate?"),
        ("pay", "x = 0.1\ny = 2", "takes no setting `y`"),
        ("make", "game = 1", "takes no setting `game`"),
        ("make", "rate = nan", "`rate` must be a finite number"),
        ("make", "rate = 1e40", "`rate` must be at most 1e+30 in size"),
        ("make", "rate = [1, [inf]]", "`rate` must be a finite number"),
        ("make", "rate = {a = 1}", "a number, a word, true or false, or a list of them"),
        ("make", "rate = 1979-05-27", "a number, a word, true or false, or a list of them"),
        ("make", '"a-b" = 1', "must be the name of an argument"),
        ("make", "power = 1.0", "settings of make(game, ...) stand in [mechanism.settings]"),
        ("make", "", "settings of make(game, ...) stand in [mechanism.settings]"),
        ("Fund", "", "this one takes game, rate"),
        ("make", 'rate = "much"', "can't multiply|must return one finite number|raised"),
    ],
)
def test_wrong_settings_are_one_sentence(
    tmp_path: Path, rule: str, settings: str, said: str
) -> None:
    answer = coopetition("solve", scenario(tmp_path, rule, settings))
    assert answer.code == 2
    assert any(part in answer.err for part in said.split("|"))
    assert "Traceback" not in answer.err
    assert len(answer.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('rule = "walker"\n[mechanism.settings]\nrate = 1', "is for a custom rule"),
        ("settings = 3", "`settings` must be a table"),
    ],
)
def test_settings_are_for_rules_of_ones_own(tmp_path: Path, table: str, said: str) -> None:
    answer = coopetition("solve", written(tmp_path, f"{TWO}[mechanism]\n{table}\n"))
    assert answer.code == 2
    assert said in answer.err


def test_a_made_rule_takes_no_settings_and_python_passes_them() -> None:
    made = redistribution(GAME, rate=0.1)
    with pytest.raises(InvalidInputError, match="made already"):
        own_entry(made, settings={"rate": 1.0})
    with pytest.raises(InvalidInputError, match="takes no `settings`"):
        MechanismSettings.of("walker", settings={"rate": 1.0})
    with pytest.raises(InvalidInputError, match="takes no `settings`"):
        MechanismSettings("walker").with_settings(rate=1.0)
    one = MechanismSettings.of(by_effort, settings={"rate": 0.02}, fees="equal-gain")
    two = one.with_settings(base=1.0)
    assert (two.settings, two.fees, two.rule) == (
        {"rate": 0.02, "base": 1.0},
        "equal-gain",
        "by_effort",
    )
    x = np.array([300.0, 0.0, 0.0])
    assert two.entry.factory(GAME)(GAME, x)[0] == pytest.approx(0.02 * 200.0 + 1.0)
    bound = MechanismSettings.of(partial(by_effort, base=2.0), settings={"rate": 0.0})
    assert bound.entry.factory(GAME)(GAME, x).tolist() == [2.0, 2.0, 2.0]


def test_another_rule_drops_the_settings(tmp_path: Path) -> None:
    path = scenario(tmp_path, "make", "rate = 0.002")
    other = coopetition("solve", path, "--rule", "mine:pay", "--json").document
    assert other["overrides"] == {
        "mechanism.rule": {"scenario": "mine:make", "used": "mine:pay"},
        "mechanism.settings": {"scenario": {"rate": 0.002}, "used": {}},
    }
    same = coopetition("solve", path, "--rule", "mine:make", "--json").document
    assert same["overrides"] == {}


# The digest


def test_settings_and_code_are_part_of_the_digest(tmp_path: Path) -> None:
    def digest(settings: str, code: str = CODE, rule: str = "make") -> str:
        return load_scenario(scenario(tmp_path, rule, settings, code)).digest

    first = digest("rate = 0.002")
    assert digest("rate = 0.002") == first
    assert digest("rate = 0.003") != first
    assert digest("rate = 0.002\npower = 1.0") != first
    assert digest("rate = 0.002", CODE + "\n# a word more") != first
    assert digest("power = 1.0\nrate = 0.002") == digest("rate = 0.002\npower = 1.0")
    (tmp_path / "else").mkdir()
    moved = load_scenario(scenario(tmp_path / "else", "make", "rate = 0.002")).digest
    assert moved == first  # where a file lies is not what it says


def test_the_code_of_a_package_is_that_of_its_module(tmp_path: Path) -> None:
    package = tmp_path / f"rules_{tmp_path.name.replace('-', '_')}"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "inner.py").write_text(CODE, encoding="utf-8")
    (package / "door.py").write_text("from .inner import pay\n", encoding="utf-8")
    source = f"{package.name}.inner:pay"
    one = named_rule(source, tmp_path).code
    door = named_rule(f"{package.name}.door:pay", tmp_path).code
    assert one
    (package / "inner.py").write_text(CODE + "\n# changed", encoding="utf-8")
    assert named_rule(source, tmp_path).code != one
    assert named_rule(f"{package.name}.door:pay", tmp_path).code != door  # where `pay` is written


def test_a_play_does_not_go_on_under_another_code(tmp_path: Path) -> None:
    path = scenario(tmp_path, "pay", "")
    assert coopetition("play", path, "--rounds", "1").code == 0
    scenario(tmp_path, "pay", "", CODE.replace("0.001", "0.002"))
    answer = coopetition("play", path, "--rounds", "2")
    assert answer.code == 2
    assert "another" in answer.err


# Swept, compared


def test_a_sweep_varies_and_scales_settings(tmp_path: Path) -> None:
    path = scenario(tmp_path, "make", "rate = 0.002")
    words = ["--jobs", "1", "--json"]
    rows = coopetition(
        "sweep", path, "--vary", "mechanism.settings.rate=0,0.002,0.004", *words
    ).document["rows"]
    for row, rate in zip(rows, (0.0, 0.002, 0.004), strict=True):
        mine = load_scenario(path)
        study = run_study(mine.round(), mine.mechanism.with_settings(rate=rate))
        assert row["contribution"] == pytest.approx(study.contribution.tolist())
    assert len({tuple(row["contribution"]) for row in rows}) == 3
    scaled = coopetition(
        "sweep", path, "--vary", "mechanism.settings.rate*=0,1,2", *words
    ).document["rows"]
    assert [row["contribution"] for row in scaled] == [row["contribution"] for row in rows]
    wrong = coopetition("sweep", path, "--vary", "mechanism.settings.rat=0,1", "--jobs", "1")
    assert wrong.code == 2
    assert "did you mean rate?" in wrong.err


def test_several_rules_are_compared_in_one_table() -> None:
    def other(game: Any, x: Array) -> Array:
        return 0.002 * (x - x.mean(axis=-1, keepdims=True))

    chosen = [
        MechanismSettings.of(by_effort, settings={"rate": 0.001}, fees="equal-gain"),
        MechanismSettings.of(other),
        MechanismSettings("walker", rate=0.5),
        MechanismSettings("partial-pigou", alpha=0.25),
    ]
    scored = {name: (mine, note) for name, mine, note in entrants(GAME, chosen)}
    assert scored["by_effort"][1] == "rate = 0.001"
    assert scored["other"][0] is chosen[1]
    assert scored["walker"][0].rate == 0.5
    assert scored["partial-pigou"] == (chosen[3], "")
    assert scored["full-pigou"][0].fees == "equal-gain"  # the first one's
    with pytest.raises(InvalidInputError, match="distinct names, got by_effort twice"):
        compare(GAME, [by_effort, by_effort])


def test_the_command_line_compares_several_rules(tmp_path: Path) -> None:
    path = scenario(tmp_path, "make", "rate = 0.002", more="")
    text = "draws = 2\n" + path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    found = coopetition("compare", path, "--rule", "mine:pay", "--rule", "mine:make", "--json")
    assert found.code == 0, found.err
    rows = {row["rule"]: row for row in found.document["rows"]}
    assert {"mine:pay", "mine:make"} <= rows.keys()
    assert rows["mine:make"]["note"].startswith("rate = 0.002")  # the scenario's own, its settings
    solved = coopetition("solve", path, "--rule", "mine:pay", "--json").document
    assert rows["mine:pay"]["welfare"] == pytest.approx(solved["welfare"])
    for words, said in (
        (["mine:pay", "mine:pay"], "`--rule` mine:pay stands twice"),
        (["mine:pay", "mine:nosuch"], "has no attribute nosuch"),
    ):
        options = [part for word in words for part in ("--rule", word)]
        answer = coopetition("compare", path, *options)
        assert answer.code == 2
        assert said in answer.err
    rated = coopetition("compare", path, "--rule", "mine:pay", "--rule", "none", "--rate", "1")
    assert "none of the rules mine:pay, none takes a `rate`" in rated.err


# Searched


def test_the_best_number_is_that_of_another_search() -> None:
    found = tune(
        GAME,
        MechanismSettings("redistribution", rate=0.0),
        [SearchRange("mechanism.rate", 0.0, 0.2)],
    )
    rate = best_rate(GAME, MechanismSettings())[0]
    welfare = run_study(GAME, MechanismSettings("redistribution", rate=rate)).welfare
    assert found.study.welfare >= welfare - 1e-9 * abs(welfare)
    assert found.value == pytest.approx(found.study.welfare)
    assert found.feasible


def test_the_best_of_two_settings_is_no_worse_than_a_dense_scan() -> None:
    def two(game: CoopetitionRound, *, first: float, second: float) -> Redistribution:
        shares = [[0.0, first, first], [second, 0.0, second], [0.001, 0.001, 0.0]]
        return redistribution(game, rate=1.0, intensity=shares)

    settings = MechanismSettings.of(two, settings={"first": 0.0, "second": 0.0})
    ranges = [read_range(f"mechanism.settings.{key}=0:0.01") for key in ("first", "second")]
    found = tune(GAME, settings, ranges)
    best = max(
        solve(redistribute(GAME, two(GAME, first=a, second=b))).welfare
        for a in np.linspace(0, 0.01, 5)
        for b in np.linspace(0, 0.01, 5)
    )
    assert found.study.welfare >= best - 1e-9 * abs(best)
    assert set(found.values) == {"mechanism.settings.first", "mechanism.settings.second"}


def test_a_giant_hides_nobodys_loss() -> None:
    """A billionth of the giant's payoff is more than what the small one loses."""

    def levy(game: CoopetitionRound, x: Array, rate: float = 0.0) -> Array:
        return rate * np.array([1.0, -1.0, 0.0]) + 0.0 * x

    game = SYMMETRIC.among([0, 1, 2]).replace(damage=0.0, value=[1e12, 1000.0, 1000.0])
    found = tune(
        game, MechanismSettings.of(levy), [SearchRange("mechanism.settings.rate", 400.0, 500.0)]
    )
    loses = float((found.outside - found.study.payoff)[1])
    assert 0 < loses < 1e-9 * float(found.study.payoff[0])
    assert not found.feasible
    assert found.missed == pytest.approx(loses)


def test_constraints_hold_the_numbers_back() -> None:
    """A subsidy for each sample brings more contributions, and may cost so much and no more."""

    def subsidy(game: CoopetitionRound, rate: float = 0.0) -> Subsidy:
        return Subsidy(rate, len(game.players))

    settings, ranges = (
        MechanismSettings.of(subsidy),
        [SearchRange("mechanism.settings.rate", 0.0, 0.02)],
    )
    bound = Constraints(subsidy=20.0, guarantee=-1e3)
    found = tune(GAME, settings, ranges, "contribution", bound)
    assert found.feasible
    assert 15.0 <= found.study.deficit <= 20.0 + 1e-6
    more = run_study(
        GAME, settings.with_settings(rate=found.values["mechanism.settings.rate"] * 1.1)
    )
    assert more.deficit > 20.0
    none = tune(GAME, settings, ranges, "welfare", Constraints(guarantee=1e6))
    assert not none.feasible
    assert none.missed > 1e5


def test_design_tunes_the_scenarios_rule(tmp_path: Path) -> None:
    path = scenario(tmp_path, "priced", "rate = 0.001", more='fees = "equal-gain"\n')
    words = ["--tune", "mechanism.settings.rate=0:0.004"]
    answer = coopetition("design", path, *words, "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    rate = document["tuned"]["mechanism.settings.rate"]
    mine = load_scenario(path)
    study = run_study(mine.round(), mine.mechanism.with_settings(rate=rate))
    assert document["welfare"] == pytest.approx(study.welfare)
    assert document["payoff"] == pytest.approx(study.payoff.tolist())
    assert document["overrides"] == {}
    assert "nothing bounds what others could add" in coopetition("design", path, *words).out
    refused = coopetition("design", path, *words, "--guarantee", "1e6")
    assert refused.code == 1
    assert "No value was found that meets the constraints" in refused.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tune", "rate=0:1"], "what is tuned must be mechanism.rate=LOW:HIGH"),
        (["--tune", "mechanism.rate=1:0"], "with finite LOW < HIGH"),
        (["--tune", "mechanism.rate=0:inf"], "with finite LOW < HIGH"),
        (["--tune", "mechanism.rate=0:1:3"], "with finite LOW < HIGH"),
        (["--tune", "mechanism.rate=0:1"], "takes no `rate`"),
        (["--tune", "mechanism.settings.rat=0:1"], "did you mean rate?"),
        (["--tune", "mechanism.settings.rate=0:1", "--most", "3"], "`--tune` takes no --most"),
        (["--tune", "mechanism.settings.rate=0:1", "--aim", "fair"], "`--tune` takes no --aim"),
        (["--tune", "mechanism.settings.rate=0:1"] * 2, "one or two different numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_tuned_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    answer = coopetition("design", scenario(tmp_path, "pay", "rate = 0.001"), *words)
    assert answer.code == 2
    assert said in answer.err


def test_a_range_in_which_nothing_can_be_solved_says_why() -> None:
    def broken(game: CoopetitionRound, x: Array, rate: float = 0.0) -> Array:
        raise RuntimeError("not today")

    with pytest.raises(InvalidInputError, match=r"no value in the range.*not today"):
        tune(GAME, MechanismSettings.of(broken), [SearchRange("mechanism.settings.rate", 0.0, 1.0)])
