"""What customers gain beside the members: a market's first order."""

from collections.abc import Mapping

from coopetition.output.numbers import number
from coopetition.studies.market.market import Market
from coopetition.studies.solve.study import Study


def customers_gain(market: Market, study: Study) -> Mapping[str, float] | None:
    """Return what customers and members gain over nobody contributing, money; None if not known.

    Customers gain willingness to pay × units sold for each unit of the model's gain, to first
    order.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.studies import run_study
    >>> from coopetition.studies.market import logit
    >>> market = logit([1500, 1200], outside=0.4)
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[550, 400],
    ...     max_contribution=4000, value=market.value, unit_cost=0.001, quadratic_cost=2e-5,
    ...     damage=market.damage, counts="gains")
    >>> found = customers_gain(market, run_study(game))
    >>> {who: round(amount, 2) for who, amount in found.items()}
    {'customers': 133.97, 'members': 65.4}
    """
    if market.consumers is None or not study.equilibrium.success:
        return None
    game, x = study.game, study.contribution
    gained = float((game.gains_at(x) - game.gains_at(0.0 * x)).mean())
    members = study.welfare - float(game.welfare(0.0 * x))
    return {"customers": market.consumers * gained, "members": members}


def customers_words(market: Market, study: Study) -> list[str]:
    """Say what customers gain beside the members, if it is known."""
    found = customers_gain(market, study)
    if found is None:
        return []
    money = study.words.money
    return [
        f"Over nobody generating, customers gain {number(found['customers'])}{money} (to first "
        f"order) and the members {number(found['members'])}{money}."
    ]
