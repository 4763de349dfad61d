"""Lazy names and verbs are what eager ones would be, in whatever order things are imported."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module

import click
import pytest

import coopetition
from coopetition._lazy import _homes
from coopetition.cli.command import VERBS, cli
from tests.studies.command import coopetition as command

PACKAGES = [coopetition.__name__] + [
    found.name
    for found in pkgutil.walk_packages(coopetition.__path__, "coopetition.")
    if found.ispkg and hasattr(import_module(found.name), "__all__")
]


def fresh(code: str) -> str:
    """Return what code prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_package_names_is_what_it_offers() -> None:
    assert {"coopetition", "coopetition.games", "coopetition.studies"} <= set(PACKAGES)
    for package in PACKAGES:
        module = import_module(package)
        assert set(_homes(package)) in (set(), set(module.__all__)), package
        assert set(module.__all__) <= set(dir(module)), package


def test_a_name_stays_what_it_is_when_everything_is_imported_first() -> None:
    code = f"""
import json, pkgutil, sys
from importlib import import_module
import coopetition
from coopetition._lazy import _homes
for found in pkgutil.walk_packages(coopetition.__path__, "coopetition."):
    if not found.name.endswith("__main__"):
        try:
            import_module(found.name)
        except ImportError as error:  # a learning stack that is not installed
            assert error.name.partition(".")[0] in ("flwr", "nvflare", "ray", "torch"), error
def replaced(package, name):
    value, home = getattr(package, name), _homes(package.__name__).get(name)
    meant = getattr(import_module(home), name) if home else value
    return value is not meant or isinstance(value, type(sys))
offering = [m for m in list(sys.modules.values()) if m.__name__ in {PACKAGES}]
print(json.dumps([f"{{m.__name__}}.{{n}}" for m in offering for n in m.__all__ if replaced(m, n)]))
"""
    assert json.loads(fresh(code)) == []


def test_what_is_not_there_is_missed_as_usual() -> None:
    with pytest.raises(AttributeError, match="module 'coopetition' has no attribute 'sole'"):
        coopetition.sole  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Bix'"):
        exec("from coopetition.games import Bix")


def test_folders_are_attributes() -> None:
    code = "import coopetition as co; print(co.solvers.finite.pure_equilibria.__name__)"
    assert fresh(code) == "pure_equilibria\n"


def test_listing_verbs_imports_none() -> None:
    code = """
import sys
from coopetition.__main__ import main
sys.argv = ["coopetition", "--help"]
try:
    main()
finally:
    met = sorted(sys.modules)
    print([name for name in met if name == "numpy" or name.startswith("coopetition.cli.")])
"""
    told = fresh(code)
    assert all(f"  {name} " in told for name in VERBS)
    assert told.endswith("['coopetition.cli.command', 'coopetition.cli.streams']\n")


@pytest.mark.parametrize("name", VERBS)
def test_the_index_says_what_the_verb_says(name: str) -> None:
    verb = cli.get_command(click.Context(cli), name)
    assert verb is not None
    assert verb.name == name
    assert " ".join((verb.help or "").split("\n\n")[0].split()) == VERBS[name]


@pytest.mark.parametrize("group", [[], ["ledger"], ["oracle"]], ids=" ".join)
def test_no_sentence_is_cut(group: list[str]) -> None:
    told = command(*group, "--help").out
    listed = told[told.index("Commands:") :]
    assert "..." not in listed
    assert listed.rstrip().endswith(".")
