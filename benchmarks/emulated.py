"""Federations whose gains are known: many trainings made a smooth function, and noise as measured.

The reference federation is trained at 2,000 profiles, each with a seed of its own, 200 of them with
another seed too. A polynomial is fitted to them by ridge, of all log(1 + k x_n/X), or of the
logarithm of all rows and everybody's share of them; which, its degree, k and the ridge are what
misses left-out profiles least. That polynomial is then the truth. One more truth is a formula.

A training is the truth plus noise of the size of the fit's residuals, of all organizations
together. As with the oracle itself, what a seed brings is alike at profiles that are near: of two a
tenth of the largest contributions apart 0.85 of it, and far apart about half.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from coopetition.games.arrays import Array
from coopetition.oracles import ReferenceOracle
from coopetition.oracles.gains.measure import alike
from coopetition.oracles.gains.skill import skill_left_out
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.surrogates.left_out import left_out

TOP = 400.0  # synthetic rows, at most
PROFILES, TWICE, ALONE = 2000, 200, 60  # trainings of all; again; of each alone
SKEWS = (0.1, 1.0, 10.0)
DEGREES, STEEP = (2, 3, 4), (1.0, 4.0, None)  # None: shares of rows
RIDGES = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
ALIKE, REACH, WAVES = 0.55, 0.3, 64  # share of noise that is everywhere; length of the other

Function = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Truth:
    """A federation whose gains are known.

    Parameters
    ----------
    name
    rows : shape (N,)
        Real rows of everybody.
    gains, alone
        Profiles of shape (..., N) to everybody's gain, in the federation of all and each alone.
    rest, rest_alone : shapes (K, N)
        What trainings add to them.
    skill
        Of the worst organization: the share of what was trained that is predicted out of fold,
        noise taken out. 1 of a formula.
    """

    name: str
    rows: Array
    gains: Function
    alone: Function
    rest: Array
    rest_alone: Array
    skill: float

    @property
    def size(self) -> int:
        """N."""
        return self.rows.size

    @property
    def upper(self) -> Array:
        """The largest contributions."""
        return np.full(self.size, TOP)

    @cached_property
    def oracle(self) -> FunctionOracle:
        """What trains: the truth and noise, keyed by profile, coalition and seed."""

        def train(x: Array, seed: int, coalition: tuple[int, ...] | None) -> list[float | None]:
            rng = np.random.default_rng([seed, *(coalition or ())])
            if coalition is None or len(coalition) == self.size:
                return (self.gains(x) + _luck(x, self.rest, rng)).tolist()
            if len(coalition) > 1:
                raise ValueError("only all, and each alone, were emulated")
            (n,) = coalition
            gain = self.alone(x)[n] + _luck(x[n : n + 1], self.rest_alone[:, n, None], rng)[0]
            return [float(gain) if m == n else None for m in range(self.size)]

        return FunctionOracle(
            function=train,
            upper=tuple(self.upper.tolist()),
            own_gains=True,
            fingerprint=self.name,
            weights=tuple(self.rows.tolist()),
        )


def _luck(x: Array, rest: Array, rng: np.random.Generator) -> Array:
    """Return what a seed adds: the same everywhere, and a random field (Rahimi and Recht, 2007)."""
    drawn = rest[rng.integers(len(rest), size=WAVES + 1)]
    waves = rng.normal(size=(WAVES, x.size)) / REACH
    field = np.cos(waves @ x / TOP + rng.uniform(0.0, 2.0 * np.pi, WAVES)) @ drawn[1:]
    return np.sqrt(ALIKE) * drawn[0] + np.sqrt((1.0 - ALIKE) * 2.0 / WAVES) * field


def truths(cache: Path, *, quick: bool) -> Iterator[Truth]:
    """Yield the federations; what was trained is kept in `cache`, 12 minutes the first time."""
    yield hurting()
    for size in (5,) if quick else (5, 8):
        for alpha in SKEWS[:1] if quick else SKEWS:
            yield digits(size, alpha, cache)


def digits(size: int, alpha: float, cache: Path) -> Truth:
    """Return scikit-learn's digits among silos of Dirichlet label skew, with own test sets."""
    oracle = ReferenceOracle(
        organizations=[f"organization {n + 1}" for n in range(size)],
        alpha=alpha,
        local_rows=80 * size,
        upper=TOP,
        seed=1,
        own_test=True,
    )
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"digits-{size}-{alpha:g}-{oracle.spec().fingerprint[:12]}.npz"
    if not kept.exists():
        trained: dict[str, Any] = _trained(oracle)
        np.savez(kept, **trained)
    data = np.load(kept)
    rows = np.array(oracle.sizes, float)
    gains, rest, skill = emulate(data["profiles"], data["gains"], rows)
    levels = data["levels"][:, None]
    each = [emulate(levels, data["alone"][:, n, None], rows[n, None]) for n in range(size)]

    def alone(x: Array) -> Array:
        return np.concatenate([one[0](x[..., n, None]) for n, one in enumerate(each)], axis=-1)

    rest_alone = np.hstack([one[1] for one in each])
    name = f"digits, {size} silos, α = {alpha:g}"
    return Truth(name, rows, gains, alone, rest, rest_alone, skill)


