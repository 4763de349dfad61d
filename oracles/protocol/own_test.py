"""Everybody's own gain, from what each organization measures on its own test rows.

All models are tested on the same rows, and gains are differences row by row: paired, they are far
more certain than two means apart. So an organization replies, besides its gain, the gains on parts
of its rows, always the same parts: from these follows the error of any sum or difference of gains.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told
from coopetition.oracles.protocol.query import Evaluation, Query

PARTS = 100  # at most: an error is known to 7 %, and an answer stays small, however many rows


def paired_gain(baseline: ArrayLike, losses: ArrayLike) -> dict[str, Any]:
    """Return what a model brings on one's own test rows: what a silo replies.

    Parameters
    ----------
    baseline, losses : shape (R,)
        Loss of every test row without the model and with it, in the same order at every call; of a
        score that should be high, its negative.

    Returns
    -------
    ``gain``, the mean of baseline − loss; ``gain_error``, its standard error; ``gain_parts``, the
    same mean on parts of the rows drawn once and for all, single rows up to 100. One row has a gain
    only.

    Raises
    ------
    InvalidInputError
        If these are not two finite losses of at least one row.

    Examples
    --------
    >>> paired_gain([1.0, 1.0, 1.0, 1.0], [0.5, 0.75, 0.5, 0.75])
    {'gain': 0.375, 'gain_error': 0.0721..., 'gain_parts': [...]}
    """
    before, after = np.asarray(baseline, dtype=float), np.asarray(losses, dtype=float)
    if before.shape != after.shape or before.ndim != 1 or not before.size:
        raise InvalidInputError(
            "`losses` must be one number for each row of `baseline`, "
            f"got shapes {after.shape} and {before.shape}"
        )
    rises = before - after
    if not np.isfinite(rises).all():
        raise InvalidInputError(f"`losses` must be finite, got {told(after.tolist())}")
    found: dict[str, Any] = {"gain": float(rises.mean())}
    if rises.size > 1:
        mixed = rises[np.random.default_rng(rises.size).permutation(rises.size)]
        each = math.ceil(rises.size / PARTS)
        parts = [float(mixed[i : i + each].mean()) for i in range(0, rises.size, each)]
        found |= {"gain_error": _mean_error(rises), "gain_parts": parts}
    return found


def own_gains(query: Query, replies: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return fields of an `Evaluation` from what the silos replied.

    Parameters
    ----------
    query
        What was trained.
    replies
        By organization, what `paired_gain` returns, or a ``gain`` alone; other keys are ignored.

    Examples
    --------
    >>> own_gains(Query((1.0, 2.0)), {1: {"gain": 0.25, "gain_error": 0.01, "accuracy": 0.9}})
    {'gains': (None, 0.25), 'gain_errors': (None, 0.01)}
    """
    keys = {"gains": "gain", "gain_errors": "gain_error", "gain_parts": "gain_parts"}
    fields = {
        field: [replies.get(n, {}).get(key) for n in range(len(query.contribution))]
        for field, key in keys.items()
    }
    return {
        field: tuple(tuple(v) if isinstance(v, list) else v for v in values)
        for field, values in fields.items()
        if any(value is not None for value in values)
    }


def paired_errors(answers: Sequence[Evaluation], weights: ArrayLike) -> tuple[float | None, ...]:
    """Return the standard errors of a weighted sum of everybody's own gains over some trainings.

    They stem from the test rows, which are the same for all, so that they are those of the sum row
    by row: a difference is much more certain than its two terms.

    Parameters
    ----------
    answers : K evaluations
        Of one oracle.
    weights : shape (K,)
        For example 1 and −1 for a difference.

    Returns
    -------
    One of each organization; None unless all tell its gains on the same parts.

    Examples
    --------
    >>> one = Evaluation("ok", 2.0, (2.0,), gain_parts=((1.0, 3.0),))
    >>> other = Evaluation("ok", 1.5, (1.5,), gain_parts=((0.5, 2.5),))
    >>> paired_errors([one], [1.0]), paired_errors([one, other], [1.0, -1.0])
    ((1.0,), (0.0,))
    """
    told = [answer.gain_parts for answer in answers if answer.gain_parts is not None]
    if not told or len(told) < len(answers):
        return (None,) * max(len(answer.gains or ()) for answer in answers)
    errors: list[float | None] = []
    for parts in zip(*told, strict=True):
        known = [part for part in parts if part is not None]
        alike = len(known) == len(answers) and len(set(map(len, known))) == 1
        errors.append(_mean_error(np.asarray(weights) @ np.array(known)) if alike else None)
    return tuple(errors)


def _mean_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))
