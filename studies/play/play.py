"""A play: several rounds, each measured, fitted, solved, redistributed, generated, trained, paid.

Nothing is carried over: every round starts from the same local data with seeds of its own, so that
a play is the repeated game. Every finished round is written to a journal; a play that was killed,
or failed, goes on where it stopped, and ends as if nothing had happened.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import NotConvergedError, OracleError
from coopetition.mechanisms import SeparableRule
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.measurement import measured_gains
from coopetition.oracles.protocol.query import Query
from coopetition.output.progress import Progress, silent, within
from coopetition.output.table import Table
from coopetition.output.words import Words
from coopetition.studies.measured.backends import Backend, open_backend
from coopetition.studies.measured.measured import Announce, measure_with, tell_nobody
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.study_stages import Asked, plan_of, seeds_of, study_stages
from coopetition.studies.measured.training_plan import (
    Stage,
    Trained,
    TrainingPlan,
    merged,
    open_stage,
)
from coopetition.studies.measured.words import words_of
from coopetition.studies.pictured import Pictured
from coopetition.studies.play.journal import Journal, RoundRecord
from coopetition.studies.play.payments import add, round_payments
from coopetition.studies.play.tables import payments_table, totals_table
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study, run_study

PLAN = Plan(alone=False)  # only fees ask what everybody gets alone


@dataclass(frozen=True, eq=False)
class Play(Pictured):
    """A finished play: its rounds, and what they add up to for each organization."""

    scenario: Scenario
    rounds: tuple[RoundRecord, ...]
    trained: Trained | None = None

    def table(self, field: str) -> Array:
        """Return a field of every round as numbers, shape (T, N) or (T,)."""
        return np.array([getattr(record, field) for record in self.rounds], dtype=float)

    @cached_property
    def payment(self) -> tuple[Decimal, ...]:
        """What each organization received in all, less what it paid."""
        return self._summed(lambda amount: amount)

    @cached_property
    def received(self) -> tuple[Decimal, ...]:
        """What each received, over the rounds in which it received."""
        return self._summed(lambda amount: max(amount, add([])))

    @cached_property
    def paid(self) -> tuple[Decimal, ...]:
        """What each paid, over the rounds in which it paid; positive."""
        return self._summed(lambda amount: max(-amount, add([])))

    def _summed(self, part: Callable[[Decimal], Decimal]) -> tuple[Decimal, ...]:
        columns = zip(*(record.payment for record in self.rounds), strict=True)
        return tuple(add([part(amount) for amount in column]) for column in columns)

    @property
    def balance(self) -> Decimal:
        """How much more the mechanism paid out than it took in, over all rounds."""
        return add([record.balance for record in self.rounds])

    @cached_property
    def words(self) -> Words:
        """Its scenario's name and units."""
        return words_of(self.scenario)

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization and their totals; and every payment."""
        return totals_table(self), payments_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the play's JSON form."""
        return {
            "organizations": list(self.scenario.organizations),
            "mechanism": self.scenario.mechanism.to_dict(),
            "rounds": [record.to_dict() for record in self.rounds],
            "total": {
                "rounds": len(self.rounds),
                "mean_contribution": self.table("contribution").mean(axis=0),
                "gain": self.table("gain").sum(axis=0),
                "payoff": self.table("payoff").sum(axis=0),
                "received": [str(amount) for amount in self.received],
                "paid": [str(amount) for amount in self.paid],
                "payment": [str(amount) for amount in self.payment],
                "balance": str(self.balance),
            },
        }


def play_scenario(
    scenario: Scenario,
    rounds: int,
    journal: Path,
    *,
    progress: Progress = silent,
    before: Announce = tell_nobody,
) -> Play:
    """Play a scenario's rounds that its journal does not hold yet, and return them all.

    `before` is told what all of them will train, before the first training.

    Raises
    ------
    InvalidInputError
        If the journal is damaged, foreign or another scenario's, or measurements support no curve.
    OracleError
        If the oracle fails: nothing of that round is written down.
    NotConvergedError
        If a round has no certified equilibrium.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from coopetition.studies.scenario.scenario import parse_scenario
    >>> organization = {"local_data": 900, "max_contribution": 4000, "value": 800.0,
    ...     "unit_cost": 0.001}
    >>> scenario = parse_scenario({
    ...     "gain": {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35},
    ...     "organization": [{"name": name, **organization} for name in ("North", "South")]})
    >>> with TemporaryDirectory() as folder:
    ...     played = play_scenario(scenario, 2, Path(folder, "two.sqlite"))
    >>> played.table("contribution").tolist()
    [[4000.0, 4000.0], [4000.0, 4000.0]]
    """
    trained = None
    with Journal(journal, scenario.digest, len(scenario.organizations)) as file:
        if len(file.rounds()) < rounds:
            with _learner(scenario) as backend:
                if backend:
                    PLAN.check(scenario, backend.oracle.spec(), backend.local_data)
                    plan = play_plan(scenario, backend, range(file.count() + 1, rounds + 1))
                    trained = Trained.by(backend.oracle, plan)
                    before(plan)
                file.begin(scenario.name, backend.oracle.spec().fingerprint if backend else "")
                while (number := file.count() + 1) <= rounds:
                    said = f"round {number} of {rounds}"
                    file.append(_told(scenario, number, backend, progress, said))
        return Play(scenario, tuple(file.rounds()[:rounds]), trained)


