"""Potentials by summing payoff changes along paths, and the pass that verifies them.

A component is a set of players and their weights. Its *interaction* ψ is the potential without
what each player can change for itself: ψ = 0 wherever fewer than two of its players leave their
first strategies, and the potential is ψ plus Σ own_n(a_n)/w_n. Own parts are kept apart because
they may be larger than ψ by any factor, and would take its digits.
"""

from dataclasses import dataclass
from math import frexp, prod
from typing import Any

import numpy as np

from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.finite.potentials.squares import Square, blocks, farthest, first_of

EPS = float(np.finfo(float).eps)
FARTHEST = 1000  # binary orders between components: more would leave the range of floats


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Players in the order of their paths, and ψ: length 1 along everybody else's axis."""

    players: tuple[int, ...]
    interaction: Tensor


@dataclass(frozen=True, slots=True)
class Miss:
    """A payoff change that no potential of these weights explains, from a first strategy."""

    player: int
    profile: Profile
    component: Component


def own_part(game: FiniteGame, player: int) -> Tensor:
    """Return a player's payoff, the others at their first strategies, less that at its own first.

    Its axis is the player's; the others have length 1.
    """
    line = tuple(slice(None) if p == player else slice(0, 1) for p in range(len(game.shape)))
    values = game.tensor[player][line]
    return np.asarray(values - first_of(values, player))


def integrate(game: FiniteGame, players: tuple[int, ...], weights: Tensor) -> Component:
    """Return a component with ψ by the path from the first profile, one player after the other.

    The last player's payoffs enter at every profile, the first one's nowhere: who resolves ψ
    best should be last. The work is that of one pass over one player's payoffs.
    """
    size = len(game.shape)
    total = np.zeros((1,) * size, dtype=game.tensor.dtype)
    if len(players) < 2:
        return Component(players, total)
    for place, n in enumerate(players):
        done = players[: place + 1]
        slab = game.tensor[n][tuple(slice(None if p in done else 1) for p in range(size))]
        own, new = own_part(game, n), np.empty(slab.shape, dtype=slab.dtype)
        before = np.broadcast_to(total, slab.shape)
        for index in blocks(slab.shape, (n,)):
            piece = slab[index] - first_of(slab[index], n)
            piece -= own
            piece /= weights[n]
            np.add(piece, before[index], out=new[index])
        total = new
    return Component(players, total)


def verify(
    game: FiniteGame, component: Component, weights: Tensor, slack: Tensor
) -> tuple[dict[int, Any], Miss | None]:
    """Return how far each player's changes are from w_n Δ(potential), and where beyond `slack`.

    It stops at the first player that misses. One pass over the payoffs of the players.
    """
    worst: dict[int, Any] = {}
    for n in reversed(component.players):
        explained = np.broadcast_to(component.interaction, game.shape)
        worst[n], own = 0, own_part(game, n)
        left = steps = tiled = np.empty(0)
        for index in blocks(game.shape, (n,)):
            payoffs = game.tensor[n][index]
            if left.shape != payoffs.shape:  # the last piece may be smaller
                left, steps = np.empty_like(payoffs, order="C"), np.empty_like(payoffs, order="C")
                tiled = np.broadcast_to(own, payoffs.shape).copy()
            np.multiply(explained[index], weights[n], out=left)
            np.subtract(payoffs, left, out=left)
            left -= tiled
            spread = spread_at_most(left, n, steps)
            if spread > slack[n]:
                spread = (left.max(axis=n) - left.min(axis=n)).max()
            worst[n] = max(worst[n], spread)
            if spread > slack[n]:
                _, place = farthest(left - first_of(left, n))
                profile = tuple(p + c.start for p, c in zip(place, index, strict=True))
                return worst, Miss(n, profile, component)
    return worst, None


