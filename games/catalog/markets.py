"""Markets: firms that choose quantities or prices, and a meadow."""

from collections.abc import Sequence

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.textbook import Textbook
from coopetition.games.smooth.game import SmoothGame


def cournot(
    intercept: float = 10.0, slope: float = 1.0, costs: Sequence[float] = (1.0, 2.0, 3.0)
) -> Textbook[SmoothGame]:
    """Return Cournot's oligopoly with linear demand p = a − bQ and constant unit costs.

    With n active firms q_i = (a + Σc − (n+1) c_i)/(b(n+1)), and firm i earns b q_i². With equal
    costs welfare (consumers' surplus included) is n(n+2)/(n+1)² of the best.

    Raises
    ------
    InvalidInputError
        If `slope` is not positive, or a firm would not produce.

    Examples
    --------
    >>> book = cournot()
    >>> book.equilibria[0].tolist(), book.game.payoffs(book.equilibria[0]).tolist()
    ([3.0, 2.0, 1.0], [9.0, 4.0, 1.0])
    """
    c, a, b = np.asarray(costs, dtype=float), intercept, slope
    n = c.size
    made: Array = np.asarray((a + c.sum() - (n + 1) * c) / (b * (n + 1) if b > 0 else np.nan))
    if not (made > 0).all():
        raise InvalidInputError(
            f"all firms must produce: `slope` positive and `costs` close and below `intercept`, "
            f"got {b:g}, {list(costs)}, {a:g}"
        )

    def profits(q: Array) -> Array:
        return q * (a - b * q.sum(axis=-1, keepdims=True) - c)

    facts = {"welfare ratio": n * (n + 2) / (n + 1) ** 2} if np.ptp(c) == 0 else {}
    return Textbook(
        game=SmoothGame(
            payoffs=profits,
            bounds=[(0.0, a / b)] * n,
            own_concave=True,
            vectorized=True,
            players=[f"firm {i + 1}" for i in range(n)],
        ),
        equilibria=(made,),
        facts=facts,
        source="Cournot 1838; Tirole, The Theory of Industrial Organization, 1988, section 5.4; "
        "potential: Slade 1994, Monderer and Shapley 1996",
    )


def bertrand(
    demand: float = 10.0, spillover: float = 1.0, costs: Sequence[float] = (2.0, 2.0)
) -> Textbook[SmoothGame]:
    """Return price competition with differentiated products, q_i = a − p_i + d·mean(others' p).

    The first-order conditions 2 p_i − d·mean(p_−i) = a + c_i are linear; with equal costs
    p = (a + c)/(2 − d). Payoffs are those of an exact potential game.

    Raises
    ------
    InvalidInputError
        If there are not at least two firms, or not 0 <= spillover < 2.

    Examples
    --------
    >>> bertrand().equilibria[0].tolist()
    [12.0, 12.0]
    """
    c = np.asarray(costs, dtype=float)
    n = c.size
    if n < 2 or not 0 <= spillover < 2 or not (c >= 0).all() or not demand > 0:
        raise InvalidInputError(
            "bertrand needs two firms or more, 0 <= `spillover` < 2, `costs` of at least 0 and "
            f"`demand` positive, got {list(costs)}, {spillover:g}, {demand:g}"
        )
    mean = (np.ones((n, n)) - np.eye(n)) / (n - 1)
    price = np.linalg.solve(2 * np.eye(n) - spillover * mean, demand + c)

    def profits(p: Array) -> Array:
        return np.asarray((p - c) * (demand - p + spillover * (p @ mean.T)))

    return Textbook(
        game=SmoothGame(
            payoffs=profits,
            bounds=[(0.0, 4 * float(price.max()))] * n,
            own_concave=True,
            vectorized=True,
            players=[f"firm {i + 1}" for i in range(n)],
        ),
        equilibria=(price,),
        source="Tirole 1988, section 7.1 (linear differentiated demand); derived",
    )


def commons(farmers: int = 3, capacity: float = 12.0, cost: float = 0.0) -> Textbook[SmoothGame]:
    """Return the commons: each animal gives capacity − X, X all animals on the meadow.

    Everybody keeps (capacity − cost)/(n+1), together n/(n+1) of capacity − cost; a half would be
    best.

    Examples
    --------
    >>> book = commons()
    >>> book.equilibria[0].tolist(), book.facts["best total"]
    ([3.0, 3.0, 3.0], 6.0)
    """
    twin = cournot(capacity, 1.0, [cost] * farmers)
    return Textbook(
        game=twin.game,
        equilibria=twin.equilibria,
        facts={"best total": (capacity - cost) / 2},
        source="Hardin 1968; Gibbons, Game Theory for Applied Economists, 1992, section 1.2.D, "
        "with a linear value",
    )
