"""A bundled data set dealt out to data holders ("silos"), with one common held-out test set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coopetition.games.errors import InvalidInputError, require
from coopetition.games.gain import Array, positive
from coopetition.games.query import whole

DATASETS = {"digits": "load_digits", "breast-cancer": "load_breast_cancer"}
TEST_SHARE = 0.3
_DRAWS = 1000

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Labeled rows.

    Parameters
    ----------
    features : shape (R, F)
    labels : shape (R,)
        Integers from 0.
    """

    features: Array
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Silos:
    """What every organization holds, and what the server tests on.

    Parameters
    ----------
    local
        The real rows of every organization.
    test
        Rows that nobody trains on.
    classes
        Number of classes in the data set.
    """

    local: tuple[Rows, ...]
    test: Rows
    classes: int

    def label_law(self, members: tuple[int, ...]) -> Array:
        """Return the share of every class in the members' rows, shape (C,)."""
        labels = np.concatenate([self.local[n].labels for n in members])
        return np.bincount(labels, minlength=self.classes) / labels.size


def deal(
    dataset: str,
    organizations: int,
    *,
    alpha: float,
    local_rows: int | None = None,
    minimum: int = 10,
    seed: int = 0,
) -> Silos:
    """Deal a data set out with Dirichlet(α) label skew.

    Every class is split among the organizations by its own draw of Dirichlet(α) shares: a small
    α makes silos that miss classes, a large one makes them alike. The deal is repeated until
    every organization holds the minimum. Features are standardized with the dealt rows'
    moments, the divisor at least an eighth of the feature's range.

    Parameters
    ----------
    dataset
        ``digits`` (1797 rows, 10 classes) or ``breast-cancer`` (569 rows, 2 classes).
    organizations
        Number of silos.
    alpha
        Concentration of the label laws.
    local_rows
        Rows dealt out in total; None deals all that are not held out for the test (70 %).
    minimum
        Least rows of an organization.
    seed
        Seed of the deal.

    Raises
    ------
    InvalidInputError
        If the data set is unknown, or cannot be dealt out like this.
    MissingDependencyError
        If scikit-learn, which brings the data, is not installed.

    Examples
    --------
    >>> silos = deal("digits", 3, alpha=1.0, local_rows=240)
    >>> sum(rows.labels.size for rows in silos.local), silos.test.labels.size
    (240, 539)
    """
    positive("alpha", alpha)
    whole("organizations", organizations, least=1)
    features, labels = _load(dataset)
    rng = np.random.default_rng(np.random.SeedSequence(whole("seed", seed)))
    order = rng.permutation(labels.size)
    held_out = round(TEST_SHARE * labels.size)
    test, pool = order[:held_out], order[held_out:]
    rows = pool.size if local_rows is None else whole("local_rows", local_rows)
    if not organizations * minimum <= rows <= pool.size:
        raise InvalidInputError(
            f"`local_rows` must be in [{organizations * minimum}, {pool.size}] for "
            f"{organizations} organizations of at least {minimum} rows of {dataset}, got {rows}"
        )
    dealt = pool[:rows]
    owner = _owners(labels[dealt], organizations, alpha, minimum, rng)
    spread = np.maximum(features[dealt].std(axis=0), np.ptp(features[dealt], axis=0) / 8)
    scaled = (features - features[dealt].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    parts = [dealt[owner == n] for n in range(organizations)]
    return Silos(
        local=tuple(Rows(scaled[part], labels[part]) for part in parts),
        test=Rows(scaled[test], labels[test]),
        classes=int(labels.max()) + 1,
    )


def _load(dataset: str) -> tuple[Array, Labels]:
    if dataset not in DATASETS:
        known = ", ".join(DATASETS)
        raise InvalidInputError(f"`dataset` must be one of {known}, got {dataset!r}")
    bunch = getattr(require("sklearn.datasets", "reference"), DATASETS[dataset])()
    return bunch.data.astype(np.float64), bunch.target.astype(np.int64)


def _owners(
    labels: Labels, organizations: int, alpha: float, minimum: int, rng: np.random.Generator
) -> Labels:
    """Return the owner of every row, redrawn until everybody holds the minimum."""
    for _ in range(_DRAWS):
        owner = np.empty(labels.size, dtype=np.int64)
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            shares = rng.dirichlet(np.full(organizations, alpha))
            cuts = (np.cumsum(shares) * rows.size).astype(int)[:-1]
            for n, part in enumerate(np.split(rows, cuts)):
                owner[part] = n
        if np.bincount(owner, minlength=organizations).min() >= minimum:
            return owner
    raise InvalidInputError(
        f"`alpha` = {alpha:g} left an organization with less than {minimum} of "
        f"{labels.size} rows in each of {_DRAWS} deals; take a larger alpha or more rows"
    )
