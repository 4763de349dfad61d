"""Each verdict of the audit against numbers that were put there: signs, names, where it turns."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import none
from coopetition.mechanisms.audit.collateral import Collateral
from coopetition.output.numbers import percent
from coopetition.studies import MechanismSettings, run_study
from coopetition.studies.audit import verdicts
from coopetition.studies.audit.identities import Identities, IdentityCase, Kind
from coopetition.studies.audit.joint_deviations import JointDeviation, JointDeviations
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.solve.study import Study

GAME = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), organizations=["North", "South", "West"],
    local_data=[1500.0, 900.0, 500.0], max_contribution=4000.0, value=[1000.0, 800.0, 1200.0],
    unit_cost=0.001, quadratic_cost=2e-6, fixed_cost=[3.0, 0.0, 1.0], quality=0.5,
    damage=[[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]],
)  # fmt: skip
STUDY = run_study(GAME, MechanismSettings("redistribution", 0.05))
UNITS = verdicts.units_of(STUDY)
REASON = Unknown("nobody solved it")


def parts(
    option: Array, partners: Any = ((0, 1), (0, 1, 2), (1, 2)), **given: Any
) -> SubCoalitions:
    values = given.get("values", np.zeros(8))
    return SubCoalitions(
        players=GAME.players, worth="equilibrium", values=values, alone=option, option=option,
        partners=partners,
    )  # fmt: skip


def test_the_unit_is_a_millionth_of_what_contributions_move() -> None:
    """Written out: gain, cost and damage beside no contributions, the transfer, one's own reach."""
    x = STUDY.contribution
    omega = GAME.local_data.sum() + 0.5 * x.sum()
    start = GAME.local_data.sum()
    assert (x > 0).all()
    gain = GAME.value * (GAME.gain.value(omega) - GAME.gain.value(start))
    cost = 0.001 * x + 1e-6 * x**2  # what is fixed does not move
    harm = np.array([0.08 * 800 + 0.02 * 1200, 0.05 * 1000 + 0.1 * 1200, 0.03 * 800])
    damage = harm * (GAME.gain.value(omega) - GAME.gain.value(omega - 0.5 * x))
    moved = GAME.reach(x) + np.abs(STUDY.transfer) + gain + cost + damage
    small = 1e-12 * (np.abs(STUDY.payoff_before) + np.abs(STUDY.transfer) + np.abs(STUDY.fee))
    assert np.abs(STUDY.transfer).max() > 1
    assert UNITS == pytest.approx(1e-6 * moved + small, rel=1e-12)


def test_where_no_gain_exists_without_data_the_whole_gain_counts() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[0.0, 0.0], max_contribution=100.0, value=1000.0
    )
    study = run_study(game, None)
    assert (study.contribution == 100.0).all()
    whole = 1000.0 * float(game.gain.value(200.0))
    wanted = 1e-6 * (game.reach(study.contribution) + abs(whole)) + 1e-12 * abs(whole)
    assert verdicts.units_of(study) == pytest.approx(wanted)


def test_what_nobody_moves_differs_by_rounding_only() -> None:
    game = GAME.replace(max_contribution=0.0, fixed_cost=0.0)
    study = run_study(game, None)
    assert verdicts.units_of(study) == pytest.approx(1e-12 * np.abs(study.payoff), rel=1e-9)
    idle = run_study(game.replace(value=0.0), None)
    assert (verdicts.units_of(idle) < 1e-300).all()
    assert verdicts.efficient(idle, "checked").holds is True  # nothing of nothing is missing
    assert verdicts.free(idle, "checked").holds is True


def test_the_best_sub_coalition_of_whom_is_named() -> None:
    gains = verdicts.option(STUDY, parts(STUDY.payoff - [7.0, 2.0, 5.0]))
    assert (gains.holds, gains.claim) == (True, "checked")
    assert gains.witness == "South gains least over its best, 2"
    loses = verdicts.option(STUDY, parts(STUDY.payoff + np.array([-7.0, 2.0, 5.0])))
    assert (loses.holds, loses.claim) == (False, "checked")
    assert loses.witness == "West would get 5 more among: South, West"
    assert verdicts.option(STUDY, REASON).witness == REASON.reason
    for share, holds in ((0.9, True), (1.1, False)):
        assert (
            verdicts.option(STUDY, parts(STUDY.payoff + np.array([0, share, 0]) * UNITS)).holds
            is holds
        )


