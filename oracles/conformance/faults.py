"""What each check of the conformance kit looks for in the answers of an oracle.

Every check is a function from the evidence to a verdict and one sentence; it asks nothing itself.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Literal

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.conformance.effects import Effects, effects_of, listed
from coopetition.oracles.gains.fit import fit_gain
from coopetition.oracles.gains.measure import Measurements
from coopetition.oracles.gains.shape_report import shape_report, submodular_pairs
from coopetition.oracles.gains.skill import skill_of
from coopetition.oracles.protocol.oracle import fault
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query, is_finite
from coopetition.oracles.surrogates.common_curve import common_curve_skill

CheckVerdict = Literal["pass", "warn", "fail", "skip"]
Outcome = tuple[CheckVerdict, str]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found: its name, its verdict, and one sentence."""

    name: str
    verdict: CheckVerdict
    detail: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `evaluate`; no replies if they are of no use, and then why."""

    queries: list[Query]
    replies: list[Evaluation]
    seconds: float
    raised: str = ""
    misshapen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an oracle was asked, by purpose; the first of the rows is nobody contributing.

    `nobody` is the empty coalition, which the toolkit answers itself and never asks.
    """

    spec: OracleSpec
    again: OracleSpec
    rows: Array
    seeds: tuple[int, ...]
    promised: float | None
    study: tuple[int, int] | None
    local_data: Array | None
    zero: list[Call]
    grid: list[Call]
    twice: list[Call]
    turned: list[Call]
    single: list[Call]
    alone: list[Call]
    nobody: list[Call]

    @property
    def calls(self) -> list[Call]:
        """All calls that the toolkit would make too."""
        return self.zero + self.grid + self.twice + self.turned + self.single + self.alone


def replied(calls: list[Call]) -> Iterator[tuple[Query, Evaluation]]:
    """Yield every query that got a reply, with it."""
    for call in calls:
        yield from zip(call.queries, call.replies, strict=False)


def shared(answer: Evaluation) -> Any:
    """Return the common gain, or the mean of the own ones where there is none."""
    if answer.gain is not None or not answer.gains:
        return answer.gain
    own = [gain for gain in answer.gains if gain is not None and is_finite(gain)]
    return float(np.mean(own)) if own else None


def where(query: Query) -> str:
    """Say which query is meant."""
    group = "" if query.coalition is None else f", coalition {query.coalition}"
    return f"at {query.contribution}{group}, seed {query.seed}"


_PROVIDED = frozenset({"gain", "gains", "coalition", "round", "state"})
_SLOWER = 5  # times the promised seconds: the promise is rough


def _spec(e: Evidence) -> Outcome:
    faults = []
    if e.again != e.spec:
        faults.append("`spec` does not return the same twice")
    if not e.spec.fingerprint:
        faults.append("`fingerprint` is empty, so that records of other backends would pass as its")
    if not all(e.spec.organizations):
        faults.append("an organization has no name")
    if not {"gain", "gains"} & e.spec.provides or e.spec.provides - _PROVIDED:
        faults.append(
            "`provides` must have gain, or gains of everybody's own, and nothing unknown, "
            f"got {set(e.spec.provides)}"
        )
    if not is_finite(e.spec.baseline):
        faults.append(f"`baseline` must be finite, got {e.spec.baseline}")
    if e.spec.lower == e.spec.upper:
        faults.append("the bounds leave no contribution to choose")
    if faults:
        return "fail", "; ".join(faults)
    return "pass", f"{len(e.spec.organizations)} organizations, {e.spec.metric}, per {e.spec.unit}"


def _length(e: Evidence) -> Outcome:
    wrong = [call.misshapen for call in e.calls if call.misshapen]
    if wrong:
        return "fail", f"{len(wrong)} of {len(e.calls)} calls, as {wrong[0]}"
    return "pass", "one Evaluation per query"


def _failures(e: Evidence) -> Outcome:
    raised = [call.raised for call in e.calls if call.raised]
    if raised:
        return "fail", f"{len(raised)} of {len(e.calls)} calls raised, as {raised[0]}"
    failed = [(q, a) for q, a in replied(e.calls) if a.status == "failed"]
    for query, answer in failed:
        if answer.gain is not None:
            return "fail", f"a failure came with the gain {answer.gain} {where(query)}"
    for query, answer in failed:
        if not answer.error:
            return "warn", f"a failure came without its reason {where(query)}"
    return "pass", f"no call raised; {len(failed)} failures came as values"


