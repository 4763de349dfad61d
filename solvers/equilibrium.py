"""What every solver returns: a profile, its certificate, and how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game
from coopetition.games.certificate import Certificate, certify
from coopetition.games.errors import NotConvergedError
from coopetition.games.smooth.game import SmoothGame
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text
from coopetition.solvers.listed import Listed, equilibria_list, equilibria_table


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
class Equilibrium(Certified, Result):
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

    def tables(self) -> tuple[Table, ...]:
        """Return one row per player; where all equilibria are known, a row for each of several."""
        blocks = np.split(self.profile, np.cumsum(self.sizes)[:-1]) if self.sizes else ()
        main = Table(
            "Equilibrium",
            (
                Column("organization", "organization", self.players, kind="name"),
                Column("contribution", "contribution",
                       [", ".join(f"{x:.6g}" for x in own) for own in blocks],
                       kind="text") if blocks
                else Column("contribution", "contribution", self.profile.tolist()),
                Column("payoff", "payoff", self.payoffs.tolist()),
            ),
        )  # fmt: skip
        several = self.listed if self.listed and len(self.listed) > 1 else ()
        return (main, equilibria_table(self.players, several)) if several else (main,)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form; the contributions of a player of several are in a row."""
        return {
            "organizations": list(self.players),
            "contribution": self.profile.tolist(),
            "payoff": self.payoffs.tolist(),
            "welfare": self.welfare,
            "status": self.status.word,
            "unique": self.unique,
            "equilibria": equilibria_list(self.listed),
            "certificate": dict(self.certificate.to_dict()),
            "solver": self.solver,
            "iterations": self.iterations,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        """Return a table that a person can read, the certificate below it."""
        main, *others = map(terminal_text, self.tables())
        total = "" if self.sizes else f"total contribution {self.profile.sum():.6g}, "
        said = f"{self.solver}, {self.iterations} iterations: {self.certificate}"
        parts = [main, f"{total}welfare {self.welfare:.6g}", said, self.continuum, *others]
        return "\n".join(filter(None, [*parts, self.reason]))


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
