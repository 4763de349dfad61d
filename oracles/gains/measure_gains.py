"""Measure each organization's own gain at some profiles, over seeds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.measure import Coalition, every_query
from coopetition.oracles.gains.over_seeds import error_over_seeds, listed, mean_over_seeds
from coopetition.oracles.protocol.measurement import measured_own_gains
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeasuredGains(Result):
    """Everybody's own gain at T profiles, trained with S seeds each.

    Parameters
    ----------
    organizations : N names
    profiles : shape (T, N)
        Contributions.
    values : shape (T, S, N)
        Own gains, each on the organization's own test rows; NaN where a seed was skipped.
    seeds : S integers
    errors : shape (T, S, N), optional
        Standard errors of the values that stem from the test rows, which seeds do not show.
    """

    organizations: tuple[str, ...]
    profiles: Array
    values: Array
    seeds: tuple[int, ...]
    errors: Array | None = None

    @property
    def means(self) -> Array:
        """Mean gains over seeds, shape (T, N)."""
        return mean_over_seeds(self.values)

    @property
    def standard_errors(self) -> Array | None:
        """Of the means, from the spread over seeds, shape (T, N); None of one seed."""
        return error_over_seeds(self.values)

    @property
    def test_errors(self) -> Array | None:
        """Of the means, from the test rows, shape (T, N); None if the oracle does not know.

        All seeds are tested on the same rows, so this error does not average out over them.
        """
        return None if self.errors is None else mean_over_seeds(self.errors)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists."""
        seeds, tests = self.standard_errors, self.test_errors
        return {
            "organizations": list(self.organizations),
            "profiles": self.profiles.tolist(),
            "seeds": list(self.seeds),
            "values": listed(self.values),
            "mean": self.means.tolist(),
            "standard_error": None if seeds is None else seeds.tolist(),
            "test_error": None if tests is None else tests.tolist(),
        }

    def tables(self) -> tuple[Table]:
        """Return one row per profile and organization."""
        count, size = self.profiles.shape
        columns = {
            "cell": np.repeat(np.arange(count), size),
            "organization": [*self.organizations] * count,
            "contribution": self.profiles.ravel(),
            "mean": self.means.ravel(),
        }
        for key, errors in (
            ("standard_error", self.standard_errors),
            ("test_error", self.test_errors),
        ):
            columns |= {} if errors is None else {key: errors.ravel()}
        return (keyed("Own gains", columns, names=2),)


def measure_gains(
    oracle: UtilityOracle,
    profiles: ArrayLike,
    seeds: Iterable[int],
    *,
    coalitions: Iterable[Coalition] | None = None,
    progress: Progress = silent,
) -> MeasuredGains:
    """Train every profile with every seed, and measure each organization's own gain.

    A ledger before the oracle answers what it knows, and keeps the rest. What an oracle skips is
    left out, as in `measure`.

    Parameters
    ----------
    profiles : shape (T, N)
        Contributions.
    seeds
        Distinct integers, the same for all profiles, so that differences are paired.
    coalitions
        Who takes part in each profile, by default everybody; NaN stands for the gains of others.
    progress
        Told how many evaluations are done, of how many.

    Raises
    ------
    InvalidInputError
        If profiles or seeds are malformed, or the oracle says that it has no own gains.
    OracleError
        If any evaluation is not ``ok``, or lacks the own gain of somebody who takes part.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(
    ...     function=lambda x, seed: [x.sum() + seed, -x[0]], upper=(9.0, 9.0), own_gains=True)
    >>> found = measure_gains(oracle, [[0.0, 0.0], [1.0, 2.0]], seeds=[0, 2])
    >>> found.means.tolist(), found.standard_errors.tolist()
    ([[1.0, 0.0], [4.0, -1.0]], [[1.0, 0.0], [1.0, 0.0]])
    """
    spec, seeds = oracle.spec(), tuple(seeds)
    if "gains" not in spec.provides:
        provided = ", ".join(sorted(spec.provides)) or "nothing"
        raise InvalidInputError(f"the oracle provides {provided}, but `gains` are needed")
    rows = np.array(profiles, dtype=float)
    queries = every_query(
        rows, seeds, (None,) * len(rows) if coalitions is None else tuple(coalitions)
    )
    parts = []
    for start in range(0, len(queries), spec.batch):
        progress("measuring gains", start, len(queries))
        parts.append(measured_own_gains(oracle, queries[start : start + spec.batch], gaps=True))
    gains, errors = zip(*parts, strict=True)
    known = all(error is not None for error in errors)

    def by_profile(values: Iterable[Array | None]) -> Array:
        joined = np.concatenate([part for part in values if part is not None])
        return joined.reshape(len(seeds), *rows.shape).swapaxes(0, 1)

    values = by_profile(gains)
    left = ~np.isnan(values).all(axis=(1, 2))
    if not left.any():
        raise OracleError(f"of {len(queries)} evaluations all failed")
    return MeasuredGains(
        organizations=spec.organizations,
        profiles=rows[left],
        values=values[left],
        seeds=seeds,
        errors=by_profile(errors)[left] if known else None,
    )
