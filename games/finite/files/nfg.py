r"""Gambit's strategic-form files (.nfg), read and written.

A file holds `NFG 1 R`, a title, the players' names, their strategies (a count each, or a list of
names each), perhaps a comment, and a body. The body is either the payoffs, profile by profile, or
a list of outcomes followed by an outcome's number for each profile; outcome 0 pays nobody
anything. Profiles are in the order in which player 1's strategy changes fastest. In names, \" is
a quote and \\ a backslash. As in Gambit, `D` means the same as `R`, and a decimal is the fraction
that it says: 0.1 is 1/10; `FiniteGame.to_floats` leaves exact arithmetic.

Source: Gambit manual, "Game representation formats", the strategic game (.nfg) file format,
payoff version and outcome version, gambitproject.readthedocs.io/en/stable/formats.html.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NoReturn

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.tables import exact_number, numeral
from coopetition.games.finite.game import MOST_PLAYERS, FiniteGame, Tensor

TOKEN = re.compile(
    r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"|(?P<mark>[{},])|(?P<word>[^\s{},"]+)', re.DOTALL
)
BLANK = re.compile(r"\s*")
END, NEWLINE = "the end of the file", "\n"


def from_nfg(text: str) -> FiniteGame:
    """Read a strategic game from the text of a .nfg file, in exact arithmetic.

    A missing name becomes the default of `FiniteGame`, names that repeat are numbered, and the
    comment is left out.

    Raises
    ------
    InvalidInputError
        If the text is not such a file: the line, what should stand there, and what does.

    Examples
    --------
    >>> game = from_nfg('NFG 1 R "Pennies" { "Odd" "Even" } { 2 2 } 1 -1 -1 1 -1 1 1 -1')
    >>> game.players, game.payoffs((1, 0)).tolist()
    (('Odd', 'Even'), [Fraction(-1, 1), Fraction(1, 1)])
    """
    scan = _Scanner(text, 1 if text.startswith("\ufeff") else 0)
    for words in (("NFG",), ("1",), ("R", "D")):
        scan.take("word", "a header that begins `NFG 1 R`", words)
    title = scan.take("text", "the title in quotes")
    players = scan.names("a player's name in quotes")
    if len(players) > MOST_PLAYERS:
        scan.refuse(f"at most {MOST_PLAYERS} players", f"{len(players)}")
    shape, names = _strategies(scan, len(players))
    scan.accept("text")  # the comment
    outcomes = scan.accept("mark", ("{",)) is not None
    count = len(shape) * math.prod(shape)
    body = _outcomes(scan, shape) if outcomes else scan.rest(count, "a payoff", exact_number)
    # Player 1 changes fastest: the axes are the players' in reverse, and payoffs come last.
    tensor = body.reshape(*reversed(shape), len(shape)).T
    lists = [_distinct(own, "") for own in names]
    return FiniteGame(tensor, _distinct(players, "player "), lists, title=title)


def to_nfg(game: FiniteGame, version: Literal["payoff", "outcome"] = "payoff") -> str:
    """Return the text of a .nfg file.

    The outcome version lists payoffs that occur several times once: shorter where few differ.
    Floats are written as the shortest decimals that give them back; `from_nfg` reads the
    fractions that those decimals are, and `to_floats` of that returns the same floats.

    Raises
    ------
    InvalidInputError
        If there is no such version.

    Examples
    --------
    >>> game = FiniteGame([[[1, 0]], [[0, 0.5]]], ["A", "B"], [["x"], ["l", "r"]])
    >>> to_nfg(game).split()[:8], to_nfg(game).split()[-4:]
    (['NFG', '1', 'R', '""', '{', '"A"', '"B"', '}'], ['1', '0', '0', '0.5'])
    """
    if version not in ("payoff", "outcome"):
        raise InvalidInputError(f"`version` must be payoff or outcome, got {version!r}")
    rows = (
        tuple(numeral(v).removesuffix(".0") for v in row)
        for row in game.tensor.T.reshape(-1, len(game.players))
    )
    body = _by_outcome(rows) if version == "outcome" else "\n".join(map(" ".join, rows))
    lists = "\n  ".join(_quoted(own) for own in game.strategies)
    header = f"NFG 1 R {_quote(game.title)} {_quoted(game.players)}"
    return f"{header}\n{{ {lists} }}\n\n{body}\n"


def _by_outcome(rows: Iterable[tuple[str, ...]]) -> str:
    """Return the outcomes, numbered from 1 as they first occur, and each profile's number."""
    number: dict[tuple[str, ...], int] = {}
    chosen = " ".join([str(number.setdefault(row, len(number) + 1)) for row in rows])
    outcomes = "\n".join(f'{{ "" {", ".join(row)} }}' for row in number)
    return f"{{\n{outcomes}\n}}\n{chosen}"


