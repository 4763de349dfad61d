"""Mixed equilibria: textbook games, independent searches, degenerate games, time limits."""

from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame, to_gambit, to_nashpy
from coopetition.solvers.finite import (
    MixedEquilibria,
    mixed_equilibria,
    pure_equilibria,
)
from coopetition.solvers.finite.gambit import bounded
from coopetition.solvers.finite.mixed import EquilibriumSearch
from coopetition.solvers.finite.verify import verify
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
    """Recompute every regret, whatever the answer says, in fractions where it is proved."""
    exact = game.to_fractions()
    for mixed, known in zip(found.profiles, found.known, strict=True):
        fractions = [np.array([Fraction(p) for p in own], dtype=object) for own in mixed]
        assert all(sum(own) == pytest.approx(1) and min(own) >= 0 for own in mixed)
        regret = exact.mixed_regret([own / own.sum() for own in fractions])
        assert (regret.astype(float) <= 1e-9 * game.ranges.astype(float)).all()
        if known == "proved":
            assert all(sum(own) == 1 for own in fractions)
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
    assert found.complete
    assert found.degenerate
    assert (0, 1, 0.5, 0.5) in vectors(found)
    assert "in the hull of one of 2 maximal Nash subsets, in 2 components" in found.note
    assert found.to_dict()["subsets"] == [[0], [1, 2]]
    assert "component 2: any mixtures of (2; 2 | 1/2 1 + 1/2 2)" in str(found)
    flat = mixed_equilibria(FiniteGame(np.ones((2, 2, 2))))
    assert len(flat) == 4
    assert "degenerate" in flat.note
    assert flat.to_dict()["components"] == [[0, 1, 2, 3]]
    tied = mixed_equilibria(FiniteGame([[[1, 1, 1]], [[1, 2, 2]]]))
    assert len(tied) == 2
    assert tied.subsets is not None
    assert tied.subsets.continuum


def test_a_degenerate_game_without_a_continuum_is_not_said_to_have_one() -> None:
    # Against the third row, which is never played, two columns tie.
    rows = [[3, 0, 0], [5, 1, 0], [-1, -1, 10**10]], [[3, 5, -1], [0, 1, -1], [0, 0, -5]]
    game = FiniteGame(rows)
    found = mixed_equilibria(game)
    assert vectors(found) == [(0, 1, 0, 0, 1, 0)]
    assert found.degenerate
    assert found.complete
    assert found.note == (
        "proved: these are all; the game is degenerate, but without a continuum of them"
    )


@pytest.mark.parametrize("large", [10**k for k in (3, 6, 9, 12, 30)])
def test_a_large_entry_hides_nothing(large: int) -> None:
    # Both lose in the last cell, which no equilibrium meets but as a reason not to go there.
    rows = [[3, 1, 4], [2, 5, 9], [1, 6, -large]], [[5, 3, 4], [8, 9, 7], [9, 3, -large]]
    found = mixed_equilibria(FiniteGame(rows).to_fractions())
    assert [[own.tolist() for own in m] for m in found.profiles] == [
        [[1, 0, 0], [1, 0, 0]],
        [[THIRD, 2 * THIRD, 0], [Fraction(4, 5), Fraction(1, 5), 0]],
        [[0, Fraction(6, 7), Fraction(1, 7)], [HALF, HALF, 0]],
    ]
    assert found.degenerate is False
    assert found.complete
    # Coordination where each equilibrium is a million times better than the next.
    scale = Fraction(large)
    diagonal: Any = [[scale, 0, 0], [0, 1, 0], [0, 0, 1 / scale]]
    found = mixed_equilibria(FiniteGame([diagonal, diagonal]))
    assert len(found) == 2**3 - 1
    assert not found.degenerate
    assert found.complete
    assert [len(own) for own in found.supports(4)] == [2, 2]


def test_sums_of_decimals_are_those_of_the_numbers_that_are_stored() -> None:
    # 0.1 + 0.2 beats 0.3 as a float, and ties with it as a decimal.
    stored = FiniteGame([[[0.1 + 0.2, 0.3]], [[0.3, 0.1 + 0.2]]])
    assert vectors(mixed_equilibria(stored)) == [(1, 0, 1)]
    found = mixed_equilibria(stored)
    assert found.margins is not None
    assert 0 < found.margins[0][1] < 1e-15
    assert "unused strategies lose 1.85e-16 of the payoffs in reach" in str(found)
    decimals: Any = [[[1, 1]], [[Fraction("0.1") + Fraction("0.2"), Fraction("0.3")]]]
    assert len(mixed_equilibria(FiniteGame(decimals))) == 2


def test_a_probability_next_to_1_or_below_all_floats_is_shown() -> None:
    diagonal: Any = [[10**20, 0], [0, Fraction(1, 10**400)]]
    game = FiniteGame([diagonal] * 2)
    text = mixed_equilibria(game).words(2)[0]
    assert text == "1e-420 1 + (1 - 1e-420) 2"


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
    found = mixed_equilibria(game, time_limit=60)
    check(game, found)
    assert found.complete
    assert len(found) % 2 == 1


