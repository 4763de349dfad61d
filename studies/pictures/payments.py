"""The picture of payments: who pays whom in a solved round, a design or a play.

Arrows between up to 12 organizations, a matrix of more; where it is known only what each pays and
receives in all, arrows from and to a pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.rules.transfers import PairwiseRule
from coopetition.mechanisms.settlement.settlement import Settlement
from coopetition.output.pictures.labels import wrapped
from coopetition.output.pictures.organizations import FEW, Numbers, draw_by_organization, height
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import BLUE, Look, axes_for, finish
from coopetition.output.pictures.units import Scale
from coopetition.studies.design.result import Design
from coopetition.studies.design.tune_rule import Tuned
from coopetition.studies.pictures.words import under
from coopetition.studies.play.play import Play
from coopetition.studies.scenario.custom_rules import OwnRule, guarded
from coopetition.studies.solve.study import Study

Paid = Study | Design | Tuned | Play
RESIDUE = 1e-9  # of the largest amount: what is left of rounding
BESIDE = 1e-12  # of everybody's payoff: the same, where nobody pays anything
ROWS = 25  # of a matrix


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """Payments between organizations, and between each and a pool.

    Attributes
    ----------
    flows : shape (N, N)
        What the row's organization receives from the column's, net; antisymmetric.
    pool : shape (N,)
        What each receives from the pool, or pays into it; zeros where all is between two.
    pool_name : str
        What the pool is: "fees", or "pool" where a rule does not say who pays whom.
    """

    organizations: tuple[str, ...]
    flows: Array
    pool: Array
    pool_name: str = "pool"

    @property
    def net(self) -> Array:
        """What each receives in all, less what it pays; shape (N,)."""
        return np.asarray(self.flows.sum(axis=1) + self.pool)

    @property
    def moved(self) -> Array:
        """All that each pays or receives, shape (N,)."""
        return np.asarray(np.abs(self.flows).sum(axis=1) + np.abs(self.pool))

    @property
    def deficit(self) -> float:
        """What the pool pays out more than it takes in: it comes from outside."""
        return float(self.pool.sum())

    def ordered(self, most: int) -> "Payments":
        """Return those that move most money, from payers to receivers, the rest as one.

        What the rest pay each other is in none of the numbers then.
        """
        size = len(self.organizations)
        by_money = np.argsort(-self.moved, kind="stable")
        kept = by_money[: most if size <= most else most - 1]
        kept = kept[np.argsort(self.net[kept], kind="stable")]
        rest = by_money[kept.size :]
        groups = np.zeros((kept.size + (rest.size > 0), size))
        groups[np.arange(kept.size), kept] = 1.0
        names = [self.organizations[n] for n in kept]
        if rest.size:
            groups[-1, rest] = 1.0
            names.append(f"{rest.size} others")
        flows = groups @ self.flows @ groups.T
        np.fill_diagonal(flows, 0.0)
        return Payments(tuple(names), flows, groups @ self.pool, self.pool_name)


def payments_of(result: Paid) -> Payments:
    """Return who pays whom, fees included.

    Between two where the rule says so, or a design's settlement; all else goes by a pool.

    Raises
    ------
    InvalidInputError
        If a design is impossible, or a custom rule's `flows` are not antisymmetric.
    """
    if isinstance(result, Play):
        net = np.array(result.payment, dtype=float)
        return _cleaned(result.scenario.organizations, None, net, "pool")
    if isinstance(result, Design):
        net = result.mechanism(result.game, result.target.profile)  # refuses a conflict
        flows = result.settlement.flows if isinstance(result.settlement, Settlement) else None
        return _cleaned(result.game.players, flows, net, "pool", result.payoff)
    study = result.study if isinstance(result, Tuned) else result
    names, net, rule = study.game.players, study.transfer + study.fee, study.mechanism.rule
    rule = rule.rule if isinstance(rule, OwnRule) else rule
    if not isinstance(rule, PairwiseRule):
        return _cleaned(names, None, net, "pool", study.payoff)
    flows = guarded("`flows` of the rule", lambda: rule.flows(study.game, study.contribution))
    transfer = _cleaned(names, flows, study.transfer, "pool", study.payoff)
    return _cleaned(names, flows, net, "pool" if transfer.pool.any() else "fees", study.payoff)


def _cleaned(
    names: Sequence[str],
    flows: Array | None,
    net: Array,
    pool_name: str,
    payoff: Array | None = None,
) -> Payments:
    """Return payments without residues of rounding; nobody's, if all are beside the payoffs."""
    size = len(names)
    between = np.zeros((size, size)) if flows is None else np.array(flows, dtype=float)
    largest = max(float(np.abs(between).max(initial=0.0)), float(np.abs(net).max(initial=0.0)))
    square = between.shape == (size, size)
    if not square or not np.abs(between + between.T).max() <= RESIDUE * largest:
        raise InvalidInputError(
            f"`flows` of a rule must be an antisymmetric matrix of shape ({size}, {size})"
        )
    pool = net - between.sum(axis=1)
    between[np.abs(between) <= RESIDUE * largest] = 0.0
    pool[np.abs(pool) <= size * RESIDUE * largest] = 0.0
    paid = Payments(tuple(names), between, pool, pool_name)
    if payoff is not None and (paid.moved <= BESIDE * np.abs(payoff)).all():
        return Payments(tuple(names), np.zeros_like(between), np.zeros_like(pool), pool_name)
    return paid


