"""Random changes of random rounds, and each row built by hand: shared by the tests of batches."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from coopetition.games import AggregativeGame, CoopetitionRound, Game, TabulatedGain
from coopetition.games.arrays import Array
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.rules.transfers import SeparableRule
from tests.instances import random_round

SCALED = ("local_data", "max_contribution", "value", "unit_cost", "quadratic_cost", "quality")


@dataclass(frozen=True)
class OwnPart(SeparableRule):
    """t_n = slope_n x_n − bend_n x_n²/2."""

    given: tuple[Array, Array]

    @property
    def slope(self) -> Array:
        """The slope given."""
        return self.given[0]

    @property
    def bend(self) -> Array:
        """The bend given."""
        return self.given[1]

    @property
    def leak(self) -> Array:
        """What is paid from outside."""
        return self.slope

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return what each receives for its own contribution."""
        return profile * (self.slope - 0.5 * self.bend * profile)


def varied(
    seed: int, rows: int, *, transfers: bool = True
) -> tuple[CoopetitionRound, dict[str, Array]]:
    """Draw a round and changes: any family, ties, linear costs, X = 0, skews, competition."""
    rng = np.random.default_rng([seed, 7])
    game = random_round(seed, positive=bool(rng.integers(2)))
    n = len(game.players)
    changes: dict[str, Array] = {}
    for name in SCALED:
        if rng.random() < 0.6:
            own = np.asarray(getattr(game, name))
            changes[name] = own * rng.uniform(0.5, 1.0, (rows, n))
    kind = rng.integers(4)
    if kind == 0:
        changes["unit_cost"] = game.unit_cost.mean() * rng.uniform(0.2, 8.0, rows)  # ties
        changes["quadratic_cost"] = np.zeros(rows)
    if kind == 1:
        changes["quadratic_cost"] = game.quadratic_cost * (rng.random((rows, n)) < 0.5)
    if kind == 2:
        changes["max_contribution"] = game.max_contribution * (rng.random((rows, n)) < 0.7)
    if rng.random() < 0.5:
        changes["personal_weight"] = rng.uniform(0.0, 0.1, rows)
        changes["skew"] = rng.uniform(0.0, 2.0, rows if rng.random() < 0.5 else (rows, n))
    pairs = 1.0 - np.eye(n)
    if rng.random() < 0.5:
        level = rng.uniform(0.0, 0.8 / n, (rows, n, n)) * pairs
        changes["damage"] = level if rng.random() < 0.5 else level[:, 0, -1]
    if rng.random() < 0.4:
        level = rng.uniform(0.0, 100.0 / n, (rows, n, n)) * pairs
        changes["rivalry"] = level if rng.random() < 0.5 else level[:, 0, -1]
    if not isinstance(game.gain, TabulatedGain) and rng.random() < 0.5:
        curve: Any = game.gain
        for part in fields(curve):
            number = float(getattr(curve, part.name))
            changes[f"gain.{part.name}"] = number * rng.uniform(0.7, 1.4, rows)
    if transfers and rng.random() < 0.3:
        size = float(game.unit_cost.mean())
        changes["transfer_slope"] = size * rng.uniform(-0.5, 1.0, (rows, n))
        changes["transfer_bend"] = size / 1000.0 * rng.uniform(0.0, 1.0, rows)
    return game, changes or {"value": game.value * rng.uniform(0.5, 1.5, (rows, n))}


def round_of(game: CoopetitionRound, changes: Mapping[str, Array], row: int) -> CoopetitionRound:
    """Build one row's round."""
    own = {k: v[row] for k, v in changes.items() if not k.startswith(("gain.", "transfer"))}
    curve = {k[5:]: float(v[row]) for k, v in changes.items() if k.startswith("gain.")}
    gain: Any = game.gain
    return game.replace(gain=replace(gain, **curve) if curve else gain, **own)


def game_of(game: CoopetitionRound, changes: Mapping[str, Array], row: int) -> AggregativeGame:
    """Build one row's game, with the own part of a rule in force."""
    one = round_of(game, changes, row)
    if "transfer_slope" not in changes:
        return one
    zeros = np.zeros(len(game.players))
    induced = redistribute(
        one,
        OwnPart((zeros + changes["transfer_slope"][row], zeros + changes["transfer_bend"][row])),
    )
    assert isinstance(induced, AggregativeGame)
    return induced
