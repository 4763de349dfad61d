"""Why a game has no potential: squares or cycles of profiles, by the names of strategies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from coopetition.games.finite.game import FiniteGame, Profile, shown
from coopetition.games.finite.potentials.squares import Square


class Witness(Protocol):
    """Something that shows that there is no potential; prints as sentences."""

    def to_dict(self) -> Mapping[str, object]:
        """Return its JSON form."""


def plain(value: Any, exact: bool) -> Any:
    """Return a payoff for JSON: a float, or a fraction's text."""
    return str(value) if exact else float(value)


@dataclass(frozen=True, slots=True, eq=False)
class SquareWitness:
    """One square or several whose mixed differences no potential allows.

    `reason` is "gap": the payoff changes around the square do not sum to zero; "sign" or
    "one-sided": the two mixed differences differ in sign, or only one is zero, so that no positive
    weights fit; "ratios": around a cycle of players the ratios of weights, one per square, do not
    multiply to one.
    """

    game: FiniteGame
    squares: tuple[Square, ...]
    reason: str

    def to_dict(self) -> Mapping[str, object]:
        """Return the reason and each square: players, corners by name, mixed differences, gap."""
        exact = self.game.exact
        return {
            "reason": self.reason,
            "squares": [
                {
                    "players": [self.game.players[p] for p in square.players],
                    "corners": [self.game.names(corner) for corner in square.corners],
                    "mixed_differences": [plain(v, exact) for v in square.mixed(self.game)],
                    "gap": plain(square.gap(self.game), exact),
                }
                for square in self.squares
            ],
        }

    def __str__(self) -> str:
        """Say the squares and what is wrong with them."""
        lines = [self._said(square) for square in self.squares]
        if self.reason == "gap":
            gap = shown(self.squares[0].gap(self.game))
            lines.append(
                f"payoff changes around the cycle of its four profiles sum to {gap}, not 0"
            )
        elif self.reason == "ratios":
            lines.append("no weights fit the ratios of these mixed differences together")
        else:
            said = {"sign": "differ in sign", "one-sided": "vanish for one player only"}
            lines.append(f"the mixed differences {said[self.reason]}: no positive weights fit")
        return "\n".join(lines)

    def _said(self, square: Square) -> str:
        game, names = self.game, self.game.strategies
        moves = ", ".join(
            f"{game.players[p]} {names[p][square.start[p]]} → {names[p][x]}"
            for p, x in zip(square.players, square.to, strict=True)
        )
        rest = ", ".join(
            f"{game.players[p]} {names[p][a]}"
            for p, a in enumerate(square.start)
            if p not in square.players
        )
        first, second = map(shown, square.mixed(game))
        others = f" (others: {rest})" if rest else ""
        return f"square {moves}{others}: mixed differences {first} and {second}"


@dataclass(frozen=True, slots=True, eq=False)
class CycleWitness:
    """A cycle of profiles: in each step one player changes, never at a loss, once with gain."""

    game: FiniteGame
    profiles: tuple[Profile, ...]

    def steps(self) -> list[tuple[int, Profile, Profile, Any]]:
        """Return (player, from, to, gain) of each step; the last one closes the cycle."""
        found = []
        ends = (*self.profiles[1:], self.profiles[0])
        for a, b in zip(self.profiles, ends, strict=True):
            n = next(p for p in range(len(a)) if a[p] != b[p])
            found.append((n, a, b, self.game.tensor[n][b] - self.game.tensor[n][a]))
        return found

    def to_dict(self) -> Mapping[str, object]:
        """Return the profiles by name, who changes after each, and its gain."""
        game, steps = self.game, self.steps()
        return {
            "reason": "cycle",
            "profiles": [game.names(a) for a in self.profiles],
            "players": [game.players[n] for n, *_ in steps],
            "gains": [plain(gain, game.exact) for *_, gain in steps],
        }

    def __str__(self) -> str:
        """Say the cycle, one step per line."""
        game = self.game
        lines = [f"cycle of {len(self.profiles)} changes"]
        for n, a, b, gain in self.steps():
            lines.append(
                f"  ({game.named(a)}): {game.players[n]} to {game.strategies[n][b[n]]} "
                f"gains {shown(gain)}"
            )
        return "\n".join(lines)