def draw_payments(result: Paid, ax: Any = None, *, name: str = "", currency: str = "money") -> Any:
    """Draw who pays whom, net between two: arrows, or a matrix of more than 12 organizations.

    Parameters
    ----------
    ax
        One matplotlib axes; None for a new figure.
    name
        The scenario's, for the caption.
    currency
        What is paid in.

    Returns
    -------
    axes

    Raises
    ------
    InvalidInputError
        If a design is impossible, or `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    from coopetition.studies.pictures.payment_arrows import draw_arrows
    from coopetition.studies.pictures.payment_matrix import draw_matrix

    paid = payments_of(result)
    size, pairs = len(paid.organizations), bool(paid.flows.any())
    few = size <= FEW
    if few:
        figure_size = 8.6, min(3.0 + 0.5 * size, 7.0)
    else:
        figure_size = (10.6, 8.6) if pairs else (6.6, height(size))
    (axis,) = axes_for(ax, 1, figure_size)
    scale = Scale.of([0.0, *np.abs(paid.flows).ravel(), *np.abs(paid.net)])
    title = ("Who pays whom" if pairs else "What each pays and receives") + under(result)
    caption = [f"Scenario {name}."] * bool(name)
    net = ", net of what flows the other way" * pairs
    axis.set_title("Payments", loc="left", fontsize=11)
    axis.set_xlabel(wrapped(f"amounts in {scale.unit(currency)}{net}", 80), fontsize=8)
    if pairs and paid.pool.any() and paid.pool_name == "fees":
        caption.append("Fees are collected and paid out together.")
    elif paid.pool.any():
        caption.append("Who pays whom is not said: all goes through a pool.")
    _keep(axis, paid, currency)
    if not few and not pairs:
        groups = [Numbers("received, less what is paid", paid.net, Look(BLUE))]
        said, _ = draw_by_organization(
            axis, paid.organizations, groups, currency, title="Net payment", ends=True
        )
        return finish([axis], ax is None, title, " ".join([*caption[: bool(name)], said]))
    shown = paid.ordered(FEW if few else ROWS)
    if few:
        finish([axis], ax is None, title, " ".join(caption).strip())
        axis.figure.canvas.figure.draw_without_rendering()  # lays out
        caption.append(draw_arrows(axis, shown, scale))
    else:
        if size > ROWS:
            caption.append(
                f"The {ROWS - 1} of {size} that move most money are named; what the others pay "
                "each other is left out."
            )
        caption.append(draw_matrix(axis, shown, scale, currency))
    return finish([axis], ax is None, title, " ".join(caption).strip())


def _keep(axis: Any, paid: Payments, currency: str) -> None:
    """Keep all amounts for the data beside the picture."""
    for n, name in enumerate(paid.organizations):
        row = [*np.maximum(-paid.flows[n], 0.0), max(-float(paid.pool[n]), 0.0)]
        keep(axis, f"paid by {name}", [*paid.organizations, paid.pool_name], row, currency)
    keep(axis, "net", paid.organizations, paid.net, currency)
