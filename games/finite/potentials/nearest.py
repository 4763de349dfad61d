"""The nearest exact potential game, and a near weighted one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite.files.tables import as_float
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.potentials.hodge import (
    Norm,
    mean,
    nearest_interaction,
    norm_weights,
    own_mean,
    root,
)
from coopetition.games.finite.potentials.weight_fit import fit_weights, grams, own_norms
from coopetition.games.finite.potentials.weights import spanning_forest
from coopetition.games.finite.tolerance import LARGEST, TOLERANCE, slack_of

NearKind = Literal["exact", "weighted"]
MOST_PLAYERS = 14  # 2^N Gram matrices are kept


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """A potential game near a game.

    `interaction` is its potential without what depends on one player's strategy alone;
    `upper_bound` says that a nearer game of the kind may exist.
    """

    game: FiniteGame
    kind: NearKind
    norm: Norm
    weights: Tensor
    interaction: Tensor
    squared_distance: Any
    upper_bound: bool

    @property
    def distance(self) -> float:
        """The norm of the difference of the two games' payoffs."""
        return root(self.squared_distance)

    @property
    def potential(self) -> Tensor:
        """The potential of the near game, with mean 0."""
        total = self.interaction
        for n, own in enumerate(self.game.tensor):
            total = total + own_mean(own, n) / self.weights[n]
        return total

    def nearest(self) -> FiniteGame:
        """Return the near game."""
        return FiniteGame(
            self.game.tensor - np.stack(list(_left(self.game, self.weights, self.interaction))),
            self.game.players,
            self.game.strategies,
            title=self.game.title,
        )

    def to_dict(self) -> Mapping[str, object]:
        """Return kind, norm, distance, whether it is an upper bound, and the weights.

        A weight that no float holds is None.
        """
        return {
            "kind": self.kind,
            "norm": self.norm,
            "distance": self.distance,
            "upper_bound": self.upper_bound,
            "weights": [as_float(w) for w in self.weights],
        }

    def __str__(self) -> str:
        """Say how far it is."""
        how = "upper bound" if self.upper_bound else "least squares: the minimum"
        if self.squared_distance == 0 and not isinstance(self.squared_distance, float):
            how = "the game itself"  # in fractions: a float may be 0 by underflow
        most = "at most " if self.upper_bound else ""
        return (
            f"nearest {self.kind} potential game: {most}{self.distance:.6g} away in the L2 norm "
            f"of {self.norm} ({how})"
        )


def nearest_potential(
    game: FiniteGame, kind: NearKind = "exact", *, norm: Norm = "payoffs"
) -> Nearest:
    """Return the nearest exact potential game, or a near weighted one.

    The exact one is a least-squares solution: its distance is the norm of the part of the game
    that is neither of a potential nor non-strategic, so a game at distance ε from some potential
    game is never said to be farther. Weights make the problem non-convex: they are optimized
    locally (Gauss–Newton, φ eliminated) from several starts, among them the weights that squares
    of the game suggest; the distance is then an upper bound.

    Parameters
    ----------
    norm : {"payoffs", "flows"}
        The L2 norm of all payoffs, each counted once; or of payoff changes, see `decompose`.

    Raises
    ------
    InvalidInputError
        If there is no such kind or norm.
    UnsupportedGameError
        If weights are sought for more than 14 players, or for payoffs above 1e140 in size.

    Examples
    --------
    >>> shifted = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1.5]]])
    >>> print(nearest_potential(shifted))
    nearest exact potential game: 0.176777 away in the L2 norm of payoffs
    (least squares: the minimum)
    """
    sizes = norm_weights(game, norm)
    if kind == "exact":
        weights = np.array([sizes[0] / sizes[0]] * len(sizes), dtype=game.tensor.dtype)
    elif kind == "weighted":
        if len(sizes) > MOST_PLAYERS:
            raise UnsupportedGameError(
                f"a near weighted potential game is sought for at most {MOST_PLAYERS} players, "
                f"got {len(sizes)}; kind='exact' has no such limit"
            )
        forest = spanning_forest(game, slack_of(game, TOLERANCE))
        start = np.array([as_float(w) or 1.0 for w in forest.weights()[0]])
        game = game.to_floats()
        if np.abs(game.tensor).max() > LARGEST:
            raise UnsupportedGameError(
                "a near weighted potential game is sought in floating point: payoffs must not "
                f"exceed {LARGEST:g} in size; divide them first"
            )
        weights = fit_weights(grams(game), own_norms(game), sizes.astype(float), start)
        sizes = sizes.astype(float)
    else:
        raise InvalidInputError(f"`kind` must be exact or weighted, got {kind!r}")
    interaction = nearest_interaction(game, weights, sizes)
    distance: Any = 0
    for size, left in zip(sizes, _left(game, weights, interaction), strict=True):
        distance += size * (left.reshape(-1) @ left.reshape(-1))
    return Nearest(game, kind, norm, weights, interaction, distance, kind == "weighted")


def _left(game: FiniteGame, weights: Tensor, interaction: Tensor) -> Iterator[Tensor]:
    """Yield the part of each player's own changes that a weighted potential does not explain."""
    for n, own in enumerate(game.tensor):
        left = own - weights[n] * interaction
        left -= mean(left, n)
        left -= own_mean(own, n)
        yield left
