"""What a contract gains by knowing: everything, one input, or more answers to a survey.

A contract that is made at the middles meets rounds as they turn out; so does one that knows an
input and has all others at their middles. The difference of expected welfare is what knowing the
input is worth to whoever makes contracts in this way. An input that changes no contract is worth
exactly nothing. It may come out negative: with others at their middles, to know one may mislead.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.batch.row_table import refused
from coopetition.solvers.planner.plan import make_plans
from coopetition.studies.batch.contract import knowing
from coopetition.studies.batch.rules import all_numbers
from coopetition.studies.batch.study import read_rows, rule_of_rows
from coopetition.studies.draws.inputs import Inputs, Sample
from coopetition.studies.scenario.mechanism_table import MechanismSettings


@dataclass(frozen=True, slots=True)
class InformationValue:
    """A mean over draws, money, and its standard error."""

    value: float
    standard_error: float

    @classmethod
    def of(cls, gained: Array) -> "InformationValue":
        """Summarize what was gained in each draw, leaving out draws without an answer."""
        known = gained[np.isfinite(gained)]
        if known.size < 2:
            return cls(float("nan"), float("nan"))
        return cls(float(known.mean()), float(known.std(ddof=1) / np.sqrt(known.size)))


def welfare_knowing(
    inputs: Inputs, game: CoopetitionRound, settings: MechanismSettings, true: Sample, known: Sample
) -> Array:
    """Return welfare in each draw, shape (B,), under a contract made of what is known of it."""
    table, _ = read_rows(game, inputs.changes(true))
    seen, rate = read_rows(game, inputs.changes(known))
    rule = rule_of_rows(settings, rate, seen, all_numbers(seen))
    return knowing(table, make_plans(seen, refused(seen), None, True), rule, seen)


def worth_of_inputs(
    inputs: Inputs,
    game: CoopetitionRound,
    settings: MechanismSettings,
    sample: Sample,
) -> dict[str, InformationValue]:
    """Return what knowing each input is worth, over a contract made at the middles."""
    middle = Sample(np.full_like(sample.uniform, np.nan), None)
    today = welfare_knowing(inputs, game, settings, sample, middle)
    found = {}
    for name in inputs.names:
        known = inputs.only(sample, name)
        found[name] = InformationValue.of(
            welfare_knowing(inputs, game, settings, sample, known) - today
        )
    return found


def worth_of_answers(
    inputs: Inputs,
    game: CoopetitionRound,
    settings: MechanismSettings,
    count: int,
    seed: int,
    answers: int,
) -> dict[str, InformationValue]:
    """Return what more answers of each firm's customers are worth, and of all firms' alike.

    Nothing where no answers were counted. Everything else of the market is as uncertain as before,
    and other inputs are drawn.
    """
    market = inputs.scenario.market
    if market is None or market.asker is None:
        return {}
    rest = inputs.sample(count, seed).uniform
    middle = np.full_like(rest, np.nan)
    found, everybody = {}, list(range(len(market.firms)))
    asked = {name: [n] for n, name in enumerate(market.firms)} | {"all": everybody}
    today: Array | None = None
    for name, who in asked.items():
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        true, seen = market.asker(rng, count, who, answers)
        drawn = Sample(rest, true)
        if today is None:
            today = welfare_knowing(inputs, game, settings, drawn, Sample(middle, None))
        known = welfare_knowing(inputs, game, settings, drawn, Sample(middle, seen))
        found[name] = InformationValue.of(known - today)
    return found
