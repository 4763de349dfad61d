"""The correlated equilibrium of largest welfare, by linear programming."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import NotConvergedError
from coopetition.games.finite.game import FiniteGame
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.finite.profile_tables import used

NOISE = 1e-9  # a probability that rounding left
PRECISION = 1e-6  # of what changes move: ten times the tolerance of the linear program


@dataclass(frozen=True, kw_only=True, eq=False)
class Correlated(Result):
    """A distribution over profiles that nobody who is told its own part wants to leave.

    Attributes
    ----------
    distribution : shape (k_1, …, k_N)
    payoffs : shape (N,)
    regret : shape (N,)
        What each expects to gain, before it is told, by the best rule that replaces one told
        strategy with another.
    """

    game: FiniteGame
    distribution: Array
    payoffs: Array
    regret: Array

    @property
    def welfare(self) -> float:
        """The expected sum of payoffs."""
        return float(self.payoffs.sum())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: profiles that are played, and what each expects."""
        profiles, shares = used(self.distribution, self.game)
        return {
            "players": list(self.game.players),
            "profiles": profiles,
            "probability": shares,
            "payoff": self.payoffs.tolist(),
            "regret": self.regret.tolist(),
            "welfare": self.welfare,
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per profile that is ever played, and one per player."""
        said = self.to_dict()
        each = {key: said[key] for key in ("payoff", "regret")}
        return (
            keyed("Correlated equilibrium",
                  {"cell": said["profiles"], "probability": said["probability"]}),
            keyed("What players expect", {"organization": said["players"], **each}),
        )  # fmt: skip

    def long_table(self) -> Table:
        """Return one row per profile and one per player."""
        return stacked(*self.tables())


def correlated_equilibrium(game: FiniteGame) -> Correlated:
    """Return the correlated equilibrium with the largest expected sum of payoffs.

    One variable a profile, and k(k − 1) conditions for a player with k strategies (Aumann,
    Journal of Mathematical Economics 1, 1974). In floating point: `regret` is recomputed from
    the answer, and is at most a millionth of what its changes are expected to move up or down.

    Raises
    ------
    NotConvergedError
        If the linear program is not solved, or its answer is no equilibrium: payoffs of one player
        differ too much in size.

    Examples
    --------
    >>> chicken = FiniteGame([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> found = correlated_equilibrium(chicken)
    >>> round(found.welfare, 6), found.distribution.round(6).tolist()
    (10.5, [[0.5, 0.25], [0.25, 0.0]])
    """
    from scipy.optimize import linprog

    floats = game.to_floats()
    welfare = floats.tensor.sum(axis=0)
    # In units of what is usual, not of the largest entry, beside which all else would look alike.
    spread = float(np.median(welfare.max() - welfare)) or float(np.ptp(welfare)) or 1.0
    gains = _gains(floats)
    answer = linprog(
        -((welfare - welfare.max()) / spread).ravel(),
        A_ub=gains,
        b_ub=np.zeros(gains.shape[0]),
        A_eq=np.ones((1, welfare.size)),
        b_eq=[1.0],
    )
    if answer.x is None:
        raise NotConvergedError(f"the linear program was not solved: {answer.message}")
    chances = np.where(answer.x > NOISE, answer.x, 0.0).reshape(game.shape)
    found = _correlated(game, floats, chances / chances.sum())
    if (found.regret > PRECISION * _moved(floats, found.distribution)).any():
        worst = game.players[int(np.argmax(found.regret))]
        raise NotConvergedError(
            f"the payoffs of one player differ too much in size for floating point: {worst} would "
            f"gain {found.regret.max():.3g} by leaving the linear program's answer"
        )
    return found


def _moved(floats: FiniteGame, chances: Array) -> Array:
    """Return how much the best rules are expected to move each payoff, up or down, shape (N,)."""
    found = []
    for n, own in enumerate(floats.tensor):
        lines, weights = _lines(own, n), _lines(chances, n)
        best = (weights @ lines.T).argmax(axis=1)
        found.append((weights * np.abs(lines[best] - lines)).sum())
    return np.array(found)


def _lines(values: Array, player: int) -> Array:
    """Return one row per strategy of a player, one column per choice of the others."""
    return np.moveaxis(values, player, 0).reshape(values.shape[player], -1)


def _gains(floats: FiniteGame) -> Any:
    """Return one row per player, told and played strategy: the gain at each profile.

    Each row is in units of its own largest gain or loss, so that the program's tolerance is local.
    """
    from scipy.sparse import csr_array

    numbers = np.arange(floats.tensor[0].size).reshape(floats.shape)
    rows, columns, values = [np.zeros(1, int)], [np.zeros(1, int)], [np.zeros(1)]
    row = 1  # the first row is empty, so that there is one
    for n, own in enumerate(floats.tensor):
        lines, places = np.moveaxis(own, n, 0), np.moveaxis(numbers, n, 0)
        for told, played in permutations(range(floats.shape[n]), 2):
            columns.append(places[told].ravel())
            gains = (lines[played] - lines[told]).ravel()
            values.append(gains / (np.abs(gains).max() or 1.0))  # each condition in its own unit
            rows.append(np.full(places[told].size, row))
            row += 1
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(row, numbers.size))


def _correlated(game: FiniteGame, floats: FiniteGame, chances: Array) -> Correlated:
    regret = []
    for n, own in enumerate(floats.tensor):
        # [told, played]: the expected payoff of playing one where the other is told
        table = _lines(chances, n) @ _lines(own, n).T
        regret.append((table.max(axis=1) - table.diagonal()).sum())
    payoffs = (floats.tensor * chances).reshape(len(floats.players), -1).sum(axis=1)
    return Correlated(
        game=game, distribution=chances, payoffs=payoffs, regret=np.maximum(regret, 0.0)
    )
