"""Oracles that other distributions bring: entry points of the group `coopetition.oracles`.

A distribution offers an oracle under a name, and says which function makes it::

    [project.entry-points."coopetition.oracles"]
    clinics = "coopetition_clinics:make"

Listing reads metadata only: nothing of a plug-in is imported before somebody asks for it by name,
so a broken one breaks nothing else.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

from coopetition.games.errors import InvalidInputError, MissingDependencyError, OracleError
from coopetition.games.text.words import did_you_mean
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import OracleSpec

GROUP = "coopetition.oracles"
_METHODS = ("spec", "evaluate", "close")


@dataclass(frozen=True, slots=True)
class Plugin:
    """An oracle that an installed distribution offers.

    Parameters
    ----------
    name
        By which a scenario asks for it.
    distribution, version
        Who offers it.
    target
        The function that makes it, ``module:make``.
    where
        The folder that it is installed in.
    fault
        Why it cannot be opened, as far as the metadata tell; None if nothing is wrong with them.
    """

    name: str
    distribution: str
    version: str
    target: str
    where: str
    fault: str | None = None

    def __str__(self) -> str:
        """Name it and its distribution."""
        return f"the plug-in {self.name} of {self.distribution} {self.version}"


def installed_oracles() -> tuple[Plugin, ...]:
    """List the plug-ins that are installed, by name, without importing any.

    Two distributions that offer the same name are both listed, with that as their fault.

    Examples
    --------
    >>> all(plugin.distribution for plugin in installed_oracles())
    True
    """
    found = sorted(_offers(), key=lambda plugin: (plugin.name, plugin.distribution))
    return tuple(_alone(plugin, found) for plugin in found)


def open_plugin(name: str, /, **settings: Any) -> UtilityOracle:
    """Import a plug-in and make its oracle; the settings are its function's arguments.

    Raises
    ------
    InvalidInputError
        If there is no such plug-in, two distributions offer it, or it takes no such settings.
    OracleError
        If the plug-in is broken: it cannot be imported, raises, or makes no oracle.
    MissingDependencyError
        If the plug-in says so.

    Examples
    --------
    >>> open_plugin("no-such-oracle")
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: no plug-in no-such-oracle is installed...
    """
    plugin = _find(name)
    make = _imported(plugin)
    _check_settings(plugin, make, settings)
    try:
        oracle = make(**settings)
    except MissingDependencyError:
        raise
    except InvalidInputError as error:
        raise InvalidInputError(f"{plugin}: {error}") from error
    except (Exception, SystemExit) as error:
        raise _broken(plugin, f"{plugin.target} raised", error) from error
    _check_oracle(plugin, oracle)
    return oracle


def _offers() -> Iterator[Plugin]:
    """Yield what every distribution offers; of those installed twice the first on the path."""
    seen = set()
    for distribution in distributions():
        owner, version = _label(distribution)
        key = re.sub(r"[-_.]+", "-", owner).lower()
        if key in seen:
            continue
        seen |= {key} - {"?"}
        text = ""
        with suppress(Exception):  # unreadable: whatever it is, nothing of it can be offered
            text = distribution.read_text("entry_points.txt") or ""
        if GROUP in text:
            where = str(distribution.locate_file(""))
            for name, target, fault in _entries(distribution):
                yield Plugin(name, owner, version, target, where, fault)


def _entries(distribution: Distribution) -> list[tuple[str, str, str | None]]:
    """Return name, target and fault of the entry points of our group."""
    try:
        mine = [entry for entry in distribution.entry_points if entry.group == GROUP]
    except Exception as error:
        return [("?", "?", f"its entry_points.txt is malformed ({type(error).__name__}: {error})")]
    return [(entry.name, entry.value, None) for entry in mine]


def _label(distribution: Distribution) -> tuple[str, str]:
    """Return a distribution's name and version, question marks where the metadata are broken."""
    try:
        return distribution.metadata["Name"] or "?", distribution.version or "?"
    except Exception:
        return "?", "?"


def _alone(plugin: Plugin, found: list[Plugin]) -> Plugin:
    """Note as a fault that a name is taken twice."""
    owners = [f"{p.distribution} {p.version}" for p in found if p.name == plugin.name]
    if len(owners) == 1 or plugin.fault:
        return plugin
    return replace(
        plugin, fault=f"{' and '.join(owners)} offer the same name: uninstall all but one"
    )


def _find(name: str) -> Plugin:
    """Return the one plug-in of a name."""
    known = {plugin.name: plugin for plugin in installed_oracles()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InvalidInputError(
            f"no plug-in {name} is installed{hint} (`coopetition oracle list` shows all)"
        )
    if fault := known[name].fault:
        raise InvalidInputError(f"the plug-in {name} cannot be used: {fault}")
    return known[name]


def _imported(plugin: Plugin) -> Callable[..., Any]:
    """Import the function that makes the oracle."""
    if not re.fullmatch(r"[\w.]+\s*:\s*[\w.]+\s*(\[.*\])?", plugin.target):
        raise OracleError(f"{plugin} is broken: {plugin.target!r} is not of the form module:make")
    try:
        make = EntryPoint(plugin.name, plugin.target, GROUP).load()
    except MissingDependencyError:
        raise
    except (Exception, SystemExit) as error:
        raise _broken(plugin, f"{plugin.target} cannot be imported:", error) from error
    if not callable(make):
        raise OracleError(
            f"{plugin} is broken: {plugin.target} must be a function, got {make!r:.80}"
        )
    return make


def _check_settings(plugin: Plugin, make: Callable[..., Any], settings: dict[str, Any]) -> None:
    """Refuse settings that the function has no parameters for, or lacks."""
    try:
        signature = inspect.signature(make)
    except (ValueError, TypeError):  # functions written in C may have none
        return
    try:
        signature.bind(**settings)
    except TypeError as error:
        raise InvalidInputError(
            f"{plugin} does not take these settings: {error}; they are {signature}"
        ) from None


def _check_oracle(plugin: Plugin, oracle: Any) -> None:
    """Refuse what is no oracle, or cannot describe itself."""
    missing = [name for name in _METHODS if not callable(getattr(oracle, name, None))]
    if missing or isinstance(oracle, type):
        what = f"a {type(oracle).__name__} without {', '.join(missing)}" if missing else "a class"
        raise OracleError(f"{plugin} is broken: {plugin.target} must return an oracle, got {what}")
    try:
        spec = oracle.spec()
        if not isinstance(spec, OracleSpec):
            raise TypeError(f"an OracleSpec is needed, got {spec!r:.80}")
    except (Exception, SystemExit) as error:
        with suppress(Exception):
            oracle.close()
        raise _broken(plugin, "`spec` raised", error) from error


def _broken(plugin: Plugin, what: str, error: BaseException) -> OracleError:
    return OracleError(f"{plugin} is broken: {what} {type(error).__name__}: {error}")
