"""The witness of a verdict, with its type."""

from coopetition.mechanisms.reported import Balance, Lie, Loser, Verdict


def lie(verdict: Verdict) -> Lie:
    """Return the lie that was found."""
    assert isinstance(verdict.witness, Lie)
    return verdict.witness


def balance(verdict: Verdict) -> Balance:
    """Return the worst sums of transfers that were found."""
    assert isinstance(verdict.witness, Balance)
    return verdict.witness


def loser(verdict: Verdict) -> Loser:
    """Return who gains least."""
    assert isinstance(verdict.witness, Loser)
    return verdict.witness
