"""Reading tables strictly: every key known, every value of its type, every error one sentence."""

import difflib
import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coopetition.games.coopetition.columns import Quantity
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.games.text.words import did_you_mean

MISSING = object()
FINITE = "a finite number"
LIST = "a list of finite numbers"
MATRIX = "a finite number, a matrix of them, or the name of a .csv file"
LARGEST = 1e30  # of any number in a file: products of several stay far from overflow


def wrong_number(value: Any) -> str | None:
    """Return the rule that a value breaks, if it is not a finite number of a sane size."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return FINITE
    if isinstance(value, float) and not math.isfinite(value):
        return FINITE
    return None if abs(value) <= LARGEST else f"at most {LARGEST:g} in size"


def check_range(quantity: Quantity, value: float, where: str) -> None:
    """Refuse a number of an organization that is not in its range.

    Raises
    ------
    InvalidInputError
        Naming the place, the key, the rule and the value.
    """
    if not quantity.allows(value):
        said = f"`{quantity.name}` must be {quantity.range}, got {value:g}"
        raise InvalidInputError(f"{where}: {said}")


@dataclass(slots=True)
class ScenarioTable:
    """A table of a scenario file that remembers where it stands and which keys were read."""

    content: Mapping[str, Any]
    where: str
    known: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, content: Any, where: str) -> "ScenarioTable":
        """Wrap a mapping, refusing anything else."""
        if not isinstance(content, Mapping):
            raise InvalidInputError(f"{where} must be a table, got {content!r:.60}")
        return cls(content, where)

    def take(self, key: str, default: Any = MISSING) -> Any:
        """Return a value as it stands."""
        self.known.add(key)
        if key in self.content:
            return self.content[key]
        if default is MISSING:
            unknown = [str(other) for other in self.content if other not in self.known]
            close = difflib.get_close_matches(key, unknown, 1)
            hint = f" (found `{close[0]}`)" if close else ""
            raise InvalidInputError(f"{self.where} needs the key `{key}`{hint}")
        return default

    def number(self, key: str, default: Any = MISSING) -> Any:
        """Return a finite number as a float, never a boolean."""
        value = self.take(key, default)
        if value is default:
            return value
        self._refuse(key, wrong_number(value), value)
        minus = value == 0 and math.copysign(1.0, value) < 0  # what was rounded was negative
        self._refuse(key, "0 without a minus" if minus else None, value)
        return float(value)

    def whole(self, key: str, default: Any = MISSING, *, least: int = 0) -> Any:
        """Return an integer, never a boolean."""
        value = self.take(key, default)
        if value is default:
            return value
        good = isinstance(value, int) and not isinstance(value, bool)
        self._refuse(key, None if good else "an integer", value)
        self._refuse(key, None if value >= least else f"at least {least}", value)
        return value

    def numbers(self, key: str, default: Any = MISSING, *, depth: int) -> Any:
        """Return a number, or lists of numbers nested at most `depth` times, as floats."""
        value = self.take(key, default)
        rule = (LIST, MATRIX)[depth - 1]

        def floats(part: Any, level: int) -> Any:
            if level and isinstance(part, list):
                return [floats(item, level - 1) for item in part]
            wrong = wrong_number(part)
            self._refuse(key, rule if wrong == FINITE else wrong, part)
            return float(part) + 0.0  # -0 is 0

        return floats(value, depth)

    def text(self, key: str, default: Any = MISSING) -> Any:
        """Return a text of one line that is not empty."""
        value = self.take(key, default)
        if value is default:
            return value
        good = isinstance(value, str) and value.strip()
        self._refuse(key, None if good else "a text that is not empty", value)
        control = any(unicodedata.category(letter) == "Cc" for letter in value)
        self._refuse(key, "a text without control characters" if control else None, value)
        return value

    def name(self, key: str) -> str:
        """Return a name, tidied: texts that differ by unseen letters only name the same."""
        name = tidy(self.text(key))
        self._refuse(key, None if name else "a name that can be seen", self.content[key])
        return name

    def flag(self, key: str, default: bool) -> bool:
        """Return a boolean."""
        value = self.take(key, default)
        self._refuse(key, None if isinstance(value, bool) else "true or false", value)
        return bool(value)

    def choice(self, key: str, options: Iterable[str], default: Any = MISSING) -> str:
        """Return one of some words."""
        value, known = self.take(key, default), list(options)
        if value not in known:
            hint = did_you_mean(str(value), known)
            raise InvalidInputError(
                f"{self.where}: `{key}` must be one of {', '.join(known)}, got {value!r:.60}{hint}"
            )
        return str(value)

    def done(self) -> None:
        """Refuse keys that nobody asked for, suggesting the nearest known one."""
        for key in self.content:
            if key not in self.known:
                close = difflib.get_close_matches(str(key), self.known, 1)
                hint = f": did you mean `{close[0]}`?" if close else ""
                raise InvalidInputError(
                    f"{self.where} has the unknown key `{key}`{hint or f' (known: {self._listed})'}"
                )

    def _refuse(self, key: str, rule: str | None, value: Any) -> None:
        """Raise if a rule is broken: the table, the key, the rule, the value."""
        if rule is not None:
            raise InvalidInputError(f"{self.where}: `{key}` must be {rule}, got {value!r:.60}")

    @property
    def _listed(self) -> str:
        return ", ".join(sorted(self.known))
