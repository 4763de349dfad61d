"""Numbers as the fractions that the computer stores: what formulas are traced with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from coopetition.games.base import Game
from coopetition.games.competition import Competition, MatrixCompetition


@contextmanager
def exact_numbers() -> Iterator[None]:
    """Let numbers that meet a symbol become the fractions that they are, without rounding."""
    import sympy
    from sympy.core.sympify import converter

    kinds = (float, np.floating)
    before = {kind: converter.get(kind) for kind in kinds}
    converter.update({kind: lambda number: sympy.Rational(float(number)) for kind in kinds})
    try:
        yield
    finally:
        for kind, known in before.items():
            converter.pop(kind)
            if known is not None:
                converter[kind] = known


def exact_twin(game: Game) -> Game:
    """Return the game with fractions for its numbers, of the same class; itself if no dataclass."""
    if not is_dataclass(game):
        return game
    twin = object.__new__(type(game))
    for field in fields(game):
        object.__setattr__(twin, field.name, _exact(getattr(game, field.name)))
    return twin


def _exact(value: Any) -> Any:
    import sympy

    if isinstance(value, Competition):
        return MatrixCompetition(_exact(np.ascontiguousarray(value.spread(np.eye(value.size)))))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        stored = [sympy.Rational(float(number)) for number in value.flat]
        return np.array(stored, dtype=object).reshape(value.shape)
    return sympy.Rational(value) if isinstance(value, float) else value
