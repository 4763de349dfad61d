"""Plug-ins in scenarios and on the command line; the example package, really installed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles.distributions import GOOD, install
from tests.studies.command import coopetition, organization, written

ROOT = Path(__file__).parents[3]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path, for plug-ins of one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def scenario(extra: str = "", plugin: str = "heart") -> str:
    """Return a scenario of two organizations whose gains a plug-in measures."""
    table = (
        f'name = "two"\n[oracle]\nkind = "plugin"\nplugin = "{plugin}"\nprofiles = 8\nseeds = 2\n'
    )
    two = [
        organization(name, local_data=10, max_contribution=50, value=100.0, unit_cost=0.005)
        for name in ("North", "South")
    ]
    return "\n".join([table, extra, *two])


def test_a_scenario_is_solved_with_a_plugin_and_replayed_from_its_ledger(
    site: Path, tmp_path: Path
) -> None:
    module = install(site, "acme-heart", GOOD, "heart = MODULE:make")
    settings = (
        'ledger = "gains.sqlite"\n[oracle.settings]\npower = 0.25\nnames = ["North", "South"]'
    )
    live = coopetition("solve", written(tmp_path, scenario(settings)), "--json")
    assert live.code == 0, live.err
    assert live.document["measured"]["oracle"]["kind"] == "plugin"
    assert live.document["measured"]["fingerprint"] == "root-0.25"
    (site / f"{module}.py").write_text("raise RuntimeError('gone')")
    replay = scenario('ledger = "gains.sqlite"').replace('plugin = "heart"\n', "")
    replay = replay.replace('kind = "plugin"', 'kind = "recorded"')
    again = coopetition("solve", written(tmp_path, replay, "replay.toml"), "--json")
    assert again.code == 0, again.err
    assert again.document["contribution"] == live.document["contribution"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (scenario(plugin="haert"), 2, "no plug-in haert is installed: did you mean heart?"),
        (scenario(plugin="haert"), 2, "`coopetition oracle list` shows all"),
        (scenario(plugin="broken"), 3, "broken of acme-broken 1.5 is broken"),
        (scenario().replace('plugin = "heart"', ""), 2, "needs the key `plugin`"),
        (scenario("setting = 3"), 2, "unknown key `setting`: did you mean `settings`?"),
        (scenario("settings = 3"), 2, "[oracle.settings] must be a table, got 3"),
        (scenario("[oracle.settings]\ntop = nan"), 2, "`top` must be a text, a finite number"),
        (scenario("[oracle.settings]\ntop = [1, [{}]]"), 2, "`top` must be a text, a finite"),
        (scenario("[oracle.settings]\ntop = 2020-01-01"), 2, "`top` must be a text, a finite"),
        (scenario("[oracle.settings]\ntops = 9"), 2, "unexpected keyword argument 'tops'"),
        (scenario("[oracle.settings]\ntop = 9.0"), 2, "`max_contribution` of North must be at mo"),
        (scenario('[oracle.settings]\nnames = ["A", "B"]'), 2, "`name` must be ['A', 'B']"),
    ],
)
def test_a_scenario_that_does_not_fit_its_plugin_says_so(
    site: Path, tmp_path: Path, text: str, code: int, words: str
) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    install(site, "acme-broken", "1 / 0", "broken = MODULE:make")
    answer = coopetition("solve", written(tmp_path, text), "--json")
    assert answer.code == code, answer.err
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert answer.out == ""


def test_the_order_of_settings_is_no_part_of_what_a_scenario_says(
    site: Path, tmp_path: Path
) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    digests = []
    for settings in ("top = 60.0\npower = 0.25", "power = 0.25\ntop = 60.0", "power = 0.25"):
        path = written(tmp_path, scenario(f"[oracle.settings]\n{settings}"))
        digests.append(coopetition("oracle", "check", path, "--json").document["digest"])
    assert digests[0] == digests[1] != digests[2]


# The command line


def test_oracle_list_shows_kinds_and_plugins_without_importing(site: Path) -> None:
    install(site, "acme-heart", "print('imported')", "heart = MODULE:make")
    install(site, "best-heart", None, "heart = MODULE:make")
    module = install(site, "acme-lung", "1 / 0", "lung = MODULE:make")
    listed = coopetition("oracle", "list", "--json")
    assert listed.code == 0
    assert {"reference", "process", "http", "recorded", "plugin"} <= {
        kind["kind"] for kind in listed.document["kinds"]
    }
    lung = next(p for p in listed.document["plugins"] if p["name"] == "lung")
    assert lung == {
        "name": "lung",
        "distribution": "acme-lung",
        "version": "1.5",
        "target": f"{module}:make",
        "where": str(site),
        "fault": None,
    }
    table = coopetition("oracle", "list")
    assert table.code == 0
    assert re.search(rf"^  lung +acme-lung 1\.5 +{module}:make$", table.out, re.M)
    assert len(re.findall(r"heart +\w+-heart 1\.5 +broken: acme-heart 1\.5 and", table.out)) == 2
    assert "imported" not in table.out + listed.out


FAULTY = """
import time
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

