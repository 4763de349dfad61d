"""What the results of studies share: a name, units, and the pictures of the index."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from coopetition.output.result import Result
from coopetition.output.words import GENERAL, Words


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
        from coopetition.studies.pictures.index import draw, pictures_of

        words = self.words
        told = {"name": words.scenario, "unit": words.contribution}
        told |= {"currency": words.currency} if words.currency else {}
        return {name: partial(draw, picture=name, **told) for name in pictures_of(self)}
