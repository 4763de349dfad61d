"""The parameters of statics: each moves what it names, and what is none is refused."""

import re
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import MatrixCompetition
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import (
    InvalidInputError,
    UnsupportedGameError,
)
from coopetition.mechanisms import redistribution
from coopetition.studies.statics import comparative_statics
from coopetition.studies.statics.parameters import SumCompetition, parameter, single
from coopetition.studies.statics.statics import check_statics
from tests.instances import SYMMETRIC
from tests.studies.statics.rounds import DAMAGE, LOSS, MIXED, NORTH, VALUES


def test_competition_with_something_added_is_the_sum_of_matrices() -> None:
    rng = np.random.default_rng(3)
    one = rng.uniform(0, 1, (4, 4)) * (1 - np.eye(4))
    other = np.zeros((4, 4))
    other[1, 3] = 1.0
    both, whole = SumCompetition(MatrixCompetition(one), single(4, 1, 3)), one + other
    values = rng.uniform(0, 1, 4)
    assert both.size == 4
    for found, known in ((both, whole), (both.scaled(2.5), 2.5 * whole)):
        assert found.weigh(values) == pytest.approx(known @ values)
        assert found.spread(values) == pytest.approx(known.T @ values)
    some = both.among(np.array([1, 3]))
    assert some.size == 2
    assert some.weigh(values[:2]) == pytest.approx(whole[np.ix_([1, 3], [1, 3])] @ values[:2])
    assert some.spread(values[:2]) == pytest.approx(whole[np.ix_([1, 3], [1, 3])].T @ values[:2])


@dataclass(frozen=True)
class Affine:
    """A rule that pays something at a rate of 0."""

    rate: float
    slope = property(lambda self: np.array([1.0, 2.0, 3.0]) + self.rate * np.array([4.0, 0.0, -1]))
    bend = property(lambda self: np.array([3.0, 1.0, 2.0]) + self.rate * np.array([0.5, 0.25, 0]))

    def __call__(self, game: CoopetitionRound, x: Array) -> Array:
        """Return the payments."""
        return self.slope * x - 0.5 * self.bend * x**2


CURVE = ("ceiling", "scale", "exponent", "offset")


def numbers(game: CoopetitionRound) -> dict[str, Array]:
    """Return all numbers of a round of three, matrices dense."""
    names = ("value", "unit_cost", "quadratic_cost", "fixed_cost", "local_data", "quality",
             "max_contribution", "skew")  # fmt: skip
    found = {name: np.array(getattr(game, name)) for name in names}
    for name in ("damage", "rivalry"):
        found[name] = np.stack([getattr(game, name).weigh(one) for one in np.eye(3)], axis=1)
    gain: Any = game.gain
    curve = {name: np.array(getattr(gain, name)) for name in CURVE}
    return found | curve | {"personal_weight": np.array(game.personal_weight)}


@pytest.mark.parametrize(
    ("name", "unit", "value", "least"),
    [
        ("organization.*.value", "factor", 1.0, 0.0),
        ("organization.South.value", "level", 800.0, 0.0),
        ("organization.*.quadratic_cost", "level", 2e-5, 0.0),
        ("organization.*.skew", "factor", 1.0, 0.0),
        ("organization.West.local_data", "level", 500.0, 0.0),
        ("organization.*.max_contribution", "factor", 1.0, 0.0),
        ("competition.damage", "factor", 1.0, 0.0),
        ("competition.damage.factor", "factor", 1.0, 0.0),
        ("competition.damage.level", "level", 0.0, 0.0),
        ("competition.damage.South.West", "level", 0.1, 0.0),
        ("competition.damage.West.North", "level", 0.0, 0.0),
        ("competition.rivalry", "level", 7.0, 0.0),
        ("competition.rivalry.factor", "factor", 1.0, 0.0),
        ("competition.rivalry.level", "level", 7.0, 0.0),
        ("competition.rivalry.North.West", "level", 7.0, 0.0),
        ("personal_gain.weight", "level", 0.05, 0.0),
        ("gain.ceiling", "level", 1.0, -np.inf), ("gain.scale", "level", 2.0, 0.0),
        ("gain.exponent", "level", 0.35, 0.0), ("gain.offset", "level", 5.0, 0.0),
    ],
)  # fmt: skip
def test_a_parameter_moves_what_it_names_and_nothing_else(
    name: str, unit: str, value: float, least: float
) -> None:
    game = MIXED.replace(
        gain=PowerGain(1.0, 2.0, 0.35, 5.0), rivalry=7.0, skew=[0.5, 0.0, 1.0],
        personal_weight=0.05, quality=0.5,
    )  # fmt: skip
    one = parameter(name, game, "the rule")
    assert (one.name, one.unit, one.value, one.least) == (name, unit, value, least)
    step = 0.25 * (abs(value) or 1.0)
    (there, rule), here = one.at(value + step), numbers(game)
    assert rule == "the rule"
    change = one.change(np.zeros(3))
    for key, after in numbers(there).items():
        told: Any = change.gain.get(key, 0.0) if key in CURVE else getattr(change, key)
        if key in ("damage", "rivalry"):
            told = 0.0 if told is None else np.stack([told.weigh(e) for e in np.eye(3)], axis=1)
        assert after - here[key] == pytest.approx(step * np.broadcast_to(told, after.shape)), key
    for key, now in numbers(one.at(value)[0]).items():
        assert now == pytest.approx(here[key]), key
    if least == 0:
        with pytest.raises(InvalidInputError, match=r"at least 0|must be"):
            one.at(-0.1)


