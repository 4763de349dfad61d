"""Which extreme equilibria may be mixed with which: maximal Nash subsets and components."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

MOST = 100_000  # sets compared: some tenths of a second

Pair = tuple[Hashable, Hashable]
Sets = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class NashSubsets:
    """All equilibria of a two-player game, told by the extreme ones, which are numbered from 0.

    Attributes
    ----------
    subsets : tuple of tuples
        Maximal Nash subsets: any mixture of the first players' strategies in one of them is an
        equilibrium with any mixture of its second players' strategies; every equilibrium is such.
    components : tuple of tuples
        Connected components: extreme equilibria joined by subsets that share one.
    """

    subsets: Sets
    components: Sets

    @property
    def continuum(self) -> bool:
        """Whether there are infinitely many equilibria: some subset has two points or more."""
        return any(len(subset) > 1 for subset in self.subsets)


def nash_subsets(pairs: Sequence[Pair]) -> NashSubsets | None:
    """Return the maximal Nash subsets of extreme equilibria; None where they are too many to list.

    They are the maximal bicliques of the graph that joins x and y where (x, y) is an extreme
    equilibrium (Avis, Rosenberg, Savani and von Stengel, Economic Theory 42, 2010, §2).

    Parameters
    ----------
    pairs : all extreme equilibria (x, y), by anything that tells vertices apart

    Examples
    --------
    >>> nash_subsets([("a", "b"), ("a", "c"), ("d", "c"), ("e", "f")])
    NashSubsets(subsets=((0, 1), (1, 2), (3,)), components=((0, 1, 2), (3,)))
    """
    number = {pair: k for k, pair in enumerate(pairs)}
    replies: dict[Hashable, set[Hashable]] = {}
    back: dict[Hashable, set[Hashable]] = {}
    for x, y in pairs:
        replies.setdefault(x, set()).add(y)
        back.setdefault(y, set()).add(x)
    subsets, components, left, work = [], [], set(replies), 0
    for start in replies:
        if start not in left:
            continue
        left.remove(start)
        group, todo = [], [start]
        while todo:
            x = todo.pop()
            group.append(x)
            near = {other for y in replies[x] for other in back[y]} & left
            left -= near
            todo.extend(near)
        components.append(tuple(sorted(number[x, y] for x in group for y in replies[x])))
        closed: set[frozenset[Hashable]] = set()  # what sets of first players' strategies share
        for own in {frozenset(replies[x]) for x in group}:
            work += len(closed)
            if work > MOST:
                return None
            closed |= {own} | {own & other for other in closed}
        for shared in closed - {frozenset()}:
            with_all = [x for x in group if shared <= replies[x]]
            subsets.append(tuple(sorted(number[x, y] for x in with_all for y in shared)))
    return NashSubsets(tuple(sorted(subsets)), tuple(sorted(components)))
