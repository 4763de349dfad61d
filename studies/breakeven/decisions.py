"""What may change at a break-even: who contributes, who stays, which rule is better.

A target is a number of a solved cell that is zero, or changes its state, where the decision does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.mechanisms import RULES
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.sweep.cell import CellRow

FORMS = "contribution:NAME, bound:NAME, participation:NAME[:autarky|:exit] or rule:A>B"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision that may change.

    Parameters
    ----------
    text
        As it was written.
    states
        What is said where the number is negative, and where it is not.
    rules
        Under which rules cells are solved: two of a comparison, else None.
    option
        The outside option that participation is measured against; None for the scenario's.
    number
        Of the solved cells, one per rule: negative or not; None where it is not known.
    smooth
        Whether the number passes through zero, and does not jump.
    """

    text: str
    states: tuple[str, str]
    number: Callable[[Sequence[CellRow]], float | None]
    rules: tuple[str, ...] = ()
    option: str | None = None
    smooth: bool = True


def read_decision(text: str, organizations: Sequence[str], tops: Sequence[float]) -> Decision:
    """Read what a break-even is asked of.

    Parameters
    ----------
    tops
        The organizations' largest contributions.

    Raises
    ------
    InvalidInputError
        If it has none of the forms, or names nobody, no outside option or no rule.

    Examples
    --------
    >>> read_decision("participation:North:exit", ["North", "South"], [10.0, 10.0]).states
    ('North would leave', 'North stays')
    """
    kind, _, rest = text.partition(":")
    if kind == "rule":
        return _rules(text, rest)
    if kind not in ("contribution", "bound", "participation") or not rest:
        raise InvalidInputError(f"`--of` must be {FORMS}, got {text!r:.60}")
    name, option = rest, None
    if kind == "participation":
        head, colon, tail = rest.rpartition(":")
        if colon and rest not in organizations:
            name, option = head, tail
    if name not in organizations:
        hint = did_you_mean(name, organizations) or f": they are {', '.join(organizations):.80}"
        raise InvalidInputError(f"`--of` names the unknown organization {name!r:.40}{hint}")
    if option is not None and option not in ("autarky", "exit"):
        known = [each for each in OUTSIDE_OPTIONS if each in ("autarky", "exit")]
        raise InvalidInputError(
            f"participation is measured against {' or '.join(known)}, got {option!r:.40}"
        )
    n = list(organizations).index(name)
    if kind == "participation":
        return Decision(
            text=text,
            states=(f"{name} would leave", f"{name} stays"),
            number=lambda rows: rows[-1].slack_of(n),
            option=option,
        )
    if kind == "contribution":
        return Decision(
            text=text,
            states=(f"{name} contributes nothing", f"{name} contributes"),
            number=lambda rows: _above(rows[0], n, 0.0),
            smooth=False,
        )
    return Decision(
        text=text,
        states=(f"{name} contributes less than it could", f"{name} contributes all it can"),
        number=lambda rows: _full(rows[0], n, float(tops[n])),
        smooth=False,
    )


def _rules(text: str, rest: str) -> Decision:
    first, compared, second = rest.partition(">")
    if not compared or not first or not second:
        raise InvalidInputError(f"`--of` must be {FORMS}, got {text!r:.60}")
    for name in (first, second):
        if name not in RULES:
            raise InvalidInputError(f"`--of` names no rule {name!r:.40}{did_you_mean(name, RULES)}")
    return Decision(
        text=text,
        states=(f"{second} has more welfare", f"{first} has at least as much welfare"),
        number=_difference,
        rules=(first, second),
    )


def _difference(rows: Sequence[CellRow]) -> float | None:
    first, second = rows[0].welfare, rows[1].welfare
    return None if first is None or second is None else first - second


def _above(row: CellRow, n: int, least: float) -> float | None:
    if row.contribution is None:
        return None
    return 1.0 if row.contribution[n] > least else -1.0


def _full(row: CellRow, n: int, top: float) -> float | None:
    if row.contribution is None:
        return None
    return 1.0 if row.contribution[n] >= top * (1.0 - 1e-12) else -1.0
