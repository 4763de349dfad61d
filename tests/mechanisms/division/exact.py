"""The nucleolus in fractions, by enumerating the vertices of each program: slow and independent."""

from fractions import Fraction
from itertools import combinations

from coopetition.games.arrays import Array

Row = list[Fraction]


def solved(rows: list[Row], size: int) -> Row | None:
    """Return the only solution of rows (coefficients, then the right side), or None."""
    work = [row[:] for row in rows]
    for column in range(size):
        pivot = next((k for k in range(column, len(work)) if work[k][column] != 0), None)
        if pivot is None:
            return None
        work[column], work[pivot] = work[pivot], work[column]
        head = work[column]
        work[column] = [value / head[column] for value in head]
        for k, row in enumerate(work):
            if k != column and row[column] != 0:
                work[k] = [a - row[column] * b for a, b in zip(row, work[column], strict=True)]
    if any(row[-1] != 0 for row in work[size:]):
        return None
    return [row[-1] for row in work[:size]]


def rank(rows: list[Row]) -> int:
    work, found = [row[:] for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((k for k in range(found, len(work)) if work[k][column] != 0), None)
        if pivot is None:
            continue
        work[found], work[pivot] = work[pivot], work[found]
        head = work[found]
        for k in range(found + 1, len(work)):
            share = work[k][column] / head[column]
            work[k] = [a - share * b for a, b in zip(work[k], head, strict=True)]
        found += 1
    return found


def exact_nucleolus(table: Array, individual: bool) -> list[Fraction]:
    """Minimize the largest excess, fix what is tight at all optimal vertices, go on."""
    n = table.size.bit_length() - 1
    value = [Fraction(float(v)) for v in table]

    def indicator(mask: int) -> Row:
        return [Fraction(mask >> k & 1) for k in range(n)]

    fixed = {table.size - 1: value[-1]}
    floors = [[*indicator(1 << k), Fraction(0), value[1 << k]] for k in range(n)] * individual
    while True:
        equal = [[*indicator(mask), Fraction(0), amount] for mask, amount in fixed.items()]
        free = n + 1 - rank([row[:-1] for row in equal])
        if free == 1:
            found = solved([[*row[:n], row[-1]] for row in equal], n)
            assert found is not None
            return found
        loose = [mask for mask in range(1, table.size - 1) if mask not in fixed]
        rows = [[*indicator(mask), Fraction(1), value[mask]] for mask in loose] + floors
        best: list[Row] = []
        for chosen in combinations(rows, free):
            point = solved([*equal, *chosen], n + 1)
            if point is None or (best and point[-1] > best[0][-1]):
                continue
            if any(sum(a * b for a, b in zip(r, point, strict=False)) < r[-1] for r in rows):
                continue
            best = [p for p in best if p[-1] == point[-1]] + [point]
        for mask in loose:
            amounts = {sum(a * b for a, b in zip(indicator(mask), p, strict=False)) for p in best}
            if amounts == {value[mask] - best[0][-1]}:
                fixed[mask] = value[mask] - best[0][-1]
