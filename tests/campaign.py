"""How much `make test` draws, and how much more `make explore`."""

import os

CAMPAIGN = os.environ.get("COOPETITION_CAMPAIGN", "0") != "0"


def draws(few: int, many: int) -> int:
    """Return how many instances a test looks at; those marked `campaign` look at many."""
    return many if CAMPAIGN else few
