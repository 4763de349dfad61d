"""Splits and mergers: what must be conserved, and rules whose rewards have closed forms."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.design import drawn
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import none, pool_shares, redistribute, redistribution
from coopetition.solvers import solve
from coopetition.studies.audit.identities import identities
from coopetition.studies.audit.splitting import merge, split
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import newcomers_rule
from tests.studies.command import coopetition

MANY = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * 13, max_contribution=10.0, value=1.0
)
COLUMNS = ("local_data", "max_contribution", "value", "unit_cost", "quadratic_cost", "fixed_cost")


def small(seed: int) -> CoopetitionRound:
    """Draw five heterogeneous organizations with quadratic costs and rivalry."""
    rng = np.random.default_rng(seed)
    rivalry = rng.uniform(0, 20, (5, 5))
    np.fill_diagonal(rivalry, 0.0)
    return (
        drawn(30 + seed)
        .replace(quadratic_cost=1e-6)
        .among([0, 1, 2, 3, 4])
        .replace(rivalry=rivalry)
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_two_identities_together_are_the_one(seed: int, share: float) -> None:
    """At contributions in proportion nobody notices, but for the damage that the parts suffer."""
    game = small(seed + 3)
    n = seed % 5
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    at = np.insert(x, n + 1, (1 - share) * x[n])
    at[n] = share * x[n]
    others = np.delete(np.arange(5), n)
    places = np.delete(np.arange(6), [n, n + 1])
    before, after = game.payoffs(x), split(game, n, share).payoffs(at)
    np.testing.assert_allclose(after[places], before[others], rtol=1e-10)
    assert after[[n, n + 1]].sum() >= before[n] - 1e-9 * abs(before[n])  # concave gain
    calm = game.replace(damage=0.0)
    before, after = calm.payoffs(x), split(calm, n, share).payoffs(at)
    assert after[[n, n + 1]].sum() == pytest.approx(before[n], rel=1e-10)


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_merger_takes_a_split_back(share: float) -> None:
    game = small(2)
    again = merge(split(game, 2, share), 2, 3)
    for name in (*COLUMNS, "quality", "skew"):
        np.testing.assert_allclose(getattr(again, name), getattr(game, name), rtol=1e-12)
    for name in ("damage", "rivalry"):
        was, now = (getattr(one, name).spread(np.eye(5)) for one in (game, again))
        np.testing.assert_allclose(now, was, rtol=1e-12)
    assert again.players[:2] == game.players[:2]
    assert again.players[2] not in game.players


def test_a_merger_of_two_in_proportion_to_their_capacities() -> None:
    game = small(1).replace(personal_weight=0.0)
    joined = merge(game, 1, 3)
    share = game.max_contribution[1] / game.max_contribution[[1, 3]].sum()
    x = 700.0
    apart = np.array([0.0, share * x, 0.0, (1 - share) * x, 0.0])
    together = np.array([0.0, x, 0.0, 0.0])
    assert joined.cost(together)[1] == pytest.approx(game.cost(apart)[[1, 3]].sum())
    assert joined.form.aggregate(together) == pytest.approx(game.form.aggregate(apart))
    calm = game.replace(rivalry=0.0, damage=0.0)
    assert merge(calm, 1, 3).payoffs(together)[1] == pytest.approx(
        calm.payoffs(apart)[[1, 3]].sum()
    )


def test_where_nobody_contributes_nothing_changes() -> None:
    game = small(0).replace(max_contribution=0.0)
    found = identities(game, none, shares=(0.5, 0.3))
    assert len(found.cases) == 5 * 2 + 10
    for case in found.cases:
        if case.kind == "split":
            assert case.change == pytest.approx(0.0, abs=1e-9)
        assert case.change == case.without_rule


@pytest.mark.parametrize("size", [3, 4, 6])
def test_redistribution_by_a_scalar_rewards_merging(size: int) -> None:
    """Closed form with costs b x²/2 alone: merging two brings r²(N−1)²/b, splitting costs."""
    rate, bend = 0.03, 1e-4
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * size, max_contribution=20_000.0,
        value=0.0, quadratic_cost=bend,
    )  # fmt: skip
    found = identities(game, lambda part: redistribution(part, rate=rate, intensity=1.0))
    unit = rate**2 / bend
    for case in found.cases:
        merged = unit * (size - 1) ** 2
        apart = unit * ((size - 1) ** 2 / 2 - size * (size - 1) - size**2 / 2)
        assert case.change == pytest.approx(merged if case.kind == "merge" else apart, rel=1e-6)
        assert case.without_rule == 0.0
    worst = found.worst("merge")
    assert worst is not None
    assert worst.change > 0


def test_equal_shares_of_a_pool_reward_splitting() -> None:
    """Closed form where nobody can contribute: 2/(N + 1) of W instead of 1/N."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0, 300.0, 500.0], max_contribution=0.0,
        value=[100.0, 200.0, 300.0],
    )  # fmt: skip
    whole = float(game.welfare(np.zeros(3)))
    found = identities(game, pool_shares)
    assert not found.unsolved
    for case in found.cases:
        gain = whole * (2 / 4 - 1 / 3) if case.kind == "split" else whole * (1 / 2 - 2 / 3)
        assert case.change == pytest.approx(gain, rel=1e-9)
        assert case.without_rule == pytest.approx(0.0, abs=1e-9)


