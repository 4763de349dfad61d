"""A round with one organization as two identities, or with two organizations as one.

Two identities of shares s and 1 − s together are the organization: data, capacity, value and
fixed cost are divided; unit cost, quality and skew are kept; quadratic costs become b/s, so that
both together produce anything at the cost of the one. Towards others:

* *Damage*: rows and columns as n's. Others lose as much as before, as values are divided
  (ρ_ma p_a + ρ_mb p_b = ρ_mn p_n). The parts lose what n did, to first order: with a concave gain
  the two marginal losses are a little less than the joint one.
* *Rivalry*: rows and columns times the share: conserved at contributions in proportion.
* Between the two: none.

A merged organization divides its contribution between the two in proportion to their capacities:
exactly the inverse of a split. Costs and quality follow from that; skew is the data-weighted mean;
damage rows are weighted by capacity and columns by value; rivalry is summed.
"""

from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.competition import Competition
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError


def split(game: CoopetitionRound, n: int, share: float = 0.5) -> CoopetitionRound:
    """Return the round with n as two identities, at places n and n + 1."""
    size = len(game.players)
    index: Index = np.sort(np.append(np.arange(size), n))
    part = np.ones(size + 1)
    part[[n, n + 1]] = share, 1.0 - share
    taken = set(game.players)
    names = [game.players[k] for k in index]
    for place, label in ((n, "a"), (n + 1, "b")):
        names[place] = _fresh(f"{game.players[n]} ({label})", taken)
    damage = game.damage.dense()[np.ix_(index, index)]
    rivalry = game.rivalry.dense()[np.ix_(index, index)] * np.outer(part, part)
    return _rebuilt(
        game,
        names,
        damage,
        rivalry,
        **{
            name: getattr(game, name)[index] * (part if row.divided else 1.0)
            for name, row in COLUMNS.items()
        }
        | {"quadratic_cost": game.quadratic_cost[index] / part},
    )


def merge(game: CoopetitionRound, n: int, m: int) -> CoopetitionRound:
    """Return the round with n < m as one organization, at place n."""
    if not 0 <= n < m < len(game.players):
        raise InvalidInputError(f"`n` and `m` must be two places, n < m, got {n!r} and {m!r}")
    keep = np.delete(np.arange(len(game.players)), m)
    s = capacity_share(game, n, m)

    def column(name: str, first: float, second: float) -> Array:
        values = np.array(getattr(game, name))
        values[n] = first * values[n] + second * values[m]
        return values[keep]

    def matrix(operator: Competition, rows: float, columns: float, scale: float) -> Array:
        entries = operator.dense().copy()
        entries[n] = scale * (rows * entries[n] + (1.0 - rows) * entries[m])
        entries[:, n] = scale * (columns * entries[:, n] + (1.0 - columns) * entries[:, m])
        np.fill_diagonal(entries, 0.0)
        return entries[np.ix_(keep, keep)]

    worth, data = _weight(game.value, n, m), _weight(game.local_data, n, m)
    names = [game.players[k] for k in keep]
    names[n] = _fresh(f"{game.players[n]} + {game.players[m]}", set(game.players))
    return _rebuilt(
        game,
        names,
        matrix(game.damage, s, worth, 1.0),
        matrix(game.rivalry, 0.5, 0.5, 2.0),
        **{
            name: column(name, 1, 1) if row.divided else column(name, s, 1 - s)
            for name, row in COLUMNS.items()
        }
        | {
            "quadratic_cost": column("quadratic_cost", s**2, (1 - s) ** 2),
            "skew": column("skew", data, 1 - data),
        },
    )


def _weight(values: Array, n: int, m: int) -> float:
    """Return n's part of what n and m have; half where they have nothing."""
    total = float(values[n] + values[m])
    return float(values[n]) / total if total > 0 else 0.5


def capacity_share(game: CoopetitionRound, n: int, m: int) -> float:
    """Return n's part of the capacity of n and m; half where they have none."""
    return _weight(game.max_contribution, n, m)


def _fresh(name: str, taken: set[str]) -> str:
    """Return a name that nobody has."""
    while name in taken:
        name += "′"
    taken.add(name)
    return name


def _rebuilt(
    game: CoopetitionRound, names: list[str], damage: Array, rivalry: Array, **columns: Any
) -> CoopetitionRound:
    """Return a round of other organizations; competition as matrices."""
    return CoopetitionRound(
        gain=game.gain,
        personal_weight=game.personal_weight,
        damage=damage,
        rivalry=rivalry,
        organizations=names,
        **columns,
    )
