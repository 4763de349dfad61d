"""The command `coopetition verify` with proofs, certificate files and finite games."""

import json
import math
from pathlib import Path

import pytest

from coopetition.games.checker import digest
from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.load import save_game
from coopetition.studies.scenario.scenario import load_scenario
from tests.studies.command import GAIN, THREE, coopetition, organization, written

NAMES = (["Ann", "Bob"], [["share", "keep"]] * 2)


@pytest.fixture
def solved(tmp_path: Path) -> tuple[Path, Path]:
    """Write a scenario and its equilibrium."""
    scenario = written(tmp_path, THREE)
    profile = tmp_path / "profile.json"
    profile.write_text(coopetition("solve", scenario, "--json").out, encoding="utf-8")
    return scenario, profile


def test_a_proof_is_saved_and_checked_again(solved: tuple[Path, Path], tmp_path: Path) -> None:
    scenario, profile = solved
    saved = tmp_path / "certificate.json"
    made = coopetition(
        "verify", scenario, "--profile", profile, "--rigor", "interval", "--save", saved, "--json"
    )
    assert made.code == 0
    assert made.document["certificate"]["claim"] == "proved"
    again = coopetition("verify", "--certificate", saved, "--json")
    assert again.code == 0
    assert again.document["epsilon"] == made.document["certificate"]["epsilon"]
    assert coopetition("verify", "--certificate", saved, "--tolerance", "0").code == 1
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace("1500.0", "1501.0", 1), encoding="utf-8")
    refused = coopetition("verify", "--certificate", saved)
    assert refused.code == 2
    assert "was changed" in refused.err
    assert refused.out == ""


def test_a_profile_that_is_none_is_proved_to_be_none(
    solved: tuple[Path, Path], tmp_path: Path
) -> None:
    scenario, _ = solved
    other = written(tmp_path, json.dumps({"contribution": [0, 0, 0]}), "other.json")
    answer = coopetition(
        "verify", scenario, "--profile", other, "--rigor", "interval", "--json",
        "--out", tmp_path / "answer.json",
    )  # fmt: skip
    assert answer.code == 1
    assert answer.document["deviation"]["gain"] > 1
    least = answer.document["deviation"]["gain"]
    assert answer.document["certificate"]["epsilon"] >= least
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["holds"] is False


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["A", "B", "C"], "a profile of the organizations A, B, C, not of North, South, West"),
        (["West", "South", "North"], "in the order West, South, North, not North, South, West"),
        (["North", "South"], "organizations North, South, not of North, South, West"),
        ("North", "`organizations` must be a list of names, got 'North'"),
    ],
)
def test_a_profile_of_others_is_refused(
    solved: tuple[Path, Path], names: list[str] | str, words: str
) -> None:
    scenario, profile = solved
    content = json.loads(profile.read_text(encoding="utf-8")) | {"organizations": names}
    answer = coopetition(
        "verify", scenario, "--profile", written(profile.parent, json.dumps(content), "other.json")
    )
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert words in answer.err


def test_of_many_organizations_those_that_differ_are_named(tmp_path: Path) -> None:
    names = [f"clinic {k}" for k in range(40)]
    tables = "".join(organization(name) for name in names)
    scenario = written(tmp_path, f'name = "many"\n{GAIN}{tables}')
    names[30] = "Elsewhere"
    content = {"contribution": [0] * 40, "organizations": names}
    answer = coopetition(
        "verify", scenario, "--profile", written(tmp_path, json.dumps(content), "p.json")
    )
    assert answer.code == 2
    assert "…, Elsewhere, clinic 31, " in answer.err
    assert "not of …, clinic 30, clinic 31, " in answer.err