def _trained(oracle: ReferenceOracle) -> dict[str, Array]:
    """Train everything that an emulation needs; profiles have many entries at their bounds."""
    size = len(oracle.sizes)
    rng = np.random.default_rng(0)
    strata = rng.permuted(np.tile(np.arange(PROFILES), (size, 1)), axis=1).T
    x = (strata + rng.random(strata.shape)) / PROFILES
    x = np.round(TOP * np.clip(1.2 * x - 0.1, 0.0, 1.0))  # a sixth lies on either bound
    x = np.vstack((x, x[:TWICE]))
    levels = np.round(TOP * np.linspace(0.0, 1.0, ALONE))

    def train(queries: list[Query]) -> Array:
        return np.array([answer.gains for answer in oracle.evaluate(queries)], float)

    alone = np.empty((ALONE, size))
    for n in range(size):
        rows = np.outer(levels, np.eye(size)[n]).tolist()
        asked = [Query(tuple(row), coalition=(n,), seed=s) for s, row in enumerate(rows)]
        alone[:, n] = train(asked)[:, n]
    gains = train([Query(tuple(row), seed=s) for s, row in enumerate(x.tolist())])
    return {"profiles": x, "gains": gains, "levels": levels, "alone": alone}


def emulate(profiles: Array, gains: Array, rows: Array) -> tuple[Function, Array, float]:
    """Return a smooth function of contributions, what trainings add to it, and its skill."""
    groups = alike(map(tuple, profiles.tolist()))
    level, spread, count = gains.mean(axis=0), gains.std(axis=0), len(gains)
    least = np.inf
    for degree in DEGREES:
        powers = PolynomialFeatures(degree, include_bias=False)
        for k in STEEP:
            plain = powers.fit_transform(_coordinates(profiles, rows, k))
            middle, width = plain.mean(axis=0), plain.std(axis=0)
            u, sizes, v = np.linalg.svd((plain - middle) / width, full_matrices=False)
            for ridge in RIDGES:
                kept = sizes**2 / (sizes**2 + ridge * count)
                hat = (u * kept) @ u.T + 1.0 / count
                scaled = (gains - level) / spread
                missed = left_out((scaled - hat @ scaled).T, hat, groups, 1e-12).T
                if (error := float(np.mean(missed**2))) < least:
                    effect = (v.T * (kept / sizes) / width[:, None]) @ (u.T @ scaled) * spread
                    least, best = error, (powers, k, middle, effect, missed * spread)
    assert best is not None
    powers, k, middle, effect, missed = best

    def smooth(x: Array) -> Array:
        at = _coordinates(x.reshape(-1, x.shape[-1]), rows, k)
        found = level + (powers.transform(at) - middle) @ effect
        return np.asarray(found.reshape((*x.shape[:-1], gains.shape[1])))

    rest = gains - smooth(profiles)
    pairs = [gains[group] for group in groups if len(group) > 1]
    each = [pair.var(axis=0, ddof=1) for pair in pairs] or [np.zeros(gains.shape[1])]
    noise = count * np.mean(each, axis=0)
    skills = [
        skill_left_out(y, off, groups, float(variance), "of pairs").value
        for y, off, variance in zip(gains.T, missed.T, noise, strict=True)
    ]
    return smooth, rest, min(value or 0.0 for value in skills)


def _coordinates(profiles: Array, rows: Array, k: float | None) -> Array:
    """Return what the polynomial is of, of about size 1."""
    if k is not None:
        return np.asarray(np.log1p(k * profiles / TOP) / np.log1p(k))
    total = (rows + profiles).sum(axis=-1, keepdims=True)
    share = rows.size * (rows + profiles)[..., 1:] / total  # the first's follows from the others'
    return np.hstack((np.log(total / (rows + TOP / 2).sum()), share))


def hurting() -> Truth:
    """Return four silos that average what they estimate; the fourth estimates something else.

    m's loss is the squared distance of Σ share_n θ_n from θ_m, plus the average's variance, 1/R.
    """
    rng = np.random.default_rng(3)
    rows = np.array([60.0, 90.0, 120.0, 80.0])
    theta = rng.normal(0.0, 0.15, (4, 3))
    theta[3] += [0.5, -0.4, 0.3]

    def loss(share: Array, total: Array) -> Array:
        apart = (share @ theta)[..., None, :] - theta
        return np.asarray((apart**2).sum(axis=-1) + 60.0 / total)

    def gains(x: Array) -> Array:
        total = (rows + x).sum(axis=-1, keepdims=True)
        return 1.0 - loss((rows + x) / total, total)

    def alone(x: Array) -> Array:
        return np.asarray(1.0 - 60.0 / (rows + x))

    rest = 0.01 * rng.normal(size=(2000, 4))
    return Truth("one silo hurts, 4 silos", rows, gains, alone, rest, rest, 1.0)
