"""Proofs of equilibria: regret bounds that are theorems, and files that anybody can check again.

A rigorous certificate says: in the game with exactly these numbers, nobody can gain more than
`regret_n`. For a round, rounding is enclosed from the raw numbers on (`rigor/enclosure.py`), one
scalar P′(Ω) in arbitrary precision, and with w_n ≥ 0 the payoff is concave in the own contribution,
so that a tangent bounds it: U_n(y) − U_n(x) ≤ U_n′(x) (y − x). With w_n < 0 branch and bound takes
its place. For finite games everything is a comparison of fractions.

Under a rule the theorem is about its own part slope·x − bend·x²/2: that transfers are of this form
is the rule's promise.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game
from coopetition.games.certificate import Certificate
from coopetition.games.certificate import certify as certify_in_floats
from coopetition.games.coopetition.best_response import concave_responses
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.rigor.certificate_file import round_document
from coopetition.games.rigor.enclosure import Enclosed, RoundUnderRule, enclose, own_part
from coopetition.games.rigor.exact import exact_regrets
from coopetition.games.rigor.finite import certify_finite, prove_finite
from coopetition.games.rigor.interval import Interval
from coopetition.games.rigor.one_player import OnePlayer, context, floats, scalar
from coopetition.games.text.writing import write_whole
from coopetition.games.tolerance import checked_tolerance, tolerances

Rigor = Literal["float", "interval", "rational"]
TANGENTS = 1000  # organizations at most whose bound is improved at a better point


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proof:
    """A proved certificate and the file that proves it."""

    certificate: Certificate
    write: Callable[[], dict[str, Any]] = field(repr=False)

    @property
    def document(self) -> dict[str, Any]:
        """The certificate file's content: all the numbers that the proof is about."""
        return self.write()

    def save(self, path: Path) -> None:
        """Write the certificate file.

        Raises
        ------
        InvalidInputError
            If it cannot be written.
        """
        text = json.dumps(self.document, indent=1) + "\n"
        write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))

    def __str__(self) -> str:
        """Say what is proved."""
        return str(self.certificate)


def prove(
    game: Game | FiniteGame,
    profile: ArrayLike | Sequence[int],
    *,
    rigor: Rigor = "interval",
    tol: float | None = None,
) -> Proof:
    """Bound every player's regret by proof.

    Parameters
    ----------
    rigor : "interval" or "rational"
        Outward-rounded floats, or fractions: exact where the gain's slope is a rational function
        (logarithmic, tabulated, power with a whole exponent), and for finite games.
    tol : payoff units
        As in `certify`.

    Raises
    ------
    UnsupportedGameError
        If the game is neither a finite game nor a round without a rule or under a separable one;
        if its gain or competition is a custom one, or not rational where that is asked.
    InvalidInputError
        If the profile does not fit, or `rigor` is none of the two.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000, unit_cost=0.001, organizations=["North", "South"])
    >>> proof = prove(game, [4000, 4000])
    >>> print(proof)
    equilibrium (proved: interval arithmetic, payoffs concave by w ≥ 0): nobody can gain more than 0
    ...
    >>> sorted(proof.document)[:3]
    ['claim', 'damage', 'digest']
    """
    if rigor not in ("interval", "rational"):
        raise InvalidInputError(f"`rigor` must be interval or rational, got {rigor!r}")
    tol = checked_tolerance(tol)
    if isinstance(game, FiniteGame):
        found, write = prove_finite(game, profile, tol)
        return Proof(certificate=found, write=write)
    part, x = own_part(game), game.checked(profile)
    limit = tolerances(game, x, tol)
    hints: dict[int, dict[str, Any]] = {}
    if rigor == "rational":
        regret, method = exact_regrets(part, x), "exact fractions, payoffs concave by w ≥ 0"
    else:
        regret, hints = _interval_regrets(game, part, x, limit)
        method = "interval arithmetic, payoffs concave by w ≥ 0"
        if any("cells" in hint for hint in hints.values()):
            method = "interval arithmetic, branch and bound where w < 0"
    better = None if (regret <= limit).all() else certify_in_floats(game, x, tol=tol).deviation
    certificate = Certificate(game.players, regret, limit, "proved", method, better)
    return Proof(
        certificate=certificate, write=lambda: round_document(part, x, regret, hints, rigor)
    )


