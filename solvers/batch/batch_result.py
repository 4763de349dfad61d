"""What `solve_many` returns, and arrays while they are filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.solvers.batch.row_table import Table


class RowStatus(Enum):
    """How a row ended; the value is a sentence for the user."""

    TOGETHER = "solved with all others: the certificate holds"
    ALONE = "solved one by one by `solve`: the certificate holds"
    NOT_CERTIFIED = "solved one by one by `solve`: the certificate does not hold"
    NO_PURE_EQUILIBRIUM = "solved one by one by `solve`: no pure equilibrium found"
    FAILED = "not solved: `failed` says why"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Equilibria of B rounds among N organizations.

    Attributes
    ----------
    profiles, payoffs : shape (B, N)
        Payoffs are the rounds' own, without transfers.
    effective_data, gain, welfare : shape (B,)
        Ω, P(Ω), and the sum of payoffs.
    regret, tolerance : shape (B, N)
        What each organization can gain at most by changing its contribution (the own part of a
        rule counted in), and how much of it still counts as an equilibrium.
    unique : shape (B,)
        Whether theory says that the row has no other equilibrium; False also where it is silent.
    status : B values of `RowStatus`
    notes : row to sentence
        What `solve` had to say of a row that it solved alone.
    failed : row to sentence
        Rows that are no games; NaN stands in their place everywhere.
    """

    players: tuple[str, ...]
    profiles: Array
    payoffs: Array
    effective_data: Array
    gain: Array
    welfare: Array
    regret: Array
    tolerance: Array
    unique: Mask
    status: tuple[RowStatus, ...]
    notes: Mapping[int, str]
    failed: Mapping[int, str]

    @property
    def success(self) -> Mask:
        """Whether each row's certificate holds, shape (B,); never for NaN."""
        return np.asarray(((self.regret <= self.tolerance) & np.isfinite(self.regret)).all(axis=1))

    def __str__(self) -> str:
        """Say how many rows ended how."""
        counts = {status: self.status.count(status) for status in RowStatus}
        lines = [f"{count}: {status.value}" for status, count in counts.items() if count]
        worst = self.regret[self.success].max(initial=0.0)
        return "\n".join([*lines, f"largest regret of a certified row {worst:.3g}"])


def empty(table: Table, wide: Iterable[str], narrow: Iterable[str], flag: str) -> dict[str, Any]:
    """Return arrays of NaN, (B, N) and (B,), and one of False."""
    shape = (table.size, len(table.game.players))
    found: dict[str, Any] = {name: np.full(shape, np.nan) for name in wide}
    found |= {name: np.full(table.size, np.nan) for name in narrow}
    return found | {flag: np.zeros(table.size, dtype=bool)}


def closed(found: dict[str, Any], failed: Mapping[int, str]) -> dict[str, Any]:
    """Put NaN and False where rows failed, and leave the arrays to be read only."""
    for array in found.values():
        array[list(failed)] = False if array.dtype == bool else np.nan
        array.flags.writeable = False
    return found | {"failed": MappingProxyType(dict(sorted(failed.items())))}
