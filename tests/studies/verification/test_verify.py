"""What a measured answer claims, trained: right sums, right errors, right verdicts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.verification import outcome
from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.output.words import Words
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.outside.outside import Autarky, autarky
from coopetition.studies.solve.study import Study, run_study
from coopetition.studies.verification.near_equilibria import welfare_range
from coopetition.studies.verification.places import Place, Sum, alone_payoffs, payoffs
from coopetition.studies.verification.trained import GainsAtPlaces
from coopetition.studies.verification.verification import Verification
from coopetition.studies.verification.verify import verification_trainings, verify_study

DATA = np.array([1500.0, 900.0, 500.0])
CURVE = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=DATA, quality=[0.8, 1.0, 1.0],
    max_contribution=4000.0, value=[1000.0, 800.0, 1200.0], unit_cost=[0.001, 0.001, 0.002],
    quadratic_cost=2e-6, fixed_cost=[3.0, 0.0, 0.0], skew=[1.0, 0.5, 0.0], personal_weight=0.05,
    damage=[[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]],
    rivalry=[[0, 20, 0], [5, 0, 30], [10, 0, 0]], organizations=["North", "South", "West"],
)  # fmt: skip


HURT = CURVE.replace(counts="gains")


def own(x: Array) -> Array:
    """Return everybody's own gain; North's rows hurt West."""
    rows = x / 1000
    return np.stack([
        0.30 * np.log1p(4 * rows[..., 0] + 2 * rows[..., 1]),
        0.25 * np.log1p(1 * rows[..., 0] + 4 * rows[..., 1]),
        0.20 * np.log1p(4 * rows[..., 2]) - 0.06 * rows[..., 0],
    ], axis=-1)  # fmt: skip


OWN = MeasuredGame(
    gains=own, max_contribution=[1000, 1000, 1000], value=[4000, 3000, 3000], unit_cost=0.5,
    quadratic_cost=0.001, fixed_cost=[3.0, 0.0, 1.0],
    damage=[[0, 0.1, 0], [0, 0, 0.2], [0.1, 0, 0]],
    rivalry=[[0, 20, 0], [5, 0, 30], [10, 0, 0]], baseline=[0.1, 0.0, 0.2],
    organizations=["North", "South", "West"],
)  # fmt: skip


def truth(game: TrainingRound, place: Place) -> Array:
    """Return what an oracle measures: gains before any baseline, without personal gain."""
    x = np.array(place.profile)
    if isinstance(game, MeasuredGame):
        return own(x)
    data = game.local_data if place.alone is None else game.local_data[place.alone]
    omega = float(np.sum(data) + game.quality @ x)
    return np.full(x.size, float(game.gain.value(omega)))


def worth(amount: Sum, game: TrainingRound) -> float:
    return amount.constant + sum(float(truth(game, p) @ w) for p, w in amount.weights.items())


@pytest.mark.parametrize("game", [CURVE, HURT, OWN, OWN.replace(counts="gains")])
def test_sums_of_trained_gains_are_the_payoffs(game: TrainingRound) -> None:
    rng = np.random.default_rng(0)
    for x in (*game.spaces.sample(rng, 3), np.array([300.0, 0.0, 5.0])):
        told = [worth(one, game) for one in payoffs(game, x)]
        assert told == pytest.approx(game.payoffs(x).tolist(), rel=1e-12)


@pytest.mark.parametrize("game", [CURVE, HURT])
def test_alone_is_autarky(game: CoopetitionRound) -> None:
    known = autarky(game)
    told = [worth(one, game) for one in alone_payoffs(game, known.contribution)]
    assert told == pytest.approx(known.payoff.tolist(), rel=1e-12)


def test_errors_by_hand() -> None:
    """Seeds pair profiles, a damage term's noise is its profile's, rows do not average out."""
    rng = np.random.default_rng(1)
    gains = GainsAtPlaces(FunctionOracle(function=own, upper=(9.0, 9.0)), 0, 8)
    here, other = Place((1.0, 2.0)), Place((3.0, 2.0))
    lacking = Place((0.0, 2.0), of=here)
    shared = rng.normal(size=(8, 2))
    gains.values = {
        here: shared + 0.1 * rng.normal(size=(8, 2)),
        other: shared + 0.1 * rng.normal(size=(8, 2)),
        lacking: rng.normal(size=(2, 2)),
    }
    gains.parts = {place: [None, None] for place in gains.values}
    gains.errors = {here: np.array([0.3, 0.1]), other: np.array([0.2, 0.1]),
                    lacking: np.array([0.1, np.nan])}  # fmt: skip
    w, v, h = np.array([2.0, -1.0]), np.array([-2.0, 0.0]), np.array([0.5, 0.0])
    found = gains.estimate(Sum(10.0, {here: w, other: v, lacking: h}))
    paired = gains.values[here] @ w + gains.values[other] @ v
    assert found.value == pytest.approx(
        10 + paired.mean() + 0.5 * gains.values[lacking][:, 0].mean()
    )
    term = 0.25 * gains.values[here][:, 0].var(ddof=1) / 2
    main = paired.var(ddof=1) / 8
    assert found.seeds_error == pytest.approx((main + term) ** 0.5)
    assert found.freedom == pytest.approx(7 * (main + term) ** 2 / (main**2 + term**2))
    added, taken = np.array([2 * 0.3 + 0.5 * 0.1, 0.0]), np.array([2 * 0.2, 0.1])
    assert found.test_error == pytest.approx(float(np.sqrt((added**2 + taken**2).sum())))
    unknown = gains.estimate(Sum(0.0, {here: w, lacking: np.ones(2)}))
    assert unknown.test_error is None
    rows = rng.normal(size=(3, 40))  # told part by part: South's alone stay as they are
    gains.parts = {here: [rows[0], None], other: [rows[1], None], lacking: [rows[2], None]}
    found = gains.estimate(Sum(10.0, {here: w, other: v, lacking: h}))
    paired = 2 * rows[0] - 2 * rows[1] + 0.5 * rows[2]
    assert found.test_error == pytest.approx(float(np.hypot(paired.std(ddof=1) / 40**0.5, 0.1)))


def test_decided_verdicts_are_right_and_intervals_hold_the_truth() -> None:
    found = outcome(16, alike=0.8, parts=True)
    assert found.decided > 30
    assert found.wrong == 0
    assert 0.92 <= found.held / found.intervals <= 0.985


class Noted:
    """An oracle that everybody's own gains come from, and that notes what it is asked."""

    def __init__(self, effect: Array, noise: float, rows: float | None = None) -> None:
        self.effect, self.noise, self.rows, self.asked = effect, noise, rows, list[Query]()

    def spec(self) -> OracleSpec:
        """Describe it."""
        return OracleSpec(
            organizations=("North", "South", "West"), metric="gain", unit="rows",
            lower=(0.0,) * 3, upper=(4000.0,) * 3, baseline=0.0, deterministic=True,
            provides=frozenset({"gain", "gains", "coalition"}), fingerprint="noted",
        )  # fmt: skip

    def evaluate(self, queries: Any) -> list[Evaluation]:
        """Answer, and note the queries."""
        self.asked += queries
        return [self._answer(query) for query in queries]

    def close(self) -> None:
        """Do nothing."""

    def _answer(self, query: Query) -> Evaluation:
        together = query.coalition is None
        members = list(query.members)
        common = CURVE.gain.value(float(DATA[members].sum()) + sum(query.contribution))
        luck = np.random.default_rng([query.seed, *map(int, query.contribution)]).normal(size=3)
        gains = common + self.effect * together + self.noise * luck
        told = [float(g) if n in members else None for n, g in enumerate(gains)]
        errors = None if self.rows is None else (self.rows,) * 3
        return Evaluation("ok", float(common), tuple(told), gain_errors=errors)


