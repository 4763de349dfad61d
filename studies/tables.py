"""Tables that a person reads: on a terminal, and as rows for CSV and Markdown."""

from typing import Any

import numpy as np

from coopetition.studies.compare import Comparison
from coopetition.studies.measured import Check, Measured
from coopetition.studies.scenario import Scenario
from coopetition.studies.study import Study

SHOWN = 50
Header = list[str]
Rows = list[list[Any]]


def study_table(study: Study) -> tuple[Header, Rows]:
    """Return one row an organization: contributions, payoffs, transfers."""
    header = ["organization", "contribution", "without rule", "planner", "gain"]
    header += ["payoff before", "transfer", "fee", "payoff", "payoff without rule"]
    columns = [
        study.contribution,
        study.free.profile,
        study.planner.profile,
        study.gain,
        study.payoff_before,
        study.transfer,
        study.fee,
        study.payoff,
        study.free.payoffs,
    ]
    alone = study.outside["autarky"]
    if not isinstance(alone, str):
        header.append("alone")
        columns.append(alone)
    data = np.column_stack(columns).tolist()
    return header, [[name, *row] for name, row in zip(study.game.players, data, strict=True)]


def comparison_table(table: Comparison) -> tuple[Header, Rows]:
    """Return one row a rule or baseline."""
    header = ["rule", "welfare", "± s.e.", "of planner", "contribution", "deficit", "payments"]
    header += ["worst vs alone", "worst vs exit", "note"]
    return header, [
        [
            row.name,
            row.welfare,
            row.standard_error,
            row.efficiency,
            row.contribution,
            row.deficit,
            row.payments,
            row.slack_autarky,
            row.slack_exit,
            row.note,
        ]
        for row in table.rows
    ]


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return "–"
    if not isinstance(value, float):
        return str(value)
    if value != 0 and abs(value) < 5e-10:
        return "0"
    return f"{value:,.2f}" if 10 <= abs(value) < 1e9 else f"{value:.4g}"


def _print(title: str, header: Header, rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=None, header_style="bold")
    for k, name in enumerate(header):
        table.add_column(Text(name), justify="left" if k == 0 or name == "note" else "right")
    for row in rows[:SHOWN]:
        table.add_row(*(Text(_number(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"… and {len(rows) - SHOWN} more rows: --out FILE.csv has them all")


def show_study(
    study: Study, scenario: Scenario, measured: Measured | None, checked: Check | None
) -> None:
    """Print a solved scenario: how gains were measured, the table, what is known of it."""
    if measured:
        print(measured)
        print()
    header, rows = study_table(study)
    _print(f"{scenario.name}: rule {study.settings.rule} ({scenario.currency})", header, rows)
    print()
    share = "" if study.efficiency is None else f", {100 * study.efficiency:.2f} % of the planner's"
    print(
        f"Welfare {study.welfare:,.2f} {scenario.currency}{share} ({study.planner.welfare:,.2f}); "
        f"without a rule {float(study.free.payoffs.sum()):,.2f}. Deficit {study.deficit:.3g}."
    )
    print(f"{study.equilibrium.solver}: {study.equilibrium.certificate}.")
    if study.equilibrium.unique is False:
        print("Ties: this is one of a continuum of equilibria; their total is the same.")
    if not study.equilibrium.success:
        print(f"Status: {study.equilibrium.status.value}.")
    if study.equilibrium.reason:
        print(f"Note: {study.equilibrium.reason}.")
    if checked:
        print(checked)
    print()
    print(study.audit)


def show_comparison(table: Comparison, scenario: Scenario) -> None:
    """Print a comparison."""
    header, rows = comparison_table(table)
    _print(f"{scenario.name} ({scenario.currency})", header, rows)