@dataclass(slots=True)
class _Scanner:
    """A text and the place from which to read on; `line` of it goes into every error."""

    text: str
    at: int

    def refuse(self, wanted: str, found: str | None = None) -> NoReturn:
        """Raise an error: what should stand here, and what does."""
        here = self.text[self.at : self.at + 40].split(maxsplit=1)
        self.fail(f"expected {wanted}, got {found or (here and repr(here[0])) or END}")

    def fail(self, message: str) -> NoReturn:
        """Raise an error that begins with the line."""
        raise InvalidInputError(f"line {self.text.count(NEWLINE, 0, self.at) + 1}: {message}")

    def accept(self, kind: str, only: Sequence[str] = ()) -> str | None:
        """Take the next token where it is of this kind, and one of those allowed if any are."""
        self.at = BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        found = TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup != kind or (only and found[kind] not in only):
            return None
        self.at = found.end()
        return re.sub(r'\\(["\\])', r"\1", found[kind]) if kind == "text" else found[kind]

    def take(self, kind: str, wanted: str, only: Sequence[str] = ()) -> str:
        """Take the next token, or say what should have stood there."""
        content = self.accept(kind, only)
        return self.refuse(wanted) if content is None else content

    def names(self, wanted: str) -> list[str]:
        """Take names in braces, one at least."""
        self.take("mark", "`{`", ("{",))
        names = [self.take("text", wanted)]
        while self.accept("mark", ("}",)) is None:
            names.append(self.take("text", f"{wanted}, or `}}`"))
        return names

    def rest(self, count: int, what: str, read: Callable[[str], Fraction | int]) -> Tensor:
        """Take the numbers that end the file."""
        tokens = self.text[self.at :].split()
        values: dict[str, Fraction | int] = {}
        for token in dict.fromkeys(tokens):
            try:
                values[token] = read(token)
            except InvalidInputError as error:
                self._go(tokens.index(token))
                self.fail(str(error))
        if len(tokens) > count:
            self._go(count)
            self.refuse(f"the end of the file after {count} times {what}")
        if len(tokens) < count:
            self.at = len(self.text.rstrip())
            self.refuse(f"{count} times {what}", f"{len(tokens)}")
        return np.fromiter((values[token] for token in tokens), dtype=object, count=count)

    def _go(self, index: int) -> None:
        """Go to a token of the body: words are what `split` makes."""
        words = re.finditer(r"\S+", self.text[self.at :])
        start = next(word.start() for n, word in enumerate(words) if n == index)
        self.at += start


def _strategies(scan: _Scanner, size: int) -> tuple[tuple[int, ...], list[list[str]]]:
    """Take how many strategies there are; and their names, empty where there are only counts."""
    scan.take("mark", "`{`", ("{",))
    start = scan.at
    listed = scan.accept("mark", ("{",)) is not None
    scan.at = start
    names, shape = [], []
    for _ in range(size):
        if listed:
            names.append(scan.names("a strategy's name in quotes"))
            shape.append(len(names[-1]))
        else:
            count = scan.accept("word")
            if count is None or not re.fullmatch("0*[1-9][0-9]{0,8}", count):
                scan.at -= len(count or "")
                scan.refuse(f"the numbers of strategies of {size} players, 1 or more")
            shape.append(int(count))
    scan.take("mark", f"`}}` after the strategies of {size} players", ("}",))
    return tuple(shape), names


def _outcomes(scan: _Scanner, shape: tuple[int, ...]) -> Tensor:
    """Take outcomes, whose brace is open, and the number of one for each profile."""
    table = [[Fraction(0)] * len(shape)]
    while scan.accept("mark", ("{",)):
        scan.take("text", "the outcome's name in quotes")
        table.append([])
        for _ in shape:
            word = scan.take("word", f"{len(shape)} payoffs in the outcome")
            try:
                table[-1].append(exact_number(word))
            except InvalidInputError as error:
                scan.at -= len(word)
                scan.fail(str(error))
            scan.accept("mark", (",",))
        scan.take("mark", f"`}}` after the outcome's {len(shape)} payoffs", ("}",))
    scan.take("mark", "an outcome in braces, or `}`", ("}",))

    def number(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) >= len(table):
            raise InvalidInputError(
                f"an outcome's number must be from 0 to {len(table) - 1}, got {text!r:.40}"
            )
        return int(text)

    chosen = scan.rest(math.prod(shape), "an outcome's number", number).astype(int)
    values = np.empty((len(table), len(shape)), dtype=object)
    values[:] = table
    return values[chosen]


def _distinct(labels: Sequence[str], default: str) -> list[str]:
    """Give empty labels their default, and number those that occur more than once."""
    filled = [label or f"{default}{n + 1}" for n, label in enumerate(labels)]
    times, used = Counter(filled), set(filled)
    numbers: dict[str, Iterator[int]] = {label: itertools.count(1) for label in times}
    for n, label in enumerate(filled):
        if times[label] > 1:
            fresh = (f"{label}_{k}" for k in numbers[label])
            filled[n] = next(name for name in fresh if name not in used)
            used.add(filled[n])
    return filled


def _quoted(names: Sequence[str]) -> str:
    return f"{{ {' '.join(map(_quote, names))} }}"


def _quote(name: str) -> str:
    # A backslash before an ordinary letter stands for itself: every reader understands that.
    return '"' + re.sub(r'("|\\(?=["\\]|\Z))', r"\\\1", name) + '"'
