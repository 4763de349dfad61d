"""What was published, and what came out here: effects paired by seed, with 95 % intervals.

The claims are those of the published abstracts (CoCoGen: Nguyen, Huynh, Pham, GLOBECOM 2025, arXiv
2509.18120; CoCoGen+: arXiv 2604.14886, 2026); the settings in which they are tested are ours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.studies.replication.design import (
    BASELINES,
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
MODERATE = "social welfare is highest at moderate heterogeneity"
EVERYBODY = "individual utilities are above those of the baselines"
CHOOSING = ("WPR", *RULES[:3])  # fees change nothing that is chosen
VERDICTS = {1: "reproduced", 0: "undecided", -1: "reversed"}
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
        The baseline, for the claims on welfare and utilities.
    measured
        The difference that was taken, and its unit.
    effect
        Its mean over seeds, each of which is a mean over skews (except for the claims on skew and
        heterogeneity).
    by_alpha
        The same for each skew alone.
    better_off
        Of the claim on utilities: the share of organizations whose payoff is higher, mean over
        skews and seeds.
    """

    claim: str
    cell: Cell
    against: str
    measured: str
    effect: ConfidenceInterval
    by_alpha: tuple[tuple[float, ConfidenceInterval], ...]
    better_off: float | None = None

    @property
    def verdict(self) -> str:
        """Reproduced, reversed, undecided (the interval holds 0), no effect (all 0), not tested."""
        if self.effect.half_width is None:
            return "not tested"
        if self.effect.half_width == self.effect.mean == 0:
            return "no effect"
        return VERDICTS[self.effect.sign]

    @property
    def signs(self) -> str:
        """The direction at each skew whose interval lies on one side of 0; · elsewhere."""
        return " ".join("·+−"[found.sign] for _, found in self.by_alpha)

    def to_dict(self) -> dict[str, Any]:
        """Return the claim's JSON form."""
        return {
            "claim": self.claim,
            "kind": self.cell.kind,
            "rule": self.cell.rule,
            "against": self.against or None,
            "measured": self.measured,
            **self.effect.to_dict("effect"),
            "verdict": self.verdict,
            "better_off": self.better_off,
            "by_alpha": [{"alpha": a, **found.to_dict("effect")} for a, found in self.by_alpha],
        }


def values_of(design: ExperimentPlan, runs: Sequence[TrainedRun], field: str) -> Value:
    """Return a field of the runs as a function: cell to numbers, shape (skews, seeds, ...)."""
    place = {point: k for k, point in enumerate(design.points)}
    more = (design.organizations,) if field == "payoffs" else ()
    found = {cell: np.full((len(place), *more), np.nan) for cell in design.cells()}
    for run in runs:
        if not run.failure:
            found[run.cell][place[run.alpha, run.seed]] = getattr(run, field)
    return lambda cell: found[cell].reshape(len(design.alphas), design.seeds, *more)


def judge_claims(design: ExperimentPlan, runs: Sequence[TrainedRun]) -> list[Claim]:
    """Test the published claims in every setting of the sweep."""
    generation, welfare, payoffs = (
        values_of(design, runs, field) for field in ("generation", "welfare", "payoffs")
    )
    return [
        *_of_intensity(design, generation),
        *_of_skew(design, generation),
        *_of_welfare(design, welfare),
        *_of_heterogeneity(design, welfare),
        *_of_everybody(design, payoffs),
    ]


def _of_intensity(design: ExperimentPlan, generation: Value) -> Iterator[Claim]:
    """Compare the highest with the lowest level of competition."""
    low, high = design.ends
    measured = f"generation at level {high:g} less that at {low:g}, samples"
    for kind, rule in product(KINDS, CHOOSING):
        cells = [Cell(kind, level, rule) for level in (low, high)]
        rise = generation(cells[1]) - generation(cells[0])
        yield _pooled(design, INTENSITY, cells[1], "", measured, rise)


