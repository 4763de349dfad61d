"""The numbers of an organization, one row each: what files, rounds, batches, sweeps and pages read.

A new number is a row here, and a field and a formula in `round.py`. Formulas that do not know it
refuse rounds in which it says something (`refuse_beyond`): derivatives, batches,
proofs. Sweeps then solve cell by cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from coopetition.games.arrays import Array, Mask

LARGEST = 1e30  # of any number, so that no product of two overflows


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that a scenario says.

    Parameters
    ----------
    name
        In files and in Python.
    label, symbol, unit
        What people call it, what formulas call it, and in what it is measured.
    default
        Where a scenario leaves it out; None if it may not.
    meaning
        One sentence.
    least, most
        Its range, both included.
    above
        Whether `least` is not allowed itself.
    divided
        Whether an organization that takes part as two has a share of it in each.

    Examples
    --------
    >>> COLUMNS["quality"].range, COLUMNS["quality"].allows(np.array([0.0, 1.0])).tolist()
    ('in (0, 1]', [False, True])
    """

    name: str
    label: str
    symbol: str
    unit: str
    default: float | None
    meaning: str
    least: float = 0.0
    most: float = LARGEST
    above: bool = False
    divided: bool = False

    @property
    def range(self) -> str:
        """What must hold, in words."""
        if self.most < LARGEST:
            return f"in {'[('[self.above]}{self.least:g}, {self.most:g}]"
        if self.least <= -LARGEST:
            return "finite"
        return "finite and positive" if self.above else f"finite and at least {self.least:g}"

    def allows(self, values: Array | float) -> Mask:
        """Say which values are in the range; NaN is not."""
        low = values > self.least if self.above else values >= self.least
        return np.asarray(low & (values <= self.most))


_ROWS = (
    Quantity("local_data", "local data", "D", "samples", None,
             "Real samples that the organization has.", divided=True),
    Quantity("max_contribution", "largest contribution", "X", "samples", None,
             "The most synthetic samples that it can contribute in one round.", divided=True),
    Quantity("value", "value", "p", "currency per unit of gain", None,
             "What one unit of the model's gain is worth to it.", divided=True),
    Quantity("unit_cost", "unit cost", "a", "currency per sample", None,
             "What the first sample that it contributes costs."),
    Quantity("quadratic_cost", "quadratic cost", "b", "currency per sample²", 0.0,
             "How fast samples become dearer: x of them cost a·x + b·x²/2."),
    Quantity("fixed_cost", "fixed cost", "c0", "currency", 0.0,
             "What taking part costs, whatever it contributes.", divided=True),
    Quantity("quality", "quality", "q", "real samples per synthetic one", 1.0,
             "How many real samples one of its synthetic ones is worth to the model.",
             most=1.0, above=True),
    Quantity("skew", "skew", "δ", "L1 distance", 0.0,
             "How far its labels' distribution is from the coalition's.", most=2.0),
)  # fmt: skip
COLUMNS: Mapping[str, Quantity] = MappingProxyType({row.name: row for row in _ROWS})
MONEY = tuple(row.name for row in _ROWS if row.unit.startswith("currency"))
