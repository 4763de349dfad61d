"""What bilateral prices pay: for each unit of its contribution n receives π_nm from every m.

    t_n = Σ_m (π_nm x_n − π_mn x_m) − f_n + Σ_{m≠n} f_m/(N−1),    f_n = η_n (x_n − x_n°)²/2,

with π_nm = q_n g_m − σ_mn h_n′ + extra_n/(N−1): g_m = w_m P′(Ω°) + R_m P′(Ω° − q_m x_m°) is what
the model's gain is worth to m at the margin, h_n′ the slope of n's personal gain, and extra_n what
moved the price to make x° exactly stationary.
"""

import numpy as np

from coopetition.games.gain import Array
from coopetition.solvers.batch.answers import Batch
from coopetition.solvers.batch.forms import fraction
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.table import Table, chunks


def transfers(
    table: Table, targets: Array, priced: Batch, price: Array, sharpening: Array
) -> Array:
    """Return what each receives at the equilibria under the prices, NaN where there is none.

    `targets`, x°, `price` and `sharpening`, η, have the shape (B, N); zero-sum.
    """
    found = np.full_like(targets, np.nan)
    columns = targets, priced.profiles, price, sharpening
    with np.errstate(all="ignore"):
        for rows in chunks(table, priced.failed):
            z, x, tau, eta = (np.ascontiguousarray(column[rows].T) for column in columns)
            found[rows] = _received(Rounds.of(table, rows), z, x, tau, eta).T
    return found


def _received(rounds: Rounds, z: Array, x: Array, price: Array, sharpening: Array) -> Array:
    """Return t of shape (N, B)."""
    if x.shape[0] == 1:  # nobody to pay or to be paid by
        return np.zeros_like(x)
    others = x.shape[0] - 1
    omega = rounds.aggregate(z)
    without = np.maximum(omega - rounds.quality * z, rounds.base)
    worth = (rounds.value - rounds.harm) * rounds.curves.slope(omega)
    if rounds.harm.any():
        worth += np.where(rounds.harm > 0, rounds.harm * rounds.curves.slope(without), 0.0)
    personal = fraction(rounds.personal, rounds.data + z, 2)
    sums = rounds.rivalry.spread(np.ones_like(z))
    extra = price - rounds.quality * (worth.sum(axis=0) - worth) + sums * personal
    brought, spread = rounds.quality * x, extra * x
    fine = 0.5 * sharpening * (x - z) ** 2
    paid = worth * (brought.sum(axis=0) - brought) - rounds.rivalry.weigh(personal * x)
    paid += (spread.sum(axis=0) - spread) / others
    received = (fine.sum(axis=0) - fine) / others
    return price * x - paid - fine + received
