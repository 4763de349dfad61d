"""Rules that scenarios and the command line name as `module:attribute`."""

import os
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from coopetition.games import InvalidInputError
from coopetition.mechanisms import RULES
from coopetition.studies.scenario.mechanism_table import MechanismSettings, override
from coopetition.studies.scenario.scenario import load_scenario, parse_scenario
from coopetition.studies.solve.study import run_study
from coopetition.studies.sweep.cell import solve_cells
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import MEASURED, TWO, coopetition, written
from tests.test_example import EXAMPLE

OWN = EXAMPLE.parent / "own_rule.toml"
THREE = EXAMPLE.parent / "three.toml"
RULE = "def pay(game, x):\n    return {rate} * (x - x.mean(axis=-1, keepdims=True))\n"


def scenario(folder: Path, rule: str, code: str | None, file: str = "mine.py") -> Path:
    """Write a scenario with a rule, and the module beside it."""
    if code is not None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(code, encoding="utf-8")
    return written(folder, f'{TWO}[mechanism]\nrule = "{rule}"\n')


def test_the_example_has_ten_lines_and_gets_everything() -> None:
    code = (EXAMPLE.parent / "own_rule.py").read_text(encoding="utf-8")
    assert len(code.partition("\ndef ")[2].splitlines()) <= 10
    solved = coopetition("solve", OWN, "--json")
    assert solved.code == 0, solved.err
    assert solved.document["mechanism"]["rule"] == "own_rule:fund"
    assert any(solved.document["fee"])  # equal-gain
    audited = coopetition("audit", OWN, "--json").document
    said = audited["properties"]
    for name in ("budget-balance", "potential-kept", "pairwise-zero-sum", "never-a-deficit"):
        assert said[name]["verdict"] == "holds"
        assert said[name]["claim"] == "proved"
    game, fee = load_scenario(OWN).round(), np.array(audited["collateral"]["amount"])
    cap, stake = game.max_contribution, game.value / game.value.sum()
    most = 0.006 * stake * (cap.sum() - cap)  # the others give all that they can, n nothing
    assert fee + solved.document["fee"] == pytest.approx(most)
    assert said["collateral-bounded"]["claim"] == "proved"
    for name in ("core", "false-name-proof", "merger-proof", "joint-deviation-proof"):
        assert said[name]["claim"] == "checked"
    assert audited["subcoalitions"]["values"][-1] == pytest.approx(solved.document["welfare"])
    rows = {row["rule"]: row for row in coopetition("compare", OWN, "--json").document["rows"]}
    assert rows.keys() >= (set(RULES) - {"none"}) | {"own_rule:fund", "planner"}
    assert rows["own_rule:fund"]["welfare"] == pytest.approx(solved.document["welfare"])


def test_the_command_line_takes_it_in_place_of_the_scenarios_rule() -> None:
    named = coopetition("solve", THREE, "--rule", "own_rule:fund", "--json").document
    own = coopetition("solve", OWN, "--json").document
    assert named["contribution"] == own["contribution"]
    table = coopetition("compare", THREE, "--rule", "own_rule:fund", "--json").document
    assert "own_rule:fund" in [row["rule"] for row in table["rows"]]
    audited = coopetition("audit", THREE, "--rule", "own_rule:fund", "--json").document
    assert audited["mechanism"]["rule"] == "own_rule:fund"
    for verb in ("solve", "compare", "audit"):
        assert "runs that module's code" in " ".join(coopetition(verb, "--help").out.split())
    refused = coopetition("design", THREE, "--rule", "own_rule:fund")
    assert (refused.code, refused.out) == (2, "")
    assert coopetition("design", OWN).code == 0  # whose own rule does not matter there


def test_a_folders_module_is_its_own(tmp_path: Path) -> None:
    """Two folders with a module of the same name, and one that hides an installed module."""
    found = []
    for name, rate in (("a", 0.001), ("b", 0.002)):
        (tmp_path / name).mkdir()
        path = scenario(tmp_path / name, "mine:pay", RULE.format(rate=rate))
        study = run_study(load_scenario(path).round(), load_scenario(path).mechanism)
        found.append(
            float(study.mechanism.rule(study.game, study.game.max_contribution / [1, 2])[0])
        )
    assert found == pytest.approx([1.0, 2.0])
    path = scenario(tmp_path, "json:pay", RULE.format(rate=0.001), "json.py")
    assert load_scenario(path).mechanism.rule == "json:pay"
    assert sys.modules["json"].__name__ == "json"
    assert hasattr(sys.modules["json"], "dumps")
    assert not any(str(tmp_path) in folder for folder in sys.path)


def test_a_changed_module_is_loaded_anew(tmp_path: Path) -> None:
    path = scenario(tmp_path, "mine:pay", RULE.format(rate=0.001))
    first = load_scenario(path)
    (tmp_path / "mine.py").write_text(RULE.format(rate=0.002), encoding="utf-8")
    os.utime(tmp_path / "mine.py", ns=(1, 1))
    second = load_scenario(path)
    game = first.round()
    profile = game.max_contribution / [1, 2]
    pays = [run_study(game, s.mechanism).mechanism.rule(game, profile)[0] for s in (first, second)]
    assert pays == pytest.approx([1.0, 2.0])
    assert first.digest != second.digest  # another code is another scenario


def test_the_name_is_part_of_the_digest(tmp_path: Path) -> None:
    code = RULE.format(rate=0.001) + "again = pay\n"
    digests = {
        load_scenario(scenario(tmp_path, f"mine:{r}", code)).digest for r in ("pay", "again")
    }
    assert len(digests) == 2
    assert load_scenario(scenario(tmp_path, "none", None)).digest not in digests
    plain = parse_scenario(tomllib.loads(TWO))
    assert "own" not in repr(plain.mechanism)  # nothing of it in digests of other scenarios


