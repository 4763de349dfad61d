"""Every mutant of a source text: one operator, condition, constant, call or raise is another.

Texts, annotations, messages of errors and what is only printed are left alone.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.FloorDiv: ast.Mult, ast.MatMult: ast.Mult,
}  # fmt: skip
PAIRS = [
    ("any", "all"), ("min", "max"), ("argmin", "argmax"), ("minimum", "maximum"),
    ("fmin", "fmax"), ("floor", "ceil"), ("first", "last"), ("low", "high"),
]  # fmt: skip
CALLS = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
PRINTED = {"__str__", "__repr__"}


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, in words, and the whole changed source."""

    line: int
    change: str
    text: str
    place: int
    make: "Make"

    @property
    def source(self) -> str:
        """The whole changed source, made when it is asked for: there are thousands."""
        tree = ast.parse(self.text)
        target = next(other for k, other in enumerate(ast.walk(tree)) if k == self.place)
        changed = _Replace(target, self.make(copy.deepcopy(target))).visit(tree)
        return ast.unparse(ast.fix_missing_locations(changed))


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module's source.

    Examples
    --------
    >>> for one in mutants("small = x < 3"):
    ...     print(one.line, one.change)
    1 x < 3 -> x <= 3
    1 3 -> 4
    """
    tree = ast.parse(source)
    places = {node: k for k, node in enumerate(ast.walk(tree))}
    for node in _decisive(tree):
        for make in _changes(node):
            was, now = ast.unparse(node), ast.unparse(make(copy.deepcopy(node)))
            if was != now:
                change = f"{_short(was)} -> {_short(now)}"
                yield Mutant(node.lineno, change, source, places[node], make)


def _decisive(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield statements and expressions, but for those that only name or print."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr | ast.Import | ast.ImportFrom):
            continue
        if isinstance(child, ast.keyword) and child.arg == "strict":
            continue  # of zip: a guard against mistakes of ours
        if isinstance(child, ast.FunctionDef) and child.name in PRINTED:
            continue
        if isinstance(child, ast.expr | ast.stmt) and not _annotates(tree, child):
            yield child
        if not isinstance(child, ast.Raise) and not _annotates(tree, child):
            yield from _decisive(child)


def _annotates(parent: ast.AST, child: ast.AST) -> bool:
    if isinstance(parent, ast.FunctionDef):
        return child is parent.returns or child in parent.decorator_list
    if isinstance(parent, ast.ClassDef):
        return child in (*parent.decorator_list, *parent.bases)
    return child is getattr(parent, "annotation", None)


Make = Callable[[Any], ast.AST]


def _changes(node: ast.AST) -> list[Make]:
    """Return the ways in which a node can be another, each a function of a copy of it."""
    match node:
        case ast.Compare(ops=[one]) if type(one) in COMPARE:
            return [_with("ops", [COMPARE[type(one)]()])]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            return [_with("op", ARITHMETIC[type(op)]())]
        case ast.BoolOp(op=op):
            return [_with("op", ast.Or() if isinstance(op, ast.And) else ast.And())]
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            return [lambda copy: copy.operand]
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return []
        case ast.If() | ast.IfExp():
            return [_with("test", ast.Constant(value)) for value in (True, False)]
        case ast.Raise():
            return [lambda copy: ast.Pass()]
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return [_with("func", ast.Name(CALLS[name], ast.Load()))]
        case ast.Attribute(attr=name) if name in CALLS:
            return [_with("attr", CALLS[name])]
        case ast.Constant(value=bool() as value):
            return [_with("value", not value)]
        case ast.Constant(value=int() as value):
            return [_with("value", value + 1)]
        case ast.Constant(value=float() as value):
            return [_with("value", 100.0 * value if value else 1.0)]
    return []


def _with(field: str, value: object) -> Make:
    def make(copy: ast.AST) -> ast.AST:
        setattr(copy, field, value)
        return copy

    return make


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _short(text: str) -> str:
    first, *rest = text.splitlines()
    return f"{first} …" if rest else first
