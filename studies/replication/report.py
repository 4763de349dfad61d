"""The experiment's summary, which a person reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from coopetition.output.markdown import markdown
from coopetition.output.table import Table
from coopetition.studies.replication.claims import INTENSITY, SKEW, WELFARE, Claim, Value
from coopetition.studies.replication.design import (
    BASELINES,
    CURRENCY,
    CURVE,
    DIRECT,
    KINDS,
    REDISTRIBUTION,
    RULES,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.intervals import interval
from coopetition.studies.replication.tables import OUTCOMES, outcomes_of

Section = tuple[str, str, list[str], list[list[Any]]]  # title, explanation, header, rows


def claim_sections(claims: Sequence[Claim]) -> list[Section]:
    """Return the claims as three tables; on skew only WPR and the plain redistribution."""
    shown = "± is the half-width of the 95 % interval over seeds"
    first = [claim for claim in claims if claim.claim == INTENSITY]
    second = [
        claim
        for claim in claims
        if claim.claim == SKEW and claim.cell.rule in ("WPR", REDISTRIBUTION)
    ]
    header = ["route", "B", "competition", "rule"]
    said = [found[0].measured.capitalize() for found in (first, second)]
    return [
        (
            f"Claim 1: {INTENSITY}",
            f"{said[0]}; mean over α; {shown}. By α: the direction where its interval excludes 0.",
            [*header, "effect", "seeds", "by α", "verdict"],
            [[*_where(c), str(c.effect), c.effect.count, c.signs, c.verdict] for c in first],
        ),
        (
            f"Claim 2: {SKEW}",
            f"{said[1]}; {shown}.",
            ["route", "B", "competition", "level", "rule", "effect", "seeds", "verdict"],
            [
                [
                    *_where(c)[:3],
                    f"{c.cell.level:g}",
                    c.cell.rule,
                    str(c.effect),
                    c.effect.count,
                    c.verdict,
                ]
                for c in second
            ],
        ),
        (
            f"Claim 3: {WELFARE}",
            f"Welfare less the baseline's, {CURRENCY}, mean over α and the levels above 0; "
            f"{shown}. In brackets: by α, where not all are +. No word: reproduced.",
            [*header, *BASELINES],
            list(_welfare_rows(claims)),
        ),
    ]


def _where(claim: Claim) -> list[str]:
    cell = claim.cell
    kind = cell.kind if cell.level else "none"
    return [cell.route, f"{cell.personal_weight:g}", kind, cell.rule]


def _welfare_rows(claims: Sequence[Claim]) -> Iterator[list[str]]:
    cells = {claim.cell: _where(claim) for claim in claims if claim.claim == WELFARE}
    for cell, where in cells.items():
        found = [claim for claim in claims if claim.claim == WELFARE and claim.cell == cell]
        yield where + [f"{c.effect}{_mark(c)}" for c in found]


def _mark(claim: Claim) -> str:
    """Return what keeps a claim from being reproduced at every skew."""
    if claim.effect.half_width is None:
        return f" {claim.verdict}"
    signs = "" if set(claim.signs) <= {"+", " "} else f" ({claim.signs})"
    return signs if claim.verdict == "reproduced" else f"{signs} {claim.verdict}"


def outcome_sections(
    design: ExperimentPlan, deals: Sequence[Deal], runs: Sequence[TrainedRun]
) -> list[Section]:
    """Return what was generated, what it was worth, and what the fitted curves were worth."""
    outcomes, weight = outcomes_of(design, runs), design.personal_weights[0]
    top = design.levels[-1]
    alphas = [f"α = {alpha:g}" for alpha in design.alphas]

    def by_alpha(name: str, cell: Cell) -> list[str]:
        return [str(interval(row)) for row in outcomes[name](cell)]

    made = [
        [
            *(route, kind, f"{level:g}", rule),
            *by_alpha("generation", Cell(route, weight, kind, level, rule)),
        ]
        for route in RULES
        for kind in KINDS
        for rule in ("WPR", REDISTRIBUTION)
        for level in (design.levels if route == CURVE else design.ends)
    ]
    worth = [
        [route, kind, rule, *by_alpha(OUTCOMES[4], Cell(route, weight, kind, top, rule))]
        for route in RULES
        for kind in KINDS
        for rule in RULES[route]
        if rule != "WPR"
    ]
    return [
        (
            "Generation",
            f"Samples of all organizations together; B = {weight:g}.",
            ["route", "competition", "level", "rule", *alphas],
            made,
        ),
        (
            "Social welfare",
            f"{CURRENCY} more than WPR at level {top:g}; B = {weight:g}.",
            ["route", "competition", "rule", *alphas],
            worth,
        ),
        ("The fitted curves", *_fits(design, deals, outcomes)),
    ]


def _fits(
    design: ExperimentPlan, deals: Sequence[Deal], outcomes: dict[str, Value]
) -> tuple[str, list[str], list[list[Any]]]:
    """Return how well a curve of Ω describes the measured gains at each skew."""
    free = Cell(CURVE, design.personal_weights[0], KINDS[0], 0.0, "WPR")
    best = Cell(CURVE, design.personal_weights[0], KINDS[0], 0.0, RULES[CURVE][-1])
    rows: list[list[object]] = []
    for k, alpha in enumerate(design.alphas):
        here = [deal for deal in deals if deal.alpha == alpha]
        families = sorted({deal.family for deal in here if deal.family})
        counts = ", ".join(f"{sum(d.family == f for d in here)} {f}" for f in families)
        apart = [
            str(interval(outcomes["gain"](cell)[k] - outcomes["predicted"](cell)[k]))
            for cell in (free, best)
        ]
        failed = sum(bool(deal.failure) for deal in here)
        rows.append(
            [
                f"{alpha:g}",
                str(interval(d.skew for d in here)),
                counts,
                str(interval(d.quality for d in here)),
                str(interval(d.held_out_error for d in here)),
                *apart,
                failed,
            ]
        )
    header = ["α", "skew δ", "families", "quality", "held-out error"]
    header += ["trained − curve at WPR", f"at {RULES[CURVE][-1]}", "refused"]
    said = f"Errors in nats; both differences at level 0, B = {free.personal_weight:g}."
    return said, header, rows


def failures_of(deals: Sequence[Deal], runs: Sequence[TrainedRun]) -> list[str]:
    """Return one sentence for each deal, or else each cell, that failed."""
    whole = [deal for deal in deals if deal.failure]
    refused = {(deal.alpha, deal.seed) for deal in whole}
    single = [r for r in runs if r.failure and (r.alpha, r.seed) not in refused]
    return [f"α = {d.alpha:g}, seed {d.seed}: {d.failure}" for d in whole] + [
        f"α = {r.alpha:g}, seed {r.seed}, {r.cell}: {r.failure}" for r in single
    ]


def summary(
    design: ExperimentPlan,
    deals: Sequence[Deal],
    runs: Sequence[TrainedRun],
    claims: Sequence[Claim],
) -> str:
    """Return the readable summary, Markdown."""
    parts = [
        "# A CoCoGen+-style experiment on real training",
        f"{design.dataset}, {design.seeds} seeds, {design.organizations} organizations with "
        f"{design.local_rows} real rows in all. Route `{CURVE}`: solved on a curve fitted to "
        f"measured gains; `{DIRECT}`: on the measured gains themselves, multiples of "
        f"{design.step:g} samples. All welfare is scored with trained gains.",
    ]
    for title, said, header, rows in [
        *claim_sections(claims),
        *outcome_sections(design, deals, runs),
    ]:
        parts += [f"## {title}", said, markdown(Table.of("", header, rows))]
    failed = failures_of(deals, runs)
    parts += ["## What failed", "\n".join(f"* {line}" for line in failed) or "Nothing."]
    return "\n\n".join(parts) + "\n"
