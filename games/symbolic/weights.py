"""Weights of a symbolic game: ratios of mixed derivatives, one per pair of players.

The identity of a pair ties two weights only; all of them leave one factor free per connected
component, so that the null space is found by chaining ratios. They may hold parameters.
"""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import sympy as sp

from coopetition.games.symbolic.is_zero import Expr, is_zero, weaker

Blocks = Sequence[Sequence[Expr]]


class RefutedError(Exception):
    """Two players whom no positive weights reconcile: why, what stands in the way, how known."""

    def __init__(self, players: tuple[int, int], reason: str, obstacle: Expr, known: str) -> None:
        super().__init__(reason)
        self.result = {"players": players, "reason": reason, "obstacle": obstacle, "known": known}


def pair_ratio(
    payoffs: Sequence[Expr], blocks: Blocks, n: int, m: int
) -> tuple[Expr | None, str, str]:
    """Return w_n/w_m, or None where the two do not interact, and how that is known, twice.

    First for a potential: there an identity holds even if a derivative should vanish after all;
    then for a refutation, where it must not.
    """
    ratio, known, firm = None, "proved", "proved"
    strategies = {s for block in blocks for s in block}
    for x, y in product(blocks[n], blocks[m]):
        a, b = sp.diff(payoffs[n], x, y), sp.diff(payoffs[m], y, x)
        (none_a, how_a), (none_b, how_b) = is_zero(a), is_zero(b)
        if none_a is not False and none_b is not False:
            known = weaker(known, how_a, how_b)
            continue
        firm = weaker(firm, how_a, how_b)
        if none_a is not False or none_b is not False:
            why = "only one of two mixed derivatives vanishes"
            raise RefutedError((n, m), why, a if none_a is False else b, firm)
        here = sp.factor(sp.cancel(sp.together(a / b)))
        for s in sorted(here.free_symbols & strategies, key=str):
            moves, how = is_zero(sp.diff(here, s))
            if moves is False:
                why = "the ratio of mixed derivatives is not constant"
                raise RefutedError((n, m), why, here, weaker(firm, how))
            known = weaker(known, how)
            here = here.subs(s, 1)  # it does not depend on it, however it is written
        if ratio is not None:
            same, how = is_zero(ratio - here)
            if same is False:
                why = "different numbers ask for different ratios of weights"
                raise RefutedError((n, m), why, sp.factor(ratio - here), weaker(firm, how))
            known = weaker(known, how)
        ratio = here
    if ratio is not None and ratio.is_negative:
        raise RefutedError((n, m), "mixed derivatives of opposite sign", ratio, firm)
    return ratio, known, weaker(known, firm)


def find_weights(payoffs: Sequence[Expr], blocks: Blocks) -> dict[str, Any]:
    """Return weights, components, what must be positive, and how all that is known."""
    size, known, firm = len(payoffs), "proved", "proved"
    ratios: dict[tuple[int, int], Expr] = {}
    for n, m in combinations(range(size), 2):
        ratio, how, how_firm = pair_ratio(payoffs, blocks, n, m)
        known, firm = weaker(known, how), weaker(firm, how_firm)
        if ratio is not None:
            ratios[n, m], ratios[m, n] = ratio, 1 / ratio
    weights: dict[int, Expr] = {}
    groups = []
    for root in range(size):
        if root in weights:
            continue
        group = _grow(root, ratios, weights, size)
        _clear(group, weights)
        groups.append(tuple(sorted(group)))
    for (n, m), ratio in ratios.items():
        gap = sp.together(weights[n] - ratio * weights[m])
        same, how = is_zero(gap)
        if same is False:
            why = "ratios of weights do not multiply to 1 round a loop"
            raise RefutedError((n, m), why, sp.factor(gap), weaker(firm, how))
        known = weaker(known, how)
    return {
        "weights": tuple(weights[n] for n in range(size)),
        "components": tuple(groups),
        "positive": _positive(groups, weights, firm),
        "known": known,
    }


def _grow(root: int, ratios: dict[Any, Expr], weights: dict[int, Expr], size: int) -> list[int]:
    """Chain the ratios from a player to all it is tied to."""
    weights[root] = sp.Integer(1)
    group, queue = [root], [root]
    while queue:
        n = queue.pop(0)
        for m in range(size):
            if m not in weights and (m, n) in ratios:
                weights[m] = sp.factor(sp.cancel(ratios[m, n] * weights[n]))
                group.append(m)
                queue.append(m)
    return group


def _clear(group: list[int], weights: dict[int, Expr]) -> None:
    """Multiply the weights of a component so that none has a denominator."""
    factor = sp.Integer(1)
    for n in group:
        factor = sp.lcm(factor, sp.denom(sp.together(weights[n])))
    for n in group:
        weights[n] = sp.factor(sp.cancel(weights[n] * factor))
    terms = sp.Add.make_args(sp.expand(weights[group[0]]))
    first = min(terms, key=lambda term: len(term.free_symbols))
    if first.could_extract_minus_sign():  # p − ρ p′ rather than ρ p′ − p
        weights.update({n: sp.factor(-weights[n]) for n in group})


def _positive(
    groups: list[tuple[int, ...]], weights: dict[int, Expr], firm: str
) -> tuple[Expr, ...]:
    """Return the ratios of weights whose sign the symbols' assumptions leave open."""
    open_ = []
    for group in groups:
        for n in group[1:]:
            ratio = weights[n] / weights[group[0]]
            if ratio.is_nonpositive:
                raise RefutedError((group[0], n), "weights of opposite sign", ratio, firm)
            if not ratio.is_positive:
                open_.append(ratio)
    return tuple(open_)
