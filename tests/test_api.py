"""What users may import, and how it is called: `docs/reference.md` has it all.

So no change slips by: `python -m tests.test_api` writes the page anew, and the changelog says why.
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
PAGE = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Everything that users may import, where, and how it is called; `help(thing)` has the rest.
What is not named here is internal, and may change at any time.
"""


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


def described(name: str, thing: Any) -> str:
    """Return how a thing is called, and what it is: no types, whose text varies with Pythons."""
    if not inspect.isclass(thing) and not inspect.isfunction(thing):
        return f"- `{name}`: a {type(thing).__name__}."
    said = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
    if isinstance(thing, enum.EnumType):
        return f"- `{name}`: {said} {', '.join(f'`{each}`' for each in thing.__members__)}."
    if inspect.isclass(thing) and (issubclass(thing, Exception) or hasattr(thing, "_is_protocol")):
        return f"- `{name}`: {said}"
    signature, bare = inspect.signature(thing), inspect.Parameter.empty
    plain = [each.replace(annotation=bare) for each in signature.parameters.values()]
    called = str(signature.replace(parameters=plain, return_annotation=bare))
    return f"- `{name}{re.sub(r'<function .+? at 0x[0-9a-f]+>', '…', called)}`: {said}"


def reference() -> Iterator[str]:
    """Yield the lines of the page; what was met before is only named."""
    met = set()
    yield from HEAD.splitlines()
    for package in packages():
        module = import_module(package)
        yield from ("", f"## {package}", "", (module.__doc__ or "").split("\n\n")[0], "")
        again = []
        for name in module.__all__:
            thing = getattr(module, name)
            if (key := (name, id(thing))) in met:
                again.append(f"`{name}`")
                continue
            met.add(key)
            yield described(name, thing)
        if again:
            yield f"- As above: {', '.join(again)}."


def test_the_public_interface_is_as_the_reference_says() -> None:
    known = PAGE.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(known, [*reference()], lineterm="", n=0)
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
    PAGE.write_text("\n".join([*reference(), ""]), encoding="utf-8")
