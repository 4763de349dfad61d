"""Equilibria of finite games: all pure ones, mixed ones, and where dynamics lead."""

from coopetition.solvers.finite.anarchy import Anarchy, anarchy, dominated
from coopetition.solvers.finite.correlated import Correlated, correlated_equilibrium
from coopetition.solvers.finite.learning import Learned, fictitious_play, replicator
from coopetition.solvers.finite.lemke_howson import lemke_howson
from coopetition.solvers.finite.logit import logit_equilibrium
from coopetition.solvers.finite.loglinear import Visits, log_linear
from coopetition.solvers.finite.mixed import mixed_equilibria
from coopetition.solvers.finite.paths import Path, improvement_path
from coopetition.solvers.finite.profiles import MixedEquilibria
from coopetition.solvers.finite.pure import PureEquilibria, pure_equilibria

__all__ = [
    "Anarchy",
    "Correlated",
    "Learned",
    "MixedEquilibria",
    "Path",
    "PureEquilibria",
    "Visits",
    "anarchy",
    "correlated_equilibrium",
    "dominated",
    "fictitious_play",
    "improvement_path",
    "lemke_howson",
    "log_linear",
    "logit_equilibrium",
    "mixed_equilibria",
    "pure_equilibria",
    "replicator",
]
