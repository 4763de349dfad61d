"""Divisions of a realized pie that need no coalition: equal, fixed, proportional, equal surplus.

A share that depends on what a player contributes changes its incentives: proportional shares
leave a potential game behind only where they are fixed numbers, not where they are data that the
players choose.
"""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.checks import finite
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import Division, closed_form, shares, vector


def equal(pie: float, players: int) -> Division:
    """Give everybody the same.

    Raises
    ------
    InvalidInputError
        If the pie is not finite or there is no player.

    Examples
    --------
    >>> equal(6.0, 3).values.tolist()
    [2.0, 2.0, 2.0]
    """
    finite("pie", pie)
    if players < 1:
        raise InvalidInputError(f"`players` must be at least 1, got {players}")
    return closed_form("equal", np.full(players, pie / players), pie)


def fixed_shares(pie: float, share: ArrayLike) -> Division:
    """Give everybody its agreed share; shares are at least 0 and sum to 1.

    Raises
    ------
    InvalidInputError
        If the pie is not finite, or the shares are negative or do not sum to 1.

    Examples
    --------
    >>> fixed_shares(10.0, [0.25, 0.75]).values.tolist()
    [2.5, 7.5]
    """
    finite("pie", pie)
    found = shares("share", share)
    total = float(np.sum(np.asarray(share, dtype=float)))
    if abs(total - 1.0) > 1e-9:
        raise InvalidInputError(f"`share` must sum to 1, got {total:.12g}")
    return closed_form("fixed shares", pie * found, pie)


def proportional(pie: float, amounts: ArrayLike) -> Division:
    """Divide in proportion to amounts: data, stand-alone values, sales.

    Raises
    ------
    InvalidInputError
        If the pie is not finite, or the amounts are negative or all 0.

    Examples
    --------
    >>> proportional(10.0, [100, 300]).values.tolist()
    [2.5, 7.5]
    """
    finite("pie", pie)
    return closed_form("proportional", pie * shares("amounts", amounts), pie)


def equal_surplus(pie: float, alone: ArrayLike) -> Division:
    """Give everybody what it has alone, plus an equal part of the rest (also if that is negative).

    Raises
    ------
    InvalidInputError
        If the pie or a value alone is not finite.

    Examples
    --------
    >>> equal_surplus(10.0, [1.0, 3.0]).values.tolist()
    [4.0, 6.0]
    """
    finite("pie", pie)
    own = vector("alone", alone)
    return closed_form("equal surplus", own + (pie - own.sum()) / own.size, pie)


def split_surplus(
    total: float, outside: ArrayLike, *, weights: ArrayLike | None = None
) -> Division:
    """Give everybody its outside option and a share of the surplus, where utility is money.

    With equal weights this is the Nash, Kalai–Smorodinsky and egalitarian agreement at once.

    Parameters
    ----------
    total : float
        What an agreement has to divide.
    weights : shape (N,), optional
        Bargaining power, in any unit; equal by default.

    Raises
    ------
    InvalidInputError
        If the outside options sum to more than the total, or a weight is negative.

    Examples
    --------
    >>> split_surplus(10.0, [1.0, 3.0], weights=[2, 1]).values.tolist()
    [5.0, 5.0]
    """
    finite("total", total)
    own = vector("outside", outside)
    power = shares("weights", np.ones(own.size) if weights is None else weights, own.size)
    surplus = total - float(own.sum())
    if surplus < 0:
        raise InvalidInputError(
            f"`total` must be at least the sum of the outside options, {own.sum():.6g}, "
            f"got {total:.6g}: there is no agreement to bargain for"
        )
    return closed_form("nash", own + power * surplus, total)
