"""Ledgers in scenarios: measured once, replayed without the backend, the same numbers."""

import json
import re
from pathlib import Path

import pytest

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
    monkeypatch.setattr("coopetition.studies.backends.ReferenceOracle", None)
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
