"""Why there is no value: what stands in a value's place where something cannot be known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known, and the sentence that says why.

    Parameters
    ----------
    reason
        A clause without a period: it may follow what is missing.
    """

    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason
