"""Mixed equilibria: textbook games, independent searches, degenerate games, time limits."""

from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame, to_gambit
from coopetition.solvers.finite import (
    MixedEquilibria,
    mixed_equilibria,
    pure_equilibria,
)
from coopetition.solvers.finite.bounded import bounded
from coopetition.solvers.finite.search import Search
from tests.solvers.finite.textbook import (
    BATTLE,
    PAPER,
    PENNIES,
    PRISONERS,
    STENGEL,
    brute_mixed,
    random_game,
)

THIRD, HALF = Fraction(1, 3), Fraction(1, 2)


def vectors(found: MixedEquilibria) -> list[tuple[float, ...]]:
    """Return equilibria as sorted vectors."""
    flat = [np.concatenate(mixed).astype(float) for mixed in found.profiles]
    return sorted(tuple(np.round(one, 9) + 0.0) for one in flat)


def check(game: FiniteGame, found: MixedEquilibria) -> None:
    """Recompute every regret, whatever the answer says."""
    for mixed, known in zip(found.profiles, found.known, strict=True):
        regret = game.mixed_regret(mixed)
        assert (regret <= 1e-9 * game.ranges).all()
        assert all(sum(own) == pytest.approx(1) and min(own) >= 0 for own in mixed)
        if known == "proved":
            assert not any(regret)


@pytest.mark.parametrize(
    ("game", "known"),
    [
        (PENNIES, [[[HALF, HALF], [HALF, HALF]]]),
        (PRISONERS, [[[0, 1], [0, 1]]]),
        (BATTLE, [[[1, 0], [1, 0]], [[0, 1], [0, 1]], [[2 * THIRD, THIRD], [THIRD, 2 * THIRD]]]),
        (PAPER, [[[THIRD] * 3, [THIRD] * 3]]),
        (
            STENGEL,
            [
                [[1, 0, 0], [1, 0]],
                [[Fraction(4, 5), Fraction(1, 5), 0], [2 * THIRD, THIRD]],
                [[0, THIRD, 2 * THIRD], [THIRD, 2 * THIRD]],
            ],
        ),
    ],
)
def test_known_equilibria_are_proved_in_fractions(
    game: FiniteGame, known: list[list[list[Fraction]]]
) -> None:
    found = mixed_equilibria(game.to_fractions())
    exact = sorted([own.tolist() for own in mixed] for mixed in found.profiles)
    assert exact == sorted(known)
    assert set(found.known) == {"proved"}
    assert found.complete
    assert all(isinstance(p, Fraction) for mixed in found.profiles for own in mixed for p in own)


@pytest.mark.parametrize(("shape", "seed"), [((3, 3), 1), ((4, 3), 2), ((2, 5), 3), ((5, 5), 5)])
def test_they_are_those_of_all_supports(shape: tuple[int, int], seed: int) -> None:
    game = random_game(shape, seed)
    found = mixed_equilibria(game)
    check(game, found)
    assert found.complete
    assert vectors(found) == sorted(tuple(np.round(one, 9) + 0.0) for one in brute_mixed(game))


def test_units_of_payoffs_do_not_matter() -> None:
    game = random_game((4, 4), 8)
    scaled = FiniteGame(game.tensor * np.array([1e9, 1e-9]).reshape(2, 1, 1) - 7e-9)
    assert vectors(mixed_equilibria(scaled)) == vectors(mixed_equilibria(game))


def test_degenerate_games_say_so_and_have_their_extreme_equilibria() -> None:
    # The second row, and any mixture with at least 1/2 on the second column.
    game = FiniteGame([[[1, 1], [0, 2]], [[1, 0], [0, 0]]]).to_fractions()
    found = mixed_equilibria(game)
    check(game, found)
    assert not found.complete
    assert "degenerate" in found.note
    assert (0, 1, 0.5, 0.5) in vectors(found)
    flat = mixed_equilibria(FiniteGame(np.ones((2, 2, 2))))
    assert len(flat) == 4
    assert "degenerate" in flat.note
    assert not mixed_equilibria(FiniteGame([[[1, 1, 1]], [[1, 2, 2]]])).complete


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 1), (1, 4), (4, 1), (1, 2, 3), (2, 1, 2)])
def test_players_with_one_strategy(shape: tuple[int, ...]) -> None:
    game = random_game(shape, 4)
    found = mixed_equilibria(game)
    check(game, found)
    assert len(found) >= 1
    pure = {tuple(map(int, np.concatenate(m))) for m in found.profiles if is_pure(m)}
    assert len(pure) == len(pure_equilibria(game))


def is_pure(mixed: tuple[np.ndarray, ...]) -> bool:
    return all(own.max() == 1 for own in mixed)


def test_a_large_game_that_other_paths_never_leave_is_answered() -> None:
    # nashpy 0.0.43: Game(a, b).lemke_howson(0) of this game does not return.
    game = random_game((12, 12), 2)
    found = mixed_equilibria(game, time_limit=30)
    check(game, found)
    assert len(found) >= 1
    assert not found.complete
    assert not found.timed_out
    assert "others may exist" in found.note


