"""All equilibria are listed: isolated ones, continua, and the one that has the highest welfare."""

from typing import Any

import numpy as np
import pytest

from coopetition.games import AggregativeGame, CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import MatrixCompetition
from coopetition.games.coopetition.gain import ExponentialGain, TabulatedGain
from coopetition.games.potentials import potential_of
from coopetition.games.several.game import SeveralAggregatesGame
from coopetition.mechanisms import SeparableRule, redistribute, redistribution
from coopetition.solvers import solve
from coopetition.solvers.aggregate.all_equilibria import ties
from tests.solvers.aggregate.test_signed import many_players
from tests.solvers.test_choose import crossings

NONE = "no positive weighted potential exists"
SOME = "a weighted potential with the weights |w_n| exists"


class Subsidy(SeparableRule):
    """Pay everybody for each sample, from outside."""

    def __init__(self, price: float, size: int) -> None:
        """Take one price for all."""
        self.price = np.full(size, price)

    @property
    def slope(self) -> Array:
        """The prices."""
        return self.price

    @property
    def bend(self) -> Array:
        """Zeros."""
        return np.zeros(self.price.size)

    @property
    def leak(self) -> Array:
        """The prices."""
        return self.price

    def __call__(self, game: Any, profile: Array) -> Array:
        """Pay each its price."""
        return self.price * profile


def twins(unit_cost: float = 0.0) -> CoopetitionRound:
    """Return two who are paid to act, and lose more to each other than they gain."""
    return CoopetitionRound(
        gain=ExponentialGain(1.0, 2000.0),
        organizations=["A", "B"],
        local_data=500.0,
        max_contribution=3000.0,
        value=1000.0,
        unit_cost=unit_cost,
        quadratic_cost=1e-6,
        damage=1.5,
    )


def test_two_isolated_equilibria_are_both_listed() -> None:
    base = twins()
    game = redistribute(base, redistribution(base, rate=0.05))
    assert isinstance(game, AggregativeGame)
    found = solve(game)
    assert found.listed is not None
    assert [float(one.profile.sum()) for one in found.listed] == [0.0, 6000.0]
    assert [one.continuum for one in found.listed] == ["", ""]
    assert [one.chosen for one in found.listed] == [False, True]
    assert (found.unique, found.continuum) == (False, "")
    assert "2 pure equilibria exist, this has the highest welfare" in found.reason
    for one in found.listed:
        assert one.welfare == pytest.approx(float(base.welfare(one.profile)))
        assert one.payoffs == pytest.approx(game.payoffs(one.profile))
    text = str(found)
    _, several = found.tables()
    assert several.select(["total_contribution", "welfare"]).rows == [
        ["1", 0.0, pytest.approx(786.939, abs=1e-3)],
        ["2 (chosen)", 6000.0, pytest.approx(1615.19, abs=1e-2)],
    ]
    assert "2 (chosen)" in text
    assert "continuum" not in text


@pytest.mark.parametrize("price", [0.02, 0.05, 0.075, 0.1])
@pytest.mark.parametrize("gap", [1.0, 1.7])
def test_the_list_is_what_a_scan_of_best_responses_finds(price: float, gap: float) -> None:
    game = redistribute(twins().replace(value=[1000.0, 1000.0 / gap]), Subsidy(price, 2))
    assert isinstance(game, AggregativeGame)
    found = solve(game)
    assert found.listed is not None
    listed = sorted(float(one.profile[0]) for one in found.listed)
    assert listed == pytest.approx(sorted(crossings(game, 121)), abs=0.3)
    assert sum(one.chosen for one in found.listed) == 1
    assert found.unique is (len(listed) == 1)


def test_money_from_outside_is_no_reason_to_be_chosen() -> None:
    """At 6,000 samples the subsidy brings more than the welfare that is lost."""
    base = twins(unit_cost=0.2)
    game = redistribute(base, Subsidy(0.275, 2))
    found = solve(game)
    assert found.listed is not None
    nothing, everything = found.listed
    assert everything.payoffs.sum() > nothing.payoffs.sum() + 1000.0
    assert nothing.welfare > everything.welfare + 300.0
    assert nothing.chosen
    assert found.profile.tolist() == [0.0, 0.0]
    assert found.welfare == pytest.approx(float(base.welfare(found.profile)))
    assert "payoffs before transfers" in found.reason
    paid = redistribute(base, Subsidy(1.0, 2))  # where nothing else is an equilibrium
    there = solve(paid)
    assert there.welfare == pytest.approx(there.payoffs.sum() - 6000.0)
    assert f"welfare {there.welfare:.6g}" in str(there)


def tied(**changes: Any) -> CoopetitionRound:
    """Return two organizations with equal thresholds of linear costs."""
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=900.0, max_contribution=4000.0, value=1000.0,
        organizations=["A", "B"], unit_cost=0.01,
    ).replace(**changes)  # fmt: skip


