"""SymPy within a time limit: simplification may take for ever, and a thread cannot be stopped.

The algebra runs in a child process (`algebra_process.py`); what it has written when
the time is over is kept, the rest is missing.
"""

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from coopetition.games.errors import InvalidInputError

_PROGRAM = "coopetition.games.symbolic.algebra_process"


def run_algebra(
    payoffs: Sequence[Any], blocks: Sequence[Sequence[Any]], seconds: float, solve: bool
) -> tuple[dict[str, Any], str]:
    """Return what each stage found within the time limit, and why a stage may be missing."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not (number and 0 < seconds < float("inf")):
        raise InvalidInputError(f"`seconds` must be positive and finite, got {seconds!r}")
    try:
        request = pickle.dumps((tuple(payoffs), tuple(map(tuple, blocks)), solve))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return {}, f"the algebra cannot be handed to a process: {error}"
    places = os.pathsep.join(place for place in sys.path if place)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _PROGRAM],  # -P: what lies around here is not imported
            input=request,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "PYTHONPATH": places},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return _stages(late.stdout or b""), f"the algebra took longer than {seconds:g} s"
    if done.returncode == 0:
        return _stages(done.stdout), ""
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return _stages(done.stdout), f"the algebra failed: {last:.200}"


def _stages(written: bytes) -> dict[str, Any]:
    """Return the complete stages of an output that may break off anywhere."""
    stream = io.BytesIO(written)
    found: dict[str, Any] = {}
    while True:
        try:
            stage, result = pickle.load(stream)
        except (EOFError, pickle.UnpicklingError, AttributeError, IndexError, ValueError):
            return found
        found[stage] = result
