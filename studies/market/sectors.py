"""Value and damage where prices are not chosen by the firms: tariffs, savings, fraud, races."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.checks import positive
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.diversion import diversion_of
from coopetition.studies.market.market import Market, firm_names, firm_numbers, market_of


def tariff(
    units: ArrayLike,
    margin: ArrayLike,
    won_from: ArrayLike,
    *,
    response: ArrayLike,
    mission: ArrayLike = 0.0,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate providers whose prices are set by others, such as hospitals under tariffs.

        value_m = margin_m units_m response_m + mission units_m,
        J_nm    = −margin_n × customers that m wins from n.

    Parameters
    ----------
    units : shape (N,)
        Customers, such as cases a year.
    margin : shape (N,)
        Tariff less marginal cost, money per customer.
    won_from : shape (N, N)
        Of m's (row) new customers, the share that comes from n (column).
    response : shape (N,) or number
        Relative growth of demand per unit of gain.
    mission : shape (N,) or number
        Money that a unit of gain is worth to the provider for each customer that it has anyway.
    firms : names, optional

    Notes
    -----
    A provider that is full neither wins nor loses: leave it out.

    Examples
    --------
    >>> found = tariff([12_000, 8000], [700.0, 500.0], [[0, 0.45], [0.5, 0]], response=0.01)
    >>> found.value.tolist(), found.damage.round(4).tolist()
    ([84000.0, 40000.0], [[0.0, 0.7], [0.3214, 0.0]])
    """
    ratios, _, names = diversion_of(won_from, firms)
    size = len(names)
    sold, k = firm_numbers("units", units, names), firm_numbers("margin", margin, names)
    growth = firm_numbers("response", response, names)
    care = firm_numbers("mission", mission, names, zero=True)
    won = growth * sold
    stakes = -k[:, None] * ratios.T * won[None, :]
    stakes[np.arange(size), np.arange(size)] = k * won + care * sold
    return market_of(names, stakes, method="tariffs")


def savings(units: ArrayLike, saving: ArrayLike, *, firms: Sequence[str] | None = None) -> Market:
    """Calibrate firms to whom a gain saves costs while prices stand: nobody hurts anybody.

    Parameters
    ----------
    units : shape (N,)
        Units made.
    saving : shape (N,) or number
        Money saved per unit made and unit of gain.

    Examples
    --------
    >>> savings([100, 200], 0.5).value.tolist()
    [50.0, 100.0]
    """
    names = firm_names(firms, np.size(units))
    sold = firm_numbers("units", units, names)
    worth = sold * firm_numbers("saving", saving, names)
    return market_of(names, np.diag(worth), method="savings of costs")


def displaced(
    value: ArrayLike,
    exposure: ArrayLike,
    share: float,
    *,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate firms whose gain drives harm to their rivals, as fraud moves to other banks.

        damage_nm = share × e_n/(1 − e_m).

    Parameters
    ----------
    value : shape (N,)
        Money that a unit of gain prevents.
    exposure : shape (N,)
        e, each one's share of all that can be attacked; they sum to at most 1.
    share : in [0, 1]
        What part of the harm prevented goes elsewhere.

    Examples
    --------
    >>> displaced([10.0, 20.0], [0.5, 0.3], 0.4).damage.round(4).tolist()
    [[0.0, 0.2857], [0.24, 0.0]]
    """
    names = firm_names(firms, np.size(exposure))
    exposed = firm_numbers("exposure", exposure, names)
    if exposed.sum() > 1 + 1e-9:
        raise InvalidInputError(f"`exposure` must sum to at most 1, got {exposed.sum():g}")
    positive("share", share, zero=True)
    if share > 1:
        raise InvalidInputError(f"`share` must be at most 1, got {share:g}")
    worth = firm_numbers("value", value, names)
    stakes = -share * exposed[:, None] / (1.0 - exposed) * worth
    stakes[np.arange(worth.size), np.arange(worth.size)] = worth
    return market_of(names, stakes, method="displaced harm")


def race(
    hazard: ArrayLike,
    prize: ArrayLike,
    *,
    discount: float,
    speed: ArrayLike = 1.0,
    firms: Sequence[str] | None = None,
) -> Market:
    """Calibrate a race for a prize: times to success are exponential, the first takes all.

    With hazards h_n exp(θ G), discount rate r and s_n = h_n/(r + Σ h),

        value_n = θ V_n s_n (1 − s_n),    damage_nm = (V_n/V_m) s_n/(1 − s_m),
        kept_n = s_0/(1 − s_n) of equal prizes, s_0 = r/(r + Σ h):

    a logit market in which discounting is the outside good. A tender has r = 0.

    Parameters
    ----------
    hazard : shape (N,)
        h, successes per year.
    prize : shape (N,) or number
        V, money.
    discount : float
        r, per year; 0 for a tender.
    speed : shape (N,) or number
        θ: by how much a unit of gain raises the logarithm of the hazard.

    Examples
    --------
    >>> found = race([0.10, 0.06], [800.0, 800.0], discount=0.08, speed=0.2)
    >>> found.damage.round(4).tolist()
    [[0.0, 0.5556], [0.4286, 0.0]]
    """
    names = firm_names(firms, np.size(hazard))
    h = firm_numbers("hazard", hazard, names)
    prizes, theta = firm_numbers("prize", prize, names), firm_numbers("speed", speed, names)
    positive("discount", discount, zero=True)
    s = h / (discount + h.sum())
    # ∂(V_n s_n)/∂G_m = −θ_m V_n s_n s_m: who gains counts, whose prize is lost counts.
    stakes = -prizes[:, None] * s[:, None] * (theta * s)[None, :]
    stakes[np.arange(h.size), np.arange(h.size)] = theta * prizes * s * (1.0 - s)
    return market_of(names, stakes, method="a race")
