"""A small instance of every class of results, by the class's name; organizations have odd names."""

import tomllib
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint

from coopetition import (
    CoopetitionRound,
    FiniteGame,
    PowerGain,
    certify,
    comparative_statics,
    compare,
    design,
    potential_of,
    prove,
    run_study,
    solve,
    solve_planner,
)
from coopetition.games.finite import decompose, eliminate_dominated, nearest_potential
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.symbolic.potential import potential_of_symbolic
from coopetition.games.tradefl import TradeFLGame
from coopetition.mechanisms import k_implementation, redistribution
from coopetition.mechanisms.audit.collateral import collateral
from coopetition.mechanisms.division import core_check, kohlberg, least_core, shapley
from coopetition.mechanisms.reported import (
    CostType,
    RuleRequirements,
    Setting,
    TypeInterval,
    check_budget,
    clarke,
    equal_items,
    impossible,
    screening_menu,
    second_best_trade,
)
from coopetition.oracles import (
    FittedGains,
    Ledger,
    Measurements,
    check_oracle,
    find_equilibrium,
    fit_gain,
    fit_gains,
    fit_surface,
    ledger_parts,
    measure_gains,
    oracle_regret,
    respond,
    shape_report,
)
from coopetition.oracles.protocol import FunctionOracle, Query
from coopetition.output import Result, shown
from coopetition.solvers import plan_many, solve_many
from coopetition.solvers.finite import (
    anarchy,
    correlated_equilibrium,
    fictitious_play,
    improvement_path,
    log_linear,
    mixed_equilibria,
    pure_equilibria,
)
from coopetition.solvers.sensitivity import sensitivity
from coopetition.solvers.tradefl import solve_cgbd, solve_dbr
from coopetition.solvers.variational import solve_variational
from coopetition.studies import (
    MechanismSettings,
    Scenario,
    autarky,
    contract_many,
    parse_scenario,
    play_scenario,
    prices_many,
    study_many,
)
from coopetition.studies.audit import full_audit, rule_matrix
from coopetition.studies.audit.audit import audit
from coopetition.studies.audit.identities import identities
from coopetition.studies.audit.joint_deviations import joint_deviations
from coopetition.studies.behavior.revealed import revealed
from coopetition.studies.breakeven.breakeven import break_even
from coopetition.studies.design.grid_search import SearchRange
from coopetition.studies.design.tune_rule import tune
from coopetition.studies.division.divide import Pie, divide
from coopetition.studies.draws.uncertainty import uncertainty
from coopetition.studies.market import second_choice
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.measured import measure_with
from coopetition.studies.measured.uncertainty import study_uncertainty
from coopetition.studies.outside.subcoalitions import subcoalitions
from coopetition.studies.sweep import Grid, read_axis, run_sweep
from coopetition.studies.verification.verify import verify_study
from tests.studies.command import THREE

NAMES = ('<b>&"', "b_% #", "C")
GLOVES = [0, 0, 0, 1, 0, 1, 0, 1]
RAY = [[0.0, 0.0], [5.0, 5.0], [9.0, 9.0], [20.0, 20.0], [40.0, 40.0], [80.0, 80.0]]
CHANGES = {"damage": [0.0, 0.02, float("nan")]}


@cache
def content() -> dict[str, Any]:
    found = tomllib.loads(THREE) | {"name": '<b>three&"'}
    for row, name in zip(found["organization"], NAMES, strict=True):
        row["name"] = name
    return found


@cache
def scenario() -> Scenario:
    return parse_scenario(content())


def uncertain() -> Scenario:
    rows = [row | {"value": {"low": 700.0, "high": 1300.0}} for row in content()["organization"]]
    return parse_scenario(content() | {"organization": rows})


@cache
def game() -> CoopetitionRound:
    return scenario().round()


@cache
def stag() -> FiniteGame:
    names = ("<i>stag", "hare")
    return FiniteGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]], NAMES[:2], [names] * 2)


@cache
def rule() -> Any:
    return redistribution(game(), rate=0.01)


