"""One giant coalition hides nothing of the others: nucleolus, least core, Kohlberg."""

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division import kohlberg, least_core, nucleolus

GIANTS = (1e6, 1e9, 1e11, 1e13)


def beside(giant: float) -> Array:
    """Return a glove game worth 100 of players 0 to 2, and a pair 3 and 4 worth `giant`."""
    return np.array(
        [
            100.0 * (s & 1 and s & 6 != 0) + giant * (s & 24 == 24)
            for s in range(32)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("giant", GIANTS)
@pytest.mark.parametrize("individual", [True, False])
def test_the_nucleolus_of_two_games_side_by_side(giant: float, individual: bool) -> None:
    """Both cores hold something: the two nucleoli side by side, up to rounding of the giant."""
    found = nucleolus(beside(giant), individual=individual).values
    assert found[:3] == pytest.approx([100.0, 0.0, 0.0], abs=1e-8 + 1e-14 * giant)
    assert found[3:] == pytest.approx([giant / 2] * 2, rel=1e-12)


@pytest.mark.parametrize("giant", GIANTS)
def test_kohlberg_sees_small_coalitions_beside_a_giant(giant: float) -> None:
    assert kohlberg(beside(giant), [100.0, 0.0, 0.0, giant / 2, giant / 2]) is None
    for wrong in ([60.0, 20.0, 20.0], [80.0, 20.0, 0.0], [0.0, 0.0, 100.0]):
        witness = kohlberg(beside(giant), [*wrong, giant / 2, giant / 2])
        assert witness is not None
        assert any(set(s) <= {0, 1, 2} for s in witness.coalitions)


@pytest.mark.parametrize("giant", GIANTS)
def test_the_least_core_beside_a_giant(giant: float) -> None:
    found = least_core(beside(giant))
    assert found.epsilon == pytest.approx(0.0, abs=1e-8 + 1e-14 * giant)
    assert found.allocation[0] == pytest.approx(100.0, abs=1e-8 + 1e-14 * giant)


def test_nobody_is_short_of_what_it_has_alone_by_a_rivals_scale() -> None:
    table = np.array([0.0, 100.0, 1e11, 1e11 + 300.0])
    with pytest.raises(InvalidInputError, match="less than alone"):
        kohlberg(table, [60.0, 1e11 + 240.0])
