"""Value and damage from diversions and margins, where prices are not chosen.

    damage_nm = D_mn k_n/k_m,    value_m = k_m × customers won per unit of gain,

D_mn the share of m's new customers that come from n, k margins in money. Where prices are chosen
this equals what second choices give iff D_mn q_m/k_m is symmetric: a test of the data.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.studies.market.diversion import diversion_of, doubts, drawn_diversion
from coopetition.studies.market.market import Market, firm_numbers, market_of
from coopetition.studies.market.spread import drawn_positive, spread_of


def margins(
    units: ArrayLike,
    diversion: ArrayLike,
    margin: Any,
    *,
    wtp: Any = 1.0,
    won: ArrayLike | None = None,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate from diversions and margins.

    Parameters
    ----------
    units : shape (N,)
        q, units sold.
    diversion : shape (N, N + 1) or (N, N)
        Of m's (row) new customers, from which firm (column) they come; as in `second_choice`.
    margin : number, N numbers, or (mean, sd)
        k, price less marginal cost, money per unit.
    wtp : as in `second_choice`
        Used where `won` is not stated: prices that are best replies win q/k customers per unit of
        money.
    won : shape (N,), optional
        Customers that m wins per unit of its gain.
    firms : names, optional

    Raises
    ------
    InvalidInputError
        In one sentence; margins must be positive.

    Examples
    --------
    >>> found = margins([650, 998], [[0, 0.4], [0.3, 0]], [1.2, 1.5])
    >>> found.value.tolist(), found.damage.round(3).tolist()
    ([650.0, 998.0], [[0.0, 0.24], [0.5, 0.0]])
    """
    ratios, counts, names = diversion_of(diversion, firms)
    size = len(names)
    sold = firm_numbers("units", units, names)
    k, sd = spread_of("margin", margin, names)
    worth, worth_sd = spread_of("wtp", wtp, names)
    new = None if won is None else firm_numbers("won", won, names)

    def at(diverted: Array, margins: Array, wtps: Array) -> Array:
        value = wtps * sold if new is None else margins * new
        lost = np.swapaxes(diverted, -1, -2) * margins[..., :, None] / margins[..., None, :]
        return np.asarray(value[..., None, :] * (np.eye(size) - lost))

    def sampler(rng: np.random.Generator, count: int) -> Array:
        fixed = np.repeat(ratios[None], count, axis=0)
        drawn = fixed if counts is None else drawn_diversion(counts, rng, count)
        noisy = k * (1 + sd / k * rng.standard_normal((count, size)))
        positive = np.maximum(noisy, 1e-6 * k)
        return at(drawn, positive, drawn_positive(worth, worth_sd, rng, count))

    uncertain = counts is not None or sd.any() or worth_sd.any()
    off = float(np.abs(asymmetry(sold, ratios, k)).max())
    told = doubts(ratios, counts, names)
    if new is None and off > np.log(2):
        told.append(
            f"units, margins and diversions disagree by a factor of up to {np.exp(off):.3g} with "
            "prices that are best replies: are the margins right, or are prices not chosen?"
        )
    return market_of(
        names,
        at(ratios, k, worth),
        method="diversions and margins",
        consumers=float(worth @ sold),
        warnings=told,
        sampler=sampler if uncertain else None,
    )


def asymmetry(units: ArrayLike, diversion: ArrayLike, margin: ArrayLike) -> Array:
    """Return log (D_nm q_n/k_n) − log (D_mn q_m/k_m), shape (N, N): 0 where the data agree.

    With prices that are best replies both are the cross slope of demand.

    Raises
    ------
    InvalidInputError
        As `margins`.

    Examples
    --------
    >>> asymmetry([100, 100], [[0, 0.4], [0.2, 0]], [1.0, 1.0]).round(3).tolist()
    [[0.0, 0.693], [-0.693, 0.0]]
    """
    ratios, _, names = diversion_of(diversion)
    sold, k = (firm_numbers(n, v, names) for n, v in (("units", units), ("margin", margin)))
    slopes = ratios * (sold / k)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(slopes) - np.log(slopes.T)
    return np.where(np.isnan(found), 0.0, found)
