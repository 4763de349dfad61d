"""Weights from four-cycles: one ratio per pair, chained along the strongest pairs.

Each identity Δ_n/w_n = Δ_m/w_m ties two weights only, so that the null space of all of them is
spanned by one vector per connected component; a spanning tree gives it, and the pairs outside the
tree must agree with it. Signs are looked at after that: where the ratio of a pair is negative,
no positive weights exist.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.smooth.cycles import Cycles, UnclosedCycles

CLEAR, ALIKE = 1e4, 1e2  # times rounding: surely there; as good as not there
USEFUL = 2e3  # times rounding: a ratio known to a tenth


class PlayerPair(NamedTuple):
    """What the cycles say of two players: log(w_n/w_m) up to `loose`, and the best cycle."""

    n: int
    m: int
    ratio: float
    loose: float
    cycle: int
    differences: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights, or a witness that there are none; `clear` where nothing was doubtful.

    `loose` is the relative uncertainty of each weight against the first of its component.
    """

    weights: Array
    loose: Array
    components: tuple[tuple[int, ...], ...]
    witness: UnclosedCycles | None
    clear: bool


def chain_weights(cycles: Cycles) -> Weights:
    """Find the weights of a game from its four-cycles, the first of each component being 1."""
    size, clear = len(cycles.blocks), True
    pairs: list[PlayerPair] = []
    for n in range(size):
        for m in range(n + 1, size):
            found = _pair(cycles, n, m)
            if isinstance(found, UnclosedCycles):
                return _none(size, found)
            clear &= found is not False
            if isinstance(found, PlayerPair):
                pairs.append(found)
    tree, rest = _tree(pairs, size)
    logs, loose, groups = _walk(tree, size)
    for pair in rest:
        gap = abs(pair.ratio - (logs[pair.n] - logs[pair.m]))
        room = pair.loose + loose[pair.n] + loose[pair.m]
        if gap > room * CLEAR / ALIKE:
            return _none(size, _loop(cycles, tree, pair, gap))
        clear &= gap <= room
    near = np.abs(logs) <= np.maximum(loose, 1e-12)
    weights = np.where(near, 1.0, np.exp(logs))
    return Weights(weights, loose, tuple(map(tuple, groups)), None, clear)


def _none(size: int, witness: UnclosedCycles) -> Weights:
    return Weights(np.ones(size), np.zeros(size), (), witness, True)


def _pair(cycles: Cycles, n: int, m: int) -> PlayerPair | UnclosedCycles | bool:
    """Return a ratio, a witness against all, True for none to speak of, False for doubt."""
    a, b, *noise = cycles.differences(n, m)
    # What is there beside the payoffs of its own cycle; and what cannot be rounding of larger ones.
    floor = [cycles.noise(cycles.largest[k]) * ALIKE for k in (n, m)]
    seen_a, seen_b = np.abs(a) / noise[0], np.abs(b) / noise[1]
    clear_a, clear_b = (
        np.abs(v) / np.maximum(own, least / CLEAR)
        for v, own, least in zip((a, b), noise, floor, strict=True)
    )
    if max(seen_a.max(), seen_b.max()) <= ALIKE:
        return True
    lonely = np.where(seen_b <= 1, clear_a, np.where(seen_a <= 1, clear_b, 0.0))
    signs = np.sign(a) * np.sign(b)  # a · b may be beyond all floats
    opposed = np.where(signs < 0, np.minimum(clear_a, clear_b), 0.0)
    for strength, why in ((opposed, _OPPOSED), (lonely, _LONELY)):
        k = int(np.argmax(strength))
        if strength[k] >= CLEAR and (why is _OPPOSED or min(seen_a.max(), seen_b.max()) <= ALIKE):
            cycle = cycles.cycle(n, m, k, (float(a[k]), float(b[k])))
            return UnclosedCycles((cycle,), why, 1.0)
    k = int(np.argmax(np.minimum(clear_a, clear_b)))
    if min(clear_a[k], clear_b[k]) <= USEFUL or signs[k] <= 0:
        return bool(max(seen_a.max(), seen_b.max()) < CLEAR)  # too weak to say anything
    ratio = float(a[k] / b[k])
    loose = ALIKE * float(1 / seen_a[k] + 1 / seen_b[k])
    open_ = np.abs(a - ratio * b)
    room = ALIKE * (noise[0] + ratio * noise[1]) + loose * np.abs(a)
    if (open_ <= room).all():
        return PlayerPair(n, m, float(np.log(ratio)), loose, k, (float(a[k]), float(b[k])))
    sure = (open_ >= room * CLEAR / ALIKE) & (open_ >= floor[0] + ratio * floor[1])
    if not sure.any():
        return False
    j = int(np.argmax(np.where(sure, open_ / room, 0.0)))
    gap = float(open_[j] / max(abs(a[j]), abs(ratio * b[j])))
    two = [cycles.cycle(n, m, i, (float(a[i]), float(b[i]))) for i in (k, j)]
    return UnclosedCycles(tuple(two), f"{_TWO}; {gap:.3g} of it stays open", gap)


_OPPOSED = "what one gains less by moving back the other loses: no positive weights close the cycle"
_LONELY = "only one of the two payoffs changes round the cycle: no positive weights close it"
_TWO = "weights that close the first cycle leave the second open"


def _tree(pairs: list[PlayerPair], size: int) -> tuple[list[PlayerPair], list[PlayerPair]]:
    """Split the pairs into a spanning forest of the surest and the rest."""
    group = list(range(size))
    tree, rest = [], []
    for pair in sorted(pairs, key=lambda p: p.loose):
        here, there = group[pair.n], group[pair.m]
        if here == there:
            rest.append(pair)
            continue
        group = [here if g == there else g for g in group]
        tree.append(pair)
    return tree, rest


def _walk(tree: list[PlayerPair], size: int) -> tuple[Array, Array, list[list[int]]]:
    """Return log weights, their uncertainty and the components, each begun at its first player."""
    logs, loose, groups = np.zeros(size), np.zeros(size), []
    left = set(range(size))
    while left:
        root = min(left)
        left.discard(root)
        queue, group = [root], [root]
        while queue:
            n = queue.pop()
            for pair in tree:
                ends = {pair.n: (pair.m, -1.0), pair.m: (pair.n, 1.0)}
                other, sign = ends.get(n, (n, 0.0))
                if other in left:
                    logs[other] = logs[n] + sign * pair.ratio
                    loose[other] = loose[n] + pair.loose
                    left.discard(other)
                    queue.append(other)
                    group.append(other)
        groups.append(sorted(group))
    return logs, loose, groups


def _loop(cycles: Cycles, tree: list[PlayerPair], last: PlayerPair, gap: float) -> UnclosedCycles:
    """Return the cycles of the pairs on a closed way whose ratios do not multiply to 1."""
    way: dict[int, list[PlayerPair]] = {last.n: []}
    queue = [last.n]
    while last.m not in way:
        n = queue.pop(0)
        for pair in tree:
            other = {pair.n: pair.m, pair.m: pair.n}.get(n, n)
            if other not in way:
                way[other] = [*way[n], pair]
                queue.append(other)
    chosen = [*way[last.m], last]
    shown = [cycles.cycle(p.n, p.m, p.cycle, p.differences) for p in chosen]
    open_ = float(-np.expm1(-gap))
    reason = (
        f"the weights that close all but the last cycle leave it open by {open_:.3g} of its larger "
        "side: ratios of weights do not multiply to 1 round the players"
    )
    return UnclosedCycles(tuple(shown), reason, open_)
