"""What a scenario's uncertain numbers leave open of its answer.

Draws of all inputs are solved without a rule, under the contract that is made today, at the middles
of all inputs, and under one remade in each draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.checks import whole
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import SHARE, rounding
from coopetition.mechanisms import Mechanism
from coopetition.output.progress import Progress, silent
from coopetition.studies.batch.contract import ContractBatch, contract_many
from coopetition.studies.batch.rules import TOGETHER
from coopetition.studies.batch.study import StudyBatch, study_many
from coopetition.studies.draws.information import (
    InformationValue,
    worth_of_answers,
    worth_of_inputs,
)
from coopetition.studies.draws.inputs import Inputs, Sample
from coopetition.studies.draws.robust_fees import RobustAim, robust_fees
from coopetition.studies.draws.uncertain_study import (
    ARMS,
    InputEffect,
    RuleOdds,
    UncertainStudy,
)
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import run_study

LEVELS = (0.05, 0.5, 0.95)
EFFECT_DRAWS = 4096  # at most, for each input
FEE_DRAWS = 500  # over which robust fees are made
ANSWERS = 100  # more to each firm's survey


def uncertainty(
    scenario: Scenario,
    *,
    draws: int = 1000,
    rules: Sequence[MechanismSettings] = (),
    fees_for: RobustAim | None = None,
    progress: Progress = silent,
) -> UncertainStudy:
    """Draw a scenario's uncertain numbers, and say what they leave open of its answer.

    Parameters
    ----------
    scenario
        With a [gain], and numbers that are distributions or a [market] from counts.
    draws
        How many; its seed decides which.
    rules
        Mechanisms whose welfare is compared, draw by draw.
    fees_for
        Of the contract made today, fees that keep everybody in as often as can be, or serve the
        `worst-decile`, instead of the mechanism's. They are made over other draws, 500 at most.

    Raises
    ------
    InvalidInputError
        If nothing is uncertain, or a rule is one that rounds are solved under one by one.

    Examples
    --------
    >>> from coopetition.studies import parse_scenario
    >>> rows = [{"name": n, "local_data": 900, "max_contribution": 4000, "unit_cost": 0.02,
    ...          "value": {"low": 500, "high": 1500}} for n in ("North", "South")]
    >>> found = uncertainty(parse_scenario({"organization": rows, "gain": {"family": "power",
    ...     "ceiling": 1, "scale": 2, "exponent": 0.35}}), draws=64)
    >>> found.draws, found.contribution["without"].shape
    (64, (3, 2))
    """
    whole("draws", draws, 2)
    for one in (scenario.mechanism, *rules):
        if one.own is not None or one.rule not in TOGETHER:
            raise InvalidInputError(
                f"draws are solved under the rules {', '.join(TOGETHER)}, got {one.rule}"
            )
    if scenario.mechanism.asks_sub_coalitions:
        raise InvalidInputError(
            "draws are solved with the outside options autarky and exit, and no sub-coalitions, "
            f"got {scenario.mechanism.fees} fees against {scenario.mechanism.measured_against}"
        )
    inputs = Inputs(scenario)
    game, settings = scenario.round(), scenario.mechanism
    sample = inputs.sample(draws, scenario.seed)
    today = run_study(game, settings)
    progress("solving draws", 0, None)
    contract = today.mechanism
    if fees_for is not None:
        progress("fees over draws", 0, None)
        fees = _fees_over_draws(inputs, game, settings, contract, min(draws, FEE_DRAWS), fees_for)
        contract = Mechanism(contract.rule, fees)
    found = contract_many(game, inputs.changes(sample), settings, contract)
    count = min(EFFECT_DRAWS, 2 ** int(np.log2(draws)))
    progress("effects of inputs", 0, None)
    effects = effects_of(inputs, game, settings, count)
    progress("value of information", 0, None)
    few = Sample(
        sample.uniform[:EFFECT_DRAWS],
        None if sample.stakes is None else sample.stakes[:EFFECT_DRAWS],
    )
    worth = worth_of_inputs(inputs, game, settings, few)
    return UncertainStudy(
        players=game.players,
        settings=settings,
        draws=draws,
        solved={arm: int(getattr(found, arm).success.sum()) for arm in ARMS},
        contribution=_by_arm(found, "contribution"),
        transfer=_by_arm(found, "transfer"),
        payoff=_by_arm(found, "payoff"),
        welfare=_by_arm(found, "welfare"),
        fails={arm: fails(getattr(found, arm)) for arm in ARMS},
        everybody={arm: everybody(getattr(found, arm)) for arm in ARMS},
        fees=contract.fees,
        fees_for=fees_for,
        inputs=tuple(replace(effect, information=worth[effect.name]) for effect in effects),
        information=InformationValue.of(found.remade.welfare - found.fixed.welfare),
        answers=worth_of_answers(
            inputs, game, settings, min(draws, EFFECT_DRAWS), scenario.seed, ANSWERS
        ),
        odds=odds_of(game, inputs, sample, rules),
        words=scenario.words,
    )


def _by_arm(found: ContractBatch, column: str) -> dict[str, Array]:
    """Return quantiles of a column, shape (3,) or (3, N), of draws with an answer."""
    told = {}
    for arm in ARMS:
        values = getattr(getattr(found, arm), column)
        known = values[np.isfinite(values.reshape(len(values), -1)).all(axis=1)]
        shape = (len(LEVELS), *values.shape[1:])
        told[arm] = np.quantile(known, LEVELS, axis=0) if len(known) else np.full(shape, np.nan)
    return told


def _fees_over_draws(
    inputs: Inputs,
    game: CoopetitionRound,
    settings: MechanismSettings,
    contract: Mechanism,
    count: int,
    aim: RobustAim,
) -> Array:
    """Return fees made over draws of their own, those with a certified answer."""
    sample = inputs.sample(count, inputs.scenario.seed + 1)
    fixed = contract_many(game, inputs.changes(sample), settings, contract).fixed
    surplus = fixed.payoff - fixed.fee - fixed.outside
    known = surplus[np.isfinite(surplus).all(axis=1)]
    return robust_fees(known, aim)


def short_of_outside(found: StudyBatch) -> Mask:
    """Say who has less than outside, in draws with an answer, shape (draws, N)."""
    slack = found.payoff - found.outside
    known = np.isfinite(slack).all(axis=1)
    size = np.maximum(np.abs(found.payoff), np.abs(found.outside))
    return np.asarray(slack[known] < -SHARE * size[known])


def fails(found: StudyBatch) -> Array:
    """Return how often each has less than outside, shape (N,); NaN: no draw has an answer."""
    short = short_of_outside(found)
    return np.asarray(short.mean(axis=0)) if len(short) else np.full(short.shape[1], np.nan)


def everybody(found: StudyBatch) -> float:
    """Return how often nobody has less than outside; NaN: no draw has an answer."""
    short = short_of_outside(found)
    return float((~short.any(axis=1)).mean()) if len(short) else float("nan")


def effects_of(
    inputs: Inputs, game: CoopetitionRound, settings: MechanismSettings, count: int
) -> list[InputEffect]:
    """Return what each input alone does to welfare, and its total Sobol' index.

    Parameters
    ----------
    count
        Draws, a power of 2.
    """
    from scipy.stats import sobol_indices

    def welfare(sample: Sample) -> Array:
        return _welfare(game, inputs.changes(sample), settings)

    first, second = inputs.pairs(count, inputs.scenario.seed)
    names = inputs.names
    own, other = welfare(first), welfare(second)
    mixed = np.array([welfare(inputs.mixed(first, second, name)) for name in names])
    known = np.isfinite(own) & np.isfinite(other) & np.isfinite(mixed).all(axis=0)
    total = np.full(len(names), np.nan)
    if known.all():
        if len(names) == 1:  # all that varies
            total = np.array([float(np.ptp(own) > 0)])
        else:
            # Copies: older SciPy takes means off in place, and what it is given is read only here.
            found = sobol_indices(
                func={
                    "f_A": np.array(own[None]),
                    "f_B": np.array(other[None]),
                    "f_AB": np.array(mixed[:, None]),
                },
                n=count,
            )
            total = np.asarray(found.total_order)
    effects = []
    for k, name in enumerate(names):
        alone = welfare(inputs.only(first, name))
        alone = alone[np.isfinite(alone)]
        low, high = np.quantile(alone, (LEVELS[0], LEVELS[-1])) if alone.size else (np.nan, np.nan)
        effects.append(InputEffect(name, float(low), float(high), float(total[k])))
    return effects


def _welfare(
    game: CoopetitionRound, changes: Mapping[str, Array], settings: MechanismSettings
) -> Array:
    """Return welfare, shape (B,), to which fees and outside options are nothing."""
    plain = replace(settings, fees="none", outside_option="autarky")
    return study_many(game, changes, plain).welfare


def odds_of(
    game: CoopetitionRound, inputs: Inputs, sample: Sample, rules: Sequence[MechanismSettings]
) -> tuple[RuleOdds, ...]:
    """Return how often each rule has more welfare than each rule after it."""
    changes = inputs.changes(sample)
    found = [(one, _welfare(game, changes, one)) for one in rules]
    odds = []
    for k, (first, mine) in enumerate(found):
        for second, others in found[k + 1 :]:
            known = np.isfinite(mine) & np.isfinite(others)
            more = mine[known] - others[known] > rounding(mine[known], others[known])
            less = others[known] - mine[known] > rounding(mine[known], others[known])
            share = [float(x.mean()) if known.any() else float("nan") for x in (more, less)]
            odds.append(RuleOdds(first.rule, second.rule, share[0], share[1]))
    return tuple(odds)
