"""Proved bounds against the true regret: `python -m benchmarks.proofs [--rounds N] [--check]`.

Random rounds, every second one with damage that may make weights negative, every third under a
redistribution, every seventh at a profile that is no equilibrium. The true regret is computed in
60 digits; every file goes through the independent checker. 1,000 rounds take a minute.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition import prove, solve
from coopetition.games.checker import RefusedError, check_document
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import redistribute, redistribution
from tests.games.precise import regrets
from tests.instances import payoff_scale, random_round


@dataclass(frozen=True, slots=True)
class Trial:
    """One proof: its bound and what it exceeds the truth by, relative to the payoffs' scale."""

    negative: bool
    ruled: bool
    solved: bool
    bound: float
    below: bool
    refused: bool


def drawn(seed: int) -> CoopetitionRound:
    """Draw a round of one to four organizations."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 5))
    game = random_round(seed, players=size)
    if seed % 2:
        game = game.replace(damage=rng.uniform(0, 2.5 / size, (size, size)) * (1 - np.eye(size)))
    return game


def trial(seed: int) -> Trial:
    """Prove one round, and compare."""
    game, rule = drawn(seed), None
    negative = bool((game.weights < 0).any())
    if seed % 3 == 0 and not negative:
        rule = redistribution(game, rate=float(np.random.default_rng(seed).uniform(0, 0.5)))
    played = game if rule is None else redistribute(game, rule)
    profile = solve(played).profile
    if seed % 7 == 0:
        profile = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    proof = prove(played, profile)
    terms = () if rule is None else (rule.slope, rule.bend)
    truth = regrets(game, profile, *terms)
    bounds = proof.certificate.regret
    try:
        checked = check_document(json.loads(json.dumps(proof.document)))
        refused = checked != Fraction(proof.certificate.epsilon)
    except RefusedError:
        refused = True
    return Trial(
        negative=negative,
        ruled=rule is not None,
        solved=seed % 7 != 0,
        bound=proof.certificate.epsilon / max(payoff_scale(game, profile), 1e-300),
        below=any(b < t for b, t in zip(bounds, truth, strict=True)),
        refused=refused,
    )


def main() -> int:
    """Prove, print what was found, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proofs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    start = time.process_time()
    found = [trial(seed) for seed in range(options.first, options.first + options.rounds)]
    seconds = time.process_time() - start
    solved = [t.bound for t in found if t.solved]
    print(machine(), "", sep="\n")
    print(f"* {len(found):,} rounds, {sum(t.negative for t in found):,} with negative weights,")
    print(
        f"  {sum(t.ruled for t in found):,} under a rule, {1e3 * seconds / len(found):.0f} ms each"
    )
    print(f"* bounds at equilibria, relative to payoffs: median {np.median(solved):.1e},")
    signs = [[t.bound for t in found if t.solved and t.negative == sign] for sign in (False, True)]
    largest = [f"{max(part, default=0.0):.1e}" for part in signs]
    print(f"  largest {largest[0]} with weights that are not negative, {largest[1]} with others")
    below, refused = sum(t.below for t in found), sum(t.refused for t in found)
    met = [
        Target("bounds below the true regret: none", below, below == 0),
        Target("files that the checker refuses: none", refused, refused == 0),
        Target(
            "median bound at most 1e-12", float(np.median(solved)), bool(np.median(solved) <= 1e-12)
        ),
    ]
    print("", *(f"* {target}" for target in met), sep="\n")
    return int(options.check and not all(target.met for target in met))


if __name__ == "__main__":
    sys.exit(main())
