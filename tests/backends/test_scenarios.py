"""The reference federation trained in a learning stack: a scenario's answer is the same."""

import sys
from pathlib import Path

import pytest

from tests.studies.command import LEARNED, coopetition, organization, written

STACKS = pytest.mark.parametrize(
    "kind",
    [
        pytest.param("flower", marks=pytest.mark.flower),
        pytest.param("nvflare", marks=pytest.mark.nvflare),
    ],
)
OWN = """
name = "own"
[oracle]
kind = "reference"
dataset = "breast-cancer"
local_rows = 90
rounds = 2
own_test = true
design = "adaptive"
trainings = 11
holdout_seeds = 2
[competition]
damage = 0.1
""" + "".join(
    organization(name, max_contribution=most, unit_cost=0.5, quadratic_cost=1e-2)
    for name, most in (("North", 40.0), ("South", 30.0))
).replace("local_data = 1500\n", "")


@STACKS
def test_a_stack_gives_the_verdicts_of_everybodys_own_gains(kind: str, tmp_path: Path) -> None:
    reference = coopetition("solve", written(tmp_path, OWN), "--json")
    text = OWN.replace('kind = "reference"', f'kind = "{kind}"')
    trained = coopetition("solve", written(tmp_path, text, f"{kind}.toml"), "--json")
    assert trained.code == 0, trained.err
    for key in ("contribution", "payoff", "welfare", "outside", "properties", "planner"):
        assert trained.document[key] == reference.document[key], key
    said, same = trained.document["measured"], reference.document["measured"]
    for key in ("baselines", "mean", "test_error", "skills", "autarky", "check"):
        assert said[key] == same[key], key
    assert said["test_error"] is not None
    assert said["fingerprint"] != same["fingerprint"]


@STACKS
def test_a_stack_gives_the_answer_of_the_reference(kind: str, tmp_path: Path) -> None:
    reference = coopetition("solve", written(tmp_path, LEARNED), "--json")
    text = LEARNED.replace('kind = "reference"', f'kind = "{kind}"\nledger = "paid.sqlite"')
    trained = coopetition("solve", written(tmp_path, text, f"{kind}.toml"), "--json")
    assert trained.code == 0, trained.err
    assert {"flwr", "ray", "nvflare"}.isdisjoint(sys.modules)
    for key in ("contribution", "payoff", "welfare", "certificate", "planner"):
        assert trained.document[key] == reference.document[key], key
    said, same = trained.document["measured"], reference.document["measured"]
    assert said["search"] == same["search"]
    assert said["mean"] == same["mean"]
    assert said["fingerprint"] != same["fingerprint"]
    # Everything is in the ledger: the same again costs nothing.
    paid = coopetition("ledger", "show", tmp_path / "paid.sqlite", "--json").document["oracles"]
    spent = sum(stage["trained"] for stage in said["trainings"].values())
    assert paid[0]["evaluations"]["ok"] == spent > said["search"]["trainings"]
    first, again = (
        trained.document,
        coopetition("solve", tmp_path / f"{kind}.toml", "--json").document,
    )
    first["measured"].pop("trainings")
    counts = again["measured"].pop("trainings").values()
    assert sum(stage["trained"] for stage in counts) == 0
    assert again == first
