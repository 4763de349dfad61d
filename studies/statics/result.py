"""What comparative statics say: effects, words for their signs, and where they stop holding."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan, nan
from typing import Any

from coopetition.studies.statics.events import Event

HEADER = [
    "parameter",
    "outcome",
    "organization",
    "today",
    "effect",
    "effect on the left",
    "elasticity",
    "direction",
]
SHOWN = 20  # organizations
EXACT, CHECKED = "derivatives", "differences, checked by two steps"
UNKNOWN = "not known: the two steps differ"
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
        together = [one for one in self.effects if one.organization is None]
        yield f"  {'':20} {'today':>12} {'effect':>20} {'elasticity':>11}"
        for one in together:
            share = "–" if one.elasticity is None else f"{one.elasticity:.4g}"
            label = one.outcome.replace("_", " ")
            yield f"  {label:20} {one.today:12.6g} {_cell(one):>20} {share:>11}  {one.direction}"
        each: dict[str, dict[str, Effect]] = {}
        for one in self.effects[len(together) :]:
            each.setdefault(str(one.organization), {})[one.outcome] = one
        heads, rows = list(next(iter(each.values()))), list(each.items())[:SHOWN]
        width = max(12, *(len(_cell(one)) for _, row in rows for one in row.values()))
        yield f"  {'':20}" + "".join(f" {head.replace('_', ' '):>{width}}" for head in heads)
        for name, row in rows:
            yield f"  {name:20.20}" + "".join(f" {_cell(row[head]):>{width}}" for head in heads)
        if len(each) > SHOWN:
            yield f"  … and {len(each) - SHOWN} more"
        yield f"  Below: {self.below}."
        yield f"  Above: {self.above}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Statics:
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

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Return header and rows, one per parameter and outcome, for `export.write_table`."""
        rows: list[list[Any]] = []
        for one in self.parameters:
            for e in one.effects:
                row = [one.name, e.outcome, e.organization, e.today]
                rows.append([*row, e.right, e.left, e.elasticity, e.direction])
        return HEADER, rows

    def __str__(self) -> str:
        """Return the tables, and how far from a kink."""
        lines = [line for one in self.parameters for line in (*one.lines(), "")]
        if self.kink:
            lines.append(f"Kink: {self.kink}. Only one-sided derivatives exist.")
        elif self.margin is not None:
            lines.append(f"Margin to the next kink {self.margin:.3g} ({self.closest}).")
        return "\n".join(lines)
