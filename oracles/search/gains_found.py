"""What a search over everybody's own gains found: what was trained, the fit, and the race."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.gains.measure_gains import MeasuredGains
from coopetition.oracles.surrogates.fitted_gains import FittedGains
from coopetition.output.columns import keyed
from coopetition.output.numbers import number
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Racer:
    """The profile where a family sees the most welfare, trained.

    Parameters
    ----------
    family
        Whose profile it is; `committee` is the mean, `again` the second heat.
    profile, gains : shape (N,)
        Contributions, and everybody's mean gain there.
    welfare
        Money, with these gains; what rivals would gain without each comes from a fit.
    """

    family: str
    profile: Array
    gains: Array
    welfare: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GainsSearch(Result):
    """What was trained one after the other, what was fitted to it, and who won the race.

    Parameters
    ----------
    trained
        One value of each organization at each profile; `seeds` holds the first one only, each
        profile has its own.
    chosen : T texts
        Why each profile was trained.
    fit
        The committee, fitted to all of them.
    race
        The racers, the winner first.
    """

    trained: MeasuredGains
    chosen: tuple[str, ...]
    fit: FittedGains
    race: tuple[Racer, ...]

    @property
    def winner(self) -> Racer:
        """The best profile found."""
        return self.race[0]

    @property
    def trainings(self) -> int:
        """How many trainings the search took, those of the race counted apart."""
        return len(self.chosen)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; the trainings are those of `trained`."""
        return {
            "claim": "estimated",
            "trainings": self.trainings,
            "chosen": list(self.chosen),
            "race": [
                {
                    "family": one.family,
                    "contribution": one.profile.tolist(),
                    "gain": one.gains.tolist(),
                    "welfare": one.welfare,
                }
                for one in self.race
            ],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one row per racer, and one per racer and organization."""
        families = [one.family for one in self.race]
        names = self.trained.organizations
        welfare = {"family": families, "welfare": [one.welfare for one in self.race]}
        each = {
            "family": np.repeat(families, len(names)),
            "organization": names * len(families),
            "contribution": np.concatenate([one.profile for one in self.race]),
            "gain": np.concatenate([one.gains for one in self.race]),
        }
        return (
            keyed("Race of the best profiles", welfare, notes=(f"{self}.",)),
            keyed("Racers", each, names=2),
        )

    def __str__(self) -> str:
        """Say how many trainings there were, and who won."""
        first, *rest = self.race
        behind = [f"{one.family} by {number(first.welfare - one.welfare)}" for one in rest]
        return (
            f"{self.trainings} trainings one after the other, and a race of {len(self.race)} for "
            f"the best profile, won by {first.family} before {', '.join(behind)}"
        )