def test_who_loses_within_its_own_unit_is_not_named_beside_who_loses() -> None:
    """North's unit hides more than West loses: West is named all the same."""
    units = UNITS.copy()
    biggest, least = int(units.argmax()), int(units.argmin())
    assert units[biggest] > 1.2 * units[least]
    more = np.zeros(3)
    more[biggest], more[least] = 0.99 * units[biggest], 1.1 * units[least]
    assert more[biggest] > more[least]
    said = verdicts.option(STUDY, parts(STUDY.payoff + more))
    assert said.witness.startswith(f"{GAME.players[least]} would get")


def test_a_blocking_coalition_is_told_from_too_little_for_all() -> None:
    pays = STUDY.payoff
    values = np.zeros(8)
    values[-1] = pays.sum()
    values[0b011] = pays[:2].sum() + 4.0
    blocked = verdicts.core(STUDY, parts(pays, values=values))
    assert (blocked.holds, blocked.witness) == (False, "4 more among: North, South")
    values[0b011] = 0.0
    assert verdicts.core(STUDY, parts(pays, values=values)).holds is True
    values[-1] -= 9.0
    much = verdicts.core(STUDY, parts(pays, values=values))
    assert (much.holds, much.claim) == (False, "checked")
    assert much.witness == "all together get 9 more than there is"
    assert verdicts.core(STUDY, REASON).holds is None


def case(kind: Kind, who: tuple[str, ...], change: float) -> IdentityCase:
    return IdentityCase(
        kind=kind, organizations=who, share=0.5, before=10.0, after=10.0 + change,
        free_before=3.0, free_after=2.0,
    )  # fmt: skip


def test_a_split_pays_beyond_the_unit_of_who_is_in_it() -> None:
    merged, unit = ("North", "West"), float(UNITS[[0, 2]].sum())
    for share, holds in ((0.9, True), (1.1, False)):
        names = Identities(cases=(case("merge", merged, share * unit),), unsolved=())
        said = verdicts.identity(STUDY, names, "merge", "checked")
        assert (said.name, said.holds, said.claim) == ("merger-proof", holds, "checked")
        assert said.witness.startswith("at most North and West" if holds else "North and West")
    cases = (
        case("split", ("North",), 2.0), case("split", ("West",), 5.0), case("merge", merged, 9.0),
        case("split", ("South",), -1.0),
    )  # fmt: skip
    both = Identities(cases=cases, unsolved=("split of South: no",))
    split = verdicts.identity(STUDY, both, "split", "estimated")
    assert (split.name, split.holds, split.claim) == ("false-name-proof", False, "estimated")
    assert split.witness == "West as two (0.5 of it): +5; without a rule -1"


def test_what_pays_is_named_though_it_is_less_than_rounding_of_another() -> None:
    most, least = (GAME.players[k] for k in (UNITS.argmax(), UNITS.argmin()))
    assert 0.95 * UNITS.max() > 1.1 * UNITS.min()
    cases = case("split", (most,), 0.95 * UNITS.max()), case("split", (least,), 1.1 * UNITS.min())
    said = verdicts.identity(STUDY, Identities(cases=cases, unsolved=()), "split", "checked")
    assert said.holds is False
    assert said.witness.startswith(f"{least} as two")


