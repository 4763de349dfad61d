"""Pictures of results: `draw_X(result, ax=None)` returns matplotlib axes; `save` writes files."""

from coopetition.studies.pictures.comparison import draw_comparison
from coopetition.studies.pictures.design import draw_design
from coopetition.studies.pictures.gain import draw_gain
from coopetition.studies.pictures.play import draw_play
from coopetition.studies.pictures.statics import draw_statics
from coopetition.studies.pictures.study import draw_contributions, draw_payoffs, draw_study
from coopetition.studies.pictures.sweep import draw_sweep

__all__ = [
    "draw_comparison",
    "draw_contributions",
    "draw_design",
    "draw_gain",
    "draw_payoffs",
    "draw_play",
    "draw_statics",
    "draw_study",
    "draw_sweep",
]
