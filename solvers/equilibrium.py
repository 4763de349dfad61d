"""What every solver returns: a profile, its certificate, and how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Self

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game
from coopetition.games.certificate import Certificate, certify
from coopetition.games.errors import NotConvergedError
from coopetition.games.smooth.game import SmoothGame

SHOWN = 20  # players, and equilibria, that are printed


class Status(Enum):
    """How a solver ended; the value is a sentence for the user."""

    CONVERGED = "converged: the certificate holds"
    BUDGET = "the budget of iterations ran out; raise `max_iter` or loosen `tol`"
    NOT_CERTIFIED = "the solver stopped, but its answer is not an equilibrium within the tolerance"
    NO_PURE_EQUILIBRIUM = "no pure equilibrium found"

    @property
    def word(self) -> str:
        """What JSON and tables call it, such as `not-certified`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed:
    """One of all the equilibria of a game, or one that stands for a continuum of them.

    Attributes
    ----------
    profile, payoffs : shape (N,)
    welfare : float
        What there is to share: payoffs without what a rule pays or takes.
    epsilon : float
        The certified regret.
    continuum : str
        Why it is one of a continuum; empty where it is isolated.
    chosen : bool
        Whether it is the answer.
    """

    profile: Array
    payoffs: Array
    welfare: float
    epsilon: float
    continuum: str
    chosen: bool


class Certified:
    """An answer with a certificate: nothing else counts."""

    certificate: Certificate
    status: Status
    solver: str

    @property
    def success(self) -> bool:
        """Whether the certificate holds."""
        return self.certificate.holds

    @property
    def verdict(self) -> str:
        """What is known of the answer, in words."""
        return str(self.certificate)

    def raise_if_failed(self) -> Self:
        """Return the answer itself, or raise where it failed.

        Raises
        ------
        NotConvergedError
            With the status and the certificate in words.
        """
        if not self.success:
            raise NotConvergedError(f"{self.solver}: {self.status.value}; {self.verdict}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equilibrium(Certified):
    """A solver's answer.

    Attributes
    ----------
    profile, payoffs : shape (N,)
    certificate : Certificate
        Computed from the game alone, after the solver ended.
    welfare : float
        Σ payoffs, without what a rule pays or takes: money from outside is no welfare.
    unique : bool or None
        Whether theory says that no other equilibrium exists; None where it says nothing.
    listed : tuple or None
        All equilibria in the order of Ω, where all are known; one stands for a continuum. Of a
        game of everybody's own gains those that were found, `reason` says so.
    reason : str
        Why this solver, and what the user should know of the answer.
    path, potentials : arrays or None
        The profiles visited and the potential along them, where the solver records them.
    sizes : N numbers
        How many numbers of the profile each player owns; empty where each owns one.
    """

    players: tuple[str, ...]
    profile: Array
    payoffs: Array
    certificate: Certificate
    status: Status
    solver: str
    iterations: int
    welfare: float
    unique: bool | None = None
    listed: tuple[Listed, ...] | None = None
    reason: str = ""
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    path: Array | None = None
    potentials: Array | None = None
    sizes: tuple[int, ...] = ()

    @property
    def continuum(self) -> str:
        """Why the answer is one of a continuum of equilibria; empty where nobody knows of one."""
        return next((one.continuum for one in self.listed or () if one.chosen), "")

    def __str__(self) -> str:
        """Return a table that a person can read, the certificate below it."""
        width = max(12, *(len(name) for name in self.players[:SHOWN]))
        rows = [f"{'':{width}}  contribution        payoff"]
        blocks = np.split(self.profile, np.cumsum(self.sizes or (1,) * len(self.players))[:-1])
        for name, own, u in zip(self.players[:SHOWN], blocks, self.payoffs, strict=False):
            shown = f"{own[0]:12.6g}" if own.size == 1 else ", ".join(f"{x:.6g}" for x in own)
            rows.append(f"{name:{width}}  {shown}  {u:12.6g}")
        if len(self.players) > SHOWN:
            rows.append(f"… and {len(self.players) - SHOWN} more")
        total = "" if self.sizes else f"total contribution {self.profile.sum():.6g}, "
        rows.append(f"{total}welfare {self.welfare:.6g}")
        rows.append(f"{self.solver}, {self.iterations} iterations: {self.certificate}")
        rows += self._others()
        return "\n".join(rows + ([self.reason] if self.reason else []))

    def _others(self) -> list[str]:
        """Return a line for each of several equilibria, and what is known of a continuum."""
        rows = [self.continuum] if self.continuum else []
        several = self.listed if self.listed and len(self.listed) > 1 else ()
        for k, one in enumerate(several[:SHOWN], 1):
            mark = " (this one)" if one.chosen else ""
            total = f"total contribution {one.profile.sum():.6g}"
            rows.append(f"equilibrium {k}{mark}: {total}, welfare {one.welfare:.6g}")
        left = len(several) - SHOWN
        return rows + ([f"… and {left} more"] if left > 0 else [])


def finish(
    game: Game,
    profile: Array,
    *,
    solver: str,
    iterations: int,
    tol: float | None,
    out_of_budget: bool = False,
    unique: bool | None = None,
    reason: str = "",
    within: Box | None = None,
    parameters: Mapping[str, object] | None = None,
    path: Array | None = None,
    potentials: Array | None = None,
) -> Equilibrium:
    """Certify a profile and wrap it: the last line of every solver."""
    certificate = certify(game, profile, tol=tol, within=within)
    holds = certificate.holds
    payoffs = np.asarray(game.payoffs(profile))
    failed = Status.BUDGET if out_of_budget else Status.NOT_CERTIFIED
    return Equilibrium(
        players=game.players,
        profile=profile,
        payoffs=payoffs,
        certificate=certificate,
        status=Status.CONVERGED if holds else failed,
        solver=solver,
        iterations=iterations,
        welfare=float(game.welfare(profile, payoffs)),
        unique=unique if holds else None,
        reason=reason,
        parameters=MappingProxyType(dict(parameters or {})),
        path=path,
        potentials=potentials,
        sizes=game.sizes if isinstance(game, SmoothGame) and not game.single else (),
    )
