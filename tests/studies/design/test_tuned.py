"""What a tuned number is judged by: objective, and by how much a constraint is missed."""

from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.solvers import solve
from coopetition.studies import MechanismSettings, autarky, run_study
from coopetition.studies.design.constraints import Constraints
from coopetition.studies.design.grid_search import SearchRange
from coopetition.studies.design.tune_rule import _Search, tune
from tests.solvers.aggregate.test_listed import Subsidy

GAME = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=4000.0,
    value=[1000.0, 800.0], unit_cost=0.001, quadratic_cost=2e-6, quality=0.5, damage=0.05,
)  # fmt: skip
KNOB = SearchRange("mechanism.rate", 0.0, 0.1)
X = np.array([400.0, 1000.0])


def search(objective: Any = "welfare", settings: Any = None, **wanted: Any) -> _Search:
    rule = settings or MechanismSettings("redistribution", 0.0, outside_option="autarky")
    return _Search(GAME, rule, (KNOB,), objective, Constraints(**wanted), autarky(GAME))


@pytest.mark.parametrize(
    ("objective", "value"),
    [("welfare", float(GAME.welfare(X))), ("contribution", 1400.0), ("gain", 2400.0 + 700.0)],
)
def test_the_objective(objective: str, value: float) -> None:
    outside = GAME.payoffs(X) - 50.0
    found, missed = search(objective).judged(X, GAME.payoffs(X), outside)
    assert found == pytest.approx(value)
    assert missed == 0.0


def test_what_a_constraint_is_missed_by() -> None:
    payoff = GAME.payoffs(X)
    outside = payoff - [10.0, 4.0]
    for guarantee, missed in ((0.0, 0.0), (3.0, 0.0), (4.0, 0.0), (6.0, 2.0)):
        assert search(guarantee=guarantee).judged(X, payoff, outside)[1] == pytest.approx(missed)
    paid = payoff + np.array([5.0, 2.0])  # 7 from outside
    for subsidy, missed in ((0.0, 7.0), (6.0, 1.0), (7.0, 0.0), (8.0, 0.0)):
        assert search(subsidy=subsidy).judged(X, paid, outside)[1] == pytest.approx(
            missed, abs=1e-9
        )
    assert search(guarantee=9.0, subsidy=6.0).judged(X, paid, outside)[1] == pytest.approx(3.0)
    unit = abs(float(payoff[1]))  # a part in 10⁹ of its own, paid and earned, is rounding
    for share, misses in ((1.9, False), (2.1, True)):
        known = search().judged(X, payoff, payoff + np.array([0.0, share * 1e-9 * unit]))[1]
        assert (known > 0) is misses


def test_what_rounding_leaves_of_payments_is_no_money_from_outside() -> None:
    payoff = GAME.payoffs(X)
    for share, misses in ((2e-13, False), (2e-11, True)):
        missed = search().judged(X, payoff * (1 + share), payoff - 9.0)[1]
        assert (missed > 0) is misses


def test_what_misses_a_constraint_loses_to_all_that_does_not() -> None:
    found = search(guarantee=1e6)
    missed = found._tried(MechanismSettings("redistribution", 0.01))[1]
    loss = found.loss((0.01,))
    assert loss == pytest.approx(1e300 * missed / (1 + missed))
    assert found.loss((0.01,)) == loss
    met = search()
    welfare = run_study(GAME, MechanismSettings("redistribution", 0.01)).welfare
    assert met.loss((0.01,)) == pytest.approx(-welfare)
    assert list(met.losses) == [(0.01,)]


def test_fees_and_the_option_asked_count() -> None:
    """Equal gains: the least gain is half of what all gain together."""
    fair = MechanismSettings("redistribution", 0.01, fees="equal-gain", outside_option="autarky")
    study = run_study(GAME, fair)
    share = (study.welfare - autarky(GAME).payoff.sum()) / 2
    for off, missed in ((-1.0, 0.0), (1.0, 1.0)):
        found = search(settings=fair, guarantee=share + off)._tried(fair)
        assert found[1] == pytest.approx(missed, abs=1e-6)
    with pytest.raises(InvalidInputError, match="outside option autarky is not known: nobody"):
        search().option({"autarky": Unknown("nobody knows")})


def test_a_planner_is_found_from_the_equilibrium_on() -> None:
    found = search().planner
    assert found.success
    assert found.welfare >= solve(GAME).welfare


def test_the_answer_has_what_was_solved() -> None:
    found = tune(GAME, MechanismSettings("redistribution", 0.0), [KNOB], "contribution")
    rate = found.values["mechanism.rate"]
    study = run_study(GAME, MechanismSettings("redistribution", rate))
    assert found.value == pytest.approx(study.contribution.sum())
    assert found.outside == pytest.approx(autarky(GAME).payoff)
    assert (found.feasible, found.missed) == (True, 0.0)
    assert found.known == f"the best of {found.solved} values solved; nothing bounds what " + (
        "others could add"
    )
    (table,) = found.tables()
    header, rows = table.header, table.rows
    assert header[-2:] == ["payoff_over_outside", "outside_autarky"]
    assert rows[0][0] == GAME.players[0]
    assert rows[1][1:] == pytest.approx([
        study.contribution[1], study.planner.profile[1], study.transfer[1], 0.0, study.payoff[1],
        study.payoff[1] - found.outside[1], found.outside[1],
    ])  # fmt: skip
    said = found.to_dict()
    assert (said["tuned"], said["feasible"]) == (found.values, True)
    with pytest.raises(InvalidInputError, match="`objective` must be one of"):
        tune(GAME, MechanismSettings("redistribution", 0.0), [KNOB], "fame")  # type: ignore[arg-type]


def test_money_from_outside_is_the_rules() -> None:
    def paid(game: CoopetitionRound, rate: float = 0.0) -> Subsidy:
        return Subsidy(rate, len(game.players))

    rule = MechanismSettings.of(paid).with_settings(rate=0.01)
    study = run_study(GAME, rule)
    assert study.deficit > 1
    known: Array = study.payoff
    missed = search(guarantee=-1e6).judged(study.contribution, known, known)[1]
    assert missed == pytest.approx(study.deficit)
