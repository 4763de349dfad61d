"""The full audit of a mechanism in a round: one table of properties, each with its witness.

The audit of budget, participation, potential and optimum at the equilibrium, and beside it what
needs other rounds solved: sub-coalitions, identities, the collateral, the planner's welfare.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from coopetition.games.base import Game
from coopetition.games.certificate import How
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import FEES, Audit, Property, TransferRule
from coopetition.mechanisms.audit.audit import VERDICTS
from coopetition.mechanisms.audit.collateral import Collateral, collateral
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers import Optimum
from coopetition.studies.audit import deficits, verdicts
from coopetition.studies.audit.identities import Identities, identities
from coopetition.studies.audit.joint_deviations import JointDeviations, joint_deviations
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.outside.outside import Autarky, RuleMaker
from coopetition.studies.outside.subcoalitions import SubCoalitions, Worth, known_subcoalitions
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import newcomers_rule, rule_maker, settings_of
from coopetition.studies.solve.assumptions import with_assumptions
from coopetition.studies.solve.study import Study, run_study

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill
    from coopetition.studies.verification.verification import Verification


def audit(
    game: Game,
    rule: TransferRule | RuleMaker | str,
    *,
    fees: str = "none",
    outside_option: str = "autarky",
    power: str | Sequence[float] = "equal",
) -> Audit:
    """Audit a rule on a round: budget, participation, potential, planner's optimum.

    Parameters
    ----------
    rule
        Made for the round, the name of one of the catalogue, or a custom one: a function
        `rule(game, profile)`, or `make(game)` that returns one.
    fees : name of a fee rule
    outside_option : "autarky", "exit" or "sub-coalition"
        What the fees are measured against; the first two are audited, the third if it is named
        or the fees need its values.
    power : "equal", "value", "data" or one number each
        How nash and almost-ideal fees share a surplus.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame`.
    InvalidInputError
        If fees are asked whose outside option is not known, or that cannot be agreed on.
    NotConvergedError
        If the rule induces no certified equilibrium.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.mechanisms import redistribution
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=[4000, 1000], value=1000, damage=[[0, 0.1], [0.05, 0]])
    >>> published = redistribution(game, rate=0.2, balanced=False)
    >>> audit(game, published)["budget-balance"].witness[:49]
    'transfers sum to 30 at the equilibrium, and to be'
    """
    if not isinstance(game, TrainingRound):
        raise UnsupportedGameError(
            f"audit() needs a CoopetitionRound or MeasuredGame, got {type(game).__name__}: use "
            "audit_mechanism()"
        )
    for name, value, known in (
        ("fees", fees, FEES),
        ("outside_option", outside_option, OUTSIDE_OPTIONS),
    ):
        if value not in known:
            raise InvalidInputError(f"`{name}` must be one of {', '.join(known)}, got {value!r}")
    shared = power if isinstance(power, str) else tuple(power)
    settings = replace(
        settings_of(game, rule), fees=fees, outside_option=outside_option, power=shared
    )
    study = run_study(game, settings)
    study.equilibrium.raise_if_failed()
    return study.audit


MORE = (
    "pairwise-zero-sum",
    "never-a-deficit",
    "no-irreducible-deficit",
    "equilibrium-unique",
    "individual-rationality-sub-coalition",
    "core",
    "false-name-proof",
    "merger-proof",
    "joint-deviation-proof",
    "collateral-bounded",
    "efficient",
    "price-of-anarchy-1",
    "free-for-the-mediator",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FullAudit(Result):
    """The properties, and what they rest on; `Unknown` where that could not be found."""

    study: Study
    audit: Audit
    parts: SubCoalitions | Unknown
    names: Identities | Unknown
    most: Collateral | Unknown
    joint: JointDeviations | Unknown

    def __getitem__(self, name: str) -> Property:
        """Return a property by name."""
        return self.audit[name]

    def tables(self) -> tuple[Table]:
        """Return one row per property, as the audit does."""
        table, rule = self.audit.tables()[0], self.study.settings.rule
        return (replace(table, title=f"Audit of the rule {rule}", labels={"rule": rule}),)

    def to_dict(self) -> dict[str, Any]:
        """Return the audit's JSON form."""
        study = self.study
        found = {
            "subcoalitions": self.parts,
            "identities": self.names,
            "collateral": self.most,
            "joint_deviations": self.joint,
        }
        return {
            "organizations": list(study.game.players),
            "mechanism": study.settings.to_dict(),
            "contribution": study.contribution.tolist(),
            "payoff": study.payoff.tolist(),
            "welfare": study.welfare,
            "planner": {"welfare": study.planner.welfare},
            "efficiency": study.efficiency,
            "attainable_share": study.attainable_share,
            "deficit": study.deficit,
            "properties": {
                name: {"verdict": VERDICTS[self[name].holds], **said}
                for name, said in self.audit.to_dict().items()
            },
            **{k: None if isinstance(v, Unknown) else dict(v.to_dict()) for k, v in found.items()},
        }


NO_IDENTITIES = "what an organization would gain as two, or two as one, was not measured"


def full_audit(
    game: TrainingRound,
    settings: MechanismSettings | TransferRule | RuleMaker | str | None = None,
    *,
    alone: Autarky | Unknown | None = None,
    worth: Worth = "equilibrium",
    progress: Progress = silent,
    skill: "Skill | None" = None,
    planner: Optimum | None = None,
    verify: "Callable[[Study, Progress], Verification | None] | None" = None,
) -> FullAudit:
    """Audit a mechanism in a round.

    Parameters
    ----------
    settings : MechanismSettings, rule or name, optional
        As in `run_study`: also a custom rule, for which nothing else need be written.
    alone : Autarky or Unknown, optional
        As in `run_study`; if given, gains were measured, and those of sub-coalitions were not.
    worth : "equilibrium" or "optimum"
        What a sub-coalition has: its equilibrium's welfare, or its planner's.
    skill : Skill, optional
        As in `run_study`: what the curve explains of measured gains.
    planner : Optimum, optional
        As in `run_study`.
    verify : function, optional
        Trains what a solved study claims, as `Measured.verify` does; verdicts are then of that.

    Raises
    ------
    InvalidInputError
        If the rule or its fees do not fit the round, or `worth` is none of the two.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0], damage=0.08,
    ...     max_contribution=4000.0, value=[1000.0, 800.0, 1200.0], unit_cost=0.001,
    ...     quadratic_cost=2e-6)
    >>> found = full_audit(game, MechanismSettings(rule="bilateral-prices"))
    >>> found["efficient"].holds, found["core"].holds, found["collateral-bounded"].claim
    (True, True, 'proved')

    A custom rule is a function:

    >>> def by_effort(game, x):
    ...     return 0.01 * (x - x.mean(axis=-1, keepdims=True))
    >>> found = full_audit(game, by_effort)
    >>> found["budget-balance"].claim, found["core"].holds, found["false-name-proof"].holds
    ('proved', True, True)
    """
    if worth not in get_args(Worth):
        raise InvalidInputError(f"`worth` must be equilibrium or optimum, got {worth!r:.60}")
    study = run_study(game, settings, alone=alone, skill=skill, planner=planner)
    if verify:
        study = replace(study, verification=verify(study, progress))
    if not study.equilibrium.success:
        why = Unknown("no equilibrium was found")
        more = [Property(name, None, None, why.reason) for name in MORE]
        audit = Audit((*study.audit.properties, *more))
        return FullAudit(study=study, audit=audit, parts=why, names=why, most=why, joint=why)
    parts = study.parts if worth == "equilibrium" else None
    if parts is None:
        maker = rule_maker(game, study.settings)
        parts = known_subcoalitions(game, maker, alone, worth=worth, progress=progress)
    names = _names(study, progress)
    most = _most(study)
    how: How = "checked" if alone is None else "estimated"
    units = verdicts.units_of(study)
    joint = joint_deviations(study.induced, study.contribution, unit=units, progress=progress)
    more = [
        deficits.pairwise_zero_sum(study),
        deficits.never_a_deficit(study),
        deficits.no_irreducible_deficit(study, parts, study.participation),
        verdicts.unique(study),
        verdicts.option(study, parts),
        verdicts.core(study, parts),
        verdicts.identity(study, names, "split", how),
        verdicts.identity(study, names, "merge", how),
        verdicts.together(study, joint, how),
        verdicts.bounded(most),
        verdicts.efficient(study, how),
        verdicts.anarchy(study, how),
        verdicts.free(study, how),
    ]
    first = [p for p in study.audit.properties if p.name not in MORE]
    audit = with_assumptions(study, Audit((*first, *more)))
    return FullAudit(study=study, audit=audit, parts=parts, names=names, most=most, joint=joint)


def _names(study: Study, progress: Progress) -> Identities | Unknown:
    if isinstance(study.game, MeasuredGame):
        return Unknown(NO_IDENTITIES)
    try:
        return identities(study.game, newcomers_rule(study.settings), progress=progress)
    except InvalidInputError as error:
        return Unknown(str(error))


def _most(study: Study) -> Collateral | Unknown:
    try:
        return collateral(study.game, study.mechanism.rule, fees=study.fee)
    except InvalidInputError as error:
        return Unknown(str(error))
