"""What the CoCoGen+-style experiment sweeps, and the records it keeps.

What is ours: the payoff (see `CoopetitionRound`), the settings below, our reading of the baselines'
names. The published experiment's equations and settings are not known to us.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.measured.training_plan import Stage

DAMAGE, RIVALRY, RANDOM = "damage", "rivalry", "random damage"
KINDS = (DAMAGE, RIVALRY, RANDOM)
BASELINES = ("VCFL", "WCO", "RaDG", "WPR")
REDISTRIBUTION, BEST = "redistribution", "redistribution-best"
PRICES, FEES = "bilateral-prices", "prices-and-fees"
RULES = (REDISTRIBUTION, BEST, PRICES, FEES)
RANGES = {  # of each organization, drawn uniformly per seed
    "value": (800.0, 1200.0),  # EUR per nat
    "unit_cost": (0.04, 0.08),  # EUR per sample
    "quadratic_cost": (1e-3, 2e-3),  # EUR per sample²
}
RATES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # κ that `redistribution-best` tries
RIVALRY_UNIT = 1000.0  # EUR per nat: rivalry of level 1
CURRENCY = "EUR"
LOCAL_ROWS = {"breast-cancer": 200}  # of data sets that have less than enough
_ORGANIZATIONS, _DRAWS, _MATRIX = 11, 12, 13  # purposes of random numbers


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the sweep beside skew and seed.

    Parameters
    ----------
    kind, level
        Of competition.
    rule
        Rule or baseline.
    """

    kind: str
    level: float
    rule: str


@dataclass(frozen=True, slots=True)
class Deal:
    """One skew and seed: what was dealt and fitted, or why not.

    `skill` and `held_out_error`, nats, are those of the organization that the fit knows worst.
    """

    alpha: float
    seed: int
    skew: float
    skill: float
    held_out_error: float
    failure: str


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """A cell with one skew and seed; NaN where it failed.

    Generation is the sum of all contributions, samples; gains are nats, trained and fitted, means
    over organizations; welfare and everybody's payoff after transfers are EUR, with trained gains
    only.
    """

    alpha: float
    seed: int
    cell: Cell
    generation: float
    gain: float
    predicted: float
    welfare: float
    payoffs: tuple[float, ...]
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlan:
    """What is swept, and how it is measured.

    Parameters
    ----------
    dataset
        As of `ReferenceOracle`.
    seeds
        How many: 0, 1, …. Each has a deal, organizations and training seeds of its own.
    alphas
        Dirichlet concentrations of the label skew.
    levels
        Intensities of competition, rising from 0: ρ of every pair, σ / `RIVALRY_UNIT`, or the mean
        of a random matrix ρ, of which only the lowest and the highest are swept.
    organizations, local_rows, most
        How many; real rows in total; largest contribution of each, samples.
    profiles, fit_seeds, holdout_seeds
        Profiles and seeds of the fit; other seeds, whose training scores a profile.
    draws
        Random profiles of RaDG.
    rate
        κ of the rule ``redistribution``, EUR per sample.
    rounds, epochs
        Of the training.

    Raises
    ------
    InvalidInputError
        If there is less than one seed.
    """

    dataset: str = "digits"
    seeds: int = 10
    alphas: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
    levels: tuple[float, ...] = (0.0, 0.05, 0.1, 0.15)
    organizations: int = 5
    local_rows: int = 400
    most: float = 400.0
    profiles: int = 60
    fit_seeds: int = 1
    holdout_seeds: int = 2
    draws: int = 4
    rate: float = 0.5
    rounds: int = 10
    epochs: int = 2

    def __post_init__(self) -> None:
        """Refuse a sweep of nothing."""
        if self.seeds < 1:
            raise InvalidInputError(f"`seeds` must be at least 1, got {self.seeds}")

    @property
    def points(self) -> list[tuple[float, int]]:
        """Every skew with every seed."""
        return list(product(self.alphas, range(self.seeds)))

    def cells(self) -> Iterator[Cell]:
        """Yield the cells in the order of the table."""
        for kind in KINDS:
            for key in product(self.levels_of(kind), (*BASELINES, *RULES)):
                yield Cell(kind, *key)

    def levels_of(self, kind: str) -> tuple[float, ...]:
        """Return the levels of a kind of competition that are swept."""
        return self.ends if kind == RANDOM else self.levels

    def stages(self) -> tuple[Stage, ...]:
        """Return what is trained: at most so many, as cells may contribute the same."""
        deals, seeds = len(self.points), self.holdout_seeds
        fit = deals * self.profiles * self.fit_seeds
        profiles = 0
        for cell in self.cells():
            harmed = cell.kind != RIVALRY and cell.level > 0  # and without each of them
            draws = self.draws if cell.rule == "RaDG" else 1
            profiles += draws * (1 + (self.organizations if harmed else 0))
        what = f"{self.profiles} profiles × {self.fit_seeds} seeds × {deals} deals"
        return (
            Stage(name="fit", what=what, least=fit, most=fit),
            Stage(name="scores", what="at what was contributed, and the damage terms", least=0,
                  most=deals * seeds * profiles),
        )  # fmt: skip

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest level of competition."""
        return self.levels[0], self.levels[-1]

    def training_seeds(self, seed: int) -> tuple[range, range]:
        """Return the training seeds of the fit and of the scoring, which no other seed has."""
        first = seed * (self.fit_seeds + self.holdout_seeds)
        middle = first + self.fit_seeds
        return range(first, middle), range(middle, middle + self.holdout_seeds)

    def columns(self, seed: int) -> dict[str, Any]:
        """Return the organizations' values and costs, the same at every skew."""
        rng = np.random.default_rng(np.random.SeedSequence((seed, _ORGANIZATIONS)))
        return {name: rng.uniform(*ends, self.organizations) for name, ends in RANGES.items()}

    def matrix(self, kind: str, level: float, seed: int) -> Array:
        """Return ρ, shape (N, N): of every pair the same, or drawn from [0, 2 × level].

        A random one is scaled to the mean exactly; it is the same at every skew.
        """
        size = self.organizations
        rho = np.ones((size, size))
        if kind == RANDOM:
            rng = np.random.default_rng(np.random.SeedSequence((seed, _MATRIX)))
            rho = rng.uniform(0.0, 2.0, (size, size))
        np.fill_diagonal(rho, 0.0)
        return level * rho * size * (size - 1) / rho.sum()

    def random_profiles(self, seed: int) -> Array:
        """Return RaDG's profiles, the same at every skew, shape (draws, N)."""
        rng = np.random.default_rng(np.random.SeedSequence((seed, _DRAWS)))
        return rng.uniform(0.0, self.most, (self.draws, self.organizations))


def full_design(dataset: str, seeds: int) -> ExperimentPlan:
    """Return the documented experiment."""
    return ExperimentPlan(dataset=dataset, seeds=seeds, local_rows=LOCAL_ROWS.get(dataset, 400))


def quick_design(dataset: str, seeds: int) -> ExperimentPlan:
    """Return a sweep with few points, to see that everything works."""
    return ExperimentPlan(
        dataset=dataset,
        seeds=seeds,
        local_rows=LOCAL_ROWS.get(dataset, 400),
        alphas=(0.3, 1.0, 3.0),
        levels=(0.0, 0.1),
        profiles=20,
        holdout_seeds=1,
        draws=2,
    )
