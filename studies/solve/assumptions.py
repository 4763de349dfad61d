"""What verdicts rest on that nobody stated, and that was not checked.

A verdict is about the model; an assumption is what must also be true for it to be one about the
organizations: that the curve holds where nobody measured, that nobody competes with those who
leave, that the equilibrium found is the one played, that a rule's code is what it seems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from coopetition.games.coopetition.gain import TabulatedGain
from coopetition.games.measured.round import MeasuredGame
from coopetition.mechanisms import AggregativeRule, Audit, PotentialRule, Property
from coopetition.output.numbers import number

if TYPE_CHECKING:
    from coopetition.oracles.gains.skill import Skill
    from coopetition.studies.solve.study import Study

CURVE = "gains are those of the curve that was fitted, also where nothing was measured"
GAINS = "gains are those that were fitted, also where nothing was measured"
SMALLER = "the gain curve also holds for the data of a few, or of one alone"
FIVE = "of one alone, no contribution is better than the best of the five that were measured"
APART = "nobody competes any more with who takes no part"
RIVALS = "who takes no part loses by what rivals gain, alone or among themselves, as inside"
OTHERS = "the others go on together, under the same rule made for them"
EQUALLY = "the members of a sub-coalition share equally what it has over autarky"
ITSELF = "each of two identities of one organization plays for itself"
FOUND = "the equilibrium that was found is the one played: others were not ruled out"
BEST = "of several equilibria the one with the most welfare is played"
SEARCHED = "no better change of one organization was missed: payoffs were searched as numbers only"
CLIMBED = "no profile has more welfare than the best that climbs from several starts found"
PROMISED = "the rule keeps its promised form also where that was not tried, on 32 changes"
CODE = "the rule's code neither remembers its calls nor asks for the type of its numbers"

OPTION = "individual-rationality-"
APARTS = (
    f"{OPTION}autarky", f"{OPTION}exit", f"{OPTION}sub-coalition", "core", "no-irreducible-deficit"
)  # fmt: skip
PLAYED = (
    *APARTS, "false-name-proof", "merger-proof", "joint-deviation-proof", "efficient",
    "free-for-the-mediator",
)  # fmt: skip
OPTIMUM = "optimum-is-equilibrium"
SOLVED = (*PLAYED, OPTIMUM, "price-of-anarchy-1", "equilibrium-unique")  # payoffs decide


def with_assumptions(study: "Study", audit: Audit) -> Audit:
    """Return the audit with what each decided verdict rests on; of what was trained, as trained.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> from coopetition.games.coopetition.round import CoopetitionRound
    >>> from coopetition.studies import run_study
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=[4000, 1000], value=1000, damage=0.1)
    >>> run_study(game).audit["individual-rationality-autarky"].assumptions
    ('the gain curve also holds for the data of a few, or of one alone',
     'nobody competes any more with who takes no part')
    """
    grounds = _grounds(study)
    curve = not isinstance(study.game, MeasuredGame)
    known = [as_known(one, study.skill, curve=curve) for one in audit.properties]
    found = Audit(tuple(replace(p, assumptions=_of(p, study, grounds)) for p in known))
    return study.verification.audited(found) if study.verification else found


def as_known(one: Property, skill: "Skill | None", *, curve: bool = True) -> Property:
    """Return a property as far as it is known where the curve that it rests on has some skill.

    What rests on fitted gains, one curve's or everybody's own, is never more than estimated.

    Examples
    --------
    >>> from coopetition.oracles.gains.skill import Skill
    >>> one = Property("core", True, "checked", "nobody would leave")
    >>> as_known(one, Skill(0.9, "")).claim, as_known(one, Skill(0.3, "")).claim
    ('estimated', 'estimated')
    >>> print(as_known(one, Skill(-0.1, "")).witness)
    the fitted curve predicts measured gains no better than a constant (skill -0.1)
    """
    if skill is None or one.name not in SOLVED or one.holds is None:
        return one
    if skill.nothing:
        why = "the fitted curve predicts measured gains no better than a constant"
        if not curve:
            why = "fitted gains predict measured ones no better than a constant"
        witness = f"{why} (skill {skill.value:.2g})"
        return replace(one, holds=None, claim=None, witness=witness)
    return replace(one, claim="estimated")


def assumption_lines(assumed: Mapping[str, Sequence[str]]) -> list[str]:
    """Say what rests on which assumptions: one line for what rests on the same ones.

    Examples
    --------
    >>> assumption_lines({"core": ["A", "B"], "efficient": ["B"], "merger": ["B"], "budget": []})
    ['core rests on the assumption that A; that B',
     'efficient and merger rest on the assumption that B']
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, those in assumed.items():
        if those:
            alike.setdefault(tuple(those), []).append(name)
    lines = []
    for those, (*most, last) in alike.items():
        who = f"{', '.join(most)} and {last} rest" if most else f"{last} rests"
        lines.append(f"{who} on the assumption that {'; that '.join(those)}")
    return lines


def _of(one: Property, study: "Study", grounds: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if one.holds is None:
        return ()
    said = [each for each, names in grounds.items() if one.name in names]
    if one.name == OPTIMUM and not one.holds:
        said = [each for each in said if each != SEARCHED]  # a change that gains was found
    proved = one.holds and one.claim == "proved" and one.name not in SOLVED
    return (*said, CODE) if study.settings.own is not None and proved else tuple(said)


def _grounds(study: "Study") -> Mapping[str, Sequence[str]]:
    """Return the properties that rest on each assumption made in this round."""
    game, rule, found = study.game, study.mechanism.rule, study.equilibrium
    hurt, rivals = bool(game.harm.any()), bool(game.rivalry.row_sums.any())
    own = isinstance(game, MeasuredGame)
    promised = isinstance(rule, AggregativeRule | PotentialRule)
    smaller = len(game.players) > 1 and not isinstance(game.gain, TabulatedGain)
    grounds: dict[str, Sequence[str]] = {}

    def rest(names: Sequence[str], each: str, needed: bool) -> None:
        if needed:
            grounds[each] = names

    rest(SOLVED, GAINS if own else CURVE, study.fitted)
    rest(APARTS, SMALLER, smaller and not study.fitted and not own)
    rest((f"{OPTION}autarky", f"{OPTION}exit"), FIVE, study.participation == "estimated")
    felt = hurt and game.counts == "gains"
    rest(APARTS, RIVALS if felt else APART, hurt or rivals)
    rest((f"{OPTION}exit",), OTHERS, rivals or felt)
    rest((f"{OPTION}sub-coalition",), EQUALLY, True)
    rest(("false-name-proof",), ITSELF, True)
    rest(PLAYED, BEST if found.unique is False else FOUND, found.unique is not True)
    rest(SOLVED, SEARCHED, not found.certificate.bounded)
    rest((*SOLVED, "potential-kept"), PROMISED, promised and study.settings.own is not None)
    more = f", though up to {number(study.planner.gap)} more may be possible"
    planner = f"the most welfare known is the planner's{more}"
    rest((OPTIMUM,), planner, not study.planner.success)
    rest((OPTIMUM, "efficient", "price-of-anarchy-1"), CLIMBED, study.planner.climbs > 0)
    return grounds
