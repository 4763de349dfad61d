"""Competitors who decide whether to train together."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.textbook import Textbook


def data_sharing_duopoly(
    share: float = 0.5, beta: float = 0.5, substitution: float = 0.5, data: float = 100.0
) -> Textbook[FiniteGame]:
    """Return the data-sharing duopoly: two Cournot firms may pool the data that cut their costs.

    Firm 1 has the share x of all data n. A model trained on m samples has the unit cost m^−β; with
    demand p = 1 − q − γ q' a firm with cost c against c' earns ((2(1−c) − γ(1−c'))/(4 − γ²))².
    Data are pooled if both agree. Firm 1 gains iff 2 x^−β − γ (1−x)^−β > 2 − γ, whatever n.

    Parameters
    ----------
    share : in (0, 1)
    beta : positive
        How fast costs fall with data.
    substitution : in [0, 1)
        γ, how alike the products are.

    Raises
    ------
    InvalidInputError
        If a parameter is out of its range, or a firm would not sell.

    Examples
    --------
    >>> data_sharing_duopoly().facts["first gains"], data_sharing_duopoly(0.95).facts["first gains"]
    (1.0, 0.0)
    """
    if not (0 < share < 1 and beta > 0 and 0 <= substitution < 1 and data > 0):
        raise InvalidInputError(
            "`share` must be in (0, 1), `beta` and `data` positive, `substitution` in [0, 1), got "
            f"{share:g}, {beta:g}, {data:g}, {substitution:g}"
        )
    gamma, parts = substitution, (share, 1 - share)

    def profit(own: float, other: float) -> float:
        sold = 2 * (1 - own) - gamma * (1 - other)
        if not sold > 0:
            raise InvalidInputError(
                f"a firm with unit cost {own:g} against {other:g} would not sell: more `data`"
            )
        return (sold / (4 - gamma**2)) ** 2

    alone = [(part * data) ** -beta for part in parts]
    together = data**-beta
    tensor = []
    for own, other in ((0, 1), (1, 0)):
        apart = profit(alone[own], alone[other])
        tensor.append([[apart, apart], [apart, profit(together, together)]])
    margins = [2 * a**-beta - gamma * b**-beta - (2 - gamma) for a, b in (parts, parts[::-1])]
    agree = all(margin > 0 for margin in margins)
    names = ("keep", "share")
    equilibria = [(0, 0)]
    equilibria += [(0, 1)] if margins[0] <= 0 else []
    equilibria += [(1, 0)] if margins[1] <= 0 else []
    equilibria += [(1, 1)] if min(margins) >= 0 else []
    return Textbook(
        game=FiniteGame(tensor, ("first", "second"), (names, names), title="data sharing"),
        equilibria=tuple(sorted(equilibria)),
        facts={
            "first gains": float(margins[0] > 0),
            "second gains": float(margins[1] > 0),
            "both share": float(agree),
        },
        source="in the setting of Tsoy and Konstantinov, Strategic data sharing between "
        "competitors, NeurIPS 2023; the threshold is derived: 2(1−c) − γ(1−c') rises",
    )


def federated_oligopoly(
    data: Sequence[float] = (3.0, 2.0, 1.0), *, scale: float = 1.0, competition: bool = True
) -> Textbook[FiniteGame]:
    """Return firms that may train together before they sell to the same customers.

    Those who join share one model of quality G(Σ data), G(d) = d/(d + scale); the others have
    G of their own data. Customers θ ~ U[0, 1] buy the model with the largest θ·quality − price, or
    none; prices are those of the equilibrium. Equally good models compete prices, and profits, down
    to 0; without competition (markets apart) each is worth a quarter of its quality.

    Raises
    ------
    InvalidInputError
        If there are not 2 to 12 firms with positive data.

    Examples
    --------
    >>> federated_oligopoly((2.0, 1.0)).equilibria[0], federated_oligopoly(
    ...     (2.0, 1.0), competition=False).equilibria[-1]
    ((0, 0), (1, 1))
    """
    size = len(data)
    if not 2 <= size <= 12 or not all(0 < d < np.inf for d in data) or not 0 < scale < np.inf:
        raise InvalidInputError(
            f"`data` must be 2 to 12 positive numbers and `scale` positive, got {data}, {scale:g}"
        )
    own, tensor = np.asarray(data, dtype=float), np.empty((size,) + (2,) * size)
    for profile in product((0, 1), repeat=size):
        joined = np.array(profile, bool)
        used = np.where(joined, own[joined].sum(), own)
        quality = used / (used + scale)
        profits = vertical_profits(quality) if competition else quality / 4
        for n in range(size):
            tensor[n][profile] = profits[n]
    best = np.ones((2,) * size, bool)
    for n in range(size):
        best &= tensor[n] >= tensor[n].max(axis=n, keepdims=True)
    return Textbook(
        game=FiniteGame(
            tensor,
            [f"firm {n + 1}" for n in range(size)],
            [("alone", "join")] * size,
            title="federated oligopoly",
        ),
        equilibria=tuple(tuple(map(int, where)) for where in np.argwhere(best)),
        facts={"profit of equally good firms": 0.0} if competition else {},
        source="in the setting of Huang, Dachille and Liu, When federated learning meets oligopoly "
        "competition, IEEE Internet of Things Journal 2024; our reading, with prices derived",
    )


def vertical_profits(quality: ArrayLike) -> Array:
    """Return what firms earn that compete in prices with models of different quality.

    First-order conditions are linear: with gaps d_i between neighbors in quality, firm i sells
    p_i (1/d_(i−1) + 1/d_i). Two firms of quality a > b earn 4a²(a−b)/(4a−b)² and ab(a−b)/(4a−b)²
    (Choi and Shin, Journal of Industrial Economics 40, 1992).

    Examples
    --------
    >>> vertical_profits([1.0, 0.5]).round(6).tolist(), vertical_profits([1.0, 1.0]).tolist()
    ([0.163265, 0.020408], [0.0, 0.0])
    """
    a = np.asarray(quality, dtype=float)
    values, counts = np.unique(a, return_counts=True)
    free = float(values[counts > 1].max(initial=0.0))  # equals sell at 0, and nobody below sells
    top = np.sort(a[a > free])[::-1]
    if top.size == 0:
        return np.zeros_like(a)
    gaps = -np.diff(np.append(top, free))
    above = np.concatenate(([0.0], 1 / gaps[:-1]))  # nobody is better than the best
    system = np.diag(2 * (above + 1 / gaps))
    system[np.arange(1, top.size), np.arange(top.size - 1)] = -above[1:]
    system[np.arange(top.size - 1), np.arange(1, top.size)] = -1 / gaps[:-1]
    demand = np.zeros(top.size)
    demand[0] = 1.0
    price = np.linalg.solve(system, demand)
    profit = dict(zip(top.tolist(), (price**2 * (above + 1 / gaps)).tolist(), strict=True))
    return np.array([profit.get(float(q), 0.0) for q in a])
