"""The only door to machine learning: measured gains in, a gain curve out.

Read in this order: `protocol` (what a backend implements), `federation` (one that really learns),
`gains` (chosen profiles measured over seeds, and a curve fitted to them), `surrogates` (a function
for everybody's own gain), `search` (an equilibrium with few trainings, and whether it survives on
the true oracle), `conformance` (does a backend keep its promises), `ledger` (nothing measured is
ever lost), `parallel` (several trainings at once), `remote` (backends in other programs, on other
machines, of other distributions), `flower` and `nvflare` (learning stacks, each in a process of its
own).
"""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.oracles.conformance.check import CheckResult, OracleReport, check_oracle
    from coopetition.oracles.federation.reference import ReferenceOracle
    from coopetition.oracles.gains.fit import GainFit, fit_gain
    from coopetition.oracles.gains.measure import (
        Measurements,
        design_alone,
        design_profiles,
        measure,
    )
    from coopetition.oracles.gains.measure_gains import MeasuredGains, measure_gains
    from coopetition.oracles.gains.shape_report import Counts, ShapeReport, shape_report
    from coopetition.oracles.ledger.archive import LedgerPart, export_ledger, ledger_parts
    from coopetition.oracles.ledger.ledger import Ledger
    from coopetition.oracles.ledger.tolerant import Failures, TolerantOracle
    from coopetition.oracles.parallel.oracle import ParallelOracle
    from coopetition.oracles.remote.ask_and_tell import AskTell
    from coopetition.oracles.remote.http import HttpOracle
    from coopetition.oracles.remote.plugins import Plugin, installed_oracles, open_plugin
    from coopetition.oracles.remote.process import ProcessOracle, serve_lines
    from coopetition.oracles.remote.server import serve_http
    from coopetition.oracles.search.adaptive import (
        AdaptiveSearch,
        Proposal,
        find_equilibrium,
        respond,
    )
    from coopetition.oracles.search.deviations import EstimatedDeviation, oracle_regret
    from coopetition.oracles.search.gain_surface import GainSurface, fit_surface
    from coopetition.oracles.search.gains_found import GainsSearch
    from coopetition.oracles.search.gains_search import search_gains
    from coopetition.oracles.surrogates.fit import fit_gains
    from coopetition.oracles.surrogates.fitted_gains import FittedGains
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "AdaptiveSearch",
    "AskTell",
    "CheckResult",
    "Counts",
    "EstimatedDeviation",
    "Failures",
    "FittedGains",
    "GainFit",
    "GainSurface",
    "GainsSearch",
    "HttpOracle",
    "Ledger",
    "LedgerPart",
    "MeasuredGains",
    "Measurements",
    "OracleReport",
    "ParallelOracle",
    "Plugin",
    "ProcessOracle",
    "Proposal",
    "ReferenceOracle",
    "ShapeReport",
    "TolerantOracle",
    "check_oracle",
    "design_alone",
    "design_profiles",
    "export_ledger",
    "find_equilibrium",
    "fit_gain",
    "fit_gains",
    "fit_surface",
    "installed_oracles",
    "ledger_parts",
    "measure",
    "measure_gains",
    "open_plugin",
    "oracle_regret",
    "respond",
    "search_gains",
    "serve_http",
    "serve_lines",
    "shape_report",
]
