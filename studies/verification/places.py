"""Where gains are trained, and payoffs as sums over these places: Σ stake · gain − cost.

A payoff is linear in everybody's gains at a few places: at the profile with the stakes of the
module `games/measured/round.py`, and as far as damage counts contributions, at the profile without
one's own. Two payoffs, or a payoff and what training alone brings, can so be compared seed by seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.measured.round import TrainingRound


@dataclass(frozen=True, slots=True)
class Place:
    """Contributions that are trained: of everybody, or of one `alone`.

    `of` is the profile of which this lacks one organization's contribution: a damage term. It
    counts for little, so that a quarter of the seeds will do.
    """

    profile: tuple[float, ...]
    alone: int | None = None
    of: "Place | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """A constant, and weights of everybody's gain at some places, shape (N,) each."""

    constant: float
    weights: dict[Place, Array] = field(default_factory=dict)

    def __add__(self, other: "Sum") -> "Sum":
        """Add another sum."""
        joined = dict(self.weights)
        for place, weight in other.weights.items():
            joined[place] = joined.get(place, 0.0) + weight
        return Sum(self.constant + other.constant, joined)

    def __sub__(self, other: "Sum") -> "Sum":
        """Take off another sum."""
        minus = {place: -weight for place, weight in other.weights.items()}
        return self + Sum(-other.constant, minus)


def total(sums: Iterable[Sum]) -> Sum:
    """Return all sums together."""
    found = Sum(0.0)
    for each in sums:
        found = found + each
    return found


def stakes(game: TrainingRound) -> tuple[Array, Array]:
    """Return money per unit of everybody's gain, at a profile and at that without one's own.

    Shape (N, N) each, rows are whose payoff it is.
    """
    harm, envy = _harm(game), game.rivalry.weigh(np.eye(len(game.players))).T
    here = np.diag(game.value + envy.sum(axis=1)) - harm - envy
    return here, harm if game.counts == "contributions" else np.zeros_like(harm)


def payoffs(game: TrainingRound, profile: Array) -> list[Sum]:
    """Return everybody's payoff before transfers and fees, as sums of trained gains.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=[1000, 800], unit_cost=0.01, damage=0.1)
    >>> north, south = payoffs(game, np.array([200.0, 0.0]))
    >>> [(place.profile, weight.tolist()) for place, weight in north.weights.items()]
    [((200.0, 0.0), [1000.0, -80.0]), ((0.0, 0.0), [0.0, 80.0])]
    >>> [(place.profile, weight.tolist()) for place, weight in south.weights.items()]
    [((200.0, 0.0), [0.0, 800.0])]
    """
    here, without = stakes(game)
    constant = -game.cost(profile) + (here + without) @ beside(game, profile)
    place, found = Place(tuple(profile.tolist())), []
    for n, x in enumerate(profile):
        payoff = Sum(float(constant[n]), {place: here[n]})
        if without[n].any():
            rest = np.where(np.arange(profile.size) == n, 0.0, profile)
            lacking = Place(tuple(rest.tolist()), of=place) if x > 0 else place
            payoff = payoff + Sum(0.0, {lacking: without[n]})
        found.append(payoff)
    return found


def alone_payoffs(game: TrainingRound, contribution: Array) -> list[Sum]:
    """Return what everybody gets alone, by own contributions of shape (N,).

    Where rivals' whole gains hurt, what each rival gains alone does.
    """
    worth = np.diag(game.value)
    if game.counts == "gains":
        worth = worth - _harm(game)
    gained = worth @ beside(game, contribution)
    constant = gained - game.cost(contribution) + game.fixed_cost
    found = [Sum(money) for money in constant.tolist()]
    for m, unit in enumerate(np.eye(contribution.size)):
        place = Place(tuple((contribution * unit).tolist()), alone=m)
        for n in np.flatnonzero(worth[:, m]):
            found[n] = found[n] + Sum(0.0, {place: worth[n, m] * unit})
    return found


def _harm(game: TrainingRound) -> Array:
    """Return ρ_nm p_m, shape (N, N): what n loses per unit of m's gain that counts, money."""
    return np.asarray(game.damage.weigh(np.eye(len(game.players))).T * game.value)


def beside(game: TrainingRound, profile: Array) -> Array:
    """Return what everybody gains besides what is trained, shape (N,)."""
    if isinstance(game, CoopetitionRound):
        return np.asarray(game.personal_gain(profile))
    return -game.baseline
