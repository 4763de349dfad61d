"""Run a sample of mutants: `python -m tests.mutants [--count 300] [--seed 0] [--only PART]`.

A mutant is put in place of its module while that is imported, in a process of its own; no file is
changed. It dies if the module's tests fail, or do not end. Mutants that change nothing anybody can
see are named in `judged.py`, with the reason. Exit code 1 where less than 95 % of the others die.
Libraries for this change files in place, or need one that can be imported by its own path.
"""

import argparse
import os
import random
import resource
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutants.judged import JUDGED
from tests.mutants.mutate import Mutant, mutants
from tests.mutants.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
LEAST = 0.95
MEMORY = 6 << 30  # bytes: a mutant may ask for the world


class _Mutated(SourceFileLoader):
    """A loader that has another source for one file."""

    file: Path
    source: str

    def get_code(self, fullname: str) -> CodeType | None:
        if Path(self.path).resolve() == type(self).file:
            return compile(type(self).source, self.path, "exec")
        return super().get_code(fullname)


def _hook(spec: ModuleSpec | None) -> ModuleSpec | None:
    if spec is not None and type(spec.loader) is SourceFileLoader:
        spec.loader = _Mutated(spec.loader.name, spec.loader.path)
    return spec


def _child(file: Path, source: str, tests: tuple[str, ...]) -> int:
    """Run the tests with the mutant in place; return pytest's exit code."""
    import importlib.machinery

    import pytest

    _Mutated.file, _Mutated.source = file, source
    find = importlib.machinery.PathFinder.find_spec
    finder: Any = importlib.machinery.PathFinder
    finder.find_spec = staticmethod(lambda *given: _hook(find(*given)))
    quiet = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "-n", "0", "-W", "default"]
    return int(pytest.main([*quiet, *tests]))


def run(file: Path, source: str, tests: tuple[str, ...], limit: float) -> tuple[str, float]:
    """Return how the tests took a source in place of a file's: alive, dead or late."""
    start = time.monotonic()
    pid = os.fork()
    if not pid:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        code = 1
        try:
            code = _child(file, source, tests)
        finally:
            os._exit(code)
    while time.monotonic() < start + limit:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return ("alive" if code == 0 else "dead"), time.monotonic() - start
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "late", limit


def main() -> int:
    """Draw mutants, run them, name those that live."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many to draw; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="modules whose path holds this")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    os.chdir(ROOT)
    import cvxpy  # noqa: F401  (children share what was imported once)
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401
    import scipy.optimize  # noqa: F401
    import sympy  # noqa: F401

    every = {
        module: list(mutants((ROOT / module).read_text(encoding="utf-8")))
        for module in TARGETS
        if given.only in module
    }
    pool = [(module, one) for module, found in every.items() for one in found]
    count = min(given.count or len(pool), len(pool))
    drawn = sorted(random.Random(given.seed).sample(range(len(pool)), count))
    with ThreadPoolExecutor(given.jobs) as workers:
        modules = sorted({pool[k][0] for k in drawn})
        limits = dict(zip(modules, workers.map(_limit, modules), strict=True))
        answers = workers.map(lambda k: _judge(*pool[k], limits), drawn)
        said = [one for one in answers if _print(one)]
    count = len([one for one in said if one[2] != "equivalent"])
    dead = len([one for one in said if one[2] in ("dead", "late")])
    print(f"{dead} of {count} mutants died, {len(said) - count} more change nothing that is seen")
    return 0 if dead >= LEAST * count else 1


def _limit(module: str) -> float:
    """Return the seconds that a mutant may take, from what the module itself takes."""
    source = (ROOT / module).read_text(encoding="utf-8")
    answer, seconds = run(ROOT / module, source, TARGETS[module], 600.0)
    if answer != "alive":
        sys.exit(f"{module}: its tests fail without a mutant: {' '.join(TARGETS[module])}")
    return 20.0 + 4.0 * seconds


def _judge(module: str, one: Mutant, limits: dict[str, float]) -> tuple[str, Mutant, str]:
    line = (ROOT / module).read_text(encoding="utf-8").splitlines()[one.line - 1].strip()
    if (module, line, one.change) in JUDGED:
        return module, one, "equivalent"
    return module, one, run(ROOT / module, one.source, TARGETS[module], limits[module])[0]


def _print(answer: tuple[str, Mutant, str]) -> bool:
    module, one, what = answer
    if what == "alive":
        print(f"ALIVE {module}:{one.line}  {one.change}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
