"""All equilibria of a solved round, where all are known, for tables and JSON."""

from typing import Any

from coopetition.games.arrays import Array
from coopetition.solvers import Equilibrium

MOST_NAMED = 6  # organizations whose contributions and payoffs a table of equilibria shows


def equilibria_list(found: Equilibrium, fee: Array) -> list[dict[str, Any]] | None:
    """Return every equilibrium in the order of Ω, as JSON; None where not all are known.

    `payoff` is after transfers and the fees, which are lump sums and so the same at each;
    `welfare` is before them. `continuum` says why one stands for a continuum, null where it is
    isolated; `chosen` marks the answer.
    """
    if found.listed is None:
        return None
    return [
        {
            "contribution": one.profile.tolist(),
            "payoff": (one.payoffs + fee).tolist(),
            "welfare": one.welfare,
            "deficit": float(one.payoffs.sum() + fee.sum()) - one.welfare,
            "epsilon": one.epsilon,
            "continuum": one.continuum or None,
            "chosen": one.chosen,
        }
        for one in found.listed
    ]


def equilibria_table(found: Equilibrium, fee: Array) -> tuple[list[str], list[list[Any]]]:
    """Return one row per equilibrium; totals alone where there are many organizations."""
    players = found.players
    named = players if len(players) <= MOST_NAMED else ()
    header = ["equilibrium", "contribution", "welfare", "deficit"]
    header += [f"{name} {what}" for name in named for what in ("gives", "gets")]
    rows = []
    for k, one in enumerate(equilibria_list(found, fee) or (), 1):
        name = f"{k} (chosen)" if one["chosen"] else str(k)
        row = [name, sum(one["contribution"]), one["welfare"], one["deficit"]]
        for n in range(len(named)):
            row += [one["contribution"][n], one["payoff"][n]]
        rows.append(row)
    return header, rows
