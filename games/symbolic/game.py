"""Symbolic games: payoffs as SymPy expressions, so that a potential can be proved or refuted.

A game on boxes is a potential game with weights w exactly where, for all players n ≠ m and all
their numbers i, j,

    (1/w_n) ∂²U_n/∂x_i∂x_j = (1/w_m) ∂²U_m/∂x_j∂x_i

(Monderer and Shapley 1996, Theorem 4.5, for U_n/w_n). Here these are identities between
expressions, and the weights may hold the game's parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.smooth.game import Function, SmoothGame

Expr = Any  # a SymPy expression; the package ships no types


@dataclass(frozen=True, eq=False, init=False)
class SymbolicGame:
    """A game on boxes in symbols.

    Parameters
    ----------
    payoffs : N SymPy expressions
        Numbers with a decimal point are taken as the fractions that they write.
    strategies : one symbol per player, or a list of symbols for a player with several numbers
    players : N names, optional

    Every other symbol is a parameter. Declare what is known of symbols when they are made, for
    example `positive=True`: signs of weights are decided by that.

    Raises
    ------
    InvalidInputError
        If a payoff is not an expression, or the strategies are not different symbols.

    Examples
    --------
    >>> import sympy as sp
    >>> a, c, x, y = sp.symbols("a c x y", positive=True)
    >>> duopoly = SymbolicGame([x * (a - x - y - c), y * (a - x - y)], [x, y])
    >>> duopoly.parameters
    (a, c)
    >>> duopoly.smooth({a: 10, c: 1}, [(0, 10), (0, 10)]).payoffs([3.0, 3.0]).tolist()
    [9.0, 12.0]
    """

    payoffs: tuple[Expr, ...]
    strategies: tuple[tuple[Expr, ...], ...]
    players: tuple[str, ...]

    def __init__(
        self,
        payoffs: Sequence[Expr],
        strategies: Sequence[Expr | Sequence[Expr]],
        players: Sequence[str] = (),
    ) -> None:
        import sympy as sp

        own = tuple(tuple(s) if isinstance(s, list | tuple) else (s,) for s in strategies)
        flat = [s for block in own for s in block]
        if not all(isinstance(s, sp.Symbol) for s in flat) or len(set(flat)) != len(flat):
            raise InvalidInputError(f"`strategies` must be different symbols, got {strategies!r}")
        if not own or len(payoffs) != len(own) or not all(own):
            raise InvalidInputError(
                f"`payoffs` and `strategies` must be one per player, got {len(payoffs)} and "
                f"{len(own)}, some strategy each"
            )
        names = tuple(map(str, players)) or tuple(f"player {n + 1}" for n in range(len(own)))
        if len(names) != len(own) or len(set(names)) != len(own):
            raise InvalidInputError(f"`players` must be {len(own)} different names, got {names}")
        for payoff in payoffs:
            if not isinstance(payoff, sp.Expr | int | float):
                raise InvalidInputError(f"`payoffs` must be SymPy expressions, got {payoff!r:.60}")
        exact = tuple(sp.nsimplify(sp.sympify(u), rational=True) for u in payoffs)
        for payoff in exact:
            if payoff.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
                raise InvalidInputError(f"`payoffs` must be real numbers, got {payoff!r:.60}")
        said = {str(s) for s in flat}
        for s in set().union(*(payoff.free_symbols for payoff in exact)) - set(flat):
            if str(s) in said:
                raise InvalidInputError(
                    f"`payoffs` hold another symbol {s} than the strategy: make it once, with the "
                    "same assumptions"
                )
        for name, value in (("payoffs", exact), ("strategies", own), ("players", names)):
            object.__setattr__(self, name, value)

    @property
    def parameters(self) -> tuple[Expr, ...]:
        """The symbols that are nobody's strategy, in alphabetical order."""
        own = {s for block in self.strategies for s in block}
        free = set().union(*(payoff.free_symbols for payoff in self.payoffs))
        return tuple(sorted(free - own, key=str))

    def smooth(
        self,
        values: Mapping[Expr, float],
        bounds: Sequence[ArrayLike],
        *,
        own_concave: bool = False,
    ) -> SmoothGame:
        """Return the game in numbers, with exact derivatives.

        Raises
        ------
        InvalidInputError
            If a parameter has no value, or a payoff holds a function without formula.
        """
        import sympy as sp

        missing = [str(s) for s in self.parameters if s not in values]
        if missing:
            raise InvalidInputError(f"`values` gives no number for {', '.join(missing)}")
        given = {s: sp.sympify(value) for s, value in values.items()}
        plain = [sp.sympify(payoff).subs(given, simultaneous=True) for payoff in self.payoffs]
        if any(payoff.has(sp.core.function.AppliedUndef) for payoff in plain):
            raise InvalidInputError("`payoffs` hold a function without formula: substitute one")
        flat = [s for block in self.strategies for s in block]
        gradients = [
            _function(flat, [sp.diff(u, s) for s in block])
            for u, block in zip(plain, self.strategies, strict=True)
        ]
        return SmoothGame(
            payoffs=[_function(flat, u) for u in plain],
            gradients=gradients,
            bounds=bounds,
            players=self.players,
            own_concave=own_concave,
            vectorized=True,
        )


def _function(symbols: Sequence[Expr], expr: Any) -> Function:
    """Return an expression, or a list of them, as a function of profiles of shape (..., d)."""
    import sympy as sp

    several = isinstance(expr, list)
    compiled = [sp.lambdify(symbols, e, "numpy") for e in (expr if several else [expr])]

    def function(x: Array) -> Array:
        with np.errstate(all="ignore"):  # what is not finite is seen by whoever asked
            columns = np.moveaxis(x, -1, 0)
            values = [np.broadcast_to(one(*columns), x.shape[:-1]) for one in compiled]
        return np.stack(values, axis=-1) if several else np.asarray(values[0], dtype=float)

    return function
