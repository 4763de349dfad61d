"""Outside options of many rounds at once: what `autarky` and `exit_payoffs` compute one by one.

Autarky is a round of one organization without competition and fixed cost; exit needs the others'
equilibrium under the same rule made for them.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask, fraction
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.batch.equilibria import solve_many
from coopetition.solvers.batch.forms import Rivals
from coopetition.solvers.batch.row_table import RowTable, refused
from coopetition.solvers.planner.plan import make_plans
from coopetition.studies.batch.rules import (
    Changes,
    RuleOfRows,
    all_numbers,
    blank,
    picked,
    solve_under,
)
from coopetition.studies.outside.outside import EXIT_LIMIT, Autarky, too_many

NUMBERS = 4_000_000  # in the matrices of rounds that are solved together


def autarky_many(game: object, changes: Mapping[str, ArrayLike]) -> Autarky:
    """Solve every organization's problem alone, in B rounds.

    Raises as `solve_many`.

    Parameters
    ----------
    game, changes
        As for `solve_many`.

    Returns
    -------
    Autarky
        Of shape (B, N); NaN where the curve is not known, or is infinite, for somebody alone, and
        in rows that are no games.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, unit_cost=0.01)
    >>> autarky_many(game, {"unit_cost": [0.01, 0.02]}).payoff.round(2).tolist()
    [[865.3, 859.3], [850.83, 838.83]]
    """
    table = RowTable.of(game, changes)
    return solve_autarky(table, all_numbers(table), list(refused(table)))


def solve_autarky(table: RowTable, numbers: Changes, failed: list[int]) -> Autarky:
    """Solve the problems alone of a table whose numbers, and bad rows, are known."""
    shape, size = numbers["value"].shape, numbers["value"].shape[1]
    own: Changes = {}
    for name, array in numbers.items():
        if name not in ("damage", "rivalry"):
            own[name] = array.reshape(-1, 1) if array.ndim == 2 else np.repeat(array, size)
    own["fixed_cost"] = np.zeros_like(own["fixed_cost"])
    found = solve_many(_blank(table.game, 1), own, alone=False)
    x = found.profiles
    gain = (found.gain + _personal(own, x)[:, 0]).reshape(shape)
    known = found.success.reshape(shape) & _reached(table, numbers)
    known[failed] = False
    payoff = found.payoffs.reshape(shape) - _lost_to(table.game, numbers, gain)
    columns = x.reshape(shape), gain, payoff
    contribution, gain, payoff = (np.where(known, column, np.nan) for column in columns)
    return Autarky(table.game.players, contribution, gain, payoff)


def _lost_to(game: CoopetitionRound, numbers: Changes, gain: Array) -> Array | float:
    """Return what each loses to its rivals' gains alone, as `lost_to`."""
    if game.counts == "contributions":
        return 0.0
    size = gain.shape[1]
    return Rivals.of(numbers["damage"], size).weigh(numbers["value"] * gain)


def _reached(table: RowTable, numbers: Changes) -> Mask:
    """Say where the curve is known, and finite, for an organization alone, shape (B, N)."""
    data = numbers["local_data"]
    top = data + numbers["quality"] * numbers["max_contribution"]
    low, high = table.game.gain.domain
    family = table.curves(slice(0, table.size)).family
    finite = np.broadcast_to(family.finite_at_zero, table.size)  # one parameter per row
    return np.asarray((data >= low) & (top <= high) & ((data > 0) | finite[:, None]))


def _personal(numbers: Changes, x: Array) -> Array:
    """Return h_n(x_n), 0 for an organization without data."""
    scale = numbers["personal_weight"][:, None] * numbers["skew"] * numbers["local_data"]
    return -fraction(scale, numbers["local_data"] + x, 1)


def _blank(game: CoopetitionRound, size: int) -> CoopetitionRound:
    reach = float(game.quality @ game.max_contribution)
    return blank(game.gain, size, game.form.base, reach, game.counts)


def exit_many(
    game: object, changes: Mapping[str, ArrayLike], rule: RuleOfRows | None = None
) -> Array:
    """Return what each organization gets if it alone leaves, in B rounds; shape (B, N).

    NaN where autarky is, or where the others' equilibrium is not found together with all others.

    Parameters
    ----------
    game, changes
        As for `solve_many`.
    rule : RuleOfRows, optional
        The rule that is made for those who stay; none by default. `study_many` takes settings.

    Raises
    ------
    InvalidInputError
        If there are more than 200 organizations, or a field is unknown, has a wrong shape, or
        holds no numbers.
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, unit_cost=0.01, skew=1.0, personal_weight=0.05)
    >>> exit_many(game, {"rivalry": [0.0, 100.0]}).round(2).tolist()
    [[848.52, 848.73], [848.31, 848.94]]
    """
    table = RowTable.of(game, changes)
    numbers = all_numbers(table)
    alone = solve_autarky(table, numbers, list(refused(table)))
    return solve_exit(table, numbers, alone, rule or RuleOfRows())


def solve_exit(table: RowTable, numbers: Changes, alone: Autarky, rule: RuleOfRows) -> Array:
    """Return the exit payoffs of a table whose numbers, and autarky, are known."""
    size = len(table.game.players)
    payoff = alone.payoff + _lost_to(table.game, numbers, alone.gain)
    felt = numbers["rivalry"].reshape(table.size, -1).any(axis=1)
    if table.game.counts == "gains":
        felt = felt | numbers["damage"].reshape(table.size, -1).any(axis=1)
    rivals = np.flatnonzero(felt)
    if size < 2 or not rivals.size:
        return payoff  # the others' gains are nothing to n then
    if size > EXIT_LIMIT:
        raise InvalidInputError(too_many(EXIT_LIMIT))
    block = max(1, NUMBERS // size**3)
    for start in range(0, rivals.size, block):
        rows = rivals[start : start + block]
        payoff[rows] -= _behind(table, numbers, rows, alone, rule)
    return payoff


def _behind(
    table: RowTable, numbers: Changes, rows: Index, alone: Autarky, rule: RuleOfRows
) -> Array:
    """Return what each loses to the others if it leaves, shape (rows, N); NaN: not known."""
    size = len(table.game.players)
    others = np.array([np.delete(np.arange(size), n) for n in range(size)])
    row, leaver = np.repeat(rows, size), np.tile(np.arange(size), rows.size)
    among = others[leaver]
    changes = {
        name: array[row[:, None], among] if array.ndim == 2 else picked(array, row, among)
        for name, array in numbers.items()
    }
    part = RowTable.of(_blank(table.game, size - 1), changes)
    bad, target = refused(part), np.zeros(among.shape)
    if rule.targeted:
        plans = make_plans(part, bad, None, False)
        bad, target = dict(plans.failed), plans.profiles
    found = solve_under(part, rule.among(row, among), bad, target, alone=False).found
    gains = found.gain[:, None] + _personal(changes, found.profiles)

    def of_leaver(matrix: Array) -> Array:
        """Return what the leaver's row says of all others."""
        if matrix.ndim == 1:
            return np.repeat(matrix[:, None], size - 1, axis=1)
        return np.asarray(matrix[np.arange(row.size)[:, None], leaver[:, None], among])

    rivalry = of_leaver(numbers["rivalry"][row])
    lost = rivalry * (gains - alone.gain[row, leaver][:, None])
    if table.game.counts == "gains":
        lost = lost + of_leaver(numbers["damage"][row]) * changes["value"] * gains
    behind = lost.T.copy().sum(axis=0)
    return np.where(found.success, behind, np.nan).reshape(rows.size, size)
