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

from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.gain import Array, Mask
from coopetition.mechanisms.conflict import Conflict, conflict, counted_conflict
from coopetition.mechanisms.links import Links, few_links
from coopetition.mechanisms.program import AIMS, FAR, ROUNDING, Aim, Found, Pairs, Program
from coopetition.mechanisms.requirements import Requirements

__all__ = ["Conflict", "ContractCount", "Settlement", "settle"]

_COSTED = 60  # constraints, at most, whose costs are computed: one program each
_SECONDS = 10.0  # where contracts are counted: a third for how few, the rest for the money
_PAIRS = 120  # more are not counted together with the money: hopeless in that time


@dataclass(frozen=True, slots=True, eq=False)
class ContractCount:
    """How many contracts a settlement takes, and what is known of fewer.

    Parameters
    ----------
    asked, found
        The most that were allowed, and how many there are; more than allowed where it was not
        decided in time whether so few can do.
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
        aim is the money moved (least) or the smallest gain (fair). Not all are there where there
        are more than 60 constraints, or contracts are counted and time ran out.
    contracts
        Where they are counted: how many, and whether fewer would do.
    """

    net: Array
    flows: Array | None
    moved: float
    least_gain: float
    partners: Mask | None
    costs: dict[str, float] = field(default_factory=dict)
    contracts: ContractCount | None = None

    @property
    def met(self) -> bool:
        """Whether all requirements are met; False if only the number of contracts may not be."""
        return self.contracts is None or self.contracts.met


def settle(
    needed: Requirements, aim: Aim = "least", *, seconds: float = _SECONDS
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
        return _counted(needed, needed.contracts, aim, program, time.monotonic() + seconds)
    return _settled(best, _costs(program, aim, best, needed.labels))


def _settled(
    found: Found, costs: dict[str, float], contracts: ContractCount | None = None
) -> Settlement:
    return Settlement(
        found.net, found.flows, found.moved, found.least_gain, found.partners, costs, contracts
    )


def _costs(program: Program, aim: Aim, best: Found, labels: list[str]) -> dict[str, float]:
    """Return by how much the aim improves without each constraint, as long as there is time."""
    costs: dict[str, float] = {}
    for label in labels if len(labels) <= _COSTED else ():
        without = program.solve(aim, [label])
        if program.late:
            break
        assert without is not None
        fair = aim == "fair"
        gained = without.least_gain - best.least_gain if fair else best.moved - without.moved
        costs[label] = float(gained) if gained > ROUNDING * program.stake else 0.0
        if gained > 0.1 * FAR * program.stake:
            costs[label] = np.inf
    return costs


def _counted(
    needed: Requirements, asked: int, aim: Aim, money: Program, end: float
) -> Settlement | Conflict:
    """Settle with few contracts; with more than asked where time ran out."""
    third = (end - time.monotonic()) / 3
    links = few_links(needed.clipped, needed.lonely, subsidy=needed.subsidy, seconds=third)
    if asked < links.fewest:
        return counted_conflict(needed, money)
    size = len(needed.names)
    tried = [_along(needed, aim, links)]
    exact = size * (size - 1) // 2 <= _PAIRS
    program = Program(needed, seconds=end - time.monotonic()) if exact else None
    if program is not None:
        tried.append(program.solve(aim))
        if tried[-1] is None and not program.late:
            return counted_conflict(needed, money)
    if all(found is None or _number(found) > asked for found in tried):
        tried.append(_along(needed, aim, links, money.solve(aim)))
    there = [one for one in tried if one is not None]
    if not there:
        raise NotConvergedError(f"no settlement by contracts was found within {_SECONDS:g} s")
    found = min(there, key=lambda one: (max(_number(one), asked), _worse(one, aim)))
    ended = program is not None and not program.late
    fewest = min(links.fewest, _number(found))
    costs: dict[str, float] = {}
    if program is not None and ended:
        costs = _costs(program, aim, found, needed.labels)
    return _settled(found, costs, ContractCount(asked, _number(found), fewest, ended))


def _number(found: Found) -> int:
    assert found.partners is not None
    return int(found.partners.sum()) // 2


def _worse(found: Found, aim: Aim) -> tuple[float, float]:
    return (-found.least_gain if aim == "fair" else 0.0, found.moved)


def _along(
    needed: Requirements, aim: Aim, links: Links, money: Found | None = None
) -> Found | None:
    """Settle along the blocks' stars, or along who pays whom in a settlement of any number."""
    if money is not None and money.flows is not None:
        pairs = _with_partners(np.abs(money.flows) > 0, needed.lonely)
    elif links.blocks is not None:
        pairs = _stars(links.blocks, needed.clipped)
    else:
        return None
    return Program(needed, pairs=pairs).solve(aim)


def _stars(blocks: list[list[int]], needs: Array) -> Pairs:
    """Link everybody in a block with whoever can give most in it."""
    pairs = []
    for block in blocks:
        center = min(block, key=needs.__getitem__)
        pairs += [(min(n, center), max(n, center)) for n in block if n != center]
    return sorted(pairs)


def _with_partners(linked: Mask, lonely: Mask) -> Pairs:
    """Give the lonely ones partners: each other as far as that goes."""
    linked = linked.copy()
    left = np.flatnonzero(lonely & ~linked.any(axis=1)).tolist()
    for n, m in zip(left[::2], [*left[1::2], *left[:1]][: len(left[::2])], strict=True):
        other = m if m != n else int(n == 0)
        linked[n, other] = linked[other, n] = True
    return [(int(n), int(m)) for n, m in np.argwhere(np.triu(linked, 1))]
