"""Scenario texts, and the command line run inside this process."""

import contextlib
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from coopetition.__main__ import main
from coopetition.output.export import PROVENANCE
from tests.studies.forms import schema_of
from tests.studies.schemas import faults

GAIN = """
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
"""


def organization(name: str, extra: str = "", **columns: float) -> str:
    """Return one [[organization]] table."""
    values = {"local_data": 1500, "max_contribution": 4000, "value": 1000.0, "unit_cost": 0.001}
    lines = [f"{key} = {value!r}" for key, value in (values | columns).items()]
    return "\n".join(["[[organization]]", f'name = "{name}"', *lines, extra, ""])


TWO = 'name = "two"\n' + GAIN + organization("North") + organization("South")

# Asymmetric in everything, so that a transposed matrix or a mixed-up order shows.
THREE = f"""
name = "three-hospitals"
currency = "EUR"
{GAIN}
[personal_gain]
weight = 0.05
{organization("North", quality=0.8, quadratic_cost=2e-6, skew=1.0, fixed_cost=3.0)}
{organization("South", local_data=900, value=800.0, quadratic_cost=2e-6, skew=0.5)}
{organization("West", local_data=500, value=1200.0, unit_cost=0.002, quadratic_cost=2e-6)}
[competition]
damage = [[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]]
rivalry = [[0, 20, 0], [5, 0, 30], [10, 0, 0]]
[mechanism]
rule = "redistribution"
rate = 0.03
fees = "equal-gain"
"""

# The same with one number for every pair's damage, which a sweep may replace by another.
EVEN = THREE.replace("damage = [[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]]", "damage = 0.08")
assert EVEN != THREE

# The best responses of the two jump past each other: North's weight is negative.
NO_PURE = f"""
name = "no pure equilibrium"
{GAIN.replace("0.35", "0.74")}
[competition]
damage = [[0.0, 2.48], [0.86, 0.0]]
[mechanism]
rule = "redistribution"
rate = 6.7e-4
[[organization]]
name = "North"
local_data = 574
max_contribution = 4279
value = 852
unit_cost = 1.67e-4
quadratic_cost = 1.92e-7
[[organization]]
name = "South"
local_data = 368
max_contribution = 3425
value = 1260
unit_cost = 1.42e-4
quadratic_cost = 2.94e-7
"""

MEASURED = """
name = "measured"
[oracle]
kind = "reference"
dataset = "breast-cancer"
local_rows = 60
rounds = 2
epochs = 1
profiles = 8
seeds = 2
holdout_seeds = 2
[competition]
damage = 0.1
[[organization]]
name = "North"
max_contribution = 40
value = 1000.0
unit_cost = 0.5
quadratic_cost = 1e-2
fixed_cost = 7.0
[[organization]]
name = "South"
max_contribution = 30
value = 800.0
unit_cost = 0.4
quadratic_cost = 1e-2
"""

# Three hospitals, trained where their equilibrium is most uncertain.
LEARNED = """
name = "learned"
[oracle]
kind = "reference"
alpha = 1.0
local_rows = 240
design = "adaptive"
[competition]
damage = 0.1
""" + "".join(
    f'''[[organization]]
name = "{name}"
max_contribution = 400
value = {value}
unit_cost = 0.05
quadratic_cost = 1e-3
'''
    for name, value in (("North", 800.0), ("South", 1000.0), ("West", 1200.0))
)


class Answer(NamedTuple):
    """What a run of the command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object on stdout; fails where there is more than one, or a NaN."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} in the output")

        content = json.loads(self.out, parse_constant=refuse)
        assert isinstance(content, dict)
        return content

    @property
    def result(self) -> dict[str, Any]:
        """What was found, whatever command was typed for it, and trained or read in a ledger."""
        found = self.document | {"command": ""}
        if "measured" in found:
            found["measured"] = {k: v for k, v in found["measured"].items() if k != "trainings"}
        return found


def coopetition(*arguments: str | Path) -> Answer:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    words = ["coopetition", *map(str, arguments)]
    code: Any = None
    with (
        patch.object(sys, "argv", words),
        patch("coopetition.__main__.quiet_libraries"),  # so that a warning fails a test
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    assert isinstance(code, int)
    if out.getvalue().startswith("{"):
        check_form(words, json.loads(out.getvalue()))
    return Answer(code, out.getvalue(), err.getvalue())


def check_form(words: Sequence[str], document: Any) -> None:
    """Refuse a document that does not say where it comes from, or is not as its schema says."""
    verb = " ".join(words[1 : 3 if words[1] in ("ledger", "oracle") else 2])
    found = faults(document, schema_of(verb))
    if tuple(document)[: len(PROVENANCE)] != PROVENANCE or found:
        raise AssertionError(f"{verb} prints {list(document)[:5]}: {found[:5]}")


def written(folder: Path, text: str, name: str = "scenario.toml") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
