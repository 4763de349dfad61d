"""What a measured scenario's answer claims, trained with the seeds that the scenario holds out."""

from collections.abc import Sequence

from coopetition.games.measured.round import TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress
from coopetition.studies.measured.study_stages import seeds_of
from coopetition.studies.outside.outside import Autarky
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.solve.study import Study
from coopetition.studies.verification.verification import Verification
from coopetition.studies.verification.verify import most_seeds, verify_study


def verified(
    scenario: Scenario,
    oracle: UtilityOracle,
    study: Study,
    alone: Autarky | Unknown,
    *,
    views: Sequence[TrainingRound],
    progress: Progress,
) -> Verification | None:
    """Train a study's headlines on seeds that neither the fit nor a search used.

    None if the scenario holds no seeds out, or there is no equilibrium.
    """
    assert scenario.oracle is not None
    seeds = scenario.oracle.holdout_seeds
    if not (seeds and study.equilibrium.success):
        return None
    with stage(oracle, "verification"):
        return verify_study(
            study,
            oracle,
            first_seed=seeds_of(scenario),
            alone=alone,
            seeds=seeds,
            most=most_seeds(seeds),
            views=views,
            progress=progress,
        )
