"""The main job, as the README shows it: the same numbers twice, within the stated error."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "hospitals.toml"


def test_the_hospitals_example_runs_twice_with_the_same_numbers() -> None:
    command = [sys.executable, "-m", "coopetition", "solve", str(EXAMPLE), "--json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (run.communicate()[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert first == second
    answer = json.loads(first)
    check = answer["measured"]["check"]
    assert check["within"] is True
    assert abs(check["gain"] - check["gain_predicted"]) < 0.05
    assert max(check["share_of_payoff"]) < 0.02
    assert answer["properties"]["individual-rationality-autarky"] == {
        "holds": True,
        "claim": "estimated",
        "witness": answer["properties"]["individual-rationality-autarky"]["witness"],
    }
    assert answer["efficiency"] > 1 - 1e-9
    assert abs(answer["deficit"]) < 1e-9
