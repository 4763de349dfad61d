"""Train what a measured round's answer claims, on seeds that nothing has used.

The answer, the equilibrium without a rule, the best profile found, everybody alone, and one
promising deviation each get the same seeds. Where it is open who gains by taking part, what decides
that is trained with twice as many, again and again up to a limit. At each look a verdict is the
sign of an interval at the level 1 − 0.05/looks, so that all looks together err in 5 % at most
(Bonferroni), however often it is looked.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, silent
from coopetition.studies.outside.outside import CANNOT, Autarky
from coopetition.studies.verification.deviations import Check, deviations
from coopetition.studies.verification.estimate import LEVEL
from coopetition.studies.verification.near_equilibria import welfare_range
from coopetition.studies.verification.places import Sum, alone_payoffs, payoffs, total
from coopetition.studies.verification.trained import GainsAtPlaces, fewer
from coopetition.studies.verification.verification import Verification

if TYPE_CHECKING:  # a study knows what was trained of it
    from coopetition.studies.solve.study import Study

SEEDS, MOST = 8, 32
SAME = 1e-6  # of the largest contribution: profiles so near are one
NOT_ALONE = Unknown("nobody was trained alone")


def verify_study(
    study: "Study",
    oracle: UtilityOracle,
    *,
    first_seed: int,
    alone: Autarky | Unknown = NOT_ALONE,
    seeds: int = SEEDS,
    most: int = MOST,
    benefit_regret: float | None = 0.01,
    views: Sequence[TrainingRound] = (),
    progress: Progress = silent,
) -> Verification:
    """Train every headline of a solved round on seeds that nothing has used.

    Parameters
    ----------
    first_seed
        All seeds from here on are free: neither gains nor the answer come from them.
    alone : Autarky or Unknown
        What everybody would contribute alone, or why that cannot be trained.
    seeds, most
        How many at first, and at most: doubled while it is open who gains by taking part.
    benefit_regret
        Equilibria are known to that share of a payoff: the benefit of the rule is a range. None
        searches none.
    views
        The round on other fits of the same gains, which suggest deviations.

    Raises
    ------
    InvalidInputError
        If there is no equilibrium, or there are less than two seeds.
    OracleError
        If a training fails.

    Examples
    --------
    >>> import coopetition as co
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> game = co.CoopetitionRound(
    ...     gain=co.PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], damage=0.08,
    ...     max_contribution=4000.0, value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> def train(x, seed, coalition):                 # the truth is a little worse than the curve
    ...     rows = sum((1500.0, 900.0)[n] for n in coalition or (0, 1)) + x.sum()
    ...     luck = np.random.default_rng([seed, *x.astype(int)]).normal(scale=1e-4)
    ...     return 0.99 - 2 * rows ** -0.35 + luck
    >>> study = co.run_study(game, "bilateral-prices")
    >>> oracle = FunctionOracle(function=train, upper=(4000.0, 4000.0))
    >>> found = verify_study(study, oracle, first_seed=5, alone=co.studies.autarky(game))
    >>> found.verdicts
    ('holds', 'holds')
    >>> print(found.welfare["answer"])
    1,784.55 ± 0.054 (seeds)
    """
    if not study.equilibrium.success:
        raise InvalidInputError("there is no equilibrium to verify")
    whole("seeds", seeds, 2)
    whole("most", most, seeds)
    game = study.game
    answer, free, best = _distinct(study)
    own = payoffs(game, answer)
    welfare = {
        "answer": total(own),
        "without_rule": total(payoffs(game, free)),
        "best_found": total(payoffs(game, best)),
    }
    benefit = welfare["answer"] - welfare["without_rule"]
    short = welfare["best_found"] - welfare["answer"]
    paid = (study.transfer + study.fee).tolist()
    received = [one + Sum(money) for one, money in zip(own, paid, strict=True)]
    if "coalition" not in oracle.spec().provides:
        alone = Unknown(CANNOT)
    apart = [] if isinstance(alone, Unknown) else alone_payoffs(game, alone.contribution)
    slack = [one - other for one, other in zip(received, apart, strict=bool(apart))]
    unruled = payoffs(game, free) if apart and study.settings.rule != "none" else []
    without = [one - other for one, other in zip(unruled, apart, strict=False)]
    tried = deviations(study, answer, views)

    gains = GainsAtPlaces(oracle, first_seed, most, progress)
    gains.train([*welfare.values(), *received, *slack, *(one for _, one in tried)], seeds)
    level = 1.0 - (1.0 - LEVEL) / looks(seeds, most)
    count = seeds
    while 2 * count <= most:
        found = [gains.estimate(one) for one in slack]
        left = [
            one
            for one, now in zip(slack, found, strict=True)
            if now.verdict(level) is None and now.decidable(level)
        ]
        if not left:
            break
        count *= 2
        gains.train(left, count)

    ranges = None
    if study.settings.rule != "none" and benefit_regret is not None:
        ranges = (
            welfare_range(game, study.free.profile, benefit_regret),
            welfare_range(study.induced, study.contribution, benefit_regret),
        )
    payoff = tuple(map(gains.estimate, received))
    return Verification(
        study=study,
        welfare={name: gains.estimate(one) for name, one in welfare.items()},
        benefit=gains.estimate(benefit),
        ranges=ranges,
        regret=benefit_regret or 0.0,
        short=gains.estimate(short),
        payoff=payoff,
        apart=tuple(map(gains.estimate, apart)),
        slack=tuple(map(gains.estimate, slack)),
        slack_without_rule=tuple(map(gains.estimate, without)),
        surplus=gains.estimate(total(slack)) if slack else None,
        unknown=str(alone) if isinstance(alone, Unknown) else "",
        level=level,
        check=Check(
            organizations=game.players,
            deviation=np.array([y for y, _ in tried]),
            gained=tuple(gains.estimate(one) for _, one in tried),
            payoff=np.array([one.value for one in payoff]),
            words=study.words,
        ),
        first_seed=first_seed,
        seeds=(seeds, count),
        trainings=gains.trainings,
    )


def most_seeds(seeds: int) -> int:
    """Return up to how many seeds are doubled, by how many there are at first."""
    return seeds * MOST // SEEDS


def looks(seeds: int, most: int) -> int:
    """Return how often it is looked at most, with seeds doubled in between."""
    return int(np.log2(most / seeds)) + 1


def verification_trainings(
    organizations: int,
    *,
    alone: bool,
    harmed: int = 0,
    deviations: int | None = None,
    rule: bool = True,
    seeds: int = SEEDS,
    most: int = MOST,
) -> tuple[int, int]:
    """Return how many trainings `verify_study` asks for, at the least and at the most.

    Parameters
    ----------
    alone
        Whether everybody is trained alone.
    harmed
        How many organizations lose by what their contributions bring rivals.
    deviations
        How many can contribute anything, all if not stated.
    rule
        Whether there is one: without, the answer is the equilibrium without one.

    Examples
    --------
    >>> verification_trainings(4, alone=True, harmed=4)
    (72, 256)
    """
    tried = organizations if deviations is None else deviations
    profiles, base = (3 if rule else 2), tried * seeds
    last = seeds * 2 ** (looks(seeds, most) - 1)
    at_least = base + seeds * (1 + organizations * alone)
    at_most = base + profiles * (seeds + harmed * fewer(seeds)) + organizations * alone * last
    more = (last - seeds + harmed * (fewer(last) - fewer(seeds))) * alone  # the answer's own
    return at_least, at_most + more


def _distinct(study: "Study") -> tuple[Array, Array, Array]:
    """Return the answer, no rule's equilibrium and the best found; those that are near as one."""
    kept: list[Array] = []
    for x in (study.contribution, study.free.profile, study.planner.profile):
        near = [y for y in kept if (np.abs(x - y) <= SAME * study.game.max_contribution).all()]
        kept.append(near[0] if near else x)
    return kept[0], kept[1], kept[2]
