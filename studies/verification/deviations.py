"""One real deviation of each organization: the one that looks best, trained beside the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.measured.round import TrainingRound
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.words import Words
from coopetition.studies.verification.estimate import Estimate
from coopetition.studies.verification.places import Place, Sum, beside, stakes

if TYPE_CHECKING:  # a study knows what was trained of it
    from coopetition.studies.solve.study import Study

TRIED = 65  # own contributions at which every view of the gains is asked
STEP, LEAST = 0.25, 0.02  # of the largest: where no view sees a deviation; what is one


@dataclass(frozen=True, eq=False)
class Check(Result):
    """What each organization gains by the most promising deviation from the answer, trained.

    Transfers are those of the fitted gains, as printed. One deviation each: that others bring
    nothing is not said.
    """

    organizations: tuple[str, ...]
    deviation: Array
    gained: tuple[Estimate, ...]
    payoff: Array
    words: Words

    @property
    def regret(self) -> Array:
        """What it gains, 0 where it loses; shape (N,)."""
        return np.maximum([one.value for one in self.gained], 0.0)

    @property
    def share(self) -> Array:
        """The regret relative to the absolute payoff after transfers, shape (N,)."""
        return np.asarray(self.regret / np.maximum(np.abs(self.payoff), 1e-300))

    @property
    def paying(self) -> list[int]:
        """Who gains, beyond both errors."""
        return [n for n, one in enumerate(self.gained) if one.interval()[0] > 0]

    def gainers(self, least: float) -> list[int]:
        """Return who gains beyond both errors, and more than a share of its payoff."""
        return [n for n in self.paying if self.share[n] > least]

    def __str__(self) -> str:
        """Say who gains most, and whether that is more than error."""
        n, names = int(np.argmax(self.share)), self.organizations
        others = [names[k] for k in self.paying]
        sure = (
            f"beyond the errors gain {', '.join(others)}" if others else "nobody gains beyond them"
        )
        return (
            f"Of the most promising deviation of each organization, trained, that of {names[n]} "
            f"to {self.deviation[n]:,.0f} brings {self.gained[n]}{self.words.money}, "
            f"{100 * self.share[n]:.2g} % of its payoff; {sure}."
        )

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization."""
        words, money = self.words, self.words.currency
        gains = [one.value for one in self.gained]
        columns = (
            Column("organization", "organization", self.organizations, kind="name"),
            Column("deviation", "deviation", self.deviation, words.samples),
            Column("deviation_gain", "gains", gains, money),
            *error_columns("deviation_gain", self.gained, money),
        )
        title = words.title("what real deviations gain")
        return (Table(title, columns, (str(self),), words.labels()),)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "claim": "estimated",
            "deviation": self.deviation,
            "gain": [one.to_dict() for one in self.gained],
            "regret": self.regret,
            "share_of_payoff": self.share,
        }


def error_columns(key: str, found: Sequence[Estimate], unit: str) -> list[Column]:
    """Return the columns of both standard errors."""
    seeds = [one.seeds_error for one in found]
    tests = [one.test_error for one in found]
    return [
        Column(f"{key}_seeds_error", "± seeds", seeds, unit, "error"),
        Column(f"{key}_test_error", "± test rows", tests, unit, "error", 1),
    ]


def deviations(
    study: "Study", answer: Array, views: Sequence[TrainingRound]
) -> list[tuple[float, Sum]]:
    """Return the most promising deviation of each organization, and what it gains as a sum.

    Parameters
    ----------
    views
        The round on other fits of the same gains; what one of them thinks best is taken, for
        everybody where it promises most. Where none promises anything, a step that loses least.
    """
    found = []
    for n, x in enumerate(answer):
        top = float(study.game.max_contribution[n])
        levels = np.linspace(0.0, top, TRIED)
        rows = np.repeat(answer[None], TRIED, axis=0)
        rows[:, n] = levels
        transfer = study.mechanism.rule(study.game, rows)[:, n]
        promised = np.full(TRIED, -np.inf)
        for view in views:
            worth = view.payoff(n, rows) + transfer
            here = np.interp(x, levels, worth)
            promised = np.maximum(promised, worth - here)
        promised[np.abs(levels - x) < LEAST * top] = -np.inf
        if not promised.max() > 0:
            step = [y for y in (x - STEP * top, x + STEP * top) if 0 <= y <= top]
            near = [int(np.argmin(np.abs(levels - y))) for y in step]
            own = study.game.payoff(n, rows) + transfer
            best = max(near, key=lambda k: float(own[k]), default=0)
        else:
            best = int(np.argmax(promised))
        found.append((float(levels[best]), _gained(study, answer, rows[best], n)))
    return found


def _gained(study: "Study", answer: Array, other: Array, n: int) -> Sum:
    """Return what a change of one's own contribution gains; damage without it is the same."""
    game, rule = study.game, study.mechanism.rule
    here, _ = stakes(game)

    def own(x: Array) -> Sum:
        kept = here[n] @ beside(game, x) - game.cost(x)[n] + rule(game, x)[n]
        return Sum(float(kept), {Place(tuple(x.tolist())): here[n]})

    return own(other) - own(answer)
