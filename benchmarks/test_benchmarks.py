"""Each solver at two sizes: `pytest benchmarks --benchmark-only`, which other runs leave out."""

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.problems import quadratic_round
from coopetition import best_response_dynamics, maximize_potential, solve_aggregate
from coopetition.solvers import Equilibrium


@pytest.mark.parametrize("size", [10, 1000])
@pytest.mark.parametrize("solver", [solve_aggregate, best_response_dynamics, maximize_potential])
def test_solver(benchmark: BenchmarkFixture, solver: Callable[..., Equilibrium], size: int) -> None:
    found = benchmark(solver, quadratic_round(size, seed=0))
    benchmark.extra_info.update(
        size=size,
        success=found.success,
        iterations=found.iterations,
        regret=found.certificate.epsilon,
    )
    assert found.success, found
