"""How few contracts can settle given needs: blocks of organizations that need nothing from others.

Within a block that needs nothing on balance, a tree of contracts carries any payments, so that a
block of size s takes s − 1 contracts: the fewest contracts come from the most blocks (a partition
problem, NP-hard). Three sources: a count that no partition beats, blocks put together greedily,
and an integer program over who is in which block, which stops after some seconds with a bound.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.mechanisms.settlement.highs import quiet_stdout

Blocks = list[list[int]]
_RESTARTS = 40  # of the greedy search, in another order each
_CELLS = 1500  # organizations × blocks: larger integer programs are not tried
_EXACT = 1e-12  # of the money at stake: sums below it are nothing


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What is known of the fewest contracts.

    Parameters
    ----------
    fewest : int
        Fewer are impossible.
    blocks
        Who is settled with whom, with the fewest contracts found; None if none was found.
    """

    fewest: int
    blocks: Blocks | None

    @property
    def found(self) -> int | None:
        """How many contracts the blocks take."""
        return None if self.blocks is None else count(self.blocks)


def count(blocks: Blocks) -> int:
    """Return the number of contracts of blocks: a tree each."""
    return sum(len(block) - 1 for block in blocks)


def stars(blocks: Blocks, needs: Array) -> list[tuple[int, int]]:
    """Link everybody in a block with the one that can give most."""
    pairs = []
    for block in blocks:
        center = min(block, key=needs.__getitem__)
        pairs += [(min(n, center), max(n, center)) for n in block if n != center]
    return sorted(pairs)


def with_partners(linked: Mask, lonely: Mask) -> list[tuple[int, int]]:
    """Give the lonely ones partners: each other as far as that goes."""
    linked = linked.copy()
    left = np.flatnonzero(lonely & ~linked.any(axis=1)).tolist()
    for n, m in zip(left[::2], [*left[1::2], *left[:1]][: len(left[::2])], strict=True):
        other = m if m != n else int(n == 0)
        linked[n, other] = linked[other, n] = True
    return [(int(n), int(m)) for n, m in np.argwhere(np.triu(linked, 1))]


def few_links(
    needs: Array, partnered: Mask, *, subsidy: float = 0.0, seconds: float = 5.0
) -> Links:
    """Look for the fewest contracts.

    Parameters
    ----------
    needs : shape (N,)
        The least that each must receive on net; −∞ for those who can pay anything.
    partnered : shape (N,), booleans
        Who must have a contract even if it pays nothing.
    subsidy
        What may come from outside.
    seconds
        At most so long; the clock decides how much is known of large instances.

    Examples
    --------
    >>> everybody = np.ones(4, dtype=bool)
    >>> few_links(np.array([5.0, 2.0, -2.0, -5.0]), everybody).blocks
    [[0, 3], [1, 2]]
    >>> few_links(np.array([5.0, 2.0, -3.0, -4.0]), everybody).fewest
    3
    """
    end = time.monotonic() + seconds
    stake = float(np.abs(needs[np.isfinite(needs)]).sum()) + subsidy or 1.0
    unit = np.where(np.isfinite(needs), needs, -2.0 * stake) / stake
    bound = _counted(unit, partnered, subsidy / stake)
    blocks = _greedy(unit, partnered, subsidy / stake, bound, end)
    best = None if blocks is None else count(blocks)
    if best is None or best <= bound:
        return Links(bound, blocks)
    better, proved = _program(unit, partnered, subsidy / stake, best, end - time.monotonic())
    if better is not None and count(better) < best:
        blocks = better
    return Links(min(max(bound, proved), count(blocks or [])), blocks)


