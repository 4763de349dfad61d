"""What `solve` found is verified; a wrong or malformed profile is refused, and says why."""

import json
from pathlib import Path

import numpy as np
import pytest

import coopetition as co
from coopetition.studies.scenario.rules import rule_maker
from tests.studies.command import (
    THREE,
    coopetition,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


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
