"""The families that can be fitted, by name."""

from collections.abc import Callable
from typing import NamedTuple

from coopetition.games.arrays import Array
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.separable import fit_separable
from coopetition.oracles.surrogates.shares import fit_shares
from coopetition.oracles.surrogates.transfer import fit_transfer
from coopetition.oracles.surrogates.uneven_shares import fit_uneven_shares


class Family(NamedTuple):
    """How to fit it; and how many parameters it has besides one for each organization."""

    fit: Callable[[GainTable], tuple[SmoothGains, Array]]
    parameters: int


FITS = {
    "separable": Family(fit_separable, 1),
    "transfer": Family(fit_transfer, 3),
    "shares": Family(fit_shares, 3),
    "uneven-shares": Family(fit_uneven_shares, 3),
}
COMMITTEE = ("separable", "transfer", "shares")  # what is averaged
