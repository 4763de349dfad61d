"""What a result calls its scenario, and what its numbers are measured in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The name of a scenario, its currency, and what an oracle calls what it counts and measures.

    Parameters
    ----------
    scenario, currency
        Empty where nobody said them.
    contribution
        What contributions are counted in.
    gain
        What gains are measured in, with its unit behind a comma.

    Examples
    --------
    >>> words = Words("three", "EUR", "synthetic rows, rounded", "decrease of the log-loss, nats")
    >>> words.title("payoffs"), words.samples, words.measure, words.price
    ('three: payoffs', 'rows', 'nats', 'EUR per row')
    >>> Words().title("payoffs"), Words().samples, Words().measure, Words().price
    ('Payoffs', 'samples', '', '')
    """

    scenario: str = ""
    currency: str = ""
    contribution: str = "synthetic samples"
    gain: str = "performance units"

    def title(self, text: str) -> str:
        """Return a caption that names the scenario."""
        return f"{self.scenario}: {text}" if self.scenario else text[:1].upper() + text[1:]

    def labels(self, **others: str) -> Mapping[str, str]:
        """Return what is true of all rows of a table, for a long data frame."""
        return ({"scenario": self.scenario} if self.scenario else {}) | others

    @property
    def samples(self) -> str:
        """What contributions are counted in, in one word."""
        return self.contribution.partition(",")[0].rpartition(" ")[2]

    @property
    def measure(self) -> str:
        """The unit of gains; empty where they have none."""
        return "" if self.gain == GENERAL.gain else self.gain.rpartition(",")[2].strip()

    @property
    def price(self) -> str:
        """What money for one unit of a contribution is measured in."""
        return f"{self.currency} per {self.samples.removesuffix('s')}" if self.currency else ""

    @property
    def money(self) -> str:
        """The currency as it stands behind an amount in a sentence."""
        return f" {self.currency}" if self.currency else ""


GENERAL = Words()  # where nobody said them