def test_a_rate_of_a_rule_that_pays_without_it() -> None:
    one = parameter("mechanism.rate", MIXED, Affine(0.5))
    assert (one.unit, one.value, one.least) == ("level", 0.5, -np.inf)
    game, rule = one.at(-2.0)
    assert game is MIXED
    assert rule == Affine(-2.0)
    x = np.array([1.0, 2.0, 4.0])
    change = one.change(x)
    assert change.slope == pytest.approx([4.0, 0.0, -1.0])
    assert change.bend == pytest.approx([0.5, 0.25, 0.0])
    assert change.transfer == pytest.approx([4.0 - 0.25, -0.5, -4.0])


def test_names_with_dots_and_one_alone() -> None:
    game = MIXED.replace(organizations=["a.b", "a", "b"])
    assert parameter("competition.damage.a.b.a", game, None).value == 0.08
    assert parameter("competition.damage.a.b", game, None).value == 0.1
    assert parameter("organization.a.b.value", game, None).value == 1000.0
    alone = comparative_statics(MIXED.among([0]), [VALUES, "competition.damage.level"], span=0.1)
    assert alone[VALUES]["welfare"].direction == "rises"
    assert alone["competition.damage.level"]["welfare"].direction == "no effect"


def test_what_is_refused() -> None:
    for said, meant in (
        ("damage", DAMAGE),
        ("damage:North:South", LOSS),
        ("value", VALUES),
        ("value:North", NORTH),
        ("organization.Nort.value", NORTH),
        ("personal_weight", "personal_gain.weight"),
        ("gain.exponnt", "gain.exponent"),
    ):
        with pytest.raises(InvalidInputError, match=f"did you mean {re.escape(meant)}"):
            comparative_statics(MIXED, said)
    for name in (
        "size", "organization.East.value", "competition.damage.North", "gain.offsets", "",
        "competition.damage.North.North", "mechanism.rate", "organization.*.name",
        "competition.damage.level.North", "organization.value",
    ):  # fmt: skip
        with pytest.raises(InvalidInputError):
            comparative_statics(MIXED, name)
    with pytest.raises(InvalidInputError, match="at least one"):
        comparative_statics(MIXED, [])
    with pytest.raises(InvalidInputError, match="`span`"):
        comparative_statics(MIXED, VALUES, span=0.0)
    rule = redistribution(MIXED, rate=0.1)
    with pytest.raises(InvalidInputError, match="only for a rule given as settings"):
        comparative_statics(MIXED, VALUES, rule, prices="anew")
    with pytest.raises(InvalidInputError, match="fixed or anew"):
        comparative_statics(MIXED, VALUES, rule, prices="new")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedGameError, match="ties"):
        comparative_statics(SYMMETRIC.replace(quadratic_cost=0.0), VALUES)


def test_what_checks_takes_the_same_as_what_answers() -> None:
    checks, answers = (signature(one).parameters for one in (check_statics, comparative_statics))
    assert {name: one.default for name, one in checks.items()} == {
        name: one.default for name, one in answers.items() if name != "progress"
    }
