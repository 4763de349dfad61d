"""The potential, harmonic and non-strategic parts of a finite game.

Π_n takes the mean over player n's strategies away. The nearest game in which everybody's changes
are w_n times those of one φ minimizes Σ_n c_n ‖Π_n (u_n − w_n φ)‖², so that
(Σ_n c_n w_n² Π_n) φ = Σ_n c_n w_n Π_n u_n. All Π_n commute: in a basis of each player's axis that
begins with the constant, the left side is diagonal. (Candogan, Menache, Ozdaglar and Parrilo, Flows
and decompositions of games, Mathematics of Operations Research 36, 2011: c_n = k_n, w_n = 1.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import isqrt, prod, sqrt
from typing import Any, Literal

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.finite.tolerance import slack_of

Norm = Literal["payoffs", "flows"]
NORMS = ("payoffs", "flows")
GROUP = 64  # order of the matrices that are multiplied with


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """Three parts that sum to the game, each of the shape (N, k_1, …, k_N).

    `potential_part` is what φ explains, `harmonic` the rest of what players can change for
    themselves, `nonstrategic` what only the others change. They are orthogonal in the norm, and
    φ is unique with mean 0.
    """

    game: FiniteGame
    norm: Norm
    phi: Tensor
    potential_part: Tensor
    harmonic: Tensor
    nonstrategic: Tensor

    @property
    def distance(self) -> float:
        """The norm of the harmonic part: how far the nearest exact potential game is."""
        return root(self.squared_distance)

    @property
    def squared_distance(self) -> Any:
        """The square of the distance: a fraction in exact arithmetic."""
        return squared(self.harmonic, self.norm)

    def to_dict(self) -> Mapping[str, object]:
        """Return the norms of the three parts."""
        parts = {
            "potential": self.potential_part,
            "harmonic": self.harmonic,
            "nonstrategic": self.nonstrategic,
        }
        norms = {name: root(squared(part, self.norm)) for name, part in parts.items()}
        return {"norm": self.norm, **norms}

    def __str__(self) -> str:
        """Say how large the parts are."""
        found = self.to_dict()
        said = ", ".join(
            f"{name} {found[name]:.6g}" for name in ("potential", "harmonic", "nonstrategic")
        )
        return f"parts by the norm of {self.norm}: {said}"


def decompose(game: FiniteGame, *, norm: Norm = "flows") -> Decomposition:
    """Split a game into its potential, harmonic and non-strategic parts.

    Parameters
    ----------
    norm : {"flows", "payoffs"}
        Which squares are summed: "flows", as Candogan et al., counts player n's payoffs k_n times,
        which is the L2 norm of payoff changes; "payoffs" is the L2 norm of payoffs. They agree up
        to a factor where all players have equally many strategies.

    Raises
    ------
    InvalidInputError
        If there is no such norm, or a payoff is too large to be squared.

    Examples
    --------
    >>> pennies = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> print(decompose(pennies))
    parts by the norm of flows: potential 0, harmonic 4, nonstrategic 0
    """
    sizes = norm_weights(game, norm)
    ones = np.array([sizes[0] / sizes[0]] * len(sizes), dtype=game.tensor.dtype)
    phi = nearest_phi(game, ones, sizes)
    nonstrategic = np.stack([
        np.broadcast_to(mean(own, n), own.shape) for n, own in enumerate(game.tensor)
    ])  # fmt: skip
    explained = np.stack([phi - mean(phi, n) for n in range(len(sizes))])
    harmonic = game.tensor - nonstrategic - explained
    return Decomposition(game, norm, phi, explained, harmonic, nonstrategic)


def norm_weights(game: FiniteGame, norm: Norm) -> Tensor:
    """Return c_n: how often each player's squares count."""
    if norm not in NORMS:
        raise InvalidInputError(f"`norm` must be one of {', '.join(NORMS)}, got {norm!r}")
    slack_of(game, 0.0)  # refuses payoffs that are too large to be squared
    number = Fraction if game.exact else float
    counts = game.shape if norm == "flows" else (1,) * len(game.shape)
    return np.array([number(k) for k in counts], dtype=game.tensor.dtype)


def squared(tensor: Tensor, norm: Norm) -> Any:
    """Return the squared norm of a game's payoffs."""
    counts = tensor.shape[1:] if norm == "flows" else (1,) * len(tensor)
    flat = (own.reshape(-1) for own in tensor)
    return sum(k * (own @ own) for k, own in zip(counts, flat, strict=True))


