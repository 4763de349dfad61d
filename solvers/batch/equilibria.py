"""`solve_many`: the equilibria of thousands of rounds that differ in their numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.base import Game
from coopetition.games.certificate import certify
from coopetition.games.errors import CoopetitionError
from coopetition.games.tolerance import checked_tolerance, share_of
from coopetition.output.columns import ManyCells
from coopetition.solvers.aggregate.aggregate import eliminate
from coopetition.solvers.batch.newton import solve_forms
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import RowTable, chunks, refused
from coopetition.solvers.choose import solve
from coopetition.solvers.equilibrium import Status


class RowStatus(Enum):
    """How a row ended; the value is a sentence for the user."""

    TOGETHER = "solved with all others: the certificate holds"
    ALONE = "solved one by one by `solve`: the certificate holds"
    NOT_CERTIFIED = "solved one by one by `solve`: the certificate does not hold"
    NO_PURE_EQUILIBRIUM = "solved one by one by `solve`: no pure equilibrium found"
    FAILED = "not solved: `failed` says why"

    @property
    def word(self) -> str:
        """What JSON and tables call it, such as `not-certified`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch(ManyCells):
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

    title = "Equilibria"

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

    def columns(self) -> dict[str, Array]:
        """Return the columns by name: of shape (B,) or (B, N)."""
        return {
            "contribution": self.profiles,
            "payoff": self.payoffs,
            "regret": self.regret,
            "tolerance": self.tolerance,
            "effective_data": self.effective_data,
            "gain": self.gain,
            "welfare": self.welfare,
            "unique": self.unique,
            "status": np.array([status.word for status in self.status]),
        }

    def reasons(self) -> dict[str, Any]:
        """Return what was said of rows solved alone, and why rows failed."""
        return {"notes": dict(self.notes), "failed": dict(self.failed)}

    def __str__(self) -> str:
        """Say how many rows ended how."""
        counts = {status: self.status.count(status) for status in RowStatus}
        lines = [f"{count}: {status.value}" for status, count in counts.items() if count]
        worst = self.regret[self.success].max(initial=0.0)
        return "\n".join([*lines, f"largest regret of a certified row {worst:.3g}"])


def empty(table: RowTable, wide: Iterable[str], narrow: Iterable[str], flag: str) -> dict[str, Any]:
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


WIDE = ("profiles", "payoffs", "regret", "tolerance")  # one number per organization


def solve_many(
    game: object, changes: Mapping[str, ArrayLike], *, alone: bool = True, tol: float | None = None
) -> Batch:
    """Find the equilibria of B rounds, each the given one with some numbers changed.

    All rows are solved together, without a loop over them, and each is certified. A row's answer
    has the same bits alone and among thousands. Rows that need more (a negative weight where 0 is
    not dominant) go to `solve` one by one, which their `status` says.

    Parameters
    ----------
    game : CoopetitionRound
    changes : field to array with a leading axis of B rows
        `local_data`, `max_contribution`, `value`, `unit_cost`, `quadratic_cost`, `fixed_cost`,
        `quality`, `skew`, and a separable rule's own part `transfer_slope`, `transfer_bend`:
        shape (B,), one number for all organizations of a row, or (B, N). `damage`, `rivalry`:
        (B,), one number for every pair, or (B, N, N). `personal_weight` and the gain's parameters,
        `gain.ceiling`, `gain.scale`, `gain.exponent`, `gain.offset` as far as it has them: (B,).
    alone : bool
        False: rows that need more than all others are not solved, and reported in `failed`.
    tol : payoff units
        For the certificates; default 1e-9 of what each can move itself.

    Returns
    -------
    Batch
        A row with bad numbers is reported in `failed`, the others are solved.

    Raises
    ------
    InvalidInputError
        If a field is unknown, has a wrong shape, or holds no numbers.
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> found = solve_many(game, {"damage": [0.0, 0.08, float("nan")]})
    >>> found.profiles[:2, 0].round(2).tolist()
    [552.16, 270.51]
    >>> found.failed[2]
    'row 2: `damage` must be finite and at least 0, got nan'
    """
    table = RowTable.of(game, changes)
    checked_tolerance(tol)
    return solve_table(table, refused(table), tol, alone)


