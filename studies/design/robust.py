"""A box of parameters: every value and cost may be off by up to a share, each independently.

At fixed contributions and payments an organization's payoff is linear in its value p_n and costs
a_n, b_n, c0_n, and in its harm R_n = Σ_m ρ_nm p_m, through which alone the others' values reach
it. Autarky is a maximum of functions linear in p_n, a_n, b_n. So payoff − autarky is concave: its
least over the box is at a vertex. The gain from leaving the target is a maximum of linear
functions: its largest is at a vertex. The p_m are free of p_n, so that R_n has an interval of its
own, and everybody's vertices are looked at side by side: 16 rounds for any N. [derived]
"""

from itertools import product

import numpy as np

from coopetition.games.coopetition.columns import MONEY
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError


def checked_spread(spread: float) -> float:
    """Return a share by which parameters may be off.

    Raises
    ------
    InvalidInputError
        If it is not in [0, 1).
    """
    if not 0 <= spread < 1:
        raise InvalidInputError(f"`spread` must be in [0, 1), got {spread!r}")
    return float(spread)


def exact_box(game: CoopetitionRound, outside: str) -> bool:
    """Whether vertices are enough: the outside option is autarky, or exit that is worth the same.

    Without rivalry, who leaves cares about nobody's gain, so that exit is worth autarky.
    """
    return outside == "autarky" or (outside == "exit" and not game.rivalry.row_sums.any())


def corners(game: CoopetitionRound, spread: float) -> tuple[CoopetitionRound, ...]:
    """Return 16 rounds among which everybody has each vertex of its own part of the box.

    Everybody's own value and costs, and its harm, are at the same ends in one round; as no payoff
    at fixed contributions, and no autarky, depends on any other parameter, each organization may
    be read by itself. Fixed costs are at their high end: it is the worst of the two for whoever
    takes part, and none for who would deviate.

    Raises
    ------
    InvalidInputError
        If the spread is not in [0, 1).

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=10, value=1.0,
    ...     damage=0.5)
    >>> rounds = corners(game, 0.1)
    >>> sorted({round(float(other.harm[0] / other.value[0]), 3) for other in rounds})
    [0.409, 0.5, 0.611]
    """
    ends = (1.0 - checked_spread(spread), 1.0 + spread)
    return tuple(
        game.replace(
            value=value * game.value,
            unit_cost=unit * game.unit_cost,
            quadratic_cost=bend * game.quadratic_cost,
            fixed_cost=ends[1] * game.fixed_cost,
            damage=game.damage.scaled(harm / value),  # its product with the values is the harm
        )
        for value, unit, bend, harm in product(ends, repeat=4)
    )


def perturbed(
    game: CoopetitionRound, spread: float, draws: int, seed: int = 0
) -> tuple[CoopetitionRound, ...]:
    """Draw rounds whose values and costs differ by up to a share, uniformly and independently.

    Raises
    ------
    InvalidInputError
        If the spread is not in [0, 1), or there is no draw.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=10, value=1.0)
    >>> [bool((np.abs(other.value - 1) <= 0.1).all()) for other in perturbed(game, 0.1, 2)]
    [True, True]
    """
    checked_spread(spread)
    if draws < 1:
        raise InvalidInputError(f"`draws` must be at least 1, got {draws!r}")
    rng = np.random.default_rng(np.random.SeedSequence((seed, 2)))
    return tuple(
        game.replace(
            **{
                name: getattr(game, name) * rng.uniform(1 - spread, 1 + spread, len(game.players))
                for name in MONEY
            }
        )
        for _ in range(draws)
    )