def root(value: Any) -> float:
    """Return a square root, of fractions beyond all floats too."""
    if not isinstance(value, Fraction):
        return sqrt(max(float(value), 0.0))
    over, under = value.numerator, value.denominator
    shift = max(0, 64 - (over.bit_length() - under.bit_length()) // 2)
    return float(Fraction(isqrt((over << 2 * shift) // under), 1 << shift))


def mean(values: Tensor, axis: int) -> Tensor:
    """Return the mean over one axis, which keeps length 1."""
    return np.asarray(values.sum(axis=axis, keepdims=True) / values.shape[axis])


def own_mean(own: Tensor, player: int) -> Tensor:
    """Return a player's payoff by its own strategy, averaged over the others, less its mean."""
    others = tuple(axis for axis in range(own.ndim) if axis != player)
    average = own.sum(axis=others, keepdims=True) / (own.size // own.shape[player])
    return np.asarray(average - mean(average, player))


def nearest_phi(game: FiniteGame, weights: Tensor, sizes: Tensor) -> Tensor:
    """Return the φ with mean 0 that minimizes Σ c_n ‖Π_n (u_n − w_n φ)‖²."""
    phi = nearest_interaction(game, weights, sizes)
    for n, own in enumerate(game.tensor):
        phi = phi + own_mean(own, n) / weights[n]
    return phi


def nearest_interaction(game: FiniteGame, weights: Tensor, sizes: Tensor) -> Tensor:
    """Return the same φ without what depends on one player's strategy alone.

    That part is Σ_n of `own_mean` / w_n, fits exactly, and may be larger by any factor.
    """
    total: Any = np.zeros(game.shape, dtype=game.tensor.dtype)
    scale: Any = np.zeros((1,) * len(game.shape), dtype=game.tensor.dtype)
    count: Any = 0
    for n, own in enumerate(game.tensor):
        varies = np.array([0] + [1] * (game.shape[n] - 1))
        varies = varies.reshape([-1 if p == n else 1 for p in range(len(game.shape))])
        # One player at a time: what rounding leaves of large payoffs would hide small ones.
        part = change_basis(own - mean(own, n), game.exact)
        part *= varies.astype(part.dtype) * (sizes[n] * weights[n])
        total += part
        scale = scale + varies.astype(part.dtype) * (sizes[n] * weights[n] ** 2)
        count = count + varies
    alone = count <= 1
    scale[alone] = 1
    total /= scale
    total[alone] = 0
    return change_basis(total, game.exact, back=True)


def change_basis(values: Tensor, exact: bool, *, back: bool = False) -> Tensor:
    """Return a tensor in the bases of all axes that begin with the constant, or back."""
    shape, after = values.shape, 1
    for sizes in _groups(shape, 1 if exact else GROUP):
        bases = [(means_first(k) if exact else helmert(k))[int(back)] for k in sizes]
        matrix = reduce(np.kron, bases)
        cube = values.reshape(-1, len(matrix), after)
        values = cube[..., 0] @ matrix.T if after == 1 else matrix @ cube
        after *= len(matrix)
    return values.reshape(shape)


def _groups(shape: Profile, most: int) -> list[list[int]]:
    """Return the lengths of axes in groups, the last axes first: one product serves a group."""
    groups: list[list[int]] = []
    for k in reversed(shape):
        if groups and prod(groups[-1]) * k <= most:
            groups[-1].insert(0, k)
        else:
            groups.append([k])
    return groups


def helmert(k: int) -> tuple[Tensor, Tensor]:
    """Return the orthonormal k × k basis that begins with the constant, and its inverse."""
    rows = np.tril(np.ones((k, k)), -1) - np.diag(np.arange(k))
    rows[0] = 1.0
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, rows.T


def means_first(k: int) -> tuple[Tensor, Tensor]:
    """Return the same without square roots: the mean, then x_1, …, x_{k−1} less the mean."""
    forward = np.array([[Fraction(-1, k)] * k] * k, dtype=object)
    forward[0] = Fraction(1, k)
    back = np.array([[Fraction(0)] * k] * k, dtype=object)
    back[:, 0] = Fraction(1)
    back[0, 1:] = Fraction(-1)
    for i in range(1, k):
        forward[i, i] += 1
        back[i, i] = Fraction(1)
    return forward, back
