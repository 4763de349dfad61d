"""Comparative statics under rules that are not separable: differences of equilibria solved again.

No theorem gives the derivatives there. So the round is solved at the parameter, and on each side
of it at a step and at half of that: Newton's method on the first-order conditions follows the
equilibrium, and every profile is certified. Richardson's extrapolation of the two steps is the
answer, and how far apart they are is the check: where that is more than a thousandth, an effect is
not known.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.certificate import certify
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import CoopetitionError, NotConvergedError, UnsupportedGameError
from coopetition.mechanisms import TransferRule, redistribute
from coopetition.solvers import Optimum, solve, solve_planner
from coopetition.solvers.sensitivity.gradient import Outcomes

STEP = 2e-3  # of a parameter: the larger of the two steps
AGREE = 1e-3  # how far apart two steps may be, as a share of the effect
NOISE = 1e-6  # of an outcome, for a whole parameter: an effect below it is rounding
MOST = 50  # organizations: each solve takes their square of payoffs
SHRINK = 3  # times a step is cut to an eighth where the active set changes within it
MOVE = 1e-4  # of a contribution's bound, for derivatives of transfers
SWEEPS = 40
State = tuple[CoopetitionRound, TransferRule]


@dataclass(frozen=True, slots=True, eq=False)
class SolvedState:
    """A certified equilibrium, what it leads to, and the planner's optimum."""

    outcomes: Outcomes
    status: Array
    planner: Optimum

    def numbers(self) -> dict[str, Array]:
        """Return every outcome, the totals as arrays of one number."""
        found, total = self.outcomes, self.outcomes.welfare
        numbers = {
            "total_contribution": np.array([found.total_contribution]),
            "effective_data": np.array([found.effective_data]),
            "welfare": np.array([total]),
        }
        if self.planner.success and self.planner.welfare > 0:
            numbers["efficiency"] = np.array([total / self.planner.welfare])
        share = self.planner.attainable_share(total) if self.planner.success else None
        if share is not None:
            numbers["attainable_share"] = np.array([share])
        each = ("contribution", "gain", "payoff", "transfer", "net_payoff")
        return numbers | {name: getattr(found, name) for name in each}


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """The derivatives of all outcomes on either side; NaN where two steps disagree."""

    today: dict[str, Array]
    left: dict[str, Array]
    right: dict[str, Array]
    step: float


def base_solved(state: State) -> SolvedState:
    """Solve today's round.

    Raises
    ------
    UnsupportedGameError
        If it is too large, or its equilibrium is not isolated.
    NotConvergedError
        If no equilibrium is certified.
    """
    if len(state[0].players) > MOST:
        raise UnsupportedGameError(
            "comparative statics under a rule that is not separable are computed up to "
            f"{MOST} organizations, got {len(state[0].players)}"
        )
    found = solve(redistribute(*state)).raise_if_failed()
    return _solved(state, found.profile)


def differences(at: Callable[[float], State], value: float, base: SolvedState) -> Differences:
    """Return what one more unit of a parameter does, on either side of its value."""
    step, why = STEP * (abs(value) or _scale_at_zero(at, base.outcomes.contribution)), ""
    for _ in range(SHRINK + 1):
        sides = []
        for sign in (-1.0, 1.0):
            try:
                sides.append([
                    _solved(at(value + sign * far), base.outcomes.contribution)
                    for far in (step, 0.5 * step)
                ])  # fmt: skip
            except CoopetitionError as error:
                sides.append([])
                why = str(error)
        # On each side the same organizations are inside their bounds at both steps.
        steady = [bool((one[0].status == one[1].status).all()) for one in sides if one]
        if steady and all(steady):
            return _joined(base, sides[0], sides[1], step)
        step /= 8.0
    raise NotConvergedError(
        "no differences: " + (why or "the active set changes within every step that was tried")
    )


def _scale_at_zero(at: Callable[[float], State], x: Array) -> float:
    """Return what of a parameter that is 0 changes a marginal payoff as much as its terms do."""
    (game, rule), tiny = at(0.0), 1e-9
    push = np.abs(_force(*at(tiny), x[None, :]) - _force(game, rule, x[None, :]))[0] / tiny
    terms = game.form.terms(x)
    felt = (push > 1e-6 * push.max(initial=0.0)) & (terms > 0)
    return float((terms[felt] / push[felt]).min()) if felt.any() else 1.0


