"""What must hold wherever the project is installed; run with that environment's Python.

The arguments are the names of the code folders.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("cvxpy", "matplotlib", "nashpy", "scipy.optimize", "sklearn", "sympy")
COMMAND = Path(sys.executable).parent / "coopetition"
SCENARIO = """
name = "three"
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
[competition]
damage = 0.08
"""
ORGANIZATION = """
[[organization]]
name = "{name}"
local_data = {data}
max_contribution = 4000
value = {value}
unit_cost = 0.001
"""


def coopetition(*arguments: str) -> str:
    """Run the installed command and return what it printed."""
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Check the names in site-packages, the import, the command."""
    for folder in sys.argv[1:]:
        assert importlib.util.find_spec(folder) is None, f"{folder} is importable by itself"

    import coopetition as package

    loaded = [name for name in HEAVY if name in sys.modules]
    assert not loaded, f"import coopetition is not light: it loads {', '.join(loaded)}"
    assert package.__version__ in coopetition("--version")

    organizations = (("North", 1500, 1000.0), ("South", 900, 800.0), ("West", 600, 700.0))
    tables = [ORGANIZATION.format(name=n, data=d, value=v) for n, d, v in organizations]
    Path("three.toml").write_text(SCENARIO + "".join(tables), encoding="utf-8")
    answer = json.loads(coopetition("solve", "three.toml", "--json"))
    assert answer["organizations"] == ["North", "South", "West"]
    assert all(0 <= contribution <= 4000 for contribution in answer["contribution"])
    assert len(answer["contribution"]) == len(answer["payoff"]) == 3


if __name__ == "__main__":
    main()
