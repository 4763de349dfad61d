"""Settings are what they print: the JSON of an answer makes them again."""

import json
import tomllib
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import FEES, RULES, Mechanism
from coopetition.output.export import to_json
from coopetition.studies import MechanismSettings, load_scenario, parse_scenario, run_study
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.scenario.fees import lump_sums
from coopetition.studies.scenario.mechanism_table import POWERS, read_mechanism
from coopetition.studies.scenario.oracle_kinds import KINDS
from coopetition.studies.scenario.oracle_table import read_oracle
from coopetition.studies.scenario.strict_tables import ScenarioTable
from tests.studies.command import GAIN, LEARNED, MEASURED, THREE, TWO, coopetition, written

PARAMETERS: dict[str, list[dict[str, Any]]] = {  # of rules that take some
    "redistribution": [
        {"rate": 0.003, "balanced": balanced, "intensity": intensity}
        for balanced in (True, False)
        for intensity in ("damage", 0.5, [[0.0, 2.0, 0.0], [1.0, 0.0, 3.0], [0.5, 0.0, 0.0]])
    ],
    "partial-pigou": [{"alpha": 0.25}],
    "pool-shares": [{}, {"shares": (0.5, 0.25, 0.25)}],
    "walker": [{}, {"rate": 1e-6}],
}
SETTINGS = [(rule, given) for rule in RULES for given in PARAMETERS.get(rule, [{}])]
ROUND = parse_scenario(tomllib.loads(THREE)).round()


def payments() -> list[dict[str, Any]]:
    """Return all combinations of fees, outside option and power."""
    found = []
    for fees, option in product(FEES, OUTSIDE_OPTIONS):
        if FEES[fees].ground == "exit" and option != "exit":
            continue
        powers = [*POWERS, (1.0, 2.0, 3.0)] if FEES[fees].weighted else ["equal"]
        found += [{"fees": fees, "outside_option": option, "power": power} for power in powers]
    return found


@pytest.mark.parametrize(("rule", "given"), SETTINGS)
def test_every_combination_is_made_again_from_what_it_prints(rule: str, given: Any) -> None:
    """Only lump sums depend on the other settings, so the rest is solved once a rule."""
    study = run_study(ROUND, MechanismSettings(rule, **given, outside_option="sub-coalition"))
    received, made = study.payoff_before + study.transfer, set()
    for more in payments():
        settings = MechanismSettings(rule, **given, **more)
        assert read_mechanism(json.loads(to_json(settings.to_dict()))) == settings
        with suppress(InvalidInputError):  # nothing to share, or a rule that needs three
            fees = lump_sums(ROUND, settings, received, study.outside, study.parts)
            paid = Mechanism(study.mechanism.rule, fees)
            study = replace(study, settings=settings, mechanism=paid)
            made.add(settings.fees)
    assert made >= {"none", "equal-gain"}
    printed = json.loads(to_json(study.to_dict()))
    assert read_mechanism(printed["mechanism"]) == study.settings
    assert printed["fee"] == study.fee.tolist()


def test_what_means_nothing_is_not_said() -> None:
    """A rule's numbers stand beside that rule only, and power beside fees that take one."""
    settings = MechanismSettings("bilateral-prices", rate=3.0, fees="equal-gain", power="value")
    said = {"rule": "bilateral-prices", "fees": "equal-gain", "outside_option": "autarky"}
    assert settings.to_dict() == said
    exits = MechanismSettings(fees="almost-ideal").to_dict()
    assert (exits["outside_option"], exits["power"]) == ("exit", "equal")


