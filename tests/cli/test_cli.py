"""The command line: one JSON object, four exit codes, files that are complete or absent."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import coopetition as co
from coopetition.mechanisms import FEES, RULES
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.output.export import ENDINGS, PROVENANCE
from coopetition.studies.scenario.rules import rule_maker
from tests.studies.command import (
    GAIN,
    MEASURED,
    NO_PURE,
    THREE,
    TWO,
    coopetition,
    organization,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "coopetition", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment})


# What solve prints


def is_list(value: Any, size: int = 3) -> bool:
    return isinstance(value, list) and len(value) == size and all(type(v) is float for v in value)


def test_solve_prints_every_key_with_its_type(three: Path) -> None:
    said = coopetition("solve", three, "--json").document
    for key in ("contribution", "gain", "payoff", "transfer", "fee", "payoff_before_transfers"):
        assert is_list(said[key]), key
    for key in ("welfare", "deficit", "potential", "efficiency", "welfare_gap"):
        assert type(said[key]) is float, key
    for key in ("scenario", "currency", "digest", "status", "solver", "version", "command"):
        assert type(said[key]) is str, key
    assert said["scenario"] == "three-hospitals"
    assert said["organizations"] == ["North", "South", "West"]
    assert said["status"] == "converged"
    assert said["unique"] is True
    assert said["version"] == co.__version__
    assert is_list(said["weights"])
    assert is_list(said["without_rule"]["contribution"])
    assert is_list(said["without_rule"]["payoff"])
    assert is_list(said["planner"]["contribution"])
    assert type(said["planner"]["welfare"]) is float
    assert set(said["certificate"]) >= {"epsilon", "claim", "regret", "tolerance"}
    assert said["certificate"]["claim"] in ("proved", "checked", "estimated")
    assert is_list(said["certificate"]["regret"])
    assert set(said["properties"]) == {
        "budget-balance",
        "individual-rationality-autarky",
        "individual-rationality-exit",
        "potential-kept",
        "optimum-is-equilibrium",
    }
    for verdict in said["properties"].values():
        assert set(verdict) == {"holds", "claim", "witness", "assumptions"}
        assert verdict["holds"] in (True, False, None)
        assert verdict["claim"] in ("proved", "checked", "estimated", None)
        assert verdict["witness"]
    assert is_list(said["outside"]["autarky"])
    assert is_list(said["outside"]["exit"])


@pytest.mark.parametrize("rule", ["none", "redistribution", "bilateral-prices"])
def test_what_solve_prints_adds_up(three: Path, rule: str) -> None:
    said = coopetition("solve", three, "--json", "--rule", rule).document
    scenario = co.load_scenario(three)
    game = scenario.round()
    x = np.array(said["contribution"])
    before = game.payoffs(x)
    transfer, fee = np.array(said["transfer"]), np.array(said["fee"])
    assert said["mechanism"]["rule"] == rule
    assert said["payoff"] == pytest.approx(before + transfer + fee, abs=1e-9)
    assert said["welfare"] == pytest.approx(before.sum(), abs=1e-9)
    assert said["deficit"] == pytest.approx((transfer + fee).sum(), abs=1e-9)
    shared = 1.0 - 2.0 * (2900.0 + x @ [0.8, 1.0, 1.0]) ** -0.35
    washed = 0.05 * np.array([1.0, 0.5, 0.0]) * game.local_data / (game.local_data + x)
    assert said["gain"] == pytest.approx(shared - washed, abs=1e-12)
    free = co.solve(game)
    assert said["without_rule"]["contribution"] == pytest.approx(free.profile, rel=1e-9)
    assert said["without_rule"]["payoff"] == pytest.approx(free.payoffs, rel=1e-9)
    planner = said["planner"]
    assert planner["welfare"] == pytest.approx(float(game.welfare(planner["contribution"])))
    assert said["efficiency"] == pytest.approx(said["welfare"] / planner["welfare"], rel=1e-12)
    assert said["welfare_gap"] == pytest.approx(planner["welfare"] - said["welfare"], abs=1e-9)
    assert said["welfare_gap"] >= -1e-9
    certificate = said["certificate"]
    pairs = zip(certificate["regret"], certificate["tolerance"], strict=True)
    assert certificate["epsilon"] == max(certificate["regret"])
    assert all(regret <= tolerance for regret, tolerance in pairs)
    damage = np.array([[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])
    assert said["weights"] == pytest.approx(game.value - damage @ game.value, rel=1e-12)
    if rule == "none":
        assert said["transfer"] == [0, 0, 0]
        assert said["contribution"] == said["without_rule"]["contribution"]
    if rule == "redistribution":
        paid = 0.03 * (damage.sum(axis=1) * x - damage.T @ x)
        assert transfer == pytest.approx(paid, abs=1e-9)
        alone = np.array(said["outside"]["autarky"])
        assert np.ptp(np.array(said["payoff"]) - alone) < 1e-9


def test_the_potential_is_one(three: Path) -> None:
    """A unilateral change moves the payoff by w_n times what it moves the potential."""
    said = coopetition("solve", three, "--json").document
    scenario = co.load_scenario(three)
    game = scenario.round()
    induced: Any = co.redistribute(game, rule_maker(game, scenario.mechanism)(game))
    x = np.array(said["contribution"])
    assert said["potential"] == pytest.approx(float(induced.potential(x)), rel=1e-12)
    for n in range(3):
        y = x.copy()
        y[n] *= 0.5
        change = float(induced.potential(y) - induced.potential(x))
        assert (induced.payoffs(y) - induced.payoffs(x))[n] == pytest.approx(
            said["weights"][n] * change, rel=1e-6
        )


def test_without_a_potential_there_are_no_weights(tmp_path: Path) -> None:
    said = coopetition("solve", written(tmp_path, NO_PURE), "--json").document
    assert said["weights"] is None
    assert said["potential"] is None
    assert said["unique"] is None
    assert {verdict["holds"] for verdict in said["properties"].values()} == {None}


def test_efficiency_of_a_worthless_model_is_null(tmp_path: Path) -> None:
    path = written(tmp_path, TWO.replace("value = 1000.0", "value = 0"))
    assert coopetition("solve", path, "--json").document["efficiency"] is None


def test_a_failed_property_is_no_failure(tmp_path: Path) -> None:
    answer = coopetition("solve", written(tmp_path, THREE + "balanced = false\n"), "--json")
    assert answer.code == 0
    assert answer.document["properties"]["budget-balance"]["holds"] is False
    assert abs(answer.document["deficit"]) > 0.1


def test_rule_and_rate_replace_the_scenarios(three: Path) -> None:
    slow = coopetition("solve", three, "--json", "--rate", "0.001").document
    fast = coopetition("solve", three, "--json", "--rate", "0.06").document
    assert sum(slow["contribution"]) < sum(fast["contribution"])
    for arguments, words in (
        (["--rule", "none", "--rate", "1"], "takes no `rate`"),
        (["--rate", "nan"], "`rate` must be a finite number, got nan"),
        (["--rule", "magic"], "'magic' is not one of"),
        (["--rate", "fast"], "'fast' is not a valid float"),
    ):
        answer = coopetition("solve", three, *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
    plain = coopetition("solve", written(three.parent, TWO), "--rule", "redistribution")
    assert plain.code == 2
    assert "redistribution needs a `rate`: give --rate, or write `rule = " in plain.err
    partial = coopetition("solve", three, "--rule", "partial-pigou")
    assert partial.code == 2
    assert 'write `rule = "partial-pigou"` and `alpha` in [mechanism]' in partial.err
    text = THREE.replace('"redistribution"', '"partial-pigou"').replace("rate", "alpha")
    assert coopetition("solve", written(three.parent, text), "--rule", "partial-pigou").code == 0


def test_welfare_below_the_planners_never_reads_as_all_of_it() -> None:
    three = Path(__file__).parents[2] / "examples" / "three.toml"
    options = (three, "--rule", "redistribution", "--rate", "0.03")
    said = coopetition("solve", *options, "--json").document
    assert 0.99995 < said["efficiency"] < 1  # four decimals would be 1.0000
    shown = re.search(
        r": ([\d.]+) % of the attainable gain .* \(([\d.]+) of the planner's",
        coopetition("solve", *options).out,
    )
    assert shown is not None
    assert float(shown[1]) == pytest.approx(100 * said["attainable_share"], abs=6e-3)
    assert float(shown[2]) == pytest.approx(said["efficiency"], abs=6e-6)
    assert max(float(shown[1]) / 100, float(shown[2])) < 1


def test_no_cell_of_a_sweep_reads_as_all_of_it(tmp_path: Path) -> None:
    three = Path(__file__).parents[2] / "examples" / "three.toml"
    text = three.read_text(encoding="utf-8")
    text = text.replace('rule = "bilateral-prices"', 'rule = "redistribution"\nrate = 0.03')
    words = coopetition("sweep", written(tmp_path, text), "--vary", "mechanism.rate=0.03,0.031").out
    lines = [line.split() for line in words.splitlines() if line.startswith("0.03")]
    for place in (4, 5):  # of planner, of attainable
        assert [0.99 < float(cells[place]) < 1 for cells in lines] == [True, True]


# Exit codes


def test_no_pure_equilibrium_is_the_answer_no(tmp_path: Path) -> None:
    path = written(tmp_path, NO_PURE)
    answer = coopetition("solve", path, "--json")
    assert answer.code == 1
    said = answer.document
    assert said["status"] == "no-pure-equilibrium"
    assert said["certificate"]["epsilon"] > 0.1

    # Independent evidence: wherever South answers North as best it can, North would rather move.
    scenario = co.load_scenario(path)
    game = scenario.round()
    induced = co.redistribute(game, rule_maker(game, scenario.mechanism)(game))
    axes = [np.linspace(0.0, top, 801) for top in game.max_contribution]
    profiles = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    payoffs = induced.payoffs(profiles).reshape(801, 801, 2)
    answers = payoffs[:, :, 1].argmax(axis=1)
    regret = payoffs[:, :, 0].max(axis=0)[answers] - payoffs[np.arange(801), answers, 0]
    assert regret.min() > 0.3


def test_an_answer_without_certificate_is_not_given(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(game: Any) -> co.Equilibrium:
        return co.best_response_dynamics(game, max_iter=1)

    monkeypatch.setattr("coopetition.studies.solve.solve", hasty)
    out = three.parent / "out.json"
    answer = coopetition("solve", three, "--json", "--out", out)
    assert (answer.code, answer.out) == (3, "")
    assert len(answer.err.splitlines()) == 1
    assert "the budget of iterations ran out" in answer.err
    assert not out.exists()


def test_a_failing_oracle_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")

    def broken(oracle: Any, queries: Any) -> list[Evaluation]:
        return [Evaluation("failed", None, error="a silo is down") for _ in queries]

    monkeypatch.setattr("coopetition.oracles.ReferenceOracle.evaluate", broken)
    answer = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert (answer.code, answer.out) == (3, "")
    assert len(answer.err.splitlines()) == 1
    assert "a silo is down" in answer.err


def test_what_nobody_foresaw_is_one_line(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("coopetition.cli.solve.run_study", surprise)
    answer = coopetition("solve", three)
    assert answer.code == 3
    assert len(answer.err.splitlines()) == 1
    assert "internal error, please report it: ZeroDivisionError: two lines" in answer.err
    monkeypatch.setenv("COOPETITION_TRACEBACK", "1")
    answer = coopetition("solve", three)
    assert answer.code == 3  # 1 would be an answer
    assert "Traceback" in answer.err


def test_an_interruption_ends_quietly(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("coopetition.cli.solve.run_study", interrupt)
    answer = coopetition("solve", three)
    assert answer.code == 130
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "arguments",
    [["solve"], ["magic"], ["solve", "a", "b"], ["solve", "a", "--magic"], ["verify", "a"]],
    ids=["no file", "unknown verb", "two files", "unknown option", "no profile"],
)
def test_wrong_usage(arguments: list[str]) -> None:
    answer = coopetition(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert "--help`" in answer.err


@pytest.mark.parametrize("verb", ["solve", "compare", "verify"])
def test_every_verb_has_help_version_and_seed(verb: str) -> None:
    helped = coopetition(verb, "--help")
    assert helped.code == 0
    for option in ("--json", "--seed", "--out", "--version"):
        assert option in helped.out
    assert coopetition(verb, "--version").out.strip() == f"coopetition, version {co.__version__}"
    assert coopetition(verb, "a", "--seed", "-1").code == 2


PICTURES = ("solve", "compare", "sweep", "play", "statics", "design")
TABLES = ("audit", "rules", "potential", "equilibria")


@pytest.mark.parametrize("verb", [*PICTURES, "verify", *TABLES])
def test_help_says_which_files_a_verb_writes(verb: str) -> None:
    helped = " ".join(coopetition(verb, "--help").out.split())
    said = helped[helped.index("--out PATH") :]
    assert ".json" in said
    assert (".csv" in said) is (verb != "verify")
    assert (".png" in said) is (verb in PICTURES)
    assert ("no pictures" in said) is (verb in TABLES)
    if verb in ("solve", "verify", "audit"):
        assert "Replaces the scenario's seed: reference data are dealt again" in helped


# Files


def parse(file: Path) -> Any:
    if file.suffix == ".parquet":
        return pytest.importorskip("pyarrow.parquet").read_table(file).to_pylist()
    text = file.read_bytes() if file.suffix == ".png" else file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    if file.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(str(text))))
    if file.suffix == ".svg":
        return ElementTree.fromstring(text)
    return text


@pytest.mark.parametrize("verb", ["solve", "compare"])
def test_files_of_every_kind(three: Path, verb: str) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pyarrow")
    folder = three.parent / "new" / "folder"
    files = [folder / f"out{ending}" for ending in ENDINGS]
    options = [word for file in files for word in ("--out", str(file))]
    answer = coopetition(verb, three, "--json", *options)
    assert answer.code == 0, answer.err
    assert sorted(path.name for path in folder.iterdir()) == sorted(f.name for f in files)
    said = answer.document
    by_kind = {file.suffix: parse(file) for file in files}
    assert by_kind[".json"] == said
    rows = by_kind[".csv"]
    if verb == "solve":
        assert [row["organization"] for row in rows] == said["organizations"]
        for column, key in (("contribution", "contribution"), ("payoff", "payoff"), ("fee", "fee")):
            assert [float(row[column]) for row in rows] == said[key]
    else:
        assert [row["rule"] for row in rows] == [row["name"] for row in said["rows"]]
        assert [float(row["welfare"]) for row in rows] == [row["welfare"] for row in said["rows"]]
    key = "organization" if verb == "solve" else "rule"
    assert [row[key] for row in by_kind[".parquet"]] == [row[key] for row in rows]
    told = {key: said[key] for key in PROVENANCE}
    assert told["command"] == shlex.join(["coopetition", verb, str(three), "--json", *options])
    origin, *lines = by_kind[".tex"].splitlines()
    assert json.loads(origin.removeprefix("% ")) == told
    assert lines[0].startswith(r"\begin{tabular}")
    assert len(lines) == len(rows) + 6
    origin, _, *table = by_kind[".md"].splitlines()
    assert json.loads(origin.removeprefix("<!-- ").removesuffix(" -->")) == told
    assert len(table) == len(rows) + 2
    assert {line.count("|") for line in table} == {len(rows[0])}
    assert json.loads(rows[0]["provenance"]) == told
    assert {row["provenance"] for row in rows[1:]} == {""}
    parquet = pytest.importorskip("pyarrow.parquet").read_schema(folder / "out.parquet")
    assert json.loads(parquet.metadata[b"coopetition"]) == told
    described = next(n for n in by_kind[".svg"].iter() if n.tag.endswith("description"))
    assert json.loads(described.text) == told
    assert json.dumps(told).encode() in by_kind[".png"]
    assert by_kind[".svg"].tag.endswith("svg")
    assert sum(1 for node in by_kind[".svg"].iter() if node.tag.endswith("path")) > 20
    assert by_kind[".png"].startswith(b"\x89PNG\r\n\x1a\n")
    for file in files:
        assert f"wrote {file}" in answer.err

    before = {file: file.read_bytes() for file in files}
    coopetition(verb, three, "--json", *options)
    assert {file: file.read_bytes() for file in files} == before


def test_another_ending_is_refused_before_anything_else(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.json"
    answer = coopetition(
        "solve", tmp_path / "missing.toml", "--out", out, "--out", tmp_path / "out.txt"
    )
    assert answer.code == 2
    assert "out.txt: its ending must be one of .json, .csv, .parquet, .md, .tex" in answer.err
    assert "missing.toml" not in answer.err
    assert list(tmp_path.iterdir()) == []
    for name in ("out.png", "out.csv"):
        refused = coopetition("verify", tmp_path / "a", "--profile", "b", "--out", tmp_path / name)
        assert refused.code == 2
        assert "verify writes .json" in refused.err


def test_a_file_in_the_way_of_a_folder_is_found_before_the_work(three: Path) -> None:
    answer = coopetition("solve", three.parent / "missing", "--out", three / "out.json")
    assert answer.code == 2
    assert f"{three} is not a folder" in answer.err


def test_a_picture_without_matplotlib_names_the_extra(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = coopetition("solve", three.parent / "missing", "--out", three.parent / "out.png")
    assert answer.code == 2
    assert "pip install 'coopetition[plot]'" in answer.err


def test_measuring_without_scikit_learn_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    answer = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "pip install 'coopetition[reference]'" in answer.err


# Comparing


def test_compare_prints_the_rules_and_baselines(three: Path) -> None:
    answer = coopetition("compare", three, "--json")
    assert answer.code == 0
    rows = {row["name"]: row for row in answer.document["rows"]}
    names = ["redistribution", "redistribution-published", *list(RULES)[2:], "k-implementation"]
    assert list(rows) == ["VCFL", "WCO", "RaDG", "WPR", *names, "planner"]
    solved = coopetition("solve", three, "--json").document
    assert rows["redistribution"]["welfare"] == pytest.approx(solved["welfare"], rel=1e-12)
    assert rows["planner"]["welfare"] == pytest.approx(solved["planner"]["welfare"], rel=1e-9)
    assert rows["planner"]["welfare"] >= max(row["welfare"] for row in rows.values()) - 1e-9
    assert answer.document["organizations"] == solved["organizations"]
    assert answer.document["digest"] == solved["digest"]


def test_compare_sorts_by_a_column_everywhere(three: Path, tmp_path: Path) -> None:
    out = tmp_path / "sorted.csv"
    answer = coopetition("compare", three, "--sort", "slack-exit", "--json", "--out", out)
    slack = [row["slack_exit"] for row in answer.document["rows"]]
    known = [value for value in slack if value is not None]
    assert known == pytest.approx(sorted(known, reverse=True), abs=1e-8)
    assert slack[len(known) :] == [None] * (len(slack) - len(known))
    with out.open(encoding="utf-8") as handle:
        names = [row["rule"] for row in csv.DictReader(handle)]
    assert names == [row["name"] for row in answer.document["rows"]]
    wrong = coopetition("compare", three, "--sort", "note")
    assert wrong.code == 2
    assert wrong.out == ""
    assert wrong.err.strip().splitlines() == [
        "coopetition: `--sort` must be one of welfare, standard_error (± s.e.), efficiency "
        "(of planner), attainable_share (of attainable), contribution, deficit, payments, "
        "slack_autarky (worst vs autarky), slack_exit (worst vs exit), "
        "slack_sub_coalition (worst vs part), epsilon, got 'note'"
    ]


@pytest.mark.parametrize("fees", [name for name in FEES if name not in ("none", "equal-gain")])
def test_every_fee_rule_is_solved_from_a_file(three: Path, fees: str) -> None:
    plain = coopetition("solve", three, "--json").document
    power = 'power = "data"\n' if FEES[fees].weighted else ""
    written(three.parent, THREE.replace("equal-gain", fees) + power)
    said = coopetition("solve", three, "--json").document
    assert said["contribution"] == plain["contribution"]
    assert sum(said["fee"]) == pytest.approx(0, abs=1e-9)
    assert said["fee"] != plain["fee"]
    table = FEES[fees].ground == "sub-coalitions"
    assert ("sub-coalition" in said["outside"]) is table
    assert ("individual-rationality-sub-coalition" in said["properties"]) is table
    assert ("best part" in coopetition("solve", three).out) is table


def test_the_seed_decides_what_is_random(tmp_path: Path) -> None:
    two = written(tmp_path, "draws = 50\n" + TWO)

    def drawn(*options: str) -> float:
        rows = coopetition("compare", two, "--json", *options).document["rows"]
        return float(next(row["welfare"] for row in rows if row["name"] == "RaDG"))

    assert drawn() == drawn("--seed", "0") != drawn("--seed", "5")


# Verifying


@pytest.mark.parametrize("rule", ["none", "redistribution", "bilateral-prices"])
def test_what_solve_found_is_verified(three: Path, rule: str) -> None:
    profile = three.parent / "profile.json"
    coopetition("solve", three, "--rule", rule, "--out", profile)
    answer = coopetition("verify", three, "--rule", rule, "--profile", profile, "--json")
    assert answer.code == 0, answer
    said = answer.document
    assert said["holds"] is True
    assert said["deviation"] is None
    assert said["certificate"]["epsilon"] <= max(said["certificate"]["tolerance"])
    solved = json.loads(profile.read_text(encoding="utf-8"))
    assert said["certificate"]["tolerance"] == pytest.approx(
        solved["certificate"]["tolerance"], rel=1e-9
    )


def wrong_profile(folder: Path) -> tuple[Path, np.ndarray]:
    x = np.array([100.0, 4000.0, 0.0])
    return written(folder, json.dumps({"contribution": x.tolist()}), "profile.json"), x


def test_a_wrong_profile_is_refused_with_a_deviation_that_pays(three: Path) -> None:
    profile, x = wrong_profile(three.parent)
    answer = coopetition("verify", three, "--profile", profile, "--json")
    assert answer.code == 1
    said = answer.document
    scenario = co.load_scenario(three)
    game = scenario.round()
    induced = co.redistribute(game, rule_maker(game, scenario.mechanism)(game))
    here = induced.payoffs(x)
    best = []
    for n in range(3):
        batch = np.repeat(x[None], 40_001, axis=0)
        batch[:, n] = np.linspace(0.0, 4000.0, 40_001)
        best.append(float(induced.payoffs(batch)[:, n].max() - here[n]))
    deviation = said["deviation"]
    n = said["certificate"]["regret"].index(said["certificate"]["epsilon"])
    assert deviation["organization"] == game.players[n]
    assert n == int(np.argmax(best))
    y = x.copy()
    y[n] = deviation["contribution"]
    assert deviation["gain"] == pytest.approx(float(induced.payoffs(y)[n] - here[n]), rel=1e-9)
    assert deviation["gain"] == pytest.approx(best[n], rel=1e-6)
    assert said["certificate"]["regret"] == pytest.approx(best, rel=1e-6, abs=1e-6)
    words = coopetition("verify", three, "--profile", profile)
    assert words.code == 1
    assert f"not an equilibrium: {game.players[n]} gains" in words.out


def test_the_tolerance_decides(three: Path) -> None:
    profile, _ = wrong_profile(three.parent)
    document = coopetition("verify", three, "--profile", profile, "--json").document
    epsilon = document["certificate"]["epsilon"]
    for factor, code in ((0.99, 1), (1.01, 0)):
        answer = coopetition(
            "verify", three, "--profile", profile, "--json", "--tolerance", repr(factor * epsilon)
        )
        assert answer.code == code
        assert answer.document["certificate"]["tolerance"] == [factor * epsilon] * 3
        assert (answer.document["deviation"] is None) == answer.document["holds"] == (code == 0)
    for word in ("-1", "nan"):
        answer = coopetition("verify", three, "--profile", profile, "--tolerance", word)
        assert (answer.code, answer.out) == (2, "")
        assert "`--tolerance` must be at least 0" in answer.err


def test_verify_writes_json(three: Path) -> None:
    profile, _ = wrong_profile(three.parent)
    out = three.parent / "out.json"
    answer = coopetition("verify", three, "--profile", profile, "--json", "--out", out)
    assert json.loads(out.read_text(encoding="utf-8")) == answer.document


PROFILES = {
    "not JSON": ("{", "is not JSON"),
    "empty": ("", "is not JSON"),
    "too deep": ("[" * 100_000, "is not JSON"),
    "a list": ("[1, 2, 3]", "needs the key `contribution`"),
    "another key": ('{"contributions": [1, 2, 3]}', "needs the key `contribution`"),
    "a number": ('{"contribution": 3}', "needs the key `contribution` with a list"),
    "texts": ('{"contribution": [1, 2, "3"]}', "`contribution`", "number, got '3'"),
    "booleans": ('{"contribution": [1, 2, true]}', "finite number, got True"),
    "null": ('{"contribution": [1, 2, null]}', "finite number, got None"),
    "NaN": ('{"contribution": [1, 2, NaN]}', "finite number, got nan"),
    "Infinity": ('{"contribution": [1, 2, Infinity]}', "finite number, got inf"),
    "huge": ('{"contribution": [1, 2, 1' + "0" * 400 + "]}", "at most 1e+30 in size"),
    "beyond JSON": ('{"contribution": [' + "9" * 5000 + "]}", "is not JSON"),
    "too few": ('{"contribution": [1, 2]}', "must hold 3 numbers"),
    "none": ('{"contribution": []}', "must hold 3 numbers"),
    "nested": ('{"contribution": [[1, 2, 3]]}', "finite number, got [1, 2, 3]"),
    "outside": ('{"contribution": [1, 4001, 3]}', "South must be in [0, 4000], got 4001"),
    "negative": ('{"contribution": [-1, 2, 3]}', "North must be in [0, 4000], got -1"),
}


@pytest.mark.parametrize(
    ("text", "words"), [(t, w) for t, *w in PROFILES.values()], ids=list(PROFILES)
)
def test_a_malformed_profile_is_refused(three: Path, text: str, words: list[str]) -> None:
    profile = written(three.parent, text, "profile.json")
    answer = coopetition("verify", three, "--profile", profile, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    for word in (str(profile), *words):
        assert word in answer.err


def test_a_profile_that_cannot_be_read_is_refused(three: Path) -> None:
    for name, words in (("missing.json", "No such file"), (".", "directory")):
        answer = coopetition("verify", three, "--profile", three.parent / name)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
    file = three.parent / "profile.json"
    file.write_bytes(b"\xff\xfe{")
    assert "is not a text file in UTF-8" in coopetition("verify", three, "--profile", file).err
    file.write_bytes('\ufeff{"contribution": [0, 0, 0]}'.encode())  # as some editors save it
    assert coopetition("verify", three, "--profile", file).code == 1


# In a process of its own


def test_the_real_command_says_the_same_twice(three: Path) -> None:
    first, second = (run("solve", three, "--json") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == b""
    assert json.loads(first.stdout) == coopetition("solve", three, "--json").document


def test_the_real_command_returns_its_codes(tmp_path: Path) -> None:
    no = run("solve", written(tmp_path, NO_PURE), "--json")
    assert no.returncode == 1, no.stderr
    assert json.loads(no.stdout)["status"] == "no-pure-equilibrium"
    bad = run("solve", tmp_path / "missing.toml", "--json")
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr.decode().startswith("coopetition: cannot read")


def test_output_is_utf8_wherever_it_goes(tmp_path: Path) -> None:
    text = GAIN + organization("Köln") + organization("北京")
    path = written(tmp_path, text)
    for encoding in ("ascii", "cp1252"):
        for options in ([], ["--json"]):
            done = run("solve", path, *options, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
            assert done.returncode == 0, done.stderr
            assert "北京" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("options", [["--json"], []], ids=["JSON", "table"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, options: list[str]) -> None:
    name = "x" * 3000  # more than a pipe holds
    text = GAIN + "".join(organization(f"{k} {name}") for k in range(60))
    path = written(tmp_path, text)
    command = [sys.executable, "-m", "coopetition", "solve", str(path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


def test_oracle_check_reports_what_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, MEASURED)
    answer = coopetition("oracle", "check", path, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["passed"] is True
    verdicts = {f["name"]: f["verdict"] for f in answer.document["findings"]}
    assert verdicts["determinism"] == verdicts["finite"] == verdicts["order"] == "pass"
    table = coopetition("oracle", "check", path)
    assert "pass  determinism" in table.out
    curve = coopetition("oracle", "check", written(tmp_path, THREE, "curve.toml"))
    assert curve.code == 2
    assert "has no [oracle]" in curve.err


def test_oracle_check_fails_a_backend_that_answers_nonsense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nonsense(self: object, queries: list[Query]) -> list[Evaluation]:
        return [Evaluation("ok", float("nan"), responded=q.members) for q in queries]

    monkeypatch.setattr("coopetition.oracles.ReferenceOracle.evaluate", nonsense)
    answer = coopetition("oracle", "check", written(tmp_path, MEASURED))
    assert answer.code == 1, answer.err
    assert "fail  finite" in answer.out


def test_no_output_overwrites_what_a_command_reads_or_keeps(tmp_path: Path) -> None:
    header = "name,local_data,max_contribution,value,unit_cost\n"
    rows = header + "A,900,4000,1000,0.03\nB,900,400,900,0.1\n"
    (tmp_path / "orgs.csv").write_text(rows)
    path = tmp_path / "two.toml"
    path.write_text(
        'organizations = "orgs.csv"\n'
        '[gain]\nfamily = "power"\nceiling = 1.0\nscale = 2.0\nexponent = 0.35\n'
    )
    profile = tmp_path / "profile.json"
    assert coopetition("solve", path, "--out", profile).code == 0
    before = profile.read_bytes()
    journal, store = tmp_path / "j.csv", tmp_path / "s.csv"
    for words in (
        ("solve", path, "--out", tmp_path / "orgs.csv"),
        ("play", path, "--rounds", "1", "--journal", journal, "--out", journal),
        ("sweep", path, "--vary", "competition.damage=0,0.1", "--store", store, "--out", store),
        ("verify", path, "--profile", profile, "--out", tmp_path / "." / "profile.json"),
        ("verify", path, "--profile", profile, "--rigor", "interval", "--save", profile),
    ):
        answer = coopetition(*words)
        assert answer.code == 2, words
        assert "this command reads or keeps that file" in answer.err
    assert (tmp_path / "orgs.csv").read_text() == rows
    assert profile.read_bytes() == before
    assert not journal.exists()
    assert not store.exists()
