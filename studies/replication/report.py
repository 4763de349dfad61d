"""The experiment's summary, which a person reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from coopetition.output.markdown import markdown
from coopetition.output.table import Table
from coopetition.studies.replication.claims import (
    CHOOSING,
    EVERYBODY,
    INTENSITY,
    MODERATE,
    SKEW,
    WELFARE,
    Claim,
    Value,
)
from coopetition.studies.replication.design import (
    BASELINES,
    CURRENCY,
    KINDS,
    PRICES,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.intervals import interval
from coopetition.studies.replication.tables import OUTCOMES, outcomes_of

Section = tuple[str, str, list[str], list[list[Any]]]  # title, explanation, header, rows


def claim_sections(claims: Sequence[Claim]) -> list[Section]:
    """Return the claims as one table each."""
    shown = "± is the half-width of the 95 % interval over seeds"
    first, second, fourth = (
        [claim for claim in claims if claim.claim == name] for name in (INTENSITY, SKEW, MODERATE)
    )
    said = [found[0].measured.capitalize() for found in (first, second)]
    sections: list[Section] = [
        (
            f"Claim 1: {INTENSITY}",
            f"{said[0]}; mean over α; {shown}. By α: the direction where its interval excludes 0.",
            ["competition", "rule", "effect", "seeds", "by α", "verdict"],
            [[*_where(c), str(c.effect), c.effect.count, c.signs, c.verdict] for c in first],
        ),
        (
            f"Claim 2: {SKEW}",
            f"{said[1]}; {shown}.",
            ["competition", "level", "rule", "effect", "seeds", "verdict"],
            [
                [
                    *(_where(c)[0], f"{c.cell.level:g}", c.cell.rule),
                    *(str(c.effect), c.effect.count, c.verdict),
                ]
                for c in second
            ],
        ),
        (
            f"Claim 3: {WELFARE}",
            f"Welfare less the baseline's, {CURRENCY}, mean over α and the levels above 0; "
            f"{shown}. In brackets: by α, where not all are +. No word: reproduced.",
            ["competition", "rule", *BASELINES],
            list(_by_baseline(claims, WELFARE)),
        ),
    ]
    if fourth:
        ends = [one.measured.split(",")[0].removeprefix("welfare at ") for one in fourth[:2]]
        sections.append(
            (
                f"Claim 4: {MODERATE}",
                f"Welfare at moderate less that at most and least skew, {CURRENCY}, mean over the "
                f"levels above 0; {shown}. Reproduced where both are.",
                ["competition", "rule", *ends, "verdict"],
                [
                    [*_where(one), str(one.effect), str(other.effect), _both(one, other)]
                    for one, other in zip(fourth[::2], fourth[1::2], strict=True)
                ],
            )
        )
    sections.append(
        (
            f"Claim 5: {EVERYBODY}",
            f"Payoff after transfers less the baseline's, of whoever fares worst, {CURRENCY}, mean "
            f"over α and the levels above 0; {shown}. In %: organizations that are better off.",
            ["competition", "rule", *BASELINES],
            list(_by_baseline(claims, EVERYBODY)),
        )
    )
    return sections


def _where(claim: Claim) -> list[str]:
    cell = claim.cell
    return [cell.kind if cell.level else "none", cell.rule]


def _both(one: Claim, other: Claim) -> str:
    """Return the verdict of a claim that takes two differences."""
    found = {one.verdict, other.verdict}
    for word in ("not tested", "reversed", "undecided"):
        if word in found:
            return {"reversed": "not reproduced"}.get(word, word)
    return one.verdict


def _by_baseline(claims: Sequence[Claim], name: str) -> Iterator[list[str]]:
    cells = {claim.cell: _where(claim) for claim in claims if claim.claim == name}
    for cell, where in cells.items():
        found = [claim for claim in claims if claim.claim == name and claim.cell == cell]
        yield where + [f"{c.effect}{_mark(c)}" for c in found]


def _mark(claim: Claim) -> str:
    """Return what keeps a claim from being reproduced at every skew, or who is better off."""
    if claim.effect.half_width is None:
        return f" {claim.verdict}"
    if claim.better_off is not None:
        return f" ({100 * claim.better_off:.0f} %) {claim.verdict}"
    signs = "" if set(claim.signs) <= {"+", " "} else f" ({claim.signs})"
    return signs if claim.verdict == "reproduced" else f"{signs} {claim.verdict}"


def outcome_sections(
    design: ExperimentPlan, deals: Sequence[Deal], runs: Sequence[TrainedRun]
) -> list[Section]:
    """Return what was generated, what it was worth, and what the fits were worth."""
    outcomes, top = outcomes_of(design, runs), design.levels[-1]
    alphas = [f"α = {alpha:g}" for alpha in design.alphas]

    def by_alpha(name: str, cell: Cell) -> list[str]:
        return [str(interval(row)) for row in outcomes[name](cell)]

    made = [
        [kind, f"{level:g}", rule, *by_alpha("generation", Cell(kind, level, rule))]
        for kind in KINDS
        for rule in CHOOSING
        for level in design.levels_of(kind)
    ]
    more = [
        [kind, rule, *by_alpha(OUTCOMES[4], Cell(kind, top, rule))]
        for kind in KINDS
        for rule in (*BASELINES[:-1], *CHOOSING[1:])
    ]
    worth = [
        [kind, rule, *by_alpha("welfare", Cell(kind, top, rule))]
        for kind in KINDS
        for rule in CHOOSING
    ]
    return [
        (
            "Generation",
            "Samples of all organizations together.",
            ["competition", "level", "rule", *alphas],
            made,
        ),
        (
            "Social welfare",
            f"{CURRENCY}, at level {top:g}.",
            ["competition", "rule", *alphas],
            worth,
        ),
        (
            "Social welfare over that of no rule",
            f"{CURRENCY} more than WPR at level {top:g}.",
            ["competition", "rule", *alphas],
            more,
        ),
        ("The fitted gains", *_fits(design, deals, outcomes)),
    ]


def _fits(
    design: ExperimentPlan, deals: Sequence[Deal], outcomes: dict[str, Value]
) -> tuple[str, list[str], list[list[Any]]]:
    """Return how well the committee describes everybody's own gain at each skew."""
    cells = [Cell(KINDS[0], 0.0, rule) for rule in ("WPR", PRICES)]
    rows: list[list[Any]] = []
    for k, alpha in enumerate(design.alphas):
        here = [deal for deal in deals if deal.alpha == alpha]
        apart = [
            str(interval(outcomes["gain"](cell)[k] - outcomes["predicted"](cell)[k]))
            for cell in cells
        ]
        numbers = [str(interval(d.skew for d in here)), str(interval(d.skill for d in here))]
        numbers.append(str(interval(d.held_out_error for d in here)))
        rows.append([f"{alpha:g}", *numbers, *apart, sum(bool(deal.failure) for deal in here)])
    header = ["α", "skew δ", "skill of the worst", "its held-out error"]
    header += ["trained − fitted at WPR", f"at {PRICES}", "refused"]
    said = "Errors in nats; both differences at level 0, means over organizations."
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
        f"{design.local_rows} real rows in all. Everybody's own gain is fitted to "
        f"{design.profiles} trained profiles; all welfare and payoffs are scored with trained "
        "gains, on other seeds.",
    ]
    for title, said, header, rows in [
        *claim_sections(claims),
        *outcome_sections(design, deals, runs),
    ]:
        parts += [f"## {title}", said, markdown(Table.of("", header, rows))]
    failed = failures_of(deals, runs)
    parts += ["## What failed", "\n".join(f"* {line}" for line in failed) or "Nothing."]
    return "\n\n".join(parts) + "\n"