def spread_at_most(values: Tensor, axis: int, steps: Tensor) -> Any:
    """Return a bound on the largest difference along an axis: from neighbor to neighbor, summed.

    Contiguous tensors only; neighbors are one shift apart in memory, which is why this is fast.
    """
    length, shift = values.shape[axis], prod(values.shape[axis + 1 :])
    if length == 1:
        return 0
    flat, out = values.reshape(-1), steps.reshape(-1)
    np.subtract(flat[shift:], flat[:-shift], out=out[:-shift])
    out.reshape(-1, length, shift)[:, -1] = 0  # from the last to the next line's first
    return (length - 1) * max(out.max(), -out.min())


def squares_of(miss: Miss) -> list[Square]:
    """Return squares whose misfits add up to the missed change; so one of them misfits.

    The change of the player was compared with two paths, which differ in the players after it:
    moving those to the profile one at a time makes a ladder of squares.
    """
    members, n = miss.component.players, miss.player
    place, size = members.index(n), len(miss.profile)
    later = members[place + 1 :] + tuple(p for p in range(size) if p not in members)
    here = [0 if p in later or p == n else a for p, a in enumerate(miss.profile)]
    ladder = []
    for m in later:
        if miss.profile[m]:
            ladder.append(Square((n, m), tuple(here), (miss.profile[n], miss.profile[m])))
        here[m] = miss.profile[m]
    return ladder


def assemble(game: FiniteGame, components: tuple[Component, ...], weights: Tensor) -> Tensor:
    """Return the potential on all profiles; 0 where everybody uses its first strategy.

    A component of all players becomes the potential: large memory is not taken twice.
    """
    parts = [component.interaction for component in components]
    own = np.zeros((1,) * len(game.shape), dtype=game.tensor.dtype)
    for n in reversed(range(1, len(game.shape))):
        own = own + own_part(game, n) / weights[n]
    parts += [own, own_part(game, 0) / weights[0]]
    if parts[0].shape != game.shape:
        parts.insert(0, np.zeros(game.shape, dtype=game.tensor.dtype))
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def sizes(game: FiniteGame, components: tuple[Component, ...], weights: Tensor) -> list[float]:
    """Return a bound on each component's part of the potential, its own parts included."""
    found = []
    for component in components:
        own = [np.abs(own_part(game, n)).max() / weights[n] for n in component.players]
        psi = component.interaction
        found.append(float(max(psi.max(), -psi.min()) + sum(own)))
    return found


def balance(game: FiniteGame, components: tuple[Component, ...], weights: Tensor) -> Tensor:
    """Bring the components' parts of the potential to like sizes, in place; return the weights.

    Each component's weights have a free factor. It is a power of two, which changes no digit.
    """
    weights, found = weights.copy(), sizes(game, components, weights)
    unit = next((size for size in found if size), 1.0)
    for component, size in zip(components, found, strict=True):
        power = frexp(size)[1] - frexp(unit)[1] if size else 0
        power = min(max(power, -FARTHEST), FARTHEST)
        weights[list(component.players)] *= 2.0**power
        np.ldexp(component.interaction, -power, out=component.interaction)
    return weights


def loss(game: FiniteGame, components: tuple[Component, ...], weights: Tensor) -> dict[int, float]:
    """Bound what rounding takes from each player's changes where the parts are added."""
    additions = len(game.shape) + len(components) + 1
    lost = additions * EPS * sum(sizes(game, components, weights))
    return {n: float(weight) * lost for n, weight in enumerate(weights)}


def misfits(game: FiniteGame, potential: Tensor, weights: Tensor) -> dict[int, Any]:
    """Return how far each player's payoff changes are from w_n times those of a potential.

    Changes are taken before they are compared: the potential may be larger by many decades.
    """
    worst: dict[int, Any] = {}
    for n in range(len(game.shape)):
        worst[n] = 0
        for index in blocks(game.shape, (n,)):
            left, explained = game.tensor[n][index], potential[index]
            left = left - first_of(left, n) - weights[n] * (explained - first_of(explained, n))
            worst[n] = max(worst[n], (left.max(axis=n) - left.min(axis=n)).max())
    return worst
