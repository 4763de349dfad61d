"""Value and damage from market shares alone: what the logit says of second choices.

    D_nm = s_m/(1 − s_n),    damage_nm = s_n/(1 − s_n) for every m,    kept_n = s_0/(1 − s_n),

s_0 the share of those who buy nothing. Without them nobody keeps anything. It is a fall-back: on
real demand it misses a typical damage by a third, as it cannot know who is close to whom.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.market import Market, firm_names, firm_numbers, market_of
from coopetition.studies.market.second_choice import consumers_of, pass_through, stakes_of
from coopetition.studies.market.spread import drawn_positive, spread_of


def logit(
    units: ArrayLike,
    *,
    outside: Any,
    wtp: Any = 1.0,
    prices: Any = "fixed",
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate from units sold and the share of customers who buy nothing.

    Parameters
    ----------
    units : shape (N,)
        Units sold.
    outside : number in [0, 1), or (low, high)
        s_0, the share of potential customers who buy nothing; a range is drawn from uniformly, and
        its middle is the answer.
    wtp, prices, firms
        As in `second_choice`; "logit" prices need no shares here.

    Raises
    ------
    InvalidInputError
        As `second_choice`, and if `outside` is not in [0, 1).

    Examples
    --------
    >>> found = logit([350, 250, 180], outside=0.22)
    >>> found.damage.round(4).tolist()[0], found.kept.round(4).tolist()
    ([0.0, 0.5385, 0.5385], [0.3385, 0.2933, 0.2683])
    """
    names = firm_names(firms, np.size(units))
    sold = firm_numbers("units", units, names)
    ranged = isinstance(outside, tuple | list) and len(outside) == 2
    low, high = outside if ranged else (outside, outside)
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, int | float) or not 0 <= end < 1:
            raise InvalidInputError(
                "`outside` must be in [0, 1), the share of potential customers who buy nothing, "
                f"or a range [low, high] of it, got {outside!r:.40}"
            )
    if low > high:
        raise InvalidInputError(f"`outside` must be [low, high], got {outside!r:.40}")
    worth, sd = spread_of("wtp", wtp, names)
    inside = sold / sold.sum()

    def at(outsiders: Array, wtps: Array) -> Array:
        shares = inside * (1.0 - outsiders[:, None])
        diversion = shares[:, None, :] / (1.0 - shares[:, :, None])
        diversion[:, np.arange(sold.size), np.arange(sold.size)] = 0.0
        return np.stack([
            stakes_of(sold, one, worths, pass_through(prices, names, share))
            for one, worths, share in zip(diversion, wtps, shares, strict=True)
        ])  # fmt: skip

    def sampler(rng: np.random.Generator, count: int) -> Array:
        return at(rng.uniform(low, high, count), drawn_positive(worth, sd, rng, count))

    middle = 0.5 * (low + high)
    shares = inside * (1.0 - middle)
    ratios = shares / (1.0 - shares[:, None])
    np.fill_diagonal(ratios, 0.0)
    through = pass_through(prices, names, shares)
    told = [] if middle else ["nobody buys nothing: no firm keeps anything of what all gain"]
    return market_of(
        names,
        at(np.array([middle]), worth[None])[0],
        method="market shares (logit)",
        consumers=consumers_of(sold, ratios, worth, through),
        warnings=told,
        sampler=sampler if low < high or sd.any() else None,
    )


def outside_share(units: ArrayLike, margins: ArrayLike) -> float:
    """Return the share s_0 that two margins tell of a logit: those of the first two firms.

    With A = k_1/k_2 and b the shares of what is sold, 1 − s_0 = (A − 1)/(A b_1 − b_2).

    Raises
    ------
    InvalidInputError
        If the margins are alike, or no share explains them.

    Examples
    --------
    >>> shares = np.array([0.35, 0.25])
    >>> round(outside_share([350, 250], 1 / (1 - shares)), 12)
    0.4
    """
    names = firm_names(None, np.size(units))
    sold = firm_numbers("units", units, names)
    k = firm_numbers("margins", margins, names)
    ratio, (first, second) = k[0] / k[1], (sold / sold.sum())[:2]
    below = ratio * first - second
    inside = (ratio - 1.0) / below if below else np.nan
    if not 0 < inside <= 1:
        raise InvalidInputError(
            f"no share of customers who buy nothing explains `margins` {k[0]:g} and {k[1]:g} of "
            "a logit: the larger firm must have the larger margin, in money"
        )
    return float(1.0 - inside)
