"""Divisions that need no coalition: of a realized pie, and of an estate among claims.

A share that depends on what a player contributes changes its incentives: proportional shares
leave a potential game behind only where they are fixed numbers, not where they are data that the
players choose.
"""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import finite, positive
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import (
    Division,
    closed_form,
    non_negative,
    shares,
    vector,
)
from coopetition.mechanisms.division.table import sums


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


# Claims on an estate that is too small. With claims c and an estate 0 ≤ E ≤ Σ c:
#
#     proportional                   E c_n / Σ c
#     constrained equal awards       min(c_n, λ), where λ makes the awards sum to E
#     constrained equal losses       max(c_n − λ, 0)
#     Talmud                         half the claims' CEA up to E = Σ c/2, half plus CEL beyond
#
# Talmud is the only rule that divides between any two as the contested garment, and the nucleolus
# of v(S) = max(E − Σ_{n∉S} c_n, 0) (Aumann and Maschler, J. of Economic Theory 36, 1985). λ is
# found by sorting: exact except for rounding.


def _checked(claims: ArrayLike, estate: float) -> Array:
    claim = non_negative("claims", claims)
    positive("estate", estate, zero=True)
    if estate > claim.sum() * (1 + 1e-12):
        raise InvalidInputError(
            f"`estate` must not exceed the claims, {claim.sum():g}, got {estate:g}"
        )
    return claim


def _capped(claim: Array, estate: float) -> Array:
    """Return min(c, λ) that sums to the estate."""
    order = np.sort(claim)
    left = np.arange(claim.size, 0, -1)
    paid = np.cumsum(order) + (left - 1) * order  # what a cap at each claim pays
    k = min(int(np.searchsorted(paid, estate)), claim.size - 1)
    cap = (estate - order[:k].sum()) / left[k]
    return np.minimum(claim, max(cap, 0.0))


def _lowered(claim: Array, estate: float) -> Array:
    """Return max(c − λ, 0) that sums to the estate, without taking it from all claims' sum."""
    order = np.sort(claim)[::-1]
    steps = -np.diff(order) * np.arange(1, claim.size)
    over = np.concatenate([[0.0], np.cumsum(steps)])  # what the k largest have above the k-th
    k = max(int(np.searchsorted(over, estate)), 1)
    least = (estate - over[k - 1]) / k
    return np.clip(claim - order[k - 1] + least, 0.0, claim)


def proportional_awards(claims: ArrayLike, estate: float) -> Division:
    """Divide in proportion to the claims.

    Raises
    ------
    InvalidInputError
        If a claim or the estate is negative or not finite, or the estate exceeds the claims.

    Examples
    --------
    >>> proportional_awards([100, 300], 200).values.tolist()
    [50.0, 150.0]
    """
    claim = _checked(claims, estate)
    total = float(claim.sum())
    return closed_form("proportional", claim * (estate / total) if total else claim, estate)


def equal_awards(claims: ArrayLike, estate: float) -> Division:
    """Divide equally, nobody more than its claim (CEA). Raises as `proportional_awards`.

    Examples
    --------
    >>> equal_awards([100, 200, 300], 400).values.tolist()
    [100.0, 150.0, 150.0]
    """
    return closed_form("equal awards", _capped(_checked(claims, estate), estate), estate)


def equal_losses(claims: ArrayLike, estate: float) -> Division:
    """Let all lose the same, nobody more than its claim (CEL). Raises as `proportional_awards`.

    Examples
    --------
    >>> equal_losses([100, 200, 300], 400).values.round(6).tolist()
    [33.333333, 133.333333, 233.333333]
    """
    claim = _checked(claims, estate)
    return closed_form("equal losses", _lowered(claim, estate), estate)


def talmud(claims: ArrayLike, estate: float) -> Division:
    """Divide as the Talmud does. Raises as `proportional_awards`.

    Examples
    --------
    >>> talmud([100, 200, 300], 200).values.tolist()
    [50.0, 75.0, 75.0]
    """
    claim = _checked(claims, estate)
    half, total = 0.5 * claim, float(claim.sum())
    if estate <= 0.5 * total:
        return closed_form("talmud", _capped(half, estate), estate)
    return closed_form("talmud", half + _lowered(half, estate - 0.5 * total), estate)


def claims_game(claims: ArrayLike, estate: float) -> Array:
    """Return the table of v(S) = max(E − Σ_{n∉S} c_n, 0). Raises as `proportional_awards`.

    Examples
    --------
    >>> claims_game([100, 300], 200).tolist()
    [0.0, 0.0, 100.0, 200.0]
    """
    claim = _checked(claims, estate)
    return np.maximum(estate - sums(claim)[::-1], 0.0)
