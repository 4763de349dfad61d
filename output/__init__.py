"""How results are shown: tables, data frames, pictures and files, the same for every result."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.output.of_games import shown
    from coopetition.output.progress import ProgressBar
    from coopetition.output.result import Result
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["ProgressBar", "Result", "shown"]