@cache
def made_rule() -> Callable[[CoopetitionRound], Any]:
    return partial(redistribution, rate=0.01)


@cache
def profile() -> Any:
    return solve(game()).profile


def trade() -> TradeFLGame:
    return TradeFLGame(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[3000, 2000], value=1000, damage=0.1,
        frequencies=[1.0, 2.0], cycles=0.01, deadline=25.0, energy_cost=0.4, least_fraction=0.1,
        organizations=NAMES[:2],
    )  # fmt: skip


def oracle() -> FunctionOracle:
    def gain(x: Any, seed: int) -> float:
        return float(1 - 2 / (9 + x.sum()) ** 0.5 + 1e-4 * (seed % 3))

    return FunctionOracle(function=gain, upper=(100.0, 100.0), organizations=NAMES[:2])


def own() -> FunctionOracle:
    def gains(x: Any, seed: int) -> Any:
        return 1 - 2 / (9 + x) ** 0.5 + 1e-4 * seed

    return FunctionOracle(
        function=gains, upper=(100.0, 100.0), organizations=NAMES[:2], own_gains=True
    )


@cache
def fitted_gains() -> FittedGains:
    profiles = np.array(
        [[first, second] for first in (0.0, 2.0, 5.0) for second in (0.0, 2.0, 5.0)]
    )
    gains = np.log1p(profiles @ np.array([[2.0, -0.1], [1.0, 3.0]]))
    return fit_gains(profiles, gains, local_data=4.0, upper=5.0, organizations=NAMES[:2])


def measurements() -> Measurements:
    gains = [[oracle().function(np.array(x), seed) for seed in range(3)] for x in RAY]
    return Measurements(RAY, gains)


def parts() -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "gains.sqlite"
        with Ledger(path, oracle()) as ledger:
            ledger.evaluate([Query((1.0, 2.0))])
        return ledger_parts(path)[0]


def menu() -> Any:
    return screening_menu(
        benefit=lambda x: x, marginal=lambda x: 1.0, low=CostType(0.0, 1.0),
        high=CostType(0.0, 2.0), share=0.5, top=10.0,
    )  # fmt: skip


def searched() -> Any:
    return find_equilibrium(
        oracle(), lambda s: respond(s, [1.0, 1.5], lambda x: -0.001 * x, [100.0] * 2),
        local_data=[4.0, 5.0], target=0.02,
    )  # fmt: skip


def deviation() -> Any:
    return oracle_regret(
        oracle(), [1.0, 3.0], [[0.0, 6.0], [3.5]], weights=[2.0, 2.0],
        own_gain=lambda n, y: -0.25 * y, seeds=[7, 8], used_seeds=range(4),
    )[0]  # fmt: skip


def variational() -> Any:
    return solve_variational(game(), constraints=[LinearConstraint(np.ones((1, 3)), -np.inf, 9.0)])


def smooth() -> SmoothGame:
    return SmoothGame(
        payoffs=lambda x: np.stack((x[..., 0] * (2 - x[..., 1]), x[..., 1] * (1 - x[..., 0])), -1),
        bounds=[(0.0, 1.0)] * 2, players=NAMES[:2], vectorized=True,
    )  # fmt: skip


def symbolic() -> Any:
    import sympy

    from coopetition.games import SymbolicGame

    x, y = sympy.symbols("x y")
    found = SymbolicGame([x * (2 - x - y), y * (1 - y - x)], [x, y], NAMES[:2])
    return potential_of_symbolic(found, solve=False)


