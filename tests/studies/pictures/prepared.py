"""Results to draw, made up rather than solved for: any number of organizations, names, money."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from coopetition import design
from coopetition.mechanisms import RULES
from coopetition.output.pictures.organizations import Numbers, draw_by_organization
from coopetition.output.pictures.style import axes_for, finish, look
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.compare.result import Comparison, Row
from coopetition.studies.draws.information import InformationValue
from coopetition.studies.draws.uncertain_study import ARMS, InputEffect, UncertainStudy
from coopetition.studies.pictures.comparison import draw_comparison
from coopetition.studies.pictures.design import draw_design
from coopetition.studies.pictures.play import draw_play
from coopetition.studies.pictures.statics import draw_statics
from coopetition.studies.pictures.study import draw_contributions, draw_payoffs, draw_study
from coopetition.studies.pictures.sweep import draw_sweep
from coopetition.studies.pictures.uncertainty import draw_uncertainty
from coopetition.studies.play.journal import RoundRecord
from coopetition.studies.play.play import Play
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.solve.study import Study
from coopetition.studies.statics.events import Event
from coopetition.studies.statics.result import EXACT, Effect, ParameterStatics, Statics
from coopetition.studies.sweep.cell import CellRow
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.sweep import Sweep
from coopetition.studies.sweep.values import read_axis

SHORT, LONG = 3, 30
LETTERS = "$_^%&~ äЖ"  # what must stay as it is


def names_of(count: int, letters: int) -> list[str]:
    """Return names of so many letters, some of them dangerous."""
    if letters == SHORT:
        return [f"{LETTERS[k % len(LETTERS)].strip() or 'x'}{k:02d}" for k in range(count)]
    return [f"St. Mary's hospitals $_{{{LETTERS[k % 9]}}} N{k:03d}" for k in range(count)]


def content_of(count: int, letters: int, money: float) -> dict[str, Any]:
    """Return a scenario in which organizations differ in everything."""
    rng = np.random.default_rng(count)
    return {
        "name": "prepared_$",
        "currency": "US$",
        "gain": {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35},
        "competition": {"damage": 0.3 / count},
        "mechanism": {"rule": "bilateral-prices", "fees": "equal-gain"},
        "organization": [
            {
                "name": name,
                "local_data": float(rng.integers(300, 3000)),
                "max_contribution": float(rng.integers(1000, 90_000)),
                "value": money * float(rng.uniform(0.5, 2)),
                "unit_cost": money * 1e-6 * float(rng.uniform(0.1, 4)),
                "quadratic_cost": money * 2e-10,
            }
            for name in names_of(count, letters)
        ],
    }


@cache
def solved(count: int, letters: int, money: float) -> Study:
    """Return the solved round."""
    scenario = parse_scenario(content_of(count, letters, money))
    return run_study(scenario.round(), scenario.mechanism)


def draw_a_study(*case: Any) -> Any:
    return draw_study(solved(*case), name="prepared_$", currency="US$")


def draw_the_contributions(*case: Any) -> Any:
    return draw_contributions(solved(*case))


def draw_the_payoffs(*case: Any) -> Any:
    return draw_payoffs(solved(*case), currency="US$")


def draw_losses(count: int, letters: int, money: float) -> Any:
    """Draw numbers on both sides of 0, all different."""
    rng = np.random.default_rng(count)
    groups = [Numbers(f"series {k}", money * rng.normal(size=count), look(k)) for k in range(4)]
    (axis,) = axes_for(None, 1, (7.0, 6.0))
    names = names_of(count, letters)
    said, _ = draw_by_organization(axis, names, groups, "US$", title="Losses", ends=True)
    return finish([axis], True, "Gains and losses", said)


def draw_a_comparison(count: int, letters: int, money: float) -> Any:
    """Draw all rules and one with a long name; welfares differ in the sixth digit."""
    rng = np.random.default_rng(count)
    names = [*RULES, "WPR", "VCFL", f"rules_of_$ours:{names_of(1, letters)[0]}"]
    rows = [
        Row(rule=name, kind="baseline" if name == "VCFL" else "rule", total_contribution=0.0,
            welfare=money * (4.0214 + 1e-5 * rng.normal()), deficit=money * (k % 3 == 2),
            payments=0.0, slack_autarky=money * float(rng.normal() * 10.0 ** (k % 4)), note="")
        for k, name in enumerate(names)
    ]  # fmt: skip
    rows.append(Row(rule="planner", kind="bound", total_contribution=0.0, welfare=money * 4.0215,
                    deficit=0.0, payments=0.0, slack_autarky=money, note=""))  # fmt: skip
    return draw_comparison(Comparison(tuple(rows)), name="prepared_$", currency="US$")


def draw_a_play(count: int, letters: int, money: float) -> Any:
    """Draw twelve rounds; payoffs lie close together."""
    scenario = parse_scenario(content_of(count, letters, money) | {"mechanism": {"rule": "none"}})
    rng = np.random.default_rng(count)
    rounds = []
    for number in range(1, 13):
        made = tuple(float(v) for v in rng.uniform(0, 9000, count))
        paid = tuple(money * (3 + float(v)) for v in rng.normal(size=count))
        zero = (0.0,) * count
        rounds.append(
            RoundRecord(
                number=number, family="power", measured_seeds=None, training_seed=None,
                solved=made, contribution=made, gain_predicted=0.9,
                gain_realized=0.9 + 1e-3 * number, gain=zero, payoff_before_transfers=paid,
                transfer=zero, fee=zero,
                payment=(Decimal(0),) * count, payoff=paid,
            )
        )  # fmt: skip
    return draw_play(Play(scenario, tuple(rounds)))


def sweep_of(count: int, letters: int, money: float, *axes: str) -> Sweep:
    """Return a sweep whose rows are made up; some cells have no equilibrium."""
    content = content_of(count, letters, money)
    grid = Grid(content, [read_axis(axis) for axis in axes])
    rng = np.random.default_rng(count)
    bounds = np.array([one["max_contribution"] for one in content["organization"]])
    start, slope = rng.uniform(-0.2, 1, count), rng.normal(size=count)
    rows = []
    for cell in range(grid.size):
        made = np.clip(start + slope * cell / grid.size, 0, 1) * bounds
        known = cell % 11 != 5
        rows.append(
            CellRow(
                cell=cell, values=grid.values(cell), seed=None,
                status="converged" if known else "refused",
                contribution=tuple(made.tolist()) if known else None,
                welfare=money * (9 - cell / grid.size) if known else None,
                planner_welfare=money * 9.5,
            )
        )  # fmt: skip
    return Sweep(grid, tuple(rows))


def draw_a_sweep(*case: Any) -> Any:
    swept = sweep_of(*case, "competition.damage=0:0.3:31")
    return draw_sweep(swept, name="prepared_$", currency="US$")


def draw_words(*case: Any) -> Any:
    money = case[2]
    rules = "mechanism.rule=none,walker,linear-pigou,full-pigou,bilateral-prices,redistribution"
    values = f"organization.*.value={money!r}:{1000 * money!r}:9:log"
    return draw_sweep(sweep_of(*case, values, rules), currency="US$")


def draw_a_map(*case: Any) -> Any:
    name, money = names_of(*case[:2])[0], case[2]
    values = f"organization.{name}.value={money!r}:{3 * money!r}:13"
    return draw_sweep(sweep_of(*case, "gain.exponent=0.2:0.83:7", values), currency="US$")


def draw_a_tornado(count: int, letters: int, money: float) -> Any:
    """Draw the elasticities of everybody's value, and of one parameter that is 0."""
    names = ["competition.rivalry", "gain.exponent", "organization.*.unit_cost"]
    names += [f"organization.{name}.value" for name in names_of(count, letters)]
    rng, event = np.random.default_rng(count), Event(value=None, changes=(), searched=1.0, note="")
    blocks = []
    for k, name in enumerate(names):
        moved = float(rng.normal()) / (k + 1) if k else None
        effect = Effect(outcome="welfare", organization=None, today=money, left=1.0, right=1.0,
                        elasticity=moved, direction="rises")  # fmt: skip
        blocks.append(ParameterStatics(name=name, unit="factor" if k == 2 else "level", value=1.0,
                                       prices="no rule", method=EXACT, effects=(effect,),
                                       below=event, above=event))  # fmt: skip
    return draw_statics(Statics(parameters=tuple(blocks), margin=None, closest=None, kink=""))


