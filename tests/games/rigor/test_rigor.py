"""Proved certificates: never below the true regret, tight, and refused when tampered with."""

import ast
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse

from coopetition.games import (
    CoopetitionRound,
    Game,
    InvalidInputError,
    LowRankCompetition,
    PowerGain,
    SectorCompetition,
    UnsupportedGameError,
)
from coopetition.games import checker as checker_package
from coopetition.games.checker import RefusedError, check_document, digest
from coopetition.games.checker.numbers import exp, ln, power
from coopetition.games.finite import FiniteGame
from coopetition.games.rigor.certificate_file import check_certificate
from coopetition.games.rigor.interval import Interval, total
from coopetition.games.rigor.proof import certify, prove
from coopetition.mechanisms import proportional, redistribute, redistribution
from coopetition.solvers import solve
from tests.campaign import draws
from tests.games.precise import regrets
from tests.instances import SYMMETRIC, payoff_scale, random_round


def reread(document: Any) -> Any:
    """Return what a file holds after it was written and read."""
    return json.loads(json.dumps(document))


def rival_round(seed: int) -> CoopetitionRound:
    """Draw a small round; odd seeds have damage that makes some weights negative."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 6))
    game = random_round(seed, players=size)
    if seed % 2:
        hurt = rng.uniform(0, 2.5 / size, (size, size)) * (1 - np.eye(size))
        game = game.replace(damage=hurt)
    return game


@settings(max_examples=draws(25, 100), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_bound_is_below_the_true_regret(seed: int) -> None:
    game = rival_round(seed)
    profile = solve(game).profile
    if seed % 5 == 0:  # far from any equilibrium
        profile = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    proof = prove(game, profile)
    for bound, truth in zip(proof.certificate.regret, regrets(game, profile), strict=True):
        assert bound >= truth
        assert bound <= max(truth, 0) * 1.01 + 2e-9 * payoff_scale(game, profile)
    assert check_document(reread(proof.document)) == Fraction(proof.certificate.epsilon)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), rate=st.floats(0, 0.5))
@example(seed=238, rate=5e-324)  # transfers with hardly a digit
def test_rules_are_part_of_the_theorem(seed: int, rate: float) -> None:
    game = rival_round(2 * (seed // 2))
    rule = redistribution(game, rate=rate)
    induced = redistribute(game, rule)
    profile = solve(induced).profile
    proof = prove(induced, profile)
    truth = regrets(game, profile, rule.slope, rule.bend)
    assert all(b >= t for b, t in zip(proof.certificate.regret, truth, strict=True))
    assert proof.certificate.holds
    check_document(reread(proof.document))


def test_a_value_of_zero_is_a_weight_of_zero() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=[1000, 0.0],
        max_contribution=4000, unit_cost=0.001,
    )  # fmt: skip
    for damage in (0.0, [[0.0, 0.1], [0.0, 0.0]]):
        proof = prove(game.replace(damage=damage), [4000, 0])
        assert proof.certificate.regret[1] == 0
        check_document(reread(proof.document))


def test_bounds_at_equilibria_are_tight() -> None:
    sizes = []
    for seed in range(40):
        game = random_round(seed, positive=True)
        profile = solve(game).profile
        proof = prove(game, profile)
        assert proof.certificate.claim == "proved"
        sizes.append(proof.certificate.epsilon / payoff_scale(game, profile))
    assert np.median(sizes) <= 1e-12


@pytest.mark.parametrize(
    "damage",
    [
        0.08,
        0.02 * (np.ones((6, 6)) - np.eye(6)),
        sparse.csr_array(0.02 * np.eye(6, k=1)),
        LowRankCompetition(np.full((6, 2), 0.1), np.full((6, 2), 0.2)),
        SectorCompetition([0, 1, 1, 0, 1, 2], [[0.04, 0.01, 0], [0.03, 0.02, 0.1], [0, 0.05, 1]]),
    ],
    ids=["number", "matrix", "sparse", "factors", "sectors"],
)
def test_every_form_of_competition_is_proved(damage: Any) -> None:
    game = SYMMETRIC.replace(damage=damage, rivalry=damage, skew=1.0, personal_weight=0.05)
    profile = solve(game).profile
    proof = prove(game, profile)
    assert proof.certificate.holds
    truth = regrets(game, profile)
    assert all(b >= t for b, t in zip(proof.certificate.regret, truth, strict=True))
    check_document(reread(proof.document))
    rational = game.replace(gain=PowerGain(1.0, 2000.0, 1.0))
    profile = solve(rational).profile
    exact, interval = prove(rational, profile, rigor="rational"), prove(rational, profile)
    truth = regrets(rational, profile)
    for tight, wide, true in zip(
        exact.certificate.regret, interval.certificate.regret, truth, strict=True
    ):
        assert true <= tight <= wide
    check_document(reread(exact.document))


def finite(seed: int) -> FiniteGame:
    """Draw a small game of fractions."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 4, int(rng.integers(1, 4))))
    values = [Fraction(int(v), 7) for v in rng.integers(-9, 9, len(shape) * int(np.prod(shape)))]
    return FiniteGame(np.array(values, dtype=object).reshape(len(shape), *shape))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_finite_games_are_exact(seed: int) -> None:
    game = finite(seed)
    rng = np.random.default_rng(seed)
    profile = [int(rng.integers(k)) for k in game.shape]
    proof = prove(game, profile)
    assert [Fraction(v) for v in proof.document["regret"]] == game.regret(profile).tolist()
    assert check_document(reread(proof.document)) == max(game.regret(profile))
    assert certify(game, profile).holds == (max(game.regret(profile)) == 0)
    assert certify(game, profile).claim == "proved"  # fractions compared are a proof, floats not
    assert certify(game.to_floats(), profile).claim == "checked"


