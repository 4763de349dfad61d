"""The public surface: light to import, complete, and what it says it is."""

import inspect
import subprocess
import sys

import coopetition as co

HEAVY = ["cvxpy", "nashpy", "sympy", "matplotlib", "sklearn", "scipy.optimize", "scipy.sparse"]
HEAVY += ["flwr", "nvflare", "torch", "pandas", "rich", "joblib", "dask", "distributed"]
HEAVY += ["threadpoolctl"]


def imported(code: str) -> list[str]:
    """Return the heavy modules that a fresh interpreter has after running some code."""
    script = f"import sys\n{code}\nprint(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_is_light() -> None:
    assert imported("import coopetition") == []
    assert imported("import coopetition.__main__") == []


def test_solving_needs_no_optimization_package() -> None:
    code = (
        "import coopetition as co\n"
        "game = co.CoopetitionRound(gain=co.PowerGain(1, 2, 0.35), local_data=[1500, 900],\n"
        "    max_contribution=4000, value=1000, unit_cost=0.001, damage=0.08)\n"
        "co.solve(game).raise_if_failed(); co.solve_planner(game)"
    )
    assert imported(code) == []


def test_studying_a_rule_of_the_catalogue_needs_none() -> None:
    code = (
        "import coopetition as co\n"
        "game = co.CoopetitionRound(gain=co.PowerGain(1, 2, 0.35), local_data=[1500, 900],\n"
        "    max_contribution=4000, value=1000, unit_cost=0.001, damage=0.08)\n"
        "co.run_study(game, 'bilateral-prices').audit"
    )
    assert imported(code) == []


def test_the_probe_sees_what_is_imported() -> None:
    assert imported("import scipy.optimize")[:1] == ["scipy.optimize"]


def test_all_is_sorted_complete_and_importable() -> None:
    assert co.__all__ == sorted(co.__all__)
    assert len(set(co.__all__)) == len(co.__all__)
    assert set(co.__all__) <= set(dir(co))
    scope: dict[str, object] = {}
    exec("from coopetition import *", scope)
    assert set(co.__all__) <= scope.keys()


def test_everything_public_is_ours_and_explained() -> None:
    for name in co.__all__:
        thing = getattr(co, name)
        assert thing.__module__.startswith("coopetition."), name
        assert inspect.getdoc(thing), name


def test_every_error_is_caught_by_one_and_by_its_built_in() -> None:
    built_in = {
        co.InvalidInputError: ValueError,
        co.UnsupportedGameError: TypeError,
        co.OracleError: RuntimeError,
        co.NotConvergedError: RuntimeError,
        co.MissingDependencyError: ImportError,
    }
    for error, parent in built_in.items():
        assert issubclass(error, co.CoopetitionError)
        assert issubclass(error, parent)
    named = {name for name in co.__all__ if name.endswith("Error")}
    assert named == {error.__name__ for error in built_in} | {"CoopetitionError"}
