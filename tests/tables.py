"""Tables of the pages that follow from the code; `python -m tests.tables` writes them again."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from coopetition.mechanisms import RULES
from coopetition.mechanisms.audit.properties import PROPERTIES
from coopetition.studies.scenario.parameters import PARAMETERS, REQUIRED

DOCS = Path(__file__).parents[1] / "docs"
WRITTEN = "<!-- written by python -m tests.tables -->\n"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, *rows]
    first, *rest = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([first, "|" + "---|" * len(header), *rest]) + "\n"


def rules() -> str:
    """Return the catalogue, one line per rule; parameters that may be left out in brackets."""
    header = "rule parameters t_n budget-balance pairwise-zero-sum optimum-is-equilibrium"
    rows = []
    for name, entry in RULES.items():
        keys = [f"`{key}`" for key in entry.needs] + [f"[`{key}`]" for key in entry.takes]
        said = entry.declared
        verdicts = [said.budget_balance, said.pairwise_zero_sum, said.optimum_is_equilibrium]
        cells = [said.transfer, *verdicts, said.potential_kept, said.source]
        rows.append([f"`{name}`", " ".join(keys), *cells])
    return markdown([*header.split(), "potential-kept", "source"], rows)


def properties() -> str:
    """Return the properties that a full audit looks at."""
    audited = {name: said for name, said in PROPERTIES.items() if name != "some-potential"}
    return markdown(["property", "holds if"], [(f"`{k}`", said) for k, said in audited.items()])


def parameters() -> str:
    """Return the parameters of a scenario."""
    header = "path name symbol unit default range meaning".split()
    rows = [
        (f"`{row.path}`", row.label, row.symbol, row.unit, _shown(row.default), row.range,
         row.meaning) for row in PARAMETERS.values()
    ]  # fmt: skip
    return markdown(header, rows)


def _shown(default: Any) -> str:
    if default is REQUIRED:
        return "required"
    if default is None or default in ((), {}):
        return ""
    return str(default).lower() if isinstance(default, bool) else f"{default}"


TABLES: dict[str, Callable[[], str]] = {
    "rules.md": rules,
    "audit.md": properties,
    "parameters.md": parameters,
}


def page(name: str) -> tuple[str, str]:
    """Return a page as it stands, and as it should be."""
    text = (DOCS / name).read_text(encoding="utf-8")
    stands = re.compile(rf"({re.escape(WRITTEN)}\n?)(\|.*\n)+")
    assert len(stands.findall(text)) == 1, name
    return text, stands.sub(lambda found: found[1] + TABLES[name](), text)


if __name__ == "__main__":
    for one in TABLES:
        (DOCS / one).write_text(page(one)[1], encoding="utf-8")
