"""What becomes of a candidate for an equilibrium of several players: verified, compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.tolerance import TOLERANCE

Mixed = tuple[Tensor, ...]
TIE = 1e-7  # of the same: payoffs nearer to each other count as equal where a game is described
NOISE = 1e-7, 1e-12  # probabilities that rounding may have left, first tried without
SAME = 1e-6  # probabilities that differ by less are the same
MOST = np.finfo(float).max  # an infinite gain is none that was compared
SIMPLE = 10**6  # the largest denominator that is guessed


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """An equilibrium, what each could gain by changing alone, and how that is known."""

    mixed: Mixed
    regret: Tensor
    known: str


def verify(game: FiniteGame, candidate: Sequence[Tensor]) -> Verified | None:
    """Return an equilibrium near the candidate, as exact as can be had, or None if it is none.

    "proved" where the regret is exactly 0: in fractions, or of pure strategies, whose payoffs are
    compared without rounding. "checked" where no change gains more than 1e-9 of the differences in
    payoff, all counted as positive, that its gain is the sum of. An entry that is large hides
    nothing: it counts only as far as this change, against these mixtures, meets it.
    """
    if game.exact and (found := simple(game, candidate)):
        return Verified(found, np.zeros(len(found), dtype=int).astype(object), "proved")
    for noise in NOISE:
        mixed = _distributions(candidate, noise)
        if mixed is None:
            return None
        if stable(game, mixed, TOLERANCE):
            most = [gains(game, n, mixed)[0].max() for n in range(len(mixed))]
            regret = np.maximum(most, 0.0)
            pure = all(own.max() == 1 for own in mixed) and not regret.any()
            return Verified(mixed, regret, "proved" if pure else "checked")
    return None


def stable(game: FiniteGame, mixed: Sequence[Array], tolerance: float) -> bool:
    """Whether no change of one strategy gains more than a share of its terms, as `gains` says."""
    both = (gains(game, n, mixed) for n in range(len(mixed)))
    return all((gain <= np.minimum(tolerance * terms, MOST)).all() for gain, terms in both)


def gains(game: FiniteGame, player: int, mixed: Sequence[Array]) -> tuple[Array, Array]:
    """Return what each strategy gains over the own mixture, and the terms of that; (k_n,) each.

    The gain of b is the sum, over own strategies a and the others' profiles, of their probability
    times u(b, ·) − u(a, ·); its terms are the sum of the absolute values. Differences are taken
    first, so that rounding is some 1e-15 of the terms, whatever else the payoffs hold.

    Examples
    --------
    >>> chance = FiniteGame([[[0, 1e9], [0, 1e9 + 1]], [[0, 0], [0, 0]]])
    >>> gain, terms = gains(chance, 0, [np.array([0.5, 0.5]), np.array([0.5, 0.5])])
    >>> gain.tolist(), terms.tolist()
    ([-0.25, 0.25], [0.25, 0.25])
    """
    own = np.moveaxis(game.tensor[player], player, 0)
    others = [p for n, p in enumerate(mixed) if n != player]
    gain, terms = np.zeros(len(own)), np.zeros(len(own))
    with np.errstate(all="ignore"):  # a difference beyond all floats is never small
        for b, line in enumerate(own):
            more = (line - own).astype(float)
            for k, values in ((gain, more), (terms, np.abs(more))):
                for p in reversed(others):
                    values = values @ p
                k[b] = values @ mixed[player]
    return gain, terms


def simple(game: FiniteGame, mixed: Sequence[Tensor]) -> Mixed | None:
    """Return the simple fractions next to mixed strategies if they are an equilibrium, proved."""
    guess = []
    for own in mixed:
        near = np.empty(len(own), dtype=object)
        near[:] = [Fraction(p).limit_denominator(SIMPLE) for p in own]
        if near.sum() != 1 or near.min() < 0:
            return None
        guess.append(near)
    return None if any(game.mixed_regret(guess)) else tuple(guess)


def same(one: Verified, other: Verified) -> bool:
    """Whether two equilibria are the same: equal fractions, or floats that hardly differ."""
    pairs = list(zip(one.mixed, other.mixed, strict=True))
    if all(a.dtype == object and b.dtype == object for a, b in pairs):
        return all((a == b).all() for a, b in pairs)
    return all(np.abs(a.astype(float) - b.astype(float)).max() < SAME for a, b in pairs)


def regular(game: FiniteGame, mixed: Mixed) -> bool:
    """Whether an equilibrium seems to have no best reply unused, and nobody to mix too much.

    As far as floating point can tell: nobody mixes more strategies than the others' mixtures allow
    to be isolated.
    """
    floats = [own.astype(float) for own in mixed]
    used = np.array([np.count_nonzero(own > TIE) for own in floats]) - 1
    replies = []
    for n in range(len(mixed)):
        gain, terms = gains(game, n, floats)
        replies.append(np.count_nonzero(gain >= -TIE * terms) - 1)
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


def _distributions(candidate: Sequence[Tensor], noise: float) -> Mixed | None:
    """Return floats that are not negative and sum to 1, or None where they are far from it."""
    given = [np.asarray(own, dtype=float) for own in candidate]
    cut = [np.where(own > noise, own, 0.0) for own in given]
    if not all(abs(own.sum() - 1) < SAME for own in cut):  # no NaN passes `>`
        return None
    return tuple(own / own.sum() for own in cut)
