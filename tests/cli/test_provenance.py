"""Every verb says where its answer comes from; `tests/studies/command.py` checks the keys."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from coopetition.games.text.reading import read_json
from coopetition.output.export import provenance
from tests.studies.command import EVEN, THREE, coopetition, written


def document(*words: Any) -> dict[str, Any]:
    return coopetition(*words, "--json").document


def test_what_options_replace_has_another_digest(tmp_path: Path) -> None:
    path = written(tmp_path, EVEN)
    changes: list[list[str]] = [[], ["--seed", "3"], ["--rate", "0.01"], ["--rule", "none"]]
    found = [document("solve", path, *change) for change in changes]
    assert len({one["digest"] for one in found}) == len(changes)
    assert [one["seed"] for one in found] == [0, 3, 0, 0]
    assert found[2]["mechanism"] == found[0]["mechanism"] | {"rate": 0.01}
    assert found[3]["mechanism"]["rule"] == "none"
    assert document("audit", path, *changes[2])["digest"] == found[2]["digest"]


def test_a_game_has_the_digest_of_its_numbers(tmp_path: Path) -> None:
    texts = [
        '{"players": ["A", "B"], "strategies": [["a", "b"], ["c", "d"]], '
        f'"payoffs": [[[{number}, 0], [3, 1]], [[2, 3], [0, 1]]]}}'
        for number in ("2", "2.0", '"4/2"', "5")
    ]
    files = [written(tmp_path, text, f"{k}.json") for k, text in enumerate(texts)]
    digests = [document("equilibria", file)["digest"] for file in files]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert document("potential", files[3])["digest"] == digests[3]


def test_a_designed_mechanism_is_not_said_to_be_the_scenarios(tmp_path: Path) -> None:
    made = document("design", written(tmp_path, THREE))["mechanism"]
    assert made == {"rule": "designed", "fees": "designed", "outside_option": "autarky"}


def test_a_sweep_says_what_it_does_not_vary(tmp_path: Path) -> None:
    words = ["--vary", "mechanism.rate=0.01,0.02", "--jobs", "1", "--store", tmp_path / "s.sqlite"]
    out = tmp_path / "a.svg"
    pytest.importorskip("matplotlib")
    said = document("sweep", written(tmp_path, EVEN), *words, "--out", out)
    assert said["mechanism"]["fees"] == "equal-gain"
    assert "rate" not in said["mechanism"]
    assert provenance(said) in {node.text for node in ElementTree.parse(out).iter()}


def test_an_address_is_said_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    out = f"{tmp_path}/x//me:secret@there.json"
    said = document("rules", "--out", out)
    assert said["command"] == f"coopetition rules --out {tmp_path}/x//there.json --json"
    assert read_json(Path(out)) == said