def test_a_case_is_the_two_rounds_solved() -> None:
    game = small(3).replace(damage=0.05)

    def rule(part: CoopetitionRound) -> Any:
        return redistribution(part, rate=0.01)

    case = next(c for c in identities(game, rule).cases if c.kind == "merge")
    joined = merge(game, 0, 1)
    after = solve(redistribute(joined, rule(joined))).payoffs[0]
    before = solve(redistribute(game, rule(game))).payoffs[[0, 1]].sum()
    assert case.organizations == game.players[:2]
    assert case.change == pytest.approx(after - before)
    assert case.without_rule == pytest.approx(
        solve(joined).payoffs[0] - solve(game).payoffs[[0, 1]].sum()
    )


def test_rules_that_do_not_fit_a_new_set_are_named() -> None:
    game = small(1).among([0, 1, 2]).replace(damage=0.05)
    found = identities(game, newcomers_rule(MechanismSettings(rule="symmetric-redistribution")))
    assert len(found.unsolved) == 3  # mergers leave two: the rule needs three
    assert all(text.startswith("merge of ") for text in found.unsolved)
    assert found.worst("merge") is None
    assert found.worst("split") is not None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: identities(g, none, shares=(1.0,)), r"`shares` must hold numbers in \(0, 1\)"),
        (lambda g: identities(MANY, none), "above 12 organizations"),
        (lambda g: identities(MANY.among(range(9)), pool_shares), "8 where equilibria"),
        (lambda g: merge(g, 1, 1), "`n` and `m` must be two places"),
        (
            lambda g: newcomers_rule(
                MechanismSettings(rule="redistribution", rate=1.0, intensity=[[0, 1], [1, 0]])
            ),
            "`intensity` is given by organization",
        ),
        (
            lambda g: newcomers_rule(MechanismSettings(rule="pool-shares", shares=(0.5, 0.5))),
            "`shares` is given by organization",
        ),
    ],
)
def test_malformed_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        call(small(0))


@pytest.mark.parametrize(
    "rule", ["none", "redistribution", "deviation-from-average", "bilateral-prices", "pool-shares"]
)
def test_the_documented_amounts_are_what_the_audit_finds(rule: str) -> None:
    root = Path(__file__).parents[3]
    page = (root / "docs" / "rules.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if re.match(rf"\| `{rule}` \| [+−]", line))
    shown = [float(cell.replace("−", "-").replace(",", "")) for cell in row.split("|")[2:-1]]
    rate = ["--rate", "0.02"] if rule in ("redistribution", "deviation-from-average") else []
    words: list[str | Path] = [
        "audit",
        root / "examples" / "three.toml",
        "--rule",
        rule,
        *rate,
        "--json",
    ]
    found = coopetition(*words).document["properties"]
    said = [found[name]["witness"] for name in ("false-name-proof", "merger-proof")]
    numbers = [float(number) for text in said for number in re.findall(r"[+-][\d.]+", text)]
    assert shown == pytest.approx(numbers, rel=5e-3, abs=6e-3)
