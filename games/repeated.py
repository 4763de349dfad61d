"""The long run: when the threat to fall back to an equilibrium keeps up a better profile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import certify
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.tolerance import ROUNDING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrimTrigger:
    """Play a profile for ever; after any deviation, the punishment for ever.

    Attributes
    ----------
    discount : shape (N,)
        Each player's least discount factor that makes it stay; NaN where none below 1 does.
    critical : float or None
        The largest of them; None if somebody cannot be made to stay.
    punishment_regret : float
        By how much the punishment misses being an equilibrium, 0 if that is rounding: the threat
        is credible if 0.
    """

    players: tuple[str, ...]
    discount: Array
    punishment_regret: float

    @property
    def critical(self) -> float | None:
        """The discount factor from which on everybody stays."""
        return None if np.isnan(self.discount).any() else float(self.discount.max())

    def __str__(self) -> str:
        """Say the factor, or who cannot be made to stay."""
        lost = [name for name, d in zip(self.players, self.discount, strict=True) if np.isnan(d)]
        if lost:
            return f"no discount factor below 1 makes {', '.join(lost)} stay"
        who = self.players[int(self.discount.argmax())]
        said = f"sustained for discount factors of at least {self.critical:.6g} (by {who})"
        if self.punishment_regret > 0:
            said += f"; the threat is not credible: leaving it gains {self.punishment_regret:.6g}"
        return said


def grim_trigger(
    game: FiniteGame | Game, profile: Sequence[int] | ArrayLike, punishment: ArrayLike
) -> GrimTrigger:
    """Find the discount factors with which reversion to a punishment sustains a profile.

    Player n stays iff δ ≥ (D − U)/(D − P): U what it has at the profile, D its best deviation
    from it, P at the punishment; no δ < 1 will do where D > U and P ≥ U.

    Parameters
    ----------
    profile, punishment : strategy numbers of a finite game, contributions of another
        The punishment should be an equilibrium; by how much it is not is reported.

    Raises
    ------
    InvalidInputError
        If a profile does not fit the game.

    Notes
    -----
    Friedman, A non-cooperative equilibrium for supergames, Review of Economic Studies 38, 1971.
    For continuous games the best deviation is the certificate's bound.

    Examples
    --------
    >>> prisoners = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> print(grim_trigger(prisoners, (0, 0), (1, 1)))
    sustained for discount factors of at least 0.5 (by player 1)
    """
    stay, gained, unit = _payoffs_and_regret(game, profile)
    punished, threat, slack = _payoffs_and_regret(game, punishment)
    threat = np.where(threat > slack, threat, 0)
    lost = stay - punished
    factor = np.zeros(len(game.players))
    for n, gain in enumerate(gained):
        if gain > unit[n]:
            factor[n] = gain / (gain + lost[n]) if lost[n] > 0 else np.nan
    return GrimTrigger(players=game.players, discount=factor, punishment_regret=float(threat.max()))


def _payoffs_and_regret(
    game: FiniteGame | Game, profile: Sequence[int] | ArrayLike
) -> tuple[Tensor, Tensor, Tensor]:
    """Return payoffs, regrets, and how large a regret may be rounding: nothing in fractions."""
    if isinstance(game, FiniteGame):
        where = game.checked(profile)  # type: ignore[arg-type]
        payoffs, regret = game.payoffs(where), game.regret(where)
        if game.exact:
            return payoffs, regret, np.array([0] * len(where))
        return payoffs, regret, ROUNDING * np.maximum(np.abs(payoffs), np.abs(payoffs + regret))
    x = game.checked(profile)
    payoffs = np.asarray(game.payoffs(x), dtype=float)
    certificate = certify(game, x)
    return payoffs, certificate.regret, certificate.tolerance
