"""Text that came from elsewhere, made fit for a sentence, a terminal or a file."""

import difflib
import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

SHOWN = 240  # characters of another's text that a sentence quotes
SHORT = 120  # characters of a malformed value that a sentence quotes
# Control characters but for tab and new line, other line ends, reversals of the direction of
# writing, halves of surrogate pairs: what could command a terminal or hide what stands there.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# What spreadsheets take for a formula, in East Asian form too, or look for one behind.
_FORMULA = re.compile(r"[\t\n]|\s*[=+\-@＝＋－＠]")
_NUMERAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_REPR = reprlib.Repr()  # bounded in depth and length, whatever was sent
_REPR.maxstring = _REPR.maxlong = _REPR.maxother = 60


def one_line(text: Any, most: int = SHOWN) -> str:
    r"""Return a text as one short line of printable characters.

    Control and formatting characters, which could steer a terminal or turn a line around, and
    halves of characters, which no file can hold, become "�".
    """
    begin = str(text)[: 16 * most]
    words = " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in begin).split())
    return words if len(words) <= most else words[:most].rstrip() + "…"


def told(value: Any) -> str:
    r"""Return a malformed value as a sentence shows it: short, and without control characters.

    Examples
    --------
    >>> told(["<b>\x1b"] * 1000)
    "['<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', ...]"
    """
    return one_line(_REPR.repr(value), SHORT)


def visible(text: str) -> str:
    r"""Return a text, of as many lines, with escapes for what cannot be seen, as in JSON.

    Examples
    --------
    >>> print(visible("all good\x1b[2J\r"))
    all good\u001b[2J\u000d
    """
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def no_formula(cell: Any) -> Any:
    """Return a cell of a table; a text that a spreadsheet would calculate gets an apostrophe.

    Spreadsheets take that for "this is text". Numbers stay numbers.

    Examples
    --------
    >>> no_formula("=1+1"), no_formula("-2.5"), no_formula(-2.5)
    ("'=1+1", '-2.5', -2.5)
    """
    if not isinstance(cell, str):
        return cell
    cell = visible(cell)
    armed = _FORMULA.match(cell) and not _NUMERAL.fullmatch(cell)
    return f"'{cell}" if armed else cell


def is_plain(text: str) -> bool:
    r"""Whether every character can be printed: none controls a terminal, none is half of one.

    Examples
    --------
    >>> is_plain("Nürnberg 1"), is_plain("North\x07"), is_plain("\ud800")
    (True, False, False)
    """
    return text.isprintable()


def encodable(text: str) -> bool:
    r"""Whether a text can be written in UTF-8: JSON may hold halves of surrogate pairs.

    Examples
    --------
    >>> encodable("Köln"), encodable("K\ud800ln")
    (True, False)
    """
    return not re.search("[\ud800-\udfff]", text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return what to add to a sentence about an unknown word; empty where no known one is near.

    Examples
    --------
    >>> did_you_mean("damge", ["damage", "rivalry"]), did_you_mean("x", ["damage"])
    (': did you mean damage?', '')
    """
    near = difflib.get_close_matches(word, list(known), 1)
    return f": did you mean {near[0]}?" if near else ""


def first_few(names: Sequence[str], most: int = 5) -> str:
    """Return some names in one line, and how many more there are.

    Examples
    --------
    >>> first_few(["A", "B", "C"], 2)
    'A, B and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
