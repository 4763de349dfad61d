"""Sub-coalitions: what every part of the organizations has on its own, and who would leave for it.

v(S) is the welfare, before transfers, of the round among S alone, at its equilibrium under the
same rule made for S, or at its planner's optimum. The others are gone: neither damage nor rivalry
with them counts, and their data are missing. A single organization is in autarky, without fixed
cost. Where rivals' whole gains hurt (`counts` = "gains"), S loses by what the others gain, who stay
together.

An organization's *best sub-coalition* (our reading): the most that it gets in some S other than
all, if the members of S share its surplus over autarky equally,

    o_n = max over S ∋ n of  v(n) + (v(S) − Σ_{m∈S} v(m))/|S|;

S = {n} is among them, so that it is never less than v(n), which is autarky, or with `counts` =
"gains" what n has beside all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.tolerance import rounding
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.division.core import CoreCheck, core_check
from coopetition.mechanisms.division.table import coalition, members, sizes, sums
from coopetition.output.columns import keyed, stacked
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers import solve, solve_planner
from coopetition.studies.outside.outside import Autarky, RuleMaker, autarky, lost_to

LIMIT = 12
SEARCH_LIMIT = 8  # where equilibria under the rule must be searched
CLOSE = 1e-7  # of what a coalition has and is given: equilibria are solved, not exact
NOT_MEASURED = "the gains of sub-coalitions were not measured"
Worth = Literal["equilibrium", "optimum"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubCoalitions(Result):
    """The values of all sub-coalitions; bit n of an index says that n is in.

    Parameters
    ----------
    values : shape (2^N,)
        v(S), money.
    alone : shape (N,)
        Autarky.
    option : shape (N,)
        What each gets in its best sub-coalition.
    partners : N tuples of places
        That sub-coalition; the smallest of equally good ones.
    """

    players: tuple[str, ...]
    worth: Worth
    values: Array
    alone: Array
    option: Array
    partners: tuple[tuple[int, ...], ...]

    def core(self, payoffs: Array) -> CoreCheck:
        """Look for the sub-coalition that gains most by leaving payoffs after transfers."""
        return core_check(self.values, payoffs, tol=CLOSE)

    def named(self, who: tuple[int, ...]) -> str:
        """Return the names of a sub-coalition."""
        return ", ".join(self.players[n] for n in who)

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        return {
            "worth": self.worth,
            "values": self.values.tolist(),
            "autarky": self.alone.tolist(),
            "option": self.option.tolist(),
            "partners": [[self.players[n] for n in who] for who in self.partners],
        }

    def tables(self) -> tuple[Table, Table]:
        """Return one row per organization, and one per sub-coalition."""
        each = {
            "organization": self.players,
            "autarky": self.alone,
            "option": self.option,
            "partners": list(map(self.named, self.partners)),
        }
        names = [self.named(coalition(mask)) for mask in range(1, self.values.size)]
        return (
            keyed(f"What each has in its best sub-coalition, by its {self.worth}", each),
            keyed("Sub-coalitions", {"cell": names, "value": self.values[1:]}),
        )

    def long_table(self) -> Table:
        """Return one row per organization, and one per sub-coalition."""
        return stacked(*self.tables())


def subcoalitions(
    game: CoopetitionRound,
    make_rule: RuleMaker,
    *,
    worth: Worth = "equilibrium",
    progress: Progress = silent,
) -> SubCoalitions:
    """Solve every sub-coalition of a round of at most 12 organizations.

    Parameters
    ----------
    make_rule
        Makes the rule for a part of the round; not asked where `worth` is "optimum".
    worth : "equilibrium" or "optimum"
        Whether a sub-coalition has its equilibrium's welfare, or its planner's.
    """
    if worth not in ("equilibrium", "optimum"):
        raise InvalidInputError(f"`worth` must be equilibrium or optimum, got {worth!r}")
    size = len(game.players)
    known = worth == "optimum" or size <= SEARCH_LIMIT or structured(game, make_rule)
    limit = LIMIT if known else SEARCH_LIMIT
    if size > limit:
        under = "" if limit == LIMIT else " under a rule whose equilibria must be searched"
        raise InvalidInputError(
            f"sub-coalitions are not solved above {limit} organizations{under}, got {size}"
        )
    alone = autarky(game)
    values, gains = np.zeros(1 << size), np.zeros((1 << size, size))
    for mask in range(1, values.size):
        who = coalition(mask)
        progress("solving sub-coalitions", mask, values.size)
        if len(who) == 1:
            gain = alone.gain[list(who)]
            values[mask] = (alone.payoff + lost_to(game, alone.gain))[who[0]]
        else:
            values[mask], gain = _value(game, make_rule, who, worth)
        gains[mask, list(who)] = gain
    if game.counts == "gains":
        lost = game.damage.weigh(game.value * gains[::-1])  # by the gains of all who are not in
        values -= (lost * members(np.arange(values.size), size)).sum(axis=1)
    option, best = best_options(values, values[1 << np.arange(size)])
    partners = tuple(coalition(int(mask)) for mask in best)
    return SubCoalitions(
        players=game.players,
        worth=worth,
        values=values,
        alone=alone.payoff,
        option=option,
        partners=partners,
    )


def known_subcoalitions(
    game: TrainingRound,
    make_rule: RuleMaker,
    alone: Autarky | Unknown | None = None,
    *,
    worth: Worth = "equilibrium",
    progress: Progress = silent,
) -> SubCoalitions | Unknown:
    """Solve every sub-coalition, or say why that was not done.

    `alone` is as in `run_study`: if given, gains are measured, and those of sub-coalitions
    are not.
    """
    if alone is not None or isinstance(game, MeasuredGame):
        return Unknown(NOT_MEASURED)
    try:
        return subcoalitions(game, make_rule, worth=worth, progress=progress)
    except InvalidInputError as error:
        return Unknown(str(error))


def best_payoffs(game: TrainingRound, make_rule: RuleMaker, alone: Autarky) -> Array:
    """Return what each gets in its best sub-coalition, shape (N,)."""
    if alone.measured or isinstance(game, MeasuredGame):
        raise InvalidInputError(NOT_MEASURED)
    return subcoalitions(game, make_rule).option


def structured(game: CoopetitionRound, make_rule: RuleMaker) -> bool:
    """Whether the round under its rule is an aggregative game, whose equilibria are computed."""
    return isinstance(redistribute(game, make_rule(game)), AggregativeGame)


def _value(
    game: CoopetitionRound, make_rule: RuleMaker, who: tuple[int, ...], worth: Worth
) -> tuple[float, Array]:
    """Return the welfare among at least two, and what each gains."""
    try:
        part = game.among(who)
        if worth == "optimum":
            best = solve_planner(part)
            done, value, words = best.success, best.welfare, best.known
            profile = best.profile
        else:
            found = solve(redistribute(part, make_rule(part)))
            profile, value = found.profile, float(part.welfare(found.profile))
            done, words = found.success, found.status.value
    except (InvalidInputError, NotConvergedError) as error:
        done, value, words = False, np.nan, str(error)
    if not done:
        names = ", ".join(game.players[n] for n in who)
        raise InvalidInputError(f"the sub-coalition {names} has no known {worth}: {words}")
    return value, part.gains_at(profile)


def best_options(values: Array, alone: Array) -> tuple[Array, Index]:
    """Return what each gets in its best sub-coalition, shape (N,), and that sub-coalition's index.

    Examples
    --------
    >>> option, best = best_options(np.array([0, 1, 1, 4, 0, 1, 1, 9.0]), np.array([1.0, 1.0, 0.0]))
    >>> option.tolist(), best.tolist()
    ([2.0, 2.0, 0.0], [3, 3, 4])
    """
    size = alone.size
    if size == 1:
        return alone.copy(), np.array([1])
    masks = np.arange(1, values.size - 1)
    shared = ((values - sums(alone))[masks]) / sizes(size)[masks]
    order = np.argsort(sizes(size)[masks], kind="stable")
    inside = members(masks, size)[order]
    gains = np.where(inside, shared[order][:, None], -np.inf)
    raw = rounding(values, sums(np.abs(alone)))[masks][order][:, None]  # of each sub-coalition
    first = (gains >= gains.max(axis=0) - raw).argmax(axis=0)
    best = masks[order][first]
    return np.asarray(alone + gains[first, np.arange(size)]), best
