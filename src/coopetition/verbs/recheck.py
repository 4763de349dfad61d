"""What `coopetition verify --certificate FILE` does: a saved proof is checked again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.console import naming
from coopetition.games.base import Game
from coopetition.games.certificate import not_below
from coopetition.games.checker.numbers import exact
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.about import about, stake
from coopetition.games.rigor.exact import rounded_up
from coopetition.games.rigor.file import read_certificate


def recheck(
    path: Path, tolerance: float | None, game: Game | FiniteGame | None, source: str
) -> tuple[dict[str, Any], str]:
    """Check a certificate file; return the JSON document and a sentence.

    With a game, its numbers must be the file's. The tolerance is the user's, or what the file
    states, or the game's default; without any, a bound is all that is proved.
    """
    epsilon, content = read_certificate(path)
    with naming(path):
        if game is not None:
            about(content, game)
        limit, whose = _tolerance(content, tolerance, game)
    size, what = stake(content)
    share = rounded_up(epsilon / size) if size else None
    holds = limit is None or epsilon <= limit
    document = {
        "certificate_file": str(path),
        "proved": True,
        "epsilon": rounded_up(epsilon),
        "relative_epsilon": share,
        "tolerance": limit,
        "holds": holds,
    }
    bound = f"nobody can gain more than {not_below(rounded_up(epsilon), 6)}"
    if epsilon and share is not None:
        bound += f", which is {100 * share:.2g} % of {what}"
    if limit is None:
        verdict = "an equilibrium" if epsilon == 0 else (
            "the file does not say whether that is an equilibrium: --tolerance decides"
        )  # fmt: skip
    elif holds:
        verdict = f"an equilibrium within the {whose} tolerance {limit:.3g}"
    else:
        verdict = f"that is no proof of an equilibrium within the {whose} tolerance {limit:.3g}"
    same = f"; its numbers are those of {source}" if game is not None else ""
    return document, f"{path}: proved again, {bound}; {verdict}{same}"


def _tolerance(
    content: Mapping[str, Any], given: float | None, game: Game | FiniteGame | None
) -> tuple[float | None, str]:
    """Return what still counts as an equilibrium, and who says so."""
    if given is not None:
        return given, "given"
    if "tolerance" in content:
        try:
            stated = rounded_up(exact(content["tolerance"]))
        except ValueError as error:
            raise InvalidInputError(f"`tolerance`: {error}") from None
        return stated, "file's"
    if game is None:
        return None, ""
    if isinstance(game, FiniteGame):
        return 0.0, "default"
    profile = np.array([float(exact(value)) for value in content["profile"]])
    return 1e-9 * game.payoff_scale(profile), "default"
