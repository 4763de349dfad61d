"""A play in rows and columns: its totals, and every payment."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from coopetition.output.table import Column, Table
from coopetition.studies.play.payments import add

if TYPE_CHECKING:  # what plays is not needed to show what it played
    from coopetition.studies.play.play import Play


def totals_table(play: "Play") -> Table:
    """Return one row per organization, and the totals; payments to the cent.

    Contributions are means per round, all else sums over the rounds.
    """
    words, count = play.words, len(play.rounds)
    made = play.table("contribution").mean(axis=0).tolist()
    before = play.table("payoff_before_transfers").sum(axis=0).tolist()
    payoff = play.table("payoff").sum(axis=0).tolist()
    gain = [*play.table("gain").sum(axis=0).tolist(), None]
    error = play.table("payoff_error").sum(axis=0).tolist()

    def money(key: str, head: str, values: list[Any], total: Any, rank: int) -> Column:
        return Column(key, head, [*values, total], words.currency, rank=rank)

    columns = (
        Column(
            "organization", "organization", [*play.scenario.organizations, "total"], kind="name"
        ),
        Column("mean_contribution", "contribution", [*made, sum(made)], words.samples),
        Column("total_gain", "gain", gain, words.measure, rank=4),
        money("total_payoff_before_transfers", "payoff before", before, sum(before), 3),
        money("total_payoff_error", "less predicted", error, sum(error), 5),
        money("received", "received", [*play.received], add(play.received), 1),
        money("paid", "paid", [*play.paid], add(play.paid), 2),
        money("total_payoff", "payoff", payoff, sum(payoff), 0),
    )
    rounds = "1 round" if count == 1 else f"{count} rounds"
    title = words.title(f"{rounds} {play.scenario.mechanism.phrase}")
    note = (
        "Contributions are means per round, all else sums over the rounds; less predicted: payoffs "
        "before transfers as realized, less those predicted."
        if play.scenario.oracle
        else "Contributions are means per round, all else sums over the rounds."
    )
    return Table(title, columns, (note,), words.labels(rule=play.scenario.mechanism.rule))


def payments_table(play: "Play") -> Table:
    """Return the payment ledger: one row per round and organization, positive = received."""
    words, rounds, names = play.words, play.rounds, play.scenario.organizations

    def column(key: str, head: str, unit: str, rank: int) -> Column:
        values = [value for record in rounds for value in getattr(record, key)]
        return Column(key, head, values, unit, rank=rank)

    columns = (
        Column("round", "round", [one.number for one in rounds for _ in names], kind="name"),
        Column("organization", "organization", [*names] * len(rounds), kind="name"),
        column("contribution", "contribution", words.samples, 0),
        column("gain", "gain", words.measure, 4),
        column("payoff_before_transfers", "payoff before", words.currency, 3),
        column("gain_error", "gain error", words.measure, 6),
        column("payoff_error", "payoff error", words.currency, 5),
        column("payment", "payment", words.currency, 0),
        column("payoff", "payoff", words.currency, 1),
        Column("received_so_far", "received so far", list(_so_far(play)), words.currency, rank=2),
    )
    title = words.title(f"payments {play.scenario.mechanism.phrase}, round by round")
    labels = words.labels(rule=play.scenario.mechanism.rule)
    return Table(title, columns, ("Positive is received.",), labels)


def deposits_table(play: "Play") -> Table:
    """Return one row per round and organization: what was due and paid, and its deposit."""
    assert play.deposits is not None
    kept, words, rounds, names = play.deposits, play.words, play.rounds, play.scenario.organizations

    def money(key: str, head: str, amounts: Sequence[Sequence[Any]]) -> Column:
        return Column(key, head, [one for each in amounts for one in each], words.currency)

    columns = (
        Column("round", "round", [one.number for one in rounds for _ in names], kind="name"),
        Column("organization", "organization", [*names] * len(rounds), kind="name"),
        money("payment", "payment", [one.payment for one in rounds]),
        money("forfeited", "of it from the deposit", kept.forfeited),
        money("unpaid", "not paid", kept.unpaid),
        money("deposit", "deposit left", kept.left),
    )
    known = {
        "proved": "Deposits are proved to cover what anybody may owe in a round by round one's "
        "agreement.",
        "checked": "Deposits are the most that anybody was found to owe in a round by round one's "
        "agreement.",
    }
    returned = ", ".join(
        f"{name} {amount:,} of {paid:,}"
        for name, amount, paid in zip(names, kept.left[-1], kept.amount, strict=True)
    )
    notes = (known[kept.how], f"Returned: {returned}.") if kept.how else ("No deposits were held.",)
    title = words.title(f"deposits {play.scenario.mechanism.phrase}, round by round")
    labels = words.labels(rule=play.scenario.mechanism.rule)
    return Table(title, columns, notes, labels)


def _so_far(play: "Play") -> Iterator[Any]:
    """Yield what each has received by the end of each round, less what it has paid."""
    so_far = [add([])] * len(play.scenario.organizations)
    for record in play.rounds:
        so_far = [add(pair) for pair in zip(so_far, record.payment, strict=True)]
        yield from so_far
