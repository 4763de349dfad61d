"""What a solved round is worth as trained: welfare, what taking part is worth, how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.certificate import How
from coopetition.mechanisms import Audit, Property
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.studies.outside.outside import feels_others
from coopetition.studies.solve.assumptions import CURVE, GAINS
from coopetition.studies.verification.deviations import Check, error_columns
from coopetition.studies.verification.estimate import Estimate
from coopetition.studies.verification.near_equilibria import WelfareRange
from coopetition.studies.verification.sentences import (
    benefit_words,
    beside_best,
    deviations_words,
    taking_part,
    trained_words,
    welfare_words,
    without_rule_words,
)

if TYPE_CHECKING:  # a study knows what was trained of it
    from coopetition.studies.solve.study import Study

ParticipationVerdict = Literal["holds", "fails", "undecided"]
VERDICTS: Mapping[bool | None, ParticipationVerdict] = {
    True: "holds",
    False: "fails",
    None: "undecided",
}
AUTARKY, EXIT = "individual-rationality-autarky", "individual-rationality-exit"
OPTIMUM = "optimum-is-equilibrium"
HEADS = {"answer": "the answer", "without_rule": "without a rule", "best_found": "the best found"}


@dataclass(frozen=True, eq=False)
class Verification(Result):
    """A solved round's headlines, trained on seeds that nothing has used; all is estimated.

    Parameters
    ----------
    welfare
        At the answer, without a rule, and at the best profile that was found.
    benefit, short
        The answer's welfare minus that without a rule; what it lacks of the best found, seed by
        seed.
    ranges
        The welfare without a rule and under it, on the fitted gains, where nobody can gain more
        than the share `regret` of its payoff; None where there is no rule.
    payoff : N estimates
        After the printed transfers and fees.
    apart, slack : N estimates
        What training alone brings, and what taking part brings more; empty if `unknown` says why.
    slack_without_rule
        What taking part would bring more than training alone if there were no rule and no fees;
        empty where there is none, or `unknown` says why.
    surplus
        The sum of all slacks.
    level
        Of the interval whose sign is a verdict.
    check
        Real deviations.
    seeds
        How many at first, and at last.
    """

    study: "Study"
    welfare: Mapping[str, Estimate]
    benefit: Estimate
    ranges: tuple[WelfareRange, WelfareRange] | None
    regret: float
    short: Estimate
    payoff: tuple[Estimate, ...]
    apart: tuple[Estimate, ...]
    slack: tuple[Estimate, ...]
    slack_without_rule: tuple[Estimate, ...]
    surplus: Estimate | None
    unknown: str
    level: float
    check: Check
    first_seed: int
    seeds: tuple[int, int]
    trainings: int

    @property
    def verdicts(self) -> tuple[ParticipationVerdict, ...]:
        """Whether everybody gains by taking part: holds, fails, or undecided."""
        return tuple(VERDICTS[one.verdict(self.level)] for one in self.slack)

    @property
    def participation(self) -> bool | None:
        """Whether all gain by taking part; None where that is open."""
        if not self.slack or "fails" in self.verdicts:
            return False if self.slack else None
        return None if "undecided" in self.verdicts else True

    @property
    def share(self) -> float | None:
        """The answer's welfare relative to the most that was trained; None if that is negative."""
        most = max(one.value for one in self.welfare.values())
        return self.welfare["answer"].value / most if most > 0 else None

    @property
    def same(self) -> bool:
        """Whether the answer is the best profile found."""
        return self.short.value == 0 == self.short.error

    @property
    def benefit_range(self) -> WelfareRange | None:
        """What the rule is worth on the fitted gains, as equilibria are known."""
        if self.ranges is None:
            return None
        free, ruled = self.ranges
        return WelfareRange(ruled.low - free.high, ruled.high - free.low)

    @property
    def fitted(self) -> dict[str, float]:
        """The welfare that the fitted gains say."""
        study = self.study
        free, best = float(study.free.payoffs.sum()), study.planner.welfare
        return {"answer": study.welfare, "without_rule": free, "best_found": best}

    @property
    def equal_fees(self) -> Array:
        """The fees under which all gain alike over training alone, as trained; shape (N,)."""
        slack = np.array([one.value for one in self.slack])
        return np.asarray(self.study.fee + slack.mean() - slack)

    def __str__(self) -> str:
        """Say what was trained, what it says of welfare, and who loses by taking part."""
        return "\n".join(self.sentences)

    @property
    def sentences(self) -> list[str]:
        """What was found, a line each."""
        free = without_rule_words(self)
        worth = (trained_words(self), welfare_words(self), *benefit_words(self))
        return [*worth, *free, *taking_part(self)]

    def audited(self, audit: Audit) -> Audit:
        """Return an audit in which what was trained stands for what the fitted gains say."""
        options = (AUTARKY,) if feels_others(self.study.game) else (AUTARKY, EXIT)

        def known(one: Property) -> Property:
            if one.name in options and self.slack:
                return self._property(one, self.participation, " ".join(taking_part(self)))
            if one.name == "efficient":
                lacks = self.short.interval()[0] > 0
                holds = False if lacks else True if self.same else None
                return self._property(one, holds, beside_best(self))
            if one.name == OPTIMUM and one.holds and self.same:
                refuted = self.check.gainers(self.regret)
                return self._property(one, not refuted, deviations_words(self))
            return one

        return Audit(tuple(map(known, audit.properties)))

    def _property(self, one: Property, holds: bool | None, witness: str) -> Property:
        rest = tuple(said for said in one.assumptions if said not in (CURVE, GAINS))
        claim: How | None = None if holds is None else "estimated"
        return replace(one, holds=holds, claim=claim, witness=witness.rstrip("."), assumptions=rest)

    def tables(self) -> tuple[Table, ...]:
        """Return a row per organization, one per profile, and the deviations."""
        return (*([self._taking_part] if self.slack else []), self._profiles, *self.check.tables())

    @property
    def _profiles(self) -> Table:
        words, found = self.study.words, list(self.welfare.values())
        fitted = np.array(list(self.fitted.values()))
        trained = [one.value for one in found]
        columns = (
            Column("profile", "profile", [HEADS[key] for key in self.welfare], kind="name"),
            Column("welfare_trained", "welfare", trained, words.currency),
            *error_columns("welfare", found, words.currency),
            Column("fitted_minus_trained", "fitted − trained", fitted - trained, words.currency),
        )
        return Table(words.title("welfare, trained"), columns, (), words.labels())

    @property
    def _taking_part(self) -> Table:
        words, money = self.study.words, self.study.words.currency
        trained = np.array([one.value for one in self.payoff])
        ends = np.array([one.interval() for one in self.slack])
        columns = (
            Column("organization", "organization", self.study.game.players, kind="name"),
            Column("payoff_trained", "payoff", trained, money, rank=3),
            Column("alone_trained", "alone", [one.value for one in self.apart], money, rank=2),
            Column("slack_trained", "gains by it", [one.value for one in self.slack], money),
            *error_columns("slack", self.slack, money),
            Column("slack_low", "from", ends[:, 0], money, rank=4),
            Column("slack_high", "to (95 %)", ends[:, 1], money, rank=4),
            Column("verdict", "participation", self.verdicts, kind="text"),
            Column("fitted_minus_trained", "payoff, fitted − trained",
                   self.study.payoff - trained, money, rank=5),
            Column("seeds", "seeds", [one.seeds for one in self.slack], rank=6),
        )  # fmt: skip
        title = words.title("what taking part is worth, trained")
        closer = any(
            low * high > 0 and verdict == "undecided"
            for (low, high), verdict in zip(ends, self.verdicts, strict=True)
        )
        note = (
            f"Verdicts are at a level of {100 * self.level:.1f} %, stricter than the interval's: "
            "they may be looked at again with more seeds."
        )
        return Table(title, columns, (note,) if closer else (), words.labels())

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        wide, fitted = self.benefit_range, self.fitted
        free, ruled = self.ranges or (None, None)
        names = self.study.game.players if self.slack else ()
        trained = np.array([one.value for one in self.payoff])
        return {
            "claim": "estimated",
            "first_seed": self.first_seed,
            "seeds": list(self.seeds),
            "trainings": self.trainings,
            "welfare": {
                key: {**one.to_dict(), "fitted": fitted[key]} for key, one in self.welfare.items()
            },
            "share_of_best_found": self.share,
            "short_of_best_found": self.short.to_dict(),
            "benefit": self.benefit.to_dict(),
            "benefit_range": wide
            and free
            and ruled
            and {
                "regret": self.regret,
                "interval": [wide.low, wide.high],
                "without_rule": [free.low, free.high],
                "with_rule": [ruled.low, ruled.high],
            },
            "payoff": [one.to_dict() for one in self.payoff],
            "payoff_fitted_minus_trained": self.study.payoff - trained,
            "alone": [one.to_dict() for one in self.apart],
            "participation": [
                {"organization": name, "verdict": verdict, **one.to_dict()}
                for name, one, verdict in zip(names, self.slack, self.verdicts, strict=True)
            ],
            "surplus": self.surplus and self.surplus.to_dict(),
            "slack_without_rule": [one.to_dict() for one in self.slack_without_rule],
            "equal_fees": self.equal_fees if self.slack else None,
            "unknown": self.unknown or None,
        }
