"""Which rules a comparison scores, with which parameters."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import RULES
from coopetition.studies.rates import best_rate
from coopetition.studies.settings import MechanismSettings, switched

ALPHA = 0.5  # of partial Pigou, where none is given


def entrants(
    game: CoopetitionRound,
    base: MechanismSettings,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, MechanismSettings, str]]:
    """Yield the rules to score: name, settings, and a note on parameters that nobody gave.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000)
    >>> notes = {name: note for name, _, note in entrants(game, MechanismSettings())}
    >>> notes["partial-pigou"], notes["redistribution-published"]
    ('α = 0.5, as none is given', 'no damage: any κ does nothing')
    """
    for name in RULES:
        if name == "redistribution":
            yield from _both_forms(game, base, tell)
        elif name == "partial-pigou":
            mine = switched(base, name)
            note = "" if mine.alpha is not None else f"α = {ALPHA:g}, as none is given"
            yield name, replace(mine, alpha=ALPHA) if note else mine, note
        elif name != "none":
            yield name, switched(base, name), ""
    if base.own:
        yield base.rule, base, ""


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
    mine = replace(base, rule=name, rate=rate, own=None)  # also of another's intensity and form
    yield name, mine, note
    forms = ("published", "balanced")
    yield f"{name}-{forms[not base.balanced]}", replace(mine, balanced=not base.balanced), note
