"""What a study costs: how many trainings it asks for, stage by stage, before the first one.

A training is one evaluation of the oracle: one profile with one seed. Where a stage's questions
follow from the scenario alone they are counted, and looked up in the ledger; where they follow from
answers, the least and the most are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from coopetition.oracles.ledger.counting import CountedOracle, Tally
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import Query
from coopetition.output.numbers import number
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import GENERAL, Words

Range = tuple[int, int | None]  # the least and the most; None where nobody can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a study that asks the oracle.

    Parameters
    ----------
    name
        One word, by which trainings that are done are counted too.
    what
        What is trained, in a few words.
    least, most
        Evaluations that it asks for; `most` is None where nobody can say.
    kept
        How many of them a ledger holds; None if that depends on answers.
    together
        Whether several may train at the same time.
    asked, held
        Where a ledger answers first: the keys of all its questions, if they are known, and of those
        that are answered.
    """

    name: str
    what: str
    least: int
    most: int | None
    kept: int | None = 0
    together: bool = True
    asked: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    @property
    def to_train(self) -> Range:
        """The least and the most that are left to train."""
        if self.kept is None:
            return 0, self.most
        return self.least - self.kept, None if self.most is None else self.most - self.kept

    def __add__(self, other: "Stage") -> "Stage":
        """Return the stage of two studies: with a ledger, what both ask is trained once."""
        if self.asked and other.asked:
            return replace(self, **_counted(self.asked | other.asked, self.held | other.held))
        unknown = self.kept is None or other.kept is None
        return replace(
            self,
            least=self.least + other.least,
            most=_sum([self.most, other.most]),
            kept=None if unknown else (self.kept or 0) + (other.kept or 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan(Result):
    """All trainings of a study, before the first one.

    Parameters
    ----------
    stages
        In their order.
    seconds
        What one training takes: as a ledger remembers, or else as the oracle says; None if neither
        does.
    jobs
        How many train at the same time, where they may.
    ledger
        The file that keeps them; None if none does.
    note
        Why none does although one would.
    retries
        How often one that fails is asked again, which is not counted here.
    """

    stages: tuple[Stage, ...] = ()
    seconds: float | None = None
    jobs: int = 1
    ledger: str | None = None
    note: str = ""
    retries: int = 0
    words: Words = GENERAL

    @property
    def to_train(self) -> Range:
        """The least and the most that are left to train, in all."""
        ranges = [stage.to_train for stage in self.stages]
        return sum(least for least, _ in ranges), _sum([most for _, most in ranges])

    def time(self, stage: Stage, count: int | None) -> float | None:
        """Return the seconds that trainings of a stage take."""
        if self.seconds is None or count is None:
            return None
        return self.seconds * count / (self.jobs if stage.together else 1)

    @property
    def total_time(self) -> float | None:
        """The seconds that all trainings take at most; None if nobody can say."""
        parts = [self.time(stage, stage.to_train[1]) for stage in self.stages]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the plan's JSON form."""
        least, most = self.to_train
        return {
            "stages": [
                {
                    "stage": stage.name,
                    "what": stage.what,
                    "least": stage.least,
                    "most": stage.most,
                    "from_ledger": stage.kept,
                    "to_train": list(stage.to_train),
                    "seconds": self.time(stage, stage.to_train[1]),
                }
                for stage in self.stages
            ],
            "to_train": [least, most],
            "seconds_each": self.seconds,
            "seconds": self.total_time,
            "jobs": self.jobs,
            "ledger": self.ledger,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one row per stage."""
        stages = self.stages
        kept = ["?" if stage.kept is None else number(stage.kept) for stage in stages]
        columns = (
            Column("stage", "stage", [stage.name for stage in stages], kind="name"),
            Column("asked", "asked for", [said((s.least, s.most)) for s in stages]),
            Column("from_ledger", "in the ledger", kept if self.ledger else [None] * len(stages)),
            Column("to_train", "to train", [said(stage.to_train) for stage in stages]),
            Column("seconds", "at most",
                   [self.time(stage, stage.to_train[1]) for stage in stages], "s", rank=1),
            Column("what", "what", [stage.what for stage in stages], kind="text", rank=2),
        )  # fmt: skip
        title = self.words.title("what is trained")
        return (Table(title, columns, tuple(self.lines()), self.words.labels()),)

    def lines(self) -> list[str]:
        """Say the total, and where answers are kept."""
        return [*self._kept(), *([self._again] if self.retries and self.stages else [])]

    @property
    def _again(self) -> str:
        times = "once" if self.retries == 1 else f"up to {self.retries} times"
        return f"What fails is asked again {times}, which is counted when it happens."

    def _kept(self) -> list[str]:
        if self.note:
            return [str(self), f"{self.note[:1].upper()}{self.note[1:]}."]
        if self.ledger is None:
            return [str(self), *(["Nothing is kept: there is no ledger."] if self.stages else [])]
        return [str(self), f"All are kept in {self.ledger}: nothing is trained twice."]

    def __str__(self) -> str:
        """Say the total."""
        (least, most), time = self.to_train, self.total_time
        total = said((least, most))
        if not self.stages:
            return "Nothing is trained."
        if most == 0:
            told = "Nothing is left to train"
        elif time is not None:
            told = (
                f"Trainings: {total}, {'' if least == most else 'at most '}about {duration(time)}"
            )
        elif self.seconds is None:
            told = f"Trainings: {total}; how long one takes is known after the first"
        else:
            told = f"Trainings: {total}, about {number(self.seconds)} s each"
        known = sum(stage.kept or 0 for stage in self.stages)
        kept = f"; {known:,} are in the ledger {self.ledger}" if self.ledger and known else ""
        return f"{told}{kept}."


NOTHING = TrainingPlan()


def said(count: Range) -> str:
    """Write how many.

    Examples
    --------
    >>> said((120, 120)), said((4, 1014)), said((0, 9)), said((5, None))
    ('120', '4 to 1,014', 'up to 9', '5 or more')
    """
    least, most = count
    if most is None:
        return f"{least:,} or more"
    if least == most:
        return f"{most:,}"
    return f"{least:,} to {most:,}" if least else f"up to {most:,}"


def duration(seconds: float) -> str:
    """Write a time in a unit that suits it.

    Examples
    --------
    >>> duration(11.5), duration(400.0), duration(9000.0), duration(2e6)
    ('12 s', '6.7 min', '2.5 h', '23 days')
    """
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def fixed_stage(name: str, what: str, queries: Sequence[Query], oracle: UtilityOracle) -> Stage:
    """Return a stage whose questions are known: a ledger that stands before an oracle is asked.

    With a ledger nothing is trained twice, without one what stands there twice is.
    """
    if (ledger := ledger_of(oracle)) is None:
        return Stage(name=name, what=what, least=len(queries), most=len(queries))
    return Stage(name=name, what=what, **_counted(*ledger.holds(queries)))


def _counted(asked: frozenset[str], held: frozenset[str]) -> dict[str, Any]:
    """Return a stage's numbers from its keys."""
    count = len(asked)
    return {"least": count, "most": count, "kept": len(held), "asked": asked, "held": held}


def open_stage(
    name: str, what: str, count: Range, oracle: UtilityOracle, *, together: bool = True
) -> Stage:
    """Return a stage whose questions depend on answers: an empty ledger has none of them."""
    ledger = ledger_of(oracle)
    kept = None if ledger and ledger.usual()[0] else 0
    least, most = count
    return Stage(name=name, what=what, least=least, most=most, kept=kept, together=together)


def ledger_of(oracle: UtilityOracle) -> Ledger | None:
    """Return the ledger that answers before an oracle, if one does."""
    return oracle.ledger if isinstance(oracle, CountedOracle) else None


def seconds_of(oracle: UtilityOracle) -> float | None:
    """Return what one training takes, as its ledger remembers, or else as the oracle says."""
    ledger = ledger_of(oracle)
    taken = ledger.usual()[1] if ledger else None
    return oracle.spec().seconds_hint if taken is None else taken


def merged(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Add up stages of the same name."""
    found: dict[str, Stage] = {}
    for stage in stages:
        found[stage.name] = found[stage.name] + stage if stage.name in found else stage
    return tuple(found.values())


@dataclass(frozen=True)
class Trained:
    """What was planned and what was done, by stage."""

    plan: TrainingPlan
    tallies: Mapping[str, Tally]

    @classmethod
    def by(cls, oracle: UtilityOracle, plan: TrainingPlan) -> "Trained":
        """Return what an oracle counted."""
        return cls(plan, oracle.stages if isinstance(oracle, CountedOracle) else {})

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: `trainings`, by stage."""
        planned = {stage.name: stage.to_train for stage in self.plan.stages}
        names = dict.fromkeys([*planned, *self.tallies])
        return {
            name: {"planned": planned.get(name), **asdict(self.tallies.get(name, Tally()))}
            for name in names
        }

    def __str__(self) -> str:
        """Say what was trained, and how long it took."""
        parts = self.to_dict()
        named = ", ".join(f"{name} {part['trained']:,}" for name, part in parts.items())
        trained, kept, seconds = (
            sum(part[key] for part in parts.values())
            for key in ("trained", "from_ledger", "seconds")
        )
        told = f"Trained: {trained:,}" + (f" ({named}) in {duration(seconds)}" if trained else "")
        return (
            f"{told}; {kept:,} more were in the ledger {self.plan.ledger}." if kept else f"{told}."
        )
