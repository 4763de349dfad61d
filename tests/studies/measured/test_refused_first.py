"""Whatever can be known beforehand is refused before the oracle is asked for one evaluation.

Every verb meets every refusal that could be its own; an installed plug-in counts what it is asked.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from coopetition.cli.command import cli
from tests.studies.command import coopetition, written
from tests.studies.counting import asked, scenario

__all__ = ["asked"]  # a fixture

BAD_RULE = "def breaks(game, x):\n    raise RuntimeError('no')\n\ndef pool(game, x):\n"
BAD_RULE += "    share = x * x.sum(axis=-1, keepdims=True)\n"
BAD_RULE += "    return 1e-3 * (share - share.mean(axis=-1, keepdims=True))\n"

SCENARIO_VERBS: dict[str, list[str]] = {
    "solve": [],
    "compare": [],
    "audit": [],
    "design": [],
    "statics": ["--wrt", "organization.*.value"],
    "verify": ["--profile", "p.json"],
    "potential": [],
    "play": ["--rounds", "1"],
    "sweep": ["--vary", "competition.damage=0,0.1"],
    "oracle check": [],
}
NO_ORACLE = {
    "breakeven",  # refuses one
    "calibrate",
    "divide",
    "equilibria",
    "reveal",
    "rules",
    "replicate",
    "oracle list",
    "ledger show",
    "ledger export",
    "uncertainty",  # refuses one
}
CHOOSING = ("solve", "compare", "audit", "statics", "verify")
FEES = ("solve", "compare", "audit", "play")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the files that cases name."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, scenario(), "s.toml")
    written(tmp_path, BAD_RULE, "own.py")
    for name, values in {
        "p": [1, 2],
        "three": [1, 2, 3],
        "far": [1, 9999],
        "nan": [1, None],
    }.items():
        written(tmp_path, json.dumps({"contribution": values}), f"{name}.json")
    written(tmp_path, "", "file")
    (tmp_path / "folder.json").mkdir()
    return tmp_path


def refused(asked: list[Any], *words: str) -> str:
    """Run a command that must be refused before anything is asked; return what it says."""
    asked.clear()
    answer = coopetition(*words)
    assert answer.code == 2, (words, answer)
    assert not asked, words
    assert not answer.out
    assert "internal error" not in answer.err
    return answer.err


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command of the command line, with its name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def test_no_verb_is_forgotten() -> None:
    assert {name for name, _ in commands(cli)} == SCENARIO_VERBS.keys() | NO_ORACLE


@pytest.mark.usefixtures("folder")
def test_the_counter_counts(asked: list[Any]) -> None:
    asked.clear()
    answer = coopetition("statics", "s.toml", "--wrt", "gain.scale")
    assert answer.code == 0, answer.err
    assert len(asked) == 8 * 2
    assert all(query.coalition is None for query in asked)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("verb", SCENARIO_VERBS)
def test_numbers_that_are_none_are_refused_everywhere(asked: list[Any], verb: str) -> None:
    command = dict(commands(cli))[verb]
    floats = [
        option.opts[0]
        for option in command.params
        if isinstance(option.type, click.types.FloatParamType)
    ]
    for option in floats:
        words = [*verb.split(), "s.toml", *SCENARIO_VERBS[verb], option, "nan"]
        name = option.removeprefix("--")
        assert f"{name}` must be" in refused(asked, *words)


@pytest.mark.parametrize(
    ("oracle", "settings", "mechanism", "columns", "words"),
    [
        ("", 'names = ["A", "B"]', "", {}, "`name` must be ['A', 'B']"),
        ("", 'names = ["North", "South", "West"]', "", {}, "`name` must be ['North', 'South', "),
        ("", "upper = [400.0, 300.0]", "", {}, "`max_contribution` of South must be at most 300"),
        ("", "lower = [0.0, 5.0]", "", {}, "`lower` bound of South must be 0"),
        ("", 'provides = ["coalition"]', "", {}, "provides coalition, but `gain` or `gains` is"),
        ("", "", "", {"max_contribution": 0}, "`max_contribution` is 0 for all"),
        ("", "", "", {"local_data": 1e20}, "at least 4 distinct effective data, got 1"),
        ('design = "adaptive"', "", "", {"quality": 0.5}, "`quality` is fitted"),
        ('design = "adaptive"', "", "", {"local_data": 0}, "`local_data` is 0 for all"),
        ('design = "adaptive"', "", 'rule = "own:pool"', {}, "the round stays aggregative"),
        ("", "", 'rule = "own:breaks"', {}, "raised RuntimeError: no"),
        ("", "", 'rule = "own:nosuch"', {}, "has no attribute nosuch"),
        ("", "", 'fees = "nash"\npower = [1, 2, 3]', {}, "`power` must hold 2 numbers"),
    ],
)
def test_a_scenario_that_its_oracle_does_not_fit(
    asked: list[Any], folder: Path, oracle: str, settings: str, mechanism: str,
    columns: dict[str, float], words: str,
) -> None:  # fmt: skip
    written(folder, scenario(oracle, settings, mechanism, **columns), "s.toml")
    of_scenario = ("rule" in mechanism and "pool" not in mechanism) or "power" in mechanism
    of_spec = "name" in settings or "upper" in settings
    for verb, options in SCENARIO_VERBS.items():
        if verb == "oracle check" and not (of_scenario or of_spec):
            continue  # it asks what the oracle can, whatever a study would need
        if verb == "statics" and "pool" in mechanism:
            continue  # which asks for more
        if verb == "verify" and columns == {"max_contribution": 0}:
            continue  # whose profile does not fit
        if verb == "sweep" and not of_scenario:
            asked.clear()
            answer = coopetition("sweep", "s.toml", *options, "--json")
            assert words in answer.document["rows"][0]["note"]  # a row says it
            assert not asked
            continue
        assert words in refused(asked, *verb.split(), "s.toml", *options), verb


@pytest.mark.parametrize(
    ("mechanism", "provides", "words"),
    [
        (f'fees = "{fees}"', '["gain"]', "the oracle cannot train an organization alone")
        for fees in ("equal-gain", "nash", "almost-ideal")
    ]
    + [
        ('fees = "nash"\noutside_option = "exit"\n[competition]\nrivalry = 0.1',
         '["gain", "coalition"]', "exit needs the gains of those who stay"),
        ('fees = "shapley"', '["gain", "coalition"]', "gains of sub-coalitions"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("design", ["", 'design = "adaptive"'])
def test_fees_that_ask_what_an_oracle_cannot_tell(
    asked: list[Any], folder: Path, design: str, mechanism: str, provides: str, words: str
) -> None:
    written(folder, scenario(design, f"provides = {provides}", mechanism), "s.toml")
    for verb in FEES:
        assert words in refused(asked, verb, "s.toml", *SCENARIO_VERBS[verb])
    if "shapley" not in mechanism:
        asked.clear()
        row = coopetition("sweep", "s.toml", *SCENARIO_VERBS["sweep"], "--json").document["rows"][0]
        assert (row["status"], asked) == ("refused", [])
        assert words in row["note"]


@pytest.mark.parametrize("design", ["", 'design = "adaptive"'])
def test_a_design_needs_what_everybody_has_alone(
    asked: list[Any], folder: Path, design: str
) -> None:
    file = written(folder, scenario(design, 'provides = ["gain"]'), "s.toml")
    assert "cannot train an organization alone" in refused(asked, "design", "s.toml")
    told = refused(asked, "design", "s.toml", "--outside", "sub-coalition")
    assert "gains of sub-coalitions were not measured" in told
    file.write_text(scenario(design, 'provides = ["gain", "coalition"]') + "\n[competition]\n"
                    "rivalry = 0.1\n", encoding="utf-8")  # fmt: skip
    assert "exit needs the gains" in refused(asked, "design", "s.toml", "--outside", "exit")


def test_a_certificate_of_another_round(asked: list[Any], folder: Path) -> None:
    saved = ["--profile", "p.json", "--rigor", "interval", "--save", "c.json"]
    assert coopetition("verify", "s.toml", *saved).code == 1  # nobody is at its best
    asked.clear()
    again = coopetition("verify", "s.toml", "--certificate", "c.json")
    assert "its numbers are those of s.toml" in again.out
    assert not asked  # the ledger knew
    (folder / "asked.sqlite").unlink()
    written(folder, scenario(value=999.0), "s.toml")
    told = refused(asked, "verify", "s.toml", "--certificate", "c.json")
    assert "`value` of North is 1000.0 in it, not 999.0" in told


def test_a_power_curve_is_never_proved_in_fractions(asked: list[Any], folder: Path) -> None:
    written(folder, scenario('design = "adaptive"'), "s.toml")
    words = ("verify", "s.toml", "--profile", "p.json", "--rigor", "rational")
    assert "use the rigor interval" in refused(asked, *words)


def test_an_adaptive_design_trains_alone_where_a_mechanism_is_designed(
    asked: list[Any], folder: Path
) -> None:
    few = 'design = "adaptive"\ntrainings = 4'
    written(folder, scenario(few, 'provides = ["gain", "coalition"]'), "s.toml")
    asked.clear()
    answer = coopetition("design", "s.toml")
    assert answer.code == 0, answer.err
    assert len([query for query in asked if query.coalition]) == 2 * 5  # each at five levels


OWN = [
    ("statics", ["--wrt", "nosuch"], "cannot differentiate by 'nosuch'"),
    ("statics", ["--wrt", "organization.West.value"], "no such parameter"),
    (
        "statics",
        ["--wrt", "organization.*.value", "--wrt", "gain.nosuch"],
        "cannot differentiate by 'gain.nosuch'",
    ),
    ("statics", ["--wrt", "mechanism.rate"], "cannot differentiate by 'mechanism.rate'"),
    ("statics", ["--wrt", "organization.*.value", "--span", "0"], "`span` must be positive"),
    ("statics", ["--wrt", "mechanism.settings.nosuch", "--rule", "own:pool"], "no number 'nosuch'"),
    ("verify", ["--profile", "three.json"], "three.json: a profile must hold 2 numbers"),
    ("verify", ["--profile", "far.json"], "far.json: the contribution of South must be in [0, 40"),
    ("verify", ["--profile", "nan.json"], "must be a finite number, got None"),
    ("verify", ["--profile", "nosuch.json"], "cannot read nosuch.json"),
    ("verify", ["--profile", "p.json", "--rule", "own:pool", "--rigor", "interval"], "a proof"),
    ("verify", ["--certificate", "nosuch.json"], "cannot read nosuch.json"),
    ("verify", ["--certificate", "p.json"], "is no coopetition certificate"),
    ("design", ["--robust", "2"], "`--robust` must be"),
    ("design", ["--robust", "-0.1"], "`--robust` must be"),
    ("design", ["--robust", "1", "--draws", "3"], "`--robust` must be"),
    ("design", ["--robust", "0.1", "--outside", "sub-coalition"], "for autarky"),
    ("design", ["--most", "-1"], "`--most` must be"),
    ("design", ["--pair", "inf"], "`--pair` must be"),
    ("design", ["--subsidy", "-1"], "`--subsidy` must be"),
    ("design", ["--contracts", "-1"], "--contracts"),
    ("design", ["--draws", "3"], "needs `--robust`"),
    ("compare", ["--sort", "nosuch"], "`--sort` must be one of"),
    ("potential", ["--kind", "ordinal"], "is for finite games"),
    ("play", ["--rounds", "0"], "--rounds"),
    ("play", ["--rounds", "1", "--journal", "s.toml"], "is not a journal"),
    ("play", ["--rounds", "1", "--journal", "file/j.sqlite"], "cannot be used"),
    ("sweep", ["--vary", "nosuch.field=1,2"], "cannot vary"),
    ("sweep", ["--vary", "organization.West.value=1,2"], "no such parameter"),
    ("sweep", ["--vary", "competition.damage=0,x", "--out", "o.png"], "a picture shows"),
    ("oracle check", ["--seconds", "0"], "`--seconds` must be"),
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("verb", "options", "words"), OWN)
def test_what_one_verb_is_asked(
    asked: list[Any], verb: str, options: list[str], words: str
) -> None:
    assert words in refused(asked, *verb.split(), "s.toml", *options)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("verb", CHOOSING)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rule", "nosuch"], "'nosuch' is not one of"),
        (["--rule", "own:nosuch"], "has no attribute nosuch"),
        (["--rule", "own:breaks"], "raised RuntimeError: no"),
        (["--rule", "redistribution"], "needs a `rate`"),
        (["--rule", "walker", "--rate", "1"], "at least 3 organizations"),
        (["--rate", "1"], "takes no `rate`"),
    ],
)
def test_a_rule_that_is_none(asked: list[Any], verb: str, options: list[str], words: str) -> None:
    assert words in refused(asked, verb, "s.toml", *SCENARIO_VERBS[verb], *options)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("verb", [v for v in SCENARIO_VERBS if v != "oracle check"])
def test_an_output_that_cannot_be_written(asked: list[Any], verb: str) -> None:
    words = [verb, "s.toml", *SCENARIO_VERBS[verb], "--out"]
    for out, said in (
        ("folder.json", "it is a folder"),
        ("file/x.json", "is not a folder"),
        ("x" * 300 + ".json", "File name too long"),
        ("/proc/nosuch/x.json", "cannot write"),
        ("x.txt", "cannot write x.txt"),
    ):
        assert said in refused(asked, *words, out)
    assert "twice" in refused(asked, *words, "x.json", "--out", "./x.json")
