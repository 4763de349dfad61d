"""Distributions with plug-ins, written into a folder as pip would write them."""

from pathlib import Path
from textwrap import dedent

GOOD = """
import numpy as np
from coopetition.games.errors import InvalidInputError, MissingDependencyError
from coopetition.oracles.protocol.oracle import FunctionOracle

def make(names=("North", "South"), top=50.0, power=0.5):
    if power > 1:
        raise InvalidInputError(f"`power` must be at most 1, got {power}")
    return FunctionOracle(
        function=lambda x, seed, coalition: (
            0.01 * (x.sum() + 10 * len(range(x.size) if coalition is None else coalition)) ** power
            + 1e-4 * np.random.default_rng(seed).normal()
        ),
        upper=(top,) * len(names), organizations=tuple(names), fingerprint=f"root-{power}")
"""


def install(site: Path, distribution: str, code: str | None, entries: str) -> str:
    """Write a distribution as pip would; return its module, which no other test imports."""
    module = f"{distribution.replace('-', '_')}_{abs(hash(site))}"
    if code is not None:
        (site / f"{module}.py").write_text(dedent(code))
    info = site / f"{distribution.replace('-', '_')}-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(
        f"[coopetition.oracles]\n{entries.replace('MODULE', module)}\n"
    )
    return module
