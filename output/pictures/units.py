"""Units chosen from the data: an axis says `million EUR` once, and its ticks stay short."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any

import numpy as np

from coopetition.output.pictures.labels import minus, wrapped

WORDS = {3: "thousand", 6: "million", 9: "billion", 12: "trillion"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NARROW = 1e-3  # of the values: a range so small is shown as what is above an offset
RESIDUE = 1e-12  # of the largest value: shown as 0
LEAST = 1e-290  # below it powers of ten are no numbers any more


@dataclass(frozen=True, slots=True)
class Scale:
    """How an axis shows numbers: what is above an offset, in multiples of a power of ten.

    Examples
    --------
    >>> scale = Scale.of([1.2e7, 3.4e7])
    >>> scale.unit("EUR"), scale.text(1.2e7)
    ('million EUR', '12')
    >>> Scale.of([0.0, 0.004]).unit("EUR"), Scale.of([0.0, 950.0]).unit("samples")
    ('10⁻³ EUR', 'samples')
    >>> near = Scale.of([40_214_500.0, 40_214_502.0])
    >>> near.unit("EUR"), near.text(40_214_502.0)
    ('EUR above 40,214,500', '2')
    """

    exponent: int = 0
    offset: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Scale":
        """Return the scale that shows some numbers best."""
        finite = [float(value) for value in values if isfinite(value)]
        if not finite:
            return cls()
        low, high = min(finite), max(finite)
        largest = max(abs(low), abs(high))
        if RESIDUE * largest < high - low < NARROW * largest:
            step = 10.0 ** (floor(log10(high - low)) + 1)
            offset = float(floor(low / step) * step)
            return cls(_exponent(max(abs(low - offset), abs(high - offset))), offset)
        return cls(_exponent(largest))

    def unit(self, unit: str) -> str:
        """Return a unit as the label of an axis says it."""
        said = unit
        if self.exponent:
            known = self.exponent in WORDS and not unit.startswith((*WORDS.values(), *"0123456789"))
            factor = WORDS[self.exponent] if known else power(self.exponent)
            said = f"{factor} {unit}" if known or unit[:1].isalpha() else f"{factor} × {unit}"
        return f"{said} above {minus(f'{self.offset:,.15g}')}" if self.offset else said

    def text(self, value: float, decimals: int | None = None) -> str:
        """Return a number as a tick says it, without its unit."""
        shown = (value - self.offset) / 10.0**self.exponent
        said = f"{shown:,.6g}" if decimals is None else f"{shown:,.{decimals}f}"
        return "0" if float(said.replace(",", "")) == 0 else minus(said)

    def texts(self, values: Iterable[float]) -> list[str]:
        """Return numbers of a column: with as many decimals as show their differences."""
        shown = np.array([float(value) for value in values]) / 10.0**self.exponent
        finite = shown[np.isfinite(shown)]
        spread = float(np.ptp(finite)) if finite.size else 0.0
        spread = spread if spread > 1e-9 * float(np.abs(finite).max(initial=0.0)) else 0.0
        largest = float(np.abs(finite).max(initial=0.0))
        digits = 2 - floor(log10(spread or largest)) if spread or largest else 0
        decimals = min(max(digits, 0), 9)
        whole = Scale(self.exponent)
        return [
            whole.text(v * 10.0**self.exponent, decimals) if isfinite(v) else "–" for v in shown
        ]


def _exponent(largest: float) -> int:
    if largest <= LEAST or 0.01 <= largest < 1e4:
        return 0
    return 3 * floor(log10(largest) / 3)


def power(exponent: int) -> str:
    """Return a power of ten in letters that every font has.

    Examples
    --------
    >>> power(-3), power(15)
    ('10⁻³', '10¹⁵')
    """
    return f"10{str(exponent).translate(_RAISED)}"


def show_unit(axis: Any, unit: str, along: str = "y", *, before: str = "") -> Scale:
    """Choose the unit of an axis from its limits, and write it as its label and on its ticks.

    Call it when all is drawn.

    Parameters
    ----------
    axis
        A matplotlib axes.
    along
        "x" or "y".
    before
        What stands before the unit, such as "welfare": then the unit is in parentheses.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    one = axis.yaxis if along == "y" else axis.xaxis
    if one.get_scale() == "linear":
        scale = Scale.of(one.get_view_interval())
        one.set_major_locator(MaxNLocator(nbins=5 if along == "x" else 7, steps=[1, 2, 2.5, 5, 10]))
        one.set_major_formatter(FuncFormatter(lambda value, _: scale.text(value)))
    else:
        scale = Scale()
        one.set_major_formatter(FuncFormatter(lambda value, _: powers(value)))
        one.set_minor_formatter(NullFormatter())
    said = scale.unit(unit)
    if before:
        said = f"{before} ({said})" if said else before
    one.set_label_text(wrapped(said))
    return scale


def powers(value: float) -> str:
    """Return a number as a tick of a logarithmic axis says it.

    Examples
    --------
    >>> powers(0.01), powers(-2e7), powers(1e7), powers(0.0)
    ('0.01', '−2×10⁷', '10⁷', '0')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return minus(f"{value:,.6g}")
    exponent = floor(log10(abs(value)) + 1e-9)
    factor = f"{value / 10.0**exponent:.4g}"
    sign, size = ("−", factor[1:]) if factor.startswith("-") else ("", factor)
    return f"{sign}{power(exponent)}" if size == "1" else f"{sign}{size}×{power(exponent)}"
