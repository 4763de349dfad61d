"""`potential_of_symbolic`: a proof, or a refutation with a witness in numbers."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.smooth.potential import SmoothPotential, potential_of_smooth
from coopetition.games.symbolic.budget import run_algebra
from coopetition.games.symbolic.game import Expr, SymbolicGame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SymbolicPotential(SmoothPotential):
    """What `potential_of_symbolic` found: a `SmoothPotential` in expressions, and more.

    Weights have no denominator; the first player's need not be 1.

    Attributes
    ----------
    positive : expressions
        Ratios of weights that must be positive for the game to have a potential; the symbols'
        assumptions leave their sign open.
    obstacle : expression or None
        Where there is none: what ought to be constant, or zero, and is not.
    first_order : expressions
        ∂U_n/∂x_i, zero at an equilibrium inside the bounds.
    solutions : mappings of strategies to expressions
        Where SymPy solves them, each verified by exact algebra.
    own_concave : bool
        Whether every payoff is concave in its player's one number by the symbols' assumptions:
        a solution inside the bounds is then an equilibrium, otherwise only a candidate.
    """

    positive: tuple[Expr, ...] = ()
    obstacle: Expr | None = None
    first_order: tuple[Expr, ...] = ()
    solutions: tuple[Mapping[Expr, Expr], ...] = ()
    own_concave: bool = False

    def latex(self) -> str:
        """Return potential, first-order conditions and solutions in LaTeX, one formula per line."""
        import sympy as sp

        lines = []
        if self.potential is not None:
            lines.append(rf"\Phi = {sp.latex(self.potential)}")
        lines += [f"{sp.latex(slope)} = 0" for slope in self.first_order]
        for solution in self.solutions:
            lines += [f"{sp.latex(s)} = {sp.latex(value)}" for s, value in solution.items()]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; expressions as text."""
        plain = SmoothPotential.to_dict(self)
        plain["positive"] = [str(ratio) for ratio in self.positive]
        plain["obstacle"] = None if self.obstacle is None else str(self.obstacle)
        plain["first_order"] = [str(slope) for slope in self.first_order]
        plain["solutions"] = [{str(s): str(v) for s, v in one.items()} for one in self.solutions]
        plain["own_concave"] = self.own_concave
        return plain

    def __str__(self) -> str:
        """Say the verdict, the weights, what must hold for it, and the potential."""
        lines = [SmoothPotential.__str__(self)]
        lines += [f"  if {ratio} > 0" for ratio in self.positive]
        if self.potential is not None:
            lines.append(f"  potential: {self.potential}")
        for one in self.solutions:
            what = "equilibrium" if self.own_concave else "stationary"
            inside = ", ".join(f"{s} = {value}" for s, value in one.items())
            lines.append(f"  {what}, if inside the bounds: {inside}")
        return "\n".join(lines)


def potential_of_symbolic(
    game: SymbolicGame,
    *,
    solve: bool = True,
    seconds: float = 20.0,
    points: int = 64,
    seed: int = 0,
) -> SymbolicPotential:
    """Prove or refute that a symbolic game has a potential with positive weights.

    The answer is for boxes inside which the payoffs are twice differentiable.

    Parameters
    ----------
    solve : bool
        Whether SymPy should also try to solve the first-order conditions of a potential game.
    seconds : float
        For SymPy, which runs in a process of its own. The answer lacks what is not done in time;
        without weights by then the game is tried in numbers.
    points, seed : int
        Of the four-cycles of such a trial, and of the witness of a refutation.

    Returns
    -------
    SymbolicPotential
        A refutation holds for parameters in general: for particular values the obstacle may
        vanish.

    Raises
    ------
    UnsupportedGameError
        If it is not a symbolic game, or payoffs have kinks or jumps, which derivatives do not see,
        or hold code instead of formulas.

    Examples
    --------
    >>> import sympy as sp
    >>> p, r, x, y = sp.symbols("p r x y", positive=True)
    >>> found = potential_of_symbolic(SymbolicGame([p * x * y - x**2, r * x * y - y**2], [x, y]))
    >>> found.claim, found.weights
    ('proved', (p, r))
    >>> sp.expand(found.potential)
    x*y - y**2/r - x**2/p
    """
    import sympy as sp

    if not isinstance(game, SymbolicGame):
        raise UnsupportedGameError(
            f"potential_of_symbolic() needs a SymbolicGame, got {type(game).__name__}"
        )
    _refuse_kinks(game)
    found, why = run_algebra(game.payoffs, game.strategies, seconds, solve)
    solved = found.get("conditions", {"solutions": (), "concave": False})
    first = [
        sp.diff(u, s) for u, own in zip(game.payoffs, game.strategies, strict=True) for s in own
    ]
    common: dict[str, Any] = {
        "players": game.players,
        "first_order": tuple(first),
        "solutions": tuple(solved["solutions"]),
        "own_concave": solved["concave"],
    }
    if "refuted" in found:
        return _refuted(game, found["refuted"], points, seed, common)
    if "weights" not in found:
        return _tried(game, why, points, seed, common)
    known, weights = found["weights"], found["weights"]["weights"]
    built = found.get("potential", {"potential": None, "known": "proved"})
    if built["known"] == "refuted":
        return _tried(
            game, "derivatives do not add up, payoffs may have kinks", points, seed, common
        )
    same = all(weights[n] == weights[g[0]] for g in known["components"] for n in g)
    proved = known["known"] == built["known"] == "proved"
    return SymbolicPotential(
        kind="exact" if same else "weighted",
        holds=True,
        claim="proved" if proved else "checked",
        points=0 if proved else 5,
        weights=weights,
        potential=built["potential"],
        components=known["components"],
        positive=known["positive"],
        reason=why or ("" if built["potential"] is not None else "no closed form was found"),
        **common,
    )


