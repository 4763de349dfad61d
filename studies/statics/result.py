"""What comparative statics say: effects, words for their signs, and where they stop holding."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf, isnan, nan
from typing import Any

from coopetition.output.numbers import number, share
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text
from coopetition.studies.pictured import Pictured
from coopetition.studies.statics.events import Event

EXACT, CHECKED = "derivatives", "differences, checked by two steps"
UNKNOWN = "not known: the two steps differ"
LONG = {"payoff": "payoff_before_transfers"}  # beside other results, whose payoffs are after
PER_ORGANIZATION = ("contribution", "gain", "payoff", "transfer", "net_payoff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one more unit of a parameter does to one outcome.

    Parameters
    ----------
    outcome, organization
        Which; None where it is about all.
    today
        The outcome itself.
    left, right
        Its derivatives on either side; equal but at a kink.
    elasticity
        Percent by percent; None at a kink, or where parameter or outcome is 0.
    direction
        "rises", "falls", "no effect", both sides of a kink, or `UNKNOWN`; effects are NaN then.
    """

    outcome: str
    organization: str | None
    today: float
    left: float
    right: float
    elasticity: float | None
    direction: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dictionary."""
        return asdict(self)


def effect_of(
    outcome: str,
    organization: str | None,
    today: float,
    sides: tuple[float, float],
    value: float,
    tiny: tuple[float, float],
) -> Effect:
    """Return an effect in words; `tiny` says which outcome, and which effect, is rounding."""
    if any(isnan(each) for each in sides):
        return Effect(
            outcome=outcome, organization=organization, today=today, left=nan, right=nan,
            elasticity=None, direction=UNKNOWN,
        )  # fmt: skip
    left, right = (0.0 if abs(each) <= tiny[1] else each for each in sides)
    kink = abs(left - right) > 1e-9 * max(abs(left), abs(right))
    words = ["rises" if one > 0 else "falls" if one < 0 else "no effect" for one in (left, right)]
    direction = f"kink: {words[0]} to the left, {words[1]} to the right" if kink else words[1]
    known = not kink and value != 0 and abs(today) > tiny[0]
    return Effect(
        outcome=outcome,
        organization=organization,
        today=today,
        left=left,
        right=right,
        elasticity=right * value / today + 0.0 if known else None,
        direction=direction,
    )


def _cell(effect: Effect) -> str:
    """Return an effect for people: both sides at a kink, a dash where it is not known."""
    if isnan(effect.right):
        return "–"
    if effect.direction.startswith("kink"):
        return f"{effect.left:.4g} | {effect.right:.4g}"
    return f"{effect.right:.6g}"


def _today(effect: Effect) -> str:
    """Return an outcome for people: a share that is not 1 never reads as 1."""
    shares = effect.outcome in ("efficiency", "attainable_share")
    return (shares and share(effect.today)) or number(effect.today)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterStatics:
    """The effects of one parameter.

    Parameters
    ----------
    name, unit, value
        Which, whether it is a number ("level") or a common factor ("factor"), and today's.
    prices
        What the rule does when the parameter moves.
    method
        How effects are known: `EXACT`, or `CHECKED` differences.
    effects
        On all outcomes.
    below, above
        Where the active set changes next.
    """

    name: str
    unit: str
    value: float
    prices: str
    method: str
    effects: tuple[Effect, ...]
    below: Event
    above: Event

    def __getitem__(self, key: str | tuple[str, str]) -> Effect:
        """Return an effect by its outcome, or by outcome and organization."""
        outcome, who = (key, None) if isinstance(key, str) else key
        for effect in self.effects:
            if (effect.outcome, effect.organization) == (outcome, who):
                return effect
        raise KeyError(key)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dictionary."""
        return {
            "parameter": self.name,
            "unit": self.unit,
            "value": self.value,
            "prices": self.prices,
            "method": self.method,
            "effects": [effect.to_dict() for effect in self.effects],
            "below": self.below.to_dict(),
            "above": self.above.to_dict(),
        }

    def lines(self) -> Iterator[str]:
        """Yield the tables that a person reads, line by line."""
        unit = "a common factor" if self.unit == "factor" else f"{self.value:.6g} today"
        prices = "" if self.prices == "no rule" else f"; prices {self.prices}"
        how = "" if self.method == EXACT else f", by {self.method}"
        yield f"{self.name} ({unit}{prices}): effect per unit{how}"
        yield from map(terminal_text, self.tables())
        yield f"Below: {self.below}."
        yield f"Above: {self.above}."

    def tables(self) -> tuple[Table, Table]:
        """Return the effects on all together, and on every organization."""
        all_ = [e for e in self.effects if e.organization is None]
        each: dict[str, dict[str, str]] = {}
        for one in self.effects[len(all_) :]:
            each.setdefault(str(one.organization), {})[one.outcome] = _cell(one)
        return (
            Table(
                "",
                (
                    Column("outcome", "", [e.outcome.replace("_", " ") for e in all_], kind="name"),
                    Column("today", "today", [*map(_today, all_)]),
                    Column("effect", "effect", [*map(_cell, all_)]),
                    Column("elasticity", "elasticity", [e.elasticity for e in all_]),
                    Column("direction", "direction", [e.direction for e in all_], kind="text"),
                ),
            ),
            Table(
                "",
                (
                    Column("organization", "", list(each), kind="name"),
                    *(
                        Column(key, key.replace("_", " "), [row[key] for row in each.values()])
                        for key in next(iter(each.values()))
                    ),
                ),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statics(Pictured):
    """Comparative statics of a round: one block for each parameter; prints as tables.

    Parameters
    ----------
    margin, closest
        Strict complementarity: how far the equilibrium is from a kink, relative to the terms of
        a marginal payoff, and who is closest to one; None where effects are differences.
    kink
        Why there are only one-sided derivatives; empty where there are derivatives.
    """

    parameters: tuple[ParameterStatics, ...]
    margin: float | None
    closest: str | None
    kink: str

    def __getitem__(self, name: str) -> ParameterStatics:
        """Return the effects of a parameter by its name."""
        for one in self.parameters:
            if one.name == name:
                return one
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dictionary."""
        return {
            "margin": self.margin,
            "closest": self.closest,
            "kink": self.kink,
            "statics": [one.to_dict() for one in self.parameters],
        }

    def tables(self) -> tuple[Table]:
        """Return one row per parameter, outcome and organization."""
        rows = [(one.name, effect) for one in self.parameters for effect in one.effects]
        effects = [effect for _, effect in rows]
        return (
            Table(
                "Comparative statics",
                (
                    Column("parameter", "parameter", [name for name, _ in rows], kind="name"),
                    Column("outcome", "outcome", [e.outcome for e in effects], kind="name"),
                    Column(
                        "organization", "organization", [e.organization for e in effects],
                        kind="name",
                    ),
                    Column("today", "today", [e.today for e in effects]),
                    Column("right", "effect", [e.right for e in effects]),
                    Column("left", "effect on the left", [e.left for e in effects], rank=1),
                    Column("elasticity", "elasticity", [e.elasticity for e in effects]),
                    Column("direction", "direction", [e.direction for e in effects], kind="text"),
                ),
            ),
        )  # fmt: skip

    def long_table(self) -> Table:
        """Return one column for each outcome, effect on it, elasticity and direction."""
        rows = [(one.name, effect) for one in self.parameters for effect in one.effects]
        names = {"": "today", ".effect": "right", ".effect_left": "left"}
        names |= {f".{key}": key for key in ("elasticity", "direction")}
        return Table(
            "Comparative statics",
            (
                Column("cell", "parameter", [name for name, _ in rows], kind="name"),
                Column(
                    "organization", "organization", [e.organization for _, e in rows], kind="name"
                ),
                *(
                    Column(f"{LONG.get(outcome, outcome)}{end}", outcome,
                           [getattr(e, key) if e.outcome == outcome else None for _, e in rows])
                    for outcome in dict.fromkeys(e.outcome for _, e in rows)
                    for end, key in names.items()
                ),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        """Return the tables, and how far from a kink."""
        lines = [line for one in self.parameters for line in (*one.lines(), "")]
        if self.kink:
            lines.append(f"Kink: {self.kink}. Only one-sided derivatives exist.")
        elif self.margin == inf:
            lines.append("No kink is near: nobody can move.")
        elif self.margin is not None:
            lines.append(f"Margin to the next kink {self.margin:.3g} ({self.closest}).")
        return "\n".join(lines)
