"""Tables of profiles of finite games: a row for each profile, or for each profile and player."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from coopetition.output.columns import keyed
from coopetition.output.table import Column, Table

Profiles = Sequence[Sequence[Any]] | NDArray[Any]  # of each profile, what is said of each player


def profile_columns(
    players: Sequence[str], strategies: Profiles, payoffs: Profiles
) -> tuple[Column, ...]:
    """Return a column for each player's strategy, and one for each player's payoff."""
    return (
        *(Column(f"strategy.{who}", who, [row[n] for row in strategies], kind="text")
          for n, who in enumerate(players)),
        *(Column(f"payoff.{who}", f"payoff {who}", [row[n] for row in payoffs])
          for n, who in enumerate(players)),
    )  # fmt: skip


def of_equilibria(
    title: str,
    players: Sequence[str],
    strategies: Profiles,
    payoffs: Profiles,
    known: Sequence[str],
) -> Table:
    """Return one row per equilibrium; they are numbered from 1."""
    cells = Column("cell", "equilibrium", range(1, len(strategies) + 1), kind="name")
    how = Column("known", "known", known, kind="text", rank=1)
    return Table(title, (cells, *profile_columns(players, strategies, payoffs), how))


def of_players(title: str, players: Sequence[str], **values: Profiles) -> Table:
    """Return one row per profile and player; profiles are numbered from 1."""
    count = len(next(iter(values.values())))
    each = [number for number in range(1, count + 1) for _ in players]
    said = {key: [value for row in rows for value in row] for key, rows in values.items()}
    return keyed(title, {"cell": each, "organization": [*players] * count, **said}, names=2)


def used(distribution: Any, game: Any) -> tuple[list[str], list[float]]:
    """Return the profiles of a distribution that are ever played, by name, and how often."""
    import numpy as np

    places = np.argwhere(distribution > 0)
    names = [game.named(tuple(place)) for place in places.tolist()]
    return names, [float(distribution[tuple(place)]) for place in places]
