"""Verdicts follow from effects that are planted in the runs."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from coopetition.output.export import to_json
from coopetition.studies.replication.claims import (
    EVERYBODY,
    INTENSITY,
    MODERATE,
    SKEW,
    WELFARE,
    Claim,
    judge_claims,
)
from coopetition.studies.replication.design import BASELINES, Cell, ExperimentPlan, TrainedRun
from coopetition.studies.replication.experiment import failed
from coopetition.studies.replication.report import claim_sections

DESIGN = ExperimentPlan(seeds=6, alphas=(0.1, 1.0, 10.0), levels=(0.0, 0.05, 0.1))
Outcome = Callable[[float, int, Cell], float]


def planted(
    generation: Outcome, welfare: Outcome, missing: tuple[float, int] = (0, 0)
) -> list[TrainedRun]:
    """Return runs whose outcomes are known; all cells of `missing` failed."""
    runs = []
    for alpha, seed in DESIGN.points:
        for cell in DESIGN.cells():
            made, worth = generation(alpha, seed, cell), welfare(alpha, seed, cell)
            if (alpha, seed) == missing:
                runs.append(failed(alpha, seed, cell, "refused"))
            else:
                each = tuple(worth + n * (cell.rule not in BASELINES) for n in (-1, 0, 1, 2, 3))
                runs.append(TrainedRun(alpha, seed, cell, made, 1.0, 1.0, worth, each, ""))
    return runs


def nothing(alpha: float, seed: int, cell: Cell) -> float:
    return 0.0


def found(claims: list[Claim], what: str, **where: object) -> list[Claim]:
    return [
        claim
        for claim in claims
        if claim.claim == what
        and all(getattr(claim.cell, key) == value for key, value in where.items())
    ]


def test_intensity_is_paired_by_seed_and_pooled_over_skews() -> None:
    def generation(alpha: float, seed: int, cell: Cell) -> float:
        base = 1000.0 * seed + alpha  # cancels in a paired difference
        if cell.kind == "damage":
            return base - 1000 * cell.level + 10 * seed * (cell.level > 0.07)
        return base + 2000 * cell.level * (alpha == 0.1)

    claims = judge_claims(DESIGN, planted(generation, nothing))
    down = found(claims, INTENSITY, kind="damage", rule="WPR")[0]
    assert down.effect.mean == pytest.approx(-100 + 25)
    assert down.effect.half_width == pytest.approx(
        2.570582 * np.std(range(0, 60, 10), ddof=1) / 6**0.5
    )
    assert (down.verdict, down.signs) == ("reversed", "− − −")
    up = found(claims, INTENSITY, kind="rivalry", rule="WPR")[0]
    assert up.effect.mean == pytest.approx(200 / 3)
    assert (up.verdict, up.signs) == ("reproduced", "+ · ·")


def test_skew_compares_the_ends() -> None:
    def generation(alpha: float, seed: int, cell: Cell) -> float:
        if cell.kind == "damage":
            return -10 * np.log10(alpha) + 0.1 * seed * (alpha < 1)
        return float((-1) ** seed * (alpha < 1))

    claims = judge_claims(DESIGN, planted(generation, nothing))
    for claim in found(claims, SKEW, kind="damage"):
        assert claim.effect.mean == pytest.approx(20.25)
        assert claim.verdict == "reproduced"
    assert {c.verdict for c in found(claims, SKEW, kind="rivalry")} == {"undecided"}


def test_moderate_heterogeneity_must_beat_both_ends() -> None:
    worth = {"damage": {0.1: 0.0, 1.0: 9.0, 10.0: 5.0}, "rivalry": {0.1: 0.0, 1.0: 4.0, 10.0: 5.0}}

    def welfare(alpha: float, seed: int, cell: Cell) -> float:
        return worth.get(cell.kind, worth["damage"])[alpha] + 0.01 * seed * alpha

    claims = judge_claims(DESIGN, planted(nothing, welfare))
    for kind, verdict in (("damage", "reproduced"), ("rivalry", "reversed")):
        first, second = found(claims, MODERATE, kind=kind, rule="WPR")
        assert (first.verdict, second.verdict) == ("reproduced", verdict)
    last = {tuple(row[:2]): row[-1] for row in claim_sections(claims)[3][3]}
    assert (last["damage", "WPR"], last["rivalry", "WPR"]) == ("reproduced", "not reproduced")


def test_utilities_are_those_of_whoever_fares_worst() -> None:
    claims = judge_claims(DESIGN, planted(nothing, nothing))
    for claim in found(claims, EVERYBODY):
        assert claim.effect.mean == -1.0
        assert claim.better_off == pytest.approx(3 / 5)
        assert claim.verdict == "reversed"


def test_welfare_compares_with_every_baseline_at_the_same_level() -> None:
    worth = {"VCFL": 0.0, "WCO": 90.0, "RaDG": 200.0, "WPR": 100.0}

    def welfare(alpha: float, seed: int, cell: Cell) -> float:
        noise = 0.01 * seed * (cell.rule not in BASELINES)
        return worth.get(cell.rule, 150.0) + noise - 1e4 * cell.level + 1e3 * seed

    claims = judge_claims(DESIGN, planted(nothing, welfare))
    for claim in found(claims, WELFARE):
        assert claim.effect.mean == pytest.approx(150.025 - worth[claim.against])
        assert claim.verdict == ("reversed" if claim.against == "RaDG" else "reproduced")


def test_a_seed_with_a_failure_is_left_out_of_the_mean_over_skews() -> None:
    def generation(alpha: float, seed: int, cell: Cell) -> float:
        return 100 * cell.level * (1 + seed)

    claim = judge_claims(DESIGN, planted(generation, nothing, missing=(1.0, 5)))[0]
    assert claim.effect.count == 5
    assert claim.effect.mean == pytest.approx(30.0)
    assert [one.count for _, one in claim.by_alpha] == [6, 5, 6]


def test_one_seed_tests_nothing() -> None:
    design = ExperimentPlan(seeds=1, alphas=(1.0,))
    runs = [TrainedRun(1.0, 0, cell, 1.0, 1.0, 1.0, 1.0, (1.0,) * 5, "") for cell in design.cells()]
    assert {claim.verdict for claim in judge_claims(design, runs)} == {"not tested"}


def test_claims_are_json_and_text() -> None:
    claims = judge_claims(DESIGN, planted(nothing, nothing))
    for claim in claims:
        said = json.loads(to_json(claim.to_dict()))
        assert said["verdict"] == ("reversed" if claim.claim == EVERYBODY else "no effect")
        assert said["seeds"] == 6
    sections = claim_sections(claims)
    for _, _, header, rows in sections:
        assert rows
        assert {len(row) for row in rows} == {len(header)}
    assert sections[0][1].startswith("Generation at level 0.1 less that at 0")
    assert sections[1][1].startswith("Generation at α = 0.1 less that at α = 10")
