"""Numbers that a rule can add, multiply and divide, but not look at: how formulas are traced.

A symbol of sympy may be compared: `x_1 == 1234.5` is False, and `bool(x_1)` is True, whatever x_1
stands for. A rule that branches on that has no formula, though it seems to. So contributions are
wrapped: whoever looks at one is noted, even where the rule goes on as if nothing had happened, and
so is whatever is divided by, as sympy would cancel it.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np


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
        If it is no finite real number, or more precise than a float.
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
