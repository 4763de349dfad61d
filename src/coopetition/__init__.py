"""Incentives among organizations that train a model together and compete in the market.

Read in this order: `CoopetitionRound` (the game), `solve` (its equilibrium, with a certificate),
`redistribute` (a rule maps a game to a game), `audit` (what the rule promises and keeps).
"""
# games/, solvers/, mechanisms/, oracles/ and studies/ beside this file are links to the
# folders at the top of the repository: wheels copy them here, editable installs follow them.

from coopetition import _starting as _starting  # first: see there

# isort: split
from typing import TYPE_CHECKING

from coopetition._lazy import lazy
from coopetition._version import __version__ as __version__

if TYPE_CHECKING:
    from coopetition.games import (
        Certificate,
        CoopetitionError,
        CoopetitionRound,
        ExponentialGain,
        FiniteGame,
        GainCurve,
        InvalidInputError,
        LogarithmicGain,
        LowRankCompetition,
        MissingDependencyError,
        NotConvergedError,
        OracleError,
        PowerGain,
        SmoothGame,
        SymbolicGame,
        TabulatedGain,
        UnsupportedGameError,
        certify,
        check_certificate,
        load_game,
        potential_of,
        prove,
    )
    from coopetition.mechanisms import (
        Audit,
        Mechanism,
        SeparableRule,
        bilateral_prices,
        none,
        redistribute,
        redistribution,
    )
    from coopetition.oracles import find_equilibrium
    from coopetition.solvers import (
        Equilibrium,
        Optimum,
        best_response_dynamics,
        maximize_potential,
        plan_many,
        solve,
        solve_aggregate,
        solve_many,
        solve_planner,
    )
    from coopetition.studies import (
        Constraints,
        Design,
        autarky,
        autarky_many,
        comparative_statics,
        exit_many,
        exit_payoffs,
        load_scenario,
        prices_many,
        run_study,
        study_many,
    )
    from coopetition.studies.audit.audit import audit
    from coopetition.studies.compare.compare import compare
    from coopetition.studies.design.design import design
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Audit",
    "Certificate",
    "Constraints",
    "CoopetitionError",
    "CoopetitionRound",
    "Design",
    "Equilibrium",
    "ExponentialGain",
    "FiniteGame",
    "GainCurve",
    "InvalidInputError",
    "LogarithmicGain",
    "LowRankCompetition",
    "Mechanism",
    "MissingDependencyError",
    "NotConvergedError",
    "Optimum",
    "OracleError",
    "PowerGain",
    "SeparableRule",
    "SmoothGame",
    "SymbolicGame",
    "TabulatedGain",
    "UnsupportedGameError",
    "audit",
    "autarky",
    "autarky_many",
    "best_response_dynamics",
    "bilateral_prices",
    "certify",
    "check_certificate",
    "comparative_statics",
    "compare",
    "design",
    "exit_many",
    "exit_payoffs",
    "find_equilibrium",
    "load_game",
    "load_scenario",
    "maximize_potential",
    "none",
    "plan_many",
    "potential_of",
    "prices_many",
    "prove",
    "redistribute",
    "redistribution",
    "run_study",
    "solve",
    "solve_aggregate",
    "solve_many",
    "solve_planner",
    "study_many",
]
