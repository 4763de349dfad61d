"""A measured scenario with few trainings: train where its equilibrium is most uncertain.

The round is solved on the trend of a gain surface, under the scenario's rule; what each
organization could gain by deviating is bounded on the whole surface, heterogeneity included.
"""

from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.unknown import Unknown
from coopetition.oracles import (
    AdaptiveSearch,
    GainFit,
    GainSurface,
    Measurements,
    Proposal,
    find_equilibrium,
    shape_report,
)
from coopetition.output.progress import Progress
from coopetition.studies.measured.backends import Backend
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import run_study


def most_trainings(settings: OracleSettings, organizations: int) -> int:
    """Return how many trainings an adaptive design may ask for, 3N + 5 if not stated."""
    return settings.trainings or 3 * organizations + 5


def search_scenario(
    scenario: Scenario, backend: Backend, first_seed: int, progress: Progress
) -> AdaptiveSearch:
    """Train where the scenario's equilibrium is most uncertain.

    Raises
    ------
    InvalidInputError
        If there is nothing to learn.
    OracleError
        If a training fails.
    """
    settings = scenario.oracle
    assert settings is not None
    mechanism = replace(scenario.mechanism, fees="none")  # lump sums move nobody

    def propose(surface: GainSurface) -> Proposal:
        game = round_on(scenario, backend, surface)
        study = run_study(game, mechanism, alone=Unknown("it moves nobody"))
        induced = study.induced
        assert isinstance(induced, AggregativeGame)  # the plan says so
        study.equilibrium.raise_if_failed()
        return Proposal(study.contribution, induced.weights, induced.form.own, np.abs(study.payoff))

    return find_equilibrium(
        backend.oracle,
        propose,
        local_data=backend.local_data,
        upper=[float(value or 0.0) for value in scenario.columns["max_contribution"]],
        target=settings.target_regret,
        budget=most_trainings(settings, len(scenario.organizations)),
        first_seed=first_seed,
        progress=progress,
    )


def round_on(scenario: Scenario, backend: Backend, surface: GainSurface) -> CoopetitionRound:
    """Return the scenario's round on the trend of a surface."""
    return scenario.round(
        surface.curve, local_data=backend.local_data, quality=surface.quality, skew=backend.skew
    )


def curve_misfit(game: CoopetitionRound, search: AdaptiveSearch) -> Array:
    """Return by how much of its payoff the curve misjudges each organization's at the profile.

    Value × (gain of the surface − gain of the curve), relative to the absolute payoff, (N,).
    """
    x = search.profile
    off = float(search.surface.mean(x[None])[0] - game.gain.value(game.form.aggregate(x)))
    return np.asarray(game.value * off / np.maximum(np.abs(game.payoffs(x)), 1e-300))


def as_fit(surface: GainSurface, game: CoopetitionRound) -> tuple[Measurements, GainFit]:
    """Return a search's trainings and trend in the form of a design fixed beforehand."""
    measurements = Measurements(surface.profiles, surface.gains[:, None])
    omega = np.asarray(game.form.aggregate(surface.profiles))
    curve, misses = surface.curve, surface.trend_misses()
    return measurements, GainFit(
        curve=curve,
        family="power",
        quality=surface.quality,
        parameters={"ceiling": curve.ceiling, "scale": curve.scale, "exponent": curve.exponent},
        standard_errors=None,
        held_out_error={"power": float(np.sqrt(np.mean(misses**2)))},
        refused={},
        residuals=surface.gains - np.asarray(curve.value(omega)),
        effective_data=omega,
        shape=shape_report(measurements),
        held_out_misses={"power": misses},
    )