STUDY = run_study(
    CURVE.replace(rivalry=0.0, skew=0.0, quality=1.0, fixed_cost=0.0), "bilateral-prices",
    words=Words(currency="EUR"),
)  # fmt: skip
ALONE = autarky(STUDY.game)


def verified(oracle: Any, study: Study = STUDY, **options: Any) -> Verification:
    options = {"benefit_regret": None, "alone": ALONE} | options
    return verify_study(study, oracle, first_seed=100, **options)


def test_opposite_effects_with_one_common_gain_get_opposite_verdicts() -> None:
    harm = np.array([0.3, -0.3, 0.0])
    found, other = verified(Noted(harm, 0.001)), verified(Noted(-harm, 0.001))
    assert found.verdicts[:2] == ("holds", "fails")
    assert other.verdicts[:2] == ("fails", "holds")
    assert "South loses 2" in str(found)
    assert "North" not in found.sentences[-2]
    assert "Fees of what is lost keep South: together all gain" in str(found)
    again = [one.value - fee for one, fee in zip(found.slack, STUDY.fee, strict=True)]
    assert np.ptp(again + found.equal_fees) < 1e-9
    assert found.equal_fees.sum() == pytest.approx(0.0, abs=1e-9)
    audit = replace(STUDY, verification=found).audit["individual-rationality-autarky"]
    assert (audit.holds, audit.claim) == (False, "estimated")
    every = full_audit(STUDY.game, "bilateral-prices", verify=lambda study, _: found)
    assert every["individual-rationality-exit"].witness == audit.witness
    assert every["efficient"].witness == "The answer is the best profile found"


