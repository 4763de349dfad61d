"""The full audit's verdicts, one function per property: from a solved study to a `Property`."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.certificate import How
from coopetition.games.tolerance import rounding
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import Property
from coopetition.mechanisms.audit.collateral import Collateral
from coopetition.output.numbers import percent, percents
from coopetition.studies.audit.identities import Identities, Kind
from coopetition.studies.audit.joint_deviations import JointDeviations
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.solve.study import Study

CLOSE = 1e-6  # of what contributions move: by how much two solved equilibria may differ


def unique(study: Study) -> Property:
    """Say whether the equilibrium is the only one."""
    name, found = "equilibrium-unique", study.equilibrium
    if found.unique is None and len(found.listed or ()) > 1:
        return Property(name, False, "checked", f"{len(found.listed or ())} were found")
    if found.unique is None:
        return Property(name, None, None, f"theory says nothing here; {found.reason}".rstrip("; "))
    if not found.unique:
        return Property(name, False, "checked", found.continuum or found.reason)
    if found.solver == "solve_aggregate":
        return Property(name, True, "proved", "the best replies to the total have one fixed point")
    return Property(name, True, "checked", found.reason)


def option(study: Study, parts: SubCoalitions | Unknown) -> Property:
    """Compare payoffs with the best sub-coalition of each."""
    name = "individual-rationality-sub-coalition"
    if isinstance(parts, Unknown):
        return Property(name, None, None, parts.reason)
    slack, loses = study.payoff - parts.option, study.payoff - parts.option < -units_of(study)
    n = int(np.where(loses, slack, np.inf).argmin() if loses.any() else slack.argmin())
    who, where = parts.players[n], parts.named(parts.partners[n])
    if not loses.any():
        return Property(name, True, "checked", f"{who} gains least over its best, {slack[n]:.6g}")
    return Property(name, False, "checked", f"{who} would get {-slack[n]:.6g} more among: {where}")


def core(study: Study, parts: SubCoalitions | Unknown) -> Property:
    """Look for a sub-coalition that would leave."""
    if isinstance(parts, Unknown):
        return Property("core", None, None, parts.reason)
    found = parts.core(study.payoff)
    where = parts.named(found.coalition)
    if found.inside:
        return Property("core", True, "checked", found.note)
    has, alone = study.payoff.sum(), parts.values[-1]
    if found.excess <= units_of(study)[list(found.coalition)].sum():
        return Property(
            "core", False, "checked", f"all together get {has - alone:.6g} more than there is"
        )
    return Property("core", False, "checked", f"{found.excess:.6g} more among: {where}")


def identity(study: Study, names: Identities | Unknown, kind: Kind, how: How) -> Property:
    """Look for a split, or a merger, that pays under the rule."""
    name = {"split": "false-name-proof", "merge": "merger-proof"}[kind]
    if isinstance(names, Unknown):
        return Property(name, None, None, names.reason)
    places = {name: n for n, name in enumerate(study.game.players)}
    units = units_of(study)
    pays = [
        case
        for case in names.cases
        if case.kind == kind
        and case.change > units[[places[who] for who in case.organizations]].sum()
    ]
    worst = max(pays, key=lambda case: case.change) if pays else names.worst(kind)
    unsolved = [text for text in names.unsolved if text.startswith(kind)]
    if pays:
        return Property(name, False, how, str(worst))
    if unsolved:
        return Property(name, None, None, unsolved[0])
    if worst is None:
        return Property(name, True, how, "there is nobody to merge with")
    return Property(name, True, how, f"at most {worst}")


def together(study: Study, joint: JointDeviations | Unknown, how: How) -> Property:
    """Say whether a coalition was found that gains by changing its contributions together."""
    name = "joint-deviation-proof"
    if isinstance(joint, Unknown):
        return Property(name, None, None, joint.reason)
    if joint.found is None:
        return Property(name, True, how, "there is nobody to deviate with")
    sizes = "2" if joint.largest == 2 else f"2 to {joint.largest}"
    count = f"checked on {joint.tried} coalition{'s' * (joint.tried > 1)} of {sizes}"
    places = [study.game.players.index(name) for name in joint.found.members]
    if joint.found.gain > units_of(study)[places].sum():
        return Property(name, False, how, f"{joint.found}; {count}")
    return Property(name, True, how, f"no gain found; {count}")


def bounded(most: Collateral | Unknown) -> Property:
    """Say what each may have to pay; bounded only where that is known exactly."""
    if isinstance(most, Unknown):
        return Property("collateral-bounded", None, None, most.reason)
    holds = True if most.how == "proved" else None  # a search gives a lower bound only
    return Property("collateral-bounded", holds, most.how, str(most))


def efficient(study: Study, how: How) -> Property:
    """Compare welfare with the planner's."""
    known = "" if study.planner.success else f" ({study.planner.known})"
    whose = f"{study.planner.named}," if study.planner.climbs else "the planner's"
    witness = f"welfare {study.welfare:.6g}, {whose} {study.planner.welfare:.6g}{known}"
    if study.efficiency is not None:
        witness = f"{percent(study.efficiency, 4)} %: {witness}"
    attained = study.planner.attainable_range(study.welfare)
    if attained is not None:
        gain = "its gain over nobody" if study.planner.climbs else "the attainable gain"
        witness += f"; {percents(*attained, 4)} % of {gain}"
    return Property("efficient", _attained(study, study.welfare), how, witness)


