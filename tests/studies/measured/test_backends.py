"""Ledgers in scenarios: measured once, replayed without the backend, the same numbers."""

import importlib.util
import json
import re
import socket
import sys
from pathlib import Path

import pytest

from coopetition.oracles import ReferenceOracle, serve_http
from tests.studies.command import MEASURED, coopetition, written

LEDGER = MEASURED.replace("[oracle]", '[oracle]\nledger = "gains.sqlite"', 1)


def recorded(text: str, answer: dict[str, list[float]]) -> str:
    """Return the scenario that replays: no backend's settings, data and skews stated."""
    kept = re.sub(r"^(dataset|alpha|rounds|epochs|local_rows) = .*\n", "", text, flags=re.M)
    kept = kept.replace('kind = "reference"', 'kind = "recorded"')
    for data, skew in zip(answer["local_data"], answer["skew"], strict=True):
        kept = kept.replace("\nmax_c", f"\nlocal_data = {data}\nskew = {skew!r}\nMAX_C", 1)
    return kept.replace("MAX_C", "max_c")


def test_a_ledger_replays_a_study_without_its_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = coopetition("solve", written(tmp_path, LEDGER), "--json")
    assert live.code == 0, live.err
    plain = coopetition("solve", written(tmp_path, MEASURED, "plain.toml"), "--json")
    assert plain.document["contribution"] == live.document["contribution"]
    replay = written(tmp_path, recorded(LEDGER, live.document["measured"]), "replay.toml")
    monkeypatch.setattr("coopetition.studies.measured.backends.ReferenceOracle", None)
    again = coopetition("solve", replay, "--json")
    assert again.code == 0, again.err
    for key in ("contribution", "payoff", "transfer", "welfare", "certificate", "planner"):
        assert again.document[key] == live.document[key], key
    check, same = (d.document["measured"]["check"] for d in (live, again))
    assert json.dumps(check) == json.dumps(same)


def test_a_replay_that_asks_for_more_says_so(tmp_path: Path) -> None:
    live = coopetition("solve", written(tmp_path, LEDGER), "--json")
    text = recorded(LEDGER, live.document["measured"])
    more = re.sub(r"^seeds = \d+", "seeds = 7", text, flags=re.M)
    answer = coopetition("solve", written(tmp_path, more, "more.toml"), "--json")
    assert answer.code == 3
    assert "has no answer to" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("North", "Norden"), 2, "`name` must be"),
        (("gains.sqlite", "other.sqlite"), 3, "there is no ledger"),
        (('ledger = "gains.sqlite"\n', ""), 2, "needs the key `ledger`"),
        (("seeds = ", "rounds = 3\nseeds = "), 2, "unknown key `rounds`"),
        (("local_data = ", "quality = "), 2, "needs the key `local_data`"),
    ],
)
def test_a_replay_must_fit_its_ledger(
    tmp_path: Path, change: tuple[str, str], code: int, words: str
) -> None:
    live = coopetition("solve", written(tmp_path, LEDGER), "--json")
    text = recorded(LEDGER, live.document["measured"])
    assert change[0] in text
    answer = coopetition("solve", written(tmp_path, text.replace(*change, 1), "bad.toml"))
    assert answer.code == code, answer.err
    assert words in answer.err


WORKER = """
from coopetition.oracles import ReferenceOracle, serve_lines

serve_lines(ReferenceOracle(
    organizations=("North", "South"), dataset="breast-cancer", local_rows=60, rounds=2, epochs=1,
    upper=(40.0, 30.0)))
"""


def elsewhere(table: str, answer: dict[str, list[float]]) -> str:
    """Return the scenario with another oracle: data and skews stated, no backend's settings."""
    text = recorded(MEASURED, answer)
    return text.replace('kind = "recorded"', table)


def test_a_program_and_a_server_give_the_same_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = coopetition("solve", written(tmp_path, MEASURED), "--json")
    (tmp_path / "worker.py").write_text(WORKER)
    command = json.dumps([sys.executable, "worker.py"])
    text = elsewhere(f'kind = "process"\ncommand = {command}', live.document["measured"])
    program = coopetition("solve", written(tmp_path, text, "program.toml"), "--json")
    assert program.code == 0, program.err
    twice = coopetition("solve", tmp_path / "program.toml", "--json", "--jobs", "2")
    assert twice.result == program.result, twice.err
    oracle = ReferenceOracle(
        organizations=("North", "South"),
        dataset="breast-cancer",
        local_rows=60,
        rounds=2,
        epochs=1,
        upper=(40.0, 30.0),
    )
    monkeypatch.setenv("GAINS_TOKEN", "a-long-enough-secret")
    server = serve_http(oracle, token="a-long-enough-secret")
    try:
        table = f'kind = "http"\nurl = "{server.url}"\ntoken_env = "GAINS_TOKEN"'
        text = elsewhere(table, live.document["measured"])
        remote = coopetition("solve", written(tmp_path, text, "remote.toml"), "--json")
        assert remote.code == 0, remote.err
        monkeypatch.delenv("GAINS_TOKEN")
        refused = coopetition("solve", tmp_path / "remote.toml", "--json")
    finally:
        server.close()
    assert refused.code == 2
    assert "GAINS_TOKEN holds no token" in refused.err
    for answer in (program, remote):
        for key in ("contribution", "payoff", "welfare", "outside"):
            assert answer.document[key] == live.document[key], key


