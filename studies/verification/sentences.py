"""What is said of a solved round that was trained: in words, with both errors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coopetition.output.numbers import number, percent
from coopetition.studies.verification.estimate import Estimate

if TYPE_CHECKING:  # it says what these functions say
    from coopetition.studies.verification.verification import Verification


def trained_words(found: "Verification") -> str:
    """Say how much was trained, and which error is not known."""
    least, most = found.seeds
    seeds = f"{least}" if least == most else f"{least} to {most}"
    known = found.welfare["answer"].test_error is not None
    rows = "" if known else "; the test rows' error is not known"
    return (
        f"Verified: {found.trainings} trainings on {seeds} seeds that nothing has used{rows}. "
        "Errors are standard errors."
    )


def welfare_words(found: "Verification") -> str:
    """Say the answer's welfare, beside what the fitted gains say and the best found."""
    money, here = found.study.words.money, found.welfare["answer"]
    off = found.fitted["answer"] - here.value
    return (
        f"Welfare {here}{money}, trained; the fitted gains say "
        f"{number(abs(off), abs(here.value))} {'more' if off > 0 else 'less'}. {beside_best(found)}"
    )


def beside_best(found: "Verification") -> str:
    """Compare the answer with the best profile found."""
    short, money = found.short, found.study.words.money
    if found.same:
        return "The answer is the best profile found."
    if short.value < 0:
        return f"No profile found has more: the planner's has {_less(short)}{money} less."
    share = (
        "" if found.share is None else f": the answer has {percent(found.share)} % of its welfare"
    )
    return f"The best profile found has {short}{money} more{share}."


def deviations_words(found: "Verification") -> str:
    """Say who gains by leaving the answer, as trained, or that nobody gains much by it."""
    check, share = found.check, percent(found.regret, 0)
    if who := check.gainers(found.regret):
        n = max(who, key=lambda k: float(check.share[k]))
        return (
            f"{check.organizations[n]} gains {check.gained[n]}{check.words.money} at "
            f"{check.deviation[n]:,.0f}, {100 * check.share[n]:.2g} % of its payoff, trained"
        )
    return (
        f"of the most promising deviation of each, trained, none gains more than {share} % of a "
        "payoff beyond the errors"
    )


def benefit_words(found: "Verification") -> list[str]:
    """Say what the rule is worth, if there is one: a difference of two, and a range."""
    if found.study.settings.rule == "none":
        return []
    wide, moved = found.benefit_range, found.benefit
    if moved.value == 0 == moved.error:
        return ["The rule moves nobody: the answer is the equilibrium without one."]
    said = f"The rule is worth {found.benefit}{found.study.words.money} between the two equilibria"
    if wide is None:
        return [f"{said} found."]
    return [
        f"{said} found; between {number(wide.low)} and {number(wide.high)} on the fitted gains, "
        f"over profiles where nobody can gain more than {100 * found.regret:g} % of its payoff (by "
        "search)."
    ]


def without_rule_words(found: "Verification") -> list[str]:
    """Say who would lose by taking part if there were no rule, and of whom that is open."""
    names, money = found.study.game.players, found.study.words.money
    every = [
        (name, one, one.verdict(found.level))
        for name, one in zip(names, found.slack_without_rule, strict=False)
    ]
    lost = [f"{name} would lose {_less(one)}{money}" for name, one, said in every if said is False]
    left = [name for name, _, said in every if said is None]
    told = [f"Without a rule {', '.join(lost)} by taking part."] if lost else []
    if left:
        told.append(f"Whether {together(left)} would gain without a rule is undecided.")
    return told


def taking_part(found: "Verification") -> list[str]:
    """Say who loses by taking part, of whom that is open, and what can be done about it."""
    names, money = found.study.game.players, found.study.words.money
    if not found.slack:
        return [f"Whether all gain by taking part is unknown: {found.unknown}."]
    every = list(zip(names, found.slack, found.verdicts, strict=True))
    lost = [f"{name} loses {_less(one)}{money}" for name, one, said in every if said == "fails"]
    left = [name for name, _, said in every if said == "undecided"]
    if not lost and not left:
        n = int(np.argmin([one.value for one in found.slack]))
        least = f"{names[n]} least, {found.slack[n]}{money}"
        return [f"All gain by taking part, beyond the errors: {least}."]
    verb = "gains" if len(left) == 1 else "gain"
    said = [f"{', '.join(lost)} by taking part."] if lost else []
    said += [f"Whether {together(left)} {verb} by taking part is undecided."] if left else []
    return said + ([_way_out(found)] if lost else [])


def _way_out(found: "Verification") -> str:
    """Say whether fees can keep everybody, or who had better stay out."""
    assert found.surplus is not None
    names, money, surplus = found.study.game.players, found.study.words.money, found.surplus
    losing = [n for n, verdict in enumerate(found.verdicts) if verdict == "fails"]
    who, decided = together([names[n] for n in losing]), surplus.verdict()
    sure = ", which is not beyond the errors" if decided is None else ""
    if surplus.value < 0:
        return (
            f"No fees keep {who}, who had better stay out: together all lose "
            f"{_less(surplus)}{money}{sure}."
        )
    fees = together([f"{names[n]} {number(float(found.equal_fees[n]))}" for n in losing])
    return (
        f"Fees of what is lost keep {who}: together all gain {surplus}{money}{sure}. All would "
        f"gain alike with fees that pay {fees}{money}."
    )


def together(words: Sequence[str]) -> str:
    """Join words with commas and an "and".

    Examples
    --------
    >>> together(["North"]), together(["North", "South", "West"])
    ('North', 'North, South and West')
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _less(amount: Estimate) -> Estimate:
    """Return a negative amount as what is lost."""
    return replace(amount, value=-amount.value)
