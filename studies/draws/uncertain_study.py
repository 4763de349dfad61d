"""What uncertain numbers leave open of a scenario's answer, in every form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coopetition.games.arrays import Array
from coopetition.output.clean_values import clean
from coopetition.output.numbers import number
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import GENERAL, Words
from coopetition.studies.draws.information import InformationValue
from coopetition.studies.pictured import Pictured
from coopetition.studies.scenario.mechanism_table import MechanismSettings

ARMS: Mapping[str, str] = {"without": "none", "fixed": "made today", "remade": "remade"}
QUANTILES = ("p5", "p50", "p95")
NAMES = {"p5": "5 %", "p50": "50 %", "p95": "95 %"}


@dataclass(frozen=True, slots=True)
class InputEffect:
    """What an uncertain input does to welfare under the rule, remade in each draw.

    `low` and `high` are 5 % and 95 % of welfare where it alone is drawn; `sobol_total` the share of
    welfare's variance that it has a part in; `information` what knowing it is worth.
    """

    name: str
    low: float
    high: float
    sobol_total: float
    information: InformationValue | None = None


@dataclass(frozen=True, slots=True)
class RuleOdds:
    """How often one rule has more welfare than another, and how often less."""

    rule: str
    other: str
    more: float
    less: float


@dataclass(frozen=True, kw_only=True, eq=False)
class UncertainStudy(Pictured):
    """Quantiles over draws, how often participation fails, and what knowing more is worth.

    Mappings are by contract: `without` one, `fixed`, made today at the middles, and `remade` in
    each draw.

    Attributes
    ----------
    settings
        The mechanism.
    draws, solved
        How many, and of how many all is known under each contract.
    contribution, transfer, payoff : contract to shape (3, N)
        5, 50 and 95 % of each organization's; payoffs after transfers and fees.
    welfare : contract to shape (3,)
    fails : contract to shape (N,)
        In which share of draws each has less than outside.
    everybody : contract to share
        In which share of draws nobody has less than outside.
    fees, fees_for
        Of the contract made today, shape (N,), and what they were made for; None: the mechanism's.
    inputs
        What each uncertain input does.
    information
        What knowing all is worth: welfare under the remade contract less that under today's.
    answers
        What more answers of each firm's customers are worth, and of all firms'.
    odds
        Of rules, two by two.
    """

    players: tuple[str, ...]
    settings: MechanismSettings
    draws: int
    solved: Mapping[str, int]
    contribution: Mapping[str, Array]
    transfer: Mapping[str, Array]
    payoff: Mapping[str, Array]
    welfare: Mapping[str, Array]
    fails: Mapping[str, Array]
    everybody: Mapping[str, float]
    fees: Array
    inputs: tuple[InputEffect, ...]
    information: InformationValue
    answers: Mapping[str, InformationValue]
    odds: tuple[RuleOdds, ...] = ()
    fees_for: str | None = None
    words: Words = GENERAL

    def tables(self) -> tuple[Table, ...]:
        """Return organizations by contract, the inputs, and what more is asked."""
        currency = self.words.currency or "money"
        return (self._organizations(currency), self._inputs(currency), *self._more(currency))

    def _organizations(self, currency: str) -> Table:
        arms = list(ARMS)
        columns = [
            Column("organization", "organization", self.players * len(arms), kind="name"),
            Column("contract", "contract", [ARMS[a] for a in arms for _ in self.players], "",
                   "text"),
        ]  # fmt: skip
        units = (self.words.contribution, currency, currency)
        for rank, (key, unit) in enumerate(zip(_COLUMNS, units, strict=True)):
            found = getattr(self, key)
            for place, quantile in enumerate(QUANTILES):
                values = [x for arm in arms for x in found[arm][place].tolist()]
                head = f"{key} {NAMES[quantile]}"
                columns.append(Column(f"{key}_{quantile}", head, values, unit, rank=2 - rank))
        fails = [x for arm in arms for x in self.fails[arm].tolist()]
        columns.append(Column("participation_fails", "P(participation fails)", fails))
        title = self.words.title(f"Uncertainty {self.settings.phrase}, {self.draws} draws")
        return Table(title, tuple(columns), tuple(self.sentences))

    @property
    def sentences(self) -> list[str]:
        """What contracts are compared, what is not known, and what knowing all is worth."""
        told = [
            "The contract made today has prices and fees made at the middles; the remade one knows "
            f"each draw. Participation is against {self.settings.measured_against}."
        ]
        shares = ", ".join(
            f"{number(100 * share, digits=3)} % ({ARMS[arm]})"
            for arm, share in self.everybody.items()
        )
        told.append(f"Everybody takes part in {shares} of draws.")
        if self.fees_for is not None:
            fees = ", ".join(
                f"{name} {number(fee)}" for name, fee in zip(self.players, self.fees, strict=True)
            )
            told.append(f"Fees of the contract made today are for {self.fees_for}: {fees}.")
        for arm, name in ARMS.items():
            if self.solved[arm] < self.draws:
                told.append(
                    f"Contract {name}: all is known of {self.solved[arm]} of {self.draws} draws; "
                    "the others are left out."
                )
        worth = self.information
        told.append(
            "Knowing all before the contract is made is worth "
            f"{number(worth.value)} ± {number(worth.standard_error)} of expected welfare."
        )
        return told

    def _inputs(self, currency: str) -> Table:
        known = [one.information for one in self.inputs]
        columns = (
            Column("input", "input", [one.name for one in self.inputs], kind="name"),
            Column("welfare_p5", "welfare 5 %", [one.low for one in self.inputs], currency),
            Column("welfare_p95", "welfare 95 %", [one.high for one in self.inputs], currency),
            Column("sobol_total", "total Sobol' index", [one.sobol_total for one in self.inputs]),
            *_worth(known, currency),
        )
        return Table("What each input does alone, and what knowing it is worth", columns)

    def _more(self, currency: str) -> list[Table]:
        told = []
        if self.odds:
            told.append(
                Table(
                    "How often a rule has more welfare than another",
                    (
                        Column("rule", "rule", [one.rule for one in self.odds], kind="name"),
                        Column("other", "other", [one.other for one in self.odds], kind="text"),
                        Column("more", "P(more)", [one.more for one in self.odds]),
                        Column("less", "P(less)", [one.less for one in self.odds]),
                    ),
                )
            )
        if self.answers:
            told.append(
                Table(
                    "What 100 more survey answers are worth",
                    (
                        Column("asked", "customers of", list(self.answers), kind="name"),
                        *_worth(list(self.answers.values()), currency),
                    ),
                )
            )
        return told

    def __str__(self) -> str:
        """Return tables that a person can read, with what is said under the first."""
        return "\n\n".join(terminal_text(table) for table in self.tables())

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return clean(
            {
                "organizations": list(self.players),
                "draws": self.draws,
                "quantiles": [0.05, 0.5, 0.95],
                "contracts": {
                    arm: {
                        "solved": self.solved[arm],
                        **{key: getattr(self, key)[arm].tolist() for key in _COLUMNS},
                        "welfare": self.welfare[arm].tolist(),
                        "participation_fails": self.fails[arm].tolist(),
                        "everybody": self.everybody[arm],
                    }
                    for arm in ARMS
                },
                "fees": self.fees.tolist(),
                "fees_for": self.fees_for,
                "inputs": [
                    {
                        "input": one.name,
                        "welfare": [one.low, one.high],
                        "sobol_total": one.sobol_total,
                        "information": _plain(one.information),
                    }
                    for one in self.inputs
                ],
                "information": _plain(self.information),
                "answers": {name: _plain(one) for name, one in self.answers.items()},
                "odds": [
                    {"rule": one.rule, "other": one.other, "more": one.more, "less": one.less}
                    for one in self.odds
                ],
            }
        )


_COLUMNS = ("contribution", "transfer", "payoff")


def _worth(known: Sequence[InformationValue | None], currency: str) -> tuple[Column, Column]:
    return (
        Column("information", "value of knowing", [one and one.value for one in known], currency),
        Column(
            "standard_error", "s.e.", [one and one.standard_error for one in known], currency,
            "error",
        ),
    )  # fmt: skip


def _plain(worth: InformationValue | None) -> dict[str, float] | None:
    if worth is None:
        return None
    return {"value": worth.value, "standard_error": worth.standard_error}
