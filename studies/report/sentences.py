"""What is said under the tables of a solved scenario and of a play."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from coopetition.output.numbers import number
from coopetition.studies.report.headline import welfare_words
from coopetition.studies.solve.assumptions import assumption_lines

if TYPE_CHECKING:  # what measures, plays and solves is not needed to print what it found
    from coopetition.studies.measured.measured import MeasuredRound
    from coopetition.studies.measured.uncertainty import Uncertainty
    from coopetition.studies.play.play import Play
    from coopetition.studies.solve.study import Study


def study_lines(
    study: "Study",
    measured: "MeasuredRound | None" = None,
    unsure: "Uncertainty | None" = None,
) -> Iterator[str]:
    """Yield how gains were measured, what a solved scenario is worth, and what is known of it."""
    fitted = f"the fitted {'gains' if study.planner.climbs else 'curve'}"
    if measured:
        yield f"{measured}\n"
    if unsure and not unsure.errors:  # else it stands below its table
        yield f"{unsure}\n"
    moved = float(np.abs([study.payoff_before, study.transfer, study.fee]).sum())
    deficit = f"Deficit {number(study.deficit, beside=moved)}."
    if study.verification:
        yield from study.verification.sentences
        yield deficit
    else:
        yield (
            f"{welfare_words(study.welfare, study.planner, study.words.currency, study.skill)}; "
            f"without a rule {float(study.free.payoffs.sum()):,.2f}. {deficit}"
        )
        if measured:
            yield f"Nothing of the answer was trained: it holds on {fitted}."
    if not measured:
        yield from losers_without_rule(study)
    yield from (f"{said}." for said in study.remarks)
    if not (study.planner.concave and study.planner.success):
        yield f"Planner{f', on {fitted}' if measured else ''}: {study.planner}."
    certificate = str(study.equilibrium.certificate)
    if measured:
        certificate = certificate.replace(" (tolerance", f" on {fitted} (tolerance")
    yield f"{study.equilibrium.solver}: {certificate}."
    if study.equilibrium.continuum:
        yield f"Not the only one: {study.equilibrium.continuum}."
    if study.equilibrium.reason:
        yield f"Note: {study.equilibrium.reason}."
    audit = str(study.audit)
    if measured:
        audit = audit.replace("by leaving it", f"by leaving it, on {fitted}")
    yield f"\n{audit}"
    yield from (f"{said}." for said in assumption_lines(study.audit.assumptions))


def losers_without_rule(study: "Study") -> Iterator[str]:
    """Yield a sentence that names who would lose by taking part if there were no rule, if any."""
    alone = study.outside.get("autarky")
    if study.settings.rule == "none" or not isinstance(alone, np.ndarray):
        return
    slack = study.free.payoffs - alone
    lost = np.flatnonzero(slack < -1e-9 * np.abs(alone))
    if not (study.free.success and lost.size):
        return
    names = [study.game.players[n] for n in lost]
    amounts = [number(-slack[n], beside=abs(float(alone[n]))) + study.words.money for n in lost]
    each = [f"{name} {amount}" for name, amount in zip(names, amounts, strict=True)]
    first = f"{names[0]} would lose {amounts[0]}"
    yield f"Without a rule {', '.join([first, *each[1:]])} by taking part."


def play_lines(play: "Play") -> Iterator[str]:
    """Yield what was gained in a play, how well it was foreseen, and what payments sum to."""
    own = play.own_gains
    realized = play.table("gain" if own else "gain_realized")
    what = "Everybody's own gain" if own else "Gain of the shared model"
    known = ""
    if play.scenario.oracle is not None:
        gain, payoff = (
            number(float(np.sqrt(np.mean(play.table(f"{key}_error") ** 2))))
            for key in ("gain", "payoff")
        )
        known = f"; realized and predicted differ by {gain} (rms), payoffs by {payoff}"
        known += play.words.money
    yield f"{what}, mean per round: {number(float(realized.mean()))}{known}."
    if own and len(play.rounds) > 1:
        first, last = (f"{float(np.abs(play.table('payoff_error')[k]).mean()):,.2f}"
                       for k in (0, -1))  # fmt: skip
        yield (
            f"Payoffs were mispredicted by {first}{play.words.money} in the first round and {last} "
            "in the last, means over organizations; gains of earlier rounds are learned from."
        )
    yield f"Payments sum to {number(play.balance)}{play.words.money}."
