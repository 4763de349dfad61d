"""Names of a package that are imported when they are first used (PEP 562).

A package names them once, in imports that only type checkers, editors and linters follow::

    if TYPE_CHECKING:
        from coopetition.games.base import Box
    else:
        __getattr__, __dir__ = lazy(__name__)

A name must not be that of a file or folder of the same package: importing that would replace it.
"""

import ast
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def lazy(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return what a package needs as `__getattr__` and `__dir__`.

    Its folders and files are attributes of it, too, whether imported or not.

    Examples
    --------
    >>> get, names = lazy("coopetition.games")
    >>> get("Box")
    <class 'coopetition.games.base.Box'>
    >>> "Box" in names()
    True
    """
    module = sys.modules[package]

    def get(name: str) -> Any:
        if home := _homes(package).get(name):
            value = getattr(import_module(home), name)
            setattr(module, name, value)
            return value
        inside = f"{package}.{name}"
        if name.startswith("_") or find_spec(inside) is None:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=module)
        return import_module(inside)

    def names() -> list[str]:
        return sorted({*vars(module), *_homes(package)} - {"TYPE_CHECKING", "lazy"})

    return get, names


@cache
def _homes(package: str) -> dict[str, str]:
    """Return where the names are that a package imports for type checkers only."""
    loader: Any = getattr(find_spec(package), "loader", None)
    source = loader.get_source(package)
    return {
        name.name: node.module or ""
        for block in ast.parse(source).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
