"""A data set dealt out to data holders ("silos"), with one common held-out test set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Array
from coopetition.games.checks import positive, whole
from coopetition.games.errors import InvalidInputError, require
from coopetition.oracles.federation.idx import load_idx

DATASETS = {"digits": "load_digits", "breast-cancer": "load_breast_cancer"}
TEST_SHARE = 0.3
MOST_TESTS = 2000  # held-out rows of a folder, so that testing stays fast
LEAST_TESTS = 2  # rows of an organization's own: one has no standard error
_DRAWS = 1000

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LabeledRows:
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
    own_test
        The test rows dealt out in the proportions of the real rows, class by class; empty unless
        asked for.
    """

    local: tuple[LabeledRows, ...]
    test: LabeledRows
    classes: int
    own_test: tuple[LabeledRows, ...] = ()

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
    own_test: bool = False,
) -> Silos:
    """Deal a data set out with Dirichlet(α) label skew.

    Every class is split among the organizations by its own draw of Dirichlet(α) shares: a small
    α makes silos that miss classes, a large one makes them alike. The deal is repeated until
    every organization holds the minimum. Features are standardized with the dealt rows'
    moments, the divisor at least an eighth of the feature's range.

    Parameters
    ----------
    dataset
        ``digits`` (1797 rows, 10 classes), ``breast-cancer`` (569 rows, 2 classes), or a folder
        with the four files of `load_idx`, of whose test rows at most 2000 are held out.
    organizations
        Number of silos.
    alpha
        Concentration of the label laws.
    local_rows
        Rows dealt out in total; None deals all that are not held out for the test (70 %, or the
        folder's training rows).
    minimum
        Least rows of an organization.
    seed
        Seed of the deal.
    own_test
        Whether the test rows are dealt out too: nothing else changes.

    Raises
    ------
    InvalidInputError
        If the data set is unknown, malformed, or cannot be dealt out like this.
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
    features, labels, tests = load_dataset(dataset)
    rng = np.random.default_rng(np.random.SeedSequence(whole("seed", seed)))
    if tests:
        pool = rng.permutation(labels.size - tests)
        test = labels.size - tests + rng.permutation(tests)[:MOST_TESTS]
    else:
        held_out = round(TEST_SHARE * labels.size)
        test, pool = np.split(rng.permutation(labels.size), [held_out])
    rows = pool.size if local_rows is None else whole("local_rows", local_rows)
    if not organizations * minimum <= rows <= pool.size:
        raise InvalidInputError(
            f"`local_rows` must be in [{organizations * minimum}, {pool.size}] for "
            f"{organizations} organizations of at least {minimum} rows of {dataset}, got {rows}"
        )
    dealt = pool[:rows]
    owner = _owners(labels[dealt], organizations, alpha, minimum, rng)
    known = features[dealt].astype(np.float64)
    spread = np.maximum(known.std(axis=0), np.ptp(known, axis=0) / 8)
    center, scale = known.mean(axis=0), np.where(spread > 0, spread, 1.0)

    def rows_of(part: Labels) -> LabeledRows:
        return LabeledRows((features[part].astype(np.float64) - center) / scale, labels[part])

    return Silos(
        local=tuple(rows_of(dealt[owner == n]) for n in range(organizations)),
        test=rows_of(test),
        classes=int(labels.max()) + 1,
        own_test=tuple(map(rows_of, _own_tests(labels, test, dealt, owner, organizations)))
        if own_test
        else (),
    )


def _own_tests(
    labels: Labels, test: Labels, dealt: Labels, owner: Labels, organizations: int
) -> list[Labels]:
    """Split every class of the test rows as its dealt rows are split; whole numbers, no luck."""
    parts: list[list[Labels]] = [[] for _ in range(organizations)]
    for label in np.unique(labels[dealt]):
        rows = test[labels[test] == label]
        upto = np.bincount(owner[labels[dealt] == label], minlength=organizations).cumsum()
        cuts = (2 * upto * rows.size + upto[-1]) // (2 * upto[-1])  # rounded
        for mine, part in zip(parts, np.split(rows, cuts[:-1]), strict=True):
            mine.append(part)
    tests = [np.concatenate(mine) for mine in parts]
    least = min(part.size for part in tests)
    if least < LEAST_TESTS:
        raise InvalidInputError(
            f"`own_test` left an organization with {least} test rows, less than {LEAST_TESTS}: "
            "take a larger alpha, or leave it out"
        )
    return tests


def load_dataset(dataset: str) -> tuple[Any, Labels, int]:
    """Return features, labels, and how many of the last rows are for testing (0: not said).

    Raises
    ------
    InvalidInputError
        If the data set is unknown or malformed.
    MissingDependencyError
        If scikit-learn, which brings the bundled ones, is not installed.
    """
    if dataset in DATASETS:
        bunch = getattr(require("sklearn.datasets", "reference"), DATASETS[dataset])()
        return bunch.data.astype(np.float64), bunch.target.astype(np.int64), 0
    if Path(dataset).is_dir():
        return load_idx(dataset)
    raise InvalidInputError(
        f"`dataset` must be a folder with IDX files or one of {', '.join(DATASETS)}, "
        f"got {dataset!r}"
    )


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
