"""Fees: zero-sum lump sums. They move no incentive, so fairness is theirs alone.

A fee rule sees payoffs after transfers at the solved profile and what they are measured against,
its *ground*: one outside option each, or the table of what every sub-coalition has. Rules that are
measured against outside options take those of many rounds too, shape (..., N). It returns
one lump sum each (positive = received). Fees that divide what the equilibrium brings leave n with
z_n in all: fee = z_n − payoff_n. As lump sums they move no contribution, whichever division they
come from; a division recomputed at every profile would. To add a fee, write a function and put it
into `FEES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, each
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import rounding
from coopetition.mechanisms.division.core import least_core
from coopetition.mechanisms.division.nucleolus import nucleolus
from coopetition.mechanisms.division.result import shares, vector
from coopetition.mechanisms.division.semivalues import shapley
from coopetition.mechanisms.division.table import finite_table


def nash_fees(payoffs: ArrayLike, outside: ArrayLike, power: ArrayLike | None = None) -> Array:
    """Return the fees of weighted Nash bargaining over the gain over the outside options.

    z_n = o_n + w_n (Σ v − Σ o). Where Σ v < Σ o no agreement is better for all than none.

    Parameters
    ----------
    payoffs, outside : shape (N,), or (..., N) of many rounds
        Of many rounds, those without an agreement get NaN.
    power : shape (N,), optional
        Bargaining power w, for example sales, in any unit; equal by default.

    Raises
    ------
    InvalidInputError
        If the outside options sum to more than the payoffs, a number is not finite, or power is
        negative or all 0.

    Examples
    --------
    >>> nash_fees([3.0, 1.0], [0.0, 2.0], [3, 1]).tolist()
    [-1.5, 1.5]
    """
    have, own, share = _surplus(payoffs, outside, power)
    surplus = have.sum(axis=-1) - own.sum(axis=-1)
    short = surplus < -rounding(have, own).sum(axis=-1)
    if have.ndim == 1 and short:
        raise InvalidInputError(
            f"outside options exceed all payoffs together by {-surplus:.6g}: "
            "there is no agreement to bargain for"
        )
    due = own + share * each(np.where(short, np.nan, surplus))
    return _fees(due, have)


def almost_ideal_fees(
    payoffs: ArrayLike, free_riding: ArrayLike, power: ArrayLike | None = None
) -> Array:
    """Return the fees of almost ideal sharing (Eyckmans and Finus, FEEM 155.2004).

    z_n = U_n(S∖n) + λ_n (Σ_m v_m − Σ_m U_m(S∖m)): everybody gets what it would have if it left
    and the others went on, and a share of what remains, also if that is negative. If it is not
    negative nobody gains by leaving; if it is no division could see to that.

    Parameters
    ----------
    free_riding : shape (N,)
        U_n(S∖n): the payoff of n outside the coalition of all others.
    power : shape (N,), optional
        λ, in any unit; equal by default.

    Raises
    ------
    InvalidInputError
        If a number is not finite, or power is negative or all 0.

    Examples
    --------
    >>> almost_ideal_fees([5.0, 0.0], [1.0, 2.0]).tolist()
    [-3.0, 3.0]
    """
    have, alone, share = _surplus(payoffs, free_riding, power)
    return _fees(alone + share * each(have.sum(axis=-1) - alone.sum(axis=-1)), have)


def shapley_fees(payoffs: ArrayLike, values: ArrayLike) -> Array:
    """Return the fees that give everybody its Shapley value of a table of coalition payoffs.

    Parameters
    ----------
    values : shape (2^N,)
        v(S): what S has together; v(N) − v(∅) must be what the payoffs sum to.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or v(N) is not the payoffs' sum.

    Examples
    --------
    >>> shapley_fees([6.0, 0.0], [0.0, 1.0, 2.0, 6.0]).tolist()
    [-3.5, 3.5]
    """
    return _of_table(payoffs, values, lambda table: shapley(table).values)


def nucleolus_fees(payoffs: ArrayLike, values: ArrayLike) -> Array:
    """Return the fees that give everybody its nucleolus amount. As `shapley_fees`.

    The prenucleolus where players have more alone than together: nobody can be held to the least
    that it has alone then, and the shortage is divided too.

    Examples
    --------
    >>> nucleolus_fees([6.0, 0.0], [0.0, 1.0, 2.0, 6.0]).tolist()
    [-3.5, 3.5]
    >>> nucleolus_fees([3.0, -1.0], [0.0, 1.0, 2.0, 2.0]).round(9).tolist()
    [-2.5, 2.5]
    """

    def divide(table: Array) -> Array:
        alone = table[1 << np.arange(table.size.bit_length() - 1)] - table[0]
        enough = float(table[-1] - table[0]) >= float(alone.sum())
        return nucleolus(table, individual=enough).values

    return _of_table(payoffs, values, divide)


def least_core_fees(payoffs: ArrayLike, values: ArrayLike) -> Array:
    """Return the fees of one allocation in the least core. As `shapley_fees`.

    The least core may hold many allocations; the nucleolus is one of them and says which.

    Examples
    --------
    >>> least_core_fees([6.0, 0.0], [0.0, 1.0, 2.0, 6.0]).round(9).tolist()
    [-3.5, 3.5]
    """
    return _of_table(payoffs, values, lambda table: least_core(table).allocation)


def _surplus(
    payoffs: ArrayLike, outside: ArrayLike, power: ArrayLike | None
) -> tuple[Array, Array, Array]:
    """Return payoffs, outside options and shares that sum to one, all of one shape.

    Those of many rounds, shape (..., N), are taken as they are, NaN where a round has no answer.
    """
    if np.ndim(payoffs) > 1:
        have, own = np.asarray(payoffs, dtype=float), np.asarray(outside, dtype=float)
        weight = np.ones(have.shape[-1]) if power is None else np.asarray(power, dtype=float)
        return have, own, weight / weight.sum(axis=-1, keepdims=True)
    have = vector("payoffs", payoffs)
    own = vector("outside options", outside, have.size)
    return have, own, shares("power", np.ones(have.size) if power is None else power, have.size)


def _of_table(payoffs: ArrayLike, values: ArrayLike, divide: Callable[[Array], Array]) -> Array:
    table, players = finite_table(values)
    have = vector("payoffs", payoffs, players)
    total, whole = float(have.sum()), float(table[-1] - table[0])
    if abs(total - whole) > float(rounding(have).sum() + rounding(table[[0, -1]]).sum()):
        raise InvalidInputError(
            f"`values` must give all players what their payoffs sum to, {total:.9g}, "
            f"got {whole:.9g}"
        )
    return _fees(divide(table), have)


def _fees(due: Array, payoffs: Array) -> Array:
    fees = due - payoffs
    return np.asarray(fees - fees.mean(axis=-1, keepdims=True))  # the mean of rounding errors, gone


Ground = Literal["nothing", "outside option", "exit", "sub-coalitions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeEntry:
    """A fee rule: `rule(payoffs, ground)`, and `rule(payoffs, ground, power)` where `weighted`.

    `ground` says what it is given: the outside option that the scenario names, exit whatever the
    scenario names, shape (N,) both, or v(S) of every sub-coalition, shape (2^N,), whose last entry
    is what the payoffs sum to. `power` is how a surplus is shared, shape (N,), in any unit.
    """

    rule: Callable[..., Array]
    ground: Ground
    weighted: bool = False


def no_fees(payoffs: Array, outside: Array) -> Array:
    """Charge nobody.

    Examples
    --------
    >>> no_fees(np.array([3.0, 1.0]), np.zeros(2)).tolist()
    [0.0, 0.0]
    """
    return np.zeros_like(payoffs)


def equal_gain(payoffs: Array, outside: Array) -> Array:
    """Give everybody the same gain over its outside option.

    φ_n = (o_n − v_n) + mean(v − o), so that v_n + φ_n − o_n is the same for all. If Σ v < Σ o
    everybody loses the same: no zero-sum fee could do better for the worst off.

    Examples
    --------
    >>> equal_gain(np.array([3.0, 1.0]), np.array([0.0, 2.0])).tolist()
    [-2.0, 2.0]
    """
    surplus = payoffs - outside
    return _fees(surplus.mean(axis=-1, keepdims=True), surplus)


FEES: Mapping[str, FeeEntry] = {
    "none": FeeEntry(rule=no_fees, ground="nothing"),
    "equal-gain": FeeEntry(rule=equal_gain, ground="outside option"),
    "nash": FeeEntry(rule=nash_fees, ground="outside option", weighted=True),
    "almost-ideal": FeeEntry(rule=almost_ideal_fees, ground="exit", weighted=True),
    "shapley": FeeEntry(rule=shapley_fees, ground="sub-coalitions"),
    "nucleolus": FeeEntry(rule=nucleolus_fees, ground="sub-coalitions"),
    "least-core": FeeEntry(rule=least_core_fees, ground="sub-coalitions"),
}
