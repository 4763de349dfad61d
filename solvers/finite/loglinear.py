"""Log-linear learning, and where it is found in the long run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Profile, Tensor, shown
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.finite.profile_tables import used


@dataclass(frozen=True, kw_only=True, eq=False)
class Visits(Result):
    """How often each profile was played; regrets say how far from equilibrium two of them are.

    Attributes
    ----------
    frequencies : shape (k_1, …, k_N)
    most_played, last : profiles
    regret, regret_last : shape (N,)
        What each could still gain by changing alone from them.
    """

    game: FiniteGame
    frequencies: Array
    most_played: Profile
    last: Profile
    regret: Tensor
    regret_last: Tensor
    rounds: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the profiles that were played, and how often."""
        profiles, shares = used(self.frequencies, self.game)
        return {
            "players": list(self.game.players),
            "rounds": self.rounds,
            "profiles": profiles,
            "frequency": shares,
            "most_played": self.game.names(self.most_played),
            "last": self.game.names(self.last),
            "regret": self.regret.astype(float).tolist(),
            "regret_last": self.regret_last.astype(float).tolist(),
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per profile that was played, and one per player."""
        said = self.to_dict()
        each = {key: said[key] for key in ("regret", "regret_last")}
        return (
            keyed(f"Log-linear learning, {self.rounds} rounds",
                  {"cell": said["profiles"], "frequency": said["frequency"]}),
            keyed("Regrets", {"organization": said["players"], **each}),
        )  # fmt: skip

    def long_table(self) -> Table:
        """Return one row per profile and one per player."""
        return stacked(*self.tables())

    def __str__(self) -> str:
        """Say what was played most, how often, and its regret."""
        share = float(self.frequencies[self.most_played])
        return (
            f"log-linear learning, {self.rounds} rounds: ({self.game.named(self.most_played)}) in "
            f"{100 * share:.3g} % of them, largest regret there {shown(self.regret.max())}"
        )


def log_linear(
    game: FiniteGame,
    temperature: ArrayLike,
    rounds: int = 10_000,
    *,
    start: Sequence[int] | None = None,
    seed: int = 0,
) -> Visits:
    """Let one player at a time, drawn at random, choose by the logit of its payoffs.

    Strategy a is chosen with probability proportional to exp(payoff ÷ temperature). In an exact
    potential game profiles are played in the long run in proportion to exp(potential ÷ temperature)
    (Blume, Games and Economic Behavior 5, 1993). In a weighted one the same holds only where every
    player's temperature is proportional to its weight: with one temperature for all, what is
    played most need not maximize the potential.

    Parameters
    ----------
    temperature : number, or shape (N,)
        In units of payoff; one for all, or one per player.
    start : profile, optional
        Default: the first strategy of each. The start is not counted.

    Examples
    --------
    >>> stag = FiniteGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]], strategies=[("stag", "hare")] * 2)
    >>> log_linear(stag, 0.5, 2000).most_played
    (1, 1)
    """
    heats = _temperatures(temperature, len(game.shape))
    if rounds < 1:
        raise InvalidInputError(f"`rounds` must be at least 1, got {rounds!r:.40}")
    rng, tensor = np.random.default_rng(seed), game.to_floats().tensor
    profile = list(game.checked(start if start is not None else [0] * len(game.shape)))
    counts = np.zeros(game.shape)
    movers, draws = rng.integers(len(game.shape), size=rounds), rng.random(rounds)
    for n, draw in zip(movers.tolist(), draws.tolist(), strict=True):
        line = tensor[n][(*profile[:n], slice(None), *profile[n + 1 :])]
        cumulated = np.cumsum(np.exp((line - line.max()) / heats[n]))
        profile[n] = int(np.searchsorted(cumulated, draw * cumulated[-1], side="right"))
        counts[tuple(profile)] += 1
    most = tuple(map(int, np.unravel_index(int(counts.argmax()), game.shape)))
    return Visits(
        game=game,
        frequencies=counts / rounds,
        most_played=most,
        last=tuple(profile),
        regret=game.regret(most),
        regret_last=game.regret(profile),
        rounds=rounds,
    )


def _temperatures(temperature: ArrayLike, size: int) -> Array:
    given = np.asarray(temperature, dtype=float)
    if given.shape not in ((), (size,)) or not (np.isfinite(given) & (given > 0)).all():
        raise InvalidInputError(
            f"`temperature` must be one positive number, or {size}, got {temperature!r:.60}"
        )
    return np.broadcast_to(given, size)
