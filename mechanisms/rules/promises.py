"""What a rule may promise of the game that it induces, so that it can be solved as what it is.

A rule that promises nothing is any function; its game is searched on payoffs. An *aggregative*
rule names the aggregate form of its game, a *potential* rule the weighted potential. `redistribute`
checks every promise on random unilateral changes before it relies on it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.games.measured.round import TrainingRound

ALWAYS = "always"
NEVER = "never promised"


@dataclass(frozen=True, slots=True)
class Declared:
    """A rule's declared properties: `ALWAYS`, `NEVER`, or the condition under which it holds.

    `transfer` is t_n; the others are named as in `coopetition.mechanisms.audit.properties`:
    `optimum_is_equilibrium` for a rule that is made for the optimum, `potential_kept` with the
    same weights.
    """

    transfer: str
    budget_balance: str
    pairwise_zero_sum: str
    optimum_is_equilibrium: str
    potential_kept: str
    source: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule of the catalogue: how it is made, what it takes, what it promises.

    `factory(game, *, target, ...)` takes a target only where `targeted`; `needs` are parameters
    without a default, `takes` those that may be left out; both are keys of a scenario's
    `[mechanism]` table. `kind` is the class of the rules that it makes.
    """

    factory: Callable[..., Any]
    kind: type
    declared: Declared
    targeted: bool = False
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters, those without a default first."""
        return self.needs + self.takes


class AggregativeRule(ABC):
    """A rule under which an aggregative game stays aggregative; its weights may change."""

    @abstractmethod
    def form(self, game: AggregativeGame) -> AggregateForm:
        """Return the aggregate form of the induced game."""

    def gain_form(self, game: GameOfGains) -> GainForm | None:
        """Return the form of the induced game where everybody has its own gain, None if unknown."""
        return None

    @abstractmethod
    def __call__(self, game: Game, profile: Array) -> Array:
        """Return what each player receives, shape as `profile`."""


class PotentialRule(ABC):
    """A rule under which a game has a weighted potential, perhaps with other weights."""

    @abstractmethod
    def weights(self, game: Game) -> Array | None:
        """Return the weights, shape (N,), all positive; None where there is no potential."""

    @abstractmethod
    def potential(self, game: Game, profile: Array) -> Array:
        """Return the potential of the induced game; shape (..., N) to (...)."""

    @abstractmethod
    def __call__(self, game: Game, profile: Array) -> Array:
        """Return what each player receives, shape as `profile`."""

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return the potential's gradient at one profile, or None: differences are taken."""
        return None


def positive_weights(game: Game) -> Array | None:
    """Return a game's weights where all who can move have positive ones, else None.

    Who cannot move gets the weight 1: any would do.
    """
    if not isinstance(game, AggregativeGame):
        return None
    moving = game.form.upper > 0
    weights = np.where(moving, game.weights, 1.0)
    return weights if (weights > 0).all() else None


def weighted(game: Game) -> tuple[AggregativeGame, Array]:
    """Return the game and its positive weights.

    Raises
    ------
    UnsupportedGameError
        If it has no weighted potential with positive weights.
    """
    if isinstance(game, GameOfGains):
        raise UnsupportedGameError(
            "the rule needs a weighted potential, which everybody's own gains do not have: "
            "use bilateral-prices, or any other rule but partial-pigou"
        )
    weights = positive_weights(game)
    if weights is None or not isinstance(game, AggregativeGame):
        raise UnsupportedGameError(
            "the rule needs a game with a weighted potential: all weights positive"
        )
    return game, weights


def needs_round(game: Game, rule: str, least: int = 1) -> TrainingRound:
    """Return the game where it is a round of at least so many organizations."""
    if not isinstance(game, TrainingRound):
        raise UnsupportedGameError(
            f"{rule}() needs a CoopetitionRound or MeasuredGame, got {type(game).__name__}"
        )
    if len(game.players) < least:
        raise UnsupportedGameError(
            f"{rule}() needs at least {least} organizations, got {len(game.players)}"
        )
    return game


def shares_of(game: Game, shares: object, *, zero: bool) -> Array:
    """Return shares that sum to one, equal ones where none are given."""
    size = len(game.players)
    if shares is None:
        return np.full(size, 1.0 / size)
    try:
        array = np.array(shares, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    good = array.shape == (size,) and bool(np.isfinite(array).all())
    good = good and bool((array >= 0).all() if zero else (array > 0).all())
    if not good or abs(array.sum() - 1.0) > 1e-9:
        sign = "non-negative" if zero else "positive"
        raise InvalidInputError(
            f"`shares` must be {size} {sign} numbers that sum to 1, got {shares!r:.80}"
        )
    return array / array.sum()
