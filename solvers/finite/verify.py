"""What becomes of a candidate for an equilibrium: verified, made exact, compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.rational import TINY, recover

Mixed = tuple[Tensor, ...]
TOLERANCE = 1e-9  # of a player's range of payoffs: the most that it may gain
FINE = 1e-14  # a regret above it is worth an attempt in fractions
RECOVERED = 16  # strategies of a player up to which that is cheap
NOISE = 1e-12  # a probability that rounding left
SAME = 1e-6  # probabilities that differ by less are the same


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """An equilibrium, what each could gain by changing alone, and how that is known."""

    mixed: Mixed
    regret: Tensor
    known: str


def verify(game: FiniteGame, candidate: Sequence[Tensor]) -> Verified | None:
    """Return an equilibrium near the candidate, as exact as can be had, or None if it is none.

    "proved" where the regret is exactly 0: in fractions, or of pure strategies, whose payoffs are
    compared without rounding. "checked" where it is at most 1e-9 of each player's range.
    """
    exact = all(own.dtype == object for own in candidate)
    floats = game.to_floats() if game.exact else game
    if game.exact:
        found = tuple(candidate) if exact else recover(game, candidate)
        if found and not any(regret := game.mixed_regret(found)):
            return Verified(found, regret, "proved")
    mixed = _distributions(candidate)
    if mixed is None:
        return None
    regret = floats.mixed_regret(mixed)
    cheap = len(game.shape) == 2 and max(game.shape) <= RECOVERED
    if not game.exact and cheap and (regret > FINE * game.ranges).any():
        better = recover(game.to_fractions(), mixed)
        mixed = tuple(own.astype(float) for own in better) if better else mixed
        regret = floats.mixed_regret(mixed)
    if not (regret <= TOLERANCE * floats.ranges).all():
        return None
    pure = all(own.max() == 1 for own in mixed) and not regret.any()
    return Verified(mixed, np.maximum(regret, 0.0), "proved" if pure else "checked")


def _distributions(candidate: Sequence[Tensor]) -> Mixed | None:
    """Return floats that are not negative and sum to 1, or None where they are far from it."""
    given = [np.asarray(own, dtype=float) for own in candidate]
    cut = [np.where(own > NOISE, own, 0.0) for own in given]
    if not all(abs(own.sum() - 1) < SAME for own in cut):  # no NaN passes `>`
        return None
    return tuple(own / own.sum() for own in cut)


def same(one: Verified, other: Verified) -> bool:
    """Whether two equilibria are one: exactly if both are fractions, else within 1e-6."""
    pairs = list(zip(one.mixed, other.mixed, strict=True))
    if all(a.dtype == object and b.dtype == object for a, b in pairs):
        return all((a == b).all() for a, b in pairs)
    return all(np.abs(a.astype(float) - b.astype(float)).max() < SAME for a, b in pairs)


def regular(game: FiniteGame, mixed: Mixed) -> bool:
    """Whether an equilibrium has no best reply unused, and nobody mixes more than others allow."""
    used = np.array([np.count_nonzero(own > TINY) for own in mixed]) - 1
    replies = []
    for n in range(len(mixed)):
        payoffs = game.against(n, mixed).astype(float)
        unit = float(game.ranges[n]) or 1.0
        replies.append(np.count_nonzero(payoffs >= payoffs.max() - TINY * unit) - 1)
    return bool((used == replies).all() and (2 * used <= used.sum()).all())


def verified_pure(game: FiniteGame, profile: Sequence[int]) -> Verified:
    """Return a pure equilibrium, known to be one, as distributions."""
    found = tuple(np.zeros(k, dtype=game.tensor.dtype) for k in game.shape)
    for n, own in enumerate(found):
        if game.exact:
            own[:] = [Fraction(0)] * len(own)
        own[profile[n]] = Fraction(1) if game.exact else 1.0
    nothing = np.zeros(len(found), dtype=int).astype(game.tensor.dtype)
    return Verified(found, nothing, "proved")