@cache
def measured() -> Any:
    """Return a measured round and its study, of a known curve."""
    text = content() | {"oracle": {"kind": "reference", "profiles": 9, "seeds": 3}}
    dropped = ("gain", "personal_gain")
    rows = [row | {"quality": 0.5, "quadratic_cost": 1e-3} for row in text["organization"]]
    rows = [{k: v for k, v in row.items() if k not in ("local_data", "skew")} for row in rows]
    text = {k: v for k, v in text.items() if k not in dropped} | {"organization": rows}
    text["competition"] = {"damage": 0.01}
    asked = parse_scenario(text)
    data = np.array([60.0, 90.0, 40.0])

    def gain(x: Any, coalition: Any, seed: int) -> float:
        members = list(range(3)) if coalition is None else list(coalition)
        return float(1 - 40 / (data + 0.5 * x)[members].sum()) + 1e-4 * seed

    backend = FunctionOracle(function=gain, upper=(4000.0,) * 3, organizations=NAMES)
    found = measure_with(asked, Backend(backend, data, np.zeros(3)), range(3))
    study = run_study(found.game, asked.mechanism, alone=found.alone)
    return found, study, backend


@cache
def of_own_gains() -> Any:
    """Return a measured round of everybody's own gains, searched."""
    asked = measured()[0].scenario.to_dict()
    asked["oracle"] = {"kind": "reference", "design": "adaptive", "trainings": 12}
    asked["organization"] = [
        {k: v for k, v in row.items() if k != "quality"} for row in asked["organization"]
    ]
    data = np.array([60.0, 90.0, 40.0])

    def gains(x: Any, coalition: Any, seed: int) -> Any:
        rows = data + x if coalition is None else np.where(np.isin(range(3), coalition), data, 0)
        return 1 - 40 / (rows.sum() + 0.5 * rows) + 1e-4 * (seed % 5)

    backend = FunctionOracle(
        function=gains, upper=(4000.0,) * 3, organizations=NAMES, own_gains=True
    )
    return measure_with(parse_scenario(asked), Backend(backend, data, np.zeros(3)), range(12))


def play() -> Any:
    with TemporaryDirectory() as folder:
        return play_scenario(scenario(), 1, Path(folder) / "one.sqlite")


def tuned() -> Any:
    chosen = MechanismSettings("redistribution", rate=0.0)
    return tune(game(), chosen, [SearchRange("mechanism.rate", 0.0, 0.1)])


# Of `games`, which `shown` makes results.
OF_GAMES: Mapping[str, Callable[[], Any]] = {
    "Certificate": lambda: certify(game(), profile()),
    "Proof": lambda: prove(game(), profile()),
    "PotentialAnswer": lambda: potential_of(stag(), "weighted"),
    "SmoothPotential": lambda: potential_of(smooth()),
    "SymbolicPotential": symbolic,
    "Nearest": lambda: nearest_potential(stag()),
    "Decomposition": lambda: decompose(stag()),
    "Reduction": lambda: eliminate_dominated(
        FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], NAMES[:2])
    ),
}

