"""The family of shares with a Gaussian process: what it adds, and where it adds nothing."""

from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.measured.gains import differences
from coopetition.oracles import fit_gains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.shares import ShareGains, fit_shares
from coopetition.oracles.surrogates.uneven_shares import NOISES, _kernel, fit_uneven_shares

SIZE, UPPER, LOCAL = 3, np.array([300.0, 500.0, 700.0]), np.array([40.0, 60.0, 90.0])


def table(count: int, bump: float, noise: float, seed: int = 0) -> tuple[GainTable, Any]:
    """Return trainings of a truth: a law of shares, and a bump for the first alone."""
    rng = np.random.default_rng(seed)
    law = ShareGains(
        np.full(3, 2.0), np.full(3, 1.5), np.full(3, -0.3), rng.normal(0, 0.3, (3, 3)), LOCAL, True
    )

    def truth(x: Array) -> Array:
        v, found = x / UPPER, law(x)
        found[..., 0] += bump * np.sin(5.0 * v[..., 0]) * v[..., 1]
        return found

    x = UPPER * rng.random((count, SIZE))
    return GainTable(x, truth(x) + noise * rng.normal(size=x.shape), LOCAL, UPPER), truth


def test_what_shares_miss_is_found_for_those_who_have_it() -> None:
    trained, truth = table(70, 0.1, 0.005)
    gains, misses = fit_uneven_shares(trained)
    assert gains.weight.any(axis=0).tolist() == [True, False, False]
    x = UPPER * np.random.default_rng(9).random((300, SIZE))

    def error(found: Array) -> Array:
        return np.asarray(np.sqrt(((found - truth(x)) ** 2).mean(axis=0)))

    without, before = fit_shares(trained)
    assert error(gains(x))[0] < 0.4 * error(without(x))[0]
    assert (error(gains(x))[1:] == error(without(x))[1:]).all()
    left_out = np.sqrt((misses**2).mean(axis=0))
    assert left_out[0] == pytest.approx(np.hypot(error(gains(x))[0], 0.005), rel=0.4)
    assert (misses[:, 1:] == before[:, 1:]).all()


def test_on_noise_nothing_is_added() -> None:
    added = [fit_uneven_shares(table(40, 0.0, 0.02, seed)[0])[0].weight.any() for seed in range(10)]
    assert sum(added) <= 2  # of 30 organizations' gains


def test_misses_are_those_of_the_others_residuals() -> None:
    trained, _ = table(24, 0.3, 0.005)
    gains, misses = fit_uneven_shares(trained)
    shares, before = fit_shares(trained)
    missed = (trained.gains - shares(trained.profiles))[:, 0]
    near = _kernel(gains.centers, gains.centers, gains.length[0])
    by_noise = []  # which of the grid it was is not kept
    for noise in NOISES:
        others = [np.delete(np.arange(24), i) for i in range(24)]
        said = [
            near[i, o] @ np.linalg.solve(near[np.ix_(o, o)] + noise * np.eye(23), missed[o])
            for i, o in enumerate(others)
        ]
        by_noise.append(np.abs(before[:, 0] - said - misses[:, 0]).max())
    assert min(by_noise) < 1e-9


def test_slopes_are_those_of_the_gains() -> None:
    gains, _ = fit_uneven_shares(table(60, 0.2, 0.005)[0])
    x = UPPER * np.random.default_rng(1).random((2, 4, SIZE))
    assert gains.gradient(x) * UPPER == pytest.approx(
        differences(gains, x, UPPER) * UPPER, abs=1e-6
    )


def test_it_is_no_member_of_the_committee_but_a_family_of_its_own() -> None:
    trained, _ = table(40, 0.1, 0.005)
    given: Any = {"local_data": LOCAL, "upper": UPPER}
    members = fit_gains(trained.profiles, trained.gains, **given).members
    assert [one.family for one in members] == ["separable", "transfer", "shares"]
    alone = fit_gains(trained.profiles, trained.gains, family="uneven-shares", **given)
    assert alone.skill.value is not None
    assert alone.skill.value > 0.5
    said = alone.to_dict()["parameters"]
    assert np.shape(said["shares"]["effect"]) == (3, 3)
