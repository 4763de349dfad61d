"""Gain curves: what the coalition's model gains from Ω effective samples, one family per file."""

from coopetition.games.coopetition.gain.curve import GainCurve
from coopetition.games.coopetition.gain.exponential import ExponentialGain
from coopetition.games.coopetition.gain.logarithmic import LogarithmicGain
from coopetition.games.coopetition.gain.power import PowerGain
from coopetition.games.coopetition.gain.tabulated import TabulatedGain

_CURVES: tuple[type[GainCurve], ...] = (
    PowerGain,
    ExponentialGain,
    LogarithmicGain,
    TabulatedGain,
)
FAMILIES = {curve.family: curve for curve in _CURVES}

__all__ = [
    "FAMILIES",
    "ExponentialGain",
    "GainCurve",
    "LogarithmicGain",
    "PowerGain",
    "TabulatedGain",
]
