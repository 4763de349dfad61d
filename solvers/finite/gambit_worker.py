"""Gambit in a process of its own, to be ended at a time limit; imports nothing of ours.

Reads a game of three players or more as .nfg text, and writes each equilibrium as a line of JSON:
a list of numbers per player.
"""

import io
import json
import sys
import warnings
from typing import Any


def main() -> None:
    """Solve one game; warnings are dropped, since whoever asked verifies every answer."""
    warnings.simplefilter("ignore")
    import pygambit  # type: ignore[import-not-found,unused-ignore]

    game = pygambit.read_nfg(io.StringIO(sys.stdin.read()))
    for profile in pygambit.nash.enumpoly_solve(game).equilibria:
        print(json.dumps([_mixed(profile, player) for player in game.players]), flush=True)


def _mixed(profile: Any, player: Any) -> list[float]:
    """Return one player's probabilities: pygambit 17 names players, 16 has objects for them."""
    if isinstance(player, str):
        return [float(probability) for _, probability in profile[player]]
    return [float(profile[strategy]) for strategy in player.strategies]


if __name__ == "__main__":
    main()