def test_what_was_not_solved_is_unknown_and_nobody_is_nobody() -> None:
    lost = (case("split", ("North",), -2.0), case("split", ("West",), -1.0))
    open_ = Identities(cases=lost, unsolved=("merge of A and B: no", "split of South: no"))
    assert verdicts.identity(STUDY, open_, "split", "checked").witness == "split of South: no"
    assert verdicts.identity(STUDY, open_, "split", "checked").holds is None
    solved = verdicts.identity(STUDY, replace(open_, unsolved=()), "split", "checked")
    assert (solved.holds, solved.witness[:15]) == (True, "at most West as")
    alone = verdicts.identity(STUDY, replace(open_, unsolved=()), "merge", "checked")
    assert (alone.holds, alone.witness) == (True, "there is nobody to merge with")
    assert verdicts.identity(STUDY, REASON, "merge", "checked").witness == REASON.reason


def test_a_joint_deviation_gains_beyond_its_members_units() -> None:
    unit = float(UNITS[[0, 2]].sum())
    for share, holds in ((0.9, True), (1.1, False)):
        found = JointDeviation(
            members=("North", "West"), contribution=np.array([1.0, 2.0]),
            gains=np.array([2.0, -1.0]) * share * unit,
        )  # fmt: skip
        tried = JointDeviations(tried=3, largest=2, found=found)
        said = verdicts.together(STUDY, tried, "checked")
        assert (said.holds, said.claim) == (holds, "checked")
        start = "no gain found" if holds else f"{share * unit:.6g} more for: North"
        assert said.witness.startswith(start)
        assert said.witness.endswith("; checked on 3 coalitions of 2")
    larger = verdicts.together(STUDY, replace(tried, tried=1, largest=4), "checked")
    assert larger.witness.endswith("; checked on 1 coalition of 2 to 4")
    nobody = verdicts.together(STUDY, replace(tried, found=None), "estimated")
    assert (nobody.holds, nobody.claim) == (True, "estimated")
    assert verdicts.together(STUDY, REASON, "checked").holds is None


def test_collateral_holds_only_where_it_is_proved() -> None:
    most = Collateral(
        players=GAME.players, amount=np.array([1.0, 2.0, 0.0]), profiles=np.zeros((3, 3)),
        how="proved", looked=5,
    )  # fmt: skip
    assert verdicts.bounded(most).holds is True
    searched = verdicts.bounded(replace(most, how="checked"))
    assert (searched.holds, searched.claim) == (None, "checked")
    assert (verdicts.bounded(REASON).holds, verdicts.bounded(REASON).claim) == (None, None)


def planned(missing: float, gap: float, study: Study = STUDY) -> Study:
    """Return the study beside a planner that has so much more, known up to a gap."""
    best = replace(study.planner, welfare=study.welfare + missing, gap=gap, tolerance=1e-9)
    return replace(study, planner=best)


def test_the_planners_gap_leaves_open_what_it_may_hide() -> None:
    small = float(UNITS.sum())
    for missing, gap, holds in [
        (0.9 * small, 0.0, True), (1.1 * small, 0.0, False), (1.1 * small, 50.0, False),
        (0.0, 0.9 * small, True), (0.0, 1.1 * small, None), (0.6 * small, 0.6 * small, None),
        (-0.6 * small, 1.5 * small, True),
    ]:  # fmt: skip
        said = verdicts.efficient(planned(missing, gap), "checked")
        assert said.holds is holds, (missing, gap)
        assert said.witness.startswith(
            f"{percent(planned(missing, gap).efficiency or 0.0, 4)} %: welfare "
        )
    assert " (" in verdicts.efficient(planned(0.0, 1.0), "checked").witness
    assert " (" not in verdicts.efficient(planned(0.0, 0.0), "checked").witness


