"""The algebra of a symbolic game, run as a program, so that it can be stopped.

Reads payoffs, blocks of strategies (pickled SymPy expressions) and whether to solve first-order
conditions from standard input; writes one pickled (stage, result) after the other: weights or
refuted, potential, conditions. `budget` keeps the stages that arrived in time.
"""

import pickle
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from coopetition.games.symbolic.is_zero import Expr, is_zero, weaker
from coopetition.games.symbolic.weights import Blocks, RefutedError, find_weights

_NOWHERE = (sp.nan, sp.zoo, sp.oo, -sp.oo)


def build_potential(
    payoffs: Sequence[Expr], blocks: Blocks, weights: Sequence[Expr]
) -> dict[str, Any]:
    """Return Φ, the integral of the own slopes over weights along a path, and how it is known.

    Two ways of writing it are tried, the shorter first; each is verified by differentiation. Where
    that refutes them, derivatives did not see all: payoffs are not smooth.
    """
    written = []
    for start in (sp.Integer(0), sp.Integer(1)):
        gains = _gains(payoffs, blocks, start)
        if not any(gain.has(*_NOWHERE) for gain in gains):
            plain = sum(gain / weight for gain, weight in zip(gains, weights, strict=True))
            written = sorted((_collected(gains, blocks, weights), plain), key=sp.count_ops)
            break
    best: dict[str, Any] = {"potential": None, "known": "refuted" if written else "proved"}
    for phi in written:
        known = _verified(phi, payoffs, blocks, weights)
        if known == "proved":
            return {"potential": phi, "known": known}
        if known and best["potential"] is None:
            best = {"potential": phi, "known": known}
    return best


def _gains(payoffs: Sequence[Expr], blocks: Blocks, start: Expr) -> list[Expr]:
    """Return U_n(x_1, …, x_n, z, …, z) − U_n(x_1, …, x_n−1, z, …, z) for all n, z = start."""
    gains = []
    for n, payoff in enumerate(payoffs):
        later = {s: start for block in blocks[n + 1 :] for s in block}
        own = {s: start for s in blocks[n]}
        gains.append(payoff.subs(later) - payoff.subs({**later, **own}))
    return gains


def _collected(gains: Sequence[Expr], blocks: Blocks, weights: Sequence[Expr]) -> Expr:
    """Return Σ gains/weights with like terms put together, constants left out."""
    strategies = [s for block in blocks for s in block]
    total: dict[Expr, Expr] = {}
    for gain, weight in zip(gains, weights, strict=True):
        own: dict[Expr, Expr] = {}
        for term in sp.Add.make_args(sp.expand(gain)):
            factor, rest = term.as_independent(*strategies, as_Add=False)
            own[rest] = own.get(rest, sp.Integer(0)) + factor
        for rest, factor in own.items():
            share = sp.cancel(factor / weight)
            total[rest] = sp.cancel(total.get(rest, sp.Integer(0)) + share)
    total.pop(sp.Integer(1), None)
    return sp.Add(*(sp.factor(factor) * rest for rest, factor in total.items()))


def _verified(phi: Expr, payoffs: Sequence[Expr], blocks: Blocks, weights: Sequence[Expr]) -> str:
    """Say how ∂U_n/∂x_i = w_n ∂Φ/∂x_i is known for all n and i; empty if it is false."""
    known = "proved"
    for payoff, block, weight in zip(payoffs, blocks, weights, strict=True):
        for s in block:
            same, how = is_zero(weight * sp.diff(phi, s) - sp.diff(payoff, s))
            if same is False:
                return ""
            known = weaker(known, how)
    return known


def solve_conditions(payoffs: Sequence[Expr], blocks: Blocks) -> dict[str, Any]:
    """Return the solutions of all first-order conditions, and whether own payoffs are concave."""
    pairs = [(u, s) for u, block in zip(payoffs, blocks, strict=True) for s in block]
    slopes = [sp.diff(u, s) for u, s in pairs]
    strategies = [s for _, s in pairs]
    found = sp.solve(slopes, strategies, dict=True)
    exact = [
        {s: sp.factor(value) for s, value in solution.items()}
        for solution in found
        if set(solution) == set(strategies)
        and all(is_zero(slope.subs(solution)) == (True, "proved") for slope in slopes)
    ]
    concave = all(len(block) == 1 for block in blocks) and all(
        bool(sp.factor(sp.diff(slope, s)).is_nonpositive)
        for slope, (_, s) in zip(slopes, pairs, strict=True)
    )
    return {"solutions": exact, "concave": concave}


def stages(payoffs: Sequence[Expr], blocks: Blocks, solve: bool) -> Iterator[tuple[str, Any]]:
    """Yield (stage, result), one after the other, as far as the game allows."""
    try:
        found = find_weights(payoffs, blocks)
    except RefutedError as refuted:
        yield "refuted", refuted.result
        return
    yield "weights", found
    yield "potential", build_potential(payoffs, blocks, found["weights"])
    if not solve:
        return
    try:
        yield "conditions", solve_conditions(payoffs, blocks)
    except (NotImplementedError, ValueError, TypeError, sp.PolynomialError):
        return  # SymPy knows no way to solve them


if __name__ == "__main__":
    for stage in stages(*pickle.load(sys.stdin.buffer)):
        sys.stdout.buffer.write(pickle.dumps(stage))
        sys.stdout.buffer.flush()
