"""False names and mergers: what splitting into two, or merging two into one, changes.

`studies.audit.splitting` says what a split and a merger are. The rule is made for the new
set, without fees, and every identity plays its equilibrium for itself; owners who steer two
identities together are not looked at. Splitting and merging change incentives without any rule too:
that is `without_rule` in every case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms import none, redistribute
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.solvers import solve
from coopetition.studies.audit.splitting import capacity_share, merge, split
from coopetition.studies.outside.outside import RuleMaker
from coopetition.studies.outside.subcoalitions import LIMIT, SEARCH_LIMIT, structured

Kind = Literal["split", "merge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCase:
    """Joint payoffs after transfers, before and after a split or merger, with and without rule.

    `share` is that of the first of two identities: of a split, or of the merged one's capacity.
    """

    kind: Kind
    organizations: tuple[str, ...]
    share: float
    before: float
    after: float
    free_before: float
    free_after: float

    @property
    def change(self) -> float:
        """What it brings under the rule, money."""
        return self.after - self.before

    @property
    def without_rule(self) -> float:
        """What it brings without a rule, money."""
        return self.free_after - self.free_before

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers and words."""
        return {
            "kind": self.kind,
            "organizations": list(self.organizations),
            "share": self.share,
            "before": self.before,
            "after": self.after,
            "change": self.change,
            "without_rule": self.without_rule,
        }

    def __str__(self) -> str:
        """Say who gains what."""
        who = " and ".join(self.organizations)
        how = f"{who} merged" if self.kind == "merge" else f"{who} as two ({self.share:g} of it)"
        return f"{how}: {self.change:+.6g}; without a rule {self.without_rule:+.6g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities(Result):
    """All cases; `unsolved` says of the others why they have no answer."""

    cases: tuple[IdentityCase, ...]
    unsolved: tuple[str, ...]

    def worst(self, kind: Kind) -> IdentityCase | None:
        """Return the most profitable split or merger; None where no case was solved."""
        mine = [case for case in self.cases if case.kind == kind]
        return max(mine, key=lambda case: case.change, default=None)

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers, lists and words."""
        return {"cases": [c.to_dict() for c in self.cases], "unsolved": list(self.unsolved)}

    def tables(self) -> tuple[Table]:
        """Return one row per case."""
        keys = ("kind", "share", "before", "after", "change", "without_rule")
        who = [" and ".join(case.organizations) for case in self.cases]
        values = {key: [getattr(case, key) for case in self.cases] for key in keys}
        notes = [f"{why}." for why in self.unsolved]
        return (keyed("False names and mergers", {"organization": who} | values, notes=notes),)


def identities(
    game: CoopetitionRound,
    make_rule: RuleMaker,
    *,
    shares: Sequence[float] = (0.5,),
    mergers: bool = True,
    progress: Progress = silent,
) -> Identities:
    """Split every organization into two, and merge every pair, under a rule rebuilt.

    Parameters
    ----------
    make_rule
        Makes the rule for any round, with identities that it has not seen before.
    shares : numbers in (0, 1)
        Of the first of two identities; every one is tried.
    mergers : bool
        Whether to merge pairs too.
    """
    size = len(game.players)
    small = size <= SEARCH_LIMIT
    limit = LIMIT if small or (size <= LIMIT and structured(game, make_rule)) else SEARCH_LIMIT
    if size > limit:
        raise InvalidInputError(
            f"splits and mergers are not computed above {LIMIT} organizations ({SEARCH_LIMIT} "
            f"where equilibria under the rule must be searched), got {size}"
        )
    for share in shares:
        if not 0 < share < 1:
            raise InvalidInputError(f"`shares` must hold numbers in (0, 1), got {share!r}")
    ruled, free = _joint(game, make_rule), _joint(game, none)
    cases: list[IdentityCase] = []
    unsolved: list[str] = []
    count = size * len(shares) + (comb(size, 2) if mergers else 0)
    for k, change in enumerate(_changes(game, tuple(shares), mergers)):
        progress("splits and mergers", k, count)
        kind, who, share, other, parts = change
        names = tuple(game.players[n] for n in who)
        try:
            after = _joint(other, make_rule)[parts].sum()
            alone = _joint(other, none)[parts].sum()
        except (InvalidInputError, NotConvergedError) as error:
            unsolved.append(f"{kind} of {' and '.join(names)}: {error}")
            continue
        cases.append(
            IdentityCase(
                kind=kind,
                organizations=names,
                share=share,
                before=float(ruled[who].sum()),
                after=float(after),
                free_before=float(free[who].sum()),
                free_after=float(alone),
            )
        )
    return Identities(cases=tuple(cases), unsolved=tuple(unsolved))


def _changes(
    game: CoopetitionRound, shares: tuple[float, ...], mergers: bool
) -> Iterator[tuple[Kind, list[int], float, CoopetitionRound, list[int]]]:
    """Yield every changed round: kind, who, share, the round, where they are in it."""
    size = len(game.players)
    for n in range(size):
        for share in shares:
            yield "split", [n], float(share), split(game, n, share), [n, n + 1]
    for n, m in combinations(range(size), 2) if mergers else ():
        yield "merge", [n, m], capacity_share(game, n, m), merge(game, n, m), [n]


def _joint(game: CoopetitionRound, make_rule: RuleMaker) -> Array:
    """Return payoffs after transfers at the equilibrium, shape (N,)."""
    found = solve(redistribute(game, make_rule(game)))
    if not found.success:
        raise InvalidInputError(f"no certified equilibrium was found: {found.status.value}")
    return found.payoffs
