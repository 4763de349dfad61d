"""A market of Nevo's cereals, whose data come with PyBLP: `pip install "coopetition[pyblp]"`."""

from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies.market import Market, from_pyblp, second_choice

pyblp = pytest.importorskip("pyblp", reason="needs the extra `pyblp`")

FORMS = ("0 + prices", "1 + prices + sugar + mushy", "0 + income + income_squared + age + child")
SIGMA = np.diag([0.3302, 2.4526, 0.0163, 0.2441])  # PyBLP's tutorial starts here
PI = [
    [5.4819, 0, 0.2037, 0],
    [15.8935, -1.2, 0, 2.6342],
    [-0.2506, 0, 0.0511, 0],
    [1.2650, 0, -0.8091, 0],
]


def problem(random: bool = True) -> Any:
    pyblp.options.verbose = False
    products, agents = (
        np.genfromtxt(file, delimiter=",", names=True, dtype=None, encoding="utf-8")
        for file in (pyblp.data.NEVO_PRODUCTS_LOCATION, pyblp.data.NEVO_AGENTS_LOCATION)
    )
    linear, mixed, people = FORMS
    first = pyblp.Formulation(linear, absorb="C(product_ids)")
    if not random:
        return pyblp.Problem(first, products)
    return pyblp.Problem(
        (first, pyblp.Formulation(mixed)), products, pyblp.Formulation(people), agents
    )


@pytest.fixture(scope="module")
def results() -> Any:
    search = pyblp.Optimization("bfgs", {"gtol": 1e-5})
    return problem().solve(SIGMA, PI, optimization=search, method="1s")


@pytest.fixture(scope="module")
def market(results: Any) -> Market:
    return from_pyblp(results, "C01Q1")


def test_the_numbers_of_nevos_market(market: Market) -> None:
    """Computed by PyBLP's own elasticities and costs in another program."""
    assert market.firms == ("1", "2", "3", "4", "6")
    kept = (
        0.49400462191066263, 0.6295038892586038, 0.5635540015335734, 0.43903754140733325,
        0.3935981625365178,
    )  # fmt: skip
    value = (0.1189316844, 0.23141277770000002, 0.029788965, 0.01807210308, 0.046569943)
    lost = (0.0, 0.1821881092767322, 0.14898158514792967, 0.1740911673397002, 0.2240506378984233)
    np.testing.assert_allclose(market.kept, kept, rtol=1e-9)
    np.testing.assert_allclose(market.value, value, rtol=1e-9)
    np.testing.assert_allclose(market.damage[0], lost, rtol=1e-9)
    np.testing.assert_allclose(market.weights, np.multiply(kept, value), rtol=1e-9)


def test_draws_keep_the_shares_and_have_the_spread_of_the_estimate(market: Market) -> None:
    value, damage = market.draws(500, seed=0)
    np.testing.assert_allclose(value, np.broadcast_to(market.value, value.shape), rtol=1e-9)
    kept = 1 - np.einsum("bnm,bm->bn", damage, value) / value
    # The same draws by another program: with shares that move it is more than twice as much.
    spread = (
        0.021839870698314764, 0.018193202216484305, 0.02669252551634114, 0.055085835887706845,
        0.05865019807075617,
    )  # fmt: skip
    np.testing.assert_allclose(kept.std(axis=0), spread, rtol=0.15)
    middle = np.median(kept, axis=0)
    assert (np.abs(middle - market.kept) < spread).all()


def test_second_choices_of_the_estimate_give_nearly_the_same(results: Any, market: Market) -> None:
    """Firms of several products: what second choices by firm then miss is small."""
    products = results.problem.products
    here = np.flatnonzero(products.market_ids.ravel() == "C01Q1")
    ids, shares = products.firm_ids.ravel()[here], products.shares.ravel()[here]
    member = (np.unique(ids)[:, None] == ids).astype(float)
    leaves = results.compute_elasticities(market_id="C01Q1") * shares[:, None]
    leaves = member @ (leaves / products.prices.ravel()[here]) @ member.T
    ratios = -leaves.T / np.diag(leaves)[:, None]
    np.fill_diagonal(ratios, 0.0)
    off = ~np.eye(5, dtype=bool)
    error = np.log(second_choice(member @ shares, ratios).damage[off] / market.damage[off])
    assert np.median(np.abs(error)) < 0.05


def test_a_plain_logit_is_drawn_too() -> None:
    found = from_pyblp(problem(random=False).solve(method="1s"), "C01Q1")
    value, damage = found.draws(50)
    np.testing.assert_allclose(value, np.broadcast_to(found.value, value.shape), rtol=1e-9)
    # Whatever the price coefficient, second choices of a logit are shares.
    np.testing.assert_allclose(damage, np.broadcast_to(found.damage, damage.shape), atol=1e-6)


def test_a_market_that_is_none_of_them(results: Any) -> None:
    with pytest.raises(InvalidInputError, match="`market_id` must be a market of the data, C01Q1"):
        from_pyblp(results, "C99Q9")
