"""A play: several rounds, each measured, fitted, solved, redistributed, generated, trained, paid.

Every round starts from the same local data with seeds of its own, so that a play is the repeated
game. Of a common gain nothing is carried over; where everybody has its own gain, gains are measured
before round one, and every round learns from those that earlier ones realized. Every finished
round is written to a journal; a play that was killed, or failed, goes on where it stopped, and ends
as if nothing had happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError, OracleError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.mechanisms import SeparableRule
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.measurement import measured_gains, measured_own_gains
from coopetition.oracles.protocol.query import Query
from coopetition.output.progress import Progress, silent, within
from coopetition.output.table import Table
from coopetition.output.words import Words
from coopetition.studies.measured.backends import Backend, open_backend
from coopetition.studies.measured.measured import Announce, measure_with, tell_nobody
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.measured.own_gains import MeasuredOwnGains
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
from coopetition.studies.play.deposits import Deposits, deposits_for, settle_defaults, starts_of
from coopetition.studies.play.journal import Journal, RoundRecord
from coopetition.studies.play.learning import learned
from coopetition.studies.play.payments import add, round_payments
from coopetition.studies.play.tables import deposits_table, payments_table, totals_table
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study, run_study

PLAN = Plan(alone=False)  # only fees ask what everybody gets alone


@dataclass(frozen=True, eq=False)
class Play(Pictured):
    """A finished play: its rounds, and what they add up to for each organization.

    `deposits` are what was held and taken, where deposits were held or somebody did not pay.
    """

    scenario: Scenario
    rounds: tuple[RoundRecord, ...]
    trained: Trained | None = None
    deposits: Deposits | None = None

    @property
    def own_gains(self) -> bool:
        """Whether everybody has its own gain."""
        return self.rounds[0].gain_realized is None

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
        """Return one row per organization and their totals; every payment; deposits, if any."""
        both = totals_table(self), payments_table(self)
        return both if self.deposits is None else (*both, deposits_table(self))

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
            "deposits": self.deposits and self.deposits.to_dict(),
        }


def play_scenario(
    scenario: Scenario,
    rounds: int,
    journal: Path,
    *,
    deposits: bool = False,
    defaults: Mapping[str, int] | None = None,
    progress: Progress = silent,
    before: Announce = tell_nobody,
) -> Play:
    """Play a scenario's rounds that its journal does not hold yet, and return them all.

    `before` is told what all of them will train, before the first training.

    Parameters
    ----------
    deposits
        Hold a deposit of everybody, as large as the most that round one's agreement can ask of it.
    defaults
        Who does not pay what it owes, from which round on: what is taken of its deposit, and what
        others lose. Contributions stay as agreed.

    Raises
    ------
    InvalidInputError
        If the journal is damaged, foreign or another scenario's, or measurements support no fit; if
        deposits are asked of a play that began without, or `defaults` name nobody.
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
    starts = starts_of(defaults or {}, scenario.organizations)
    with Journal(journal, scenario.digest, len(scenario.organizations)) as file:
        played = file.rounds()
        if deposits and played and played[0].deposit is None:
            raise InvalidInputError(
                f"the journal {journal} was begun without deposits: name another journal"
            )
        if len(played) < rounds:
            with _learner(scenario) as backend:
                if backend:
                    PLAN.check(scenario, backend.oracle.spec(), backend.local_data)
                    plan = play_plan(scenario, backend, range(file.count() + 1, rounds + 1))
                    trained = Trained.by(backend.oracle, plan)
                    before(plan)
                file.begin(scenario.name, backend.oracle.spec().fingerprint if backend else "")
                known = None
                while (number := file.count() + 1) <= rounds:
                    said = f"round {number} of {rounds}"
                    with _telling(said):
                        within_round = within(progress, said)
                        if backend and known is None and _own(backend):
                            known = _measured_once(scenario, backend, within_round)
                        record = play_round(
                            scenario,
                            number,
                            backend,
                            known=known,
                            played=file.rounds(),
                            deposits=deposits and number == 1,
                            progress=within_round,
                        )
                    file.append(record)
        records = tuple(file.rounds()[:rounds])
        first, kept = records[0], None
        if deposits or starts:
            held, how = (first.deposit, first.deposit_how) if deposits else (None, None)
            records, kept = settle_defaults(records, held, how or "", starts)
        return Play(scenario, records, trained, kept)


def _own(backend: Backend) -> bool:
    """Whether the oracle tells everybody's own gain."""
    return "gains" in backend.oracle.spec().provides


def _measured_once(scenario: Scenario, backend: Backend, progress: Progress) -> MeasuredOwnGains:
    """Measure everybody's own gain with the seeds of round one; a ledger knows it later on."""
    seeds, _ = round_seeds(scenario, 1)
    found = measure_with(scenario, backend, seeds, PLAN, progress=progress)
    assert isinstance(found, MeasuredOwnGains)
    return found


