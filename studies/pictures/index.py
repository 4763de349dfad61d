"""The index of pictures: by the names that `--picture` and `.plot` take, for which results.

A new picture is a file here, its test, and a line in `PICTURES`.
"""

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from types import MappingProxyType
from typing import Any

from coopetition.games.errors import InvalidInputError

STUDY, DESIGN, TUNED, PLAY, GAME = "Study", "Design", "Tuned", "Play", "Game"
SOLVED = (STUDY, DESIGN, TUNED)

# Where the function is, and the classes it draws; the first picture of a class is its default.
PICTURES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "results": ("study:draw_study", (STUDY,)),
        "contributions": ("study:draw_contributions", (STUDY,)),
        "payoffs": ("study:draw_payoffs", (STUDY,)),
        "comparison": ("comparison:draw_comparison", ("Comparison",)),
        "rounds": ("play:draw_play", (PLAY,)),
        "sweep": ("sweep:draw_sweep", ("Sweep",)),
        "payments": ("payments:draw_payments", (*SOLVED, PLAY)),
        "best-responses": ("best_responses:draw_best_responses", (*SOLVED, GAME)),
        "potential": ("potential:draw_potential", (*SOLVED, GAME)),
    }
)


def pictures_of(result: Any) -> tuple[str, ...]:
    """Return the names of the pictures of a result, or of the class of this name.

    Examples
    --------
    >>> pictures_of("Play")
    ('rounds', 'payments')
    """
    known = {result} if isinstance(result, str) else {c.__name__ for c in type(result).__mro__}
    return tuple(name for name, (_, classes) in PICTURES.items() if known & set(classes))


def draw(result: Any, picture: str | None = None, ax: Any = None, **options: Any) -> Any:
    """Draw a picture of a result, by default its first, and return the axes.

    Parameters
    ----------
    picture
        One of `pictures_of(result)`.
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
    """
    names = pictures_of(result)
    picture = picture or next(iter(names), "")
    if picture not in names:
        raise InvalidInputError(
            f"`picture` of a {type(result).__name__} must be one of {', '.join(names) or 'none'}, "
            f"got {picture!r:.60}"
        )
    module, _, name = PICTURES[picture][0].partition(":")
    function = getattr(import_module(f"coopetition.studies.pictures.{module}"), name)
    taken = signature(function).parameters
    return function(result, ax, **{key: v for key, v in options.items() if key in taken})
