"""What is known of all equilibria of an aggregative game: isolated ones, and continua of ties."""

from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.text.words import first_few
from coopetition.solvers.equilibrium import Equilibrium
from coopetition.solvers.listed import Listed

LEVEL = 1e-10  # of a marginal payoff's terms: below it, all contributions are equal to somebody


def ties(game: AggregativeGame, profile: Array) -> str:
    """Say why an equilibrium is one of a continuum; empty where it is isolated.

    Only own terms that are linear leave one: where two share what is missing at one threshold,
    where somebody is indifferent to everything, or where the gain is linear too.
    """
    form = game.form
    flat = form_is_flat(form)
    if not flat.any():
        return ""
    omega = float(form.aggregate(profile))
    pull = form.attraction(np.array([form.gain.slope_pair(omega)[0]]))
    unit = np.abs(pull) + np.abs(form.linear)
    level = flat & (np.abs(pull + form.linear) <= LEVEL * unit)
    idle, tied = level & (form.weight == 0), level & (form.weight > 0)
    if idle.any():
        return f"all contributions are equal to {_names(game, idle)}: this is one of a continuum"
    if not form.gain.strictly_concave and tied.any():
        return (
            f"the cost of {_names(game, tied)} is linear, and the gain may be linear here: this "
            "may be one of a continuum"
        )
    brought = float((form.quality * profile)[tied].sum())
    room = float((form.quality * form.upper)[tied].sum())
    if tied.sum() > 1 and 0 < brought < room:
        return (
            f"ties between {_names(game, tied)}, whose costs are linear: this is one of a "
            "continuum; all of it brings the same effective data"
        )
    return ""


def form_is_flat(form: AggregateForm) -> Mask:
    """Return who can move and has a linear own term, shape (N,)."""
    return np.asarray((form.curvature == 0) & (form.skew == 0) & (form.upper > 0))


def with_list(
    game: AggregativeGame, chosen: Equilibrium, good: list[Equilibrium] | None = None
) -> Equilibrium:
    """Return an answer that lists all equilibria, `good` or itself alone; it is one of them."""
    listed = tuple(
        Listed(
            profile=one.profile,
            payoffs=one.payoffs,
            welfare=one.welfare,
            epsilon=one.certificate.epsilon,
            continuum="" if one.unique else ties(game, one.profile),
            chosen=one is chosen,
        )
        for one in (good or [chosen])
    )
    return replace(chosen, listed=listed)


def _names(game: AggregativeGame, who: Mask) -> str:
    return first_few([game.players[n] for n in np.flatnonzero(who)])
