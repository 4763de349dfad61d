"""Distributed best response for TradeFL-style games, and the answer that both solvers return.

Each organization in turn takes its exact best response in fraction and level together. Each step
raises the potential, so that the path cannot cycle; where nobody moves any more the profile is an
equilibrium, as its certificate says.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.certificate import Certificate
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import checked_tolerance
from coopetition.games.tradefl.game import TradeFLGame
from coopetition.games.tradefl.response import certify_tradefl, level_responses, rest_of
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text
from coopetition.solvers.equilibrium import Certified, Status


@dataclass(frozen=True, slots=True)
class Move:
    """One step of the dynamics: who moved in which sweep, where to, and Φ after it."""

    sweep: int
    player: str
    fraction: float
    frequency: float
    potential: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradeFLEquilibrium(Certified, Result):
    """A profile of fractions and levels, with its certificate.

    Attributes
    ----------
    fractions, levels, frequencies, payoffs : shape (N,)
        `levels` are indices of the game's frequencies.
    potential : float
        Φ at the profile, performance units.
    certificate : Certificate
        Computed from the game alone, after the solver ended.
    moves : tuple of Move
        The history of best responses.
    """

    players: tuple[str, ...]
    fractions: Array
    levels: Index
    frequencies: Array
    payoffs: Array
    potential: float
    certificate: Certificate
    status: Status
    solver: str
    iterations: int
    moves: tuple[Move, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words."""
        return {
            "organizations": list(self.players),
            "fraction": self.fractions.tolist(),
            "level": self.levels.tolist(),
            "frequency": self.frequencies.tolist(),
            "payoff": self.payoffs.tolist(),
            "potential": self.potential,
            "status": self.status.word,
            "certificate": dict(self.certificate.to_dict()),
            "solver": self.solver,
            "iterations": self.iterations,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per organization."""
        said = self.to_dict()
        keys = ("fraction", "level", "frequency", "payoff")
        values = {"organization": self.players, **{key: said[key] for key in keys}}
        note = f"{self.solver}, {self.iterations} iterations: {self.verdict}."
        return (keyed("Fractions and frequencies", values, notes=(note,)),)

    def __str__(self) -> str:
        """Return a table that a person can read, the certificate below it."""
        return terminal_text(self.tables()[0])


def solve_dbr(
    game: TradeFLGame,
    start: tuple[ArrayLike, ArrayLike] | None = None,
    *,
    tol: float | None = None,
    max_iter: int = 1000,
) -> TradeFLEquilibrium:
    """Let organizations answer each other in turn, each with its best fraction and level.

    Ties go to the level that an organization already has, else to the first.

    Parameters
    ----------
    start : (fractions, levels), both of shape (N,)
        Default: the least fraction at the lowest frequency that meets the deadline.
    tol : payoff units
        For the certificate; default 1e-9 of what each can move itself.
    max_iter : int
        The budget of sweeps; the last one, in which nobody moves, counts.

    Raises
    ------
    UnsupportedGameError
        If some weight is not positive: the path could then cycle.
    InvalidInputError
        If the start is not allowed or the budget not positive.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = TradeFLGame(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[3000, 2000], value=1000, damage=0.1,
    ...     frequencies=[1.0, 2.0], cycles=0.01, deadline=25.0, energy_cost=0.4,
    ...     least_fraction=0.1, organizations=["North", "South"])
    >>> found = solve_dbr(game)
    >>> found.fractions.round(4).tolist(), found.frequencies.tolist(), found.success
    ([0.8333, 1.0], [1.0, 1.0], True)
    """
    game.check_weights("solve_dbr()")
    check_budget(max_iter)
    checked_tolerance(tol)
    d, levels = game.checked(*(start or first_profile(game)))
    moves: list[Move] = []
    for sweep in range(1, max_iter + 1):
        before = len(moves)
        for n in range(d.size):
            if _answer(game, d, levels, n):
                phi, f = float(game.potential(d, levels)), float(game.frequencies[n, levels[n]])
                moves.append(Move(sweep, game.players[n], float(d[n]), f, phi))
        if len(moves) == before:
            break
    fields = describe(game, d, levels, tol)
    failed = Status.BUDGET if len(moves) > before else Status.NOT_CERTIFIED
    return TradeFLEquilibrium(
        **fields,
        status=Status.CONVERGED if fields["certificate"].holds else failed,
        solver="solve_dbr",
        iterations=sweep,
        moves=tuple(moves),
    )


def check_budget(max_iter: int) -> None:
    """Refuse a budget that is not a positive integer."""
    if isinstance(max_iter, bool) or not isinstance(max_iter, int) or max_iter < 1:
        raise InvalidInputError(f"`max_iter` must be an integer, at least 1, got {max_iter!r}")


def first_profile(game: TradeFLGame) -> tuple[Array, Index]:
    """Return the least fractions at the lowest frequencies that meet the deadline."""
    slow = np.where(game.feasible, game.frequencies, np.inf).argmin(axis=1)
    return game.least_fraction.copy(), slow


def _answer(game: TradeFLGame, d: Array, levels: Index, n: int) -> bool:
    """Move organization n to its best response, in place; return whether it moved.

    A level is left only for a payoff that is more than rounding above it, a fraction only for one
    that differs by more than the rounding of its closed form.
    """
    rest, here = rest_of(game, d, n), int(levels[n])
    fractions, values, _ = level_responses(game, n, rest)
    data = float(game.local_data[n])
    omega = rest + data * float(d[n])
    size = abs(float(game.pull[n] * game.gain.value(omega))) + float(np.abs(game.own(d, levels)[n]))
    best = int(np.argmax(values))
    if values[best] <= values[here] + 1e-14 * size:
        best = here
    same = abs(float(fractions[best] - d[n])) <= 1e-14 * max(1.0, omega / data)
    if best == here and same:
        return False
    d[n], levels[n] = fractions[best], best
    return True


def describe(game: TradeFLGame, d: Array, levels: Index, tol: float | None) -> dict[str, Any]:
    """Return the fields of an answer that follow from its profile."""
    return {
        "players": game.players,
        "fractions": d,
        "levels": levels,
        "frequencies": game.at(game.frequencies, levels),
        "payoffs": game.payoffs(d, levels),
        "potential": float(game.potential(d, levels)),
        "certificate": certify_tradefl(game, d, levels, tol=tol),
    }
