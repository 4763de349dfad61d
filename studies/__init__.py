"""What needs several of the other folders: scenarios, outside options, comparisons, reports."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.batch.contract import ContractBatch, contract_many
    from coopetition.studies.batch.outside import autarky_many, exit_many
    from coopetition.studies.batch.prices import PricedBatch, prices_many
    from coopetition.studies.batch.study import StudyBatch, study_many
    from coopetition.studies.behavior.revealed import Revealed, revealed
    from coopetition.studies.breakeven.breakeven import BreakEven, break_even
    from coopetition.studies.compare.result import Comparison
    from coopetition.studies.design.design import Constraints, Design, perturbed
    from coopetition.studies.draws.uncertain_study import UncertainStudy
    from coopetition.studies.draws.uncertainty import uncertainty
    from coopetition.studies.measured.measured import measure_scenario
    from coopetition.studies.outside.outside import Autarky, autarky, exit_payoffs
    from coopetition.studies.play.deposits import settle_defaults
    from coopetition.studies.play.journal import RoundRecord
    from coopetition.studies.play.play import Play, play_scenario
    from coopetition.studies.scenario.mechanism_table import MechanismSettings
    from coopetition.studies.scenario.scenario import Scenario, load_scenario, parse_scenario
    from coopetition.studies.solve.study import Study, run_study
    from coopetition.studies.statics import comparative_statics
    from coopetition.studies.sweep import run_sweep
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Autarky",
    "BreakEven",
    "Comparison",
    "Constraints",
    "ContractBatch",
    "Design",
    "MechanismSettings",
    "Play",
    "PricedBatch",
    "Revealed",
    "RoundRecord",
    "Scenario",
    "Study",
    "StudyBatch",
    "UncertainStudy",
    "autarky",
    "autarky_many",
    "break_even",
    "comparative_statics",
    "contract_many",
    "exit_many",
    "exit_payoffs",
    "load_scenario",
    "measure_scenario",
    "parse_scenario",
    "perturbed",
    "play_scenario",
    "prices_many",
    "revealed",
    "run_study",
    "run_sweep",
    "settle_defaults",
    "study_many",
    "uncertainty",
]
