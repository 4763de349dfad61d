"""Whether an allocation is in the core, and the least core, with witnesses.

x is in the core if v(S) ≤ x(S) for all S, and x(N) = v(N) (Gillies 1959): all 2^N coalitions are
looked at, in floats ("checked"). The core is empty iff some balanced weights δ_S ≥ 0,
Σ_{S∋i} δ_S = 1 for every i, have Σ δ_S v(S) > v(N) (Bondareva 1963, Shapley 1967); the least core
(Maschler, Peleg and Shapley, Math. of Operations Research 4, 1979) minimizes the largest excess ε
of proper coalitions, and its dual is such a δ:

    ε* ≥ [Σ δ_S v(S) − v(N)] / Σ δ_S   for every balanced δ, with equality at the optimum.

δ is turned into fractions and its balance verified exactly: the lower bound is then "proved" for
the table as it is given, in floats or in fractions. The upper bound is the largest excess at the
allocation, in floats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.certificate import How
from coopetition.games.checks import positive
from coopetition.mechanisms.division.excesses import TOL, centered, excesses, smallest_excess
from coopetition.mechanisms.division.result import vector
from coopetition.mechanisms.division.table import coalition, finite_table, sums
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoreCheck(Result):
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

    def tables(self) -> tuple[Table]:
        """Return one row: the coalition with the largest excess."""
        values = {"cell": [" + ".join(map(str, self.coalition))], "excess": [self.excess]}
        values |= {"inside": [self.inside], "leaves": [self.leaves]}
        return (keyed("The coalition with the largest excess", values, notes=(f"{self}.",)),)

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


CoalitionWeights = Mapping[tuple[int, ...], Fraction | float]
DENOMINATOR = 10**6  # largest that is tried; those of N ≤ 12 are below 10^4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastCore(Result):
    """An allocation whose largest excess is smallest; `weights` is the balanced witness δ.

    ε* is between `lower` and `epsilon`, the largest excess at `allocation`. `how` says how the
    lower bound is known, `tolerance` from where on it counts beside the witness's own amounts, and
    `inside` whether the allocation is in the core, each coalition judged by its own.
    """

    allocation: Array
    epsilon: float
    lower: float
    weights: CoalitionWeights
    how: How
    tolerance: float
    inside: bool

    @property
    def gap(self) -> float:
        """Between the bounds of ε*."""
        return self.epsilon - self.lower

    @property
    def empty_core(self) -> bool | None:
        """Whether the core is empty; None where the bounds are too far apart to tell."""
        if self.lower > self.tolerance:
            return True
        return False if self.inside else None

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        return {
            "allocation": self.allocation.tolist(),
            "epsilon": self.epsilon,
            "lower": self.lower,
            "weights": [[list(s), str(w)] for s, w in self.weights.items()],
            "how": self.how,
            "empty_core": self.empty_core,
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per player, numbered from 0, and one per coalition of the witness."""
        players = [str(n) for n in range(self.allocation.size)]
        said = {" + ".join(map(str, who)): weight for who, weight in self.weights.items()}
        note = f"{str(self).rpartition('; largest')[2].strip()}"
        return (
            keyed("Least core", {"organization": players, "allocation": self.allocation},
                  notes=(f"Largest {note}.",)),
            keyed("Balanced weights", {"cell": said, "weight": said.values()}),
        )  # fmt: skip

    def __str__(self) -> str:
        """Say ε, its gap and whether the core is empty, with the balanced collection."""
        shown = " + ".join(f"{w} v{list(s)}" for s, w in list(self.weights.items())[:8])
        more = " + …" if len(self.weights) > 8 else ""
        values = ", ".join(f"{x:.6g}" for x in self.allocation)
        words = {
            True: f"the core is empty ({self.how}: balanced {shown}{more})",
            False: "the allocation is in the core (checked)",
            None: "whether the core is empty is undecided",
        }
        return (
            f"least core: {values}; largest excess {self.epsilon:.6g}, gap {self.gap:.2g}; "
            f"{words[self.empty_core]}"
        )


def least_core(values: ArrayLike | Sequence[Fraction]) -> LeastCore:
    """Return an allocation of v(N) − v(∅) that minimizes the largest excess, up to 20 players.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers of at most 20 players.
    NotConvergedError
        If the linear solver fails.

    Examples
    --------
    Any two of three players win: the core is empty, as pairs at weight 1/2 show.

    >>> print(least_core([0, 0, 0, 1, 0, 1, 1, 1]))
    least core: 0.333333, 0.333333, 0.333333; largest excess 0.333333, gap ...;
    the core is empty (proved: balanced 1/2 v[0, 1] + 1/2 v[0, 2] + 1/2 v[1, 2])
    """
    table, players = finite_table(cast("ArrayLike", values))
    if players == 1:
        only: CoalitionWeights = {(0,): Fraction(1)}
        whole = table[1:] - table[0]
        return LeastCore(
            allocation=whole, epsilon=0.0, lower=0.0, weights=only, how="proved", tolerance=0.0,
            inside=True,
        )  # fmt: skip
    game = centered(table)
    open_rows = np.ones(table.size, dtype=bool)
    open_rows[[0, -1]] = False
    start = np.full(players, game.table[-1] / players)
    basis = np.linalg.svd(np.ones((1, players)))[2][1:].T
    found = smallest_excess(game.table, start, basis, open_rows, None)
    x = game.back(start + basis @ found.step)
    x += (table[-1] - table[0] - x.sum()) / players
    excess = excesses(table - table[0], x)[1:-1]
    weights, how = _balanced(found.duals, players)
    lower = _bound(values if isinstance(values, Sequence) else table, weights)
    return LeastCore(
        allocation=x, epsilon=float(excess.max()), lower=float(lower), weights=weights, how=how,
        tolerance=TOL * _size(own_amounts(table - table[0], x), weights),
        inside=core_check(table, x).inside,
    )  # fmt: skip


def _balanced(duals: dict[int, float], players: int) -> tuple[CoalitionWeights, How]:
    """Scale the duals to balanced weights; in fractions if those are exactly balanced."""
    cover = sum(weight * mask.bit_count() for mask, weight in duals.items()) / players
    loose = {coalition(mask): weight / cover for mask, weight in duals.items()}
    exact = {s: Fraction(w).limit_denominator(DENOMINATOR) for s, w in loose.items()}
    if all(sum(w for s, w in exact.items() if n in s) == 1 for n in range(players)):
        return exact, "proved"
    return loose, "checked"


def _size(amounts: Array, weights: CoalitionWeights) -> float:
    """Return the unit of the lower bound: the amounts of the coalitions that bring it."""
    used = [float(w) * amounts[sum(1 << n for n in s)] for s, w in weights.items()]
    return float((sum(used) + amounts[-1]) / sum(map(float, weights.values())))


def _bound(values: Array | Sequence[Any], weights: CoalitionWeights) -> Fraction:
    """Return [Σ δ_S v(S) − v(N)] / Σ δ_S in exact arithmetic."""

    def worth(mask: int) -> Fraction:
        value = values[mask]
        return value if isinstance(value, Fraction) else Fraction(float(value))

    empty = worth(0)
    apart = sum(Fraction(w) * (worth(sum(1 << n for n in s)) - empty) for s, w in weights.items())
    return (apart - worth(-1) + empty) / sum(Fraction(w) for w in weights.values())