RESULTS: Mapping[str, Callable[[], Any]] = {
    "PureEquilibria": lambda: pure_equilibria(stag()),
    "MixedEquilibria": lambda: mixed_equilibria(stag()),
    "Anarchy": lambda: anarchy(stag()),
    "Correlated": lambda: correlated_equilibrium(stag()),
    "Learned": lambda: fictitious_play(stag(), 50),
    "Visits": lambda: log_linear(stag(), 1.0, 50),
    "Path": lambda: improvement_path(stag(), (0, 1)),
    "Equilibrium": lambda: solve(game()),
    "Optimum": lambda: solve_planner(game()),
    "Batch": lambda: solve_many(game(), CHANGES),
    "Plans": lambda: plan_many(game(), CHANGES),
    "PricedBatch": lambda: prices_many(game(), CHANGES),
    "StudyBatch": lambda: study_many(game(), CHANGES, "bilateral-prices"),
    "ContractBatch": lambda: contract_many(
        game(),
        CHANGES,
        MechanismSettings("bilateral-prices"),
        run_study(game(), "bilateral-prices").mechanism,
    ),
    "Sensitivity": lambda: sensitivity(game()),
    "TradeFLEquilibrium": lambda: solve_dbr(trade()),
    "TradeFLOptimum": lambda: solve_cgbd(trade()),
    "VariationalEquilibrium": variational,
    "Division": lambda: shapley(GLOVES),
    "Divided": lambda: divide(Pie(NAMES, tuple(map(Fraction, GLOVES))), ["shapley", "nucleolus"]),
    "CoreCheck": lambda: core_check(GLOVES, [0.5, 0.5, 0.0]),
    "LeastCore": lambda: least_core([0, 0, 0, 1, 0, 1, 1, 1]),
    "Unbalanced": lambda: kohlberg(GLOVES, [2 / 3, 1 / 6, 1 / 6]),
    "Collateral": lambda: collateral(game(), rule(), draws=10),
    "Implementation": lambda: k_implementation(game(), target=[10.0, 20.0, 30.0]),
    "Notice": lambda: impossible(
        RuleRequirements(efficient=True, incentives="DSIC", budget="strong"),
        Setting(organizations=3, every_valuation=True),
    ),
    "Menu": menu,
    "SecondBest": lambda: second_best_trade(TypeInterval(0.0, 1.0), TypeInterval(0.0, 1.0)),
    "Verdict": lambda: check_budget(clarke(equal_items([TypeInterval(0.0, 1.0)] * 2)), points=3),
    "OracleReport": lambda: check_oracle(oracle()),
    "GainFit": lambda: fit_gain(measurements(), [4.0, 5.0]),
    "FittedGains": fitted_gains,
    "Measurements": measurements,
    "MeasuredGains": lambda: measure_gains(own(), RAY, seeds=[0, 1]),
    "ShapeReport": lambda: shape_report(measurements()),
    "AdaptiveSearch": searched,
    "GainSurface": lambda: fit_surface(
        RAY, measurements().means, local_data=[4.0, 5.0], upper=[99.0, 99.0]
    ),
    "EstimatedDeviation": deviation,
    "LedgerPart": parts,
    "Autarky": lambda: autarky(game()),
    "SubCoalitions": lambda: subcoalitions(game(), made_rule()),
    "Identities": lambda: identities(game(), made_rule()),
    "JointDeviations": lambda: joint_deviations(game(), profile(), unit=1e-6),
    "Audit": lambda: audit(game(), rule()),
    "FullAudit": lambda: full_audit(game(), MechanismSettings("bilateral-prices")),
    "Matrix": lambda: rule_matrix(1, rules=["none"]),
    "Statics": lambda: comparative_statics(game(), "organization.*.unit_cost"),
    "Sweep": lambda: run_sweep(Grid(content(), [read_axis("mechanism.rate=0,0.1")])),
    "Study": lambda: run_study(game(), MechanismSettings("bilateral-prices", fees="equal-gain")),
    "Comparison": lambda: compare(game().among([0, 1]), draws=2),
    "Play": play,
    "Design": lambda: design(game()),
    "Tuned": tuned,
    "Measured": lambda: measured()[0],
    "Market": lambda: second_choice(
        [350, 250, 180], [[0, 30, 20, 50], [50, 0, 10, 40], [20, 30, 0, 50]], firms=NAMES
    ),
    "Revealed": lambda: revealed([game()], [profile()], slack=1.0),
    "BreakEven": lambda: break_even(
        content(),
        f"contribution:{NAMES[0]}",
        "organization.*.unit_cost",
        0.0,
        90.0,
        factor=True,
        values=3,
    ),
    "UncertainStudy": lambda: uncertainty(uncertain(), draws=8, rules=[MechanismSettings()]),
    "Uncertainty": lambda: study_uncertainty(*measured()[:2]),
    "Verification": lambda: verify_study(*measured()[1:], first_seed=3, seeds=2, most=2),
    "MeasuredOwnGains": of_own_gains,
    "GainsSearch": lambda: of_own_gains().search,
    "TrainingPlan": lambda: of_own_gains().plan,
    "Check": lambda: verify_study(*measured()[1:], first_seed=3, seeds=2, most=2).check,
}


@cache
def result(name: str) -> Result:
    """Return the instance of a class of results."""
    return shown(OF_GAMES[name]()) if name in OF_GAMES else RESULTS[name]()