def _joined(
    base: SolvedState, below: list[SolvedState], above: list[SolvedState], step: float
) -> Differences:
    """Return derivatives on both sides; central ones where the active set is the same on both."""
    today = base.numbers()
    whole, half = {}, {}
    for sign, side in ((-1, below), (1, above)):
        if side:
            far, near = (one.numbers() for one in side)
            whole[sign], half[sign] = (
                {key: sign * (to.get(key, np.nan) - now) / width for key, now in today.items()}
                for to, width in ((far, step), (near, 0.5 * step))
            )
    smooth = len(whole) == 2 and bool((below[0].status == above[0].status).all())
    sides: dict[int, dict[str, Array]] = {}
    for sign in (-1, 1):
        who = sign if sign in whole else -sign
        sides[sign] = {}
        for key, now in today.items():
            if smooth:
                rough, fine = (0.5 * (part[-1][key] + part[1][key]) for part in (whole, half))
                best = (4.0 * fine - rough) / 3.0
            else:
                rough, fine = whole[who][key], half[who][key]
                best = 2.0 * fine - rough
            floor = NOISE * STEP * np.abs(now).max(initial=0.0) / step
            most = AGREE if smooth else AGREE**0.5  # of one side, whose error is the square
            known = np.abs(fine - rough) <= most * np.abs(best) + floor
            sides[sign][key] = np.where(known, best, np.nan)
    return Differences(today, sides[-1], sides[1], step)


def _solved(state: State, start: Array) -> SolvedState:
    """Follow the equilibrium to a state, and certify it there."""
    game, rule = state
    x, status = _followed(game, rule, game.spaces.project(start))
    certificate = certify(redistribute(game, rule), x)
    if not certificate.holds:
        raise NotConvergedError(f"no equilibrium was certified near today's: {certificate}")
    omega = float(game.form.aggregate(x))
    outcomes = Outcomes(
        contribution=x,
        effective_data=omega,
        gain=game.gain.value(omega) + game.personal_gain(x),
        payoff=game.payoffs(x),
        transfer=np.asarray(rule(game, x)),
    )
    return SolvedState(outcomes, status, solve_planner(game, start=x))


def _followed(game: CoopetitionRound, rule: TransferRule, x: Array) -> tuple[Array, Array]:
    """Solve first-order conditions by Newton's method; return who is 0, inside, at its bound."""
    top = game.max_contribution
    unit = np.where(top > 0, top, 1.0)
    inside: Mask = np.zeros(x.size, dtype=bool)
    for _ in range(SWEEPS):
        x = np.where(x <= MOVE * MOVE * top, 0.0, np.where(x >= (1 - MOVE * MOVE) * top, top, x))
        force = _force(game, rule, x[None, :])[0]
        held = ((x <= 0) & (force <= 0)) | ((x >= top) & (force >= 0))
        inside = ~held & (top > 0)
        if not inside.any():
            break
        slope = _bends(game, rule, x, inside)
        if not np.linalg.cond(slope) < 1e10:
            raise UnsupportedGameError(
                "no differences: the equilibrium is not isolated, or not smooth"
            )
        step = np.zeros_like(x)
        step[inside] = -np.linalg.solve(slope, force[inside]) * unit[inside]
        step = np.clip(step, -0.25 * unit, 0.25 * unit)
        moved = np.clip(x + step, 0.0, top)
        done = float((np.abs(moved - x) / unit).max()) <= 1e-13
        x = moved
        if done:
            break
    at = np.where(x <= 0, 0, np.where(x >= top, 2, 1))
    return x, np.asarray(at * (top > 0))


def _force(game: CoopetitionRound, rule: TransferRule, rows: Array) -> Array:
    """Return what everybody's payoff after transfers gains by its own contribution, (K, N)."""
    top = game.max_contribution
    count, size = rows.shape
    high = np.minimum(rows + MOVE * top, top)
    low = np.maximum(rows - MOVE * top, 0.0)
    reach = np.where(top > 0, np.minimum(high - rows, rows - low), 0.0)
    reach = np.where(reach > 1e-3 * MOVE * top, reach, 0.0)  # central where there is room
    high, low = np.where(reach > 0, rows + reach, high), np.where(reach > 0, rows - reach, low)
    ends = []
    for end in (high, low):
        several = np.repeat(rows[:, None, :], size, axis=1)
        several[:, np.arange(size), np.arange(size)] = end
        paid = np.asarray(rule(game, several.reshape(-1, size))).reshape(count, size, size)
        ends.append(paid[:, np.arange(size), np.arange(size)])
    apart = high - low
    change = np.divide(ends[0] - ends[1], apart, out=np.zeros_like(apart), where=apart > 0)
    return np.asarray(game.marginal_payoffs(rows) + change)


def _bends(game: CoopetitionRound, rule: TransferRule, x: Array, inside: Mask) -> Array:
    """Return the Jacobian of the forces of those inside, by shares of their bounds."""
    who, top = np.flatnonzero(inside), game.max_contribution
    reach = 1e-3 * top[who]
    up = np.where(x[who] + reach <= top[who], reach, -reach)
    rows = np.repeat(x[None, :], who.size + 1, axis=0)
    rows[np.arange(who.size), who] += up
    force = _force(game, rule, rows)
    return np.asarray(((force[:-1] - force[-1])[:, who] / (up / top[who])[:, None]).T)
