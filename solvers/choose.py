"""`solve`: the right solver for the game, and why it was chosen."""

from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Index
from coopetition.games.base import Game, PotentialGame
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.measured.form import GameOfGains
from coopetition.games.several.game import SeveralAggregatesGame
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.text.words import first_few
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.aggregate.aggregate import eliminate, solve_aggregate, undominated
from coopetition.solvers.aggregate.all_equilibria import with_list
from coopetition.solvers.aggregate.negative_weights import can_enumerate, enumerate_profiles
from coopetition.solvers.best_response import best_response_dynamics
from coopetition.solvers.equilibrium import Equilibrium, Status, finish
from coopetition.solvers.measured import solve_measured
from coopetition.solvers.potential_ascent import ascend_potential
from coopetition.solvers.several.solve import solve_several, tempted
from coopetition.solvers.smooth import solve_smooth

STARTS = 16


def solve(game: Game, *, tol: float | None = None, seed: int = 0) -> Equilibrium:
    """Find an equilibrium with the solver that fits the game; `reason` says which and why.

    Aggregative games whose weights are not negative, after players with a dominant 0 are fixed,
    go to `solve_aggregate`. With a negative weight left, all equilibria are enumerated along Ω
    where own terms are quadratic: `listed` has them all, the answer is the one with the highest
    welfare, payoffs before transfers. Elsewhere best-response dynamics run from several starts
    and each end is verified. Games with several aggregates go to `solve_several`, and the
    potential is climbed where it is not certified, as in other potential games; smooth games go to
    `solve_smooth`, those of everybody's own gains to `solve_measured`; any other is searched on its
    payoffs.

    Returns
    -------
    Equilibrium
        `status` is NO_PURE_EQUILIBRIUM where no start led to a certified profile; the profile is
        then the one with the least regret among the ends of the dynamics, and `success` is False.

    Raises
    ------
    UnsupportedGameError
        If it is not a game at all.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[900, 900], value=[900, 100],
    ...     max_contribution=4000, unit_cost=0.001, damage=0.2, organizations=["North", "South"])
    >>> solve(game).reason[:60]
    'weight not positive for South: fixed at 0, which is dominant'
    """
    if not isinstance(game, Game):
        raise UnsupportedGameError(f"solve() needs a Game, got {type(game).__name__}")
    checked_tolerance(tol)
    if isinstance(game, AggregativeGame):
        form = eliminate(game.form)[0]
        if form.concave:
            return solve_aggregate(game, tol=tol)
        why = _negative(game, undominated(form))
        if can_enumerate(form):
            return _enumerated(game, form, tol, seed, why)
        why += "; best-response dynamics ran from several starts and the end was verified"
    elif isinstance(game, SeveralAggregatesGame):
        if not tempted(game).size:
            found = solve_several(game, tol=tol)
            return found if found.success else _climbed(game, found, tol, seed)
        why = _negative(game, tempted(game)) + "; best responses were searched from several starts"
    elif isinstance(game, PotentialGame):
        found = ascend_potential(game, tol=tol, seed=seed)
        if found.success:
            return replace(found, reason="the rule's weighted potential was maximized")
        why = "the maximizer found of the potential is not certified: best responses were searched"
    elif isinstance(game, GameOfGains):
        return solve_measured(game, tol=tol, seed=seed)
    elif isinstance(game, SmoothGame):
        return solve_smooth(game, tol=tol, seed=seed)
    else:
        why = "no structure is known: best responses were searched on payoffs alone"
    return _best_of_starts(game, tol, seed, why)


def _negative(game: AggregativeGame | SeveralAggregatesGame, who: Index) -> str:
    """Name the organizations whose weight is negative, and what that means."""
    names = first_few([game.players[n] for n in who])
    return (
        f"weight negative for {names}: rivals' profit matters more to them than the model, and 0 "
        f"is not dominant{_potential(game)}"
    )


