"""Averages over seeds, some of which may be missing: NaN stands for what was skipped."""

from typing import Any

import numpy as np

from coopetition.games.arrays import Array


def mean_over_seeds(values: Array) -> Array:
    """Return means over the second axis, of the seeds that there are; NaN where there is none.

    Examples
    --------
    >>> mean_over_seeds(np.array([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0]])).tolist()
    [1.5, 2.0]
    """
    missing = np.isnan(values)
    if not missing.any():
        return np.asarray(values.mean(axis=1))
    count = values.shape[1] - missing.sum(axis=1)
    total = np.where(missing, 0.0, values).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def error_over_seeds(values: Array) -> Array | None:
    """Return standard errors of these means; None if one seed leaves them unknown.

    Where a single seed is left, the spread of the others stands in, as if all spread alike.

    Examples
    --------
    >>> error_over_seeds(np.array([[1.0, 3.0], [5.0, np.nan]])).round(2).tolist()
    [1.0, 1.41]
    """
    missing, seeds = np.isnan(values), values.shape[1]
    if seeds < 2:
        return None
    if not missing.any():
        return np.asarray(values.std(axis=1, ddof=1) / np.sqrt(seeds))
    count = seeds - missing.sum(axis=1)
    rest = np.where(missing, 0.0, values - np.expand_dims(mean_over_seeds(values), 1))
    known = count > 1
    if not known.any():
        return None
    variance = (rest**2).sum(axis=1) / np.maximum(count - 1, 1)
    variance = np.where(known, variance, float(np.mean(variance[known])))
    return np.asarray(np.where(count > 0, np.sqrt(variance / np.maximum(count, 1)), np.nan))


def listed(values: Array) -> list[Any]:
    """Return nested lists with None for what is missing."""
    found = values.astype(object)
    found[np.isnan(values)] = None
    return list(found.tolist())
