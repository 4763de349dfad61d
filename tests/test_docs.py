"""What the documents show must run as shown."""

import re
import tomllib
from pathlib import Path

from coopetition.solvers import solve
from coopetition.studies import parse_scenario, run_study

ROOT = Path(__file__).parent.parent


def test_the_documented_scenario_solves() -> None:
    text = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    shown = block.group(1)
    scenario = parse_scenario(tomllib.loads(shown))
    study = run_study(scenario.round(), scenario.mechanism)
    assert study.equilibrium.success
    assert study.mechanism.fees.any()

    table = shown[: shown.index("[gain]")] + shown[shown.index("[personal_gain]") :]
    oracle = re.sub(r"^# (?=\[oracle\]|\w+ = )", "", shown, flags=re.MULTILINE)
    oracle = oracle[oracle.index("[oracle]") : oracle.index("[personal_gain]")]
    measured = tomllib.loads(table.replace("skew = 1.0", "# skew") + oracle)
    settings = parse_scenario(measured).oracle
    assert settings is not None
    assert settings.local_rows == 400


def test_the_example_is_a_valid_scenario() -> None:
    content = tomllib.loads((ROOT / "examples" / "hospitals.toml").read_text(encoding="utf-8"))
    scenario = parse_scenario(content)
    assert scenario.oracle is not None
    assert len(scenario.organizations) == 5


def test_links_in_documents_exist() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_names_what_exists() -> None:
    import coopetition as co

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\bco\.(\w+)", text)):
        assert hasattr(co, name), name
    assert callable(solve)
