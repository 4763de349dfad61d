"""Rules that a scenario names as `module:attribute`: found beside it, or installed.

Importing a module runs its code. A file in the scenario's folder comes first, and is loaded again
once it has changed; another folder's module of the same name is not mistaken for it.
"""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.studies.scenario.custom_rules import OwnEntry, guarded, own_entry


def named_rule(source: str, folder: Path, settings: Mapping[str, Any] | None = None) -> OwnEntry:
    """Return the entry of the rule that `module:attribute` names; runs the module's code.

    The entry's `code` is a digest of the files that say the rule: the module's, and that of the
    function or class where it stands in another. Modules that they import are not looked into.

    Raises
    ------
    InvalidInputError
        If there is no such module or attribute, importing raises, or it is no rule.
    """
    module, found = _named(source, folder)
    entry = own_entry(found, source, settings)[1]
    return replace(entry, code=_code(module, found))


def code_of(source: str, folder: Path) -> str:
    """Return the digest of the code of a rule `module:attribute`; "" if there is none."""
    try:
        return _code(*_named(source, folder))
    except InvalidInputError:
        return ""


def _named(source: str, folder: Path) -> tuple[ModuleType, Any]:
    """Return a rule and the module that it is taken from."""
    name, _, attribute = source.partition(":")
    parts = name.split(".")
    if not all(part.isidentifier() for part in (*parts, *attribute.split("."))):
        raise InvalidInputError(f"a custom rule is named module:attribute, got {source!r:.60}")
    module = _module(source, name, folder)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            hint = did_you_mean(part, dir(found))
            raise InvalidInputError(f"the rule {source}: {name} has no attribute {part}{hint}")
        found = getattr(found, part)
    return module, found


def _code(module: ModuleType, rule: Any) -> str:
    """Name what the files of a rule say: 64 hexadecimal digits; "" where there are none."""
    while isinstance(rule, partial):
        rule = rule.func
    home = getattr(rule, "__module__", None) or type(rule).__module__
    files = {getattr(each, "__file__", None) for each in (module, sys.modules.get(str(home)))}
    digests = []
    for file in sorted(filter(None, files)):
        try:
            digests.append(hashlib.sha256(Path(file).read_bytes()).hexdigest())
        except OSError:
            continue
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest() if digests else ""


def _module(source: str, name: str, folder: Path) -> ModuleType:
    file = folder.resolve() / f"{name}.py"
    try:
        stamp = file.stat().st_mtime_ns
    except OSError:
        return _elsewhere(source, name, folder)
    loaded: ModuleType = guarded(
        f"the rule {source}: importing {name}.py", lambda: _beside(file, stamp)
    )
    return loaded


@cache
def _beside(file: Path, stamp: int) -> ModuleType:
    """Load a file under a name of its own, so that no other module is taken for it."""
    name = f"{file.stem}@{file.parent}:{stamp}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(file.parent))
    return module


def _elsewhere(source: str, name: str, folder: Path) -> ModuleType:
    """Import an installed module, or one of a package in the scenario's folder."""
    first, here = name.partition(".")[0], str(folder.resolve())
    sys.path.insert(0, here)
    try:
        importlib.invalidate_caches()
        module = guarded(f"the rule {source}: importing {name}", lambda: _import(name))
    finally:
        sys.path.remove(here)
    if module is None:
        raise InvalidInputError(
            f"the rule {source}: there is no {name.replace('.', '/')}.py in the scenario's "
            f"folder, and no module {name} is installed"
        )
    local = folder.resolve() / first
    if local.is_dir() and not _is_in(sys.modules[first], local):
        raise InvalidInputError(
            f"the rule {source}: another {first} than that of the scenario's folder is in use"
        )
    return cast(ModuleType, module)


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, but misses another one
        return None


def _is_in(module: ModuleType, folder: Path) -> bool:
    """Whether a package is that of a folder."""
    return any(Path(path).resolve() == folder for path in getattr(module, "__path__", ()))
