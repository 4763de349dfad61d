"""Value and damage from the slopes of demand, of any form and for firms of several products.

With k_j the margin of product j and ∂q_j/∂p_k the slopes of demand,

    J_nm = −wtp Σ_{j of n, k of m} k_j ∂q_j/∂p_k:

a gain that is worth `wtp` to each customer acts like a price that is lower by it.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.market import Market, firm_names, firm_numbers, market_of


def from_slopes(
    slopes: ArrayLike,
    margin: ArrayLike,
    *,
    owners: Sequence[Hashable] | None = None,
    units: ArrayLike | None = None,
    wtp: float = 1.0,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate from the slopes of demand and margins, with prices fixed.

    Parameters
    ----------
    slopes : shape (J, J)
        ∂q_j/∂p_k of products: row j's units for the column's price, units per money.
    margin : shape (J,)
        Price less marginal cost, money per unit.
    owners : J firms, optional
        Whose product each is; by default everybody has one.
    units : shape (J,), optional
        Units sold, for what customers gain.
    wtp : float
        Money that a unit of gain is worth to a customer, per unit bought.
    firms : names, optional
        In the order in which they first own a product.

    Raises
    ------
    InvalidInputError
        In one sentence: shapes that do not fit, own slopes that are not negative.

    Examples
    --------
    >>> found = from_slopes([[-2.0, 0.5], [0.5, -1.5]], [2.0, 3.0])
    >>> found.value.tolist(), found.damage.round(4).tolist()
    ([4.0, 4.5], [[0.0, 0.2222], [0.375, 0.0]])
    """
    table = np.array(slopes, dtype=float)
    if table.ndim != 2 or len(table) < 2 or table.shape[0] != table.shape[1]:
        raise InvalidInputError(f"`slopes` must be a square matrix, got the shape {table.shape}")
    if not np.isfinite(table).all():
        raise InvalidInputError("`slopes` must be finite")
    count = len(table)
    own = np.diagonal(table)
    if (own >= 0).any():
        j = int(np.flatnonzero(own >= 0)[0])
        raise InvalidInputError(
            f"`slopes` of product {j + 1} for its own price must be negative, got {own[j]:g}"
        )
    products = [f"product {j + 1}" for j in range(count)]
    k = firm_numbers("margin", margin, products)
    whose = list(range(count)) if owners is None else list(owners)
    if len(whose) != count:
        raise InvalidInputError(f"`owners` must be {count} firms, one a product, got {len(whose)}")
    known = list(dict.fromkeys(whose))
    member = np.array([[float(owner == firm) for owner in whose] for firm in known])
    worth = float(firm_numbers("wtp", wtp, ["all"])[0])
    stakes = -worth * (member * k) @ table @ member.T
    known_names = [str(firm) for firm in known] if firms is None and owners is not None else firms
    names = firm_names(known_names, len(known))
    sold = None if units is None else firm_numbers("units", units, products)
    return market_of(
        names,
        stakes,
        method="slopes of demand and margins",
        consumers=None if sold is None else float(worth * sold.sum()),
    )