KEYS = {
    "reference": 'dataset = "./rows"\nalpha = 0.5\nepochs = 3\nlocal_rows = 80\njobs = 2',
    "flower": 'python = "/usr/bin/python3"\ntimeout = 300\nrounds = 4',
    "nvflare": 'api = "controller"\ntimeout = 3600',
    "recorded": 'ledger = "gains.sqlite"',
    "process": 'command = ["python", "worker.py"]\nenv = ["TOKEN"]\nretries = 2',
    "http": 'url = "http://silo:80"\ntoken_env = "TOKEN"\ntimeout = 9.5\non_failure = "skip"',
    "plugin": 'plugin = "mine"\nsettings = {rows = 3, names = ["a", "b"], fast = true}',
}
PLANS = (
    "seeds = 3\nprofiles = 9",
    'design = "adaptive"\ntarget_regret = 0.05\ntrainings = 12',
    'design = "adaptive"\nholdout_seeds = 10',
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plan", PLANS)
def test_every_kind_of_oracle_is_made_again(kind: str, plan: str) -> None:
    for keys in (KEYS[kind], KEYS[kind].replace("jobs = 2", 'cluster = "tcp://here:1"')):
        stated = tomllib.loads(f'kind = "{kind}"\n{plan}\n{keys}')
        settings = read_oracle(ScenarioTable.of(stated, "[oracle]"))
        said = json.loads(to_json(settings.to_dict()))
        assert said.items() >= stated.items()
        assert read_oracle(ScenarioTable.of(said, "[oracle]")) == settings


GAINS = (
    'family = "exponential"\nceiling = 1\nscale = 900',
    'family = "logarithmic"\nceiling = 1\nscale = 900\noffset = 1000',
    'family = "tabulated"\ndata = [0, 100, 9000, 20000]\ngains = [0.0, 0.5, 0.75, 0.8]',
)
POWER = GAIN.split("[gain]\n")[1]
SCENARIOS = [THREE, TWO, MEASURED, LEARNED, *(THREE.replace(POWER, gain + "\n") for gain in GAINS)]
SCENARIOS += [path.read_text("utf-8") for path in sorted(Path("examples").glob("*.toml"))]


@pytest.mark.parametrize("text", SCENARIOS)
def test_every_scenario_is_made_again(text: str) -> None:
    scenario = parse_scenario(tomllib.loads(text), Path("examples"))
    again = parse_scenario(json.loads(to_json(scenario.to_dict())), scenario.folder)
    assert again == scenario
    assert again.digest == scenario.digest


RULE = """
def pay(game, x, rate=0.01):
    return rate * (x - x.mean(axis=-1, keepdims=True))
"""
CUSTOM = (
    TWO
    + """
[mechanism]
rule = "mine:pay"
fees = "nash"
power = [1, 3]
settings = {rate = 0.02}
"""
)


def test_a_custom_rule_is_made_again_and_its_source_has_a_digest(tmp_path: Path) -> None:
    module = written(tmp_path, RULE, "mine.py")
    path, plain = written(tmp_path, CUSTOM), written(tmp_path, TWO, "plain.toml")
    commands: list[list[str | Path]] = [
        ["solve", path],
        ["solve", plain, "--rule", "mine:pay"],
        ["compare", plain, "--rule", "pool-shares", "--rule", "mine:pay"],
        ["audit", path],
        ["statics", path, "--wrt", "competition.damage"],
        ["sweep", path, "--vary", "mechanism.settings.rate=0,0.01", "--jobs", "1"],
        ["play", path, "--rounds", "1", "--journal", tmp_path / "one.sqlite"],
        ["design", path, "--tune", "mechanism.settings.rate=0:0.1"],
    ]
    before = [coopetition(*words, "--json").document for words in commands]
    settings = load_scenario(path).mechanism
    assert read_mechanism(before[0]["mechanism"], tmp_path) == settings
    assert settings.to_dict() == before[3]["mechanism"] == before[6]["mechanism"]
    assert "rate" not in before[5]["mechanism"]["settings"]  # it is varied
    module.write_text(RULE.replace("rate * (", "2 * rate * ("))
    commands[6][-1] = tmp_path / "two.sqlite"
    after = [coopetition(*words, "--json").document for words in commands]
    for old, new in zip(before, after, strict=True):
        assert old["digest"] != new["digest"]
        assert old["mechanism"] == new["mechanism"] or "tuned" in old
