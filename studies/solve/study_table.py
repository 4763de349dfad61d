"""A solved round in rows and columns."""

from typing import TYPE_CHECKING

import numpy as np

from coopetition.output.table import Column, Table
from coopetition.solvers.listed import equilibria_table
from coopetition.studies.outside.options import OUTSIDE_OPTIONS, outside_column

if TYPE_CHECKING:  # what solves is not needed to show what it found
    from coopetition.studies.solve.study import Study


def study_tables(study: "Study") -> tuple[Table, ...]:
    """Return one row per organization; where all equilibria are known, a row for each of several.

    Contributions, payoffs and what the mechanism pays come first on a narrow terminal.
    """
    words, found = study.words, study.equilibrium
    samples, money = words.samples, words.currency
    columns = [
        Column("organization", "organization", study.game.players, kind="name"),
        Column("contribution", "contribution", study.contribution, samples),
        Column("contribution_without_rule", "without rule", study.free.profile, samples, rank=5),
        Column("contribution_planner", "planner", study.planner.profile, samples, rank=4),
        Column("gain", "gain", study.gain, words.measure, rank=7),
        Column("payoff_before_transfers", "payoff before", study.payoff_before, money, rank=6),
        Column("transfer", "transfer", study.transfer, money, rank=1),
        Column("fee", "fee", study.fee, money, rank=2),
        Column("payoff", "payoff", study.payoff, money),
        Column("payoff_without_rule", "payoff without rule", study.free.payoffs, money, rank=8),
    ]
    for name, option in OUTSIDE_OPTIONS.items():
        if isinstance(outside := study.outside.get(name), np.ndarray):
            rank = 3 if name == study.settings.measured_against else 9
            columns.append(Column(outside_column(name), option.head, outside, money, rank=rank))
    title = words.title(f"payoffs and contributions {study.settings.phrase}")
    labels = words.labels(rule=study.settings.rule)
    main = Table(title, tuple(columns), unsolved(study), labels)
    if len(found.listed or ()) < 2:
        return (main,)
    return main, equilibria_table(study.game.players, found.listed or (), study.fee, words)


def unsolved(study: "Study") -> tuple[str, ...]:
    """Return the sentences that go with every table and picture of what is not known for sure."""
    found, free = study.equilibrium, study.free
    said = [] if found.success else [f"Not an equilibrium: {found.status.value}."]
    if free is not found and not free.success:
        said.append(f"Without a rule it is not an equilibrium: {free.status.value}.")
    if study.planner.climbs:
        said.append("The planner's profile is the best that was found.")
    return tuple(said)
