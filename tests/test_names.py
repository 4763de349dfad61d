"""One name says one thing: no two public classes of the package are called alike."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("games", "solvers", "mechanisms", "oracles", "output", "studies", "src/coopetition/cli")


def classes_and_aliases(file: Path) -> tuple[set[str], set[str]]:
    """Return the public classes of a module, and its public names of types."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    classes = {one.name for one in body if isinstance(one, ast.ClassDef)}
    targets = (one.targets[0] for one in body if isinstance(one, ast.Assign))
    names = {one.id for one in targets if isinstance(one, ast.Name)}
    aliases = {name for name in names if name[0].isupper() and not name.isupper()}
    public = [{name for name in found if name[0] != "_"} for found in (classes, aliases)]
    return public[0], public[1]


def test_no_two_public_classes_share_a_name() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    aliases: dict[str, list[str]] = defaultdict(list)
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            classes, others = classes_and_aliases(file)
            for name in classes:
                where[name].append(str(file.relative_to(ROOT)))
            for name in others:
                aliases[name].append(str(file.relative_to(ROOT)))
    assert len(where) > 200  # the walk sees the package
    assert not {name: files for name, files in where.items() if len(files) > 1}
    assert not {name: files + aliases[name] for name, files in where.items() if name in aliases}