def _values(calls: list[Call], names: tuple[str, ...]) -> Outcome:
    answers = list(replied(calls))
    waiting = [query for query, answer in answers if answer.status == "pending"]
    for query, answer in answers:
        if answer.status == "failed":
            return "fail", f"failed {where(query)}: {answer.error}"
        if query in waiting:
            continue
        if wrong := fault(replace(answer, standard_error=None), names):  # of that another says
            return "fail", f"{wrong} {where(query)}"
    if waiting:
        return "warn", f"{len(waiting)} of {len(answers)} pending, as {where(waiting[0])}"
    return ("pass", f"{len(answers)} answers are finite") if answers else ("skip", "no answers")


def _all_finite(e: Evidence) -> Outcome:
    for query, answer in replied(e.grid):
        if "gain" in e.spec.provides and answer.status == "ok" and answer.gain is None:
            return "fail", f"a gain is promised, but not told {where(query)}"
    return _values(e.grid, e.spec.organizations)


def _zero(e: Evidence) -> Outcome:
    verdict, text = _values(e.zero, e.spec.organizations)
    if verdict != "pass":
        return verdict, f"least contributions: {text}"
    gain = np.mean([shared(answer) for _, answer in replied(e.zero)])
    return "pass", f"least contributions gain {gain:.4g} over the baseline {e.spec.baseline:.4g}"


def _repeats(e: Evidence) -> tuple[int, float]:
    """Return how many gains were asked twice, and the largest difference; NaN equals itself."""
    if len(e.twice) < 2 or not all(call.replies for call in e.twice):
        return 0, 0.0
    both = zip(e.twice[0].replies, e.twice[1].replies, strict=True)
    off = [_apart(_numbers(a), _numbers(b)) for a, b in both]
    return len(off), max(off)


def _numbers(answer: Evaluation) -> tuple[Any, ...]:
    """Return the common gain and, where they are told, the own ones."""
    common = () if answer.gain is None and answer.gains else (answer.gain,)
    return *common, *(() if answer.gains is None else answer.gains)


