"""The only door to machine learning: measured gains in, a gain curve out.

Read in this order: `coopetition.games.oracle` (what a backend implements), `reference` (one that
really learns), `measure` (evaluate chosen profiles over seeds), `shape` (what the measured gains
look like), `fit` and `tabulate` (from measurements to a gain curve), `surface` and `adaptive` (an
equilibrium with few trainings), `deviations` (whether a proposed profile survives on the true
oracle), `check` (does a backend keep its promises),
`ledger` (nothing measured is ever lost), `parallel` (several trainings at once), `process`, `http`
and `asktell` (backends elsewhere), `flower` and `flare` (learning stacks, each in a process of its
own), `plugins` (oracles of other distributions).
"""

from coopetition.oracles.adaptive import AdaptiveSearch, Proposal, find_equilibrium, respond
from coopetition.oracles.archive import LedgerPart, export_ledger, ledger_parts
from coopetition.oracles.asktell import AskTell
from coopetition.oracles.check import Finding, OracleReport, check_oracle
from coopetition.oracles.deviations import Deviation, oracle_regret
from coopetition.oracles.fit import GainFit, fit_gain
from coopetition.oracles.http import HttpOracle
from coopetition.oracles.ledger import Ledger
from coopetition.oracles.measure import Measurements, design_alone, design_profiles, measure
from coopetition.oracles.parallel import ParallelOracle
from coopetition.oracles.plugins import Plugin, installed_oracles, open_plugin
from coopetition.oracles.process import ProcessOracle, serve_lines
from coopetition.oracles.reference import ReferenceOracle
from coopetition.oracles.server import serve_http
from coopetition.oracles.shape import Counts, ShapeReport, shape_report
from coopetition.oracles.surface import GainSurface, fit_surface
from coopetition.oracles.tabulate import tabulate_gain

__all__ = [
    "AdaptiveSearch",
    "AskTell",
    "Counts",
    "Deviation",
    "Finding",
    "GainFit",
    "GainSurface",
    "HttpOracle",
    "Ledger",
    "LedgerPart",
    "Measurements",
    "OracleReport",
    "ParallelOracle",
    "Plugin",
    "ProcessOracle",
    "Proposal",
    "ReferenceOracle",
    "ShapeReport",
    "check_oracle",
    "design_alone",
    "design_profiles",
    "export_ledger",
    "find_equilibrium",
    "fit_gain",
    "fit_surface",
    "installed_oracles",
    "ledger_parts",
    "measure",
    "open_plugin",
    "oracle_regret",
    "respond",
    "serve_http",
    "serve_lines",
    "shape_report",
    "tabulate_gain",
]
