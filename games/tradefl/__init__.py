"""The TradeFL-style game: a fraction of the data and a CPU frequency each."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.games.tradefl.game import TradeFLGame
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["TradeFLGame"]
