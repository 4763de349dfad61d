"""DBR and CGBD against the enumeration of all level choices, each solved by an independent way."""

from types import SimpleNamespace

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.errors import InvalidInputError, NotConvergedError, UnsupportedGameError
from coopetition.games.tradefl.game import TradeFLGame
from coopetition.games.tradefl.response import certify_tradefl
from coopetition.solvers import Status
from coopetition.solvers.tradefl import benders as tradefl_cuts
from coopetition.solvers.tradefl.benders import solve_cgbd
from coopetition.solvers.tradefl.best_response import solve_dbr
from tests.tradefl_instances import best_fractions, enumerate_levels, random_tradefl

BELOW = 165  # a seed where best responses end in an equilibrium below the highest potential


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_both_agree_with_enumeration_on_random_games(first: int) -> None:
    """200 games: N and L from 1 to 4, all curves, ties, deadlines that exclude levels."""
    for seed in range(first, first + 20):
        game = random_tradefl(seed)
        highest = enumerate_levels(game)
        best, found = solve_cgbd(game), solve_dbr(game)
        scale = game.potential_scale(best.fractions, best.levels)
        assert best.success, seed
        assert best.status is Status.CONVERGED, seed
        assert best.potential == pytest.approx(max(highest.values()), abs=1e-9 * scale), seed
        assert best.upper >= max(highest.values()) - 1e-12 * scale, seed
        assert found.success, seed
        here = highest[tuple(found.levels.tolist())]
        assert found.potential == pytest.approx(here, abs=1e-9 * scale), seed
        assert found.potential <= best.potential + 1e-9 * scale, seed
        risen = np.diff([move.potential for move in found.moves])
        assert (risen >= -1e-13 * scale).all(), seed


@pytest.mark.parametrize("seed", range(40))
def test_every_cut_holds_for_every_choice_of_levels_and_is_tight_at_its_own(seed: int) -> None:
    game = random_tradefl(seed)
    highest = enumerate_levels(game)
    best = solve_cgbd(game)
    scale = game.potential_scale(best.fractions, best.levels)
    for cut in best.cuts:
        terms = abs(cut.constant) + scale
        for levels, value in highest.items():
            assert cut.bound(np.array(levels)) >= value - 1e-12 * terms
        assert cut.bound(cut.levels) == pytest.approx(cut.value, abs=1e-12 * terms)
        assert cut.value == pytest.approx(highest[tuple(cut.levels.tolist())], abs=1e-12 * scale)


@pytest.mark.parametrize("seed", [BELOW, *range(200, 210)])
def test_bounds_enclose_the_maximum_and_close(seed: int) -> None:
    game = random_tradefl(seed, players=4, levels=4)
    best, top = solve_cgbd(game), max(enumerate_levels(game).values())
    scale = game.potential_scale(best.fractions, best.levels)
    lower, upper = best.bounds.T
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) <= 0).all()
    assert (lower <= top + 1e-12 * scale).all()
    assert (upper >= top - 1e-12 * scale).all()
    assert best.gap <= best.gap_tolerance


@pytest.mark.parametrize("seed", [BELOW, 3, 29, 77])
def test_every_start_leads_to_the_same_maximum(seed: int) -> None:
    game = random_tradefl(seed)
    top = max(enumerate_levels(game).values())
    for start in list(enumerate_levels(game))[:40]:
        assert solve_cgbd(game, list(start)).potential == pytest.approx(top, rel=1e-9)


def test_best_responses_may_end_below_the_maximum() -> None:
    game = random_tradefl(BELOW)
    found, best = solve_dbr(game), solve_cgbd(game)
    assert found.success
    assert found.potential < best.potential - 1e-3
    again = solve_dbr(game, (best.fractions, best.levels))
    assert again.levels.tolist() == best.levels.tolist()
    assert again.potential == pytest.approx(best.potential, rel=1e-12)


def identical(count: int) -> TradeFLGame:
    """Return organizations of which one should train fast: a tie, which one."""
    return TradeFLGame(
        gain=PowerGain(1.0, 12.6, 0.6, 50.0),
        local_data=[1000.0] * count,
        frequencies=[1.0, 2.0, 3.0],
        cycles=0.01,
        deadline=5.0,
        energy_cost=0.04,
        value=100.0,
        least_fraction=0.05,
    )


@pytest.mark.parametrize("count", [3, 4])
def test_ties_among_identical_organizations(count: int) -> None:
    game = identical(count)
    highest = enumerate_levels(game)
    top = max(highest.values())
    assert sum(value > top - 1e-12 for value in highest.values()) == count
    best, found = solve_cgbd(game), solve_dbr(game)
    assert best.success
    assert found.success
    assert best.potential == pytest.approx(top, rel=1e-12)
    assert len(best.cuts) < len(highest)


def test_levels_of_one_frequency_are_a_tie_that_ends() -> None:
    game = identical(3).replace(frequencies=[2.0, 2.0, 2.0])
    best, found = solve_cgbd(game), solve_dbr(game)
    assert best.success
    assert found.success
    assert found.levels.tolist() == [0, 0, 0]
    assert best.potential == pytest.approx(found.potential, rel=1e-12)
    kept = solve_dbr(game, (found.fractions, [2, 1, 2]))
    assert kept.levels.tolist() == [2, 1, 2]
    assert not kept.moves


