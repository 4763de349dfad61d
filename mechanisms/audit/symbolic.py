"""Proofs about rules that are formulas: the rule is called with symbols for the contributions.

Every number is taken as the fraction that the computer stores, so that nothing is rounded. Where
the transfers come back as polynomials, or as fractions whose denominators have no zero in the box,
Σ_n t_n = 0 and the symmetry of the potential test,

    (1/w_n) ∂²t_n/∂x_n∂x_m = (1/w_m) ∂²t_m/∂x_n∂x_m      for all n ≠ m,

are identities that hold or do not: theorems about the formula on this round. The formula is
compared with the rule at all corners, equal contributions and random profiles before it is
believed. A rule that looks at numbers (comparisons, `np.log1p`, `dtype=float`) has no formula here,
nor has one that divides by what may vanish. A rule that remembers its calls, or asks for the type
of its numbers, is not seen through.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from itertools import combinations, product
from math import comb
from typing import Any, NoReturn

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.competition import Competition, MatrixCompetition
from coopetition.games.tolerance import rounding
from coopetition.mechanisms.rules.transfers import TransferRule


@contextmanager
def exact_numbers() -> Iterator[None]:
    """Let numbers that meet a symbol become the fractions that they are, without rounding."""
    import sympy
    from sympy.core.sympify import converter

    kinds = (float, np.floating)
    before = {kind: converter.get(kind) for kind in kinds}
    converter.update({kind: lambda number: sympy.Rational(float(number)) for kind in kinds})
    try:
        yield
    finally:
        for kind, known in before.items():
            converter.pop(kind)
            if known is not None:
                converter[kind] = known


def exact_twin(game: Game) -> Game:
    """Return the game with fractions for its numbers, of the same class; itself if no dataclass."""
    if not is_dataclass(game):
        return game
    twin = object.__new__(type(game))
    for one in fields(game):
        object.__setattr__(twin, one.name, _exact(getattr(game, one.name)))
    return twin


def _exact(value: Any) -> Any:
    import sympy

    if isinstance(value, Competition):
        return MatrixCompetition(_exact(value.dense()))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        stored = [sympy.Rational(float(number)) for number in value.flat]
        return np.array(stored, dtype=object).reshape(value.shape)
    return sympy.Rational(value) if isinstance(value, float) else value


@dataclass(slots=True)
class Trace:
    """What a rule did with its numbers: whether it looked at one, and what it divided by."""

    looked: bool = False
    divisors: list[Any] = field(default_factory=list)


class Traced:
    """A formula in the making.

    Examples
    --------
    >>> import sympy
    >>> trace = Trace()
    >>> x = Traced(sympy.Symbol("x"), trace)
    >>> (0.5 * x + x**2 / 4).formula
    x**2/4 + x/2
    >>> bool(x == 3)
    Traceback (most recent call last):
    TypeError: a rule that looks at its numbers has no formula
    >>> trace.looked
    True
    """

    __slots__ = ("formula", "trace")

    def __init__(self, formula: Any, trace: Trace) -> None:
        """Wrap a formula of sympy."""
        self.formula = formula
        self.trace = trace

    def _look(self, *_: object) -> NoReturn:
        self.trace.looked = True
        raise TypeError("a rule that looks at its numbers has no formula")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _look
    __bool__ = __hash__ = __abs__ = _look  # no float(): sympy would try it

    def _made(self, formula: Any) -> "Traced":
        return Traced(formula, self.trace)

    def __add__(self, other: Any) -> "Traced":
        """Add."""
        return self._made(self.formula + exact(other))

    def __mul__(self, other: Any) -> "Traced":
        """Multiply."""
        return self._made(self.formula * exact(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Traced":
        """Change the sign."""
        return self._made(-self.formula)

    def __sub__(self, other: Any) -> "Traced":
        """Subtract."""
        return self._made(self.formula - exact(other))

    def __rsub__(self, other: Any) -> "Traced":
        """Subtract from something."""
        return self._made(exact(other) - self.formula)

    def __truediv__(self, other: Any) -> "Traced":
        """Divide, noting by what."""
        below = exact(other)
        self.trace.divisors.append(below)
        return self._made(self.formula / below)

    def __rtruediv__(self, other: Any) -> "Traced":
        """Divide something by this one."""
        self.trace.divisors.append(self.formula)
        return self._made(exact(other) / self.formula)

    def __pow__(self, other: Any) -> "Traced":
        """Raise to a whole power."""
        power = exact(other)
        if not power.is_Integer:
            raise TypeError(f"no whole power: {power}")
        if power < 0:
            self.trace.divisors.append(self.formula)
        return self._made(self.formula**power)

    def conjugate(self) -> "Traced":
        """Return the same: all is real. `np.var` asks for it."""
        return self


def exact(value: Any) -> Any:
    """Return what a traced or plain number stands for, without rounding.

    Raises
    ------
    TypeError
        If it is not a finite real number, or more precise than a float.
    """
    import sympy

    if isinstance(value, Traced):
        return value.formula
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return sympy.Integer(int(value))
    if isinstance(value, (float, np.floating)) and float(value) == value and np.isfinite(value):
        return sympy.Rational(float(value))
    if isinstance(value, sympy.Expr) and value.is_number:
        return value
    raise TypeError(f"no finite real number: {value!r:.60}")


MOST = 6  # players
TERMS = 1000  # of a polynomial, at most, so that an audit stays quick
ROUNDING = 1e-9  # of what is moved: coefficients that a rule rounded itself break no property


@dataclass(frozen=True, eq=False)
class Formula:
    """A rule's transfers on one game, as expressions in `symbols`; `weights` are fractions."""

    game: Game
    symbols: tuple[Any, ...]
    transfers: tuple[Any, ...]
    weights: tuple[Any, ...]

    @cached_property
    def balanced(self) -> bool:
        """Whether Σ_n t_n is zero identically."""
        return self._vanishes(sum(self.transfers))

    @cached_property
    def symmetric(self) -> bool:
        """Whether the potential test holds identically, with the game's weights."""
        import sympy

        t, w = self.transfers, self.weights
        return all(
            self._vanishes(sympy.diff(t[n], x, y) / w[n] - sympy.diff(t[m], x, y) / w[m])
            for (n, x), (m, y) in combinations(enumerate(self.symbols), 2)
        )

    @cached_property
    def pairwise(self) -> bool:
        """Whether no transfer mixes two others' contributions: payments between two, if balanced.

        The terms of t_k in x_j alone are then a payment between k and j, those in x_k and x_j
        together too, and both sum to zero for every j and every pair as Σ t does.
        """
        import sympy

        return all(
            self._vanishes(sympy.diff(t, x, y))
            for k, t in enumerate(self.transfers)
            for (n, x), (m, y) in combinations(enumerate(self.symbols), 2)
            if k not in (n, m)
        )

    def _vanishes(self, expression: Any) -> bool:
        """Whether an expression is zero: at one point first, then as an identity."""
        import sympy

        point = {x: sympy.Rational(k + 2, 2 * k + 3) for k, x in enumerate(self.symbols)}
        if sympy.sympify(expression).subs(point) != 0:
            return False
        above = sympy.fraction(sympy.together(expression))[0]
        return bool(sympy.expand(above) == 0)

    @cached_property
    def _call(self) -> Any:
        import sympy

        return sympy.lambdify(self.symbols, list(self.transfers), "numpy")

    def values(self, profiles: Array) -> Array:
        """Return the transfers at profiles of shape (K, N), in floating point."""
        columns = self._call(*profiles.T)
        return np.stack([np.broadcast_to(np.asarray(c, float), len(profiles)) for c in columns], -1)

    def leaks_at(self) -> tuple[Array, float] | None:
        """Return the corner where most is left over, and how much; None where that is rounding."""
        corners = _corners(self.game)
        paid = self.values(corners)
        sums = paid.sum(axis=1)
        moved = np.abs(paid).sum(axis=1)
        counts = np.abs(sums) > ROUNDING * moved + rounding(moved.max())
        k = int(np.argmax(np.where(counts, np.abs(sums), 0.0)))
        return (corners[k], float(sums[k])) if counts[k] else None

    def open_cycle(self) -> tuple[int, int, Array, Array, float] | None:
        """Return (n, m, x, y, gap): a 4-cycle x_n ↔ y_n, x_m ↔ y_m that does not close.

        None where no cycle among ends and middles is open by more than rounding.
        """
        box, size = self.game.spaces, len(self.symbols)
        low, high, middle = box.lower, box.upper, 0.5 * (box.lower + box.upper)
        sides = ((low, high), (low, middle), (middle, high))
        found = []
        for (n, m), rest, one, other in product(
            combinations(range(size), 2), (low, middle, high), sides, sides
        ):
            x, y = rest.copy(), rest.copy()
            (x[n], y[n]), (x[m], y[m]) = (end[n] for end in one), (end[m] for end in other)
            found.append((n, m, x, y))
        corners = np.array([_cycle(*cycle) for cycle in found]).reshape(-1, size)
        paid = (self.values(corners) / np.array(self.weights, float)).reshape(-1, 4, size)
        mixed = paid[:, 3] - paid[:, 2] - paid[:, 1] + paid[:, 0]
        rows, (n_, m_) = np.arange(len(found)), np.array([cycle[:2] for cycle in found]).T
        gap = mixed[rows, n_] - mixed[rows, m_]
        unit = np.abs(paid).sum(axis=1)
        share = np.abs(gap) / (unit[rows, n_] + unit[rows, m_] + 1e-300)
        k = int(np.argmax(share))
        return (*found[k], float(gap[k])) if share[k] > ROUNDING else None


