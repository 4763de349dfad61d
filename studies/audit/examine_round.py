"""Every property of every rule on one round, judged with clear margins."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.certificate import certify, worst_of
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms import Mechanism, TransferRule, audit_mechanism, redistribute
from coopetition.mechanisms.audit.collateral import collateral
from coopetition.solvers import Equilibrium, Optimum, solve, solve_planner
from coopetition.solvers.equilibrium import finish
from coopetition.studies.audit.identities import Kind, identities
from coopetition.studies.audit.second_differences import Finding, judged, pairwise, some_potential
from coopetition.studies.outside.outside import Autarky, autarky
from coopetition.studies.outside.subcoalitions import subcoalitions
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import make_rule, newcomers_rule

LOOKED_AT = (  # from "core" on up to `SMALL` organizations
    "budget-balance",
    "pairwise-zero-sum",
    "potential-kept",
    "some-potential",
    "optimum-is-equilibrium",
    "equilibrium-unique",
    "individual-rationality-autarky",
    "core",
    "false-name-proof",
    "merger-proof",
    "collateral-bounded",
)
SMALL = 3  # organizations: where sub-coalitions and identities are solved


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    game: CoopetitionRound
    settings: MechanismSettings
    rule: TransferRule
    induced: Game
    planner: Optimum
    alone: Autarky
    found: Equilibrium


def examine(
    game: CoopetitionRound, rules: Mapping[str, MechanismSettings]
) -> Mapping[str, Mapping[str, Finding]]:
    """Return {rule: {property: finding}}; a rule that is not for such a round finds nothing."""
    planner = solve_planner(game, start=solve(game).profile)
    alone = autarky(game)
    answers: dict[str, Mapping[str, Finding]] = {}
    for name, settings in rules.items():
        try:
            rule = make_rule(game, settings, planner.profile)
        except InvalidInputError:  # too few organizations, or no potential where one is needed
            answers[name] = {}
            continue
        induced = redistribute(game, rule)
        found = _equilibrium(induced, planner)
        answers[name] = _findings(_Case(game, settings, rule, induced, planner, alone, found))
    return answers


def _equilibrium(induced: Game, planner: Optimum) -> Equilibrium:
    """Return x° where it is certified and nothing says whether there are others: it is quicker."""
    if not isinstance(induced, AggregativeGame):
        best = finish(induced, planner.profile, solver="solve_planner", iterations=0, tol=None)
        if best.success:
            return best
    return solve(induced)


def _findings(case: _Case) -> dict[str, Finding]:
    answers = _transfers(case)
    if case.planner.success:
        answers["optimum-is-equilibrium"] = _optimum(case)
    if not case.found.success:
        return answers
    answers["equilibrium-unique"] = _unique(case.found)
    slack, money = case.found.payoffs - case.alone.payoff, _money(case)
    n = int(np.argmin(slack / money))
    who = case.game.players[n]
    answers["individual-rationality-autarky"] = judged(
        -float(slack[n]), float(money[n]), f"{who} loses {-slack[n]:.6g}"
    )
    if len(case.game.players) <= SMALL:
        answers |= _small(case)
    return answers


def _money(case: _Case) -> Array:
    """Return the unit of each payoff: what is earned and moved."""
    moved = np.abs(case.rule(case.game, case.found.profile))
    return np.abs(case.game.payoffs(case.found.profile)) + moved + 1e-300


def _transfers(case: _Case) -> dict[str, Finding]:
    """Judge what the transfers are like at all profiles."""
    game, rule = case.game, case.rule
    answers = {"some-potential": some_potential(game, case.induced)}
    audit = audit_mechanism(
        game,
        Mechanism(rule, np.zeros(len(game.players))),
        profile=case.found.profile,
        target=None,
        outside={},
    )
    for name in ("budget-balance", "potential-kept"):
        said = audit[name]
        answers[name] = Finding(said.holds, said.witness, said.claim == "proved")
    if not game.has_potential:
        del answers["potential-kept"]
    answers["pairwise-zero-sum"] = answers["budget-balance"]
    if answers["pairwise-zero-sum"].holds:
        answers["pairwise-zero-sum"] = pairwise(game, rule)
    return answers


def _optimum(case: _Case) -> Finding:
    certificate = certify(case.induced, case.planner.profile)
    n = worst_of(certificate.regret, certificate.tolerance)
    unit = float(case.induced.reach(case.planner.profile)[n])
    return judged(float(certificate.regret[n]), unit, str(certificate.deviation))


def _unique(found: Equilibrium) -> Finding:
    proved = found.unique is True and found.solver == "solve_aggregate"
    return Finding(found.unique, found.continuum or found.reason, proved)


def _small(case: _Case) -> dict[str, Finding]:
    """Judge what needs other rounds solved."""
    maker, money = newcomers_rule(case.settings), _money(case)
    answers = {}
    try:
        parts = subcoalitions(case.game, maker)
        check = parts.core(case.found.payoffs)
        over = float(case.found.payoffs.sum() - parts.values[-1])
        those = money[list(check.coalition)].sum() if check.excess >= over else money.sum()
        said = f"{check.excess:.6g} more among {parts.named(check.coalition)}"
        if over > check.excess:
            said = f"all together get {over:.6g} more than there is"
        answers["core"] = judged(max(check.excess, over), float(those), said)
    except InvalidInputError as error:
        answers["core"] = Finding(None, str(error))
    try:
        names = identities(case.game, maker)
        kinds: tuple[tuple[str, Kind], ...] = (
            ("false-name-proof", "split"),
            ("merger-proof", "merge"),
        )
        for name, kind in kinds:
            worst = names.worst(kind)
            unsolved = [said for said in names.unsolved if said.startswith(kind)]
            answers[name] = Finding(None, "; ".join(unsolved))
            if worst is not None:
                who = [case.game.players.index(name) for name in worst.organizations]
                verdict = judged(worst.change, float(money[who].sum()), str(worst))
                if not (unsolved and verdict.holds):
                    answers[name] = verdict
    except (InvalidInputError, NotConvergedError) as error:
        answers |= {k: Finding(None, str(error)) for k in ("false-name-proof", "merger-proof")}
    most = collateral(case.game, case.rule)
    exact = most.how == "proved"
    answers["collateral-bounded"] = Finding(True if exact else None, str(most), exact)
    return answers