def _refuse_kinks(game: SymbolicGame) -> None:
    """Refuse what derivatives do not see, or cannot be taken of."""
    import sympy as sp

    kinks = [sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign, sp.floor, sp.ceiling]
    kinks += [sp.Heaviside, sp.DiracDelta, sp.Mod, sp.re, sp.im, sp.arg, sp.conjugate, sp.frac]
    kinks += [sp.SingularityFunction, sp.KroneckerDelta, sp.ITE, sp.acot]
    for name, payoff in zip(game.players, game.payoffs, strict=True):
        numeric = {f for f in payoff.atoms(sp.Function) if hasattr(f, "_imp_")}
        for part in payoff.atoms(*kinks) | numeric:
            raise UnsupportedGameError(
                f"the payoff of {name} is no smooth formula, it holds {part}: write it as a "
                "SmoothGame and use potential_of_smooth()"
            )


def _trial(game: SymbolicGame, points: int, seed: int) -> SmoothPotential:
    """Try the game in numbers; undecided where it has none on the box tried."""
    try:
        return potential_of_smooth(_instance(game, seed), points=points, seed=seed)
    except InvalidInputError as error:
        return SmoothPotential(
            players=game.players, kind="weighted", holds=None, claim="checked", reason=str(error)
        )


def _refuted(
    game: SymbolicGame, why: Mapping[str, Any], points: int, seed: int, common: dict[str, Any]
) -> SymbolicPotential:
    """Back a refutation with a cycle in numbers."""
    trial = _trial(game, points, seed)
    n, m = (game.players[k] for k in why["players"])
    return SymbolicPotential(
        kind="weighted",
        holds=False,
        claim=why["known"],
        witness=trial.witness,
        points=points,
        obstacle=why["obstacle"],
        reason=f"{n} and {m}: {why['reason']}: {why['obstacle']}",
        **common,
    )


def _tried(
    game: SymbolicGame, why: str, points: int, seed: int, common: dict[str, Any]
) -> SymbolicPotential:
    """Try the game in numbers, at one draw of the parameters."""
    trial = _trial(game, points, seed)
    import sympy as sp

    draws = [", at one draw of the parameters"] if game.parameters else []
    if any(payoff.has(sp.core.function.AppliedUndef) for payoff in game.payoffs):
        draws.append(", with one formula for each function that has none")
    where = "; tried in numbers" + "".join(draws)
    return SymbolicPotential(
        kind=trial.kind,
        holds=trial.holds,
        claim="checked",
        weights=None if draws else trial.weights,
        witness=trial.witness,
        components=trial.components,
        points=points,
        residual=trial.residual,
        reason=why + where + (f": {trial.reason}" if trial.reason else ""),
        **common,
    )


def _instance(game: SymbolicGame, seed: int) -> SmoothGame:
    """Return the game at random parameters, with particular functions, on a box of sizes 1/2 to 2.

    Bounds keep to the signs that the strategies' assumptions ask for.
    """
    from coopetition.games.symbolic.is_zero import concrete, draw

    rng = random.Random(seed)
    values = {s: draw(s, rng) for s in game.parameters}
    plain = SymbolicGame([concrete(u) for u in game.payoffs], game.strategies, game.players)
    bounds = [
        [(-2.0, -0.5) if s.is_negative or s.is_nonpositive else (0.5, 2.0) for s in block]
        for block in plain.strategies
    ]
    return plain.smooth(values, bounds)