def test_a_profile_of_another_version_is_verified_and_said_to_be_one(
    solved: tuple[Path, Path],
) -> None:
    scenario, profile = solved
    same = coopetition("verify", scenario, "--profile", profile, "--json").document
    assert same["note"] is None
    assert same["profile_digest"] == same["digest"]
    assert "Note" not in coopetition("verify", scenario, "--profile", profile).out
    written(scenario.parent, THREE.replace("fees", "# fees"))  # the game is the same
    answer = coopetition("verify", scenario, "--profile", profile, "--json")
    assert answer.code == 0
    assert answer.document["profile_digest"] == same["digest"] != answer.document["digest"]
    words = coopetition("verify", scenario, "--profile", profile).out
    assert (
        f"another version of this scenario or its mechanism (digest {same['digest']}, this one has "
        in words
    )


def test_a_bound_that_is_no_equilibrium_is_no_success(
    solved: tuple[Path, Path], tmp_path: Path
) -> None:
    scenario, _ = solved
    other = written(tmp_path, json.dumps({"contribution": [0, 0, 0]}), "other.json")
    saved = tmp_path / "px.json"
    coopetition(
        "verify", scenario, "--profile", other, "--rigor", "interval", "--save", saved, "--json"
    )
    answer = coopetition("verify", "--certificate", saved)
    assert answer.code == 0
    assert "nobody has judged whether that is small" in answer.out
    assert "% of what all contributions together can be worth to one organization" in answer.out
    said = coopetition("verify", "--certificate", saved, "--json").document
    assert (said["proved"], said["holds"], said["tolerance"]) == (True, None, None)
    game = load_scenario(scenario).round()
    start, end = game.local_data.sum(), game.form.aggregate(game.max_contribution)
    most = float(game.value.max() * (game.gain.value(end) - game.gain.value(start)))
    assert said["relative_epsilon"] == pytest.approx(said["epsilon"] / most, rel=1e-9)
    wide = coopetition("verify", "--certificate", saved, "--tolerance", "1e6")
    assert wide.code == 0
    assert "an equilibrium within the given tolerance 1e+06" in wide.out

    content = json.loads(saved.read_text(encoding="utf-8"))
    for stated in (None, 1e9, [1e9] * 3):  # what a file says of its own tolerance judges nothing
        changed = content if stated is None else content | {"tolerance": stated}
        changed["digest"] = digest(changed)
        plain = written(tmp_path, json.dumps(changed), "plain.json")
        judged = coopetition("verify", scenario, "--certificate", plain)
        assert judged.code == 1
        assert "no proof of an equilibrium within the default tolerance" in judged.out


@pytest.mark.parametrize("stated", [None, "1/0", "nan", -1.0, [0.0, "x"], float("inf"), {}])
def test_a_tolerance_that_is_none_is_bad_input(
    solved: tuple[Path, Path], tmp_path: Path, stated: object
) -> None:
    scenario, profile = solved
    saved = tmp_path / "c.json"
    coopetition("verify", scenario, "--profile", profile, "--rigor", "interval", "--save", saved)
    content = json.loads(saved.read_text(encoding="utf-8")) | {"tolerance": stated}
    content["digest"] = digest(content)
    written(tmp_path, json.dumps(content), "c.json")
    for game in ((), (scenario,)):
        answer = coopetition("verify", *game, "--certificate", saved)
        assert (answer.code, answer.out) == (2, "")
        why = (
            "is not JSON: Infinity is not a number"
            if stated == math.inf
            else "is refused: `tolerance`"
        )
        assert f"c.json {why}" in answer.err


