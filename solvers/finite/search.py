"""Methods that look for mixed equilibria, chosen by the size of the game; nothing verified here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from time import monotonic
from typing import Any

import numpy as np

from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.nfg import to_nfg
from coopetition.solvers.finite.bounded import bounded
from coopetition.solvers.finite.lemke_howson import lemke_howson
from coopetition.solvers.finite.logit import logit_equilibrium

ENUMERATED = 8  # strategies of each of two players up to which vertices are enumerated
POLYNOMIAL = 100  # profiles up to which Gambit enumerates the supports of three or more players
WHOLE = 30  # strategies up to which paths are followed in whole numbers
LEAST = 1e-3  # seconds, for what comes after the deadline


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a method found, not verified; whether it looks for all; what happened."""

    found: Sequence[Sequence[Tensor]]
    method: str
    exhaustive: bool = False
    timed_out: bool = False
    problems: tuple[str, ...] = ()


def search(game: FiniteGame, deadline: float) -> Search:
    """Search by the method that fits."""
    if len(game.shape) == 1 or (len(game.shape) == 2 and min(game.shape) == 1):
        return Search(found=[], method="comparison", exhaustive=True)
    if len(game.shape) == 2 and max(game.shape) <= ENUMERATED:
        job: dict[str, Any] = {"task": "vertices", "payoffs": _scaled(game).tolist()}
        left = max(deadline - monotonic(), LEAST)
        return _outside(job, left, "enumeration of vertices (nashpy)", exhaustive=True)
    if len(game.shape) == 2:
        return _paths(game, deadline)
    return _many(game, deadline)


def _many(game: FiniteGame, deadline: float) -> Search:
    """Follow the logit branch; of small games, ask Gambit too, which misses equilibria of some."""
    mixed = logit_equilibrium(game, deadline)
    late = mixed is None and monotonic() > deadline
    branch = Search(
        found=[mixed] if mixed else [],
        method="the logit branch",
        timed_out=late,
        problems=() if mixed or late else ("the logit branch could not be followed to its end",),
    )
    if late or not find_spec("pygambit") or game.tensor[0].size > POLYNOMIAL:
        return branch
    # Names that Gambit might not take stay here.
    job = {"task": "gambit", "text": to_nfg(FiniteGame(game.tensor))}
    left = max(deadline - monotonic(), LEAST)
    asked = _outside(job, left, "enumpoly_solve (pygambit) and the logit branch", exhaustive=False)
    return replace(
        asked,
        found=[*asked.found, *branch.found],
        problems=branch.problems + asked.problems,
    )


def _outside(job: dict[str, Any], seconds: float, method: str, *, exhaustive: bool) -> Search:
    answer = bounded(job, seconds)
    problems = (f"the search failed: {answer.error}",) if answer.error else ()
    return Search(
        found=answer.found,
        method=method,
        exhaustive=exhaustive,
        timed_out=answer.timed_out,
        problems=problems,
    )


def _paths(game: FiniteGame, deadline: float) -> Search:
    """Follow the path of every strategy; in large games in floating point."""
    found, lost = [], 0
    rounded = not game.exact and max(game.shape) > WHOLE
    for label in range(sum(game.shape)):
        pair = lemke_howson(game, label, deadline=deadline, rounded=rounded)
        if pair is not None:
            found.append(pair if game.exact else [own.astype(float) for own in pair])
        elif monotonic() > deadline:
            break
        else:
            lost += 1
    late = len(found) + lost < sum(game.shape)
    problems = (f"{lost} paths were lost to rounding",) if lost else ()
    method = "paths of Lemke and Howson"
    return Search(found=found, method=method, timed_out=late, problems=problems)


def _scaled(game: FiniteGame) -> Tensor:
    """Return payoffs between 1 and 2: best replies stay, and polytopes are bounded."""
    units = np.where(game.ranges > 0, game.ranges, 1)
    return np.array([1 + (u - u.min()) / r for u, r in zip(game.tensor, units, strict=True)], float)
