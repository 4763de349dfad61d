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

from coopetition.games.symbolic.closed_forms import build_potential, solve_conditions
from coopetition.games.symbolic.is_zero import Expr
from coopetition.games.symbolic.weights import Blocks, RefutedError, find_weights


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
