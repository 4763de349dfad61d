"""Settle who receives what at a solved profile: a linear program with names for its constraints.

At a fixed profile fees decide every net payment y_n (transfer plus fee), so that a mechanism's
promises about money are linear in y: participation y_n ≥ need_n, caps on what one organization or
one pair pays, and the budget 0 ≤ Σ y ≤ subsidy. With caps on pairs, or few contracts, payments
are flows between pairs; the number of contracts makes it a mixed-integer program. Where nothing
satisfies all, a smallest conflicting set is named, with multipliers that anybody can check
(Farkas' lemma).
"""

import time
from dataclasses import dataclass, field, replace

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.tolerance import rounding
from coopetition.mechanisms.settlement.conflict import Conflict, conflict, counted_conflict
from coopetition.mechanisms.settlement.contracts import Links, few_links, stars, with_partners
from coopetition.mechanisms.settlement.linear_program import (
    AIMS,
    FAR,
    ROUNDING,
    Aim,
    CashFlows,
    Program,
)
from coopetition.mechanisms.settlement.requirements import Requirements

_COSTED = 30_000  # variables, at most, of all programs for costs: one program a constraint
_NOTHING = 1e-10  # money per unit of money


def costs_of(program: Program, aim: Aim, best: CashFlows, labels: list[str]) -> dict[str, float]:
    """Return by how much the aim improves without each constraint, as long as there is time.

    A constraint without a shadow price costs nothing: the same dual solution proves it.
    """
    costs = {label: 0.0 for label, price in best.shadow.items() if price <= _NOTHING}
    left = [label for label in labels if label not in costs]
    dearest = {label: -round(best.shadow.get(label, 0.0), 9) for label in left}
    left.sort(key=lambda label: (dearest[label], label.startswith("participation")))
    for label in left[: _COSTED // program.width]:
        without = program.solve(aim, [label])
        if program.late:
            break
        assert without is not None
        fair = aim == "fair"
        gained = without.least_gain - best.least_gain if fair else best.moved - without.moved
        costs[label] = float(gained) if gained > ROUNDING * program.stake else 0.0
        if gained > 0.1 * FAR * program.stake or (costs[label] and _far(program, without)):
            costs[label] = np.inf
    return {label: costs[label] for label in labels if label in costs}


def _far(program: Program, found: CashFlows) -> bool:
    """Whether counted contracts carry as much as the program lets them, and nothing else would."""
    wanted = program.needed
    if not program.counted or found.flows is None or not (wanted.most is wanted.pair is None):
        return False
    return bool(np.abs(found.flows).max() >= (1.0 - ROUNDING) * program.stake)


__all__ = ["Conflict", "ContractCount", "Settlement", "settle"]

_FINER = 0.01  # of the money at stake: needs that differ by less are settled in their own unit
_CLOSE = 1e-6  # of what one needs and receives: the most by which a solver may miss it
_SECONDS = 10.0  # where contracts are counted: a third for how few, the rest for the money
_PAIRS = 120  # more are not counted together with the money: hopeless in that time


@dataclass(frozen=True, slots=True, eq=False)
class ContractCount:
    """How many contracts a settlement takes, and what is known of fewer.

    Parameters
    ----------
    asked, found
        The most that were allowed, and how many there are; more than allowed where it was not
        decided in time whether so few suffice.
    fewest
        Fewer are impossible.
    best
        Whether no other choice of as many contracts is better for the aim.
    """

    asked: int
    found: int
    fewest: int
    best: bool

    @property
    def met(self) -> bool:
        """Whether there are no more than allowed."""
        return self.found <= self.asked

    def __str__(self) -> str:
        """Say the number, and what is impossible."""
        number = "1 contract" if self.found == 1 else f"{self.found} contracts"
        if self.found <= self.fewest:
            return f"{number}; fewer are impossible"
        last = self.found - 1
        between = f"{last}" if last == self.fewest else f"{self.fewest} to {last}"
        return f"{number}; fewer than {self.fewest} are impossible, {between} not decided"


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """Net payments that satisfy all requirements.

    Parameters
    ----------
    net : shape (N,)
        What each receives, transfer plus fee; their sum is the subsidy used.
    flows : shape (N, N), optional
        What the row's organization receives from the column's; antisymmetric up to the subsidy.
    moved
        Money that changes hands: Σ |y|/2, so that half of what comes from outside counts, or Σ over
        pairs of |flow|, where none of it does.
    least_gain
        The smallest y_n − need_n.
    partners : shape (N, N), booleans, optional
        Who has a contract with whom.
    costs
        By constraint: by how much the aim would be better without it, money; 0 where it does not
        bind, infinite where the least gain has no limit then, as without a balanced budget. The
        aim is the money moved (least) or the smallest gain (fair) of those still asked. Not all
        are there where the programs for them would be too large together, those with the largest
        shadow prices first, or where contracts are counted and time ran out.
    shadow
        By constraint: by how much the aim would be better for each unit of money by which it were
        loosened a little; empty where contracts are counted. One of several where the settlement
        is at a kink: loosening may bring less than that, never more.
    contracts
        Where they are counted: how many, and whether fewer would do.
    """

    net: Array
    flows: Array | None
    moved: float
    least_gain: float
    partners: Mask | None
    costs: dict[str, float] = field(default_factory=dict)
    shadow: dict[str, float] = field(default_factory=dict)
    contracts: ContractCount | None = None

    @property
    def met(self) -> bool:
        """Whether all requirements are met; False if only the number of contracts may not be."""
        return self.contracts is None or self.contracts.met


def settle(
    needed: Requirements, aim: Aim = "least", *, seconds: float = _SECONDS, costs: bool = True
) -> Settlement | Conflict:
    """Find net payments that satisfy all requirements, or why there are none.

    Parameters
    ----------
    needed
        The requirements.
    aim
        ``least``: move as little money as possible. ``fair``: make the smallest gain over the
        needs as large as possible, then move as little money as possible.
    seconds
        Where contracts are counted: stop looking for better, or fewer, after so long.
    costs
        Whether to look for what each constraint costs, too.

    Raises
    ------
    InvalidInputError
        If the aim is unknown, or fairness has no limit: somebody's participation is not asked.
    NotConvergedError
        If the program could not be solved.

    Examples
    --------
    South needs 5 and West can spare 9.

    >>> found = settle(Requirements(names=["South", "West"], needs=np.array([5.0, -9.0])))
    >>> found.net.tolist(), found.moved
    ([5.0, -5.0], 5.0)
    >>> print(settle(Requirements(names=["South", "West"], needs=np.array([5.0, -3.0]))))
    impossible by 2: participation of South, participation of West, budget balance ...
    """
    if aim not in AIMS:
        raise InvalidInputError(f"`aim` must be one of {', '.join(AIMS)}, got {aim!r}")
    if aim == "fair" and needed.most is None and not np.isfinite(needed.needs).all():
        raise InvalidInputError("`aim` fair needs everybody's participation, or `most`")
    money = replace(needed, contracts=None)
    program = Program(money)
    best = program.solve(aim)
    if best is None:
        return conflict(money, program)
    if needed.contracts is not None:
        return _counted(needed, aim, program, time.monotonic() + seconds, costs)
    finer = Program(_finer(money, aim, best))
    if finer.stake < program.stake and (better := finer.solve(aim)):
        program, best = finer, better
    labels = needed.labels if costs else []
    return _settled(needed, best, costs_of(program, aim, best, labels))


def _settled(
    needed: Requirements,
    one: CashFlows,
    costs: dict[str, float],
    count: ContractCount | None = None,
) -> Settlement:
    missed = needed.needs - one.net
    own = _CLOSE * (np.abs(needed.clipped) + np.abs(one.net))  # of each one's own amounts
    worst = int(np.argmax(missed - own))
    if missed[worst] > own[worst] + rounding(np.abs(one.net).sum()):
        raise NotConvergedError(
            f"the settlement's program misses what {needed.names[worst]} needs by "
            f"{missed[worst]:.6g}: that is lost beside the money of others"
        )
    least = _least(needed, one)
    return Settlement(one.net, one.flows, one.moved, least, one.partners, costs, one.shadow, count)


def _least(needed: Requirements, found: CashFlows) -> float:
    return float((found.net - needed.needs).min(initial=np.inf))


def _finer(needed: Requirements, aim: Aim, found: CashFlows | None) -> Requirements:
    """Raise all needs alike, to little below what all are known to get, if they are far from that.

    Fair gains do not change then, and money is counted in units of what is at stake.
    """
    if aim != "fair" or found is None or not np.isfinite(found.least_gain):
        return needed
    finite = needed.needs[np.isfinite(needed.needs)]
    stake = float(np.abs(finite).sum())
    unit = float(np.abs(finite - finite.mean()).sum()) + needed.subsidy
    unit += sum(cap for cap in (needed.most, needed.pair) if cap is not None)
    raised = found.least_gain - (len(needed.names) + 1) * max(unit, ROUNDING * stake)
    if np.abs(finite + raised).sum() > _FINER * stake:
        return needed
    return replace(needed, needs=needed.needs + raised)


def _counted(
    needed: Requirements, aim: Aim, money: Program, end: float, costs: bool
) -> Settlement | Conflict:
    """Settle with few contracts; with more than asked where time ran out."""
    asked = needed.contracts or 0
    third = (end - time.monotonic()) / 3
    links = few_links(needed.clipped, needed.lonely, subsidy=needed.subsidy, seconds=third)
    if asked < links.fewest:
        return counted_conflict(needed, money)
    size = len(needed.names)
    tried = [_along(needed, aim, links)]
    exact = size * (size - 1) // 2 <= _PAIRS
    few = tried[0] if tried[0] is not None and _number(tried[0]) <= asked else None
    finer = _finer(needed, aim, few)
    program = Program(finer, seconds=end - time.monotonic()) if exact else None
    if program is not None:
        tried.append(program.solve(aim))
        if tried[-1] is None and not program.late:
            return counted_conflict(needed, money)
    if all(found is None or _number(found) > asked for found in tried):
        tried.append(_along(needed, aim, links, money.solve(aim)))
    there = [one for one in tried if one is not None]
    if not there:
        raise NotConvergedError(f"no settlement by contracts was found within {_SECONDS:g} s")
    found = min(there, key=lambda one: (max(_number(one), asked), _worse(needed, one, aim)))
    found = replace(found, shadow={}, least_gain=_least(finer, found))  # shadow: of these pairs
    ended = program is not None and not program.late
    fewest = min(links.fewest, _number(found))
    labels = needed.labels if costs and ended else []
    count = ContractCount(asked, _number(found), fewest, ended)
    return _settled(needed, found, costs_of(program or money, aim, found, labels), count)


def _number(found: CashFlows) -> int:
    assert found.partners is not None
    return int(found.partners.sum()) // 2


def _worse(needed: Requirements, found: CashFlows, aim: Aim) -> tuple[float, float]:
    return (-_least(needed, found) if aim == "fair" else 0.0, found.moved)


def _along(
    needed: Requirements, aim: Aim, links: Links, money: CashFlows | None = None
) -> CashFlows | None:
    """Settle along the blocks' stars, or along who pays whom in a settlement of any number."""
    if money is not None and money.flows is not None:
        pairs = with_partners(np.abs(money.flows) > 0, needed.lonely)
    elif links.blocks is not None:
        pairs = stars(links.blocks, needed.clipped)
    else:
        return None
    return Program(needed, pairs=pairs).solve(aim)
