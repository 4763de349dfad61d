"""What second differences say of a rule: pairwise payments, weights of a potential.

A verdict needs a clear margin: what is within `CLOSE` of the unit holds, what is beyond `CLEAR`
fails, anything between is left open, so that verdicts depend on no last bits.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import TransferRule

CLOSE, CLEAR = 1e-7, 1e-5  # of the unit
CYCLES = 16  # of every pair


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict; `holds` is None where it is unknown, `notes` qualify what holds."""

    holds: bool | None
    witness: str
    proved: bool = False
    notes: tuple[str, ...] = ()


def judged(excess: float, unit: float, witness: str) -> Finding:
    """Hold what is not above zero by more than rounding, fail what clearly is."""
    if excess <= CLOSE * unit:
        return Finding(True, "")
    return Finding(False if excess >= CLEAR * unit else None, witness)


def _cycles(game: Game, n: int, m: int) -> Array:
    """Return cycles in which n and m move: x, n moved, m moved, both; shape (CYCLES, 4, N)."""
    rng = np.random.default_rng(0)
    x, y = game.spaces.sample(rng, 2 * CYCLES).reshape(2, CYCLES, -1)
    corners = np.repeat(x[:, None], 4, axis=1)
    corners[:, 1::2, n], corners[:, 2:, m] = y[:, None, n], y[:, None, m]
    return corners


def _mixed(paid: Array) -> Array:
    """Return second differences of cycles, shape (CYCLES, N)."""
    return np.asarray(paid[:, 3] - paid[:, 2] - paid[:, 1] + paid[:, 0])


def pairwise(game: Game, rule: TransferRule) -> Finding:
    """Look for somebody whose transfer mixes the contributions of two others."""
    for n, m in combinations(range(len(game.players)), 2):
        paid = rule(game, _cycles(game, n, m))
        third = np.delete(_mixed(paid), [n, m], axis=-1)
        unit = float(np.abs(paid).sum(axis=(1, 2)).max())
        names = f"{game.players[n]} and {game.players[m]}"
        verdict = judged(
            float(np.abs(third).max(initial=0.0)), unit, f"others' transfers mix {names}"
        )
        if not verdict.holds:
            return verdict
    return Finding(True, "")


def some_potential(game: CoopetitionRound, induced: Game) -> Finding:
    """Look for weights: mixed differences of n and m in a constant positive ratio, w_n to w_m."""
    size, rows, logs = len(game.players), [], []
    for n, m in combinations(range(size), 2):
        corners = _cycles(game, n, m)
        paid = induced.payoffs(corners)
        a, b = _mixed(paid)[:, [n, m]].T
        unit, names = float(np.abs(paid).max()), f"{game.players[n]} and {game.players[m]}"
        if max(np.abs(a).max(), np.abs(b).max()) <= 1e-9 * unit:
            continue  # they do not meet
        ratio = float(a @ b) / max(float(b @ b), 1e-300)
        apart = float(np.abs(a - ratio * b).max())
        verdict = judged(apart, float(np.abs(a).max()), f"no weights close cycles of {names}")
        if ratio <= 0 or not verdict.holds:
            said = f"{names} want weights of opposite signs" if ratio <= 0 else verdict.witness
            return Finding(False if ratio <= 0 else verdict.holds, said)
        rows.append([float(k == n) - float(k == m) for k in range(size)])
        logs.append(np.log(ratio))
    if not rows:
        return Finding(True, "", notes=("w", "1"))
    wanted, log = np.array(rows), np.array(logs)
    weights = np.linalg.lstsq(wanted, log, rcond=None)[0]
    verdict = judged(float(np.abs(wanted @ weights - log).max()), 1.0, "ratios contradict")
    known = {"1": np.ones(size)}
    if game.has_potential:
        known = {"w": np.abs(game.weights), **known}
    notes = [k for k, w in known.items() if np.abs(wanted @ np.log(w) - log).max() <= CLOSE]
    return Finding(verdict.holds, verdict.witness, notes=tuple(notes))
