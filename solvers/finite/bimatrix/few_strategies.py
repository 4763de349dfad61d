"""Extreme equilibria where one player has few strategies: one polytope, faces of the other."""

from math import inf

from coopetition.solvers.finite.bimatrix.polytope import MixedWeights, Polytope, members
from coopetition.solvers.finite.bimatrix.walk import Walked, walk


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
