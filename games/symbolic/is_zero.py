"""Is an expression zero? By exact algebra where that decides, by its values where it does not.

Imports SymPy when it is imported: only what runs in the child process, or asks for it, does that.
"""

import random
from typing import Any

import sympy as sp

Expr = Any
PROBES = 5
DIGITS = 40


def is_zero(expr: Expr) -> tuple[bool | None, str]:
    """Return whether an expression vanishes identically, and how that is known.

    True is always "proved", by exact algebra: expansion, cancellation or simplification to 0. False
    is proved by an exact rational value that is not 0, and checked by one with 40 digits that is
    far from 0. None: no algebra gives 0 and no value tells it from 0.
    """
    for reduce in (sp.expand, lambda e: sp.cancel(sp.together(e)), sp.simplify):
        try:
            if reduce(expr) == 0:
                return True, "proved"
        except (sp.PolynomialError, ValueError, TypeError, ZeroDivisionError, NotImplementedError):
            continue
        how = _probe(expr)
        if how:  # it is not zero: no need for heavier algebra
            return False, how
    return None, "checked"


def _probe(expr: Expr) -> str:
    """Say how a random rational point shows that an expression is not 0; empty if none does."""
    plain = concrete(expr)
    rng = random.Random(0)
    names = sorted(plain.free_symbols, key=str)
    for _ in range(PROBES):
        value = plain.subs({s: draw(s, rng) for s in names}, simultaneous=True).doit()
        if value.is_Rational and value != 0:
            return "proved"
        number = sp.N(value, DIGITS)
        if number.is_number and number.is_finite and abs(number) > sp.Float(10) ** -(DIGITS // 2):
            return "checked"
    return ""


def draw(symbol: Expr, rng: random.Random) -> Expr:
    """Draw a rational number that keeps to a symbol's sign, between 1/2 and 2 in size."""
    value = sp.Rational(rng.randint(101, 397), 199)
    if symbol.is_integer:
        value = sp.Integer(rng.randint(1, 4))
    return -value if symbol.is_negative or symbol.is_nonpositive else value


def concrete(expr: Expr) -> Expr:
    """Put a particular function in the place of each undefined one, so that values exist."""
    undefined = expr.atoms(sp.core.function.AppliedUndef)
    for k, function in enumerate(sorted({f.func for f in undefined}, key=str)):
        rate = sp.Rational(1, 7 + 2 * k)
        expr = expr.replace(function, lambda *a, rate=rate: sp.exp(-rate * sum(a)) + sum(a) ** 2)
    return expr.doit() if hasattr(expr, "doit") else expr


def weaker(*known: str) -> str:
    """Return "checked" if any is."""
    return "checked" if "checked" in known else "proved"