def test_the_time_limit_ends_a_search_and_says_so() -> None:
    game = random_game((8, 8), 2)  # takes seconds
    assert len(pure_equilibria(game)) == 0
    found = mixed_equilibria(game, time_limit=0.05)
    assert len(found) == 0
    assert found.timed_out
    assert not found.complete
    assert "time limit" in found.note
    late = mixed_equilibria(random_game((12, 12), 2), time_limit=1e-6)
    assert late.timed_out
    assert "time limit" in str(late)
    assert mixed_equilibria(random_game((4, 4, 4), 4), time_limit=1e-6).timed_out


def test_what_was_found_before_the_limit_is_kept() -> None:
    # 72 seconds of work; the first vertices come early.
    payoffs = 1 + random_game((10, 10), 2).tensor
    answer = bounded({"task": "vertices", "payoffs": payoffs.tolist()}, 4)
    assert answer.timed_out
    assert all(len(own) == 10 for mixed in answer.found for own in mixed)


def test_an_outside_solver_that_fails_is_no_empty_answer() -> None:
    answer = bounded({"task": "vertices", "payoffs": [[[1]], [[1]]]}, 60)
    assert answer.error
    assert not answer.found


def test_answers_that_are_no_equilibria_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [(np.array([1.0, 0.0]), np.array([0.4, 0.6])), (np.array([np.nan, 1.0]),) * 2]
    answer = Search(found=wrong, method="a broken solver", exhaustive=True)
    monkeypatch.setattr("coopetition.solvers.finite.mixed.search", lambda *_: answer)
    found = mixed_equilibria(PENNIES)
    assert len(found) == 0
    assert not found.complete
    assert "2 of its answers were no equilibria" in found.note


def test_an_even_number_is_known_to_lack_one(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Search(found=[], method="a lazy solver", exhaustive=True)
    monkeypatch.setattr("coopetition.solvers.finite.mixed.search", lambda *_: nothing)
    found = mixed_equilibria(BATTLE)
    assert len(found) == 2
    assert not found.complete
    assert "at least one more exists" in found.note


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf")])
def test_bad_limits_are_refused(limit: float) -> None:
    with pytest.raises(InvalidInputError, match="`time_limit` must be"):
        mixed_equilibria(PENNIES, time_limit=limit)


def test_three_players() -> None:
    # Jordan, Games and Economic Behavior 5, 1993: pennies for three, the only equilibrium at 1/2.
    jordan = np.zeros((3, 2, 2, 2))
    for a, b, c in np.ndindex(2, 2, 2):
        jordan[:, a, b, c] = (1 if a == b else -1, 1 if b == c else -1, 1 if c != a else -1)
    game = FiniteGame(jordan).to_fractions()
    found = mixed_equilibria(game)
    assert [[own.tolist() for own in m] for m in found.profiles] == [[[HALF, HALF]] * 3]
    assert found.known == ("proved",)


def numbers(profile: Any, player: Any) -> list[Any]:
    """Return a player's probabilities: pygambit 17 names players, 16 has objects for them."""
    if isinstance(player, str):
        return [probability for _, probability in profile[player]]
    return [profile[strategy] for strategy in player.strategies]


@pytest.mark.skipif(find_spec("pygambit") is None, reason="pygambit is not installed")
@pytest.mark.parametrize("seed", range(4))
def test_gambit_finds_the_same_in_fractions(seed: int) -> None:
    import pygambit  # type: ignore[import-not-found,unused-ignore]

    pair = random_game((4, 4), seed, 50).to_fractions()
    answer = pygambit.nash.enummixed_solve(to_gambit(pair), rational=True)
    theirs = {
        tuple(Fraction(str(v)) for player in p.game.players for v in numbers(p, player))
        for p in answer.equilibria
    }
    ours = mixed_equilibria(pair)
    assert {tuple(np.concatenate(mixed)) for mixed in ours.profiles} == theirs


@pytest.mark.skipif(find_spec("pygambit") is None, reason="pygambit is not installed")
@pytest.mark.parametrize("seed", range(4))
def test_gambit_is_asked_about_three_players(seed: int) -> None:
    # pygambit 16.7 finds two of the three equilibria of seeds 1 and 2; the branch has the third.
    game = random_game((2, 2, 2), seed)
    found = mixed_equilibria(game)
    check(game, found)
    assert "enumpoly_solve" in found.method
    assert len(found) % 2 == 1
    assert not found.complete


def test_words_of_an_answer() -> None:
    text = str(mixed_equilibria(BATTLE.to_fractions()))
    assert text.splitlines()[-1] == (
        "(2/3 ball + 1/3 opera; 1/3 ball + 2/3 opera): 2/3, 2/3 (proved)"
    )
