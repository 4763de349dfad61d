"""What a textbook game comes with: the game, its known answers, and where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.finite.game import FiniteGame

G = TypeVar("G", bound=FiniteGame | Game)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Textbook(Generic[G]):
    """A game with known answers.

    Parameters
    ----------
    equilibria : profiles
        All pure equilibria of a finite game, as strategy numbers; of a continuous game those that
        the source gives, as contributions.
    potential : shape (k_1, …, k_N), optional
        An exact potential of a finite game, up to a constant.
    facts : name to number
        What else the source says, money or as named.
    source : str
        Where the answers stand; "derived" where they are one line of algebra, given in the
        function's docstring.
    """

    game: G
    equilibria: tuple[Any, ...]
    source: str
    potential: Array | None = None
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