def _potential(game: AggregativeGame | SeveralAggregatesGame) -> str:
    """Say whether there is a weighted potential with positive weights; nothing where it is open.

    The mixed derivative of U_n by x_n and x_m is w_n Σ_k q_nk q_mk P_k″. Two who share a kind of
    data whose curve is strictly concave need weights of one sign; if all who share one have it,
    Σ ±P_k + Σ own_n/|w_n| is a potential with weights |w_n|.
    """
    if isinstance(game, AggregativeGame):
        moving = game.form.upper > 0
        gains, weight = [game.form.gain], game.form.weight[moving]
        brings = np.ones((weight.size, 1), dtype=bool)
    else:
        moving = game.max_contribution > 0
        gains, weight = list(game.gains), game.weights[moving]
        brings = game.quality[moving] > 0
    signs = [set(np.sign(weight[brings[:, k]]).tolist()) for k in range(len(gains))]
    if all(len(own) < 2 and 0.0 not in own for own in signs):
        who = "all weights are negative"
        if (weight > 0).any():
            who = "weights of those who share a kind of data have one sign"
        return f"; {who}: a weighted potential with the weights |w_n| exists"
    bent = [own for own, gain in zip(signs, gains, strict=True) if gain.strictly_concave]
    if any(len(own) > 1 for own in bent):
        return "; signs are mixed: no positive weighted potential exists"
    return ""


def _climbed(
    game: SeveralAggregatesGame, found: Equilibrium, tol: float | None, seed: int
) -> Equilibrium:
    """Climb the potential, if there is one, where Newton's method was not certified."""
    if not game.has_potential:
        return found
    other = ascend_potential(game, tol=tol, seed=seed)
    if not other.certificate.excess < found.certificate.excess:
        return found
    why = "Newton's method in the aggregates was not certified: the potential was climbed"
    return replace(other, reason=why)


def _enumerated(
    game: AggregativeGame, form: AggregateForm, tol: float | None, seed: int, why: str
) -> Equilibrium:
    """Return the equilibrium with the highest welfare of all that there are, with their list."""
    profiles = enumerate_profiles(form)
    found = [finish(game, x, solver="enumerate_profiles", iterations=0, tol=tol) for x in profiles]
    good = [answer for answer in found if answer.success]
    if not good:
        none = "; every piece of the scalar equation was searched: no pure equilibrium exists"
        if found:
            none = f"; none of the {len(found)} candidates is certified"
        answer = _best_of_starts(game, tol, seed, why, none)
        return answer if answer.success or found else replace(answer, listed=())
    best = max(good, key=lambda answer: answer.welfare)
    which = "the only pure equilibrium"
    if len(good) > 1:
        which = f"{len(good)} pure equilibria exist, this has the highest welfare, payoffs before "
        which += "transfers"
    if len(good) < len(found):
        more = f"; {len(found) - len(good)} more candidates are not certified"
        return replace(
            best, unique=False if len(good) > 1 else None, reason=f"{why}; {which}{more}"
        )
    answer = with_list(game, best, good)
    alone = len(good) == 1 and not answer.continuum
    return replace(answer, unique=alone, reason=f"{why}; {which}")


def _best_of_starts(
    game: Game, tol: float | None, seed: int, why: str, none: str = ""
) -> Equilibrium:
    """Run best-response dynamics from corners and random profiles until one end is certified."""
    box = game.spaces
    drawn = box.sample(np.random.default_rng(seed), STARTS - 2)
    best: Equilibrium | None = None
    for start in (box.lower, box.upper, *drawn):
        found = best_response_dynamics(game, start, tol=tol, max_iter=200)
        if best is None or found.certificate.excess < best.certificate.excess:
            best = found
        if best.success:
            return replace(best, reason=why)
    assert best is not None
    return replace(
        best,
        status=Status.NO_PURE_EQUILIBRIUM,
        reason=why + (none or f"; none of {STARTS} starts led to an equilibrium"),
    )