def _counted(needs: Array, partnered: Mask, subsidy: float) -> int:
    """Bound the number of contracts from below by counting.

    Whoever needs a partner, or something that does not come from outside, has a contract, and a
    contract has two ends. Without money from outside every block with a needy one has a giver too,
    and givers enough for all needs.
    """
    needy = needs > _EXACT
    served = _served(needs, partnered, subsidy)
    bound = -(-int(((needy | partnered) & ~served).sum()) // 2)
    many = int(needy.sum())
    if subsidy > 0 or not many:
        return bound
    spare = np.cumsum(np.sort(-needs[~needy])[::-1])
    givers = int(np.searchsorted(spare, needs[needy].sum() - _EXACT)) + 1
    others = int((partnered & ~needy).sum())
    used = [max(blocks, givers) for blocks in range(1, many + 1)]
    each = [
        many + held - blocks - (-max(others - held, 0) // 2)
        for blocks, held in enumerate(used, start=1)
    ]
    return max(bound, min(each))


def _greedy(needs: Array, partnered: Mask, subsidy: float, bound: int, end: float) -> Blocks | None:
    """Return the best blocks of some greedy searches, each in its own order; None if none fits."""
    if needs.sum() > subsidy + _EXACT:
        return None
    rng = np.random.default_rng(0)
    best: Blocks | None = None
    served, none = _served(needs, partnered, subsidy), np.zeros(needs.size, dtype=bool)
    for trial in range(_RESTARTS):
        noise = rng.uniform(0.5, 2.0, needs.size) if trial else np.ones(needs.size)
        for alone in (served, none) if served.any() else (none,):
            found = _merged(_matched(needs, partnered, noise, alone), needs, partnered, subsidy)
            if found is not None and (best is None or count(found) < count(best)):
                best = found
        if (best is not None and count(best) <= bound) or time.monotonic() > end:
            break
    return best


def _served(needs: Array, partnered: Mask, subsidy: float) -> Mask:
    """Return who may get all it needs from outside, without a contract: as many as possible."""
    found = np.zeros(needs.size, dtype=bool)
    order = np.argsort(needs, kind="stable")
    order = order[((needs > _EXACT) & ~partnered)[order]]
    found[order[np.cumsum(needs[order]) <= subsidy + _EXACT]] = True
    return found


def _matched(needs: Array, partnered: Mask, noise: Array, alone: Mask) -> Blocks:
    """Give each needy one the smallest giver that is enough; pair the other partnered ones."""
    needy = np.flatnonzero((needs > _EXACT) & ~alone)
    givers = np.flatnonzero(needs <= _EXACT)
    left = givers[np.argsort(-needs[givers], kind="stable")].tolist()  # smallest first
    blocks: Blocks = [[n] for n in np.flatnonzero(alone).tolist()]
    for n in needy[np.argsort(-(needs * noise)[needy], kind="stable")].tolist():
        spare = -needs[left]
        place = min(int(np.searchsorted(spare, needs[n] - _EXACT)), len(left) - 1)
        blocks.append([n, left.pop(place)] if left else [n])
    lone = [n for n in left if partnered[n]]
    blocks += [lone[k : k + 2] for k in range(0, len(lone), 2)]
    return blocks + [[n] for n in left if not partnered[n]]


def _merged(blocks: Blocks, needs: Array, partnered: Mask, subsidy: float) -> Blocks | None:
    """Merge blocks until each is covered, together with the subsidy, and nobody lacks a partner."""
    sums = [float(needs[block].sum()) for block in blocks]
    while True:
        short = [k for k, block in enumerate(blocks) if len(block) == 1 and partnered[block[0]]]
        if not short and sum(max(total, 0.0) for total in sums) > subsidy + _EXACT:
            short = [int(np.argmax(sums))]
        if not short:
            return [sorted(block) for block in blocks]
        if len(blocks) == 1:
            return None
        k = short[0]
        others = [j for j in range(len(blocks)) if j != k]
        enough = [j for j in others if sums[j] + sums[k] <= _EXACT]
        j = max(enough, key=sums.__getitem__) if enough else min(others, key=sums.__getitem__)
        blocks[j], sums[j] = blocks[j] + blocks[k], sums[j] + sums[k]
        del blocks[k], sums[k]


def _program(
    needs: Array, partnered: Mask, subsidy: float, most: int, seconds: float
) -> tuple[Blocks | None, int]:
    """Return the best blocks of an integer program, if any, and the bound that it proves."""
    from scipy.optimize import Bounds, milp

    size = needs.size
    busy = partnered | (needs > _EXACT)  # one of them is in every block
    held = partnered if subsidy > 0 else busy  # who must be in one
    width = min(int(busy.sum()), size // 2)
    cells = size * width
    if seconds <= 0 or cells > _CELLS:
        return None, 0
    top = np.ones(cells + 2 * width)
    order = np.argsort(-np.abs(needs), kind="stable")
    for place, n in enumerate(order[busy[order]][:width].tolist()):
        top[n * width + place + 1 : (n + 1) * width] = 0.0  # blocks have no order of their own
    with quiet_stdout():
        answer = milp(
            np.concatenate([np.ones(cells), -np.ones(width), np.zeros(width)]),
            constraints=_rows(needs, held, subsidy, width),
            integrality=np.concatenate([np.ones(cells + width), np.zeros(width)]),
            bounds=Bounds(np.zeros(top.size), top),
            options={"time_limit": seconds, "presolve": False},
        )
    bound = answer.mip_dual_bound
    proved = 0 if bound is None or not np.isfinite(bound) else int(np.ceil(bound - 1e-6))
    if answer.x is None:
        return None, proved
    inside = answer.x[:cells].reshape(size, width) > 0.5
    blocks = [np.flatnonzero(column).tolist() for column in inside.T if column.any()]
    blocks += [[n] for n in np.flatnonzero(~inside.any(axis=1)).tolist()]
    fits = sum(max(float(needs[block].sum()), 0.0) for block in blocks) <= subsidy + 1e-9
    return (blocks if fits and count(blocks) < most else None), proved


def _rows(needs: Array, held: Mask, subsidy: float, width: int) -> Any:
    """Return the program's rows over z_nb (n is in block b), u_b (it is there), s_b (subsidy)."""
    from scipy.optimize import LinearConstraint

    size, own, none = needs.size, np.eye(width), np.zeros((width, width))
    of_each, of_block = np.kron(np.eye(size), np.ones(width)), np.kron(np.ones(size), own)
    idle, cells = np.zeros((size, width)), size * width
    lacking = np.where(held, 0.0, np.maximum(needs, 0.0))  # from outside, if in no block
    rows = [
        np.hstack([of_each, idle, idle]),  # everybody in one block, who need not be in one at most
        np.hstack([np.kron(needs, own), none, -own]),
        np.hstack([of_block, -2.0 * own, none]),
        np.hstack([np.eye(cells), np.kron(-np.ones((size, 1)), own), np.zeros((cells, width))]),
        np.concatenate([np.repeat(-lacking, width), np.zeros(width), np.ones(width)])[None],
    ]
    far = np.full(width, np.inf)
    low = [held * 1.0, -far, 0.0 * own[0], np.full(cells, -np.inf), -far[:1]]
    high = [np.ones(size), 0.0 * own[0], far, np.zeros(cells), np.full(1, subsidy - lacking.sum())]
    return LinearConstraint(np.vstack(rows), np.concatenate(low), np.concatenate(high))
