"""Efforts that others gain or lose by: contests, public goods, federated and joint efforts."""

from collections.abc import Sequence

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.textbook import Textbook
from coopetition.games.smooth.game import SmoothGame


def tullock(prizes: Sequence[float] = (1.0, 1.0, 1.0)) -> Textbook[SmoothGame]:
    """Return Tullock's contest, U_n = V_n x_n/X − x_n.

    Equal prizes: x = V(n−1)/n². Two contestants: x_1 = V_1² V_2/(V_1 + V_2)².

    Raises
    ------
    InvalidInputError
        If there are fewer than two prizes, one is not positive, or three and more differ.

    Examples
    --------
    >>> tullock((9.0, 9.0, 9.0)).equilibria[0].round(12).tolist()
    [2.0, 2.0, 2.0]
    """
    v = np.asarray(prizes, dtype=float)
    if v.size < 2 or not (v > 0).all() or (v.size > 2 and np.ptp(v) > 0):
        raise InvalidInputError(
            f"`prizes` must be two positive numbers, or more equal ones, got {list(prizes)}"
        )
    n = v.size
    spent: Array = np.asarray(v * (n - 1) / n**2)
    if n == 2:
        spent = np.asarray(v**2 * v[::-1] / v.sum() ** 2)

    def payoffs(x: Array) -> Array:
        total = x.sum(axis=-1, keepdims=True)
        share = np.divide(x, total, out=np.full_like(x, 1 / n), where=total > 0)
        return v * share - x

    least = 1e-6 * float(spent.min())  # at 0 together the payoff jumps
    return Textbook(
        game=SmoothGame(
            payoffs=payoffs,
            bounds=[(least, float(p)) for p in v],
            own_concave=True,
            vectorized=True,
            players=[f"contestant {i + 1}" for i in range(n)],
        ),
        equilibria=(spent,),
        facts={"total spent": float(spent.sum())},
        source="Tullock, Efficient rent seeking, 1980; two prizes: Nti, Rent-seeking with "
        "asymmetric valuations, Public Choice 98, 1999",
    )


