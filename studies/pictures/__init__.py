"""Pictures of results: a file for each kind, and the index by which results find theirs."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.pictured import draw, pictures_of
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["draw", "pictures_of"]
