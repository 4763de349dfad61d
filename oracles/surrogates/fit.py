"""From measurements of everybody's own gain to functions that a game takes: the one door."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import number_array
from coopetition.games.coopetition.round import names_of
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.surrogates.committee import MeanGains
from coopetition.oracles.surrogates.families import COMMITTEE, FITS
from coopetition.oracles.surrogates.fitted_gains import FittedGains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.output.numbers import RESIDUE

GainsFamily = Literal["committee", "separable", "transfer", "shares", "uneven-shares"]

_SPARE = 3  # repeated profiles beyond the first of each, before their differences tell the noise


def fit_gains(
    profiles: ArrayLike,
    gains: ArrayLike,
    *,
    local_data: ArrayLike,
    upper: ArrayLike,
    standard_errors: ArrayLike | None = None,
    family: GainsFamily = "committee",
    organizations: Sequence[str] | None = None,
) -> FittedGains:
    """Fit everybody's own gain as a function of all contributions.

    Families, with v_n = x_n/upper_n, R = Σ (D + x) and share_n = (D_n + x_n)/R:

    * separable: G_m = A_m + Σ_n β_mn log(1 + k v_n)/log(1 + k). Knows signs of curvature.
    * transfer: G_m = A_m + s_m h_e(1 + Σ_n w_mn v_n), h_e(z) = (1 − z^−e)/e: how much a row of n
      counts for m. Knows signs of curvature.
    * shares: G_m = C_m − exp(a_m + b_m log R + Σ_n c_mn φ(share_n)): a bounded power law in all
      rows, times what the mixture does that federated averaging trains on.
    * uneven-shares: shares, and a Gaussian process of what it misses where that is no noise; worth
      a try from about 60 profiles.
    * committee: the mean of the first three.

    Parameters
    ----------
    profiles, gains : shape (T, N)
        Contributions, and everybody's gain, performance units: means over seeds. The same profile
        may come several times.
    local_data : scalar or shape (N,)
        Rows that are in training anyway.
    upper : scalar or shape (N,)
        The largest contributions.
    standard_errors : shape (T, N), optional
        Of the means, without what a seed does to all profiles alike. They, or else repeated
        profiles, take the noise out of the skill; the fit does not weight by them.
    family : "committee", "separable", "transfer", "shares" or "uneven-shares"
    organizations : names, optional

    Raises
    ------
    InvalidInputError
        For misshapen or infinite input, contributions beyond their bounds, an organization whose
        gains are all the same, and fewer distinct profiles than an organization has parameters.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(0.0, 100.0, (12, 2))
    >>> grown = np.log1p(4 * x / 100) / np.log(5)
    >>> truth = grown @ np.array([[0.3, -0.1], [0.1, 0.2]])  # the first's rows hurt the second
    >>> fit = fit_gains(x, truth, local_data=20.0, upper=100.0, family="separable")
    >>> fit.predict.effect.round(3).tolist(), fit.predict.steepness
    ([[0.3, 0.1], [-0.1, 0.2]], 4.0)
    >>> print(fit)
    separable: explains most of what was measured (skill 1 for ..., the worst, on 12 left-out ...)
    """
    if family not in get_args(GainsFamily):
        known = ", ".join(get_args(GainsFamily))
        raise InvalidInputError(f"`family` must be one of {known}, got {family!r:.60}")
    names = _names(profiles, organizations)
    table = _table(profiles, gains, local_data, upper, names)
    used: list[str] = list(COMMITTEE) if family == "committee" else [family]
    _refuse_few(table, family)
    if {"shares", "uneven-shares"} & set(used) and not table.local_data.any():
        raise InvalidInputError(
            "`local_data` must not be 0 everywhere: where nobody contributes there would be no "
            "shares of rows; the families separable and transfer need none"
        )
    noise, source = _noise(table, standard_errors)

    found = []
    for each in used:
        function, misses = FITS[each].fit(table)
        found.append(FittedGains(each, names, function, table, misses, noise, source))
    if family != "committee":
        return found[0]
    mean = MeanGains(tuple(one.predict for one in found))
    misses = np.mean([one.misses for one in found], axis=0)
    return FittedGains(family, names, mean, table, misses, noise, source, tuple(found))


def _names(profiles: ArrayLike, organizations: Sequence[str] | None) -> tuple[str, ...]:
    """Return the organizations' names, as many as profiles have columns."""
    shape = _shape(profiles)
    if len(shape) != 2 or 0 in shape:
        raise InvalidInputError(
            f"`profiles` must be a table of one row per profile and one column per organization, "
            f"got shape {shape}"
        )
    names = names_of(organizations, np.zeros(shape[1]))
    if len(names) != shape[1]:
        raise InvalidInputError(
            f"`organizations` must name the {shape[1]} columns of `profiles`, got {len(names)}"
        )
    return names


