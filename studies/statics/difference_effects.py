"""Effects under rules that are not separable, from differences of equilibria solved again."""

from collections.abc import Sequence

import numpy as np

from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import TransferRule, none
from coopetition.output.progress import Progress
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.statics.differences import (
    NOISE,
    STEP,
    Differences,
    base_solved,
    differences,
)
from coopetition.studies.statics.events import Event
from coopetition.studies.statics.parameters import Parameter, State
from coopetition.studies.statics.result import (
    CHECKED,
    PER_ORGANIZATION,
    Effect,
    ParameterStatics,
    effect_of,
)
from coopetition.studies.statics.with_rule import RATE, is_setting, rule_in_force


def by_differences(
    game: CoopetitionRound,
    rule: TransferRule | None,
    chosen: Sequence[Parameter],
    anew: MechanismSettings | None,
    progress: Progress,
) -> tuple[ParameterStatics, ...]:
    """Return the effects under a rule that is not separable, or of what derivatives do not know."""
    base = base_solved((game, rule or none(game)))
    blocks = []
    for k, one in enumerate(chosen):
        progress("differentiating", k, len(chosen))
        again = None if one.name == RATE or is_setting(one.name) else anew

        def at(
            value: float, one: Parameter = one, again: MechanismSettings | None = again
        ) -> State:
            changed, same = one.at(value)
            made = same if again is None else rule_in_force(changed, again)
            return changed, none(changed) if made is None else made

        found = differences(at, one.value, base)
        looked = "effects are differences: no further values were solved"
        events = [
            Event(value=None, searched=one.value + sign * found.step, note=looked)
            for sign in (-1.0, 1.0)
        ]
        blocks.append(
            ParameterStatics(
                name=one.name,
                unit=one.unit,
                value=one.value,
                prices="held fixed" if again is None and not is_setting(one.name) else "made anew",
                method=CHECKED,
                effects=tuple(_differed(game, found, one.value)),
                below=events[0],
                above=events[1],
            )
        )
    return tuple(blocks)


def _differed(game: CoopetitionRound, found: Differences, value: float) -> list[Effect]:
    """Return differences as effects."""
    effects = []
    for name, now in found.today.items():
        size = float(np.abs(now).max(initial=0.0))
        tiny = (1e-9 * size, NOISE * size * STEP / found.step)
        who: Sequence[str | None] = game.players if name in PER_ORGANIZATION else [None]
        for n, player in enumerate(who):
            sides = float(found.left[name][n]), float(found.right[name][n])
            effects.append(effect_of(name, player, float(now[n]), sides, value, tiny))
    return effects
