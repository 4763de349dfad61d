"""All extreme equilibria of two players, decided exactly; the algorithm chosen by the size."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from time import monotonic

import numpy as np

from coopetition.solvers.finite.bimatrix.check import PayoffTable, best_reply, whole
from coopetition.solvers.finite.bimatrix.polytope import MixedWeights, Polytope, members, polytope
from coopetition.solvers.finite.bimatrix.walk import Walked, walk
from coopetition.solvers.finite.bimatrix.walk_in_floats import walk_filtered

FEW = 5  # strategies of one player up to which faces are walked, if the other has many more
LONG = 20  # bits of reduced payoffs from which whole numbers are slow
WHOLE, WHOLE_LONG = 7, 5  # strategies up to which they are the faster walk all the same
SHARES = 0.45, 0.9  # of the time left, when each walk ends: an equilibrium needs a vertex of each
Pair = tuple[MixedWeights, MixedWeights]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Extreme:
    """Extreme equilibria of a two-player game.

    Attributes
    ----------
    pairs : tuple of (x, y)
        Mixed strategies as coprime whole numbers: probabilities times their sum. Each is proved:
        best replies were compared in whole numbers. Small supports come first.
    complete : bool
        Whether these are all extreme equilibria, proved: the walks ended before the deadline.
    degenerate : bool or None
        Whether some mixture has more best replies than it uses strategies, exactly; None where not
        all vertices were seen, and none of those that were.
    """

    pairs: tuple[Pair, ...]
    complete: bool
    degenerate: bool | None


def extreme_equilibria(first: PayoffTable, second: PayoffTable, deadline: float = inf) -> Extreme:
    """Return all extreme equilibria, or those that were found before the deadline.

    An equilibrium is extreme where it is no mixture of others: a vertex of each polytope of best
    replies, which together give every strategy one of two reasons, not to be used or to be best.
    All equilibria are mixtures of extreme ones, as `nash_subsets` says (Avis, Rosenberg, Savani and
    von Stengel, Economic Theory 42, 2010).

    Parameters
    ----------
    first, second : shape (m, n)
        The players' payoffs: integers, fractions, or floats, which are the fractions they are.
    deadline : seconds of `time.monotonic`
    """
    turned = [list(column) for column in zip(*first, strict=True)]
    x_side, y_side = polytope(second), polytope(turned)
    few, many = sorted((x_side.size, y_side.size))
    if few <= FEW and many > max(2 * few, WHOLE):
        swapped = y_side.size == few
        sides = (y_side, x_side) if swapped else (x_side, y_side)
        pairs, complete, surplus = by_faces(*sides, deadline)
        pairs = [(x, y) for y, x in pairs] if swapped else pairs
        degenerate = True if surplus else None
    else:
        pairs, complete, surplus = by_vertices(x_side, y_side, deadline)
        degenerate = surplus if surplus or complete else None
    one, two = whole(first), list(zip(*whole(second), strict=True))
    proved = {(x, y) for x, y in pairs if best_reply(one, x, y) and best_reply(two, y, x)}
    return Extreme(pairs=ordered(proved), complete=complete, degenerate=degenerate)


def by_vertices(
    x_side: Polytope, y_side: Polytope, deadline: float = inf, *, exact: bool | None = None
) -> tuple[list[Pair], bool, bool]:
    """Return extreme equilibria, whether these are all, and whether a vertex had a surplus.

    Parameters
    ----------
    exact : bool, optional
        Whether to walk in whole numbers only; by default where that is faster.
    """
    m, n = x_side.size, y_side.size
    if exact is None:
        bits = max(v.bit_length() for side in (x_side, y_side) for row in side.rows for v in row)
        exact = max(m, n) <= (WHOLE if bits <= LONG else WHOLE_LONG)
    step = walk if exact else walk_filtered
    now = monotonic()
    ends = [deadline if deadline == inf else now + share * (deadline - now) for share in SHARES]
    one, two = step(x_side.rows, ends[0]), step(y_side.rows, ends[1])
    x_origin, y_origin = x_side.origin, y_side.origin
    xs = {tight: basis for tight, basis in one.vertices.items() if tight != x_origin}
    ys = {  # labels in the same order: the first player's strategies, then the second's
        tight >> n | (tight & y_origin) << m: basis
        for tight, basis in two.vertices.items()
        if tight != y_origin
    }
    surplus = any(t.bit_count() > m for t in xs) or any(t.bit_count() > n for t in ys)
    matched, all_pairs = complementary(xs, ys, m, n, deadline)
    x_of = {tight: x_side.mixture(xs[tight]) for tight in {x for x, _ in matched}}
    y_of = {tight: y_side.mixture(ys[tight]) for tight in {y for _, y in matched}}
    pairs = [(x_of[x], y_of[y]) for x, y in matched]
    return pairs, one.ended and two.ended and all_pairs, surplus


def ordered(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return pairs without repetition: small supports first, then by the strategies used."""

    def key(pair: Pair) -> tuple[object, ...]:
        used = tuple(tuple(k for k, weight in enumerate(own) if weight) for own in pair)
        return sum(map(len, used)), used, pair

    return tuple(sorted(set(pairs), key=key))