class make:
    def __init__(self, fault):
        self.fault, self.calls = fault, 0
    def spec(self):
        return OracleSpec(
            organizations=("North", "South"), metric="m", unit="rows", lower=(0.0, 0.0),
            upper=(50.0, 50.0), baseline=0.0, deterministic=True, provides=frozenset({"gain"}),
            fingerprint="faulty", batch=2, seconds_hint=0.0002)
    def evaluate(self, queries):
        return [self.answer(q) for q in queries][: 1 if self.fault == "short" else None]
    def answer(self, q):
        self.calls += 1
        gain = (1 + sum(q.contribution)) ** 0.5 + 1e-3 * q.seed
        if self.fault == "noisy": gain += 1e-9 * self.calls
        if self.fault == "nan": gain = float("nan")
        if self.fault == "falling": gain = -gain
        if self.fault == "raising" and q.contribution == (50.0, 50.0): raise ValueError("oom")
        if self.fault == "slow": time.sleep(0.002)
        gains = (gain,) if self.fault == "shape" else None
        return Evaluation("ok", gain, gains)
    def close(self):
        pass
"""


@pytest.mark.parametrize(
    ("fault", "code", "line"),
    [
        ("none", 0, None),
        ("noisy", 1, "fail  determinism"),
        ("short", 1, "fail  length"),
        ("shape", 1, "fail  finite"),
        ("nan", 1, "fail  finite"),
        ("raising", 1, "fail  failures"),
        ("falling", 0, "warn  shape"),
        ("slow", 0, "warn  cost"),
    ],
)
def test_oracle_check_finds_a_plugins_fault(
    site: Path, tmp_path: Path, fault: str, code: int, line: str | None
) -> None:
    install(site, "acme-faulty", FAULTY, "faulty = MODULE:make")
    path = written(tmp_path, scenario(f'[oracle.settings]\nfault = "{fault}"', plugin="faulty"))
    # Promised a minute each, but for the slow one: a busy machine is no fault.
    promised = [] if fault == "slow" else ["--seconds", "60"]
    said = coopetition("oracle", "check", path, *promised)
    assert said.code == code, said.err
    found = re.findall(r"^(?:fail|warn)  .*", said.out, re.M)
    assert found == [] if line is None else any(text.startswith(line) for text in found), said.out


def test_the_example_package_installs_and_solves(tmp_path: Path) -> None:
    """Install as a user would, but without network and into a folder of its own."""
    example, target = ROOT / "examples" / "oracle-plugin", tmp_path / "target"
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", target]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *map(str, options), str(example)]
    done = subprocess.run(pip, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    def run(*words: str) -> str:
        """Run the command where the package is installed."""
        paths = {**os.environ, "PYTHONPATH": str(target)}
        command = [sys.executable, "-m", "coopetition", *words]
        said = subprocess.run(command, capture_output=True, text=True, env=paths, cwd=tmp_path)
        assert said.returncode == 0, said.stderr
        return said.stdout

    assert re.search(r"clinics +coopetition-clinics 0\.1\.0 +coop", run("oracle", "list"))
    path = str(example / "clinics.toml")
    assert ", 0 failed; " in run("oracle", "check", path)
    assert len(json.loads(run("solve", path, "--json"))["contribution"]) == 4
