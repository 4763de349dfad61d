"""What runs in a process of its own, to be ended at a time limit; imports nothing of ours.

Reads one JSON object with the key `task`, and writes each equilibrium as a line of JSON as soon
as it is found: a list of numbers a player.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

Answers = Iterator[list[list[float]]]


def vertices(job: dict[str, Any]) -> Answers:
    """Nashpy: all extreme equilibria of two players, by the vertices of best-reply polytopes."""
    import numpy as np
    from nashpy import Game

    for pair in Game(*map(np.array, job["payoffs"])).vertex_enumeration():
        yield [strategy.tolist() for strategy in pair]


def gambit(job: dict[str, Any]) -> Answers:
    """Gambit: equilibria of a game in .nfg text, by polynomial systems of all supports."""
    import io

    import pygambit  # type: ignore[import-not-found,unused-ignore]

    game = pygambit.read_nfg(io.StringIO(job["text"]))
    for profile in pygambit.nash.enumpoly_solve(game).equilibria:
        yield [_mixed(profile, player) for player in game.players]


def _mixed(profile: Any, player: Any) -> list[float]:
    """Return one player's probabilities: pygambit 17 names players, 16 has objects for them."""
    if isinstance(player, str):
        return [float(probability) for _, probability in profile[player]]
    return [float(profile[strategy]) for strategy in player.strategies]


TASKS: dict[str, Callable[[dict[str, Any]], Answers]] = {"vertices": vertices, "gambit": gambit}


def main() -> None:
    """Do one task; warnings are dropped, since whoever asked verifies every answer."""
    warnings.simplefilter("ignore")
    job = json.load(sys.stdin)
    for answer in TASKS[job["task"]](job):
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
