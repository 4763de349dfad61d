"""The instances that are timed, and how far from an equilibrium an answer is."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound


def quadratic_round(size: int, seed: int) -> CoopetitionRound:
    """Draw a round with quadratic costs and square-root gain; competition is one number.

    Costs are drawn around the marginal gain at half of all contributions, so that about 40 % of
    the organizations end between their bounds (of ten, 2 to 7), 30 % at either of them.

    Examples
    --------
    >>> from coopetition.solvers import solve_aggregate
    >>> game = quadratic_round(1000, seed=0)
    >>> x = solve_aggregate(game).profile
    >>> round(float(((x > 0) & (x < game.max_contribution)).mean()), 2)
    0.38
    """
    rng = np.random.default_rng([seed, size])
    data, top = rng.uniform(500.0, 1500.0, (2, size))
    quality, value = rng.uniform(0.5, 1.0, size), rng.uniform(500.0, 1500.0, size)
    damage = 0.3 / max(size - 1, 1)
    half = float(data.sum() + 0.5 * (quality @ top))
    gain = PowerGain(ceiling=1.0, scale=half**0.5, exponent=0.5)
    marginal = (value - damage * (value.sum() - value)) * quality * float(gain.slope(half))
    return CoopetitionRound(
        gain=gain,
        local_data=data,
        max_contribution=top,
        value=value,
        unit_cost=marginal * rng.uniform(0.3, 1.3, size),
        quadratic_cost=marginal / top * rng.uniform(0.2, 0.6, size),
        quality=quality,
        damage=damage,
    )


def violation(form: AggregateForm, x: Array) -> float:
    """Return the largest |marginal payoff| that no bound stops, in units of its terms' sum."""
    return float(_violations(form, x)[0].max())


def residual(form: AggregateForm, x: Array) -> float:
    """Return the same, but no player's more than its distance to the bound, as a share of it.

    So that an interior point method, which never reaches a bound, is not blamed for the slope.
    """
    missed, slope = _violations(form, x)
    room = np.where(slope > 0, form.upper - x, x) / form.upper
    return float(np.minimum(missed, room).max())


def _violations(form: AggregateForm, x: Array) -> tuple[Array, Array]:
    """Return each player's violation and its marginal payoff."""
    shared = np.asarray(form.gain.slope(form.aggregate(x)))[None]
    slope = form.attraction(shared) + form.own_slope(x)
    stopped = np.where(slope > 0, x >= form.upper, x <= 0)
    return np.where(stopped, 0.0, np.abs(slope) / form.terms(x)), slope
