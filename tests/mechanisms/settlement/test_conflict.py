"""What cannot be met, with and without a number of contracts, where all is known by hand."""

from dataclasses import replace

import numpy as np
import pytest

from coopetition.games.errors import NotConvergedError
from coopetition.mechanisms.settlement.conflict import (
    Conflict,
    counted_conflict,
    possible,
    shortfall,
)
from coopetition.mechanisms.settlement.linear_program import Program
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import settle
from tests.mechanisms.settlement.test_settled_by_hand import asked, refused


def can(needed: Requirements, *dropped: str, seconds: float = 5.0) -> bool | None:
    return possible(needed, Program(replace(needed, contracts=None)), set(dropped), seconds)


def test_a_pair_that_may_pay_less_takes_more_contracts() -> None:
    """One partner could pay 4, but may pay 2: A has two."""
    two = asked(4.0, -4.0, -4.0, pair=2.0, contracts=2)
    one = asked(4.0, -4.0, -4.0, pair=2.0, contracts=1)
    assert can(two) is True
    assert can(one) is False
    assert can(one, "at most 2 between two") is True
    assert can(one, "at most 1 contract") is True
    assert can(one, "participation of A") is True
    assert set(refused(one).constraints) == {
        "participation of A", "budget balance", "at most 2 between two", "at most 1 contract",
    }  # fmt: skip


def test_without_the_money_no_number_of_contracts_is_enough() -> None:
    short = asked(5.0, -3.0, contracts=9)
    assert can(short) is False
    assert can(short, "participation of B") is True


def test_what_blocks_show_is_known_at_once_and_the_rest_only_in_time() -> None:
    size = 60
    values = np.random.default_rng(0).normal(size=size)
    names = [f"n{k}" for k in range(size)]
    many = Requirements(
        names=names, needs=values - values.mean() - 0.3, contracts=30,
        partnered=np.ones(size, dtype=bool),
    )  # fmt: skip
    assert can(many, seconds=1e-3) is True
    assert can(replace(many, contracts=29), seconds=1e-3) is False
    large = np.concatenate([np.full(15, 1.5), np.full(15, -2.0)])
    capped = Requirements(
        names=names[:30], needs=large, pair=1.0, contracts=30, partnered=np.ones(30, dtype=bool)
    )
    assert can(capped, seconds=1e-3) is None


def test_a_set_with_a_smaller_conflict_in_it_is_not_called_smallest() -> None:
    """A and B need a hair more than the cap; that C may not pay for both is seen first."""
    short = refused(asked(5.0, 5.0, -100.0, most=5.0 - 1e-5))
    assert short.constraints == (
        "participation of B",
        "at most 4.99999 to or from one organization",
    )
    assert (short.smallest, short.minimal) == (False, True)
    assert short.shortfall == pytest.approx(5.0 + 1e-5)


def test_a_conflict_of_a_thousandth_is_a_smallest_one() -> None:
    short = refused(asked(5.0, -5.0 + 1e-2, 0.0))
    assert short.smallest
    assert short.shortfall == pytest.approx(1e-2)
    assert not refused(asked(5.0, -5.0 + 4e-4, 0.0)).smallest  # by less than is looked for


def test_a_shortfall_of_rounding_is_none() -> None:
    assert shortfall(Program(asked(5.0, -5.0 + 1e-7))) == 0.0
    assert shortfall(Program(asked(5.0, -5.0 + 1e-5))) == pytest.approx(1e-5, rel=1e-3)
    broken = Program(asked(5.0, -3.0))
    broken.rows.append(({0: 0.0}, -1.0, ""))  # 0 <= -1, and nobody's requirement
    with pytest.raises(NotConvergedError, match="program was not solved"):
        shortfall(broken)


def test_without_time_all_constraints_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = asked(2.0, 3.0, -2.0, -3.0, contracts=1)
    money = Program(replace(needed, contracts=None))
    decided = counted_conflict(needed, money)
    assert decided.minimal
    assert len(decided.constraints) < len(needed.labels)
    monkeypatch.setitem(counted_conflict.__globals__, "_SECONDS", -1.0)
    undecided = counted_conflict(needed, money)
    assert undecided.constraints == tuple(needed.labels)
    assert not undecided.minimal
    assert "whether all of them are needed for it was not decided" in str(undecided)


def test_contracts_that_only_rounding_makes_possible_prove_nothing() -> None:
    """The integer solver takes 1e-6 for nothing: what it finds misses a need by more than that."""
    rough = Program(asked(1.0, -1.0 + 1e-7, contracts=1), seconds=5.0)
    assert rough.solve("least") is None
    assert rough.late
    exact = Program(asked(1.0, -1.0, contracts=1), seconds=5.0)
    found = exact.solve("least")
    assert found is not None
    assert found.net == pytest.approx([1.0, -1.0])
    assert not exact.late


def test_a_conflict_is_none_where_a_label_less_is_asked() -> None:
    """Every set that is named conflicts, and none of its parts with one label less."""
    rng = np.random.default_rng(4)
    for _ in range(12):
        needs = rng.integers(-6, 7, 4).astype(float)
        needed = asked(*needs, pair=float(rng.integers(1, 5)), contracts=int(rng.integers(1, 4)))
        found = settle(needed, costs=False)
        if not isinstance(found, Conflict):
            assert can(needed) is True
            continue
        absent = set(needed.labels) - set(found.constraints)
        assert can(needed, *absent) is False
        assert all(can(needed, *absent, label) for label in found.constraints)
