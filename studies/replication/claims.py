"""What was published, and what came out here: effects paired by seed, with 95 % intervals.

The claims are those of the published abstract (Nguyen, Huynh, Pham, arXiv 2604.14886, 2026);
the settings in which they are tested are ours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.studies.replication.design import (
    BASELINES,
    CURVE,
    KINDS,
    RULES,
    Cell,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.intervals import ConfidenceInterval, interval

INTENSITY = "generation rises with the intensity of competition"
SKEW = "generation rises with data skew"
WELFARE = "redistribution has more social welfare than the baselines"
VERDICTS = {1: "reproduced", 0: "not reproduced", -1: "reversed"}
Value = Callable[[Cell], Array]


@dataclass(frozen=True, slots=True)
class Claim:
    """One test of one published claim.

    Parameters
    ----------
    claim
        What was published.
    cell
        Where it was tested; its level is the highest that counts.
    against
        The baseline, for the claim on welfare.
    measured
        The difference that was taken, and its unit.
    effect
        Its mean over seeds, each of which is a mean over skews (except for the claim on skew).
    by_alpha
        The same for each skew alone.
    """

    claim: str
    cell: Cell
    against: str
    measured: str
    effect: ConfidenceInterval
    by_alpha: tuple[tuple[float, ConfidenceInterval], ...]

    @property
    def verdict(self) -> str:
        """Reproduced, not reproduced (the interval holds 0), reversed, or not tested."""
        if self.effect.half_width is None:
            return "not tested"
        return VERDICTS[self.effect.sign]

    @property
    def signs(self) -> str:
        """The direction at each skew whose interval lies on one side of 0; · elsewhere."""
        return " ".join("·+−"[found.sign] for _, found in self.by_alpha)

    def to_dict(self) -> dict[str, Any]:
        """Return the claim's JSON form."""
        cell = self.cell
        return {
            "claim": self.claim,
            "route": cell.route,
            "personal_weight": cell.personal_weight,
            "kind": cell.kind,
            "rule": cell.rule,
            "against": self.against or None,
            "measured": self.measured,
            **self.effect.to_dict("effect"),
            "verdict": self.verdict,
            "by_alpha": [{"alpha": a, **found.to_dict("effect")} for a, found in self.by_alpha],
        }


def values_of(design: ExperimentPlan, runs: Sequence[TrainedRun], field: str) -> Value:
    """Return a field of the runs as a function: cell to numbers, shape (skews, seeds)."""
    place = {point: k for k, point in enumerate(design.points)}
    found = {cell: np.full(len(place), np.nan) for cell in design.cells()}
    for run in runs:
        found[run.cell][place[run.alpha, run.seed]] = getattr(run, field)
    return lambda cell: found[cell].reshape(len(design.alphas), design.seeds)


def judge_claims(design: ExperimentPlan, runs: Sequence[TrainedRun]) -> list[Claim]:
    """Test the three published claims in every setting of the sweep."""
    generation = values_of(design, runs, "generation")
    welfare = values_of(design, runs, "welfare")
    claims = [*_of_intensity(design, generation), *_of_skew(design, generation)]
    return [*claims, *_of_welfare(design, welfare)]


def _choosing(route: str) -> list[str]:
    """Return the rules under which the level of competition matters for what is chosen."""
    return [rule for rule in RULES[route] if rule == "WPR" or rule not in BASELINES]


def _of_intensity(design: ExperimentPlan, generation: Value) -> Iterator[Claim]:
    """Compare the highest with the lowest level of competition."""
    low, high = design.ends
    measured = f"generation at level {high:g} less that at {low:g}, samples"
    for route, weight, kind in product(RULES, design.personal_weights, KINDS):
        for rule in _choosing(route):
            cells = [Cell(route, weight, kind, level, rule) for level in (low, high)]
            rise = generation(cells[1]) - generation(cells[0])
            yield _pooled(design, INTENSITY, cells[1], "", measured, rise)


def _of_skew(design: ExperimentPlan, generation: Value) -> Iterator[Claim]:
    """Compare the smallest α, the most skew, with the largest."""
    most, least = int(np.argmin(design.alphas)), int(np.argmax(design.alphas))
    ends = f"α = {design.alphas[most]:g} less that at α = {design.alphas[least]:g}"
    measured = f"generation at {ends}, samples"
    for route, weight, level in product(RULES, design.personal_weights, design.ends):
        for kind, rule in product(KINDS, _choosing(route)):
            if level == design.levels[0] and (kind, rule) != (KINDS[0], "WPR"):
                continue  # without competition all are the same but the prices
            cell = Cell(route, weight, kind, level, rule)
            values = generation(cell)
            yield Claim(SKEW, cell, "", measured, interval(values[most] - values[least]), ())


def _of_welfare(design: ExperimentPlan, welfare: Value) -> Iterator[Claim]:
    """Compare each rule with each baseline, mean over the levels above 0."""
    for route, weight, kind in product(RULES, design.personal_weights, KINDS):
        levels = _levels(design, route, weight)
        for rule, baseline in product(_choosing(route)[1:], BASELINES):
            at = CURVE if baseline not in RULES[route] else route
            more = np.mean(
                [
                    welfare(Cell(route, weight, kind, level, rule))
                    - welfare(Cell(at, weight, kind, level, baseline))
                    for level in levels
                ],
                axis=0,
            )
            cell = Cell(route, weight, kind, levels[-1], rule)
            shown = ", ".join(f"{level:g}" for level in levels)
            measured = f"welfare less the baseline's, mean over the levels {shown}, EUR"
            yield _pooled(design, WELFARE, cell, baseline, measured, more)


def _levels(design: ExperimentPlan, route: str, weight: float) -> list[float]:
    """Return the levels above 0 that were swept."""
    return sorted(
        {
            cell.level
            for cell in design.cells()
            if (cell.route, cell.personal_weight) == (route, weight) and cell.level > 0
        }
    )


def _pooled(
    design: ExperimentPlan, claim: str, cell: Cell, against: str, measured: str, values: Array
) -> Claim:
    """Return a claim of differences, shape (skews, seeds); a seed counts if no skew failed."""
    by_alpha = zip(design.alphas, map(interval, values), strict=True)
    effect = interval(values.mean(axis=0))
    return Claim(claim, cell, against, measured, effect, tuple(by_alpha))
