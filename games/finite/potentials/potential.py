"""Is a finite game a potential game, of which kind, and if not, why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.certificate import How
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Tensor, shown
from coopetition.games.finite.potentials.ordinal import search_order
from coopetition.games.finite.potentials.weighted import (
    WeightSearch,
    search_exact,
    search_weighted,
    summed,
)
from coopetition.games.finite.potentials.witness import CycleWitness, SquareWitness, Witness, plain
from coopetition.games.finite.tolerance import TOLERANCE, Slack, slack_of

Kind = Literal["exact", "weighted", "ordinal", "generalized-ordinal", "best-response"]
KINDS: tuple[Kind, ...] = ("exact", "weighted", "ordinal", "generalized-ordinal", "best-response")


@dataclass(frozen=True, slots=True, eq=False)
class PotentialAnswer:
    """Whether a game has a potential of a kind; prints as sentences.

    Attributes
    ----------
    holds : bool or None
        None where payoffs within the tolerance allow both answers.
    claim : {"proved", "checked"} or None
        Exact arithmetic proves. Floating point checks, of exact and weighted potentials, every
        payoff change within `tol` × the player's payoff range or the rounding of its largest
        payoff, and every square within `tol` × the payoff changes of that square or the rounding of
        its payoffs (above 16 million squares only some, or none: see `scan.contradicting_square`).
    potential : shape (k_1, …, k_N), or None
        Exact and weighted: 0 where everybody plays the first strategy; None though there is one
        where no table of floats keeps all players' payoff changes within the tolerance, because
        others' own payoffs are larger by many decades. Other kinds: whole numbers from 0, of which
        only the order means anything.
    weights : shape (N,), or None
        1 for the first player of each component, which makes them unique; powers of two where one
        component would drown another in the sum.
    components : tuple of tuples of player numbers
        Weighted: players whose weights hang together; one alone is separable, every weight fits
        it. Empty where squares do not settle the weights within the tolerance.
    deviation : float or None
        Largest misfit of a payoff change to `potential` (an upper bound), in units of `tol` × the
        player's payoff range or of the rounding of its largest payoff; 0 if proved.
    witness : Witness or None
        Why there is none.
    """

    game: FiniteGame
    kind: Kind
    holds: bool | None
    tol: float
    potential: Tensor | None = None
    weights: Tensor | None = None
    components: tuple[tuple[int, ...], ...] = ()
    deviation: float | None = None
    witness: Witness | None = None

    @property
    def claim(self) -> How | None:
        """How the answer is known."""
        if self.holds is None:
            return None
        return "proved" if self.game.exact else "checked"

    @property
    def separable(self) -> tuple[str, ...]:
        """Players whose weight is free, by name."""
        alone = (players[0] for players in self.components if len(players) == 1)
        return tuple(self.game.players[n] for n in alone) if self.kind == "weighted" else ()

    def to_dict(self) -> Mapping[str, object]:
        """Return the stable JSON form; fractions are texts such as "1/3"."""
        exact, names = self.game.exact, self.game.players
        return {
            "kind": self.kind,
            "holds": self.holds,
            "claim": self.claim,
            "tolerance": 0.0 if exact else self.tol,
            "deviation": self.deviation,
            "players": list(names),
            "weights": None if self.weights is None else [plain(w, exact) for w in self.weights],
            "components": [[names[n] for n in players] for players in self.components],
            "separable": list(self.separable),
            "potential": None if self.potential is None else _listed(self.potential),
            "witness": self.witness and dict(self.witness.to_dict()),
        }

    def __str__(self) -> str:
        """Say the answer, how it is known, and the weights or the witness."""
        name = f"{self.kind} potential"
        if self.holds is None:
            return f"{name}: undecided, differences within {self.tol:g} of payoffs decide"
        how = "proved" if self.game.exact else f"checked within {self.tol:g} of payoff changes"
        if not self.holds:
            why = "\n".join("  " + line for line in str(self.witness).splitlines())
            return f"{name}: no ({how})\n{why}"
        lines = [f"{name}: yes ({how})"]
        if self.kind == "weighted" and self.weights is not None:
            pairs = zip(self.game.players, self.weights, strict=True)
            lines.append("  weights: " + ", ".join(f"{p} {shown(w)}" for p, w in pairs))
            if len(self.components) > 1:
                lines.append("  unique up to one factor each: " + self._groups())
            if self.separable:
                lines.append(f"  separable, any weight fits: {', '.join(self.separable)}")
        if self.potential is None:
            off = f"{self.deviation:.3g} tolerances"
            lines.append(f"  not shown: a table of floats would miss payoff changes by {off}")
        return "\n".join(lines)

    def _groups(self) -> str:
        groups = (", ".join(self.game.players[n] for n in own) for own in self.components)
        return "; ".join(groups)


def _listed(potential: Tensor) -> Any:
    """Return a potential as nested lists, its fractions as texts."""
    if potential.dtype != object:
        return potential.tolist()
    return np.vectorize(str, otypes=[object])(potential).tolist()


def potential_of(
    game: FiniteGame, kind: Kind = "exact", *, tol: float = TOLERANCE
) -> PotentialAnswer:
    """Say whether a game has a potential of a kind, and return it, or a witness that it has none.

    Parameters
    ----------
    kind : {"exact", "weighted", "ordinal", "generalized-ordinal", "best-response"}
        Each player's payoff changes equal those of the potential; up to a positive weight; in
        sign; are positive only where the potential's are; or have the same best replies.
    tol : float
        In units of the payoff changes that are compared; exact games need none.

    Raises
    ------
    InvalidInputError
        If there is no such kind, or `tol` is not a number from 0 to below 1.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> print(potential_of(prisoners))
    exact potential: yes (proved)
    >>> print(potential_of(prisoners.to_floats()))
    exact potential: yes (checked within 1e-09 of payoff changes)
    >>> pennies = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> print(potential_of(pennies, "weighted"))
    weighted potential: no (proved)
      square player 1 1 → 2, player 2 1 → 2: mixed differences 4 and -4
      the mixed differences differ in sign: no positive weights fit
    """
    if kind not in KINDS:
        raise InvalidInputError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}")
    if not 0 <= tol < 1:
        raise InvalidInputError(f"`tol` must be at least 0 and less than 1, got {tol!r}")
    slack = slack_of(game, tol)
    if kind == "exact" or kind == "weighted":
        found = (search_exact if kind == "exact" else search_weighted)(game, slack)
        return _answer(game, kind, found, tol, slack)
    holds, potential, cycle = search_order(game, kind, slack)
    witness = CycleWitness(game, cycle) if cycle else None
    return PotentialAnswer(game, kind, holds, tol, potential, witness=witness)


def _answer(
    game: FiniteGame, kind: Kind, found: WeightSearch, tol: float, slack: Slack
) -> PotentialAnswer:
    if not found.holds:
        sure = found.holds is False
        witness = SquareWitness(game, found.squares, found.reason) if sure else None
        return PotentialAnswer(game, kind, found.holds, tol, witness=witness)
    potential, weights, deviation = summed(game, found, slack.most)
    return PotentialAnswer(
        game,
        kind,
        True,
        tol,
        potential if deviation <= 1 else None,
        weights,
        tuple(tuple(sorted(c.players)) for c in found.components) if found.settled else (),
        float(deviation),
    )
