"""Fees of a contract made today that keep everybody in, as well as can be, over draws.

Fees are lump sums f that add up to zero: they move nobody, so that n has A_bn + f_n over outside in
draw b, whatever f. With s_b = min_n (A_bn + f_n),

    everybody       max P(s_b ≥ 0)                     a mixed-integer program
    worst-decile    max mean of the tenth of s_b that is smallest      a linear program

the latter after Rockafellar and Uryasev, "Optimization of conditional value-at-risk", Journal of
Risk 2 (2000): max t − Σ_b max(t − s_b, 0)/(B/10).
"""

from typing import Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, kron
from scipy.sparse import eye as identity

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError

RobustAim = Literal["everybody", "worst-decile"]
AIMS: tuple[RobustAim, ...] = ("everybody", "worst-decile")
DECILE = 0.1
SECONDS = 20.0  # for the mixed-integer program; the best found by then is taken


def robust_fees(surplus: Array, aim: RobustAim) -> Array:
    """Return the fees that serve the aim best, shape (N,); they sum to zero.

    Of "everybody" the best that is found within 20 seconds.

    Parameters
    ----------
    surplus : shape (B, N)
        A: what each has over outside in each draw, before fees.

    Raises
    ------
    InvalidInputError
        If there is no such aim, or the surplus is no finite matrix.
    NotConvergedError
        If the program is not solved.

    Examples
    --------
    >>> surplus = np.array([[3.0, -1.0], [5.0, 1.0], [-4.0, 2.0]])
    >>> fees = robust_fees(surplus, "everybody")
    >>> ((surplus + fees >= -1e-9).all(axis=1)).tolist()
    [True, True, False]
    """
    known = np.asarray(surplus, dtype=float)
    if aim not in AIMS:
        raise InvalidInputError(f"`aim` must be one of {', '.join(AIMS)}, got {aim!r:.40}")
    if known.ndim != 2 or not known.size or not np.isfinite(known).all():
        raise InvalidInputError("`surplus` must be a matrix of finite numbers, a row per draw")
    size = max(float(np.abs(known).max()), 1e-300)
    scaled = known / size
    fees = _everybody(scaled) if aim == "everybody" else _worst_decile(scaled)
    return size * (fees - fees.mean())


def _rows(draws: int, players: int, of_draw: float) -> csr_array:
    """Return f_n + of_draw · y_b, a row for each draw b and player n, of variables (f, y)."""
    fees = kron(np.ones((draws, 1)), identity(players))
    each = kron(identity(draws), np.ones((players, 1)))
    return csr_array(hstack([fees, of_draw * each]))


def _everybody(surplus: Array) -> Array:
    """y_b = 1 where somebody may have less than outside."""
    draws, players = surplus.shape
    most = 2.0 * players  # fees of more would take from somebody all it ever has over outside
    slack = most + float(np.abs(surplus).max())
    rows = _rows(draws, players, slack)
    total = csr_array(np.concatenate([np.ones(players), np.zeros(draws)])[None])
    found = milp(
        np.concatenate([np.zeros(players), np.ones(draws)]),
        constraints=[
            LinearConstraint(rows, lb=-surplus.ravel()),
            LinearConstraint(total, 0.0, 0.0),
        ],
        bounds=Bounds(
            np.concatenate([np.full(players, -most), np.zeros(draws)]),
            np.concatenate([np.full(players, most), np.ones(draws)]),
        ),
        integrality=np.concatenate([np.zeros(players), np.ones(draws)]),
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        raise NotConvergedError(f"fees for everybody were not found: {found.message}")
    return np.asarray(found.x[:players])


def _worst_decile(surplus: Array) -> Array:
    """y_b is how far s_b is below t, the last variable."""
    draws, players = surplus.shape
    rows = _rows(draws, players, 1.0)
    level = csr_array(-np.ones((rows.shape[0], 1)))
    total = np.concatenate([np.ones(players), np.zeros(draws + 1)])[None]
    cost = np.concatenate([np.zeros(players), np.full(draws, 1 / (DECILE * draws)), [-1.0]])
    found = milp(
        cost,
        constraints=[
            LinearConstraint(csr_array(hstack([rows, level])), lb=-surplus.ravel()),
            LinearConstraint(csr_array(total), 0.0, 0.0),
        ],
        bounds=Bounds(
            np.concatenate([np.full(players, -np.inf), np.zeros(draws), [-np.inf]]),
            np.full(players + draws + 1, np.inf),
        ),
    )
    if not found.success:
        raise NotConvergedError(f"fees for the worst decile were not found: {found.message}")
    return np.asarray(found.x[:players])