def _cycle(n: int, m: int, x: Array, y: Array) -> Array:
    """Return the four profiles of a cycle: x, n moved, m moved, both moved."""
    corners = np.stack((x, x, x, x))
    corners[[1, 3], n], corners[[2, 3], m] = y[n], y[m]
    return corners


def formula_of(game: Game, rule: TransferRule) -> Formula | None:
    """Return a rule's formula on a game, or None where it has none that is known to be right."""
    if len(game.players) > MOST or type(rule).__module__.startswith("coopetition.mechanisms."):
        return None  # the rules of this package calculate with floating-point numbers
    import sympy

    box = game.spaces
    symbols = tuple(sympy.Symbol(f"x_{n + 1}", real=True) for n in range(len(game.players)))
    trace = Trace()
    profile = np.array(
        [
            Traced(x if top > low else exact(low), trace)
            for x, low, top in zip(symbols, box.lower, box.upper, strict=True)
        ],
        dtype=object,
    )
    try:
        with exact_numbers():
            twin = exact_twin(game)
            answer = np.asarray(rule(twin, profile[None]), dtype=object)
            if answer.shape != (1, profile.size) or trace.looked:
                return None
            transfers = tuple(exact(t) for t in answer[0])
            given = zip(getattr(twin, "weights", ()), box.upper > box.lower, strict=False)
            weights = tuple(sympy.sympify(w) if moves else sympy.Integer(1) for w, moves in given)
        inverted = tuple(1 / below for below in trace.divisors)
        if not all(_is_small(part, len(symbols)) for part in (transfers, inverted)):
            return None
        if not all(_defined(t, box.lower) for t in (*transfers, *inverted)):
            return None
        formula = Formula(game, symbols, tuple(sympy.expand(t) for t in transfers), weights)
        return formula if _agrees(formula, rule) else None
    except Exception:  # a rule written for numbers may fail in any way on symbols
        return None


