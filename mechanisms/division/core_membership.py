"""Whether an allocation is in the core, with the coalition that gains most by leaving.

x is in the core if v(S) ≤ x(S) for all S, and x(N) = v(N) (Gillies 1959). All 2^N coalitions are
looked at, in floats: "checked".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import positive
from coopetition.mechanisms.division.excesses import TOL, excesses
from coopetition.mechanisms.division.result import vector
from coopetition.mechanisms.division.table import coalition, finite_table, sums


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoreCheck:
    """Whether an allocation is in the core, and the coalition with the largest excess.

    The largest that counts, if any does; `leaves` says whether it does. An allocation of more than
    there is may lie outside although nobody gains by leaving.
    """

    inside: bool
    leaves: bool
    excess: float
    coalition: tuple[int, ...]
    note: str

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        return {
            "inside": self.inside,
            "leaves": self.leaves,
            "excess": self.excess,
            "coalition": list(self.coalition),
            "note": self.note,
        }

    def __str__(self) -> str:
        """Say it in one line."""
        verdict = "in the core" if self.inside else "not in the core"
        return f"{verdict} (checked): {self.note}"


def core_check(values: ArrayLike, allocation: ArrayLike, *, tol: float = TOL) -> CoreCheck:
    """Look for the coalition that gains most by leaving an allocation.

    Parameters
    ----------
    allocation : shape (N,)
        Amounts; their sum should be v(N) − v(∅).
    tol : float
        Of an excess that counts, relative to the coalition's own amounts: what it has and what its
        members are given, both beyond what these have alone; with some room for rounding.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or there is not one finite amount per player.

    Examples
    --------
    >>> print(core_check([0, 0, 0, 1, 0, 1, 0, 1], [0.5, 0.5, 0.0]))
    not in the core (checked): players [0, 2] have 0.5 and would have 1 alone
    """
    table, players = finite_table(values)
    x = vector("allocation", allocation, players)
    positive("tol", tol, zero=True)
    table = table - table[0]
    limit = tol * own_amounts(table, x)
    excess = excesses(table, x)
    over = -float(excess[-1])
    excess[0] = -np.inf
    leaves = excess > limit
    mask = int(np.argmax(np.where(leaves, excess, -np.inf) if leaves.any() else excess))
    worst, who = float(excess[mask]), coalition(mask)
    has, alone = float(x[list(who)].sum()), float(table[mask])
    if over > limit[-1]:
        note = f"the amounts sum to {over:.6g} more than there is"
    elif leaves.any():
        note = f"players {list(who)} have {has:.6g} and would have {alone:.6g} alone"
    else:
        note = f"no coalition gains more than {max(worst, 0.0):.2g} by leaving"
    return CoreCheck(
        inside=bool(over <= limit[-1] and not leaves.any()),
        leaves=bool(leaves.any()),
        excess=worst,
        coalition=who,
        note=note,
    )


def own_amounts(table: Array, allocation: Array) -> Array:
    """Return the unit of each coalition's excess: its own amounts, whatever others have.

    Both v(S) and x(S) count beyond what the members have alone, which moves no excess; and for
    rounding 1e-5 of them as they are, and 1e-6 of the largest |v|, of which amounts are shares.
    """
    alone = table[1 << np.arange(allocation.size)]
    beyond = np.abs(table - sums(alone)) + sums(np.abs(allocation - alone))
    rounded = 1e-5 * (np.abs(table) + sums(np.abs(allocation))) + 1e-6 * np.abs(table).max()
    return np.asarray(beyond + rounded)
