"""What a user writes to vary a field: `competition.damage=0:0.3:31`, and the values it means.

`competition.damage*=0:2:21` multiplies what stands there, be it a number, a list or a matrix.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.errors import InvalidInputError

Value = int | float | bool | str
FORMS = "START:STOP:COUNT, START:STOP:COUNT:log or values with commas between them"


@dataclass(frozen=True, slots=True)
class Axis:
    """A field that is varied: its dotted path, and its values in order, or factors of it."""

    path: str
    values: tuple[Value, ...]
    factor: bool = False

    @property
    def name(self) -> str:
        """What tables call it: a star marks a factor."""
        return self.path + "*" * self.factor

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)


def read_axis(text: str) -> Axis:
    """Read `PATH=VALUES`, or `PATH*=FACTORS`.

    VALUES is START:STOP:COUNT, both ends included, in equal steps, or in equal ratios with `:log`
    behind or `log:` before it; or numbers, words, true and false with commas between them.

    Raises
    ------
    InvalidInputError
        Saying which form is right.

    Examples
    --------
    >>> read_axis("competition.damage=0:0.3:4").values
    (0.0, 0.1, 0.2, 0.3)
    >>> read_axis("mechanism.rate=0.001:0.1:3:log").values
    (0.001, 0.01, 0.1)
    >>> read_axis("oracle.rounds=2:10:3").values, read_axis("mechanism.rule=none,walker").values
    ((2, 6, 10), ('none', 'walker'))
    >>> read_axis("competition.damage*=0:2:3")
    Axis(path='competition.damage', values=(0, 1, 2), factor=True)
    """
    path, equal, said = (part.strip() for part in text.partition("="))
    if path.endswith("*") and not path.endswith(".*"):
        factors = replace(read_axis(f"{path[:-1].strip()}={said}"), factor=True)
        if not factors.numeric:
            raise InvalidInputError(
                f"the factors of {factors.path} must be numbers, got {said:.60}"
            )
        return factors
    if not (path and equal and said):
        raise InvalidInputError(
            f"a varied field must be PATH=VALUES, such as competition.damage=0:0.3:31, "
            f"got {text!r:.60}"
        )
    if ":" in said and "," not in said:
        return Axis(path, _range(path, said))
    values = tuple(_value(path, part.strip()) for part in said.split(","))
    for value in values:
        if values.count(value) > 1:
            raise InvalidInputError(f"the values of {path} must differ, {value!r} stands twice")
    return Axis(path, values)


def _value(path: str, text: str) -> Value:
    if not text:
        raise InvalidInputError(f"a value of {path} is missing: write {FORMS}")
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _range(path: str, text: str) -> tuple[Value, ...]:
    parts = text.split(":")
    log = "log" in (parts[0], parts[-1])
    if log:
        parts.remove("log")
    if len(parts) != 3:
        raise InvalidInputError(f"the values of {path} must be {FORMS}, got {text!r:.60}")
    ends = [_value(path, part.strip()) for part in parts]
    if any(isinstance(end, (bool, str)) or not math.isfinite(end) for end in ends):
        raise InvalidInputError(
            f"START, STOP and COUNT of {path} must be finite numbers, got {text!r:.60}"
        )
    start, stop, count = ends
    if not isinstance(count, int) or not 2 <= count <= 1_000_000 or start == stop:
        raise InvalidInputError(
            f"the values of {path} must be at least 2 from START to another STOP, got {text!r:.60}"
        )
    assert not isinstance(start, str)
    assert not isinstance(stop, str)
    if log and not (start > 0 and stop > 0):
        raise InvalidInputError(f"equal ratios of {path} need positive ends, got {text!r:.60}")
    if log:
        return tuple(np.geomspace(start, stop, count).tolist())
    if isinstance(start, int) and isinstance(stop, int) and (stop - start) % (count - 1) == 0:
        step = (stop - start) // (count - 1)
        return tuple(range(start, stop + (1 if step > 0 else -1), step))
    return tuple(_rounded(value) for value in np.linspace(start, stop, count).tolist())


def _rounded(value: float) -> float:
    """Take off what only rounding added, so that 0.1 · 3 prints as 0.3."""
    return float(f"{value:.15g}")
