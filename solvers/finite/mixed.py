"""Equilibria in mixed strategies: of two players all, proved; of more, searched and verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from math import inf
from time import monotonic

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.nfg import to_nfg
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.gambit import bounded
from coopetition.solvers.finite.logit import logit_equilibrium
from coopetition.solvers.finite.profiles import MixedEquilibria
from coopetition.solvers.finite.pure import pure_equilibria
from coopetition.solvers.finite.two_players import deciding, two_players
from coopetition.solvers.finite.verify import Verified, regular, same, verified_pure, verify


def mixed_equilibria(game: FiniteGame, *, time_limit: float = 60.0) -> MixedEquilibria:
    """Return equilibria in mixed strategies: of two players all, proved; of more, some, verified.

    Where at most two players have a choice: all extreme equilibria, in whole numbers. Payoffs in
    floating point are taken as the fractions that they are. Where there is a continuum, `subsets`
    says which mixtures of extreme equilibria are equilibria, too; every equilibrium is one of them.
    At the time limit: pure equilibria, those that were found, and ends of Lemke and Howson's paths.

    With more players: the one at the end of the logit branch, and, up to 100 profiles and where
    pygambit is installed, those of its `enumpoly_solve`, in a process that is ended at the time
    limit; never known to be all. Pure equilibria are always among what is returned.

    Parameters
    ----------
    time_limit : seconds
        For the whole search of equilibria that are not pure.

    Raises
    ------
    InvalidInputError
        If the time limit is not positive.

    Examples
    --------
    >>> both = [[2, 0], [0, 1]], [[1, 0], [0, 2]]
    >>> battle = FiniteGame(both, strategies=[("ball", "opera")] * 2).to_fractions()
    >>> print(mixed_equilibria(battle))
    3 equilibria found by exact enumeration of vertices: proved: these are all
    (ball; ball): 2, 1 (proved)
    (opera; opera): 1, 2 (proved)
    (2/3 ball + 1/3 opera; 1/3 ball + 2/3 opera): 2/3, 2/3 (proved)
    """
    if not 0 < time_limit < inf:
        raise InvalidInputError(f"`time_limit` must be positive seconds, got {time_limit!r}")
    deadline = monotonic() + time_limit
    if len(deciding(game)) > 2:
        return _several(game, deadline)
    found = two_players(game, deadline)
    nothing = np.array([Fraction(0)] * len(game.shape), dtype=object)
    return MixedEquilibria(
        game=game,
        profiles=found.profiles,
        regrets=(nothing,) * len(found.profiles),
        known=("proved",) * len(found.profiles),
        complete=found.complete,
        timed_out=not found.complete,
        method=found.method,
        note=found.note,
        degenerate=found.degenerate,
        subsets=found.subsets,
        margins=found.margins,
    )


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


def _several(game: FiniteGame, deadline: float) -> MixedEquilibria:
    """Search equilibria of three players or more."""
    looked = search(game, deadline)
    kept = [verified_pure(game, profile) for profile in pure_equilibria(game)]
    refused = 0
    for candidate in looked.found:
        found = verify(game, candidate)
        if found is None:
            refused += 1
        elif not any(same(found, other) for other in kept):
            kept.append(found)
    return MixedEquilibria(
        game=game,
        profiles=tuple(found.mixed for found in kept),
        regrets=tuple(found.regret for found in kept),
        known=tuple(found.known for found in kept),
        complete=False,
        timed_out=looked.timed_out,
        method=looked.method,
        note="; ".join(_notes(game, looked, kept, refused)),
    )


def _notes(
    game: FiniteGame, looked: EquilibriumSearch, kept: Sequence[Verified], refused: int
) -> list[str]:
    """Return what is known of others, and what happened."""
    notes = list(looked.problems)
    if looked.timed_out:
        notes.append("the time limit ended the search")
    if refused:
        notes.append(f"{refused} of its answers were no equilibria and are left out")
    if not all(regular(game, found.mixed) for found in kept):
        notes.append("the game seems degenerate: there may be a continuum, of which these are some")
    elif len(kept) % 2 == 0:
        # Wilson, SIAM Journal on Applied Mathematics 21, 1971: the indices, 1 or −1, sum to 1.
        notes.append("their number is even: at least one more exists")
    else:
        notes.append("others may exist")
    return notes