def _apart(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    if repr(one) == repr(other):
        return 0.0
    if len(one) != len(other) or not all(map(is_finite, one + other)):
        return math.inf
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _determinism(e: Evidence) -> Outcome:
    count, off = _repeats(e)
    if not count:
        return "skip", "no queries were answered twice"
    if not e.spec.deterministic:
        return "pass", f"not promised; {count} repeated queries differ by up to {off:.3g}"
    if off:
        return "fail", f"the same query with the same seed gave gains {off:.3g} apart"
    return "pass", f"{count} repeated queries gave the same bits"


def _order(e: Evidence) -> Outcome:
    if not e.turned:
        return "skip", "the oracle takes one query at a time"
    count, off = _repeats(e)
    if not count or off or not all(call.replies for call in e.turned):
        return "skip", "cannot be told without answers that repeat"
    known = {query: repr(_numbers(answer)) for query, answer in replied(e.twice)}
    for text, call in zip(("in another order", "alone"), e.turned, strict=True):
        for query, answer in replied([call]):
            if repr(_numbers(answer)) != known[query]:
                return "fail", f"asked {text} the gains are {_numbers(answer)}, not {known[query]}"
    return "pass", "the same gains in another order, and one at a time"


def _seeds(e: Evidence) -> Outcome:
    gains: dict[Any, list[str]] = {}
    for query, answer in replied(e.grid):
        gains.setdefault(query.contribution, []).append(repr(_numbers(answer)))
    several = [values for values in gains.values() if len(values) > 1]
    if not several:
        return "skip", "no profile was answered with two seeds"
    differ = sum(len(set(values)) > 1 for values in several)
    if not differ:
        return "warn", "no seed changed any gain: standard errors over seeds are 0 and say nothing"
    return "pass", f"seeds changed the gain of {differ} of {len(several)} profiles"


def _coalitions(e: Evidence) -> Outcome:
    answers = list(replied(e.single))
    if not answers:
        return "skip", "coalitions are not provided, or not answered"
    outcome = _values(e.single + e.alone, e.spec.organizations)
    if outcome[0] != "pass":
        return outcome
    known = {query: shared(answer) for query, answer in answers}
    everybody = {query.contribution: gain for query, gain in known.items() if not query.coalition}
    alone = [(q.contribution, gain) for q, gain in known.items() if q.coalition]
    if all(everybody.get(x) == gain for x, gain in alone):
        return "warn", "who takes part changed no gain: the coalition seems to be ignored"
    return "pass", f"{len(alone)} organizations gain differently alone than among idle others"


def _nobody(e: Evidence) -> Outcome:
    if not e.nobody or e.nobody[0].misshapen:
        return "skip", "coalitions are not provided, or not answered"
    if raised := e.nobody[0].raised:
        return "warn", f"asked for nobody, which the toolkit answers with 0 itself: {raised}"
    answer = e.nobody[0].replies[0]
    if answer.status == "ok" and answer.gain != 0:
        return "warn", f"the gain of nobody is {answer.gain}; the toolkit answers 0 itself"
    return "pass", "nobody gains 0, or is refused"


def _responded(e: Evidence) -> Outcome:
    told = [(q, a.responded, a.status) for q, a in replied(e.calls) if a.responded is not None]
    for query, responded, _ in told:
        if set(responded) - set(query.members):
            return "fail", f"{responded} responded of the members {query.members} {where(query)}"
    for query, responded, status in told:
        if status == "ok" and set(responded) != set(query.members):
            return "warn", f"ok, but only {responded} of {query.members} responded {where(query)}"
    return ("pass", "members only") if told else ("skip", "who responded is not told")


def _everybody(e: Evidence) -> dict[tuple[tuple[float, ...], int], list[float]]:
    """Return everybody's own gains where all were told and all take part."""
    everybody = {}
    for query, answer in replied(e.zero + e.grid):
        gains = answer.gains
        if answer.status == "ok" and gains is not None and not fault(answer, e.spec.organizations):
            told = [gain for gain in gains if gain is not None]
            if len(told) == len(gains):
                everybody[query.contribution, query.seed] = told
    return everybody


def own_effects(e: Evidence) -> Effects | None:
    """Return whose contributions help whom, and who gains together; None without own gains."""
    everybody, alone = _everybody(e), {}
    for query, answer in replied(e.single + e.alone):
        if query.coalition and answer.status == "ok" and answer.gains is not None:
            (n,) = query.coalition
            gain = None if fault(answer, e.spec.organizations) else answer.gains[n]
            if gain is not None:
                alone[n, query.seed] = gain
    names, upper = e.spec.organizations, e.spec.upper
    return effects_of(names, e.rows, upper, e.seeds, everybody, alone)


def _own(e: Evidence) -> Outcome:
    said = "gains" in e.spec.provides
    ok = [(q, a) for q, a in replied(e.calls) if a.status == "ok"]
    answers = [(q, a) for q, a in ok if not fault(a, e.spec.organizations)]
    told = [(q, a) for q, a in answers if a.gains is not None]
    if told and not said:
        return "warn", f"`provides` lacks gains, but they are told {where(told[0][0])}"
    if not said or not answers:
        return "skip", "own gains are not provided, or not answered"
    for query, answer in answers:
        if answer.gains is None:
            return "fail", f"gains are promised, but not told {where(query)}"
        gains = dict(enumerate(answer.gains))
        for n in query.members:
            if gains.get(n) is None:
                return (
                    "fail",
                    f"the own gain of {e.spec.organizations[n]} is missing {where(query)}",
                )
    errors = sum(answer.gain_errors is not None for _, answer in told)
    return "pass", f"of all members; {errors} of {len(told)} with errors of the test rows"


def _counted(verdicts: list[str], words: Mapping[str, str]) -> str:
    return ", ".join(f"{verdicts.count(verdict)} {word}" for verdict, word in words.items())


def _helps(e: Evidence) -> Outcome:
    effects = own_effects(e)
    if effects is None:
        return "skip", "own gains are not provided, or not answered"
    verdicts = [verdict for row in effects.contributions for _, _, verdict in row]
    known = _counted(verdicts, {"helps": "help", "none": "are none", "undecided": "are undecided"})
    hurts = effects.named("hurts")
    text = f"{listed(hurts) or 'no contribution hurts anybody'}; of {len(verdicts)} effects {known}"
    return "warn" if hurts else "pass", text


def _together(e: Evidence) -> Outcome:
    effects = own_effects(e)
    if effects is None or effects.together is None:
        return "skip", "own gains of one alone are not provided, or not answered"
    verdicts = [verdict for _, _, verdict in effects.together]
    known = _counted(verdicts, {"gains": "gain", "none": "see none", "undecided": "are undecided"})
    losers = effects.named("loses")
    told = f"{listed(losers)} lose" if losers else "nobody is seen to lose"
    text = f"{told} against training alone, all at the largest contributions; {known}"
    return "warn" if losers else "pass", text


def _errors(e: Evidence) -> Outcome:
    told = [(q, a.standard_error) for q, a in replied(e.calls) if a.standard_error is not None]
    for query, error in told:
        if not is_finite(error) or error < 0:
            return "fail", f"the standard error is {error} {where(query)}"
    return ("pass", "finite") if told else ("skip", "no standard error is told")


def _source(e: Evidence) -> Outcome:
    sources = {answer.source for _, answer in replied(e.calls)}
    if not sources:
        return "skip", "no answers"
    if sources != {"server"}:
        return "warn", "gains are self-reported, by those whose pay depends on them"
    return "pass", "the server measured every gain, as it says"


def _grid(e: Evidence) -> Measurements | None:
    """Return the profiles of everybody whose gains are finite; None if less than two."""
    gains = {(q.contribution, q.seed): shared(a) for q, a in replied(e.zero + e.grid)}
    table = [[gains.get((tuple(x), seed)) for seed in e.seeds] for x in e.rows.tolist()]
    kept = [k for k, row in enumerate(table) if all(map(is_finite, row))]
    if len(kept) < 2:
        return None
    return Measurements(e.rows[kept], np.array([table[k] for k in kept], dtype=float), e.seeds)


def _one_curve(e: Evidence) -> Outcome:
    data = _grid(e)
    if data is None or e.local_data is None:
        return "skip", "needs finite gains, and everybody's real samples"
    own = _everybody(e)
    try:
        if own:
            kept = [x for x in map(tuple, e.rows.tolist()) if all((x, s) in own for s in e.seeds)]
            means = np.array([np.mean([own[x, s] for s in e.seeds], axis=0) for x in kept])
            names = e.spec.organizations
            skill = common_curve_skill(np.array(kept), means, e.local_data, names)
        else:
            fit = fit_gain(data, e.local_data)
            skill = skill_of(data, fit.held_out_misses[fit.family])
            skill = replace(skill, what=f"{fit.family} of effective data")
    except InvalidInputError as error:
        return "warn", f"no curve of effective data fits: {error}"
    if skill.value is None:
        return "skip", skill.how
    found = f"{skill.what} has skill {skill.value:.2g} of at most 1 {skill.how}"
    return (
        ("pass", found)
        if skill.verdict == "explains most"
        else ("warn", f"{found}: {skill.verdict}")
    )


def _shape(e: Evidence) -> Outcome:
    data = _grid(e)
    if data is None:
        return "skip", "less than two profiles have finite gains"
    report, (count, bad) = shape_report(data), submodular_pairs(data)
    verdict: CheckVerdict = "warn" if 2 * report.ray.down_steps > report.ray.steps else "pass"
    return (
        verdict,
        f"{report}; {bad} of {count} pairs not submodular (on {len(data.means)} profiles)",
    )


def _cost(e: Evidence) -> Outcome:
    taken = [call.seconds / len(call.queries) for call in e.zero + e.grid if call.replies]
    if not taken:
        return "skip", "no answers"
    usual = median(taken)
    text = f"{usual:.2g} s per evaluation (median)"
    if e.study:
        least, most = e.study
        count = f"{most:,}" if least == most else f"{least:,} to {most:,}"
        text += f", at most about {usual * most:.2g} s for the {count} trainings of a study"
    if e.promised is not None and usual > _SLOWER * e.promised:
        return "warn", f"{text}; {usual / e.promised:.2g} times the promised {e.promised:.2g} s"
    return "pass", text


CHECKS: dict[str, Callable[[Evidence], Outcome]] = {
    "spec": _spec,
    "length": _length,
    "failures": _failures,
    "finite": _all_finite,
    "zero profile": _zero,
    "determinism": _determinism,
    "order": _order,
    "seeds": _seeds,
    "coalitions": _coalitions,
    "empty coalition": _nobody,
    "responded": _responded,
    "standard error": _errors,
    "source": _source,
    "own gains": _own,
    "who helps whom": _helps,
    "together or alone": _together,
    "shape": _shape,
    "one curve": _one_curve,
    "cost": _cost,
    "bounds": lambda _: ("skip", "queries out of bounds are refused before the oracle is asked"),
}
