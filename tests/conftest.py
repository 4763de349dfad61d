"""What all tests share: one thread each, and examples that hypothesis draws the same each time.

Tests run side by side, and small matrices gain nothing from threads: those that wait for each other
cost more than all that is computed. Set before NumPy is imported, for us and for what we start.

`make explore` draws new examples. How long one takes is no matter: machines are busy.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", derandomize=False, print_blob=True, deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """Close what pyplot keeps open, where a test has brought it in: it warns of many."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        from matplotlib import pyplot

        pyplot.close("all")