def test_the_price_of_anarchy_is_a_ratio_of_positive_welfares() -> None:
    best = STUDY.welfare + 100.0
    said = verdicts.anarchy(planned(100.0, 0.0), "checked")
    free = float(STUDY.free.payoffs.sum())
    wanted = (
        f"{best / STUDY.welfare:.6g} in this round under the rule, {best / free:.6g} without one"
    )
    assert (said.holds, said.witness) == (False, wanted)
    gap = verdicts.anarchy(planned(100.0, 3.0), "checked").witness
    assert gap.startswith(f"{wanted}; the planner: ")
    none_ = verdicts.anarchy(planned(-2.0 * STUDY.welfare, 0.0), "checked")
    assert (none_.holds, none_.claim) == (None, None)
    assert none_.witness == "no ratio: a welfare is not positive"
    free_lost = replace(STUDY, free=replace(STUDY.free, payoffs=-STUDY.free.payoffs))
    assert "without one" not in verdicts.anarchy(free_lost, "checked").witness
    nothing = replace(STUDY, free=replace(STUDY.free, payoffs=np.array([2.0, -2.0, 0.0])))
    assert "without one" not in verdicts.anarchy(nothing, "checked").witness
    little = replace(STUDY, free=replace(STUDY.free, payoffs=np.array([0.25, 0.25, 0.0])))
    assert (
        f"{STUDY.planner.welfare / 0.5:.6g} without" in verdicts.anarchy(little, "checked").witness
    )
    tight = replace(STUDY.free.certificate, tolerance=-np.ones(3))
    unknown = replace(STUDY, free=replace(STUDY.free, certificate=tight))
    assert not unknown.free.success
    assert "without one" not in verdicts.anarchy(unknown, "checked").witness


def test_the_unit_of_money_changes_no_price_of_anarchy() -> None:
    unit = 2.0**-13
    small = GAME.replace(
        value=unit * GAME.value, unit_cost=unit * GAME.unit_cost,
        quadratic_cost=unit * GAME.quadratic_cost, fixed_cost=unit * GAME.fixed_cost,
    )  # fmt: skip
    study = run_study(small, MechanismSettings("redistribution", 0.05 * unit))
    assert 0 < study.welfare < study.planner.welfare < 1
    found, known = (verdicts.anarchy(one, "checked") for one in (study, STUDY))
    assert (found.holds, found.witness) == (known.holds, known.witness)


def test_of_listed_equilibria_the_worst_counts_and_may_be_worth_nothing() -> None:
    (one,) = STUDY.equilibrium.listed or ()
    zero, lost = "has the welfare 0", "has the welfare -3"
    for worst, words in ((50.0, None), (0.5, None), (0.0, zero), (-3.0, lost)):
        both = (replace(one, welfare=worst), one)
        listed = replace(STUDY, equilibrium=replace(STUDY.equilibrium, listed=both))
        said = verdicts.anarchy(listed, "checked")
        assert said.holds is False
        ratio = f"{STUDY.planner.welfare / (worst or 1.0):.6g} in this round"
        assert said.witness.startswith(f"no ratio: an equilibrium {words}" if words else ratio)
    ties = (replace(one, welfare=50.0, continuum="ties between"), one)
    mixed = replace(STUDY, equilibrium=replace(STUDY.equilibrium, listed=ties))
    assert verdicts.anarchy(mixed, "checked").witness.endswith("may be worse: a lower bound")
    single = verdicts.anarchy(STUDY, "checked")
    assert "the worst of" not in single.witness
    unknown = replace(STUDY, equilibrium=replace(STUDY.equilibrium, listed=None))
    assert "a lower bound" in verdicts.anarchy(unknown, "checked").witness


@pytest.mark.parametrize(
    ("paid", "holds", "words"),
    [
        (8.0, False, "the mediator pays 8 at"),
        (-8.0, True, "the mediator keeps 8 at"),
        (0.0, True, "the mediator pays and keeps nothing at"),
        (1e-10, True, "the mediator pays and keeps nothing at"),  # of payoffs of 2,000: rounding
        (-1e-10, True, "the mediator pays and keeps nothing at"),
        (1e-7, False, "the mediator pays 1e-07 at"),
        (-1e-7, True, "the mediator keeps 1e-07 at"),
    ],
)
def test_what_the_mediator_pays(paid: float, holds: bool, words: str) -> None:
    def rule(game: Any, x: Array) -> Array:
        return np.asarray(none(game)(game, x) + np.array([paid, 0.0, 0.0]))

    study = run_study(GAME, rule)
    said = verdicts.free(study, "checked")
    assert said.holds is holds
    assert said.witness.startswith(words)
