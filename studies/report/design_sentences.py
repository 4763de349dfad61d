"""What is said under the table of a designed mechanism."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.tolerance import rounding
from coopetition.mechanisms.settlement.conflict import Conflict
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.output.numbers import number
from coopetition.studies.design.result import Design
from coopetition.studies.design.tune_rule import Tuned
from coopetition.studies.report.headline import welfare_words

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill

MOST_COSTS = 10


def design_lines(found: Design, skill: "Skill | None" = None) -> Iterator[str]:
    """Yield what is said of a design: what each constraint costs, or the conflict."""
    if skill:
        yield f"{skill}."
    target, money = found.target, found.words.currency
    yield (
        f"{welfare_words(found.welfare, found.planner, money, skill)}. "
        f"Target: {target.objective} {number(target.value)} ({target.known}). "
        f"Outside option: {found.outside_option}."
    )
    yield from (f"{said}." for said in found.remarks)
    if target.held_back and np.isfinite(target.gap):
        yield (
            f"Participation alone might allow {number(target.value + target.gap)}: the other "
            "constraints hold the target back, on the way there from the planner's."
        )
    if isinstance(found.settlement, Conflict):
        if found.elsewhere_open:
            yield "That is known of this target only; whether another would do was not looked at."
        return
    yield f"Equilibrium: {found.certificate}."
    yield moved_money(found.settlement, money)
    yield from _contract_lines(found.settlement)
    if target.floor_price:
        yield (
            f"Participation of all: one {money} more for it costs "
            f"{number(target.floor_price)} of {target.objective}."
        )
    yield from _cost_lines(found.settlement, money)
    if found.sample_regret is not None:
        yield (
            f"In {found.elsewhere}, everybody takes part, and nobody gains more than "
            f"{number(found.sample_regret)} {money} by leaving the target."
        )


def tuned_lines(found: Tuned, skill: "Skill | None" = None) -> Iterator[str]:
    """Yield what is said of a mechanism whose numbers were searched."""
    study = found.study
    if skill:
        yield f"{skill}."
    moved = float(np.abs([study.payoff_before, study.transfer, study.fee]).sum())
    yield (
        f"{welfare_words(study.welfare, study.planner, study.words.currency, skill)}. "
        f"Target: {found.objective} {number(found.value)} ({found.known}). "
        f"Outside option: {found.outside_option}. Deficit {number(study.deficit, beside=moved)}."
    )
    yield from (f"{said}." for said in study.remarks)
    yield f"Equilibrium: {study.equilibrium.certificate}."
    if not found.feasible:
        yield f"No value was found that meets the constraints: {number(found.missed)} is missing."


def moved_money(found: Settlement, money: str) -> str:
    """Say how much moves; what comes from outside is nobody's payment.

    Examples
    --------
    >>> from coopetition.mechanisms.settlement.requirements import Requirements
    >>> from coopetition.mechanisms.settlement.settlement import settle
    >>> names, needs = ["North", "South", "West"], np.array([5.0, 1.0, -2.0])
    >>> moved_money(settle(Requirements(names=names, needs=needs, subsidy=4.0)), "EUR")
    'Organizations pay 2 EUR, and 4 comes from outside.'
    """
    given = float(found.net.sum())
    if given <= float(rounding(found.net).sum()):
        return f"Money that changes hands: {number(found.moved)} {money}."
    paid = found.moved if found.flows is not None else float(-found.net[found.net < 0].sum())
    return f"Organizations pay {number(paid)} {money}, and {number(given)} comes from outside."


def _cost_lines(found: Settlement, money: str) -> Iterator[str]:
    """Yield what each constraint costs, the dearest first; the shadow prices of the others."""
    finite = {label: cost for label, cost in found.costs.items() if cost and np.isfinite(cost)}
    said = [f"“{label}” costs: {number(cost)} {money}" for label, cost in _dearest(finite)]
    others = {label: price for label, price in found.shadow.items() if label not in found.costs}
    said += [
        f"“{label}” costs, loosened by one {money}: {number(price)}"
        for label, price in _dearest(others)
    ]
    for line in said[:MOST_COSTS]:
        yield f"What the constraint {line}."
    if len(said) > MOST_COSTS:
        yield f"  … and {len(said) - MOST_COSTS} that cost less (all are in --json)."
    free = [f"“{label}”" for label, cost in found.costs.items() if np.isinf(cost)]
    if free:
        rest = f" and {len(free) - MOST_COSTS} others" if len(free) > MOST_COSTS else ""
        yield f"No limit without any one of {', '.join(free[:MOST_COSTS])}{rest}."


def _dearest(costs: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(costs.items(), key=lambda pair: -pair[1])


def _contract_lines(found: Settlement) -> Iterator[str]:
    """Yield how many contracts there are, and what is known of fewer."""
    if found.contracts is None:
        return
    yield f"Contracts: {found.contracts}."
    if not found.met:
        asked = found.contracts.asked
        yield f"At most {asked} were asked for: time ran out before they were found or ruled out."
    elif not found.contracts.best:
        yield "Time ran out before the money that changes hands was known to be the best."
