"""All equilibria of a game, where all are known, for tables and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.table import Column, Table
from coopetition.output.words import GENERAL, Words

MOST_NAMED = 6  # organizations whose contributions and payoffs a table of equilibria shows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed:
    """One of all the equilibria of a game, or one that stands for a continuum of them.

    Attributes
    ----------
    profile, payoffs : shape (N,)
    welfare : float
        What there is to share: payoffs without what a rule pays or takes.
    epsilon : float
        The certified regret.
    continuum : str
        Why it is one of a continuum; empty where it is isolated.
    chosen : bool
        Whether it is the answer.
    """

    profile: Array
    payoffs: Array
    welfare: float
    epsilon: float
    continuum: str
    chosen: bool


def equilibria_list(
    listed: Sequence[Listed] | None, fee: Array | float = 0.0
) -> list[dict[str, Any]] | None:
    """Return every equilibrium in the order of Ω, as JSON; None where not all are known.

    `payoff` is after transfers and the fees, which are lump sums and so the same at each;
    `welfare` is before them. `continuum` says why one stands for a continuum, null where it is
    isolated; `chosen` marks the answer.
    """
    if listed is None:
        return None
    return [
        {
            "contribution": one.profile.tolist(),
            "payoff": (one.payoffs + fee).tolist(),
            "welfare": one.welfare,
            "deficit": float(one.payoffs.sum() + np.sum(fee)) - one.welfare,
            "epsilon": one.epsilon,
            "continuum": one.continuum or None,
            "chosen": one.chosen,
        }
        for one in listed
    ]


def equilibria_table(
    players: tuple[str, ...],
    listed: Sequence[Listed],
    fee: Array | float = 0.0,
    words: Words = GENERAL,
) -> Table:
    """Return one row per equilibrium; totals alone where there are many organizations."""
    found = equilibria_list(listed, fee) or []
    money, units = words.currency, words.samples

    def column(key: str, head: str, values: list[float], unit: str, rank: int) -> Column:
        return Column(key, head, values, unit, rank=rank)

    columns = [
        Column("equilibrium", "equilibrium",
               [f"{k} (chosen)" if one["chosen"] else str(k) for k, one in enumerate(found, 1)],
               kind="name"),
        column("total_contribution", "contribution", [sum(e["contribution"]) for e in found],
               units, 0),
        column("welfare", "welfare", [e["welfare"] for e in found], money, 0),
        column("deficit", "deficit", [e["deficit"] for e in found], money, 1),
    ]  # fmt: skip
    for n, name in enumerate(players if len(players) <= MOST_NAMED else ()):
        for key, verb, unit in (("contribution", "gives", units), ("payoff", "gets", money)):
            values = [e[key][n] for e in found]
            columns.append(column(f"{key}.{name}", f"{name} {verb}", values, unit, 2 + n))
    return Table(words.title("all pure equilibria"), tuple(columns), labels=words.labels())
