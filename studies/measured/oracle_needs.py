"""What is asked of an oracle, known before the first question: the impossible is refused then.

A training may take an hour. Whatever follows from the scenario, the oracle's `spec` and the wish
alone is therefore looked at first.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured import SeparableGains
from coopetition.mechanisms import FEES, redistribute
from coopetition.oracles import Measurements, design_profiles
from coopetition.oracles.gains.fit import check_distinct
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.oracles.surrogates.fit import least_profiles
from coopetition.studies.measured.adaptive import most_trainings
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.outside.outside import CANNOT, SMALLER, feels_others
from coopetition.studies.outside.subcoalitions import NOT_MEASURED
from coopetition.studies.scenario.fees import powers
from coopetition.studies.scenario.rules import make_rule
from coopetition.studies.scenario.scenario import Scenario, trial_round


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wanted of a measured scenario besides its curve.

    Parameters
    ----------
    alone
        Whether everybody is trained alone too, where the oracle can, and the design is fixed
        beforehand or gains are everybody's own: what autarky is worth is then part of the answer.
    outside
        The outside option without which there is no answer. One that the scenario's fees are
        measured against is always needed.
    participation
        Whether there is no answer without an outside option: the scenario's where none is named.
    verified
        Whether the answer is put before the oracle itself, on seeds that were held out.
    one_curve
        What cannot be told of everybody's own gains, in words; empty if all can.
    """

    alone: bool = True
    outside: str | None = None
    participation: bool = False
    verified: bool = False
    one_curve: str = ""

    def needs(self, scenario: Scenario) -> str | None:
        """Return the outside option that must be known, None if none."""
        settings = scenario.mechanism
        if self.outside is not None:
            return self.outside
        if not self.participation and FEES[settings.fees].ground == "nothing":
            return None
        return settings.measured_against

    def trains_alone(self, scenario: Scenario, *, own: bool = False) -> bool:
        """Whether everybody is trained alone, if the oracle can; `own`: it tells own gains."""
        assert scenario.oracle is not None
        if self.needs(scenario) is not None:
            return True
        return self.alone and (own or scenario.oracle.design == "fixed")

    def check(self, scenario: Scenario, spec: OracleSpec, local_data: Array) -> None:
        """Refuse what an oracle's answers could not bring, before any is asked for.

        Parameters
        ----------
        local_data : shape (N,)
            Real samples.
        """
        own = _check_spec(spec)
        if own and self.one_curve:
            raise InvalidInputError(
                f"{self.one_curve} need one curve of gains for all, and the oracle tells "
                "everybody's own: solve the scenario again with other numbers"
            )
        _check_profiles(scenario, local_data, own=own)
        if own:
            _check_rule_on_own_gains(scenario)
        else:
            _check_rule(scenario, local_data)
        option = self.needs(scenario)
        why = option and _unknown(option, scenario, spec)
        if why and (self.outside or self.participation):
            raise InvalidInputError(f"the outside option {option} is not known: {why}")
        if why:
            fees = scenario.mechanism.fees
            raise InvalidInputError(f"`fees` = {fees} needs the outside option {option}; {why}")


def _check_spec(spec: OracleSpec) -> bool:
    """Refuse an oracle that does not answer what is always asked: gains, from zero on.

    Returns whether it tells everybody's own.
    """
    if not {"gain", "gains"} & spec.provides:
        provided = ", ".join(sorted(spec.provides)) or "nothing"
        raise InvalidInputError(f"the oracle provides {provided}, but `gain` or `gains` is needed")
    for name, least in zip(spec.organizations, spec.lower, strict=True):
        if least > 0:
            raise InvalidInputError(
                f"the oracle's `lower` bound of {name} must be 0, as nobody need contribute, "
                f"got {least:g}"
            )
    return "gains" in spec.provides


def _check_profiles(scenario: Scenario, local_data: Array, *, own: bool) -> None:
    """Refuse organizations from whose contributions nothing can be learned."""
    assert scenario.oracle is not None
    upper = [float(value or 0.0) for value in scenario.columns["max_contribution"]]
    if not any(upper):
        raise InvalidInputError("`max_contribution` is 0 for all: there is nothing to measure")
    stated = scenario.columns.get("quality")
    if own:
        _check_own_profiles(scenario, local_data, upper)
        return
    if scenario.oracle.design == "adaptive":
        if stated is not None:
            raise InvalidInputError(
                "`quality` is fitted for each organization by the adaptive design: leave it out"
            )
        if not local_data.any():
            raise InvalidInputError("`local_data` is 0 for all: the adaptive design needs some")
        return
    rows = design_profiles(upper, scenario.oracle.profiles, scenario.seed)
    quality = np.ones(len(upper)) if stated is None else np.array(stated, dtype=float)
    check_distinct(Measurements(rows, np.zeros((len(rows), 1))), local_data, quality)


def _check_own_profiles(scenario: Scenario, local_data: Array, upper: list[float]) -> None:
    """Refuse too few profiles for everybody's own gain, and what only one curve knows."""
    settings, size = scenario.oracle, len(upper)
    assert settings is not None
    if "quality" in scenario.columns:
        raise InvalidInputError(
            "`quality` is of one curve for all: leave it out where everybody's own gain is measured"
        )
    if not local_data.any():
        raise InvalidInputError("`local_data` is 0 for all: gains of shares of data need some")
    needed = least_profiles(size)
    if settings.design == "adaptive":
        key, found = "trainings", most_trainings(settings, size)
    else:
        rows = design_profiles(upper, settings.profiles, scenario.seed)
        key, found = "profiles", len({*map(tuple, rows.tolist())})
    if found < needed:
        raise InvalidInputError(
            f"[oracle]: `{key}` must be at least {needed}, and distinct: so many parameters has "
            f"the gain of each of {size} organizations; got {found}"
        )


def _check_rule_on_own_gains(scenario: Scenario) -> None:
    """Refuse a rule, or power, that does not fit everybody's own gains: stand-ins are tried."""
    size = len(scenario.organizations)
    unit = np.array([float(top or 0.0) or 1.0 for top in scenario.columns["max_contribution"]])
    trial = SeparableGains(np.zeros(size), np.full((size, size), 1.0 / size), 4.0, unit)
    game = scenario.game_of_gains(trial)
    redistribute(game, make_rule(game, scenario.mechanism, 0.5 * game.max_contribution))
    powers(game, scenario.mechanism.power)


def _check_rule(scenario: Scenario, local_data: Array) -> None:
    """Refuse a rule, or power, that does not fit the organizations."""
    game = trial_round(scenario, local_data=local_data)
    rule = make_rule(game, scenario.mechanism, 0.5 * game.max_contribution)
    powers(game, scenario.mechanism.power)
    adaptive = scenario.oracle is not None and scenario.oracle.design == "adaptive"
    if adaptive and not isinstance(redistribute(game, rule), AggregativeGame):
        raise InvalidInputError(
            "the adaptive design needs a rule under which the round stays aggregative, which "
            f'{scenario.mechanism.rule} does not promise: write `design = "fixed"`'
        )


def _unknown(option: str, scenario: Scenario, spec: OracleSpec) -> str | None:
    """Say why an outside option cannot be known of measured gains."""
    gains = OUTSIDE_OPTIONS[option].gains
    if gains == "sub-coalitions":
        return NOT_MEASURED
    if "coalition" not in spec.provides:
        return CANNOT
    game = trial_round(scenario)
    return SMALLER if gains == "smaller coalitions" and feels_others(game) else None
