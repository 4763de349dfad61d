"""What is asked of a designed mechanism, and whether a target allows it."""

from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.certificate import certify
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.mechanisms import BilateralPrices, bilateral_prices
from coopetition.mechanisms.rules.bilateral import Contracts
from coopetition.mechanisms.settlement.conflict import possible
from coopetition.mechanisms.settlement.linear_program import Aim, Program
from coopetition.mechanisms.settlement.requirements import Requirements, check_money
from coopetition.mechanisms.settlement.settlement import Settlement, settle
from coopetition.studies.outside.options import OUTSIDE_OPTIONS

_SECONDS = 1.0  # for each of two programs, at each target tried, where contracts are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What a designed mechanism must satisfy, besides balancing its budget.

    Parameters
    ----------
    outside : "autarky", "exit" or "sub-coalition"
        The option that everybody must be given at least.
    guarantee : money
        How much more than the outside option everybody must get.
    most : money, optional
        The largest net payment that one organization makes or receives at the target.
    pair : money, optional
        The largest net payment between two at the target.
    contracts : number, optional
        The most pairs that may pay each other.
    subsidy : money
        What may come from outside.
    box : share, optional
        Everybody must take part, at the same target and payments, in every round whose values and
        costs differ by up to this share, each by its own.
    """

    outside: str = "autarky"
    guarantee: float = 0.0
    most: float | None = None
    pair: float | None = None
    contracts: int | None = None
    subsidy: float = 0.0
    box: float | None = None

    def __post_init__(self) -> None:
        """Validate."""
        if self.outside not in OUTSIDE_OPTIONS:
            names = ", ".join(OUTSIDE_OPTIONS)
            raise InvalidInputError(f"`outside` must be one of {names}, got {self.outside!r}")
        if not np.isfinite(self.guarantee):
            raise InvalidInputError(f"`guarantee` must be finite, got {self.guarantee!r}")
        check_money(self.most, self.pair, self.subsidy, self.contracts)
        if self.box is not None and not 0 <= self.box < 1:
            raise InvalidInputError(f"`box` must be in [0, 1), got {self.box!r}")


@dataclass(frozen=True, slots=True, eq=False)
class TargetNeeds:
    """What a target must allow: the constraints, and all rounds with their outside options."""

    wanted: Constraints
    options: tuple[tuple[TrainingRound, Array], ...]
    aim: Aim

    def needs(self, x: Array) -> Array:
        """Return the least that each must receive at a target, in the worst of the rounds."""
        lacks = [option - other.payoffs(x) for other, option in self.options]
        return np.asarray(np.max(lacks, axis=0) + self.wanted.guarantee)

    def slacks(self, x: Array) -> Array:
        """Return how much money the balance and the caps leave room for; negative where none.

        Necessary conditions: pairs count only by what all of one's pairs carry together.
        """
        wanted, needs = self.wanted, self.needs(x)
        most = np.inf if wanted.most is None else wanted.most
        through = np.inf if wanted.pair is None else (needs.size - 1) * wanted.pair
        room = wanted.subsidy - np.maximum(needs, -min(most, through)).sum()
        cap = min(most, through + wanted.subsidy)
        return np.append(room, cap - needs if np.isfinite(cap) else [])

    def at(self, prices: BilateralPrices | Contracts) -> Requirements:
        """Return what is required of the money at the prices' target."""
        game, wanted, x = self.options[0][0], self.wanted, prices.target
        return Requirements(
            names=game.players,
            needs=self.needs(x),
            most=wanted.most,
            pair=wanted.pair,
            contracts=wanted.contracts,
            partnered=priced(game, prices),
            subsidy=wanted.subsidy,
        )

    def can(self, x: Array) -> bool:
        """Whether the money can be settled at a target; False where that was not decided.

        One organization alone has nobody who pays it for another contribution than the planner's.
        """
        if x.size == 1:
            return False
        needed = self.at(bilateral_prices(self.options[0][0], target=x))
        program = Program(replace(needed, contracts=None))
        if not possible(needed, program, set(), _SECONDS):
            return False
        if needed.contracts is None:
            return True
        found = settle(needed, self.aim, seconds=2 * _SECONDS, costs=False)
        return isinstance(found, Settlement) and found.met


def priced(game: TrainingRound, prices: BilateralPrices | Contracts) -> Mask:
    """Return who needs its price, or fine: whom its own payoff does not hold at the target."""
    x, own = prices.target, game.marginal_payoffs(prices.target)
    top, asked = game.max_contribution, (prices.price != 0) | (prices.sharpening > 0)
    if isinstance(game, MeasuredGame):  # whose slope at a bound says nothing of what is far off
        regret = certify(game, x)
        return np.asarray(asked & (regret.regret > regret.tolerance))
    held = ((x <= 0) & (own <= 0)) | ((x >= top) & (own >= 0))
    held = (held & (game.form.weight >= 0)) | (top <= 0)
    return asked & ~held
