"""Finite games: payoff tensors, files, dominance, potentials."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.games.finite.dominance import Elimination, Reduction, eliminate_dominated
    from coopetition.games.finite.files.exchange import (
        from_gambit,
        from_nashpy,
        to_gambit,
        to_nashpy,
    )
    from coopetition.games.finite.files.grid import discretize
    from coopetition.games.finite.files.json_text import from_json, to_json
    from coopetition.games.finite.files.load import load_game, save_game
    from coopetition.games.finite.files.nfg import from_nfg, to_nfg
    from coopetition.games.finite.files.tables import from_csv, to_csv
    from coopetition.games.finite.game import FiniteGame
    from coopetition.games.finite.potentials.hodge import decompose
    from coopetition.games.finite.potentials.improvement import ImprovementGraph, improvement_graph
    from coopetition.games.finite.potentials.nearest import nearest_potential
    from coopetition.games.finite.potentials.potential import potential_of
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Elimination",
    "FiniteGame",
    "ImprovementGraph",
    "Reduction",
    "decompose",
    "discretize",
    "eliminate_dominated",
    "from_csv",
    "from_gambit",
    "from_json",
    "from_nashpy",
    "from_nfg",
    "improvement_graph",
    "load_game",
    "nearest_potential",
    "potential_of",
    "save_game",
    "to_csv",
    "to_gambit",
    "to_json",
    "to_nashpy",
    "to_nfg",
]
