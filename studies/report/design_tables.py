"""A designed mechanism as a table, and in words."""

from collections.abc import Iterator

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.tolerance import rounding, share_of
from coopetition.mechanisms.settlement.conflict import Conflict
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.output.numbers import number
from coopetition.studies.design.result import Design
from coopetition.studies.design.tune_rule import Tuned
from coopetition.studies.report.headline import welfare_words
from coopetition.studies.report.tables import Header, Rows, table_text
from coopetition.studies.scenario.scenario import Scenario

MOST_FLOWS, MOST_COSTS = 20, 10


def design_table(found: Design) -> tuple[Header, Rows]:
    """Return one row per organization: target, price, net payment, payoff, outside option."""
    header = ["organization", "contribution", "planner"]
    columns = [found.target.profile, found.planner.profile]
    if found.rule is not None:
        header += ["price", "net payment", "payoff", "gain over outside"]
        price = found.rule.slope - found.rule.bend * found.target.profile
        net = found.rule(found.game, found.target.profile) + found.mechanism.fees
        columns += [price, net, found.payoff, found.payoff - found.outside]
    header.append("outside")
    columns.append(found.outside)
    data = np.column_stack(columns).tolist()
    return header, [[name, *row] for name, row in zip(found.game.players, data, strict=True)]


def design_lines(found: Design, scenario: Scenario, outside: str) -> Iterator[str]:
    """Yield what is said of a design: the table, what each constraint costs, or the conflict."""
    target, money = found.target, scenario.currency
    yield table_text(
        f"{scenario.name}: design for {target.objective} ({money})", *design_table(found)
    )
    yield ""
    yield (
        f"{welfare_words(found.welfare, found.planner, money)}. "
        f"Target: {target.objective} {number(target.value)} ({target.known}). "
        f"Outside option: {outside}."
    )
    yield from (f"{said}." for said in found.remarks)
    if target.held_back and np.isfinite(target.gap):
        yield (
            f"Participation alone might allow {number(target.value + target.gap)}: the other "
            "constraints hold the target back, on the way there from the planner's."
        )
    if isinstance(found.settlement, Conflict):
        yield f"No mechanism: {found.settlement}."
        if found.elsewhere_open:
            yield "That is known of this target only; whether another would do was not looked at."
        return
    yield f"Equilibrium: {found.certificate}."
    if not found.certificate.holds:
        yield "The target is no equilibrium under these prices: no mechanism was found."
    yield moved_money(found.settlement, money)
    yield from _contract_lines(found.settlement)
    flows = found.settlement.flows
    if flows is not None:
        yield from _flow_lines(found, flows)
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


def tuned_lines(found: Tuned, scenario: Scenario, outside: str) -> Iterator[str]:
    """Yield what is said of a mechanism whose numbers were searched."""
    money, study = scenario.currency, found.study
    said = ", ".join(f"{name} = {value:.6g}" for name, value in found.values.items())
    yield table_text(
        f"{scenario.name}: {study.settings.rule} with {said} ({money})", *found.table()
    )
    yield ""
    yield (
        f"{welfare_words(study.welfare, study.planner, money)}. "
        f"Target: {found.objective} {number(found.value)} ({found.known}). "
        f"Outside option: {outside}. Deficit {number(study.deficit)}."
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


def _flow_lines(found: Design, flows: Array) -> Iterator[str]:
    """Yield who pays whom at the target."""
    names = found.game.players
    moved = np.abs(flows).sum(axis=1)
    least = share_of(np.minimum(moved[:, None], moved))  # of what either moves: below it, nothing
    paid = [
        (flows[n, m], names[m], names[n]) for n, m in zip(*np.nonzero(flows > least), strict=True)
    ]
    for amount, payer, payee in sorted(paid, reverse=True)[:MOST_FLOWS]:
        yield f"  {payer} pays {payee} {number(float(amount))}."
    if len(paid) > MOST_FLOWS:
        yield f"  … and {len(paid) - MOST_FLOWS} smaller payments."
