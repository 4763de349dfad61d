"""Everybody's own gain, fitted: a function of all contributions, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.gains.skill import Skill, skill_left_out
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.oracles.surrogates.families import FITS
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table

FOLDS = 10


@dataclass(frozen=True, eq=False)
class FittedGains(Result):
    """A function of all contributions for everybody's own gain.

    Parameters
    ----------
    family
        `separable`, `transfer`, `shares`, `uneven-shares`, or `committee`, the first three's mean.
    organizations : N names
    predict
        Profiles of shape (..., N) to gains of the same shape: what `MeasuredGame` takes as `gains`,
        with `gradient`, and with `bends` where the family knows signs of curvature.
    table
        What was measured.
    misses : shape (T, N)
        Leave-one-out residuals: measured gains minus those of the fit without the profile, settings
        such as ridges kept; exact for separable gains, linearized for others, where they are too
        small if profiles are few.
    noise, source : shape (N,)
        The sum of the variances of everybody's gains, 0 if unknown, and of what that is the noise.
    members
        Of a committee, its fits.
    """

    family: str
    organizations: tuple[str, ...]
    predict: SmoothGains
    table: GainTable
    misses: Array
    noise: Array
    source: str
    members: tuple["FittedGains", ...] = ()

    @cached_property
    def held_out_misses(self) -> Array:
        """Measured gains minus those of a fit to other profiles, shape (T, N).

        All is fitted anew, settings too, in at most 10 folds of whole profiles: so it takes as long
        as 10 fits, the first time.
        """
        if self.members:
            return np.asarray(np.mean([one.held_out_misses for one in self.members], axis=0))
        misses, groups = np.full(self.misses.shape, np.nan), self.table.groups
        order = np.random.default_rng(0).permutation(len(groups))
        for fold in np.array_split(order, min(FOLDS, len(groups))):
            out = [row for group in fold for row in groups[group]]
            rest = self.table.only(sorted({*range(len(misses))}.difference(out)))
            if np.ptp(rest.gains, axis=0).all():
                found = FITS[self.family].fit(rest)[0]
                misses[out] = self.table.gains[out] - found(self.table.profiles[out])
        return misses

    @cached_property
    def skills(self) -> tuple[Skill, ...]:
        """Everybody's share of what was measured that is predicted out of fold."""
        every = zip(self.table.gains.T, self.held_out_misses.T, self.noise.tolist(), strict=True)
        found = (skill_left_out(*one[:2], self.table.groups, one[2], self.source) for one in every)
        return tuple(replace(one, what=f"the fit of {self.family} gains") for one in found)

    @property
    def worst(self) -> str:
        """The organization whose gain is predicted worst, or for whom that is unknown."""
        return self.organizations[self._worst]

    @property
    def skill(self) -> Skill:
        """The skill of the worst organization: it decides."""
        return self.skills[self._worst]

    @property
    def _worst(self) -> int:
        known = [-np.inf if one.value is None else one.value for one in self.skills]
        return int(np.argmin(known))

    @property
    def held_out_error(self) -> Array:
        """Everybody's root mean square error out of fold, units of gain, shape (N,)."""
        return np.asarray(np.sqrt(np.mean(self.held_out_misses**2, axis=0)))

    def __str__(self) -> str:
        """Say in one sentence what the fit is worth."""
        found, who = self.skill, f"{self.worst}, the worst"
        if found.value is None:
            return f"{self.family}: what the fit is worth is unknown for {who}: {found.how}"
        words = found.verdict if found.nothing else f"{found.verdict} of what was measured"
        words = {"weak": "explains little of what was measured"}.get(found.verdict, words)
        return f"{self.family}: {words} (skill {found.value:.2g} for {who}, {found.how})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; a committee's members each."""
        return {
            "family": self.family,
            "organizations": list(self.organizations),
            "skill": [one.value for one in self.skills],
            "verdict": [one.verdict for one in self.skills],
            "how": [one.how for one in self.skills],
            "held_out_error": self.held_out_error.tolist(),
            "left_out_residual": self.misses.tolist(),
            "parameters": {} if self.members else _plain(self.predict),
            "members": [one.to_dict() for one in self.members],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one row per organization, per profile and organization, and per member."""
        count, size = self.misses.shape
        known = {
            "organization": self.organizations,
            "skill": [one.value for one in self.skills],
            "verdict": [one.verdict for one in self.skills],
            "held_out_error": self.held_out_error,
        }
        each = {
            "cell": np.repeat(np.arange(count), size),
            "organization": self.organizations * count,
            "contribution": self.table.profiles.ravel(),
            "gain": self.table.gains.ravel(),
            "left_out_residual": self.misses.ravel(),
        }
        both = (
            keyed(f"Fitted gains: {self.family}", known, notes=(f"{self}.",)),
            keyed("Profiles", each, names=2),
        )
        return (*both, _members(self.members)) if self.members else both

    def long_table(self) -> Table:
        """Return one row per organization, and one per profile and organization."""
        return stacked(*self.tables()[:2])


def _members(members: Sequence[FittedGains]) -> Table:
    """Return a row per member."""
    worst = [one.skill for one in members]
    known = {
        "family": [one.family for one in members],
        "skill": [one.value for one in worst],
        "verdict": [one.verdict for one in worst],
        "worst": [one.worst for one in members],
    }
    return keyed("Members", known)


def _plain(gains: Any) -> dict[str, Any]:
    """Return the parameters of a family as plain numbers and lists."""
    found = {each.name: getattr(gains, each.name) for each in fields(gains)}
    nested = {k: _plain(v) if is_dataclass(v) else v for k, v in found.items()}
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in nested.items()}
