"""Measure the gain of a few well chosen profiles over seeds."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.over_seeds import error_over_seeds, listed, mean_over_seeds
from coopetition.oracles.protocol.measurement import measured_gains
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import Query
from coopetition.output.columns import keyed, stacked
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table

Coalition = tuple[int, ...] | None

_RAY = (0.0, 1.0, 0.5, 0.25, 0.125)


@dataclass(frozen=True, slots=True, eq=False)
class Measurements(Result):
    """Measured gains, of K profiles with S seeds each; from an oracle or from past runs.

    Parameters
    ----------
    profiles : shape (K, N)
        Contributions; those outside a coalition do not count.
    values : shape (K, S)
        The gain of every profile with every seed; NaN where an oracle that skips what fails has
        skipped it, but for one seed of each profile at least.
    seeds : S integers
        By default numbered from 0.
    coalitions : K coalitions
        As in `Query`; by default everybody takes part.

    Raises
    ------
    InvalidInputError
        If shapes do not fit together, a value is infinite, or a profile has none.

    Examples
    --------
    >>> data = Measurements([[0.0, 0.0], [5.0, 5.0]], [[0.1, 0.2], [0.4, 0.6]])
    >>> data.means.round(2).tolist(), data.standard_errors.round(2).tolist()
    ([0.15, 0.5], [0.05, 0.1])
    """

    profiles: Array
    values: Array
    seeds: tuple[int, ...]
    coalitions: tuple[Coalition, ...]

    def __init__(
        self,
        profiles: ArrayLike,
        values: ArrayLike,
        seeds: Iterable[int] | None = None,
        coalitions: Iterable[Coalition] | None = None,
    ) -> None:
        x, v = np.array(profiles, dtype=float), np.array(values, dtype=float)
        for name, array in (("profiles", x), ("values", v)):
            told = np.isfinite(array).any(axis=-1).all() and not np.isinf(array).any()
            if array.ndim != 2 or array.size == 0 or not told or (array is x and np.isnan(x).any()):
                raise InvalidInputError(
                    f"`{name}` must be a table of finite numbers, got shape {array.shape}"
                )
        seeds = tuple(range(v.shape[1])) if seeds is None else tuple(seeds)
        groups = (None,) * x.shape[0] if coalitions is None else tuple(coalitions)
        if v.shape != (x.shape[0], len(seeds)) or len(groups) != x.shape[0]:
            raise InvalidInputError(
                f"`values` must have one row per profile and one column per seed, "
                f"{(x.shape[0], len(seeds))}, and `coalitions` one per profile, "
                f"got {v.shape} and {len(groups)}"
            )
        queries = [Query(tuple(row), g) for row, g in zip(x.tolist(), groups, strict=True)]
        for name, value in (
            ("profiles", np.array([query.contribution for query in queries])),
            ("values", v),
            ("seeds", seeds),
            ("coalitions", tuple(query.coalition for query in queries)),
        ):
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists."""
        errors = self.standard_errors
        return {
            "profiles": self.profiles.tolist(),
            "values": listed(self.values),
            "seeds": list(self.seeds),
            "coalitions": [None if group is None else list(group) for group in self.coalitions],
            "mean": self.means.tolist(),
            "standard_error": None if errors is None else errors.tolist(),
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per profile, and one per profile and organization, numbered from 0."""
        (count, size), errors = self.profiles.shape, self.standard_errors
        gains = {"cell": range(count), "mean": self.means}
        gains |= {} if errors is None else {"standard_error": errors}
        each = {
            "cell": np.repeat(np.arange(count), size),
            "organization": [*map(str, range(size))] * count,
            "contribution": self.profiles.ravel(),
        }
        return keyed("Measured gains", gains), keyed("Contributions", each, names=2)

    def long_table(self) -> Table:
        """Return one row per profile, and one per profile and organization."""
        return stacked(*self.tables())

    @property
    def means(self) -> Array:
        """Mean gain of every profile, shape (K,)."""
        return mean_over_seeds(self.values)

    @property
    def standard_errors(self) -> Array | None:
        """Standard error of every mean, shape (K,); None if one seed leaves it unknown."""
        return error_over_seeds(self.values)

    def repeated(self) -> list[list[int]]:
        """Return the rows of each distinct profile and coalition, most often one."""
        return alike(zip(map(tuple, self.profiles.tolist()), self.coalitions, strict=True))

    def effective_data(self, local_data: ArrayLike, quality: ArrayLike) -> Array:
        """Return Ω = Σ (D_n + q_n x_n) over the members of every profile, shape (K,)."""
        count, size = self.profiles.shape
        everybody = tuple(range(size))
        member = np.zeros((count, size))
        for k, coalition in enumerate(self.coalitions):
            member[k, list(everybody if coalition is None else coalition)] = 1.0
        local, q = np.broadcast_to(local_data, size), np.broadcast_to(quality, size)
        return member @ local + self.profiles @ q


def alike(things: Iterable[Hashable]) -> list[list[int]]:
    """Return where each distinct thing is, in the order of their first.

    Examples
    --------
    >>> alike("abca")
    [[0, 3], [1], [2]]
    """
    found: dict[Hashable, list[int]] = {}
    for k, thing in enumerate(things):
        found.setdefault(thing, []).append(k)
    return list(found.values())


def every_query(
    profiles: Array, seeds: tuple[int, ...], coalitions: Sequence[Coalition]
) -> list[Query]:
    """Return the queries of every profile with every seed, one seed after the other."""
    if not seeds or len(set(seeds)) < len(seeds):
        raise InvalidInputError(f"`seeds` must be distinct, and at least one, got {seeds}")
    if profiles.ndim != 2:
        raise InvalidInputError(f"`profiles` must have shape (K, N), got {profiles.shape}")
    return [
        Query(tuple(row), group, seed)
        for seed in seeds
        for row, group in zip(profiles.tolist(), coalitions, strict=True)
    ]


def measure(
    oracle: UtilityOracle,
    profiles: ArrayLike,
    seeds: Iterable[int],
    *,
    coalitions: Iterable[Coalition] | None = None,
    progress: Progress = silent,
) -> Measurements:
    """Evaluate every profile with every seed.

    All profiles get the same seeds, so that their differences are paired. What an oracle skips is
    left out: a profile has fewer seeds then, and one that has none is not in the table.

    Parameters
    ----------
    profiles : shape (K, N)
        Contributions.
    seeds
        Distinct integers. Keep some others for `oracle_regret`.
    coalitions
        Who takes part in each profile; by default everybody.
    progress
        Told how many evaluations are done, of how many.

    Raises
    ------
    InvalidInputError
        If profiles or seeds are malformed.
    OracleError
        If any evaluation is not ``ok``.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(function=lambda x, seed: x.sum() + seed, upper=(9.0, 9.0))
    >>> measure(oracle, [[0.0, 0.0], [1.0, 2.0]], seeds=[0, 2]).values.tolist()
    [[0.0, 2.0], [3.0, 5.0]]
    """
    seeds = tuple(seeds)
    rows = np.array(profiles, dtype=float)
    groups = (None,) * len(rows) if coalitions is None else tuple(coalitions)
    queries = every_query(rows, seeds, groups)
    gains = np.empty(len(queries))
    batch = oracle.spec().batch
    for start in range(0, len(queries), batch):
        progress("measuring gains", start, len(queries))
        part = queries[start : start + batch]
        gains[start : start + batch] = measured_gains(oracle, part, gaps=True)
    values = gains.reshape(len(seeds), len(rows)).T
    left = np.flatnonzero(~np.isnan(values).all(axis=1))
    if not left.size:
        raise OracleError(f"of {len(queries)} evaluations all failed")
    return Measurements(rows[left], values[left], seeds, [groups[k] for k in left])


def design_profiles(upper: Sequence[float], count: int = 20, seed: int = 0) -> Array:
    """Choose a few profiles that show the shape of the gain, shape (count, N).

    First zero, everybody at the upper bound, and three points of the ray between (1/2, 1/4,
    1/8). Then, as far as they fit, every organization alone at its upper bound, and at half of
    it. The rest is a Latin hypercube, which fills the box.

    Parameters
    ----------
    upper
        Largest contribution per organization.
    count
        Number of profiles, at least 5.
    seed
        Seed of the Latin hypercube.

    Raises
    ------
    InvalidInputError
        If there are less than 5 profiles.

    Examples
    --------
    >>> design_profiles([8.0, 80.0], 7).tolist()[2:]
    [[4.0, 40.0], [2.0, 20.0], [1.0, 10.0], [8.0, 0.0], [0.0, 80.0]]
    """
    if count < len(_RAY):
        raise InvalidInputError(f"`count` must be at least {len(_RAY)}, got {count}")
    top = np.array(upper, dtype=float)
    alone = [np.diag(top), np.diag(top / 2)][: (count - len(_RAY)) // top.size]
    left = count - len(_RAY) - top.size * len(alone)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    strata = rng.permuted(np.tile(np.arange(left), (top.size, 1)), axis=1).T
    filling = top * (strata + rng.random(strata.shape)) / max(left, 1)
    return np.concatenate([np.outer(_RAY, top), *alone, filling])


def design_alone(upper: Sequence[float]) -> tuple[Array, tuple[Coalition, ...]]:
    """Choose profiles of every organization training alone, as its outside option would.

    Returns
    -------
    profiles : shape (3N, N)
        Every organization at zero, a quarter of its upper bound, and all of it.
    coalitions : 3N coalitions
        Itself.

    Examples
    --------
    >>> profiles, coalitions = design_alone([8.0, 80.0])
    >>> profiles[:4].tolist(), coalitions[:4]
    ([[0.0, 0.0], [2.0, 0.0], [8.0, 0.0], [0.0, 0.0]], ((0,), (0,), (0,), (1,)))
    """
    top = np.array(upper, dtype=float)
    profiles = np.repeat(np.diag(top), 3, axis=0) * np.tile([0.0, 0.25, 1.0], top.size)[:, None]
    return profiles, tuple((n,) for n in range(top.size) for _ in range(3))
