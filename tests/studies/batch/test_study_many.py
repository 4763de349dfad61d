"""All columns of a study for many rounds: what `run_study` says of each, and the same bits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError, PowerGain, TabulatedGain
from coopetition.games.arrays import Array
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import none
from coopetition.mechanisms.fees import almost_ideal_fees, equal_gain, nash_fees
from coopetition.studies import (
    MechanismSettings,
    StudyBatch,
    autarky,
    autarky_many,
    exit_many,
    exit_payoffs,
    run_study,
    study_many,
)
from tests.instances import SYMMETRIC
from tests.solvers.batch.variations import round_of, varied

ROWS = 3
FEW = 8  # organizations: exit is an equilibrium for each, one by one


def drawn(seed: int) -> tuple[Any, dict[str, Array], MechanismSettings]:
    """Draw rounds and a mechanism that a batch can carry."""
    rng = np.random.default_rng([seed, 5])
    game, changes = varied(seed, ROWS, transfers=False)
    small = len(game.players) <= FEW
    settings: dict[str, Any] = {
        "rule": str(rng.choice(["none", "redistribution", "bilateral-prices"])),
        "fees": str(rng.choice(["none", "equal-gain", "nash", "almost-ideal"][: 3 + small])),
        "outside_option": str(rng.choice(["autarky", "exit"][: 1 + small])),
        "power": str(rng.choice(["equal", "value"])),
    }
    if settings["rule"] == "redistribution":
        size = len(game.players)
        matrix = rng.normal(size=(size, size)) * (1.0 - np.eye(size))
        settings |= {
            "rate": float(game.unit_cost.mean() * rng.uniform(-1.0, 1.0)),
            "balanced": bool(rng.integers(2)),
            "intensity": ["damage", 0.3, matrix.tolist()][rng.integers(3)],
        }
    return game, changes, MechanismSettings(**settings)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_each_row_has_the_columns_of_its_study(seed: int) -> None:
    game, changes, mechanism = drawn(seed)
    found = study_many(game, changes, mechanism)
    for row in range(ROWS):
        one = round_of(game, changes, row)
        try:
            study = run_study(one, mechanism)
        except InvalidInputError:  # no agreement, or nobody knows what one has alone
            assert np.isnan(found.fee[row]).any()
            assert row in found.failed
            continue
        outside = study.outside[mechanism.measured_against]
        if not study.equilibrium.success or isinstance(outside, Unknown):
            assert not found.success[row]
            continue
        size = one.welfare_scale(one.max_contribution)
        own = {
            "payoff": study.payoff, "transfer": study.transfer, "fee": study.fee,
            "outside": outside, "welfare": study.welfare, "deficit": study.deficit,
            "welfare_planner": study.planner.welfare,
            "slack": float((study.payoff - outside).min()),
        }  # fmt: skip
        columns = {name: column[row] for name, column in found.columns().items()}
        for name, value in own.items():
            assert columns[name] == pytest.approx(value, abs=1e-8 * size), name
        best = np.nan if study.efficiency is None else study.efficiency
        assert columns["efficiency"] == pytest.approx(best, abs=1e-8, nan_ok=True)
        top = one.max_contribution.max()
        assert columns["contribution"] == pytest.approx(study.contribution, abs=1e-6 * top)


@pytest.mark.parametrize("seed", range(12))
def test_a_row_has_the_same_bits_alone(seed: int) -> None:
    game, changes, mechanism = drawn(seed)
    many = study_many(game, changes, mechanism)
    one = study_many(game, {name: array[1:2] for name, array in changes.items()}, mechanism)
    for name, column in many.columns().items():
        assert np.array_equal(one.columns()[name][0], column[1], equal_nan=True), name


@pytest.mark.parametrize("seed", range(8))
def test_outside_options_are_those_of_each_round(seed: int) -> None:
    """A skew and a rivalry make exit another thing than autarky."""
    game, changes = varied(seed, ROWS, transfers=False)
    size = len(game.players)
    game, size = (game.among(range(FEW)), FEW) if size > FEW else (game, size)
    changes = {name: a[:, :FEW] if a.ndim == 2 else a for name, a in changes.items() if a.ndim < 3}
    changes |= {"skew": np.full(ROWS, 1.0), "personal_weight": np.full(ROWS, 0.05)}
    changes["rivalry"] = np.array([0.0, 5.0, 20.0]) / size
    alone, left = autarky_many(game, changes), exit_many(game, changes)
    for row in range(ROWS):
        one = round_of(game, changes, row)
        try:
            own = autarky(one)
        except InvalidInputError:
            assert np.isnan(alone.payoff[row]).any()
            continue
        scale = one.welfare_scale(one.max_contribution)
        assert alone.payoff[row] == pytest.approx(own.payoff, abs=1e-9 * scale)
        assert alone.gain[row] == pytest.approx(own.gain, abs=1e-7)
        if np.isfinite(left[row]).all():
            known = exit_payoffs(one, none, own)
            assert left[row] == pytest.approx(known, abs=1e-7 * scale)


def test_autarky_in_closed_form() -> None:
    """P P′(D + x) = a with one curve per row; a table is not known below its first point."""
    gain = PowerGain(1.0, 2.0, 0.5)
    game = SYMMETRIC.replace(gain=gain, quadratic_cost=0.0, unit_cost=0.01)
    scale = np.array([1.0, 2.0, 3.0])
    found = autarky_many(game, {"gain.scale": scale})
    omega = (1000.0 * scale * 0.5 / 0.01) ** (1.0 / 1.5)
    assert found.contribution[:, 0] == pytest.approx(np.maximum(omega - 1500.0, 0.0), rel=1e-9)
    data = np.linspace(5000.0, 200_000.0, 9)
    table = SYMMETRIC.replace(gain=TabulatedGain(data, gain.value(data)))
    assert np.isnan(autarky_many(table, {"value": [900.0, 1000.0]}).payoff).all()


def test_a_rate_a_row() -> None:
    settings_ = MechanismSettings(rule="redistribution", rate=1.0)
    rates = np.array([0.0, 0.01, 0.02])
    changes = {"mechanism.rate": rates, "damage": np.full(3, 0.08)}
    found = study_many(SYMMETRIC, changes, settings_)
    for row, rate in enumerate(rates):
        one = run_study(SYMMETRIC, MechanismSettings(rule="redistribution", rate=float(rate)))
        assert found.contribution[row] == pytest.approx(one.contribution, rel=1e-9)
    with pytest.raises(InvalidInputError, match=r"`mechanism.rate` must be a number, or one for"):
        study_many(SYMMETRIC, changes | {"mechanism.rate": rates[:2]}, settings_)
    with pytest.raises(InvalidInputError, match=r"takes no `mechanism.rate`"):
        study_many(SYMMETRIC, changes, "none")


def test_fees_of_many_rounds_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    payoffs, outside = rng.normal(size=(2, 50, 7)) + np.array([[[0.2]], [[0.0]]])
    power = rng.uniform(size=(50, 7))
    short = payoffs.sum(axis=1) < outside.sum(axis=1)
    assert 5 < short.sum() < 45
    bargained = nash_fees(payoffs, outside, power)
    assert (np.isnan(bargained).all(axis=1) == short).all()
    many = equal_gain(payoffs, outside), almost_ideal_fees(payoffs, outside, power)
    for row in range(50):
        assert np.array_equal(many[0][row], equal_gain(payoffs[row], outside[row]))
        own = almost_ideal_fees(payoffs[row], outside[row], power[row])
        assert np.array_equal(many[1][row], own)
        if not short[row]:
            one = nash_fees(payoffs[row], outside[row], power[row])
            assert np.array_equal(bargained[row], one)


def test_rows_that_lack_something_say_why() -> None:
    found = study_many(
        SYMMETRIC.replace(damage=0.08),
        {"value": [1000.0, np.nan, 1000.0], "fixed_cost": [0.0, 0.0, 1e4]},
        MechanismSettings(fees="nash"),
    )
    assert found.success.tolist() == [True, False, False]
    assert found.failed == {
        1: "row 1: `value` of organization 1 must be finite and at least 0, got nan",
        2: "row 2: there is no agreement that nash fees could share",
    }
    assert np.isnan(found.payoff[1:]).all()


@pytest.mark.parametrize(
    ("mechanism", "words"),
    [
        (MechanismSettings(rule="linear-pigou"), "use run_study"),
        (MechanismSettings(fees="shapley"), "outside options autarky and exit"),
        (MechanismSettings(outside_option="sub-coalition"), "outside options autarky and exit"),
        (MechanismSettings(rule="redistribution"), "`mechanism.rate` must be a number"),
    ],
)
def test_mechanisms_that_rounds_need_one_by_one(mechanism: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        study_many(SYMMETRIC, {"damage": [0.0, 0.1]}, mechanism)
    with pytest.raises(InvalidInputError, match="leave `transfer_slope` out"):
        study_many(SYMMETRIC, {"transfer_slope": [0.1]}, mechanism)


def test_exit_of_more_than_two_hundred_is_not_computed() -> None:
    rows = np.full((2, 201), 1000.0)
    crowd = SYMMETRIC.among([0]).replace(
        organizations=[f"{n}" for n in range(201)], rivalry=1.0,
        **dict.fromkeys(("local_data", "max_contribution", "value"), rows[0]),
        **dict.fromkeys(("unit_cost", "quadratic_cost"), 1e-3),
        **dict.fromkeys(("fixed_cost", "skew"), 0.0), quality=1.0, damage=0.0,
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="not computed above 200"):
        exit_many(crowd, {"value": rows})


def test_nothing_else_is_a_study_of_one() -> None:
    """One organization: nobody to pay, nobody to leave."""
    found: StudyBatch = study_many(
        SYMMETRIC.among([0]), {"value": [500.0, 1000.0]},
        MechanismSettings(rule="bilateral-prices", fees="equal-gain", outside_option="exit"),
    )  # fmt: skip
    assert found.success.all()
    assert not found.transfer.any()
    assert found.slack == pytest.approx([0.0, 0.0], abs=1e-9)
