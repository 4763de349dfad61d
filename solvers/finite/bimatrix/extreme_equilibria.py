"""All extreme equilibria of two players, decided exactly; the algorithm chosen by the size."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from time import monotonic

from coopetition.solvers.finite.bimatrix.check import PayoffTable, best_reply, whole
from coopetition.solvers.finite.bimatrix.complementary import complementary
from coopetition.solvers.finite.bimatrix.few_strategies import by_faces
from coopetition.solvers.finite.bimatrix.polytope import MixedWeights, Polytope, polytope
from coopetition.solvers.finite.bimatrix.walk import walk
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

    Examples
    --------
    >>> found = extreme_equilibria([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> found.pairs
    (((1, 0), (1, 0)), ((0, 1), (0, 1)), ((2, 1), (1, 2)))
    >>> found.complete, found.degenerate
    (True, False)
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
