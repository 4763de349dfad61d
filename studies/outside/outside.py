"""Outside options: what an organization gets if it does not take part.

*Autarky*: the coalition dissolves; n trains alone on its own data, chooses its own contribution,
meets no competition term, pays no fixed cost (communication) and keeps its personal gain.
*Exit*: n alone leaves; the others play their equilibrium without n under the same rule made for
them; n is at its autarky choice, damage is gone, rivalry stays (our reading).
Where rivals' whole gains hurt (`counts` = "gains"), so do they outside: in autarky what each rival
gains alone, at exit what the others gain together.
*Sub-coalition*: n goes with some of the others, whichever part is best for it; see
`subcoalitions.py`. That takes up to 2^N equilibria, so it is computed only on request.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.best_response import concave_responses
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.mechanisms import TransferRule, redistribute
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers import solve

EXIT_LIMIT = 200
SEARCH_LIMIT = 20  # where equilibria under the rule must be searched
CANNOT = "the oracle cannot train an organization alone"
SMALLER = "exit needs the gains of those who stay, which were not measured"
ALONE = "what each gains alone was not measured"
RuleMaker = Callable[[Any], TransferRule]  # of a training round, or a part of one


@dataclass(frozen=True, slots=True, eq=False)
class Autarky(Result):
    """Each organization alone: its contribution, gain and payoff, shape (N,); of B rounds (B, N).

    `measured` says that an oracle trained each alone, rather than that the curve was asked.
    """

    players: tuple[str, ...]
    contribution: Array
    gain: Array
    payoff: Array
    measured: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and names."""
        lists = {key: getattr(self, key).tolist() for key in ("contribution", "gain", "payoff")}
        return {"organizations": list(self.players), **lists, "measured": self.measured}

    def tables(self) -> tuple[Table]:
        """Return one row per organization, or per round and organization."""
        rounds = np.repeat(np.arange(self.payoff.size // len(self.players)), len(self.players))
        cells = {"cell": rounds} if self.payoff.ndim == 2 else {}
        names = cells | {"organization": self.players * (self.payoff.size // len(self.players))}
        numbers = {key: getattr(self, key).ravel() for key in ("contribution", "gain", "payoff")}
        return (keyed("Each alone", names | numbers, names=len(names)),)


def autarky(game: TrainingRound) -> Autarky:
    """Solve every organization's problem alone, on the round's gain curve.

    Raises
    ------
    InvalidInputError
        If the curve is not known, or is infinite, where an organization would be alone; or if there
        is none, as everybody has its own gain.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, unit_cost=0.01)
    >>> autarky(game).payoff.round(2).tolist()
    [865.3, 859.3]
    """
    if isinstance(game, MeasuredGame):
        raise InvalidInputError(ALONE)
    low, high = game.gain.domain
    data = game.local_data
    # nobody alone has more than all together, for whom the curve is known
    bad = (data < low) | ((data == 0) & (not game.gain.finite_at_zero))
    if bad.any():
        n = int(np.argmax(bad))
        why = (
            "infinite without data; give the curve an `offset`"
            if data[n] == 0 and not game.gain.finite_at_zero
            else f"known for {low:g} to {high:g} effective samples only"
        )
        raise InvalidInputError(f"autarky of {game.players[n]}: the gain is {why}")
    form = replace(game.form, weight=game.value, skew=game.personal_scale * game.value, base=0.0)
    x = concave_responses(form, game.local_data, 0.5 * form.upper)
    gain = game.gain.value(data + game.quality * x) + game.personal_gain(x)
    cost = game.cost(x) - game.fixed_cost
    payoff = game.value * gain - cost - lost_to(game, gain)
    return Autarky(game.players, x, gain, payoff)


def lost_to(game: TrainingRound, gains: Array) -> Array | float:
    """Return what each loses to its rivals' gains outside, shape (N,); 0 where these do not count.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=[1000, 500], damage=0.1, counts="gains")
    >>> lost_to(game, np.array([0.5, 0.4])).tolist()
    [20.0, 50.0]
    """
    return game.damage.weigh(game.value * gains) if game.counts == "gains" else 0.0


def feels_others(game: TrainingRound) -> bool:
    """Whether somebody who left feels what the others gain."""
    hurt = game.counts == "gains" and bool(game.damage.row_sums.any())
    return hurt or bool(game.rivalry.row_sums.any())


def exit_payoffs(game: TrainingRound, make_rule: RuleMaker, alone: Autarky) -> Array:
    """Return what each organization gets if it alone leaves, shape (N,); N equilibria.

    Raises
    ------
    InvalidInputError
        If there are more than 200 organizations (20 where equilibria under the rule must be
        searched), the others have no certified equilibrium, or
        their gains were not measured.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.mechanisms import none
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900, 500],
    ...     max_contribution=4000, value=1000, unit_cost=0.01, damage=0.08, rivalry=20)
    >>> exit_payoffs(game, none, autarky(game)).round(2).tolist()
    [865.4, 859.4, 855.4]
    """
    size = len(game.players)
    if not feels_others(game):
        return alone.payoff.copy()  # the others' gains are nothing to n then
    if alone.measured or isinstance(game, MeasuredGame):
        raise InvalidInputError(SMALLER)
    if size > EXIT_LIMIT:
        raise InvalidInputError(too_many(EXIT_LIMIT))
    payoff = alone.payoff + lost_to(game, alone.gain)
    for n in range(size):  # two at least: one alone has no rivals
        others = np.delete(np.arange(size), n)
        rest = game.among(others)
        induced = redistribute(rest, make_rule(rest))
        if size > SEARCH_LIMIT and not isinstance(induced, AggregativeGame):
            raise InvalidInputError(too_many(SEARCH_LIMIT, ", searched under this rule"))
        found = solve(induced)
        if not found.success:
            raise InvalidInputError(
                f"exit of {game.players[n]}: no certified equilibrium of the others was found"
            )
        gains = np.empty(size)
        gains[others] = rest.gains_at(found.profile)
        gains[n] = alone.gain[n]
        one = np.zeros(size)
        one[n] = 1.0
        row = game.rivalry.spread(one)
        payoff[n] -= float(row @ (gains - gains[n]))
        if game.counts == "gains":
            gains[n] = 0.0
            payoff[n] -= float(game.damage.spread(one) @ (game.value * gains))
    return payoff


def too_many(limit: int, how: str = "") -> str:
    """Say why exit is not computed."""
    need = f"exit options need one equilibrium each{how}"
    return f"{need}: not computed above {limit} organizations"
