"""Synthetic rows: a Gaussian per class, with one covariance that all classes share.

An organization fits it to its own rows only. With few rows per class no covariance can be
trusted, so it is shrunk towards a diagonal, and the diagonal towards the spread of all own rows.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.federation.silos import LabeledRows, Labels

_PRIOR_ROWS = 20.0
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ClassGaussians:
    """A fitted generator of rows.

    Parameters
    ----------
    classes : shape (K,)
        The classes that the organization holds.
    means : shape (K, F)
    factor : shape (F, F)
        Lower Cholesky factor of the shared covariance.
    low, high : shape (F,)
        Range of the organization's own features, to which rows are clipped.
    """

    classes: Labels
    means: Array
    factor: Array
    low: Array
    high: Array

    def draw(
        self, law: Array, count: int, labels: np.random.Generator, noise: np.random.Generator
    ) -> LabeledRows:
        """Draw rows whose labels follow a law, restricted to the classes held.

        Equal generators give nested rows: fewer rows are the first of more.

        Parameters
        ----------
        law : shape (C,)
            Wanted share of every class.
        count
            Number of rows.
        labels, noise
            Generators of the labels and of the features, not shared, so that rows nest.
        """
        share = np.cumsum(law[self.classes])
        drawn = np.searchsorted(share[:-1], labels.random(count) * share[-1], side="right")
        noisy = self.means[drawn] + noise.standard_normal((count, self.low.size)) @ self.factor.T
        return LabeledRows(np.clip(noisy, self.low, self.high), self.classes[drawn])


def fit_gaussians(rows: LabeledRows) -> ClassGaussians:
    """Fit the generator to an organization's own rows.

    With d degrees of freedom within the classes, the covariance keeps the weight d/(d + 20) and
    its diagonal gets the rest.

    Parameters
    ----------
    rows
        At least two rows.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> own = LabeledRows(rng.normal(size=(40, 2)), np.arange(40) % 2)
    >>> made = fit_gaussians(own).draw(np.array([0.5, 0.5]), 3, rng, rng)
    >>> made.features.shape, made.labels.tolist()
    ((3, 2), [1, 1, 0])
    """
    features = rows.features
    classes, index = np.unique(rows.labels, return_inverse=True)
    means = np.stack([features[index == k].mean(axis=0) for k in range(classes.size)])
    residuals = features - means[index]
    freedom = features.shape[0] - classes.size
    trust = freedom / (freedom + _PRIOR_ROWS)
    within = residuals.T @ residuals / max(freedom, 1)
    diagonal = trust * within.diagonal() + (1 - trust) * features.var(axis=0) + _FLOOR
    covariance = trust * within + (1 - trust) * np.diag(diagonal)
    covariance[np.diag_indices_from(covariance)] += _FLOOR
    return ClassGaussians(
        classes=classes,
        means=means,
        factor=np.linalg.cholesky(covariance),
        low=features.min(axis=0),
        high=features.max(axis=0),
    )
