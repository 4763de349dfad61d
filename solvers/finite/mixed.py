"""Equilibria in mixed strategies: of two players all, proved; of more, searched and verified."""

from collections.abc import Sequence
from fractions import Fraction
from math import inf
from time import monotonic

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.solvers.finite.profiles import MixedEquilibria
from coopetition.solvers.finite.pure import pure_equilibria
from coopetition.solvers.finite.search import EquilibriumSearch, search
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
