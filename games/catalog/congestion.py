"""Congestion games: everybody picks resources, which cost more the more use them."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.textbook import Textbook

Delay = Callable[[int], float]
LIMIT = 1_000_000


def congestion(
    delays: Sequence[Delay],
    choices: Sequence[Sequence[Sequence[int]]],
    *,
    names: Sequence[Sequence[str]] = (),
    title: str = "congestion game",
) -> Textbook[FiniteGame]:
    """Return a congestion game with Rosenthal's potential.

    Everybody loses Σ_{r in own choice} delay_r(number of users of r). Minus Rosenthal's sum
    Σ_r Σ_{k=1}^{users of r} delay_r(k) is an exact potential of it.

    Parameters
    ----------
    delays : functions of the number of users, one per resource
    choices : for each player its strategies, each a set of resource numbers
    names : for each player its strategies' names, optional

    Raises
    ------
    InvalidInputError
        If a choice names no resource, or there are more than a million profiles.

    Examples
    --------
    >>> roads = congestion([lambda k: 2 * k, lambda k: 3 * k], [[[0], [1]]] * 2)
    >>> roads.equilibria
    ((0, 1), (1, 0))
    """
    shape = tuple(len(own) for own in choices)
    if not shape or 0 in shape or np.prod(shape, dtype=float) > LIMIT:
        raise InvalidInputError(
            f"`choices` must give 1 to {LIMIT} profiles, got strategy numbers {shape}"
        )
    for own in choices:
        for used in own:
            if not all(0 <= r < len(delays) for r in used) or len(set(used)) != len(used):
                raise InvalidInputError(
                    f"every choice must hold different resources of 0 to {len(delays) - 1}, "
                    f"got {list(used)}"
                )
    tensor, potential = np.empty((len(shape), *shape)), np.empty(shape)
    size = len(shape)
    cost = np.array([[delay(k) for k in range(1, size + 1)] for delay in delays], dtype=float)
    below = np.concatenate((np.zeros((len(delays), 1)), cost.cumsum(axis=1)), axis=1)
    for profile in product(*map(range, shape)):
        chosen = [list(choices[n][a]) for n, a in enumerate(profile)]
        users = np.bincount(
            np.concatenate([np.asarray(c, int) for c in chosen]), minlength=len(delays)
        )
        potential[profile] = -below[np.arange(len(delays)), users].sum()
        for n, used in enumerate(chosen):
            tensor[(n, *profile)] = -cost[used, users[used] - 1].sum()
    game = FiniteGame(tensor, (), names, title=title)
    return Textbook(
        game=game,
        equilibria=_local_maxima(potential),
        potential=potential,
        source="Rosenthal, A class of games possessing pure-strategy Nash equilibria, International"
        " Journal of Game Theory 2, 1973; Monderer and Shapley 1996, theorem 3.1",
    )


def _local_maxima(potential: Array) -> tuple[tuple[int, ...], ...]:
    """Return the profiles where nobody alone can raise the potential: the equilibria."""
    best = np.ones(potential.shape, bool)
    rounding = 1e-12 * float(np.abs(potential).max(initial=0.0))
    for axis in range(potential.ndim):
        best &= potential >= potential.max(axis=axis, keepdims=True) - rounding
    return tuple(tuple(map(int, where)) for where in np.argwhere(best))


def braess(*, bridge: bool = True, drivers: int = 4) -> Textbook[FiniteGame]:
    """Return Braess's paradox: a free bridge makes everybody slower.

    From start to end lead a northern road (a street with 10 minutes a driver, then 45 minutes)
    and a southern one (45, then 10 a driver). The bridge joins the two streets. With 4 drivers
    everybody takes 65 minutes without the bridge, and 80 with it.

    Examples
    --------
    >>> [-braess(bridge=b).game.payoffs(braess(bridge=b).equilibria[0])[0] for b in (False, True)]
    [np.float64(65.0), np.float64(80.0)]
    """
    delays: list[Delay] = [lambda k: 10.0 * k, lambda k: 45.0, lambda k: 45.0, lambda k: 10.0 * k]
    ways, names = [[0, 1], [2, 3]], ["north", "south"]
    if bridge:
        ways, names = [*ways, [0, 3]], [*names, "bridge"]
    found = congestion(
        delays,
        [ways] * drivers,
        names=[names] * drivers,
        title="Braess's paradox" if bridge else "two roads",
    )
    facts = {"minutes with the bridge": 80.0, "minutes without": 65.0} if drivers == 4 else {}
    return Textbook(
        game=found.game,
        equilibria=found.equilibria,
        potential=found.potential,
        facts=facts,
        source="Braess, Über ein Paradoxon aus der Verkehrsplanung, 1968; these numbers: Easley "
        "and Kleinberg, Networks, Crowds, and Markets, 2010, section 8.2 (a driver is 1000 cars)",
    )
