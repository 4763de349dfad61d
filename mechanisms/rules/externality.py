"""External effects: what a little more of n's contribution is worth to all others."""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError


def external_prices(game: CoopetitionRound, target: ArrayLike) -> Array:
    """Return the price per unit of contribution that makes a target stationary for everybody.

    At the planner's optimum that is τ_n = Σ_{k≠n} ∂U_k/∂x_n; at any other target it is
    τ_n = −∂U_n/∂x_n where the contribution is interior, and the nearest to the external effect
    that keeps n at its bound elsewhere. Shape (N,), money per unit.

    Raises
    ------
    InvalidInputError
        If the target is no profile, or leaves no data where the gain's slope is infinite.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[1500, 900],
    ...     max_contribution=4000, value=[1000, 800], quadratic_cost=1e-5)
    >>> left = external_prices(game, [1000, 600]) + game.marginal_payoffs([1000, 600])
    >>> bool((np.abs(left) < 1e-15).all())
    True
    """
    z = game.checked(target)
    if not np.isfinite(game.gain.slope(game.form.aggregate(z))):
        raise InvalidInputError("`target` leaves no data, where the gain's slope is infinite")
    marginal, social = game.marginal_payoffs(z), game.welfare_gradient(z)
    left = np.where(z <= 0, np.maximum(social, 0.0), social)
    top = (z >= game.max_contribution) & (z > 0)
    left = np.where(top, np.minimum(left, 0.0), left)
    return np.asarray(social - marginal - left)
