"""Which rules a comparison scores, with which parameters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import RULES
from coopetition.studies.rates import best_rate
from coopetition.studies.settings import MechanismSettings, switched

ALPHA = 0.5  # of partial Pigou, where none is given


def entrants(
    game: CoopetitionRound,
    chosen: Sequence[MechanismSettings],
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, MechanismSettings, str]]:
    """Yield the rules to score: name, settings, and a note on parameters that nobody gave.

    All of the catalogue, with the parameters of those that are among the chosen, and then the
    chosen ones of one's own. Fees and all else are the first one's.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000)
    >>> notes = {name: note for name, _, note in entrants(game, [MechanismSettings()])}
    >>> notes["partial-pigou"], notes["redistribution-published"]
    ('α = 0.5, as none is given', 'no damage: any κ does nothing')
    """
    known = {each.rule: each for each in chosen if not each.own}
    for name in RULES:
        mine = known.get(name) or switched(chosen[0], name)
        if name == "redistribution":
            yield from _both_forms(game, known.get(name, chosen[0]), tell)
        elif name == "partial-pigou":
            note = "" if mine.alpha is not None else f"α = {ALPHA:g}, as none is given"
            yield name, replace(mine, alpha=ALPHA) if note else mine, note
        elif name != "none":
            yield name, mine, ""
    for each in chosen:
        if each.own:
            yield each.rule, each, said_settings(each)


def said_settings(settings: MechanismSettings) -> str:
    """Return the settings of a rule of one's own in words; empty where it has none."""
    return ", ".join(f"{key} = {value}" for key, value in settings.settings.items())


def _both_forms(
    game: CoopetitionRound, base: MechanismSettings, tell: Callable[[str], None]
) -> Iterator[tuple[str, MechanismSettings, str]]:
    """Yield redistribution in the scenario's form and in the other one: incentives are the same."""
    name = "redistribution"
    rate = base.rate if base.rule in ("none", name) else None
    note = f"κ = {rate:.6g}" if rate is not None else ""
    if rate is None:
        tell("searching the best κ")
        rate, found = best_rate(game, base)
        note = f"κ = {rate:.6g}, best found for welfare"
        note = note if found else "no damage: any κ does nothing"
    mine = replace(
        base, rule=name, rate=rate, own=None, settings={}
    )  # also of another's intensity and form
    yield name, mine, note
    forms = ("published", "balanced")
    yield f"{name}-{forms[not base.balanced]}", replace(mine, balanced=not base.balanced), note
