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
    >>> provenance_note({"version": "0.1", "digest": "ab12", "seed": 7, "currency": "EUR",
    ...                  "mechanism": {"rule": "redistribution", "rate": 0.5, "fees": "nash",
    ...                                "outside_option": "exit", "power": "data"}})
    'Rule redistribution (rate 0.5), nash fees (power data), outside option exit.
     Money in EUR. Seed 7, digest ab12, made by coopetition 0.1.'
    """
    told, used = document or {}, (document or {}).get("mechanism") or {}
    said = []
    if "rule" in used:
        fees, option = used.get("fees", "none"), used.get("outside_option")
        rest = ("rule", "fees", "outside_option", "power")
        numbers = ", ".join(f"{key} {_short(used[key])}" for key in used if key not in rest)
        power = f" (power {_short(used['power'])})" if "power" in used else ""
        mechanism = f"Rule {used['rule']}" + (f" ({numbers})" if numbers else "")
        paid = "no fees" if fees == "none" else f"{fees} fees{power}"
        said.append(f"{mechanism}, {paid}" + f", outside option {option}" * bool(option))
    said += [f"Money in {money}"] if (money := told.get("currency") or "money") != "money" else []
    keys = [f"{key} {told[key]}" for key in ("seed", "digest") if told.get(key) is not None]
    keys += [f"made by coopetition {told['version']}"] if "version" in told else []
    said += [", ".join(keys)] if keys else []
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in said)


def noted(table: Table, document: Mapping[str, Any] | None) -> Table:
    """Return a table that says under it where it comes from."""
    note = provenance_note(document)
    return replace(table, notes=(*table.notes, note)) if note else table


def _short(value: Any) -> str:
    """Return a setting in a few words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return " and ".join(f"{key} = {_short(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        whole = "/".join(map(_short, value))
        return whole if len(whole) <= 60 else f"{len(value)} numbers"
    return str(value)


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
    if kind in PICTURES:
        raise InvalidInputError(f"cannot write {path}: this is a table; `plot` draws pictures")
    if kind == ".json" or table is None:
        write_text(path, to_json(document))
    elif kind == ".csv":
        write_text(path, to_csv(table, told).rstrip("\n"))
    elif kind in (".parquet", ".dta"):
        write = write_parquet if kind == ".parquet" else write_stata
        write_whole(path, lambda part: write(part, table, told))
    else:
        comment = f"% {told}\n" if kind == ".tex" else f"<!-- {told} -->\n\n"
        form = {".md": markdown, ".tex": latex, ".html": html}[kind]
        write_text(path, (comment if told else "") + form(noted(table, document)))


def write_text(path: str | Path, text: str) -> None:
    """Write a text and the end of its last line."""
    write_whole(path, lambda part: part.write_text(text + "\n", encoding="utf-8"))
