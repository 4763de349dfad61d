"""Pictures of results: `draw_X(result, ax=None)` returns matplotlib axes; `save` writes files."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.pictures.attainable import draw_attainable
    from coopetition.studies.pictures.best_responses import draw_best_responses
    from coopetition.studies.pictures.comparison import draw_comparison
    from coopetition.studies.pictures.design import draw_design
    from coopetition.studies.pictures.gain import draw_gain
    from coopetition.studies.pictures.index import draw, pictures_of
    from coopetition.studies.pictures.payments import draw_payments
    from coopetition.studies.pictures.play import draw_play
    from coopetition.studies.pictures.potential import draw_potential
    from coopetition.studies.pictures.statics import draw_statics
    from coopetition.studies.pictures.study import draw_contributions, draw_payoffs, draw_study
    from coopetition.studies.pictures.sweep import draw_sweep
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "draw",
    "draw_attainable",
    "draw_best_responses",
    "draw_comparison",
    "draw_contributions",
    "draw_design",
    "draw_gain",
    "draw_payments",
    "draw_payoffs",
    "draw_play",
    "draw_potential",
    "draw_statics",
    "draw_study",
    "draw_sweep",
    "pictures_of",
]