def public_goods(
    wealth: float = 10.0, members: int = 4, taste: float = 0.5
) -> Textbook[SmoothGame]:
    """Return private provision of a public good, U_n = (1−β) ln(w − g_n) + β ln G, G = Σ g.

    Everybody gives βw/((1−β)n + β), however many: G is bounded by βw/(1−β). Best would be βw each.

    Raises
    ------
    InvalidInputError
        If `taste` is not in (0, 1), `wealth` not positive or nobody is there.

    Examples
    --------
    >>> public_goods().equilibria[0].tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    if not (0 < taste < 1 and wealth > 0 and members >= 1):
        raise InvalidInputError(
            f"`taste` must be in (0, 1), `wealth` positive and `members` at least 1, got "
            f"{taste:g}, {wealth:g}, {members}"
        )
    given = taste * wealth / ((1 - taste) * members + taste)

    def payoffs(g: Array) -> Array:
        return (1 - taste) * np.log(wealth - g) + taste * np.log(g.sum(axis=-1, keepdims=True))

    low, high = 1e-6 * wealth, (1 - 1e-6) * wealth  # the logarithms end there
    return Textbook(
        game=SmoothGame(
            payoffs=payoffs, bounds=[(low, high)] * members, own_concave=True, vectorized=True
        ),
        equilibria=(np.full(members, given),),
        facts={"best each": taste * wealth},
        source="Bergstrom, Blume and Varian, On the private provision of public goods, Journal of "
        "Public Economics 29, 1986, with equal Cobb-Douglas tastes",
    )


def effort_game(
    reward: float = 2.0, costs: Sequence[float] = (1.0, 1.0, 1.0)
) -> Textbook[SmoothGame]:
    """Return the federated-learning effort game, u_n = λ s̄ s_n − α_n s_n², s_n in [0, 1].

    With equal costs α and m clients the critical reward factor is 2αm/(m+1): below it nobody
    makes an effort; from it on everybody's whole effort is an equilibrium, at which the potential
    λ (m s̄² + mean s²)/2 − Σ α s_n² is largest [λ (s̄ + s/m) = 2αs]. No effort remains one up to
    λ = αm.

    Raises
    ------
    InvalidInputError
        If costs differ or are not positive, or the reward is negative.

    Examples
    --------
    >>> effort_game().facts, effort_game(1.4).equilibria[0].tolist()
    ({'critical reward': 1.5}, [0.0, 0.0, 0.0])
    """
    alpha = np.atleast_1d(np.asarray(costs, dtype=float))
    m = alpha.size
    if not (alpha > 0).all() or not reward >= 0 or np.ptp(alpha) > 0:
        raise InvalidInputError(
            f"`costs` must be equal and positive and `reward` at least 0, got {list(costs)}, "
            f"{reward:g}"
        )
    critical = 2 * float(alpha[0]) * m / (m + 1)

    def payoffs(s: Array) -> Array:
        return reward * s.mean(axis=-1, keepdims=True) * s - alpha * s**2

    def gradients(s: Array) -> Array:
        return np.asarray(reward * (s.mean() + s / m) - 2 * alpha * s)

    ends = [np.ones(m)] if reward >= critical else []
    ends += [np.zeros(m)] if reward <= m * alpha[0] else []
    return Textbook(
        game=SmoothGame(
            payoffs=payoffs,
            gradients=gradients,
            bounds=[(0.0, 1.0)] * m,
            own_concave=bool(reward / m <= alpha[0]),
            vectorized=True,
            players=[f"client {n + 1}" for n in range(m)],
        ),
        equilibria=tuple(ends),
        facts={"critical reward": critical},
        source="Liu, Wang and Zuazua, A potential game perspective in federated learning, "
        "arXiv 2411.11793, with equal costs",
    )


def coopetitive(
    members: int = 2, exponent: float = 0.75, synergy: float = 0.5, dependence: float = 0.3
) -> Textbook[SmoothGame]:
    """Return Pant and Yu's coopetitive game with equal members and power values.

    Private payoff π_n = −a_n + a_n^β + S(a)/N with the synergy S = γ (Π a_m)^(1/N); everybody
    maximizes π_n + d Σ_{m≠n} π_m, d the interdependence. In the symmetric equilibrium
    β a^(β−1) = 1 − γ (1 + d(N−1))/N², so that a = (β/(1 − γ (1 + d(N−1))/N²))^(1/(1−β)) [derived].

    Raises
    ------
    InvalidInputError
        If a parameter is out of range.

    Examples
    --------
    >>> coopetitive().equilibria[0].round(4).tolist()
    [0.6431, 0.6431]
    """
    pull = synergy * (1 + dependence * (members - 1)) / max(members, 1) ** 2
    legal = members >= 2 and 0 < exponent < 1 and synergy >= 0 and 0 <= dependence <= 1
    if not legal or not pull < 1:
        raise InvalidInputError(
            "coopetitive needs two `members` or more, `exponent` in (0, 1), `synergy` of at least "
            f"0 and not too strong, `dependence` in [0, 1], got {members}, {exponent:g}, "
            f"{synergy:g}, {dependence:g}"
        )
    level = (exponent / (1 - pull)) ** (1 / (1 - exponent))

    def payoffs(a: Array) -> Array:
        together = np.exp(np.log(a).mean(axis=-1, keepdims=True))
        own = a**exponent - a + synergy * together / members
        return (1 - dependence) * own + dependence * own.sum(axis=-1, keepdims=True)

    def slopes(a: Array) -> Array:
        together = np.exp(np.log(a).mean())
        return np.asarray(exponent * a ** (exponent - 1) - 1 + pull * together / a)

    return Textbook(
        game=SmoothGame(
            payoffs=payoffs,
            gradients=slopes,
            bounds=[(1e-6 * level, 10 * level)] * members,
            own_concave=True,
            vectorized=True,
            players=[f"actor {n + 1}" for n in range(members)],
        ),
        equilibria=(np.full(members, level),),
        source="Pant and Yu, Computational foundations for strategic coopetition, arXiv 2510.18802,"
        " equation of the private payoff with equal shares; closed form derived",
    )
