"""Our rules as formulas with general parameters, N organizations.

U_n = w_n P(Q) + s_n(x_n), Q = Σ q_m x_m; z is the target. P and s_n are any functions.
"""

from collections.abc import Callable
from typing import Any

import sympy


class World:
    """Symbols of N organizations."""

    def __init__(self, size: int) -> None:
        names = ("x", "z", "w", "q", "tau", "beta", "s")
        self.size, self.all = size, range(size)
        for name in names:
            setattr(self, name, sympy.symbols(f"{name}0:{size}", positive=True))
        self.rate, self.alpha = sympy.symbols("gamma alpha", positive=True)
        self.rho = sympy.Matrix(size, size, lambda n, m: 0 if n == m else sympy.Symbol(f"r{n}_{m}"))
        self.gain = sympy.Function("P")
        self.own = [sympy.Function(f"S{n}") for n in self.all]

    def __getattr__(self, name: str) -> Any:
        """Return symbols."""
        raise AttributeError(name)

    def payoffs(self, x: Any) -> list[Any]:
        """Return U_n at x."""
        level = sum(q * y for q, y in zip(self.q, x, strict=True))
        return [self.w[n] * self.gain(level) + self.own[n](x[n]) for n in self.all]


def mean(values: Any, n: int) -> Any:
    """Return the mean of the others' values."""
    return sum(v for m, v in enumerate(values) if m != n) / sympy.Integer(len(values) - 1)


def _redistribution(o: Any) -> list[Any]:
    return [o.rate * sum(o.rho[n, m] * o.x[n] - o.rho[m, n] * o.x[m] for m in o.all) for n in o.all]


def _symmetric(o: Any) -> list[Any]:
    total, size = sum(o.tau), sympy.Integer(o.size)

    def rho(n: int, m: int) -> Any:
        return (o.tau[n] + o.tau[m]) / (size - 2) - total / ((size - 1) * (size - 2))

    return [sum(rho(n, m) * (o.x[n] - o.x[m]) for m in o.all if m != n) for n in o.all]


def _average(o: Any) -> list[Any]:
    return [o.rate * (o.x[n] - mean(o.x, n)) for n in o.all]


def _bilateral(o: Any) -> list[Any]:
    """Return payments at general prices π whose rows sum to τ, with a fine of general strength."""
    first = [0 if n != 0 else 1 for n in o.all]  # who is paid the rest of each row
    price = sympy.Matrix(o.rho)
    for n in o.all:
        m = first[n]
        price[n, m] = o.tau[n] - sum(o.rho[n, k] for k in o.all if k not in (n, m))
    fine = [o.beta[n] / 2 * (o.x[n] - o.z[n]) ** 2 for n in o.all]
    return [
        sum(price[n, m] * o.x[n] - price[m, n] * o.x[m] for m in o.all) - fine[n] + mean(fine, n)
        for n in o.all
    ]


def _pigou(o: Any) -> list[Any]:
    return [o.tau[n] * (o.x[n] - o.z[n]) for n in o.all]


def _expected(o: Any) -> list[Any]:
    effects = []
    for n in o.all:
        at = [*o.z[:n], o.x[n], *o.z[n + 1 :]]
        effects.append(sum(u for k, u in enumerate(o.payoffs(at)) if k != n))
    return [effects[n] - mean(effects, n) for n in o.all]


def _partial(o: Any) -> list[Any]:
    payoffs, unit = o.payoffs(o.x), sum(o.w) / sympy.Integer(o.size)
    return [o.alpha * (o.w[n] * sum(payoffs) / unit - payoffs[n]) for n in o.all]


def _pool(o: Any) -> list[Any]:
    payoffs = o.payoffs(o.x)
    shares = [*o.s[1:], 1 - sum(o.s[1:])]
    return [shares[n] * sum(payoffs) - payoffs[n] for n in o.all]


def _revenue(o: Any) -> list[Any]:
    """Return the rule for any revenues: here they depend on contributions as payoffs do."""
    revenue, shares = o.payoffs(o.x), [*o.s[1:], 1 - sum(o.s[1:])]
    return [shares[n] * sum(revenue) - revenue[n] for n in o.all]


def _proportional(o: Any) -> list[Any]:
    revenue, total = o.payoffs(o.x), sum(o.x)
    return [o.x[n] / total * sum(revenue) - revenue[n] for n in o.all]


def _ledyard(o: Any) -> list[Any]:
    d = [x - z for x, z in zip(o.x, o.z, strict=True)]
    paid = [t * x for t, x in zip(o.tau, o.x, strict=True)]
    size, answers = sympy.Integer(o.size), []
    for n in o.all:
        mu = mean(d, n)
        variance = sum((d[m] - mu) ** 2 for m in o.all if m != n) / (size - 2)
        fine = o.rate / 2 * ((size - 1) / size * (d[n] - mu) ** 2 - variance)
        answers.append(paid[n] - mean(paid, n) - fine)
    return answers


def _walker(o: Any) -> list[Any]:
    d = [q * (x - z) for q, x, z in zip(o.q, o.x, o.z, strict=True)]
    each = [t / q for t, q in zip(o.tau, o.q, strict=True)]
    seller, level = (
        sum(each) / sympy.Integer(o.size - 1),
        sum(q * x for q, x in zip(o.q, o.x, strict=True)),
    )
    return [
        seller * o.q[n] * o.x[n]
        - (seller - each[n] + o.rate * (d[(n + 1) % o.size] - d[(n + 2) % o.size])) * level
        for n in o.all
    ]


FORMULAS: dict[str, tuple[int, Callable[[Any], list[Any]]]] = {
    "none": (2, lambda o: [sympy.Integer(0)] * o.size),
    "redistribution": (2, _redistribution),
    "symmetric-redistribution": (3, _symmetric),
    "deviation-from-average": (2, _average),
    "bilateral-prices": (2, _bilateral),
    "linear-pigou": (2, _pigou),
    "expected-externality": (2, _expected),
    "partial-pigou": (2, _partial),
    "pool-shares": (2, _pool),
    "revenue-shares": (2, _revenue),
    "proportional": (2, _proportional),
    "groves-ledyard": (3, _ledyard),
    "walker": (3, _walker),
}
