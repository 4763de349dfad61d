"""Whose rows help or hurt whom, and who would do better alone, seen in everybody's own gains.

Effects are differences of gains with the same seed. Their errors are those over seeds only: an
organization's own test rows are the same in both terms, and what they miss is not in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.terminal import aligned

Judged = tuple[float | None, float | None, str]  # mean, standard error over seeds, verdict
Gains = Mapping[tuple[tuple[float, ...], int], Sequence[float]]  # by contributions and seed

LEVEL = 0.95  # of each verdict by itself
_ROUNDING = 1e-12  # of the gains: less is neither an effect nor an error
_NAMED = 6  # effects that a sentence names
_SHOWN = 8  # organizations up to which the matrix is printed


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects on everybody's own gain, each with its standard error over seeds and a verdict.

    Parameters
    ----------
    organizations : N names
    contributions : N × N effects
        On the gain of row m, of the largest contribution of column n where nobody else contributes
        more than the least: it ``helps``, ``hurts``, has ``none``, or is ``undecided``.
    together : N effects
        Of training together instead of alone, all contributing the most: an organization ``gains``,
        ``loses``, sees ``none``, or it is ``undecided``. None where that was not asked.
    """

    organizations: tuple[str, ...]
    contributions: tuple[tuple[Judged, ...], ...]
    together: tuple[Judged, ...] | None

    def __str__(self) -> str:
        """Write the matrix, unless it is large."""
        if len(self.organizations) > _SHOWN:
            return ""
        rows = [("", *self.organizations)]
        for name, effects in zip(self.organizations, self.contributions, strict=True):
            rows.append((name, *map(shown, effects)))
        head = (
            "Effect of the column's largest contribution on the row's own gain, ± s.e. over seeds:"
        )
        return f"{head}\n{aligned(rows)}"

    def to_dict(self) -> dict[str, Any]:
        """Return matrices; rows are whose gain, columns whose contribution."""
        keys = ("mean", "standard_error", "verdict")
        return {
            "organizations": list(self.organizations),
            "contributions": {
                key: [[effect[k] for effect in row] for row in self.contributions]
                for k, key in enumerate(keys)
            },
            "together": self.together
            and {key: [effect[k] for effect in self.together] for k, key in enumerate(keys)},
        }

    def named(self, verdict: str) -> list[str]:
        """Say which contributions, or which organizations together, have a verdict."""
        if self.together is not None and verdict == "loses":
            found = zip(self.organizations, self.together, strict=True)
            return [f"{name} ({shown(e)})" for name, e in found if e[2] == verdict]
        return [
            f"{self.organizations[n]} {verdict} {'itself' if n == m else self.organizations[m]} "
            f"({shown(effect)})"
            for n in range(len(self.organizations))
            for m, effect in enumerate(row[n] for row in self.contributions)
            if effect[2] == verdict
        ]


def shown(effect: Judged) -> str:
    """Write an effect with its error.

    Examples
    --------
    >>> shown((0.25, 0.011, "helps")), shown((None, None, "undecided"))
    ('+0.25 ± 0.011', '?')
    """
    mean, error, _ = effect
    if mean is None:
        return "?"
    return f"{mean:+.3g}" + ("" if error is None else f" ± {error:.2g}")


def listed(names: list[str]) -> str:
    """Name some of them."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def effects_of(
    organizations: tuple[str, ...],
    rows: Array,
    upper: Sequence[float],
    seeds: Sequence[int],
    everybody: Gains,
    alone: Mapping[tuple[int, int], float],
) -> Effects | None:
    """Return the effects that can be seen; None if not one gain was told.

    Parameters
    ----------
    rows : shape (K, N)
        Profiles, the least contributions first.
    upper : N numbers
        The largest contributions.
    seeds
        Distinct.
    everybody
        Finite own gains of all, where nobody is left out.
    alone
        Own gains of an organization that trains alone and contributes the most, with a seed.
    """
    if not everybody:
        return None
    least, size = tuple(rows[0].tolist()), len(organizations)
    scale = max(abs(gain) for gains in everybody.values() for gain in gains)

    def on(m: int, profile: tuple[float, ...]) -> list[float]:
        pairs = ((everybody.get((profile, s)), everybody.get((least, s))) for s in seeds)
        return [there[m] - here[m] for there, here in pairs if there and here]

    contributions = []
    for m in range(size):
        moved = (tuple(upper[k] if k == n else v for k, v in enumerate(least)) for n in range(size))
        contributions.append(
            tuple(_effect(on(m, profile), scale, ("helps", "hurts")) for profile in moved)
        )
    together = []
    for m in range(size):
        pairs = ((everybody.get((tuple(upper), s)), alone.get((m, s))) for s in seeds)
        apart = [both[m] - single for both, single in pairs if both and single is not None]
        together.append(_effect(apart, scale, ("gains", "loses")))
    return Effects(organizations, tuple(contributions), tuple(together) if alone else None)


def _effect(values: list[float], scale: float, words: tuple[str, str]) -> Judged:
    """Average differences over seeds, and judge their sign by a t interval."""
    from scipy.special import stdtrit

    if not values:
        return None, None, "undecided"
    mean = float(np.mean(values))
    if len(values) == 1:
        return mean, None, "undecided"
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    least = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * error
    error = error if error > _ROUNDING * scale else 0.0
    if not error and abs(mean) <= _ROUNDING * scale:
        return 0.0, 0.0, "none"
    if abs(mean) <= least:
        return mean, error, "undecided"
    return mean, error, words[mean < 0]
