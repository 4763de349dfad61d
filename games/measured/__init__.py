"""Rounds of measured gains: everybody's model is worth what its own tests say, not one curve."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.games.measured.families import SeparableGains, TransferGains
    from coopetition.games.measured.form import GainForm, GameOfGains
    from coopetition.games.measured.gains import OwnGains
    from coopetition.games.measured.round import MeasuredGame
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["GainForm", "GameOfGains", "MeasuredGame", "OwnGains", "SeparableGains", "TransferGains"]
