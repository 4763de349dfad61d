"""When one asks for too much: which theorem says no, and which of its hypotheses apply.

A notice is given only where every hypothesis is known to hold; None means that no theorem of ours
forbids the requirements, not that a rule exists.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from coopetition.games.errors import UnsupportedGameError
from coopetition.mechanisms.reported.rule import Budget, Incentives, Rationality
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRequirements:
    """What is asked of a rule; the words are those of `Promise`."""

    efficient: bool = False
    incentives: Incentives = "none"
    budget: Budget = "none"
    rationality: Rationality = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of the situation; None = not known, and then no theorem leans on it.

    Parameters
    ----------
    organizations : int
    private : "types" or "actions"
        What organizations know or do unseen.
    every_valuation : bool
        Each may have any valuation of at least two outcomes.
    convex : bool
        The valuations that each may have form a convex set (types fill an interval, v_n is affine).
    interaction : float
        An alternating sum of the largest welfare over 2^N profiles, each type one of two values:
        where it is not zero, welfare is no sum of terms that each omit one organization.
    bilateral_trade : bool
        One seller owns the only item, one buyer wants it; staying out means no trade. Or the same
        in other words: two organizations, and a step that either can refuse.
    independent, positive_density, overlapping : bool
        Types are independent; fill intervals with positive density; the intervals of cost and
        value have interiors that meet: trade is good at some types and bad at others.
    observed : "contributions" or "output"
        For private actions: what a contract may depend on.
    smooth_team : bool
        Deterministic output, differentiable and increasing in every action; differentiable,
        increasing costs; an efficient profile in the interior.
    """

    organizations: int
    private: Literal["types", "actions"] = "types"
    every_valuation: bool | None = None
    convex: bool | None = None
    interaction: float | None = None
    bilateral_trade: bool | None = None
    independent: bool | None = None
    positive_density: bool | None = None
    overlapping: bool | None = None
    observed: Literal["contributions", "output"] | None = None
    smooth_team: bool | None = None


@dataclass(frozen=True, slots=True)
class Notice(Result):
    """An impossibility: the theorem, what it forbids, the hypotheses that apply, the source."""

    theorem: str
    forbids: str
    hypotheses: tuple[str, ...]
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain words."""
        return asdict(self)

    def tables(self) -> tuple[Table]:
        """Return one row."""
        values = {"theorem": [self.theorem], "forbids": [self.forbids]}
        values |= {"hypotheses": [", and ".join(self.hypotheses)], "source": [self.source]}
        return (keyed("An impossibility", values),)

    def __str__(self) -> str:
        """Say it in one sentence."""
        because = ", and ".join(self.hypotheses)
        return f"impossible by {self.theorem}: no rule is {self.forbids} where {because}"


def impossible(requirements: RuleRequirements, setting: Setting) -> Notice | None:
    """Return the theorem that forbids the requirements in this setting, or None.

    Examples
    --------
    >>> wish = RuleRequirements(efficient=True, incentives="DSIC", budget="strong")
    >>> print(impossible(wish, Setting(organizations=3, every_valuation=True)))
    impossible by Green–Laffont: no rule is efficient, truthful in dominant strategies and
    balanced at every report where any valuation of two or more outcomes is possible
    >>> print(impossible(wish, Setting(organizations=3)))
    None
    """
    if not requirements.efficient:
        return None
    if setting.private == "actions":
        return _holmstrom(requirements, setting)
    return _myerson_satterthwaite(requirements, setting) or _green_laffont(requirements, setting)


def refuse_impossible(requirements: RuleRequirements, setting: Setting) -> None:
    """Raise where a theorem forbids the requirements.

    Raises
    ------
    UnsupportedGameError
        With the notice, in one sentence.

    Examples
    --------
    >>> wish = RuleRequirements(efficient=True, incentives="DSIC", budget="strong")
    >>> refuse_impossible(wish, Setting(organizations=3))
    >>> refuse_impossible(wish, Setting(organizations=3, every_valuation=True))
    Traceback (most recent call last):
        ...
    coopetition.games.errors.UnsupportedGameError: impossible by Green–Laffont: ...
    """
    notice = impossible(requirements, setting)
    if notice is not None:
        raise UnsupportedGameError(str(notice))


def _green_laffont(wish: RuleRequirements, setting: Setting) -> Notice | None:
    if wish.incentives != "DSIC" or wish.budget != "strong" or setting.organizations < 2:
        return None
    if setting.every_valuation:
        because: tuple[str, ...] = ("any valuation of two or more outcomes is possible",)
        source = "Green and Laffont, Incentives in Public Decision-Making, 1979"
    elif setting.convex and setting.interaction:
        because = (
            "valuations form convex sets, so that only Groves rules are truthful (Holmström 1979)",
            f"welfare has an N-way interaction ({setting.interaction:.4g}), which no terms h_n "
            "without n can cancel",
        )
        source = (
            "Green and Laffont 1979; Holmström, Groves' scheme on restricted domains, "
            "Econometrica 47, 1979; Walker, Econometrica 48, 1980"
        )
    else:
        return None
    forbids = "efficient, truthful in dominant strategies and balanced at every report"
    return Notice("Green–Laffont", forbids, because, source)


def _myerson_satterthwaite(wish: RuleRequirements, setting: Setting) -> Notice | None:
    asked = wish.incentives != "none" and wish.rationality != "none" and wish.budget != "none"
    facts = (
        setting.bilateral_trade,
        setting.independent,
        setting.positive_density,
        setting.overlapping,
    )
    if not asked or setting.organizations != 2 or not all(facts):
        return None
    return Notice(
        "Myerson–Satterthwaite",
        "efficient, truthful on average, rational for every type and free of outside money",
        (
            "one seller and one buyer trade one item",
            "types are independent with positive densities on intervals that overlap",
        ),
        "Myerson and Satterthwaite, Journal of Economic Theory 29, 1983",
    )


def _holmstrom(wish: RuleRequirements, setting: Setting) -> Notice | None:
    if wish.budget != "strong" or setting.observed != "output" or not setting.smooth_team:
        return None
    if setting.organizations < 2:
        return None
    return Notice(
        "Holmström",
        "efficient in equilibrium and shares exactly the output",
        (
            "only the aggregate output is observed",
            "output and costs are smooth and the efficient actions are interior",
        ),
        "Holmström, Moral hazard in teams, Bell Journal of Economics 13, 1982",
    )
