"""Equilibria in mixed strategies: searched by several methods, each verified, none repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.solvers.finite.pure import numbers, pure_equilibria, shown
from coopetition.solvers.finite.search import Search, search
from coopetition.solvers.finite.verify import Mixed, Verified, regular, same, verified_pure, verify


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedEquilibria:
    """Verified equilibria of a game, pure ones among them; a sequence of mixed profiles.

    Attributes
    ----------
    profiles : tuple of K mixed profiles
        Each a tuple of N distributions; of fractions where the game is exact and fractions were
        found.
    regrets : tuple of K arrays of shape (N,)
        What each player could still gain by changing alone.
    known : tuple of K strings
        "proved" where the regret is exactly 0: in fractions, or of pure strategies, whose payoffs
        are compared without rounding; "checked" where it is at most 1e-9 of each player's range of
        payoffs, in floating point.
    complete : bool
        Whether these are all, as far as floating point can tell: never a proof.
    timed_out : bool
        Whether a search was ended by the time limit.
    method, note : str
        How it was searched; what else may exist, and what failed.
    """

    game: FiniteGame
    profiles: tuple[Mixed, ...]
    regrets: tuple[Tensor, ...]
    known: tuple[str, ...]
    complete: bool
    timed_out: bool
    method: str
    note: str

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.profiles)

    @property
    def payoffs(self) -> tuple[Tensor, ...]:
        """What everybody expects at each, shape (N,)."""
        return tuple(self.game.expected(mixed) for mixed in self.profiles)

    def words(self, number: int) -> list[str]:
        """Return what each player mixes at an equilibrium: probabilities and strategies."""
        found = []
        for own, names in zip(self.profiles[number], self.game.strategies, strict=True):
            used = [(p, name) for p, name in zip(own, names, strict=True) if p > 0]
            found.append(" + ".join(n if p == 1 else f"{shown(p)} {n}" for p, n in used))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: floats, and fractions as texts where there are some."""
        rows = zip(self.profiles, self.payoffs, self.regrets, self.known, strict=True)
        return {
            "method": self.method,
            "complete": self.complete,
            "timed_out": self.timed_out,
            "note": self.note,
            "equilibria": [
                {
                    "profile": [own.astype(float).tolist() for own in mixed],
                    "words": self.words(k),
                    **numbers("payoffs", payoffs),
                    "regret": regret.astype(float).tolist(),
                    "known": known,
                }
                for k, (mixed, payoffs, regret, known) in enumerate(rows)
            ],
        }

    def __str__(self) -> str:
        """Return one line an equilibrium, and what is known of the whole."""
        count = f"{len(self) or 'no'} equilibri{'um' if len(self) == 1 else 'a'} found"
        lines = [f"{count} by {self.method}: {self.note}"]
        for k, (payoffs, known) in enumerate(zip(self.payoffs, self.known, strict=True)):
            values = ", ".join(map(shown, payoffs))
            lines.append(f"({'; '.join(self.words(k))}): {values} ({known})")
        return "\n".join(lines)


def mixed_equilibria(game: FiniteGame, *, time_limit: float = 60.0) -> MixedEquilibria:
    """Search equilibria in mixed strategies, and verify each.

    Two players with up to 8 strategies each: all extreme equilibria, by nashpy's enumeration of
    vertices, in a process that is ended at the time limit. Larger: those at the ends of Lemke and
    Howson's paths, one a strategy. Three players or more: the one at the end of the logit branch,
    and, up to 100 profiles and where pygambit is installed, those of its `enumpoly_solve` in such
    a process; never known to be all. Pure equilibria are always among what is returned.

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
    3 equilibria found by enumeration of vertices (nashpy): all, as far as floating point can tell
    (ball; ball): 2, 1 (proved)
    (opera; opera): 1, 2 (proved)
    (2/3 ball + 1/3 opera; 1/3 ball + 2/3 opera): 2/3, 2/3 (proved)
    """
    if not 0 < time_limit < inf:
        raise InvalidInputError(f"`time_limit` must be positive seconds, got {time_limit!r}")
    looked = search(game, monotonic() + time_limit)
    kept = [verified_pure(game, profile) for profile in pure_equilibria(game)]
    refused = 0
    for candidate in looked.found:
        found = verify(game, candidate)
        if found is None:
            refused += 1
        elif not any(same(found, other) for other in kept):
            kept.append(found)
    notes = _notes(game, looked, kept, refused)
    return MixedEquilibria(
        game=game,
        profiles=tuple(found.mixed for found in kept),
        regrets=tuple(found.regret for found in kept),
        known=tuple(found.known for found in kept),
        complete=not notes,
        timed_out=looked.timed_out,
        method=looked.method,
        note="; ".join(notes) or "all, as far as floating point can tell",
    )


def _notes(
    game: FiniteGame, looked: Search, kept: Sequence[Verified], refused: int
) -> tuple[str, ...]:
    """Return every reason why these may not be all."""
    notes = list(looked.problems)
    if looked.timed_out:
        notes.append("the time limit ended the search")
    if refused:
        notes.append(f"{refused} of its answers were no equilibria and are left out")
    if not all(regular(game, found.mixed) for found in kept):
        notes.append("the game is degenerate: there may be a continuum, in which these are points")
    elif len(kept) % 2 == 0:
        # Wilson, SIAM Journal on Applied Mathematics 21, 1971: the indices, 1 or −1, sum to 1.
        notes.append("their number is even: at least one more exists")
    elif not looked.exhaustive:
        notes.append("others may exist")
    return tuple(notes)
