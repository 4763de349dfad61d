"""Collateral: the most that each organization may ever have to pay, max over profiles of −t_n.

Where every transfer is a sum of quadratics, one in each contribution, t_n(x) = Σ_k f_nk(x_k), the
maximum over the box is the sum of N maxima over intervals, each at an end or a vertex: exact. A
custom rule is such a sum where its formula says so. For other rules profiles are drawn and
improved one contribution at a time: a lower bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import How
from coopetition.games.checks import positive
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.audit.symbolic import Formula, formula_of
from coopetition.mechanisms.rules.bilateral import BilateralPrices, Contracts
from coopetition.mechanisms.rules.deviation_from_average import DeviationFromAverage
from coopetition.mechanisms.rules.pigou import LinearPigou
from coopetition.mechanisms.rules.redistribution import Redistribution
from coopetition.mechanisms.rules.transfers import NoTransfer, TransferRule
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table

QUADRATIC = (
    NoTransfer,
    Redistribution,
    BilateralPrices,
    Contracts,
    DeviationFromAverage,
    LinearPigou,
)
SWEEPS, STEPS = 2, 9  # of the search: rounds over all contributions, values tried of each
SMALL = 10  # so many organizations have all their corners tried
LIMIT = 2000  # organizations: each has a profile of its own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collateral(Result):
    """The most that each may have to pay, and where.

    Parameters
    ----------
    amount : shape (N,)
        Money, fees included, at least 0; a lower bound where `how` is "checked".
    profiles : shape (N, N)
        Row n: contributions at which n pays that.
    how : "proved" or "checked"
    looked : int
        The number of profiles looked at.
    """

    players: tuple[str, ...]
    amount: Array
    profiles: Array
    how: How
    looked: int

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        return {
            "amount": self.amount.tolist(),
            "profiles": self.profiles.tolist(),
            "how": self.how,
            "looked": self.looked,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per organization."""
        values = {"organization": self.players, "amount": self.amount}
        how = "Proved." if self.how == "proved" else f"The most found on {self.looked} profiles."
        return (keyed("Collateral: the most that each may have to pay", values, notes=(how,)),)

    def __str__(self) -> str:
        """Name who may have to pay most."""
        n = int(np.argmax(self.amount))
        if self.how == "proved":
            return f"{self.players[n]} may have to pay most, {self.amount[n]:.6g}"
        return (
            f"{self.players[n]} may have to pay {self.amount[n]:.6g} or more: the most found on "
            f"{self.looked} profiles"
        )


def collateral(
    game: Game, rule: TransferRule, *, fees: ArrayLike = 0.0, draws: int = 1000, seed: int = 0
) -> Collateral:
    """Return the largest payment that a rule, with its fees, may ask of each organization.

    Parameters
    ----------
    rule
        The marginal rule, without fees.
    fees : scalar or shape (N,)
        Lump sums, positive = received.
    draws : int
        Random profiles to look at: the search, or a test of the exact answer.

    Raises
    ------
    InvalidInputError
        If there are more than 2000 organizations, no draw, or fees of another shape or not finite.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.mechanisms.rules.redistribution import redistribution
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=[4000, 1000], value=1000, damage=0.1)
    >>> found = collateral(game, redistribution(game, rate=0.5))
    >>> found.amount.tolist(), found.how  # 0.05 per sample that the other has more
    ([50.0, 200.0], 'proved')
    """
    positive("draws", draws)
    size, box = len(game.players), game.spaces
    if size > LIMIT:
        raise InvalidInputError(
            f"collateral is not computed above {LIMIT} organizations, got {size}"
        )
    lump = np.asarray(fees, dtype=float)
    if lump.shape not in ((), (size,)) or not np.isfinite(lump).all():
        raise InvalidInputError(f"`fees` must be a finite number or {size}, got {fees!r:.80}")
    sample = box.sample(np.random.default_rng(seed), int(draws))
    drawn = -np.asarray(rule(game, sample))
    if type(rule) in QUADRATIC or _quadratic(formula_of(game, rule)):
        most, where = _exact(game, rule)
        unit = np.abs(drawn).max(axis=0) + np.abs(most) + 1e-300
        if (drawn.max(axis=0) <= most + 1e-9 * unit).all():
            amount = np.maximum(most - lump, 0.0)
            return Collateral(
                players=game.players, amount=amount, profiles=where, how="proved", looked=len(drawn)
            )
    most, where, looked = _search(game, rule, sample)
    amount = np.maximum(most - lump, 0.0)
    return Collateral(
        players=game.players, amount=amount, profiles=where, how="checked", looked=looked
    )


def _quadratic(formula: Formula | None) -> bool:
    """Whether every transfer is a polynomial whose terms have one contribution, at most squared."""
    import sympy

    if formula is None:
        return False
    below = [sympy.fraction(sympy.together(t))[1] for t in formula.transfers]
    if any(part.free_symbols for part in below):
        return False
    terms = [sympy.Poly(t, *formula.symbols).monoms() for t in formula.transfers]
    return all(sum(powers) <= 2 and sum(map(bool, powers)) <= 1 for t in terms for powers in t)


def _exact(game: Game, rule: TransferRule) -> tuple[Array, Array]:
    """Return max −t_n and its profile, row n, of a rule that is a sum of quadratics."""
    low, width = game.spaces.lower, game.spaces.upper - game.spaces.lower
    none = np.asarray(rule(game, low))
    half = none - np.asarray(rule(game, low + 0.5 * np.diag(width)))  # row k: x_k alone moves
    full = none - np.asarray(rule(game, low + np.diag(width)))
    square, slope = 2.0 * full - 4.0 * half, 4.0 * half - full  # of −t in u = share of the interval
    bent = square < -1e-12 * (np.abs(half) + np.abs(full))
    vertex = np.divide(-0.5 * slope, square, out=np.zeros_like(square), where=bent)
    tried = np.stack((np.zeros_like(vertex), np.ones_like(vertex), np.clip(vertex, 0.0, 1.0)))
    paid = square * tried**2 + slope * tried
    paid[1] = full  # at the end as it was evaluated
    best = paid.argmax(axis=0)[None]
    most = np.take_along_axis(paid, best, axis=0)[0].sum(axis=0) - none
    share = np.take_along_axis(tried, best, axis=0)[0].T
    return most, low + share * width


def _search(game: Game, rule: TransferRule, sample: Array) -> tuple[Array, Array, int]:
    """Return the largest −t_n found, its profile and how many profiles were looked at."""
    size, box = len(game.players), game.spaces
    if size <= SMALL:
        corner = (np.arange(1 << size)[:, None] >> np.arange(size)) & 1
    else:
        corner = np.random.default_rng(1).integers(0, 2, (1 << SMALL, size))
    pool = np.vstack((sample, np.where(corner == 1, box.upper, box.lower)))
    paid = -np.asarray(rule(game, pool))
    best = paid.argmax(axis=0)
    most, where, looked = paid.max(axis=0), pool[best].copy(), len(pool)
    grid = np.linspace(box.lower, box.upper, STEPS)
    for n in range(size) if size <= SMALL else ():
        for k in [*range(size)] * SWEEPS:
            moved = np.repeat(where[n][None], STEPS, axis=0)
            moved[:, k] = grid[:, k]
            trial = -np.asarray(rule(game, moved))[:, n]
            looked += STEPS
            if trial.max() > most[n]:
                most[n], where[n] = trial.max(), moved[int(trial.argmax())]
    return most, where, looked