def _of_skew(design: ExperimentPlan, generation: Value) -> Iterator[Claim]:
    """Compare the smallest α, the most skew, with the largest."""
    most, least = int(np.argmin(design.alphas)), int(np.argmax(design.alphas))
    ends = f"α = {design.alphas[most]:g} less that at α = {design.alphas[least]:g}"
    measured = f"generation at {ends}, samples"
    for kind, level, rule in product(KINDS, design.ends, CHOOSING):
        if level == design.levels[0] and (kind, rule) != (KINDS[0], "WPR"):
            continue  # without competition all are the same but the prices
        cell = Cell(kind, level, rule)
        values = generation(cell)
        yield Claim(SKEW, cell, "", measured, interval(values[most] - values[least]), ())


def _over_levels(design: ExperimentPlan, kind: str) -> tuple[list[float], str]:
    """Return the levels above 0 of a kind of competition, and how they are named."""
    levels = [level for level in design.levels_of(kind) if level > 0]
    return levels, "mean over the levels " + ", ".join(f"{level:g}" for level in levels)


def _of_welfare(design: ExperimentPlan, welfare: Value) -> Iterator[Claim]:
    """Compare each rule with each baseline, mean over the levels above 0."""
    for kind in KINDS:
        levels, said = _over_levels(design, kind)
        for rule, baseline in product(CHOOSING[1:], BASELINES):
            more = _mean_difference(welfare, kind, levels, rule, baseline)
            measured = f"welfare less the baseline's, {said}, EUR"
            yield _pooled(design, WELFARE, Cell(kind, levels[-1], rule), baseline, measured, more)


def _mean_difference(value: Value, kind: str, levels: list[float], rule: str, other: str) -> Array:
    """Return how much more a rule brings than another, mean over levels."""
    apart = [value(Cell(kind, level, rule)) - value(Cell(kind, level, other)) for level in levels]
    return np.asarray(np.mean(apart, axis=0))


def _of_heterogeneity(design: ExperimentPlan, welfare: Value) -> Iterator[Claim]:
    """Compare the skew in the middle with the least and the most: both must have less."""
    order = np.argsort(design.alphas)
    if len(order) < 3:
        return
    middle = order[len(order) // 2]
    for kind, rule in product(KINDS, CHOOSING):
        levels, said = _over_levels(design, kind)
        values = np.mean([welfare(Cell(kind, level, rule)) for level in levels], axis=0)
        for end in (order[0], order[-1]):
            alphas = f"α = {design.alphas[middle]:g} less that at α = {design.alphas[end]:g}"
            effect = interval(values[middle] - values[end])
            measured = f"welfare at {alphas}, {said}, EUR"
            yield Claim(MODERATE, Cell(kind, levels[-1], rule), "", measured, effect, ())


def _of_everybody(design: ExperimentPlan, payoffs: Value) -> Iterator[Claim]:
    """Compare the payoffs of the organization that fares worst; transfers are counted."""
    for kind in KINDS:
        levels, said = _over_levels(design, kind)
        for rule, baseline in product(RULES, BASELINES):
            more = _mean_difference(payoffs, kind, levels, rule, baseline)
            measured = f"payoff less the baseline's, of whoever fares worst, {said}, EUR"
            cell = Cell(kind, levels[-1], rule)
            known = more[np.isfinite(more)]
            share = float(np.mean(known > 0)) if known.size else None
            yield _pooled(design, EVERYBODY, cell, baseline, measured, more.min(axis=-1), share)


def _pooled(
    design: ExperimentPlan,
    claim: str,
    cell: Cell,
    against: str,
    measured: str,
    values: Array,
    better_off: float | None = None,
) -> Claim:
    """Return a claim of differences, shape (skews, seeds); a seed counts if no skew failed."""
    by_alpha = tuple(zip(design.alphas, map(interval, values), strict=True))
    effect = interval(values.mean(axis=0))
    return Claim(claim, cell, against, measured, effect, by_alpha, better_off)
