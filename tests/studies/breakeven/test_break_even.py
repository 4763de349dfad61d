"""Break-evens against closed forms, bisection on `solve`, and fine grids."""

from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.solvers import solve
from coopetition.studies.breakeven.breakeven import break_even
from coopetition.studies.outside.outside import autarky
from coopetition.studies.scenario.scenario import parse_scenario
from coopetition.studies.solve.study import run_study
from tests.campaign import draws

NAMES = ("North", "South", "West")


def content(rng: np.random.Generator | None = None, **more: Any) -> dict[str, Any]:
    draw = rng.uniform if rng else lambda low, high: 0.5 * (low + high)
    rows = [
        {
            "name": name,
            "local_data": float(draw(200, 2000)),
            "max_contribution": float(draw(300, 2000)),
            "value": float(draw(500, 1500)),
            "unit_cost": float(draw(0, 0.02)),
            "quadratic_cost": float(draw(1e-6, 3e-5)),
            "fixed_cost": float(draw(0, 10)),
        }
        for name in NAMES
    ]
    matrix = [[0.0 if n == m else float(draw(0, 0.3)) for m in range(3)] for n in range(3)]
    return {
        "gain": {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35},
        "organization": rows,
        "competition": {"damage": matrix, "counts": "gains"},
        **more,
    }


def scaled(base: dict[str, Any], factor: float) -> dict[str, Any]:
    damage = (factor * np.array(base["competition"]["damage"])).tolist()
    return {**base, "competition": {**base["competition"], "damage": damage}}


def slack(base: dict[str, Any], factor: float, n: int) -> float:
    """Return n's gain over autarky without a rule, solved from scratch."""
    game = parse_scenario(scaled(base, factor)).round()
    return float(game.payoffs(solve(game).profile)[n] - autarky(game).payoff[n])


@pytest.mark.campaign
def test_participation_is_where_solve_says() -> None:
    rng = np.random.default_rng(2)
    for k in range(draws(1, 200)):
        base = content(rng)
        found = break_even(
            base, "participation:South", "competition.damage", 0.0, 4.0, factor=True, values=33
        )
        for one in found.crossings:
            ends = slack(base, one.value - 1e-6, 1), slack(base, one.value + 1e-6, 1)
            assert (ends[0] < 0) != (ends[1] < 0)
            assert one.below == ("South would leave" if ends[0] < 0 else "South stays")
        grid = np.linspace(0, 4, 33 if k >= draws(0, 3) else 10_001)
        signs = np.array([slack(base, factor, 1) >= 0 for factor in grid])
        for j in np.flatnonzero(signs[1:] != signs[:-1]):
            assert any(grid[j] <= one.value <= grid[j + 1] for one in found.crossings)


def test_when_somebody_stops_has_a_closed_form() -> None:
    """Alike organizations stop together, where w P′(Σ D) falls to the unit cost."""
    rows = [
        {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000, "unit_cost": 0.02}
        for n in ("North", "South")
    ]
    base = content(organization=rows, competition={"damage": 0.0})
    found = break_even(base, "contribution:North", "competition.damage", 0.0, 1.0, values=5)
    wanted = 1.0 - 0.02 / (1000 * 0.7 * 1800**-1.35)
    assert [one.value for one in found.crossings] == [pytest.approx(wanted, rel=1e-9)]
    assert found.first == "North contributes"
    assert found.stated == 0.0


def test_a_bound_is_met_and_left_again() -> None:
    base = content(competition={"damage": 0.0})
    base["organization"][0]["max_contribution"] = 100.0
    found = break_even(base, "bound:North", "organization.North.unit_cost", 0.0, 0.1, values=17)
    assert [one.above for one in found.crossings] == ["North contributes less than it could"]
    value = found.crossings[0].value
    for cost, full in ((value - 1e-7, True), (value + 1e-7, False)):
        rows = [dict(row) for row in base["organization"]]
        rows[0]["unit_cost"] = cost
        profile = solve(parse_scenario({**base, "organization": rows}).round()).profile
        assert (profile[0] == 100.0) == full


def test_rules_change_places() -> None:
    base = content(mechanism={"rule": "redistribution", "rate": 0.3})
    found = break_even(base, "rule:redistribution>none", "mechanism.rate", 0.0, 0.3, values=33)
    assert found.crossings

    def better(rate: float) -> bool:
        game = parse_scenario({**base, "mechanism": {"rule": "redistribution", "rate": rate}})
        ours = run_study(game.round(), game.mechanism)
        return ours.welfare >= float(ours.free.payoffs.sum())

    for one in found.crossings:
        assert better(one.value - 1e-7) != better(one.value + 1e-7)


def test_two_crossings_between_two_values_of_the_grid_are_found() -> None:
    """Participation in a valley narrower than a step: too dear fixed costs only in the middle."""
    base = content()
    base["organization"][1]["fixed_cost"] = 0.0
    wide = break_even(
        base, "participation:South", "competition.damage", 0.0, 4.0, factor=True, values=65
    )
    coarse = break_even(
        base, "participation:South", "competition.damage", 0.0, 4.0, factor=True, values=5
    )
    assert [one.value for one in coarse.crossings] == pytest.approx(
        [one.value for one in wide.crossings], rel=1e-9
    )


def test_exit_is_told_from_autarky_and_fees_keep_their_reference() -> None:
    base = content(mechanism={"rule": "bilateral-prices", "fees": "equal-gain"})
    found = [
        break_even(base, f"participation:North:{option}", "competition.damage", 0.0, 6.0,
                   factor=True, values=9)
        for option in ("autarky", "exit")
    ]  # fmt: skip
    first, second = (one.to_dict()["crossings"] for one in found)
    assert first != second


@pytest.mark.parametrize(
    ("target", "parameter", "ends", "words"),
    [
        ("leaves:North", "competition.damage", (0, 1), "`--of` must be contribution:NAME"),
        ("participation:Nort", "competition.damage", (0, 1), "unknown organization 'Nort'"),
        ("participation:North:core", "competition.damage", (0, 1), "autarky or exit, got 'core'"),
        ("rule:none>nothing", "competition.damage", (0, 1), "names no rule 'nothing'"),
        ("contribution:North", "competition.damag", (0, 1), "competition.damag"),
        ("contribution:North", "competition.damage", (1, 1), "LOW < HIGH, got 1:1"),
        ("contribution:North", "competition.rivalry", (-2, -1), "nothing is known"),
    ],
)
def test_wrong_questions_are_one_sentence(
    target: str, parameter: str, ends: tuple[float, float], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        break_even(content(), target, parameter, *ends, values=5)
