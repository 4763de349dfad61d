"""A search of one or two numbers of a rule: a grid of their ranges, then around its best points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count, product

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.output.progress import Progress, silent
from coopetition.studies.scenario.mechanism_table import MechanismSettings

POINTS = {1: 41, 2: 13}  # of the grid on each axis
PEAKS = 3  # of the grid that are looked at closely
EVALUATIONS = 40  # around each
NUMBERS = ("rate", "alpha")  # of rules of the catalogue
PREFIX = "mechanism."
GridPoint = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SearchRange:
    """A number and where it is searched: `mechanism.rate`, `mechanism.settings.NAME`."""

    name: str
    low: float
    high: float

    def grid(self, count: int) -> Array:
        """Return values from one end to the other; in equal ratios across two decades and more."""
        if self.low > 0 and self.high >= 100 * self.low:
            return np.geomspace(self.low, self.high, count)
        return np.linspace(self.low, self.high, count)


def read_range(text: str) -> SearchRange:
    """Read `PATH=LOW:HIGH`.

    Examples
    --------
    >>> read_range("mechanism.settings.rate=0:0.1")
    SearchRange(name='mechanism.settings.rate', low=0.0, high=0.1)
    """
    name, _, said = (part.strip() for part in text.partition("="))
    ends = said.split(":")
    try:
        low, high = (float(end) for end in ends)
    except ValueError:
        low = high = np.nan
    settings = name.startswith(f"{PREFIX}settings.") and name.count(".") == 2
    if not (settings or name in [PREFIX + key for key in NUMBERS]) or not (
        np.isfinite([low, high]).all() and low < high
    ):
        raise InvalidInputError(
            "what is tuned must be mechanism.rate=LOW:HIGH, mechanism.alpha=LOW:HIGH or "
            f"mechanism.settings.NAME=LOW:HIGH with finite LOW < HIGH, got {text!r:.60}"
        )
    return SearchRange(name, low, high)


def check_ranges(settings: MechanismSettings, ranges: Sequence[SearchRange]) -> None:
    """Refuse numbers that the rule does not have, or more than two."""
    if not 1 <= len(ranges) <= 2 or len({one.name for one in ranges}) < len(ranges):
        raise InvalidInputError("one or two different numbers are tuned, not more")
    with_numbers(settings, ranges, [one.low for one in ranges])


def with_numbers(
    settings: MechanismSettings, ranges: Sequence[SearchRange], point: Sequence[float]
) -> MechanismSettings:
    """Return a mechanism with other numbers."""
    own: dict[str, float] = {}
    for one, value in zip(ranges, point, strict=True):
        key = one.name.removeprefix(PREFIX)
        if key.startswith("settings."):
            own[key.removeprefix("settings.")] = float(value)
        elif key not in settings.entry.parameters:
            raise InvalidInputError(f"the rule {settings.rule} takes no `{key}`")
        else:
            settings = replace(settings, **{key: float(value)})  # type: ignore[arg-type]
    return settings.with_settings(**own) if own else settings


def search(
    loss: Callable[[GridPoint], float], ranges: Sequence[SearchRange], progress: Progress = silent
) -> None:
    """Ask for the loss at a grid, and around the best points that are no neighbors there.

    What was asked is the answer: `loss` keeps it. Infinite losses lead nowhere.
    """
    from scipy.optimize import minimize

    axes = [one.grid(POINTS[len(ranges)]) for one in ranges]
    grid = [tuple(float(value) for value in point) for point in product(*axes)]
    found = {}
    for k, point in enumerate(grid):
        progress("trying a grid", k, len(grid))
        found[point] = loss(point)
    starts = _apart(sorted(grid, key=lambda point: found[point]), found, axes)
    tried = count()

    def asked(x: Array) -> float:
        progress("trying around its best points", next(tried), EVALUATIONS * len(starts))
        return loss(tuple(x.tolist()))

    for start in starts:
        simplex = np.repeat(np.array([start]), len(start) + 1, axis=0)
        for n, (axis, one) in enumerate(zip(axes, ranges, strict=True)):
            step = _step(axis, start[n])
            simplex[n + 1, n] += step if start[n] + step <= one.high else -step
        minimize(
            asked,
            np.array(start),
            method="Nelder-Mead",
            bounds=[(one.low, one.high) for one in ranges],
            options={"maxfev": EVALUATIONS, "initial_simplex": simplex, "xatol": 0, "fatol": 0},
        )


def _apart(
    grid: list[GridPoint], found: dict[GridPoint, float], axes: list[Array]
) -> list[GridPoint]:
    """Return the best points of a sorted grid that are no neighbors of better ones."""
    chosen: list[GridPoint] = []
    for point in grid:
        near = [
            all(
                abs(a - b) <= 1.5 * _step(axis, b)
                for a, b, axis in zip(point, other, axes, strict=True)
            )
            for other in chosen
        ]
        if np.isfinite(found[point]) and not any(near):
            chosen.append(point)
        if len(chosen) == PEAKS:
            break
    return chosen


def _step(axis: Array, at: float) -> float:
    """Return the distance to the next point of the grid."""
    k = int(np.abs(axis - at).argmin())
    return float(axis[k + 1] - axis[k] if k + 1 < axis.size else axis[k] - axis[k - 1])
