"""The audit's verdicts on money: between whom it moves, and who would have to add some."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.certificate import How
from coopetition.games.tolerance import rounding
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import Property, SeparableRule
from coopetition.mechanisms.audit.algebra import PAIRWISE
from coopetition.mechanisms.audit.symbolic import formula_of
from coopetition.studies.audit.second_differences import pairwise
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.solve.study import Study

MOST = 30  # organizations, all pairs of which are looked at
CORNERS = 10  # organizations, all corners of which are
DRAWS = 1000
CLEAR = 0.1  # of the largest deficit: what a simpler witness must still show


def pairwise_zero_sum(study: Study) -> Property:
    """Say whether transfers are payments between two that see these two's contributions only."""
    name, game, rule = "pairwise-zero-sum", study.game, study.mechanism.rule
    balance = study.audit["budget-balance"]
    if not balance.holds:
        return Property(name, balance.holds, balance.claim, balance.witness)
    if len(game.players) <= 2:
        return Property(name, True, balance.claim, "what one receives the other pays")
    if type(rule) in PAIRWISE:
        return Property(name, True, "proved", PAIRWISE[type(rule)])
    if len(game.players) > MOST:
        return Property(name, None, None, f"not looked at above {MOST} organizations")
    found = pairwise(game, rule)
    if not found.holds:
        return Property(
            name, found.holds, None if found.holds is None else "checked", found.witness
        )
    formula = formula_of(game, rule) if balance.claim == "proved" else None
    if formula and formula.pairwise:
        said = "Σ t = 0, and no t_k mixes two others' contributions, as formulas"
        return Property(name, True, "proved", f"{said}, in exact arithmetic on this round")
    return Property(name, True, "checked", "no transfer mixes two others' contributions on draws")


def never_a_deficit(study: Study) -> Property:
    """Say whether the mediator has to pay at some profile: weak budget balance, Σ t ≤ 0."""
    name, game, mechanism = "never-a-deficit", study.game, study.mechanism
    balance = study.audit["budget-balance"]
    if balance.holds:
        return Property(name, True, balance.claim, "transfers sum to zero at every profile")
    rows = np.vstack((study.contribution, _corners(study), _draws(study)))
    paid = mechanism(game, rows)
    sums = paid.sum(axis=1)
    small = rounding(np.abs(paid).sum(axis=1), np.abs(game.payoffs(rows)).sum(axis=1))
    k = int(np.argmax(sums - small))
    if sums[k] > small[k]:
        return Property(name, False, "checked", _simplest(study, rows[k], float(sums[k])))
    least = f"at least {-float(sums.max()):.6g} is kept" if sums.max() < 0 else "nothing is paid"
    return Property(name, True, "checked", f"{least} on {len(rows)} profiles, corners among them")


def _corners(study: Study) -> Array:
    """Return corners: all of few organizations, else those that a rule's leak points to."""
    box, size = study.game.spaces, len(study.game.players)
    if size <= CORNERS:
        up = (np.arange(1 << size)[:, None] >> np.arange(size)) & 1
    else:
        up = np.array([[False] * size, [True] * size])
        rule = study.mechanism.rule
        if isinstance(rule, SeparableRule):
            up = np.vstack((up, rule.leak > 0))
    return np.where(up, box.upper, box.lower)


def _draws(study: Study) -> Array:
    draws = DRAWS if len(study.game.players) <= 1000 else 2
    return study.game.spaces.sample(np.random.default_rng(0), draws)


def _simplest(study: Study, profile: Array, deficit: float) -> str:
    """Name a deficit where as few as possible contribute: a part of the largest one found."""
    game, x = study.game, profile.copy()
    amount = deficit
    for n in np.argsort(x, kind="stable"):
        trial = x.copy()
        trial[n] = game.spaces.lower[n]
        left = float(study.mechanism(game, trial).sum())
        if left >= CLEAR * deficit:
            x, amount = trial, left
    who = [f"{game.players[n]} contributes {x[n]:.6g}" for n in np.flatnonzero(x)]
    where = f"where only {', '.join(who[:4])}" if who else "where nobody contributes"
    more = f" and {len(who) - 4} more do" if len(who) > 4 else ""
    if len(who) == len(game.players):
        where = where.replace("only ", "")
    return f"the mediator pays {amount:.6g} {where}{more}"


def no_irreducible_deficit(study: Study, parts: SubCoalitions | Unknown, how: How) -> Property:
    """Compare payoffs with outside options, summed: what no zero-sum fee can bring is missing."""
    name, options = "no-irreducible-deficit", dict(study.outside)
    options["sub-coalition"] = parts if isinstance(parts, Unknown) else parts.option
    small = float(rounding(study.payoff_before, study.transfer).sum())
    told, failed = [], False
    for option, value in options.items():
        if isinstance(value, Unknown):
            told.append(f"{option}: not known")
            continue
        short = float(value.sum()) - study.welfare
        least = small + float(rounding(value).sum())
        failed |= short > least
        told.append(_shortfall(option, short, float(value.sum()) - study.planner.welfare, least))
    named = options[study.settings.measured_against]
    if isinstance(named, Unknown) and not failed:
        return Property(name, None, None, named.reason)
    return Property(name, not failed, how, "; ".join(told))


def _shortfall(option: str, short: float, at_best: float, small: float) -> str:
    if short <= small:
        return f"{option}: {max(-short, 0.0):.6g} to spare"
    best = f"{at_best:.6g} at the planner's optimum" if at_best > small else "none at the planner's"
    return f"{option}: {short:.6g} missing, whatever the fees ({best})"
