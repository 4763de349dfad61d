"""What the documents show must run as shown."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import click
import pytest

from coopetition.cli.command import cli
from coopetition.games.finite import FiniteGame, from_csv, from_json
from coopetition.oracles.conformance.faults import CHECKS
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.solvers import solve
from coopetition.studies import load_scenario, parse_scenario, run_study
from coopetition.studies.compare.result import NUMBERS, Comparison, Row

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *PAGES]


def fenced(page: Path, *languages: str) -> Iterator[str]:
    """Yield the blocks of a page in some languages."""
    text = page.read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if language in languages:
            yield block


def anchors(page: Path) -> set[str]:
    """Return what links can name on a page, as GitHub makes it of headings."""
    plain = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    heads = re.findall(r"^#+ (.*)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every command line of ours that a document shows, with where."""
    for page in DOCUMENTS:
        for block in fenced(page, "console", "sh"):
            for line in block.splitlines():
                if line.startswith("coopetition "):
                    yield page.name, shlex.split(line, comments=True)[1:]


def test_the_documented_scenario_solves() -> None:
    text = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    shown = block.group(1)
    scenario = parse_scenario(tomllib.loads(shown))
    study = run_study(scenario.round(), scenario.mechanism)
    assert study.equilibrium.success
    assert study.mechanism.fees.any()

    table = shown[: shown.index("[gain]")] + shown[shown.index("[personal_gain]") :]
    oracle = re.sub(r"^# (?=\[oracle\]|\w+ = )", "", shown, flags=re.MULTILINE)
    oracle = oracle[oracle.index("[oracle]") : oracle.index("[personal_gain]")]
    measured = tomllib.loads(table.replace("skew = 1.0", "# skew") + oracle)
    settings = parse_scenario(measured).oracle
    assert settings is not None
    assert settings.local_rows == 400


def test_the_example_is_a_valid_scenario() -> None:
    content = tomllib.loads((ROOT / "examples" / "hospitals.toml").read_text(encoding="utf-8"))
    scenario = parse_scenario(content)
    assert scenario.oracle is not None
    assert len(scenario.organizations) == 5


def test_links_in_documents_exist() -> None:
    for page in DOCUMENTS:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            if target.startswith("http"):
                continue
            file, _, anchor = target.partition("#")
            there = page.parent / file if file else page
            assert there.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_examples_stand_in_fences(page: Path) -> None:
    inside = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        assert inside or not line.startswith(">>>"), f"{page.name}:{number}"
    assert not inside, f"{page.name}: a fence is not closed"


def test_documented_commands_exist() -> None:
    found = list(commands())
    assert len(found) > 30
    for page, words in found:
        command: click.Command = cli
        while isinstance(command, click.Group):
            verb = command.get_command(click.Context(command), words[0])
            assert verb, f"{page}: {words[0]}"
            command, words = verb, words[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        for word in words:
            assert not word.startswith("--") or word in known, f"{page}: {command.name} {word}"
            assert not word.startswith("examples/") or (ROOT / word).exists(), f"{page}: {word}"


def test_every_page_is_in_both_indexes() -> None:
    for index, folder in ((ROOT / "README.md", "docs/"), (ROOT / "docs" / "README.md", "")):
        text = index.read_text(encoding="utf-8")
        for page in PAGES:
            if page != index:
                assert f"({folder}{page.name}" in text, f"{index}: {page.name}"


def test_every_column_is_documented() -> None:
    text = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    scenario = load_scenario(ROOT / "examples" / "three.toml")
    study = run_study(scenario.round(), scenario.mechanism)
    columns = (*study.tables()[0].columns, *Comparison(()).tables()[0].columns)
    names = {name for column in columns for name in (column.key, column.head)}
    for name in {*names, *(field.name for field in fields(Row)), *NUMBERS} - {"organization"}:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("kind", [Query, Evaluation, OracleSpec], ids=lambda kind: kind.__name__)
def test_every_field_of_the_door_is_documented(kind: type) -> None:
    text = (ROOT / "docs" / "oracles.md").read_text(encoding="utf-8")
    table = text[text.index(f"| `{kind.__name__}` |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
    shown = {name: default for names, default in rows for name in re.findall(r"`(\w+)`", names)}
    assert shown.keys() == {field.name for field in fields(kind)}
    for field in fields(kind):
        assert bool(shown[field.name]) == (field.default is not MISSING), field.name


def test_every_check_of_an_oracle_is_documented() -> None:
    text = (ROOT / "docs" / "oracles.md").read_text(encoding="utf-8")
    assert f"each of the {len(CHECKS)} checks" in text
    for name in CHECKS:
        assert f"\n| `{name}` |" in text, name


def test_every_extra_is_documented() -> None:
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| extra |") :].split("\n\n")[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shown = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(shown) == sorted(project["optional-dependencies"])


def test_the_files_of_a_finite_game_are_the_game_of_the_page() -> None:
    page = ROOT / "docs" / "finite.md"
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["Ann", "Bob"], [["share", "keep"]] * 2)
    [written], [rows] = fenced(page, "json"), fenced(page, "csv")
    assert json.loads(written)
    for read in (from_json(written), from_csv(rows)):
        assert (read.players, read.strategies) == (game.players, game.strategies)
        assert (read.tensor == game.tensor).all()
        assert read.exact


def test_the_readme_names_what_exists() -> None:
    import coopetition as co

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\bco\.(\w+)", text)):
        assert hasattr(co, name), name
    assert callable(solve)
