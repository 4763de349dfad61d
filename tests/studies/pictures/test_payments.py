"""Who pays whom adds up to what each is paid, whatever is known of the pairs."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from coopetition.games import InvalidInputError
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.studies import Study, parse_scenario, play_scenario, run_study
from coopetition.studies.design.design import Constraints, design
from coopetition.studies.pictures.payments import Payments, payments_of
from tests.studies.command import THREE, TWO, organization


def solved(**mechanism: object) -> Study:
    content = tomllib.loads(THREE)
    content["mechanism"] = mechanism
    scenario = parse_scenario(content)
    return run_study(scenario.round(), scenario.mechanism)


@pytest.mark.parametrize(
    ("rule", "settings", "pool"),
    [
        ("bilateral-prices", {}, "fees"),
        ("redistribution", {"rate": 0.03}, "fees"),
        ("redistribution", {"rate": 0.03, "balanced": False}, "pool"),
        ("pool-shares", {}, "pool"),
        ("linear-pigou", {}, "pool"),
        ("none", {}, "pool"),
    ],
)
@pytest.mark.parametrize("fees", ["none", "equal-gain"])
def test_all_that_is_paid_is_there(
    rule: str, settings: dict[str, object], pool: str, fees: str
) -> None:
    study = solved(rule=rule, fees=fees, **settings)
    found = payments_of(study)
    unit = 1e-8 * (1 + np.abs(study.payoff).max())
    assert found.pool_name == pool
    assert found.net == pytest.approx(study.transfer + study.fee, abs=unit)
    assert found.deficit == pytest.approx(study.deficit, abs=unit)
    if pool == "fees":
        assert found.pool == pytest.approx(study.fee, abs=unit)
        assert found.flows.any()
    if rule in ("pool-shares", "linear-pigou"):
        assert not found.flows.any()


def test_residues_of_rounding_are_no_payments() -> None:
    content = tomllib.loads(TWO + organization("West"))
    content["mechanism"] = {"rule": "bilateral-prices", "fees": "equal-gain"}
    content["competition"] = {"damage": 0.002}
    scenario = parse_scenario(content)
    study = run_study(scenario.round(), scenario.mechanism)  # three of a kind
    assert 0 < np.abs(study.transfer + study.fee).max() < 1e-12
    assert not payments_of(study).moved.any()


def test_a_design_is_paid_as_it_was_settled() -> None:
    study = solved(rule="none")
    counted = design(study.game, "welfare", Constraints(outside="autarky", contracts=2))
    assert isinstance(counted.settlement, Settlement)
    assert payments_of(counted).flows == pytest.approx(counted.settlement.flows)
    assert not payments_of(counted).pool.any()
    plain = design(study.game, "welfare", Constraints(outside="autarky"))
    assert isinstance(plain.settlement, Settlement)
    assert payments_of(plain).net == pytest.approx(plain.settlement.net)
    refused = design(study.game, "welfare", Constraints(outside="autarky", guarantee=1e9))
    with pytest.raises(InvalidInputError, match="no mechanism satisfies"):
        payments_of(refused)


def test_a_play_is_known_by_what_each_paid_and_received(tmp_path: Path) -> None:
    content = tomllib.loads(THREE)
    content["mechanism"] = {"rule": "linear-pigou", "fees": "equal-gain"}
    scenario = parse_scenario(content)
    played = play_scenario(scenario, 2, tmp_path / "a.sqlite")
    found = payments_of(played)
    assert not found.flows.any()
    each = np.array([[float(amount) for amount in one.payment] for one in played.rounds])
    assert found.net == pytest.approx(each.sum(axis=0))
    assert found.deficit == pytest.approx(float(played.balance), abs=1e-9)


def test_many_are_few_without_a_loss() -> None:
    rng = np.random.default_rng(0)
    flows = rng.normal(size=(30, 30))
    flows -= flows.T
    many = Payments(tuple(f"n{k}" for k in range(30)), flows, rng.normal(size=30), "fees")
    few = many.ordered(10)
    assert few.organizations[-1] == "21 others"
    assert len(few.organizations) == 10
    assert few.net.sum() == pytest.approx(many.net.sum())
    assert few.deficit == pytest.approx(many.deficit)
    for k, name in enumerate(few.organizations[:-1]):
        assert few.net[k] == pytest.approx(many.net[int(name[1:])])
    assert few.flows + few.flows.T == pytest.approx(np.zeros((10, 10)))
    assert (np.diff(few.net[:-1]) >= 0).all()
    kept = {int(name[1:]) for name in few.organizations[:-1]}
    assert min(many.moved[list(kept)]) >= max(np.delete(many.moved, list(kept)))
    whole = many.ordered(30)
    assert len(whole.organizations) == 30
    assert (np.diff(whole.net) >= 0).all()


def test_rules_of_your_own_may_say_who_pays_whom() -> None:
    class Half:
        def __call__(self, game: object, x: np.ndarray) -> np.ndarray:
            return np.stack([1 + x[..., 1], -1 - x[..., 1], 0 * x[..., 2]], axis=-1)

        def flows(self, game: object, x: np.ndarray) -> np.ndarray:
            paid = np.zeros((3, 3))
            paid[0, 1], paid[1, 0] = 1 + x[1], -1 - x[1]
            return paid

    class Crooked(Half):
        def flows(self, game: object, x: np.ndarray) -> np.ndarray:
            return np.abs(super().flows(game, x))

    game = solved(rule="none").game
    found = payments_of(run_study(game, Half()))
    assert found.flows[0, 1] > 0
    assert not found.pool.any()
    with pytest.raises(InvalidInputError, match="antisymmetric"):
        payments_of(run_study(game, Crooked()))
