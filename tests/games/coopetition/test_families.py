"""What curves say of themselves, and what is refused of those that are no family of the index."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import FAMILIES, GainCurve, PowerGain, TabulatedGain
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.rigor.certificate_file import gain_document
from coopetition.games.rigor.one_player import context
from coopetition.solvers.batch.forms import parameters
from tests.games.coopetition.test_gain import CURVES


@dataclass(frozen=True, slots=True)
class HalvedGain(PowerGain):
    """Half the slope of its parent, whose formulas for proofs and batches are thus wrong."""

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        return 0.5 * PowerGain.slope(self, data)


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_a_curve_is_made_again_of_its_table(curve: GainCurve) -> None:
    table = curve.to_dict()
    assert FAMILIES[table.pop("family")](**table) == curve


def test_a_child_of_a_family_is_no_family() -> None:
    child = HalvedGain(1.0, 2.0, 0.35)
    assert parameters(PowerGain(1.0, 2.0, 0.35)) == ("ceiling", "scale", "exponent", "offset")
    assert parameters(child) == ()
    with pytest.raises(UnsupportedGameError, match="a gain family of the index, got HalvedGain"):
        gain_document(child)


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_without_a_formula_a_change_is_bounded_by_its_slopes(curve: GainCurve) -> None:
    iv = context()
    for start, end in ((40.0, 300.0), (300.0, 40.0)):
        a, b = iv.mpf(start), iv.mpf(end)
        own, coarse = curve.change_within(a, b, iv), GainCurve.change_within(curve, a, b, iv)
        assert coarse.a <= own.a
        assert own.b <= coarse.b
        rise = float(curve.value(end) - curve.value(start))
        assert float(own.a) - 1e-12 <= rise <= float(own.b) + 1e-12


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_the_steepest_bend_of_many_pairs_is_that_of_each(curve: GainCurve) -> None:
    low, high = np.sort(np.random.default_rng(4).uniform(40.0, 2400.0, (2, 3, 5)), axis=0)
    found = curve.steepest(low, high)
    assert found.shape == (3, 5)
    for spot in np.ndindex(3, 5):
        inside = np.linspace(low[spot], high[spot], 400)
        most = np.abs(curve.curvature(inside)).max()
        assert most * (1 - 1e-12) <= found[spot]
        if not isinstance(curve, TabulatedGain):  # whose pieces may be missed by the grid
            assert found[spot] == pytest.approx(most, rel=1e-12)


def test_ranges_are_those_of_the_table() -> None:
    for family in FAMILIES.values():
        for name, allowed in family.parameters.items():
            given = dict.fromkeys(family.parameters, 1.0)
            for value in (-1.0, 0.0):
                fine = allowed == "any" or (value == 0.0 and allowed == "not negative")
                if fine:
                    family(**given | {name: value})
                    continue
                with pytest.raises(InvalidInputError, match=f"`{name}`"):
                    family(**given | {name: value})