PATIENCE = 256  # vertices between two looks at the clock


def complementary(
    first: Iterable[int], second: Iterable[int], m: int, n: int, deadline: float = inf
) -> tuple[list[tuple[int, int]], bool]:
    """Return pairs of label sets that together hold all labels 0 … m + n − 1; whether all pairs.

    A label is a strategy: a vertex has those that its own player does not use, and the other's
    that are best replies. Sets are bit masks, of at least m labels in `first`, and n in `second`.

    Sets without a surplus pair only with their complement, which is looked up. For the others, a
    long mask per label says which sets of the other side hold it; those of all missing labels are
    intersected.

    Examples
    --------
    >>> complementary([0b0011, 0b0111], [0b1100, 0b1001], 2, 2)
    ([(3, 12), (7, 12), (7, 9)], True)
    """
    one, two = list(first), list(second)
    there, everything = set(two), (1 << m + n) - 1
    surplus = [mask for mask in two if mask.bit_count() > n]
    degenerate = bool(surplus) or any(mask.bit_count() > m for mask in one)
    pools = [(some, _holders(some, m + n) if degenerate else []) for some in (surplus, two)]
    found: list[tuple[int, int]] = []
    for count, mask in enumerate(one):
        if not count % PATIENCE and monotonic() > deadline:
            return found, False
        missing = everything ^ mask
        simple = mask.bit_count() == m
        if simple and missing in there:
            found.append((mask, missing))
        pool, holders = pools[0 if simple else 1]
        both = (1 << len(pool)) - 1
        for label in members(missing):
            if not both:
                break
            both &= holders[label]
        found += [(mask, pool[k]) for k in members(both)]
    return found, True


def _holders(masks: list[int], labels: int) -> list[int]:
    """Return for each label which of the masks hold it, as a bit mask of their numbers."""
    found = []
    for label in range(labels):
        holds = np.fromiter((mask >> label & 1 for mask in masks), dtype=bool, count=len(masks))
        found.append(int.from_bytes(np.packbits(holds, bitorder="little").tobytes(), "little"))
    return found


def by_faces(
    few: Polytope, many: Polytope, deadline: float = inf
) -> tuple[list[tuple[MixedWeights, MixedWeights]], bool, bool]:
    """Return extreme equilibria (x, y); whether these are all; whether a vertex had a surplus.

    Walks the polytope of x, and of the other only the faces that can answer its vertices: with x,
    whose best replies are J, an equilibrium has a y that uses nothing outside J, and to which all
    that x uses is a best reply. The face of such y has as few rows as x strategies, hence few
    vertices, and all its vertices are vertices of the polytope.

    Parameters
    ----------
    few : the polytope of the player with few strategies
    many : that of the other

    Examples
    --------
    >>> from coopetition.solvers.finite.bimatrix.polytope import polytope
    >>> by_faces(polytope([[1, -1], [-1, 1]]), polytope([[-1, 1], [1, -1]]))
    ([((1, 1), (1, 1))], True, False)
    """
    walked = walk(few.rows, deadline)
    ended, found, surplus = walked.ended, [], False
    faces: dict[tuple[int, ...], tuple[Polytope, Walked]] = {}
    for tight, basis in walked.vertices.items():
        replies = tuple(members(tight >> few.size))
        if not replies:  # the origin
            continue
        surplus |= tight.bit_count() > few.size
        if replies not in faces:
            rows = [[row[j] for j in replies] for row in many.rows]
            face = Polytope(rows, [many.units[j] for j in replies])
            faces[replies] = face, walk(rows, deadline)
            ended &= faces[replies][1].ended
        face, seen = faces[replies]
        needed = (few.origin & ~tight) << face.size
        x: MixedWeights = ()
        for other, other_basis in seen.vertices.items():
            if other & needed == needed and other != face.origin:
                surplus |= other.bit_count() > face.size
                x = x or few.mixture(basis)
                whole = dict(zip(replies, face.mixture(other_basis), strict=True))
                found.append((x, tuple(whole.get(j, 0) for j in range(many.size))))
    return found, ended, surplus