def draw_a_design(*case: Any) -> Any:
    return draw_design(design(solved(*case).game), currency="US$")


def draw_uncertain(count: int, letters: int, money: float) -> Any:
    """Draw bands of payoffs, and a tornado with more inputs than it has room for."""
    names, rng = names_of(count, letters), np.random.default_rng(count)
    around = money * rng.normal(1.0, 0.5, (3, 3, count))
    bands = dict(zip(ARMS, np.sort(around, axis=1), strict=True))
    inputs = [f"organization.{name}.value" for name in names] + ["costs", "market"]
    effects = [
        InputEffect(name, money * (1 - 0.5 / (k + 1)), money * (1 + 0.3 / (k + 1)), 1 / (k + 2))
        for k, name in enumerate(inputs)
    ]
    found = UncertainStudy(
        players=tuple(names),
        settings=MechanismSettings("bilateral-prices"),
        draws=1000,
        solved=dict.fromkeys(ARMS, 1000),
        contribution=bands,
        transfer=bands,
        payoff=bands,
        welfare=dict.fromkeys(ARMS, np.full(3, money)),
        fails={arm: rng.uniform(0, 1, count) for arm in ARMS},
        everybody=dict.fromkeys(ARMS, 0.5),
        fees=np.zeros(count),
        inputs=tuple(effects),
        information=InformationValue(0.1 * money, 0.01 * money),
        answers={},
    )
    return draw_uncertainty(found, name="prepared_$", currency="US$")


PICTURES: Mapping[str, Callable[..., Any]] = {
    "study": draw_a_study,
    "contributions": draw_the_contributions,
    "payoffs": draw_the_payoffs,
    "losses": draw_losses,
    "comparison": draw_a_comparison,
    "play": draw_a_play,
    "sweep": draw_a_sweep,
    "words": draw_words,
    "map": draw_a_map,
    "tornado": draw_a_tornado,
    "design": draw_a_design,
    "uncertainty": draw_uncertain,
}
