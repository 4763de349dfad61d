"""Which values, costs or kept shares make observed contributions best replies.

In a round whose other numbers are known, what n gains by y instead of its observed x is linear in
one unknown number θ of its own,

    U_n(y) − U_n(x) = A(y) + θ B(y),

so that the most it could gain, over all y, is convex in θ: the θ under which that is at most a
slack are an interval, and over several rounds their intersection. Its ends are found by bisection
on exact best responses. Where no θ explains all rounds, the smallest slack that would is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.best_response import best_response, global_response, parts
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import TransferRule
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import GENERAL, Words

HALVINGS = 60
FARTHEST = 2.0**40  # of the number's scale: beyond, an end is called open


@dataclass(frozen=True, slots=True)
class _Own:
    """One organization in one round: its payoff's form for θ, what it did, and the least θ."""

    form: Callable[[float], AggregateForm]
    rest: float
    x: float
    least: float

    def regret(self, theta: float) -> float:
        """Return the most that another contribution would have brought."""
        form = self.form(theta)
        if form.weight[0] >= 0:
            y = best_response(form, 0, self.rest, self.x)
            tried = np.array([self.x, y, 0.0, float(form.upper[0])])
            shared, own = parts(form, self.rest, tried)
            total = shared + own
            return max(float(total.max() - total[0]), 0.0)
        _, best, _ = global_response(form, 0, self.rest)
        shared, own = parts(form, self.rest, np.array([self.x]))
        return max(best - float(shared[0] + own[0]), 0.0)

    def slope(self, theta: float) -> float:
        """Return the marginal payoff at what it did."""
        form = self.form(theta)
        bought = form.gain.slope(np.array([self.rest + float(form.quality[0]) * self.x]))
        x = np.array([self.x])
        return float((form.attraction(bought) + form.own_slope(x))[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Revealed(Result):
    """What observed contributions say of one number of each organization.

    Parameters
    ----------
    of
        Which number.
    low, high : shape (N,)
        The interval in which every observed contribution gained at most `slack` less than the best;
        infinite where the data leave it open, NaN where no number explains them.
    slack : shape (N,)
        Money.
    least_slack : shape (N,)
        The smallest slack that explains all rounds.
    stated : shape (N,)
        What the rounds say.
    rounds
        How many were observed.
    """

    organizations: tuple[str, ...]
    of: str
    low: Array
    high: Array
    slack: Array
    least_slack: Array
    stated: Array
    rounds: int
    words: Words = GENERAL

    @property
    def explained(self) -> bool:
        """Whether everybody's contributions are best replies to within the slack."""
        return bool(np.isfinite(self.least_slack).all() and (self.least_slack <= self.slack).all())

    @property
    def sentences(self) -> list[str]:
        """Whom no number explains, and the slack that would."""
        told = []
        for n, name in enumerate(self.organizations):
            if not self.least_slack[n] <= self.slack[n]:
                told.append(
                    f"no {self.of} explains what {name} did in {self.rounds} rounds within "
                    f"{self.slack[n]:.6g} {self.words.currency}: the smallest slack that does is "
                    f"{self.least_slack[n]:.6g}"
                )
        return told

    def tables(self) -> tuple[Table]:
        """Return one row per organization."""
        money = self.words.currency
        columns = (
            Column("organization", "organization", self.organizations, kind="name"),
            Column("low", f"{self.of} at least", _known(self.low)),
            Column("high", "at most", _known(self.high)),
            Column("stated", "stated", self.stated),
            Column("slack", "slack", self.slack, money),
            Column("least_slack", "smallest slack", self.least_slack, money),
        )
        notes = tuple(f"{said[0].upper()}{said[1:]}." for said in self.sentences)
        count = f"{self.rounds} round{'s' * (self.rounds > 1)}"
        title = self.words.title(f"{self.of} as {count} of contributions reveal it")
        return (Table(title, columns, notes, self.words.labels()),)

    def __str__(self) -> str:
        """Return a table that a person can read, with what is said under it."""
        return terminal_text(self.tables()[0])

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form; None where an end is open."""
        return {
            "organizations": list(self.organizations),
            "of": self.of,
            "rounds": self.rounds,
            "low": _known(self.low),
            "high": _known(self.high),
            "slack": self.slack.tolist(),
            "least_slack": self.least_slack.tolist(),
            "stated": self.stated.tolist(),
            "explained": self.explained,
        }


def _known(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _value(game: CoopetitionRound, theta: float, n: int) -> dict[str, float]:
    scale = float(game.personal_scale[n])
    return {
        "weight": theta - float(game.harm[n]),
        "skew": scale * (theta + float(game.rivalry_sums[n])),
    }


def _kept(game: CoopetitionRound, theta: float, n: int) -> dict[str, float]:
    return {"weight": theta * float(game.value[n])}


OF: Mapping[str, Callable[[CoopetitionRound, float, int], dict[str, float]]] = {
    "value": _value,
    "kept": _kept,
    "unit_cost": lambda game, theta, n: {"linear": -theta},
    "quadratic_cost": lambda game, theta, n: {"curvature": theta},
}


def revealed(
    rounds: Sequence[CoopetitionRound],
    contributions: ArrayLike,
    *,
    of: str = "value",
    slack: ArrayLike,
    rules: Sequence[TransferRule] | TransferRule | None = None,
    words: Words = GENERAL,
) -> Revealed:
    """Find which numbers of each organization explain what it contributed.

    Parameters
    ----------
    rounds : T rounds
        Of the same organizations, whose other numbers are right; one for all if there is one.
    contributions : shape (T, N)
        What was observed.
    of : "value", "kept", "unit_cost" or "quadratic_cost"
        The number that is not known: p, the share w/p of its own gain's value that it keeps, a
        or b.
    slack : scalar or shape (N,)
        Money that everybody may have failed to gain in each round.
    rules, optional
        Separable rules that were in force, one for all or one per round.

    Returns
    -------
    Revealed

    Raises
    ------
    InvalidInputError
        If contributions are out of bounds, or shapes do not fit.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> from coopetition.solvers import solve
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=8000, value=[1000, 800], unit_cost=0.001, quadratic_cost=2e-5)
    >>> found = revealed([game], [solve(game).profile], slack=0.01)
    >>> bool((found.low < game.value).all() and (found.high > game.value).all())
    True
    >>> (found.high - found.low).round().tolist()
    [117.0, 115.0]
    """
    if of not in OF:
        raise InvalidInputError(f"`of` must be one of {', '.join(OF)}, got {of!r:.40}")
    observed = np.atleast_2d(np.array(contributions, dtype=float))
    games = list(rounds) * (len(observed) if len(rounds) == 1 else 1)
    names = games[0].players
    size = len(names)
    if observed.shape != (len(games), size) or any(game.players != names for game in games):
        raise InvalidInputError(
            f"`contributions` must have one row per round and one column per organization, "
            f"({len(games)}, {size}), got {observed.shape}"
        )
    allowed = np.array(np.broadcast_to(np.asarray(slack, dtype=float), (size,)))
    if not (np.isfinite(allowed) & (allowed >= 0)).all():
        raise InvalidInputError(f"`slack` must be finite and at least 0, got {slack!r:.60}")
    per_round = list(rules) if isinstance(rules, Sequence) else [rules] * len(games)
    low, high, least = (np.full(size, np.nan) for _ in range(3))
    for n in range(size):
        mine = [
            _own(game, x, n, of, rule)
            for game, x, rule in zip(games, observed, per_round, strict=True)
        ]
        unit = max(abs(float(_stated(game, of)[n])) for game in games) or 1.0
        least[n] = _least_slack(mine, unit)
        if least[n] <= allowed[n]:
            low[n], high[n] = _interval(mine, float(allowed[n]), unit)
    return Revealed(
        organizations=names,
        of=of,
        low=low,
        high=high,
        slack=allowed,
        least_slack=least,
        stated=_stated(games[0], of),
        rounds=len(games),
        words=words,
    )


def _stated(game: CoopetitionRound, of: str) -> Array:
    if of == "kept":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(game.weights / game.value)
    return np.asarray(getattr(game, of), dtype=float)


def _own(
    game: CoopetitionRound, profile: Array, n: int, of: str, rule: TransferRule | None
) -> _Own:
    """Return one organization's problem in one round, under a separable rule if there was one."""
    x = game.checked(profile)
    form = game.form
    if rule is not None:
        if not (hasattr(rule, "slope") and hasattr(rule, "bend")):
            raise InvalidInputError(
                f"what is revealed under {type(rule).__name__} is not known: only under rules "
                "that pay for one's own contribution"
            )
        form = replace(form, linear=form.linear + rule.slope, curvature=form.curvature + rule.bend)
    rest = float(form.without(x)[n])
    one = form.among(np.array([n]), rest)
    paid = {key: float(getattr(form, key)[n] - getattr(game.form, key)[n])
            for key in ("linear", "curvature")}  # fmt: skip

    def at(theta: float) -> AggregateForm:
        changed = OF[of](game, theta, n)
        arrays: dict[str, Any] = {
            key: np.array([value + paid.get(key, 0.0)]) for key, value in changed.items()
        }
        return replace(one, **arrays)

    least = -np.inf if of == "kept" else 0.0  # rivals may lose more than what n gains
    return _Own(at, rest, float(x[n]), least)


def _stationary(one: _Own, unit: float) -> float:
    """Return the θ at which what was observed is stationary, which is linear in θ."""
    at_zero, at_unit = one.slope(0.0), one.slope(unit)
    if not np.isfinite(at_zero + at_unit) or at_unit == at_zero:
        return unit
    start = max(-at_zero * unit / (at_unit - at_zero), one.least)
    if one.form(start).weight[0] >= 0 or one.regret(start) == 0:
        return start
    # Where the gain is lost to rivals a stationary contribution need not be the best reply.
    found = minimize_scalar(one.regret, bracket=(start, start + unit))
    return max(float(found.x), one.least)


def _interval(problems: Sequence[_Own], slack: float, unit: float) -> tuple[float, float]:
    """Return the ends of the θ whose regret is at most the slack in every problem."""
    low, high = -np.inf, np.inf
    for one in problems:
        start = _stationary(one, unit)
        low = max(low, _end(one, start, slack, -1.0, unit))
        high = min(high, _end(one, start, slack, 1.0, unit))
    return low, high


def _end(one: _Own, start: float, slack: float, side: float, unit: float) -> float:
    """Return the last θ on one side of the stationary one whose regret is at most the slack."""
    inside, step = start, max(unit, abs(start)) * 2.0**-30
    while True:
        outside = start + side * step
        if side < 0 and outside <= one.least:
            outside = one.least
        if one.regret(outside) > slack:
            break
        inside = outside
        if outside == one.least:
            return one.least
        if step > FARTHEST * max(unit, abs(start)):
            return float(side * np.inf)
        step *= 2.0
    for _ in range(HALVINGS):
        middle = 0.5 * (inside + outside)
        if one.regret(middle) <= slack:
            inside = middle
        else:
            outside = middle
    return inside


def _least_slack(problems: Sequence[_Own], unit: float) -> float:
    """Return the smallest slack under which some θ explains all: convex, by golden sections.

    It lies among the stationary θ, at each of which one problem has no regret.
    """
    starts = [_stationary(one, unit) for one in problems]
    left, right = min(starts), max(starts)
    ratio = 0.5 * (np.sqrt(5.0) - 1.0)
    a, b = right - ratio * (right - left), left + ratio * (right - left)
    at_a, at_b = _worst(problems, a), _worst(problems, b)
    for _ in range(HALVINGS):
        if at_a <= at_b:
            right, b, at_b = b, a, at_a
            a = right - ratio * (right - left)
            at_a = _worst(problems, a)
        else:
            left, a, at_a = a, b, at_b
            b = left + ratio * (right - left)
            at_b = _worst(problems, b)
    return min(at_a, at_b)


def _worst(problems: Sequence[_Own], theta: float) -> float:
    return max(one.regret(theta) for one in problems)