def tampered(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Change one entry and make the digest fit again."""
    changed = reread(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return {**changed, "digest": digest(changed)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("profile", 0), 300.0),
        (("profile", 2), 270.0),
        (("value", 1), 1001.0),
        (("unit_cost", 0), 0.0011),
        (("quadratic_cost", 0), 0.0),
        (("damage",), 0.0),
        (("gain", "exponent"), 0.36),
        (("local_data", 3), 1501.0),
        (("transfer_slope", 0), 0.001),
        (("regret", 0), 0.0),
        (("regret", 0), -1.0),
        (("max_contribution", 0), 100.0),
        (("profile",), [1.0]),
        (("value", 0), "nan"),
        (("gain", "family"), "magic"),
    ],
)
def test_what_was_changed_is_refused(path: tuple[Any, ...], value: Any) -> None:
    proof = prove(SYMMETRIC, solve(SYMMETRIC).profile)
    whole = reread(proof.document)
    assert check_document(whole) > 0
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(RefusedError, match="digest"):
        check_document(whole)
    with pytest.raises(RefusedError):
        check_document(tampered(proof.document, path, value))


def test_cells_must_cover_the_interval_and_prove_the_bound() -> None:
    game = rival_round(7)
    assert (game.weights < 0).any()
    proof = prove(game, solve(game).profile)
    name, hint = next(iter(proof.document["hints"].items()))
    assert len(hint["cells"]) > 10
    for cells in (hint["cells"][1:], hint["cells"][:-1], hint["cells"][::-1]):
        with pytest.raises(RefusedError):
            check_document(tampered(proof.document, ("hints", name, "cells"), cells))


def test_the_checker_shares_nothing_with_the_solvers() -> None:
    folder = Path(checker_package.__file__).parent
    allowed = {"bisect", "collections", "dataclasses", "fractions", "functools", "hashlib"}
    allowed |= {"itertools", "json", "re", "typing"}
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= allowed
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                ours = module.startswith("coopetition.games.checker")
                assert ours or module.split(".")[0] in allowed, module


@settings(deadline=None)
@given(x=st.floats(-600, 600))
def test_exp_is_enclosed(x: float) -> None:
    import mpmath

    low, high = exp(Fraction(x))
    with mpmath.workdps(70):
        true = mpmath.exp(mpmath.mpf(x))
        assert mpmath.mpf(low.numerator) / low.denominator <= true
        assert true <= mpmath.mpf(high.numerator) / high.denominator
    assert high - low <= low / 10**50


@settings(deadline=None)
@given(x=st.floats(1e-300, 1e300), e=st.floats(-3, 3))
def test_ln_and_powers_are_enclosed(x: float, e: float) -> None:
    import mpmath

    with mpmath.workdps(90):
        truths = (mpmath.log(mpmath.mpf(x)), mpmath.mpf(x) ** mpmath.mpf(e))
        for (low, high), value in zip(
            (ln(Fraction(x)), power(Fraction(x), Fraction(e))), truths, strict=True
        ):
            assert mpmath.mpf(low.numerator) / low.denominator <= value
            assert value <= mpmath.mpf(high.numerator) / high.denominator


def test_files_are_written_and_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "certificate.json"
    proof = prove(SYMMETRIC, solve(SYMMETRIC).profile)
    proof.save(file)
    assert float(check_certificate(file)) == proof.certificate.epsilon
    text = file.read_text(encoding="utf-8")
    for content, words in (
        (text.replace('"value"', '"worth"', 1), "changed"),
        (text[: len(text) // 2], "not JSON"),
        ("[]", "this is no"),
        (
            text.replace('"claim": ', '"unread": -Infinity, "claim": ', 1),
            "-Infinity is not a number",
        ),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidInputError, match=words):
            check_certificate(file)
    with pytest.raises(InvalidInputError, match="cannot read"):
        check_certificate(tmp_path / "none.json")


class Odd(Game):
    """A game of which nothing is known."""

    players = ("one",)
    spaces = SYMMETRIC.among([0]).spaces

    def payoffs(self, profile: Any) -> Any:
        """Return nothing of interest."""
        return np.asarray(profile, dtype=float)


def test_what_cannot_be_proved_is_refused() -> None:
    free = solve(SYMMETRIC).profile
    with pytest.raises(UnsupportedGameError, match="CoopetitionRound"):
        prove(Odd(), [0.0])
    with pytest.raises(UnsupportedGameError, match="separable"):
        prove(redistribute(SYMMETRIC, proportional(SYMMETRIC)), free)
    with pytest.raises(UnsupportedGameError, match="not rational"):
        prove(SYMMETRIC, free, rigor="rational")
    with pytest.raises(InvalidInputError, match="interval or rational"):
        prove(SYMMETRIC, free, rigor="exact")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="within"):
        certify(SYMMETRIC, free, rigor="interval", within=SYMMETRIC.spaces)


@pytest.mark.parametrize("seed", range(6))
def test_long_sums_are_enclosed_and_tight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(5_000, 40_000))
    values = rng.normal(size=size) * 10.0 ** rng.uniform(-8, 8, size)
    if seed % 2:
        values[: size // 2] = -values[size // 2 : 2 * (size // 2)] * (1 + 1e-13)
    exact = sum(map(Fraction, values.tolist()), Fraction(0))
    found = total(values)
    assert Fraction(float(found.low)) <= exact <= Fraction(float(found.high))
    width = float(found.high - found.low)
    assert width <= 1e-15 * abs(float(exact)) + 1e-26 * float(np.abs(values).sum())
    many, few = Interval.of(np.abs(values)), Interval.of(np.abs(values[:10]))
    for long, short in (
        (many + many, few + few),
        (many * many, few * few),
        (many - many * few_of(many), None),
    ):
        assert (long.low <= long.high).all()
        if short is not None:
            assert (long.low[:10] <= short.low).all()
            assert (long.high[:10] >= short.high).all()


def few_of(values: Interval) -> Interval:
    """Return other intervals of the same length."""
    return Interval(values.low[::-1], values.high[::-1])


@pytest.mark.parametrize("tol", [-1.0, float("nan"), "a", True])
def test_tolerances_are_numbers(tol: Any) -> None:
    for game, profile in ((SYMMETRIC, [0.0] * 6), (FiniteGame([[[1, 0], [0, 1]]] * 2), (0, 0))):
        for call in (certify, prove):
            with pytest.raises(InvalidInputError, match="`tol` must be at least 0, got"):
                call(game, profile, tol=tol)
