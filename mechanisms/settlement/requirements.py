"""What a mechanism promises about money at a solved profile, each promise with a name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.errors import InvalidInputError


def check_money(
    most: float | None, pair: float | None, subsidy: float, contracts: int | None
) -> None:
    """Refuse amounts that are not finite and at least 0, and a number of contracts that is none."""
    for name, value in (("most", most), ("pair", pair), ("subsidy", subsidy)):
        if value is not None and not 0 <= value < np.inf:
            raise InvalidInputError(f"`{name}` must be finite and at least 0, got {value!r}")
    if contracts is not None and (contracts < 0 or contracts % 1):
        raise InvalidInputError(
            f"`contracts` must be a whole number of at least 0, got {contracts!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Requirements:
    """What a settlement must satisfy.

    Parameters
    ----------
    names
        The organizations.
    needs : shape (N,)
        The least that each must receive on net, money; negative where it may pay; −∞ if free.
    most : money, optional
        The largest net payment that one organization makes or receives.
    pair : money, optional
        The largest payment between two organizations.
    contracts : number, optional
        The most pairs that may have a contract.
    partnered : shape (N,), booleans, optional
        Who needs a partner, whatever it pays: its price is paid by somebody.
    subsidy : money
        What may come from outside, at most.
    """

    names: Sequence[str]
    needs: Array
    most: float | None = None
    pair: float | None = None
    contracts: int | None = None
    partnered: Mask | None = None
    subsidy: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        if self.needs.shape != (len(self.names),) or np.isnan(self.needs).any():
            raise InvalidInputError(
                f"`needs` must be {len(self.names)} numbers, got shape {self.needs.shape}"
            )
        check_money(self.most, self.pair, self.subsidy, self.contracts)

    @property
    def paired(self) -> bool:
        """Whether it matters who pays whom."""
        return self.pair is not None or self.contracts is not None

    @property
    def lonely(self) -> Mask:
        """Who needs a partner, whatever it pays; shape (N,)."""
        none = np.zeros(len(self.names), dtype=bool)
        return none if self.partnered is None else np.asarray(self.partnered, dtype=bool)

    @property
    def clipped(self) -> Array:
        """The needs of a part of the organizations that settles by itself: none pays over `most`.

        Such a part can settle iff these sum to what comes from outside, at most.
        """
        return self.needs if self.most is None else np.maximum(self.needs, -self.most)

    def without(self, dropped: set[str]) -> Self:
        """Return the requirements without some constraints, by label.

        Without the budget nobody needs anything from anybody else.
        """
        kept = [f"participation of {name}" not in dropped for name in self.names]
        balanced = not {"budget balance", f"at most {self.subsidy:g} from outside"} & dropped
        most, pair = self.most, self.pair
        capped = most is not None and f"at most {most:g} to or from one organization" in dropped
        paired = pair is not None and f"at most {pair:g} between two" in dropped
        return replace(
            self,
            needs=np.where(np.array(kept) & balanced, self.needs, -np.inf),
            most=None if capped or not balanced else most,
            pair=None if paired else pair,
        )

    @property
    def labels(self) -> list[str]:
        """The constraints' names, in the order of `without`."""
        named = [f"participation of {name}" for name in self.names]
        found = [label for label, need in zip(named, self.needs, strict=True) if need > -np.inf]
        outside = f"at most {self.subsidy:g} from outside" if self.subsidy else "budget balance"
        found.append(outside)
        if self.most is not None:
            found.append(f"at most {self.most:g} to or from one organization")
        if self.pair is not None:
            found.append(f"at most {self.pair:g} between two")
        if self.contracts is not None:
            found.append(f"at most {self.contracts} contract{'s' * (self.contracts != 1)}")
        return found
