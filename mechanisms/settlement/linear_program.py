"""The linear program behind `mechanisms.settlement.settlement`, its rows grouped by constraint.

Variables, in units of the money at stake: flows (from the common pool to each organization, or
between the two of a pair, n < m, where it matters who pays whom), what each gets from outside
(pairs only), sizes |flow|, contracts (0 or 1, if they are counted), and the least gain.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.errors import NotConvergedError
from coopetition.mechanisms.settlement.highs import LabeledRow, SparseRow, integer, matrix
from coopetition.mechanisms.settlement.requirements import Requirements

Aim = Literal["least", "fair"]
AIMS = ("least", "fair")
FAR = 1e3  # stakes: further no money goes, so that a dropped constraint leaves no way to infinity
ROUNDING = 1e-7  # stakes: below this a difference of two programs is nothing
_TOLERANCE = 1e-10  # of the solver

Pairs = Sequence[tuple[int, int]]
_Solved = tuple[Array, dict[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class CashFlows:
    """A solution in money: see `coopetition.mechanisms.settlement.settlement.Settlement`.

    `shadow` is by how much the aim improves for each unit of money by which a constraint is
    loosened, by label: the dual program's solution, none where contracts are counted.
    """

    net: Array
    flows: Array | None
    moved: float
    least_gain: float
    partners: Mask | None
    shadow: dict[str, float]


class Program:
    """Requirements as rows a·v ≤ b, each with its label; rows without one are structure.

    Parameters
    ----------
    needed
        The requirements.
    pairs
        The only pairs n < m that may pay each other; then contracts are not counted.
    seconds
        Where contracts are counted: at most so long in all. `late` says that it was not enough.

    Examples
    --------
    >>> needed = Requirements(names=["South", "West"], needs=np.array([5.0, -9.0]))
    >>> Program(needed).solve("fair").net.round(6).tolist()
    [7.0, -7.0]
    """

    def __init__(
        self, needed: Requirements, *, pairs: Pairs | None = None, seconds: float = np.inf
    ) -> None:
        self.needed, self.late = needed, False
        self._until = time.monotonic() + seconds
        size = len(needed.names)
        finite = needed.needs[np.isfinite(needed.needs)]
        self.stake = float(np.abs(finite).sum()) + needed.subsidy or 1.0
        self._paired = needed.paired or pairs is not None
        self._counts = needed.contracts is not None and pairs is None
        self._ends: Pairs = pairs or []
        if pairs is None and self._paired:
            self._ends = [(n, m) for n in range(size) for m in range(n + 1, size)]
        flows = len(self._ends) if self._paired else size
        self._flows = self._outside = flows
        self._sizes = self._outside + (size if self._paired else 0)
        self.links = range(self._sizes + flows, self._sizes + flows * (2 if self._counts else 1))
        self._gain = self.links.stop
        self.width = self._gain + 1
        self.rows: list[LabeledRow] = []
        self.counted = self.budget = ""  # the labels of the number of contracts, of the budget
        self._net = self._net_rows(size)
        self._fill()

    def _net_rows(self, size: int) -> list[SparseRow]:
        """Return every y_n as a row."""
        if not self._paired:
            return [{n: 1.0} for n in range(size)]
        rows: list[SparseRow] = [{self._outside + n: 1.0} for n in range(size)]
        for k, (n, m) in enumerate(self._ends):
            rows[n][k], rows[m][k] = 1.0, -1.0
        return rows

    def _add(self, row: SparseRow, bound: float, label: str = "") -> None:
        self.rows.append((row, bound, label))

    def _fill(self) -> None:
        needed, unit = self.needed, self.stake
        labels = iter(needed.labels)
        for n in np.flatnonzero(needed.needs > -np.inf):
            self._add(_minus(self._net[n]), -float(needed.needs[n]) / unit, next(labels))
        self.budget = budget = next(labels)
        pool = range(self._outside, self._sizes) if self._paired else range(self._flows)
        total = dict.fromkeys(pool, 1.0)
        for row in [{k: -1.0} for k in pool] if self._paired else [_minus(total)]:
            self._add(row, 0.0, budget)
        self._add(total, needed.subsidy / unit, budget)
        if needed.most is not None:
            label = next(labels)
            for net in self._net:
                self._add(net, needed.most / unit, label)
                self._add(_minus(net), needed.most / unit, label)
        pair = next(labels) if needed.pair is not None else ""
        for k in range(self._flows):
            for sign in (1.0, -1.0):
                self._add({k: sign, self._sizes + k: -1.0}, 0.0)
                if needed.pair is not None:
                    self._add({k: sign}, needed.pair / unit, pair)
        if self._counts and needed.contracts is not None:
            self.counted = next(labels)
            self._contracts(needed.contracts, self.counted)

    def _contracts(self, most: int, label: str) -> None:
        """Only pairs with a contract pay; who needs a partner has one.

        More than is at stake is paid only where a cap alone limits what the free ones give.
        """
        first, needs = self.links.start, self.needed.needs
        cap = 0.0 if np.isfinite(needs).all() else self.needed.most or 0.0
        reach = min(max(1.0, needs.size * cap / self.stake), FAR)
        self._add(dict.fromkeys(self.links, 1.0), float(most), label)
        for k in range(self._flows):
            self._add({self._sizes + k: 1.0, first + k: -reach}, 0.0)
        for n in np.flatnonzero(self.needed.lonely):
            self._add({first + k: -1.0 for k, ends in enumerate(self._ends) if n in ends}, -1.0)

    def solve(self, aim: Aim, dropped: Iterable[str] = ()) -> CashFlows | None:
        """Return the best settlement, without some constraints if asked; None if there is none.

        None also where counting contracts ended without an exact answer, in time: see `late`.
        """
        left_out = set(dropped)
        kept = [row for row in self.rows if row[2] not in left_out]
        asked = [row for row in kept if row[2].startswith("participation")]
        shadow: dict[str, float] | None = None
        if aim == "fair" and asked:
            lifted = [(row | {self._gain: 1.0}, bound, label) for row, bound, label in asked]
            first = self._minimize({self._gain: -1.0}, kept + lifted)
            if first is None:
                return None
            least, shadow = float(first[0][self._gain]) - _TOLERANCE, first[1]
            kept = kept + [(row, bound - least, label) for row, bound, label in asked]
        share = 1.0 if self._paired else 0.5
        sizes = range(self._sizes, self.links.start)
        found = self._minimize(dict.fromkeys(sizes, share), kept)
        if found is None:
            return None
        shadow = found[1] if shadow is None else shadow
        return self._read(found[0], left_out, shadow)

    def possible(self, dropped: Iterable[str] = ()) -> bool:
        """Whether the constraints can be met without some."""
        left_out = set(dropped)
        kept = [row for row in self.rows if row[2] not in left_out]
        return self._minimize({}, kept) is not None

    def _minimize(self, cost: SparseRow, rows: list[LabeledRow]) -> _Solved | None:
        """Solve for the rows given; with contracts first for these, then for the money exactly."""
        bounds = self.bounds()
        if not self._counts:
            return self._solved(cost, rows, bounds)
        rough = self._solved(cost, rows, bounds, counting=True)
        if rough is None:
            return None
        chosen = np.round(rough[0][self.links.start : self.links.stop])
        bounds[self.links.start : self.links.stop] = chosen[:, None]
        fine = self._solved(cost, rows, bounds)
        if fine is None:  # the rough answer misses somebody's need by what it takes for rounding
            self.late = True
            return None
        return fine[0], {}

    def bounds(self) -> Any:
        """Return bounds of all variables, shape (width, 2)."""
        found = np.full((self.width, 2), (-FAR, FAR))
        found[self.links.start : self.links.stop] = (0.0, 1.0)
        return found

    def _solved(
        self, cost: SparseRow, rows: list[LabeledRow], bounds: Any, *, counting: bool = False
    ) -> _Solved | None:
        """Return the variables, and what loosening each constraint would bring (no contracts)."""
        from scipy.optimize import linprog

        objective: Any = np.zeros(self.width)
        objective[list(cost)] = list(cost.values())
        whole: Any = np.zeros(self.width)
        whole[self.links.start : self.links.stop] = 1
        asked: dict[str, Any] = {
            "A_ub": matrix([row for row, _, _ in rows], self.width),
            "b_ub": [bound for _, bound, _ in rows],
            "bounds": bounds,
            "method": "highs",
        }
        if counting:
            answer = integer(objective, asked | {"integrality": whole}, self._until)
        else:
            options: Any = {"primal_feasibility_tolerance": _TOLERANCE}
            answer = linprog(objective, **asked, options=options)
        if answer.status == 2:
            return None
        if answer.status in (1, 4) and counting:
            self.late = True
            return None if answer.x is None else (np.asarray(answer.x, dtype=float), {})
        if answer.status != 0:
            raise NotConvergedError(f"the settlement's program was not solved: {answer.message}")
        shadow: dict[str, float] = {}
        if not counting:
            for (_, _, label), dual in zip(rows, answer.ineqlin.marginals.tolist(), strict=True):
                if label:
                    shadow[label] = shadow.get(label, 0.0) - dual
        return np.asarray(answer.x, dtype=float), shadow

    def _read(self, v: Array, left_out: set[str], shadow: dict[str, float]) -> CashFlows:
        """Return a solution in money; without money from outside it is balanced to rounding."""
        balanced = not self.needed.subsidy and self.budget not in left_out
        size, unit, needs = len(self.needed.names), self.stake, self.needed.needs
        flows = partners = None
        if not self._paired:
            net = v[:size] * unit
            net = net - net.mean() if balanced else net
        else:
            flows, ends = np.zeros((size, size)), np.array(self._ends, dtype=int).reshape(-1, 2).T
            flows[ends[0], ends[1]] = v[: self._flows] * unit
            if self.needed.contracts is not None:
                chosen = v[self.links.start : self.links.stop] > 0.5 if self._counts else True
                partners = np.zeros((size, size), dtype=bool)
                partners[ends[0], ends[1]] = chosen
                flows, partners = np.where(partners, flows, 0.0), partners | partners.T
            flows = flows - flows.T
            net = flows.sum(axis=1)
            if not balanced:
                net = net + v[self._outside : self._sizes] * unit
        moved = 0.5 * float(np.abs(net if flows is None else flows).sum())
        left = [f"participation of {name}" not in left_out for name in self.needed.names]
        gains = (net - needs)[np.isfinite(needs) & left]
        return CashFlows(net, flows, moved, float(gains.min(initial=np.inf)), partners, shadow)


def _minus(row: SparseRow) -> SparseRow:
    return {k: -value for k, value in row.items()}