def test_ties_are_one_of_a_continuum_and_say_what_stays() -> None:
    game = tied()
    found = solve(game)
    assert (found.unique, len(found.listed or ())) == (False, 1)
    assert found.continuum.startswith("ties between A, B, whose costs are linear")
    assert "the same effective data" in found.continuum
    total = float(found.profile.sum())
    for share in (0.0, 0.3, 1.0):  # that it is one: others of the same total are equilibria too
        other = np.array([share, 1.0 - share]) * total
        slack = max(game.marginal_payoffs(other).max(), -game.marginal_payoffs(other).min())
        assert slack <= 1e-9
    uneven = solve(game.replace(quality=[1.0, 0.5], unit_cost=[0.01, 0.005]))
    assert uneven.unique is False
    assert "effective data" in uneven.continuum  # totals differ along it: nothing is said of them
    assert ties(game, np.array([4000.0, 4000.0])) == ""


def test_who_is_indifferent_is_named() -> None:
    game = tied(value=[1000.0, 0.0], unit_cost=[0.01, 0.0], quadratic_cost=[1e-6, 0.0])
    found = solve(game)
    assert found.unique is False
    assert found.continuum == "all contributions are equal to B: this is one of a continuum"


def test_a_linear_gain_leaves_a_continuum_for_one_alone() -> None:
    game = CoopetitionRound(
        gain=TabulatedGain([100.0, 1000.0, 2000.0], [0.0, 0.9, 1.9]), local_data=[100.0],
        max_contribution=1000.0, value=10.0, unit_cost=0.01,
    )  # fmt: skip
    found = solve(game)
    assert found.unique is False
    assert found.continuum.endswith("may be one of a continuum")
    assert game.payoffs([[0.0], [500.0], [1000.0]]) == pytest.approx(np.zeros((3, 1)))


def test_one_threshold_at_the_fill_is_isolated() -> None:
    found = solve(tied(unit_cost=[0.01, 0.02]))
    assert (found.unique, found.continuum, len(found.listed or ())) == (True, "", 1)


def test_a_search_lists_nothing() -> None:
    base = tied(quadratic_cost=1e-6)
    found = solve(redistribute(base, lambda game, x: 0.001 * (x - x.mean(-1, keepdims=True))))
    assert (found.unique, found.listed) == (None, None)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_what_is_said_of_potentials_is_what_the_analysis_finds(size: int) -> None:
    """A numerical search for weights, which knows nothing of aggregates, agrees."""
    said = {NONE: 0, SOME: 0}
    for seed in range(12):
        rng = np.random.default_rng([size, seed])
        negative = size if seed % 2 else 1
        value = np.where(np.arange(size) < negative, 20.0, 900.0)
        base = CoopetitionRound(
            gain=PowerGain(1.0, 10.0, 0.6),
            local_data=rng.uniform(20, 300, size),
            max_contribution=2000.0,
            value=value,
            unit_cost=rng.uniform(0, 0.01, size),
            quadratic_cost=1e-5,
            damage=rng.uniform(1.2, 1.9, (size, size)) * (value < 100)[:, None]
            * (1 - np.eye(size)),
        )  # fmt: skip
        game = redistribute(base, Subsidy(0.1, size))
        found = solve(game)
        if "weight negative" not in found.reason:
            continue
        holds = potential_of(game).holds
        for words, wanted in ((NONE, False), (SOME, True)):
            if words in found.reason:
                said[words] += 1
                assert holds is wanted, (seed, found.reason)
    assert min(said.values()) >= 4


def test_nothing_is_said_of_potentials_where_the_gain_may_be_linear() -> None:
    base = CoopetitionRound(
        gain=TabulatedGain([10.0, 5000.0, 9990.0], [0.0, 0.1, 0.2]), local_data=[100.0, 100.0],
        max_contribution=1000.0, value=[1000.0, 10.0], quadratic_cost=1e-5, unit_cost=0.0,
        damage=[[0.0, 0.0], [0.3, 0.0]],
    )  # fmt: skip
    found = solve(redistribute(base, Subsidy(0.1, 2)))
    assert not base.gain.strictly_concave
    assert "weight negative" in found.reason
    assert NONE not in found.reason
    assert SOME not in found.reason


@pytest.mark.parametrize(("apart", "words"), [(True, SOME), (False, NONE)])
def test_kinds_that_are_not_shared_mix_no_signs(apart: bool, words: str) -> None:
    """One with a positive and one with a negative weight, on their own kind of data or not."""
    quality = [[1.0, 0.0], [0.0, 1.0]] if apart else [[1.0, 0.5], [0.5, 1.0]]
    game = SeveralAggregatesGame(
        gains=[PowerGain(1.0, 2.0, 0.5), PowerGain(1.0, 2.0, 0.5)],
        local_data=[[100.0, 50.0], [50.0, 100.0]], quality=quality, max_contribution=1000.0,
        value=[1000.0, 10.0], unit_cost=[0.01, -0.05], quadratic_cost=1e-4,
        damage=MatrixCompetition(np.array([[0.0, 0.0], [0.5, 0.0]])),
    )  # fmt: skip
    assert words in solve(game).reason


def test_many_players_have_their_list_too() -> None:
    counts = set()
    for seed in range(60):
        game = many_players(seed, 4, 2, linear=bool(seed % 2))
        found = solve(game)
        if found.solver != "enumerate_profiles":
            continue
        assert found.listed is not None
        welfares = [one.welfare for one in found.listed]
        assert found.welfare == pytest.approx(max(welfares))
        omegas = [float(game.form.aggregate(one.profile)) for one in found.listed]
        assert omegas == sorted(omegas)
        counts.add(len(found.listed))
    assert max(counts) >= 2
