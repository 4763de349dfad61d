"""Regrets of pure profiles of finite games: compared in floats, or proved in fractions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.certificate import Certificate, Deviation
from coopetition.games.finite.game import FiniteGame, Profile
from coopetition.games.rigor.certificate_file import finite_document
from coopetition.games.rigor.exact import rounded_up
from coopetition.games.tolerance import checked_tolerance


def certify_finite(
    game: FiniteGame, profile: ArrayLike | Sequence[int], tol: float | None
) -> Certificate:
    """Compare all strategies in the game's own numbers: a proof where they are fractions."""
    tol = checked_tolerance(tol)
    if game.exact:
        return prove_finite(game, profile, tol)[0]
    where = game.checked(profile)  # type: ignore[arg-type]
    gains = game.regret(where).astype(float)
    deviation = _best_switch(game, where, int(np.argmax(gains)))
    limit = np.full(gains.shape, 0.0 if tol is None else float(tol))
    return Certificate(game.players, gains, limit, "checked", "all strategies", deviation)


def prove_finite(
    game: FiniteGame, profile: ArrayLike | Sequence[int], tol: float | None
) -> tuple[Certificate, Callable[[], dict[str, Any]]]:
    """Compare all strategies in fractions; return the certificate, and what writes its file."""
    exact = game.to_fractions()
    where = exact.checked(profile)  # type: ignore[arg-type]
    gains = exact.regret(where)
    regret = np.array([rounded_up(v) for v in gains])
    found = _best_switch(exact, where, int(np.argmax(regret)))
    limit = np.full(regret.shape, 0.0 if tol is None else float(tol))
    certificate = Certificate(game.players, regret, limit, "proved", "exact fractions", found)
    return certificate, lambda: finite_document(exact, where, gains)


def _best_switch(game: FiniteGame, where: Profile, who: int) -> Deviation | None:
    line = np.moveaxis(game.tensor[who], who, -1)[where[:who] + where[who + 1 :]]
    best = int(np.argmax(line))
    gain = float(line[best] - line[where[who]])
    if not gain > 0:
        return None
    return Deviation(game.players[who], float(best), gain, game.strategies[who][best])