def test_where_all_lose_together_they_had_better_stay_out() -> None:
    found = verified(Noted(np.array([0.0, -0.9, -0.9]), 0.001))
    assert "No fees keep South and West, who had better stay out" in str(found)


def test_what_is_open_gets_more_seeds_and_is_called_undecided() -> None:
    """Exactly as much as alone: no seeds decide it. North is decided by the first eight."""
    start = verified(Noted(np.zeros(3), 1e-9), most=8)
    assert start.trainings == 8 * (2 + 3 + 3) + 2 * (
        2 * 3
    )  # two profiles, alone, deviations; damage
    even = -np.array([one.value for one in start.slack]) / np.array([1e9, 800.0, 1e9])
    oracle = Noted(even, 0.01)
    found = verified(oracle)
    assert found.verdicts == ("holds", "undecided", "holds")
    assert [one.seeds for one in found.slack] == [8, 32, 8]
    assert "Whether South gains by taking part is undecided." in str(found)
    assert replace(STUDY, verification=found).audit[
        "individual-rationality-autarky"].holds is None  # fmt: skip
    least, most = verification_trainings(3, alone=True, harmed=3)
    assert least <= len(oracle.asked) == found.trainings <= most
    assert len({(q.contribution, q.coalition, q.seed) for q in oracle.asked}) == len(oracle.asked)
    seeds = {False: set[int](), True: set[int]()}
    for query in oracle.asked:
        seeds[query.coalition is None and 0.0 in query.contribution].add(query.seed)
    assert seeds[False] == set(range(100, 132))
    assert min(seeds[True]) == 132  # those of damage terms are nobody else's
    assert found.level == pytest.approx(1 - 0.05 / 3)
    rows = verified(Noted(even, 0.01, rows=0.1))  # test rows alone leave all open: no more seeds
    assert rows.verdicts[1] == "undecided"
    assert rows.seeds == (8, 8)


def test_without_a_coalition_nothing_is_said_of_taking_part() -> None:
    oracle = FunctionOracle(function=lambda x: float(x.sum()) ** 0.1, upper=(4000.0,) * 3)
    found = verified(oracle)
    assert found.slack == ()
    assert "unknown: the oracle cannot train an organization alone" in str(found)
    assert "test rows' error is not known" in str(found)


def test_a_failure_and_a_missing_gain_end_it() -> None:
    lost = FunctionOracle(function=lambda x: [1.0, None, 1.0], upper=(4000.0,) * 3, own_gains=True)
    with pytest.raises(OracleError, match="lacks the own gain of organization 2"):
        verified(lost)
    bad = FunctionOracle(function=lambda x: float("nan"), upper=(4000.0,) * 3)
    with pytest.raises(OracleError, match="is failed: the backend reported the gain nan"):
        verified(bad)
    with pytest.raises(InvalidInputError, match="`seeds` must be an integer of at least 2, got 1"):
        verified(bad, seeds=1)


