"""A plug-in that counts what it is asked, and scenarios of two that it measures."""

import sys
from collections.abc import Iterator
from functools import partial
from importlib.metadata import distributions
from typing import Any

import pytest

from tests.oracles.distributions import install
from tests.studies.command import organization

COUNTING = """
from dataclasses import replace
from coopetition.oracles.protocol.oracle import FunctionOracle

ASKED = []

class Counting:
    def __init__(self, **changes):
        names = tuple(changes.pop("names", ("North", "South")))
        self.inner = FunctionOracle(
            function=lambda x: 1 - (1 + (x.sum() + 200) / 200) ** -0.5,
            upper=(400.0,) * len(names), organizations=names, fingerprint="counting")
        sets = {"fingerprint": str, "lower": tuple, "upper": tuple, "provides": frozenset}
        self.changes = {key: sets[key](value) for key, value in changes.items()}

    def spec(self):
        return replace(self.inner.spec(), **self.changes)

    def evaluate(self, queries):
        ASKED.extend(queries)
        return self.inner.evaluate(queries)

    def close(self):
        pass

def make(**changes):
    return Counting(**changes)
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Install the counting plug-in; give what it was asked."""
    site = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        alone = partial(distributions, path=[str(site)])  # to look at all others takes long
        patch.setattr("coopetition.oracles.remote.plugins.distributions", alone)
        name = install(site, "acme-counting", COUNTING, "counting = MODULE:make")
        __import__(name)
        yield sys.modules[name].ASKED


def scenario(oracle: str = "", settings: str = "", mechanism: str = "", **columns: float) -> str:
    """Return two organizations whose gains the plug-in measures."""
    design = "" if "design" in oracle else "profiles = 8\nseeds = 2\nholdout_seeds = 2\n"
    values: dict[str, Any] = {
        "local_data": 100,
        "max_contribution": 400,
        "unit_cost": 0.2,
        "quadratic_cost": 2e-4,
    }
    return "\n".join(
        [
            'name = "counted"\n[oracle]\nkind = "plugin"\nplugin = "counting"\n'
            f'ledger = "asked.sqlite"\n{design}{oracle}',
            f"[oracle.settings]\n{settings}",
            f"[mechanism]\n{mechanism}" if "rule" in mechanism else
            f'[mechanism]\nrule = "bilateral-prices"\n{mechanism}',
            *(organization(name, **(values | columns)) for name in ("North", "South")),
        ]
    )  # fmt: skip
