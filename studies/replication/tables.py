"""The experiment's data: one row per cell and outcome, and one per run."""

from collections.abc import Sequence
from math import nan
from typing import Any

from coopetition.games.arrays import Array
from coopetition.studies.replication.claims import Value, values_of
from coopetition.studies.replication.design import CURRENCY, Cell, Deal, ExperimentPlan, TrainedRun
from coopetition.studies.replication.intervals import interval

OUTCOMES = ("generation", "gain", "predicted", "welfare", "welfare over WPR")
UNITS = dict(zip(OUTCOMES, ("samples", "nats", "nats", CURRENCY, CURRENCY), strict=True))


def outcomes_of(design: ExperimentPlan, runs: Sequence[TrainedRun]) -> dict[str, Value]:
    """Return every outcome as a function: cell to numbers, shape (skews, seeds)."""
    found = {name: values_of(design, runs, name) for name in OUTCOMES[:4]}
    welfare = found["welfare"]

    def over(cell: Cell) -> Array:
        without = Cell(cell.kind, cell.level, "WPR")
        return welfare(cell) - welfare(without)

    return {**found, OUTCOMES[4]: over}


def skew_of(design: ExperimentPlan, deals: Sequence[Deal]) -> list[float]:
    """Return the mean measured skew at each α."""
    return [interval(d.skew for d in deals if d.alpha == a).mean for a in design.alphas]


def table_rows(
    design: ExperimentPlan, deals: Sequence[Deal], runs: Sequence[TrainedRun]
) -> tuple[list[str], list[list[Any]]]:
    """Return one row a skew, cell and outcome; `failed` counts the seeds that did not."""
    header = ["alpha", "skew", "kind", "level", "rule"]
    header += ["outcome", "unit", "mean", "half width", "seeds", "failed"]
    outcomes, skews = outcomes_of(design, runs), skew_of(design, deals)
    rows = []
    for k, alpha in enumerate(design.alphas):
        for cell in design.cells():
            at = [alpha, skews[k], cell.kind, cell.level, cell.rule]
            for name, value in outcomes.items():
                found = interval(value(cell)[k])
                failed = design.seeds - found.count
                numbers = [found.mean, found.half_width, found.count, failed]
                rows.append([*at, name, UNITS[name], *numbers])
    return header, rows


def run_rows(runs: Sequence[TrainedRun]) -> tuple[list[str], list[list[Any]]]:
    """Return one row a skew, seed and cell: what the table is the mean of."""
    header = ["alpha", "seed", "kind", "level", "rule"]
    header += ["generation", "gain", "predicted", "welfare", "worst payoff", "failure"]
    return header, [
        [
            run.alpha,
            run.seed,
            run.cell.kind,
            run.cell.level,
            run.cell.rule,
            run.generation,
            run.gain,
            run.predicted,
            run.welfare,
            min(run.payoffs, default=nan),
            run.failure,
        ]
        for run in runs
    ]
