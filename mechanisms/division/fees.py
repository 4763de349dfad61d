"""Fee rules that divide what a mechanism's equilibrium brings.

A fee rule maps payoffs at the solved profile and outside options to zero-sum lump sums. Those
here give everybody z_n in all: fee = z_n − payoff_n. As lump sums they move no contribution,
whichever division they come from; a division recomputed at every profile would.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.mechanisms.division.core import least_core
from coopetition.mechanisms.division.fold import shapley
from coopetition.mechanisms.division.nucleolus import nucleolus
from coopetition.mechanisms.division.pies import split_surplus
from coopetition.mechanisms.division.result import Division, shares, vector
from coopetition.mechanisms.division.table import finite_table

FeeRule = Callable[[Array, Array], Array]  # that of mechanisms/fees.py


def nash_fees(weights: ArrayLike | None = None) -> FeeRule:
    """Make the fees of weighted Nash bargaining over the gain over the outside options.

    z_n = o_n + w_n (Σ v − Σ o); the rule raises InvalidInputError if Σ v < Σ o.

    Parameters
    ----------
    weights : shape (N,), optional
        Bargaining power, for example sales, in any unit; equal by default.

    Examples
    --------
    >>> nash_fees([3, 1])(np.array([3.0, 1.0]), np.array([0.0, 2.0])).tolist()
    [-1.5, 1.5]
    """
    return lambda payoffs, outside: _fees(
        split_surplus(
            float(np.sum(payoffs)), vector("outside", outside, np.size(payoffs)), weights=weights
        ).values,
        payoffs,
    )


def almost_ideal_fees(free_riding: ArrayLike, weights: ArrayLike | None = None) -> FeeRule:
    """Make the fees of almost ideal sharing (Eyckmans and Finus, FEEM 155.2004).

    z_n = U_n(S∖n) + λ_n (Σ_m v_m − Σ_m U_m(S∖m)): everybody gets what it would have if it left
    and the others went on, and a share of what remains, also if that is negative. If it is not
    negative nobody gains by leaving; if it is no division could see to that.

    Parameters
    ----------
    free_riding : shape (N,)
        U_n(S∖n): the payoff of n outside the coalition of all others.
    weights : shape (N,), optional
        λ, in any unit; equal by default.

    Raises
    ------
    InvalidInputError
        If a payoff is not finite or a weight is negative.

    Examples
    --------
    >>> almost_ideal_fees([1.0, 2.0])(np.array([5.0, 0.0]), np.zeros(2)).tolist()
    [-3.0, 3.0]
    """
    alone = vector("free_riding", free_riding)
    share = shares("weights", np.ones(alone.size) if weights is None else weights, alone.size)

    def fees(payoffs: Array, outside: Array) -> Array:
        vector("payoffs", payoffs, alone.size)
        return _fees(alone + share * float(payoffs.sum() - alone.sum()), payoffs)

    return fees


def shapley_fees(values: ArrayLike) -> FeeRule:
    """Make the fees that give everybody its Shapley value of a table of coalition payoffs.

    Parameters
    ----------
    values : shape (2^N,)
        v(S): what S has together; v(N) − v(∅) must be what the payoffs sum to.

    Raises
    ------
    InvalidInputError
        If `values` is no table of finite numbers; the rule, if v(N) is not the payoffs' sum.

    Examples
    --------
    >>> shapley_fees([0.0, 1.0, 2.0, 6.0])(np.array([6.0, 0.0]), np.zeros(2)).tolist()
    [-3.5, 3.5]
    """
    return _of_table(values, shapley)


def nucleolus_fees(values: ArrayLike) -> FeeRule:
    """Make the fees that give everybody its nucleolus amount. As `shapley_fees`.

    Examples
    --------
    >>> nucleolus_fees([0.0, 1.0, 2.0, 6.0])(np.array([6.0, 0.0]), np.zeros(2)).tolist()
    [-3.5, 3.5]
    """
    return _of_table(values, nucleolus)


def least_core_fees(values: ArrayLike) -> FeeRule:
    """Make the fees of one allocation in the least core. As `shapley_fees`.

    The least core may hold many allocations; the nucleolus is one of them and says which.

    Examples
    --------
    >>> least_core_fees([0.0, 1.0, 2.0, 6.0])(np.array([6.0, 0.0]), np.zeros(2)).round(9).tolist()
    [-3.5, 3.5]
    """
    return _of_table(values, lambda table: least_core(table).allocation)


def _of_table(values: ArrayLike, divide: Callable[[Array], Division | Array]) -> FeeRule:
    table, players = finite_table(values)
    found = divide(table)
    due = found.values if isinstance(found, Division) else found
    whole = float(table[-1] - table[0])

    def fees(payoffs: Array, outside: Array) -> Array:
        have = float(vector("payoffs", payoffs, players).sum())
        if abs(have - whole) > 1e-9 * float(np.abs(payoffs).sum() + np.abs(table).max()):
            raise InvalidInputError(
                f"`values` must give all players what their payoffs sum to, {have:.9g}, "
                f"got {whole:.9g}"
            )
        return _fees(due, payoffs)

    return fees


def _fees(due: Array, payoffs: Array) -> Array:
    fees = due - payoffs
    return np.asarray(fees - fees.mean())  # the mean of rounding errors, gone