class Hill(Game):
    """One player, 100 − (x − 5)²."""

    players = ("one",)
    spaces = Box(np.zeros(1), np.full(1, 10.0))

    def payoffs(self, profile: Any) -> Array:
        """Return the payoff."""
        return np.asarray(100 - (np.asarray(profile, dtype=float) - 5) ** 2)


def test_the_range_ends_where_somebody_gains_the_share() -> None:
    """(x − 5)² = r U: the least is 100/(1 + r)."""
    found = welfare_range(Hill(), np.array([5.0]), 0.01)
    assert found.high == 100
    assert found.low == pytest.approx(100 / 1.01, abs=0.02)
    assert found.low >= 100 / 1.01 - 1e-9


def test_measured_games_too() -> None:
    study = run_study(OWN, "bilateral-prices")
    oracle = FunctionOracle(
        function=lambda x, coalition: own(x), upper=(1000.0,) * 3, own_gains=True
    )
    x = np.full(3, 100.0)
    found = verified(oracle, study, alone=Autarky(OWN.players, x, x, x, measured=True))
    for key, one in found.welfare.items():
        assert one.value == pytest.approx(found.fitted[key], rel=1e-9)
    assert found.check.regret == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.parametrize("more", [0.0, 0.4])
def test_an_equilibrium_that_trainings_refute_is_none(more: float) -> None:
    """West's rows help West more than was fitted: it gains by contributing more than its price."""
    alone = Autarky(OWN.players, np.zeros(3), np.zeros(3), np.zeros(3), measured=True)
    study = run_study(OWN, "bilateral-prices", alone=alone)
    at = study.contribution[2]

    def train(x: Array, seed: int) -> Array:
        helped = own(x)
        helped[..., 2] += more * (np.log1p(x[..., 2] / 100) - np.log1p(at / 100))
        return helped + 1e-3 * np.random.default_rng([seed, *x.astype(int)]).normal(size=3)

    def told(x: Array) -> Array:
        return own(x) + more * np.log1p(x[..., 2:] / 100) * [0, 0, 1]

    oracle = FunctionOracle(
        function=train, upper=(1000.0,) * 3, own_gains=True, organizations=OWN.players
    )
    found = verify_study(
        study, oracle, first_seed=0, seeds=4, most=4, views=[OWN.replace(gains=told)]
    )
    audited = found.audited(study.audit)["optimum-is-equilibrium"]
    assert (audited.holds, audited.claim) == (more == 0, "estimated")
    if more:
        assert audited.witness.startswith("West gains ")
        assert "% of its payoff, trained" in audited.witness
    else:
        assert "none gains more than 1 % of a payoff" in audited.witness


def test_who_would_lose_without_a_rule_is_trained() -> None:
    """North's own payoff at no rule's equilibrium, by the round's formula, less its autarky."""
    dear = CURVE.replace(fixed_cost=[60.0, 0.0, 0.0])
    study, known = run_study(dear, "bilateral-prices"), autarky(dear)

    def train(x: Array, coalition: Any, seed: int) -> float:
        members = range(3) if coalition is None else coalition
        omega = sum(DATA[n] + dear.quality[n] * x[n] for n in members)
        return float(dear.gain.value(omega)) + 1e-5 * float(np.sin(seed + omega))

    oracle = FunctionOracle(function=train, upper=(4000.0,) * 3, organizations=dear.players)
    found = verify_study(study, oracle, first_seed=0, alone=known, seeds=4, most=4)
    wanted = dear.payoffs(study.free.profile) - known.payoff
    told = [one.value for one in found.slack_without_rule]
    assert told == pytest.approx(wanted.tolist(), abs=0.1)
    assert wanted[0] < -1 < 0 < wanted[1:].min()
    (said,) = (one for one in found.sentences if one.startswith("Without a rule"))
    assert said.startswith("Without a rule North would lose ")
    assert "South" not in said
    free = verify_study(run_study(dear), oracle, first_seed=0, alone=known, seeds=4, most=4)
    assert not free.slack_without_rule
