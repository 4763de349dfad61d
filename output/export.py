"""Writing results: JSON, tables for programs and for papers, pictures, by the file's ending.

A file is written beside its place and moved there when complete, so that nothing is ever half
written. JSON has no NaN: what is not a number becomes null.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import visible
from coopetition.games.text.writing import write_whole
from coopetition.output.clean_values import clean
from coopetition.output.data_files import to_csv, write_parquet, write_stata
from coopetition.output.html import html
from coopetition.output.latex import latex
from coopetition.output.markdown import markdown
from coopetition.output.table import Table

PROVENANCE = ("version", "command", "digest", "seed", "mechanism")  # what every output says
PICTURES = (".png", ".svg", ".pdf")
NEEDS = {".parquet": ("pyarrow", "parquet"), ".dta": ("pandas", "frames")}
ENDINGS = (".json", ".csv", ".parquet", ".dta", ".md", ".tex", ".html", *PICTURES)


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


def provenance_note(document: Mapping[str, Any] | None) -> str:
    """Return what a table in a paper says of where it comes from; empty if nothing is known.

    Examples
    --------
    >>> provenance_note({"version": "0.1", "digest": "ab12", "seed": 7,
    ...                  "mechanism": {"rule": "pigou", "fees": "equal-gain",
    ...                                "outside_option": "exit"}})
    'Rule pigou, fees equal-gain against exit. Seed 7, digest ab12, coopetition 0.1.'
    """
    if not document or "version" not in document:
        return ""
    used, said = document.get("mechanism") or {}, ""
    if "rule" in used:
        fees = used.get("fees") or "none"
        against = f", fees {fees} against {used.get('outside_option')}" * (fees != "none")
        rate = f" at rate {used['rate']:g}" if isinstance(used.get("rate"), float) else ""
        said = f"Rule {used['rule']}{rate}{against}. "
    keys = [f"{key} {document[key]}" for key in ("seed", "digest") if document.get(key) is not None]
    from_ = ", ".join([*keys, f"coopetition {document['version']}"])
    return said + from_[0].upper() + from_[1:] + "."


def write_table(path: str | Path, document: Any, table: Table | None = None) -> None:
    """Write a result by the file's ending: its document as JSON, or its table.

    Each says where the result comes from: JSON by its keys, Markdown, LaTeX and HTML in a comment
    and in their notes, Parquet in its metadata, key `coopetition`, Stata by its label, and CSV in
    the first row of its last column.

    Parameters
    ----------
    table
        None for a result that is JSON alone.

    Raises
    ------
    InvalidInputError
        If the file cannot be written.
    MissingDependencyError
        If what writes it is not installed: pyarrow for Parquet, pandas for Stata.
    """
    kind, told = ending(path), provenance(document)
    if kind == ".json" or table is None:
        write_text(path, to_json(document))
    elif kind == ".csv":
        write_text(path, to_csv(table, told).rstrip("\n"))
    elif kind in (".parquet", ".dta"):
        write = write_parquet if kind == ".parquet" else write_stata
        write_whole(path, lambda part: write(part, table, told))
    else:
        note = provenance_note(document)
        whole = replace(table, notes=(*table.notes, note)) if note else table
        comment = f"% {told}\n" if kind == ".tex" else f"<!-- {told} -->\n\n"
        form = {".md": markdown, ".tex": latex, ".html": html}[kind]
        write_text(path, (comment if told else "") + form(whole))


def write_text(path: str | Path, text: str) -> None:
    """Write a text and the end of its last line."""
    write_whole(path, lambda part: part.write_text(text + "\n", encoding="utf-8"))
