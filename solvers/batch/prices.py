"""`prices_many`: bilateral prices at the optimum of thousands of rounds, and what they bring.

The price of n's contribution is what it brings to all others at the planner's optimum,
τ_n = ∂W/∂x_n − ∂U_n/∂x_n, moved to make the optimum exactly stationary where no bound holds it.
Where an own term is not strictly concave, or a weight is negative, n also pays η_n (x_n − x_n°)²/2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.batch.answers import Batch
from coopetition.solvers.batch.forms import Forms
from coopetition.solvers.batch.many import solve_table
from coopetition.solvers.batch.plan import Plans, make_plans
from coopetition.solvers.batch.refused import refused
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.table import TRANSFERS, Table, chunks
from coopetition.solvers.batch.transfers import transfers
from coopetition.solvers.batch.welfare import Welfare

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
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
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
