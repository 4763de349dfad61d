"""Train where equilibria and welfare are decided, and let the best profiles race.

Everybody's own gain is a function of all contributions, and no family of functions is right. So
all are asked where to train next, in turn: nobody, half and all contribute, then a Latin hypercube;
then the family whose turn it is is fitted, and trained are the profile where it sees the most
welfare, its equilibrium, a deviation of one organization from each, and a random profile. At the
end every family's best profile, and that of their mean, is trained with two seeds, the same for
all; then that of the last family, which has learned from this heat. The winner is the best profile
found. What rivals would gain without each is no part of a training, and differs by more than the
racers do: the last family says it, whose predictions are best. Choosing one family by what it
predicts picks worse profiles.
"""

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.measure_gains import MeasuredGains
from coopetition.oracles.gains.over_seeds import mean_over_seeds
from coopetition.oracles.ledger.counting import stage
from coopetition.oracles.protocol.measurement import measured_own_gains
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.search.gains_found import GainsSearch, Racer
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.oracles.surrogates.families import FITS
from coopetition.oracles.surrogates.fit import GainsFamily, fit_gains, least_profiles
from coopetition.oracles.surrogates.fitted_gains import FittedGains
from coopetition.output.progress import Progress, silent

Targets = Callable[[SmoothGains], tuple[Array, Array]]
WelfareThere = Callable[[Array, Array, SmoothGains], float]
TURNS: tuple[GainsFamily, ...] = ("shares", "separable", "transfer")
LAST: GainsFamily = "uneven-shares"  # who learns from the race
RACE_SEEDS = 2
RACE = RACE_SEEDS * (len(FITS) + 2)  # trainings at most: all families, their mean, the last again
LEVELS = (0.0, 0.5, 1.0)  # of everybody, before the hypercube
_DECIMALS = 3  # of a trained contribution, in units of the largest
_SEED = 0  # of the hypercube and of random profiles


def least_trainings(size: int) -> int:
    """Return how many trainings a search of so many organizations begins with.

    Examples
    --------
    >>> least_trainings(4)
    7
    """
    return max(len(LEVELS) + size, least_profiles(size))