def play_plan(scenario: Scenario, backend: Backend, rounds: range) -> TrainingPlan:
    """Return what some rounds of a play train: their measurements, and each at its answer."""
    stages: list[Stage] = []
    for number in rounds:
        if stages and _own(backend):  # measured once, before the first round
            stages.append(open_stage("rounds", "each at its answer", (1, 1), backend.oracle))
            continue
        seeds, _ = round_seeds(scenario, 1 if _own(backend) else number)
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


@contextmanager
def _telling(said: str) -> Iterator[None]:
    """Say in which round something failed."""
    try:
        yield
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
    scenario: Scenario,
    number: int,
    backend: Backend | None,
    *,
    known: MeasuredOwnGains | None = None,
    played: Sequence[RoundRecord] = (),
    deposits: bool = False,
    progress: Progress = silent,
) -> RoundRecord:
    """Play one round: measure or learn, fit, solve, generate, train, pay.

    Parameters
    ----------
    known, played
        Everybody's own gains as they were measured before round one, and the rounds since; None of
        a common gain, which every round measures anew.
    deposits
        Whether to note what everybody has to deposit for the agreement of this round.

    Raises
    ------
    OracleError
        If the oracle fails, or trains with less than everybody.
    NotConvergedError
        If the round has no certified equilibrium.
    """
    settings, seeds, training = scenario.mechanism, None, None
    game: TrainingRound
    alone, skill = None, None
    if backend is not None:
        seeds, training = round_seeds(scenario, number)
    if backend is None or seeds is None:
        game = scenario.round()
        family = type(game.gain).__name__.removesuffix("Gain").lower()
    elif known is not None:
        fit = learned(known, played)
        game, alone, family = scenario.game_of_gains(fit.predict), known.alone, fit.family
        skill, seeds = fit.skill, seeds if number == 1 else None
    else:
        found = measure_with(scenario, backend, seeds, PLAN, progress=progress)
        game, alone, family, skill = found.game, found.alone, found.fit.family, found.skill
        if found.search:
            seeds = seeds[: found.search.trainings]
    progress("solving", 0, None)
    own = isinstance(game, MeasuredGame)
    study = run_study(game, settings, alone=alone, skill=skill if own else None)
    study.equilibrium.raise_if_failed()
    made = whole_samples(study.contribution, game.max_contribution)
    if isinstance(game, MeasuredGame):
        shared, predicted = None, game.gains_at(made)
    else:
        shared = float(game.gain.value(game.form.aggregate(made)))
        predicted = np.array(shared)
    realized = predicted
    if backend is not None and training is not None:
        progress("training", 0, None)
        ask = [Query(tuple(made), seed=training)]
        with stage(backend.oracle, "rounds"):
            both = measured_own_gains(backend.oracle, ask)[0] if own else None
            realized = measured_gains(backend.oracle, ask)[0] if both is None else both[0]
    held, how = deposits_for(study) if deposits else (None, None)
    return RoundRecord(
        number=number,
        family=family,
        skill=None if skill is None else skill.value,
        measured_seeds=None if seeds is None else (seeds[0], seeds[-1]),
        training_seed=training,
        solved=tuple(study.contribution.tolist()),
        contribution=tuple(made.tolist()),
        gain_predicted=shared,
        gain_realized=None if shared is None else float(realized),
        deposit=held,
        deposit_how=how,
        **settle(study, made, np.asarray(realized - predicted)),
    )


def whole_samples(contribution: Array, most: Array) -> Array:
    """Round contributions to the nearest whole sample, half to even, within the bounds.

    Examples
    --------
    >>> whole_samples(np.array([10.4, 10.6, 7.8]), np.array([40.0, 40.0, 7.9])).tolist()
    [10.0, 11.0, 7.0]
    """
    return np.minimum(np.rint(contribution), np.floor(most))


def settle(study: Study, made: Array, luck: Array) -> dict[str, Any]:
    """Return what a round brings each organization at the contributions really made.

    Parameters
    ----------
    made : shape (N,)
        Contributions.
    luck : shape () or (N,), performance units
        Realized minus predicted gain: of the shared model, which counts for everybody who values
        it, or everybody's own. It is no damage, which compares with a training that did not take
        place, under the same luck; it is where rivals' whole gains hurt, and in rivalry.

    Fees are those of the solved profile: lump sums that depended on what was realized would move
    the contributions away from it.
    """
    game, rule = study.game, study.mechanism.rule
    predicted = game.payoffs(made)
    real: TrainingRound = game
    if isinstance(game, MeasuredGame):
        real = game.replace(baseline=game.baseline - luck)  # gains as they were realized
        before = real.payoffs(made)
    else:
        before = predicted + game.value * luck
    transfer, fee = rule(real, made), study.fee
    total = rule.lump + float(rule.leak @ made) if isinstance(rule, SeparableRule) else None
    payment = round_payments((transfer + fee).tolist(), total)
    columns = {
        "gain": game.gains_at(made) + luck,
        "gain_error": np.broadcast_to(luck, made.shape),
        "payoff_before_transfers": before,
        "payoff_error": before - predicted,
        "transfer": transfer,
        "fee": fee,
        "payoff": before + np.array(payment, dtype=float),
    }
    return {name: tuple(column.tolist()) for name, column in columns.items()} | {"payment": payment}
