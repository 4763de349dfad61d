"""The verdicts of the full audit, one function a property: from a solved study to a `Property`."""

from coopetition.games.certificate import How
from coopetition.games.gain import Array
from coopetition.mechanisms import Property
from coopetition.mechanisms.collateral import Collateral
from coopetition.studies.identities import Identities, Kind
from coopetition.studies.joint import JointDeviations
from coopetition.studies.shown import percent
from coopetition.studies.study import Study
from coopetition.studies.subcoalitions import SubCoalitions

CLOSE = 1e-6  # relative to payoffs: what two solved equilibria may differ by


def unique(study: Study) -> Property:
    """Say whether the equilibrium is the only one."""
    name, found = "equilibrium-unique", study.equilibrium
    if found.unique is None:
        return Property(name, None, None, f"theory says nothing here; {found.reason}".rstrip("; "))
    if not found.unique:
        return Property(name, False, "checked", found.continuum or found.reason)
    if found.solver == "solve_aggregate":
        return Property(name, True, "proved", "the best replies to the total have one fixed point")
    return Property(name, True, "checked", found.reason)


def option(study: Study, parts: SubCoalitions | str) -> Property:
    """Compare payoffs with the best sub-coalition of each."""
    name = "individual-rationality-sub-coalition"
    if isinstance(parts, str):
        return Property(name, None, None, parts)
    slack = study.payoff - parts.option
    n = int(slack.argmin())
    who, where = parts.players[n], parts.named(parts.partners[n])
    if slack[n] >= -unit_of(study):
        return Property(name, True, "checked", f"{who} gains least over its best, {slack[n]:.6g}")
    return Property(name, False, "checked", f"{who} would get {-slack[n]:.6g} more among: {where}")


def core(study: Study, parts: SubCoalitions | str) -> Property:
    """Look for a sub-coalition that would leave."""
    if isinstance(parts, str):
        return Property("core", None, None, parts)
    found = parts.core(study.payoff)
    where = parts.named(found.coalition)
    if found.inside:
        return Property("core", True, "checked", found.note)
    has, alone = study.payoff.sum(), parts.values[-1]
    if found.excess <= unit_of(study):
        return Property(
            "core", False, "checked", f"all together get {has - alone:.6g} more than there is"
        )
    return Property("core", False, "checked", f"{found.excess:.6g} more among: {where}")


def identity(study: Study, names: Identities | str, kind: Kind, how: How) -> Property:
    """Look for a split, or a merger, that pays under the rule."""
    name = {"split": "false-name-proof", "merge": "merger-proof"}[kind]
    if isinstance(names, str):
        return Property(name, None, None, names)
    worst = names.worst(kind)
    unsolved = [text for text in names.unsolved if text.startswith(kind)]
    if worst is not None and worst.change > unit_of(study):
        return Property(name, False, how, str(worst))
    if unsolved:
        return Property(name, None, None, unsolved[0])
    if worst is None:
        return Property(name, True, how, "there is nobody to merge with")
    return Property(name, True, how, f"at most {worst}")


def together(study: Study, joint: JointDeviations | str, how: How) -> Property:
    """Say whether a coalition was found that gains by contributing otherwise together."""
    name = "joint-deviation-proof"
    if isinstance(joint, str):
        return Property(name, None, None, joint)
    if joint.found is None:
        return Property(name, True, how, "there is nobody to deviate with")
    sizes = "2" if joint.largest == 2 else f"2 to {joint.largest}"
    count = f"checked on {joint.tried} coalition{'s' * (joint.tried > 1)} of {sizes}"
    if joint.found.gain > unit_of(study):
        return Property(name, False, how, f"{joint.found}; {count}")
    return Property(name, True, how, f"no gain found; {count}")


def bounded(most: Collateral | str) -> Property:
    """Say what each may have to pay; bounded only where that is known exactly."""
    if isinstance(most, str):
        return Property("collateral-bounded", None, None, most)
    holds = True if most.how == "proved" else None  # a search gives a lower bound only
    return Property("collateral-bounded", holds, most.how, str(most))


def efficient(study: Study, how: How) -> Property:
    """Compare welfare with the planner's."""
    known = "" if study.planner.success else f" ({study.planner.known})"
    witness = f"welfare {study.welfare:.6g}, the planner's {study.planner.welfare:.6g}{known}"
    if study.efficiency is not None:
        witness = f"{percent(study.efficiency, 4)} %: {witness}"
    return Property("efficient", _attained(study, study.welfare), how, witness)


def anarchy(study: Study, how: How) -> Property:
    """Judge planner's welfare over the worst equilibrium's; the class: this one round."""
    name, best = "price-of-anarchy-1", study.planner.welfare
    if not (best > 0 and study.welfare > 0):
        return Property(name, None, None, "no ratio: a welfare is not positive")
    free = float(study.free.payoffs.sum())
    listed = study.equilibrium.listed
    known = listed is not None and not any(one.continuum for one in listed)
    worst = min(one.welfare for one in listed) if listed and known else study.welfare
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
    if abs(paid) <= 1e-9 * _scale(study):
        witness = "the mediator pays and keeps nothing at the equilibrium"
    return Property("free-for-the-mediator", paid <= 1e-9 * _scale(study), how, witness)


def _attained(study: Study, welfare: float) -> bool | None:
    """Whether a welfare is the planner's; None where the planner's gap leaves that open."""
    missing = study.planner.welfare - welfare
    if missing > unit_of(study):
        return False
    open_ = not study.planner.success and missing + study.planner.gap > unit_of(study)
    return None if open_ else True


def _scale(study: Study) -> float:
    scale: Array = abs(study.payoff_before) + abs(study.transfer) + abs(study.fee)
    return float(scale.sum())


def unit_of(study: Study) -> float:
    """Return what differences between two solved rounds may be by rounding, money."""
    return CLOSE * max(_scale(study) / len(study.game.players), 1e-300)
