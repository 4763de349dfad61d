"""Plug-ins: found without being imported, opened by name, and each way to be broken told apart."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.remote.plugins import installed_oracles, open_plugin
from tests.oracles.distributions import GOOD, install


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path, for plug-ins of one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_a_good_plugin_is_listed_unimported_and_then_opened(site: Path) -> None:
    module = install(site, "acme-heart", GOOD, "heart = MODULE:make")
    (plugin,) = [p for p in installed_oracles() if p.name == "heart"]
    assert (plugin.distribution, plugin.version, plugin.fault) == ("acme-heart", "1.5", None)
    assert plugin.target == f"{module}:make"
    assert Path(plugin.where) == site
    assert module not in sys.modules
    oracle = open_plugin("heart", names=["A", "B", "C"], power=1.0)
    assert oracle.spec().organizations == ("A", "B", "C")
    low, high = evaluate_checked(oracle, [Query((0.0,) * 3), Query((10.0,) * 3)])
    assert high.gain is not None
    assert low.gain is not None
    assert high.gain - low.gain == pytest.approx(0.3)


BROKEN: list[tuple[str | None, str, type[CoopetitionError], str]] = [
    (None, "MODULE:make", OracleError, "cannot be imported: ModuleNotFoundError"),
    ("1 / 0", "MODULE:make", OracleError, "cannot be imported: ZeroDivisionError"),
    ("import sys; sys.exit(0)", "MODULE:make", OracleError, "cannot be imported: SystemExit"),
    ("", "MODULE:make", OracleError, "cannot be imported: AttributeError"),
    ("make = 3", "MODULE:make", OracleError, "must be a function, got 3"),
    ("", "MODULE", OracleError, "not of the form module:make"),
    ("", "no module at all", OracleError, "not of the form module:make"),
    ("def make(): raise ValueError('no data')", "MODULE:make", OracleError, "ValueError: no data"),
    ("def make(): exit(0)", "MODULE:make", OracleError, "raised SystemExit"),
    ("def make(): return None", "MODULE:make", OracleError, "a NoneType without spec, evaluate"),
    ("class make:\n  def spec(self): ...", "MODULE:make", OracleError, "without evaluate, close"),
    (GOOD + "\nmake = lambda: FunctionOracle", "MODULE:make", OracleError, "an oracle, got a clas"),
    (
        "class make:\n  spec = evaluate = close = lambda self: 1",
        "MODULE:make",
        OracleError,
        "`spec` raised TypeError: an OracleSpec is needed, got 1",
    ),
    (
        "def make(size): ...",
        "MODULE:make",
        InvalidInputError,
        "missing a required argument: 'size'",
    ),
    (GOOD + "\ndef make(): raise InvalidInputError('no')", "MODULE:make", InvalidInputError, "no"),
]


@pytest.mark.parametrize(("code", "target", "error", "words"), BROKEN)
def test_a_broken_plugin_is_one_error_and_harms_no_other(
    site: Path, code: str | None, target: str, error: type[CoopetitionError], words: str
) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    install(site, "acme-broken", code, f"broken = {target}")
    assert {"heart", "broken"} <= {plugin.name for plugin in installed_oracles()}
    with pytest.raises(error, match=re.escape(words)) as caught:
        open_plugin("broken")
    assert "the plug-in broken of acme-broken 1.5" in str(caught.value)
    assert open_plugin("heart").spec().upper == (50.0, 50.0)


def test_an_oracle_that_cannot_describe_itself_is_closed(site: Path) -> None:
    code = """
        closed = []
        class make:
            def spec(self): raise OSError("no disk")
            def evaluate(self, queries): return []
            def close(self): closed.append(True)
    """
    module = install(site, "acme-heart", code, "heart = MODULE:make")
    with pytest.raises(OracleError, match="`spec` raised OSError: no disk"):
        open_plugin("heart")
    assert sys.modules[module].closed == [True]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tops": 3.0}, "unexpected keyword argument 'tops'; they are (names="),
        ({"power": 2}, "the plug-in heart of acme-heart 1.5: `power` must be at most 1, got 2"),
    ],
)
def test_settings_are_refused_in_the_plugins_words(
    site: Path, settings: dict[str, Any], words: str
) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        open_plugin("heart", **settings)


def test_a_name_offered_twice_is_refused_naming_both(site: Path) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    install(site, "best-heart", GOOD, "heart = MODULE:make\nlung = MODULE:make")
    listed = {(p.name, p.distribution): p.fault for p in installed_oracles()}
    assert listed["lung", "best-heart"] is None
    for owner in ("acme-heart", "best-heart"):
        fault = listed["heart", owner]
        assert fault is not None
        assert "acme-heart 1.5 and best-heart 1.5 offer the same name" in fault
    with pytest.raises(InvalidInputError, match=r"acme-heart 1\.5 and best-heart 1\.5"):
        open_plugin("heart")
    assert open_plugin("lung").spec().organizations == ("North", "South")


def test_of_a_distribution_installed_twice_the_first_counts(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "acme-heart", GOOD, "old = MODULE:make")
    newer = tmp_path / "newer"
    newer.mkdir()
    monkeypatch.syspath_prepend(newer)
    install(newer, "Acme.Heart", GOOD, "new = MODULE:make")
    names = {plugin.name for plugin in installed_oracles()}
    assert "new" in names
    assert "old" not in names


def test_malformed_metadata_are_listed_and_harm_no_other(site: Path) -> None:
    install(site, "acme-heart", GOOD, "heart = MODULE:make")
    install(site, "acme-broken", None, "a line that says nothing")
    install(site, "acme-nameless", GOOD, "liver = MODULE:make")
    (site / "acme_nameless-1.5.dist-info" / "METADATA").unlink()
    (site / "acme_binary-1.dist-info").mkdir()
    (site / "acme_binary-1.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe\x00")
    found = {plugin.name: plugin for plugin in installed_oracles()}
    assert found["heart"].fault is None
    assert found["liver"].distribution == "?"
    assert found["?"].distribution == "acme-broken"
    assert "entry_points.txt is malformed" in (found["?"].fault or "")
    assert open_plugin("liver").spec().organizations == ("North", "South")
