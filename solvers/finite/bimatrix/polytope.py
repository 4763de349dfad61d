"""The polytope of best replies: one player's mixtures, and what is best for the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any

from coopetition.solvers.finite.bimatrix.walk import Rows, Tableau

# A mixed strategy: coprime whole numbers, probabilities times their sum.
MixedWeights = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Polytope:
    """{z ≥ 0 : rows z ≤ 1}: z a player's mixture up to scale, one row per strategy of the other.

    The other's payoffs against one fixed strategy j of the mixing player are one column. Taking a
    constant from a column, or multiplying it by a positive number (z_j is divided by it), changes
    neither what is a best reply nor which inequalities are tight together. So each column starts
    at 0 and holds coprime whole numbers: an entry that is large makes only its own column large.

    Inequalities are numbered: j for z_j ≥ 0, n + i for row i. Sets of them are bit masks. A vertex
    other than z = 0 has a tight row, and its tight rows are the other's best replies (von Stengel
    in Nisan et al., Algorithmic Game Theory, 2007, §3.3).

    Attributes
    ----------
    rows : k rows of n whole numbers of at least 0, each column with one that is positive
    units : n positive whole numbers
        Strategy j has the probability units[j] z_j, over their sum.
    """

    rows: Rows
    units: list[int]

    @property
    def size(self) -> int:
        """The number n of strategies that are mixed."""
        return len(self.units)

    @property
    def origin(self) -> int:
        """The inequalities that are tight at z = 0."""
        return (1 << self.size) - 1

    def mixture(self, basis: int) -> MixedWeights:
        """Return the mixture where n inequalities are tight; empty where they are dependent.

        Also empty if a weight would be negative. Whether the other inequalities hold is not asked.
        """
        used = [j for j in range(len(self.units)) if not basis >> j & 1]
        best = members(basis >> len(self.units))
        if not used:
            return ()
        core = [[self.rows[i][j] for j in used] for i in best]
        found = Tableau.at(core, (1 << 2 * len(used)) - (1 << len(used)))
        if found is None:
            return ()
        weights = [0] * len(self.units)
        for variable, row in zip(found.basic, found.rows, strict=True):
            weights[used[variable]] = row[-1] * self.units[used[variable]]
        return coprime(weights) if min(weights) >= 0 and any(weights) else ()


def polytope(lines: Sequence[Sequence[Any]]) -> Polytope:
    """Return the polytope of a player whose strategies are lines of the other's payoffs.

    Payoffs are integers, fractions or floats; a float is the fraction that it is.

    Examples
    --------
    >>> polytope([[3.0, 5.5], [1e9, 0]])
    Polytope(rows=[[0, 1], [1, 0]], units=[400000000, 1])
    """
    columns, above, below = [], [], []
    for line in lines:
        ratios = [value.as_integer_ratio() for value in line]
        unit = lcm(*(d for _, d in ratios))
        whole = [a * (unit // d) for a, d in ratios]
        least = min(whole)
        whole = [a - least for a in whole]
        common = gcd(*whole)
        # All replies are as good: any positive number says so.
        columns.append([a // common for a in whole] if common else [1] * len(whole))
        above.append(unit if common else 1)
        below.append(common or 1)
    together = lcm(*below)
    units = [a * (together // b) for a, b in zip(above, below, strict=True)]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Polytope(rows, list(coprime(units)))


def coprime(values: Sequence[int]) -> MixedWeights:
    """Return whole numbers divided by what they share."""
    common = gcd(*values)
    return tuple(v // common for v in values)


def members(mask: int) -> list[int]:
    """Return the numbers in a bit mask, from the smallest.

    Examples
    --------
    >>> members(0b1101)
    [0, 2, 3]
    """
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
