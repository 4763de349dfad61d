"""What needs several of the other folders: scenarios, outside options, comparisons, reports."""

from coopetition.studies.audit import audit
from coopetition.studies.compare import compare
from coopetition.studies.comparison import Comparison
from coopetition.studies.design import Constraints, Design, design, perturbed
from coopetition.studies.outside import Autarky, autarky, exit_payoffs
from coopetition.studies.play import Play, play_scenario
from coopetition.studies.scenario import Scenario, load_scenario, parse_scenario
from coopetition.studies.settings import MechanismSettings
from coopetition.studies.statics import comparative_statics
from coopetition.studies.study import Study, run_study
from coopetition.studies.sweep import run_sweep

__all__ = [
    "Autarky",
    "Comparison",
    "Constraints",
    "Design",
    "MechanismSettings",
    "Play",
    "Scenario",
    "Study",
    "audit",
    "autarky",
    "comparative_statics",
    "compare",
    "design",
    "exit_payoffs",
    "load_scenario",
    "parse_scenario",
    "perturbed",
    "play_scenario",
    "run_study",
    "run_sweep",
]
