"""The style of every picture: colors, units, names, files; it knows nothing of what is shown."""

from coopetition.output.pictures.labels import (
    beside,
    label_end,
    legend,
    named,
    plain,
    short,
    wrapped,
)
from coopetition.output.pictures.organizations import (
    Numbers,
    draw_by_organization,
    height,
    lines_by_organization,
)
from coopetition.output.pictures.overlaps import overlaps
from coopetition.output.pictures.save import save
from coopetition.output.pictures.series import band, keep, line, picture_data
from coopetition.output.pictures.style import Look, axes_for, dress, finish, look
from coopetition.output.pictures.units import Scale, show_unit

__all__ = [
    "Look",
    "Numbers",
    "Scale",
    "axes_for",
    "band",
    "beside",
    "draw_by_organization",
    "dress",
    "finish",
    "height",
    "keep",
    "label_end",
    "legend",
    "line",
    "lines_by_organization",
    "look",
    "named",
    "overlaps",
    "picture_data",
    "plain",
    "save",
    "short",
    "show_unit",
    "wrapped",
]
