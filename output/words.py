"""What a result calls its scenario, and what its numbers are measured in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The name of a scenario and its units; empty where nobody said them.

    Parameters
    ----------
    scenario
        Its name.
    currency
        Of all money.
    contribution
        What contributions are counted in.
    gain
        What gains are measured in.

    Examples
    --------
    >>> words = Words("three", "EUR", "samples")
    >>> words.title("payoffs"), words.price, Words().title("payoffs"), Words().price
    ('three: payoffs', 'EUR per sample', 'Payoffs', '')
    """

    scenario: str = ""
    currency: str = ""
    contribution: str = ""
    gain: str = ""

    def title(self, text: str) -> str:
        """Return a caption that names the scenario."""
        return f"{self.scenario}: {text}" if self.scenario else text[:1].upper() + text[1:]

    def labels(self, **others: str) -> Mapping[str, str]:
        """Return what is true of all rows of a table, for a long data frame."""
        return ({"scenario": self.scenario} if self.scenario else {}) | others

    @property
    def price(self) -> str:
        """What money for one unit of a contribution is measured in."""
        known = self.currency and self.contribution
        return f"{self.currency} per {self.contribution.removesuffix('s')}" if known else ""

    @property
    def money(self) -> str:
        """The currency as it stands behind an amount in a sentence."""
        return f" {self.currency}" if self.currency else ""
