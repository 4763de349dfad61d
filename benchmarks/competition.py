"""Time what competition costs: `python -m benchmarks.competition` from the checkout, a minute."""

import argparse
import statistics
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.measure import cpu_time
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import (
    Competition,
    LowRankCompetition,
    MatrixCompetition,
)
from coopetition.games.coopetition.sectors import SectorCompetition

SIZE, SECTORS, RANK, RIVALS = 10_000, 32, 16, 20
DENSE, SPARSE, FACTORS, BLOCKS = "matrix", "20 rivals each, sparse", "factors, k = 16", "32 sectors"


@dataclass(frozen=True, slots=True)
class Row:
    """One form at one size: the median CPU time of a product, bytes, and the error of C p."""

    size: int
    form: str
    seconds: float
    megabytes: float
    error: float | None


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.competition", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = [*against_dense(), *large()]
    print(machine(), "", "| N | competition | CPU time | memory | error |", sep="\n")
    print("|--:|---|--:|--:|--:|")
    for row in rows:
        error = "" if row.error is None else f"{row.error:.0e}"
        time = f"{1e3 * row.seconds:.3g} ms"
        print(f"| {row.size:,} | {row.form} | {time} | {row.megabytes:.3g} MB | {error} |")
    found = targets(rows)
    print("", *(f"* {target}" for target in found), sep="\n")
    return int(options.check and not all(target.met for target in found))


def forms(size: int) -> dict[str, Competition]:
    """Draw competition in the forms that do not need N² numbers."""
    rng = np.random.default_rng(0)
    rivals = (np.arange(size)[:, None] + rng.integers(1, size, (size, RIVALS))) % size
    near = sparse.csr_array(
        (rng.random(rivals.size), (np.arange(size).repeat(RIVALS), rivals.ravel())), (size, size)
    )
    near.sum_duplicates()
    return {
        SPARSE: MatrixCompetition(near),
        FACTORS: LowRankCompetition(rng.random((size, RANK)), rng.random((size, RANK))),
        BLOCKS: SectorCompetition(
            rng.integers(0, SECTORS, size), rng.random((SECTORS, SECTORS)) / size
        ),
    }


def dense(form: Competition) -> Array:
    """Return the matrix of a form, shape (N, N)."""
    if isinstance(form, MatrixCompetition):
        return np.asarray(
            form.matrix if isinstance(form.matrix, np.ndarray) else form.matrix.todense()
        )
    if isinstance(form, SectorCompetition):
        matrix = form.levels[form.sectors[:, None], form.sectors]
    else:
        assert isinstance(form, LowRankCompetition)
        matrix = form.left @ form.right.T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def against_dense() -> list[Row]:
    """Time C p in every form and as a matrix, interleaved; p of shape (N,)."""
    values = np.random.default_rng(1).random(SIZE)
    rows, slow = [], []
    for name, form in forms(SIZE).items():
        matrix = MatrixCompetition(dense(form))
        times = [
            (cpu_time(lambda: matrix.weigh(values))[0], cpu_time(lambda: form.weigh(values))[0])  # noqa: B023
            for _ in range(9)
        ]
        exact = matrix.weigh(values)
        error = float(np.abs(form.weigh(values) / exact - 1.0).max())
        slow += [each[0] for each in times]
        rows.append(Row(SIZE, name, statistics.median(t for _, t in times), megabytes(form), error))
    return [Row(SIZE, DENSE, statistics.median(slow), 8e-6 * SIZE**2, None), *rows]


def large() -> list[Row]:
    """Time C p for a million organizations; a matrix would take 8 TB."""
    size = 1_000_000
    values = np.random.default_rng(1).random(size)
    return [
        Row(
            size,
            name,
            statistics.median(cpu_time(lambda: form.weigh(values))[0] for _ in range(5)),  # noqa: B023
            megabytes(form),
            None,
        )
        for name, form in forms(size).items()
    ]


def megabytes(form: Competition) -> float:
    """Return what the arrays of a form take."""
    arrays: list[NDArray[Any]]
    if isinstance(form, LowRankCompetition):
        arrays = [form.left, form.right]
    elif isinstance(form, SectorCompetition):
        arrays = [form.sectors, form.levels]
    else:
        assert isinstance(form, MatrixCompetition)
        assert not isinstance(form.matrix, np.ndarray)
        arrays = [form.matrix.data, form.matrix.indices, form.matrix.indptr]
    return float(sum(array.nbytes for array in arrays)) / 1e6


def targets(rows: list[Row]) -> list[Target]:
    """Compare with the matrix at N = 10,000."""
    table = {row.form: row for row in rows if row.size == SIZE}
    full = table.pop(DENSE)
    found = []
    for name, row in table.items():
        faster, smaller = full.seconds / row.seconds, full.megabytes / row.megabytes
        found += [
            Target(f"{name}: at least 100 times as fast as a matrix", faster, faster >= 100),
            Target(f"{name}: at least 100 times as small", smaller, smaller >= 100),
            Target(
                f"{name}: relative error at most 1e-12", row.error or 0.0, (row.error or 0) < 1e-12
            ),
        ]
    return found


if __name__ == "__main__":
    sys.exit(main())
