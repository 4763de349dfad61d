"""Any command line ends with a documented code, and a refusal in one sentence that writes nothing.

`python -m tests.fuzzing.run COUNT [SEED]` runs as many as one likes.
"""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing.run import ended

SLICE = 45  # command lines, a second or two


def check(seed: int) -> None:
    found = ended(seed)
    assert not found.faults, (seed, found)


@pytest.mark.skipif(os.name != "posix", reason="a hanging command is ended by an alarm")
@pytest.mark.parametrize("first", range(0, SLICE, SLICE // 3))
def test_command_lines_of_fixed_seeds(first: int) -> None:
    for seed in range(first, first + SLICE // 3):
        check(seed)


@pytest.mark.skipif(os.name != "posix", reason="a hanging command is ended by an alarm")
@settings(max_examples=20)
@given(st.integers(0, 2**62))
def test_new_command_lines(seed: int) -> None:
    check(seed)
