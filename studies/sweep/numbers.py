"""The numbers of a cell whose equilibrium was found, whichever way it was solved."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from coopetition.games.gain import Array
from coopetition.studies.shown import efficiency


def numbers_of(
    *,
    contribution: Array,
    before: Array,
    transfer: Array,
    fee: Array,
    planner_welfare: float,
    outside: Array | str | None,
    epsilon: float,
    notes: Iterable[str],
) -> dict[str, Any]:
    """Return the fields of a converged row.

    `before` are payoffs before transfers and fees, `outside` the outside option that the scenario
    names, or why it is not known.
    """
    payoff, welfare = before + transfer + fee, float(before.sum())
    slack = float((payoff - outside).min()) if isinstance(outside, np.ndarray) else None
    said = [*notes, outside if isinstance(outside, str) else ""]
    return {
        "status": "converged",
        "note": " ".join("; ".join(note for note in said if note).split()),
        "contribution": contribution,
        "payoff": payoff,
        "transfer": transfer,
        "fee": fee,
        "welfare": welfare,
        "planner_welfare": planner_welfare,
        "efficiency": efficiency(welfare, planner_welfare),
        "deficit": float((transfer + fee).sum()),
        "slack": slack,
        "epsilon": epsilon,
    }
