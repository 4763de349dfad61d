"""The style of every picture: colors, units, names, files; it knows nothing of what is shown."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.output.pictures.files import save
    from coopetition.output.pictures.series import picture_data
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["picture_data", "save"]
