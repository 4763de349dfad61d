"""The analysis of a symbolic game with its algebra in this process, which starts no other one."""

import pickle
from typing import Any
from unittest.mock import patch

from coopetition.games import SymbolicGame, SymbolicPotential, potential_of_symbolic


def analyzed(game: SymbolicGame) -> SymbolicPotential:
    """Analyze a game without solving it; what the algebra says is pickled as between processes."""
    from coopetition.games.symbolic.algebra_process import stages

    def here(payoffs: Any, blocks: Any, seconds: float, solve: bool) -> tuple[dict[str, Any], str]:
        request = pickle.loads(pickle.dumps((tuple(payoffs), tuple(map(tuple, blocks)), solve)))
        return dict(pickle.loads(pickle.dumps(stage)) for stage in stages(*request)), ""

    with patch("coopetition.games.symbolic.potential.run_algebra", here):
        return potential_of_symbolic(game, solve=False)