def search_gains(
    oracle: UtilityOracle,
    targets: Targets,
    welfare: WelfareThere,
    *,
    local_data: ArrayLike,
    upper: ArrayLike | None = None,
    budget: int | None = None,
    first_seed: int = 0,
    progress: Progress = silent,
) -> GainsSearch:
    """Train chosen profiles one after the other, fit everybody's own gain, and race for the best.

    Every training has a seed of its own; all of the race have the first two. The search is
    deterministic: repeated with a ledger it pays for nothing twice and ends the same.

    Parameters
    ----------
    oracle
        Where everybody's own gains come from.
    targets
        Functions of gains to the profile where they see the most welfare, and an equilibrium.
    welfare
        A profile, everybody's gains as trained there, and functions of gains, to money.
    local_data : shape (N,)
        Rows that are in training anyway.
    upper : shape (N,)
        Largest contributions; by default the oracle's.
    budget
        Number of trainings before the race; by default 3N + 5. With 60 the profile found reaches
        more of what is attainable, and prices leave smaller deviations.
    first_seed
        Seeds are counted from here.
    progress
        Told how many trainings are done, of how many.

    Raises
    ------
    InvalidInputError
        If the budget does not suffice for a fit, or nothing can be fitted.
    OracleError
        If a training fails, or lacks somebody's own gain.

    Examples
    --------
    South's rows help both, North's only North; a row costs 0.02.

    >>> from coopetition.games.measured import MeasuredGame
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> from coopetition.solvers import solve, solve_planner
    >>> def train(x):
    ...     return [np.log1p(0.1 * x[0] + 0.1 * x[1]), np.log1p(0.1 * x[1])]
    >>> def game(gains):
    ...     return MeasuredGame(gains=gains, max_contribution=[90.0, 90.0], value=1, unit_cost=0.02)
    >>> def targets(gains):
    ...     return solve_planner(game(gains)).profile, solve(game(gains)).profile
    >>> found = search_gains(
    ...     FunctionOracle(function=train, upper=(90.0, 90.0), own_gains=True), targets,
    ...     lambda x, gains, fit: gains.sum() - 0.02 * x.sum(), local_data=[5.0, 5.0], budget=15)
    >>> bool(found.winner.profile[1] > 80.0), found.trainings, len(found.race)
    (True, 15, 6)
    """
    spec = oracle.spec()
    size = len(spec.organizations)
    top = np.array(np.broadcast_to(spec.upper if upper is None else upper, size), dtype=float)
    data = np.array(np.broadcast_to(local_data, size), dtype=float)
    most = whole("budget", 3 * size + 5 if budget is None else budget, least_trainings(size))
    if not top.any():
        raise InvalidInputError("somebody must be able to contribute: all bounds are 0")
    profiles: list[Array] = []
    gains: list[Array] = []
    of_tests: list[Array | None] = []
    chosen: list[str] = []
    run: dict[tuple[float, ...], Array] = {}  # the race

    asked = 0  # some of it may be skipped

    def train(wanted: list[tuple[str, Array]], told: str = "training") -> None:
        nonlocal asked
        wanted = wanted[: most - asked]
        rows = [_rounded(profile, top) for _, profile in wanted]
        queries = [
            Query(tuple(row.tolist()), seed=first_seed + asked + k) for k, row in enumerate(rows)
        ]
        progress(told, asked, most)
        asked += len(queries)
        values, errors = measured_own_gains(oracle, queries, gaps=True)
        left = np.flatnonzero(~np.isnan(values).all(axis=1))
        gains.extend(values[left])
        of_tests.append(None if errors is None else errors[left])
        profiles.extend(rows[k] for k in left)
        chosen.extend(wanted[k][0] for k in left)

    def fitted(family: GainsFamily = "committee") -> FittedGains:
        return fit_gains(
            np.array(profiles), np.array(gains), local_data=data, upper=top, family=family,
            organizations=spec.organizations,
        )  # fmt: skip

    def raced(rows: list[Array]) -> None:
        new = [row for row in dict.fromkeys(map(tuple, rows)) if row not in run]
        seeds = range(first_seed, first_seed + RACE_SEEDS)
        queries = [Query(tuple(map(float, row)), seed=seed) for row in new for seed in seeds]
        progress("racing", 0, len(queries))
        with stage(oracle, "race"):
            found = np.empty((0, size))
            if queries:
                found, _ = measured_own_gains(oracle, queries, gaps=True)
        means = mean_over_seeds(found.reshape(-1, RACE_SEEDS, size))
        run.update(zip(new, means, strict=True))
        ran = [row for row in new if not np.isnan(run[row]).all()]
        profiles.extend(map(np.array, ran))
        gains.extend(run[row] for row in ran)

    rng = np.random.default_rng(_SEED)
    train(list(_first(top, most, rng)))
    while len(profiles) < least_trainings(size) and asked < most:  # for those that were skipped
        train([("random", rng.uniform(0.0, top))])
    if len(profiles) < least_profiles(size):
        raise OracleError(
            f"of {asked} trainings {asked - len(profiles)} failed, and a first fit needs "
            f"{least_profiles(size)} that did not"
        )
    turn = 0
    while asked < most:
        family = TURNS[turn % len(TURNS)]
        best, equilibrium = targets(fitted(family).predict)
        train(list(_wanted(family, best, equilibrium, top, turn, rng)))
        turn += 1
    fit = fitted()
    known = {one.family: one for one in (fit, *fit.members)}
    known |= {each: fitted(cast(GainsFamily, each)) for each in FITS if each not in known}
    rows = {name: _rounded(targets(one.predict)[0], top) for name, one in known.items()}
    raced([*rows.values()])
    last = fitted(LAST).predict
    rows[f"{LAST} again"] = _rounded(targets(last)[0], top)
    raced([*rows.values()])
    race = [
        Racer(name, row, run[tuple(row)], welfare(row, run[tuple(row)], last))
        for name, row in rows.items()
        if not np.isnan(run[tuple(row)]).all()
    ]
    if not race:
        raise OracleError("all trainings of the race for the best profile failed")
    errors = [one for one in of_tests if one is not None]
    return GainsSearch(
        trained=MeasuredGains(
            organizations=spec.organizations,
            profiles=np.array(profiles[: len(chosen)]),
            values=np.array(gains[: len(chosen)])[:, None],
            seeds=(first_seed,),
            errors=None if len(errors) < len(of_tests) else np.concatenate(errors)[:, None],
        ),
        chosen=tuple(chosen),
        fit=fit,
        race=tuple(sorted(race, key=lambda one: -one.welfare)),
    )


def _rounded(profile: Array, top: Array) -> Array:
    """Round, so that last bits of a fit do not make another question of the same one."""
    span = np.where(top > 0, top, 1.0)
    return np.clip(np.round(profile / span, _DECIMALS) * span, 0.0, top)


def _first(top: Array, most: int, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
    """Yield everybody's levels, and a Latin hypercube that fills what a first fit needs."""
    for level in LEVELS:
        yield "everybody", level * top
    count = min(most, least_trainings(top.size)) - len(LEVELS)
    strata = rng.permuted(np.tile(np.arange(count), (top.size, 1)), axis=1).T
    for row in top * (strata + rng.random(strata.shape)) / count:
        yield "hypercube", row


def _wanted(
    family: str, best: Array, equilibrium: Array, top: Array, turn: int, rng: np.random.Generator
) -> Iterator[tuple[str, Array]]:
    """Yield what a family wants trained in its turn; who deviates changes from turn to turn."""
    yield f"{family}: most welfare", best
    yield f"{family}: equilibrium", equilibrium
    movers = np.flatnonzero(top > 0)
    for k, (what, profile) in enumerate((("most welfare", best), ("equilibrium", equilibrium))):
        n = movers[(2 * turn + k) % movers.size]
        other = profile.copy()
        other[n] = rng.uniform(0.0, top[n])
        yield f"{family}: deviation from {what}", other
    yield "random", rng.uniform(0.0, top)