def solve_table(
    table: RowTable, refusals: Mapping[int, str], tol: float | None, alone: bool
) -> Batch:
    """Solve a table whose bad rows are known."""
    failed, notes = dict(refusals), dict[int, str]()
    found = empty(table, WIDE, ("effective_data", "gain", "welfare"), "unique")
    status = [RowStatus.TOGETHER] * table.size
    todo: list[int] = []
    with np.errstate(all="ignore"):
        for rows in chunks(table, failed):
            todo += _together(table, rows, found, tol)
    for row in todo:
        if not alone:
            failed[row] = f"row {row}: needs `solve`, one by one"
            continue
        try:
            status[row], notes[row] = _alone(table, row, found, tol)
        except CoopetitionError as error:
            failed[row] = f"row {row}: {error}"
    for row in failed:
        status[row] = RowStatus.FAILED
    return Batch(
        players=table.game.players,
        status=tuple(status),
        notes=MappingProxyType(notes),
        **closed(found, failed),
    )


def _alone(
    table: RowTable, row: int, found: dict[str, Any], tol: float | None
) -> tuple[RowStatus, str]:
    """Solve one row by `solve`; return how it ended and what `solve` says."""
    round_ = table.round(row)
    one = solve(table.playable(row), tol=tol)
    payoffs, omega = round_.payoffs(one.profile), round_.form.aggregate(one.profile)
    columns = {
        "profiles": one.profile,
        "payoffs": payoffs,
        "effective_data": omega,
        "gain": round_.gain.value(omega),
        "welfare": payoffs.sum(),
        "regret": one.certificate.regret,
        "tolerance": one.certificate.tolerance,
        "unique": bool(one.unique),
    }
    for name, value in columns.items():
        found[name][row] = value
    ends = {
        Status.CONVERGED: RowStatus.ALONE,
        Status.NO_PURE_EQUILIBRIUM: RowStatus.NO_PURE_EQUILIBRIUM,
    }
    return ends.get(one.status, RowStatus.NOT_CERTIFIED), one.reason


def _together(
    table: RowTable, rows: slice | Index, answers: dict[str, Any], tol: float | None
) -> list[int]:
    """Solve some rows at once; return those that must be solved alone."""
    rounds = Rounds.of(table, rows)
    form, _ = eliminate(rounds.form)
    left = np.zeros(form.base.size, dtype=bool)
    if not form.concave:
        left |= ((form.weight < 0) & (form.upper > 0)).any(axis=-1)
    filled = solve_forms(form, left)
    x = filled.profile
    payoffs = rounds.payoffs(x)
    answers["profiles"][rows], answers["payoffs"][rows] = x, payoffs
    answers["effective_data"][rows] = omega = form.aggregate(x)
    answers["gain"][rows] = form.gain.value(omega)
    answers["welfare"][rows] = payoffs.sum(axis=-1)
    regret = form.regret(x)  # no bound for rows `left`, which are solved alone
    tolerance = share_of(rounds.form.reach(x)) if tol is None else np.full_like(regret, tol)
    answers["regret"][rows], answers["tolerance"][rows] = regret, tolerance
    answers["unique"][rows] = filled.unique
    index = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
    todo = set(index[filled.open].tolist())
    good = ((regret <= tolerance) & (regret < np.inf)).all(axis=-1)
    for row in index[~filled.open & ~good].tolist():
        if row not in todo and not _certified(table.playable(row), row, answers, tol):
            todo.add(row)
    return sorted(todo)


def _certified(game: Game, row: int, answers: dict[str, Any], tol: float | None) -> bool:
    """Certify one row by best responses, where the concavity bound was too coarse."""
    if not np.isfinite(answers["profiles"][row]).all():
        return False
    found = certify(game, answers["profiles"][row], tol=tol)
    answers["regret"][row], answers["tolerance"][row] = found.regret, found.tolerance
    return found.holds
