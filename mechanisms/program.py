"""The linear program behind `coopetition.mechanisms.settlement`, rows grouped by constraint.

Variables, in units of the money at stake: flows (from the common pool to each organization, or
between the two of a pair, n < m, where it matters who pays whom), what each gets from outside
(pairs only), sizes |flow|, contracts (0 or 1, if they are counted), and the least gain.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.errors import NotConvergedError
from coopetition.games.gain import Array, Mask
from coopetition.mechanisms.requirements import Requirements

Aim = Literal["least", "fair"]
AIMS = ("least", "fair")
_FAR = 1e3  # stakes: further no money goes, so that a dropped constraint leaves no way to infinity
_ROUNDING = 1e-7  # stakes: below this a difference of two programs is nothing
_TOLERANCE = 1e-10  # of the solver
_SEEN = 1e-4  # stakes: conflicts that miss by less are not looked for when counting
_LIMIT = 10.0  # seconds for a program that counts contracts

Row = dict[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A solution in money: see `coopetition.mechanisms.settlement.Settlement`."""

    net: Array
    flows: Array | None
    moved: float
    least_gain: float
    partners: Mask | None


class Program:
    """Requirements as rows a·v ≤ b, each with its label; rows without one are structure.

    Parameters
    ----------
    needed
        The requirements.

    Examples
    --------
    >>> needed = Requirements(names=["South", "West"], needs=np.array([5.0, -9.0]))
    >>> Program(needed).solve("fair").net.round(6).tolist()
    [7.0, -7.0]
    """

    def __init__(self, needed: Requirements) -> None:
        self._needed = needed
        size = len(needed.names)
        finite = needed.needs[np.isfinite(needed.needs)]
        self._stake = float(np.abs(finite).sum()) + needed.subsidy or 1.0
        self._ends = [(n, m) for n in range(size) for m in range(n + 1, size)]
        self._flows = len(self._ends) if needed.paired else size
        self._outside = self._flows
        self._sizes = self._outside + (size if needed.paired else 0)
        self._links = self._sizes + self._flows
        self._gain = self._links + (self._flows if needed.contracts is not None else 0)
        self._rows: list[tuple[Row, float, str]] = []
        self._counted = ""  # the label of the number of contracts
        self._net = [self._net_row(n) for n in range(size)]
        self._fill()

    def _net_row(self, n: int) -> Row:
        """Return y_n as a row."""
        if not self._needed.paired:
            return {n: 1.0}
        row = {k: 1.0 if a == n else -1.0 for k, (a, b) in enumerate(self._ends) if n in (a, b)}
        return row | {self._outside + n: 1.0}

    def _add(self, row: Row, bound: float, label: str = "") -> None:
        self._rows.append((row, bound, label))

    def _fill(self) -> None:
        needed, unit = self._needed, self._stake
        labels = iter(needed.labels)
        for n in np.flatnonzero(needed.needs > -np.inf):
            self._add(_minus(self._net[n]), -float(needed.needs[n]) / unit, next(labels))
        budget = next(labels)
        pool = range(self._outside, self._sizes) if needed.paired else range(self._flows)
        total = dict.fromkeys(pool, 1.0)
        for row in [{k: -1.0} for k in pool] if needed.paired else [_minus(total)]:
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
        if needed.contracts is not None:
            self._counted = next(labels)
            self._contracts(needed.contracts, self._counted)

    def _contracts(self, most: int, label: str) -> None:
        """Only pairs with a contract pay; who needs a partner has one."""
        self._add(dict.fromkeys(range(self._links, self._gain), 1.0), float(most), label)
        for k in range(self._flows):
            self._add({self._sizes + k: 1.0, self._links + k: -1.0}, 0.0)
        partnered = self._needed.partnered
        for n in () if partnered is None else np.flatnonzero(partnered):
            self._add({self._links + k: -1.0 for k, e in enumerate(self._ends) if n in e}, -1.0)

    def solve(self, aim: Aim, dropped: Iterable[str] = ()) -> Found | None:
        """Return the best settlement, without some constraints if asked; None if there is none."""
        kept = [row for row in self._rows if row[2] not in set(dropped)]
        counted = [row for row in kept if row[2].startswith("participation")]
        if aim == "fair" and counted:
            lifted = [(row | {self._gain: 1.0}, bound, label) for row, bound, label in counted]
            v = self._minimize({self._gain: -1.0}, kept + lifted)
            if v is None:
                return None
            least = float(v[self._gain]) - _TOLERANCE
            kept = kept + [(row, bound - least, label) for row, bound, label in counted]
        share = 1.0 if self._needed.paired else 0.5
        v = self._minimize(dict.fromkeys(range(self._sizes, self._links), share), kept)
        return None if v is None else self._read(v)

    def _minimize(self, cost: Row, rows: list[tuple[Row, float, str]]) -> Array | None:
        """Solve for the rows given; with contracts first for these, then for the money exactly."""
        width = self._gain + 1
        bounds = np.full((width, 2), (-_FAR, _FAR))
        bounds[self._links : self._gain] = (0.0, 1.0)
        if self._links == self._gain:
            return self._solved(cost, rows, bounds)
        rough = self._solved(cost, rows, bounds, counting=True)
        if rough is None:
            return None
        chosen = np.round(rough[self._links : self._gain])
        bounds[self._links : self._gain] = chosen[:, None]
        fine = self._solved(cost, rows, bounds)
        return rough if fine is None else fine

    def _solved(
        self,
        cost: Row,
        rows: list[tuple[Row, float, str]],
        bounds: Any,
        *,
        counting: bool = False,
    ) -> Array | None:
        from scipy.optimize import linprog

        width = self._gain + 1
        objective: Any = np.zeros(width)
        objective[list(cost)] = list(cost.values())
        whole: Any = np.zeros(width)
        whole[self._links : self._gain] = 1
        options: Any = {"primal_feasibility_tolerance": _TOLERANCE}
        answer: Any = linprog(
            objective,
            A_ub=_matrix([row for row, _, _ in rows], width),
            b_ub=[bound for _, bound, _ in rows],
            bounds=bounds,
            integrality=whole if counting else None,
            method="highs",
            # The presolve of HiGHS in SciPy 1.14 calls some solvable programs infeasible.
            options={"time_limit": _LIMIT, "presolve": False} if counting else options,
        )
        if answer.status == 2:
            return None
        if answer.status == 1 and counting:
            raise NotConvergedError(
                f"which of {self._flows} pairs need contracts was not decided within {_LIMIT:g} s: "
                "allow more contracts, or as many as you like"
            )
        if answer.status != 0:
            raise NotConvergedError(f"the settlement's program was not solved: {answer.message}")
        return np.asarray(answer.x, dtype=float)

    def _read(self, v: Array) -> Found:
        """Return a solution in money; without a subsidy it is balanced to rounding."""
        size, unit, needs = len(self._needed.names), self._stake, self._needed.needs
        flows = partners = None
        if not self._needed.paired:
            net = v[:size] * unit
            net = net if self._needed.subsidy else net - net.mean()
        else:
            flows, pairs = np.zeros((size, size)), np.array(self._ends).reshape(-1, 2).T
            flows[pairs[0], pairs[1]] = v[: self._flows] * unit
            if self._needed.contracts is not None:
                partners = np.zeros((size, size), dtype=bool)
                partners[pairs[0], pairs[1]] = v[self._links : self._gain] > 0.5
                flows, partners = np.where(partners, flows, 0.0), partners | partners.T
            flows = flows - flows.T
            net = flows.sum(axis=1)
            if self._needed.subsidy:
                net = net + v[self._outside : self._sizes] * unit
        moved = 0.5 * float(np.abs(net if flows is None else flows).sum())
        gains = (net - needs)[np.isfinite(needs)]
        return Found(net, flows, moved, float(gains.min(initial=np.inf)), partners)

    def cost(self, label: str, aim: Aim, best: Found) -> float:
        """Return by how much the aim improves without a constraint, money; ∞ without limit."""
        without = self.solve(aim, [label])
        assert without is not None
        fair = aim == "fair"
        gained = without.least_gain - best.least_gain if fair else best.moved - without.moved
        if gained > 0.1 * _FAR * self._stake:
            return np.inf
        return float(gained) if gained > _ROUNDING * self._stake else 0.0

    def conflict(self) -> tuple[tuple[str, ...], bool]:
        """Return a set of constraints in conflict, and whether none is smaller.

        Constraints are taken away one after the other as long as the rest remains impossible.
        Where nothing is counted, a program over Farkas multipliers finds a smallest set, among
        those that miss by more than a ten-thousandth of the money at stake.
        """
        left = list(self._needed.labels)
        if self._needed.contracts is None and (fewest := self._fewest()):
            absent = set(left) - set(fewest)
            minimal = all(self._possible(absent | {label}) for label in fewest)
            if minimal and not self._possible(absent):
                return fewest, True
        for label in list(left):
            rest = [other for other in left if other != label]
            if not self._possible(set(self._needed.labels) - set(rest)):
                left = rest
        return tuple(left), False

    def _possible(self, dropped: set[str]) -> bool:
        kept = [row for row in self._rows if row[2] not in dropped]
        return self._minimize({}, kept) is not None

    def _fewest(self) -> tuple[str, ...] | None:
        """Return the constraints of multipliers λ ≥ 0, λA = 0, λb < 0 that use the fewest."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        labels, rows = self._needed.labels, self._rows
        width, count = self._gain + 1, len(rows)
        left = np.zeros((width, count + len(labels)))
        for k, (row, _, _) in enumerate(rows):
            left[list(row), k] = list(row.values())
        bounds = np.array([bound for _, bound, _ in rows])
        total = np.concatenate([bounds, np.zeros(len(labels))])
        uses = [(k, labels.index(label)) for k, (_, _, label) in enumerate(rows) if label]
        used = np.zeros((len(uses), count + len(labels)))
        for j, (k, place) in enumerate(uses):
            used[j, k], used[j, count + place] = 1.0, -1.0
        answer = milp(
            np.concatenate([np.zeros(count), np.ones(len(labels))]),
            constraints=[
                LinearConstraint(left, 0.0, 0.0),
                LinearConstraint(total[None], -np.inf, -_SEEN),
                LinearConstraint(used, -np.inf, 0.0),
            ],
            integrality=np.concatenate([np.zeros(count), np.ones(len(labels))]),
            bounds=Bounds(0.0, 1.0),
        )
        if answer.x is None:
            return None
        chosen = answer.x[count:] > 0.5
        return tuple(label for label, one in zip(labels, chosen, strict=True) if one)

    def shortfall(self) -> float:
        """Return the smallest sum of violations of the constraints on money."""
        from scipy.optimize import linprog

        width, rows = self._gain + 1, self._rows
        counted = self._counted
        soft = [k for k, row in enumerate(rows) if row[2] not in ("", counted)]
        place = {k: width + j for j, k in enumerate(soft)}
        wide = [row | {place[k]: -1.0} if k in place else row for k, (row, _, _) in enumerate(rows)]
        objective: Any = np.concatenate([np.zeros(width), np.ones(len(soft))])
        bounds: Any = np.vstack(
            [np.full((width, 2), (-_FAR, _FAR)), np.full((len(soft), 2), (0, _FAR))]
        )
        bounds[self._links : self._gain] = (0.0, 1.0)
        kept = [k for k, row in enumerate(rows) if not counted or row[2] != counted]
        answer: Any = linprog(
            objective,
            A_ub=_matrix([wide[k] for k in kept], width + len(soft)),
            b_ub=[rows[k][1] for k in kept],
            bounds=bounds,
            method="highs",
        )
        if answer.status != 0:
            raise NotConvergedError(f"the settlement's program was not solved: {answer.message}")
        amount = float(answer.fun) * self._stake
        return amount if amount > _ROUNDING * self._stake else 0.0


def _minus(row: Row) -> Row:
    return {k: -value for k, value in row.items()}


def _matrix(rows: list[Row], width: int) -> Any:
    from scipy.sparse import csr_array

    columns = [k for row in rows for k in row]
    values = [value for row in rows for value in row.values()]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_array((values, columns, starts), shape=(len(rows), width))