def test_one_organization_in_closed_form() -> None:
    """Slow is cheaper and never too slow: Ω is the root of p P′(Ω) = ε f²."""
    game = TradeFLGame(
        gain=PowerGain(1.0, 2.0, 1.0),
        local_data=[1000.0],
        frequencies=[1.0, 2.0],
        value=500.0,
        energy_cost=0.004,
    )
    omega = np.sqrt(500.0 * 2.0 / 0.004)
    for answer in (solve_cgbd(game), solve_dbr(game)):
        assert answer.success
        assert answer.fractions == pytest.approx([omega / 1000.0], rel=1e-12)
        assert answer.frequencies.tolist() == [1.0]


@pytest.mark.parametrize("seed", range(10))
def test_one_level_leaves_a_concave_game(seed: int) -> None:
    game = random_tradefl(seed, levels=1)
    best, found = solve_cgbd(game), solve_dbr(game)
    top = best_fractions(game, np.zeros(len(game.players), dtype=int))[1]
    scale = game.potential_scale(best.fractions, best.levels)
    assert len(best.cuts) == 1
    assert best.potential == pytest.approx(top, abs=1e-12 * scale)
    assert found.potential == pytest.approx(top, abs=1e-9 * scale)


def test_all_data_fixed_leaves_only_the_levels() -> None:
    """With d_min = 1 each takes the level with the best own term; 0.5 misses the deadline."""
    game = identical(3).replace(
        least_fraction=1.0,
        frequencies=[0.5, 2.0, 3.0],
        transfer_rate=0.01,
        compute_worth=900.0,
        damage=0.1,
        energy_cost=[0.0, 0.01, 0.1],
    )
    own = game.rates * 1000.0 + game.perks
    for answer in (solve_cgbd(game), solve_dbr(game)):
        assert answer.success
        assert answer.fractions.tolist() == [1.0, 1.0, 1.0]
        assert answer.levels.tolist() == np.where(game.feasible, own, -np.inf).argmax(1).tolist()
    assert set(answer.levels.tolist()) == {1, 2}
    assert solve_cgbd(game).excluded == tuple((name, 0.5) for name in game.players)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_weights_that_are_not_positive_are_refused(share: float) -> None:
    game = identical(2).replace(damage=1 / share, organizations=["North", "South"])
    for solver in (solve_dbr, solve_cgbd):
        with pytest.raises(
            UnsupportedGameError, match=r"solve_\w+\(\) needs positive weights, tha"
        ):
            solver(game)


def test_a_budget_that_ends_early_says_so() -> None:
    game = random_tradefl(BELOW)
    top = max(enumerate_levels(game).values())
    cut_short = solve_cgbd(game, max_iter=1)
    assert cut_short.status is Status.BUDGET
    assert not cut_short.success
    assert cut_short.potential < top <= cut_short.upper
    with pytest.raises(NotConvergedError, match=r"budget of iterations ran out.* gap 0"):
        cut_short.raise_if_failed()
    one_sweep = solve_dbr(random_tradefl(29), max_iter=1)
    assert one_sweep.status is Status.BUDGET
    assert one_sweep.certificate.deviation is not None


def test_a_loose_gap_ends_earlier_with_a_true_bound() -> None:
    game = random_tradefl(BELOW)
    exact, loose = solve_cgbd(game), solve_cgbd(game, gap=0.5)
    assert len(loose.cuts) < len(exact.cuts)
    assert loose.potential <= exact.potential <= loose.upper
    assert loose.gap <= 0.5


def test_a_master_that_fails_leaves_an_open_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    game = random_tradefl(BELOW)
    nothing = SimpleNamespace(x=None, mip_dual_bound=None)
    exact = solve_cgbd(game)
    monkeypatch.setattr(tradefl_cuts, "_program", lambda *_: nothing)
    found = solve_cgbd(game)
    assert found.status is Status.NOT_CERTIFIED
    assert found.upper >= exact.potential > found.potential


def test_bad_arguments_get_one_sentence() -> None:
    game = identical(2)
    with pytest.raises(InvalidInputError, match="`max_iter` must be an integer, at least 1, got 0"):
        solve_dbr(game, max_iter=0)
    with pytest.raises(InvalidInputError, match="`gap` must be finite and at least 0, got -1"):
        solve_cgbd(game, gap=-1)
    with pytest.raises(InvalidInputError, match="`levels` must be indices from 0 to 2"):
        solve_cgbd(game, [0, 3])
    with pytest.raises(InvalidInputError, match="`fractions` of organization 1"):
        solve_dbr(game, ([0.0, 0.5], [0, 0]))


def test_answers_say_what_they_are() -> None:
    game = identical(2)
    said = str(solve_cgbd(game))
    assert "organization 2" in said
    assert "gap 0 (tolerance" in said
    assert "equilibrium (checked: best fraction at every level" in str(solve_dbr(game))


@pytest.mark.parametrize("seed", range(5))
def test_forty_organizations(seed: int) -> None:
    game = random_tradefl(seed, players=40, levels=4)
    best, found = solve_cgbd(game), solve_dbr(game)
    scale = game.potential_scale(best.fractions, best.levels)
    assert best.success
    assert found.success
    assert found.potential <= best.upper + 1e-12 * scale
    assert certify_tradefl(game, best.fractions, best.levels).holds
