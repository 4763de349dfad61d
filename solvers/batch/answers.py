"""What `solve_many` returns, and how its arrays are filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.solvers.batch.table import Table
from coopetition.solvers.choose import solve
from coopetition.solvers.equilibrium import Status

WIDE = ("profiles", "payoffs", "regret", "tolerance")  # one number an organization


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


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The arrays of a `Batch` while they are filled."""

    profiles: Array
    payoffs: Array
    effective_data: Array
    gain: Array
    welfare: Array
    regret: Array
    tolerance: Array
    unique: Mask
    status: list[RowStatus]

    @classmethod
    def empty(cls, table: Table) -> "Answers":
        """Fill everything with NaN."""
        wide = (table.size, len(table.game.players))
        return cls(
            unique=np.zeros(table.size, dtype=bool),
            status=[RowStatus.TOGETHER] * table.size,
            **{name: np.full(wide, np.nan) for name in WIDE},
            **{name: np.full(table.size, np.nan) for name in ("effective_data", "gain", "welfare")},
        )

    def alone(self, table: Table, row: int, tol: float | None) -> str:
        """Solve one row by `solve` and return what it says."""
        round_, game = table.round(row), table.playable(row)
        found = solve(game, tol=tol)
        self.profiles[row] = found.profile
        self.payoffs[row] = round_.payoffs(found.profile)
        self.effective_data[row] = round_.form.aggregate(found.profile)
        self.gain[row] = round_.gain.value(self.effective_data[row])
        self.welfare[row] = self.payoffs[row].sum()
        self.regret[row] = found.certificate.regret
        self.tolerance[row] = found.certificate.tolerance
        self.unique[row] = bool(found.unique)
        ends = {
            Status.CONVERGED: RowStatus.ALONE,
            Status.NO_PURE_EQUILIBRIUM: RowStatus.NO_PURE_EQUILIBRIUM,
        }
        self.status[row] = ends.get(found.status, RowStatus.NOT_CERTIFIED)
        return found.reason

    def batch(self, table: Table, notes: dict[int, str], failed: dict[int, str]) -> Batch:
        """Freeze the answers."""
        names = [name for name in self.__slots__ if name != "status"]
        for row in failed:
            for name in names:
                getattr(self, name)[row] = False if name == "unique" else np.nan
        for name in names:
            getattr(self, name).flags.writeable = False
        return Batch(
            players=table.game.players,
            status=tuple(self.status),
            notes=MappingProxyType(notes),
            failed=MappingProxyType(dict(sorted(failed.items()))),
            **{name: getattr(self, name) for name in names},
        )
