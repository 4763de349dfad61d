"""What `coopetition verify --certificate FILE` does: a saved proof is checked again."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.cli.shared import naming
from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import not_below
from coopetition.games.checker.numbers import exact
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.certificate_file import read_certificate
from coopetition.games.rigor.certified_game import about, stake
from coopetition.games.rigor.exact import rounded_up
from coopetition.games.tolerance import tolerances


def recheck(
    path: Path, tolerance: float | None, game: Game | FiniteGame | None, source: str
) -> tuple[dict[str, Any], str]:
    """Check a certificate file; return the JSON document and a sentence.

    With a game, its numbers must be the file's. What is small is for the user or the game to say,
    never for the file; without both, a bound is all that is proved, and `holds` is None unless it
    is 0.
    """
    epsilon, content = read_certificate(path)
    with naming(path):
        if game is not None:
            about(content, game)
    size, what = stake(content)
    share = rounded_up(epsilon / size) if size else None
    allowed = _tolerance(content, tolerance, game)
    holds: bool | None = True if epsilon == 0 else None
    if allowed is not None:
        regrets = map(exact, content["regret"])
        over = [regret - Fraction(most) for regret, most in zip(regrets, allowed, strict=True)]
        holds = max(over) <= 0
    document = {
        "certificate_file": str(path),
        "proved": True,
        "epsilon": rounded_up(epsilon),
        "relative_epsilon": share,
        "tolerance": None if allowed is None else allowed.tolist(),
        "holds": holds,
    }
    bound = f"nobody can gain more than {not_below(rounded_up(epsilon), 6)}"
    if epsilon and share is not None:
        bound += f", which is {100 * share:.2g} % of {what}"
    if allowed is None:
        verdict = "an equilibrium" if holds else (
            "nobody has judged whether that is small: the game or --tolerance does"
        )  # fmt: skip
    else:
        n = max(range(len(over)), key=over.__getitem__)
        whose = "default" if tolerance is None else "given"
        most = f"the {whose} tolerance {allowed[n]:.3g}"
        if tolerance is None and np.ptp(allowed) > 0:
            most += f" of {content['players'][n]}"
        verdict = "an equilibrium within" if holds else "that is no proof of an equilibrium within"
        verdict = f"{verdict} {most}"
    same = f"; its numbers are those of {source}" if game is not None else ""
    return document, f"{path}: proved again, {bound}; {verdict}{same}"


def _tolerance(
    content: Mapping[str, Any], given: float | None, game: Game | FiniteGame | None
) -> Array | None:
    """Return what each may gain in an equilibrium: the user's word, else the game's."""
    size = len(content["regret"])
    if given is not None or isinstance(game, FiniteGame):
        return np.full(size, given or 0.0)
    if game is None:
        return None
    return tolerances(game, np.array([float(exact(value)) for value in content["profile"]]))
