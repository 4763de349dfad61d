"""`prices_many`: bilateral prices at the optimum of thousands of rounds, and what they bring.

The price of n's contribution is what it brings to all others at the planner's optimum,
τ_n = ∂W/∂x_n − ∂U_n/∂x_n, moved to make the optimum exactly stationary where no bound holds it.
Where an own term is not strictly concave, or a weight is negative, n also pays η_n (x_n − x_n°)²/2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.batch.answers import Batch
from coopetition.solvers.batch.forms import Forms, fraction
from coopetition.solvers.batch.many import solve_table
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.table import TRANSFERS, Table, chunks, refused
from coopetition.solvers.batch.welfare import Welfare
from coopetition.solvers.planner.plan import Plans, make_plans

# What bilateral prices pay: for each unit of its contribution n receives π_nm from every m.
#
#     t_n = Σ_m (π_nm x_n − π_mn x_m) − f_n + Σ_{m≠n} f_m/(N−1),    f_n = η_n (x_n − x_n°)²/2,
#
# with π_nm = q_n g_m − σ_mn h_n′ + extra_n/(N−1): g_m = w_m P′(Ω°) + R_m P′(Ω° − q_m x_m°) is what
# the model's gain is worth to m at the margin, h_n′ the slope of n's personal gain, and extra_n
# what moved the price to make x° exactly stationary.


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


_FAINT = 1e-6  # of a stake's mean curvature: below it sharpening is lost in rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricedBatch:
    """A sweep with and without prices.

    Attributes
    ----------
    plans : Plans
        The welfare optima, which the prices aim at.
    without, priced : Batch
        The equilibria without transfers and under the prices; payoffs do not count transfers.
    price, sharpening : shape (B, N)
        τ, money per unit of contribution, and η; the own part of the rule has the slope
        τ + η x° and the bend η.
    transfer : shape (B, N)
        What each receives at the equilibrium under the prices, money; zero-sum.
    """

    plans: Plans
    without: Batch
    priced: Batch
    price: Array
    sharpening: Array
    transfer: Array

    @property
    def lost(self) -> tuple[Array, Array]:
        """W(x°) − W(x), money, at the equilibria without and with prices, each of shape (B,)."""
        return (
            self.plans.welfare - self.without.welfare,
            self.plans.welfare - self.priced.welfare,
        )

    @property
    def efficiency(self) -> tuple[Array, Array]:
        """W(x)/W(x°) without and with prices, each of shape (B,); NaN where W(x°) ≤ 0."""
        best = np.where(self.plans.welfare > 0, self.plans.welfare, np.nan)
        return self.without.welfare / best, self.priced.welfare / best


def prices_many(
    game: object,
    changes: Mapping[str, ArrayLike],
    *,
    sharpen: bool = True,
    alone: bool = True,
    tol: float | None = None,
) -> PricedBatch:
    """Plan B rounds, price the plans, and find the equilibria without and with the prices.

    Parameters
    ----------
    game, changes
        As for `solve_many`, but no rule's own part: the prices are the rule.
    sharpen : bool
        Add the quadratic payment where an own term is not strictly concave or w_n < 0.
    alone : bool
        False: rows that need more than all others are not solved, and reported in `failed`.
    tol : money
        For gaps and certificates.

    Raises
    ------
    InvalidInputError
        If a field is unknown, has a wrong shape, or holds no numbers.
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> from coopetition.games.coopetition.round import CoopetitionRound
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> found = prices_many(game, {"damage": [0.0, 0.08]})
    >>> found.priced.profiles[:, 0].round(2).tolist()
    [2273.76, 2251.81]
    >>> [round(money, 2) for money in found.lost[0].tolist()]
    [45.77, 62.53]
    """
    table = Table.of(game, changes)
    checked_tolerance(tol)
    for name in TRANSFERS:
        if name in table.changes:
            raise InvalidInputError(f"prices_many() makes the transfers itself: leave `{name}` out")
    bad = refused(table)
    plans = make_plans(table, bad, tol, alone)
    price, sharpening = _prices(table, plans, sharpen)
    slope = price + sharpening * plans.profiles
    paid = replace(table, changes={**table.changes, TRANSFERS[0]: slope, TRANSFERS[1]: sharpening})
    priced = solve_table(paid, plans.failed, tol, alone)
    return PricedBatch(
        plans=plans,
        without=solve_table(table, bad, tol, alone),
        priced=priced,
        price=price,
        sharpening=sharpening,
        transfer=transfers(paid, plans.profiles, priced, price, sharpening),
    )


def _prices(table: Table, plans: Plans, sharpen: bool) -> tuple[Array, Array]:
    """Return τ and η of all rows, NaN where there is no plan."""
    price, sharpening = np.full_like(plans.profiles, np.nan), np.full_like(plans.profiles, np.nan)
    with np.errstate(all="ignore"):
        for rows in chunks(table, plans.failed):
            rounds = Rounds.of(table, rows)
            forms, z = rounds.forms(), np.ascontiguousarray(plans.profiles[rows].T)
            marginal = forms.marginal(z)
            tau = Welfare.of(rounds).gradient(z) - marginal
            left = marginal + tau
            left = np.where(z <= 0, np.maximum(left, 0.0), left)
            left = np.where((z >= rounds.upper) & (z > 0), np.minimum(left, 0.0), left)
            alone = z.shape[0] == 1  # nobody to pay or to be paid by
            price[rows] = 0.0 if alone else (tau - left).T
            sharpening[rows] = 0.0 if alone or not sharpen else _sharpening(forms, rounds, z).T
    return price, sharpening


def _sharpening(forms: Forms, rounds: Rounds, z: Array) -> Array:
    """Return η: the natural curvature of n's stake in the model, where its own term has none."""
    flat = (forms.curvature == 0) & (forms.skew == 0)
    needed = (flat | (forms.weight < 0)) & (forms.upper > 0)
    if not needed.any():
        return np.zeros_like(z)
    rest = forms.without(z)
    bend = forms.curves.steepest(rest, rest + forms.quality * forms.upper, needed)
    size = np.where(forms.weight != 0, np.abs(forms.weight), rounds.value)
    natural = size * forms.quality * forms.quality * bend
    own = np.maximum(np.abs(forms.linear) * forms.upper, rounds.value) / forms.upper**2
    felt = np.where((natural > 0) & (natural < np.inf), np.maximum(natural, _FAINT * own), own)
    return np.where(needed, felt, 0.0)
