"""Deposits: as large as what may be owed, taken for what is not paid, never more nor less."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.audit.collateral import collateral
from coopetition.studies import play_scenario, run_study
from coopetition.studies.play.deposits import settle_defaults
from coopetition.studies.play.journal import RoundRecord
from tests.studies.command import coopetition, written
from tests.studies.playing import CURVE, scenario_of

NOTHING = Decimal("0.00")
cents = st.integers(-(10**7), 10**7).map(lambda n: Decimal(n).scaleb(-2))


@given(
    st.lists(st.tuples(cents, cents, cents), min_size=1, max_size=4),
    st.tuples(*[st.integers(0, 10**7).map(lambda n: Decimal(n).scaleb(-2))] * 4),
    st.dictionaries(st.integers(0, 3), st.integers(1, 4)),
)
def test_money_is_neither_made_nor_lost(
    owed: list[tuple[Decimal, ...]], deposit: tuple[Decimal, ...], starts: dict[int, int]
) -> None:
    """Cash and deposits together change only by what the mechanism itself adds: here nothing."""
    rounds = [
        RoundRecord(number=k + 1, payment=(*three, -sum(three, NOTHING)), payoff=(0.0,) * 4)
        for k, three in enumerate(owed)
    ]
    paid, kept = settle_defaults(rounds, deposit, "proved", starts)
    cash, total = [-amount for amount in deposit], sum(deposit, NOTHING)
    before = deposit
    for k, (record, due) in enumerate(zip(paid, rounds, strict=True)):
        pocket = [a + b for a, b in zip(record.payment, kept.forfeited[k], strict=True)]
        cash = [a + b for a, b in zip(cash, pocket, strict=True)]
        assert sum(cash, NOTHING) + sum(kept.left[k], NOTHING) == 0
        assert record.balance == 0
        for n in range(4):
            silent = record.number >= starts.get(n, 99)
            assert kept.left[k][n] == before[n] - kept.forfeited[k][n] >= 0
            if due.payment[n] < 0:
                assert pocket[n] == (0 if silent else due.payment[n])
                assert -due.payment[n] * silent == kept.forfeited[k][n] + kept.unpaid[k][n]
                assert not kept.unpaid[k][n] or kept.left[k][n] == 0  # first the deposit
            else:
                assert 0 <= record.payment[n] <= due.payment[n]
                assert kept.unpaid[k][n] == kept.forfeited[k][n] == 0
        before = kept.left[k]
    returned = sum(kept.left[-1], NOTHING)
    taken = sum((sum(each, NOTHING) for each in kept.forfeited), NOTHING)
    assert returned + taken == total


def test_losses_are_shared_in_proportion() -> None:
    owed = tuple(map(Decimal, ("-30.00", "20.00", "10.01", "-0.01")))
    record = RoundRecord(number=2, payment=owed, payoff=(1.0, 2.0, 3.0, 4.0))
    (paid,), kept = settle_defaults([record], None, "", {0: 2})
    assert paid.payment == tuple(map(Decimal, ("0.00", "0.01", "0.00", "-0.01")))
    assert paid.payoff == pytest.approx((31.0, -17.99, -7.01, 4.0))
    assert kept.unpaid == ((Decimal("30.00"), NOTHING, NOTHING, NOTHING),)
    assert settle_defaults([replace(record, number=1)], None, "", {0: 2})[0][0].payment == owed


def test_a_deposit_covers_what_the_agreement_may_ask(tmp_path: Path) -> None:
    scenario = scenario_of(CURVE)
    played = play_scenario(scenario, 2, tmp_path / "j.sqlite", deposits=True)
    study = run_study(scenario.round(), scenario.mechanism)
    most = collateral(study.game, study.mechanism.rule, fees=study.fee)
    assert played.deposits is not None
    exact = np.array([float(amount) for amount in played.deposits.amount])
    assert ((most.amount <= exact) & (exact < most.amount + 0.01)).all()
    assert played.deposits.how == most.how
    assert played.deposits.left == (played.deposits.amount,) * 2
    document = played.to_dict()["deposits"]
    assert document["returned"] == document["amount"]


def test_who_does_not_pay_loses_its_deposit_and_not_more(tmp_path: Path) -> None:
    """In round one the deposit covers everything: nobody else notices."""
    scenario, journal = scenario_of(CURVE), tmp_path / "j.sqlite"
    fair = play_scenario(scenario, 2, journal, deposits=True)
    payer = int(np.argmin(fair.table("payment")[0]))
    name = scenario.organizations[payer]
    broken = play_scenario(scenario, 2, journal, deposits=True, defaults={name: 1})
    assert broken.rounds[0] == fair.rounds[0]
    assert broken.deposits is not None
    assert broken.deposits.forfeited[0][payer] == -fair.rounds[0].payment[payer] > 0
    bare = play_scenario(scenario, 2, journal, defaults={name: 1})
    assert bare.rounds[0].payment[payer] == 0
    assert bare.balance == fair.balance


def test_what_cannot_be_held_is_one_sentence(tmp_path: Path) -> None:
    scenario, journal = scenario_of(CURVE), tmp_path / "j.sqlite"
    play_scenario(scenario, 1, journal)
    with pytest.raises(InvalidInputError, match="was begun without deposits"):
        play_scenario(scenario, 2, journal, deposits=True)
    with pytest.raises(InvalidInputError, match=r"`defaults` must name .*, got 'Nobody'"):
        play_scenario(scenario, 2, journal, defaults={"Nobody": 1})
    file = written(tmp_path, CURVE)
    for said in ("North", "North=", "=3", "North=x"):
        answer = coopetition("play", file, "--rounds", "1", "--default", said)
        assert answer.code == 2
        assert "must be NAME=ROUND" in answer.err
    answer = coopetition("play", file, "--rounds", "1", "--default", "North=0")
    assert answer.code == 2
