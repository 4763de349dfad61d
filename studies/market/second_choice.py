"""Value and damage from units sold and customers' second choices.

With q units sold, D_nm the share of n's own customers whose second choice is m, and a gain that is
worth `wtp` to each customer,

    J = wtp diag(q) (I − D T).

Prices fixed: T = I. Why no margin is needed: n's price is its best, q_n = k_n |∂q_n/∂p_n|; when
m's net price falls by 1, n loses k_n ∂q_n/∂p_m = k_n ∂q_m/∂p_n = q_n D_nm, cross slopes being
symmetric (Slutsky). Prices that adjust with own pass-through φ: T = (I − (I − Φ) D)⁻¹ Φ, exact for
fixed prices (1), linear demand (1/2) and the logit (1 − its share).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.diversion import diversion_of, doubts, drawn_diversion
from coopetition.studies.market.market import Market, firm_numbers, market_of
from coopetition.studies.market.spread import drawn_positive, spread_of


def second_choice(
    units: ArrayLike,
    diversion: ArrayLike,
    *,
    wtp: Any = 1.0,
    prices: Any = "fixed",
    shares: ArrayLike | None = None,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate single-product firms that choose their prices from second choices.

    Parameters
    ----------
    units : shape (N,)
        q, units sold.
    diversion : shape (N, N + 1) or (N, N)
        Counts of second choices, the last column none; or shares.
    wtp : number, N numbers, or (mean, sd)
        Money that a unit of gain is worth to a customer, per unit bought. Of the customers who
        would switch (Spence 1975), where customers differ.
    prices : "fixed", "linear", "logit", or a pass-through in (0, 1], or N of them
        How prices answer. "logit" needs `shares`.
    shares : shape (N,), optional
        Of all customers, with those who buy nothing.
    firms : names, optional

    Raises
    ------
    InvalidInputError
        In one sentence: which number of which firm is wrong, and what would be right.

    Notes
    -----
    Exact for single-product firms whose prices are best replies, whatever the demand with prices
    fixed; of firms with several products, an approximation.

    Examples
    --------
    >>> found = second_choice([350, 250], [[0, 30, 70], [50, 0, 50]], wtp=0.02)
    >>> found.value.tolist(), found.damage.round(4).tolist(), found.kept.round(2).tolist()
    ([7.0, 5.0], [[0.0, 0.42], [0.3571, 0.0]], [0.7, 0.5])
    """
    ratios, counts, names = diversion_of(diversion, firms)
    sold = firm_numbers("units", units, names)
    worth, sd = spread_of("wtp", wtp, names)
    through = pass_through(prices, names, shares)

    def sampler(rng: np.random.Generator, count: int) -> Array:
        fixed = np.repeat(ratios[None], count, axis=0)
        drawn = fixed if counts is None else drawn_diversion(counts, rng, count)
        return stakes_of(sold, drawn, drawn_positive(worth, sd, rng, count), through)

    def asker(
        rng: np.random.Generator, count: int, asked: Sequence[int], more: int
    ) -> tuple[Array, Array]:
        assert counts is not None
        true = drawn_diversion(counts, rng, count)
        stakes = stakes_of(sold, true, drawn_positive(worth, sd, rng, count), through)
        found = np.repeat(ratios[None], count, axis=0)
        for n in asked:  # each with draws of its own, so that truths are the same whoever is asked
            nobody = np.maximum(1.0 - true[:, n].sum(axis=1, keepdims=True), 0.0)
            answers = rng.spawn(1)[0].multinomial(more, np.hstack([true[:, n], nobody]))
            found[:, n] = (counts[n, :-1] + answers[:, :-1]) / (counts[n].sum() + more)
        return stakes, stakes_of(sold, found, worth, through)

    uncertain = counts is not None or sd.any()
    return market_of(
        names,
        stakes_of(sold, ratios, worth, through),
        method="second choices",
        consumers=consumers_of(sold, ratios, worth, through),
        warnings=doubts(ratios, counts, names),
        sampler=sampler if uncertain else None,
        asker=None if counts is None else asker,
    )


def pass_through(prices: Any, firms: Sequence[str], shares: ArrayLike | None = None) -> Array:
    """Return the own pass-through Φ of each firm, shape (N,).

    Raises
    ------
    InvalidInputError
        If it is none of "fixed", "linear", "logit" or numbers in (0, 1].
    """
    if isinstance(prices, str):
        if prices == "logit":
            if shares is None:
                raise InvalidInputError('`prices` = "logit" needs `shares` of all customers')
            return 1.0 - firm_numbers("shares", shares, firms)
        if prices not in ("fixed", "linear"):
            raise InvalidInputError(
                "`prices` must be fixed, linear, logit, or a pass-through in (0, 1], got "
                f"{prices!r:.40}"
            )
        return np.full(len(firms), 1.0 if prices == "fixed" else 0.5)
    through = firm_numbers("prices", prices, firms)
    if (through > 1).any():
        raise InvalidInputError(
            f"`prices` as a pass-through must be in (0, 1], got {through.max():g}"
        )
    return through


def adjusted(diversion: Array, through: Array) -> Array:
    """Return T, how net prices answer improvements: (I − (I − Φ) D)⁻¹ Φ, shape (..., N, N)."""
    one = np.eye(diversion.shape[-1])
    return np.asarray(np.linalg.solve(one - (1.0 - through)[:, None] * diversion, one * through))


def stakes_of(units: Array, diversion: Array, wtp: Array, through: Array) -> Array:
    """Return J = wtp diag(q) (I − D T), shape (..., N, N); `wtp` of shape (..., N) by column."""
    one = np.eye(units.size)
    moved = diversion if (through == 1).all() else diversion @ adjusted(diversion, through)
    return np.asarray(units[:, None] * (one - moved) * wtp[..., None, :])


def consumers_of(units: Array, diversion: Array, wtp: Array, through: Array) -> float:
    """Return what customers gain when all improve by one: q' T (wtp)."""
    moved = adjusted(diversion, through)
    return float(units @ moved @ wtp)
