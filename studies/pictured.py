"""The index of pictures, and results that find theirs in it.

By the names that `--picture` and `.plot` take, for which results. A new picture is a file in
`studies/pictures`, its test, and a line in `PICTURES`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from inspect import signature
from types import MappingProxyType
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.output.result import Result
from coopetition.output.words import GENERAL, Words

STUDY, DESIGN, TUNED, PLAY, GAME = "Study", "Design", "Tuned", "Play", "Game"
SOLVED = (STUDY, DESIGN, TUNED)

# Where the function is, and the classes it draws; the first picture of a class is its default.
PICTURES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "results": ("study:draw_study", (STUDY,)),
        "design": ("design:draw_design", (DESIGN,)),
        "contributions": ("study:draw_contributions", (STUDY,)),
        "payoffs": ("study:draw_payoffs", (STUDY,)),
        "comparison": ("comparison:draw_comparison", ("Comparison",)),
        "attainable": ("attainable:draw_attainable", ("Comparison",)),
        "rounds": ("play:draw_play", (PLAY,)),
        "sweep": ("sweep:draw_sweep", ("Sweep",)),
        "statics": ("statics:draw_statics", ("Statics",)),
        "uncertainty": ("uncertainty:draw_uncertainty", ("UncertainStudy",)),
        "tornado": ("uncertainty:draw_tornado", ("UncertainStudy",)),
        "payments": ("payments:draw_payments", (*SOLVED, PLAY)),
        "best-responses": ("best_responses:draw_best_responses", (*SOLVED, GAME)),
        "potential": ("potential:draw_potential", (*SOLVED, GAME)),
    }
)


def names_of(kind: str) -> tuple[str, ...]:
    """Return the names of the pictures of a class of results, the default first.

    Examples
    --------
    >>> names_of("Play")
    ('rounds', 'payments')
    """
    return tuple(name for name, (_, classes) in PICTURES.items() if kind in classes)


def pictures_of(result: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the functions that draw a result, by the names of the pictures, the default first.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.studies import run_study
    >>> game = CoopetitionRound(gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0],
    ...     max_contribution=4000.0, value=1000.0, unit_cost=0.03)
    >>> list(pictures_of(run_study(game)))[:3]
    ['results', 'contributions', 'payoffs']
    """
    return {
        name: _function(place)
        for name, (place, classes) in PICTURES.items()
        if any(kind.__name__ in classes for kind in type(result).__mro__)
    }


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    drawn: Callable[..., Any] = getattr(
        import_module(f"coopetition.studies.pictures.{module}"), name
    )
    return drawn


def draw(result: Any, picture: str | None = None, ax: Any = None, **options: Any) -> Any:
    """Draw a picture of a result, by default its first, and return the axes.

    Parameters
    ----------
    picture
        A name in `pictures_of(result)`.
    ax
        As many matplotlib axes as the picture has panels; None for a new figure.
    options
        What the picture's function takes besides, such as `currency`; it is not told the others.

    Raises
    ------
    InvalidInputError
        If there is no such picture of it, or its function refuses.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from coopetition.games import SmoothGame
    >>> duopoly = SmoothGame(bounds=[(0, 20), (0, 20)],
    ...     payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())])
    >>> draw(duopoly, "best-responses", unit="tons").get_xlabel()
    'player 1 (tons)'
    """
    known = pictures_of(result)
    picture = picture or next(iter(known), "")
    if picture not in known:
        raise InvalidInputError(
            f"`picture` of a {type(result).__name__} must be one of {', '.join(known) or 'none'}, "
            f"got {picture!r:.60}"
        )
    taken = signature(known[picture]).parameters
    return known[picture](result, ax, **{key: v for key, v in options.items() if key in taken})


class Pictured(Result):
    """A result that can be drawn.

    Examples
    --------
    >>> from coopetition.studies import Comparison
    >>> list(Comparison(()).pictures())
    ['comparison', 'attainable']
    """

    __slots__ = ()

    @property
    def words(self) -> Words:
        """Its scenario's name, and the units."""
        return GENERAL

    def pictures(self) -> Mapping[str, Callable[..., Any]]:
        """Return the functions that draw it, by the names of the pictures; the default first."""
        words = self.words
        told = {"name": words.scenario, "unit": words.contribution}
        told |= {"currency": words.currency} if words.currency else {}
        return {name: partial(draw, picture=name, **told) for name in pictures_of(self)}
