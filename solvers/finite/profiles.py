"""Mixed equilibria that were found: values, words, and plain values for JSON."""

from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property
from math import inf
from typing import Any

from coopetition.games.finite.game import FiniteGame, Tensor, shown
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers.finite.bimatrix.subsets import NashSubsets
from coopetition.solvers.finite.profile_tables import of_equilibria, of_players
from coopetition.solvers.finite.pure import numbers
from coopetition.solvers.finite.verify import Mixed

LONG = 20  # characters from which a fraction is shown rounded
CLOSE = Fraction(1, 10**6)  # probabilities nearer to 1 are shown by what is missing


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedEquilibria(Result):
    """Verified equilibria of a game, pure ones among them; a sequence of mixed profiles.

    Attributes
    ----------
    profiles : tuple of K mixed profiles
        Each a tuple of N distributions; of fractions where these are known, as they always are
        where two players have a choice: also with payoffs in floating point, which are the
        fractions that they are.
    regrets : tuple of K arrays of shape (N,)
        What each player could still gain by changing alone.
    known : tuple of K strings
        "proved" where the regret is exactly 0: in fractions, or of pure strategies, whose payoffs
        are compared without rounding; "checked" where no change gains more than 1e-9 of the
        differences in payoff that its gain is the sum of.
    complete : bool
        Whether it is proved that there are no others, or, where there is a continuum, none but
        mixtures of these within one of the `subsets`.
    degenerate : bool or None
        Whether some mixture of a player has more best replies than it uses strategies, exactly;
        None where this is not known, as it never is of three players or more.
    subsets : NashSubsets or None
        Which of them may be mixed with which, and what is connected; None where not all are known.
    margins : tuple of K pairs of numbers, or None
        The least probability at each, and the least loss by a strategy that is not used, as a
        share of the largest payoff in reach. Where a margin is near the accuracy of the payoffs,
        other roundings of them have other equilibria. None with three players or more.
    timed_out : bool
        Whether a search was ended by the time limit.
    method, note : str
        How it was searched; what is known of the whole, and what failed.
    """

    game: FiniteGame
    profiles: tuple[Mixed, ...]
    regrets: tuple[Tensor, ...]
    known: tuple[str, ...]
    complete: bool
    timed_out: bool
    method: str
    note: str
    degenerate: bool | None = None
    subsets: NashSubsets | None = None
    margins: tuple[tuple[float, float], ...] | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.profiles)

    @cached_property
    def payoffs(self) -> tuple[Tensor, ...]:
        """What everybody expects at each, shape (N,): floats where the game's are floats."""
        found = []
        for mixed in self.profiles:
            if self.game.exact or mixed[0].dtype != object:
                found.append(self.game.expected(mixed))
            else:
                found.append(self._fractions.expected(mixed).astype(float))
        return tuple(found)

    @cached_property
    def _fractions(self) -> FiniteGame:
        return self.game.to_fractions()

    def supports(self, number: int) -> list[list[str]]:
        """Return the strategies that each player uses at an equilibrium."""
        named = zip(self.profiles[number], self.game.strategies, strict=True)
        return [[name for p, name in zip(own, names, strict=True) if p > 0] for own, names in named]

    def words(self, number: int) -> list[str]:
        """Return what each player mixes at an equilibrium: probabilities and strategies."""
        found = []
        for own, names in zip(self.profiles[number], self.game.strategies, strict=True):
            used = [(p, name) for p, name in zip(own, names, strict=True) if p > 0]
            exact = self.game.exact
            terms = [n if p == 1 else f"{_probability(p, exact=exact)} {n}" for p, n in used]
            found.append(" + ".join(terms))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: floats, and fractions as texts where the game has them.

        Equilibria are numbered from 0 in `subsets` and `components`.
        """
        rows = zip(self.profiles, self.payoffs, self.regrets, self.known, strict=True)
        return {
            "method": self.method,
            "complete": self.complete,
            "degenerate": self.degenerate,
            "timed_out": self.timed_out,
            "note": self.note,
            "subsets": self.subsets and [list(one) for one in self.subsets.subsets],
            "components": self.subsets and [list(one) for one in self.subsets.components],
            "equilibria": [
                {
                    "profile": [own.astype(float).tolist() for own in mixed],
                    **self._texts(mixed),
                    "supports": self.supports(k),
                    "words": self.words(k),
                    **numbers("payoffs", payoffs),
                    "regret": regret.astype(float).tolist(),
                    **self._margins(k),
                    "known": known,
                }
                for k, (mixed, payoffs, regret, known) in enumerate(rows)
            ],
        }

    def _texts(self, mixed: Mixed) -> dict[str, Any]:
        exact = self.game.exact and mixed[0].dtype == object
        return {"profile_exact": [list(map(str, own)) for own in mixed]} if exact else {}

    def _margins(self, number: int) -> dict[str, Any]:
        if self.margins is None:
            return {"margins": None}
        least, loss = self.margins[number]
        return {"margins": {"probability": least, "loss": loss if loss < inf else None}}

    def described(self, most: int = 10) -> list[str]:
        """Return sentences about the whole: the sets that mix freely, the margins of floats."""
        lines = []
        if self.subsets and self.subsets.continuum:
            part = {k: c for c, some in enumerate(self.subsets.components, 1) for k in some}
            for own in self.subsets.subsets[:most]:
                hulls = "; ".join(self._hull(own, n) for n in range(len(self.game.shape)))
                lines.append(f"component {part[own[0]]}: any mixtures of ({hulls})")
            if (rest := len(self.subsets.subsets) - most) > 0:
                lines.append(f"… and {rest} more")
        if self.margins and not self.game.exact:
            least, loss = (min(values) for values in zip(*self.margins, strict=True))
            also = f"; unused strategies lose {loss:.3g} of the payoffs in reach or more"
            lines.append(
                f"margins: probabilities are {least:.3g} or more{also if loss < inf else ''}"
            )
        return lines

    def _hull(self, subset: tuple[int, ...], player: int) -> str:
        return " | ".join(dict.fromkeys(self.words(k)[player] for k in subset))

    def tables(self) -> tuple[Table]:
        """Return one row per equilibrium: what each player mixes, and payoffs."""
        table = of_equilibria(
            "Equilibria", self.game.players, self._mixes(), self._floats(self.payoffs), self.known
        )
        return (replace(table, notes=(f"By {self.method}: {self.note}.",)),)

    def long_table(self) -> Table:
        """Return one row per equilibrium and player."""
        return of_players(
            "Equilibria", self.game.players, strategy=self._mixes(),
            payoff=self._floats(self.payoffs), regret=self._floats(self.regrets),
        )  # fmt: skip

    def _mixes(self) -> list[list[str]]:
        return list(map(self.words, range(len(self))))

    def _floats(self, found: tuple[Tensor, ...]) -> list[list[float]]:
        return [own.astype(float).tolist() for own in found]

    def __str__(self) -> str:
        """Return one line per equilibrium, and what is known of the whole."""
        count = f"{len(self) or 'no'} equilibri{'um' if len(self) == 1 else 'a'} found"
        lines = [f"{count} by {self.method}: {self.note}"]
        for k, (payoffs, known) in enumerate(zip(self.payoffs, self.known, strict=True)):
            values = ", ".join(map(shown, payoffs))
            lines.append(f"({'; '.join(self.words(k))}): {values} ({known})")
        lines += self.described()
        return "\n".join(lines)


def _probability(p: Any, *, exact: bool) -> str:
    """Return a probability as a person reads it: a short fraction as it is, else six digits."""
    if not isinstance(p, Fraction):
        return f"{p:.6g}"
    if exact and len(str(p)) <= LONG:
        return str(p)
    return f"(1 - {_rounded(1 - p, 3)})" if p > 1 - CLOSE else _rounded(p, 6)


def _rounded(p: Fraction, digits: int) -> str:
    """Return some digits of a number that may be smaller than all floats."""
    found = Context(prec=digits).divide(Decimal(p.numerator), Decimal(p.denominator))
    return str(found.normalize()).lower()