def test_the_time_limit_ends_a_search_and_says_so() -> None:
    game = random_game((14, 14), 4)
    assert len(pure_equilibria(game)) == 0
    late = mixed_equilibria(game, time_limit=1e-6)
    assert len(late) == 0
    assert late.timed_out
    assert not late.complete
    assert "time limit" in str(late)
    assert late.to_dict()["subsets"] is None
    assert mixed_equilibria(random_game((4, 4, 4), 4), time_limit=1e-6).timed_out


def test_at_the_time_limit_there_are_pure_equilibria_and_ends_of_paths() -> None:
    game = random_game((60, 60), 7)
    found = mixed_equilibria(game, time_limit=1.5)
    check(game, found)
    assert not found.complete
    assert found.note == (
        "each is proved; whether others exist is unknown: the time limit ended the search"
    )
    pure = {tuple(map(int, np.concatenate(m))) for m in found.profiles if is_pure(m)}
    assert len(pure) == len(pure_equilibria(game)) == 1
    assert len(found) >= 1


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 4)])
def test_nashpy_finds_the_same_in_generic_games(shape: tuple[int, int]) -> None:
    game = random_game(shape, 6)
    theirs = {
        tuple(np.round(np.concatenate(pair), 9) + 0.0)
        for pair in to_nashpy(game).vertex_enumeration()
    }
    assert set(vectors(mixed_equilibria(game))) == theirs


def test_what_was_found_before_the_limit_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import time\nprint('[[1, 0], [0.5, 0.5]]', flush=True)\nprint('[[0', end='', flush=True)\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr("coopetition.solvers.finite.gambit.WORKER", slow)
    answer = bounded("", 1)
    assert answer.timed_out
    assert [[own.tolist() for own in pair] for pair in answer.found] == [[[1, 0], [0.5, 0.5]]]


def test_an_outside_solver_that_fails_is_no_empty_answer() -> None:
    answer = bounded("no game", 60)
    assert answer.error
    assert not answer.found


def jordan() -> FiniteGame:
    """Return Jordan's pennies for three: Games and Economic Behavior 5, 1993."""
    payoffs = np.zeros((3, 2, 2, 2))
    for a, b, c in np.ndindex(2, 2, 2):
        payoffs[:, a, b, c] = (1 if a == b else -1, 1 if b == c else -1, 1 if c != a else -1)
    return FiniteGame(payoffs)


def test_answers_that_are_no_equilibria_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    even = np.array([0.5, 0.5])
    wrong = [(even, even, np.array([0.4, 0.6])), (np.array([np.nan, 1.0]),) * 3]
    answer = EquilibriumSearch(found=wrong, method="a broken solver")
    monkeypatch.setattr("coopetition.solvers.finite.mixed.search", lambda *_: answer)
    found = mixed_equilibria(jordan())
    assert len(found) == 0
    assert not found.complete
    assert "2 of its answers were no equilibria" in found.note
    assert "at least one more exists" in found.note


@pytest.mark.parametrize("where", [(0, 0, 0), (2, 0, 0), (2, 1, 1)])
@pytest.mark.parametrize("large", [1e6, -1e12])
def test_a_large_entry_hides_no_regret_of_three_players(
    where: tuple[int, int, int], large: float
) -> None:
    # Jordan's game with a third strategy for the first player, which is a bad one but for one cell.
    payoffs = np.full((3, 3, 2, 2), -9.0)
    payoffs[:, :2] = jordan().tensor
    payoffs[0][where] = large
    game = FiniteGame(payoffs)
    even = np.array([0.5, 0.5])
    good = where[0] == 2 and large < 0
    found = verify(game, [np.array([0.5, 0.5, 0.0]), even, even])
    assert (found is not None) == good
    assert (
        verify(game, [np.array([0.5, 0.5, 0.0]), even, np.array([0.5 + 1e-6, 0.5 - 1e-6])]) is None
    )


def test_a_gain_beyond_all_floats_is_not_small() -> None:
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[0, 0], payoffs[0, 1] = -1.7e308, 1.7e308
    first = np.array([1.0, 0.0])
    assert verify(FiniteGame(payoffs), [first, first, first]) is None


def test_noise_of_another_solver_is_taken_off() -> None:
    found = verify(jordan(), [np.array([0.5, 0.5 - 3e-13])] * 3)
    assert found is not None
    assert found.known == "checked"
    small = FiniteGame([[[[1, 1]], [[0, 0]]], [[[0, 0]], [[0, 0]]], [[[1, 0]], [[1, 0]]]])
    pure = verify(small.to_floats(), [np.array([1, 1e-9]), np.ones(1), np.array([1 - 1e-8, 1e-8])])
    assert pure is not None
    assert pure.known == "proved"


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), float("inf")])
def test_bad_limits_are_refused(limit: float) -> None:
    with pytest.raises(InvalidInputError, match="`time_limit` must be"):
        mixed_equilibria(PENNIES, time_limit=limit)


def test_three_players() -> None:
    found = mixed_equilibria(jordan().to_fractions())
    assert [[own.tolist() for own in m] for m in found.profiles] == [[[HALF, HALF]] * 3]
    assert found.known == ("proved",)
    assert found.degenerate is None
    assert found.to_dict()["subsets"] is None


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
