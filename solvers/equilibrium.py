"""What every solver returns: a profile, its certificate, and how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Self

import numpy as np

from coopetition.games.base import Box, Game
from coopetition.games.certificate import Certificate, certify
from coopetition.games.errors import NotConvergedError
from coopetition.games.gain import Array
from coopetition.games.smooth.game import SmoothGame


class Status(Enum):
    """How a solver ended; the value is a sentence for the user."""

    CONVERGED = "converged: the certificate holds"
    BUDGET = "the budget of iterations ran out; raise `max_iter` or loosen `tol`"
    NOT_CERTIFIED = "the solver stopped, but its answer is not an equilibrium within the tolerance"
    NO_PURE_EQUILIBRIUM = "no pure equilibrium found"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equilibrium:
    """A solver's answer.

    Attributes
    ----------
    profile, payoffs : shape (N,)
    certificate : Certificate
        Computed from the game alone, after the solver ended.
    unique : bool or None
        Whether theory says that no other equilibrium exists; None where it says nothing.
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
    unique: bool | None = None
    reason: str = ""
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    path: Array | None = None
    potentials: Array | None = None
    sizes: tuple[int, ...] = ()

    @property
    def success(self) -> bool:
        """Whether the certificate holds: nothing else counts."""
        return self.certificate.holds

    def raise_if_failed(self) -> Self:
        """Return the answer itself, or raise where it is not certified.

        Raises
        ------
        NotConvergedError
            With the status and the certificate in words.
        """
        if not self.success:
            raise NotConvergedError(f"{self.solver}: {self.status.value}; {self.certificate}")
        return self

    def __str__(self) -> str:
        """Return a table that a person can read, the certificate below it."""
        width = max(12, *(len(name) for name in self.players[:20]))
        rows = [f"{'':{width}}  contribution        payoff"]
        blocks = np.split(self.profile, np.cumsum(self.sizes or (1,) * len(self.players))[:-1])
        for name, own, u in zip(self.players[:20], blocks, self.payoffs, strict=False):
            shown = f"{own[0]:12.6g}" if own.size == 1 else ", ".join(f"{x:.6g}" for x in own)
            rows.append(f"{name:{width}}  {shown}  {u:12.6g}")
        if len(self.players) > 20:
            rows.append(f"… and {len(self.players) - 20} more")
        total = "" if self.sizes else f"total contribution {self.profile.sum():.6g}, "
        rows.append(f"{total}welfare {self.payoffs.sum():.6g}")
        rows.append(f"{self.solver}, {self.iterations} iterations: {self.certificate}")
        if self.unique is False:
            rows.append("other equilibria exist (ties): this is one of a continuum")
        return "\n".join(rows + ([self.reason] if self.reason else []))


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
    failed = Status.BUDGET if out_of_budget else Status.NOT_CERTIFIED
    return Equilibrium(
        players=game.players,
        profile=profile,
        payoffs=np.asarray(game.payoffs(profile)),
        certificate=certificate,
        status=Status.CONVERGED if holds else failed,
        solver=solver,
        iterations=iterations,
        unique=unique if holds else None,
        reason=reason,
        parameters=MappingProxyType(dict(parameters or {})),
        path=path,
        potentials=potentials,
        sizes=game.sizes if isinstance(game, SmoothGame) and not game.single else (),
    )
