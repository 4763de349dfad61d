"""What fees are measured against, and the lump sums made of it: by hand, nothing is solved."""

from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import none
from coopetition.studies import MechanismSettings, autarky
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.scenario.fees import grounds, lump_sums, powers

GAME = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), organizations=["North", "South"], local_data=[300.0, 100.0],
    max_contribution=50.0, value=[100.0, 25.0], unit_cost=0.01,
)  # fmt: skip
PAID = np.array([10.0, 2.0])
OUTSIDE = {
    "autarky": np.array([4.0, 4.0]), "exit": np.array([1.0, 3.0]),
    "sub-coalition": np.array([6.0, 4.0]),
}  # fmt: skip
PARTS = SubCoalitions(
    players=GAME.players, worth="equilibrium", values=np.array([1.0, 5.0, 3.0, 7.0]),
    alone=OUTSIDE["autarky"], option=OUTSIDE["sub-coalition"], partners=((0,), (1,)),
)  # fmt: skip


def fees(name: str, **given: Any) -> Any:
    return lump_sums(GAME, MechanismSettings(fees=name, **given), PAID, OUTSIDE, PARTS)


@pytest.mark.parametrize(
    ("name", "given", "due"),
    [
        ("none", {}, [10.0, 2.0]),
        ("equal-gain", {}, [6.0, 6.0]),  # 4 more for all than autarky
        ("equal-gain", {"outside_option": "exit"}, [5.0, 7.0]),
        ("equal-gain", {"outside_option": "sub-coalition"}, [7.0, 5.0]),
        ("nash", {"power": "value"}, [7.2, 4.8]),
        ("nash", {"power": "data"}, [7.0, 5.0]),
        ("nash", {"power": (0.0, 2.0)}, [4.0, 8.0]),
        ("nash", {"power": "data", "outside_option": "exit"}, [7.0, 5.0]),
        ("almost-ideal", {"power": "value"}, [1 + 6.4, 3 + 1.6]),  # of exit, whatever is named
        ("shapley", {}, [7.0, 5.0]),  # 4 and 2 alone, 12 together: halves of 6 more
        ("nucleolus", {}, [7.0, 5.0]),
        ("least-core", {}, [7.0, 5.0]),
    ],
)
def test_amounts_by_hand(name: str, given: dict[str, Any], due: list[float]) -> None:
    before = PARTS.values.copy()
    assert fees(name, **given) + PAID == pytest.approx(due, abs=1e-9)
    assert PARTS.values.tolist() == before.tolist()


def test_what_is_not_known_is_said() -> None:
    def refused(name: str, outside: Any, parts: Any, **given: Any) -> str:
        with pytest.raises(InvalidInputError) as error:
            lump_sums(GAME, MechanismSettings(fees=name, **given), PAID, outside, parts)
        return str(error.value)

    why = Unknown("nobody measured it")
    assert refused("equal-gain", {"autarky": why}, None) == (
        f"`fees` = equal-gain needs the outside option autarky; {why}"
    )
    assert refused("shapley", OUTSIDE, why) == (
        f"`fees` = shapley needs the values of sub-coalitions; {why}"
    )
    assert refused("shapley", OUTSIDE, None).startswith("`fees` = shapley needs the values")
    much = {"autarky": np.array([9.0, 9.0])}
    assert refused("nash", much, None).startswith(
        "`fees` = nash, against the outside option autarky: outside options exceed all payoffs"
    )
    assert lump_sums(GAME, MechanismSettings(), PAID, {}, None).tolist() == [0.0, 0.0]


def test_power_is_a_column_or_numbers_that_sum_to_one() -> None:
    assert powers(GAME, "equal").tolist() == [0.5, 0.5]
    assert powers(GAME, "value").tolist() == [0.8, 0.2]
    assert powers(GAME, "data").tolist() == [0.75, 0.25]
    assert powers(GAME, (1.0, 4.0)).tolist() == [0.2, 0.8]
    with pytest.raises(InvalidInputError, match="`power` must not all be 0"):
        powers(GAME.replace(value=0.0), "value")  # nobody has any
    with pytest.raises(InvalidInputError, match="`power` must be one of equal, value, data, or"):
        powers(GAME, "fame")
    with pytest.raises(InvalidInputError, match="`power` must hold 2 numbers"):
        powers(GAME, (1.0,))


def test_sub_coalitions_are_solved_once_and_only_where_asked() -> None:
    alone = autarky(GAME)
    plain, nothing = grounds(GAME, none, MechanismSettings(), alone)
    assert set(plain) == {"autarky", "exit"}
    assert nothing is None
    asked = MechanismSettings(fees="shapley")
    given, parts = grounds(GAME, none, asked, alone, PARTS)
    assert parts is PARTS
    assert given["sub-coalition"] is PARTS.option
    said, why = grounds(GAME, none, asked, alone, Unknown("not to be solved"))
    assert said["sub-coalition"] == why == Unknown("not to be solved")
    solved, found = grounds(GAME, none, asked)
    assert isinstance(found, SubCoalitions)
    assert solved["sub-coalition"] is found.option
    assert found.values[1:3] == pytest.approx(alone.payoff)
    measured, _ = grounds(GAME, none, asked, alone)
    assert "not measured" in str(measured["sub-coalition"])
