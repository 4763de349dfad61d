"""What needs several of the other folders: scenarios, outside options, comparisons, reports."""

from coopetition.studies.audit.audit import audit
from coopetition.studies.batch import (
    PricedBatch,
    StudyBatch,
    autarky_many,
    exit_many,
    prices_many,
    study_many,
)
from coopetition.studies.compare.compare import compare
from coopetition.studies.compare.result import Comparison
from coopetition.studies.design.design import Constraints, Design, design, perturbed
from coopetition.studies.outside.outside import Autarky, autarky, exit_payoffs
from coopetition.studies.play.play import Play, play_scenario
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario, load_scenario, parse_scenario
from coopetition.studies.solve import Study, run_study
from coopetition.studies.statics import comparative_statics
from coopetition.studies.sweep import run_sweep

__all__ = [
    "Autarky",
    "Comparison",
    "Constraints",
    "Design",
    "MechanismSettings",
    "Play",
    "PricedBatch",
    "Scenario",
    "Study",
    "StudyBatch",
    "audit",
    "autarky",
    "autarky_many",
    "comparative_statics",
    "compare",
    "design",
    "exit_many",
    "exit_payoffs",
    "load_scenario",
    "parse_scenario",
    "perturbed",
    "play_scenario",
    "prices_many",
    "run_study",
    "run_sweep",
    "study_many",
]
