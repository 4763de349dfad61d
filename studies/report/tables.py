"""Tables that a person reads: on a terminal, and as rows for CSV and Markdown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.output.numbers import number, share
from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text
from coopetition.studies.assumptions import assumption_lines
from coopetition.studies.compare.result import VERDICTS, Comparison
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.play.payments import add
from coopetition.studies.report.all_equilibria import equilibria_table
from coopetition.studies.report.headline import welfare_words

if TYPE_CHECKING:  # what measures, plays and solves is not needed to print what it found
    from coopetition.studies.measured.held_out import Check
    from coopetition.studies.measured.measured import Measured
    from coopetition.studies.measured.uncertainty import Uncertainty
    from coopetition.studies.play.play import Play
    from coopetition.studies.scenario.scenario import Scenario
    from coopetition.studies.solve import Study

Header = list[str]
Rows = list[list[Any]]


def study_table(study: "Study") -> tuple[Header, Rows]:
    """Return one row per organization: contributions, payoffs, transfers."""
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
    for name, option in OUTSIDE_OPTIONS.items():
        outside = study.outside.get(name)
        if option.head and isinstance(outside, np.ndarray):
            header.append(option.head)
            columns.append(outside)
    data = np.column_stack(columns).tolist()
    return header, [[name, *row] for name, row in zip(study.game.players, data, strict=True)]


def comparison_table(table: Comparison) -> tuple[Header, Rows]:
    """Return one row per rule or baseline."""
    header = ["rule", "welfare", "± s.e.", "of planner", "of attainable", "contribution"]
    header += ["deficit", "payments"]
    header += ["worst vs autarky", "worst vs exit", "worst vs part"]
    header += ["budget", "optimum", "potential", "rationality", "note"]
    return header, [
        [
            row.name,
            row.welfare,
            row.standard_error,
            row.efficiency,
            row.attainable_share,
            row.contribution,
            row.deficit,
            row.payments,
            row.slack_autarky,
            row.slack_exit,
            row.slack_sub_coalition,
            *(getattr(row, key) for key in VERDICTS),
            row.note,
        ]
        for row in table.rows
    ]


def play_table(play: "Play") -> tuple[Header, Rows]:
    """Return one row per organization, and the totals; payments to the cent.

    Contributions are means per round, all else sums over the rounds.
    """
    header = ["organization", "contribution", "gain", "payoff before"]
    header += ["received", "paid", "payoff"]
    before = play.table("payoff_before_transfers").sum(axis=0).tolist()
    payoff = play.table("payoff").sum(axis=0).tolist()
    columns = [
        play.scenario.organizations,
        play.table("contribution").mean(axis=0).tolist(),
        play.table("gain").sum(axis=0).tolist(),
        before,
        play.received,
        play.paid,
        payoff,
    ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    totals = [sum(before), add(play.received), add(play.paid), sum(payoff)]
    return header, [*rows, ["total", sum(columns[1]), None, *totals]]


def payments_table(play: "Play") -> tuple[Header, Rows]:
    """Return the payment ledger: one row per round and organization, positive = received."""
    header = ["round", "organization", "contribution", "gain", "payoff before", "payment"]
    header += ["payoff", "received so far"]
    rows: Rows = []
    so_far = [add([])] * len(play.scenario.organizations)
    for record in play.rounds:
        so_far = [add(pair) for pair in zip(so_far, record.payment, strict=True)]
        columns = zip(
            play.scenario.organizations,
            record.contribution,
            record.gain,
            record.payoff_before_transfers,
            record.payment,
            record.payoff,
            so_far,
            strict=True,
        )
        rows.extend([record.number, *row] for row in columns)
    return header, rows


def table_text(title: str, header: Header, rows: Rows) -> str:
    """Return a table as text."""
    return terminal_text(Table.of(title, header, rows))


def study_lines(
    study: "Study",
    scenario: "Scenario",
    measured: "Measured | None",
    checked: "Check | None",
    unsure: "Uncertainty | None" = None,
) -> Iterator[str]:
    """Yield how gains were measured, the table of a solved scenario, and what is known of it."""
    if measured:
        yield str(measured)
        yield ""
    header, rows = study_table(study)
    yield table_text(
        f"{scenario.name}: rule {study.settings.rule} ({scenario.currency})", header, rows
    )
    yield ""
    if unsure:
        yield from uncertainty_lines(unsure)
    yield (
        f"{welfare_words(study.welfare, study.planner, scenario.currency)}; "
        f"without a rule {float(study.free.payoffs.sum()):,.2f}. Deficit {number(study.deficit)}."
    )
    yield from (f"{said}." for said in study.remarks)
    if not (study.planner.concave and study.planner.success):
        yield f"Planner: {study.planner}."
    certificate = str(study.equilibrium.certificate)
    if measured:
        certificate = certificate.replace(" (tolerance", " on the fitted curve (tolerance")
    yield f"{study.equilibrium.solver}: {certificate}."
    if study.equilibrium.continuum:
        yield f"Not the only one: {study.equilibrium.continuum}."
    if len(study.equilibrium.listed or ()) > 1:
        yield ""
        yield table_text("All pure equilibria", *equilibria_table(study.equilibrium, study.fee))
        yield ""
    if not study.equilibrium.success:
        yield f"Status: {study.equilibrium.status.value}."
    if study.equilibrium.reason:
        yield f"Note: {study.equilibrium.reason}."
    if checked:
        yield str(checked)
    yield ""
    audit = str(study.audit)
    yield (
        audit.replace("by leaving it", "by leaving it, on the fitted curve") if measured else audit
    )
    yield from (f"{said}." for said in assumption_lines(study.audit.assumptions))


def uncertainty_lines(unsure: "Uncertainty") -> Iterator[str]:
    """Yield the standard errors of a measured scenario, and what they leave out."""
    if unsure.errors:
        yield table_text(unsure.title, *unsure.table())
        yield ""
    yield str(unsure)
    yield ""


def comparison_text(table: Comparison, scenario: "Scenario") -> str:
    """Return a comparison, without columns of which nothing is known."""
    header, rows = comparison_table(table)
    for place in (header.index("of planner"), header.index("of attainable")):
        for row in rows:
            row[place] = share(row[place])
    told = [k for k in range(len(header)) if any(row[k] not in (None, "") for row in rows)]
    shown = [[row[k] for k in told] for row in rows]
    text = table_text(f"{scenario.name} ({scenario.currency})", [header[k] for k in told], shown)
    return "\n".join([text, *(f"{said}." for said in (*table.remarks, *table.assumed()))])


def play_lines(play: "Play") -> Iterator[str]:
    """Yield what every organization made, gained, received and paid in all rounds of a play."""
    scenario, count = play.scenario, len(play.rounds)
    header, rows = play_table(play)
    rounds = "1 round" if count == 1 else f"{count} rounds"
    rule = scenario.mechanism.rule
    yield table_text(f"{scenario.name}: {rounds}, rule {rule} ({scenario.currency})", header, rows)
    yield ""
    realized, predicted = play.table("gain_realized"), play.table("gain_predicted")
    apart = float(np.sqrt(np.mean((realized - predicted) ** 2)))
    known = f"; realized and predicted differ by {number(apart)} (rms)" if scenario.oracle else ""
    yield "Contributions are means per round, all else sums over the rounds."
    yield f"Gain of the shared model, mean per round: {number(float(realized.mean()))}{known}."
    yield f"Payments sum to {number(play.balance)} {scenario.currency}."
