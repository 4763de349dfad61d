"""Gambit's search for equilibria under a time limit, in a process that is ended."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coopetition.games.arrays import Array

WORKER = Path(__file__).with_name("gambit_worker.py")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: mixed profiles, not verified; whether time ran out; what went wrong."""

    found: tuple[tuple[Array, ...], ...]
    timed_out: bool
    error: str = ""


def bounded(text: str, seconds: float) -> Answer:
    """Ask Gambit about a game in .nfg text, and end that after some seconds; keep what was found.

    Where `pygambit` is not installed, the answer is empty and says so in `error`.

    Examples
    --------
    >>> answer = bounded("no game", 60)
    >>> len(answer.found), answer.timed_out, bool(answer.error)
    (0, False, True)
    """
    # -P: the worker's folder is no place to import from.
    command = [sys.executable, "-P", str(WORKER)]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            capture_output=True,
            timeout=seconds,
            env=os.environ | one_thread,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return Answer(_read(late.stdout or b""), timed_out=True)
    words = done.stderr.decode(errors="replace").strip().splitlines()
    error = (words[-1] if words else f"exit code {done.returncode}") if done.returncode else ""
    return Answer(_read(done.stdout), timed_out=False, error=error)


def _read(output: bytes) -> tuple[tuple[Array, ...], ...]:
    """Return the complete lines as profiles: the last may have been cut off."""
    lines = output.decode().split("\n")[:-1]
    return tuple(tuple(np.array(own, dtype=float) for own in json.loads(line)) for line in lines)