def certify(
    game: Game | FiniteGame,
    profile: ArrayLike | Sequence[int],
    *,
    tol: float | None = None,
    within: Box | None = None,
    rigor: Rigor = "float",
) -> Certificate:
    """Bound every player's regret at a profile.

    Parameters
    ----------
    profile : shape (N,)
        Contributions, or the strategy numbers of a finite game.
    tol : payoff units
        The largest regret that still counts as an equilibrium; default a tolerance of each
        player's own, 1e-9 of what it can move itself (`games/tolerance.py`), and 0 in finite games.
    within : Box, optional
        Deviations allowed to each player where joint constraints leave less than its interval;
        not with a proof.
    rigor : "float", "interval" or "rational"
        Checked in floating point, or proved: see `prove`, which gives the file as well.

    Raises
    ------
    InvalidInputError
        If the profile has a wrong shape, a NaN, or leaves the box.
    UnsupportedGameError
        If the game cannot be treated with that rigor.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], value=1000,
    ...     max_contribution=4000, unit_cost=0.001, organizations=["North", "South"])
    >>> print(certify(game, [0, 0]).deviation)
    North gains 34.1244 by contributing 4000
    >>> certify(game, [4000, 4000], rigor="interval").claim
    'proved'
    """
    if rigor != "float":
        if within is not None:
            raise InvalidInputError("`within` is for the rigor float: proofs are on the whole box")
        return prove(game, profile, rigor=rigor, tol=tol).certificate
    if not isinstance(game, FiniteGame):
        return certify_in_floats(game, profile, tol=tol, within=within)
    return certify_finite(game, profile, tol)


def _interval_regrets(
    game: Game, part: RoundUnderRule, x: Array, tolerance: Array
) -> tuple[Array, dict[int, dict[str, Any]]]:
    """Bound all regrets; give what a checker needs to see it where a tangent at x is not enough."""
    base = part.round
    known, top = enclose(part, x), base.max_contribution
    shared = floats(base.gain.slope_within(scalar(known.omega, 0), context()))
    slope = known.weight * Interval.of(base.quality) * Interval(*map(np.asarray, shared))
    at = Interval.of(x)
    slope = slope + known.linear - known.curvature * at
    skewed = known.skew.high > 0
    if skewed.any():
        total = Interval.of(np.where(skewed, base.local_data, 1.0)) + at
        slope = slope + known.skew.over(total).over(total).where(skewed)
    up = np.where(x < top, (slope * (Interval.of(top) - at)).high, 0.0)
    down = np.where(x > 0, -(slope * at).low, 0.0)
    regret = np.maximum(np.maximum(up, down), 0.0)
    hints: dict[int, dict[str, Any]] = {}
    convex = np.flatnonzero((known.weight.low < 0) & (top > 0))
    for n in convex:
        one = _player(part, known, x, int(n))
        if known.weight.high[n] > 0:
            raise UnsupportedGameError(
                f"the sign of the weight of {base.players[n]} cannot be told from 0 in floats"
            )
        regret[n], edges = one.cells(float(x[n]), float(top[n]), 0.25 * float(tolerance[n]))
        hints[int(n)] = {"cells": edges}
    rest = np.flatnonzero((regret > tolerance) & (known.weight.low >= 0))
    if 0 < rest.size <= TANGENTS:
        _improve(game, part, known, x, rest, regret, hints)
    return regret, hints


def _improve(
    game: Game, part: RoundUnderRule, known: Enclosed, x: Array, who: Any, regret: Array,
    hints: dict[int, dict[str, Any]],
) -> None:  # fmt: skip
    """Bound the regret of some by tangents at their best responses."""
    form = game.form  # type: ignore[attr-defined]
    others = form.without(x)
    better = concave_responses(form, others, x)
    for n in who:
        y = float(np.clip(better[n], 0.0, form.upper[n]))
        one = _player(part, known, x, int(n))
        bound = one.tangent(float(x[n]), y, float(form.upper[n]))
        if bound < regret[n]:
            regret[n], hints[int(n)] = bound, {"point": y}


def _player(part: RoundUnderRule, known: Enclosed, x: Array, n: int) -> OnePlayer:
    """Return one organization's numbers as intervals."""
    iv, base = context(), part.round
    quality = iv.mpf(float(base.quality[n]))
    return OnePlayer(
        gain=base.gain,
        rest=scalar(known.omega, 0) - quality * iv.mpf(float(x[n])),
        quality=quality,
        weight=scalar(known.weight, n),
        linear=scalar(known.linear, n),
        curve=scalar(known.curvature, n),
        skew=scalar(known.skew, n),
        data=iv.mpf(float(base.local_data[n])),
    )
