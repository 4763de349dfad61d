"""The cells of a sweep, handed out in units: to this process, several, or a cluster.

Workers may die: what does not come back is tried again, then alone, so that a cell that kills its
worker takes no other cell with it.
"""

from collections.abc import Iterator, Sequence
from math import ceil

from coopetition.oracles.parallel.executor import Run
from coopetition.studies.sweep.cell import FEW, CellRow, lost_cell, solve_unit
from coopetition.studies.sweep.grid import Grid

MANY = 256  # cells that are handed out, and stored, together: well under a second of work
PLAYERS = 4096  # in their rounds together


def compute(grid: Grid, cells: Sequence[int], run: Run, width: int) -> Iterator[list[CellRow]]:
    """Yield the rows of some cells as they finish.

    Large units come first, of the cells that are solved together, then small ones of those that
    are left. Cells whose worker dies are run again: each by itself, and at last with nothing
    beside it.

    Parameters
    ----------
    run
        Computes units somewhere; units that do not come back had a worker that died.
    width
        How many units are computed at once.
    """
    many = min(MANY, PLAYERS // max(1, len(grid.organizations)), ceil(len(cells) / (8 * width)))
    stages = [(many, False), (FEW, False), (1, False), (1, True)]
    left = list(cells)
    for most, alone in stages[many <= FEW :]:  # small units are solved to the end
        size = min(most, max(1, ceil(len(left) / (8 * width))))
        units = ((grid, left[k : k + size]) for k in range(0, len(left), size))
        back: set[int] = set()
        for rows in run(solve_unit, units, alone):
            back.update(row.cell for row in rows)
            yield rows
        left = [cell for cell in left if cell not in back]
        if not left:
            return
    yield [lost_cell(grid, cell) for cell in left]