SILENT = json.dumps([sys.executable, "-c", "import time; time.sleep(600)"])


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        ('kind = "process"', 2, "needs the key `command`"),
        ('kind = "process"\ncommand = "run"', 2, "a list of texts"),
        ('kind = "process"\ncommand = ["no-such-program-here"]', 3, "no-such-program-here"),
        ('kind = "process"\ncommand = ["x"]\ntimeout = 0', 2, "`timeout` must be positive"),
        (
            f'kind = "process"\ncommand = {SILENT}\ntimeout = 0.25',
            3,
            "did not answer within 0.25 s",
        ),
        ('kind = "http"', 2, "needs the key `url`"),
        ('kind = "http"\nurl = "ftp://127.0.0.1"', 2, "`url` must be http"),
        ('kind = "http"\nurl = "http://127.0.0.1"\nalpha = 1', 2, "unknown key `alpha`"),
    ],
)
def test_other_oracles_are_named_completely(
    tmp_path: Path, table: str, code: int, words: str
) -> None:
    answer = {"local_data": [30.0, 30.0], "skew": [0.1, 0.1]}
    path = written(tmp_path, elsewhere(table, answer))
    refused = coopetition("solve", path, "--json")
    assert refused.code == code, refused.err
    assert words in refused.err
    assert refused.out == ""


@pytest.mark.parametrize(("kind", "package"), [("flower", "flwr"), ("nvflare", "nvflare")])
def test_a_learning_stack_that_is_not_installed_names_the_extra(
    tmp_path: Path, kind: str, package: str
) -> None:
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    text = MEASURED.replace('kind = "reference"', f'kind = "{kind}"')
    answer = coopetition("solve", written(tmp_path, text))
    assert answer.code == 2
    assert f"install coopetition[{kind}], or name the `python`" in answer.err
    elsewhere = text.replace(f'"{kind}"', f'"{kind}"\npython = "./nowhere/python"')
    answer = coopetition("solve", written(tmp_path, elsewhere))
    assert answer.code == 3
    assert "./nowhere/python cannot be started" in answer.err


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    answer = {"local_data": [30.0, 30.0], "skew": [0.1, 0.1]}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        table = f'kind = "http"\nurl = "http://127.0.0.1:{silent.getsockname()[1]}"\ntimeout = 0.1'
        path = written(tmp_path, elsewhere(table, answer))
        found = coopetition("oracle", "check", path)
    assert found.code == 3
    assert "did not answer within 0.1 s" in found.err


def test_without_coalitions_autarky_is_unknown_and_said(tmp_path: Path) -> None:
    worker = WORKER.replace("serve_lines(", "serve_lines(Whole(").replace("30.0)))", "30.0))))")
    worker = worker.replace(
        "serve_lines(Whole",
        "class Whole:\n"
        "    def __init__(self, base): self.base = base\n"
        "    def spec(self): return replace(self.base.spec(), provides=frozenset({'gain'}))\n"
        "    def evaluate(self, queries): return self.base.evaluate(queries)\n"
        "    def close(self): self.base.close()\n\n"
        "serve_lines(Whole",
        1,
    )
    (tmp_path / "worker.py").write_text("from dataclasses import replace\n" + worker)
    command = json.dumps([sys.executable, "worker.py"])
    answer = {"local_data": [30.0, 30.0], "skew": [0.1, 0.1]}
    text = elsewhere(f'kind = "process"\ncommand = {command}', answer)
    found = coopetition("solve", written(tmp_path, text), "--json")
    assert found.code == 0, found.err
    assert found.document["outside"] == {"autarky": None, "exit": None}
    verdict = found.document["properties"]["individual-rationality-autarky"]
    assert verdict["holds"] is None
    assert "cannot train an organization alone" in verdict["witness"]


def test_contributions_beyond_the_oracles_reach_are_refused(tmp_path: Path) -> None:
    live = coopetition("solve", written(tmp_path, LEDGER), "--json")
    text = recorded(LEDGER, live.document["measured"]).replace("= 30", "= 31", 1)
    refused = coopetition("solve", written(tmp_path, text, "wide.toml"), "--json")
    assert refused.code == 2
    assert "`max_contribution` of South must be at most 30" in refused.err