def anarchy(study: Study, how: How) -> Property:
    """Judge planner's welfare over the worst equilibrium's; the class: this one round."""
    name, best = "price-of-anarchy-1", study.planner.welfare
    if not (best > 0 and study.welfare > 0):
        return Property(name, None, None, "no ratio: a welfare is not positive")
    listed = study.equilibrium.listed
    apart = listed is not None and not any(one.continuum for one in listed)
    known = apart and study.equilibrium.unique is not None  # else those are only what was found
    worst = min(one.welfare for one in listed) if listed and apart else study.welfare
    if worst <= 0:
        return Property(name, False, how, f"no ratio: an equilibrium has the welfare {worst:.6g}")
    free = float(study.free.payoffs.sum())
    said = f"{best / worst:.6g} in this round under the rule"
    if listed and len(listed) > 1 and known:
        said += f", the worst of {len(listed)} equilibria"
    said += f", {best / free:.6g} without one" if free > 0 and study.free.success else ""
    if not known:
        said += "; other equilibria may be worse: a lower bound"
    if not study.planner.success:
        said += f"; the planner: {study.planner.known}"
    attained = _attained(study, worst)
    return Property(name, attained if attained is False or known else None, how, said)


def free(study: Study, how: How) -> Property:
    """Say what the mediator pays or keeps at the equilibrium."""
    paid = study.deficit
    done = "pays" if paid > 0 else "keeps"
    witness = f"the mediator {done} {abs(paid):.6g} at the equilibrium"
    small = float(rounding(study.payoff_before, study.transfer, study.fee).sum())
    if abs(paid) <= small:
        witness = "the mediator pays and keeps nothing at the equilibrium"
    return Property("free-for-the-mediator", paid <= small, how, witness)


def _attained(study: Study, welfare: float) -> bool | None:
    """Whether a welfare is the planner's; None where the planner's gap leaves that open."""
    missing, small = study.planner.welfare - welfare, float(units_of(study).sum())
    if missing > small:
        return False
    open_ = not study.planner.success and missing + study.planner.gap > small
    return None if open_ else True


def units_of(study: Study) -> Array:
    """Return by how much each payoff may differ between two solved rounds, shape (N,), money.

    A share of what contributions move of it, its own and the others', and of its transfer: not of
    fixed costs, nor of what others have.
    """
    game, x = study.game, study.contribution
    moved = game.reach(x) + np.abs(study.transfer)
    for here, without in zip(game.payoff_terms(x), game.payoff_terms(0.0 * x), strict=True):
        moved += np.abs(np.where(np.isfinite(without), here - without, here))
    return CLOSE * moved + rounding(study.payoff_before, study.transfer, study.fee)
