"""What users may import, and how it is called: `api.txt` has it all, so that no change slips by.

`python -m tests.test_api` writes the file anew; a change of it belongs into the changelog.
"""

import ast
import difflib
import enum
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import coopetition

ROOT = Path(__file__).parent.parent
API = Path(__file__).with_name("api.txt")


def packages() -> Iterator[str]:
    """Yield every package that offers names."""
    yield "coopetition"
    for found in pkgutil.walk_packages(coopetition.__path__, "coopetition."):
        if found.ispkg and hasattr(import_module(found.name), "__all__"):
            yield found.name


def public() -> Iterator[tuple[str, str, Any]]:
    """Yield package, name and thing of everything that users may import."""
    for package in packages():
        module = import_module(package)
        for name in module.__all__:
            yield package, name, getattr(module, name)


def described(thing: Any) -> str:
    """Return how a thing is called: parameters and defaults, but no types: their text varies."""
    if isinstance(thing, enum.EnumType):
        return f": {', '.join(thing.__members__)}"
    if not inspect.isclass(thing) and not inspect.isfunction(thing):
        return f": {type(thing).__name__}"
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return ": error"
    if getattr(thing, "_is_protocol", False):
        return ": protocol"
    signature = inspect.signature(thing)
    bare = inspect.Parameter.empty
    plain = [each.replace(annotation=bare) for each in signature.parameters.values()]
    return re.sub(
        r" at 0x\w+", "", str(signature.replace(parameters=plain, return_annotation=bare))
    )


def current() -> list[str]:
    """Return a line for each public name."""
    return [f"{package}.{name}{described(thing)}" for package, name, thing in public()]


def test_the_public_interface_is_as_written_down() -> None:
    known = API.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(known, current(), lineterm="", n=0)
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    told = "\n".join(["meant? Say it in the changelog, and `python -m tests.test_api`:", *changed])
    assert not changed, told


def test_every_public_function_shows_how_it_is_called() -> None:
    functions = {thing for _, _, thing in public() if inspect.isfunction(thing)}
    assert len(functions) > 150
    # What needs a learning stack of its own is shown by its module, which runs it there.
    stacks = ("coopetition.oracles.flower", "coopetition.oracles.nvflare")
    silent = [
        f"{each.__module__}.{each.__name__}"
        for each in functions
        if ">>>" not in (inspect.getdoc(each) or "") and not each.__module__.startswith(stacks)
    ]
    assert silent == []


def test_every_public_class_is_explained() -> None:
    for package, name, thing in public():
        if inspect.isclass(thing):
            assert inspect.getdoc(thing), f"{package}.{name}"


def test_pages_import_what_is_public() -> None:
    offered = {(package, name) for package, name, _ in public()}
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = re.compile(r"^(?:>>> )?(from coopetition\S* import [\w, ]+)$", re.MULTILINE)
    lines = [(page.name, line) for page in pages for line in shown.findall(page.read_text("utf-8"))]
    assert len(lines) > 30
    hidden = [
        f"{page}: {line}"
        for page, line in lines
        for node in ast.parse(line).body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if (node.module, name.name) not in offered
    ]
    assert hidden == []


if __name__ == "__main__":
    API.write_text("\n".join([*current(), ""]), encoding="utf-8")
