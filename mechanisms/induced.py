"""A mechanism maps a game to a game: `redistribute`."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.base import OWN, Box, Game, PotentialGame, spread
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.games.measured.gains import differences
from coopetition.games.tolerance import rounding, share_of
from coopetition.mechanisms.rules.promises import AggregativeRule, PotentialRule
from coopetition.mechanisms.rules.transfers import SeparableRule, TransferRule


@dataclass(frozen=True, slots=True, eq=False)
class Mechanism:
    """A marginal rule plus fees: lump sums, zero-sum, that move nobody's contribution."""

    rule: TransferRule
    fees: Array

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return transfer plus fee of each player."""
        return self.rule(game, profile) + self.fees


@dataclass(frozen=True, eq=False)
class InducedGame(Game):
    """A game with a transfer rule in force; nothing more is known of its structure."""

    base: Game
    rule: TransferRule

    @property
    def players(self) -> tuple[str, ...]:
        """The players' names."""
        return self.base.players

    @property
    def spaces(self) -> Box:
        """The players' intervals."""
        return self.base.spaces

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return payoffs plus transfers."""
        x = np.asarray(profile, dtype=float)
        return self.base.payoffs(x) + self.rule(self.base, x)

    def welfare(self, profile: ArrayLike, payoffs: Array | None = None) -> Array:
        """Return the base's welfare: what a rule pays comes from somebody, or from outside."""
        return self.base.welfare(profile)

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,).

        What it can move of the base game's, and of its transfer: that one's range over nine
        contributions of its own. Payoffs under such a rule are compared as numbers, so that a
        thousandth of their size counts too.
        """
        x, box = np.asarray(profile, dtype=float), self.spaces
        here, size = np.asarray(self.rule(self.base, x)), np.abs(self.base.payoffs(x))
        found = self.base.reach(x) + 1e-3 * size
        for n in range(found.size):
            rows = np.repeat(x[None], OWN, axis=0)
            rows[:, n] = np.linspace(box.lower[n], box.upper[n], OWN)
            found[n] += spread(float(here[n]), np.asarray(self.rule(self.base, rows))[:, n])
        return found

    def payoff_sizes(self, profile: Array) -> Array:
        """Return the largest single term of each payoff, transfers included, shape (N,)."""
        return np.maximum(self.base.payoff_sizes(profile), np.abs(self.rule(self.base, profile)))


@dataclass(frozen=True, eq=False)
class InducedAggregativeGame(InducedGame, AggregativeGame):
    """An aggregative game with an aggregative rule in force: again aggregative."""

    base: AggregativeGame
    own: AggregativeRule = field(repr=False)

    @cached_property
    def form(self) -> AggregateForm:
        """The form that the rule names."""
        return self.own.form(self.base)

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,)."""
        return AggregativeGame.reach(self, profile)


@dataclass(frozen=True, eq=False)
class InducedGameOfGains(InducedGame, GameOfGains):
    """A game of everybody's own gains with a rule in force that keeps it one."""

    base: GameOfGains
    given: GainForm = field(repr=False)

    @property
    def form(self) -> GainForm:
        """The form that the rule names."""
        return self.given

    def payoff(self, player: int, profile: ArrayLike) -> Array:
        """Return one player's payoff plus its transfer, shape (..., N) to (...)."""
        x = np.asarray(profile, dtype=float)
        return self.base.payoff(player, x) + self.rule(self.base, x)[..., player]

    def payoff_gradient(self, profile: Array) -> Array:
        """Return ∂U_m/∂x_n of the base at one profile, transfers' differences added; rows m."""
        x = np.asarray(profile, dtype=float)
        paid = differences(lambda rows: self.rule(self.base, rows), x, self.spaces.upper)
        return self.base.payoff_gradient(x) + paid

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,)."""
        return GameOfGains.reach(self, profile)


@dataclass(frozen=True, eq=False)
class InducedPotentialGame(InducedGame, PotentialGame):
    """A game with a potential rule in force: a weighted potential game."""

    own: PotentialRule = field(repr=False)
    given: Array = field(repr=False)

    @property
    def weights(self) -> Array:
        """The weights that the rule names, shape (N,)."""
        return self.given

    def potential(self, profile: ArrayLike) -> Array:
        """Return the potential that the rule names, shape (..., N) to (...)."""
        return self.own.potential(self.base, np.asarray(profile, dtype=float))

    def potential_gradient(self, profile: ArrayLike) -> Array:
        """Return the potential's gradient at one profile, shape (N,)."""
        known = self.own.gradient(self.base, np.asarray(profile, dtype=float))
        return super().potential_gradient(profile) if known is None else known


