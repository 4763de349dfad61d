"""The only door to machine learning: measured gains in, a gain curve out.

Read in this order: `coopetition.games.oracle` (what a backend implements), `reference` (one that
really learns), `measure` (evaluate chosen profiles over seeds), `shape` (what the measured gains
look like), `fit` and `tabulate` (from measurements to a gain curve), `deviations` (whether a
proposed profile survives on the true oracle), `ledger` (nothing measured is ever lost).
"""

from coopetition.oracles.archive import export_ledger
from coopetition.oracles.check import Finding, OracleReport, check_oracle
from coopetition.oracles.deviations import Deviation, oracle_regret
from coopetition.oracles.fit import GainFit, fit_gain
from coopetition.oracles.ledger import Ledger
from coopetition.oracles.measure import Measurements, design_alone, design_profiles, measure
from coopetition.oracles.reference import ReferenceOracle
from coopetition.oracles.shape import Counts, ShapeReport, shape_report
from coopetition.oracles.tabulate import tabulate_gain

__all__ = [
    "Counts",
    "Deviation",
    "Finding",
    "GainFit",
    "Ledger",
    "Measurements",
    "OracleReport",
    "ReferenceOracle",
    "ShapeReport",
    "check_oracle",
    "design_alone",
    "design_profiles",
    "export_ledger",
    "fit_gain",
    "measure",
    "oracle_regret",
    "shape_report",
    "tabulate_gain",
]
