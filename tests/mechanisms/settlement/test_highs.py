"""HiGHS: nothing on standard output, and no program given up that can be solved."""

import os
import subprocess
import sys

import numpy as np
import pytest

from coopetition.mechanisms.settlement.highs import quiet_stdout
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import Settlement, settle

_NOISY = """
import numpy as np
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import settle
names, needs = list("abc"), np.array([1.19, 1.5, 0.91])
settle(Requirements(names=names, needs=needs, contracts=1, partnered=needs > 0, most=5.0))
print("done")
"""


def test_the_solver_prints_nothing_amid_what_is_printed_for_others() -> None:
    found = subprocess.run([sys.executable, "-c", _NOISY], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "done\n")


def test_what_the_c_library_prints_is_lost_and_what_python_prints_is_not() -> None:
    code = """
import os, sys
from coopetition.mechanisms.settlement.highs import quiet_stdout
print("before")
with quiet_stdout():
    os.write(1, b"noise")
print("after")
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout == "before\nafter\n"


@pytest.mark.skipif(os.name == "nt", reason="closes a descriptor by the shell")
def test_there_may_be_no_standard_output() -> None:
    code = _NOISY.replace('print("done")', "")
    closed = f"{sys.executable} -c '{code}' >&-"
    assert subprocess.run(closed, shell=True).returncode == 0
    with quiet_stdout():
        pass


def test_a_program_on_which_the_integer_solver_gives_up_is_solved() -> None:
    needs = np.array([-1.0, -6.0, -7.0])
    found = settle(Requirements(names=list("abc"), needs=needs, contracts=2, subsidy=3.0), "fair")
    assert isinstance(found, Settlement)
    assert found.least_gain == pytest.approx(17 / 3)