def _is_small(expressions: tuple[Any, ...], size: int) -> bool:
    """Whether all is made of sums, products and whole powers, and has few terms multiplied out."""
    known: dict[Any, int] = {}

    def degree(expression: Any) -> int:
        if expression not in known:
            inside = [degree(part) for part in expression.args]
            if expression.is_Symbol or expression.is_Rational:
                known[expression] = int(bool(expression.is_Symbol))
            elif expression.is_Add:
                known[expression] = max(inside)
            elif expression.is_Mul:
                known[expression] = sum(inside)
            elif expression.is_Pow and expression.exp.is_Integer:
                known[expression] = inside[0] * abs(int(expression.exp))
            else:
                raise TypeError(f"no sum, product or whole power: {expression}")
        return known[expression]

    most = max((degree(t) for t in expressions), default=0)
    below = {p for p in known if p.is_Pow and p.exp.is_negative}
    reach = most + sum(known[p] for p in below)
    return comb(size + reach, reach) <= TERMS


def _defined(transfer: Any, lower: Array) -> bool:
    """Whether a transfer has no pole: its denominator's terms are positive, one is constant."""
    import sympy

    below = sympy.fraction(sympy.together(transfer))[1]
    if below.is_number:
        return bool(below != 0)
    terms = sympy.Poly(below, *sorted(below.free_symbols, key=str))
    alike = {bool(c > 0) for c in terms.coeffs()}
    constant = terms.coeff_monomial(1)
    return bool((lower >= 0).all()) and len(alike) == 1 and constant != 0


def _corners(game: Game) -> Array:
    box = game.spaces
    return np.array(list(product(*zip(box.lower, box.upper, strict=True))))


def _agrees(formula: Formula, rule: TransferRule) -> bool:
    """Compare formula and rule where rules branch, corners and ties, and on 64 draws."""
    box = formula.game.spaces
    low, high = float(box.lower.max()), float(box.upper.min())
    alike = np.linspace(low, max(low, high), 5)[:, None] + np.zeros(box.upper.size)
    drawn = box.sample(np.random.default_rng(0), 64)
    profiles = np.vstack((_corners(formula.game), box.project(alike), drawn))
    said = np.asarray(rule(formula.game, profiles), dtype=float)
    small = ROUNDING * np.abs(said).max(axis=0) + rounding(np.abs(said).max()) + 1e-300
    return bool((np.abs(formula.values(profiles) - said) <= small).all())
