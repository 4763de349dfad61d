"""Deposits: what each organization pays in before round one, and what becomes of it.

A deposit is as large as the most that the agreement of round one can ask of its organization in a
round. Whoever does not pay what it owes loses its deposit to those who should have received it;
what is not covered they lose, in proportion. The rest returns after the last round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.audit.collateral import collateral
from coopetition.studies.play.journal import RoundRecord
from coopetition.studies.play.payments import DECIMALS, add, round_payments
from coopetition.studies.solve.study import Study

Money = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Deposits:
    """What was paid in, and, round by round, what was taken of it and what was not covered.

    Parameters
    ----------
    amount : N amounts
        Paid in before round one.
    how
        "proved": no payment of round one's agreement is larger; "checked": none that was found.
    forfeited, unpaid, left : T rounds of N amounts
        Taken from the deposit for what its organization did not pay; what the deposit did not
        cover; what is left of it after the round.
    """

    amount: Money
    how: str
    forfeited: tuple[Money, ...]
    unpaid: tuple[Money, ...]
    left: tuple[Money, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return amounts as decimal texts; what is left after the last round was returned."""
        by_round = {key: [_texts(one) for one in getattr(self, key)] for key in _BY_ROUND}
        return {
            "amount": _texts(self.amount),
            "how": self.how or None,
            **by_round,
            "returned": _texts(self.left[-1]),
        }


_BY_ROUND = ("forfeited", "unpaid", "left")


def _texts(amounts: Money) -> list[str]:
    return [str(amount) for amount in amounts]


def deposits_for(study: Study) -> tuple[Money, str]:
    """Return the most that each may have to pay in a round, cents rounded up, and how it is known.

    Raises
    ------
    InvalidInputError
        If there are more organizations than collateral is computed for.
    """
    most = collateral(study.game, study.mechanism.rule, fees=study.fee)
    unit = Decimal(1).scaleb(-DECIMALS)
    exact = (Decimal(value).quantize(unit, ROUND_CEILING) for value in most.amount.tolist())
    return tuple(exact), most.how


def starts_of(defaults: Mapping[str, int], players: Sequence[str]) -> dict[int, int]:
    """Return from which round on who does not pay, by index.

    Raises
    ------
    InvalidInputError
        If somebody is unknown, or a round is no positive integer.
    """
    for name, number in defaults.items():
        if name not in players:
            known = ", ".join(players)
            raise InvalidInputError(f"`defaults` must name organizations ({known}), got {name!r}")
        whole(f"defaults of {name}", number, 1)
    return {players.index(name): number for name, number in defaults.items()}


def settle_defaults(
    rounds: Sequence[RoundRecord], deposit: Money | None, how: str, starts: Mapping[int, int]
) -> tuple[tuple[RoundRecord, ...], Deposits]:
    """Return the rounds as they were really paid, and what became of the deposits.

    Money is neither made nor lost: what payers and deposits pay is what receivers get.

    Examples
    --------
    >>> from coopetition.studies.play.journal import RoundRecord
    >>> owed = tuple(map(Decimal, ("-30.00", "20.00", "10.00")))
    >>> record = RoundRecord(number=1, payment=owed, payoff=(0.0, 0.0, 0.0))
    >>> (paid,), kept = settle_defaults([record], (Decimal("24.00"), Decimal(0), Decimal(0)),
    ...     "proved", {0: 1})
    >>> [str(amount) for amount in paid.payment], str(kept.unpaid[0][0])
    (['-24.00', '16.00', '8.00'], '6.00')
    """
    nothing = add([])
    size = len(rounds[0].payment)
    held = list(deposit or [nothing] * size)
    paid: list[RoundRecord] = []
    forfeited: list[Money] = []
    unpaid: list[Money] = []
    left: list[Money] = []
    for record in rounds:
        owed = [
            max(-amount, nothing) if record.number >= starts.get(n, record.number + 1) else nothing
            for n, amount in enumerate(record.payment)
        ]
        taken = [min(debt, held[n]) for n, debt in enumerate(owed)]
        short = [debt - part for debt, part in zip(owed, taken, strict=True)]
        held = [before - part for before, part in zip(held, taken, strict=True)]
        cut = _shared(add(short), record.payment)
        payment = tuple(
            amount + part - less
            for amount, part, less in zip(record.payment, short, cut, strict=True)
        )
        payoff = tuple(
            worth + float(now - before)
            for worth, now, before in zip(record.payoff, payment, record.payment, strict=True)
        )
        paid.append(replace(record, payment=payment, payoff=payoff) if any(short) else record)
        for kept, now in ((forfeited, taken), (unpaid, short), (left, held)):
            kept.append(tuple(now))
    amount = tuple(deposit or [nothing] * size)
    return tuple(paid), Deposits(amount, how, tuple(forfeited), tuple(unpaid), tuple(left))


def _shared(short: Decimal, payment: Money) -> Money:
    """Return what each receiver does not get, in proportion, at most what it was to get."""
    due = [max(amount, add([])) for amount in payment]
    total = add(due)
    lost = min(short, total)
    if not lost:
        return (add([]),) * len(payment)
    return round_payments([float(one * lost / total) for one in due], float(lost))