def redistribute(game: Game, rule: TransferRule) -> Game:
    """Put a rule or mechanism in force and return the game that it induces.

    A separable rule on an aggregative game gives an aggregative game, hence a potential game
    with the same weights; other rules may promise another aggregate form or a potential. Every
    promise is checked on random unilateral changes. Any other rule, a plain function for example,
    gives a plain game, whose equilibria are searched on payoffs.

    Raises
    ------
    InvalidInputError
        If the transfers have a wrong shape, are not finite, or break the rule's promise.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.mechanisms.rules.redistribution import redistribution
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, damage=0.1)
    >>> induced = redistribute(game, redistribution(game, rate=0.5))
    >>> induced.has_potential, induced.form.linear.tolist()
    (True, [0.05, 0.05])
    """
    if not callable(rule):
        raise InvalidInputError(f"a rule must be callable as rule(game, profile), got {rule!r}")
    box = game.spaces
    sample = box.sample(np.random.default_rng(0), 4 if len(game.players) <= 10_000 else 1)
    transfers = np.asarray(rule(game, sample), dtype=float)
    if transfers.shape != sample.shape or not np.isfinite(transfers).all():
        raise InvalidInputError(
            f"a rule must return one finite number per player, got shape {transfers.shape} "
            f"for profiles of shape {sample.shape}"
        )
    own = rule.rule if isinstance(rule, Mechanism) else rule
    if isinstance(own, PotentialRule):
        weights = own.weights(game)
        if weights is None:
            return InducedGame(game, rule)
        return _kept(InducedPotentialGame(game, rule, own, weights))
    induced: InducedGameOfGains | InducedAggregativeGame
    if not isinstance(own, AggregativeRule):
        return InducedGame(game, rule)
    if isinstance(game, GameOfGains) and (form := own.gain_form(game)) is not None:
        induced = InducedGameOfGains(game, rule, form)
    elif isinstance(game, AggregativeGame):
        induced = InducedAggregativeGame(game, rule, own)
    else:
        return InducedGame(game, rule)
    if not isinstance(own, SeparableRule):
        return _kept(induced)
    broken = broken_promise(game, own)
    if broken is not None:
        raise InvalidInputError(
            f"the rule's own part is not what its transfers do: {broken}; correct `slope` and "
            "`bend`, or return a rule that does not promise to be separable"
        )
    return induced


def _changes(game: Game, draws: int) -> tuple[Array, Array, Index, Index]:
    """Draw unilateral changes: (before, after, rows, who moves)."""
    rng = np.random.default_rng(0)
    draws = draws if len(game.players) <= 10_000 else 2
    before, other = game.spaces.sample(rng, draws), game.spaces.sample(rng, draws)
    rows, who = np.arange(draws), rng.integers(0, len(game.players), draws)
    after = before.copy()
    after[rows, who] = other[rows, who]
    return before, after, rows, who


def _kept(game: InducedAggregativeGame | InducedPotentialGame | InducedGameOfGains) -> Game:
    """Return the game if payoffs change as its form or potential says, on random changes."""
    before, after, rows, who = _changes(game, 32)
    done = (game.payoffs(after) - game.payoffs(before))[rows, who]
    if isinstance(game, InducedPotentialGame):
        weight = game.weights[who]
        said = weight * (game.potential(after) - game.potential(before))
        size = weight * (np.abs(game.potential(after)) + np.abs(game.potential(before)))
    elif isinstance(game, InducedGameOfGains):
        owned = [game.form.own(x, who) for x in (after, before)]
        said, size = owned[0] - owned[1], np.abs(owned[0]) + np.abs(owned[1])
    else:
        form, who_ = game.form, (rows, who)
        ends = [form.weight[who] * form.gain.value(form.aggregate(x)) for x in (after, before)]
        own = form.own(after)[who_] - form.own(before)[who_]
        said, size = ends[0] - ends[1] + own, np.abs(ends[0]) + np.abs(ends[1]) + np.abs(own)
    unit = size + sum(np.abs(game.payoffs(x))[rows, who] for x in (before, after))
    error = np.abs(done - said) / np.maximum(unit, 1e-300)
    k = int(np.argmax(error))
    if not error[k] <= 1e-9:
        raise InvalidInputError(
            f"the rule does not keep what it promises: when {game.players[who[k]]} goes from "
            f"{before[k, who[k]]:.6g} to {after[k, who[k]]:.6g}, its payoff changes by "
            f"{done[k]:.6g} instead of {said[k]:.6g}; correct the rule, or return one that "
            "promises nothing"
        )
    return game


def broken_promise(game: Game, rule: SeparableRule, draws: int = 32) -> str | None:
    """Compare a rule's own part with its transfers on random unilateral changes.

    Returns None where they agree to rounding on all draws, else the largest disagreement.
    """
    before, after, rows, who = _changes(game, draws)
    t_before, t_after = rule(game, before), rule(game, after)
    x, y = before[rows, who], after[rows, who]
    slope, bend = rule.slope[who], rule.bend[who]
    promised = slope * (y - x) - 0.5 * bend * (y**2 - x**2)
    done = (t_after - t_before)[rows, who]
    flows = np.abs(rule.slope) + np.abs(rule.leak) + np.abs(rule.bend) * game.spaces.upper
    small = share_of(np.abs(slope * (y - x)) + 0.5 * np.abs(bend * (y**2 - x**2)))
    small += rounding(t_before[rows, who], t_after[rows, who])
    small += rounding(flows @ game.spaces.upper)  # what cancels in a transfer, at most
    error = np.abs(done - promised) - small
    k = int(np.argmax(error))
    if error[k] <= 0:
        return None
    return (
        f"when {game.players[who[k]]} goes from {x[k]:.6g} to {y[k]:.6g}, its transfer changes by "
        f"{done[k]:.6g} instead of {promised[k]:.6g}"
    )
