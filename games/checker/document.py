"""An independent check of a certificate file, in exact rational arithmetic.

Nothing here is shared with what made the certificate: no solver, no NumPy, no gain curve of this
package. A number in the file is the float that it writes, a text such as "2/3" a fraction; payoff
differences are bounded with fractions, exp and ln with series whose remainders are bounded. What
is verified is

    U_n(y, x_−n) − U_n(x) ≤ regret_n   for every organization n and every y in [0, X_n],

for the round (or finite game) written in the file. With w_n = p_n − Σ ρ_nm p_m ≥ 0 the payoff is
concave in y, and a tangent bounds it: at x_n, or at the file's better point. With w_n < 0 the
file's cells of [0, X_n] are bounded one by one, the convex part by its chord, the concave part by
a tangent.
"""

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from coopetition.games.checker.curves import NAMES, read_curve
from coopetition.games.checker.numbers import exact
from coopetition.games.checker.regret_bound import Player

FORMAT = "coopetition certificate 1"


class RefusedError(ValueError):
    """The certificate does not prove what it claims; the message says why."""


def digest(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a certificate's content, the key `digest` left out.

    Examples
    --------
    >>> digest({"claim": 1, "digest": "of before"}) == digest({"claim": 1})
    True
    """
    content = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_document(document: Any) -> Fraction:
    """Verify a certificate and return ε, the largest regret that it proves.

    Raises
    ------
    RefusedError
        If it was changed, is malformed, or claims less than can be proved from it.

    Examples
    --------
    >>> pennies = {"format": FORMAT, "kind": "finite", "shape": [2, 2], "profile": [0, 0],
    ...     "payoffs": [["1", "-1", "-1", "1"], ["-1", "1", "1", "-1"]], "regret": ["0", "2"]}
    >>> pennies["digest"] = digest(pennies)
    >>> check_document(pennies)
    Fraction(2, 1)
    >>> try:
    ...     check_document({**pennies, "regret": ["0", "1"]})
    ... except RefusedError as error:
    ...     print(error)
    the digest does not fit: the certificate was changed
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RefusedError(f"this is no {FORMAT}")
    if document.get("digest") != digest(document):
        raise RefusedError("the digest does not fit: the certificate was changed")
    try:
        check = {"round": _check_round, "finite": _check_finite}[document["kind"]]
        _check_tolerance(document)
        return check(document)
    except RefusedError:
        raise
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        RecursionError,
    ) as error:
        raise RefusedError(f"the certificate is malformed: {error!r:.100}") from error


def _list(values: Any, size: int) -> list[Fraction]:
    if not isinstance(values, list) or len(values) != size:
        raise ValueError(f"a list of {size} numbers is needed")
    return [exact(value) for value in values]


def _check_tolerance(document: dict[str, Any]) -> None:
    """Refuse a maker's tolerance that is none; it proves nothing, and nobody needs to state one."""
    stated = document.get("tolerance", 0)
    try:
        good = all(exact(v) >= 0 for v in (stated if isinstance(stated, list) else [stated]))
    except ValueError as error:
        raise RefusedError(f"`tolerance`: {error}") from error
    if not good:
        raise RefusedError(f"`tolerance` must be at least 0, got {stated!r:.40}")


# -- finite games


def _check_finite(document: dict[str, Any]) -> Fraction:
    shape, profile = document["shape"], document["profile"]
    if not all(type(k) is int for k in (*shape, *profile)):
        raise TypeError("shape and profile hold whole numbers")
    regret = _list(document["regret"], len(shape))
    if len(profile) != len(shape) or any(
        not 0 <= a < k for a, k in zip(profile, shape, strict=True)
    ):
        raise ValueError("the profile is none of the game")
    count = 1
    for k in shape:
        count *= k
    tables = [_list(payoffs, count) for payoffs in document["payoffs"]]
    for n, (k, payoffs) in enumerate(zip(shape, tables, strict=True)):
        here = payoffs[_place(profile, shape)]
        for other in range(k):
            moved = [*profile[:n], other, *profile[n + 1 :]]
            gain = payoffs[_place(moved, shape)] - here
            if gain > regret[n]:
                raise RefusedError(
                    f"player {n + 1} gains {float(gain):.6g} by strategy {other + 1}"
                )
    return max(regret)


