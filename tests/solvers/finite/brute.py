"""Extreme equilibria the slow way, and games that are hard on tolerances.

Shares nothing with the product: all sets of inequalities of {(y, u) : y in the simplex, A y ≤ u}
are solved, in fractions, without scaling, pivoting from one to the next, or positive payoffs.
"""

from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

Point = tuple[Fraction, ...]
Table = list[list[Fraction]]
KINDS = (
    "few values", "small integers", "duplicates", "zero-sum", "constant", "floats", "one large",
    "mixed scales", "wild", "nearly tied",
)  # fmt: skip
SHAPES = (
    (1, 1), (1, 3), (3, 1), (2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3), (4, 4), (2, 5), (5, 2),
    (4, 5), (5, 5),
)  # fmt: skip


def hard_game(seed: int, shapes: tuple[tuple[int, int], ...] = SHAPES) -> tuple[str, Table, Table]:
    """Return a game's kind and payoffs."""
    random = Random(seed)
    kind, (m, n) = random.choice(KINDS), random.choice(shapes)

    def value() -> Any:
        match kind:
            case "few values":
                return random.randint(0, 1)
            case "duplicates" | "zero-sum":
                return random.randint(-2, 2)
            case "constant":
                return 3
            case "floats":
                return random.gauss(0, 1)
            case "mixed scales":
                return random.randint(-9, 9) * 10.0 ** random.randint(-12, 12)
            case "wild":
                return random.choice([0.0, random.gauss(0, 1) * 10.0 ** random.randint(-320, 300)])
            case "nearly tied":
                tiny = Fraction(random.randint(-1, 1), 10 ** random.choice([9, 12, 15, 16, 18]))
                return random.randint(0, 2) + tiny
            case _:
                return random.randint(-9, 9)

    first, second = ([[Fraction(value()) for _ in range(n)] for _ in range(m)] for _ in range(2))
    if kind == "zero-sum":
        second = [[-v for v in row] for row in first]
    if kind == "one large":
        for table in (first, second):
            table[random.randrange(m)][random.randrange(n)] *= 10 ** random.randint(0, 12)
    if kind == "duplicates" and min(m, n) > 1:
        i, k = random.sample(range(m), 2)
        first[i], second[i] = list(first[k]), list(second[k])
        i, k = random.sample(range(n), 2)
        for row in first + second:
            row[i] = row[k]
    return kind, first, second


def nearly_dependent(seed: int, size: int, digits: int) -> Table:
    """Return payoffs of which every other column is next to a mixture of two before it.

    Vertices then differ by less than floating point tells, after arithmetic that it rounds.
    """
    random = Random(seed)
    table = [[Fraction(random.randint(1, 9)) for _ in range(size)] for _ in range(size)]
    for j in range(2, size, 2):
        share, (k, i) = Fraction(random.randint(1, 6), 7), random.sample(range(j), 2)
        for row in table:
            tiny = Fraction(random.randint(-3, 3), 10**digits)
            row[j] = share * row[k] + (1 - share) * row[i] + tiny
    return table


def brute_extreme(first: Table, second: Table) -> tuple[set[tuple[Point, Point]], bool]:
    """Return the extreme equilibria, and whether the game is degenerate."""
    m, n = len(first), len(first[0])
    ys = vertices(first)
    xs = vertices([list(column) for column in zip(*second, strict=True)])
    found = {
        (x, y)
        for x, (x_unused, y_best) in xs.items()
        for y, (y_unused, x_best) in ys.items()
        if len(x_unused | x_best) == m and len(y_unused | y_best) == n
    }
    surplus = any(len(a) + len(b) > m for a, b in xs.values())
    return found, surplus or any(len(a) + len(b) > n for a, b in ys.values())


def vertices(table: Table) -> dict[Point, tuple[set[int], set[int]]]:
    """Return mixtures of columns, with the unused ones, and the rows that are then best."""
    k, n = len(table), len(table[0])
    found = {}
    for tight in combinations(range(n + k), n):
        rows = [[Fraction(1)] * n + [Fraction(0), Fraction(1)]]
        for t in tight:
            line = [Fraction(j == t) for j in range(n)] if t < n else list(table[t - n])
            rows.append([*line, Fraction(0 if t < n else -1), Fraction(0)])
        point = only_solution(rows)
        if point is None or min(point[:n]) < 0:
            continue
        y, most = point[:n], point[n]
        values = [sum(a * p for a, p in zip(row, y, strict=True)) for row in table]
        if max(values) <= most:
            unused = {j for j, p in enumerate(y) if p == 0}
            found[tuple(y)] = unused, {i for i, v in enumerate(values) if v == most}
    return found


def only_solution(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """Return the solution of square equations, right-hand sides last; None if not one."""
    size = len(rows)
    for c in range(size):
        r = next((i for i in range(c, size) if rows[i][c]), None)
        if r is None:
            return None
        rows[c], rows[r] = rows[r], rows[c]
        pivot = rows[c][c]
        rows[c] = [v / pivot if v else v for v in rows[c]]
        for i in range(size):
            if i != c and (factor := rows[i][c]):
                rows[i] = [
                    a - factor * b if b else a for a, b in zip(rows[i], rows[c], strict=True)
                ]
    return [row[size] for row in rows]
