"""Text that came from elsewhere, made fit for a sentence on a terminal or in a file."""

from typing import Any

SHOWN = 240  # characters of another's text that a sentence quotes


def one_line(text: Any, most: int = SHOWN) -> str:
    r"""Return a text as one short line of printable characters.

    Control and formatting characters, which could steer a terminal or turn a line around, and
    halves of characters, which no file can hold, become "�".

    Examples
    --------
    >>> one_line("Traceback:\n  no memory\x1b[31m")
    'Traceback: no memory�[31m'
    >>> one_line("half a letter: \ud800", most=15)
    'half a letter:…'
    """
    begin = str(text)[: 16 * most]
    words = " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in begin).split())
    return words if len(words) <= most else words[:most].rstrip() + "…"


def is_plain(text: str) -> bool:
    r"""Whether every character can be printed: none controls a terminal, none is half of one.

    Examples
    --------
    >>> is_plain("Nürnberg 1"), is_plain("North\x07"), is_plain("\ud800")
    (True, False, False)
    """
    return text.isprintable()
