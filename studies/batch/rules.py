"""Rules under which many rounds are solved at once: those whose own part is linear or quadratic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.competition import Competition, DamageCounts
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import Redistribution, SeparableRule
from coopetition.mechanisms.rules.bilateral import prices_at
from coopetition.mechanisms.rules.redistribution import scaled_to_one
from coopetition.solvers.batch.equilibria import Batch, solve_table
from coopetition.solvers.batch.forms import Rivals
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import (
    KNOWN,
    MATRICES,
    TRANSFERS,
    RowTable,
    chunks,
    refused,
)
from coopetition.solvers.batch.welfare import Welfare

Changes = dict[str, Array]
TOGETHER = ("none", "redistribution", "bilateral-prices")


def all_numbers(table: RowTable) -> Changes:
    """Return what `solve_many` takes as changes, with nothing left out.

    Columns have the shape (B, N), gains and the personal weight (B,), competition (B,) or
    (B, N, N).
    """
    every = slice(0, table.size)
    found = {name: table.column(name, every).T for name in KNOWN}
    found |= {f"gain.{name}": column for name, column in table.curves(every).numbers.items()}
    found["personal_weight"] = table.number("personal_weight", every)
    for name in MATRICES:
        given, own = table.changes.get(name), table.matrices[name]
        if given is None and own is not None:
            given = np.broadcast_to(own, (table.size, *own.shape))
        found[name] = table.rivals(name, every).numbers if given is None else given
    return found


def blank(
    gain: GainCurve,
    size: int,
    base: float = 1.0,
    reach: float = 1.0,
    counts: DamageCounts = "contributions",
) -> CoopetitionRound:
    """Return a round of some size, whose numbers are all to be replaced.

    On the curve from `base` up by `reach`; of a table on all of it if it can be, so that rows need
    no look at where they are on it.
    """
    low, high = gain.domain
    if high < np.inf:
        base, reach = low, high - low
    first = np.where(np.arange(size) == 0, 1.0, 0.0)

    def small(data: float, top: float) -> CoopetitionRound:
        return CoopetitionRound(
            gain=gain,
            local_data=data * first,
            max_contribution=top * first,
            value=1.0,
            counts=counts,
        )

    try:
        return small(base, reach)
    except InvalidInputError:
        return small(base + reach, 0.0)


def picked(array: Array, row: Index, among: Index) -> Array:
    """Return (B,) or (B, N, N) numbers of some rows, among members of shape (rows, members)."""
    if array.ndim == 1:
        return array[row]
    return array[row[:, None, None], among[:, :, None], among[:, None, :]]


@dataclass(frozen=True, slots=True, eq=False)
class RuleOfRows:
    """One of `TOGETHER`; of redistribution a rate, (B,), and intensities, (B,) or (B, N, N).

    `fixed` is one rule for all rows; `known` are rows of which prices are made, where these are not
    the rows in which they are paid.
    """

    name: str = "none"
    balanced: bool = True
    rate: Array | None = None
    intensity: Array | None = None
    sharpen: bool = True
    fixed: SeparableRule | None = None
    known: RowTable | None = None

    @classmethod
    def redistribution(
        cls, numbers: Mapping[str, Array], rate: Array, balanced: bool, intensity: str | Array
    ) -> "RuleOfRows":
        """Redistribute by intensities, or by the rows' own damage or rivalry."""
        if isinstance(intensity, str):
            rivals: Competition = Rivals.of(numbers[intensity], numbers["value"].shape[1])
            if intensity == "rivalry":
                with np.errstate(divide="ignore", invalid="ignore"):  # NaN is refused later
                    rivals = scaled_to_one(rivals)
            assert isinstance(rivals, Rivals)
            intensity = rivals.numbers
        return cls("redistribution", balanced, rate, intensity)

    @property
    def targeted(self) -> bool:
        """Whether the rule is made for the welfare optimum."""
        return self.name == "bilateral-prices" and self.fixed is None

    def among(self, row: Index, members: Index) -> "RuleOfRows":
        """Return the rule made for parts of some rows: redistribution keeps its numbers."""
        if self.rate is None or self.intensity is None:
            return self
        return replace(self, rate=self.rate[row], intensity=picked(self.intensity, row, members))

    def make(self, rounds: Rounds, rows: slice | Index, target: Array) -> SeparableRule:
        """Make the rule of some rows; prices at targets of shape (B, N)."""
        if self.fixed is not None:
            return self.fixed
        rounds = rounds if self.known is None else Rounds.of(self.known, rows)
        if self.rate is None or self.intensity is None:
            effect = Welfare.of(rounds).gradient(target.T).T - rounds.form.marginal(target)
            return prices_at(rounds, target, self.sharpen, effect)
        intensity = Rivals.of(self.intensity[rows], target.shape[1])
        return Redistribution(self.rate[rows][:, None], intensity, self.balanced)


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """Equilibria under a rule, what it pays each, shape (B, N), and the rules of some rows each."""

    found: Batch
    transfer: Array
    rules: Sequence[tuple[slice | Index, Any]]

    def gathered(self, name: str) -> Array:
        """Return a number of the rules, shape (B, N); NaN where none was made."""
        array = np.full_like(self.transfer, np.nan)
        for rows, rule in self.rules:
            array[rows] = getattr(rule, name)
        return array


def refuse_transfers(table: RowTable, who: str) -> None:
    """Refuse a rule's own part among the changes, which the function makes itself."""
    for name in TRANSFERS:
        if name in table.changes:
            raise InvalidInputError(f"{who}() makes the transfers itself: leave `{name}` out")


def solve_under(
    table: RowTable,
    rule: RuleOfRows,
    failed: Mapping[int, str],
    target: Array,
    *,
    alone: bool,
    tol: float | None = None,
) -> Ruled:
    """Solve all rows under the rule, made for targets of shape (B, N); NaN where that fails."""
    if rule.name == "none":
        return Ruled(solve_table(table, failed, tol, alone), np.zeros_like(target), [])
    slope, bend, rules = np.zeros_like(target), np.zeros_like(target), []
    with np.errstate(all="ignore"):
        for rows in chunks(table, failed):
            one = rule.make(Rounds.of(table, rows), rows, _contiguous(target[rows]))
            slope[rows], bend[rows] = one.slope, one.bend
            rules.append((rows, one))
    paid = replace(table, changes={**table.changes, TRANSFERS[0]: slope, TRANSFERS[1]: bend})
    if rule.rate is not None:
        failed = refused(paid) | dict(failed)
    found = solve_table(paid, failed, tol, alone)
    transfer = np.full_like(target, np.nan)
    with np.errstate(all="ignore"):
        for rows, one in rules:
            transfer[rows] = one(table.game, _contiguous(found.profiles[rows]))
    return Ruled(found, transfer, rules)


def _contiguous(array: Array) -> Array:
    """Return (B, N) with rows contiguous, as the batches keep theirs."""
    return np.ascontiguousarray(array.T).T
