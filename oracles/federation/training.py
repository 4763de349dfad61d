"""Federated averaging of a softmax regression in plain NumPy.

McMahan et al., Communication-efficient learning of deep networks from decentralized data,
AISTATS 2017: every round, each silo starts from the common weights, runs some epochs of
minibatch gradient descent on its own rows, and the server averages the results by row counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.checks import positive, whole
from coopetition.oracles.federation.silos import LabeledRows

Streams = Callable[[int, int], np.random.Generator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Settings of the learning.

    Parameters
    ----------
    rounds
        Rounds of averaging.
    epochs
        Passes over the local rows per round.
    learning_rate
        Step length of the gradient descent.
    batch_rows
        Rows per step. A last, smaller batch makes a proportionally smaller step, so that every
        row counts the same and the result changes little with each row added.

    Raises
    ------
    InvalidInputError
        If a setting is not positive.
    """

    rounds: int = 10
    epochs: int = 2
    learning_rate: float = 0.02
    batch_rows: int = 16

    def __post_init__(self) -> None:
        """Validate."""
        for name in ("rounds", "epochs", "batch_rows"):
            whole(name, getattr(self, name), least=1)
        positive("learning_rate", self.learning_rate)


def federated_weights(
    silos: Mapping[int, LabeledRows], classes: int, settings: Training, streams: Streams
) -> Array:
    """Train a common model and return its weights, shape (F + 1, C).

    Parameters
    ----------
    silos
        The rows that each organization trains on. Silos without rows are left out.
    classes
        Number of classes.
    settings
        Settings of the learning.
    streams
        Maps an organization and a round to the generator that shuffles its rows.
    """
    taking_part = {n: rows for n, rows in silos.items() if rows.labels.size}
    total = sum(rows.labels.size for rows in taking_part.values())
    data = {n: (_with_bias(rows), np.eye(classes)[rows.labels]) for n, rows in taking_part.items()}
    width = next(iter(silos.values())).features.shape[1] + 1
    weights = np.zeros((width, classes))
    for round_ in range(settings.rounds if total else 0):
        average = np.zeros_like(weights)
        for n, (features, targets) in data.items():
            local = _descend(weights, features, targets, settings, streams(n, round_))
            average += (targets.shape[0] / total) * local
        weights = average
    return weights


def local_update(
    weights: Array, rows: LabeledRows, classes: int, settings: Training, rng: np.random.Generator
) -> Array:
    """Return the weights after one silo's local epochs of one round, shape (F + 1, C).

    What a federated-learning stack runs on a data holder's machine; averaged by row counts it is
    what `federated_weights` does.

    Examples
    --------
    >>> rows = LabeledRows(np.array([[1.0], [-1.0]]), np.array([1, 0]))
    >>> local_update(np.zeros((2, 2)), rows, 2, Training(), np.random.default_rng(0)).shape
    (2, 2)
    """
    return _descend(weights, _with_bias(rows), np.eye(classes)[rows.labels], settings, rng)


def _with_bias(rows: LabeledRows) -> Array:
    return np.hstack([rows.features, np.ones((rows.features.shape[0], 1))])


def _descend(
    weights: Array, features: Array, targets: Array, settings: Training, rng: np.random.Generator
) -> Array:
    """Run the local epochs of one silo and round."""
    rows, batch = targets.shape[0], settings.batch_rows
    step = settings.learning_rate / batch
    weights = weights.copy()
    # A row keeps its sorting key when rows are added after it, so shuffles nest as rows do.
    for keys in rng.random((rows, settings.epochs)).T:
        order = np.argsort(keys)
        x, y = features[order], targets[order]
        for start in range(0, rows, batch):
            part = x[start : start + batch]
            error = _softmax(part @ weights) - y[start : start + batch]
            weights -= step * (part.T @ error)
    return weights


def _softmax(scores: Array) -> Array:
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def log_losses(weights: Array, test: LabeledRows) -> Array:
    """Return the negative log-likelihood of every test label, in nats, shape (R,).

    Examples
    --------
    >>> test = LabeledRows(np.ones((4, 2)), np.array([0, 1, 0, 1]))
    >>> log_losses(np.zeros((3, 2)), test).round(3).tolist()
    [0.693, 0.693, 0.693, 0.693]
    """
    scores = _with_bias(test) @ weights
    top = scores.max(axis=1)
    normalizer = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
    return normalizer - scores[np.arange(test.labels.size), test.labels]


def accuracy(weights: Array, test: LabeledRows) -> float:
    """Return the share of test rows that are classified correctly.

    Examples
    --------
    >>> accuracy(np.zeros((3, 2)), LabeledRows(np.ones((4, 2)), np.array([0, 1, 0, 0])))
    0.75
    """
    return float(((_with_bias(test) @ weights).argmax(axis=1) == test.labels).mean())