@pytest.mark.parametrize("number", ["nan", "1/0", "inf", None, "0x1", [], "9" * 5000])
def test_payoffs_that_are_no_numbers_are_bad_input(tmp_path: Path, number: object) -> None:
    """Also where no comparison needs them."""
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], *NAMES).to_fractions()
    save_game(game, tmp_path / "game.nfg")
    both = written(tmp_path, json.dumps({"strategies": ["keep", "keep"]}), "both.json")
    saved = tmp_path / "c.json"
    coopetition(
        "verify", tmp_path / "game.nfg", "--profile", both, "--rigor", "rational", "--save", saved
    )
    content = json.loads(saved.read_text(encoding="utf-8"))
    for payoffs in ([number, *content["payoffs"][0][1:]], "3051", [number]):
        changed = content | {"payoffs": [payoffs, *content["payoffs"][1:]]}
        changed["digest"] = digest(changed)
        written(tmp_path, json.dumps(changed), "c.json")
        answer = coopetition("verify", "--certificate", saved)
        assert (answer.code, answer.out) == (2, "")
        assert "c.json is refused: the certificate is malformed" in answer.err


def test_a_key_that_occurs_twice_in_a_profile_is_refused(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    text = '{"contribution": [0, 0, 0], "contribution": [9, 9, 9]}'
    answer = coopetition("verify", scenario, "--profile", written(tmp_path, text, "p.json"))
    assert (answer.code, answer.out) == (2, "")
    assert "p.json is not JSON: the key 'contribution' occurs twice" in answer.err


@pytest.mark.parametrize("tolerance", ["inf", "nan", "-1", "-inf"])
def test_tolerances_are_finite(tmp_path: Path, tolerance: str) -> None:
    scenario = written(tmp_path, THREE)
    profile = written(tmp_path, '{"contribution": [0, 0, 0]}', "p.json")
    for given in (("--profile", profile), ("--certificate", "none.json")):
        answer = coopetition("verify", scenario, *given, "--tolerance", tolerance)
        assert (answer.code, answer.out) == (2, "")
        assert "`--tolerance` must be" in answer.err


def test_continuous_games_of_a_module_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(
        tmp_path,
        "from coopetition.games import SmoothGame\n"
        "cournot = SmoothGame(bounds=[(0, 10), (0, 10)], own_concave=True, players=['A', 'B'],\n"
        "    payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())])\n",
        "verified_game.py",
    )
    best = written(tmp_path, '{"contribution": [4, 3]}', "best.json")
    fine = coopetition("verify", "verified_game:cournot", "--profile", best, "--json")
    assert (fine.code, fine.document["holds"]) == (0, True)
    away = written(tmp_path, '{"contribution": [4, 2], "players": ["A", "B"]}', "away.json")
    answer = coopetition("verify", "verified_game:cournot", "--profile", away, "--json")
    assert answer.code == 1
    found = answer.document["deviation"]
    assert (found["player"], round(found["contribution"], 6)) == ("B", 3.0)
    other = written(tmp_path, '{"contribution": [4, 2], "players": ["B", "A"]}', "other.json")
    assert coopetition("verify", "verified_game:cournot", "--profile", other).code == 2
    short = written(tmp_path, '{"contribution": [4]}', "short.json")
    assert coopetition("verify", "verified_game:cournot", "--profile", short).code == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("local_data = 900", "local_data = 901", "`local_data` of South is 900.0 in it, not 901.0"),
        ("exponent = 0.35", "exponent = 0.36", "`gain`['exponent'] is 0.35 in it, not 0.36"),
        ("0.02], [0.05", "0.02], [0.051", "`damage`['rows']"),
        ("rate = 0.03", "rate = 0.0301", "`transfer_slope` of North"),
        ("weight = 0.05", "weight = 0.06", "`personal_weight` is 0.05 in it, not 0.06"),
        ('"South"', '"Sud"', "`players`[1] is 'South' in it, not 'Sud'"),
    ],
)
def test_a_certificate_is_about_one_game(
    solved: tuple[Path, Path], tmp_path: Path, old: str, new: str, words: str
) -> None:
    scenario, profile = solved
    saved = tmp_path / "certificate.json"
    coopetition("verify", scenario, "--profile", profile, "--rigor", "interval", "--save", saved)
    fine = coopetition("verify", scenario, "--certificate", saved)
    assert fine.code == 0
    assert f"its numbers are those of {scenario}" in fine.out
    assert old in THREE
    other = written(tmp_path, THREE.replace(old, new), "other.toml")
    answer = coopetition("verify", other, "--certificate", saved)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert "certificate.json: the certificate is about another game: " in answer.err
    assert words in answer.err
    wrong = coopetition("verify", scenario, "--rule", "none", "--certificate", saved)
    assert "`transfer_slope` of North" in wrong.err