def _place(profile: Sequence[int], shape: Sequence[int]) -> int:
    place = 0
    for a, k in zip(profile, shape, strict=True):
        place = place * k + a
    return place


# -- rounds


def _check_round(document: dict[str, Any]) -> Fraction:
    size = len(document["profile"])
    names = ("local_data", "quality", "max_contribution", "value", "unit_cost", "quadratic_cost")
    read = {name: _list(document[name], size) for name in (*names, "skew", "profile", "regret")}
    slope = _list(document["transfer_slope"], size)
    bend = _list(document["transfer_bend"], size)
    damage = _weighted_rows(document["damage"], read["value"])
    rivalry = _weighted_rows(document["rivalry"], [Fraction(1)] * size)
    personal = exact(document["personal_weight"])
    family = document["gain"]["family"]
    if family not in NAMES:
        raise RefusedError(f"the checker has no formulas for the gain family {family!r:.40}")
    gain = read_curve(document["gain"])
    data, quality, x = read["local_data"], read["quality"], read["profile"]
    omega = sum(data) + sum(q * y for q, y in zip(quality, x, strict=True))
    everything = (*(read[name] for name in names), read["skew"], bend)
    if any(v < 0 for values in everything for v in values) or personal < 0:
        raise ValueError("data, costs and qualities must not be negative")
    for n in range(size):
        if not 0 <= x[n] <= read["max_contribution"][n]:
            raise ValueError(f"contribution {n + 1} is out of its interval")
        one = Player(
            gain=gain,
            rest=omega - quality[n] * x[n],
            quality=quality[n],
            weight=read["value"][n] - damage[n],
            linear=slope[n] - read["unit_cost"][n],
            curve=read["quadratic_cost"][n] + bend[n],
            skew=personal * read["skew"][n] * data[n] * (read["value"][n] + rivalry[n]),
            data=data[n],
        )
        hints = document.get("hints", {}).get(str(n), {})
        proved = one.bound(x[n], read["max_contribution"][n], hints)
        if proved > read["regret"][n]:
            raise RefusedError(
                f"organization {n + 1}: no more than {float(proved):.6g} can be proved, the "
                f"certificate says {float(read['regret'][n]):.6g}"
            )
    return max(read["regret"])


def _weighted_rows(given: Any, values: list[Fraction]) -> list[Fraction]:
    """Return C @ values for a number, rows, a sparse list or factors; the diagonal is zero."""
    size = len(values)
    if isinstance(given, dict) and "rows" in given:  # [[n, m, c], …]
        sparse = [Fraction(0)] * size
        for n, m, c in given["rows"]:
            if n == m or not (0 <= n < size and 0 <= m < size):
                raise ValueError("competition has a zero diagonal, and a row an organization")
            sparse[n] += _competing(c) * values[m]
        return sparse
    if isinstance(given, dict):
        left, right = (
            [[_competing(c) for c in row] for row in given[k]] for k in ("left", "right")
        )
        if len(left) != size or len({len(row) for row in left + right}) != 1:
            raise ValueError("competition must have two factors of one shape")
        sums = [sum(row[k] * v for row, v in zip(right, values, strict=True))
                for k in range(len(left[0]))]  # fmt: skip
        return [
            sum((a * (all_ - b * v) for a, b, all_ in zip(mine, yours, sums, strict=True)),
                Fraction(0))
            for mine, yours, v in zip(left, right, values, strict=True)
        ]  # fmt: skip
    if isinstance(given, list):
        rows = [[_competing(c) for c in row] for row in given]
        if [len(row) for row in rows] != [size] * size:
            raise ValueError("competition must be a square, a row an organization")
        return [
            sum((c * v for m, (c, v) in enumerate(zip(row, values, strict=True)) if m != n),
                Fraction(0))
            for n, row in enumerate(rows)
        ]  # fmt: skip
    level, total = _competing(given), sum(values)
    return [level * (total - value) for value in values]


def _competing(value: Any) -> Fraction:
    """Return an entry of competition; a negative one might make a payoff convex."""
    found = exact(value)
    if found < 0:
        raise ValueError("competition must not be negative")
    return found