def play_plan(scenario: Scenario, backend: Backend, rounds: range) -> TrainingPlan:
    """Return what some rounds of a play train: their measurements, and each at its answer."""
    stages: list[Stage] = []
    for number in rounds:
        seeds, _ = round_seeds(scenario, number)
        stages += study_stages(Asked(scenario, backend.oracle, seeds, PLAN))
        stages.append(open_stage("rounds", "each at its answer", (1, 1), backend.oracle))
    return plan_of(scenario, backend.oracle, merged(stages), backend.note)


@contextmanager
def _learner(scenario: Scenario) -> Iterator[Backend | None]:
    """Open the scenario's oracle, if it has one, for all rounds."""
    backend = open_backend(scenario) if scenario.oracle else None
    try:
        yield backend
    finally:
        if backend:
            backend.oracle.close()


def _told(
    scenario: Scenario, number: int, backend: Backend | None, progress: Progress, said: str
) -> RoundRecord:
    """Play one round; what fails says in which round."""
    try:
        return play_round(scenario, number, backend, progress=within(progress, said))
    except (OracleError, NotConvergedError) as error:
        raise type(error)(f"{said}: {error}") from error


def round_seeds(scenario: Scenario, number: int) -> tuple[range, int]:
    """Return the seeds of a round's measurements, and that of its training: no other round's.

    Those of the first round's measurements are those of a scenario that is solved once.
    """
    count = seeds_of(scenario)
    first = (number - 1) * (count + 1)
    return range(first, first + count), first + count


def play_round(
    scenario: Scenario, number: int, backend: Backend | None, *, progress: Progress
) -> RoundRecord:
    """Play one round: measure, fit, solve, generate, train, pay.

    Raises
    ------
    OracleError
        If the oracle fails, or trains with less than everybody.
    NotConvergedError
        If the round has no certified equilibrium.
    """
    settings, seeds, training = scenario.mechanism, None, None
    if backend is None:
        game, alone = scenario.round(), None
        family = type(game.gain).__name__.removesuffix("Gain").lower()
    else:
        seeds, training = round_seeds(scenario, number)
        found = measure_with(scenario, backend, seeds, PLAN, progress=progress)
        game, alone, family = found.game, found.alone, found.fit.family
        if found.search:
            seeds = seeds[: found.search.trainings]
    progress("solving", 0, None)
    study = run_study(game, settings, alone=alone)
    study.equilibrium.raise_if_failed()
    made = whole_samples(study.contribution, game.max_contribution)
    predicted = realized = float(game.gain.value(game.form.aggregate(made)))
    if backend is not None and training is not None:
        progress("training", 0, None)
        with stage(backend.oracle, "rounds"):
            query = Query(tuple(made), seed=training)
            realized = float(measured_gains(backend.oracle, [query])[0])
    return RoundRecord(
        number=number,
        family=family,
        measured_seeds=None if seeds is None else (seeds[0], seeds[-1]),
        training_seed=training,
        solved=tuple(study.contribution.tolist()),
        contribution=tuple(made.tolist()),
        gain_predicted=predicted,
        gain_realized=realized,
        **settle(study, made, realized - predicted),
    )


def whole_samples(contribution: Array, most: Array) -> Array:
    """Round contributions to the nearest whole sample, half to even, within the bounds.

    Examples
    --------
    >>> whole_samples(np.array([10.4, 10.6, 7.8]), np.array([40.0, 40.0, 7.9])).tolist()
    [10.0, 11.0, 7.0]
    """
    return np.minimum(np.rint(contribution), np.floor(most))


def settle(study: Study, made: Array, luck: float) -> dict[str, Any]:
    """Return what a round brings each organization at the contributions really made.

    Parameters
    ----------
    made : shape (N,)
        Contributions.
    luck : performance units
        Realized minus predicted gain. It counts for everybody who values the gain. It is no
        damage, which compares with a training that did not take place, under the same luck.

    Fees are those of the solved profile: lump sums that depended on what was realized would move
    the contributions away from it.
    """
    game, rule = study.game, study.mechanism.rule
    before = game.payoffs(made) + game.value * luck
    transfer, fee = rule(game, made), study.fee
    total = rule.lump + float(rule.leak @ made) if isinstance(rule, SeparableRule) else None
    payment = round_payments((transfer + fee).tolist(), total)
    columns = {
        "gain": game.gains_at(made) + luck,
        "payoff_before_transfers": before,
        "transfer": transfer,
        "fee": fee,
        "payoff": before + np.array(payment, dtype=float),
    }
    return {name: tuple(column.tolist()) for name, column in columns.items()} | {"payment": payment}