def _table(
    profiles: ArrayLike,
    gains: ArrayLike,
    local_data: ArrayLike,
    upper: ArrayLike,
    names: tuple[str, ...],
) -> GainTable:
    """Check what was measured."""
    count, size = np.shape(profiles)
    both = {"profiles": profiles, "gains": gains}
    x, y = (_matrix(name, given, (count, size), names) for name, given in both.items())
    words = f"a number or {size} numbers"
    data, top = (
        number_array(name, given, (size,), words)
        for name, given in (("local_data", local_data), ("upper", upper))
    )
    for name, values in (("local_data", data), ("upper", top)):
        if not (np.isfinite(values) & (values >= 0)).all():
            n = int(np.argmin(np.isfinite(values) & (values >= 0)))
            raise InvalidInputError(
                f"`{name}` of {names[n]} must be finite and at least 0, got {values[n]:g}"
            )
    if ((x < 0) | (x > top)).any():
        t, n = np.argwhere((x < 0) | (x > top))[0]
        raise InvalidInputError(
            f"`profiles` of {names[n]} must be between 0 and `upper`, {top[n]:g}, got {x[t, n]:g} "
            f"in row {t}"
        )
    still = np.ptp(y, axis=0) <= RESIDUE * np.abs(y).max(axis=0)
    if still.any():
        n = int(np.argmax(still))
        raise InvalidInputError(
            f"`gains` of {names[n]} are all {y[0, n]:g}: nothing can be learned from them"
        )
    apart = np.ptp(y, axis=0)
    if not ((apart > 1e-100) & (apart < 1e100)).all():
        raise InvalidInputError(f"`gains` differ by {apart.max():g}: count them in another unit")
    return GainTable(x, y, data, np.where(top > 0, top, 1.0))


def _shape(given: ArrayLike) -> tuple[int, ...]:
    """Return the shape, () of rows of different lengths."""
    try:
        return np.shape(given)
    except ValueError:
        return ()


def _matrix(name: str, given: ArrayLike, shape: tuple[int, int], names: tuple[str, ...]) -> Array:
    """Return a table of finite numbers."""
    words = f"a table of {shape[0]} × {shape[1]} numbers, one row per profile"
    if (got := _shape(given)) != shape:
        raise InvalidInputError(f"`{name}` must be {words}, got shape {got}")
    found = number_array(name, given, shape, words)
    if not np.isfinite(found).all():
        t, n = np.argwhere(~np.isfinite(found))[0]
        raise InvalidInputError(
            f"`{name}` of {names[n]} must be finite, got {found[t, n]} in row {t}"
        )
    return found


def least_profiles(size: int, family: str = "committee") -> int:
    """Return how many distinct profiles a fit to the gains of so many organizations takes.

    Examples
    --------
    >>> least_profiles(4), least_profiles(4, "separable")
    (7, 5)
    """
    used = COMMITTEE if family == "committee" else (family,)
    return size + max(FITS[each].parameters for each in used)


def _refuse_few(table: GainTable, family: str) -> None:
    """Refuse fewer distinct profiles than parameters."""
    size = table.profiles.shape[1]
    needed = least_profiles(size, family)
    if (count := len(table.groups)) < needed:
        raise InvalidInputError(
            f"`profiles` must hold at least {needed} distinct ones: so many parameters has the "
            f"gain of each of {size} organizations in the family {family}; got {count}"
        )


def _noise(table: GainTable, standard_errors: ArrayLike | None) -> tuple[Array, str]:
    """Return the sum of the variances of everybody's gains, 0 if unknown, and of what it is."""
    count, size = table.gains.shape
    if standard_errors is not None:
        words = tuple(f"column {n}" for n in range(size))
        errors = _matrix("standard_errors", standard_errors, (count, size), words)
        if (errors < 0).any():
            raise InvalidInputError(f"`standard_errors` must be at least 0, got {errors.min():g}")
        return np.asarray((errors**2).sum(axis=0)), "of standard errors"
    spare = count - len(table.groups)
    if spare < _SPARE:
        return np.zeros(size), ""
    apart = [((g := table.gains[rows]) - g.mean(axis=0)) ** 2 for rows in table.groups]
    return np.concatenate(apart).sum(axis=0) / spare * count, "of repeated profiles"
