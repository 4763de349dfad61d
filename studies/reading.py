"""Reading tables strictly: every key known, every value of its type, every error one sentence."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coopetition.games.errors import InvalidInputError

MISSING = object()


@dataclass(slots=True)
class Table:
    """A table of a scenario file that remembers where it stands and which keys were read."""

    content: Mapping[str, Any]
    where: str
    known: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, content: Any, where: str) -> "Table":
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
            close = difflib.get_close_matches(key, self.content, 1)
            hint = f" (found `{close[0]}`)" if close else ""
            raise InvalidInputError(f"{self.where} needs the key `{key}`{hint}")
        return default

    def number(self, key: str, default: Any = MISSING, *, whole: bool = False) -> Any:
        """Return a finite number, never a boolean; `whole` asks for an integer."""
        value = self.take(key, default)
        if value is default:
            return value
        kinds = int if whole else (int, float)
        try:
            good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        except OverflowError:
            good = False
        if not good:
            rule = "an integer" if whole else "a finite number"
            raise InvalidInputError(f"{self.where}: `{key}` must be {rule}, got {value!r:.60}")
        return value if whole else float(value)

    def text(self, key: str, default: Any = MISSING) -> Any:
        """Return a non-empty string."""
        value = self.take(key, default)
        if value is default:
            return value
        if not isinstance(value, str) or not value.strip():
            raise InvalidInputError(f"{self.where}: `{key}` must be a text, got {value!r:.60}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return a boolean."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise InvalidInputError(f"{self.where}: `{key}` must be true or false, got {value!r}")
        return value

    def choice(self, key: str, options: Iterable[str], default: Any = MISSING) -> str:
        """Return one of some words."""
        value = self.text(key, default)
        known = list(options)
        if value not in known:
            close = difflib.get_close_matches(value, known, 1)
            hint = f": did you mean {close[0]}?" if close else ""
            raise InvalidInputError(
                f"{self.where}: `{key}` must be one of {', '.join(known)}, got {value!r}{hint}"
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

    @property
    def _listed(self) -> str:
        return ", ".join(sorted(self.known))
