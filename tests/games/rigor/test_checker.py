"""Certificate files made by hand: what the independent checker must refuse."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coopetition as co
from coopetition.games import InvalidInputError, UnsupportedGameError
from coopetition.games.certificate import not_below
from coopetition.games.checker import FORMAT, RefusedError, check_document, digest
from coopetition.games.checker.curves import read_curve
from coopetition.games.checker.numbers import LARGEST, exp
from coopetition.games.coopetition.competition import MatrixCompetition, UniformCompetition
from coopetition.games.finite import FiniteGame
from coopetition.games.rigor.certificate_file import check_certificate
from coopetition.games.rigor.exact import rounded_up
from coopetition.mechanisms.rules.transfers import SeparableRule

HONEST: dict[str, Any] = {
    "format": FORMAT, "kind": "round", "players": ["a", "b"], "personal_weight": 1,
    "gain": {"family": "logarithmic", "ceiling": 1, "scale": 1, "offset": 1},
    "damage": 0, "rivalry": 0, "transfer_slope": [0, 0], "transfer_bend": [0, 0],
    "profile": [0, 0], "regret": [0, 0], "hints": {}, "local_data": [1, 1], "quality": [1, 1],
    "max_contribution": [10, 10], "value": [1, 1], "unit_cost": [10, 10],
    "quadratic_cost": [0, 0], "skew": [1, 1],
}  # fmt: skip


def sealed(**changes: Any) -> dict[str, Any]:
    """Return the honest file with changes and a digest that fits them."""
    document = {**copy.deepcopy(HONEST), **changes}
    return {**document, "digest": digest(document)}


def test_the_honest_file_passes() -> None:
    assert check_document(sealed()) == 0


@pytest.mark.parametrize("point", ["3", "4", "5", "8"])
def test_a_table_whose_slope_jumps_is_integrated_exactly(point: str) -> None:
    # P has slope 10 up to 5 and 0 from there; from Ω = 2, at a cost of 1, the best is 3: 30 − 3
    steep = {
        "family": "tabulated",
        "knots": ["0", "5", "5", "30"],
        "slopes": ["10", "10", "0", "0"],
    }
    alone = {"gain": steep, "personal_weight": 0, "unit_cost": [1, 0], "value": [1, 0]}
    for regret in (15, 20, "2699/100"):
        with pytest.raises(RefusedError):
            check_document(sealed(**alone, regret=[regret, 0], hints={"0": {"point": point}}))
    assert check_document(sealed(**alone, regret=[70, 0], hints={"0": {"point": point}})) == 70


def test_rivalry_that_would_make_a_payoff_convex_is_refused() -> None:
    # with σ = −1000 a payoff is 1000/(1 + y): at y = 10 it looks flat, at y = 0 it is 909 more
    flat = {"value": [0, 0], "unit_cost": [0, 0], "profile": [10, 10], "regret": [83, 83]}
    for rivalry in (-1000, {"left": [[-1000], [-1000]], "right": [[1], [1]]}, [[0, -1000]] * 2):
        with pytest.raises(RefusedError, match="must not be negative"):
            check_document(sealed(**flat, rivalry=rivalry))


@pytest.mark.parametrize(
    "changes",
    [
        {"value": [float("inf"), 1]},
        {"value": [float("nan"), 1]},
        {"value": ["1e999999999", 1]},
        {"value": ["Infinity", 1]},
        {"value": [True, 1]},
        {"hints": [1]},
        {"hints": {"0": None}},
        {"hints": {"0": {"point": "1e999999999"}}},
        {"hints": {"0": {"point": float("inf")}}},
        {"gain": {"family": "tabulated", "knots": [0, float("inf")], "slopes": [1, 0]}},
        {"gain": {"family": "tabulated", "knots": [0, 9, 5], "slopes": [1, 1, 0]}},
        {"gain": {"family": "exponential", "ceiling": 1, "scale": 1, "offset": 5}},
        {"damage": {"rows": [[1, -1, 0.5]]}},
        {"damage": {"left": [[1]], "right": [[1]]}},
        {"profile": []},
    ],
)
def test_malformed_files_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        check_document(sealed(**changes))


@pytest.mark.parametrize("odd", [{"shape": [2.5, 1]}, {"profile": [0.9, 0]}, {"shape": [True, 2]}])
def test_shape_and_profile_of_a_finite_game_are_whole_numbers(odd: dict[str, Any]) -> None:
    document = {"format": FORMAT, "kind": "finite", "shape": [2, 1], "profile": [0, 0],
                "payoffs": [["1", "1"], ["1", "1"]], "regret": ["0", "0"], **odd}  # fmt: skip
    with pytest.raises(RefusedError, match="whole numbers"):
        check_document({**document, "digest": digest(document)})


def test_a_key_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path, text = tmp_path / "certificate.json", json.dumps(sealed())
    path.write_text(text)
    assert check_certificate(path) == 0
    for first in ('"value": [9, 9]', '"hints": {"0": {"point": "1", "point": "1"}}'):
        path.write_text(text.replace("{", "{" + first + ", ", 1))
        with pytest.raises(InvalidInputError, match=r"the key '[a-z]+' occurs twice"):
            check_certificate(path)


@pytest.mark.parametrize("profile", [[-1, 0], [0, -1], [2, 0], [0, 3], [0], [0, 0, 0], []])
def test_a_profile_that_is_none_of_the_finite_game_is_refused(profile: list[int]) -> None:
    zeros = ["0"] * 6
    document = {"format": FORMAT, "kind": "finite", "shape": [2, 3], "profile": profile,
                "payoffs": [zeros, zeros], "regret": ["0", "0"]}  # fmt: skip
    inside = {**document, "profile": [1, 2]}
    assert check_document({**inside, "digest": digest(inside)}) == 0
    with pytest.raises(RefusedError, match="the profile is none of the game"):
        check_document({**document, "digest": digest(document)})


@pytest.mark.parametrize(("data", "fits"), [(8.5, True), (9.0, True), (9.001, False)])
def test_a_table_is_not_extrapolated(data: float, fits: bool) -> None:
    # with the first's 1 sample and no contribution, Ω is data + 1; the table ends at 10
    table = {"family": "tabulated", "knots": [2, 5, 10], "slopes": [3, 2, 1]}
    file = sealed(
        gain=table, local_data=[1, data], regret=[0, 0], skew=[0, 0], personal_weight=0,
        max_contribution=[0.5, 0], profile=[0, 0],
    )  # fmt: skip
    if fits:
        assert check_document(file) == 0
    else:
        with pytest.raises(RefusedError, match="outside the"):
            check_document(file)


def test_a_table_goes_on_by_the_rounding_of_a_sum_and_no_further() -> None:
    curve = read_curve({"family": "tabulated", "knots": [2, 5, 10], "slopes": [3, 2, 1]})
    slack = Fraction(10, 10**12)
    for end, step in ((10, slack), (2, -slack)):
        assert [int(bound) for bound in curve.slope(end + step)] == (
            [1, 1] if end == 10 else [3, 3]
        )
        with pytest.raises(ValueError, match="outside the table"):
            curve.slope(end + step * 2)


def test_exp_far_below_zero_has_bounds() -> None:
    low, high = exp(Fraction(-LARGEST - 1))
    assert low == 0
    assert 0 < high < Fraction(1, 2**1000)


class Bent(SeparableRule):
    """Pays x² to each: a convex own part."""

    slope = property(lambda self: np.zeros(2))
    bend = property(lambda self: np.full(2, -2.0))
    leak = property(lambda self: np.zeros(2))

    def __call__(self, game: Any, profile: Any) -> Any:
        """Return x²."""
        return profile**2


def pair(**changes: Any) -> co.CoopetitionRound:
    return co.CoopetitionRound(
        **{"gain": co.LogarithmicGain(1, 1, 1), "local_data": [1, 1], "value": 1,
           "max_contribution": 10, **changes})  # fmt: skip


@pytest.mark.parametrize("rigor", ["interval", "rational"])
@pytest.mark.parametrize(
    ("game", "why"),
    [
        (lambda: co.redistribute(pair(), Bent()), "concave"),
        (lambda: pair(rivalry=UniformCompetition(-3.0, 2), personal_weight=1, skew=1), "negative"),
        (lambda: pair(damage=MatrixCompetition(np.array([[0, -1.0], [0, 0]]))), "negative"),
        (lambda: pair(gain=co.LogarithmicGain(1, 1), local_data=[0, 0]), "no data"),
    ],
)
def test_games_without_the_signs_that_bounds_need_are_not_proved(
    game: Callable[[], Any], why: str, rigor: Any
) -> None:
    with pytest.raises(UnsupportedGameError, match=why):
        co.prove(game(), [0, 0], rigor=rigor)


def test_a_bound_is_rounded_up_wherever_it_is_shown(tmp_path: Path) -> None:
    third = FiniteGame(np.array([[[0, 1]], [[0, 1]]]) * np.array(Fraction(1, 3)))
    proof = co.prove(third, (0, 0), tol=0.5)
    assert "nobody can gain more than 0.334" in str(proof)
    proof.save(tmp_path / "third.json")
    proved = rounded_up(check_certificate(tmp_path / "third.json"))
    assert not_below(proved, 6) == "0.333334"
    assert proved == rounded_up(Fraction(1, 3)) == np.nextafter(1 / 3, 1)
    assert rounded_up(Fraction(10) ** 400) == np.inf
