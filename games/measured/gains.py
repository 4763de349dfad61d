"""Everybody's own gain as a function of all contributions: values, slopes, signs of curvature."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told

STEP = 1e-4  # of the interval's width, in slopes by differences
DRAWS = 32  # random pairs per organization on which signs of curvature are tried

# First derivatives by three points, inside and at either end of an interval; times the step.
_STENCIL = np.array([[-1.5, 2.0, -0.5], [-0.5, 0.0, 0.5], [0.5, -2.0, 1.5]])


def differences(function: Callable[[Array], Array], profiles: Array, upper: Array) -> Array:
    """Return the slopes of functions of all contributions, by differences inside the box.

    `function` takes profiles of shape (..., N) to (..., M); the result has the shape (..., M, N),
    exact to about 1e-8 of a function's range. What cannot move has slope 0.
    """
    size = profiles.shape[-1]
    step = STEP * upper
    side = np.where(profiles - step < 0, 0, np.where(profiles + step > upper, 2, 1))
    offsets = np.arange(3) - side[..., None]  # (..., N, 3)
    rows = np.repeat(np.repeat(profiles[..., None, None, :], size, axis=-3), 3, axis=-2)
    own = np.arange(size)
    rows[..., own, :, own] += np.moveaxis(offsets * step[:, None], -2, 0)
    weights = _STENCIL[side] / np.where(step > 0, step, np.inf)[:, None]
    return np.einsum("...nkm,...nk->...mn", function(rows), weights)


@dataclass(frozen=True, eq=False)
class OwnGains:
    """OwnGains of N organizations, checked at every profile where they are asked.

    Parameters
    ----------
    function
        Profiles of shape (K, N) to gains of the same shape, performance units.
    players : N names
    upper : shape (N,)
        The largest contributions.
    baseline : shape (N,)
        What is not counted as gain: taken off.
    gradient, optional
        Profiles of shape (K, N) to ∂G_m/∂x_n, shape (K, N, N), rows m. Default: differences.
    bends : shape (N, N), optional
        The sign of G_m's curvature in x_n alone: 1 convex, −1 concave, 0 linear, rows m.
    declared : bool
        Whether `bends` are somebody's word, and no property of the family of functions.

    Raises
    ------
    InvalidInputError
        At a call, naming the organization whose gain is not finite, or the shape.
    """

    function: Callable[[Array], Any]
    players: tuple[str, ...]
    upper: Array
    baseline: Array
    gradient: Callable[[Array], Any] | None = field(default=None)
    bends: Array | None = field(default=None)
    declared: bool = False

    def __call__(self, profiles: Array) -> Array:
        """Return the gains over the baseline, shape (..., N)."""
        rows = profiles.reshape(-1, profiles.shape[-1])
        found = self._numbers("gains", self.function(rows.copy()), rows.shape)
        if not np.isfinite(found).all():
            k, m = np.argwhere(~np.isfinite(found))[0]
            x = ", ".join(f"{number:g}" for number in rows[k])
            raise InvalidInputError(
                f"`gains` of {self.players[m]} must be finite, got {found[k, m]} at the "
                f"contributions {x:.120}"
            )
        return (found - self.baseline).reshape(profiles.shape)

    def slopes(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m: given, or by differences."""
        if self.gradient is None:
            return differences(self, profiles, self.upper)
        rows, size = profiles.reshape(-1, profiles.shape[-1]), profiles.shape[-1]
        found = self._numbers("gradient", self.gradient(rows.copy()), (*rows.shape, size))
        if not np.isfinite(found).all():
            k, m, n = np.argwhere(~np.isfinite(found))[0]
            raise InvalidInputError(
                f"`gradient` of {self.players[m]} must be finite, got {found[k, m, n]} by the "
                f"contribution of {self.players[n]}"
            )
        return found.reshape((*profiles.shape, size))

    def _numbers(self, name: str, given: Any, shape: tuple[int, ...]) -> Array:
        try:
            if np.iscomplexobj(given):  # NumPy would drop a part of each
                raise TypeError
            found = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise InvalidInputError(f"`{name}` must return numbers, got {told(given)}") from None
        if found.shape != shape:
            raise InvalidInputError(
                f"`{name}` must return one number per organization for every profile, shape "
                f"{shape}, got {found.shape}"
            )
        return found


def check_gains(gains: OwnGains) -> None:
    """Try what is said of gains on random profiles: shapes, slopes, signs of curvature.

    Raises
    ------
    InvalidInputError
        Naming the organizations of whom it is not true.
    """
    rng, upper, size = np.random.default_rng(0), gains.upper, len(gains.players)
    values = gains(rng.uniform(0.0, upper, (4, size)))
    scale = np.ptp(values, axis=0) + 1e-3 * np.abs(values).max(axis=0)
    if gains.gradient is not None:
        x = rng.uniform(0.0, upper, (3, size))
        given, found = gains.slopes(x) * upper, differences(gains, x, upper) * upper
        allowed = 1e-4 * (scale[:, None] + np.abs(given))  # steep, where the four were flat
        wrong = np.abs(given - found) > allowed
        _refuse("gradient", gains, wrong, "is not the slope of `gains`")
    if gains.bends is not None and gains.declared:
        sags, allowed = _sags(gains, rng), 1e-9 * scale[:, None]
        wrong = np.where(gains.bends == 0, np.abs(sags) > allowed, gains.bends * sags > allowed)
        _refuse("bends", gains, wrong, "has another sign at some contributions")


def _sags(gains: OwnGains, rng: np.random.Generator) -> Array:
    """Return G at middles less the mean of the ends of own moves; shape (DRAWS, N, N), rows m."""
    upper, size = gains.upper, len(gains.players)
    rows = np.repeat(rng.uniform(0.0, upper, (DRAWS, 1, size)), size, axis=1)
    ends, own = [rows.copy(), rows.copy()], np.arange(size)
    for end in ends:
        end[:, own, own] = rng.uniform(0.0, upper, (DRAWS, size))
    low, high = (gains(end) for end in ends)
    sag = gains(0.5 * (ends[0] + ends[1])) - 0.5 * (low + high)
    return np.swapaxes(sag, -1, -2)


def _refuse(name: str, gains: OwnGains, wrong: Any, why: str) -> None:
    if wrong.any():
        m, n = np.argwhere(wrong)[0][-2:]
        who = gains.players
        raise InvalidInputError(f"`{name}` of {who[m]} by the contribution of {who[n]} {why}")


def as_bends(given: ArrayLike, size: int) -> Array:
    """Return signs of curvature as an array of shape (N, N)."""
    try:
        bends = np.sign(np.broadcast_to(np.asarray(given, dtype=float), (size, size)))
    except (TypeError, ValueError):
        bends = np.full(1, np.nan)
    if np.isnan(bends).any():
        raise InvalidInputError(
            f"`bends` must be a sign, or {size} × {size} of them: 1 convex, -1 concave, 0 linear; "
            f"got {given!r:.80}"
        )
    return np.asarray(bends)
