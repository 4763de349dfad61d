"""All equilibria where at most two players have a choice: exact, and proved to be all."""

from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.bimatrix.check import best_reply, margins, whole
from coopetition.solvers.finite.bimatrix.extreme_equilibria import Pair, extreme_equilibria, ordered
from coopetition.solvers.finite.bimatrix.polytope import MixedWeights, polytope
from coopetition.solvers.finite.bimatrix.subsets import NashSubsets, nash_subsets
from coopetition.solvers.finite.lemke_howson import paths
from coopetition.solvers.finite.pure import pure_equilibria

PART = 0.85  # of the time for the enumeration; what is left is for paths, if it did not end
UNKNOWN = "each is proved; whether others exist is unknown: the time limit ended the search"


@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """Equilibria in fractions, each proved, and what is known of the whole.

    Attributes
    ----------
    profiles : tuple of K mixed profiles
    margins : tuple of K pairs
        The least probability; the least loss by an unused strategy, as a share of the largest
        payoff in reach (infinite where all are used).
    complete : bool
        Whether every equilibrium is in the list or, in a continuum, a mixture of some in it.
    degenerate : bool or None
    subsets : NashSubsets or None
    note : str
    """

    profiles: tuple[tuple[Tensor, ...], ...]
    margins: tuple[tuple[float, float], ...]
    complete: bool
    degenerate: bool | None
    subsets: NashSubsets | None
    method: str
    note: str


def deciding(game: FiniteGame) -> tuple[int, ...]:
    """Return the players that have a choice; of one or none, two players all the same."""
    chosen = [n for n, k in enumerate(game.shape) if k > 1]
    rest = [n for n, k in enumerate(game.shape) if k == 1]
    return tuple(sorted(chosen + rest[: max(0, 2 - len(chosen))]))


def two_players(game: FiniteGame, deadline: float) -> Exact:
    """Return all equilibria, or at the deadline those found; pure ones are always among them.

    What the enumeration leaves to the deadline goes to Lemke and Howson's paths, which find one
    more where there is time.
    """
    players = deciding(game)
    first, second = _tables(game, players)
    now = monotonic()
    found = extreme_equilibria(first, second, now + PART * (deadline - now))
    pairs, method = found.pairs, "exact enumeration of vertices"
    one, two = whole(first), list(zip(*whole(second), strict=True))
    if not found.complete:
        sides = polytope(second), polytope(list(zip(*first, strict=True)))
        ends = [
            (x, y)
            for x, y in paths(*sides, deadline)
            if best_reply(one, x, y) and best_reply(two, y, x)
        ]
        pairs = ordered([*pairs, *_pure(game, players), *ends])
        method += " and paths of Lemke and Howson"
    subsets = nash_subsets(pairs) if found.complete else None
    return Exact(
        profiles=tuple(_profile(game, players, pair) for pair in pairs),
        margins=tuple(
            (min(a, b), min(c, d))
            for (a, c), (b, d) in ((margins(one, x, y), margins(two, y, x)) for x, y in pairs)
        ),
        complete=found.complete,
        degenerate=found.degenerate,
        subsets=subsets,
        method=method,
        note=_note(subsets, found.degenerate) if found.complete else UNKNOWN,
    )


def _note(subsets: NashSubsets | None, degenerate: bool | None) -> str:
    if subsets is None:
        return "proved: all extreme equilibria; the sets in which they mix are too many to list"
    if subsets.continuum:
        k, c = len(subsets.subsets), len(subsets.components)
        return (
            "proved: all extreme equilibria of a degenerate game; every equilibrium is in the hull "
            f"of one of {k} maximal Nash subset{'s' * (k > 1)}, in {c} component{'s' * (c > 1)}"
        )
    also = "; the game is degenerate, but without a continuum of them" if degenerate else ""
    return f"proved: these are all{also}"


def _tables(game: FiniteGame, players: tuple[int, ...]) -> tuple[list[Any], list[Any]]:
    """Return the payoffs of the two that choose, (m, n) each; of a player alone, beside zeros."""
    if len(game.shape) == 1:
        return game.tensor.reshape(-1, 1).tolist(), [[0]] * game.shape[0]
    shape = [game.shape[n] for n in players]
    one, two = (game.tensor[n].reshape(shape).tolist() for n in players)
    return one, two


def _pure(game: FiniteGame, players: tuple[int, ...]) -> list[Pair]:
    """Return the pure equilibria, by two players' weights."""
    sizes = [*(game.shape[n] for n in players), 1][:2]
    found = []
    for profile in pure_equilibria(game):
        used = [*(profile[n] for n in players), 0][:2]
        x, y = (tuple(int(k == a) for k in range(s)) for s, a in zip(sizes, used, strict=True))
        found.append((x, y))
    return found


def _profile(game: FiniteGame, players: tuple[int, ...], pair: Pair) -> tuple[Tensor, ...]:
    """Return probabilities of all players: who has no choice plays what there is."""
    weights: dict[int, MixedWeights] = dict(zip(players, pair, strict=False))
    profile = []
    for n in range(len(game.shape)):
        own = weights.get(n, (1,))
        probabilities, total = np.empty(len(own), dtype=object), sum(own)
        probabilities[:] = [Fraction(weight, total) for weight in own]
        profile.append(probabilities)
    return tuple(profile)
