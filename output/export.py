"""Writing results: JSON, tables for programs and for papers, pictures, by the file's ending.

A file is written beside its place and moved there when complete, so that nothing is ever half
written. JSON has no NaN: what is not a number becomes null.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError, require
from coopetition.games.text.words import no_formula, visible
from coopetition.games.text.writing import write_whole

PROVENANCE = ("version", "command", "digest", "seed", "mechanism")  # what every output says
PICTURES = (".png", ".svg")
ENDINGS = (".json", ".csv", ".parquet", ".md", ".tex", *PICTURES)
_MARKDOWN = re.compile(r"([\\`*_\[\]<|~$&])")
_TEX = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "[": "{[}", "]": "{]}", "*": "{*}",  # after \\ they would be its options
}  # fmt: skip
_MATH = {  # what notes and formulas are made of, and no text font has
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "η": "eta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "ω": "omega", "Φ": "Phi", "Σ": "Sigma", "Ω": "Omega", "Δ": "Delta",
    "−": "mathord{-}", "±": "pm", "×": "times", "÷": "div",
    "°": r"mathord{}^{\circ}", "²": "mathord{}^2",
    "≤": "le", "≥": "ge", "≠": "ne", "∈": "in", "∉": "notin", "∋": "ni", "∌": "not\\ni",
    "∂": "partial", "∞": "infty", "√": "surd", "·": "cdot", "↔": "leftrightarrow",
    "→": "rightarrow", "′": r"mathord{}^{\prime}", "≈": "approx",
}  # fmt: skip
_TEX |= {letter: rf"\ensuremath{{\{name}}}" for letter, name in _MATH.items()}
Rows = Sequence[Sequence[Any]]


def ending(path: str | Path) -> str:
    """Return a file's ending, refusing those that cannot be written.

    Raises
    ------
    InvalidInputError
        Naming the endings that can.

    Examples
    --------
    >>> ending("table.md")
    '.md'
    """
    file = Path(path)
    if file.suffix.lower() not in ENDINGS:
        raise InvalidInputError(
            f"cannot write {file}: its ending must be one of {', '.join(ENDINGS)}"
        )
    return file.suffix.lower()


def clean(value: Any) -> Any:
    """Return a value as plain JSON: no arrays, and null for what is not a finite number.

    Examples
    --------
    >>> clean({"a": np.array([1.0, np.nan]), "b": (True, float("inf"))})
    {'a': [1.0, None], 'b': [True, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return clean(value.tolist())
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, np.generic):
        return clean(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_json(value: Any) -> str:
    """Return a value as one JSON text without NaN, and without letters that cannot be seen."""
    return visible(json.dumps(clean(value), indent=2, ensure_ascii=False, allow_nan=False))


def provenance(document: Mapping[str, Any] | None) -> str:
    r"""Return what a result says of where it comes from: one line of JSON; empty if it does not.

    It is as good in a comment of HTML: it has no `>`.

    Examples
    --------
    >>> provenance({"version": "0.1", "command": "coopetition rules > it", "rules": []})
    '{"version": "0.1", "command": "coopetition rules \\u003e it"}'
    """
    told = {key: document[key] for key in PROVENANCE if document and key in document}
    text = json.dumps(clean(told), ensure_ascii=False, allow_nan=False) if told else ""
    return visible(text.replace(">", "\\u003e"))


def to_csv(header: Sequence[str], rows: Rows) -> str:
    """Return a table as CSV text; a missing value is an empty cell.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which a
    spreadsheet takes for "this is text".

    Examples
    --------
    >>> print(to_csv(["name", "payoff"], [["=1+1", -2.5], ["A", None]]))
    name,payoff
    '=1+1,-2.5
    A,
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(no_formula, header))
    writer.writerows([map(no_formula, clean(list(row))) for row in rows])
    return text.getvalue()


def to_markdown(header: Sequence[str], rows: Rows) -> str:
    r"""Return a table as Markdown; numbers with six significant digits, names escaped.

    Examples
    --------
    >>> print(to_markdown(["name", "payoff"], [["A|B", 1.23456789], ["C", None]]))
    | name | payoff |
    | --- | --- |
    | A\|B | 1.23457 |
    | C | – |
    """

    def escaped(text: str) -> str:
        return _MARKDOWN.sub(r"\\\1", text)

    lines = [[escaped(_line(name)) for name in header], ["---"] * len(header)]
    lines += [[_cell(value, escaped) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cell(value: Any, escaped: Callable[[str], str]) -> str:
    """Return a cell that a person reads: six significant digits, a dash for nothing."""
    value = clean(value)
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else escaped(_line(str(value)))


def _line(text: str) -> str:
    """Return a text as one line."""
    return visible(re.sub(r"[\t\r\n]+", " ", text))


def to_latex(header: Sequence[str], rows: Rows) -> str:
    r"""Return a table as a LaTeX tabular that needs no package, names escaped.

    Letters of other scripts in names need an engine and a font that have them.

    Examples
    --------
    >>> print(to_latex(["name", "payoff"], [["A&B", 1.23456789], ["C_1", None]]))
    \begin{tabular}{lr}
    \hline
    name & payoff \\
    \hline
    A\&B & 1.23457 \\
    C\_1 & -- \\
    \hline
    \end{tabular}
    """

    def escaped(text: str) -> str:
        return "".join(_TEX.get(letter, letter) for letter in text)

    def line(cells: Sequence[str]) -> str:
        return " & ".join(cells) + r" \\"

    body = [line([_cell(value, escaped).replace("–", "--") for value in row]) for row in rows]
    aligned = "".join("l" if any(isinstance(row[k], str) for row in rows) else "r"
                      for k in range(len(header)))  # fmt: skip
    top = [rf"\begin{{tabular}}{{{aligned}}}", r"\hline", line([escaped(_line(h)) for h in header])]
    return "\n".join([*top, r"\hline", *body, r"\hline", r"\end{tabular}"])


def _write_parquet(path: Path, header: Sequence[str], rows: Rows, told: str) -> None:
    """Write the columns with their types; a missing value is a null.

    A column has one type: numbers beside words are written as words.
    """
    arrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    columns = zip(*(clean(list(row)) for row in rows), strict=True)
    names = dict(zip(header, columns, strict=True)) if rows else {name: () for name in header}
    table = arrow.table({name: _one_type(column) for name, column in names.items()})
    with path.open("wb") as handle:  # pyarrow takes names in UTF-8 only
        parquet.write_table(table.replace_schema_metadata({"coopetition": told}), handle)


def _one_type(column: Sequence[Any]) -> list[Any]:
    if any(isinstance(value, str) for value in column):
        return [value if value is None else visible(str(value)) for value in column]
    return list(column)


def write_table(path: str | Path, document: Any, header: Sequence[str], rows: Rows) -> None:
    """Write a result as JSON, CSV, Parquet, Markdown or LaTeX, by the file's ending.

    Each says where the result comes from: JSON by its keys, Markdown and LaTeX in a comment,
    Parquet in its metadata, key `coopetition`, and CSV, whose readers do not agree on comments, in
    the first row of its last column.

    Raises
    ------
    InvalidInputError
        If the file cannot be written.
    MissingDependencyError
        If it is to be Parquet, and pyarrow is not installed.
    """
    kind, told = ending(path), provenance(document)
    if kind == ".parquet":
        write_whole(path, lambda part: _write_parquet(part, header, rows, told))
        return
    if kind == ".json":
        text = to_json(document)
    elif kind == ".csv":
        if told:
            rows = [[*row, None if k else told] for k, row in enumerate(rows)]
            header = [*header, "provenance"]
        text = to_csv(header, rows).rstrip("\n")
    else:
        said = {".md": f"<!-- {told} -->\n\n", ".tex": f"% {told}\n"}[kind] if told else ""
        text = said + (to_markdown(header, rows) if kind == ".md" else to_latex(header, rows))
    write_whole(path, lambda part: part.write_text(text + "\n", encoding="utf-8"))