def test_finite_games_are_verified_by_strategy_names(tmp_path: Path) -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], *NAMES).to_fractions()
    save_game(game, tmp_path / "game.nfg")
    both = written(tmp_path, json.dumps({"strategies": ["keep", "keep"]}), "both.json")
    none = written(tmp_path, json.dumps({"strategies": ["share", "keep"]}), "none.json")
    saved = tmp_path / "certificate.json"
    fine = coopetition(
        "verify", tmp_path / "game.nfg", "--profile", both, "--rigor", "rational", "--save", saved
    )
    assert fine.code == 0
    assert "proved: exact fractions" in fine.out
    assert coopetition("verify", "--certificate", saved).code == 0
    same = coopetition("verify", tmp_path / "game.nfg", "--certificate", saved, "--json")
    assert same.code == 0
    assert (same.document["tolerance"], same.document["relative_epsilon"]) == ([0.0, 0.0], 0.0)
    save_game(FiniteGame([[[3, 0], [5, 2]], [[3, 5], [0, 1]]], *NAMES), tmp_path / "other.nfg")
    other = coopetition("verify", tmp_path / "other.nfg", "--certificate", saved)
    assert other.code == 2
    assert "`payoffs` of Ann[3] is '1' in it, not '2'" in other.err
    plain = coopetition("verify", tmp_path / "game.nfg", "--profile", both, "--json").document
    assert plain["certificate"]["claim"] == "proved"  # comparing fractions is a proof
    bad = coopetition("verify", tmp_path / "game.nfg", "--profile", none, "--json")
    assert bad.code == 1
    assert bad.document["deviation"] == {"player": "Ann", "strategy": "keep", "gain": 1.0}
    words = coopetition("verify", tmp_path / "game.nfg", "--profile", none)
    assert "Ann gains 1 by playing keep" in words.out


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"strategies": ["keep"]}, "must be 2 names"),
        ({"strategies": ["keep", "steal"]}, "must be one of share, keep"),
        ({"contribution": [1, 1]}, "one per player, because profiles are pure"),
        ({"profile": [[0.5, 0.5], [1, 0]]}, "a mixed one cannot be verified"),
        ({"strategies": [["share", "keep"]] * 2}, "one per player, because profiles are pure"),
        (
            {"strategies": ["keep", "keep"], "players": ["B", "A"]},
            "the players are in the order B, A, not A, B as in the game",
        ),
    ],
)
def test_bad_profiles_of_finite_games(
    tmp_path: Path, profile: dict[str, list[str]], words: str
) -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"], [["share", "keep"]] * 2)
    save_game(game, tmp_path / "game.csv")
    file = written(tmp_path, json.dumps(profile), "profile.json")
    answer = coopetition("verify", tmp_path / "game.csv", "--profile", file)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["a.toml", "--certificate", "b.json"], "cannot read a.toml"),
        (["--certificate", "b.json", "--profile", "p"], "takes no --profile"),
        (["--certificate", "b.json", "--rule", "none"], "need the scenario"),
        (["a.toml"], "needs a GAME"),
        ([], "needs a GAME"),
        (["a.toml", "--profile", "p", "--save", "c"], "needs a proof"),
        (["a.nfg", "--profile", "p"], "cannot read a.nfg"),
        (["--certificate", "none.json"], "cannot read none.json"),
    ],
)
def test_wrong_usage_is_one_sentence(options: list[str], words: str) -> None:
    answer = coopetition("verify", *options)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""
