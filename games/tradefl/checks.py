"""What a TradeFL-style game refuses: one sentence with the organization, the field, the rule."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.checks import number_array
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.gain.curve import check_concave, check_known
from coopetition.games.errors import InvalidInputError

LARGEST = 1e30  # of any number but a deadline, so that no product of two overflows

_RULES = {
    "local_data": "finite and positive",
    "cycles": "finite and positive",
    "frequencies": "finite and positive",
    "deadline": "positive",
    "least_fraction": "in [0, 1]",
}


def _allowed(name: str, array: Array, players: tuple[str, ...]) -> Array:
    rule = _RULES.get(name, "finite and at least 0")
    top = {"least_fraction": 1.0, "deadline": np.inf}.get(name, LARGEST)
    low = array > 0 if "positive" in rule else array >= 0
    bad = ~(low & (array <= top))
    if bad.any():
        place = np.unravel_index(int(np.argmax(bad)), array.shape)
        if LARGEST < array[place] < np.inf:
            rule = f"at most {LARGEST:g}"
        raise InvalidInputError(
            f"`{name}` of {players[place[0]]} must be {rule}, got {array[place]:g}"
        )
    array.flags.writeable = False
    return array


def columns(given: Mapping[str, ArrayLike], players: tuple[str, ...]) -> dict[str, Array]:
    """Return each field as one number per organization, refusing what its rule forbids."""
    size = len(players)
    words = f"a number or {size} numbers"
    return {
        name: _allowed(name, number_array(name, value, (size,), words), players)
        for name, value in given.items()
    }


def level_table(frequencies: ArrayLike, players: tuple[str, ...]) -> Array:
    """Return the frequency levels as a table of shape (N, L)."""
    size, shape = len(players), np.shape(frequencies) if _regular(frequencies) else ()
    words = f"L numbers for all, or {size} rows of L numbers, L at least 1"
    if len(shape) not in (1, 2) or shape[-1] == 0:
        raise InvalidInputError(f"`frequencies` must be {words}, got {frequencies!r:.80}")
    table = number_array("frequencies", frequencies, (size, shape[-1]), words)
    return _allowed("frequencies", table, players)


def _regular(value: ArrayLike) -> bool:
    try:
        np.asarray(value)
    except ValueError:  # rows of different lengths
        return False
    return True


def check_gain(gain: GainCurve, least: Array, most: Array, harm: Array) -> None:
    """Refuse a gain that is unknown, infinite or not concave where the game can reach.

    `least` and `most` are samples, shape (N,); without an organization that its own contribution
    harms the curve is asked too.
    """
    low, high = float(least.sum()), float(most.sum())
    bare = min([low, *(low - least[harm > 0]).tolist()])
    check_known("gain", gain, bare, high)
    if not np.isfinite([float(gain.value(bare)), float(gain.slope(low))]).all():
        raise InvalidInputError(
            "`gain` is infinite without data, which `least_fraction` allows: "
            "give the curve an `offset`, or raise `least_fraction`"
        )
    check_concave("gain", gain, low, high)


def checked_profile(
    fractions: ArrayLike,
    levels: ArrayLike,
    ranges: tuple[Array, Array, Array],
    players: tuple[str, ...],
) -> tuple[Array, Index]:
    """Return fractions and levels as arrays of shape (N,), refusing what is not allowed.

    `ranges` are the frequencies (N, L), the least fractions (N,) and the largest ones (N, L).
    """
    frequencies, low, limits = ranges
    size, count = frequencies.shape
    words = f"{size} numbers, one per organization"
    for name, value in (("fractions", fractions), ("levels", levels)):
        if not _regular(value) or np.shape(value) != (size,):
            raise InvalidInputError(f"`{name}` must be {words}, got {value!r:.80}")
    d = number_array("fractions", fractions, (size,), words)
    chosen = np.asarray(levels)
    if chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= count:
        raise InvalidInputError(f"`levels` must be indices from 0 to {count - 1}, got {levels!r}")
    everybody = np.arange(size)
    high, f = limits[everybody, chosen], frequencies[everybody, chosen]
    slack = 1e-12 * np.abs(high)
    bad = ~((low <= high) & (d >= low - slack) & (d <= high + slack))
    if bad.any():
        n = int(np.argmax(bad))
        if high[n] < low[n]:
            raise InvalidInputError(
                f"`levels` of {players[n]}: frequency {f[n]:g} misses its deadline"
            )
        raise InvalidInputError(
            f"`fractions` of {players[n]} must be in [{low[n]:g}, {high[n]:g}] at frequency "
            f"{f[n]:g}, got {d[n]:g}"
        )
    return np.clip(d, low, high), chosen.astype(np.intp)
