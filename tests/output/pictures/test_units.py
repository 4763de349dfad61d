"""Axes choose units from their data: ticks stay short, and nothing is said wrong."""

import numpy as np
import pytest

from coopetition.output.pictures.units import Scale, powers, show_unit


@pytest.mark.parametrize("money", [10.0**k for k in range(-9, 19)])
@pytest.mark.parametrize("factors", [(0.0, 1.0), (-3.0, 2.0), (0.2, 0.9), (1.0, 1.00001)])
def test_a_tick_with_its_unit_says_the_number(money: float, factors: tuple[float, float]) -> None:
    """The text times the factor of the label, plus its offset, is the number again."""
    values = np.array(factors) * money
    scale = Scale.of(values)
    for value in values:
        said = float(scale.text(float(value)).replace("−", "-").replace(",", ""))
        assert said * 10.0**scale.exponent + scale.offset == pytest.approx(
            value, rel=1e-9, abs=1e-5 * float(np.ptp(values))
        )
    assert max(len(scale.text(float(value))) for value in values) <= 9
    assert ("above" in scale.unit("EUR")) == (factors == (1.0, 1.00001))


def test_units_are_words_people_use() -> None:
    said = [Scale.of([0.0, v]).unit("EUR") for v in (1e-3, 5.0, 9999.0, 1e4, 2e7, 3e10, 4e12, 5e15)]
    assert said == ["10⁻³ EUR", "EUR", "EUR", "thousand EUR", "million EUR", "billion EUR",
                    "trillion EUR", "10¹⁵ EUR"]  # fmt: skip
    assert Scale.of([2e7]).unit("million EUR") == "10⁶ million EUR"
    assert Scale.of([2e7]).unit("1000 EUR") == "10⁶ × 1000 EUR"
    assert Scale.of([np.nan, np.inf]) == Scale.of([]) == Scale()


def test_a_column_shows_differences_and_no_residues() -> None:
    assert Scale(6).texts([40.2142e6, 40.2146e6]) == ["40.214200", "40.214600"]
    assert Scale().texts([3.0, 1.0, -1.4e-16, np.nan]) == ["3.00", "1.00", "0", "–"]


def test_no_tick_of_a_wide_axis_is_a_formula() -> None:
    pytest.importorskip("matplotlib")
    from coopetition.output.pictures.style import axes_for

    (axis,) = axes_for(None, 1, (4.0, 3.0))
    axis.plot([1.0, 1e12], [-2e7, 3e7])
    axis.set_xscale("log")
    show_unit(axis, "samples", "x", before="local data")
    show_unit(axis, "US$")
    axis.figure.canvas.draw()
    texts = [text.get_text() for one in (axis.xaxis, axis.yaxis) for text in one.get_ticklabels()]
    assert not any("$" in text for text in texts)
    assert any(text.startswith("10") and text[-1] in "⁵⁶⁷⁸⁹" for text in texts)
    assert axis.get_xlabel() == "local data (samples)"
    assert axis.get_ylabel() == r"million US\$"
    assert powers(-2.5e-7) == "−2.5×10⁻⁷"
