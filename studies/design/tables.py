"""A designed mechanism, or one whose numbers were tuned, in rows and columns."""

from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.tolerance import share_of
from coopetition.mechanisms.settlement.conflict import Conflict
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.studies.outside.options import OUTSIDE_OPTIONS, outside_column
from coopetition.studies.solve.study_table import unsolved

if TYPE_CHECKING:  # what designs is not needed to show what it found
    from coopetition.studies.design.result import Design
    from coopetition.studies.design.tune_rule import Tuned


def design_tables(found: "Design") -> tuple[Table, ...]:
    """Return one row per organization; and one per payment, where it is known who pays whom."""
    words, money = found.words, found.words.currency
    columns = [
        Column("organization", "organization", found.game.players, kind="name"),
        Column("contribution", "contribution", found.target.profile, words.samples),
        Column("contribution_planner", "planner", found.planner.profile, words.samples,
               rank=4),
    ]  # fmt: skip
    if isinstance(found.settlement, Settlement):
        columns += [
            Column("price", "price", found.price, words.price, rank=3),
            Column("payment", "payment", found.settlement.net, money),
            *_payoffs(words, found.payoff, found.outside),
        ]
    columns.append(_outside(found.outside_option, found.outside, words))
    title = words.title(f"a mechanism designed for {found.target.objective}")
    labels = words.labels(rule="designed")
    main = Table(title, tuple(columns), _no_mechanism(found), labels)
    payments = _payments(found)
    if not payments:
        return (main,)
    amounts, payers, payees = zip(*payments, strict=True)
    pairs = (
        Column("payer", "payer", payers, kind="name"),
        Column("payee", "payee", payees, kind="name"),
        Column("amount", "amount", amounts, money),
    )
    return main, Table(words.title("who pays whom"), pairs, labels=labels)


def _no_mechanism(found: "Design") -> tuple[str, ...]:
    if isinstance(found.settlement, Conflict):
        return (f"No mechanism: {found.settlement}.",)
    if not found.certificate.holds:
        return ("The target is no equilibrium under these prices: no mechanism was found.",)
    return ()


def tuned_table(found: "Tuned") -> Table:
    """Return one row per organization."""
    study = found.study
    words, money = study.words, study.words.currency
    columns = (
        Column("organization", "organization", study.game.players, kind="name"),
        Column("contribution", "contribution", study.contribution, words.samples),
        Column("contribution_planner", "planner", study.planner.profile, words.samples,
               rank=4),
        Column("transfer", "transfer", study.transfer, money, rank=1),
        Column("fee", "fee", study.fee, money, rank=1),
        *_payoffs(words, study.payoff, found.outside),
        _outside(found.outside_option, found.outside, words),
    )  # fmt: skip
    said = ", ".join(f"{name} = {value:.6g}" for name, value in found.values.items())
    title = words.title(f"payoffs and contributions {study.settings.phrase}, {said}")
    notes = unsolved(study)
    return Table(title, columns, notes, words.labels(rule=study.settings.rule))


def _payoffs(words: Words, payoff: Array, outside: Array) -> tuple[Column, Column]:
    return (
        Column("payoff", "payoff", payoff, words.currency),
        Column("payoff_over_outside", "over outside", payoff - outside, words.currency, rank=1),
    )


def _outside(option: str, payoff: Array, words: Words) -> Column:
    head = OUTSIDE_OPTIONS[option].head
    return Column(outside_column(option), head, payoff, words.currency, rank=2)


def _payments(found: "Design") -> list[tuple[float, str, str]]:
    """Return what is paid, the most first: amount, payer, payee."""
    flows = found.settlement.flows if isinstance(found.settlement, Settlement) else None
    if flows is None:
        return []
    names, moved = found.game.players, np.abs(flows).sum(axis=1)
    least = share_of(np.minimum(moved[:, None], moved))  # of what either moves: below it, nothing
    pairs = zip(*np.nonzero(flows > least), strict=True)
    return sorted(((float(flows[n, m]), names[m], names[n]) for n, m in pairs), reverse=True)