def test_packages_classes_and_what_is_installed(tmp_path: Path) -> None:
    code = (
        "from dataclasses import dataclass\nfrom typing import Any\n"
        "@dataclass\nclass Tax:\n    game: Any\n    def __call__(self, game, x):\n"
        "        return 0.001 * (x - x.mean(axis=-1, keepdims=True))\n"
        "class Rules:\n    tax = Tax\n"
    )
    path = scenario(tmp_path, "bundle.rules:Rules.tax", code, "bundle/rules.py")
    assert run_study(load_scenario(path).round(), load_scenario(path).mechanism).equilibrium.success
    path = scenario(tmp_path, "alone:Tax", code, "alone.py")
    assert load_scenario(path).mechanism.rule == "alone:Tax"
    path = scenario(tmp_path, "coopetition.mechanisms:full_pigou", None)
    assert run_study(load_scenario(path).round(), load_scenario(path).mechanism).deficit > 0
    (tmp_path / "other" / "bundle").mkdir(parents=True)
    other = scenario(tmp_path / "other", "bundle.rules:Tax", code, "bundle/rules.py")
    with pytest.raises(InvalidInputError, match="another bundle than that of the scenario's"):
        load_scenario(other)


WRONG = [
    ("mine:pay", None, "there is no mine.py in the scenario's folder, and no module mine is"),
    ("no.such:pay", None, "there is no no/such.py in the scenario's folder"),
    ("mine:pay", "def play(game, x):\n    return x\n", "mine has no attribute pay: did you mean"),
    ("mine:", RULE, "is named module:attribute, got 'mine:'"),
    (":pay", RULE, "is named module:attribute, got ':pay'"),
    ("../mine:pay", RULE, "is named module:attribute, got '../mine:pay'"),
    ("mine:pay:pay", RULE, "is named module:attribute"),
    ("mine:pay", "import no_such_module\n", "importing mine.py raised ModuleNotFoundError"),
    ("mine:pay", "def pay(:\n", "importing mine.py raised SyntaxError"),
    ("mine:pay", "raise SystemExit(7)\n", "importing mine.py raised SystemExit: 7"),
    ("mine:pay", "pay = 3\n", "must be a function rule(game, profile)"),
    ("mine:pay", "def pay(game, x):\n    return x[..., :1]\n", "got shape (1,) for profiles"),
    ("mine:pay", "def pay(game, x):\n    return x / 0.0\n", "got nan for North"),
    ("mine:pay", "def pay(game, x):\n    exit(0)\n", "asked for 2 organizations, raised"),
    ("mine:pay", "def pay(game, x):\n    return x - x.mean()\n", "sum over axis=-1 only"),
]


@pytest.mark.parametrize(("rule", "code", "said"), WRONG)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, rule: str, code: str | None, said: str
) -> None:
    path = scenario(tmp_path, rule, code)
    for verb in ("solve", "compare", "audit"):
        answer = coopetition(verb, path)
        assert (answer.code, answer.out) == (2, "")
        assert f"{path}: [mechanism]: " in answer.err
        assert said in answer.err
        assert "Traceback" not in answer.err
        assert len(answer.err.strip().splitlines()) == 1
    plain = written(tmp_path, TWO, "plain.toml")
    answer = coopetition("solve", plain, "--rule", rule)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_it_takes_no_parameters_of_other_rules(tmp_path: Path) -> None:
    path = scenario(tmp_path, "mine:pay", RULE.format(rate=0.001))
    path.write_text(path.read_text(encoding="utf-8") + "rate = 1.0\n", encoding="utf-8")
    answer = coopetition("solve", path)
    assert answer.code == 2
    assert "the rule mine:pay takes no `rate`" in answer.err
    assert coopetition("solve", OWN, "--rate", "1").code == 2
    with pytest.raises(InvalidInputError, match=r"`rule` must be one of .*got 'mine:pay'"):
        MechanismSettings(rule="mine:pay")  # a name alone imports nothing
    settings = override(load_scenario(OWN).mechanism, "walker", None)
    assert settings.own is None
    assert settings.fees == "equal-gain"


def test_a_sweep_varies_it_like_any_other_rule() -> None:
    content = tomllib.loads(OWN.read_text(encoding="utf-8"))
    grid = Grid(content, [read_axis("mechanism.rule=none,own_rule:fund")], OWN.parent)
    rows = solve_cells(grid, range(2))
    assert [row.status for row in rows] == ["converged", "converged"]
    solved = run_study(load_scenario(OWN).round(), load_scenario(OWN).mechanism)
    assert rows[1].welfare == pytest.approx(solved.welfare)


def test_statics_of_it_are_differences() -> None:
    found = coopetition("statics", OWN, "--wrt", "competition.damage", "--json").document
    assert found["statics"][0]["method"] == "differences, checked by two steps"


def test_a_wrong_rule_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    path = written(tmp_path, MEASURED)
    for rule in ("nowhere:pay", "partial-pigou"):
        answer = coopetition("audit", path, "--rule", rule)
        assert answer.code == 2
        assert len(answer.err.strip().splitlines()) == 1  # no word of training


def test_it_is_solved_on_measured_gains(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    (tmp_path / "mine.py").write_text(RULE.format(rate=0.1), encoding="utf-8")
    path = written(tmp_path, MEASURED + '[mechanism]\nrule = "mine:pay"\n')
    answer = coopetition("audit", path, "--json")
    assert answer.code == 0, answer.err
    said = answer.document["properties"]
    assert said["budget-balance"]["claim"] == "proved"
    assert said["joint-deviation-proof"]["claim"] == "estimated"
    assert said["no-irreducible-deficit"]["claim"] in ("checked", "estimated")
