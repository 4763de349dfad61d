"""What is no rule is refused in one sentence, wherever it is given."""

from typing import Any

import numpy as np
import pytest

from coopetition import audit, compare
from coopetition.games import CoopetitionRound, InvalidInputError
from coopetition.games.arrays import Array
from coopetition.mechanisms import Mechanism, none, redistribution
from coopetition.studies import run_study
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.compare.result import Comparison
from coopetition.studies.scenario.scenario import load_scenario
from tests.test_example import EXAMPLE


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return load_scenario(EXAMPLE.parent / "three.toml").round()


def mixed_up(game: Any, x: Array) -> Array:
    return 0.01 * (x - x.mean())


def nowhere(game: Any, x: Array) -> Array:
    return x / x.sum(axis=-1, keepdims=True)


def broken(game: Any, x: Array) -> Array:
    raise RuntimeError("two\nlines")


def moody(game: Any, x: Array) -> Array:
    return np.full(x.shape, np.random.default_rng().uniform())


WRONG: list[tuple[Any, str]] = [
    (3, "must be a function rule(game, profile) that returns transfers, or make(game)"),
    (lambda: 0.0, "this one takes nothing"),
    (lambda game, x, rate: x, "this one takes game, x, rate"),
    (lambda game: 4, "called with the game it returned 4"),
    (lambda game: None, "called with the game it returned None"),
    (lambda game: 1 / 0, "making the rule lambda for 3 organizations raised ZeroDivisionError"),
    (lambda game, x: x.sum(axis=-1), "got shape () for profiles of shape (3,)"),
    (lambda game, x: "money", "got 'money'"),
    (nowhere, "got nan for North at the contributions 0, 0, 0"),
    (broken, "the rule broken, asked for 3 organizations, raised RuntimeError: two lines"),
    (mixed_up, "sum over axis=-1 only"),
    (moody, "depend on nothing else"),
    (lambda game: redistribution, "takes 1 positional argument but 2 were given"),
    (lambda game: Mechanism(none(game), np.zeros(3)), "it returned Mechanism"),
    ("fame", "`rule` must be one of none, redistribution"),
]


def refusal(call: Any, game: CoopetitionRound, rule: Any) -> str:
    """Return the sentence that refuses a rule; a comparison has it in the rule's row."""
    try:
        table = call(game, rule)
    except InvalidInputError as error:
        return str(error)
    assert isinstance(table, Comparison)
    assert np.isnan(table.rows[-3].welfare)
    return table.rows[-3].note


# A comparison scores all other rules first: it is asked about three.
CALLS: list[tuple[Any, ...]] = [
    (call, *wrong) for call in (audit, full_audit, run_study) for wrong in WRONG
]
CALLS += [(compare, *wrong) for wrong in WRONG if wrong[0] in (3, broken, "fame")]


@pytest.mark.parametrize(("call", "rule", "said"), CALLS)
def test_wrong_rules_are_refused_in_one_sentence(
    game: CoopetitionRound, call: Any, rule: Any, said: str
) -> None:
    sentence = refusal(call, game, rule)
    assert said in sentence
    assert "\n" not in sentence


def test_mechanisms_are_no_rules(game: CoopetitionRound) -> None:
    with pytest.raises(InvalidInputError, match="pass its rule, and name fees"):
        full_audit(game, Mechanism(none(game), np.zeros(3)))
