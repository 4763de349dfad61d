"""Methods that look for mixed equilibria of three players and more; nothing verified here."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import monotonic

from coopetition.games.finite.files.nfg import to_nfg
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.gambit import bounded
from coopetition.solvers.finite.logit import logit_equilibrium

POLYNOMIAL = 100  # profiles up to which Gambit enumerates supports
LEAST = 1e-3  # seconds, for what comes after the deadline


@dataclass(frozen=True, kw_only=True)
class EquilibriumSearch:
    """What was found, not verified; what happened."""

    found: Sequence[Sequence[Tensor]]
    method: str
    timed_out: bool = False
    problems: tuple[str, ...] = ()


def search(game: FiniteGame, deadline: float) -> EquilibriumSearch:
    """Follow the logit branch; of small games, ask Gambit too, which misses equilibria of some."""
    mixed = logit_equilibrium(game, deadline)
    late = mixed is None and monotonic() > deadline
    branch = EquilibriumSearch(
        found=[mixed] if mixed else [],
        method="the logit branch",
        timed_out=late,
        problems=() if mixed or late else ("the logit branch could not be followed to its end",),
    )
    if late or not find_spec("pygambit") or game.tensor[0].size > POLYNOMIAL:
        return branch
    # Names that Gambit might not take stay here.
    answer = bounded(to_nfg(FiniteGame(game.tensor)), max(deadline - monotonic(), LEAST))
    failed = (f"the search failed: {answer.error}",) if answer.error else ()
    return EquilibriumSearch(
        found=[*answer.found, *branch.found],
        method="enumpoly_solve (pygambit) and the logit branch",
        timed_out=answer.timed_out,
        problems=branch.problems + failed,
    )
