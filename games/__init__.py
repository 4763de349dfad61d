"""What is played: gain curves, the coopetition round, other games, certificates."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.games.base import Box, Game, PotentialGame
    from coopetition.games.certificate import Certificate, Deviation
    from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
    from coopetition.games.coopetition.competition import (
        Competition,
        LowRankCompetition,
        as_competition,
    )
    from coopetition.games.coopetition.gain import (
        ExponentialGain,
        GainCurve,
        LogarithmicGain,
        PowerGain,
        TabulatedGain,
    )
    from coopetition.games.coopetition.round import CoopetitionRound
    from coopetition.games.coopetition.sectors import SectorCompetition
    from coopetition.games.errors import (
        CoopetitionError,
        InvalidInputError,
        MissingDependencyError,
        NotConvergedError,
        OracleError,
        UnsupportedGameError,
    )
    from coopetition.games.finite.files.load import load_game
    from coopetition.games.finite.game import FiniteGame
    from coopetition.games.measured.round import MeasuredGame
    from coopetition.games.potentials import potential_of
    from coopetition.games.rigor.certificate_file import check_certificate
    from coopetition.games.rigor.proof import Proof, certify, prove
    from coopetition.games.several.game import SeveralAggregatesGame
    from coopetition.games.smooth.game import SmoothGame
    from coopetition.games.smooth.potential import SmoothPotential, potential_of_smooth
    from coopetition.games.symbolic.game import SymbolicGame
    from coopetition.games.symbolic.potential import SymbolicPotential, potential_of_symbolic
    from coopetition.games.tolerance import tolerances
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "AggregateForm",
    "AggregativeGame",
    "Box",
    "Certificate",
    "Competition",
    "CoopetitionError",
    "CoopetitionRound",
    "Deviation",
    "ExponentialGain",
    "FiniteGame",
    "GainCurve",
    "Game",
    "InvalidInputError",
    "LogarithmicGain",
    "LowRankCompetition",
    "MeasuredGame",
    "MissingDependencyError",
    "NotConvergedError",
    "OracleError",
    "PotentialGame",
    "PowerGain",
    "Proof",
    "SectorCompetition",
    "SeveralAggregatesGame",
    "SmoothGame",
    "SmoothPotential",
    "SymbolicGame",
    "SymbolicPotential",
    "TabulatedGain",
    "UnsupportedGameError",
    "as_competition",
    "certify",
    "check_certificate",
    "load_game",
    "potential_of",
    "potential_of_smooth",
    "potential_of_symbolic",
    "prove",
    "tolerances",
]
